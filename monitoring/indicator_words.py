"""How figures of indicators are read: in words where there is none, never without what they are out of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from foundation.language import Message, _, _p, say
from monitoring.axes import DAYS_NAMES
from monitoring.indicator_values import Figure, Told, Why
from monitoring.indicators import ByCounting, ByEntry, ByNothing, Form, Indicator, Unit
from monitoring.models import Release, StructuralFact
from monitoring.structural import plain, rate_of
from monitoring.tables import named_axis

WHY_NONE: dict[Why, Message] = {
    Why.WITHHELD: _p("why there is no figure", "Withheld"),
    Why.TOO_FEW: _p("why there is no figure", "Too few for a share"),
    Why.NOT_PUBLISHED: _p("why there is no figure", "Not in this release"),
}
NOT_AVAILABLE = _("Not available")
NOTHING_YET = _("Nothing published yet")
_YES_NO = {0: _p("structural fact", "No"), 1: _p("structural fact", "Yes")}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure to read. `figure` says in words why there is none."""

    name: str
    figure: str
    counted: str
    out_of: str
    missing: str
    reached: str
    release: int | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The same figure by one dimension, of one release."""

    label: Message
    lines: list[Line]


def figure_of(figure: Figure, unit: Unit, language: str) -> str:
    """What is read first: the share with its sign, the band, the count, or why there is none."""
    if figure.why is not None:
        return say(language, WHY_NONE[figure.why])
    if figure.rate is None:
        return str(figure.numerator)
    return rate_text(figure.rate, unit, language)


def rate_text(rate: str, unit: Unit, language: str) -> str:
    if unit is Unit.MEDIAN_DAYS:
        return say(language, DAYS_NAMES[rate])
    if unit is Unit.PER_1000:
        return say(language, _("{rate} per 1,000"), rate=rate)
    return f"{rate} %"


def line(name: str, figure: Figure, unit: Unit, language: str, reached: Figure | None = None) -> Line:
    return Line(
        name=name,
        figure=figure_of(figure, unit, language),
        counted=_number(figure.numerator),
        out_of=_number(figure.denominator),
        missing="–" if figure.missing is None else f"{figure.missing} %",
        reached="–" if reached is None or reached.rate is None else f"{reached.rate} %",
    )


def trend(found: Sequence[tuple[Release, Told | None]], names: Iterable[str], language: str) -> list[Line]:
    """One line a release, oldest first. A release from before the indicator was there has none."""
    lines = []
    for (release, told), name in zip(found, names, strict=True):
        if told is not None:
            read = line(name, told.figure, Unit(told.unit), language, told.reached)
            lines.append(replace(read, release=release.number, version=told.version))
    return lines


def groups(indicator: Indicator, told: Told, language: str) -> list[Group]:
    """Each dimension of the definition in a table of its own, and last what it is counted along."""
    if not isinstance(indicator.value, ByCounting):
        return []
    found = []
    for name in dict.fromkeys(part.dimension for part in told.parts):
        parts = [part for part in told.parts if part.dimension == name]
        axis = named_axis(indicator.value.table, name, (part.code for part in parts))
        unit = Unit.COUNT if name == indicator.value.axis else Unit(told.unit)
        lines = [line(say(language, axis.codes[part.code]), part.figure, unit, language) for part in parts]
        found.append(Group(axis.label, lines))
    return found


def structural_text(indicator: Indicator, fact: StructuralFact, language: str) -> str:
    """The figure of a structural fact in words, always with what it is out of."""
    value = indicator.value
    if not isinstance(value, ByEntry):
        return ""
    if value.form is Form.YES_NO:
        return say(language, _YES_NO[int(fact.figure)])
    if fact.total is not None:
        counts = say(language, _("{count} of {total}"), count=int(fact.figure), total=int(fact.total))
        rate = rate_of(fact)
        return counts if rate is None else f"{rate} % ({counts})"
    if value.highest is not None:
        return say(language, _("{count} of {total}"), count=int(fact.figure), total=value.highest)
    return plain(fact.figure)


def newest(indicator: Indicator, told: Told | None, entered: Sequence[StructuralFact], language: str) -> str | Message:
    """The newest figure, or as a Message that there is none. `entered`: the newest year first."""
    if isinstance(indicator.value, ByNothing):
        return NOT_AVAILABLE
    if isinstance(indicator.value, ByCounting):
        return figure_of(told.figure, Unit(told.unit), language) if told else NOTHING_YET
    return f"{structural_text(indicator, entered[0], language)} ({entered[0].year})" if entered else NOTHING_YET


def _number(number: int | None) -> str:
    return "–" if number is None else str(number)
