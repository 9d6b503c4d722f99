"""Case files as counting looks at them: many at once, with what the person told opened where their key is there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.answers import open_answers
from cases.facts import Who, age_band
from cases.functioning import PREFIX, has_disability
from cases.models import Case, Person, Submission
from cases.rules import UNKNOWN, CaseStatus, SubmissionState
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import ReturnType, Step
from cases.sheets import ARRIVAL
from foundation.keys import open_subjects
from questionnaire.sheet import Answers

_SEXES = frozenset(["female", "male", "other"])
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file: what is told of the person in codes, and the forms sent in, the oldest first."""

    case: Case
    language: str
    who: Who
    forms: Mapping[UUID, tuple[str, Answers]]
    """Form id and answers, by submission."""

    @property
    def opened_on(self) -> date:
        return self.case.opened_at.date()

    @property
    def is_registered(self) -> bool:
        """Whether the first form was sent in: before it, nothing is known that could be counted."""
        return any(sheet_id == ARRIVAL for sheet_id, _answers in self.forms.values())


async def read_files(session: AsyncSession, subject_ids: Iterable[UUID]) -> list[CaseFile]:
    """The files among these ids of cases or people, locked. What was erased is not among them: its facts stay."""
    ids = list(subject_ids)
    rows = await session.execute(
        select(Case, Person.language)
        .join(Person, Person.id == Case.person_id)
        .where(or_(Case.id.in_(ids), Case.person_id.in_(ids)), Case.status != CaseStatus.ERASED)
        .order_by(Case.id)
        .with_for_update(of=Case)
    )
    found = [(case, language) for case, language in rows]
    forms = await _forms(session, [case for case, _language in found])
    types = await _return_types(session, [case.id for case, _language in found])
    return [
        CaseFile(case, language, _who(case, forms[case.id].values(), types.get(case.id)), forms[case.id])
        for case, language in found
    ]


def is_counted(case: Case) -> bool:
    """A file that another of the same person goes on in place of is nobody more."""
    return case.status is not CaseStatus.DUPLICATE


def by_case(rows: Iterable[Row], files: Sequence[CaseFile]) -> list[tuple[CaseFile, list[Row]]]:
    """Rows that have a `case_id`, beside their file."""
    found: dict[UUID, list[Row]] = {file.case.id: [] for file in files}
    for row in rows:
        whose: Any = row
        found[whose.case_id].append(row)
    return [(file, found[file.case.id]) for file in files]


def ids_of(files: Sequence[CaseFile]) -> list[UUID]:
    return [file.case.id for file in files]


async def _forms(session: AsyncSession, cases: Sequence[Case]) -> dict[UUID, dict[UUID, tuple[str, Answers]]]:
    keys = await open_subjects(session, [case.person_id for case in cases if case.person_id])
    key_of = {case.id: keys[case.person_id] for case in cases if case.person_id in keys}
    found: dict[UUID, dict[UUID, tuple[str, Answers]]] = {case.id: {} for case in cases}
    submissions = await session.scalars(
        select(Submission)
        .where(Submission.case_id.in_(list(key_of)), Submission.state == SubmissionState.SUBMITTED)
        .order_by(Submission.submitted_at, Submission.id)
    )
    for each in submissions:
        found[each.case_id][each.id] = (each.sheet_id, open_answers(key_of[each.case_id], each))
    return found


async def _return_types(session: AsyncSession, case_ids: Sequence[UUID]) -> dict[UUID, ReturnType]:
    """What is told of the newest return of each case that was not halted."""
    rows = await session.execute(
        select(ReturnJourney.case_id, ReturnJourney.return_type)
        .where(ReturnJourney.case_id.in_(case_ids), ReturnJourney.step != Step.HALTED)
        .order_by(ReturnJourney.begun_at, ReturnJourney.id)
    )
    return {case_id: return_type for case_id, return_type in rows}  # noqa: C416  # the newest one wins


def _who(case: Case, forms: Iterable[tuple[str, Answers]], return_type: ReturnType | None) -> Who:
    arrival: Answers = {}
    functioning: Answers = {}
    for sheet_id, answers in forms:
        if sheet_id == ARRIVAL:
            arrival = answers
        if any(name.startswith(PREFIX) for name in answers):
            functioning = answers
    sex = str(arrival.get("sex"))
    disability = has_disability(functioning)
    return Who(
        country=case.country or UNKNOWN,
        area=case.area or UNKNOWN,
        came_from=str(arrival.get("country_from") or UNKNOWN),
        return_type=return_type or ReturnType.UNKNOWN,
        sex=sex if sex in _SEXES else UNKNOWN,
        age_band=age_band(arrival, case.opened_at.date()),
        disability=UNKNOWN if disability is None else "yes" if disability else "no",
    )
