"""What every verb of an application asks first, and the one setter of its state and history."""

from datetime import date
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor, require
from access.rules import Permission
from cases.consent import require_data_consent
from cases.messages import person_of
from cases.models import Case
from cases.rules import HEARD
from foundation import audit, clock
from foundation.errors import Conflict, Invalid
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts
from referrals.application_models import Application, ApplicationEntry
from referrals.application_rules import (
    APPLICATION_STEPS,
    LEADS_TO,
    OPEN_APPLICATIONS,
    ApplicationState,
    Entry,
    Outcome,
)

LONGEST_NOTE = 4000
"""Characters."""


async def begin_change(session: AsyncSession, case: Case, *, actor: Actor) -> SubjectKey:
    """Raises Conflict for a case on which nobody works, NotAllowed without the person's consent to data.

    A file that was merged into another of the same person goes on to be worked on: an appeal does not wait.
    """
    require(actor, Permission.APPLICATION_WRITE)
    if case.status not in HEARD:
        raise Conflict(_("This case is not open."))
    person = await person_of(session, case)
    await require_data_consent(session, person.id)
    return await open_subject(session, person.id)


def require_going_on(application: Application) -> None:
    """Raises Conflict for an application that has ended."""
    if application.state not in OPEN_APPLICATIONS:
        raise Conflict(_("This application has ended."))


def checked_note(text: str) -> str:
    words = text.strip()
    if len(words) > LONGEST_NOTE:
        raise Invalid(_("The note is too long. Please keep it under {count} characters."), count=LONGEST_NOTE)
    return words


def forget_authorisation(application: Application) -> None:
    """From now on the institution is given nothing more."""
    application.authorised_on = application.authorised_how = application.authorised_by = None
    application.authorisation = application.authorisation_file_id = application.guardian_evidence = None


async def write_entry(
    session: AsyncSession,
    application: Application,
    what: Entry,
    *,
    on_day: date,
    key: SubjectKey,
    actor: Actor,
    note: str = "",
    due_on: date | None = None,
    outcome: Outcome | None = None,
) -> None:
    """Into the history; an entry that leads to a state moves the application there. Raises Conflict for no such step.

    What was due before is due no longer, unless the entry only adds to where the application stands.
    """
    state = LEADS_TO.get(what, application.state)
    if what in LEADS_TO:
        if state not in APPLICATION_STEPS[application.state]:
            raise Conflict(_("The application cannot become this from what it is."))
        application.state, application.due_on = state, due_on
        if state is ApplicationState.WITHDRAWN:
            forget_authorisation(application)
    last = await session.scalar(
        select(func.max(ApplicationEntry.position)).where(ApplicationEntry.application_id == application.id)
    )
    entry_id = uuid4()
    session.add(
        ApplicationEntry(
            id=entry_id,
            application_id=application.id,
            case_id=application.case_id,
            position=(last or 0) + 1,
            what=what,
            on_day=on_day,
            due_on=due_on,
            outcome=outcome,
            note=key.seal(ApplicationEntry.note, entry_id, free_of_accounts(note)) if note else None,
            by=None if actor is PERSON else actor.id,
            at=clock.now(),
        )
    )
    audit.record(
        session,
        actor.id,
        f"application.{what}",
        application.case_id,
        application=application.id,
        kind=application.kind,
        result=outcome,
    )
    await session.flush()
