"""What was applied for in a person's name, for their own file: everything, opened with their key."""

from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Case
from documents.person_file import (
    ApplicationDocumentEntry,
    ApplicationEntry,
    ApplicationStepEntry,
    WorkPeriodEntry,
)
from foundation.language import say
from referrals.application_file import ApplicationView, applications_of, open_application
from referrals.application_rules import APPLICATION_STATE_NAMES


async def applications_told(session: AsyncSession, case: Case, language: str) -> list[ApplicationEntry]:
    """The newest first."""
    views = [await open_application(session, case, each.id) for each in await applications_of(session, case.id)]
    return [_told(view, language) for view in views]


def _told(view: ApplicationView, language: str) -> ApplicationEntry:
    row = view.row
    return ApplicationEntry(
        kind=row.kind,
        name=say(language, view.kind.name),
        state=row.state,
        state_in_words=say(language, APPLICATION_STATE_NAMES[row.state]),
        institution=view.institution,
        country=row.country,
        reference=view.reference,
        details=dict(view.details),
        amount=f"{row.amount.normalize():f}" if row.amount is not None else None,
        currency=row.currency,
        due_on=row.due_on,
        submitted_on=row.submitted_on,
        decided_on=row.decided_on,
        outcome=row.outcome,
        authorised_on=row.authorised_on,
        authorised_how=row.authorised_how,
        authorisation=view.authorisation,
        documents=[
            ApplicationDocumentEntry(
                name=say(language, each.document.name),
                standing=each.row.standing,
                note=each.note,
                file=each.row.file_id,
            )
            for each in view.documents
        ],
        periods=[WorkPeriodEntry(**asdict(period)) for _id, period in view.periods],
        steps=[
            ApplicationStepEntry(
                what=each.row.what,
                on_day=each.row.on_day,
                due_on=each.row.due_on,
                outcome=each.row.outcome,
                note=each.note,
                by_the_person=each.row.by is None,
            )
            for each in view.entries
        ],
        plan=dict(view.plan) if view.plan else None,
    )
