"""What was posted from a page of a form: each field read by the form's own rules, a fault standing at its field."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile

from cases.files import OpenedFile, store_file
from cases.filling import Draft
from cases.rules import FileKind
from foundation.errors import Invalid
from foundation.language import Message
from foundation.media import AUDIO, IMAGES, LARGEST, TOO_LARGE, clean
from questionnaire import engine
from questionnaire.engine import Given
from questionnaire.reading import Attached, Chosen, NotUnderstood, read
from questionnaire.sheet import SELECTS, Kind, Question
from questionnaire.suggestions import suggestion

ASKED, ANSWER, UPLOAD, REMOVE = "asked", "a.", "f.", "r."
"""Names of fields; behind the last three stands the key of the question."""
LARGEST_PAGE = 4 * LARGEST
"""Bytes of one posted page: a few files and the words beside them."""
_LONGEST_NAME = 100


@dataclass
class Page:
    """A posted page as it is being read. `typed`: what stands in the fields that could not be taken."""

    draft: Draft
    typed: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, Message] = field(default_factory=dict)


async def cleaned_files(form: FormData) -> dict[str, OpenedFile | Message]:
    """The files of a page by question, cleaned, or why one cannot be taken. Takes time: not for a transaction."""
    found: dict[str, OpenedFile | Message] = {}
    for name, upload in form.multi_items():
        if name.startswith(UPLOAD) and isinstance(upload, UploadFile) and upload.filename:
            found[name.removeprefix(UPLOAD)] = await _cleaned(upload)
    return found


async def _cleaned(upload: UploadFile) -> OpenedFile | Message:
    content = await upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        return TOO_LARGE
    try:
        cleaned, media_type = await asyncio.to_thread(clean, content)
    except Invalid as refusal:
        return refusal.message
    kinds = {True: FileKind.IMAGE} if media_type in IMAGES else {media_type in AUDIO: FileKind.VOICE}
    name = PurePath(upload.filename or "").name[-_LONGEST_NAME:]
    return OpenedFile(kinds.get(True, FileKind.DOCUMENT), media_type, name, cleaned)


def read_page(
    session: AsyncSession,
    draft: Draft,
    form: FormData,
    files: Mapping[str, OpenedFile | Message],
    *,
    language: str,
    is_finished: bool,
) -> Page:
    """The draft with every answer that could be taken. `language`: in which the page was read.

    `is_finished`: the page is left behind, so a question without an answer is skipped, or named if it may not be.
    """
    page = Page(draft)
    given = Given(draft.given.now, draft.given.values, language)
    for key in dict.fromkeys(map(str, form.getlist(ASKED))):
        question = _asked(page.draft, key)
        if question is not None:
            _read_field(session, page, question, form, files, given, is_finished=is_finished)
    return page


def _asked(draft: Draft, key: str) -> Question | None:
    """The question, if it is still asked now that those before it on the page are answered."""
    asked = engine.relevant_questions(draft.sheet, draft.answers, draft.given)
    return next((question for question in asked if question.name == key), None)


def _read_field(
    session: AsyncSession,
    page: Page,
    question: Question,
    form: FormData,
    files: Mapping[str, OpenedFile | Message],
    given: Given,
    *,
    is_finished: bool,
) -> None:
    key, draft = question.name, page.draft
    typed = [str(each) for each in form.getlist(ANSWER + key) if str(each).strip()]
    file = files.get(key)
    if isinstance(file, Message):
        page.faults[key] = file
    elif question.kind is Kind.NOTE:
        page.draft = draft.with_answer(key, True) if is_finished else draft  # noqa: FBT003  # a note that was read
    elif file is not None:
        _take_file(session, page, question, file, given)
    elif typed and typed == shown_in(draft, question, {}):
        _leave_as_shown(page, question, typed, given, is_finished=is_finished)
    elif typed:
        _take_words(page, question, typed, given)
    elif _keeps_file(draft, key) and f"{REMOVE}{key}" not in form:
        return
    elif fault := engine.check(draft.sheet, question, None, draft.answers, given):
        if is_finished:
            page.faults[key] = fault
            page.typed[key] = []
    elif is_finished or key in draft.answers:
        page.draft = draft.with_answer(key, None)


def _leave_as_shown(page: Page, question: Question, typed: list[str], given: Given, *, is_finished: bool) -> None:
    """Nobody touched the field: an answer stays exactly as it is; a suggestion counts once the page is left ahead."""
    draft, key = page.draft, question.name
    if key not in draft.answers:
        if is_finished:
            _take_words(page, question, typed, given)
    elif fault := engine.check(draft.sheet, question, draft.answers[key], draft.answers, given):
        page.faults[key], page.typed[key] = fault, typed


def _take_words(page: Page, question: Question, typed: list[str], given: Given) -> None:
    incoming = Chosen(tuple(typed)) if question.kind in SELECTS else typed[0]
    understood = read(page.draft.sheet, question, incoming, page.draft.answers, given)
    if isinstance(understood, NotUnderstood):
        page.faults[question.name], page.typed[question.name] = understood.message, typed
    else:
        page.draft = page.draft.with_answer(question.name, understood.value)


def _take_file(session: AsyncSession, page: Page, question: Question, file: OpenedFile, given: Given) -> None:
    """Stored only if it can be the answer."""
    draft = page.draft
    understood = read(draft.sheet, question, Attached(str(uuid4()), file.media_type), draft.answers, given)
    if isinstance(understood, NotUnderstood):
        page.faults[question.name] = understood.message
        return
    stored = store_file(session, draft.case, draft.key, file)
    page.draft = draft.with_answer(question.name, {"file": str(stored.id), "type": file.media_type})


def _keeps_file(draft: Draft, key: str) -> bool:
    """A file stays without being chosen again; so do words that were spoken."""
    return isinstance(draft.answers.get(key), dict)


def shown_in(draft: Draft, question: Question, typed: Mapping[str, list[str]]) -> list[str]:
    """What stands in the field: what was typed and could not be taken, else the answer, else the form's suggestion."""
    if question.name in typed:
        return typed[question.name]
    known = question.name in draft.answers
    answer = draft.answers[question.name] if known else suggestion(draft.sheet, question, draft.answers, draft.given)
    if answer is None or answer is True or isinstance(answer, dict):
        return []
    if question.kind is Kind.GEOPOINT:
        return [", ".join(str(answer).split()[:2])]
    return [str(each) for each in answer] if isinstance(answer, list) else [str(answer)]
