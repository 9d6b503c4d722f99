"""Retention: whose data may no longer be kept, by which rule, and when; shown before it happens.

A case that ended is kept for as long as the person was told when they agreed; see `cases.notices`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor, require
from access.rules import Permission
from cases.casework_rules import ErasureRule
from cases.consent import has_data_consent
from cases.guardianship import contact_of
from cases.models import Case, Consent, StoredFile
from cases.queries import visible_cases
from cases.rules import ENDED, ConsentKind, ConsentState, GivenBy
from cases.same_person import same_people
from foundation import clock

WITHDRAWN_DAYS = 30
"""Days after which data is deleted once the agreement to keep it is withdrawn."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What retention will erase of a case. `files`: how many, where it is only files."""

    number: str
    rule: ErasureRule
    at: datetime
    files: int = 0


async def closed_people(session: AsyncSession, only: UUID | None = None) -> list[UUID]:
    """Everyone whose case ended so long ago that nothing may be kept; of `only`, if given."""
    found = await session.scalars(
        select(Case.person_id).where(
            Case.erase_after <= clock.now(),
            Case.status.in_(ENDED),
            Case.person_id.is_not(None) if only is None else Case.person_id == only,
        )
    )
    return [person_id for person_id in found if person_id is not None]


async def withdrawn_people(session: AsyncSession, only: UUID | None = None) -> list[UUID]:
    """Everyone whose agreement to data was withdrawn long enough ago and not given anew; of `only`, if given."""
    limit = clock.now() - timedelta(days=WITHDRAWN_DAYS)
    people = await session.scalars(
        select(Consent.person_id)
        .distinct()
        .join(Case, Case.person_id == Consent.person_id)
        .where(
            Consent.kind == ConsentKind.DATA,
            Consent.state == ConsentState.WITHDRAWN,
            Consent.withdrawn_at < limit,
            true() if only is None else Consent.person_id == only,
        )
    )
    return [person_id for person_id in people.all() if not await _agreed_somewhere(session, person_id)]


async def planned(session: AsyncSession, within: timedelta, *, actor: Actor) -> list[Planned]:
    """What will be erased within this time of the cases that the actor sees, the next first."""
    require(actor, Permission.RETENTION_READ)
    return await _planned(session, within, Case.id.in_(visible_cases(actor).with_only_columns(Case.id)))


async def planned_everywhere(session: AsyncSession, within: timedelta) -> list[Planned]:
    """The same of every case: for the command line."""
    return await _planned(session, within, true())


async def _planned(session: AsyncSession, within: timedelta, seen: ColumnElement[bool]) -> list[Planned]:
    until = clock.now() + within
    rows = [
        *await _closed(session, until, seen),
        *await _withdrawn(session, until, seen),
        *await _unconfirmed(session, until, seen),
        *await _files(session, until, seen),
    ]
    return sorted(rows, key=lambda row: (row.at, row.number, row.rule))


async def _closed(session: AsyncSession, until: datetime, seen: ColumnElement[bool]) -> list[Planned]:
    """With a case goes what was merged into it."""
    head = aliased(Case)
    found = await session.execute(
        select(Case.number, head.erase_after)
        .join(head, head.id == func.coalesce(Case.survivor_id, Case.id))
        .where(seen, head.erase_after <= until, head.status.in_(ENDED))
    )
    return [Planned(number, ErasureRule.CLOSED, at) for number, at in found if at is not None]


async def _withdrawn(session: AsyncSession, until: datetime, seen: ColumnElement[bool]) -> list[Planned]:
    kept = timedelta(days=WITHDRAWN_DAYS)
    found = await session.execute(
        select(Case.number, Consent.person_id, func.min(Consent.withdrawn_at))
        .join(Case, Case.person_id == Consent.person_id)
        .where(
            seen,
            Consent.kind == ConsentKind.DATA,
            Consent.state == ConsentState.WITHDRAWN,
            Consent.withdrawn_at <= until - kept,
        )
        .group_by(Case.number, Consent.person_id)
    )
    return [
        Planned(number, ErasureRule.WITHDRAWN, since + kept)
        for number, person_id, since in found.all()
        if since is not None and not await _agreed_somewhere(session, person_id)
    ]


async def _unconfirmed(session: AsyncSession, until: datetime, seen: ColumnElement[bool]) -> list[Planned]:
    cases = await session.scalars(
        select(Case)
        .join(Consent, Consent.person_id == Case.person_id)
        .where(
            seen,
            Consent.kind == ConsentKind.DATA,
            Consent.state == ConsentState.REQUESTED,
            Consent.given_by == GivenBy.GUARDIAN,
        )
    )
    rows = []
    for case in cases.all():
        contact = await contact_of(session, case)
        if contact is not None and contact.kept_until <= until and not await _agreed(session, case):
            rows.append(Planned(case.number, ErasureRule.UNCONFIRMED_CHILD, contact.kept_until))
    return rows


async def _files(session: AsyncSession, until: datetime, seen: ColumnElement[bool]) -> list[Planned]:
    found = await session.execute(
        select(Case.number, func.min(StoredFile.delete_at), func.count())
        .join(Case, Case.id == StoredFile.case_id)
        .where(seen, StoredFile.delete_at <= until)
        .group_by(Case.number)
    )
    return [Planned(number, ErasureRule.FILES, at, files) for number, at, files in found if at is not None]


async def _agreed(session: AsyncSession, case: Case) -> bool:
    return case.person_id is not None and await has_data_consent(session, case.person_id)


async def _agreed_somewhere(session: AsyncSession, person_id: UUID) -> bool:
    """In any file of this person: whoever agreed anew in one of them is kept in all."""
    return any([await has_data_consent(session, each) for each in await same_people(session, person_id)])
