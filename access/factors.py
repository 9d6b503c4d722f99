"""What someone has enrolled as a second factor: looking at it, and taking it away."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import AuthenticatorApp, Passkey, RecoveryCode
from access.rules import NEEDS_SECOND_FACTOR
from access.sessions import SignedIn, require_fresh
from foundation import audit
from foundation.errors import Conflict, NotFound
from foundation.language import _


@dataclass(frozen=True, slots=True)
class Factors:
    """What someone has enrolled; never a secret."""

    app_since: datetime | None
    passkeys: list[Passkey]
    recovery_codes_left: int

    @property
    def count(self) -> int:
        return (self.app_since is not None) + len(self.passkeys)


async def factors_of(session: AsyncSession, staff_id: UUID) -> Factors:
    app = await session.get(AuthenticatorApp, staff_id)
    passkeys = await session.scalars(
        select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.created_at, Passkey.id)
    )
    left = await session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    )
    return Factors(app.enrolled_at if app and app.secret else None, list(passkeys), left or 0)


async def remove_app(session: AsyncSession, known: SignedIn, *, required: bool) -> None:
    require_fresh(known)
    factors = await factors_of(session, known.staff.id)
    if factors.app_since is None:
        raise NotFound(_("There is no such way of signing in."))
    _keep_one(known, factors, required=required)
    await session.execute(delete(AuthenticatorApp).where(AuthenticatorApp.staff_id == known.staff.id))
    await _removed(session, known, factors, "app")


async def remove_passkey(session: AsyncSession, known: SignedIn, passkey_id: UUID, *, required: bool) -> None:
    require_fresh(known)
    factors = await factors_of(session, known.staff.id)
    if passkey_id not in {each.id for each in factors.passkeys}:
        raise NotFound(_("There is no such way of signing in."))
    _keep_one(known, factors, required=required)
    await session.execute(delete(Passkey).where(Passkey.id == passkey_id))
    await _removed(session, known, factors, "passkey")


async def clear_factors(session: AsyncSession, staff_id: UUID) -> int:
    """Take every second factor of an account away; returns how many there were."""
    factors = await factors_of(session, staff_id)
    for table in (AuthenticatorApp, Passkey, RecoveryCode):
        await session.execute(delete(table).where(table.staff_id == staff_id))
    return factors.count


def _keep_one(known: SignedIn, factors: Factors, *, required: bool) -> None:
    if required and factors.count == 1 and known.staff.role in NEEDS_SECOND_FACTOR:
        raise Conflict(_("Your role needs a second step at sign-in. Set up another one before you remove this one."))


async def _removed(session: AsyncSession, known: SignedIn, before: Factors, kind: str) -> None:
    if before.count == 1:
        await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == known.staff.id))
    audit.record(session, known.actor.id, "factor.removed", known.staff.id, kind=kind)
