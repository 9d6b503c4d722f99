"""The part of a case page about assessments: which are done, which are due and why, and the level of risk."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cases.assessment import Due, Known, due
from cases.assessment_rules import ASSESSMENT_NAMES, DUE_STATE_NAMES, Assessment, DueState, RiskLevel
from cases.models import Case
from cases.queries import CaseFile
from cases.risk import MOVED, SetRisk, known_of, risk_history
from cases.risk_suggestion import Suggestion, rule_words, suggest
from foundation.keys import open_subject
from foundation.language import Message
from foundation.sealing import SubjectKey
from web.pages.form_part import FormPart


@dataclass(frozen=True, slots=True)
class AssessmentView:
    assessment: Assessment
    name: Message
    state: DueState
    state_name: Message
    reasons: list[Message]
    done_at: datetime | None
    draft_id: UUID | None
    """What staff have begun of it and not sent yet."""
    can_be_sent: bool
    """The person can be asked to fill it in themselves."""

    @property
    def is_due(self) -> bool:
        return self.state is DueState.DUE


@dataclass(frozen=True, slots=True)
class RiskView:
    """One setting, with what spoke for it in words."""

    setting: SetRisk
    rules: list[Message]
    missing: list[Message]


@dataclass(frozen=True, slots=True)
class AssessmentPart:
    """`may_begin`: the case is open and the person agrees that data is kept."""

    views: list[AssessmentView]
    risk: list[RiskView]
    """The one in force first."""
    suggestion: Suggestion
    rules: list[Message]
    missing: list[Message]
    may_begin: bool
    levels: list[RiskLevel]


async def assessment_part(
    session: AsyncSession, file: CaseFile, forms: FormPart, arrivals: list[date]
) -> AssessmentPart | None:
    """What the case page shows; None once the person is erased."""
    if file.person is None:
        return None
    key = await open_subject(session, file.person.id)
    known = known_from(file, arrivals)
    suggestion = suggest(known)
    history = await risk_views(session, file.case, key)
    drafts = {draft.sheet_id: draft.submission_id for draft in forms.drafts}
    reach = {choice.sheet_id for choice in forms.choices if choice.reaches_person}
    return AssessmentPart(
        [_view(each, drafts.get(each.assessment), can_be_sent=each.assessment in reach) for each in due(known)],
        history,
        suggestion,
        _words(suggestion.rules),
        _words(suggestion.missing),
        bool(forms.choices),
        list(RiskLevel),
    )


async def risk_views(session: AsyncSession, case: Case, key: SubjectKey) -> list[RiskView]:
    """Every setting of the level, the one in force first."""
    return [RiskView(each, _words(each.rules), _words(each.missing)) for each in await risk_history(session, case, key)]


def known_from(file: CaseFile, arrivals: list[date]) -> Known:
    """What the rules look at, from what the page has read anyway; with what forms work out, which it does not show."""
    return known_of(
        file.case,
        [(form.submission, form.told) for form in file.forms],
        [view.flag for view in file.flags],
        file.needs,
        [(entry.at, str(entry.facts.get("phase"))) for entry in file.history if entry.event == MOVED],
        arrivals,
    )


def _view(each: Due, draft_id: UUID | None, *, can_be_sent: bool) -> AssessmentView:
    return AssessmentView(
        each.assessment,
        ASSESSMENT_NAMES[each.assessment],
        each.state,
        DUE_STATE_NAMES[each.state],
        [trigger.why for trigger in each.reasons],
        each.done_at,
        draft_id,
        can_be_sent,
    )


def _words(rules: tuple[str, ...]) -> list[Message]:
    return [rule_words(each) for each in rules]
