"""Staff accounts: adding and disabling them, signing in and out, and slowing down whoever guesses."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from pwdlib import PasswordHash
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import SYSTEM, Actor
from access.models import Organisation, OrganisationKind, SignInFailures, StaffMember, StaffSession
from access.rules import Role
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.language import _

SHORTEST_PASSWORD = 12
IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
SEEN_STEP = timedelta(minutes=1)
FAILURE_WINDOW = timedelta(minutes=15)
MOST_FAILURES = 8

_hasher = PasswordHash.recommended()
_decoy_hash = _hasher.hash(secrets.token_urlsafe())


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session as the front door needs it."""

    staff: StaffMember
    actor: Actor
    csrf_token: str


def create_organisation(session: AsyncSession, name: str, kind: OrganisationKind) -> Organisation:
    organisation = Organisation(id=uuid4(), name=name, kind=kind)
    session.add(organisation)
    return organisation


async def find_or_create_organisation(session: AsyncSession, name: str, kind: OrganisationKind) -> Organisation:
    found = await session.scalar(select(Organisation).where(Organisation.name == name, Organisation.kind == kind))
    return found or create_organisation(session, name, kind)


async def find_or_create_operator(session: AsyncSession, name: str) -> Organisation:
    """The organisation that runs this installation. There is one: a later name in the settings makes no second."""
    found = await session.scalar(
        select(Organisation).where(Organisation.kind == OrganisationKind.OPERATOR).order_by(Organisation.id).limit(1)
    )
    return found or create_organisation(session, name, OrganisationKind.OPERATOR)


async def add_staff(
    session: AsyncSession,
    *,
    email: str,
    name: str,
    role: Role,
    organisation: Organisation,
    password: str,
    team: str | None = None,
    language: str = "en",
    actor: Actor = SYSTEM,
) -> StaffMember:
    """A new account. Raises Invalid for a short password or a strange address, Conflict for one already used."""
    address = _normal_email(email)
    if await session.scalar(select(StaffMember.id).where(StaffMember.email == address)):
        raise Conflict(_("An account with this e-mail address exists already."))
    staff = StaffMember(
        id=uuid4(),
        email=address,
        name=name.strip(),
        role=role,
        organisation_id=organisation.id,
        team=team,
        language=language,
        password_hash=await _hashed(password),
        created_at=clock.now(),
        disabled_at=None,
    )
    session.add(staff)
    audit.record(session, actor.id, "staff.added", staff.id, role=role)
    return staff


async def disable_staff(session: AsyncSession, email: str, *, actor: Actor = SYSTEM) -> None:
    """End an account at once, with every session it has."""
    staff = await _find_by_email(session, email)
    staff.disabled_at = clock.now()
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    audit.record(session, actor.id, "staff.disabled", staff.id)


async def reset_password(session: AsyncSession, email: str, password: str, *, actor: Actor = SYSTEM) -> None:
    staff = await _find_by_email(session, email)
    staff.password_hash = await _hashed(password)
    staff.disabled_at = None
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    audit.record(session, actor.id, "staff.reset", staff.id)


async def throttle(session: AsyncSession, email: str, address: str) -> None:
    """Raises NotAllowed when this account or this network address has failed too often of late."""
    keys = _failure_keys(email, address)
    failures = await session.scalars(select(SignInFailures).where(SignInFailures.key_hash.in_(keys)))
    if any(each.count >= MOST_FAILURES and _recent(each) for each in failures):
        raise NotAllowed(_("Too many attempts. Please wait 15 minutes and try again."))


async def identify(session: AsyncSession, email: str, password: str) -> StaffMember | None:
    """Whose password this is, or None. Takes the same time for a wrong account as for a wrong password.

    Reading only: checking a password takes a tenth of a second, during which nobody else should have to wait.
    """
    staff = await session.scalar(
        select(StaffMember).where(StaffMember.email == _folded(email), StaffMember.disabled_at.is_(None))
    )
    matches = await asyncio.to_thread(_hasher.verify, password, staff.password_hash if staff else _decoy_hash)
    return staff if matches else None


async def sign_in(session: AsyncSession, staff: StaffMember | None, email: str, address: str) -> str | None:
    """A new session's token for whom `identify` found; a failure is counted, so the caller commits it either way.

    `address`: the network address.
    """
    if staff is None:
        await _count_failure(session, email, address)
        audit.record(session, SYSTEM.id, "staff.sign_in_failed", SYSTEM.id)
        return None
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_hash=_hash(token),
            staff_id=staff.id,
            csrf_token=secrets.token_urlsafe(24),
            created_at=clock.now(),
            seen_at=clock.now(),
        )
    )
    await session.execute(delete(SignInFailures).where(SignInFailures.key_hash.in_(_failure_keys(email, address)[:1])))
    audit.record(session, staff.id, "staff.signed_in", staff.id)
    return token


async def sign_out(session: AsyncSession, token: str) -> None:
    staff_id = await session.scalar(
        delete(StaffSession).where(StaffSession.token_hash == _hash(token)).returning(StaffSession.staff_id)
    )
    if staff_id:
        audit.record(session, staff_id, "staff.signed_out", staff_id)


async def find_session(session: AsyncSession, token: str) -> SignedIn | None:
    """The live session behind a cookie, or None. Reading only: see `touch`."""
    row = (
        await session.execute(
            select(StaffSession, StaffMember)
            .join(StaffMember, StaffMember.id == StaffSession.staff_id)
            .where(StaffSession.token_hash == _hash(token), StaffMember.disabled_at.is_(None))
            .options(joinedload(StaffMember.organisation))
        )
    ).one_or_none()
    if row is None or _expired(row.StaffSession, clock.now()):
        return None
    staff = row.StaffMember
    return SignedIn(staff, Actor(staff.id, staff.role, staff.organisation_id, staff.team), row.StaffSession.csrf_token)


async def touch(session: AsyncSession, token: str) -> None:
    """Note that the session is in use, at most once a minute."""
    moment = clock.now()
    await session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == _hash(token), StaffSession.seen_at < moment - SEEN_STEP)
        .values(seen_at=moment)
    )


async def choose_language(session: AsyncSession, staff_id: UUID, language: str) -> None:
    await session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(language=language))


async def colleagues(session: AsyncSession, organisation_id: UUID) -> list[StaffMember]:
    """Everyone of one organisation who can sign in, by name."""
    return list(
        await session.scalars(
            select(StaffMember)
            .where(StaffMember.organisation_id == organisation_id, StaffMember.disabled_at.is_(None))
            .order_by(StaffMember.name)
        )
    )


async def everyone(session: AsyncSession) -> list[StaffMember]:
    return list(
        await session.scalars(
            select(StaffMember).options(joinedload(StaffMember.organisation)).order_by(StaffMember.name)
        )
    )


async def sweep(session: AsyncSession) -> None:
    """Forget sessions that can no longer be used, and failures outside the window."""
    moment = clock.now()
    await session.execute(
        delete(StaffSession).where(
            (StaffSession.created_at < moment - LONGEST) | (StaffSession.seen_at < moment - IDLE)
        )
    )
    await session.execute(delete(SignInFailures).where(SignInFailures.since < moment - FAILURE_WINDOW))


def _expired(row: StaffSession, moment: datetime) -> bool:
    return moment - row.created_at > LONGEST or moment - row.seen_at > IDLE


def _recent(failures: SignInFailures) -> bool:
    return clock.now() - failures.since < FAILURE_WINDOW


async def _count_failure(session: AsyncSession, email: str, address: str) -> None:
    for key_hash in _failure_keys(email, address):
        failures = await session.get(SignInFailures, key_hash, with_for_update=True)
        if failures is None:
            session.add(SignInFailures(key_hash=key_hash, count=1, since=clock.now()))
        elif _recent(failures):
            failures.count += 1
        else:
            failures.count, failures.since = 1, clock.now()


def _failure_keys(email: str, address: str) -> list[str]:
    return [_hash(f"account|{_folded(email)}"), _hash(f"address|{address}")]


async def _find_by_email(session: AsyncSession, email: str) -> StaffMember:
    staff = await session.scalar(select(StaffMember).where(StaffMember.email == _folded(email)))
    if staff is None:
        raise NotFound(_("There is no account with this e-mail address."))
    return staff


async def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(_("A password needs at least {count} characters."), count=SHORTEST_PASSWORD)
    return await asyncio.to_thread(_hasher.hash, password)


def _normal_email(email: str) -> str:
    address = _folded(email)
    if "@" not in address or any(letter.isspace() for letter in address):
        raise Invalid(_("This is not an e-mail address."))
    return address


def _folded(email: str) -> str:
    return email.strip().casefold()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
