"""What the real server does to a text on its way, in both directions."""

import re
from collections.abc import Iterator
from typing import Any

from simulator.errors import bad_request

MAX_TEXT = 4096
MAX_CAPTION = 1024

# The separators and embeddings U+2028 to U+202E and three combining lines vanish; isolates (U+2066 to U+2069) stay.
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANKED = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")


def clean(text: str) -> str:
    """Strip what the server strips: control characters to spaces, separators away, both ends trimmed."""
    return _BLANKED.sub(" ", _REMOVED.sub("", text)).strip(" \n")


def count_units(text: str) -> int:
    """Length in UTF-16 code units, which is how Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_text(text: str) -> str:
    cleaned = clean(text)
    if not cleaned:
        raise bad_request("message text is empty")
    if count_units(cleaned) > MAX_TEXT:
        raise bad_request("message is too long")
    return cleaned


def check_caption(caption: str) -> str:
    cleaned = clean(caption)
    if count_units(cleaned) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return cleaned


def find_commands(text: str) -> list[dict[str, Any]]:
    """Entities for /commands; a bot framework recognises a command by its entity alone."""
    return [
        {
            "type": "bot_command",
            "offset": count_units(text[: found.start()]),
            "length": count_units(found.group()),
        }
        for found in _COMMAND.finditer(text)
    ]


def split_long(text: str) -> Iterator[str]:
    """What a phone does with a text that is too long: several messages."""
    piece, units = "", 0
    for character in text:
        width = count_units(character)
        if units + width > MAX_TEXT:
            yield piece
            piece, units = "", 0
        piece += character
        units += width
    yield piece
