"""The second step of signing in: codes of an authenticator app (RFC 6238), and recovery codes for when it is lost."""

import hmac
import secrets
import unicodedata
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.factors import factors_of
from access.models import AuthenticatorApp, RecoveryCode, StaffMember
from access.sessions import SignedIn, prove, require_fresh
from access.throttling import count_failure, forget_failures, of_address, of_second_step, refuse_guessing
from foundation import audit, clock
from foundation.errors import Conflict
from foundation.keys import fingerprint, open_house
from foundation.language import _

ISSUER = "Homeward"
DIGITS = 6
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""How far the clock of a phone may be off, in steps."""
RECOVERY = "recovery code"
RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 12


async def throttle_second_step(session: AsyncSession, known: SignedIn, address: str) -> None:
    """Raises NotAllowed when this account's second step, or this network address, has failed too often of late.

    Tries of one account wait for each other: a thousand at once are not a thousand tries at a count of none.
    """
    await session.execute(
        select(StaffMember.id).where(StaffMember.id == known.staff.id).with_for_update(key_share=True)
    )
    await refuse_guessing(session, of_second_step(known.staff.id), of_address(address))


async def begin_app(session: AsyncSession, known: SignedIn) -> str:
    """A new secret for an authenticator app. It counts once a code of it was given; one in use goes on until then."""
    require_fresh(known)
    secret = pyotp.random_base32()
    app = await _app_of(session, known.staff.id)
    if app is None:
        app = AuthenticatorApp(staff_id=known.staff.id, last_step=0)
        session.add(app)
    app.pending = (await open_house(session)).seal(AuthenticatorApp.pending, known.staff.id, secret)
    return secret


async def pending_secret(session: AsyncSession, known: SignedIn) -> str:
    """The secret that waits for its first code. Raises Conflict if none does."""
    app = await _app_of(session, known.staff.id)
    if app is None or app.pending is None:
        raise Conflict(_("Begin again: nothing waits for a code."))
    return str((await open_house(session)).open(AuthenticatorApp.pending, known.staff.id, app.pending))


def link_of(secret: str, email: str) -> str:
    """The address that an authenticator app reads, also from a picture."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS, name=email, issuer=ISSUER).provisioning_uri()


async def enrol_app(session: AsyncSession, known: SignedIn, code: str, address: str) -> bool:
    """Whether the first code was right and the app is enrolled; a failure is counted, so the caller commits it.

    Raises NotAllowed after too many failures.
    """
    require_fresh(known)
    await throttle_second_step(session, known, address)
    secret = await pending_secret(session, known)
    step = _step_of(secret, digits_of(code))
    if step is None:
        await second_step_failed(session, known, address)
        return False
    app = await session.get_one(AuthenticatorApp, known.staff.id)
    house = await open_house(session)
    app.secret, app.pending = house.seal(AuthenticatorApp.secret, known.staff.id, secret), None
    app.last_step, app.enrolled_at = step, clock.now()
    audit.record(session, known.actor.id, "factor.enrolled", known.staff.id, kind="app")
    return True


async def prove_by_code(session: AsyncSession, known: SignedIn, code: str, address: str) -> str | None:
    """The session's new token if the code is the app's or an unused recovery code; a failure is counted, as above."""
    await throttle_second_step(session, known, address)
    digits = digits_of(code)
    if len(digits) == DIGITS and digits.isdecimal():
        kind = "app" if await _take_code(session, known.staff.id, digits) else None
    else:
        kind = "recovery" if await _take_recovery_code(session, known.staff.id, digits) else None
    if kind is None:
        await second_step_failed(session, known, address)
        return None
    return await second_step_passed(session, known, kind)


async def make_recovery_codes(session: AsyncSession, known: SignedIn) -> list[str]:
    """New recovery codes in place of all before. They are told now and never again."""
    require_fresh(known)
    if not (await factors_of(session, known.staff.id)).count:
        raise Conflict(_("Set up a second step first."))
    await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == known.staff.id))
    codes = ["".join(secrets.choice(_ALPHABET) for _each in range(_CODE_LENGTH)) for _code in range(RECOVERY_CODES)]
    for code in codes:
        session.add(
            RecoveryCode(code_fingerprint=await _fingerprint(session, known.staff.id, code), staff_id=known.staff.id)
        )
    audit.record(session, known.actor.id, "recovery.made", known.staff.id, count=len(codes))
    return ["-".join(code[at : at + 4] for at in range(0, _CODE_LENGTH, 4)) for code in codes]


async def second_step_passed(session: AsyncSession, known: SignedIn, kind: str) -> str:
    await forget_failures(session, of_second_step(known.staff.id))
    audit.record(session, known.actor.id, "factor.passed", known.staff.id, kind=kind)
    return await prove(session, known)


async def second_step_failed(session: AsyncSession, known: SignedIn, address: str) -> None:
    await count_failure(session, of_second_step(known.staff.id), of_address(address))
    audit.record(session, known.actor.id, "factor.failed", known.staff.id)


def digits_of(code: str) -> str:
    """A code as it was meant: digits of any script, without the spaces and hyphens that people put into it."""
    meant = (str(unicodedata.decimal(each)) if each.isdecimal() else each.upper() for each in code)
    return "".join(each for each in meant if each.isalnum())


async def _app_of(session: AsyncSession, staff_id: UUID) -> AuthenticatorApp | None:
    return await session.get(AuthenticatorApp, staff_id, with_for_update=True, populate_existing=True)


def _step_of(secret: str, code: str) -> int | None:
    """The half minute that a code belongs to, if it is of now or of the one before or after."""
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    now = int(clock.now().timestamp()) // STEP_SECONDS
    fitting = [
        step
        for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
    ]
    return max(fitting, default=None)


async def _take_code(session: AsyncSession, staff_id: UUID, code: str) -> bool:
    """A code is taken once: neither it nor one of an earlier half minute is taken again (RFC 6238, 5.2)."""
    app = await _app_of(session, staff_id)
    if app is None or app.secret is None:
        return False
    step = _step_of(str((await open_house(session)).open(AuthenticatorApp.secret, staff_id, app.secret)), code)
    if step is None or step <= app.last_step:
        return False
    app.last_step = step
    return True


async def _take_recovery_code(session: AsyncSession, staff_id: UUID, code: str) -> bool:
    taken = await session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_fingerprint == await _fingerprint(session, staff_id, code),
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.staff_id)
    )
    return taken is not None


async def _fingerprint(session: AsyncSession, staff_id: UUID, code: str) -> str:
    return await fingerprint(session, RECOVERY, f"{staff_id}|{code}")
