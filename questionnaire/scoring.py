"""Scoring a questionnaire whose items, scores and weights are data: exact, and never without the versions that say how.

An instrument says what each answer is worth, from 0 (worst) to 1 (best). A set of weights says how much each item
counts. Both are read from JSON and checked; another set of weights needs no code. Missing is never nought.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from questionnaire.sheet import Answer, Answers

COMPOSITE = "composite"
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,12}|/[1-9]\d{0,5})?")
_VERSION = r"^[a-z0-9][a-z0-9.-]{0,59}$"
_WHOLE = Fraction(1)


class ScoringRefused(Exception):
    """The data of an instrument or of weights cannot be used; one sentence a line says why."""


def _exact(written: object) -> Fraction:
    """A number as it stands in the file: `0.1`, `"0.1"` and `"1/3"` are exactly that."""
    text = str(written).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a number such as 0.25 or 1/3")
    return Fraction(text)


Exact = Annotated[Fraction, BeforeValidator(_exact)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Condition(_Part):
    """That the question `name` was answered with the code `is`."""

    name: str
    code: str = Field(alias="is")

    def holds(self, answers: Answers) -> bool:
        return answers.get(self.name) == self.code


class Derived(_Part):
    when: Condition = Field(alias="if")
    code: str = Field(alias="then")


class Item(_Part):
    """`scores`: what each answer is worth; None: it does not apply to this person."""

    id: str
    dimension: str
    scores: dict[str, Exact | None]
    asked_if: Condition | None = None
    derived: tuple[Derived, ...] = ()
    """Answers that follow from other answers, so that they are not asked."""
    red_flags: frozenset[str] = frozenset()
    """Answers after which a person must act, whatever the score."""


class BandLimit(_Part):
    id: str
    below: Exact | None
    """The first value that is not in it; None for the last band."""


class Instrument(_Part):
    version: str = Field(pattern=_VERSION)
    sheet: str
    """The id of the form that asks it."""
    about: str
    dimensions: tuple[str, ...]
    missing: frozenset[str]
    """Answers that say nothing, such as "I don't know"."""
    least_share: Exact
    """Below this share of answered items a dimension has no score."""
    bands: tuple[BandLimit, ...]
    items: tuple[Item, ...]

    @model_validator(mode="after")
    def _must_hold_together(self) -> "Instrument":
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise ValueError("every item needs an id of its own")
        if {item.dimension for item in self.items} != set(self.dimensions):
            raise ValueError("every dimension needs items, and every item one of the dimensions")
        if any(score is not None and score > 1 for item in self.items for score in item.scores.values()):
            raise ValueError("an answer is worth 1 at most")
        codes = {item.id: {*item.scores} for item in self.items}
        wanted = {item.id: {*item.red_flags, *(each.code for each in item.derived)} for item in self.items}
        if any(not wanted[item_id] <= codes[item_id] for item_id in ids):
            raise ValueError("a red flag or a derived answer is none of the item's answers")
        limits = [band.below for band in self.bands]
        inner = [limit for limit in limits[:-1] if limit is not None]
        if not limits or limits[-1] is not None or len(inner) != len(limits) - 1 or inner != sorted(set(inner)):
            raise ValueError("the bands must rise, and only the last has no limit")
        return self


class Method(StrEnum):
    WEIGHTED_ITEMS = "weighted_items"
    MEAN_OF_DIMENSION_SCORES = "mean_of_dimension_scores"


class Weights(_Part):
    """How much each item counts, within its dimension and, for `weighted_items`, in the composite."""

    version: str = Field(pattern=_VERSION)
    instrument: str
    official: bool
    """Whether the source is the instrument's owner. Only then may a result be called by the instrument's name."""
    source: str = Field(min_length=1, max_length=1000)
    composite_method: Method
    dimension: dict[str, Exact]
    composite: dict[str, Exact] | None = None
    sums: dict[str, Exact] = Field(default_factory=dict)
    """What the weights of a dimension, or of the composite, add up to where that is not 1: a guard against slips."""


@dataclass(frozen=True, slots=True)
class Result:
    """Scores by dimension with the composite, None where too little was answered. Everything is exact."""

    instrument_version: str
    weights_version: str
    dimensions: Mapping[str, Fraction | None]
    composite: Fraction | None
    bands: Mapping[str, str | None]
    """The band of each dimension and of the composite: a good average must not hide a low dimension."""
    answered: int
    expected: int
    """The items that apply to this person."""
    red_flags: tuple[str, ...]


_Data = TypeVar("_Data", Instrument, Weights)


def read_instrument(text: str) -> Instrument:
    """Raises ScoringRefused."""
    return _read(Instrument, text)


def read_weights(text: str, instrument: Instrument) -> Weights:
    """Weights for this very instrument. Raises ScoringRefused with everything that is wrong."""
    weights = _read(Weights, text)
    problems = list(_problems(weights, instrument))
    if problems:
        raise ScoringRefused("\n".join(problems))
    return weights


def _read(kind: type[_Data], text: str) -> _Data:
    try:
        # Numbers are kept as they are written: 0.1 must not become the binary number beside it.
        return kind.model_validate(json.loads(text, parse_float=str, parse_int=str))
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}." for each in error.errors()]
        raise ScoringRefused("\n".join(lines)) from None
    except (ValueError, RecursionError):
        raise ScoringRefused("The file is not JSON.") from None


def _problems(weights: Weights, instrument: Instrument) -> Iterable[str]:
    if weights.instrument != instrument.version:
        yield f"instrument: these weights are for {weights.instrument}, not for {instrument.version}."
    tables = {"dimension": weights.dimension}
    if weights.composite_method is Method.WEIGHTED_ITEMS:
        tables["composite"] = weights.composite or {}
    elif weights.composite is not None:
        yield "composite: given, but the method is the mean of the dimensions."
    ids = {item.id for item in instrument.items}
    for name, table in tables.items():
        yield from (f"{name}: the item {each} has no weight." for each in sorted(ids - table.keys()))
        yield from (f"{name}: there is no item {each}." for each in sorted(table.keys() - ids))
    yield from _wrong_sums(weights, instrument)


def _wrong_sums(weights: Weights, instrument: Instrument) -> Iterable[str]:
    parts = {name: _weights_of(weights.dimension, instrument, name) for name in instrument.dimensions}
    if weights.composite_method is Method.WEIGHTED_ITEMS:
        parts[COMPOSITE] = list((weights.composite or {}).values())
    yield from (f"sums: there is no part {each}." for each in sorted(weights.sums.keys() - parts.keys()))
    for name, part in parts.items():
        total, wanted = sum(part, Fraction()), weights.sums.get(name, _WHOLE)
        if total != wanted or not total:
            yield f"{name}: the weights add up to {_plain(total)}, not to {_plain(wanted)}."


def _weights_of(table: Mapping[str, Fraction], instrument: Instrument, dimension: str) -> list[Fraction]:
    return [table.get(item.id, Fraction()) for item in instrument.items if item.dimension == dimension]


def _plain(number: Fraction) -> str:
    return f"{Decimal(number.numerator) / Decimal(number.denominator):.6g}"


def score(instrument: Instrument, weights: Weights, answers: Answers) -> Result:
    """Raises ValueError for an answer that the instrument does not know."""
    codes = {item.id: _code(instrument, item, answers) for item in instrument.items}
    applies = [item for item in instrument.items if _applies(item, codes[item.id], answers)]
    worth = {item.id: item.scores[code] for item in applies if (code := codes[item.id]) is not None}
    known = {item_id: value for item_id, value in worth.items() if value is not None}
    dimensions = {name: _dimension(instrument, weights, name, applies, known) for name in instrument.dimensions}
    composite = _composite(weights, dimensions, known)
    everything = {**dimensions, COMPOSITE: composite}
    return Result(
        instrument_version=instrument.version,
        weights_version=weights.version,
        dimensions=dimensions,
        composite=composite,
        bands={name: band_of(instrument, value) for name, value in everything.items()},
        answered=len(known),
        expected=len(applies),
        red_flags=tuple(item.id for item in instrument.items if codes[item.id] in item.red_flags),
    )


def _code(instrument: Instrument, item: Item, answers: Answers) -> str | None:
    """The answer that counts: given, else following from others. None: nothing is known."""
    given: Answer = answers.get(item.id)
    if given is None:
        return next((each.code for each in item.derived if each.when.holds(answers)), None)
    if isinstance(given, str) and given in instrument.missing:
        return None
    if not isinstance(given, str) or given not in item.scores:
        raise ValueError(f"the item {item.id} has no such answer")
    return given


def _applies(item: Item, code: str | None, answers: Answers) -> bool:
    if code is not None:
        return item.scores[code] is not None
    return item.id in answers or item.asked_if is None or item.asked_if.holds(answers)


def _dimension(
    instrument: Instrument, weights: Weights, name: str, applies: Sequence[Item], known: Mapping[str, Fraction]
) -> Fraction | None:
    expected = [item.id for item in applies if item.dimension == name]
    answered = [item_id for item_id in expected if item_id in known]
    if not answered or Fraction(len(answered), len(expected)) < instrument.least_share:
        return None
    return _weighted(weights.dimension, answered, known)


def _composite(
    weights: Weights, dimensions: Mapping[str, Fraction | None], known: Mapping[str, Fraction]
) -> Fraction | None:
    values = [value for value in dimensions.values() if value is not None]
    if len(values) < len(dimensions):
        return None
    if weights.composite_method is Method.MEAN_OF_DIMENSION_SCORES:
        return sum(values, Fraction()) / len(values)
    return _weighted(weights.composite or {}, list(known), known)


def _weighted(table: Mapping[str, Fraction], items: Sequence[str], known: Mapping[str, Fraction]) -> Fraction | None:
    total = sum((table[each] for each in items), Fraction())
    return sum((table[each] * known[each] for each in items), Fraction()) / total if total else None


def band_of(instrument: Instrument, value: Fraction | None) -> str | None:
    """By the unrounded value: a band begins at its lower limit and ends before its upper one, so no gap is left."""
    if value is None:
        return None
    return next(band.id for band in instrument.bands if band.below is None or value < band.below)


def shown(value: Fraction, decimals: int = 2) -> Decimal:
    """For reading only: rounded half up."""
    step = 10**decimals
    return Decimal((value * step + Fraction(1, 2)).__floor__()).scaleb(-decimals)


@dataclass(frozen=True, slots=True)
class Mean:
    """What results of one instrument and one set of weights have in common, and of how many it is the mean."""

    instrument_version: str
    weights_version: str
    count: int
    composite: Fraction


def means(results: Iterable[tuple[str, str, Fraction]]) -> list[Mean]:
    """Means of composites, given with the versions of instrument and weights. Different versions never meet in one."""
    sums: dict[tuple[str, str], Fraction] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for instrument_version, weights_version, composite in results:
        versions = (instrument_version, weights_version)
        sums[versions] = sums.get(versions, Fraction()) + composite
        counts[versions] += 1
    return [Mean(*versions, counts[versions], sums[versions] / counts[versions]) for versions in sorted(sums)]
