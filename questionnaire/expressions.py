"""Expressions of a form (relevant, constraint, calculation, choice_filter): XPath text in, closures out.

The subset is the one real forms use: `${name}`, `.`, literals, `or and = != < <= > >= + - * div mod`, and the functions
in `functions.py`. Paths, node sets and everything that looks outside the answers are refused by name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NoReturn

from foundation.errors import Invalid
from foundation.language import _
from questionnaire.functions import (
    FUNCTIONS,
    REFUSED_FUNCTIONS,
    Scope,
    Value,
    divide,
    equal,
    remainder,
    to_boolean,
    to_number,
)
from questionnaire.patterns import can_be_read, repeats_a_repeat

MOST_TOKENS = 400
"""Keeps parsing and evaluating far from Python's recursion limit."""
_DEEPEST = 40

Closure = Callable[[Scope], Value]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<reference>\$\{\s*[A-Za-z_][\w-]*\s*\})
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<name>[A-Za-z_][\w-]*(?::[A-Za-z_][\w-]*)?)
    | (?P<operator><=|>=|!=|[=<>+*(),-])
    | (?P<dot>\.(?![./]))
    )""",
    re.VERBOSE | re.ASCII,
)
_QUOTED_REFERENCE = re.compile(r"\s*(?:\$\{\s*)?([A-Za-z_][\w-]*)(?:\s*\})?\s*", re.ASCII)

_PRECEDENCE = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6,
}  # fmt: skip
_SIGN_BINDS = 7

_OPERATE: Mapping[str, Callable[[Value, Value], Value]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": lambda left, right: to_number(left) < to_number(right),
    "<=": lambda left, right: to_number(left) <= to_number(right),
    ">": lambda left, right: to_number(left) > to_number(right),
    ">=": lambda left, right: to_number(left) >= to_number(right),
    "+": lambda left, right: to_number(left) + to_number(right),
    "-": lambda left, right: to_number(left) - to_number(right),
    "*": lambda left, right: to_number(left) * to_number(right),
    "div": lambda left, right: divide(to_number(left), to_number(right)),
    "mod": lambda left, right: remainder(to_number(left), to_number(right)),
}


class ExpressionRefused(Invalid):
    """The expression cannot be used; the message says why, in words for the form's author."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `references` name questions; `columns` are bare names, columns of the choices sheet."""

    source: str
    references: frozenset[str]
    columns: frozenset[str]
    uses_current: bool
    run: Closure = field(repr=False, compare=False)

    def evaluate(self, values: Mapping[str, str], *, now: datetime, current: str = "") -> Value:
        """The result for these values. Never raises: what has no meaning is NaN, false or the empty string."""
        return self.run(Scope(values=values, now=now, current=current))


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Compile once per text. Raises ExpressionRefused."""
    return _Parser(text).parse()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_END = _Token("end", "")


def _tokens(text: str) -> list[_Token]:
    """The last one holds the rest that cannot be read, if any; the parser refuses it if nothing before it is worse."""
    found: list[_Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            return [*found, _Token("unreadable", text[place:end].strip())]
        found.append(_Token(match.lastgroup or "", match[match.lastgroup or 0]))
        place = match.end()
        if len(found) > MOST_TOKENS:
            raise ExpressionRefused(_("The expression is too long. Split it with calculate rows."))
    return found


def _refuse_text(rest: str) -> NoReturn:
    if rest.startswith(("/", "..", "./", "//")):
        raise ExpressionRefused(
            _("Paths are not supported. Write a question's name as $ and the name in curly brackets.")
        )
    if rest.startswith(("'", '"')):
        raise ExpressionRefused(_("A quotation mark is opened and not closed."))
    raise ExpressionRefused(_("The expression cannot be read from here on: {rest}"), rest=rest[:20])


class _Parser:
    """A Pratt parser: each operator binds as strongly as `_PRECEDENCE` says, to the left first."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.tokens = _tokens(text)
        self.place = 0
        self.depth = 0
        self.references: set[str] = set()
        self.columns: set[str] = set()
        self.uses_current = False

    def parse(self) -> Expression:
        if not self.tokens:
            raise ExpressionRefused(_("The expression is empty."))
        run = self._expression(0)
        if self._next is not _END:
            self._refuse_token(self._next)
        return Expression(self.source, frozenset(self.references), frozenset(self.columns), self.uses_current, run)

    @property
    def _next(self) -> _Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else _END

    def _take(self) -> _Token:
        token = self._next
        self.place += 1
        return token

    def _expect(self, operator: str) -> None:
        if self._take().text != operator:
            self.place -= 1
            self._refuse_token(self._next)

    def _refuse_token(self, token: _Token) -> NoReturn:
        if token is _END:
            raise ExpressionRefused(_("The expression stops too early: a bracket or a value is missing."))
        if token.kind == "unreadable":
            _refuse_text(token.text)
        raise ExpressionRefused(_("This was not expected here: {token}"), token=token.text)

    def _expression(self, floor: int) -> Closure:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionRefused(_("The expression has too many brackets inside each other."))
        left = self._operand()
        while (strength := self._strength()) > floor:
            operator = self._take().text
            left = _combine(operator, left, self._expression(strength))
        self.depth -= 1
        return left

    def _strength(self) -> int:
        token = self._next
        return _PRECEDENCE.get(token.text, 0) if token.kind in {"operator", "name"} else 0

    def _operand(self) -> Closure:
        token = self._take()
        match token.kind:
            case "number" | "string":
                return _constant(token.text[1:-1] if token.kind == "string" else float(token.text))
            case "reference":
                return self._reference(token.text[2:-1].strip())
            case "dot":
                self.uses_current = True
                return lambda scope: scope.current
            case "name" if self._next.text == "(":
                return self._call(token.text)
            case "name" if token.text not in _PRECEDENCE:
                return self._column(token.text)
        return self._bracket_or_sign(token)

    def _bracket_or_sign(self, token: _Token) -> Closure:
        if token.text == "(" and token.kind == "operator":
            inner = self._expression(0)
            self._expect(")")
            return inner
        if token.text != "-" or token.kind != "operator":
            self._refuse_token(token)
        operand = self._expression(_SIGN_BINDS)
        return lambda scope: -to_number(operand(scope))

    def _reference(self, name: str) -> Closure:
        self.references.add(name)
        return lambda scope: scope.values.get(name, "")

    def _column(self, name: str) -> Closure:
        self.columns.add(name)
        return lambda scope: scope.columns.get(name, "")

    def _call(self, name: str) -> Closure:
        if name in REFUSED_FUNCTIONS:
            raise ExpressionRefused(_("The function {function} is not supported in this version."), function=name)
        function = FUNCTIONS.get(name)
        if function is None:
            raise ExpressionRefused(_("There is no function named {function}."), function=name)
        starts = self.place + 1
        arguments = self._arguments()
        if not function.least <= len(arguments) <= function.most:
            raise ExpressionRefused(_("The function {function} has the wrong number of values."), function=name)
        self._check_literals(name, self.tokens[starts : self.place - 1])
        if name == "jr:choice-name":
            arguments[1] = self._named_question(self.tokens[self.place - 2])
        if name == "once":
            self.uses_current = True
        call = function.call
        return lambda scope: call(scope, *(argument(scope) for argument in arguments))

    def _arguments(self) -> list[Closure]:
        self._expect("(")
        arguments: list[Closure] = []
        while self._next.text != ")" or self._next.kind != "operator":
            if arguments:
                self._expect(",")
            arguments.append(self._expression(0))
        self._expect(")")
        return arguments

    def _check_literals(self, name: str, inside: list[_Token]) -> None:
        """A pattern must be written out, so that it is known to be sound before a person's words meet it."""
        if name != "regex":
            return
        if inside[-1].kind != "string" or inside[-2].text != ",":
            raise ExpressionRefused(_("The pattern in regex must be written out between quotation marks."))
        pattern = inside[-1].text[1:-1]
        if not can_be_read(pattern):
            raise ExpressionRefused(_("The pattern in regex cannot be read."))
        if repeats_a_repeat(pattern):
            raise ExpressionRefused(_("The pattern in regex repeats a repeat, which can take hours. Write it without."))

    def _named_question(self, token: _Token) -> Closure:
        match = _QUOTED_REFERENCE.fullmatch(token.text[1:-1]) if token.kind == "string" else None
        if match is None:
            raise ExpressionRefused(
                _("The second value of jr:choice-name must be a question's name in quotation marks.")
            )
        self.references.add(match[1])
        return _constant(match[1])


def _constant(value: Value) -> Closure:
    return lambda _scope: value


def _combine(operator: str, left: Closure, right: Closure) -> Closure:
    if operator == "and":
        return lambda scope: to_boolean(left(scope)) and to_boolean(right(scope))
    if operator == "or":
        return lambda scope: to_boolean(left(scope)) or to_boolean(right(scope))
    operate = _OPERATE[operator]
    return lambda scope: operate(left(scope), right(scope))
