"""Files from phones: known by their content, cleaned of what the device wrote in, hostile ones refused in words."""

import io
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from foundation.documents import DOCX, MOST_UNPACKED, PDF
from foundation.errors import Invalid
from foundation.media import DAMAGED, LARGEST, NOT_TAKEN, TOO_LARGE, clean, clean_audio, clean_image, sniff
from foundation.pictures import JPEG, LONGEST_SIDE, PNG, WEBP
from foundation.recordings import M4A, MP3, OGG

SAMPLES = Path(__file__).parent / "media"
CANARY = b"CANARY"
SCRIPT = b"<html><script>alert('CANARY')</script></html>"
PDF_START, PDF_END = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", b"trailer << /Root 1 0 R >>\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    drawn = Image.new(mode, size, "white")
    ImageDraw.Draw(drawn).rectangle((0, 0, size[0] // 2, size[1]), fill="red")
    written = io.BytesIO()
    drawn.save(written, kind, **options)
    return written.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes: a place, a device, a name, and which side is up."""
    notes = Image.Exif()
    notes[0x010F], notes[0x013B], notes[0x0112] = "CANARY-DEVICE", "CANARY-NAME", orientation
    notes.get_ifd(0x8825).update({1: "N", 2: (36.0, 48.0, 23.4), 3: "E", 4: (10.0, 10.0, 53.4)})
    return notes


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG whose header says what it likes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small PNG with a comment that unpacks to 100 MB."""
    content = b"CANARY\0\0" + zlib.compress(bytes(100_000_000), 9)
    chunk = struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", zlib.crc32(b"zTXt" + content))
    whole = picture("PNG")
    return whole[:33] + chunk + whole[33:]


def letter(more: dict[str, bytes] | None = None, **without: bytes) -> bytes:
    """A Word document as small as one can be, and what is added to it."""
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": b"<w:document>my letter</w:document>",
        "docProps/core.xml": b"<creator>CANARY-NAME</creator>",
        "word/media/image1.jpeg": picture(exif=exif()),
    } | (more or {})
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.comment = b"CANARY-COMMENT"
        for name, part in parts.items():
            packed.writestr(name, part)
    return written.getvalue()


def renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    return content.replace(old, new)


def relation(kind: str) -> dict[str, bytes]:
    target = f'<Relationship Type="{kind}" Target="https://example.org/x" TargetMode="External"/>'
    return {"word/_rels/document.xml.rels": target.encode()}


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


KNOWN: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "jpeg": (picture, JPEG),
    "png": (lambda: picture("PNG"), PNG),
    "webp": (lambda: picture("WEBP"), WEBP),
    "voice": (lambda: sample("voice.ogg"), OGG),
    "song with notes": (lambda: sample("song.mp3"), MP3),
    "bare song": (lambda: sample("song.mp3")[sample("song.mp3").index(b"\xff\xf3") :], MP3),
    "memo": (lambda: sample("memo.m4a"), M4A),
    "pdf": (lambda: PDF_START + PDF_END, PDF),
    "letter": (letter, DOCX),
    "nothing": (lambda: b"", None),
    "text": (lambda: b"my letter", None),
    "text in UTF-16": (lambda: "A letter".encode("utf-16"), None),
    "web page": (lambda: SCRIPT, None),
    "zip": (lambda: b"PK\x03\x04" + bytes(100), None),
    "program": (lambda: b"MZ" + bytes(100), None),
    "shell script": (lambda: b"#!/bin/sh\n", None),
    "gif": (lambda: picture("GIF"), None),
    "tiff": (lambda: picture("TIFF"), None),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', None),
    "film": (lambda: sample("memo.m4a").replace(b"soun", b"vide"), None),
    "wave": (lambda: b"RIFF\0\0\0\0WAVEfmt ", None),
    "ogg film": (lambda: b"OggS" + bytes(24) + b"\x80theora", None),
    "half a head": (lambda: b"\xff\xfb", None),
    "ID3 and nothing": (lambda: b"ID3\x04\0\0\0\0\0\0", None),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_file_is_known_by_its_content(name: str) -> None:
    make, expected = KNOWN[name]
    assert sniff(make()) == expected
    if expected is None:
        with pytest.raises(Invalid) as refused:
            clean(make())
        assert refused.value.message == NOT_TAKEN


CARRIERS: dict[str, Callable[[], bytes]] = {
    "place and device in a JPEG": lambda: picture(exif=exif()),
    "place and device in a PNG": lambda: picture("PNG", exif=exif()),
    "place and device in a WebP": lambda: picture("WEBP", exif=exif()),
    "comment in a JPEG": lambda: picture(comment=b"CANARY"),
    "XMP in a JPEG": lambda: picture(xmp=b"<x:xmpmeta>CANARY</x:xmpmeta>"),
    "colour profile": lambda: picture(icc_profile=b"CANARY" * 20),
    "web page behind a JPEG": lambda: picture() + SCRIPT,
    "web page behind a PNG": lambda: picture("PNG") + SCRIPT,
    "archive behind a JPEG": lambda: picture() + letter({"CANARY.txt": CANARY}),
    "web page in a JPEG's comment": lambda: picture(comment=SCRIPT),
    "a picture's palette": lambda: picture("PNG", mode="P") + CANARY,
    "second picture of an animation": lambda: (
        picture("WEBP", save_all=True, append_images=[Image.new("RGB", (64, 48))]) + CANARY
    ),
    "letter": letter,
    "letter with words about itself": lambda: letter(
        {"docProps/custom.xml": CANARY, "docProps/thumbnail.jpeg": CANARY}
    ),
}


@pytest.mark.parametrize("name", CARRIERS)
def test_nothing_of_what_the_device_wrote_stays(name: str) -> None:
    dirty = CARRIERS[name]()
    clear, media_type = clean(dirty)
    assert CANARY not in clear
    assert sniff(clear) == media_type
    if media_type == DOCX:
        with zipfile.ZipFile(io.BytesIO(clear)) as packed:
            assert packed.comment == b""
            assert b"my letter" in packed.read("word/document.xml")
            assert CANARY not in b"".join(packed.read(each) for each in packed.namelist())
        return
    with Image.open(io.BytesIO(clear)) as painted:
        assert painted.size == (64, 48)
        assert not painted.getexif()
        assert set(painted.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_picture_that_lay_on_its_side_stands_upright() -> None:
    clear, _type = clean_image(picture(exif=exif(orientation=6)))
    with Image.open(io.BytesIO(clear)) as painted:
        assert painted.size == (48, 64)


def test_what_can_be_seen_through_becomes_white() -> None:
    clear, media_type = clean_image(picture("PNG", mode="RGBA") + b"")
    assert media_type == PNG
    with Image.open(io.BytesIO(clear)) as painted:
        assert painted.mode == "RGB"
        assert painted.getpixel((60, 10)) == (255, 255, 255)


def test_a_large_photo_is_painted_smaller() -> None:
    clear, _type = clean_image(picture(size=(6000, 3000)))
    with Image.open(io.BytesIO(clear)) as painted:
        assert max(painted.size) == LONGEST_SIDE


HOSTILE: dict[str, Callable[[], bytes]] = {
    "cut off JPEG": lambda: picture(size=(640, 480))[:-400],
    "head of a JPEG": lambda: picture()[:20],
    "cut off PNG": lambda: picture("PNG")[:-30],
    "cut off WebP": lambda: picture("WEBP")[:-20],
    "JPEG of noise": lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20,
    "web page that begins as a JPEG": lambda: b"\xff\xd8\xff" + SCRIPT,
    "web page that begins as a PNG": lambda: b"\x89PNG\r\n\x1a\n" + SCRIPT,
    "PNG without pixels": lambda: png_of(10, 10),
    "PNG of no width": lambda: png_of(0, 10, b"x"),
    "comment bomb": text_bomb,
    "GIF named as WebP": lambda: b"RIFF\0\0\0\0WEBP" + picture("GIF"),
    "cut off PDF": lambda: PDF_START,
    "PDF that runs a script": lambda: PDF_START + b"<< /S /JavaScript /JS (app.alert(1)) >>" + PDF_END,
    "PDF that hides its script": lambda: PDF_START + b"<< /S /J#61vaScript >>" + PDF_END,
    "PDF that starts a program": lambda: PDF_START + b"<< /S /Launch >>" + PDF_END,
    "PDF that acts when opened": lambda: PDF_START + b"<< /OpenAction 3 0 R >>" + PDF_END,
    "PDF with a file inside": lambda: PDF_START + b"<< /Type /EmbeddedFile >>" + PDF_END,
    "archive behind a PDF": lambda: PDF_START + PDF_END + letter() + bytes(2000),
    "letter with macros": lambda: letter({"word/vbaProject.bin": b"x"}),
    "letter with a program inside": lambda: letter({"word/embeddings/oleObject1.bin": b"MZ"}),
    "letter with a control": lambda: letter({"word/activeX/activeX1.xml": b"x"}),
    "letter that fetches a template": lambda: letter(relation("http://x/attachedTemplate")),
    "letter that fetches a picture": lambda: letter(relation("http://x/image")),
    "letter with a path upwards": lambda: letter({"../../etc/passwd": b"x"}),
    "letter with an absolute path": lambda: letter({"/etc/passwd": b"x"}),
    "letter that unpacks too far": lambda: letter({"word/more.xml": bytes(MOST_UNPACKED)}),
    "letter of too many parts": lambda: letter({f"word/{n}.xml": b"x" for n in range(600)}),
    "letter with the same part twice": lambda: letter({"WORD/document.xml": b"x"}),
    "letter with a broken picture": lambda: letter({"word/media/image2.png": b"x"}),
    "letter with a drawing that can act": lambda: letter({"word/media/image2.svg": b"<svg/>"}),
    "letter with a lying part": lambda: renamed(letter(), struct.pack("<L", 34), struct.pack("<L", 4)),
    "cut off voice message": lambda: sample("voice.ogg")[:-10],
    "head of a memo": lambda: sample("memo.m4a")[:-200],
    "web page behind a memo": lambda: sample("memo.m4a") + SCRIPT,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words(name: str, without_ffmpeg: None) -> None:
    hostile = HOSTILE[name]()
    assert len(hostile) <= LARGEST
    with pytest.raises(Invalid) as refused:
        clean(hostile)
    assert refused.value.message == DAMAGED


@pytest.mark.parametrize("size", [(65_000, 65_000), (2_000_000_000, 2), (8_000, 8_000)])
def test_a_picture_that_says_it_is_huge_is_not_opened(size: tuple[int, int]) -> None:
    with pytest.raises(Invalid) as refused:
        clean(png_of(*size, b"x"))
    assert refused.value.message in {TOO_LARGE, DAMAGED}


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(Invalid) as refused:
        clean(picture() + bytes(LARGEST))
    assert refused.value.message == TOO_LARGE


@pytest.fixture
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    return


@pytest.mark.parametrize("name", ["song.mp3", "memo.m4a"])
def test_without_ffmpeg_a_recording_still_loses_its_notes(name: str, without_ffmpeg: None) -> None:
    assert CANARY in sample(name)
    clear, media_type = clean(sample(name))
    assert CANARY not in clear
    assert b"+36.8" not in clear
    assert sniff(clear) == media_type
    assert len(clear) > 500


def test_without_ffmpeg_what_hides_behind_a_voice_message_is_cut_off(without_ffmpeg: None) -> None:
    assert clean_audio(sample("voice.ogg") + SCRIPT) == sample("voice.ogg")
    assert clean_audio(sample("song.mp3") + b"TAG" + CANARY.ljust(125)).endswith(sample("song.mp3")[-100:])


@pytest.mark.parametrize("name", ["voice.ogg", "song.mp3", "memo.m4a"])
def test_a_recording_keeps_its_sound_and_can_be_cleaned_again(name: str) -> None:
    once, media_type = clean(sample(name))
    again, same_type = clean(once)
    assert media_type == same_type == sniff(again)
    assert len(again) > 500
    if shutil.which("ffmpeg") is not None:
        assert CANARY not in once


def test_what_is_no_recording_is_not_cleaned_as_one() -> None:
    with pytest.raises(Invalid):
        clean_audio(picture())
