"""Sessions: who is behind a cookie, how far they have come, for how long, and how a session is ended."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import Actor, actor_of
from access.models import AuthenticatorApp, Passkey, StaffMember, StaffSession
from access.rules import NEEDS_SECOND_FACTOR
from foundation import audit, clock
from foundation.errors import NotAllowed, NotFound
from foundation.language import _

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
HALF_WAY = timedelta(minutes=10)
"""How long the second step may take."""
FRESH = timedelta(minutes=15)
"""How long after the password was given one may change what one signs in with."""
SEEN_STEP = timedelta(minutes=1)


class Step(StrEnum):
    """How far someone has come whose password was right."""

    PROVE = "prove"
    """A second factor is enrolled and was not yet shown."""
    ENROL = "enrol"
    """The role needs a second factor and there is none yet."""
    IN = "in"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session as the front door needs it."""

    staff: StaffMember
    actor: Actor
    csrf_token: str
    session_id: UUID
    confirmed_at: datetime
    has_factor: bool
    is_proven: bool

    def step(self, *, required: bool) -> Step:
        """`required`: whether this installation asks everyone who opens cases for a second factor."""
        if self.has_factor:
            return Step.IN if self.is_proven else Step.PROVE
        return Step.ENROL if required and self.staff.role in NEEDS_SECOND_FACTOR else Step.IN

    @property
    def is_fresh(self) -> bool:
        return clock.now() - self.confirmed_at <= FRESH


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its owner sees it."""

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime
    is_current: bool


def begin_session(session: AsyncSession, staff: StaffMember, device: str) -> str:
    """A new session's token, for someone whose password was right."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    session.add(
        StaffSession(
            token_hash=hash_of(token),
            id=uuid4(),
            staff_id=staff.id,
            csrf_token=secrets.token_urlsafe(24),
            device=device,
            created_at=moment,
            seen_at=moment,
            confirmed_at=moment,
        )
    )
    return token


async def find_session(session: AsyncSession, token: str) -> SignedIn | None:
    """The live session behind a cookie, or None. Reading only: see `touch`. What it may do depends on its step."""
    row = (await session.execute(_behind_a_cookie(), {"token_hash": hash_of(token)})).one_or_none()
    if row is None:
        return None
    found, staff = row.StaffSession, row.StaffMember
    known = SignedIn(
        staff,
        actor_of(staff),
        found.csrf_token,
        found.id,
        found.confirmed_at,
        bool(row.has_factor),
        found.proven_at is not None,
    )
    return None if _expired(found, known, clock.now()) else known


async def touch(session: AsyncSession, token: str) -> None:
    """Note that the session is in use, at most once a minute."""
    moment = clock.now()
    await session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == hash_of(token), StaffSession.seen_at < moment - SEEN_STEP)
        .values(seen_at=moment)
    )


async def prove(session: AsyncSession, known: SignedIn) -> str:
    """The session has passed the second factor. Its new token: one that was known before is worth nothing after."""
    token = secrets.token_urlsafe(32)
    changed = await session.scalar(
        update(StaffSession)
        .where(StaffSession.id == known.session_id)
        .values(token_hash=hash_of(token), csrf_token=secrets.token_urlsafe(24), proven_at=clock.now())
        .returning(StaffSession.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise NotFound(_("This session has ended already."))
    return token


async def confirm(session: AsyncSession, known: SignedIn) -> None:
    """The password was given once more in this session."""
    await session.execute(
        update(StaffSession).where(StaffSession.id == known.session_id).values(confirmed_at=clock.now())
    )


async def sign_out(session: AsyncSession, token: str) -> None:
    staff_id = await session.scalar(
        delete(StaffSession).where(StaffSession.token_hash == hash_of(token)).returning(StaffSession.staff_id)
    )
    if staff_id:
        audit.record(session, staff_id, "staff.signed_out", staff_id)


async def sessions_of(session: AsyncSession, known: SignedIn) -> list[SessionView]:
    """One's own live sessions, the one in use first."""
    moment = clock.now()
    rows = await session.scalars(
        select(StaffSession)
        .where(
            StaffSession.staff_id == known.staff.id,
            StaffSession.created_at >= moment - LONGEST,
            StaffSession.seen_at >= moment - IDLE,
        )
        .order_by(StaffSession.id != known.session_id, StaffSession.seen_at.desc(), StaffSession.id)
    )
    return [
        SessionView(each.id, each.device, each.created_at, each.seen_at, each.id == known.session_id) for each in rows
    ]


async def revoke_session(session: AsyncSession, known: SignedIn, session_id: UUID) -> None:
    """End one of one's own sessions. Raises NotFound for any other."""
    ended = await session.scalar(
        delete(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.staff_id == known.staff.id)
        .returning(StaffSession.id)
    )
    if ended is None:
        raise NotFound(_("This session has ended already."))
    audit.record(session, known.actor.id, "session.revoked", known.staff.id, count=1)


async def revoke_others(session: AsyncSession, known: SignedIn) -> int:
    """End all of one's own sessions but the one in use; returns how many."""
    count = await end_sessions(session, known.staff.id, but=known.session_id)
    audit.record(session, known.actor.id, "session.revoked", known.staff.id, count=count)
    return count


async def end_sessions(session: AsyncSession, staff_id: UUID, *, but: UUID | None = None) -> int:
    """End the sessions of an account, all or all but one; returns how many."""
    ending = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    if but is not None:
        ending = ending.where(StaffSession.id != but)
    return len((await session.scalars(ending.returning(StaffSession.id))).all())


def require_fresh(known: SignedIn) -> None:
    """Raises NotAllowed unless the password was given a moment ago: a machine left open must not lose its owner.

    Nor may someone who has yet to show the second factor change it.
    """
    if not known.is_fresh or (known.has_factor and not known.is_proven):
        raise NotAllowed(_("Please give your password again first."))


async def sweep(session: AsyncSession) -> None:
    """Forget sessions that can no longer be used."""
    moment = clock.now()
    await session.execute(
        delete(StaffSession).where(
            (StaffSession.created_at < moment - LONGEST) | (StaffSession.seen_at < moment - IDLE)
        )
    )


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _behind_a_cookie() -> Select[*tuple[Any, ...]]:
    """Built once: every page asks it."""
    return (
        select(StaffSession, StaffMember, _has_factor().label("has_factor"))
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(StaffSession.token_hash == bindparam("token_hash"), StaffMember.disabled_at.is_(None))
        .options(joinedload(StaffMember.organisation))
    )


def _has_factor() -> ColumnElement[bool]:
    return or_(
        exists().where(AuthenticatorApp.staff_id == StaffMember.id, AuthenticatorApp.secret.is_not(None)),
        exists().where(Passkey.staff_id == StaffMember.id),
    )


def _expired(row: StaffSession, known: SignedIn, moment: datetime) -> bool:
    if known.has_factor and not known.is_proven and moment - row.created_at > HALF_WAY:
        return True
    return moment - row.created_at > LONGEST or moment - row.seen_at > IDLE
