"""The part of a case page about forms: what was filled in, what is asked, and what may be asked or filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from cases.filling import OpenDraft, listed_drafts
from cases.models import Submission
from cases.queries import CaseFile, FilledForm
from cases.requests import REQUEST_STATE_NAMES, RequestView, language_name, requests_of
from cases.rules import CaseStatus
from cases.sheets import PublishedForm, published_forms
from foundation.language import Message
from questionnaire import wording
from questionnaire.sheet import Kind, Sheet


@dataclass(frozen=True, slots=True)
class ToldAnswer:
    """`file_id`: of a picture, recording or document that is the answer."""

    question: str
    answer: str
    file_id: str


@dataclass(frozen=True, slots=True)
class ToldForm:
    """A filled-in form in the reader's words."""

    title: Message
    submission: Submission
    answers: list[ToldAnswer]
    language: str
    filled_by: str | None
    """Who of the staff filled it in with the person."""
    earlier: list["ToldForm"] = field(default_factory=list)
    """What stood before, newest first: the same form filled in again or corrected."""


@dataclass(frozen=True, slots=True)
class FormChoice:
    """A form that can be asked or filled in. `reaches_person`: it is in their language, and not `for_staff`."""

    sheet_id: str
    title: Message
    languages: str
    reaches_person: bool
    for_staff: bool


@dataclass(frozen=True, slots=True)
class FormPart:
    filled: list[ToldForm]
    requests: Sequence[RequestView]
    drafts: list[OpenDraft]
    choices: list[FormChoice]
    """Empty when nothing may be asked: the case is closed, or the person has taken back their agreement."""
    request_states = REQUEST_STATE_NAMES


async def form_part(session: AsyncSession, file: CaseFile, language: str) -> FormPart:
    if file.person is None:
        return FormPart([], [], [], [])
    may_ask = file.case.status is CaseStatus.OPEN and file.keeps_data
    published = await published_forms(session) if may_ask else []
    return FormPart(
        _newest_first([_told(form, language) for form in file.forms if not is_assessment(form.sheet)]),
        await requests_of(session, file.case),
        await listed_drafts(session, file.drafts) if may_ask else [],
        [_choice(form, file.person.language) for form in published if not is_assessment(form.sheet)],
    )


def is_assessment(sheet: Sheet) -> bool:
    """A form of the program's own that only staff fill in: it has a place of its own on the case page."""
    return sheet.built_in and sheet.for_staff


def _choice(form: PublishedForm, person_language: str) -> FormChoice:
    complete = form.sheet.complete_languages()
    return FormChoice(
        form.sheet.id,
        wording.title(form.sheet),
        ", ".join(map(language_name, complete)),
        person_language in complete and not form.sheet.for_staff,
        form.sheet.for_staff,
    )


def _newest_first(forms: list[ToldForm]) -> list[ToldForm]:
    """One for each form, what was sent before it hanging on it; `forms` are oldest first."""
    found: dict[str, ToldForm] = {}
    for form in forms:
        before = found.pop(form.submission.sheet_id, None)
        if before is not None:
            form.earlier.extend([before, *before.earlier])
            before.earlier.clear()
        found[form.submission.sheet_id] = form
    return list(reversed(found.values()))


def _told(form: FilledForm, language: str) -> ToldForm:
    complete = form.sheet.complete_languages()
    spoken = language if language in complete else form.submission.language
    known = {question.name: answer for question, answer in form.answers}
    return ToldForm(
        wording.title(form.sheet),
        form.submission,
        [
            ToldAnswer(
                wording.full_label(form.sheet, question, spoken, known),
                wording.answer_text(form.sheet, question, answer, spoken),
                str(answer["file"]) if isinstance(answer, dict) else "",
            )
            for question, answer in form.answers
            if question.kind is not Kind.NOTE
        ],
        spoken,
        form.filled_by_name,
    )
