"""The part of a case page about money: lessons that were finished, and the savings goals that the person shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from cases.learning import lessons_done
from cases.lesson_texts import lesson_title
from cases.models import Case
from cases.money import in_words
from cases.savings import Savings, shared_with_team
from cases.savings_models import LessonDone
from foundation.language import Message


@dataclass(frozen=True, slots=True)
class GoalView:
    savings: Savings
    saved: str
    amount: str
    """In the reader's words."""


@dataclass(frozen=True, slots=True)
class MoneyPart:
    goals: list[GoalView]
    lessons: list[tuple[Message, LessonDone]]


async def money_part(session: AsyncSession, files: Sequence[Case], language: str) -> MoneyPart:
    """Of a case and those that were merged into it."""
    shown = [each for case in files for each in await shared_with_team(session, case)]
    done = await lessons_done(session, [case.id for case in files])
    money = partial(in_words, language)
    return MoneyPart(
        [
            GoalView(each, money(each.saved, each.terms.currency), money(each.terms.amount, each.terms.currency))
            for each in shown
        ],
        [(lesson_title(each.lesson), each) for each in done],
    )
