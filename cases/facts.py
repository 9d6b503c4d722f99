"""Facts to count: narrow, coded, without any id of a person or case. Monitoring reads these and nothing else.

They are worked out from the tables of the house whenever something has happened to a case, and again from nothing by
`homeward facts rebuild`: there is one way to make them, so both give the same. See `referrals.facts` for the whole.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.fact_models import Fact, FactLink, FactPartner
from cases.fact_rules import NONE, Thing
from cases.rules import AGE_BANDS, UNKNOWN
from foundation import clock
from foundation.keys import fingerprint
from questionnaire.sheet import Answers

_LINK = "fact"
_PARTNER = "fact partner"
_CODED = (
    *(Fact.thing, Fact.quarter, Fact.kind, Fact.outcome, Fact.detail),
    *(Fact.country, Fact.area, Fact.came_from, Fact.return_type, Fact.sex, Fact.age_band, Fact.disability),
)
_NAMES = tuple(column.key for column in _CODED)
_BAND_OF_ANSWER = {
    "under_15": "0-14",
    "15_17": "15-17",
    "18_24": "18-24",
    "25_39": "25-39",
    "40_59": "40-59",
    "60_plus": "60+",
}

Coded = tuple[Any, ...]
"""The columns of a fact, in the order of `_CODED`, and in the end which partners know of it."""


@dataclass(frozen=True, slots=True)
class Who:
    """What a fact tells of the person it is about, in codes as coarse as they are published."""

    country: str = UNKNOWN
    area: str = UNKNOWN
    came_from: str = UNKNOWN
    return_type: str = UNKNOWN
    sex: str = UNKNOWN
    age_band: str = UNKNOWN
    disability: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing to count, on its day. `who`: if it is about someone else than the person whose case it is."""

    thing: Thing
    on: date
    kind: str = NONE
    outcome: str = NONE
    detail: str = NONE
    who: Who | None = None
    known_to: frozenset[UUID] = frozenset()
    """Partners that know of it."""

    def coded(self, who: Who, partners: Mapping[UUID, str] = MappingProxyType({})) -> Coded:
        """`partners`: the fingerprints of those that know of it, by id."""
        about = self.who or who
        return (
            *(self.thing, quarter_of(self.on), self.kind, self.outcome, self.detail),
            *(about.country, about.area, about.came_from, about.return_type),
            *(about.sex, about.age_band, about.disability),
            tuple(sorted(partners[each] for each in self.known_to)),
        )


def quarter_of(day: date) -> date:
    """First day of the quarter that `day` lies in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def age_band(answers: Answers, on: date | None = None) -> str:
    """The published age band of someone who filled in the arrival form, today or `on` a day; `unknown` if not said."""
    birth_year = answers.get("birth_year")
    if isinstance(birth_year, int):
        age = (on or clock.today()).year - birth_year
        return next(
            (code for code, first, last in AGE_BANDS if first <= age and (last is None or age <= last)), UNKNOWN
        )
    return _BAND_OF_ANSWER.get(str(answers.get("age_band")), UNKNOWN)


def someone(who: Who, age: str) -> Who:
    """Someone else of the same case, of whom no more than this is known."""
    return replace(who, sex=UNKNOWN, age_band=age, disability=UNKNOWN)


async def keep_facts(session: AsyncSession, found: Mapping[UUID, Sequence[Coded]]) -> int:
    """Make the facts of each subject those given; returns how many changed. What is right already is left alone."""
    prints = {subject_id: await _print_of(session, subject_id) for subject_id in found}
    known: defaultdict[str, defaultdict[Coded, list[UUID]]] = defaultdict(lambda: defaultdict(list))
    rows = await session.execute(
        select(FactLink.subject, Fact.id, *_CODED)
        .join(Fact, Fact.id == FactLink.fact_id)
        .where(FactLink.subject.in_(list(prints.values())))
    )
    found_rows = rows.all()
    partners = await _partners_of(session, prints.values())
    for row in found_rows:
        known[row.subject][*row[2:], tuple(sorted(partners[row.id]))].append(row.id)
    gone: list[UUID] = []
    facts: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    known_to: list[dict[str, Any]] = []
    for subject_id, wanted in found.items():
        subject = prints[subject_id]
        missing = Counter(wanted)
        for coded, ids in known[subject].items():
            missing[coded] -= len(ids)
            gone += ids[len(ids) + min(missing[coded], 0) :]
        for row_of, number in missing.items():
            for _each in range(number):
                fact_id = uuid4()
                *codes, partners_of = row_of
                facts.append({"id": fact_id, **dict(zip(_NAMES, codes, strict=True))})
                links.append({"fact_id": fact_id, "subject": subject})
                known_to += [{"fact_id": fact_id, "partner": partner} for partner in partners_of]
    if gone:
        await session.execute(delete(FactLink).where(FactLink.fact_id.in_(gone)))
        await session.execute(delete(FactPartner).where(FactPartner.fact_id.in_(gone)))
        await session.execute(delete(Fact).where(Fact.id.in_(gone)))
    if facts:
        await session.execute(insert(Fact), facts)
        await session.execute(insert(FactLink), links)
    if known_to:
        await session.execute(insert(FactPartner), known_to)
    return len(gone) + len(facts)


async def cut_links(session: AsyncSession, subject_ids: Iterable[UUID]) -> None:
    """From now on nothing leads to these subjects' facts, and nothing changes them any more."""
    prints = [await _print_of(session, each) for each in subject_ids]
    await session.execute(delete(FactLink).where(FactLink.subject.in_(prints)))


async def partner_prints(session: AsyncSession, partner_ids: Iterable[UUID]) -> dict[UUID, str]:
    """How facts name these organisations."""
    return {each: await fingerprint(session, _PARTNER, each.hex) for each in set(partner_ids)}


async def _partners_of(session: AsyncSession, subjects: Iterable[str]) -> defaultdict[UUID, list[str]]:
    """The partners that know of each fact of these subjects."""
    rows = await session.execute(
        select(FactPartner.fact_id, FactPartner.partner)
        .join(FactLink, FactLink.fact_id == FactPartner.fact_id)
        .where(FactLink.subject.in_(list(subjects)))
    )
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for fact_id, partner in rows:
        found[fact_id].append(partner)
    return found


async def _print_of(session: AsyncSession, subject_id: UUID) -> str:
    return await fingerprint(session, _LINK, subject_id.hex)
