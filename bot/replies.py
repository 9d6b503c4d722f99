"""What a turn says back: texts and buttons, as they are sealed into the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from foundation.language import direction

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_DATA = 64
"""Telegram's limits: UTF-16 units of a text and of a caption, bytes of a button's data."""

SAID_OPEN = "said_open"
"""In the body of what a turn said: whether the chat was open then. What no turn said, such as news, has no such key."""

Button = tuple[str, str]
"""Label and the data its tap brings back."""

Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """`edit`: the message whose text and buttons this replaces, rather than a new one."""

    text: str
    rows: tuple[Row, ...] = ()
    edit: int | None = None
    file: UUID | None = None
    """A stored file of the person that goes out with the text as its caption."""
    media: tuple[str, str, str] | None = None
    """A form's picture or recording: sheet id, version, name."""
    protect: bool = False
    """The message can be neither forwarded nor saved on the phone."""

    def body(self) -> dict[str, Any]:
        """What is sealed into the outbox. Absent keys stand for nothing."""
        body: dict[str, Any] = {
            "text": self.text,
            "buttons": [[list(button) for button in row] for row in self.rows],
            "edit": self.edit,
        }
        if self.file is not None:
            body["file"] = str(self.file)
        if self.media is not None:
            body["media"] = list(self.media)
        if self.protect:
            body["protect"] = True
        return body


def reply_of(body: dict[str, Any]) -> Reply:
    """The same again as a new message, whatever it was to replace."""
    media: list[str] = body.get("media") or []
    return Reply(
        text=body["text"],
        rows=tuple(tuple((label, data) for label, data in row) for row in body["buttons"]),
        file=UUID(body["file"]) if "file" in body else None,
        media=(media[0], media[1], media[2]) if media else None,
        protect=bool(body.get("protect")),
    )


def stacked(*buttons: Button) -> tuple[Row, ...]:
    """Full-width buttons, one below the other."""
    return tuple((button,) for button in buttons)


def side_by_side(language: str, *buttons: Button) -> Row:
    """A row of short buttons. The Bot API has no direction: for right-to-left readers the first stands on the right."""
    return tuple(reversed(buttons)) if direction(language) == "rtl" else tuple(buttons)


def paragraphs(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """Split a long text at paragraphs, then lines, then anywhere, so that each part fits one message."""
    if units(text) <= limit:
        return [text]
    for separator in ("\n\n", "\n", " "):
        parts = _packed(text.split(separator), separator, limit)
        if all(units(part) <= limit for part in parts):
            return parts
    half = limit // 2  # every character is at most two units
    return [text[start : start + half] for start in range(0, len(text), half)]


def _packed(pieces: Sequence[str], separator: str, limit: int) -> list[str]:
    packed = [pieces[0]]
    for piece in pieces[1:]:
        longer = packed[-1] + separator + piece
        if units(longer) <= limit:
            packed[-1] = longer
        else:
            packed.append(piece)
    return packed


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
