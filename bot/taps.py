"""Buttons of a form. A tap's data is `q:<nonce>:<verb>:<argument>`.

The nonce stands for the question it was shown with, so that a tap on an old message is recognised. The argument is a
place in a list as it was offered; no data holds an answer by name.
"""

from bot.form import Form
from bot.replies import Button
from foundation.language import Message

SHOWN = 6
"""Choices on one screen."""
_KEYCAPS = 9


def tap(form: Form, label: Message, verb: str, argument: str = "", **values: object) -> Button:
    return form.turn.words(label, **values), data(form, verb, argument)


def data(form: Form, verb: str, argument: str = "") -> str:
    return f"q:{form.turn.place.nonce}:{verb}:{argument}"


def numeral(number: int) -> str:
    """A number that people who read little know, and that may be sent instead of tapping."""
    return f"{number}\ufe0f\u20e3" if number <= _KEYCAPS else f"{number}."
