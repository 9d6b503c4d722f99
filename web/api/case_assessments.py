"""Assessments of a case: which are due and why, what changed between two of them; the level of risk; codes by words."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from access.rules import Permission
from cases.assessment_rules import Assessment, DueState, RiskLevel, SuggestedLevel
from cases.classifications import search
from cases.comparing import Change, ChangeKind
from cases.functioning import has_disability
from cases.messages import person_of
from cases.queries import FilledForm, case_file
from cases.risk import arrivals_of, set_risk
from cases.rules import CaseStatus
from cases.screening import marked
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import say
from questionnaire.engine import answered
from web.api.case_forms import FormTold, form_told
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import NOTHING_HERE, Visit, guarded
from web.pages import assessments as pages
from web.pages.assessment_part import RiskView, assessment_part, risk_views
from web.pages.form_part import form_part

router = api_router("", "assessments")

_reader = guarded(Permission.CASE_READ)


class AssessmentTold(Answer):
    assessment: Assessment
    """Also the id of the form that it is made with."""
    state: DueState
    reasons: list[str]
    """Why it is due; where that is not known, what it would be due for."""
    done_at: datetime | None
    draft_id: UUID | None
    """What staff have begun of it and not sent yet."""
    can_be_sent: bool
    """The person can be asked to fill it in themselves."""


class RiskSetTold(Answer):
    level: RiskLevel
    suggested: SuggestedLevel
    """What the rules suggested then."""
    rules: list[str]
    """What spoke for it then."""
    missing: list[str]
    """What was not known then."""
    reason: str
    set_by: str
    set_at: datetime


class SuggestionTold(Answer):
    """A hint for people: it decides nothing and switches no flag off."""

    level: SuggestedLevel
    rules: list[str]
    missing: list[str]


class AssessmentsTold(Answer):
    assessments: list[AssessmentTold]
    risk: RiskSetTold | None
    """The level in force; null: nobody has set one yet."""
    suggestion: SuggestionTold
    may_begin: bool
    """The case is open and the person agrees that data is kept."""


class FillingTold(Answer):
    id: UUID
    version: str
    at: datetime
    filled_by: str | None
    """Who of the staff; null: the person."""


class ChangeTold(Answer):
    key: str
    kind: ChangeKind
    heading: str
    question: str
    before: str
    """As a person reads it; empty: not answered."""
    after: str


class ComparisonTold(Answer):
    form: str
    made: list[FillingTold]
    """Every time that it was filled in, the newest first."""
    newer: FormTold
    older: UUID | None
    """With which it is compared; null: with none."""
    changes: list[ChangeTold]
    flags: list[str]
    """What is marked on the screen; empty for every other form."""
    functioning: bool | None
    """Of the screen: much difficulty in at least one domain of the Washington Group; null: not known."""


class RiskBody(Body):
    level: RiskLevel
    reason: Text
    """Why: what it rests on."""


class WordsBody(Body):
    words: Line


class CodeFound(Answer):
    scheme: str
    """Such as ISCO-08."""
    code: str
    title: str
    examples: str
    """Parted by commas."""
    parent: str
    """The group it belongs to; empty on top."""


@router.get("/cases/{number}/assessments")
async def assessments(visit: Annotated[Visit, _reader], number: CaseNumber) -> AssessmentsTold:
    language = visit.language
    async with viewing(visit, number) as (session, _case):
        file = await case_file(session, visit.actor, number)
        arrivals = await arrivals_of(session, file.case)
        part = await assessment_part(session, file, await form_part(session, file, language), arrivals)
    if part is None:
        raise NotFound(NOTHING_HERE)
    return AssessmentsTold(
        assessments=[
            AssessmentTold(
                assessment=each.assessment,
                state=each.state,
                reasons=[say(language, why) for why in each.reasons],
                done_at=each.done_at,
                draft_id=each.draft_id,
                can_be_sent=each.can_be_sent,
            )
            for each in part.views
        ],
        risk=_setting(part.risk[0], language) if part.risk else None,
        suggestion=SuggestionTold(
            level=part.suggestion.level,
            rules=[say(language, each) for each in part.rules],
            missing=[say(language, each) for each in part.missing],
        ),
        may_begin=part.may_begin,
    )


@router.get("/cases/{number}/assessments/{sheet_id}")
async def comparison(
    visit: Annotated[Visit, _reader],
    number: CaseNumber,
    sheet_id: pages.SheetId,
    before: Annotated[UUID | None, Query(description="The older filling.")] = None,
    after: Annotated[UUID | None, Query(description="The newer filling.")] = None,
) -> ComparisonTold:
    """A form as it was filled in, and what changed since: the newest and the one before, unless others are named."""
    async with viewing(visit, number) as (session, case):
        if case.status is CaseStatus.ERASED:
            raise NotFound(NOTHING_HERE)
        made = await pages.made_of(session, case, sheet_id)
    newer = pages.chosen(made, after) or made[0]
    older = pages.chosen(made, before) or next((each for each in made if each.at < newer.at), None)
    language = pages.language_of(visit, newer)
    is_screen = sheet_id == Assessment.SCREEN
    return ComparisonTold(
        form=sheet_id,
        made=[
            FillingTold(id=each.submission.id, version=each.sheet.version, at=each.at, filled_by=each.filled_by)
            for each in made
        ],
        newer=form_told(
            FilledForm(
                newer.sheet, newer.submission, answered(newer.sheet, newer.answers), newer.answers, newer.filled_by
            ),
            visit.language,
        ),
        older=older.submission.id if older else None,
        changes=[]
        if older is None
        else [_change(each, older, newer, language) for each in pages.changes_between(older, newer)],
        flags=[say(visit.language, flag.name) for flag in marked(newer.answers)] if is_screen else [],
        functioning=has_disability(newer.answers) if is_screen else None,
    )


@router.get("/cases/{number}/risk")
async def levels(visit: Annotated[Visit, _reader], number: CaseNumber) -> list[RiskSetTold]:
    """Every setting of the level of risk, the one in force first."""
    async with viewing(visit, number) as (session, case):
        key = await open_subject(session, (await person_of(session, case)).id)
        history = await risk_views(session, case, key)
    return [_setting(each, visit.language) for each in history]


@router.post("/cases/{number}/risk", status_code=201)
async def set_level(visit: Annotated[Visit, guarded(Permission.RISK_SET)], number: CaseNumber, body: RiskBody) -> Made:
    async with changing(visit, number) as (session, case):
        setting = await set_risk(session, case, body.level, body.reason, actor=visit.actor)
    return Made(id=setting.id)


@router.post("/codes/search")
async def search_codes(visit: Annotated[Visit, guarded(Permission.FORM_FILL)], body: WordsBody) -> list[CodeFound]:
    """Codes of work and education (ISCO-08, ISCED) by everyday words in the reader's language or in English."""
    return [
        CodeFound(**{name: getattr(each, name) for name in CodeFound.model_fields})
        for each in search(body.words, visit.language)
    ]


def _setting(view: RiskView, language: str) -> RiskSetTold:
    setting = view.setting
    return RiskSetTold(
        level=setting.level,
        suggested=setting.suggested,
        rules=[say(language, each) for each in view.rules],
        missing=[say(language, each) for each in view.missing],
        reason=setting.reason,
        set_by=setting.set_by,
        set_at=setting.set_at,
    )


def _change(change: Change, older: pages.Made, newer: pages.Made, language: str) -> ChangeTold:
    line = pages.compared_line(change, older, newer, language)
    return ChangeTold(
        key=change.key,
        kind=change.kind,
        heading=line.heading,
        question=line.label,
        before=line.before,
        after=line.after,
    )
