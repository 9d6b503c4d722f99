"""Expressions of a form (relevant, constraint, calculation, choice_filter): XPath text in, closures out.

The subset is the one real forms use: `${name}`, `.`, literals, `or and = != < <= > >= + - * div mod`, the functions
in `functions.py`, `position(..)`, `indexed-repeat(...)` and `instance(...)`. Other paths and everything that looks
outside the answers are refused by name.

Inside its own repeat `${age}` is the same row's answer. Anywhere else it is a node set, the answers of all rows, which
only functions that take several values can use; XPath would silently take the first row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from foundation.language import _
from questionnaire.functions import FUNCTIONS, REFUSED_FUNCTIONS, Scope, Value, to_number
from questionnaire.operands import (
    CONDITIONS,
    Closure,
    Operand,
    Test,
    called,
    column_of,
    combine,
    condition,
    condition_of,
    constant,
    indexed,
    items_operand,
    nothing,
    rows_of,
    single,
)
from questionnaire.patterns import can_be_read, repeats_a_repeat
from questionnaire.tokens import END, ExpressionRefused, Token, refuse_token, tokens_of

__all__ = ["Expression", "ExpressionRefused", "Setting", "compile_expression"]

_DEEPEST = 40

_QUOTED_REFERENCE = re.compile(r"\s*(?:\$\{\s*)?([A-Za-z_][\w-]*)(?:\s*\})?\s*", re.ASCII)
_ITEMS = "/root/item"

_PRECEDENCE = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6,
}  # fmt: skip
_SIGN_BINDS = 7


@dataclass(frozen=True, slots=True)
class Setting:
    """Where an expression stands: which names are answers of rows, and of which repeat it is itself a part."""

    repeated: frozenset[tuple[str, str]] = frozenset()
    """(question, repeat) of every question inside a repeat."""
    repeats: frozenset[str] = frozenset()
    own: str = ""
    depth: int = 0
    """Groups between the question and its repeat, counted as `position` counts them: 1 is `position(..)`."""

    def repeat_of(self, name: str) -> str:
        return next((repeat for question, repeat in self.repeated if question == name), "")


_NOWHERE = Setting()


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `references` name questions; `columns` are bare names, columns of the choices sheet."""

    source: str
    references: frozenset[str]
    columns: frozenset[str]
    lists: frozenset[tuple[str, str]]
    """(list, column) that it looks up with instance()."""
    uses_current: bool
    run: Closure = field(repr=False, compare=False)
    test: Test = field(repr=False, compare=False)
    """The same as a condition."""
    column_is: tuple[str, str] | None = None
    """(column, question) if it says no more than that the one equals the other."""

    def evaluate(self, values: Mapping[str, str], *, now: datetime, current: str = "") -> Value:
        """The result for these values. Never raises: what has no meaning is NaN, false or the empty string."""
        return self.run(Scope(values=values, now=now, current=current))


@lru_cache(maxsize=8192)
def compile_expression(text: str, setting: Setting = _NOWHERE) -> Expression:
    """Compile once per text and setting. Raises ExpressionRefused."""
    return _Parser(text, setting).parse()


class _Parser:
    """A Pratt parser: each operator binds as strongly as `_PRECEDENCE` says, to the left first."""

    def __init__(self, text: str, setting: Setting) -> None:
        self.source = text
        self.setting = setting
        self.tokens = tokens_of(text)
        self.place = 0
        self.depth = 0
        self.item_of = ""
        """The list whose items a predicate is looking at."""
        self.references: set[str] = set()
        self.columns: set[str] = set()
        self.lists: set[tuple[str, str]] = set()
        self.uses_current = False

    def parse(self) -> Expression:
        if not self.tokens:
            raise ExpressionRefused(_("The expression is empty."))
        whole = self._expression(0)
        if self._next is not END:
            refuse_token(self._next)
        return Expression(
            self.source,
            frozenset(self.references),
            frozenset(self.columns),
            frozenset(self.lists),
            self.uses_current,
            single(whole),
            condition_of(whole),
            whole.column_is,
        )

    @property
    def _next(self) -> Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else END

    def _take(self) -> Token:
        token = self._next
        self.place += 1
        return token

    def _expect(self, text: str) -> None:
        if self._take().text != text:
            self.place -= 1
            refuse_token(self._next)

    def _expression(self, floor: int) -> Operand:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionRefused(_("The expression has too many brackets inside each other."))
        left = self._operand()
        while (strength := self._strength()) > floor:
            operator = self._take().text
            left = combine(operator, left, self._expression(strength))
        self.depth -= 1
        return left

    def _strength(self) -> int:
        token = self._next
        return _PRECEDENCE.get(token.text, 0) if token.kind in {"operator", "name"} else 0

    def _operand(self) -> Operand:
        token = self._take()
        match token.kind:
            case "string":
                return constant(token.text[1:-1])
            case "number":
                number = float(token.text)
                return Operand(lambda _scope: number, number=number)
            case "reference":
                return self._reference(token.text[2:-1].strip())
            case "dot":
                self.uses_current = True
                return Operand(lambda scope: scope.current)
            case "name" if self._next.text == "(":
                return self._call(token.text)
            case "name" if token.text not in _PRECEDENCE:
                return self._column(token.text)
        return self._bracket_or_sign(token)

    def _bracket_or_sign(self, token: Token) -> Operand:
        if token.text == "(" and token.kind == "operator":
            inner = self._expression(0)
            self._expect(")")
            return inner
        if token.text != "-" or token.kind != "operator":
            refuse_token(token)
        operand = single(self._expression(_SIGN_BINDS))
        return Operand(lambda scope: -to_number(operand(scope)))

    def _reference(self, name: str) -> Operand:
        self.references.add(name)
        repeat = self.setting.repeat_of(name)
        if repeat and repeat == self.setting.own:
            return Operand(lambda scope: scope.row.get(name, ""), rows=repeat, column=name)
        if repeat:
            reason = _("{name} has an answer in every row. Use it inside sum, count, max, min, join or indexed-repeat.")
            nodes, refusal = column_of(repeat, name), ExpressionRefused(reason, name=name)
            return Operand(nothing, nodes=nodes, rows=repeat, column=name, refusal=refusal)
        if name in self.setting.repeats:
            reason = _("{name} is a repeat: use it inside count or indexed-repeat.")
            return Operand(nothing, nodes=rows_of(name), rows=name, refusal=ExpressionRefused(reason, name=name))
        return Operand(lambda scope: scope.values.get(name, ""), reference=name)

    def _column(self, name: str) -> Operand:
        if self.item_of:
            self.lists.add((self.item_of, name))
            return Operand(lambda scope: scope.columns.get(name, ""))
        self.columns.add(name)
        return Operand(lambda scope: scope.columns.get(name, ""), choice_column=name)

    def _call(self, name: str) -> Operand:
        match name:
            case "position":
                return self._position()
            case "instance":
                return self._instance()
            case _ if name in REFUSED_FUNCTIONS:
                raise ExpressionRefused(_("The function {function} is not supported in this version."), function=name)
        function = FUNCTIONS.get(name)
        if function is None:
            raise ExpressionRefused(_("There is no function named {function}."), function=name)
        starts = self.place + 1
        arguments = self._arguments()
        if not function.least <= len(arguments) <= function.most:
            raise ExpressionRefused(_("The function {function} has the wrong number of values."), function=name)
        self._check_literals(name, self.tokens[starts : self.place - 1])
        if name == "indexed-repeat":
            return Operand(indexed(arguments))
        if name == "jr:choice-name":
            arguments[1] = self._named_question(self.tokens[self.place - 2])
        if name == "once":
            self.uses_current = True
        if name in CONDITIONS:
            return condition(CONDITIONS[name](arguments))
        return Operand(called(name, function, arguments))

    def _arguments(self) -> list[Operand]:
        self._expect("(")
        arguments: list[Operand] = []
        while self._next.text != ")" or self._next.kind != "operator":
            if arguments:
                self._expect(",")
            arguments.append(self._expression(0))
        self._expect(")")
        return arguments

    def _position(self) -> Operand:
        self._expect("(")
        parent = self._take()
        if parent.kind != "parent":
            raise ExpressionRefused(_("Only position(..) is supported: the number of the row."))
        self._expect(")")
        if not self.setting.own:
            raise ExpressionRefused(_("position(..) is the number of a row, and this is not inside a repeat."))
        if not self.setting.depth:
            raise ExpressionRefused(_("Put position(..) into a calculate row of the repeat and use that row here."))
        if parent.text.count("..") != self.setting.depth:
            written = "/".join([".."] * self.setting.depth)
            raise ExpressionRefused(_("Here the row's number is position({dots})."), dots=written)
        return Operand(lambda scope: scope.position)

    def _instance(self) -> Operand:
        """`instance('list')/root/item[condition]/column`: a node set of the items for which the condition holds."""
        self._expect("(")
        listed = self._take()
        self._expect(")")
        path = self._take()
        if listed.kind != "string" or path.kind != "path" or not path.text.startswith(_ITEMS):
            raise ExpressionRefused(_("Write instance('list')/root/item[condition]/column."))
        name, rest = listed.text[1:-1], path.text.removeprefix(_ITEMS)
        self.lists.add((name, "name"))
        conditions: list[Closure] = []
        while not rest and self._next.text == "[":
            conditions.append(self._predicate(name))
        if not rest and self._next.kind == "path":
            rest = self._take().text
        column = rest.removeprefix("/")
        if "/" in column:
            raise ExpressionRefused(_("Write instance('list')/root/item[condition]/column."))
        if column:
            self.lists.add((name, column))
        return items_operand(name, conditions, column)

    def _predicate(self, name: str) -> Closure:
        self._expect("[")
        outer, self.item_of = self.item_of, name
        begins = self._next.kind
        condition = single(self._expression(0))
        if begins == "number" and self.tokens[self.place - 2].text == "[":
            raise ExpressionRefused(_("An item is chosen by a condition on its columns, not by its number."))
        self.item_of = outer
        self._expect("]")
        return condition

    def _check_literals(self, name: str, inside: list[Token]) -> None:
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

    def _named_question(self, token: Token) -> Operand:
        match = _QUOTED_REFERENCE.fullmatch(token.text[1:-1]) if token.kind == "string" else None
        if match is None:
            raise ExpressionRefused(
                _("The second value of jr:choice-name must be a question's name in quotation marks.")
            )
        self.references.add(match[1])
        return constant(match[1])
