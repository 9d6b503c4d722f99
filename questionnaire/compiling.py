"""From the rows of a form to a Sheet: every fault is noted with its place, and reading goes on to find the next."""

import re
from dataclasses import dataclass, field

from foundation.language import SOURCE_LANGUAGE, Message, _
from questionnaire.expressions import ExpressionRefused, compile_expression
from questionnaire.problems import Problem
from questionnaire.references import EXPRESSION_COLUMNS, TEXT_COLUMNS, find_circles, find_unknown_names, try_expression
from questionnaire.rows import UNMARKED, Book, Row, language_code
from questionnaire.sheet import REFERENCE, SELECTS, Choice, Group, Kind, Question, Sheet, Text, Widget

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)
_TYPES = {kind.value: kind for kind in Kind} | {"int": Kind.INTEGER, "string": Kind.TEXT}
_REFUSED_COLUMNS = (
    "read_only", "trigger", "repeat_count", "parameters", "image", "big-image", "audio", "video", "autoplay", "save_to",
    "query", "rows", "intent",
)  # fmt: skip
_REFUSED_SETTINGS = ("public_key", "submission_url", "auto_send", "auto_delete")
_YES = frozenset(["yes", "true", "true()"])
_NO = frozenset(["", "no", "false", "false()"])


def compile_book(book: Book, *, built_in: bool) -> tuple[Sheet | None, list[Problem]]:
    """The sheet, or None and all that stands in its way."""
    compiler = _Compiler(book, built_in=built_in)
    sheet = compiler.compile()
    return (None if compiler.problems else sheet), compiler.problems


@dataclass(slots=True)
class _OpenGroup:
    name: str
    relevant: str
    row: Row


@dataclass(slots=True)
class _Compiler:
    book: Book
    built_in: bool
    problems: list[Problem] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    open_groups: list[_OpenGroup] = field(default_factory=list)
    lists: dict[str, list[Choice]] = field(default_factory=dict)
    list_columns: dict[str, set[str]] = field(default_factory=dict)
    languages: dict[str, None] = field(default_factory=dict)
    """Codes in the order met."""
    default_language: str = SOURCE_LANGUAGE
    unsupported: set[str] = field(default_factory=set)
    """Names of refused rows: what refers to them is not told as a second fault."""

    def compile(self) -> Sheet | None:
        settings = self._settings()
        self._read_choices()
        for row in self.book["survey"]:
            self._read_survey_row(row)
        for group in self.open_groups:
            self._note("survey", group.row, "type", _("This group is never closed with end_group."))
        if not any(question.is_asked for question in self.questions.values()):
            self.problems.append(Problem("survey", 0, "", _("The form asks nothing.")))
        self.problems += find_unknown_names(self.rows.values(), self.questions.keys() | self.unsupported)
        self.problems += find_circles(self.questions, self.rows)
        if self.problems:
            return None
        return Sheet(
            format=1,
            id=settings["form_id"],
            version=settings["version"],
            title=settings["form_title"],
            languages=tuple(self.languages),
            built_in=self.built_in,
            questions=tuple(self.questions.values()),
            groups=tuple(self.groups.values()),
        )

    def _note(self, sheet: str, row: Row, column: str, reason: Message) -> None:
        self.problems.append(Problem(sheet, row.number, row.header(column), reason))

    def _settings(self) -> dict[str, str]:
        row = self.book["settings"][0] if self.book["settings"] else Row(2, {}, {})
        for column in ("form_id", "version"):
            if not row.text(column):
                self._note("settings", row, column, _("{column} is missing.").of(column=column))
        for column in _REFUSED_SETTINGS:
            if row.text(column):
                self._note("settings", row, column, _("The setting {name} is not supported.").of(name=column))
        self.default_language = language_code(row.text("default_language")) or SOURCE_LANGUAGE
        title = row.text("form_title") or row.text("form_id")
        return {"form_id": row.text("form_id"), "version": row.text("version"), "form_title": title}

    def _text(self, sheet: str, row: Row, column: str) -> Text:
        found: Text = {}
        for written, text in row.cells.get(column, {}).items():
            code = self.default_language if written == UNMARKED else language_code(written)
            if code is None:
                unknown = _("The language {name} is not known. Write its code in brackets, such as French (fr).")
                self._note(sheet, row, column, unknown.of(name=written))
                code = SOURCE_LANGUAGE
            self.languages[code] = None
            found[code] = text
        return found

    def _read_choices(self) -> None:
        for row in self.book["choices"]:
            listed, code, label = row.text("list_name"), row.text("name"), self._text("choices", row, "label")
            if not (listed or code or label):
                continue
            self._check_choice(row, listed, code, label)
            known = ("list_name", "name", "label")
            columns = {column: row.text(column) for column in row.cells if column not in known}
            self.lists.setdefault(listed, []).append(Choice(code=code, label=label, columns=columns))
            self.list_columns.setdefault(listed, {"name"}).update(columns)

    def _check_choice(self, row: Row, listed: str, code: str, label: Text) -> None:
        if not listed:
            self._note("choices", row, "list_name", _("The choice belongs to no list."))
        if not code or len(code.split()) != 1:
            self._note("choices", row, "name", _("A choice needs a name without spaces."))
        if code in {choice.code for choice in self.lists.get(listed, [])}:
            self._note("choices", row, "name", _("The choice {name} is in this list twice.").of(name=code))
        if not label:
            self._note("choices", row, "label", _("The choice has no label."))
        if any(REFERENCE.search(text) for text in label.values()):
            self._note("choices", row, "label", _("A choice's label cannot repeat an answer."))
        for column in _REFUSED_COLUMNS:
            if column in row.cells:
                self._note("choices", row, column, _("The column {name} is not supported.").of(name=column))

    def _read_survey_row(self, row: Row) -> None:
        if not row.cells or row.text("disabled").lower() in _YES:
            return
        kind, *rest = _type_words(row)
        if not kind:
            if row.text("name") or row.text("label"):
                self._note("survey", row, "type", _("The row has no type."))
            return
        for column in _REFUSED_COLUMNS:
            if column in row.cells:
                self._note("survey", row, column, _("The column {name} is not supported.").of(name=column))
        control = "_".join([kind, *rest]).lower()
        if control == "begin_group":
            self._begin_group(row)
        elif control == "end_group":
            self._end_group(row)
        elif kind in _TYPES and (not rest or _TYPES[kind] in SELECTS):
            self._read_question(row, _TYPES[kind], rest)
        else:
            name = " ".join([kind, *rest])
            self._note("survey", row, "type", _("The type {name} is not supported.").of(name=name))
            self.unsupported.add(row.text("name"))

    def _begin_group(self, row: Row) -> None:
        name = row.text("name")
        self._check_name(row, name)
        self.rows[name] = row
        self._check_syntax(row, "relevant")
        self.groups[name] = Group(name=name, label=self._text("survey", row, "label"))
        self.open_groups.append(_OpenGroup(name, row.source("relevant"), row))

    def _end_group(self, row: Row) -> None:
        if self.open_groups:
            self.open_groups.pop()
        else:
            self._note("survey", row, "type", _("This end_group closes no group."))

    def _check_name(self, row: Row, name: str) -> None:
        if not _NAME.fullmatch(name):
            reason = _("A name is needed, of Latin letters, digits, - and _, starting with a letter.")
            self._note("survey", row, "name", reason)
        elif name in self.rows:
            reason = _("The name {name} is used twice; it is already in row {row}.")
            self._note("survey", row, "name", reason.of(name=name, row=self.rows[name].number))

    def _read_question(self, row: Row, kind: Kind, rest: list[str]) -> None:
        name = row.text("name")
        self._check_name(row, name)
        texts = {column: self._text("survey", row, column) for column in TEXT_COLUMNS}
        asked = kind not in {Kind.CALCULATE, Kind.HIDDEN}
        if asked and not texts["label"]:
            self._note("survey", row, "label", _("The question has no label."))
        for column in EXPRESSION_COLUMNS:
            self._check_syntax(row, column)
        self._check_calculation(row, kind)
        question = Question(
            name=name,
            kind=kind,
            **texts,
            required=self._yes_or_no(row, "required"),
            relevant=self._relevant(row),
            constraint=row.source("constraint"),
            choices=self._choices(row, rest) if kind in SELECTS else (),
            choice_filter=row.source("choice_filter"),
            calculation=row.source("calculation"),
            default=self._default(row),
            widget=self._widget(row),
            sensitive=self._yes_or_no(row, "bind::chat:sensitive"),
            group=tuple(group.name for group in self.open_groups),
        )
        self.questions.setdefault(name, question)
        self.rows.setdefault(name, row)

    def _check_syntax(self, row: Row, column: str) -> None:
        try:
            if source := row.source(column):
                compile_expression(source)
        except ExpressionRefused as refusal:
            self._note("survey", row, column, refusal.message)

    def _relevant(self, row: Row) -> str:
        """Its own condition and those of the groups around it, as one expression."""
        parts = [part for part in (*(group.relevant for group in self.open_groups), row.source("relevant")) if part]
        folded = parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)
        if all(try_expression(part) for part in parts) and folded and not try_expression(folded):
            self._note("survey", row, "relevant", _("With the conditions of its groups, the condition is too long."))
        return folded

    def _check_calculation(self, row: Row, kind: Kind) -> None:
        has_one = bool(row.source("calculation"))
        if kind is Kind.CALCULATE and not has_one:
            self._note("survey", row, "calculation", _("A calculate row needs a calculation."))
        if kind is not Kind.CALCULATE and has_one:
            self._note("survey", row, "calculation", _("Only calculate rows can have a calculation."))
        if kind not in SELECTS and row.source("choice_filter"):
            self._note("survey", row, "choice_filter", _("Only questions with choices can have a choice filter."))

    def _yes_or_no(self, row: Row, column: str) -> bool:
        text = row.text(column).lower()
        if text not in _YES | _NO:
            self._note("survey", row, column, _("Only yes or no is supported here."))
        return text in _YES

    def _default(self, row: Row) -> str:
        text = row.text("default")
        if "(" in text or "${" in text:
            self._note("survey", row, "default", _("A default that is calculated is not supported."))
        return text

    def _widget(self, row: Row) -> Widget | None:
        text = row.text("chat::widget")
        if text and text not in set(Widget):
            known = ", ".join(Widget)
            self._note("survey", row, "chat::widget", _("The widget is not known. Known are: {known}.").of(known=known))
            return None
        return Widget(text) if text else None

    def _choices(self, row: Row, rest: list[str]) -> tuple[Choice, ...]:
        if len(rest) != 1:
            what = _("or_other is not supported: add a choice for it.") if "or_other" in rest else _("Name one list.")
            self._note("survey", row, "type", what)
            return ()
        if rest[0] not in self.lists:
            self._note("survey", row, "type", _("There is no list of choices named {name}.").of(name=rest[0]))
            return ()
        expression = try_expression(row.source("choice_filter"))
        for column in sorted(expression.columns - self.list_columns[rest[0]]) if expression else ():
            reason = _("The choices have no column named {name}.").of(name=column)
            self._note("survey", row, "choice_filter", reason)
        return tuple(self.lists[rest[0]])


def _type_words(row: Row) -> list[str]:
    text = row.text("type")
    for spaced in ("select one", "select multiple"):
        text = text.replace(spaced, spaced.replace(" ", "_"))
    return text.split() or [""]
