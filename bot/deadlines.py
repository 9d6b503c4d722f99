"""What happens next in a case and by when: from the clocks that really run, never from hope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from access.models import Organisation
from bot.turn import Turn
from cases.hours import in_words, reply_due, zone_of
from cases.models import Case, FollowUp
from cases.rules import FollowUpState, TaskKind
from cases.tasks import open_tasks
from foundation import clock
from foundation.language import Message, _
from referrals.models import Referral
from referrals.rules import ReferralState
from referrals.transfers import open_transfer

# Translators: Each of these says what happens and by when; {when} is a day and a time.
_CONTACT = _("Someone from our team contacts you by {when}.")
_MUST_ANSWER = _("{organisation} must answer by {when}.")
_TASK_WORDS: dict[TaskKind, Message] = {
    TaskKind.DISTRESS: _CONTACT,
    TaskKind.DISCLOSURE: _CONTACT,
    TaskKind.GUARDIAN: _("Someone who works with children and young people contacts you by {when}."),
    TaskKind.CALL_BACK: _("We call you by {when}."),
    TaskKind.ANSWER: _("A caseworker answers your message by {when}."),
}
"""What a task of the staff means for the person; one that means nothing to them is not here."""
_AWAITING = (ReferralState.SENT, ReferralState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that others must do by a moment. `organisation`: a partner, where it is one."""

    by: datetime
    words: Message


async def deadlines(turn: Turn, case: Case, referrals: Sequence[Referral]) -> list[Deadline]:
    """What is due, the most pressing first; each thing once."""
    found = [
        Deadline(task.due_at, _TASK_WORDS[task.kind])
        for task in await open_tasks(turn.session, case.id)
        if task.kind in _TASK_WORDS
    ]
    answer = _answer_due(turn, case)
    # The task and the clock of the message speak of one answer: the earlier of both holds.
    if answer is not None:
        found.append(answer)
    found += [
        Deadline(each.due_at, _MUST_ANSWER.of(organisation=_name(each)))
        for each in referrals
        if each.state in _AWAITING and each.due_at is not None
    ]
    waiting = await open_transfer(turn.session, case)
    if waiting is not None and waiting.due_at is not None:
        asked = await turn.session.get_one(Organisation, waiting.to_organisation_id)
        found.append(Deadline(waiting.due_at, _MUST_ANSWER.of(organisation=asked.name)))
    by_words: dict[Message, Deadline] = {}
    for each in sorted(found, key=lambda deadline: deadline.by):
        by_words.setdefault(each.words, each)
    return list(by_words.values())


def said(turn: Turn, case: Case, deadline: Deadline) -> str:
    """In words, by the clock of the person's country. What is late is called late."""
    line = "• " + turn.words(deadline.words, when=moment_words(turn, case, deadline.by))
    if deadline.by < clock.now():
        line += " " + turn.words(_("This is late. We are sorry. You can write to us at any time."))
    return line


async def follow_up_line(turn: Turn, case: Case) -> str | None:
    """When the person is next asked how they are."""
    due_on = await turn.session.scalar(
        select(FollowUp.due_on)
        .where(FollowUp.case_id == case.id, FollowUp.state == FollowUpState.PLANNED)
        .order_by(FollowUp.due_on)
        .limit(1)
    )
    return None if due_on is None else "• " + turn.words(_("On {date} we ask you here how you are."), date=due_on)


def moment_words(turn: Turn, case: Case, moment: datetime) -> str:
    return in_words(turn.language, moment.astimezone(zone_of(case.country)))


def _answer_due(turn: Turn, case: Case) -> Deadline | None:
    """The published time to a reply: it runs for what the person wrote, else for whatever of theirs waits for staff."""
    hours = turn.programme.reply_hours
    if case.unanswered_at is not None:
        due = reply_due(case.unanswered_at, case.country, hours)
        return Deadline(due, _TASK_WORDS[TaskKind.ANSWER])
    if case.attention_at is not None:
        return Deadline(
            reply_due(case.attention_at, case.country, hours), _("A caseworker looks at your case by {when}.")
        )
    return None


def _name(referral: Referral) -> str:
    return referral.service.organisation.name
