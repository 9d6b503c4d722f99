"""The second step: codes that count once, recovery codes, and how far a password alone leads."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from staff_scene import ADDRESS, EMAIL, PASSWORD, Scene, code_of

from access import staff
from access.factors import factors_of, remove_app
from access.models import AuthenticatorApp, RecoveryCode
from access.rules import NEEDS_SECOND_FACTOR, Role
from access.second_factor import (
    RECOVERY_CODES,
    STEP_SECONDS,
    begin_app,
    enrol_app,
    make_recovery_codes,
    prove_by_code,
)
from access.sessions import FRESH, HALF_WAY, SignedIn, Step, confirm, find_session, prove
from access.staff import change_password, change_role, confirm_password, disable_staff, identify, reset_password
from access.throttling import FAILURE_WINDOW, MOST_FAILURES
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import HOUSE, InstanceKey, open_house, rewrap_some
from foundation.sealing import KeyRing

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
MOMENT = timedelta(seconds=1)
OTHER = "other@example.org"


async def passes(scene: Scene, code: str, known: SignedIn | None = None, address: str = ADDRESS) -> bool:
    return await prove_by_code(scene.session, known or await scene.known(), code, address) is not None


@pytest.mark.parametrize("role", Role)
def test_how_far_a_password_leads(role: Role) -> None:
    needs = role in NEEDS_SECOND_FACTOR
    base = SignedIn(
        staff=type("Staff", (), {"role": role})(),  # type: ignore[arg-type]
        actor=None,  # type: ignore[arg-type]
        csrf_token="",
        session_id=None,  # type: ignore[arg-type]
        confirmed_at=BEGUN,
        has_factor=False,
        is_proven=False,
    )
    assert base.step(required=True) is (Step.ENROL if needs else Step.IN)
    assert base.step(required=False) is Step.IN
    for required in (True, False):
        assert replace(base, has_factor=True).step(required=required) is Step.PROVE
        assert replace(base, has_factor=True, is_proven=True).step(required=required) is Step.IN


async def test_a_code_lets_in_once_and_none_before_it_does_afterwards(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        _known, secret = await scene.with_app()
        assert not await passes(scene, code_of(secret))
    later = BEGUN + timedelta(seconds=10 * STEP_SECONDS)
    with clock.moved_to(later):
        known = await scene.known()
        assert (known.has_factor, known.is_proven) == (True, False)
        token = await prove_by_code(scene.session, known, code_of(secret), ADDRESS)
        assert token is not None
        assert (await scene.known(token)).is_proven
        assert not await passes(scene, code_of(secret))
        assert not await passes(scene, code_of(secret, -1))
        assert await passes(scene, code_of(secret, 1))
    assert [each for each in await scene.events() if each.startswith("factor")] == [
        "factor.enrolled",
        "factor.failed",
        "factor.passed",
        "factor.failed",
        "factor.failed",
        "factor.passed",
    ]


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_phone_may_be_half_a_minute_off_and_no_more(scene: Scene, steps: int, *, is_taken: bool) -> None:
    with clock.moved_to(BEGUN):
        _known, secret = await scene.with_app()
    with clock.moved_to(BEGUN + timedelta(hours=1)):
        assert await passes(scene, code_of(secret, steps)) is is_taken


async def test_digits_count_in_any_script_and_with_spaces(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        _known, secret = await scene.with_app()
    with clock.moved_to(BEGUN + timedelta(hours=1)):
        arabic = code_of(secret).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        assert await passes(scene, f" {arabic[:3]} {arabic[3:]} ")


@pytest.mark.parametrize("code", ["", "12", "１２", "²²²²²²", "x" * 40, "000000\0"])
async def test_what_is_no_code_is_refused_and_nothing_worse(scene: Scene, code: str) -> None:
    await scene.with_app()
    assert not await passes(scene, code)


async def test_the_second_step_waits_after_too_many_tries_and_the_password_does_not_clear_the_count(
    scene: Scene,
) -> None:
    with clock.moved_to(BEGUN):
        _known, secret = await scene.with_app()
    with clock.moved_to(BEGUN + timedelta(hours=1)):
        for number in range(MOST_FAILURES):
            # A new sign-in each time, from another address: the password is known to whoever guesses.
            assert not await passes(scene, "12345", await scene.known(), f"198.51.100.{number}")
        with pytest.raises(NotAllowed):
            await passes(scene, code_of(secret))
    with clock.moved_to(BEGUN + timedelta(hours=1) + FAILURE_WINDOW + MOMENT):
        assert await passes(scene, code_of(secret))
        assert not await passes(scene, "12345", address="198.51.100.1")


async def test_an_address_that_guesses_codes_waits_too_and_the_first_code_is_counted_as_well(scene: Scene) -> None:
    known = await scene.known()
    secret = await begin_app(scene.session, known)
    for _attempt in range(MOST_FAILURES):
        assert not await enrol_app(scene.session, known, "12345", ADDRESS)
    with pytest.raises(NotAllowed):
        await enrol_app(scene.session, known, code_of(secret), "203.0.113.9")
    await scene.add(OTHER)
    with pytest.raises(NotAllowed):
        await scene.try_to_sign_in(email=OTHER)


async def test_an_app_counts_once_a_code_of_it_was_given_and_the_one_before_until_then(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        first = await scene.known()
        await begin_app(scene.session, first)
        assert not (await scene.known()).has_factor
        known, secret = await scene.with_app()
        new = await begin_app(scene.session, known)
    with clock.moved_to(BEGUN + timedelta(minutes=5)):
        assert not await passes(scene, code_of(new))
        assert await passes(scene, code_of(secret))
        assert await enrol_app(scene.session, known, code_of(new), ADDRESS)
    with clock.moved_to(BEGUN + timedelta(minutes=10)):
        assert not await passes(scene, code_of(secret))
        assert await passes(scene, code_of(new))
    with clock.moved_to(BEGUN + timedelta(minutes=10)), pytest.raises(Conflict):
        await enrol_app(scene.session, known, code_of(new), ADDRESS)


async def test_the_secret_is_sealed_with_a_key_of_the_house_that_rotates(scene: Scene) -> None:
    known, secret = await scene.with_app()
    await scene.session.flush()
    (box,) = (await scene.session.execute(text("SELECT secret FROM authenticator_app"))).one()
    assert secret.encode() not in bytes(box)
    newer = KeyRing.parse(f"{KeyRing.new_master('newer')},test:{_encoded(scene)}")
    scene.session.info["keys"] = newer
    await rewrap_some(scene.session)
    house_key = await scene.session.get_one(InstanceKey, HOUSE, populate_existing=True)
    assert house_key.master_id == "newer"
    app = await scene.session.get_one(AuthenticatorApp, known.staff.id)
    assert app.secret is not None
    assert (await open_house(scene.session)).open(AuthenticatorApp.secret, known.staff.id, app.secret) == secret


def _encoded(scene: Scene) -> str:
    return base64.b64encode(scene.session.info["keys"]._masters["test"]).decode()


async def test_a_recovery_code_lets_in_once_and_is_kept_as_a_fingerprint(scene: Scene) -> None:
    known, _secret = await scene.with_app()
    codes = await make_recovery_codes(scene.session, known)
    await scene.session.flush()
    assert len(set(codes)) == RECOVERY_CODES
    kept = list(await scene.session.scalars(select(RecoveryCode.code_fingerprint)))
    assert not {code.replace("-", "") for code in codes} & set(kept)
    assert await passes(scene, codes[0].lower())
    assert not await passes(scene, codes[0])
    assert (await factors_of(scene.session, known.staff.id)).recovery_codes_left == RECOVERY_CODES - 1
    new = await make_recovery_codes(scene.session, known)
    assert not await passes(scene, codes[1])
    assert await passes(scene, new[1].replace("-", " "))


async def test_a_recovery_code_is_its_owners_alone(scene: Scene) -> None:
    await scene.add(OTHER)
    mine, _secret = await scene.with_app()
    theirs, _other_secret = await scene.with_app(OTHER)
    codes = await make_recovery_codes(scene.session, mine)
    await make_recovery_codes(scene.session, theirs)
    assert not await passes(scene, codes[0], await scene.known(email=OTHER))
    assert await passes(scene, codes[0])


async def test_passing_gives_a_new_token_and_ends_the_one_before(scene: Scene) -> None:
    token = await scene.signed_in()
    known = await scene.known(token)
    proven = await scene.known(await prove(scene.session, known))
    assert await find_session(scene.session, token) is None
    assert proven.session_id == known.session_id
    assert proven.csrf_token != known.csrf_token


async def test_the_second_step_may_take_ten_minutes(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        await scene.with_app()
        token = await scene.signed_in()
    with clock.moved_to(BEGUN + HALF_WAY):
        assert await find_session(scene.session, token) is not None
    with clock.moved_to(BEGUN + HALF_WAY + MOMENT):
        assert await find_session(scene.session, token) is None


Change = Callable[[Scene, SignedIn], Awaitable[object]]
CHANGES: dict[str, Change] = {
    "begin": lambda scene, known: begin_app(scene.session, known),
    "enrol": lambda scene, known: enrol_app(scene.session, known, "123456", ADDRESS),
    "remove": lambda scene, known: remove_app(scene.session, known, required=False),
    "recovery": lambda scene, known: make_recovery_codes(scene.session, known),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_how_one_signs_in_is_changed_soon_after_the_password_and_after_the_second_step(
    scene: Scene, change: str
) -> None:
    with clock.moved_to(BEGUN):
        known, _secret = await scene.with_app()
        await begin_app(scene.session, known)
        unproven = await scene.known()
        with pytest.raises(NotAllowed):
            await CHANGES[change](scene, unproven)
    with clock.moved_to(BEGUN + FRESH + MOMENT):
        with pytest.raises(NotAllowed):
            await CHANGES[change](scene, known)
        await confirm(scene.session, known)
        await CHANGES[change](scene, replace(known, confirmed_at=clock.now()))


async def test_the_password_given_again_is_noted_and_a_wrong_one_is_counted(scene: Scene) -> None:
    with clock.moved_to(BEGUN):
        token = await scene.signed_in()
    with clock.moved_to(BEGUN + FRESH + MOMENT):
        known = await scene.known(token)
        assert not known.is_fresh
        for password, is_right in (("wrong", False), (PASSWORD, True)):
            found = await identify(scene.session, EMAIL, password)
            assert await confirm_password(scene.session, known, found, ADDRESS) is is_right
            assert (await scene.known(token)).is_fresh is is_right
        for _attempt in range(MOST_FAILURES):
            await confirm_password(scene.session, known, None, ADDRESS)
        with pytest.raises(NotAllowed):
            await scene.try_to_sign_in(address="203.0.113.9")


async def test_the_last_one_stays_where_the_role_needs_it_and_takes_the_recovery_codes_along(scene: Scene) -> None:
    known, _secret = await scene.with_app()
    await make_recovery_codes(scene.session, known)
    with pytest.raises(Conflict):
        await remove_app(scene.session, known, required=True)
    await remove_app(scene.session, known, required=False)
    factors = await factors_of(scene.session, known.staff.id)
    assert (factors.count, factors.recovery_codes_left) == (0, 0)
    assert not (await scene.known()).has_factor
    with pytest.raises(NotFound):
        await remove_app(scene.session, known, required=False)
    with pytest.raises(Conflict):
        await make_recovery_codes(scene.session, replace(known, has_factor=False))


async def test_a_reset_takes_the_second_factor_away_and_says_so_in_the_audit(scene: Scene) -> None:
    known, _secret = await scene.with_app()
    await make_recovery_codes(scene.session, known)
    await reset_password(scene.session, EMAIL, "another horse battery")
    assert (await factors_of(scene.session, known.staff.id)).count == 0
    assert (await scene.events())[-1] == "staff.reset"
    token = await scene.try_to_sign_in("another horse battery")
    assert not (await scene.known(token)).has_factor


async def test_a_new_password_ends_every_other_session(scene: Scene) -> None:
    mine, elsewhere = await scene.signed_in(), await scene.signed_in()
    known = await scene.known(mine)
    for unfit in ("short", PASSWORD):
        with pytest.raises(Invalid):
            await change_password(scene.session, known, unfit)
    assert await find_session(scene.session, elsewhere) is not None
    await change_password(scene.session, known, "another horse battery")
    assert await find_session(scene.session, mine) is not None
    assert await find_session(scene.session, elsewhere) is None
    assert await scene.try_to_sign_in() is None
    assert await scene.try_to_sign_in("another horse battery")
    assert "staff.password_changed" in await scene.events()


async def test_another_role_ends_every_session_and_stays_within_the_kind_of_organisation(scene: Scene) -> None:
    token = await scene.signed_in()
    for role in (Role.PARTNER, Role.MONITOR):
        with pytest.raises(Invalid):
            await change_role(scene.session, EMAIL, role)
    assert await find_session(scene.session, token) is not None
    await change_role(scene.session, EMAIL, Role.COMPLAINTS_OFFICER, team=None)
    assert await find_session(scene.session, token) is None
    assert (await scene.known()).actor.role is Role.COMPLAINTS_OFFICER
    assert "staff.role_changed" in await scene.events()


async def test_a_password_is_checked_once_whether_or_not_there_is_an_account(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check takes a tenth of a second: leaving it out for a missing account would tell that it is missing."""
    checked: list[str] = []
    real = staff._hasher

    class Counting:
        def verify(self, password: str, hashed: str) -> bool:
            checked.append(password)
            return real.verify(password, hashed)

    await scene.add(OTHER)
    await disable_staff(scene.session, OTHER)
    monkeypatch.setattr(staff, "_hasher", Counting())
    for email in (EMAIL, "nobody@example.org", "", OTHER):
        before = len(checked)
        assert await identify(scene.session, email, "wrong") is None
        assert len(checked) == before + 1
