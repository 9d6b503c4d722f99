"""The list of one's own sessions, and ending them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from staff_scene import ADDRESS, EMAIL, PASSWORD, Scene

from access.sessions import IDLE, find_session, prove, revoke_others, revoke_session, sessions_of
from access.staff import identify, sign_in
from foundation import clock
from foundation.errors import NotFound

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)


async def signed_in(scene: Scene, device: str = "") -> str:
    found = await identify(scene.session, EMAIL, PASSWORD)
    token = await sign_in(scene.session, found, EMAIL, ADDRESS, device)
    assert token is not None
    await scene.session.flush()
    return token


async def test_one_sees_ones_own_live_sessions_the_one_in_use_first(scene: Scene) -> None:
    await scene.add("other@example.org")
    with clock.moved_to(BEGUN):
        await signed_in(scene, "safari.ios")
    with clock.moved_to(BEGUN + IDLE):
        mine = await signed_in(scene, "firefox.windows")
    with clock.moved_to(BEGUN + IDLE * 1.5):
        await signed_in(scene, "chrome.android")
        await scene.known(email="other@example.org")
        listed = await sessions_of(scene.session, await scene.known(mine))
    assert [(each.device, each.is_current) for each in listed] == [("firefox.windows", True), ("chrome.android", False)]
    assert listed[0].created_at == listed[0].seen_at == BEGUN + IDLE


async def test_one_ends_one_of_ones_own_sessions_and_no_other(scene: Scene) -> None:
    await scene.add("other@example.org")
    mine, left_open = await signed_in(scene), await signed_in(scene)
    known, lost = await scene.known(mine), await scene.known(left_open)
    theirs = await scene.known(email="other@example.org")
    for strange in (theirs.session_id, uuid4()):
        with pytest.raises(NotFound):
            await revoke_session(scene.session, known, strange)
    await revoke_session(scene.session, known, lost.session_id)
    assert await find_session(scene.session, left_open) is None
    assert await find_session(scene.session, mine) is not None
    with pytest.raises(NotFound):
        await revoke_session(scene.session, known, lost.session_id)
    assert (await scene.events()).count("session.revoked") == 1


async def test_one_ends_all_others_at_once(scene: Scene) -> None:
    mine, *others = [await signed_in(scene) for _number in range(3)]
    known = await scene.known(mine)
    assert await revoke_others(scene.session, known) == 2
    assert [await find_session(scene.session, each) for each in others] == [None, None]
    assert len(await sessions_of(scene.session, known)) == 1


async def test_an_ended_session_cannot_be_proven(scene: Scene) -> None:
    mine = await signed_in(scene)
    known = await scene.known(mine)
    await revoke_session(scene.session, known, known.session_id)
    with pytest.raises(NotFound):
        await prove(scene.session, known)


@pytest.mark.parametrize("after", [timedelta(0), IDLE + timedelta(seconds=1)])
async def test_an_idle_session_is_not_listed(scene: Scene, after: timedelta) -> None:
    with clock.moved_to(BEGUN):
        known = await scene.known(await signed_in(scene))
    with clock.moved_to(BEGUN + after):
        assert len(await sessions_of(scene.session, known)) == (0 if after else 1)
