"""What reaches a turn: one thing that a person did, without any Telegram type."""

from dataclasses import dataclass
from enum import StrEnum

from cases.files import OpenedFile
from foundation.language import Message


class Did(StrEnum):
    WROTE = "wrote"
    TAPPED = "tapped"
    COMMANDED = "commanded"
    EDITED = "edited"
    SENT_FILE = "sent_file"
    """A photo, voice message or document; see `Incoming.file` and `Incoming.trouble`."""
    SENT_PLACE = "sent_place"
    SENT_SOMETHING_ELSE = "sent_something_else"
    """A sticker, contact, poll or whatever comes next."""
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


@dataclass(frozen=True, slots=True)
class Incoming:
    """`text`: what was written, a command's name without its slash, or a tapped button's data."""

    bot_id: int
    update_id: int
    chat_id: int
    did: Did
    text: str = ""
    message_id: int = 0
    callback_id: str = ""
    album: str = ""
    """Telegram's id for photos sent together; empty for a single one."""
    language_hint: str = ""
    """What the phone says of its language: a hint for the first screen, never more."""
    file: OpenedFile | None = None
    """What was sent, fetched and cleaned of what the device wrote into it; `text` is its caption."""
    trouble: Message | None = None
    """Why a file that was sent cannot be taken, in words for the person."""
    position: tuple[float, float] | None = None
    """Latitude and longitude of a place that was sent."""
