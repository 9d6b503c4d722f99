"""What was taken back is deleted by the partner, who says so; whoever does not say so in time is seen to."""

from datetime import timedelta
from uuid import uuid4

import pytest
from referral_scene import Scene, add_staff
from sqlalchemy import select

from access.actor import PERSON, Actor
from access.models import Organisation
from access.rules import Role
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, NotAllowed, NotFound
from foundation.language import say
from referrals.deletion import confirm_deletion, deletions_overdue
from referrals.erasure import erase_person
from referrals.models import reference_of
from referrals.referring import revoke, withdraw_all, withdraw_share
from referrals.responding import accept, complete, find_referral
from referrals.waiting import deletions_unconfirmed

WEEK = timedelta(days=7, minutes=1)


@pytest.fixture
async def supervisor(scene: Scene) -> Actor:
    operator = await scene.session.get_one(Organisation, scene.caseworker.organisation_id)
    scene.case.organisation_id = operator.id
    return add_staff(scene.session, operator, Role.SUPERVISOR)


async def test_nothing_is_to_be_deleted_while_the_agreement_of_the_person_holds(scene: Scene) -> None:
    referral = await scene.sent()
    with pytest.raises(Conflict):
        await confirm_deletion(scene.session, referral.id, actor=scene.partner)
    await accept(scene.session, referral.id, actor=scene.partner)
    await complete(scene.session, referral.id, actor=scene.partner)
    assert (await find_referral(scene.session, scene.partner, referral.id)).deletion is None


@pytest.mark.parametrize("how", ["person", "caseworker", "everything", "after its end"])
async def test_however_it_is_taken_back_the_partner_is_asked_and_confirms_once(scene: Scene, how: str) -> None:
    referral = await scene.sent()
    if how == "caseworker":
        await revoke(scene.session, scene.case, referral.id, actor=scene.caseworker)
    elif how == "everything":
        await withdraw_all(scene.session, scene.person_id)
    else:
        if how == "after its end":
            await accept(scene.session, referral.id, actor=scene.partner)
            await complete(scene.session, referral.id, actor=scene.partner)
        await withdraw_share(scene.session, scene.person_id, referral.consent_id)
    view = await find_referral(scene.session, scene.partner, referral.id)
    assert view.must_delete
    assert view.deletion is not None
    assert (view.deletion.delete_asked_at is not None, view.deletion.deleted_at) == (True, None)
    for actor in (scene.other_partner, Actor(uuid4(), Role.PARTNER)):
        with pytest.raises(NotFound):
            await confirm_deletion(scene.session, referral.id, actor=actor)
    with pytest.raises(NotAllowed):
        await confirm_deletion(scene.session, referral.id, actor=scene.caseworker)
    await confirm_deletion(scene.session, referral.id, actor=scene.partner)
    (share,) = await scene.disclosures()
    assert (share.deleted_at is not None, share.deleted_by) == (True, scene.partner.id)
    with pytest.raises(Conflict):
        await confirm_deletion(scene.session, referral.id, actor=scene.partner)
    events = await scene.session.scalars(
        select(AuditEntry.facts).where(AuditEntry.event == "referral.deletion_confirmed")
    )
    assert events.all() == [{"referral": str(referral.id)}]


async def test_a_draft_that_is_taken_back_was_never_shared(scene: Scene) -> None:
    referral = await scene.refer()
    await revoke(scene.session, scene.case, referral.id, actor=scene.caseworker)
    with pytest.raises(NotFound):
        await confirm_deletion(scene.session, referral.id, actor=scene.partner)


async def test_the_supervisor_sees_what_was_not_confirmed_within_a_week(scene: Scene, supervisor: Actor) -> None:
    referral = await scene.sent()
    await revoke(scene.session, scene.case, referral.id, actor=scene.caseworker)
    await scene.session.flush()
    assert await deletions_overdue(scene.session, supervisor) == []
    assert await deletions_unconfirmed(scene.session, supervisor) == []
    with clock.moved_to(clock.now() + WEEK):
        (overdue,) = await deletions_overdue(scene.session, supervisor)
        assert (overdue.organisation, overdue.reference) == ("Jalambang Skills", reference_of(referral.id))
        (line,) = await deletions_unconfirmed(scene.session, supervisor)
        assert say("en", line.why) == "A partner has not confirmed that it has deleted what was shared"
        assert (line.number, line.place) == (scene.case.number, "#referrals")
        assert line.due is not None
        assert line.due < clock.now()
        assert await deletions_unconfirmed(scene.session, scene.caseworker) == []
        with pytest.raises(NotAllowed):
            await deletions_overdue(scene.session, scene.caseworker)
        await confirm_deletion(scene.session, referral.id, actor=scene.partner)
        await scene.session.flush()
        assert await deletions_overdue(scene.session, supervisor) == []
        assert await deletions_unconfirmed(scene.session, supervisor) == []


async def test_also_after_an_erasure_the_partner_confirms_and_is_waited_for(scene: Scene, supervisor: Actor) -> None:
    referral = await scene.sent()
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    await scene.session.flush()
    with clock.moved_to(clock.now() + WEEK):
        assert [each.reference for each in await deletions_overdue(scene.session, supervisor)] == [
            reference_of(referral.id)
        ]
        assert await deletions_unconfirmed(scene.session, supervisor) == [], "there is no page of an erased case"
        view = await find_referral(scene.session, scene.partner, referral.id)
        assert (view.must_delete, view.shared, view.deletion is not None) == (True, [], True)
        await confirm_deletion(scene.session, referral.id, actor=scene.partner)
        await scene.session.flush()
        assert await deletions_overdue(scene.session, supervisor) == []
