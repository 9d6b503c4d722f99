"""Passkeys, with a software authenticator: bound to our address, to what was asked, and to one account."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from authenticator import Authenticator
from sqlalchemy import select
from staff_scene import ADDRESS, Scene

from access.factors import factors_of, remove_passkey
from access.models import Passkey
from access.passkeys import (
    CHALLENGE_LIFE,
    MOST_PASSKEYS,
    Site,
    begin_passkey,
    begin_proof,
    enrol_passkey,
    prove_by_passkey,
    site_of,
)
from access.sessions import FRESH, SignedIn, prove
from access.throttling import MOST_FAILURES
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound

SITE = Site("cases.example.org", "https://cases.example.org")
BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
OTHER = "other@example.org"


def authenticator() -> Authenticator:
    return Authenticator(SITE.origin, SITE.host)


async def enrol(scene: Scene, known: SignedIn, key: Authenticator, name: str = "Laptop") -> None:
    await enrol_passkey(scene.session, known, SITE, name, key.make(await begin_passkey(scene.session, known, SITE)))
    await scene.session.flush()


async def passes(scene: Scene, known: SignedIn, credential: str) -> bool:
    return await prove_by_passkey(scene.session, known, SITE, credential, ADDRESS) is not None


async def options_for(scene: Scene, known: SignedIn) -> str:
    return await begin_proof(scene.session, known, SITE)


async def test_a_passkey_is_set_up_and_lets_in_again_and_again(scene: Scene) -> None:
    key, known = authenticator(), await scene.known()
    await enrol(scene, known, key)
    for _time in range(2):
        again = await scene.known()
        assert (again.has_factor, again.is_proven) == (True, False)
        token = await prove_by_passkey(scene.session, again, SITE, key.sign(await options_for(scene, again)), ADDRESS)
        assert (await scene.known(token)).is_proven
    (kept,) = (await factors_of(scene.session, known.staff.id)).passkeys
    assert (kept.name, kept.sign_count) == ("Laptop", 2)
    assert kept.used_at is not None


async def test_what_was_asked_is_answered_once_and_soon(scene: Scene) -> None:
    key, known = authenticator(), await scene.known()
    await enrol(scene, known, key)
    with clock.moved_to(BEGUN):
        again = await scene.known()
        answer = key.sign(await options_for(scene, again))
        assert await passes(scene, again, answer)
        assert not await passes(scene, again, answer)
        late = key.sign(await options_for(scene, again))
    with clock.moved_to(BEGUN + CHALLENGE_LIFE + timedelta(seconds=1)):
        assert not await passes(scene, again, late)


async def test_an_answer_to_another_page_session_or_account_is_refused(scene: Scene) -> None:
    await scene.add(OTHER)
    key, known = authenticator(), await scene.known()
    await enrol(scene, known, key)
    again, elsewhere = await scene.known(), await scene.known()
    theirs = await scene.known(email=OTHER)
    asked_elsewhere = key.sign(await options_for(scene, elsewhere))
    await options_for(scene, again)
    assert not await passes(scene, again, asked_elsewhere)
    assert not await passes(scene, theirs, key.sign(await options_for(scene, theirs)))
    for origin, host in (("https://cases.example.org.evil", SITE.host), (SITE.origin, "evil.example")):
        key.origin, key.host = origin, host
        assert not await passes(scene, again, key.sign(await options_for(scene, again)))


async def test_another_key_and_a_copy_that_lags_behind_are_refused(scene: Scene) -> None:
    key, known = authenticator(), await scene.known()
    await enrol(scene, known, key)
    again = await scene.known()
    stranger = authenticator()
    stranger.credential_id = key.credential_id
    assert not await passes(scene, again, stranger.sign(await options_for(scene, again)))
    key.count = 5
    assert await passes(scene, again, key.sign(await options_for(scene, again)))
    key.count = 2
    assert not await passes(scene, again, key.sign(await options_for(scene, again)))


async def test_a_passkey_belongs_to_one_account_and_is_made_for_what_was_asked(scene: Scene) -> None:
    await scene.add(OTHER)
    key, known, theirs = authenticator(), await scene.known(), await scene.known(email=OTHER)
    await enrol(scene, known, key)
    proven = await scene.known(await prove(scene.session, known))
    with pytest.raises(Invalid):
        await enrol(scene, theirs, key)
    asked_for_another = await begin_passkey(scene.session, theirs, SITE)
    await begin_passkey(scene.session, proven, SITE)
    with pytest.raises(Invalid):
        await enrol_passkey(scene.session, proven, SITE, "Phone", authenticator().make(asked_for_another))
    with pytest.raises(Invalid):  # nothing was asked any more
        await enrol_passkey(scene.session, proven, SITE, "Phone", authenticator().make(asked_for_another))


async def test_too_many_wrong_answers_and_the_right_one_waits(scene: Scene) -> None:
    key, known = authenticator(), await scene.known()
    await enrol(scene, known, key)
    again = await scene.known()
    for _attempt in range(MOST_FAILURES):
        assert not await passes(scene, again, "{}")
    with pytest.raises(NotAllowed):
        await passes(scene, again, key.sign(await options_for(scene, again)))


async def test_setting_one_up_and_removing_it_needs_the_password_and_the_second_step(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        key, known = authenticator(), await scene.known()
        await enrol(scene, known, key)
        proven = await scene.known(await prove(scene.session, known))
        unproven = await scene.known()
        (kept,) = (await factors_of(scene.session, known.staff.id)).passkeys
    for at, who in ((BEGUN, unproven), (BEGUN + FRESH + timedelta(seconds=1), proven)):
        with clock.moved_to(at):
            with pytest.raises(NotAllowed):
                await begin_passkey(scene.session, who, SITE)
            with pytest.raises(NotAllowed):
                await enrol_passkey(scene.session, who, SITE, "Phone", "{}")
            with pytest.raises(NotAllowed):
                await remove_passkey(scene.session, who, kept.id, required=False)
    with clock.moved_to(BEGUN):
        with pytest.raises(Conflict):
            await remove_passkey(scene.session, proven, kept.id, required=True)
        await enrol(scene, proven, authenticator(), "Phone")
        await remove_passkey(scene.session, proven, kept.id, required=True)
        with pytest.raises(NotFound):
            await remove_passkey(scene.session, proven, kept.id, required=True)
        assert [each.name for each in (await factors_of(scene.session, known.staff.id)).passkeys] == ["Phone"]


async def test_nobody_has_passkeys_without_end(scene: Scene) -> None:
    known = await scene.known()
    for number in range(MOST_PASSKEYS):
        scene.session.add(
            Passkey(
                id=uuid4(),
                staff_id=known.staff.id,
                name=str(number),
                credential_id=secrets.token_bytes(16),
                public_key=b"",
                sign_count=0,
                created_at=clock.now(),
            )
        )
    await scene.session.flush()
    with pytest.raises(Conflict):
        await begin_passkey(scene.session, known, SITE)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "attestationObject", "signature", "rawId", ""])
async def test_garbage_is_refused_and_nothing_worse(scene: Scene, part: str) -> None:
    key, known = authenticator(), await scene.known()
    await enrol(scene, known, key)
    proven = await scene.known(await prove(scene.session, known))
    for rubbish in ("", "AAAA", "!!", 7, None, [], "oA", "_" * 600):
        made = json.loads(authenticator().make(await begin_passkey(scene.session, proven, SITE)))
        signed = json.loads(key.sign(await options_for(scene, proven)))
        for told in (made, signed):
            place = told["response"] if part in told["response"] else told
            place[part or "response"] = rubbish
        with pytest.raises(Invalid):
            await enrol_passkey(scene.session, proven, SITE, "Phone", json.dumps(made))
    for answer in ("", "[]", "null", "{", '{"id": "x"}', json.dumps(signed)):
        await options_for(scene, proven)
        assert await prove_by_passkey(scene.session, proven, SITE, answer, f"192.0.2.{len(answer)}") is None, answer
    assert len(list(await scene.session.scalars(select(Passkey)))) == 1


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://cases.example.org", SITE),
        ("http://localhost:8000", Site("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", None),
        ("http://[::1]:8000", None),
    ],
)
def test_an_address_without_a_name_has_no_passkeys(address: str, site: Site | None) -> None:
    assert site_of(address) == site
