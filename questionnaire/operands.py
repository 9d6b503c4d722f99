"""The parts of an expression while it is compiled: what is known of each before it runs, and how two become one."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from foundation.language import _
from questionnaire.functions import Function, Scope, Value, divide, equal, remainder, to_boolean, to_number, to_text
from questionnaire.tokens import ExpressionRefused

Closure = Callable[[Scope], Value]
Nodes = Callable[[Scope], list[str]]
Test = Callable[[Scope], bool]

_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": lambda left, right: to_number(left) < to_number(right),
    "<=": lambda left, right: to_number(left) <= to_number(right),
    ">": lambda left, right: to_number(left) > to_number(right),
    ">=": lambda left, right: to_number(left) >= to_number(right),
}
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Against a number that is written out, which need not be read anew each time."""
_OPERATE: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": lambda left, right: to_number(left) + to_number(right),
    "-": lambda left, right: to_number(left) - to_number(right),
    "*": lambda left, right: to_number(left) * to_number(right),
    "div": lambda left, right: divide(to_number(left), to_number(right)),
    "mod": lambda left, right: remainder(to_number(left), to_number(right)),
}


@dataclass(frozen=True, slots=True)
class Operand:
    """A part of an expression, with what is known of it before it runs."""

    run: Closure
    literal: str | None = None
    number: float | None = None
    """The number, if it is nothing but one written out."""
    reference: str | None = None
    """The name, if it is nothing but a question outside any repeat."""
    nodes: Nodes | None = None
    """All values, if it is a node set."""
    rows: str = ""
    """The repeat, if it is the name of one or of a question inside."""
    column: str = ""
    """The question inside that repeat."""
    refusal: ExpressionRefused | None = None
    """Why it is no single value."""
    test: Test | None = None
    """The same as `run`, if that gives true or false."""
    choice_column: str | None = None
    """The name, if it is nothing but a column of the choices."""
    column_is: tuple[str, str] | None = None


def nothing(_scope: Scope) -> Value:
    return ""


def constant(value: str) -> Operand:
    return Operand(lambda _scope: value, literal=value)


def single(operand: Operand) -> Closure:
    """Its one value. Raises ExpressionRefused for the answers of many rows."""
    if operand.refusal is not None:
        raise operand.refusal
    return operand.run


def condition_of(operand: Operand) -> Test:
    run = single(operand)
    return operand.test or (lambda scope: to_boolean(run(scope)))


def condition(test: Test) -> Operand:
    return Operand(test, test=test)


def _selected(arguments: list[Operand]) -> Test:
    match arguments:
        case [Operand(reference=str(asked)), Operand(literal=str(code))]:
            return lambda scope: code in scope.values.get(asked, "").split()
    codes, code_of = (single(argument) for argument in arguments)
    return lambda scope: to_text(code_of(scope)) in to_text(codes(scope)).split()


def _negated(arguments: list[Operand]) -> Test:
    inner = condition_of(arguments[0])
    return lambda scope: not inner(scope)


CONDITIONS: Mapping[str, Callable[[list[Operand]], Test]] = {"selected": _selected, "not": _negated}
"""Functions that are conditions, made without the detour through values of any kind."""


def column_of(repeat: str, name: str) -> Nodes:
    return lambda scope: [row[name] for row in scope.rows.get(repeat, ()) if name in row]


def rows_of(repeat: str) -> Nodes:
    return lambda scope: [""] * len(scope.rows.get(repeat, ()))


def items_operand(name: str, conditions: list[Closure], column: str) -> Operand:
    def nodes(scope: Scope) -> list[str]:
        outer, found = scope.columns, []
        for item in scope.items.get(name, ()):
            scope.columns = item
            if all(to_boolean(condition(scope)) for condition in conditions):
                found.append(item.get(column, ""))
        scope.columns = outer
        return found

    def first(scope: Scope) -> Value:
        return next(iter(nodes(scope)), "")

    return Operand(first, nodes=nodes)


def indexed(arguments: list[Operand]) -> Closure:
    answer, repeat, place = arguments
    if not answer.column or repeat.column or answer.rows != repeat.rows:
        raise ExpressionRefused(_("indexed-repeat needs a question of the repeat, the repeat, and a row's number."))
    number, listed, name = single(place), answer.rows, answer.column

    def found(scope: Scope) -> Value:
        rows, row = scope.rows.get(listed, ()), to_number(number(scope))
        return rows[int(row) - 1].get(name, "") if 1 <= row <= len(rows) else ""

    return found


def called(name: str, function: Function, arguments: list[Operand]) -> Closure:
    call = function.call
    if function.takes_nodes and any(argument.nodes for argument in arguments):
        many = [argument.nodes or _as_nodes(single(argument)) for argument in arguments]
        if name == "count":
            return lambda scope: float(sum(len(values(scope)) for values in many))
        return lambda scope: call(scope, *(value for values in many for value in values(scope)))
    runs = [single(argument) for argument in arguments]
    if name == "if":
        chosen, one, other = condition_of(arguments[0]), runs[1], runs[2]
        return lambda scope: one(scope) if chosen(scope) else other(scope)
    match runs:
        case []:
            return call
        case [only]:
            return lambda scope: call(scope, only(scope))
        case [first, second]:
            return lambda scope: call(scope, first(scope), second(scope))
    return lambda scope: call(scope, *[run(scope) for run in runs])


def _as_nodes(run: Closure) -> Nodes:
    return lambda scope: [to_text(run(scope))]


def combine(sign: str, left: Operand, right: Operand) -> Operand:
    first, second = single(left), single(right)
    match sign, left, right:
        case "and", _, _:
            one, other = condition_of(left), condition_of(right)
            return condition(lambda scope: one(scope) and other(scope))
        case "or", _, _:
            one, other = condition_of(left), condition_of(right)
            return condition(lambda scope: one(scope) or other(scope))
        # Texts on both sides: by far the most usual condition, and the cheapest.
        case "=", Operand(reference=str(name)), Operand(literal=str(text)):
            return condition(lambda scope: scope.values.get(name, "") == text)
        case "!=", Operand(reference=str(name)), Operand(literal=str(text)):
            return condition(lambda scope: scope.values.get(name, "") != text)
        case "=", Operand(choice_column=str(column)), Operand(reference=str(name)):
            return replace(
                condition(lambda scope: scope.columns.get(column, "") == scope.values.get(name, "")),
                column_is=(column, name),
            )
    if sign in _ORDER and right.number is not None:
        order, number = _ORDER[sign], right.number
        if (asked := left.reference) is not None:
            return condition(lambda scope: order(to_number(scope.values.get(asked, "")), number))
        return condition(lambda scope: order(to_number(first(scope)), number))
    if sign in _COMPARE:
        compare = _COMPARE[sign]
        return condition(lambda scope: compare(first(scope), second(scope)))
    operate = _OPERATE[sign]
    return Operand(lambda scope: operate(first(scope), second(scope)))
