"""The words an expression of a form is made of."""

import re
from dataclasses import dataclass
from typing import NoReturn

from foundation.errors import Invalid
from foundation.language import _

MOST_TOKENS = 400
"""Keeps parsing and evaluating far from Python's recursion limit."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<reference>\$\{\s*[A-Za-z_][\w-]*\s*\})
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<name>[A-Za-z_][\w-]*(?::[A-Za-z_][\w-]*)?)
    | (?P<operator><=|>=|!=|[][=<>+*(),-])
    | (?P<parent>\.\.(?:/\.\.)*(?!/))
    | (?P<path>(?:/[A-Za-z_][\w-]*)+)
    | (?P<dot>\.(?![./]))
    )""",
    re.VERBOSE | re.ASCII,
)


class ExpressionRefused(Invalid):
    """The expression cannot be used; the message says why, in words for the form's author."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str


END = Token("end", "")


def tokens_of(text: str) -> list[Token]:
    """The last one holds the rest that cannot be read, if any; the parser refuses it if nothing before it is worse."""
    found: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            return [*found, Token("unreadable", text[place:end].strip())]
        found.append(Token(match.lastgroup or "", match[match.lastgroup or 0]))
        place = match.end()
        if len(found) > MOST_TOKENS:
            raise ExpressionRefused(_("The expression is too long. Split it with calculate rows."))
    return found


def refuse_token(token: Token) -> NoReturn:
    if token is END:
        raise ExpressionRefused(_("The expression stops too early: a bracket or a value is missing."))
    if token.kind in {"path", "parent"} or (token.kind == "unreadable" and token.text.startswith(("/", "..", "./"))):
        raise ExpressionRefused(
            _("Paths are not supported. Write a question's name as $ and the name in curly brackets.")
        )
    if token.kind == "unreadable" and token.text.startswith(("'", '"')):
        raise ExpressionRefused(_("A quotation mark is opened and not closed."))
    if token.kind == "unreadable":
        raise ExpressionRefused(_("The expression cannot be read from here on: {rest}"), rest=token.text[:20])
    raise ExpressionRefused(_("This was not expected here: {token}"), token=token.text)
