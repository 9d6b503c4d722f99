"""Filling in a form with the person: a section a page, checked by the server, with a review before sending.

Every page is a plain form: it works without JavaScript and on a poor line, and each saves what it holds.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.datastructures import FormData
from starlette.responses import Response

from access.rules import Permission
from cases.filling import Draft, keep, open_draft, submit_filled
from cases.queries import find_case
from cases.sheets import form_media
from foundation.errors import Conflict, Invalid, Refusal
from foundation.language import Message, _, say
from questionnaire import engine, wording
from questionnaire.sheet import SELECTS, Question
from web.errors import message_of, status_in_sight
from web.forms import CaseNumber, see_other
from web.guard import Visit, guarded
from web.pages.form_fields import LARGEST_PAGE, Page, cleaned_files, read_page, shown_in
from web.pages.form_part import is_assessment
from web.pages.form_sections import Section, place_of, sections_of, waiting_place
from web.rendering import page

router = APIRouter(include_in_schema=False)

MOST_RADIOS = 8
"""Choices; more are a list to open."""
BACK, NEXT, REVIEW, PAUSE, DROP_ROW = "back", "next", "review", "pause", "drop_row"
Key = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Field:
    """One question on the page, in the reader's words."""

    question: Question
    label: str
    hint: str
    choices: list[tuple[str, str]]
    """Codes and their words."""
    shown: list[str]
    fault: Message | None
    file: str
    """What was sent before in place of words, such as "a picture"."""
    file_id: str
    pictures: list[str]
    recordings: list[str]

    @property
    def as_list(self) -> bool:
        return len(self.choices) > MOST_RADIOS


@router.get("/cases/{number}/forms/{submission_id}")
async def show_section(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)],
    number: CaseNumber,
    submission_id: UUID,
    at: Key = "",
    more: Annotated[bool, Query()] = False,  # noqa: FBT002  # a flag of the address
) -> Response:
    """The section that asks `at`; without it, or once it is not asked any more, the first that waits.

    `more`: it is shown again because what was answered there leads to more questions there.
    """
    async with visit.database.reading() as session:
        draft = await open_draft(
            session, await find_case(session, visit.actor, number), submission_id, actor=visit.actor
        )
    sections = sections_of(draft)
    place = place_of(sections, at)
    if place is None:
        place = waiting_place(draft, sections)
    if place is None:
        return see_other(f"{_address(draft)}/review")
    return _section_page(visit, Page(draft), sections, place, has_more=more)


@router.post("/cases/{number}/forms/{submission_id}", max_body_size=LARGEST_PAGE)
async def save_section(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, submission_id: UUID
) -> Response:
    """Keep what can be kept of a page, then go where was asked; a fault keeps the reader there."""
    form = await visit.request.form()
    files = await cleaned_files(form)
    go, at = str(form.get("go", NEXT)), str(form.get("at", ""))
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        draft = await open_draft(session, case, submission_id, actor=visit.actor, for_change=True)
        done = read_page(
            session, draft, form, files, language=reading_language(visit, draft), is_finished=go in {NEXT, REVIEW}
        )
        if go == DROP_ROW:
            done = Page(_without_row(draft, form))
        await session.flush()
        await keep(session, done.draft, actor=visit.actor)
    sections = sections_of(done.draft)
    found = (place_of(sections, key) for key in (at, *done.faults))
    place = next((each for each in found if each is not None), None)
    if done.faults and place is not None:
        return _section_page(visit, done, sections, place, status_code=422)
    return see_other(_following(done.draft, sections, place, go))


@router.get("/cases/{number}/forms/{submission_id}/review")
async def show_review(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, submission_id: UUID
) -> Response:
    async with visit.database.reading() as session:
        draft = await open_draft(
            session, await find_case(session, visit.actor, number), submission_id, actor=visit.actor
        )
    return _review_page(visit, draft)


@router.post("/cases/{number}/forms/{submission_id}/submit")
async def submit(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, submission_id: UUID
) -> Response:
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        draft = await open_draft(session, case, submission_id, actor=visit.actor, for_change=True)
        if engine.is_complete(draft.sheet, draft.answers, draft.given):
            await submit_filled(session, draft, actor=visit.actor)
            if is_assessment(draft.sheet):
                return see_other(f"/cases/{number}/assessments/{draft.sheet.id}")
            return see_other(f"/cases/{number}#forms")
    return _review_page(visit, draft, Conflict(_("Some questions are not answered yet.")))


@router.get("/cases/{number}/forms/{submission_id}/media/{picture}")
async def show_media(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, submission_id: UUID, picture: str
) -> Response:
    """A picture or recording of the form itself."""
    async with visit.database.reading() as session:
        draft = await open_draft(
            session, await find_case(session, visit.actor, number), submission_id, actor=visit.actor
        )
        media = await form_media(session, draft.sheet, picture)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return Response(media.content, media_type=media.media_type, headers=headers)


def reading_language(visit: Visit, draft: Draft) -> str:
    """The reader's own language if the form has it, else the person's."""
    complete = draft.sheet.complete_languages()
    return visit.language if visit.language in complete else draft.submission.language


def _without_row(draft: Draft, form: FormData) -> Draft:
    row = str(form.get("row", ""))
    if not row.isascii() or not row.isdigit():
        raise Invalid(_("This cannot be removed. Please go back and look at it again."))
    return draft.without_row(str(form.get("repeat", "")), int(row))


def _following(draft: Draft, sections: list[Section], place: int | None, go: str) -> str:
    """The address that comes after a page without faults."""
    here = 0 if place is None else place
    if go == PAUSE:
        return f"/cases/{draft.case.number}#forms"
    if go == DROP_ROW:
        return _address(draft)
    if go == BACK:
        return f"{_address(draft)}?at={sections[max(here - 1, 0)].at}" if sections else _address(draft)
    if place is not None and waiting_place(draft, [sections[place]]) is not None:
        return f"{_address(draft)}?at={sections[place].at}&more=true"
    if go == NEXT and place is not None and place + 1 < len(sections):
        return f"{_address(draft)}?at={sections[place + 1].at}"
    return _address(draft)


def _address(draft: Draft) -> str:
    return f"/cases/{draft.case.number}/forms/{draft.submission.id}"


def _section_page(
    visit: Visit, done: Page, sections: list[Section], place: int, *, status_code: int = 200, has_more: bool = False
) -> Response:
    draft, section = done.draft, sections[place]
    language = reading_language(visit, draft)
    return page(
        visit,
        "form_section.html",
        status_code=status_code,
        draft=draft,
        section=section,
        title=wording.title(draft.sheet),
        address=_address(draft),
        headings=[
            say(language, each)
            for each in wording.group_labels(draft.sheet, section.questions[0], language, draft.answers)
        ],
        fields=[_field(draft, question, done, language) for question in section.questions],
        form_language=language,
        position=place + 1,
        total=len(sections),
        has_more=has_more,
        is_complete=engine.is_complete(draft.sheet, draft.answers, draft.given),
        may_drop=bool(section.repeat) and section.row > 0 and not draft.sheet.repeat(section.repeat).count,
    )


def _field(draft: Draft, question: Question, done: Page, language: str) -> Field:
    sheet, answers = draft.sheet, draft.answers
    hint = wording.hint(sheet, question, language, answers)
    answer = answers.get(question.name)
    is_file = isinstance(answer, dict)
    offered = engine.choices_for(sheet, question, answers, draft.given) if question.kind in SELECTS else ()
    return Field(
        question,
        say(language, wording.label(sheet, question, language, answers)),
        "" if hint is None else say(language, hint),
        [(each.code, say(language, wording.choice_label(sheet, question, each.code, language))) for each in offered],
        shown_in(draft, question, done.typed),
        done.faults.get(question.name),
        wording.answer_text(sheet, question, answer, language) if is_file else "",
        str(answer["file"]) if isinstance(answer, dict) else "",
        _media(question.image, language),
        _media(question.audio, language),
    )


def _media(names: dict[str, str], language: str) -> list[str]:
    chosen = names.get(language) or next(iter(names.values()), "")
    return [chosen] if chosen else []


def _review_page(visit: Visit, draft: Draft, refusal: Refusal | None = None) -> Response:
    language = reading_language(visit, draft)
    waiting = engine.next_question(draft.sheet, draft.answers, draft.given)
    return page(
        visit,
        "form_review.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and message_of(refusal),
        draft=draft,
        title=wording.title(draft.sheet),
        address=_address(draft),
        waiting=waiting,
        form_language=language,
        answers=[
            (
                question,
                wording.full_label(draft.sheet, question, language, draft.answers),
                wording.answer_text(draft.sheet, question, answer, language),
            )
            for question, answer in engine.review(draft.sheet, draft.answers, draft.given)
            if question.is_asked
        ],
    )
