"""The reintegration survey: its instrument and weights, and results that are kept with the versions that made them.

A result is a hint for people. It switches nothing off, and another set of weights never changes an old one.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.models import Case, FollowUp, Submission, SurveyResult
from foundation import audit, clock
from foundation.keys import open_subjects
from foundation.language import Message, _, _p
from foundation.sealing import SubjectKey
from questionnaire.scoring import (
    COMPOSITE,
    Instrument,
    Mean,
    Result,
    ScoringRefused,
    Weights,
    means,
    read_instrument,
    read_weights,
    score,
    shown,
)
from questionnaire.sheet import Answers

INSTRUMENTS = Path(__file__).resolve().parent / "instruments"
SURVEY = "reintegration"
"""The id of the form; also of its instrument's file."""
INTERIM = "interim-equal-1"
FEWEST = 10
"""Below so many results no mean is shown: it would tell of single people."""
_PLACES = 6

DIMENSION_NAMES: dict[str, Message] = {
    "economic": _p("survey", "Work and money"),
    "social": _p("survey", "Home and services"),
    "psychosocial": _p("survey", "People, safety and feelings"),
    COMPOSITE: _p("survey", "Everything together"),
}
# Translators: How much support someone may need, from what they answered. A hint, never a verdict.
BAND_NAMES: dict[str, Message] = {
    "high_need": _p("support", "may need much support"),
    "medium_need": _p("support", "may need some support"),
    "low_need": _p("support", "may need little support"),
}
NOT_ENOUGH = _("too few answers to say")


@dataclass(frozen=True, slots=True)
class Scored:
    """A stored result, opened. `values` and `bands` by dimension and `composite`; None: too little was answered."""

    submission_id: UUID
    follow_up_id: UUID | None
    instrument_version: str
    weights_version: str
    values: dict[str, Fraction | None]
    bands: dict[str, str | None]
    answered: int
    expected: int
    red_flags: tuple[str, ...]
    scored_at: datetime


@cache
def instrument() -> Instrument:
    return read_instrument((INSTRUMENTS / f"{SURVEY}.json").read_text(encoding="utf-8"))


class _InForce:
    """The weights in use in this process; the interim ones until `use_weights` names others."""

    weights: Weights | None = None


@cache
def interim_weights() -> Weights:
    """Ours, not official: what counts until someone brings the real ones."""
    return read_weights((INSTRUMENTS / f"{INTERIM}.json").read_text(encoding="utf-8"), instrument())


def use_weights(path: Path | None) -> None:
    """From now on this process scores with these; None: the interim ones. Raises ScoringRefused or OSError."""
    _InForce.weights = None if path is None else weights_of(path)


def weights_of(path: Path) -> Weights:
    """Raises ScoringRefused, also for other weights under the name of the interim ones; or OSError."""
    weights = read_weights(path.read_text(encoding="utf-8"), instrument())
    if weights.version == INTERIM and weights != interim_weights():
        raise ScoringRefused(f"version: {INTERIM} is the name of other weights; give these a name of their own.")
    return weights


def weights_in_force() -> Weights:
    return _InForce.weights or interim_weights()


def record_result(
    session: AsyncSession,
    case: Case,
    submission: Submission,
    key: SubjectKey,
    answers: Answers,
    follow_up: FollowUp | None,
    *,
    actor: Actor,
) -> Result:
    """Score a survey that was sent, with the weights of this day, and keep the result sealed."""
    result = score(instrument(), weights_in_force(), answers)
    session.add(
        SurveyResult(
            submission_id=submission.id,
            case_id=case.id,
            follow_up_id=follow_up.id if follow_up else None,
            instrument_version=result.instrument_version,
            weights_version=result.weights_version,
            scores=key.seal(SurveyResult.scores, submission.id, _stored(result)),
            scored_at=clock.now(),
        )
    )
    audit.record(
        session,
        actor.id,
        "survey.scored",
        case.id,
        submission=submission.id,
        instrument=result.instrument_version,
        weights=result.weights_version,
        answered=result.answered,
        expected=result.expected,
    )
    return result


async def results_of(session: AsyncSession, case: Case, key: SubjectKey) -> list[Scored]:
    """Every result of a case, oldest first."""
    return [opened(row, key) for row in await session.scalars(_RESULTS, {"case_id": case.id})]


_RESULTS = (
    select(SurveyResult)
    .where(SurveyResult.case_id == bindparam("case_id"))
    .order_by(SurveyResult.scored_at, SurveyResult.submission_id)
)


def opened(row: SurveyResult, key: SubjectKey) -> Scored:
    scores: dict[str, Any] = key.open(SurveyResult.scores, row.submission_id, row.scores)
    return Scored(
        submission_id=row.submission_id,
        follow_up_id=row.follow_up_id,
        instrument_version=row.instrument_version,
        weights_version=row.weights_version,
        values={name: None if text is None else Fraction(text) for name, text in scores["exact"].items()},
        bands=scores["bands"],
        answered=scores["answered"],
        expected=scores["expected"],
        red_flags=tuple(scores["red_flags"]),
        scored_at=row.scored_at,
    )


def _stored(result: Result) -> dict[str, Any]:
    """The decimals are for other readers of the file; what is counted with is exact."""
    values = {**result.dimensions, COMPOSITE: result.composite}
    return {
        **{name: None if value is None else str(shown(value, _PLACES)) for name, value in values.items()},
        "exact": {name: None if value is None else str(value) for name, value in values.items()},
        "bands": dict(result.bands),
        "answered": result.answered,
        "expected": result.expected,
        "red_flags": list(result.red_flags),
    }


async def means_by_wave(session: AsyncSession, cases: Select[UUID]) -> dict[str, list[Mean]]:
    """Mean composites of `cases` by wave, one for each pair of versions, none of fewer than ten people.

    A correction counts in place of what it corrects: one result a person and wave.
    """
    rows = (
        await session.execute(
            select(SurveyResult, FollowUp.wave, Case.person_id)
            .join(FollowUp, FollowUp.submission_id == SurveyResult.submission_id)
            .join(Case, Case.id == SurveyResult.case_id)
            .where(SurveyResult.case_id.in_(cases), Case.person_id.is_not(None))
        )
    ).all()
    keys = await open_subjects(session, [person_id for _row, _wave, person_id in rows if person_id])
    composites: dict[str, list[tuple[str, str, Fraction]]] = {}
    for row, wave, person_id in rows:
        value = opened(row, keys[person_id]).values[COMPOSITE] if person_id in keys else None
        if value is not None:
            composites.setdefault(wave, []).append((row.instrument_version, row.weights_version, value))
    return {wave: [mean for mean in means(each) if mean.count >= FEWEST] for wave, each in composites.items()}
