"""Faults between the rows of a form: names that do not exist, and conditions that go round in a circle."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter

from foundation.language import Message, _
from questionnaire.expressions import Expression, ExpressionRefused, compile_expression
from questionnaire.problems import Problem
from questionnaire.rows import Row
from questionnaire.sheet import REFERENCE, Question

TEXT_COLUMNS = ("label", "hint", "constraint_message", "required_message")
EXPRESSION_COLUMNS = ("relevant", "constraint", "calculation", "choice_filter")
_ORDERING_COLUMNS = ("calculation", "relevant", "choice_filter")


def try_expression(source: str) -> Expression | None:
    """The compiled expression; None when there is none or it was refused."""
    try:
        return compile_expression(source) if source else None
    except ExpressionRefused:
        return None


def find_unknown_names(rows: Iterable[Row], names: AbstractSet[str]) -> Iterator[Problem]:
    for row in rows:
        for column in EXPRESSION_COLUMNS:
            expression = try_expression(row.source(column))
            if expression:
                yield from _unknown(row, column, expression.references - names)
                yield from _misplaced(row, column, expression)
        for column in TEXT_COLUMNS:
            said = {name for text in row.cells.get(column, {}).values() for name in REFERENCE.findall(text)}
            yield from _unknown(row, column, said - names)


def _unknown(row: Row, column: str, names: AbstractSet[str]) -> Iterator[Problem]:
    for name in sorted(names):
        yield _problem(row, column, _("There is no question named {name}.").of(name=name))


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


def find_circles(questions: Mapping[str, Question], rows: Mapping[str, Row]) -> Iterator[Problem]:
    """One problem for each circle; a circle is broken before looking for the next."""
    graph = {name: _needs(question) & questions.keys() for name, question in questions.items()}
    while (circle := _circle(graph)) is not None:
        # graphlib lists each name before the one that needs it; people read "a needs b" the other way round
        path = [*reversed(circle)]
        graph[path[0]] -= {path[1]}
        row = rows[path[0]]
        column = next((each for each in _ORDERING_COLUMNS if path[1] in _named(row, each)), "relevant")
        yield _problem(row, column, _("This goes round in a circle: {path}.").of(path=" → ".join(path)))


def _needs(question: Question) -> set[str]:
    sources = (question.relevant, question.choice_filter, question.calculation)
    return {name for source in sources if (found := try_expression(source)) for name in found.references}


def _named(row: Row, column: str) -> AbstractSet[str]:
    expression = try_expression(row.source(column))
    return expression.references if expression else frozenset()


def _circle(graph: Mapping[str, set[str]]) -> list[str] | None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        circle: list[str] = fault.args[1]
        return circle
    return None


def _problem(row: Row, column: str, reason: Message) -> Problem:
    return Problem("survey", row.number, row.header(column), reason)
