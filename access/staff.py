"""Staff accounts: adding, changing and disabling them, and the first step of signing in, by password."""

import asyncio
import secrets
from uuid import UUID, uuid4

from pwdlib import PasswordHash
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import SYSTEM, Actor
from access.factors import clear_factors
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.sessions import SignedIn, begin_session, confirm, end_sessions
from access.throttling import count_failure, forget_failures, of_account, of_address, refuse_guessing
from access.tokens import revoke_all
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _

SHORTEST_PASSWORD = 12
KIND_OF_ROLE: dict[Role, OrganisationKind] = {
    Role.PARTNER: OrganisationKind.PARTNER,
    Role.MONITOR: OrganisationKind.MONITOR,
    Role.RETURN_MONITOR: OrganisationKind.MONITOR,
}
"""Roles whose people belong to another organisation than the operator."""

_hasher = PasswordHash.recommended()
_decoy_hash = _hasher.hash(secrets.token_urlsafe())


def create_organisation(session: AsyncSession, name: str, kind: OrganisationKind) -> Organisation:
    organisation = Organisation(id=uuid4(), name=name, kind=kind)
    session.add(organisation)
    return organisation


async def find_or_create_organisation(session: AsyncSession, name: str, kind: OrganisationKind) -> Organisation:
    found = await session.scalar(select(Organisation).where(Organisation.name == name, Organisation.kind == kind))
    return found or create_organisation(session, name, kind)


async def find_or_create_operator(session: AsyncSession, name: str) -> Organisation:
    """The organisation that runs this installation. There is one: a later name in the settings makes no second."""
    return await find_operator(session) or create_organisation(session, name, OrganisationKind.OPERATOR)


async def find_operator(session: AsyncSession) -> Organisation | None:
    """The organisation that was here first. Others take over cases; nobody comes to them by chance."""
    first = select(func.min(StaffMember.created_at)).where(StaffMember.organisation_id == Organisation.id)
    return await session.scalar(
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.OPERATOR)
        .order_by(first.scalar_subquery().nulls_last(), Organisation.id)
        .limit(1)
    )


async def find_or_create_other_operator(session: AsyncSession, name: str) -> Organisation:
    """One that works with cases beside the first. Raises Conflict while nobody of the first has an account."""
    first = await find_operator(session)
    of_first = select(StaffMember.id).where(StaffMember.organisation_id == first.id).limit(1) if first else None
    if of_first is None or await session.scalar(of_first) is None:
        raise Conflict(_("Add someone of the organisation that runs this installation first."))
    return await find_or_create_organisation(session, name, OrganisationKind.OPERATOR)


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
    """End an account at once, with every session and token it has."""
    staff = await _find_by_email(session, email)
    staff.disabled_at = clock.now()
    await end_sessions(session, staff.id)
    await revoke_all(session, staff.id, actor=actor)
    audit.record(session, actor.id, "staff.disabled", staff.id)


async def reset_password(session: AsyncSession, email: str, password: str, *, actor: Actor = SYSTEM) -> None:
    """A new start for someone locked out: the password, no second factor any more, no session and no token left."""
    staff = await _find_by_email(session, email)
    staff.password_hash = await _hashed(password)
    staff.disabled_at = None
    await end_sessions(session, staff.id)
    await revoke_all(session, staff.id, actor=actor)
    audit.record(session, actor.id, "staff.reset", staff.id, factors=await clear_factors(session, staff.id))


async def change_role(
    session: AsyncSession, email: str, role: Role, *, team: str | None = None, actor: Actor = SYSTEM
) -> None:
    """Another role, and team, for an account. Sessions and tokens end: what they were for may be theirs no longer."""
    staff = await _find_by_email(session, email)
    organisation = await session.get_one(Organisation, staff.organisation_id)
    if organisation.kind is not KIND_OF_ROLE.get(role, OrganisationKind.OPERATOR):
        raise Invalid(_("This role belongs to another kind of organisation. Add a new account there."))
    staff.role, staff.team = role, team
    await end_sessions(session, staff.id)
    await revoke_all(session, staff.id, actor=actor)
    audit.record(session, actor.id, "staff.role_changed", staff.id, role=role)


async def throttle(session: AsyncSession, email: str, address: str) -> None:
    """Raises NotAllowed when this account or this network address has failed too often of late."""
    await refuse_guessing(session, of_account(email), of_address(address))


async def identify(session: AsyncSession, email: str, password: str) -> StaffMember | None:
    """Whose password this is, or None. Takes the same time for a wrong account as for a wrong password.

    Reading only: checking a password takes a tenth of a second, during which nobody else should have to wait.
    """
    staff = await session.scalar(
        select(StaffMember).where(StaffMember.email == _folded(email), StaffMember.disabled_at.is_(None))
    )
    matches = await asyncio.to_thread(_hasher.verify, password, staff.password_hash if staff else _decoy_hash)
    return staff if matches else None


async def sign_in(
    session: AsyncSession, staff: StaffMember | None, email: str, address: str, device: str = ""
) -> str | None:
    """A new session's token for whom `identify` found; a failure is counted, so the caller commits it either way.

    `address`: the network address. How far the session goes before a second step is for `SignedIn.step` to say.
    """
    if staff is None:
        await count_failure(session, of_account(email), of_address(address))
        audit.record(session, SYSTEM.id, "staff.sign_in_failed", SYSTEM.id)
        return None
    await forget_failures(session, of_account(email))
    audit.record(session, staff.id, "staff.signed_in", staff.id)
    return begin_session(session, staff, device)


async def confirm_password(session: AsyncSession, known: SignedIn, staff: StaffMember | None, address: str) -> bool:
    """Whether the password given again was right, by what `identify` found; the caller commits it either way."""
    if staff is None:
        await count_failure(session, of_account(known.staff.email), of_address(address))
        audit.record(session, known.actor.id, "staff.confirm_failed", known.staff.id)
        return False
    await confirm(session, known)
    audit.record(session, known.actor.id, "staff.confirmed", known.staff.id)
    return True


async def change_password(session: AsyncSession, known: SignedIn, password: str) -> None:
    """A new password of one's own; every other session ends. The caller has confirmed the one before."""
    staff = await session.get_one(StaffMember, known.staff.id)
    hashed = await _hashed(password)
    if await asyncio.to_thread(_hasher.verify, password, staff.password_hash):
        raise Invalid(_("This is the password that you have already."))
    staff.password_hash = hashed
    await end_sessions(session, staff.id, but=known.session_id)
    audit.record(session, known.actor.id, "staff.password_changed", staff.id)


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
