"""Where a conversation stands: codes only, kept in the chat's row and read in the transaction of each turn."""

import secrets
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    LANGUAGE = "language"
    MENU = "menu"
    CONSENT = "consent"
    QUESTION = "question"
    REVIEW = "review"
    WRITING = "writing"
    """The next text goes to the caseworker."""


@dataclass(frozen=True, slots=True)
class Place:
    """`nonce` marks the live buttons; a tap with `before` is a double tap on the last ones and does nothing."""

    standing: Standing = Standing.LANGUAGE
    nonce: str = ""
    before: str = ""
    question: str = ""
    answered_question: str = ""
    answered_message: int = 0
    """The message that held the last typed answer: editing it corrects that answer."""

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Place":
        known = {**stored, "standing": Standing(stored["standing"])} if stored else {}
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}

    def moved(self, standing: Standing, question: str = "") -> "Place":
        """The same chat at another point, with fresh buttons."""
        return replace(self, standing=standing, question=question, nonce=_nonce(), before=self.nonce)

    def answered(self, question: str, message_id: int) -> "Place":
        return replace(self, answered_question=question, answered_message=message_id)


def _nonce() -> str:
    return secrets.token_urlsafe(6)
