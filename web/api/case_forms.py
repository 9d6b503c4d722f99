"""Forms of a case: what was sent in, what the person is asked, and what staff begin to fill in with them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import JsonValue, StringConstraints

from access.rules import Permission
from cases.filling import begin_filling, correct_with_person, drop_draft
from cases.queries import FilledForm, case_file
from cases.requests import RequestState, RequestView, send_form, withdraw_request
from foundation.language import say
from questionnaire import wording
from questionnaire.sheet import Kind
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber
from web.guard import Visit, guarded
from web.pages.form_part import form_part

router = api_router("/cases/{number}", "forms")


class SheetBody(Body):
    form: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:+-]+$")]
    """The id of the form."""


class AnswerTold(Answer):
    key: str
    """Of the question: its name in the form, in a row of a repeat such as `members/2/age`."""
    kind: Kind
    question: str
    """In the language of the form that the reader has, else the person's."""
    value: JsonValue
    """As it is stored: a text, a code, a list of codes, an integer, or a file; null for a question that was skipped."""
    text: str
    """The answer as a person reads it."""
    file_id: UUID | None
    """Of a picture, recording or document that is the answer."""


class FormTold(Answer):
    """A form that was sent in."""

    id: UUID
    form: str
    version: str
    title: str
    language: str
    """In which it was filled in."""
    submitted_at: datetime | None
    filled_by: str | None
    """Who of the staff filled it in with the person; null: the person did."""
    corrects: UUID | None
    """The earlier one that it stands in place of."""
    answers: list[AnswerTold]


class DraftTold(Answer):
    """What staff have begun with the person and not sent yet."""

    id: UUID
    form: str
    title: str
    started_at: datetime
    is_correction: bool


class RequestTold(Answer):
    """A form that the person is asked to fill in."""

    id: UUID
    form: str
    title: str
    state: RequestState
    asked_by: str | None
    """A name; null: the follow-up asked."""
    requested_at: datetime
    done_at: datetime | None


class FormOffered(Answer):
    """A form that can be asked or filled in now."""

    form: str
    title: str
    reaches_person: bool
    """It is in the person's language, and not for staff alone."""
    for_staff: bool
    """Only staff fill it in."""


class FormsTold(Answer):
    filled: list[FormTold]
    """Everything that was sent in, assessments too, the newest first."""
    drafts: list[DraftTold]
    requests: list[RequestTold]
    """The newest first."""
    offered: list[FormOffered]
    """Empty when nothing may be asked: the case is closed, or the person has taken back their agreement."""


@router.get("/forms")
async def forms(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> FormsTold:
    language = visit.language
    async with viewing(visit, number) as (session, _case):
        file = await case_file(session, visit.actor, number)
        part = await form_part(session, file, language)
    return FormsTold(
        filled=[form_told(each, language) for each in reversed(file.forms)],
        drafts=[
            DraftTold(
                id=each.submission_id,
                form=each.sheet_id,
                title=say(language, each.title),
                started_at=each.started_at,
                is_correction=each.is_amendment,
            )
            for each in part.drafts
        ],
        requests=[_request(each, language) for each in part.requests],
        offered=[
            FormOffered(
                form=each.sheet_id,
                title=say(language, each.title),
                reaches_person=each.reaches_person,
                for_staff=each.for_staff,
            )
            for each in part.choices
        ],
    )


@router.post("/form-requests", status_code=201)
async def ask_person(
    visit: Annotated[Visit, guarded(Permission.FORM_SEND)], number: CaseNumber, body: SheetBody
) -> Made:
    """Ask the person to fill in a form, in neutral words."""
    async with changing(visit, number) as (session, case):
        request = await send_form(session, case, body.form, actor=visit.actor)
    return Made(id=request.id)


@router.delete("/form-requests/{request_id}", status_code=204)
async def take_back(
    visit: Annotated[Visit, guarded(Permission.FORM_SEND)], number: CaseNumber, request_id: UUID
) -> None:
    """What the person has begun of it ends there."""
    async with changing(visit, number) as (session, case):
        await withdraw_request(session, case, request_id, actor=visit.actor)


@router.post("/form-drafts", status_code=201)
async def begin(visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, body: SheetBody) -> Made:
    """Start to fill in a form with the person, or go on where a colleague stopped."""
    async with changing(visit, number) as (session, case):
        begun = await begin_filling(session, case, body.form, actor=visit.actor)
    return Made(id=begun.id)


@router.post("/form-corrections", status_code=201)
async def correct(visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, body: SheetBody) -> Made:
    """Open the newest sent form again, as a draft with its answers. Sending that replaces the old one."""
    async with changing(visit, number) as (session, case):
        begun = await correct_with_person(session, case, body.form, actor=visit.actor)
    return Made(id=begun.id)


@router.delete("/form-drafts/{submission_id}", status_code=204)
async def drop(visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, submission_id: UUID) -> None:
    """Nothing of the draft is used. The person's own half-filled form is not touched."""
    async with changing(visit, number) as (session, case):
        await drop_draft(session, case, submission_id, actor=visit.actor)


def form_told(form: FilledForm, language: str) -> FormTold:
    sheet, sent = form.sheet, form.submission
    spoken = language if language in sheet.complete_languages() else sent.language
    known = {question.name: answer for question, answer in form.answers}
    return FormTold(
        id=sent.id,
        form=sheet.id,
        version=sheet.version,
        title=say(language, wording.title(sheet)),
        language=sent.language,
        submitted_at=sent.submitted_at,
        filled_by=form.filled_by_name,
        corrects=sent.amends,
        answers=[
            AnswerTold(
                key=question.name,
                kind=question.kind,
                question=wording.full_label(sheet, question, spoken, known),
                value=answer,
                text=wording.answer_text(sheet, question, answer, spoken),
                file_id=UUID(str(answer["file"])) if isinstance(answer, dict) and "file" in answer else None,
            )
            for question, answer in form.answers
            if question.kind is not Kind.NOTE
        ],
    )


def _request(view: RequestView, language: str) -> RequestTold:
    request = view.request
    return RequestTold(
        id=request.id,
        form=request.sheet_id,
        title=say(language, view.form),
        state=view.state,
        asked_by=view.asked_by,
        requested_at=request.requested_at,
        done_at=request.done_at,
    )
