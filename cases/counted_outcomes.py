"""What is counted of follow-up: who was reached in each wave, what they said of some items, and the bands of scores.

A wave is counted in the quarter in which it fell due. It falls due a fixed time after the return, so all who stand
in one quarter came back in one quarter: a cohort that nobody leaves, whether they were reached or not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.counted_files import CaseFile, by_case, ids_of
from cases.fact_rules import Thing, Told, Weighed
from cases.facts import Counted
from cases.models import FollowUp, SurveyResult
from cases.rules import FollowUpState
from cases.surveys import INTERIM, SURVEY, opened
from foundation.keys import open_subjects
from foundation.sealing import SubjectKey
from questionnaire.scoring import COMPOSITE
from questionnaire.sheet import Answers


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the survey, and which of its answers are a yes and a no. Any other answer is missing."""

    name: str
    yes: frozenset[str]
    no: frozenset[str]

    def read(self, answers: Answers) -> Told:
        answer = answers.get(self.name)
        return Told.YES if answer in self.yes else Told.NO if answer in self.no else Told.NOT_KNOWN


ITEMS: Mapping[Thing, Item] = {
    Thing.ANSWER_WORK: Item("E07", frozenset(["yes", "in_school_or_training"]), frozenset(["no"])),
    Thing.ANSWER_IDENTITY: Item("S06", frozenset(["yes"]), frozenset(["no"])),
    Thing.ANSWER_SCHOOL: Item("S04", frozenset(["all"]), frozenset(["some", "none"])),
    Thing.ANSWER_DISCRIMINATION: Item(
        "P06", frozenset(["very_often", "often", "sometimes"]), frozenset(["rarely", "never"])
    ),
}
"""`Thing.ANSWER_SUPPORT` is not among them: whether someone got what they asked for is read from referrals."""
_HAS_PUPILS = "school_age_children"


async def outcomes(session: AsyncSession, files: Sequence[CaseFile]) -> Iterable[tuple[CaseFile, Counted]]:
    """Everything of follow-up in these files."""
    ids = ids_of(files)
    waves = by_case(
        await session.scalars(
            select(FollowUp).where(FollowUp.case_id.in_(ids), FollowUp.state != FollowUpState.PLANNED)
        ),
        files,
    )
    results = {
        each.submission_id: each
        for each in await session.scalars(select(SurveyResult).where(SurveyResult.case_id.in_(ids)))
    }
    keys = await open_subjects(session, [file.case.person_id for file in files if file.case.person_id])
    return [found for file, rows in waves for wave in rows for found in _wave(file, wave, results, keys)]


def surveyed(file: CaseFile, wave: FollowUp) -> Answers | None:
    """What was said in a wave that asked the survey; None if none was, or another form."""
    sheet_id, answers = file.forms.get(wave.submission_id, ("", {})) if wave.submission_id else ("", {})
    return answers if sheet_id == SURVEY else None


def _wave(
    file: CaseFile, wave: FollowUp, results: Mapping[UUID, SurveyResult], keys: Mapping[UUID, SubjectKey]
) -> Iterator[tuple[CaseFile, Counted]]:
    """Every question is counted of everyone who was to be asked, so that all tables of a wave are about one whole."""
    yield file, Counted(Thing.FOLLOW_UP, wave.due_on, wave.wave, wave.state)
    answers = surveyed(file, wave)
    for thing, item in ITEMS.items():
        asked = answers is not None and not (thing is Thing.ANSWER_SCHOOL and answers.get(_HAS_PUPILS) == "no")
        answer = item.read(answers or {}) if asked else Told.NOT_APPLICABLE
        yield file, Counted(thing, wave.due_on, wave.wave, answer, wave.state)
    row = results.get(wave.submission_id) if wave.submission_id else None
    key = keys.get(file.case.person_id) if file.case.person_id else None
    band: str = Told.NOT_APPLICABLE
    if answers is not None and row is not None and key is not None:
        found = opened(row, key).bands.get(COMPOSITE)
        weighed = Weighed.INTERIM if row.weights_version == INTERIM else Weighed.OWN
        band = f"{weighed}_{found}" if found else Told.NOT_KNOWN
    yield file, Counted(Thing.SCORE, wave.due_on, wave.wave, band, wave.state)
