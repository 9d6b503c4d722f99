"""Staff fill in a form with the person, on the same form version and by the same engine as the chat.

Their draft is a submission of its own: what the person has begun in the chat is copied into it and stays the person's
until one of the two is sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.answers import open_answers
from cases.intake import begin_form, half_way_form, submit_form
from cases.models import Case, StoredFile, Submission
from cases.requests import begin_amendment, require_open
from cases.rules import SubmissionState
from cases.sheets import newest, sheet_of
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.keys import open_subject
from foundation.language import Message, _
from foundation.sealing import SubjectKey
from questionnaire import engine
from questionnaire.engine import Given
from questionnaire.keys import code_of
from questionnaire.sheet import Answer, Sheet
from questionnaire.wording import title


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that staff are filling in. `given` is in the language that the answers belong to."""

    case: Case
    key: SubjectKey
    submission: Submission
    sheet: Sheet
    answers: dict[str, Answer]
    given: Given
    person_language: str

    def with_answer(self, name: str, value: Answer) -> "Draft":
        """Raises Conflict for a question that is not asked as things stand, Invalid for what cannot be its answer."""
        return replace(self, answers=engine.record(self.sheet, self.answers, name, value, self.given))

    def without_row(self, repeat: str, row: int) -> "Draft":
        """The rows behind it move up. Raises Conflict for a row that nobody added."""
        return replace(self, answers=engine.drop_row(self.sheet, self.answers, repeat, row, self.given))


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft as it stands in a list, without its answers."""

    submission_id: UUID
    sheet_id: str
    title: Message
    started_at: datetime
    is_amendment: bool


async def begin_filling(session: AsyncSession, case: Case, sheet_id: str, *, actor: Actor) -> Submission:
    """Start a form with the person, or go on with the one that staff have begun.

    Raises Conflict without the person's consent to data, and for a closed case.
    """
    require(actor, Permission.FORM_FILL)
    # One draft a form, however often the button is pressed.
    await session.refresh(case, with_for_update=True)
    person = await require_open(session, case)
    known: Submission | None = await session.scalar(
        _drafts(case).where(Submission.sheet_id == sheet_id, Submission.amends.is_(None)).limit(1)
    )
    if known is not None:
        return known
    key = await open_subject(session, person.id)
    half_way = await half_way_form(session, case, sheet_id)
    if half_way is None:
        sheet, answers = await newest(session, sheet_id), {}
    else:
        sheet = await sheet_of(session, half_way.sheet_id, half_way.sheet_version)
        answers = {name: each for name, each in open_answers(key, half_way).items() if not name.startswith("*")}
    begun = await begin_form(session, case, key, sheet, person.language, filled_by=actor.id, answers=answers)
    audit.record(session, actor.id, "form.begun", case.id, form=sheet.id, submission=begun.id)
    return begun


async def correct_with_person(session: AsyncSession, case: Case, sheet_id: str, *, actor: Actor) -> Submission:
    """Open the newest sent form again, for staff to correct it with the person."""
    await session.refresh(case, with_for_update=True)
    person = await require_open(session, case)
    return await begin_amendment(session, case, await open_subject(session, person.id), sheet_id, actor=actor)


async def open_draft(
    session: AsyncSession, case: Case, submission_id: UUID, *, actor: Actor, for_change: bool = False
) -> Draft:
    """Raises NotFound for what is no draft of this case, Conflict once it was sent or ended."""
    require(actor, Permission.FORM_FILL)
    found = select(Submission).where(
        Submission.id == submission_id, Submission.case_id == case.id, Submission.filled_by.is_not(None)
    )
    submission = await session.scalar(found.with_for_update() if for_change else found)
    if submission is None:
        raise NotFound(_("There is no such form."))
    if submission.state is not SubmissionState.IN_PROGRESS:
        raise Conflict(_("This form has been sent already."))
    person = await require_open(session, case)
    key = await open_subject(session, person.id)
    return Draft(
        case,
        key,
        submission,
        await sheet_of(session, submission.sheet_id, submission.sheet_version),
        open_answers(key, submission),
        Given(clock.now(), key.open(Submission.given, submission.id, submission.given), submission.language),
        person.language,
    )


async def keep(session: AsyncSession, draft: Draft, *, actor: Actor) -> None:
    """Store the draft's answers, sealed. The audit says which questions were changed, never how."""
    before = open_answers(draft.key, draft.submission)
    changed = {name for name in {*before, *draft.answers} if before.get(name, ...) != draft.answers.get(name, ...)}
    if not changed:
        return
    draft.submission.answers = draft.key.seal(Submission.answers, draft.submission.id, draft.answers)
    audit.record(
        session,
        actor.id,
        "answer.stored",
        draft.case.id,
        submission=draft.submission.id,
        questions={code_of(name) for name in changed},
    )
    # A file that was there before this draft belongs to an earlier form.
    await session.execute(
        delete(StoredFile).where(
            StoredFile.case_id == draft.case.id,
            StoredFile.id.in_(_files(before) - _files(draft.answers)),
            StoredFile.created_at >= draft.submission.started_at,
        )
    )


def _files(answers: Mapping[str, Answer]) -> set[UUID]:
    return {UUID(str(each["file"])) for each in answers.values() if isinstance(each, dict) and "file" in each}


async def submit_filled(session: AsyncSession, draft: Draft, *, actor: Actor) -> Submission:
    """Send the form; it says who filled it in. Raises Conflict while a question still waits for an answer."""
    if not engine.is_complete(draft.sheet, draft.answers, draft.given):
        raise Conflict(_("Some questions are not answered yet."))
    draft.submission.filled_by = actor.id
    await session.flush()
    return await submit_form(session, draft.submission.id, draft.key, draft.answers, actor=actor)


async def drop_draft(session: AsyncSession, case: Case, submission_id: UUID, *, actor: Actor) -> None:
    """End a draft; nothing of it is used. The person's own half-filled form is not touched."""
    draft = await open_draft(session, case, submission_id, actor=actor, for_change=True)
    draft.submission.state = SubmissionState.ABANDONED
    audit.record(session, actor.id, "form.dropped", case.id, form=draft.sheet.id, submission=submission_id)


async def listed_drafts(session: AsyncSession, drafts: Iterable[Submission]) -> list[OpenDraft]:
    """What staff have begun with the person and not sent yet, as it stands in a list."""
    return [
        OpenDraft(
            each.id,
            each.sheet_id,
            title(await sheet_of(session, each.sheet_id, each.sheet_version)),
            each.started_at,
            each.amends is not None,
        )
        for each in drafts
    ]


def _drafts(case: Case) -> Select[Submission]:
    return select(Submission).where(
        Submission.case_id == case.id,
        Submission.state == SubmissionState.IN_PROGRESS,
        Submission.filled_by.is_not(None),
    )
