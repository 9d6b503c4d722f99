"""What is wrong with a form, told so that its author can find the cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import Invalid
from foundation.language import Message, _


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a form. `row` counts as a spreadsheet does: the header is row 1; 0 is the whole sheet or file."""

    sheet: str
    row: int
    column: str
    reason: Message
    blocking: bool = True
    """False for what the author should know but need not mend, such as a language that is not complete."""


class FormRefused(Invalid):
    """The form cannot be used; `problems` holds every fault found, in the order of the form."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        # Translators: {count} faults were found in a questionnaire file that a staff member uploaded.
        super().__init__(_("This form cannot be used yet. Problems found: {count}."), count=len(problems))
        self.problems = tuple(problems)
