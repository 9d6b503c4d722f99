"""Facts to count: narrow, coded, without any id of a person or case. Monitoring reads these and nothing else."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Case, Fact
from cases.rules import AGE_BANDS, UNKNOWN, Thing
from foundation import clock
from questionnaire.sheet import Answers

_BAND_OF_ANSWER = {
    "under_15": "0-14",
    "15_17": "15-17",
    "18_24": "18-24",
    "25_39": "25-39",
    "40_59": "40-59",
    "60_plus": "60+",
}


def quarter_of(day: date) -> date:
    """First day of the quarter that `day` lies in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def age_band(answers: Answers) -> str:
    """The published age band of someone who filled in the arrival form; `unknown` if they did not say."""
    birth_year = answers.get("birth_year")
    if isinstance(birth_year, int):
        age = clock.today().year - birth_year
        return next(
            (code for code, first, last in AGE_BANDS if first <= age and (last is None or age <= last)), UNKNOWN
        )
    return _BAND_OF_ANSWER.get(str(answers.get("age_band")), UNKNOWN)


def case_fact(case: Case, answers: Answers) -> Fact:
    """The fact that counts a case, from the arrival form."""
    sex = answers.get("sex")
    return Fact(
        id=uuid4(),
        thing=Thing.CASE,
        quarter=quarter_of(case.opened_at.date()),
        country=case.country or UNKNOWN,
        area=case.area or UNKNOWN,
        sex=str(sex) if sex in ("female", "male", "other") else UNKNOWN,
        age_band=age_band(answers),
        kind=UNKNOWN,
        outcome=UNKNOWN,
    )


async def new_fact(session: AsyncSession, case: Case, thing: Thing, *, kind: str, outcome: str = "open") -> Fact:
    """Count something that belongs to a case, with the case's own codes."""
    base = await session.get(Fact, case.fact_id) if case.fact_id else None
    fact = Fact(
        id=uuid4(),
        thing=thing,
        quarter=quarter_of(clock.today()),
        country=case.country or UNKNOWN,
        area=case.area or UNKNOWN,
        sex=base.sex if base else UNKNOWN,
        age_band=base.age_band if base else UNKNOWN,
        kind=kind,
        outcome=outcome,
    )
    session.add(fact)
    return fact


async def set_outcome(session: AsyncSession, fact_id: UUID | None, outcome: str) -> None:
    """Bring the fact up to date. Nothing to do once erasure has cut the link to it."""
    await session.execute(update(Fact).where(Fact.id == fact_id).values(outcome=outcome))
