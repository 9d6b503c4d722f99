"""Accounts: what makes a good one, and what disabling and resetting do at once."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from staff_scene import EMAIL, PASSWORD, Scene

from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.sessions import find_session
from access.staff import (
    SHORTEST_PASSWORD,
    colleagues,
    disable_staff,
    everyone,
    find_or_create_organisation,
    reset_password,
)
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import say

NEW_PASSWORD = "another horse battery"


async def test_a_password_needs_its_length_and_nothing_else(scene: Scene) -> None:
    with pytest.raises(Invalid) as refusal:
        await scene.add("short@example.org", password="x" * (SHORTEST_PASSWORD - 1))
    assert str(SHORTEST_PASSWORD) in say("en", refusal.value.message)
    assert await scene.add("long@example.org", password="x" * SHORTEST_PASSWORD)
    assert await scene.add("words@example.org", password="كلمة سر طويلة جدا")


async def test_a_password_is_kept_as_a_salted_hash_only(scene: Scene) -> None:
    other = await scene.add("other@example.org")
    assert PASSWORD not in scene.awa.password_hash
    assert scene.awa.password_hash.startswith("$argon2id$")
    assert scene.awa.password_hash != other.password_hash


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.org", "a@exam\tple.org"])
async def test_what_is_no_address_is_refused(scene: Scene, email: str) -> None:
    with pytest.raises(Invalid):
        await scene.add(email)


@pytest.mark.parametrize("email", [EMAIL, EMAIL.upper(), f" {EMAIL} "])
async def test_an_address_has_one_account(scene: Scene, email: str) -> None:
    with pytest.raises(Conflict):
        await scene.add(email)


async def test_the_database_says_so_too(scene: Scene) -> None:
    other = await scene.add("other@example.org")
    renamed = update(StaffMember).where(StaffMember.id == other.id).values(email=EMAIL)
    attempt = await scene.session.begin_nested()
    with pytest.raises(IntegrityError):
        await scene.session.execute(renamed)
    await attempt.rollback()


async def test_disabling_ends_every_session_and_lets_nobody_in(scene: Scene) -> None:
    tokens = [await scene.signed_in(), await scene.signed_in()]
    await disable_staff(scene.session, EMAIL.upper())
    await scene.session.flush()
    assert [await find_session(scene.session, token) for token in tokens] == [None, None]
    assert await scene.try_to_sign_in() is None
    assert scene.awa not in await colleagues(scene.session, scene.organisation.id)
    assert scene.awa in await everyone(scene.session)
    assert (await scene.events())[-2:] == ["staff.disabled", "staff.sign_in_failed"]


async def test_disabling_one_leaves_the_others_in(scene: Scene) -> None:
    await scene.add("other@example.org")
    token = await scene.try_to_sign_in(email="other@example.org")
    assert token
    await disable_staff(scene.session, EMAIL)
    assert await find_session(scene.session, token) is not None


async def test_a_reset_ends_every_session_and_the_old_password(scene: Scene) -> None:
    token = await scene.signed_in()
    await reset_password(scene.session, EMAIL, NEW_PASSWORD)
    assert await find_session(scene.session, token) is None
    assert await scene.try_to_sign_in(PASSWORD) is None
    assert await scene.try_to_sign_in(NEW_PASSWORD)


async def test_a_reset_opens_a_disabled_account_again(scene: Scene) -> None:
    await disable_staff(scene.session, EMAIL)
    await reset_password(scene.session, EMAIL, NEW_PASSWORD)
    assert await scene.try_to_sign_in(NEW_PASSWORD)


async def test_a_short_password_changes_nothing_at_a_reset(scene: Scene) -> None:
    token = await scene.signed_in()
    with pytest.raises(Invalid):
        await reset_password(scene.session, EMAIL, "short")
    assert await find_session(scene.session, token) is not None
    assert await scene.try_to_sign_in(PASSWORD)


async def test_an_account_that_does_not_exist_is_not_found(scene: Scene) -> None:
    with pytest.raises(NotFound):
        await disable_staff(scene.session, "nobody@example.org")
    with pytest.raises(NotFound):
        await reset_password(scene.session, "nobody@example.org", NEW_PASSWORD)


async def test_colleagues_are_those_of_the_same_organisation_by_name(scene: Scene) -> None:
    partner = await find_or_create_organisation(scene.session, "Partner", OrganisationKind.PARTNER)
    elsewhere = Scene(scene.session, partner, scene.awa)
    other = await scene.add("other@example.org")
    stranger = await elsewhere.add("stranger@example.org", Role.PARTNER)
    other.name, scene.awa.name = "Aminata", "Binta"
    await scene.session.flush()
    assert await colleagues(scene.session, scene.organisation.id) == [other, scene.awa]
    assert await colleagues(scene.session, partner.id) == [stranger]


async def test_an_organisation_of_the_same_name_and_kind_is_one(scene: Scene) -> None:
    async def find(name: str, kind: OrganisationKind) -> Organisation:
        found = await find_or_create_organisation(scene.session, name, kind)
        await scene.session.flush()
        return found

    assert await find("Operator", OrganisationKind.OPERATOR) is scene.organisation
    assert await find("Operator", OrganisationKind.PARTNER) is not scene.organisation
