"""Whoever stopped in the middle of a form and stayed away is told once, in neutral words, that they can go on."""

from datetime import timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from bot.menu import MENU, MENU_ROW_DATA
from bot.models import Chat
from cases.messages import tell
from cases.models import Case, Consent, Person, Submission
from cases.rules import IN_FORCE, CaseStatus, ConsentKind, SubmissionState
from foundation import audit, clock
from foundation.language import _, _p

UNTOUCHED = timedelta(days=7)
FIRST_HOUR, LAST_HOUR = 9, 17
"""Hours of UTC that are by day in every country of return served so far."""
AT_ONCE = 50
REMINDER = _("Hello. You can go on here at any time. There is no hurry.")
GO_ON = _p("button", "▶️ Go on")


async def remind_stuck(session: AsyncSession) -> int:
    """Remind those who are due, by day only; returns how many. Nobody is reminded of one form twice."""
    if not FIRST_HOUR <= clock.now().hour < LAST_HOUR:
        return 0
    due = _stuck().where(Submission.reminded_at.is_(None)).limit(AT_ONCE).with_for_update(of=Submission)
    found = (await session.execute(due)).all()
    for submission, person in found:
        submission.reminded_at = clock.now()
        buttons = [(GO_ON, "m.begin"), (MENU, MENU_ROW_DATA)]
        await tell(session, person, REMINDER, buttons=buttons, dedupe_key=f"stuck:{submission.id}")
        audit.record(session, SYSTEM.id, "form.reminded", submission.case_id, submission=submission.id)
    return len(found)


async def count_stuck(session: AsyncSession) -> int:
    """Half-filled forms that nobody has touched since, reminder or not."""
    return await session.scalar(select(func.count()).select_from(_stuck().subquery())) or 0


def _stuck() -> Select[Submission, Person]:
    """Forms in the chat that stand half filled, of people who may be written to and can be reached."""
    agreed = select(Consent.person_id).where(Consent.kind == ConsentKind.DATA, Consent.state.in_(IN_FORCE))
    return (
        select(Submission, Person)
        .join(Chat, Chat.submission_id == Submission.id)
        .join(Case, Case.id == Submission.case_id)
        .join(Person, Person.id == Case.person_id)
        .where(
            Submission.state == SubmissionState.IN_PROGRESS,
            Submission.filled_by.is_(None),
            Chat.seen_at < clock.now() - UNTOUCHED,
            Chat.stopped_at.is_(None),
            Case.status == CaseStatus.OPEN,
            Person.id.in_(agreed),
        )
    )
