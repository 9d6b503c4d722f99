"""What a record may hold: a code, a day, a number or words, each with the question that is asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from foundation.language import Message, _p


class FieldKind(StrEnum):
    CHOICE = "choice"
    DAY = "day"
    NUMBER = "number"
    """A whole number, at most `MOST`."""
    WORDS = "words"
    """Sealed; everything else stands open, for rules and counting."""


MOST = 9_999


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: Message
    kind: FieldKind
    choices: Mapping[str, Message]
    required: bool = True
    heading: Message | None = None
    """What begins with this field."""


YES, NO = "yes", "no"
YES_NO: dict[str, Message] = {YES: _p("answer", "Yes"), NO: _p("answer", "No")}


def choice(name: str, label: Message, choices: Mapping[str, Message], *, required: bool = True) -> Field:
    return Field(name, label, FieldKind.CHOICE, choices, required)


def yes(name: str, label: Message) -> Field:
    return choice(name, label, YES_NO)


def words(name: str, label: Message, *, required: bool = False) -> Field:
    return Field(name, label, FieldKind.WORDS, {}, required)


def day(name: str, label: Message, *, required: bool = True) -> Field:
    return Field(name, label, FieldKind.DAY, {}, required)


def number(name: str, label: Message) -> Field:
    return Field(name, label, FieldKind.NUMBER, {}, required=False)
