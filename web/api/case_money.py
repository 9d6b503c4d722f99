"""Lessons about money that a person finished, and the savings goals that they let the team see."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.learning import lessons_done
from cases.lesson_texts import lesson_title
from cases.same_person import merged_into
from cases.savings import Savings, shared_with_team
from foundation.language import say
from web.api.money import MoneyTold, money_told
from web.api.one_case import viewing
from web.api.routing import api_router
from web.api.shapes import Answer
from web.forms import CaseNumber
from web.guard import Visit, guarded

router = api_router("/cases/{number}", "money")


class LessonTold(Answer):
    lesson: str
    title: str
    correct: int
    """The best result. Which answers were chosen is not kept."""
    questions: int
    done_at: datetime


class SavingsTold(Answer):
    id: UUID
    what: str
    """In the person's own words."""
    goal: MoneyTold
    saved: MoneyTold
    percent: int
    """Rounded down."""
    by: date | None
    set_at: datetime
    reached_at: datetime | None
    ended_at: datetime | None


class PersonsMoney(Answer):
    lessons: list[LessonTold]
    """The oldest first; those of merged files too."""
    savings: list[SavingsTold]
    """Only goals that the person lets the team see, the newest first. They keep them in the chat; staff only read."""


@router.get("/money")
async def money(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> PersonsMoney:
    """What the person learned and, if they said so, what they save for. 404 for a case that is missing or not yours."""
    async with viewing(visit, number) as (session, case):
        files = [case, *await merged_into(session, case)]
        done = await lessons_done(session, [each.id for each in files])
        shown = [each for file in files for each in await shared_with_team(session, file)]
    return PersonsMoney(
        lessons=[
            LessonTold(
                lesson=each.lesson,
                title=say(visit.language, lesson_title(each.lesson)),
                correct=each.correct,
                questions=each.questions,
                done_at=each.done_at,
            )
            for each in done
        ],
        savings=[_savings(each) for each in shown],
    )


def _savings(savings: Savings) -> SavingsTold:
    row, terms = savings.row, savings.terms
    return SavingsTold(
        id=row.id,
        what=terms.what,
        goal=money_told(terms.amount, terms.currency),
        saved=money_told(savings.saved, terms.currency),
        percent=savings.percent,
        by=terms.by,
        set_at=row.set_at,
        reached_at=row.reached_at,
        ended_at=row.ended_at,
    )
