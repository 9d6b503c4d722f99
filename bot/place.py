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
    CALL_NUMBER = "call_number"
    """The next text is the number to be called at."""
    CALL_WORDS = "call_words"
    """The next text is what to say if someone else answers."""
    AGE = "age"
    CHILD = "child"
    """A child is asked whether a parent or guardian is there."""
    GUARDIAN = "guardian"
    """The parent or guardian reads the notice."""
    ASSENT = "assent"
    """The child is asked for their own yes."""
    PIN = "pin"
    """The next digits are a PIN."""
    LINKING = "linking"
    """The next text is the one-time code of a new phone."""
    COMPLAINT = "complaint"
    """The next texts are part of a complaint."""
    RECEIPT = "receipt"
    """The next text is the receipt code of a complaint."""
    DECIDING = "deciding"
    """The person is asked whether they want to return."""
    NEAR = "near"
    """The next place or town is where services are looked for; it is used and not kept."""
    LESSON = "lesson"
    """A screen or a question of a lesson is shown; the number of an answer may be written."""
    SAVING = "saving"
    """The next text is about the savings goal: what for, how much, by when, or what was put aside."""
    HIDDEN = "hidden"
    """Nothing is shown but a cover."""


_OF_ONE_STANDING = ("notice", "search", "child", "guardian", "pin", "after", "typed", "first")
"""Fields that mean something only where the conversation stands now."""


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
    child: str = ""
    """`under` or `unsure`: how someone who may be a child answered the question about their age."""
    guardian: str = ""
    """`yes` once the guardian has agreed on this phone, while the child is asked."""
    pin: str = ""
    """What a PIN is being entered for; see `bot.locking`."""
    after: str = ""
    """The tap or command that the PIN was asked for; it is carried out once the PIN is given."""
    typed: str = ""
    """The digits so far, sealed with the chat's key."""
    first: str = ""
    """What must be given a second time or is still needed after the PIN, sealed with the chat's key."""
    draft: str = ""
    """A complaint that is not sent yet, sealed with the chat's key."""
    deciding: str = ""
    """The consent to return that is read, and up to which item: kept while the person looks elsewhere."""
    reading: str = ""
    """The language in which it is read, and the SHA-256 of its text."""
    search: str = ""
    """What services are looked for while a place is asked: country and kind."""
    lesson: str = ""
    """The lesson that is read: its id, how far, and how many questions were right so far."""
    saving: str = ""
    """What was told of a savings goal so far and what is asked next, sealed with the chat's key."""
    tap: int = 0
    """The id of the last tap's update: something written with a lower one was overtaken on its way."""

    call: str = ""
    """What was chosen for a call so far: codes of the way and the time, and the id of the draft. See `bot.calling`."""

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
        gone: dict[str, Any] = dict.fromkeys(_OF_ONE_STANDING, "")
        return replace(self, standing=standing, question=asked, nonce=_nonce(), before=self.nonce, **gone)

    def answered(self, question: str, message_id: int) -> "Place":
        return replace(self, answered_question=question, answered_message=message_id)

    def out_of_form(self) -> "Place":
        """The form is sent or dropped: nothing points to its questions any more."""
        return replace(self, question="", answered_question="", answered_message=0)


def _nonce() -> str:
    return secrets.token_urlsafe(6)
