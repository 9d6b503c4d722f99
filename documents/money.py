"""Lessons that a person finished and what they save for, for their own file."""

from sqlalchemy.ext.asyncio import AsyncSession

from cases.learning import lessons_done
from cases.lesson_texts import lesson_title
from cases.models import Case
from cases.money import in_words
from cases.savings import savings_of
from documents.person_file import LessonEntry, SavingsEntry, SavingsGoalEntry
from foundation.language import say


async def lessons_told(session: AsyncSession, case: Case, language: str) -> list[LessonEntry]:
    return [
        LessonEntry(
            lesson=each.lesson,
            title=say(language, lesson_title(each.lesson)),
            right_answers=each.correct,
            questions=each.questions,
            done_at=each.done_at,
        )
        for each in await lessons_done(session, [case.id])
    ]


async def savings_told(session: AsyncSession, case: Case, language: str) -> list[SavingsGoalEntry]:
    """Every goal, the newest first, whoever else may see it."""
    return [
        SavingsGoalEntry(
            what=each.terms.what,
            amount=f"{each.terms.amount:f}",
            currency=each.terms.currency,
            by=each.terms.by,
            saved=f"{each.saved:f}",
            saved_in_words=in_words(language, each.saved, each.terms.currency),
            amount_in_words=in_words(language, each.terms.amount, each.terms.currency),
            seen_by_the_team=each.row.shared,
            set_at=each.row.set_at,
            reached_at=each.row.reached_at,
            ended_at=each.row.ended_at,
            entries=[SavingsEntry(amount=f"{put.amount:f}", put_at=put.put_at) for put in each.entries],
        )
        for each in await savings_of(session, case)
    ]
