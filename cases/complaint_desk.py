"""The complaints officer's desk: what is due, reading, acknowledging, answering, closing; and what time does to it.

No role but the complaints officer has these permissions, and none of these verbs touches a case.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor, require
from access.rules import Permission
from cases.complaints import answer_of, day_of
from cases.messages import tell
from cases.models import Complaint, Person
from cases.rules import COMPLAINT_STEPS, ComplaintAbout, ComplaintStatus
from foundation import audit, clock, keys
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import StoredSubjectKey, open_subject
from foundation.language import _, _p
from foundation.sealing import Sealed
from questionnaire.account_numbers import free_of_accounts

CLOSED_AFTER_DAYS = 60
"""Days after the answer until a complaint that nobody closed is closed."""
KEPT_YEARS = 2
"""After closing. Then the words are destroyed; what is counted stays."""
LONGEST_ANSWER = 3000
PAGE_SIZE = 50

READ_ANSWER = "m.answer"
"""What a tap on the button under the neutral message brings back."""
READ = _p("button", "👁 Read")
NEWS = _("There is something new for you to read here.")


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """One complaint, opened for an officer. `text` is None once its words are destroyed."""

    complaint: Complaint
    text: str | None
    contact: str
    called: str | None
    """The name of someone who complained with their name, while they are not erased."""
    answer: str | None


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    complaint: Complaint
    due_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    rows: list[ComplaintRow]
    total: int
    overdue: int
    page: int
    pages: int


async def list_complaints(
    session: AsyncSession,
    *,
    actor: Actor,
    status: ComplaintStatus | None = None,
    about: ComplaintAbout | None = None,
    page: int = 1,
    most: int = PAGE_SIZE,
) -> ComplaintPage:
    """What is due first stands first, so the overdue are on top; the answered and closed come after, newest first.

    `most`: on a page.
    """
    require(actor, Permission.COMPLAINT_READ)
    found = select(Complaint)
    if status is not None:
        found = found.where(Complaint.status == status)
    if about is not None:
        found = found.where(Complaint.about == about)
    due = _due()
    overdue = await _number(session, found.where(due < clock.now()))
    total = await _number(session, found)
    pages = max(1, -(-total // most))
    page = min(max(page, 1), pages)
    ordered = found.order_by(due.is_(None), due, Complaint.received_at.desc(), Complaint.number)
    rows = await session.scalars(ordered.limit(most).offset((page - 1) * most))
    return ComplaintPage([_row(each) for each in rows], total, overdue, page, pages)


async def find_complaint(session: AsyncSession, number: str, *, actor: Actor) -> Complaint:
    """Raises NotFound for one that is missing, and NotAllowed for whoever is no complaints officer."""
    require(actor, Permission.COMPLAINT_READ)
    found = await session.scalar(select(Complaint).where(Complaint.number == number.upper()).with_for_update())
    if found is None:
        raise NotFound(_("There is no such complaint."))
    return found


async def open_complaint(session: AsyncSession, number: str, *, actor: Actor) -> ComplaintView:
    """One complaint with its words. That it was read is itself noted."""
    complaint = await find_complaint(session, number, actor=actor)
    audit.record(session, actor.id, "complaint.read", complaint.id)
    body = await _opened(session, complaint)
    return ComplaintView(
        complaint,
        None if body is None else str(body["text"]),
        "" if body is None else str(body["contact"]),
        await _called(session, complaint.person_id),
        await answer_of(session, complaint),
    )


async def acknowledge(session: AsyncSession, complaint: Complaint, *, actor: Actor) -> None:
    """An officer has read it and looks into it."""
    require(actor, Permission.COMPLAINT_ANSWER)
    _move(complaint, ComplaintStatus.ACKNOWLEDGED)
    complaint.acknowledged_at, complaint.handled_by = clock.now(), actor.id
    audit.record(session, actor.id, "complaint.acknowledged", complaint.id)


async def answer(session: AsyncSession, complaint: Complaint, text: str, *, actor: Actor) -> None:
    """Write the answer. Someone who gave their name is told, in words that say nothing of a complaint."""
    require(actor, Permission.COMPLAINT_ANSWER)
    words = text.strip()
    if not words:
        raise Invalid(_("Write the answer first."))
    if len(words) > LONGEST_ANSWER:
        raise Invalid(_("The answer is too long. Please keep it under {count} characters."), count=LONGEST_ANSWER)
    _move(complaint, ComplaintStatus.ANSWERED)
    key = await open_subject(session, complaint.id)
    complaint.answer = key.seal(Complaint.answer, complaint.id, free_of_accounts(words))
    complaint.answered_at, complaint.handled_by = clock.now(), actor.id
    complaint.acknowledged_at = complaint.acknowledged_at or clock.now()
    audit.record(session, actor.id, "complaint.answered", complaint.id)
    person = await session.get(Person, complaint.person_id) if complaint.person_id else None
    if person is not None:
        await tell(session, person, NEWS, buttons=[(READ, READ_ANSWER)])


async def close(session: AsyncSession, complaint: Complaint, *, actor: Actor) -> None:
    """Nothing more is done; the time after which the words are destroyed begins."""
    require(actor, Permission.COMPLAINT_ANSWER)
    _move(complaint, ComplaintStatus.CLOSED)
    audit.record(session, actor.id, "complaint.closed", complaint.id)


async def keep_complaints(session: AsyncSession) -> None:
    """What time does to complaints, for the worker."""
    await _note_arrivals(session)
    await _close_answered(session)
    await _destroy_old(session)


async def _note_arrivals(session: AsyncSession) -> None:
    """Nameless complaints of earlier days enter the audit log now, in an order that says nothing of when they came."""
    noted = exists().where(audit.AuditEntry.subject_id == Complaint.id, audit.AuditEntry.event == "complaint.received")
    rows = await session.execute(
        select(Complaint.id, Complaint.about)
        .where(Complaint.person_id.is_(None), Complaint.received_at < day_of(clock.now()), ~noted)
        .order_by(Complaint.id)
    )
    for complaint_id, about in rows.all():
        audit.record(session, SYSTEM.id, "complaint.received", complaint_id, about=about)


async def _close_answered(session: AsyncSession) -> None:
    limit = clock.now() - timedelta(days=CLOSED_AFTER_DAYS)
    found = await session.scalars(
        select(Complaint)
        .where(Complaint.status == ComplaintStatus.ANSWERED, Complaint.answered_at < limit)
        .with_for_update()
    )
    for complaint in found.all():
        await close(session, complaint, actor=SYSTEM)


async def _destroy_old(session: AsyncSession) -> None:
    today = clock.now()
    limit = today.replace(year=today.year - KEPT_YEARS, day=min(today.day, 28))
    closed = exists().where(
        audit.AuditEntry.subject_id == Complaint.id,
        audit.AuditEntry.event == "complaint.closed",
        audit.AuditEntry.at < limit,
    )
    has_key = exists().where(StoredSubjectKey.subject_id == Complaint.id)
    found = await session.scalars(
        select(Complaint).where(Complaint.status == ComplaintStatus.CLOSED, closed, has_key).with_for_update()
    )
    for complaint in found.all():
        complaint.body, complaint.answer, complaint.person_id = Sealed(b""), None, None
        await keys.shred(session, complaint.id)
        audit.record(session, SYSTEM.id, "complaint.destroyed", complaint.id)


def _move(complaint: Complaint, status: ComplaintStatus) -> None:
    if status not in COMPLAINT_STEPS[complaint.status]:
        raise Conflict(_("This complaint has moved on. Please look at it again."))
    complaint.status = status


def _due() -> ColumnElement[datetime | None]:
    """By when the next step is due, as a column; NULL when none is."""
    return case(
        (Complaint.status == ComplaintStatus.RECEIVED, Complaint.acknowledge_by),
        (Complaint.status == ComplaintStatus.ACKNOWLEDGED, Complaint.answer_by),
        else_=None,
    )


def _row(complaint: Complaint) -> ComplaintRow:
    due = {
        ComplaintStatus.RECEIVED: complaint.acknowledge_by,
        ComplaintStatus.ACKNOWLEDGED: complaint.answer_by,
    }.get(complaint.status)
    return ComplaintRow(complaint, due, due is not None and due < clock.now())


async def _number(session: AsyncSession, found: Select[Complaint]) -> int:
    return await session.scalar(select(func.count()).select_from(found.subquery())) or 0


async def _opened(session: AsyncSession, complaint: Complaint) -> dict[str, str] | None:
    if not complaint.body.box:
        return None
    key = await open_subject(session, complaint.id)
    body: dict[str, str] = key.open(Complaint.body, complaint.id, complaint.body)
    return body


async def _called(session: AsyncSession, person_id: UUID | None) -> str | None:
    person = await session.get(Person, person_id) if person_id else None
    if person is None or person.called is None:
        return None
    key = await open_subject(session, person.id)
    return str(key.open(Person.called, person.id, person.called))
