"""A release to be read on paper: every table with its chart, in one language, and how the figures were made."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product

from babel.dates import format_date

from foundation.language import Message, _, _n, _p, listed, locale_of, say
from foundation.pdf import Document
from monitoring.ledger import TOTAL, PublishedTable
from monitoring.tables import POLICY, NamedAxis, code_name, named

TITLE = _p("document", "Figures on return and reintegration")
WITHHELD = _p("a number that is not published", "withheld")
MOST_ACROSS = 6
"""Columns of numbers that a page has room for."""
_NUMBER = _p("table", "Number")


def quarter_name(language: str, quarter: date) -> str:
    return format_date(quarter, "QQQ y", locale=locale_of(language))


def print_release(
    number: int, quarter: date, tables: tuple[PublishedTable, ...], language: str, *, corrects: int | None, changed: str
) -> bytes:
    document = Document(language, TITLE)
    document.heading(say(language, TITLE), 1)
    document.rows(
        [
            (say(language, _p("release", "Quarter")), quarter_name(language, quarter)),
            (say(language, _p("release", "Release")), str(number)),
            (say(language, _p("release", "Policy")), POLICY.version),
        ]
    )
    if corrects is not None:
        takes_place = _("This release takes the place of release {number}.")
        document.paragraph(say(language, takes_place, number=corrects))
        document.paragraph(changed)
    for table in tables:
        _print_table(document, table, language)
    _print_method(document, language)
    return document.content()


def _print_table(document: Document, table: PublishedTable, language: str) -> None:
    words = named(table)
    axes = list(words.axes)
    document.heading(say(language, words.title))
    document.paragraph(say(language, words.note), small=True)
    if _is_about_nobody(table.cells.values()):
        document.paragraph(say(language, _NOBODY))
        return
    if table.suppressed:
        document.paragraph(say(language, _SUPPRESSED, count=table.suppressed), small=True)
    first, others = axes[0], (TOTAL,) * (len(axes) - 1)
    document.heading(say(language, first.label), 3)
    document.bars(
        ((say(language, name), table.cells.get((code, *others))) for code, name in first.codes.items()),
        say(language, WITHHELD),
    )
    across = axes[-1] if len(axes) > 1 and len(axes[-1].codes) < MOST_ACROSS else None
    down = axes[-2] if across else axes[-1]
    outer = axes[: axes.index(down)]
    sections = list(product(*([TOTAL, *axis.codes] for axis in outer)))
    told = [fixed for fixed in sections if not _is_about_nobody(_within(table, fixed))]
    for fixed in told:
        _print_section(document, table, language, outer=outer, fixed=fixed, down=down, across=across)
    if len(told) < len(sections):
        document.paragraph(say(language, _LEFT_OUT), small=True)


def _is_about_nobody(values: Iterable[int | None]) -> bool:
    return all(value == 0 for value in values)


def _within(table: PublishedTable, fixed: tuple[str, ...]) -> Iterator[int | None]:
    return (value for cell, value in table.cells.items() if cell[: len(fixed)] == fixed)


_NOBODY = _p("figures", "Nobody was counted.")
_ALL_WITHHELD = _("All of these numbers are withheld.")
_LEFT_OUT = _("Groups in which nobody was counted are left out here.")
_SUPPRESSED = _n(
    "{count} number is withheld, so that nobody can be recognised.",
    "{count} numbers are withheld, so that nobody can be recognised.",
)


def _print_section(
    document: Document,
    table: PublishedTable,
    language: str,
    *,
    outer: list[NamedAxis],
    fixed: tuple[str, ...],
    down: NamedAxis,
    across: NamedAxis | None,
) -> None:
    def told(value: int | None) -> str:
        return say(language, WITHHELD) if value is None else str(value)

    names = [say(language, code_name(axis, code)) for axis, code in zip(outer, fixed, strict=True)]
    if names:
        document.heading(listed(language, names), 3)
    if all(value is None for value in _within(table, fixed)):
        document.paragraph(say(language, _ALL_WITHHELD))
        return
    columns = [""] if across is None else [TOTAL, *across.codes]
    heads = [say(language, code_name(across, code)) if across else say(language, _NUMBER) for code in columns]
    rows = [
        [
            say(language, code_name(down, code)),
            *(told(table.cells.get((*fixed, code, *([other] if across else [])))) for other in columns),
        ]
        for code in (TOTAL, *down.codes)
    ]
    share = 0.34 if across else 0.7
    document.table([say(language, down.label), *heads], rows, [share, *[(1 - share) / len(columns)] * len(columns)])


def _print_method(document: Document, language: str) -> None:
    document.heading(say(language, _p("document", "How these figures were made")))
    lines: list[tuple[Message, dict[str, object]]] = [
        (_("Only coded events are counted, without names and without case numbers."), {}),
        (
            _("A number from 1 to {most} is withheld, and as many others as it takes that nobody can work it out."),
            {"most": POLICY.threshold - 1},
        ),
        (
            _(
                "Everything published before is taken into account: what is withheld can be narrowed down to no less "
                "than {width} numbers, even by someone who has every release."
            ),
            {"width": POLICY.width},
        ),
        (_("What is sensitive is told for the whole population only, never for one place or group."), {}),
        (_("A mistake is put right by a new release, which says what changed. A release is never changed."), {}),
        (_("The file manifest.json names the SHA-256 of every file of this release, and is signed."), {}),
    ]
    for line, values in lines:
        document.paragraph(say(language, line, **values))
