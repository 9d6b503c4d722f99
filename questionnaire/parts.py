"""The parts of a compiled form: questions, choices, groups and repeats. Frozen values, nothing is worked out here."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Text = dict[str, str]
"""One text by language code."""

OURS = "*"
"""In place of a language: the text is one of our own, named by its value; see `wording.OWN_WORDS`."""

ANY_LANGUAGE = ""
"""In place of a language: a picture or recording that serves them all."""

Answer = JsonValue
"""str for text, date, decimal, geopoint ("lat lon alt acc") and select_one; int for integer; list of codes for
select_multiple; {"file": id, "type": media type} for image, audio, file, and for words that were spoken; True for a
note that was read; None for a question that was skipped."""

Answers = Mapping[str, Answer]
"""By key: see `questionnaire.keys`."""


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    IMAGE = "image"
    AUDIO = "audio"
    FILE = "file"
    GEOPOINT = "geopoint"
    NOTE = "note"
    CALCULATE = "calculate"
    HIDDEN = "hidden"
    """Filled by the caller from what is already known, never asked."""


SELECTS = frozenset([Kind.SELECT_ONE, Kind.SELECT_MULTIPLE])
FILES = frozenset([Kind.IMAGE, Kind.AUDIO, Kind.FILE])
SILENT = frozenset([Kind.CALCULATE, Kind.HIDDEN])


class Widget(StrEnum):
    BUTTONS = "buttons"
    LIST = "list"
    DATE_PICKER = "date-picker"
    NUMBER_PAD = "number-pad"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(Part):
    code: str
    label: Text
    columns: dict[str, str] = Field(default_factory=dict)
    """What a choice_filter may look at."""

    @cached_property
    def columns_and_name(self) -> Mapping[str, str]:
        return {**self.columns, "name": self.code}


class Group(Part):
    name: str
    label: Text = Field(default_factory=dict)


class Repeat(Part):
    """Questions asked once for each of several things. `relevant` includes the conditions of the groups around it."""

    name: str
    label: Text = Field(default_factory=dict)
    relevant: str = ""
    count: str = ""
    """How many rows; empty: the person says before each row whether there is one."""
    ask: Text = Field(default_factory=dict)
    """The form's own words for whether there is a first row."""
    ask_another: Text = Field(default_factory=dict)
    group: tuple[str, ...] = ()


class Question(Part):
    """One row of a form. `relevant` already includes the conditions of every group around it, inside its repeat."""

    name: str
    """As asked of a person this is the key: inside a repeat `members/2/age`."""
    kind: Kind
    label: Text = Field(default_factory=dict)
    hint: Text = Field(default_factory=dict)
    image: Text = Field(default_factory=dict)
    """Names of pictures to show, by language."""
    audio: Text = Field(default_factory=dict)
    """Names of recordings to hear, by language."""
    required: bool = False
    required_message: Text = Field(default_factory=dict)
    relevant: str = ""
    constraint: str = ""
    constraint_message: Text = Field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    choice_filter: str = ""
    calculation: str = ""
    default: str = ""
    """What a front door may offer as a first suggestion. It is no answer until the person gives it."""
    dynamic_default: str = ""
    """The same as an expression."""
    widget: Widget | None = None
    sensitive: bool = False
    group: tuple[str, ...] = ()
    """Names of the groups and the repeat around it, outermost first."""
    repeat: str = ""

    @property
    def is_asked(self) -> bool:
        return self.kind not in SILENT

    @property
    def may_be_skipped(self) -> bool:
        """A place is nobody's to demand, whatever the form says."""
        if self.kind is Kind.GEOPOINT:
            return True
        return self.is_asked and not self.required and self.kind is not Kind.NOTE
