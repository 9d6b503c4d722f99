"""Two years of releases against each partner that had people of its own among those counted, by the real way out.

The attacker shares no code with the program; see `attacker`. It holds every released table, and knows its own people.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest
from monitoring_scene import Body
from sqlalchemy import select

from cases.fact_models import Fact, FactPartner
from cases.fact_rules import Thing
from monitoring import making
from monitoring.models import Release, ReleaseFile
from monitoring.publication import find_file, tables_of
from monitoring.release_files import Edition
from monitoring.signing import MANIFEST
from tests.monitoring.attacker import WIDTH, Asked, Attacker, Codes, months_between
from tests.monitoring.releasing import QUARTER, draft_correction, draft_release, fact, opened, release

PARTNERS = ("a" * 64, "b" * 64)
OF_PARTNERS = (0.45, 0.15)
"""Which share of all people each of them knows."""
QUARTERS = [date(2023 + number // 4, number % 4 * 3 + 1, 1) for number in range(8)]
Counts = Counter[tuple[date, Codes]]
STORED = {"0-17": "15-17", "18-59": "25-39", "waiting": "sent", "received": "yes", "not_received": "no"}
"""How facts tell what is published under a broader code."""


@dataclass(frozen=True)
class Play:
    """People of one population: the codes that each of them has, and the facts that tell of one."""

    tables: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    """As published; the first is the most common."""
    things: Mapping[Thing, Mapping[str, str]]
    """Which column of the fact tells which code."""
    people: int
    """In a quarter, on average."""
    skew: int = 1
    """How much rarer each further code is."""

    def draw(self, chance: np.random.Generator) -> dict[str, str]:
        found = {}
        for name, codes in self.codes.items():
            weights = 1.0 / np.arange(1, len(codes) + 1) ** self.skew
            found[name] = codes[chance.choice(len(codes), p=weights / weights.sum())]
        return found

    def facts(self, quarter: date, codes: Mapping[str, str]) -> Iterator[Fact]:
        for thing, columns in self.things.items():
            told = {column: STORED.get(codes[name], codes[name]) for column, name in columns.items()}
            yield fact(thing, quarter, **told)


NEEDS = Play(
    ("needs",),
    {
        "need": ("work", "training", "shelter", "health"),
        "area": ("gm_basse", "gm_banjul", "gm_brikama", "tn_north_west"),
    },
    {Thing.NEED: {"kind": "need", "area": "area"}},
    people=140,
)
CASES = Play(
    ("cases", "cases_by_origin", "cases_by_return", "flagged", "plans"),
    {
        "sex": ("male", "female"),
        "age": ("18-59", "0-17"),
        "country": ("GM", "TN"),
        "came_from": ("LY", "DE"),
        "return_type": ("assisted_voluntary", "forced_escorted"),
        "flagged": ("no", "yes"),
        "plan": ("in_time", "not_yet"),
    },
    {
        Thing.CASE: {
            "sex": "sex",
            "age_band": "age",
            "country": "country",
            "came_from": "came_from",
            "return_type": "return_type",
            "outcome": "flagged",
        },
        Thing.PLAN: {"sex": "sex", "age_band": "age", "outcome": "plan"},
    },
    people=120,
    skew=2,
)
REFERRALS = Play(
    ("referrals", "referral_words", "referral_waits"),
    {
        "service": ("jobs", "training", "health"),
        "outcome": ("completed", "waiting", "declined"),
        "word": ("received", "not_received"),
        "days": ("0-7", "not_yet"),
        "area": ("gm_basse", "gm_banjul", "tn_north_west"),
    },
    {
        Thing.REFERRAL: {"kind": "service", "outcome": "outcome", "detail": "word"},
        Thing.REFERRAL_WAIT: {"kind": "service", "outcome": "days", "area": "area"},
    },
    people=120,
)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is attacked are figures: which database kept them makes no difference."""
every_play = pytest.mark.parametrize("play", [NEEDS, CASES, REFERRALS], ids=["needs", "cases", "referrals"])


def add_people(body: Body, play: Play, quarter: date, chance: np.random.Generator) -> dict[str, Counts]:
    """People of one quarter, some of whom a partner knows; returns the finest counts, '' for all."""
    told: dict[str, Counts] = {who: Counter() for who in ("", *PARTNERS)}
    for _person in range(chance.poisson(play.people)):
        codes = play.draw(chance)
        facts = list(play.facts(quarter, codes))
        body.session.add_all(facts)
        key = (quarter, tuple(sorted(codes.items())))
        told[""][key] += 1
        for partner, share in zip(PARTNERS, OF_PARTNERS, strict=True):
            if chance.random() < share:
                told[partner][key] += 1
                body.session.add_all([FactPartner(fact_id=each.id, partner=partner) for each in facts])
    return told


def total(counts: Counts, quarter: date, codes: Codes) -> int:
    return sum(n for (day, of), n in counts.items() if day == quarter and set(codes) <= set(of))


def quick_files(edition: Edition) -> dict[str, bytes]:
    """What is attacked are the frozen tables: no sheets and pages are laid out for them."""
    return {MANIFEST: json.dumps({"number": edition.number}).encode()}


@pytest.fixture
def without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "files_of", quick_files)


def small_rests(bodies: list[bytes], told: dict[str, Counts], partner: str) -> list[Asked]:
    """What remains of each cell without the partner's own people, where that is a small number."""
    asked = []
    for text in bodies:
        table: dict[str, Any] = json.loads(text)
        quarter = date.fromisoformat(table["period"]["start"])
        names = [each["name"] for each in table["dimensions"]]
        for cell in table["cells"]:
            codes = tuple(sorted((n, c) for n, c in zip(names, cell["at"], strict=True) if c != "total"))
            rest = total(told[""], quarter, codes) - (total(told[partner], quarter, codes) if partner else 0)
            if 0 < rest < 10:
                asked.append(Asked(codes, months_between(table["period"]["start"], table["period"]["end"])))
    return asked


async def play_out(
    body: Body, play: Play, chance: np.random.Generator, quarters: Sequence[date] = QUARTERS
) -> tuple[dict[str, Counts], list[bytes]]:
    told: dict[str, Counts] = {who: Counter() for who in ("", *PARTNERS)}
    for quarter in quarters:
        for who, counts in add_people(body, play, quarter, chance).items():
            told[who] += counts
        await release(body.session, quarter, body.monitor, body.second)
    releases = (await body.session.scalars(select(Release).order_by(Release.number))).all()
    assert len(releases) == len(quarters)
    return told, [str(each.tables[name]).encode() for each in releases for name in play.tables if name in each.tables]


def narrow(bodies: list[bytes], told: dict[str, Counts], partner: str) -> list[float]:
    """How wide each small rest stays for one who holds all tables, where that is too little."""
    own = {(day.year * 12 + day.month - 1, codes): n for (day, codes), n in told.get(partner, Counter()).items()}
    asked = small_rests(bodies, told, partner)
    assert asked, "an attack on nothing proves nothing"
    found = Attacker(bodies, own if partner else None).attack(asked)
    return [each.width for each in found if each.width < WIDTH]


@on_sqlite
@every_play
@pytest.mark.usefixtures("without_pages")
async def test_no_partner_can_subtract_its_own_people_from_two_years_of_releases(body: Body, play: Play) -> None:
    told, bodies = await play_out(body, play, np.random.default_rng(5))
    assert len(small_rests(bodies, told, PARTNERS[0])) > 3 * len(QUARTERS)
    for who in ("", *PARTNERS):
        assert narrow(bodies, told, who) == []


@on_sqlite
@every_play
@pytest.mark.usefixtures("without_pages")
async def test_releases_that_forget_who_knows_whom_are_open_to_a_partner(
    body: Body, monkeypatch: pytest.MonkeyPatch, play: Play
) -> None:
    """What the attack finds when partners are not thought of: it has teeth, and they are thought of on this way out."""
    monkeypatch.setattr(making, "insiders_of", lambda _raw, _held: [])
    told, bodies = await play_out(body, play, np.random.default_rng(5), QUARTERS[:3])
    assert narrow(bodies, told, PARTNERS[0])


@pytest.mark.usefixtures("without_pages")
async def test_what_partners_knew_is_frozen_and_a_correction_is_judged_with_it(body: Body) -> None:
    chance = np.random.default_rng(3)
    before = add_people(body, NEEDS, QUARTER, chance)
    first = await release(body.session, QUARTER, body.monitor, body.second)
    assert {partner: sum(n for *_c, n in tables["needs"]) for partner, tables in first.held.items()} == {
        partner: before[partner].total() for partner in PARTNERS
    }
    more = add_people(body, NEEDS, QUARTER, chance)
    second = await draft_correction(body.session, first.number, "Late entries.", actor=body.monitor)
    assert {p: sum(n for *_c, n in second.held[p]["needs"]) for p in PARTNERS} == {
        partner: before[partner].total() + more[partner].total() for partner in PARTNERS
    }
    assert tables_of(second)[0].revision == 1


@pytest.mark.usefixtures("without_pages")
async def test_tables_with_other_dimensions_are_corrected_with_what_partners_knew(body: Body) -> None:
    """A partner knows cases by more dimensions than the first table of the correction has."""
    chance = np.random.default_rng(7)
    for _count in range(2):
        for sex, came_from in (("female", "LY"), ("male", "LY"), ("male", "DE")):
            for counted in opened(30, sex=sex, came_from=came_from):
                body.session.add(counted)
                if chance.random() < 0.3:
                    body.session.add(FactPartner(fact_id=counted.id, partner=PARTNERS[0]))
        if not (await body.session.scalars(select(Release))).all():
            first = await release(body.session, QUARTER, body.monitor, body.second)
    second = await draft_correction(body.session, first.number, "Late entries.", actor=body.monitor)
    shown = [sum(any(table.cells.values()) for table in tables_of(each)) for each in (first, second)]
    assert shown[1] >= shown[0] > 2


async def test_no_file_of_a_release_tells_of_partners(body: Body) -> None:
    body.session.add_all(opened(60))
    for _each in range(40):
        for thing, outcome in ((Thing.REFERRAL, "sent"), (Thing.REFERRAL_WAIT, "not_yet")):
            counted = fact(thing, QUARTER, kind="jobs", outcome=outcome)
            body.session.add_all([counted, FactPartner(fact_id=counted.id, partner=PARTNERS[0])])
    drafted = await draft_release(body.session, quarter=QUARTER, actor=body.monitor)
    assert set(drafted.held) == {PARTNERS[0]}
    names = await body.session.scalars(select(ReleaseFile.name).where(ReleaseFile.release_number == drafted.number))
    for name in names:
        content = await find_file(body.session, drafted.number, name, actor=body.monitor)
        assert PARTNERS[0].encode() not in content
        assert b'"held"' not in content
    assert all(PARTNERS[0] not in str(table) for table in drafted.tables.values())
