"""Whether a value can be the answer to a question: its shape, its choices, and what the form demands of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from foundation.language import Message, _
from questionnaire.account_numbers import ACCOUNT_NUMBER, holds_account_number
from questionnaire.functions import Scope
from questionnaire.operands import Test
from questionnaire.places import is_position
from questionnaire.sheet import Answer, Answers, Choice, Kind, Question, Sheet
from questionnaire.wording import constraint_message, required_message

Offered = tuple[Choice, ...]
LONGEST_TEXT = 4000
"""Characters. Fits one message of the chat and a page of a file."""
LARGEST_INTEGER = 999_999_999
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)


@dataclass(slots=True)
class Asking:
    """A question as it stands for one person: what is offered, and what is known already."""

    sheet: Sheet
    question: Question
    offered: tuple[Choice, ...]
    answers: Answers
    scope: Scope
    constraint: Test | None


def find_fault(asking: Asking, value: Answer) -> Message | None:
    """What is wrong, as a sentence that says what to do; None when nothing is. `scope.current` is the value as text."""
    question = asking.question
    words = (asking.sheet, question, asking.scope.language, asking.answers)
    if value is None:
        general = _("We need an answer to this question to go on.")
        return None if question.may_be_skipped else required_message(*words) or general
    if not _SHAPES[question.kind](value, asking.offered):
        return SHAPE_FAULTS[question.kind]
    if question.kind is Kind.TEXT and isinstance(value, str) and holds_account_number(value):
        return ACCOUNT_NUMBER
    is_spoken = isinstance(value, dict)  # what was said into a phone can be checked by nobody but a listener
    if asking.constraint and not is_spoken and not asking.constraint(asking.scope):
        general = _("This answer does not fit the question. Please check it and send it again.")
        return constraint_message(*words) or general
    return None


def _is_integer(value: Answer, _offered: Offered) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER


def _is_decimal(value: Answer, _offered: Offered) -> bool:
    return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None


def _is_text(value: Answer, _offered: Offered) -> bool:
    if isinstance(value, dict):
        return _is_file("audio/")(value, ())
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_TEXT


def _is_file(media_type: str) -> Callable[[Answer, Offered], bool]:
    """A stored file of a type that begins so."""

    def is_one(value: Answer, _offered: Offered) -> bool:
        if not isinstance(value, dict) or value.keys() != {"file", "type"}:
            return False
        return str(value["type"]).startswith(media_type) and _is_id(value["file"])

    return is_one


def _is_id(value: Answer) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _is_date(value: Answer, _offered: Offered) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_choice(value: Answer, offered: Offered) -> bool:
    return isinstance(value, str) and value in [choice.code for choice in offered]


def _are_choices(value: Answer, offered: Offered) -> bool:
    if not isinstance(value, list) or not value:
        return False
    known = {code for code in value if isinstance(code, str)} & {choice.code for choice in offered}
    return len(known) == len(value)


_SHAPES: Mapping[Kind, Callable[[Answer, Offered], bool]] = {
    Kind.TEXT: _is_text,
    Kind.INTEGER: _is_integer,
    Kind.DECIMAL: _is_decimal,
    Kind.DATE: _is_date,
    Kind.SELECT_ONE: _is_choice,
    Kind.SELECT_MULTIPLE: _are_choices,
    Kind.IMAGE: _is_file("image/"),
    Kind.AUDIO: _is_file("audio/"),
    Kind.FILE: _is_file(""),
    Kind.GEOPOINT: lambda value, _offered: isinstance(value, str) and is_position(value),
    Kind.NOTE: lambda value, _offered: value is True,
}
SHAPE_FAULTS: Mapping[Kind, Message] = {
    Kind.TEXT: _("Please write your answer in words, at most {limit} characters.").of(limit=LONGEST_TEXT),
    Kind.INTEGER: _("Please send one whole number, in digits, for example 7."),
    Kind.DECIMAL: _("Please send one number, in digits, for example 12 or 7.5."),
    Kind.DATE: _("Please send a date with day, month and year, for example 3 May 1990."),
    Kind.SELECT_ONE: _("Please choose one of the answers shown."),
    Kind.SELECT_MULTIPLE: _("Please choose one or more of the answers shown."),
    Kind.IMAGE: _("Please send a picture: a photo taken now, or one from your phone."),
    Kind.AUDIO: _("Please record a voice message, or send a sound file."),
    Kind.FILE: _("Please send the file here, for example a photo of the paper or a PDF."),
    Kind.GEOPOINT: _("Please share a place from your phone, or write two numbers, for example 13.45, -16.57."),
    Kind.NOTE: _("Please confirm that you have read this."),
}
