"""From the rows of a form to a Sheet: every fault is noted with its place, and reading goes on to find the next."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from foundation.language import SOURCE_LANGUAGE, _
from questionnaire.choosing import OTHER, Lists
from questionnaire.columns import MEDIA_COLUMNS, TEXT_COLUMNS, survey_faults
from questionnaire.expressions import Setting
from questionnaire.noting import NO, YES, Notes
from questionnaire.parts import OURS
from questionnaire.problems import Problem
from questionnaire.references import References, try_expression
from questionnaire.rows import Book, Row, language_code
from questionnaire.sheet import SELECTS, Choice, Group, Kind, Question, Repeat, Sheet, Widget

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)
_TYPES = {kind.value: kind for kind in Kind} | {
    "int": Kind.INTEGER, "string": Kind.TEXT, "photo": Kind.IMAGE, "location": Kind.GEOPOINT,
    "select_one_external": Kind.SELECT_ONE,
}  # fmt: skip
_EXTERNAL = "select_one_external"
_OR_OTHER = "or_other"
_REFUSED_SETTINGS = (
    "public_key",
    "submission_url",
    "auto_send",
    "auto_delete",
    "instance_name",
    "allow_choice_duplicates",
)
_CALLED = re.compile(r"[a-z][a-z0-9:-]*\(|\$\{", re.ASCII)
"""A default that is to be worked out, as pyxform tells it from a plain one."""
_WIDGETS = {
    Widget.BUTTONS: SELECTS,
    Widget.LIST: SELECTS,
    Widget.DATE_PICKER: frozenset([Kind.DATE]),
    Widget.NUMBER_PAD: frozenset([Kind.INTEGER, Kind.DECIMAL]),
}


def compile_book(
    book: Book, *, built_in: bool, media: Collection[str] | None = None
) -> tuple[Sheet | None, list[Problem]]:
    """The sheet, or None and all that stands in its way; problems that do not block may stand beside a sheet.

    `media`: the names of the files that come with the form, None if that is not known.
    """
    settings = book["settings"][0] if book["settings"] else Row(2, {}, {})
    notes = Notes(language_code(settings.text("default_language")) or SOURCE_LANGUAGE, media)
    compiler = _Compiler(book, built_in, notes, Lists("choices", notes), Lists("external_choices", notes))
    sheet = compiler.compile(settings)
    return (None if any(each.blocking for each in notes.problems) else sheet), notes.problems


@dataclass(frozen=True, slots=True)
class _Open:
    """A group or repeat whose end has not come yet. `relevant`: what a question inside it takes over."""

    name: str
    relevant: str
    row: Row
    is_repeat: bool


@dataclass(slots=True)
class _Compiler:
    book: Book
    built_in: bool
    notes: Notes
    lists: Lists
    external: Lists
    questions: dict[str, Question] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    repeats: dict[str, Repeat] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    group_repeats: dict[str, str] = field(default_factory=dict)
    """The repeat around each group, empty outside."""
    opened: list[_Open] = field(default_factory=list)
    unsupported: set[str] = field(default_factory=set)
    """Names of refused rows: what refers to them is not told as a second fault."""

    def compile(self, row: Row) -> Sheet | None:
        settings = self._settings(row)
        self.lists.read(self.book["choices"])
        self.external.read(self.book["external_choices"])
        for each in self.book["survey"]:
            self._read_survey_row(each)
        for group in self.opened:
            end = _("This repeat is never closed with end_repeat.") if group.is_repeat else _NEVER_CLOSED
            self.notes.add("survey", group.row, "type", end)
        if not any(question.is_asked for question in self.questions.values()):
            self.notes.problems.append(Problem("survey", 0, "", _("The form asks nothing.")))
        self._check_repeats()
        references = References(
            self.questions, self.repeats, self.rows, self.group_repeats, self.unsupported, self.lists.columns
        )
        self.notes.problems += references.problems()
        self.notes.find_gaps()
        if any(each.blocking for each in self.notes.problems):
            return None
        used = references.lists_used()
        return Sheet(
            format=1,
            id=settings["form_id"],
            version=settings["version"],
            title=settings["form_title"],
            languages=tuple(self.notes.languages),
            built_in=self.built_in,
            for_staff=row.text("for_staff").lower() in YES,
            questions=tuple(self.questions.values()),
            groups=tuple(self.groups.values()),
            repeats=tuple(self.repeats.values()),
            lists={name: tuple(choices) for name, choices in self.lists.choices.items() if name in used},
        )

    def _settings(self, row: Row) -> dict[str, str]:
        for column in ("form_id", "version"):
            if not row.text(column):
                self.notes.add("settings", row, column, _("{column} is missing.").of(column=column))
        for column in _REFUSED_SETTINGS:
            if row.text(column):
                self.notes.add("settings", row, column, _("The setting {name} is not supported.").of(name=column))
        if row.text("for_staff").lower() not in YES | NO:
            self.notes.add("settings", row, "for_staff", _("Only yes or no is supported here."))
        title = row.text("form_title") or row.text("form_id")
        return {"form_id": row.text("form_id"), "version": row.text("version"), "form_title": title}

    def _read_survey_row(self, row: Row) -> None:
        if not row.cells or row.text("disabled").lower() in YES:
            return
        kind, *rest = _type_words(row)
        if not kind:
            if row.text("name") or row.text("label"):
                self.notes.add("survey", row, "type", _("The row has no type."))
            return
        for column, reason in survey_faults(row):
            self.notes.add("survey", row, column, reason)
        match "_".join([kind, *rest]).lower():
            case "begin_group":
                self._begin(row, is_repeat=False)
            case "begin_repeat":
                self._begin(row, is_repeat=True)
            case "end_group":
                self._end(row, is_repeat=False)
            case "end_repeat":
                self._end(row, is_repeat=True)
            case _ if kind in _TYPES and (not rest or _TYPES[kind] in SELECTS):
                self._read_question(row, kind, rest)
            case _:
                name = " ".join([kind, *rest])
                self.notes.add("survey", row, "type", _("The type {name} is not supported.").of(name=name))
                self.unsupported.add(row.text("name"))

    def _begin(self, row: Row, *, is_repeat: bool) -> None:
        name = row.text("name")
        self._check_name(row, name)
        self.rows[name] = row
        inherited = self._relevant(row)
        path, label = tuple(each.name for each in self.opened), self.notes.text("survey", row, "label")
        if not is_repeat:
            self.groups[name], self.group_repeats[name] = Group(name=name, label=label), self._repeat
        elif self._repeat:
            self.notes.add("survey", row, "type", _("A repeat inside a repeat is not supported."))
        else:
            ask = {column: self.notes.text("survey", row, f"chat::{column}") for column in ("ask", "ask_another")}
            self.repeats[name] = Repeat(
                name=name, label=label, relevant=inherited, count=row.source("repeat_count"), group=path, **ask
            )
        self._check_asking(row, is_repeat=is_repeat)
        # Rows of a repeat that is not relevant do not exist: its questions need not ask again.
        self.opened.append(_Open(name, "" if is_repeat else row.source("relevant"), row, is_repeat))

    def _check_asking(self, row: Row, *, is_repeat: bool) -> None:
        for column in ("chat::ask", "chat::ask_another"):
            if row.text(column) and (not is_repeat or row.text("repeat_count")):
                self.notes.add("survey", row, column, _("Only a repeat without a count asks whether there is a row."))
        if row.text("repeat_count") and not is_repeat:
            self.notes.add("survey", row, "repeat_count", _("Only a repeat can have a count."))

    def _end(self, row: Row, *, is_repeat: bool) -> None:
        if self.opened and self.opened[-1].is_repeat == is_repeat:
            self.opened.pop()
        elif self.opened:
            named = _(
                "This closes {name}, which began as something else: a group ends as a group, a repeat as a repeat."
            )
            self.notes.add("survey", row, "type", named.of(name=self.opened.pop().name))
        else:
            end = _("This end_repeat closes no repeat.") if is_repeat else _("This end_group closes no group.")
            self.notes.add("survey", row, "type", end)

    @property
    def _repeat(self) -> str:
        """The repeat that rows are being read into."""
        return next((each.name for each in self.opened if each.is_repeat), "")

    def _check_repeats(self) -> None:
        for name in self.repeats:
            if not any(each.repeat == name and each.is_asked for each in self.questions.values()):
                self.notes.add("survey", self.rows[name], "type", _("The repeat asks nothing."))

    def _check_name(self, row: Row, name: str) -> None:
        if not _NAME.fullmatch(name):
            reason = _("A name is needed, of Latin letters, digits, - and _, starting with a letter.")
            self.notes.add("survey", row, "name", reason)
        elif name in self.rows:
            reason = _("The name {name} is used twice; it is already in row {row}.")
            self.notes.add("survey", row, "name", reason.of(name=name, row=self.rows[name].number))

    def _read_question(self, row: Row, written: str, rest: list[str]) -> None:
        name, kind = row.text("name"), _TYPES[written]
        self._check_name(row, name)
        texts = {column: self.notes.text("survey", row, column) for column in TEXT_COLUMNS}
        media = {column: self.notes.media(row, column) for column in MEDIA_COLUMNS}
        if kind not in {Kind.CALCULATE, Kind.HIDDEN} and not texts["label"]:
            self.notes.add("survey", row, "label", _("The question has no label."))
        self._check_columns(row, kind)
        default = row.text("default")
        is_dynamic = _CALLED.search(default) is not None
        question = Question(
            name=name,
            kind=kind,
            **texts,
            **media,
            required=self.notes.yes_or_no(row, "required"),
            relevant=self._relevant(row),
            constraint=row.source("constraint"),
            choices=self._choices(row, written, rest) if kind in SELECTS else (),
            choice_filter=row.source("choice_filter"),
            calculation=row.source("calculation"),
            default="" if is_dynamic else default,
            dynamic_default=row.source("default") if is_dynamic else "",
            widget=self._widget(row, kind),
            sensitive=self.notes.yes_or_no(row, "bind::chat:sensitive"),
            group=tuple(group.name for group in self.opened),
            repeat=self._repeat,
        )
        self.questions.setdefault(name, question)
        self.rows.setdefault(name, row)
        if OTHER in question.choices:
            self._add_other(question, row)

    def _add_other(self, question: Question, row: Row) -> None:
        """or_other: what the person means, in their own words."""
        name = f"{question.name}_other"
        condition = f"selected(${{{question.name}}}, '{OTHER.code}')"
        self._check_name(replace(row, cells={**row.cells, "name": {"": name}}), name)
        self.rows.setdefault(name, Row(row.number, {"name": {"": name}}, row.headers))
        other = Question(
            name=name,
            kind=Kind.TEXT,
            label={OURS: "say_which"},
            relevant=f"({question.relevant}) and {condition}" if question.relevant else condition,
            sensitive=question.sensitive,
            group=question.group,
            repeat=question.repeat,
        )
        self.questions.setdefault(name, other)

    def _relevant(self, row: Row) -> str:
        """Its own condition and those of the groups around it, as far as its repeat, as one expression."""
        parts = [part for part in (*(group.relevant for group in self._around()), row.source("relevant")) if part]
        folded = parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)
        if len(parts) > 1 and all(try_expression(part) for part in parts) and not try_expression(folded):
            too_long = _("With the conditions of its groups, the condition is too long.")
            self.notes.add("survey", row, "relevant", too_long)
        return folded

    def _around(self) -> list[_Open]:
        places = [place for place, each in enumerate(self.opened) if each.is_repeat]
        return self.opened[places[0] + 1 :] if places else self.opened

    def _check_columns(self, row: Row, kind: Kind) -> None:
        notes, has_one = self.notes, bool(row.source("calculation"))
        if kind is Kind.CALCULATE and not has_one:
            notes.add("survey", row, "calculation", _("A calculate row needs a calculation."))
        if kind is not Kind.CALCULATE and has_one:
            notes.add("survey", row, "calculation", _("Only calculate rows can have a calculation."))
        if kind not in SELECTS and row.source("choice_filter"):
            notes.add("survey", row, "choice_filter", _("Only questions with choices can have a choice filter."))
        if row.text("repeat_count"):
            notes.add("survey", row, "repeat_count", _("Only a repeat can have a count."))
        for column in ("chat::ask", "chat::ask_another"):
            if row.text(column):
                notes.add("survey", row, column, _("Only a repeat without a count asks whether there is a row."))

    def _widget(self, row: Row, kind: Kind) -> Widget | None:
        text = row.text("chat::widget")
        if text and text not in set(Widget):
            known = ", ".join(Widget)
            reason = _("The widget is not known. Known are: {known}.").of(known=known)
            self.notes.add("survey", row, "chat::widget", reason)
            return None
        widget = Widget(text) if text else None
        if widget and kind not in _WIDGETS[widget]:
            reason = _("The widget {widget} does not fit a question of type {kind}.").of(widget=widget, kind=kind)
            self.notes.add("survey", row, "chat::widget", reason)
        return widget

    def _choices(self, row: Row, written: str, rest: list[str]) -> tuple[Choice, ...]:
        lists = self.external if written == _EXTERNAL else self.lists
        with_other = rest[1:] == [_OR_OTHER] and written != _EXTERNAL
        if len(rest) != 1 and not with_other:
            self.notes.add("survey", row, "type", _("Name one list."))
            return ()
        if rest[0] not in lists.choices:
            reason = _("There is no list of choices named {name}.").of(name=rest[0])
            self.notes.add("survey", row, "type", reason)
            return ()
        expression = try_expression(row.source("choice_filter"), self._everything())
        for column in sorted(expression.columns - lists.columns[rest[0]]) if expression else ():
            reason = _("The choices have no column named {name}.").of(name=column)
            self.notes.add("survey", row, "choice_filter", reason)
        if with_other and row.source("choice_filter"):
            self.notes.add("survey", row, "type", _("or_other and a choice filter cannot stand together."))
        choices = tuple(lists.choices[rest[0]])
        if with_other and OTHER.code in {choice.code for choice in choices}:
            self.notes.add("survey", row, "type", _("or_other adds the choice other, which this list has already."))
        return (*choices, OTHER) if with_other else choices

    def _everything(self) -> Setting:
        """Stands in until all rows are read: enough to find the columns that an expression looks at."""
        repeat = self._repeat
        depth = len(self.opened) - [each.name for each in self.opened].index(repeat) if repeat else 0
        return Setting(own=repeat, depth=depth)


_NEVER_CLOSED = _("This group is never closed with end_group.")


def _type_words(row: Row) -> list[str]:
    text = row.text("type")
    for spaced in ("select one external", "select one", "select multiple"):
        text = text.replace(spaced, spaced.replace(" ", "_"))
    return text.split() or [""]
