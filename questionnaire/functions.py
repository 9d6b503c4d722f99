"""The functions an expression in a form may call, with the meaning XPath 1.0 and the ODK XForms text give them.

Values are strings, numbers (floats, as in XPath) and booleans. An unanswered question is the empty string. A date is
its ISO text; taken as a number it is the days since 1970-01-01, so dates can be compared and subtracted.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel import UnknownLocaleError
from babel.dates import get_month_names

Value = str | float | bool
ChoiceLabel = Callable[[str, str], str]
"""(question name, choice code) -> what the person reads."""

EPOCH = date(1970, 1, 1)
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_LARGEST_DAY = 3_000_000
_MOST_PLACES = 15


def _code_itself(_question: str, code: str) -> str:
    return code


@dataclass(slots=True)
class Scope:
    """Everything an expression may look at: nothing comes from the clock, the database or the machine.

    One serves a whole pass over a form: `current`, `columns` and the row are set before each expression that needs
    them.
    """

    values: Mapping[str, str]
    now: datetime
    current: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    choice_label: ChoiceLabel = _code_itself
    row: Mapping[str, str] = field(default_factory=dict)
    """Answers of the row that is being looked at, by name."""
    position: float = 0.0
    """Its number, from 1."""
    rows: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    """All rows by repeat. A question that is not relevant in a row is absent there."""
    items: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    """The lists that instance() looks into: for each item its columns, among them name and label."""


def to_number(value: Value) -> float:
    if not isinstance(value, str):
        return float(value)
    if value.isdigit() and value.isascii():  # nearly every answer that is a number
        return float(value)
    text = value.strip()
    return float(text) if _NUMBER.fullmatch(text) else _days(text)


def to_text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def to_boolean(value: Value) -> bool:
    if isinstance(value, float):
        return bool(value) and not math.isnan(value)
    return bool(value)


def equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return to_number(left) == to_number(right)
    return left == right


def divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) or math.isnan(right) else math.copysign(math.inf, left)


def remainder(left: float, right: float) -> float:
    return math.nan if not right or math.isinf(left) or math.isnan(left) else math.fmod(left, right)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if text[4:5] == "-" else None
    except ValueError:
        return None


def _days(text: str) -> float:
    moment = _moment(text)
    if moment is None:
        return math.nan
    return (moment - datetime(EPOCH.year, EPOCH.month, EPOCH.day)) / timedelta(days=1)  # noqa: DTZ001 - a civil date


def _date(value: Value) -> str:
    if isinstance(value, str):
        moment = _moment(value.strip())
        return moment.date().isoformat() if moment else ""
    days = to_number(value)
    return (EPOCH + timedelta(days=math.floor(days))).isoformat() if 0 <= abs(days) < _LARGEST_DAY / 4 else ""


def _format_date(scope: Scope, value: Value, pattern: Value) -> str:
    moment = _moment(to_text(value).strip())
    if moment is None:
        return ""
    parts = {
        "Y": f"{moment.year:04}",
        "y": f"{moment.year % 100:02}",
        "m": f"{moment.month:02}",
        "n": str(moment.month),
        "d": f"{moment.day:02}",
        "e": str(moment.day),
        "H": f"{moment.hour:02}",
        "h": str(moment.hour),
        "M": f"{moment.minute:02}",
        "S": f"{moment.second:02}",
        "%": "%",
    }

    def part(found: re.Match[str]) -> str:
        # The month's name is the dear one: looked up only where it is asked for.
        return _month_name(scope.language, moment.month) if found[1] == "b" else parts.get(found[1], found[0])

    return re.sub("%(.)", part, to_text(pattern))


def _month_name(language: str, month: int) -> str:
    try:
        return str(get_month_names("abbreviated", locale=language)[month])
    except (UnknownLocaleError, ValueError):
        return str(get_month_names("abbreviated", locale="en")[month])


def _round(value: Value, places: Value = 0.0) -> float:
    number, digits = to_number(value), to_number(places)
    if not math.isfinite(number) or not math.isfinite(digits) or abs(digits) > _MOST_PLACES:
        return number
    step = Decimal(1).scaleb(-int(digits))
    return float((Decimal(repr(number)) / step).to_integral_value(ROUND_HALF_UP) * step)


def _whole(value: Value) -> float:
    number = to_number(value)
    return float(math.trunc(number)) if math.isfinite(number) else math.nan


def _selected_at(codes: Value, place: Value) -> str:
    chosen, index = to_text(codes).split(), to_number(place)
    return chosen[int(index)] if 0 <= index < len(chosen) else ""


def _count_selected(codes: tuple[Value, ...]) -> float:
    """Over the rows of a repeat: all that was chosen in them together."""
    return float(sum(len(to_text(chosen).split()) for chosen in codes))


def _matches(value: Value, pattern: Value) -> bool:
    return re.fullmatch(to_text(pattern), to_text(value)) is not None


def _filled(values: tuple[Value, ...]) -> list[float]:
    """The numbers among the arguments; unanswered questions are left out, as irrelevant nodes are in ODK."""
    return [to_number(value) for value in values if not isinstance(value, str) or value.strip()]


def _extreme(choose: Callable[[list[float]], float], values: tuple[Value, ...]) -> float:
    numbers = _filled(values)
    return math.nan if not numbers or any(math.isnan(number) for number in numbers) else choose(numbers)


@dataclass(frozen=True, slots=True)
class Function:
    """What a name stands for, and how many arguments it takes."""

    least: int
    most: int
    call: Callable[..., Value]
    """Called with the scope and then the arguments."""
    takes_nodes: bool = False
    """A node set among the arguments stands for all its values."""


_MANY = 100

FUNCTIONS: Mapping[str, Function] = {
    "selected": Function(2, 2, lambda _s, codes, code: to_text(code) in to_text(codes).split()),
    "selected-at": Function(2, 2, lambda _s, codes, place: _selected_at(codes, place)),
    "count-selected": Function(1, 1, lambda _s, *codes: _count_selected(codes), takes_nodes=True),
    "if": Function(3, 3, lambda _s, test, yes, no: yes if to_boolean(test) else no),
    "not": Function(1, 1, lambda _s, value: not to_boolean(value)),
    "true": Function(0, 0, lambda _s: True),
    "false": Function(0, 0, lambda _s: False),
    "boolean": Function(1, 1, lambda _s, value: to_boolean(value)),
    "concat": Function(1, _MANY, lambda _s, *values: "".join(map(to_text, values)), takes_nodes=True),
    "join": Function(2, _MANY, lambda _s, mark, *values: to_text(mark).join(map(to_text, values)), takes_nodes=True),
    "coalesce": Function(2, 2, lambda _s, first, second: first if to_text(first) else second),
    "string": Function(1, 1, lambda _s, value: to_text(value)),
    "string-length": Function(1, 1, lambda _s, value: float(len(to_text(value)))),
    "regex": Function(2, 2, lambda _s, value, pattern: _matches(value, pattern)),
    "number": Function(1, 1, lambda _s, value: to_number(value)),
    "int": Function(1, 1, lambda _s, value: _whole(value)),
    "round": Function(1, 2, lambda _s, *values: _round(*values)),
    "sum": Function(1, _MANY, lambda _s, *values: float(sum(_filled(values))), takes_nodes=True),
    "count": Function(1, _MANY, lambda _s, *values: float(len(_filled(values))), takes_nodes=True),
    "count-non-empty": Function(1, _MANY, lambda _s, *values: float(len(_filled(values))), takes_nodes=True),
    "indexed-repeat": Function(3, 3, lambda _s, *_arguments: ""),
    "max": Function(1, _MANY, lambda _s, *values: _extreme(max, values), takes_nodes=True),
    "min": Function(1, _MANY, lambda _s, *values: _extreme(min, values), takes_nodes=True),
    "today": Function(0, 0, lambda s: s.now.date().isoformat()),
    "now": Function(0, 0, lambda s: s.now.replace(microsecond=0).isoformat()),
    "date": Function(1, 1, lambda _s, value: _date(value)),
    "format-date": Function(2, 2, _format_date),
    "decimal-date-time": Function(1, 1, lambda _s, value: to_number(value)),
    "once": Function(1, 1, lambda s, value: s.current or value),
    "jr:choice-name": Function(2, 2, lambda s, code, question: s.choice_label(to_text(question), to_text(code))),
}

REFUSED_FUNCTIONS = frozenset([
    "pulldata", "once-per", "randomize", "random", "uuid", "property",
    "area", "distance", "geofence", "intersects", "search", "last-saved", "thousands-sep",
    "substr", "substring-before", "substring-after", "contains", "starts-with", "ends-with", "translate",
    "normalize-space", "base64-decode", "digest", "pow", "sqrt", "log", "exp", "decimal-time", "format-date-time",
    "date-time", "boolean-from-string", "checklist", "weighted-checklist", "version", "id",
])  # fmt: skip
"""Functions of the format that this version does not have: real ones, so the author is not told they are unknown."""
