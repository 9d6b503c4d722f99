"""The compiled form: a frozen, versioned value with a JSON text of its own. A run of a form uses nothing else."""

import re
from functools import cached_property
from typing import Literal

from pydantic import Field

from foundation import language as languages
from questionnaire.expressions import Setting
from questionnaire.keys import ANOTHER, RowKey, split_key
from questionnaire.parts import (
    FILES,
    OURS,
    SELECTS,
    SILENT,
    Answer,
    Answers,
    Choice,
    Group,
    Kind,
    Part,
    Question,
    Repeat,
    Text,
    Widget,
)
from questionnaire.plan import Plan, make_plan, setting_of

__all__ = [
    "FILES", "REFERENCE", "SELECTS", "SILENT", "Answer", "Answers", "Choice", "Group", "Kind", "Question", "Repeat",
    "Sheet", "Text", "Widget",
]  # fmt: skip

REFERENCE = re.compile(r"\$\{\s*([A-Za-z_][\w-]*)\s*\}", re.ASCII)
MOST_ROWS = 30
"""Of one repeat. A chat that asks for more is no help to anyone; the person is told."""
_YES_NO = (Choice(code="yes", label={OURS: "yes"}), Choice(code="no", label={OURS: "no"}))


class Sheet(Part):
    format: Literal[1]
    id: str
    version: str
    title: str
    languages: tuple[str, ...]
    built_in: bool = False
    """Its texts are English and translated by the catalogues; any other form brings its own languages."""
    for_staff: bool = False
    """Staff fill it in, on pages; it is never asked in a chat. Built in, its texts are the staff's: see `domain_of`."""
    questions: tuple[Question, ...]
    groups: tuple[Group, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    lists: dict[str, tuple[Choice, ...]] = Field(default_factory=dict)
    """The lists of choices that expressions look into with `instance('list')`."""

    @cached_property
    def _by_key(self) -> dict[str, Question]:
        """The form's rows by name; questions inside repeats are added by key as they are asked for."""
        return {question.name: question for question in self.questions}

    @cached_property
    def _repeats(self) -> dict[str, Repeat]:
        return {repeat.name: repeat for repeat in self.repeats}

    @cached_property
    def plan(self) -> Plan:
        """How to evaluate this form; worked out once."""
        return make_plan(self.questions, self.repeats, self.settings, MOST_ROWS)

    @cached_property
    def spoken_lists(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """The lists of `lists` by language, as expressions see them; filled as languages are met."""
        return {}

    @cached_property
    def settings(self) -> Setting:
        """What expressions outside any repeat see."""
        repeated = frozenset((question.name, question.repeat) for question in self.questions if question.repeat)
        return Setting(repeated, frozenset(self._repeats))

    def question(self, key: str) -> Question:
        """By key. A key as `members/2/age` gives the question of that row. Raises KeyError for one it does not have."""
        found = self._by_key.get(key)
        if found is None:
            found = self._by_key[key] = self._row_question(key, split_key(key))
        return found

    def repeat(self, name: str) -> Repeat:
        """Raises KeyError."""
        return self._repeats[name]

    def _row_question(self, key: str, place: RowKey) -> Question:
        repeat = self._repeats[place.repeat]
        if place.row > MOST_ROWS + 1:
            raise KeyError(key)
        if place.name == ANOTHER:
            return _another(key, place.row, repeat)
        template = self._by_key[place.name]
        if template.repeat != repeat.name or place.row > MOST_ROWS:
            raise KeyError(key)
        return template.model_copy(update={"name": key})

    def setting_of(self, question: Question) -> Setting:
        """What this question's expressions see: inside a repeat, its own row."""
        return setting_of(question, self.settings)

    def complete_languages(self) -> tuple[str, ...]:
        """The languages in which nothing is missing; only in these may the form be offered."""
        if self.built_in:
            return languages.complete_languages("console" if self.for_staff else "person")
        return tuple(code for code in self.languages if all(code in text or OURS in text for text in self.texts()))

    def texts(self) -> list[Text]:
        """Every text a person may be shown, in the order of the form."""
        found = [group.label for group in self.groups]
        for repeat in self.repeats:
            found += [repeat.label, repeat.ask, repeat.ask_another]
        for question in self.questions:
            found += [question.label, question.hint, question.required_message, question.constraint_message]
            found += [choice.label for choice in question.choices]
        found += [choice.label for choices in self.lists.values() for choice in choices]
        return [text for text in found if text]

    def media(self) -> tuple[str, ...]:
        """The names of all pictures and recordings that belong to the form."""
        names = [name for each in self.questions for text in (each.image, each.audio) for name in text.values()]
        return tuple(dict.fromkeys(names))

    def to_json(self) -> str:
        return self.model_dump_json(exclude_defaults=True)

    @classmethod
    def from_json(cls, source: str) -> "Sheet":
        """Raises pydantic.ValidationError when the text is not a sheet of this format."""
        return cls.model_validate_json(source)


def _another(key: str, row: int, repeat: Repeat) -> Question:
    """Whether there is one more row; past the last row that can be, a note which says so."""
    group = (*repeat.group, repeat.name)
    if row > MOST_ROWS:
        return Question(name=key, kind=Kind.NOTE, label={OURS: "rows_full"}, group=group, repeat=repeat.name)
    own = repeat.ask if row == 1 else repeat.ask_another
    label = own or {OURS: "first_row" if row == 1 else "another_row"}
    return Question(
        name=key,
        kind=Kind.SELECT_ONE,
        label=label,
        required=True,
        choices=_YES_NO,
        widget=Widget.BUTTONS,
        group=group,
        repeat=repeat.name,
    )
