"""What a person has answered, by form: the newest submission of each."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Case, Submission
from cases.rules import SubmissionState
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer


async def submissions_of(session: AsyncSession, case: Case) -> list[Submission]:
    """Every form sent in, newest last."""
    return list(
        await session.scalars(
            select(Submission)
            .where(Submission.case_id == case.id, Submission.state == SubmissionState.SUBMITTED)
            .order_by(Submission.submitted_at)
        )
    )


async def answers_of(session: AsyncSession, case: Case, key: SubjectKey) -> dict[str, dict[str, Answer]]:
    """Answers by form id."""
    return {each.sheet_id: open_answers(key, each) for each in await submissions_of(session, case)}


def open_answers(key: SubjectKey, submission: Submission) -> dict[str, Answer]:
    answers: dict[str, Answer] = key.open(Submission.answers, submission.id, submission.answers)
    return answers
