"""Bringing the counted facts up to date: what is counted of referrals, placements and applications, and the whole.

What has happened is read from the audit log, into which every verb writes: no verb has to know what is counted. The
worker does it all day; a release does what is left before it counts; erasure does it once more before the way from a
person to their facts is cut.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.counted_casework import casework, complaints
from cases.counted_files import CaseFile, by_case, ids_of, is_counted, read_files
from cases.counted_outcomes import outcomes, surveyed
from cases.counted_returns import returns
from cases.fact_models import FactMark
from cases.fact_rules import NONE, Days, Thing, Told, days_band
from cases.facts import Coded, Counted, keep_facts, partner_prints
from cases.models import Case, Complaint, FollowUp
from cases.rules import FollowUpState, NeedKind
from foundation.audit import AuditEntry
from referrals.application_models import Application
from referrals.models import Referral, ReferralWord, Service
from referrals.opening_models import Course, OpeningOutcome, Vacancy
from referrals.opening_rules import OpeningKind
from referrals.rules import OPEN_STATES, Received, ReferralState

AT_ONCE = 500
"""Entries or files taken into account in one go."""
_MARK = 1
_READING = frozenset(["case.viewed", "referral.viewed", "complaint.read", "file.copied", "board.exported"])
"""Events that change nothing that is counted."""
_SERVED = frozenset([ReferralState.IN_SERVICE, ReferralState.COMPLETED])
_ASKED_SUPPORT = "P08"
_OF_A_CLIENT = frozenset([Thing.CASE, Thing.PLAN])
"""What every partner knows of whoever is referred to it, beside the referral itself and the need that it is for."""
Source = Callable[[AsyncSession, Sequence[CaseFile]], Awaitable[Iterable[tuple[CaseFile, Counted]]]]


@dataclass(frozen=True, slots=True)
class _Sent:
    case_id: UUID
    referral: Referral
    service_kind: str
    received: Received | None


async def handed_on(session: AsyncSession, files: Sequence[CaseFile]) -> Iterable[tuple[CaseFile, Counted]]:
    """Referrals with the person's own word, and how long the first service took."""
    ids = ids_of(files)
    rows = await session.execute(
        select(Referral, Service.kind, ReferralWord.received)
        .join(Service, Service.id == Referral.service_id)
        .outerjoin(ReferralWord, ReferralWord.referral_id == Referral.id)
        .where(Referral.case_id.in_(ids))
    )
    sent = [_Sent(referral.case_id, referral, kind, received) for referral, kind, received in rows]
    served = await _first_served(session, ids)
    waves = by_case(
        await session.scalars(
            select(FollowUp).where(FollowUp.case_id.in_(ids), FollowUp.state != FollowUpState.PLANNED)
        ),
        files,
    )
    found: list[tuple[CaseFile, Counted]] = []
    for (file, of_case), (_same, of_waves) in zip(by_case(sent, files), waves, strict=True):
        found += [(file, each) for each in _referrals(of_case, served)]
        found += [(file, each) for each in _support(file, of_waves, of_case)]
    return found


def _referrals(sent: Sequence[_Sent], served: dict[str, datetime]) -> Iterator[Counted]:
    for each in sent:
        referral = each.referral
        made_on = referral.created_at.date()
        word = each.received or NONE
        told = frozenset([referral.organisation_id] if referral.sent_at else [])
        yield Counted(Thing.REFERRAL, made_on, each.service_kind, referral.state, word, known_to=told)
        first = served.get(str(referral.id))
        band = Days.NOT_YET if referral.state in OPEN_STATES else Days.NEVER
        if first is not None and referral.sent_at is not None:
            band = days_band((first - referral.sent_at).days)
        yield Counted(Thing.REFERRAL_WAIT, made_on, each.service_kind, band, known_to=told)


async def _first_served(session: AsyncSession, case_ids: Sequence[UUID]) -> dict[str, datetime]:
    """When the service of each referral began, by the referral's id: what the partner said first of it."""
    entries = await session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_id.in_(case_ids), AuditEntry.event == "referral.moved")
        .order_by(AuditEntry.id)
    )
    found: dict[str, datetime] = {}
    for entry in entries:
        if entry.facts.get("state") in _SERVED:
            found.setdefault(str(entry.facts.get("referral")), entry.at)
    return found


def _support(file: CaseFile, waves: Sequence[FollowUp], sent: Sequence[_Sent]) -> Iterator[Counted]:
    """Of each who asked in a survey for someone to talk to: whether such a service was received since."""
    received = any(
        each.referral.need_kind is NeedKind.PSYCHOSOCIAL
        and (each.referral.state is ReferralState.COMPLETED or each.received in (Received.YES, Received.PARTLY))
        and each.received is not Received.NO
        for each in sent
    )
    for wave in waves:
        asked = (surveyed(file, wave) or {}).get(_ASKED_SUPPORT) == "yes"
        answer = (Told.YES if received else Told.NO) if asked else Told.NOT_APPLICABLE
        yield Counted(Thing.ANSWER_SUPPORT, wave.due_on, wave.wave, answer, wave.state)


async def placed(session: AsyncSession, files: Sequence[CaseFile]) -> Iterable[tuple[CaseFile, Counted]]:
    """Vacancies and courses: how far someone is with each. `detail` is the major group of ISCO-08 of a vacancy."""
    rows = await session.execute(
        select(OpeningOutcome, Vacancy.isco, Course.kind)
        .outerjoin(Vacancy, Vacancy.id == OpeningOutcome.vacancy_id)
        .outerjoin(Course, Course.id == OpeningOutcome.course_id)
        .where(OpeningOutcome.case_id.in_(ids_of(files)))
    )
    file_of = {file.case.id: file for file in files}
    return [
        (
            file_of[each.case_id],
            Counted(
                Thing.PLACEMENT,
                each.started_on or each.noted_at.date(),
                kind or OpeningKind.VACANCY,
                each.outcome,
                isco[0] if isco else NONE,
            ),
        )
        for each, isco, kind in rows
    ]


async def applied(session: AsyncSession, files: Sequence[CaseFile]) -> Iterable[tuple[CaseFile, Counted]]:
    """Applications to institutions, in the quarter in which they were begun: recognition, portability, grants."""
    rows = by_case(await session.scalars(select(Application).where(Application.case_id.in_(ids_of(files)))), files)
    return [
        (
            file,
            Counted(
                Thing.APPLICATION,
                each.opened_at.date(),
                each.kind,
                each.outcome or each.state,
                "submitted" if each.submitted_on else NONE,
            ),
        )
        for file, found in rows
        for each in found
    ]


SOURCES: tuple[Source, ...] = (casework, outcomes, returns, handed_on, placed, applied)


async def refresh(session: AsyncSession, subject_ids: Iterable[UUID]) -> int:
    """Count these cases, people and complaints anew; returns how many facts changed. Other ids are passed over."""
    ids = list(subject_ids)
    await session.flush()
    files = await read_files(session, ids)
    found: dict[UUID, list[Coded]] = {file.case.id: [] for file in files}
    counted = [file for file in files if is_counted(file.case)]
    told = [(file, each) for source in SOURCES for file, each in await source(session, counted)]
    clients = await _clients(session, counted)
    told = [(file, _known(each, clients[file.case.id])) for file, each in told]
    partners = await partner_prints(session, (partner for _file, each in told for partner in each.known_to))
    for file, each in told:
        found[file.case.id].append(each.coded(file.who, partners))
    return await keep_facts(session, found | await complaints(session, ids))


async def _clients(session: AsyncSession, files: Sequence[CaseFile]) -> dict[UUID, set[tuple[UUID, NeedKind]]]:
    """To which partners each case was referred, and for which need. One that was never sent is known to none."""
    found: dict[UUID, set[tuple[UUID, NeedKind]]] = {file.case.id: set() for file in files}
    rows = await session.execute(
        select(Referral.case_id, Referral.organisation_id, Referral.need_kind).where(
            Referral.case_id.in_(ids_of(files)), Referral.sent_at.is_not(None)
        )
    )
    for case_id, partner, need in rows:
        found[case_id].add((partner, need))
    return found


def _known(counted: Counted, clients: Iterable[tuple[UUID, NeedKind]]) -> Counted:
    if counted.thing in _OF_A_CLIENT:
        return replace(counted, known_to=frozenset(partner for partner, _need in clients))
    if counted.thing is Thing.NEED:
        return replace(counted, known_to=frozenset(partner for partner, need in clients if need == counted.kind))
    return counted


async def bring_up_to_date(session: AsyncSession, most: int = AT_ONCE) -> int:
    """Take into account what has happened since, for the worker; returns how many entries of the log were read."""
    mark = await _mark(session)
    entries = (
        await session.execute(
            select(AuditEntry.link, AuditEntry.subject_id, AuditEntry.event)
            .where(AuditEntry.link > mark.link)
            .order_by(AuditEntry.link)
            .limit(most)
        )
    ).all()
    if entries:
        await refresh(session, {each.subject_id for each in entries if each.event not in _READING})
        mark.link = entries[-1].link or mark.link
    return len(entries)


async def catch_up(session: AsyncSession) -> None:
    """Take everything into account, also what the worker has not linked into the audit chain yet."""
    while await bring_up_to_date(session):
        pass
    waiting = list(await session.scalars(select(AuditEntry.subject_id).where(AuditEntry.link.is_(None)).distinct()))
    for first in range(0, len(waiting), AT_ONCE):
        await refresh(session, waiting[first : first + AT_ONCE])


async def all_subjects(session: AsyncSession) -> list[UUID]:
    """Every case and complaint, for counting everything anew."""
    return [*await session.scalars(select(Case.id).order_by(Case.id)), *await session.scalars(select(Complaint.id))]


async def waiting_entries(session: AsyncSession) -> int:
    """How many entries of the audit log have not been taken into account yet."""
    mark = await _mark(session)
    waiting = select(func.count()).select_from(AuditEntry)
    return await session.scalar(waiting.where(AuditEntry.link.is_(None) | (AuditEntry.link > mark.link))) or 0


async def _mark(session: AsyncSession) -> FactMark:
    mark = await session.get(FactMark, _MARK, with_for_update=True)
    if mark is None:
        mark = FactMark(id=_MARK, link=0)
        session.add(mark)
        await session.flush()
    return mark
