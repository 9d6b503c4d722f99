"""An application opened for whoever may read the case: what it says, what it rests on, and what it still lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import StaffMember
from cases.models import Case
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import Message, _, _p
from foundation.sealing import SubjectKey
from referrals.application_kinds import NEEDED, OPTIONAL, Document, Kind, kind_of
from referrals.application_models import (
    Application,
    ApplicationDocument,
    ApplicationEntry,
    BusinessPlan,
    WorkPeriod,
)
from referrals.application_rules import ApplicationState, Standing
from referrals.work_periods import Period, unpacked


@dataclass(frozen=True, slots=True)
class DocumentView:
    document: Document
    row: ApplicationDocument
    note: str


@dataclass(frozen=True, slots=True)
class EntryView:
    row: ApplicationEntry
    note: str
    by: str
    """The name of the member of staff; empty: the person."""


@dataclass(frozen=True, slots=True)
class ApplicationView:
    row: Application
    kind: Kind
    institution: str
    reference: str
    details: Mapping[str, str]
    authorisation: str
    guardian_evidence: str
    """For a child: for staff, as with every consent."""
    plan: Mapping[str, Any] | None
    """The business plan as it was submitted."""
    documents: list[DocumentView]
    entries: list[EntryView]
    """In the order in which they were written."""
    periods: list[tuple[UUID, Period]]
    unready: list[Message]
    """What keeps it from being submitted."""


async def applications_of(session: AsyncSession, case_id: UUID) -> list[Application]:
    """Newest first."""
    return list(await session.scalars(_OF_CASE, {"case_id": case_id}))


_OF_CASE = (
    select(Application)
    .where(Application.case_id == bindparam("case_id"))
    .order_by(Application.opened_at.desc(), Application.id)
)


async def key_of(session: AsyncSession, case: Case) -> SubjectKey:
    """Raises NotFound once the person is erased."""
    if case.person_id is None:
        raise NotFound(_("There is no such application."))
    return await open_subject(session, case.person_id)


async def find_application(
    session: AsyncSession, case: Case, application_id: UUID, *, lock: bool = False
) -> Application:
    """Raises NotFound if the case has no such application."""
    wanted = select(Application).where(Application.id == application_id, Application.case_id == case.id)
    found: Application | None = await session.scalar(
        wanted.with_for_update() if lock else wanted, execution_options={"populate_existing": lock}
    )
    if found is None:
        raise NotFound(_("There is no such application."))
    return found


async def open_application(session: AsyncSession, case: Case, application_id: UUID) -> ApplicationView:
    key = await key_of(session, case)
    row = await find_application(session, case, application_id)
    return await opened(session, key, row)


async def opened(session: AsyncSession, key: SubjectKey, row: Application) -> ApplicationView:
    """Everything of an application, in the clear."""
    kind = kind_of(row.kind)
    details: dict[str, str] = key.open(Application.details, row.id, row.details) if row.details else {}
    documents = await _documents(session, key, row, kind)
    periods = await _periods(session, key, row)
    return ApplicationView(
        row=row,
        kind=kind,
        institution=key.open(Application.institution, row.id, row.institution),
        reference=key.open(Application.reference, row.id, row.reference) if row.reference else "",
        details=details,
        authorisation=key.open(Application.authorisation, row.id, row.authorisation) if row.authorisation else "",
        guardian_evidence=_opened_guardian(key, row),
        plan=key.open(Application.plan, row.id, row.plan) if row.plan else None,
        documents=documents,
        entries=await _entries(session, key, row),
        periods=periods,
        unready=[
            *_lacking_in_words(row, kind, details, has_periods=bool(periods)),
            *lacking_documents(documents),
            *await _lacking_plan(session, row, kind),
        ],
    )


def _opened_guardian(key: SubjectKey, row: Application) -> str:
    return key.open(Application.guardian_evidence, row.id, row.guardian_evidence) if row.guardian_evidence else ""


async def _documents(session: AsyncSession, key: SubjectKey, row: Application, kind: Kind) -> list[DocumentView]:
    found = await session.scalars(select(ApplicationDocument).where(ApplicationDocument.application_id == row.id))
    by_code = {each.code: each for each in found}
    return [
        DocumentView(document, each, key.open(ApplicationDocument.note, each.id, each.note) if each.note else "")
        for document in kind.documents
        if (each := by_code.get(document.code)) is not None
    ]


async def _entries(session: AsyncSession, key: SubjectKey, row: Application) -> list[EntryView]:
    found = await session.execute(
        select(ApplicationEntry, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == ApplicationEntry.by)
        .where(ApplicationEntry.application_id == row.id)
        .order_by(ApplicationEntry.position)
    )
    return [
        EntryView(entry, key.open(ApplicationEntry.note, entry.id, entry.note) if entry.note else "", name or "")
        for entry, name in found
    ]


async def _periods(session: AsyncSession, key: SubjectKey, row: Application) -> list[tuple[UUID, Period]]:
    found = await session.scalars(select(WorkPeriod).where(WorkPeriod.application_id == row.id))
    periods = [(each.id, unpacked(key.open(WorkPeriod.content, each.id, each.content))) for each in found]
    return sorted(periods, key=lambda each: (each[1].starts_on, each[0]))


def _lacking_in_words(row: Application, kind: Kind, details: Mapping[str, str], *, has_periods: bool) -> list[Message]:
    lacking = [
        _("Not answered yet: {field}").of(field=field.label)
        for field in kind.fields
        if field.required and field.name not in details
    ]
    if kind.money is not None and row.amount is None:
        lacking.append(_("Not answered yet: {field}").of(field=kind.money))
    if kind.has_periods and not has_periods:
        lacking.append(_("No period of work is written down yet."))
    if row.authorised_on is None:
        lacking.append(_("The person has not authorised us to give their details to this institution."))
    return lacking


def lacking_documents(documents: Sequence[DocumentView]) -> list[Message]:
    """Needed ones that nobody has or said cannot be had; of a group, one is enough."""
    lacking = [
        _("Missing: {document}").of(document=each.document.name)
        for each in documents
        if each.document.need == NEEDED and each.row.standing not in (Standing.HAVE, Standing.NOT_AVAILABLE)
    ]
    groups = dict.fromkeys(each.document.need for each in documents if each.document.need not in (NEEDED, OPTIONAL))
    for group in groups:
        of_group = [each for each in documents if each.document.need == group]
        if not any(each.row.standing is Standing.HAVE for each in of_group):
            names = [each.document.name for each in of_group]
            lacking.append(_("Missing: {document}").of(document=one_of(names)))
    return lacking


def one_of(names: Sequence[Message]) -> Message:
    """Several things, of which one is enough."""
    first, *rest = names
    # Translators: between two documents, of which one is enough
    either = _p("documents", "{first}, or {second}")
    return either.of(first=first, second=one_of(rest)) if rest else first


async def _lacking_plan(session: AsyncSession, row: Application, kind: Kind) -> list[Message]:
    """Once it is submitted, the application carries the plan itself."""
    if not kind.has_plan or row.state is not ApplicationState.PREPARING:
        return []
    has_plan = await session.scalar(select(exists().where(BusinessPlan.case_id == row.case_id)))
    return [] if has_plan else [_("The case has no business plan yet.")]
