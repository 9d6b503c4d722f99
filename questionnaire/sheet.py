"""The compiled form: a frozen, versioned value with a JSON text of its own. A run of a form uses nothing else."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from foundation import language as languages
from questionnaire.expressions import compile_expression

Text = dict[str, str]
"""One text by language code."""

Answer = JsonValue
"""str for text, date, decimal and select_one; int for integer; list of codes for select_multiple; True for a note that
was read; None for a question that was skipped."""

Answers = Mapping[str, Answer]

REFERENCE = re.compile(r"\$\{\s*([A-Za-z_][\w-]*)\s*\}", re.ASCII)


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    NOTE = "note"
    CALCULATE = "calculate"
    HIDDEN = "hidden"
    """Filled by the caller from what is already known, never asked."""


SELECTS = frozenset([Kind.SELECT_ONE, Kind.SELECT_MULTIPLE])
SILENT = frozenset([Kind.CALCULATE, Kind.HIDDEN])


class Widget(StrEnum):
    BUTTONS = "buttons"
    LIST = "list"
    DATE_PICKER = "date-picker"
    NUMBER_PAD = "number-pad"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Part):
    code: str
    label: Text
    columns: dict[str, str] = Field(default_factory=dict)
    """What a choice_filter may look at."""


class Group(_Part):
    name: str
    label: Text = Field(default_factory=dict)


class Question(_Part):
    """One row of a form. `relevant` already includes the conditions of every group around it."""

    name: str
    kind: Kind
    label: Text = Field(default_factory=dict)
    hint: Text = Field(default_factory=dict)
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
    widget: Widget | None = None
    sensitive: bool = False
    group: tuple[str, ...] = ()

    @property
    def is_asked(self) -> bool:
        return self.kind not in SILENT

    @property
    def may_be_skipped(self) -> bool:
        return self.is_asked and not self.required and self.kind is not Kind.NOTE

    @property
    def depends_on(self) -> frozenset[str]:
        """The names that decide whether it is asked, what it offers and, for a calculation, what it is."""
        sources = (self.relevant, self.choice_filter, self.calculation)
        return frozenset[str]().union(*(compile_expression(source).references for source in sources if source))


class Sheet(_Part):
    format: Literal[1]
    id: str
    version: str
    title: str
    languages: tuple[str, ...]
    built_in: bool = False
    """Its texts are English and translated by the catalogues; any other form brings its own languages."""
    questions: tuple[Question, ...]
    groups: tuple[Group, ...] = ()

    @cached_property
    def _by_name(self) -> dict[str, Question]:
        return {question.name: question for question in self.questions}

    def question(self, name: str) -> Question:
        """Raises KeyError for a name the form does not have."""
        return self._by_name[name]

    @cached_property
    def evaluation_order(self) -> tuple[Question, ...]:
        """Every question after those it depends on. Compiling has refused circles, so there is always such an order."""
        graph = {question.name: sorted(question.depends_on) for question in self.questions}
        return tuple(self._by_name[name] for name in TopologicalSorter(graph).static_order())

    def complete_languages(self) -> tuple[str, ...]:
        """The languages in which nothing is missing; only in these may the form be offered."""
        if self.built_in:
            return languages.complete_languages("person")
        return tuple(code for code in self.languages if all(code in text for text in self.texts() if text))

    def texts(self) -> list[Text]:
        """Every text a person may be shown, in the order of the form; absent texts are empty."""
        found = [group.label for group in self.groups]
        for question in self.questions:
            found += [question.label, question.hint, question.required_message, question.constraint_message]
            found += [choice.label for choice in question.choices]
        return found

    def to_json(self) -> str:
        return self.model_dump_json(exclude_defaults=True)

    @classmethod
    def from_json(cls, source: str) -> "Sheet":
        """Raises pydantic.ValidationError when the text is not a sheet of this format."""
        return cls.model_validate_json(source)
