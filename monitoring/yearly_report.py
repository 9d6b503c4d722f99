"""The yearly report of the monitoring body: what was recommended and what came of it, and what figures were published.

It rests on what is public already: issued recommendations, what was written under them, and published releases.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from foundation import clock
from foundation.errors import Invalid
from foundation.language import Message, _, _p, listed, say
from foundation.pdf import Document
from monitoring.ledger import TOTAL, PublishedTable
from monitoring.models import Release
from monitoring.publication import published_releases, tables_of
from monitoring.reading import standing
from monitoring.recommendation_register import Filed, Narrowing, issued
from monitoring.recommendation_rules import ANSWERS, THEME_NAMES, Entry, Kind, State, Theme
from monitoring.release_report import WITHHELD, quarter_name
from monitoring.tables import code_name, named

TITLE = _p("document", "Yearly report of the monitoring body")
COMPLAINTS = "complaints"
"""The published table in which complaints are counted by theme, where the catalogue has one."""
FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Tally:
    """Recommendations issued in the year, as they stand on the day of the report."""

    made: int
    answered: int
    answered_in_time: int
    rejected: int
    implemented: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Published:
    """A release that was published in the year. `quarter`: its first day."""

    number: int
    quarter: date
    published_on: date
    sha256: str
    corrects: int | None
    changed: str


@dataclass(frozen=True, slots=True)
class YearlyReport:
    year: int
    made_on: date
    total: Tally
    questions: Tally
    """Likewise; none is rejected or implemented."""
    by_theme: dict[Theme, Tally]
    by_addressee: dict[str, Tally]
    corrections: int
    """Of recommendations and questions, written in the year."""
    releases: list[Published]
    complaints: list[tuple[date, PublishedTable]]
    """By quarter, exactly as published; a quarter that was corrected, as the correction has it."""


async def yearly_report(session: AsyncSession, year: int, *, actor: Actor) -> YearlyReport:
    """Raises Invalid for a year that has not begun."""
    require(actor, Permission.RELEASE_READ)
    if not FIRST_YEAR <= year <= clock.today().year:
        raise Invalid(_("Choose a year that has begun."))
    found = await issued(session, Narrowing(year=year, kind=Kind.RECOMMENDATION))
    questions = await issued(session, Narrowing(year=year, kind=Kind.QUESTION))
    releases = await published_releases(session)
    return YearlyReport(
        year,
        clock.today(),
        tally(found),
        tally(questions),
        {theme: tally(part) for theme, part in _by(found, lambda each: each.recommendation.theme).items()},
        {name: tally(part) for name, part in _by(found, lambda each: each.recommendation.addressee).items()},
        await _corrections(session, year),
        [_published(each) for each in reversed(releases) if _day(each).year == year],
        [
            (each.quarter, table)
            for each in reversed(standing(releases))
            for table in tables_of(each)
            if each.quarter.year == year and table.name == COMPLAINTS
        ],
    )


def tally(found: Iterable[Filed]) -> Tally:
    every = list(found)
    return Tally(
        made=len(every),
        answered=sum(each.answered_on is not None for each in every),
        answered_in_time=sum(each.answered_on is not None and each.answered_in_time is True for each in every),
        rejected=sum(_last_answer(each) is State.REJECTED for each in every),
        implemented=sum(each.settled_on is not None for each in every),
        overdue=sum(each.is_overdue for each in every),
    )


def to_json(report: YearlyReport) -> bytes:
    """Codes as in the API; a withheld number is null."""
    body: dict[str, Any] = {
        "year": report.year,
        "made_on": report.made_on.isoformat(),
        "recommendations": {
            "total": asdict(report.total),
            "by_theme": {theme.value: asdict(each) for theme, each in report.by_theme.items()},
            "by_addressee": {name: asdict(each) for name, each in report.by_addressee.items()},
            "corrections": report.corrections,
        },
        "questions": {
            "made": report.questions.made,
            "answered": report.questions.answered,
            "answered_in_time": report.questions.answered_in_time,
            "overdue": report.questions.overdue,
        },
        "releases": [
            asdict(each) | {"quarter": each.quarter.isoformat(), "published_on": each.published_on.isoformat()}
            for each in report.releases
        ],
        "complaints": [
            {"quarter": quarter.isoformat(), "by_theme": dict(_themes(table))} for quarter, table in report.complaints
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def to_pdf(report: YearlyReport, language: str) -> bytes:
    document = Document(language, TITLE)
    document.heading(listed(language, [say(language, TITLE), str(report.year)]), 1)
    stands = _("Recommendations issued in the year, as they stand on {day}.")
    document.paragraph(say(language, stands, day=report.made_on), small=True)
    print_tallies(document, language, [(say(language, _p("report", "All")), report.total)], _p("report", "Together"))
    themes = [(say(language, THEME_NAMES[theme]), each) for theme, each in report.by_theme.items()]
    print_tallies(document, language, themes, _p("report", "By theme"))
    print_tallies(document, language, list(report.by_addressee.items()), _p("report", "By addressee"))
    _print_questions(document, report.questions, language)
    corrected = _("Recommendations and questions that were corrected in the year: {count}.")
    document.paragraph(say(language, corrected, count=report.corrections))
    _print_releases(document, report, language)
    _print_complaints(document, report, language)
    return document.content()


def print_tallies(document: Document, language: str, rows: list[tuple[str, Tally]], title: Message) -> None:
    document.heading(say(language, title))
    if not rows:
        document.paragraph(say(language, _p("document", "Nothing.")))
        return
    heads = ["", *(say(language, name) for name in _HEADS)]
    told = [[name, *(str(number) for number in asdict(each).values())] for name, each in rows]
    document.table(heads, told, [0.28, *[0.72 / len(_HEADS)] * len(_HEADS)])


_HEADS: tuple[Message, ...] = (
    _p("report", "Made"),
    _p("report", "Answered"),
    _p("report", "In time"),
    _p("report", "Rejected"),
    _p("report", "Implemented"),
    _p("report", "Overdue"),
)


def _print_questions(document: Document, questions: Tally, language: str) -> None:
    document.heading(say(language, _p("report", "Questions of the monitors")))
    told = (
        (_p("questions", "Asked"), questions.made),
        (_p("questions", "Answered"), questions.answered),
        (_p("questions", "In time"), questions.answered_in_time),
        (_p("questions", "Overdue"), questions.overdue),
    )
    document.rows((say(language, name), str(number)) for name, number in told)


def _print_releases(document: Document, report: YearlyReport, language: str) -> None:
    document.heading(say(language, _p("report", "Figures that were published")))
    for each in report.releases:
        day = say(language, Message("{day}"), day=each.published_on)
        title = _("Release {number}: {quarter}, published on {day}")
        quarter = quarter_name(language, each.quarter)
        document.paragraph(say(language, title, number=each.number, quarter=quarter, day=day))
        document.paragraph(f"SHA-256 {each.sha256}", small=True)
        if each.corrects is not None:
            takes_place = _("This release takes the place of release {number}.")
            document.paragraph(say(language, takes_place, number=each.corrects))
            document.paragraph(each.changed)
    if not report.releases:
        document.paragraph(say(language, _p("document", "Nothing.")))


def _print_complaints(document: Document, report: YearlyReport, language: str) -> None:
    document.heading(say(language, _p("report", "Complaints")))
    if not report.complaints:
        document.paragraph(say(language, _("No release of the year holds figures about complaints.")))
    for quarter, table in report.complaints:
        axis = named(table).axes[0]
        document.heading(quarter_name(language, quarter), 3)
        document.rows(
            (say(language, code_name(axis, code)), say(language, WITHHELD) if number is None else str(number))
            for code, number in _themes(table)
        )


def _themes(table: PublishedTable) -> list[tuple[str, int | None]]:
    """The first dimension, all others in total."""
    others = (TOTAL,) * (len(table.dimensions) - 1)
    return [(code, table.cells.get((code, *others))) for code in (*table.dimensions[0].codes, TOTAL)]


def _by(found: Iterable[Filed], key: Callable[[Filed], Any]) -> dict[Any, list[Filed]]:
    parts: dict[Any, list[Filed]] = {}
    for each in found:
        parts.setdefault(key(each), []).append(each)
    return dict(sorted(parts.items()))


def _last_answer(filed: Filed) -> State | None:
    return next(
        (entry.state for entry in reversed(filed.entries) if entry.state in ANSWERS[filed.recommendation.kind]), None
    )


async def _corrections(session: AsyncSession, year: int) -> int:
    return sum(
        entry.kind is Entry.CORRECTION and entry.on_day.year == year
        for filed in await issued(session)
        for entry in filed.entries
    )


def _published(release: Release) -> Published:
    return Published(release.number, release.quarter, _day(release), release.sha256, release.corrects, release.changed)


def _day(release: Release) -> date:
    return (release.published_at or release.drafted_at).date()
