"""Faults between the rows of a form: names that do not exist, and conditions that go round in a circle."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from foundation.language import Message, _
from questionnaire.columns import EXPRESSION_COLUMNS, TEXT_COLUMNS
from questionnaire.expressions import Expression, ExpressionRefused, Setting, compile_expression
from questionnaire.plan import setting_of
from questionnaire.problems import Problem
from questionnaire.rows import Row
from questionnaire.sheet import REFERENCE, Question, Repeat

_ORDERING_COLUMNS = ("calculation", "relevant", "choice_filter", "repeat_count")
_NOWHERE = Setting()


def try_expression(source: str, setting: Setting = _NOWHERE) -> Expression | None:
    """The compiled expression; None when there is none or it was refused."""
    try:
        return compile_expression(source, setting) if source else None
    except ExpressionRefused:
        return None


@dataclass(frozen=True)
class References:
    """All rows of a form, once they are read."""

    questions: Mapping[str, Question]
    repeats: Mapping[str, Repeat]
    rows: Mapping[str, Row]
    """By name: also those of groups and repeats."""
    group_repeats: Mapping[str, str]
    """The repeat around each group, empty outside."""
    unsupported: AbstractSet[str]
    list_columns: Mapping[str, AbstractSet[str]]

    @cached_property
    def _setting(self) -> Setting:
        repeated = frozenset((each.name, each.repeat) for each in self.questions.values() if each.repeat)
        return Setting(repeated, frozenset(self.repeats))

    @cached_property
    def _names(self) -> AbstractSet[str]:
        return self.questions.keys() | self.repeats.keys() | self.unsupported

    def _setting_of(self, name: str) -> Setting:
        if name in self.questions:
            return setting_of(self.questions[name], self._setting)
        # A group's condition is evaluated with each question in it, at whatever depth: it has no depth of its own.
        return replace(self._setting, own=self.group_repeats.get(name, ""), depth=0)

    def problems(self) -> Iterator[Problem]:
        for name, row in self.rows.items():
            setting = self._setting_of(name)
            for column in (*EXPRESSION_COLUMNS, "default"):
                yield from self._expression_faults(name, row, column, setting)
            for column in TEXT_COLUMNS:
                yield from self._text_faults(name, row, column)
        yield from self._circles()

    def lists_used(self) -> set[str]:
        """The lists that some expression looks into with instance()."""
        return {
            listed
            for name, row in self.rows.items()
            for column in (*EXPRESSION_COLUMNS, "default")
            if (expression := try_expression(self._source(name, row, column), self._setting_of(name)))
            for listed, _column in expression.lists
        }

    def _source(self, name: str, row: Row, column: str) -> str:
        """A plain default is no expression."""
        if column == "default" and not (name in self.questions and self.questions[name].dynamic_default):
            return ""
        return row.source(column)

    def _expression_faults(self, name: str, row: Row, column: str, setting: Setting) -> Iterator[Problem]:
        source = self._source(name, row, column)
        if not source:
            return
        try:
            expression = compile_expression(source, setting)
        except ExpressionRefused as refusal:
            yield _problem(row, column, refusal.message)
            return
        yield from self._unknown(row, column, expression.references - self._names)
        yield from _misplaced(row, column, expression)
        for listed in sorted({listed for listed, _column in expression.lists} - self.list_columns.keys()):
            yield _problem(row, column, _("There is no list of choices named {name}.").of(name=listed))
        for listed, needed in sorted(expression.lists):
            if listed in self.list_columns and needed not in self.list_columns[listed] | {"label"}:
                yield _problem(row, column, _("The choices have no column named {name}.").of(name=needed))

    def _text_faults(self, name: str, row: Row, column: str) -> Iterator[Problem]:
        said = {name for text in row.cells.get(column, {}).values() for name in REFERENCE.findall(text)}
        yield from self._unknown(row, column, said - self._names)
        own = self._setting_of(name).own
        for each in sorted(said & self._names):
            if each in self.repeats or self._setting.repeat_of(each) not in ("", own):
                reason = _("{name} has an answer in every row. Join them in a calculate row and repeat that one here.")
                yield _problem(row, column, reason.of(name=each))

    def _unknown(self, row: Row, column: str, names: AbstractSet[str]) -> Iterator[Problem]:
        for name in sorted(names):
            yield _problem(row, column, _("There is no question named {name}.").of(name=name))

    def _circles(self) -> Iterator[Problem]:
        """One problem for each circle; a circle is broken before looking for the next."""
        graph = {name: self._needs(name) for name in (*self.questions, *self.repeats)}
        while (circle := _circle(graph)) is not None:
            # graphlib lists each name before the one that needs it; people read "a needs b" the other way round
            path, column = self._told_from(circle[:0:-1])
            graph[path[0]] -= {path[1]}
            told = _("This goes round in a circle: {path}.").of(path=" → ".join(path))
            yield _problem(self.rows[path[0]], column, told)

    def _told_from(self, circle: list[str]) -> tuple[list[str], str]:
        """The circle from a row that names the next one in a column: a question needs its repeat without a word."""
        for place, name in enumerate(circle):
            path = [*circle[place:], *circle[: place + 1]]
            for column in _ORDERING_COLUMNS:
                if path[1] in self._named(name, column):
                    return path, column
        return [*circle, circle[0]], "relevant"

    def _needs(self, name: str) -> set[str]:
        question, repeat = self.questions.get(name), self.repeats.get(name)
        sources = [question.relevant, question.choice_filter, question.calculation] if question else []
        sources += [repeat.relevant, repeat.count] if repeat else []
        setting = self._setting_of(name)
        named = {each for source in sources if (found := try_expression(source, setting)) for each in found.references}
        own = {question.repeat} if question and question.repeat else set[str]()
        return (named | own) & (self.questions.keys() | self.repeats.keys())

    def _named(self, name: str, column: str) -> AbstractSet[str]:
        expression = try_expression(self.rows[name].source(column), self._setting_of(name))
        return expression.references if expression else frozenset()


def _misplaced(row: Row, column: str, expression: Expression) -> Iterator[Problem]:
    """Bare names mean columns of the choices, which only a choice filter sees; a dot means an answer being checked."""
    if column != "choice_filter":
        for name in sorted(expression.columns):
            reason = _(
                "{name} is neither text nor a question: put it in quotation marks, or in curly brackets after $."
            )
            yield _problem(row, column, reason.of(name=name))
    if column not in {"constraint", "calculation"} and expression.uses_current:
        yield _problem(row, column, _("A lone dot means the answer itself and has no meaning here."))


def _circle(graph: Mapping[str, set[str]]) -> list[str] | None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        circle: list[str] = fault.args[1]
        return circle
    return None


def _problem(row: Row, column: str, reason: Message) -> Problem:
    return Problem("survey", row.number, row.header(column), reason)
