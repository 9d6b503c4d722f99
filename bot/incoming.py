"""What reaches a turn: one thing that a person did, without any Telegram type."""

from dataclasses import dataclass, field
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
class Attachment:
    """A file as the messenger announces it, before it is fetched."""

    file_id: str
    size: int | None
    """Bytes; None if the messenger does not say."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found of a PIN while nothing was locked: whether it is the one that `against` is the hash of."""

    digits: str = field(repr=False)
    against: str | None
    matches: bool
    new_hash: str = ""
    """The hash of the digits, for a PIN that is being set."""


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
    attachment: Attachment | None = None
    """What is to be fetched before the turn begins."""
    file: OpenedFile | None = None
    """What was sent, fetched and cleaned of what the device wrote into it; `text` is its caption."""
    trouble: Message | None = None
    """Why a file that was sent cannot be taken, in words for the person."""
    position: tuple[float, float] | None = None
    """Latitude and longitude of a place that was sent."""
    argument: str = field(default="", repr=False)
    """What stood behind a command, such as the code of a link."""
    proof: Proof | None = field(default=None, repr=False)
    """What `bot.locking.prove` found, once a turn has asked for it."""
    is_late: bool = False
    """Known to be taken after something that the person did later, such as a dead letter that is tried again."""
