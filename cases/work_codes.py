"""Codes of a person's work and education, outside the sealed answers: what openings are matched by. No word of theirs.

They are taken from the skills assessment in the transaction that stores it, and go with the case. An occupation can
also be entered by staff, down to four digits of ISCO-08, where the assessment knows groups of two.
"""

import re
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.answers import open_answers
from cases.classifications import ISCED, ISCO, classification
from cases.models import Case, Submission
from cases.rules import CaseStatus, SubmissionState
from cases.work_models import CodeOrigin, WorkCode
from foundation import audit
from foundation.errors import Conflict, Invalid
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.keys import split_key
from questionnaire.sheet import Answers

SKILLS = "skills"
UNKNOWN_LEVEL = "9"
FILLED_IN_AT_ONCE = 200
_OCCUPATION = re.compile(r"[0-9]{2,4}")


async def take_codes(session: AsyncSession, case_id: UUID, answers: Answers) -> None:
    """The codes of a skills assessment in place of those of the one before. What staff have entered stays."""
    await session.execute(
        delete(WorkCode).where(WorkCode.case_id == case_id, WorkCode.origin != CodeOrigin.ENTERED),
        execution_options={"synchronize_session": False},
    )
    found = sorted(set(_codes(answers)))
    rows = [{"case_id": case_id, "scheme": each[0], "code": each[1], "origin": each[2]} for each in found]
    await session.execute(insert(WorkCode), rows)


def _codes(answers: Answers) -> Iterator[tuple[str, str, CodeOrigin]]:
    """A level always, if only that it is unknown: by this an assessment whose codes were taken is known."""
    yield ISCED, str(answers.get("isced_level") or UNKNOWN_LEVEL)[:4], CodeOrigin.DONE
    for key, answer in answers.items():
        name = split_key(key).name if key[:1].isalpha() else ""
        if name in ("isco", "wanted_isco") and answer:
            yield ISCO, str(answer)[:4], CodeOrigin.WANTED if name == "wanted_isco" else CodeOrigin.DONE


async def fill_in_codes(session: AsyncSession, first: UUID, last: UUID) -> None:
    """Take the codes of assessments that are older than this table, some at a time, of the cases between two ids."""
    known = exists().where(WorkCode.case_id == Case.id, WorkCode.scheme == ISCED, WorkCode.origin == CodeOrigin.DONE)
    assessed = select(Submission.case_id).where(
        Submission.case_id.between(first, last),
        Submission.sheet_id == SKILLS,
        Submission.state == SubmissionState.SUBMITTED,
    )
    waiting = select(Case).where(Case.id.in_(assessed), Case.status == CaseStatus.OPEN, ~known)
    for case in (await session.scalars(waiting.order_by(Case.id).limit(FILLED_IN_AT_ONCE))).all():
        newest = await session.scalar(
            select(Submission)
            .where(
                Submission.case_id == case.id,
                Submission.sheet_id == SKILLS,
                Submission.state == SubmissionState.SUBMITTED,
            )
            .order_by(Submission.submitted_at.desc())
            .limit(1)
        )
        if newest is not None and case.person_id is not None:
            key = await open_subject(session, case.person_id)
            await take_codes(session, case.id, open_answers(key, newest))


def read_occupation(text: str) -> str:
    """A code of ISCO-08 of two to four digits. Raises Invalid for one whose sub-major group does not exist."""
    code = text.strip()
    known = {entry.code for entry in classification(ISCO).codes}
    if not _OCCUPATION.fullmatch(code) or not code.isascii() or code[:2] not in known:
        raise Invalid(_("Write an occupation as two to four digits of ISCO-08, such as 7112 for bricklayers."))
    return code


async def enter_occupation(session: AsyncSession, case: Case, code: str, *, actor: Actor) -> None:
    """Raises Invalid for what is no code of an occupation, Conflict for a closed case."""
    require(actor, Permission.FORM_FILL)
    _require_open(case)
    occupation = read_occupation(code)
    key = (case.id, ISCO, occupation, CodeOrigin.ENTERED)
    if await session.get(WorkCode, key) is None:
        session.add(WorkCode(case_id=case.id, scheme=ISCO, code=occupation, origin=CodeOrigin.ENTERED))
        audit.record(session, actor.id, "occupation.entered", case.id, code=int(occupation))
    await session.flush()


async def remove_occupation(session: AsyncSession, case: Case, code: str, *, actor: Actor) -> None:
    """Take out what staff have entered. Nothing to do if it is gone already."""
    require(actor, Permission.FORM_FILL)
    _require_open(case)
    occupation = read_occupation(code)
    gone = await session.get(WorkCode, (case.id, ISCO, occupation, CodeOrigin.ENTERED))
    if gone is not None:
        await session.delete(gone)
        audit.record(session, actor.id, "occupation.removed", case.id, code=int(occupation))
    await session.flush()


async def carry_codes(session: AsyncSession, survivor: Case, duplicate: Case) -> None:
    """What is known of one person in two files is known in the file that goes on."""
    known = {(each.scheme, each.code, each.origin) for each in await codes_of(session, survivor.id)}
    has_level = any(scheme == ISCED for scheme, _code, _origin in known)
    for each in await codes_of(session, duplicate.id):
        is_new = (each.scheme, each.code, each.origin) not in known
        if is_new and not (each.scheme == ISCED and has_level):
            session.add(WorkCode(case_id=survivor.id, scheme=each.scheme, code=each.code, origin=each.origin))


async def codes_of(session: AsyncSession, case_id: UUID) -> list[WorkCode]:
    return list(
        await session.scalars(
            select(WorkCode)
            .where(WorkCode.case_id == case_id)
            .order_by(WorkCode.scheme.desc(), WorkCode.origin, WorkCode.code)
        )
    )


def _require_open(case: Case) -> None:
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
