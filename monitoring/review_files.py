"""The national review pack as a document to read, and as data."""

import json
from typing import Any

from cases.plan_rules import CRITERION_NAMES, Criterion
from cases.programmes import ProgrammeView, text_of
from foundation.language import Message, _, _p, isolate, listed, say
from foundation.pdf import Document
from monitoring import indicators
from monitoring.indicator_values import Why
from monitoring.indicator_words import newest, structural_text, trend
from monitoring.indicators import GRADE_NAMES, TYPE_NAMES, UNIT_NAMES, ByCounting, ByEntry, ByNothing, method
from monitoring.models import StructuralFact
from monitoring.recommendation_files import told
from monitoring.recommendation_register import Filed
from monitoring.recommendation_rules import ACTION_NAMES, ENTRY_NAMES, NUMBERED, STATE_NAMES
from monitoring.release_report import quarter_name
from monitoring.review import Review, Shown
from monitoring.structural import plain, rate_of
from monitoring.yearly_report import print_tallies

TITLE = _p("document", "Review of objective 21")
_DAY = Message("{day}")


def to_json(pack: Review, language: str) -> bytes:
    """Codes as in the API, and beside them the words in one language."""
    body: dict[str, Any] = {
        "objective": 21,
        "language": language,
        "first_year": pack.first_year,
        "last_year": pack.last_year,
        "made_on": pack.made_on.isoformat(),
        "catalogue": pack.edition,
        "actions": [
            {
                "action": chapter.action.value,
                "name": say(language, ACTION_NAMES[chapter.action]),
                "indicators": [_indicator(each, language) for each in chapter.indicators],
                "programmes": [_programme(each) for each in chapter.programmes],
                "recommendations": [told(each) for each in chapter.recommendations],
            }
            for chapter in pack.chapters
        ],
        "beside": [
            {
                "action": action.value,
                "name": say(language, indicators.ACTION_NAMES[action]),
                "indicators": [_indicator(each, language) for each in shown],
            }
            for action, shown in pack.beside
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
    document.paragraph(say(language, indicators.WHAT_THEY_ARE))
    print_tallies(
        document, language, [(say(language, _p("report", "All")), pack.total)], _p("report", "Recommendations")
    )
    for chapter in pack.chapters:
        document.heading(say(language, ACTION_NAMES[chapter.action]))
        for each in chapter.indicators:
            _print_indicator(document, each, language)
        for view in chapter.programmes:
            _print_programme(document, view, language)
        for filed in chapter.recommendations:
            _print_recommendation(document, filed, language)
    for action, shown in pack.beside:
        document.heading(say(language, indicators.ACTION_NAMES[action]))
        for each in shown:
            _print_indicator(document, each, language)
    if pack.without_action:
        document.heading(say(language, _("Recommendations that name no action in particular")))
        for filed in pack.without_action:
            _print_recommendation(document, filed, language)
    return document.content()


def _print_indicator(document: Document, shown: Shown, language: str) -> None:
    one = shown.indicator
    title, numerator, denominator = one.words
    document.heading(f"{isolate(one.id)} {say(language, title)}", 3)
    document.rows(
        [
            (say(language, _("Newest figure")), _newest(shown, language)),
            (say(language, _p("indicator", "What is counted")), say(language, numerator)),
            *([(say(language, _p("indicator", "Out of")), say(language, denominator))] if denominator else []),
            (say(language, _("Type")), say(language, TYPE_NAMES[one.type])),
            (say(language, _("Unit")), say(language, UNIT_NAMES[one.unit])),
            (say(language, _("Rests on")), f"{say(language, one.standing)}\n{one.basis}"),
            (say(language, _("Grade")), say(language, GRADE_NAMES[one.grade])),
            (say(language, _("Version of the definition")), one.version),
        ]
    )
    if isinstance(one.value, ByNothing):
        document.paragraph("\n".join(method(one, language)), small=True)
    elif isinstance(one.value, ByEntry):
        _print_entered(document, shown, language)
    else:
        _print_trend(document, shown, language)


def _newest(shown: Shown, language: str) -> str:
    """With its quarter, where it is counted."""
    last = shown.newest
    found = newest(shown.indicator, last[1] if last else None, shown.entered, language)
    if isinstance(found, Message):
        return say(language, found)
    return f"{found} ({quarter_name(language, last[0].quarter)})" if last else found


def _print_entered(document: Document, shown: Shown, language: str) -> None:
    """Each year with what it rests on."""
    if not shown.entered:
        return
    heads = (_("Year"), _("Figure"), _("Source"))
    document.table(
        [say(language, each) for each in heads],
        [
            [
                str(fact.year),
                structural_text(shown.indicator, fact, language),
                "\n".join(part for part in (fact.source, fact.address, fact.note) if part),
            ]
            for fact in shown.entered
        ],
        [0.12, 0.28, 0.6],
    )


def _print_trend(document: Document, shown: Shown, language: str) -> None:
    """A line a release; none where no release of the years has the table that it takes."""
    if all(said.figure.why is Why.NOT_PUBLISHED for _release, said in shown.told):
        return
    value = shown.indicator.value
    has_reached = isinstance(value, ByCounting) and value.reached is not None
    heads = [_("Quarter"), _("Figure"), _("Counted"), _("Out of"), _("Missing")]
    heads += [*([_("Reached")] if has_reached else []), _p("report", "Release"), _("Definition")]
    names = [quarter_name(language, release.quarter) for release, _said in shown.told]
    rows = [
        [
            *(each.name, each.figure, each.counted, each.out_of, each.missing),
            *([each.reached] if has_reached else []),
            str(each.release),
            each.version,
        ]
        for each in trend(shown.told, names, language)
    ]
    share = 0.58 / (len(heads) - 2)
    document.table([say(language, each) for each in heads], rows, [0.16, 0.26, *[share] * (len(heads) - 2)])


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
        names = listed(language, (say(language, CRITERION_NAMES[each]) for each in view.missing))
        document.paragraph(say(language, _("Not stated: {names}."), names=names), small=True)


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
                    listed(language, [say(language, _DAY, day=entry.on_day), say(language, ENTRY_NAMES[entry.kind])]),
                    "\n".join(part for part in (entry.speaker, entry.text, entry.evidence) if part),
                )
                for entry in filed.entries
            ),
        ]
    )


def _indicator(shown: Shown, language: str) -> dict[str, Any]:
    """The definition as in the files of a release; parts of the newest figure only."""
    one = shown.indicator
    title, numerator, denominator = one.words
    last = shown.newest
    releases = [
        {"release": release.number, "quarter": release.quarter.isoformat(), **said.to_json()}
        for release, said in shown.told
    ]
    return {
        "definition": one.model_dump(mode="json"),
        "available": not isinstance(one.value, ByNothing),
        "words": {
            "title": say(language, title),
            "numerator": say(language, numerator),
            "denominator": say(language, denominator) if denominator else "",
            "standing": say(language, one.standing),
            "grade": say(language, GRADE_NAMES[one.grade]),
            "method": method(one, language),
            "newest": _newest(shown, language),
        },
        "newest": releases[-1] if last else None,
        "releases": [{name: each[name] for name in each if name != "parts"} for each in releases],
        "entered": [_entered(fact) for fact in shown.entered],
    }


def _entered(fact: StructuralFact) -> dict[str, Any]:
    return {
        "year": fact.year,
        "version": fact.version,
        "figure": plain(fact.figure),
        "total": None if fact.total is None else plain(fact.total),
        "rate": rate_of(fact),
        "source": fact.source,
        "address": fact.address,
        "note": fact.note,
    }


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
