"""What a template says whatever it is given, said when it is compiled: a page then has as little to do as it can."""

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from foundation.language import Message, say

_INDENT = re.compile(r"\n[ \t]+")
_PLAIN = ("name", "lparen", "string", "rparen")
_IN_CONTEXT = ("name", "lparen", "string", "comma", "string", "rparen")


class SaidOnce(Extension):
    """`_("...")` and `_p("...", "...")` without values become the words of the environment's language.

    Indents are left out as well: no template here holds text whose spaces count.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _INDENT.sub("\n", source)

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        language = str(self.environment.globals["language"])
        tokens, at = list(stream), 0
        while at < len(tokens):
            call = tokens[at : at + len(_IN_CONTEXT)]
            taken, message = _message(call)
            yield call[0] if message is None else Token(call[0].lineno, "string", say(language, message))
            at += taken


def _message(tokens: list[Token]) -> tuple[int, Message | None]:
    """How many of these tokens are a call that begins here, and what it says; 1 and None for anything else."""
    kinds = tuple(token.type for token in tokens)
    if tokens[0].value == "_" and kinds[: len(_PLAIN)] == _PLAIN:
        return len(_PLAIN), Message(tokens[2].value)
    if tokens[0].value == "_p" and kinds == _IN_CONTEXT:
        return len(_IN_CONTEXT), Message(tokens[4].value, context=tokens[2].value)
    return 1, None
