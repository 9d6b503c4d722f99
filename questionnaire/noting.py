"""What the readers of a form's sheets share: the problems found so far, and its texts by language."""

from collections.abc import Collection
from dataclasses import dataclass, field

from foundation.language import SOURCE_LANGUAGE, Message, _
from questionnaire.parts import ANY_LANGUAGE
from questionnaire.problems import Problem
from questionnaire.rows import UNMARKED, Row, language_code
from questionnaire.sheet import Text

YES = frozenset(["yes", "true", "true()"])
NO = frozenset(["", "no", "false", "false()"])


@dataclass(slots=True)
class Notes:
    default_language: str = SOURCE_LANGUAGE
    files: Collection[str] | None = None
    """The names of the files that come with the form, None if that is not known."""
    problems: list[Problem] = field(default_factory=list)
    languages: dict[str, None] = field(default_factory=dict)
    """Codes in the order met."""
    texts: list[tuple[str, Row, str, Text]] = field(default_factory=list)
    """Every text with its sheet, row and column."""
    recordings: list[tuple[Row, str, Text]] = field(default_factory=list)

    def add(self, sheet: str, row: Row, column: str, reason: Message) -> None:
        self.problems.append(Problem(sheet, row.number, row.header(column), reason))

    def text(self, sheet: str, row: Row, column: str) -> Text:
        """The languages of a text column, by code."""
        found: Text = {}
        for written, text in row.cells.get(column, {}).items():
            code = self.default_language if written == UNMARKED else language_code(written)
            if code is None:
                unknown = _("The language {name} is not known. Write its code in brackets, such as French (fr).")
                self.add(sheet, row, column, unknown.of(name=written))
                code = SOURCE_LANGUAGE
            self.languages[code] = None
            found[code] = text
        if found:
            self.texts.append((sheet, row, column, found))
        return found

    def media(self, row: Row, column: str) -> Text:
        """The names of a picture or recording by language; one without a language serves them all."""
        cells = row.cells.get(column, {})
        named = Row(row.number, {column: {each: cells[each] for each in cells if each != UNMARKED}}, row.headers)
        found = self.text("survey", named, column) if named.cells[column] else {}
        if UNMARKED in cells:
            found[ANY_LANGUAGE] = cells[UNMARKED]
        elif found:
            self.texts.pop()
            self.recordings.append((row, column, found))
        for name in found.values():
            if "/" in name or "\\" in name:
                self.add("survey", row, column, _("Write the file's name alone, without a folder."))
            elif self.files is not None and name not in self.files:
                missing = _("The file {name} is named in the form and is not there.")
                self.add("survey", row, column, missing.of(name=name))
        return found

    def yes_or_no(self, row: Row, column: str) -> bool:
        text = row.text(column).lower()
        if text not in YES | NO:
            self.add("survey", row, column, _("Only yes or no is supported here."))
        return text in YES

    def find_gaps(self) -> None:
        """Which texts keep the form from being offered in a language, and whether any language is left."""
        incomplete: set[str] = set()
        for sheet, row, column, text in self.texts:
            for code in self.languages:
                if code in text:
                    continue
                incomplete.add(code)
                reason = _("The text in the language {code} is missing. The form is not offered in that language.")
                told = reason.of(code=code)
                self.problems.append(Problem(sheet, row.number, row.header(column), told, blocking=False))
        for row, column, names in self.recordings:
            for code in self.languages.keys() - names.keys():
                reason = _("There is none in the language {code}. The question is shown there without it.")
                told = reason.of(code=code)
                self.problems.append(Problem("survey", row.number, row.header(column), told, blocking=False))
        if self.languages and incomplete == set(self.languages):
            none = _("The form is complete in no language: every text must be there in at least one of them.")
            self.problems.append(Problem("survey", 0, "", none))
