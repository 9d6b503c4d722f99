"""Signing in: who gets a session, for how long, and how guessing is slowed down."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from staff_scene import ADDRESS, EMAIL, PASSWORD, Scene

from access import sessions, throttling
from access.models import SignInFailures, StaffSession
from access.rules import Role
from access.sessions import IDLE, LONGEST, SEEN_STEP, find_session, sign_out, touch
from access.throttling import FAILURE_WINDOW, MOST_FAILURES
from foundation import clock
from foundation.errors import NotAllowed

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


async def is_live(scene: Scene, token: str, at: datetime) -> bool:
    with clock.moved_to(at):
        return await find_session(scene.session, token) is not None


async def test_the_right_password_makes_a_session_of_that_account(scene: Scene) -> None:
    token = await scene.signed_in()
    found = await find_session(scene.session, token)
    assert found is not None
    assert found.staff.id == found.actor.id == scene.awa.id
    assert (found.actor.role, found.actor.organisation_id) == (Role.CASEWORKER, scene.organisation.id)
    assert found.csrf_token not in token
    assert await scene.events() == ["staff.added", "staff.signed_in"]


@pytest.mark.parametrize("email", [EMAIL.upper(), f"  {EMAIL} "])
async def test_an_address_is_known_in_any_spelling(scene: Scene, email: str) -> None:
    assert await scene.try_to_sign_in(email=email)


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), (EMAIL, PASSWORD.upper()), (EMAIL, ""), ("nobody@example.org", PASSWORD)]
)
async def test_anything_else_makes_none_and_is_noted_without_naming_anyone(
    scene: Scene, email: str, password: str
) -> None:
    assert await scene.try_to_sign_in(password, email) is None
    assert await scene.session.scalar(select(func.count()).select_from(StaffSession)) == 0
    assert await scene.events() == ["staff.added", "staff.sign_in_failed"]


async def test_a_made_up_token_opens_nothing(scene: Scene) -> None:
    token = await scene.signed_in()
    stored = await scene.session.scalar(select(StaffSession.token_hash))
    for made_up in ("", "x", token[:-1], str(stored)):
        assert await find_session(scene.session, made_up) is None


async def test_a_session_ends_when_it_has_been_idle(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        token = await scene.signed_in()
    assert await is_live(scene, token, BEGUN + IDLE)
    assert not await is_live(scene, token, BEGUN + IDLE + MOMENT)


async def test_a_session_in_use_goes_on_and_ends_at_its_longest(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        token = await scene.signed_in()
    at = BEGUN
    while at + IDLE < BEGUN + LONGEST:
        at += IDLE * 0.9
        assert await is_live(scene, token, at)
        with clock.moved_to(at):
            await touch(scene.session, token)
    assert not await is_live(scene, token, BEGUN + LONGEST + MOMENT)


async def test_use_is_noted_once_a_minute(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        token = await scene.signed_in()
    seen = select(StaffSession.seen_at)
    for after, expected in ((SEEN_STEP / 2, BEGUN), (SEEN_STEP + MOMENT, BEGUN + SEEN_STEP + MOMENT)):
        with clock.moved_to(BEGUN + after):
            await touch(scene.session, token)
        assert await scene.session.scalar(seen) == expected


async def test_signing_out_ends_this_session_alone(scene: Scene) -> None:
    mine, elsewhere = await scene.signed_in(), await scene.signed_in()
    await sign_out(scene.session, mine)
    assert await find_session(scene.session, mine) is None
    assert await find_session(scene.session, elsewhere) is not None
    await sign_out(scene.session, mine)
    assert (await scene.events()).count("staff.signed_out") == 1


async def test_an_account_that_was_guessed_at_too_often_waits_whoever_tries(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        for number in range(MOST_FAILURES):
            assert await scene.try_to_sign_in("wrong", address=f"198.51.100.{number}") is None
        with pytest.raises(NotAllowed):
            await scene.try_to_sign_in(address="198.51.100.200")
    with clock.moved_to(BEGUN + FAILURE_WINDOW - MOMENT), pytest.raises(NotAllowed):
        await scene.try_to_sign_in()
    with clock.moved_to(BEGUN + FAILURE_WINDOW + MOMENT):
        assert await scene.try_to_sign_in()


async def test_an_address_that_guessed_too_often_waits_for_every_account(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        for number in range(MOST_FAILURES):
            assert await scene.try_to_sign_in("wrong", f"someone{number}@example.org") is None
        with pytest.raises(NotAllowed):
            await scene.try_to_sign_in()
        assert await scene.try_to_sign_in(address="203.0.113.9")
    with clock.moved_to(BEGUN + FAILURE_WINDOW + MOMENT):
        assert await scene.try_to_sign_in()


async def test_fewer_failures_do_not_lock_anyone_out_and_success_forgets_those_of_the_account(scene: Scene) -> None:
    for round_number in range(3):
        for number in range(MOST_FAILURES - 1):
            assert await scene.try_to_sign_in("wrong", address=f"198.51.{round_number}.{number}") is None
        assert await scene.try_to_sign_in(address=f"203.0.113.{round_number}")


async def test_success_with_one_account_does_not_free_an_address_that_guesses_at_others(scene: Scene) -> None:
    for number in range(MOST_FAILURES - 1):
        await scene.try_to_sign_in("wrong", f"someone{number}@example.org")
    assert await scene.try_to_sign_in()
    assert await scene.try_to_sign_in("wrong", "another@example.org") is None
    with pytest.raises(NotAllowed):
        await scene.try_to_sign_in()


async def test_failures_of_an_earlier_window_no_longer_count(scene: Scene) -> None:
    for window in range(3):
        with clock.moved_to(BEGUN + (FAILURE_WINDOW + MOMENT) * window):
            for _attempt in range(MOST_FAILURES - 1):
                assert await scene.try_to_sign_in("wrong") is None


async def test_the_counters_hold_no_address_of_anyone(scene: Scene) -> None:
    await scene.try_to_sign_in("wrong")
    keys = list(await scene.session.scalars(select(SignInFailures.key_hash)))
    assert len(keys) == 2
    assert not any(secret in key for key in keys for secret in (EMAIL, ADDRESS))


async def test_the_sweep_forgets_what_has_ended_and_nothing_else(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        old = await scene.signed_in()
        await scene.try_to_sign_in("wrong")
    with clock.moved_to(BEGUN + IDLE + MOMENT):
        fresh = await scene.signed_in()
        await scene.try_to_sign_in("wrong", "other@example.org", "203.0.113.9")
        await sessions.sweep(scene.session)
        await throttling.sweep(scene.session)
        assert await find_session(scene.session, old) is None
        assert await find_session(scene.session, fresh) is not None
    for table, left in ((StaffSession, 1), (SignInFailures, 2)):
        assert await scene.session.scalar(select(func.count()).select_from(table)) == left
