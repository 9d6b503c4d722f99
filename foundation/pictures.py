"""Pictures: only the pixels go on, so that place, device and anything hidden behind them stay out."""

import io

from PIL import Image, ImageOps

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 3000
"""Pixels of a repainted picture: a page of paper stays readable."""

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
IMAGES = frozenset([JPEG, PNG, WEBP])
_READ = ("JPEG", "PNG", "WEBP")


class TooManyPixels(Exception):
    """A picture that says it is larger than any that is opened."""


def sniff_picture(content: bytes) -> str | None:
    """The kind of picture that the content itself shows, if it is one that is taken."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def repaint(content: bytes, *, keep_format: bool = False) -> bytes:
    """The picture painted anew, upright and of a size for reading: a PNG stays one, all else becomes a JPEG.

    `keep_format`: at the same size, for a picture that a document speaks of. Raises TooManyPixels, and whatever the
    decoder raises for a broken picture.
    """
    with Image.open(io.BytesIO(content), formats=_READ) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS:
            raise TooManyPixels
        is_png = opened.format == "PNG"
        if not keep_format:
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        opened.load()
        picture = _on_white(ImageOps.exif_transpose(opened))
    if not keep_format:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new picture from the bare pixels: nothing that hangs on the old object can come along.
    painted = Image.frombytes("RGB", picture.size, picture.tobytes())
    written = io.BytesIO()
    painted.save(written, "PNG" if is_png else "JPEG", **({} if is_png else {"quality": 85}))
    return written.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    return white.convert("RGB")
