"""The national review pack: objective 21 of the Global Compact for Migration, action by action (a) to (i).

For the four-yearly review it puts together what the house can show: programmes from the register, figures from
published releases, recommendations of monitors and what they were answered. It judges nothing and ranks nobody.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.plan_rules import CRITERION_NAMES, Criterion
from cases.programmes import ProgrammeView, list_programmes, text_of
from foundation import clock
from foundation.errors import Invalid
from foundation.language import Message, _, _p, say
from foundation.pdf import Document
from monitoring.ledger import TOTAL
from monitoring.models import Release
from monitoring.publication import published_releases, tables_of
from monitoring.recommendation_files import told
from monitoring.recommendation_register import Filed, Narrowing, issued
from monitoring.recommendation_rules import ACTION_NAMES, ENTRY_NAMES, NUMBERED, STATE_NAMES, Action, Kind
from monitoring.release_report import WITHHELD, quarter_name
from monitoring.tables import BY_NAME
from monitoring.yearly_report import FIRST_YEAR, Tally, newest_of_each, print_tallies, tally

TITLE = _p("document", "Review of objective 21")
PROGRAMMES_UNDER = Action.B
"""Programmes for return and reintegration are the subject of action (b)."""
ACTION_OF_TABLE: dict[str, Action] = {"cases": Action.B, "needs": Action.I, "referrals": Action.H}
"""Under which action a published table is shown; any other under (f), monitoring."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The total of one published table in one quarter. `value` None: withheld."""

    table: str
    quarter: date
    release: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Chapter:
    action: Action
    programmes: list[ProgrammeView]
    figures: list[Figure]
    recommendations: list[Filed]


@dataclass(frozen=True, slots=True)
class Review:
    first_year: int
    last_year: int
    made_on: date
    total: Tally
    chapters: list[Chapter]
    without_action: list[Filed]
    """Recommendations that name no action in particular."""


async def review(session: AsyncSession, first_year: int, last_year: int, *, actor: Actor) -> Review:
    """What the years show, both included. Raises Invalid for years in the wrong order or not begun."""
    require(actor, Permission.RELEASE_READ)
    require(actor, Permission.PROGRAMME_READ)
    if not FIRST_YEAR <= first_year <= last_year <= clock.today().year:
        raise Invalid(_("Choose years that have begun, the first one first."))
    years = range(first_year, last_year + 1)
    found = [each for each in await issued(session, Narrowing(kind=Kind.RECOMMENDATION)) if _year(each) in years]
    programmes = [each for each in await list_programmes(session, actor) if _runs_in(each, years)]
    figures = [each for each in figures_of(await published_releases(session)) if each.quarter.year in years]
    chapters = [
        Chapter(
            action,
            programmes if action is PROGRAMMES_UNDER else [],
            [each for each in figures if ACTION_OF_TABLE.get(each.table, Action.F) is action],
            [each for each in found if each.recommendation.action is action],
        )
        for action in Action
    ]
    rest = [each for each in found if each.recommendation.action is None]
    return Review(first_year, last_year, clock.today(), tally(found), chapters, rest)


def figures_of(releases: list[Release]) -> list[Figure]:
    """Totals exactly as published, the oldest quarter first; of a corrected quarter those of the correction."""
    return [
        Figure(table.name, each.quarter, each.number, table.cells[(TOTAL,) * len(table.dimensions)])
        for each in sorted(newest_of_each(releases), key=lambda each: each.quarter)
        for table in tables_of(each)
    ]


def to_json(pack: Review) -> bytes:
    body: dict[str, Any] = {
        "objective": 21,
        "first_year": pack.first_year,
        "last_year": pack.last_year,
        "made_on": pack.made_on.isoformat(),
        "actions": [
            {
                "action": chapter.action.value,
                "programmes": [_programme(each) for each in chapter.programmes],
                "figures": [
                    {
                        "table": each.table,
                        "quarter": each.quarter.isoformat(),
                        "release": each.release,
                        "value": each.value,
                    }
                    for each in chapter.figures
                ],
                "recommendations": [told(each) for each in chapter.recommendations],
            }
            for chapter in pack.chapters
        ],
        "recommendations_without_action": [told(each) for each in pack.without_action],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def to_pdf(pack: Review, language: str) -> bytes:
    document = Document(language, TITLE)
    document.heading(say(language, TITLE), 1)
    basis = _(
        "Global Compact for Migration (A/RES/73/195), objective 21, actions (a) to (i). Years {first} to {last}, "
        "as they stand on {day}."
    )
    document.paragraph(say(language, basis, first=str(pack.first_year), last=str(pack.last_year), day=pack.made_on))
    print_tallies(
        document, language, [(say(language, _p("report", "All")), pack.total)], _p("report", "Recommendations")
    )
    for chapter in pack.chapters:
        document.heading(say(language, ACTION_NAMES[chapter.action]))
        if not (chapter.programmes or chapter.figures or chapter.recommendations):
            document.paragraph(say(language, _("Nothing is on record here for this action.")))
        for view in chapter.programmes:
            _print_programme(document, view, language)
        _print_figures(document, chapter.figures, language)
        for filed in chapter.recommendations:
            _print_recommendation(document, filed, language)
    if pack.without_action:
        document.heading(say(language, _("Recommendations that name no action in particular")))
        for filed in pack.without_action:
            _print_recommendation(document, filed, language)
    return document.content()


def _print_programme(document: Document, view: ProgrammeView, language: str) -> None:
    document.heading(f"{view.stated.name} ({view.programme.code})", 3)
    document.rows(
        [
            (say(language, _("Responsible organisation")), view.organisation),
            *(
                (say(language, CRITERION_NAMES[each]), text_of(view.stated, each))
                for each in Criterion
                if text_of(view.stated, each)
            ),
        ]
    )
    if view.missing:
        names = ", ".join(say(language, CRITERION_NAMES[each]) for each in view.missing)
        document.paragraph(say(language, _("Not stated: {names}."), names=names), small=True)


def _print_figures(document: Document, figures: list[Figure], language: str) -> None:
    if not figures:
        return
    heads: tuple[Message, ...] = (
        _p("report", "Figure"),
        _p("report", "Quarter"),
        _p("report", "Release"),
        _p("table", "Total"),
    )
    document.table(
        [say(language, each) for each in heads],
        [
            [
                say(language, BY_NAME[each.table].title),
                quarter_name(language, each.quarter),
                str(each.release),
                say(language, WITHHELD) if each.value is None else str(each.value),
            ]
            for each in figures
        ],
        [0.5, 0.2, 0.15, 0.15],
    )


def _print_recommendation(document: Document, filed: Filed, language: str) -> None:
    one = filed.recommendation
    title = NUMBERED[one.kind]
    document.heading(f"{say(language, title, number=one.number)}: {say(language, STATE_NAMES[one.state])}", 3)
    document.paragraph(one.text)
    document.rows(
        [
            (say(language, _p("recommendation", "Made by")), filed.organisation),
            (say(language, _p("recommendation", "Addressed to")), one.addressee),
            *(
                (
                    f"{say(language, Message('{day}'), day=entry.on_day)}, {say(language, ENTRY_NAMES[entry.kind])}",
                    "\n".join(part for part in (entry.speaker, entry.text, entry.evidence) if part),
                )
                for entry in filed.entries
            ),
        ]
    )


def _programme(view: ProgrammeView) -> dict[str, Any]:
    stated = view.stated
    return {
        "code": view.programme.code,
        "name": stated.name,
        "organisation": view.organisation,
        "countries": list(stated.countries),
        "starts_on": stated.starts_on and stated.starts_on.isoformat(),
        "ends_on": stated.ends_on and stated.ends_on.isoformat(),
        "states": {each.value: text_of(stated, each) for each in Criterion if text_of(stated, each)},
        "missing": [each.value for each in view.missing],
    }


def _year(filed: Filed) -> int | None:
    day = filed.recommendation.issued_on
    return None if day is None else day.year


def _runs_in(view: ProgrammeView, years: range) -> bool:
    """A programme without days runs always."""
    begins, ends = view.stated.starts_on, view.stated.ends_on
    return (begins is None or begins.year <= years[-1]) and (ends is None or ends.year >= years[0])
