"""What can be refused. Each refusal carries a message for a person, never an HTTP number and never personal data."""

from foundation.language import Message


class Refusal(Exception):
    """A verb said no. `message` is what the person reads; the front door decides how to show it."""

    def __init__(self, message: Message, **values: object) -> None:
        self.message = message.of(**values)
        super().__init__(message.text)


class NotFound(Refusal):
    """It does not exist, or this actor may not know that it does: the two must look alike."""


class NotAllowed(Refusal):
    """The actor is known and may not do this."""


class Conflict(Refusal):
    """The state has moved on: a second tap, a closed case, a stale page."""


class Invalid(Refusal):
    """The input cannot be used; `message` says what to do instead."""
