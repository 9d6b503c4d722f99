"""How to evaluate a form: every expression compiled, every step after those it needs, and who needs whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Literal

from questionnaire.expressions import Setting, compile_expression
from questionnaire.keys import ANOTHER, row_key, split_key
from questionnaire.operands import Closure, Test
from questionnaire.parts import SELECTS, SILENT, Choice, Kind, Question, Repeat


@dataclass(frozen=True, slots=True)
class Step:
    """One question: what decides whether it is asked, what it offers, and what it is worth."""

    name: str
    question: Question
    kind: Kind
    is_select: bool
    is_plain: bool
    """Outside any repeat, asked of a person, and offering the same to everyone: nearly every question."""
    is_in_rows: bool
    repeat: str
    condition: str
    """What `relevant` was compiled from: many questions share the condition of their group."""
    relevant: Test | None
    choice_filter: Test | None
    calculation: Closure | None
    uses_current: bool
    """Whether the calculation looks at what was calculated before."""
    constraint: Test | None
    codes: frozenset[str]
    sorted_by: tuple[str, Mapping[str, tuple[tuple[Choice, ...], frozenset[str]]]] | None
    """For a filter that only compares a column with an answer: the question, and by what it is worth the choices."""


@dataclass(frozen=True, slots=True)
class RowsStep:
    """One repeat: how many rows it has."""

    repeat: Repeat
    relevant: Test | None
    count: Closure | None
    is_in_rows: Literal[True] = True


@dataclass(frozen=True)
class Plan:
    order: tuple[Step | RowsStep, ...]
    needed_by: Mapping[str, tuple[Step | RowsStep, ...]]
    """For the name of a question or repeat: itself and all that depend on it, in order."""
    outline: tuple[str | tuple[str, tuple[str, ...]], ...]
    """In the order of the form: a question's name, or a repeat's name with those of its questions."""
    most_rows: int

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        return {step.name: step for step in self.order if isinstance(step, Step)}

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """All keys in order, if no repeat makes them depend on the answers."""
        return tuple(each for each in self.outline if isinstance(each, str)) if not self._has_repeats else None

    @cached_property
    def _has_repeats(self) -> bool:
        return not all(isinstance(each, str) for each in self.outline)

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for place, each in enumerate(self.outline):
            if isinstance(each, str):
                found[each] = (place, 0)
            else:
                found |= {name: (place, inner) for inner, name in enumerate(each[1])}
                found[each[0]] = (place, -1)
        return found

    def place(self, key: str) -> tuple[int, int, int]:
        """Where a key stands in the form; larger is later."""
        repeat, row, name = split_key(key)
        place, inner = self._places[repeat if name == ANOTHER else name]
        return place, row, inner

    def keys(self, rows: Mapping[str, Sequence[object]]) -> Iterator[str]:
        """Every key in the order of the form, for that many rows."""
        for each in self.outline:
            if isinstance(each, str):
                yield each
                continue
            repeat, names = each
            last = len(rows.get(repeat, ()))
            for row in range(1, last + 1):
                yield row_key(repeat, row, ANOTHER)
                for name in names:
                    yield row_key(repeat, row, name)
            yield row_key(repeat, last + 1, ANOTHER)


def setting_of(question: Question, setting: Setting) -> Setting:
    """What this question's expressions see: inside a repeat, its own row."""
    if not question.repeat:
        return setting
    return replace(setting, own=question.repeat, depth=len(question.group) - question.group.index(question.repeat))


def needs_of(question: Question, setting: Setting) -> frozenset[str]:
    """The names that decide whether it is asked, what it offers and, for a calculation, what it is."""
    sources = (question.relevant, question.choice_filter, question.calculation)
    own = frozenset([question.repeat]) if question.repeat else frozenset[str]()
    return _references(sources, setting_of(question, setting)) | own


def needs_of_repeat(repeat: Repeat, setting: Setting) -> frozenset[str]:
    return _references((repeat.relevant, repeat.count), setting)


def _references(sources: Sequence[str], setting: Setting) -> frozenset[str]:
    return frozenset[str]().union(*(compile_expression(source, setting).references for source in sources if source))


def make_plan(questions: Sequence[Question], repeats: Sequence[Repeat], setting: Setting, most_rows: int) -> Plan:
    """Raises graphlib.CycleError for conditions that go round in a circle; compiling a form has refused those."""
    steps: dict[str, Step | RowsStep] = {each.name: _step(each, setting) for each in questions}
    steps |= {each.name: _rows_step(each, setting) for each in repeats}
    graph = {each.name: needs_of(each, setting) & steps.keys() for each in questions}
    graph |= {each.name: needs_of_repeat(each, setting) & steps.keys() for each in repeats}
    TopologicalSorter(graph).prepare()  # refuses circles
    names = _in_order(_outline(questions), graph)
    return Plan(
        order=tuple(steps[name] for name in names),
        needed_by={name: tuple(steps[each] for each in _dependents(name, names, graph)) for name in names},
        outline=_outline(questions),
        most_rows=most_rows,
    )


def _in_order(
    outline: Sequence[str | tuple[str, tuple[str, ...]]], graph: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """The order of the form, but for a name that needs a later one: that one comes before it."""
    found: dict[str, None] = {}

    def place(name: str) -> None:
        if name not in found:
            for need in sorted(graph[name]):
                place(need)
            found[name] = None

    for each in outline:
        for name in [each] if isinstance(each, str) else [each[0], *each[1]]:
            place(name)
    return tuple(found)


def _dependents(name: str, names: Sequence[str], graph: Mapping[str, frozenset[str]]) -> list[str]:
    reached = {name}
    for each in names:  # sorted: whatever a step needs has been looked at before it
        if graph[each] & reached:
            reached.add(each)
    return [each for each in names if each in reached]


def _outline(questions: Sequence[Question]) -> tuple[str | tuple[str, tuple[str, ...]], ...]:
    """Questions of one repeat stand together."""
    found: dict[str, list[str] | None] = {}
    for question in questions:
        if question.repeat:
            inside = found.setdefault(question.repeat, [])
            if inside is not None:
                inside.append(question.name)
        else:
            found[question.name] = None
    return tuple(name if inside is None else (name, tuple(inside)) for name, inside in found.items())


def _step(question: Question, setting: Setting) -> Step:
    inside = setting_of(question, setting)
    return Step(
        name=question.name,
        question=question,
        kind=question.kind,
        is_select=question.kind in SELECTS,
        is_plain=not question.repeat and not question.choice_filter and question.kind not in SILENT,
        is_in_rows=bool(question.repeat),
        repeat=question.repeat,
        condition=question.relevant,
        relevant=_test(question.relevant, inside),
        choice_filter=_test(question.choice_filter, inside),
        calculation=_value(question.calculation, inside),
        uses_current=bool(question.calculation) and compile_expression(question.calculation, inside).uses_current,
        constraint=_test(question.constraint, inside),
        codes=frozenset(choice.code for choice in question.choices),
        sorted_by=_sorted(question, inside),
    )


def _sorted(
    question: Question, setting: Setting
) -> tuple[str, Mapping[str, tuple[tuple[Choice, ...], frozenset[str]]]] | None:
    compared = compile_expression(question.choice_filter, setting).column_is if question.choice_filter else None
    if compared is None:
        return None
    column, name = compared
    found: dict[str, tuple[Choice, ...]] = {}
    for choice in question.choices:
        worth = choice.columns_and_name.get(column, "")
        found[worth] = (*found.get(worth, ()), choice)
    return name, {worth: (some, frozenset(each.code for each in some)) for worth, some in found.items()}


def _rows_step(repeat: Repeat, setting: Setting) -> RowsStep:
    return RowsStep(repeat, _test(repeat.relevant, setting), _value(repeat.count, setting))


def _value(source: str, setting: Setting) -> Closure | None:
    return compile_expression(source, setting).run if source else None


def _test(source: str, setting: Setting) -> Test | None:
    return compile_expression(source, setting).test if source else None
