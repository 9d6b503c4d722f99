"""Recordings: the sound alone. What names the device, the place or the speaker, and what hides behind, is taken out.

ffmpeg, where it is installed, writes the sound into a fresh container. Without it the blocks that hold such notes are
cut out (MP3), blanked (MP4) or, in OGG, kept: what a messenger's own voice messages carry there is the encoder's name.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator

from foundation.errors import Invalid
from foundation.language import Message

OGG, MP3, M4A = "audio/ogg", "audio/mpeg", "audio/mp4"
AUDIO = frozenset([OGG, MP3, M4A])
FFMPEG_SECONDS = 20

_CONTAINERS = {OGG: "ogg", MP3: "mp3", M4A: "mp4"}
_M4A_BRANDS = frozenset([b"M4A ", b"M4B ", b"mp42", b"isom"])
_LAYER_THREE = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]")
_NO_RATE = 0x0C
_ID3_HEAD, _ID3_TAIL = 10, 128
_PAGE_HEAD = 27
_BOX_HEAD = 8
_NOTES = frozenset([b"udta", b"meta", b"uuid", b"free", b"skip"])
_PARENTS = frozenset([b"moov", b"trak", b"mdia"])
_KNOWN_BOXES = _NOTES | frozenset([b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"wide"])


def sniff_recording(content: bytes) -> str | None:
    """The kind of recording that the content itself shows, if it is one that is taken."""
    if content.startswith(b"OggS") and (b"OpusHead" in content[:200] or b"\x01vorbis" in content[:200]):
        return OGG
    if content[4:8] == b"ftyp" and content[8:12] in _M4A_BRANDS and b"soun" in content and not _has_pictures(content):
        return M4A
    place = _id3_size(content)
    frame = content[place : place + 3]
    return MP3 if _LAYER_THREE.match(frame) and frame[2] & _NO_RATE != _NO_RATE else None


def bare_sound(content: bytes, media_type: str, refused: Message) -> bytes:
    """The sound alone, or as near to it as this machine can. Raises Invalid with `refused` for a broken file."""
    ffmpeg = shutil.which("ffmpeg")
    try:
        sound = _cut(content, media_type) if ffmpeg is None else _through_ffmpeg(ffmpeg, content, media_type)
    except (subprocess.SubprocessError, OSError, ValueError):
        raise Invalid(refused) from None
    if not sound:
        raise Invalid(refused)
    return sound


def _through_ffmpeg(ffmpeg: str, content: bytes, media_type: str) -> bytes:
    container = _CONTAINERS[media_type]
    bare = ["-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-c:a", "copy"]
    # Through pipes, so that nothing lies on the disk unsealed; an MP4 can then only be written in fragments.
    pieces = ["-movflags", "frag_keyframe+empty_moov"] if media_type == M4A else []
    no_id3 = ["-id3v2_version", "0"] if media_type == MP3 else []
    source = ["-nostdin", "-v", "error", "-protocol_whitelist", "pipe", "-f", container, "-i", "pipe:0"]
    done = subprocess.run(  # noqa: S603  # fixed arguments; what was sent goes through the pipe
        [ffmpeg, *source, *bare, *pieces, *no_id3, "-f", container, "pipe:1"],
        input=content,
        capture_output=True,
        timeout=FFMPEG_SECONDS,
        check=True,
    )
    return done.stdout


def _cut(content: bytes, media_type: str) -> bytes:
    if media_type == OGG:
        return b"".join(_pages(content))
    if media_type == M4A:
        return b"".join(_boxes(content, is_top=True))
    end = -_ID3_TAIL if content[-_ID3_TAIL:].startswith(b"TAG") else None
    return content[_id3_size(content) : end]


def _id3_size(content: bytes) -> int:
    """Bytes that the notes at the front of an MP3 take."""
    if not content.startswith(b"ID3") or len(content) < _ID3_HEAD:
        return 0
    first, second, third, fourth = content[6:_ID3_HEAD]
    return _ID3_HEAD + (first << 21 | second << 14 | third << 7 | fourth)


def _pages(content: bytes) -> Iterator[bytes]:
    """The pages of an OGG one behind the other; what follows the last is dropped. Raises ValueError for half a page."""
    place = 0
    while content.startswith(b"OggS", place):
        lengths = content[place + _PAGE_HEAD : place + _PAGE_HEAD + _byte(content, place + _PAGE_HEAD - 1)]
        end = place + _PAGE_HEAD + len(lengths) + sum(lengths)
        if end > len(content):
            raise ValueError("half a page")
        yield content[place:end]
        place = end


def _boxes(content: bytes, *, is_top: bool) -> Iterator[bytes]:
    """The boxes of an MP4, those that hold notes blanked in place: no other box may move.

    Raises ValueError where they do not fit together, or for something at the top that is no box of a recording.
    """
    place = 0
    while place < len(content):
        size, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + _BOX_HEAD]
        if size < _BOX_HEAD or place + size > len(content) or (is_top and kind not in _KNOWN_BOXES):
            raise ValueError("no box")
        inside = content[place + _BOX_HEAD : place + size]
        if kind in _NOTES:
            yield size.to_bytes(4) + b"free" + bytes(len(inside))
        elif kind in _PARENTS:
            yield content[place : place + _BOX_HEAD] + b"".join(_boxes(inside, is_top=False))
        else:
            yield content[place : place + size]
        place += size


def _has_pictures(content: bytes) -> bool:
    """Whether an MP4 has a track of moving pictures."""
    return re.search(rb"hdlr.{8}vide", content, re.DOTALL) is not None


def _byte(content: bytes, place: int) -> int:
    if place >= len(content):
        raise ValueError("half a page")
    return content[place]
