"""Where a conversation stands: codes only, kept in the chat's row and read in the transaction of each turn."""

import secrets
from dataclasses import asdict, dataclass, fields, replace
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
    """`nonce` marks the live buttons, `before` those that the last turn replaced."""

    standing: Standing = Standing.LANGUAGE
    nonce: str = ""
    before: str = ""
    question: str = ""
    """What was asked last; kept while the person is elsewhere, so that they come back to it."""
    answered_question: str = ""
    answered_message: int = 0
    """The message that held the last typed answer: editing it corrects that answer."""
    notice: str = ""
    """SHA-256 of the notice that was shown, so that a yes counts for that very text."""
    album: str = ""
    """Telegram's id of the album that was answered last: ten photos at once are one thing sent."""

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Place":
        """What another version of the program stored and this one does not know is left out."""
        known = {each.name: stored[each.name] for each in fields(cls) if each.name in stored}
        if "standing" in known:
            codes = {each.value for each in Standing}
            known["standing"] = Standing(known["standing"]) if known["standing"] in codes else Standing.MENU
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}

    def moved(self, standing: Standing, question: str | None = None) -> "Place":
        """The same chat at another point, with fresh buttons. Without `question` the last one asked is kept."""
        asked = self.question if question is None else question
        return replace(self, standing=standing, question=asked, nonce=_nonce(), before=self.nonce, notice="")

    def answered(self, question: str, message_id: int) -> "Place":
        return replace(self, answered_question=question, answered_message=message_id)

    def out_of_form(self) -> "Place":
        """The form is sent or dropped: nothing points to its questions any more."""
        return replace(self, question="", answered_question="", answered_message=0)


def _nonce() -> str:
    return secrets.token_urlsafe(6)
