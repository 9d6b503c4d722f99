"""Whether a form's regex is safe to run on what a stranger types: a repeated repeat can take hours on forty letters."""

import re

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[:=!])?|\)|\||[*+]|\{\d*,\d*\}|.", re.DOTALL)
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\d*\}")


def can_be_read(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def repeats_a_repeat(pattern: str) -> bool:
    """A group that can match in many ways (it repeats or has alternatives inside) and is itself repeated."""
    pieces = _PIECE.findall(pattern)
    groups = [False]
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=True):
        if piece.startswith("("):
            groups.append(False)
        elif piece == ")" and len(groups) > 1:
            varied = groups.pop()
            repeated = _UNBOUNDED.fullmatch(following) is not None
            if varied and repeated:
                return True
            groups[-1] |= varied or repeated
        elif piece == "|" or _UNBOUNDED.fullmatch(piece):
            groups[-1] = True
    return False
