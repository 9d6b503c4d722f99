"""The choices of a form: lists by name, each with the columns that a choice filter may look at."""

from dataclasses import dataclass, field

from foundation.language import _
from questionnaire.columns import choice_faults
from questionnaire.noting import Notes
from questionnaire.parts import OURS
from questionnaire.rows import Row
from questionnaire.sheet import REFERENCE, Choice, Text

OTHER = Choice(code="other", label={OURS: "other"})
_TEXTS = ("list_name", "name", "label")


@dataclass(slots=True)
class Lists:
    """The lists of one sheet: `choices`, or `external_choices` for long ones."""

    sheet: str
    notes: Notes
    choices: dict[str, list[Choice]] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=dict)

    def read(self, rows: list[Row]) -> None:
        for row in rows:
            listed, code = row.text("list_name"), row.text("name")
            label = self.notes.text(self.sheet, row, "label")
            if not (listed or code or label):
                continue
            self._check(row, listed, code, label)
            columns = {column: row.text(column) for column in row.cells if column not in _TEXTS}
            self.choices.setdefault(listed, []).append(Choice(code=code, label=label, columns=columns))
            self.columns.setdefault(listed, {"name"}).update(columns)

    def _check(self, row: Row, listed: str, code: str, label: Text) -> None:
        notes, sheet = self.notes, self.sheet
        if not listed:
            notes.add(sheet, row, "list_name", _("The choice belongs to no list."))
        if not code or len(code.split()) != 1:
            notes.add(sheet, row, "name", _("A choice needs a name without spaces."))
        if code in {choice.code for choice in self.choices.get(listed, [])}:
            notes.add(sheet, row, "name", _("The choice {name} is in this list twice.").of(name=code))
        if not label:
            notes.add(sheet, row, "label", _("The choice has no label."))
        if any(REFERENCE.search(text) for text in label.values()):
            notes.add(sheet, row, "label", _("A choice's label cannot repeat an answer."))
        for column, reason in choice_faults(row):
            notes.add(sheet, row, column, reason)
