"""What comes from a phone as a file: known by its content, never by its name, and cleaned of what the device wrote in.

Bytes in, bytes out. `clean` decodes and takes its time: call it in a thread.
"""

from foundation.documents import DOCUMENTS, DOCX, PDF, checked_pdf, repacked_word, sniff_document
from foundation.errors import Invalid
from foundation.language import _
from foundation.pictures import IMAGES, JPEG, PNG, WEBP, TooManyPixels, repaint, sniff_picture
from foundation.recordings import AUDIO, M4A, MP3, OGG, bare_sound, sniff_recording

LARGEST = 5 * 1024 * 1024
"""Bytes of a file that is taken."""

ENDINGS = {JPEG: "jpg", PNG: "png", WEBP: "webp", OGG: "ogg", MP3: "mp3", M4A: "m4a", PDF: "pdf", DOCX: "docx"}

TOO_LARGE = _("This file is too large. Please send one of at most {megabytes} MB.").of(megabytes=LARGEST // 1024**2)
NOT_TAKEN = _("We cannot take this kind of file. You can send a photo, a voice message, a PDF or a Word document.")
DAMAGED = _("We cannot open this file safely, or it is damaged. Please send a photo of it instead.")

__all__ = ["AUDIO", "DAMAGED", "DOCUMENTS", "IMAGES", "LARGEST", "NOT_TAKEN", "TOO_LARGE", "clean", "sniff"]


def sniff(content: bytes) -> str | None:
    """The media type that the content itself shows; None for anything that is not taken."""
    return sniff_picture(content) or sniff_document(content) or sniff_recording(content)


def clean(content: bytes) -> tuple[bytes, str]:
    """The same file without what the device wrote into it, and its media type. Raises Invalid with what to do."""
    if len(content) > LARGEST:
        raise Invalid(TOO_LARGE)
    media_type = sniff(content)
    if media_type is None:
        raise Invalid(NOT_TAKEN)
    if media_type in IMAGES:
        return clean_image(content)
    if media_type in AUDIO:
        return clean_audio(content), media_type
    return (checked_pdf if media_type == PDF else repacked_word)(content, DAMAGED), media_type


def clean_image(content: bytes) -> tuple[bytes, str]:
    """The picture repainted pixel by pixel, and its new media type. Raises Invalid for what cannot be painted."""
    try:
        painted = repaint(content)
    except TooManyPixels:
        raise Invalid(TOO_LARGE) from None
    except Exception:  # noqa: BLE001  # a decoder fails on hostile bytes in more ways than anyone can list
        raise Invalid(DAMAGED) from None
    if len(painted) > LARGEST:  # a photo saved as PNG
        raise Invalid(TOO_LARGE)
    return painted, PNG if sniff(content) == PNG else JPEG


def clean_audio(content: bytes) -> bytes:
    """The sound alone. Raises Invalid for what is no recording, or a broken one."""
    media_type = sniff_recording(content)
    if media_type is None:
        raise Invalid(DAMAGED)
    return bare_sound(content, media_type, DAMAGED)
