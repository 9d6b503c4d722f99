"""Lessons about money that a person finished: noted in their case if they have one and agreed to data being kept."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON
from cases.consent import has_data_consent
from cases.lesson_texts import Lesson
from cases.models import Case
from cases.rules import CaseStatus
from cases.savings_models import LessonDone
from foundation import audit, clock


async def note_lesson(session: AsyncSession, person_id: UUID, lesson: Lesson, correct: int) -> bool:
    """Note that the person finished it, and how many of the questions they had right; whether it was noted.

    Without an open case, or without agreement to data, nothing is kept. Of several times the best result counts.
    """
    case = await session.scalar(select(Case).where(Case.person_id == person_id, Case.status == CaseStatus.OPEN))
    if case is None or not await has_data_consent(session, person_id):
        return False
    done = await session.get(LessonDone, (case.id, lesson.id), with_for_update=True)
    if done is None:
        done = LessonDone(case_id=case.id, lesson=lesson.id, correct=0)
        session.add(done)
    done.correct, done.questions = max(done.correct, correct), len(lesson.questions)
    done.done_at = clock.now()
    audit.record(session, PERSON.id, "lesson.done", case.id, lesson=lesson.id, correct=correct)
    return True


async def lessons_done(session: AsyncSession, case_ids: Sequence[UUID]) -> list[LessonDone]:
    """What was finished in these files, the oldest first."""
    return list(await session.scalars(_DONE, {"case_ids": case_ids}))


_DONE = (
    select(LessonDone)
    .where(LessonDone.case_id.in_(bindparam("case_ids", expanding=True)))
    .order_by(LessonDone.done_at, LessonDone.lesson)
)
