"""Assessments over time: every filling of a form, and what changed between two; the level of risk; codes by words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.models import StaffMember
from access.rules import Permission
from cases.answers import open_answers, submissions_of
from cases.assessment_rules import Assessment, RiskLevel
from cases.classifications import search
from cases.comparing import Change, Filling, changes
from cases.functioning import has_disability
from cases.messages import person_of
from cases.models import Case, Submission
from cases.queries import find_case, record_view
from cases.risk import set_risk
from cases.rules import CaseStatus
from cases.screening import marked
from cases.sheets import sheet_of
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import Message, _, _p, say
from questionnaire import wording
from questionnaire.engine import answered
from questionnaire.sheet import Answer, Kind, Question, Sheet
from web.forms import CaseNumber, Line, Posted, Text
from web.guard import NOTHING_HERE, Visit, guarded
from web.pages.assessment_part import risk_views
from web.pages.case_work import carry_out
from web.rendering import page

router = APIRouter(include_in_schema=False)

SheetId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_.:+-]+$")]
NOTE = "_note"
"""Ends the name of a question that asks for a note on the question it is named after."""
CHANGE_NAMES: dict[str, Message] = {
    "added": _p("compared answers", "New"),
    "changed": _p("compared answers", "Changed"),
    "removed": _p("compared answers", "No longer answered"),
}
FUNCTIONING: dict[bool | None, Message] = {
    True: _("Washington Group: much difficulty in at least one domain."),
    False: _("Washington Group: no domain with much difficulty."),
    None: _("Washington Group: not known, because answers are missing."),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A form as it was filled in once."""

    submission: Submission
    sheet: Sheet
    answers: dict[str, Answer]
    filled_by: str | None

    @property
    def at(self) -> datetime:
        return self.submission.submitted_at or self.submission.started_at

    @property
    def filling(self) -> Filling:
        return Filling(self.sheet, self.answers)


@dataclass(frozen=True, slots=True)
class LineView:
    """A question in the reader's words. `heading`: the groups and the row it stands in."""

    heading: str
    label: str
    before: str
    after: str
    kind: str


class RiskForm(Posted):
    level: RiskLevel
    reason: Text = ""


class SearchForm(Posted):
    words: Line = ""


@router.get("/cases/{number}/assessments/{sheet_id}")
async def show_assessment(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)],
    number: CaseNumber,
    sheet_id: SheetId,
    before: Annotated[UUID | None, Query()] = None,
    after: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Two fillings side by side: the newest and the one before it, unless others are asked for."""
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        made = await made_of(session, case, sheet_id)
        record_view(session, case, actor=visit.actor)
    newer = chosen(made, after) or made[0]
    older = chosen(made, before) or next((each for each in made if each.at < newer.at), None)
    language = language_of(visit, newer)
    is_screen = sheet_id == Assessment.SCREEN
    return page(
        visit,
        "assessment.html",
        case=case,
        is_open=case.status is CaseStatus.OPEN,
        title=wording.title(newer.sheet),
        sheet_id=sheet_id,
        form_language=language,
        made=made,
        newer=newer,
        older=older,
        is_newest=newer is made[0],
        compared=[]
        if older is None
        else [compared_line(each, older, newer, language) for each in changes_between(older, newer)],
        change_names=CHANGE_NAMES,
        answers=_answers(newer, language),
        flags=[flag.name for flag in marked(newer.answers)] if is_screen else [],
        functioning=FUNCTIONING[has_disability(newer.answers)] if is_screen else None,
    )


@router.get("/cases/{number}/risk")
async def show_levels(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> Response:
    """Every setting of the level of risk, with what the rules suggested then."""
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        person = await person_of(session, case)
        record_view(session, case, actor=visit.actor)
        history = await risk_views(session, case, await open_subject(session, person.id))
    return page(visit, "case_risk.html", case=case, history=history)


@router.post("/cases/{number}/risk")
async def set_level(
    visit: Annotated[Visit, guarded(Permission.RISK_SET)], number: CaseNumber, form: Annotated[RiskForm, Form()]
) -> Response:
    async def set_it(session: AsyncSession, case: Case) -> None:
        await set_risk(session, case, form.level, form.reason, actor=visit.actor)

    return await carry_out(visit, number, set_it, form, back_to="risk")


@router.get("/codes")
async def show_codes(visit: Annotated[Visit, guarded(Permission.FORM_FILL)]) -> Response:
    return page(visit, "codes.html", words_sought="", found=None)


@router.post("/codes")
async def search_codes(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], form: Annotated[SearchForm, Form()]
) -> Response:
    """Answered in place, like every search: words that someone types end up in no address."""
    return page(visit, "codes.html", words_sought=form.words, found=search(form.words, visit.language))


async def made_of(session: AsyncSession, case: Case, sheet_id: str) -> list[Made]:
    """Newest first. Raises NotFound if the form was never sent in."""
    sent = [each for each in await submissions_of(session, case) if each.sheet_id == sheet_id]
    if not sent:
        raise NotFound(NOTHING_HERE)
    key = await open_subject(session, (await person_of(session, case)).id)
    ids = {each.filled_by for each in sent} - {None}
    names = await session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    staff = {row.id: row.name for row in names}
    return [
        Made(
            each,
            await sheet_of(session, each.sheet_id, each.sheet_version),
            open_answers(key, each),
            staff.get(each.filled_by) if each.filled_by else None,
        )
        for each in reversed(sent)
    ]


def chosen(made: Sequence[Made], submission_id: UUID | None) -> Made | None:
    if submission_id is None:
        return None
    found = next((each for each in made if each.submission.id == submission_id), None)
    if found is None:
        raise NotFound(NOTHING_HERE)
    return found


def language_of(visit: Visit, made: Made) -> str:
    return visit.language if visit.language in made.sheet.complete_languages() else made.submission.language


def changes_between(older: Made, newer: Made) -> list[Change]:
    return [] if older is newer else changes(older.filling, newer.filling)


def compared_line(change: Change, older: Made, newer: Made, language: str) -> LineView:
    heading, label = _words(change.sheet, change.question, language, newer.answers)
    return LineView(
        heading,
        label,
        _said(older.sheet, change.key, change.before, language),
        _said(newer.sheet, change.key, change.after, language),
        change.kind,
    )


def _answers(made: Made, language: str) -> list[LineView]:
    """Every answer that was given; what was skipped is left out, so that the page stays short."""
    return [
        LineView(*_words(made.sheet, question, language, made.answers), "", said, "")
        for question, answer in answered(made.sheet, made.answers)
        if question.kind is not Kind.NOTE and (said := wording.answer_text(made.sheet, question, answer, language))
    ]


def _said(sheet: Sheet, key: str, answer: Answer, language: str) -> str:
    return "" if answer is None else wording.answer_text(sheet, sheet.question(key), answer, language)


def _words(sheet: Sheet, question: Question, language: str, answers: dict[str, Answer]) -> tuple[str, str]:
    heading = " · ".join(say(language, each) for each in wording.group_labels(sheet, question, language, answers))
    label = say(language, wording.label(sheet, question, language, answers))
    noted = _noted(sheet, question)
    return (
        heading,
        label if noted is None else f"{say(language, wording.label(sheet, noted, language, answers))} · {label}",
    )


def _noted(sheet: Sheet, question: Question) -> Question | None:
    """The question that this one asks for a note on."""
    if not question.name.endswith(NOTE):
        return None
    try:
        return sheet.question(question.name.removesuffix(NOTE))
    except KeyError:
        return None
