"""Filling in a form with the person: what it asks as things stand, answers by the rules of the page, and sending it."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Form, Path, UploadFile
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as Upload
from starlette.responses import Response

from access.rules import Permission
from cases.files import OpenedFile
from cases.filling import Draft, keep, open_draft, submit_filled
from foundation.errors import Invalid
from foundation.language import Message, _, say
from foundation.media import AUDIO, IMAGES
from questionnaire import engine, wording
from questionnaire.sheet import SELECTS, Kind, Question
from web.api.one_case import changing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, FileName, Line
from web.guard import Visit, guarded
from web.pages.form_fields import ANSWER, ASKED, LARGEST_PAGE, REMOVE, Page, read_page, shown_in
from web.pages.form_filling import reading_language, show_media
from web.uploads import cleaned_upload

router = api_router("/cases/{number}/form-drafts/{submission_id}", "forms")

_filler = guarded(Permission.FORM_FILL)
_BYTES = {"schema": {"type": "string", "format": "binary"}}

MOST_ANSWERS = 500
"""In one body."""
Words = Annotated[str, StringConstraints(max_length=4000)]
Typed = Words | Annotated[list[Words], Field(max_length=200)] | None


class ChoiceTold(Answer):
    code: str
    label: str


class QuestionTold(Answer):
    """A question that is asked as things stand."""

    key: str
    """Its name in the form, in a row of a repeat such as `members/2/age`."""
    kind: Kind
    groups: list[str]
    """The headings above it, outermost first."""
    label: str
    hint: str | None
    may_be_skipped: bool
    choices: list[ChoiceTold]
    is_answered: bool
    """Also when it was skipped."""
    answer: list[str]
    """As it would stand in the field: words, or the codes of choices."""
    suggestion: list[str]
    """What the form suggests. It is no answer until it is given."""
    file_id: UUID | None
    """Of the file that is the answer."""
    pictures: list[str]
    """Names of pictures that belong to the question: see `media`."""
    recordings: list[str]
    fault: str | None
    """Why what was just given could not be taken; the answer before it stays."""


class DraftState(Answer):
    id: UUID
    form: str
    version: str
    title: str
    language: str
    """Of the words here: the reader's if the form has it, else the person's."""
    is_complete: bool
    """Every question is answered or skipped: it can be sent."""
    questions: list[QuestionTold]
    """In the order of the form. They follow from the answers: read them anew after each change."""
    not_asked: list[str]
    """Keys of answers that were given to questions which are not asked as things stand. Nothing was done with them."""


class AnswersBody(Body):
    answers: Annotated[dict[Line, Typed], Field(max_length=MOST_ANSWERS)]
    """By key. Words for a text, number, date or place, the code or codes of choices, null to skip the question or to
    take a file away, and any words for a note that was read."""


class FileForm(BaseModel):
    """Sent as multipart."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    question: Line
    """The key of the question that the file answers."""
    file: UploadFile


@router.get("")
async def draft_state(visit: Annotated[Visit, _filler], number: CaseNumber, submission_id: UUID) -> DraftState:
    async with changing(visit, number) as (session, case):
        return _state(visit, Page(await open_draft(session, case, submission_id, actor=visit.actor)))


@router.patch("/answers")
async def answer(
    visit: Annotated[Visit, _filler], number: CaseNumber, submission_id: UUID, body: AnswersBody
) -> DraftState:
    """Give answers, in any order. What can be taken is kept, also when something beside it cannot: see `fault`."""
    async with changing(visit, number) as (session, case):
        draft = await open_draft(session, case, submission_id, actor=visit.actor, for_change=True)
        posted, language = _as_posted(draft, body.answers), reading_language(visit, draft)
        done = read_page(session, draft, posted, {}, language=language, is_finished=True)
        await session.flush()
        await keep(session, done.draft, actor=visit.actor)
        return _state(visit, done, body.answers)


@router.post("/files", max_body_size=LARGEST_PAGE)
async def answer_with_file(
    visit: Annotated[Visit, _filler], number: CaseNumber, submission_id: UUID, form: Annotated[FileForm, Form()]
) -> DraftState:
    """Answer a question with a picture, a recording or a document. What a device wrote into it is removed."""
    async with changing(visit, number) as (session, case):
        await open_draft(session, case, submission_id, actor=visit.actor)
    file = await cleaned_upload(form.file)
    if file is None:
        raise Invalid(_("Choose a file."))
    async with changing(visit, number) as (session, case):
        draft = await open_draft(session, case, submission_id, actor=visit.actor, for_change=True)
        files: dict[str, OpenedFile | Message] = {form.question: file}
        posted = FormData([(ASKED, form.question)])
        language = reading_language(visit, draft)
        done = read_page(session, draft, posted, files, language=language, is_finished=True)
        await session.flush()
        await keep(session, done.draft, actor=visit.actor)
        return _state(visit, done, {form.question: None})


@router.delete("/rows/{repeat}/{row}")
async def drop_row(
    visit: Annotated[Visit, _filler],
    number: CaseNumber,
    submission_id: UUID,
    repeat: Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")],
    row: Annotated[int, Path(ge=1, le=100)],
) -> DraftState:
    """Take a row of a repeat away; those behind it move up."""
    async with changing(visit, number) as (session, case):
        draft = await open_draft(session, case, submission_id, actor=visit.actor, for_change=True)
        done = Page(draft.without_row(repeat, row))
        await keep(session, done.draft, actor=visit.actor)
        return _state(visit, done)


@router.post("/submission", status_code=201)
async def submit(visit: Annotated[Visit, _filler], number: CaseNumber, submission_id: UUID) -> Made:
    """Send the form in. It is a conflict while a question still waits for an answer."""
    async with changing(visit, number) as (session, case):
        draft = await open_draft(session, case, submission_id, actor=visit.actor, for_change=True)
        sent = await submit_filled(session, draft, actor=visit.actor)
    return Made(id=sent.id)


@router.get(
    "/media/{picture}",
    response_class=Response,
    responses={200: {"description": "The bytes", "content": dict.fromkeys(sorted(IMAGES | AUDIO), _BYTES)}},
)
async def media(
    visit: Annotated[Visit, _filler], number: CaseNumber, submission_id: UUID, picture: FileName
) -> Response:
    """A picture or recording of the form itself."""
    return await show_media(visit, number, submission_id, picture)


def _as_posted(draft: Draft, answers: Mapping[str, Typed]) -> FormData:
    """The answers as the page of the form would send them: in the order of the form, which later ones hang on."""
    items: list[tuple[str, str | Upload]] = []
    for key in sorted(answers, key=lambda key: _place(draft, key)):
        given = answers[key]
        items.append((ASKED, key))
        if given is None:
            items.append((f"{REMOVE}{key}", "yes"))
        else:
            items += [(f"{ANSWER}{key}", each) for each in ([given] if isinstance(given, str) else given)]
    return FormData(items)


def _place(draft: Draft, key: str) -> tuple[bool, object]:
    """What the form does not have comes last."""
    try:
        draft.sheet.question(key)
    except KeyError:
        return True, ()
    return False, draft.sheet.plan.place(key)


def _state(visit: Visit, done: Page, given: Mapping[str, Typed] | None = None) -> DraftState:
    draft, language = done.draft, reading_language(visit, done.draft)
    asked = engine.relevant_questions(draft.sheet, draft.answers, draft.given)
    keys = {question.name for question in asked}
    return DraftState(
        id=draft.submission.id,
        form=draft.sheet.id,
        version=draft.sheet.version,
        title=say(language, wording.title(draft.sheet)),
        language=language,
        is_complete=engine.is_complete(draft.sheet, draft.answers, draft.given),
        questions=[_question(draft, question, language, done.faults.get(question.name)) for question in asked],
        not_asked=[key for key in given or {} if key not in keys],
    )


def _question(draft: Draft, question: Question, language: str, fault: Message | None) -> QuestionTold:
    sheet, answers = draft.sheet, draft.answers
    hint = wording.hint(sheet, question, language, answers)
    is_answered, stands = question.name in answers, shown_in(draft, question, {})
    answer = answers.get(question.name)
    offered = engine.choices_for(sheet, question, answers, draft.given) if question.kind in SELECTS else ()
    return QuestionTold(
        key=question.name,
        kind=question.kind,
        groups=[say(language, each) for each in wording.group_labels(sheet, question, language, answers)],
        label=say(language, wording.label(sheet, question, language, answers)),
        hint=say(language, hint) if hint else None,
        may_be_skipped=question.may_be_skipped,
        choices=[
            ChoiceTold(code=each.code, label=say(language, wording.choice_label(sheet, question, each.code, language)))
            for each in offered
        ],
        is_answered=is_answered,
        answer=stands if is_answered else [],
        suggestion=[] if is_answered else stands,
        file_id=UUID(str(answer["file"])) if isinstance(answer, dict) and "file" in answer else None,
        pictures=sorted(set(question.image.values())),
        recordings=sorted(set(question.audio.values())),
        fault=say(language, fault) if fault else None,
    )
