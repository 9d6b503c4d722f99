"""The few lines on top of a case: who has it, since when, what is due next, and what worries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from cases.queries import CaseFile
from cases.rules import CaseStatus
from foundation import clock
from foundation.language import Message, _
from referrals.models import Referral
from referrals.rules import OPEN_STATES
from web.pages.case_messages import ConversationPart
from web.pages.followup_part import FollowUpPart


@dataclass(frozen=True, slots=True)
class Due:
    """Something with a date, and the place of the page where it is done."""

    at: datetime
    what: Message
    place: str
    """The id of a heading on the case page."""
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Summary:
    next_due: Due | None
    days_open: int
    open_flags: int


def summary_of(
    file: CaseFile, conversation: ConversationPart, referrals: Sequence[Referral], follow_up: FollowUpPart
) -> Summary:
    """What the page itself has read already; asks nothing of the database."""
    dates = _dates(conversation, referrals, follow_up) if file.case.status is CaseStatus.OPEN else ()
    moment = clock.now()
    found = min(dates, key=lambda each: each[0], default=None)
    return Summary(
        Due(*found, is_overdue=found[0] < moment) if found else None,
        (moment - file.case.opened_at).days,
        sum(view.flag.settled_at is None for view in file.flags),
    )


def _dates(
    conversation: ConversationPart, referrals: Sequence[Referral], follow_up: FollowUpPart
) -> Iterable[tuple[datetime, Message, str]]:
    if conversation.promised:
        yield conversation.promised, _("Answer the person's message"), "messages"
    for task, name, _is_overdue in follow_up.tasks:
        yield task.due_at, name, "tasks"
    for referral in referrals:
        if referral.due_at and referral.state in OPEN_STATES:
            yield referral.due_at, _("A partner's answer to a referral"), "referrals"
    for wave in follow_up.waves:
        if wave.may_be_settled:
            yield _morning(wave.row.due_on), _("Follow-up: {wave}").of(wave=wave.name), "follow-up"


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
