"""The catalogue of indicators, as data: what each is, and what it is made of.

Those of the SDG framework are official. All others are candidates of ours: no official list of indicators for
Objective 21 was found, and none of ours claims to stand on one. A change of what is counted is a new `version`.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from foundation.language import Message, _, _p, say
from monitoring.axes import Axis
from monitoring.ledger import TOTAL
from monitoring.tables import BY_NAME, axis_of

BUILT_IN = Path(__file__).resolve().parent / "indicators.json"
Text = Annotated[str, Field(min_length=1, max_length=400)]
Code = Annotated[str, Field(min_length=1, max_length=40)]


class Action(StrEnum):
    """The actions of Objective 21 (GCM, paragraph 37), and what lies beside them."""

    COOPERATION = "a"
    PROGRAMMES = "b"
    IDENTIFICATION = "c"
    CONSULAR = "d"
    PROCESS = "e"
    MONITORING = "f"
    CHILDREN = "g"
    REINTEGRATION = "h"
    COMMUNITIES = "i"
    CONTEXT = "37"
    OBJECTIVE_6 = "6"
    OBJECTIVE_8 = "8"
    OBJECTIVE_20 = "20"


ACTION_NAMES: dict[Action, Message] = {
    Action.COOPERATION: _p("action of objective 21", "(a) Cooperation on return and readmission"),
    Action.PROGRAMMES: _p("action of objective 21", "(b) Return programmes and free consent"),
    Action.IDENTIFICATION: _p("action of objective 21", "(c) Identification and travel documents"),
    Action.CONSULAR: _p("action of objective 21", "(d) Consular contact"),
    Action.PROCESS: _p("action of objective 21", "(e) Safe and dignified return, due process"),
    Action.MONITORING: _p("action of objective 21", "(f) National monitoring mechanisms"),
    Action.CHILDREN: _p("action of objective 21", "(g) Children"),
    Action.REINTEGRATION: _p("action of objective 21", "(h) Reintegration"),
    Action.COMMUNITIES: _p("action of objective 21", "(i) Communities of return"),
    Action.CONTEXT: _p("action of objective 21", "Context"),
    Action.OBJECTIVE_6: _p("action of objective 21", "Objective 6: fair recruitment"),
    Action.OBJECTIVE_8: _p("action of objective 21", "Objective 8: saving lives"),
    Action.OBJECTIVE_20: _p("action of objective 21", "Objective 20: remittances"),
}


class Type(StrEnum):
    STRUCTURAL = "structural"
    PROCESS = "process"
    OUTCOME = "outcome"
    CONTEXT = "context"


TYPE_NAMES: dict[Type, Message] = {
    Type.STRUCTURAL: _p("type of indicator", "Structural"),
    Type.PROCESS: _p("type of indicator", "Process"),
    Type.OUTCOME: _p("type of indicator", "Outcome"),
    Type.CONTEXT: _p("type of indicator", "Context"),
}


class Unit(StrEnum):
    PERCENT = "percent"
    PER_1000 = "per_1000"
    COUNT = "count"
    MEDIAN_DAYS = "median_days"
    YES_NO = "yes_no"
    SCORE = "score"
    NUMBER = "number"


UNIT_NAMES: dict[Unit, Message] = {
    Unit.PERCENT: _p("unit", "Percent"),
    Unit.PER_1000: _p("unit", "Per 1,000"),
    Unit.COUNT: _p("unit", "Count"),
    Unit.MEDIAN_DAYS: _p("unit", "Days, for half of them"),
    Unit.YES_NO: _p("unit", "Yes or no"),
    Unit.SCORE: _p("unit", "Score"),
    Unit.NUMBER: _p("unit", "Number, as its source gives it"),
}
RATES: Mapping[Unit, int] = {Unit.PERCENT: 100, Unit.PER_1000: 1000}
"""Units of which a share is told, and of how many."""


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"


GRADE_NAMES: dict[Grade, Message] = {
    Grade.A: _p("grade", "A: read in a source of an institution"),
    Grade.B: _p("grade", "B: well known"),
    Grade.C: _p("grade", "C: not sure"),
    Grade.D: _p("grade", "D: our own proposal"),
}


OFFICIAL, OURS = _p("indicator", "Official, SDG"), _p("indicator", "Candidate, ours")

WHAT_THEY_ARE = _(
    "Made from published figures only. Those of the SDG framework are official; all others are candidates of ours, "
    "not official indicators. No country is ranked against another."
)


class Form(StrEnum):
    """What is entered for a structural fact."""

    YES_NO = "yes_no"
    SHARE = "share"
    SCORE = "score"
    COUNT = "count"
    NUMBER = "number"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Selection(_Part):
    """Cells of one published table. Dimensions that are not named are taken in total."""

    table: Code
    axis: Code
    fixed: dict[Code, Code] = {}
    numerator: tuple[Code, ...] = Field(min_length=1)
    denominator: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _exists(self) -> "Selection":
        spec = BY_NAME.get(self.table)
        if spec is None:
            raise ValueError(f"there is no table {self.table}")
        axes = {axis.name: axis for axis in spec.axes}
        unknown = ({self.axis} | self.fixed.keys()) - axes.keys()
        if unknown:
            raise ValueError(f"the table {self.table} has no dimension {', '.join(sorted(unknown))}")
        wanted = [(self.axis, code) for code in self._codes()] + list(self.fixed.items())
        missing = sorted(f"{name}={code}" for name, code in wanted if code not in axes[name].codes)
        if missing:
            raise ValueError(f"the table {self.table} has no code {', '.join(missing)}")
        if self.axis in self.fixed:
            raise ValueError("a dimension that is counted along cannot be fixed")
        if self.denominator and not set(self.numerator) <= set(self.denominator):
            raise ValueError("what the numerator counts is a part of what the denominator counts")
        return self

    def _codes(self) -> tuple[str, ...]:
        return (*self.numerator, *self.denominator)

    @property
    def along(self) -> Axis:
        return axis_of(BY_NAME[self.table], self.axis)


class ByCounting(Selection):
    """Computed from the tables of a release, and from nothing else."""

    by: Literal["counting"]
    missing: tuple[Code, ...] = ()
    """Codes of those of whom it is not known: their share is shown beside the figure."""
    reached: Selection | None = None
    """For outcomes: how many of those who should have been asked were reached."""

    def _codes(self) -> tuple[str, ...]:
        return (*self.numerator, *self.denominator, *self.missing)


class ByEntry(_Part):
    """A structural fact: entered with its evidence, and confirmed by a second person."""

    by: Literal["entry"]
    form: Form
    highest: int | None = Field(default=None, ge=1)
    """Of a score."""


class ByNothing(_Part):
    """Our data cannot tell it."""

    by: Literal["nothing"]
    why: Text


Value = Annotated[ByCounting | ByEntry | ByNothing, Field(discriminator="by")]


class Indicator(_Part):
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,20}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]{1,4}$")]
    action: Action
    type: Type
    official: bool
    title: Text
    numerator: Text
    denominator: Annotated[str, Field(max_length=400)]
    unit: Unit
    disaggregation: tuple[Code, ...]
    basis: Text
    grade: Grade
    value: Value

    @model_validator(mode="after")
    def _fits(self) -> "Indicator":
        if self.official == (self.grade is Grade.D):
            raise ValueError("what is graded D is ours, and what is official is not")
        shares = self.unit in RATES or self.unit is Unit.MEDIAN_DAYS
        if isinstance(self.value, ByCounting):
            if shares != bool(self.value.denominator):
                raise ValueError("a share has a denominator, and a count has none")
            names = {axis.name for axis in BY_NAME[self.value.table].axes} - {self.value.axis}
            if unknown := set(self.disaggregation) - names:
                raise ValueError(f"the table cannot tell it by {', '.join(sorted(unknown))}")
        elif self.disaggregation:
            raise ValueError("only what is counted can be told in parts")
        if isinstance(self.value, ByEntry) and (self.value.form is Form.SCORE) != (self.value.highest is not None):
            raise ValueError("a score, and nothing else, has a highest value")
        if self.unit in RATES and not self.denominator:
            raise ValueError("a share says of what")
        return self

    @property
    def words(self) -> tuple[Message, Message, Message | None]:
        """Title, numerator and denominator."""
        return Message(self.title), Message(self.numerator), Message(self.denominator) if self.denominator else None

    @property
    def standing(self) -> Message:
        return OFFICIAL if self.official else OURS


class Catalogue(_Part):
    edition: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    indicators: tuple[Indicator, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> "Catalogue":
        ids = [each.id for each in self.indicators]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"{', '.join(twice)} stands there twice")
        return self


class CatalogueRefused(ValueError):
    """Names the place and what is wrong there."""


def read_catalogue(text: str) -> Catalogue:
    """Raises CatalogueRefused."""
    try:
        return Catalogue.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise CatalogueRefused(f"{place}: {first['msg']}") from None


@cache
def catalogue() -> Catalogue:
    return read_catalogue(BUILT_IN.read_text(encoding="utf-8"))


def find_indicator(indicator_id: str) -> Indicator | None:
    return next((each for each in catalogue().indicators if each.id == indicator_id), None)


def by_action() -> list[tuple[Action, list[Indicator]]]:
    """In the order of the catalogue, without actions of which there is none."""
    found: dict[Action, list[Indicator]] = {action: [] for action in Action}
    for each in catalogue().indicators:
        found[each.action].append(each)
    return [(action, of_action) for action, of_action in found.items() if of_action]


def method(indicator: Indicator, language: str) -> list[str]:
    """How the figure is made, sentence by sentence, from the same codes that are counted."""
    value = indicator.value
    if isinstance(value, ByNothing):
        return [say(language, Message(value.why))]
    if isinstance(value, ByEntry):
        return [say(language, _("Entered with its source by one person, and confirmed by another."))]
    spec = BY_NAME[value.table]
    told = [
        say(language, _("Made from the published table “{table}”."), table=say(language, spec.title)),
        say(language, spec.note),
        *(
            say(
                language,
                _("Only: {label}: {name}."),
                label=say(language, axis.label),
                name=say(language, axis.codes[code]),
            )
            for axis, code in ((axis_of(spec, name), code) for name, code in value.fixed.items())
        ),
        _listed(_("Counted: {label}: {names}."), value.along, value.numerator, language),
    ]
    if value.denominator:
        told.append(_listed(_("Out of: {label}: {names}."), value.along, value.denominator, language))
    if value.missing:
        told.append(_listed(_("Missing, and shown beside it: {label}: {names}."), value.along, value.missing, language))
    return told


def _listed(sentence: Message, axis: Axis, codes: Collection[str], language: str) -> str:
    names = "; ".join(say(language, axis.codes[code]) for code in codes)
    return say(language, sentence, label=say(language, axis.label), names=names)


def place_of(selection: Selection, code: str, **other: str) -> tuple[str, ...]:
    """The cell of a code along the selection's axis; `other` fixes further dimensions."""
    fixed = {**selection.fixed, **other, selection.axis: code}
    return tuple(fixed.get(axis.name, TOTAL) for axis in BY_NAME[selection.table].axes)


def extract(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel extraction method for `indicators.json`."""
    del keywords, comment_tags, options  # part of Babel's signature; the file has no code
    for each in json.loads(fileobj.read())["indicators"]:
        yield 1, "gettext", each["title"], ["Translators: the name of an indicator of return and reintegration"]
        yield 1, "gettext", each["numerator"], ["Translators: what an indicator counts"]
        if each["denominator"]:
            yield 1, "gettext", each["denominator"], ["Translators: out of what an indicator counts"]
        if "why" in each["value"]:
            yield 1, "gettext", each["value"]["why"], ["Translators: why an indicator is not available"]
