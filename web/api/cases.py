"""One case as its page tells it: the summary on top, what worries, what the person needs, agreed to, and was done."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.debts import next_steps
from cases.models import Consent, Need
from cases.queries import CaseFile, FlagView, HistoryEntry, case_file
from cases.rules import (
    PHASE_STEPS,
    CaseStatus,
    ConsentKind,
    ConsentState,
    FlagKind,
    FlagOutcome,
    GivenBy,
    NeedKind,
    NeedStatus,
    Phase,
    TaskKind,
    Urgency,
)
from cases.safeguarding import rule_of
from foundation import clock
from foundation.language import say
from referrals.queries import referrals_of
from web.api.one_case import viewing
from web.api.paging import Limit, NumberCursor, Page
from web.api.routing import api_router
from web.api.shapes import Answer
from web.forms import CaseNumber
from web.guard import Visit, guarded
from web.history import event_text
from web.pages.case_messages import conversation_part
from web.pages.case_summary import Summary, summary_of
from web.pages.followup_part import FollowUpPart, follow_up_part
from web.pages.merged_part import merged_part

router = api_router("/cases/{number}", "cases")

_reader = guarded(Permission.CASE_READ)


class NextDue(Answer):
    """What is due next in this case."""

    at: datetime
    what: str
    """In the reader's language."""
    is_overdue: bool


class FlagTold(Answer):
    id: UUID
    kind: FlagKind
    rule: str
    """The id of the rule that raised it."""
    raised_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    """A name."""
    outcome: FlagOutcome | None
    note: str | None
    """Why, in the words of whoever settled it."""
    may_settle: bool
    """You are the one for a flag of this kind, and it is open."""
    next_steps: list[str]
    """What to do about an open flag that a debt raised, first to last."""


class NeedTold(Answer):
    id: UUID
    kind: NeedKind
    urgency: Urgency
    status: NeedStatus
    raised_at: datetime


class ConsentTold(Answer):
    """What the person was asked, by the hash of the exact text, and what became of it."""

    id: UUID
    kind: ConsentKind
    purpose: str
    recipient_id: UUID | None
    """The organisation that would receive; null for consent to data."""
    referral_id: UUID | None
    fields: list[str]
    """Codes of exactly what may be shared."""
    notice_id: str
    notice_version: str
    language: str
    text_hash: str
    """SHA-256 of the text that was shown."""
    state: ConsentState
    requested_at: datetime
    decided_at: datetime | None
    withdrawn_at: datetime | None
    given_by: GivenBy
    assented_at: datetime | None
    """When a child said yes for themselves, beside the guardian."""


class TaskTold(Answer):
    id: UUID
    kind: TaskKind
    due_at: datetime
    is_overdue: bool


class CaseTold(Answer):
    number: str
    status: CaseStatus
    phase: Phase
    next_phases: list[Phase]
    """Where the case can be moved from where it is."""
    called: str | None
    """The name to be called by; null if the person gave none, or is erased."""
    language: str | None
    """Of the person; null once they are erased."""
    team: str | None
    owner_id: UUID | None
    owner: str | None
    """The owner's name."""
    country: str | None
    """Of return."""
    area: str | None
    opened_at: datetime
    days_open: int
    closed_at: datetime | None
    erase_after: datetime | None
    """When retention erases a case that ended."""
    attention_at: datetime | None
    """Since when something waits for staff."""
    unanswered_at: datetime | None
    """When the person wrote the first message that nobody has answered yet."""
    unreachable_at: datetime | None
    """Since when the bot cannot reach the person."""
    open_flags: int
    next_due: NextDue | None
    glass_until: datetime | None
    """You see this case only because you opened it in an emergency, and until then."""
    survivor: str | None
    """The number of the case that goes on in place of this one."""
    merged: list[str]
    """Numbers of the files that were merged into this one; each is read by its own number."""
    flags: list[FlagTold]
    needs: list[NeedTold]
    consents: list[ConsentTold]
    tasks: list[TaskTold]
    """Open ones, the most pressing first."""


class EventTold(Answer):
    at: datetime
    by: str | None
    """The name of the member of staff; null: the person, or the service itself."""
    event: str
    text: str
    """In the reader's language."""


@router.get("")
async def one_case(visit: Annotated[Visit, _reader], number: CaseNumber) -> CaseTold:
    """Opening a file is noted: the person can ask who did."""
    async with viewing(visit, number) as (session, case):
        file = await case_file(session, visit.actor, number)
        conversation = await conversation_part(session, visit, case)
        follow_up = await follow_up_part(session, file, visit.language)
        summary = summary_of(file, conversation, await referrals_of(session, case.id), follow_up)
        merged = await merged_part(session, visit, file)
    return _told(
        visit,
        file,
        summary,
        follow_up,
        survivor=merged.survivor_number,
        merged=[each.file.case.number for each in merged.files],
    )


@router.get("/history")
async def history(
    visit: Annotated[Visit, _reader], number: CaseNumber, limit: Limit = 50, after: NumberCursor = ""
) -> Page[EventTold]:
    """What happened to the case and who did it, the newest first."""
    async with viewing(visit, number) as (session, _case):
        file = await case_file(session, visit.actor, number)
    # Nothing is ever taken out of a history, so each entry keeps its place in it.
    end = min(int(after), len(file.history)) if after else len(file.history)
    begin = max(end - limit, 0)
    return Page[EventTold](
        items=[_event(visit, each) for each in reversed(file.history[begin:end])], next=str(begin) if begin else None
    )


def _told(
    visit: Visit,
    file: CaseFile,
    summary: Summary,
    follow_up: FollowUpPart,
    *,
    survivor: str | None,
    merged: list[str],
) -> CaseTold:
    case, due, moment = file.case, summary.next_due, clock.now()
    return CaseTold(
        number=case.number,
        status=case.status,
        phase=case.phase,
        next_phases=[phase for phase in Phase if phase in PHASE_STEPS[case.phase]],
        called=file.called,
        language=file.person.language if file.person else None,
        team=case.team,
        owner_id=case.owner_id,
        owner=file.owner_name,
        country=case.country,
        area=case.area,
        opened_at=case.opened_at,
        days_open=summary.days_open,
        closed_at=case.closed_at,
        erase_after=case.erase_after,
        attention_at=case.attention_at,
        unanswered_at=case.unanswered_at,
        unreachable_at=case.unreachable_at,
        open_flags=summary.open_flags,
        next_due=NextDue(at=due.at, what=say(visit.language, due.what), is_overdue=due.is_overdue) if due else None,
        glass_until=file.glass_until,
        survivor=survivor,
        merged=merged,
        flags=[_flag(each, visit.language) for each in file.flags],
        needs=[_need(each) for each in file.needs],
        consents=[_consent(each) for each in file.consents],
        tasks=[
            TaskTold(id=task.id, kind=task.kind, due_at=task.due_at, is_overdue=task.due_at < moment)
            for task, _name, _is_overdue in follow_up.tasks
        ],
    )


def _flag(view: FlagView, language: str) -> FlagTold:
    flag = view.flag
    steps = () if flag.settled_at else next_steps(rule_of(flag.rule))
    return FlagTold(
        id=flag.id,
        kind=flag.kind,
        rule=flag.rule,
        raised_at=flag.raised_at,
        settled_at=flag.settled_at,
        settled_by=view.settled_by_name,
        outcome=flag.outcome,
        note=view.note,
        may_settle=view.may_settle,
        next_steps=[say(language, each) for each in steps],
    )


def _need(need: Need) -> NeedTold:
    return NeedTold(**{name: getattr(need, name) for name in NeedTold.model_fields})


def _consent(consent: Consent) -> ConsentTold:
    return ConsentTold(**{name: getattr(consent, name) for name in ConsentTold.model_fields})


def _event(visit: Visit, entry: HistoryEntry) -> EventTold:
    text = say(visit.language, event_text(entry.event, entry.facts))
    return EventTold(at=entry.at, by=entry.actor_name, event=entry.event, text=text)
