"""Keys of answers: a question's name; inside a repeat its row as well, as in `members/2/age` (rows count from 1)."""

from functools import lru_cache
from typing import NamedTuple

ANOTHER = "+"
"""Stands for the name in the question whether a further row is to be added: `members/3/+`."""
_LONGEST_CODE = 64


class RowKey(NamedTuple):
    """The parts of a key. Outside any repeat `repeat` is empty and `row` 0."""

    repeat: str
    row: int
    name: str


def row_key(repeat: str, row: int, name: str) -> str:
    return f"{repeat}/{row}/{name}"


@lru_cache(maxsize=4096)
def split_key(key: str) -> RowKey:
    """Raises KeyError for what cannot be a key."""
    parts = key.split("/")
    if len(parts) == 1:
        return RowKey("", 0, key)
    if len(parts) != len(RowKey._fields) or not parts[1].isascii() or not parts[1].isdigit() or parts[1][0] == "0":
        raise KeyError(key)
    return RowKey(parts[0], int(parts[1]), parts[2])


def beside(key: str, name: str) -> str:
    """The key of `name` in the row that `key` stands in."""
    repeat, _slash, rest = key.partition("/")
    return f"{repeat}/{rest.partition('/')[0]}/{name}" if rest else name


def code_of(key: str) -> str:
    """A key as the audit log takes it: a code without slashes."""
    return key.replace("/", ".")[:_LONGEST_CODE]
