"""Pursuing an application: submitted, asked for more, reminded, decided, appealed, closed, withdrawn by the person."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor
from cases.messages import call_attention
from cases.models import Case
from cases.same_person import same_people
from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts
from referrals.application_file import find_application, opened
from referrals.application_kinds import kind_of
from referrals.application_models import Application, BusinessPlan
from referrals.application_rules import (
    APPLICATION_STEPS,
    AWAITING_ANSWER,
    LEADS_TO,
    OPEN_APPLICATIONS,
    ApplicationState,
    Entry,
    Outcome,
)
from referrals.application_steps import begin_change, checked_note, write_entry
from referrals.steps import tell_news

REMINDED_FOR = timedelta(days=30)
"""How long a reminder is given, where nobody names a day."""
RECORDED: frozenset[Entry] = frozenset(
    [
        Entry.SUBMITTED,
        Entry.MORE_ASKED,
        Entry.REMINDED,
        Entry.DECIDED,
        Entry.APPEALED,
        Entry.CLOSED,
        Entry.WITHDRAWN,
    ]
)
"""What staff record here; an authorisation has a verb of its own."""
SENT_BY_US: frozenset[Entry] = frozenset([Entry.SUBMITTED, Entry.APPEALED])
"""With these the institution is told something of the person: it takes their authorisation."""
_HAVE_DUE = frozenset([Entry.SUBMITTED, Entry.MORE_ASKED, Entry.REMINDED, Entry.DECIDED, Entry.APPEALED])
_NEWS = frozenset([Entry.SUBMITTED, Entry.MORE_ASKED, Entry.DECIDED, Entry.APPEALED])


@dataclass(frozen=True, slots=True)
class Happened:
    """`due_on`: the answer, what the institution asked for, or the last day of an appeal."""

    what: Entry
    on_day: date
    note: str = ""
    due_on: date | None = None
    outcome: Outcome | None = None
    reference: str = ""
    """The number that the institution gave it, where it is new."""


def possible_entries(state: ApplicationState) -> list[Entry]:
    """What can happen next with an application."""
    return [
        each
        for each in Entry
        if each in RECORDED
        and (LEADS_TO[each] in APPLICATION_STEPS[state] if each in LEADS_TO else state in AWAITING_ANSWER)
    ]


async def record(
    session: AsyncSession, case: Case, application_id: UUID, happened: Happened, *, actor: Actor
) -> Application:
    """Write what happened into the history, and move the application where it leads.

    Raises Invalid for what does not fit together, Conflict for a step that does not follow, and for an application that
    is not ready to be submitted: without the person's authorisation nothing is sent.
    """
    key = await begin_change(session, case, actor=actor)
    application = await find_application(session, case, application_id, lock=True)
    note = checked_note(happened.note)
    _check(application, happened, note)
    if happened.what in SENT_BY_US:
        await _prepare_sending(session, application, happened, key)
    if happened.what is Entry.DECIDED:
        application.decided_on, application.outcome = happened.on_day, happened.outcome
    await write_entry(
        session,
        application,
        happened.what,
        on_day=happened.on_day,
        key=key,
        note=note,
        due_on=_due(application, happened),
        outcome=happened.outcome,
        actor=actor,
    )
    if happened.what is Entry.REMINDED:
        application.due_on = _due(application, happened)
    if reference := happened.reference.strip():
        application.reference = key.seal(Application.reference, application.id, free_of_accounts(reference))
    if happened.what in _NEWS:
        await tell_news(session, case)
    await session.flush()
    return application


async def withdraw(session: AsyncSession, person_id: UUID, application_id: UUID) -> Application:
    """The person does not want it any more, and says so themselves. Whoever has the case sees to the rest."""
    people = await same_people(session, person_id)
    row = await session.scalar(
        select(Application)
        .join(Case, Case.id == Application.case_id)
        .where(Application.id == application_id, Case.person_id.in_(people))
        .with_for_update(of=Application)
    )
    if row is None:
        raise NotFound(_("There is no such application."))
    case = await session.get_one(Case, row.case_id)
    await _withdraw(session, case, row)
    return row


async def withdraw_every_application(session: AsyncSession, person_id: UUID) -> None:
    """The agreement of a person to data has ended: nothing is pursued for them any more, in any file of theirs."""
    people = await same_people(session, person_id)
    found = await session.execute(
        select(Application, Case)
        .join(Case, Case.id == Application.case_id)
        .where(Case.person_id.in_(people), Application.state.in_(OPEN_APPLICATIONS))
        .order_by(Application.id)
        .with_for_update(of=Application)
    )
    for row, case in found.all():
        await _withdraw(session, case, row)


async def _withdraw(session: AsyncSession, case: Case, application: Application) -> None:
    if case.person_id is None:
        raise NotFound(_("There is no such application."))
    key = await open_subject(session, case.person_id)
    await write_entry(session, application, Entry.WITHDRAWN, on_day=clock.today(), key=key, actor=PERSON)
    call_attention(case)


def _check(application: Application, happened: Happened, note: str) -> None:
    what, due_on = happened.what, happened.due_on
    if what not in RECORDED:
        raise Invalid(_("Choose what happened."))
    if what is Entry.REMINDED and application.state not in AWAITING_ANSWER:
        raise Conflict(_("Nobody is waited for at the moment."))
    if happened.on_day > clock.today():
        raise Invalid(_("The day cannot lie in the future."))
    before = application.decided_on if what is Entry.APPEALED else application.submitted_on
    if before is not None and happened.on_day < before:
        raise Invalid(_("This day lies before what happened earlier."))
    if due_on is not None and (what not in _HAVE_DUE or due_on < happened.on_day):
        raise Invalid(_("Give a last day only where something is due, and none before the day itself."))
    if what is Entry.MORE_ASKED and (due_on is None or not note):
        raise Invalid(_("Write what the institution asks for, and by which day."))
    if (what is Entry.DECIDED) != (happened.outcome is not None):
        raise Invalid(_("Choose how the institution decided."))
    if happened.outcome is Outcome.GRANTED and due_on is not None:
        raise Invalid(_("What is granted in full leaves nothing to appeal against."))
    if happened.outcome is Outcome.PARTLY and not note:
        raise Invalid(_("Write what is granted, and what is missing."))
    if what is Entry.CLOSED and application.outcome is None and not note:
        raise Invalid(_("Write why it is closed without a decision."))


async def _prepare_sending(
    session: AsyncSession, application: Application, happened: Happened, key: SubjectKey
) -> None:
    """Raises Conflict with what is lacking. What is submitted carries the business plan as it stands now."""
    view = await opened(session, key, application)
    is_first = application.state is ApplicationState.PREPARING
    if is_first and view.unready:
        raise Conflict(view.unready[0])
    if application.authorised_on is None:
        raise Conflict(_("The person has not authorised us to give their details to this institution."))
    if application.authorised_on > happened.on_day:
        raise Invalid(_("The person authorised this later than that day."))
    if not is_first:
        return
    application.submitted_on = happened.on_day
    if kind_of(application.kind).has_plan:
        plan = await session.get_one(BusinessPlan, application.case_id)
        # Business plans are sealed by the case's id, for there is one of each case.
        content = key.open(BusinessPlan.content, plan.case_id, plan.content)
        application.plan = key.seal(Application.plan, application.id, content)


def _due(application: Application, happened: Happened) -> date | None:
    """Where nobody names a day, an answer is asked after when the usual time is over."""
    if happened.due_on is not None:
        return happened.due_on
    if happened.what in SENT_BY_US:
        return happened.on_day + timedelta(days=kind_of(application.kind).answer_days)
    return happened.on_day + REMINDED_FOR if happened.what is Entry.REMINDED else None
