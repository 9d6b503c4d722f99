"""Small pictures for thin lines, made of pictures that were cleaned before; see `foundation.pictures`."""

import io

from PIL import Image

SIDE = 320
"""Pixels of the longer side."""


def thumbnail(content: bytes) -> bytes:
    """A small JPEG of a picture. Takes a moment: call it in a thread."""
    with Image.open(io.BytesIO(content)) as opened:
        opened.draft("RGB", (SIDE, SIDE))
        small = opened.convert("RGB")
    small.thumbnail((SIDE, SIDE))
    written = io.BytesIO()
    small.save(written, "JPEG", quality=70)
    return written.getvalue()
