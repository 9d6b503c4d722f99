"""Reads back the text of our own PDFs: what stands where, as a reader of the file sees it."""

import re
import zlib
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_TOKEN = re.compile(
    rb"/(F\d+) ([\d.]+) Tf|BT ([\d.]+) ([\d.]+) Td|1 0 0 1 ([\d.-]+) [\d.-]+ Tm|\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL
)
_WIDTHS = re.compile(rb"(\d+) (?:\[([^]]*)\]|(\d+) (\d+))")
"""The width of each letter from a first code on, or one width from a code to another; in thousandths of the size."""
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass
class Piece:
    """Letters drawn in one go, from the left; `y` counts from the bottom of the page. `right`: where the last ends."""

    page: int
    x: float
    y: float
    size: float
    text: str
    right: float


def pieces(content: bytes) -> list[Piece]:
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    fonts = dict(re.findall(rb"/(F\d+) (\d+) 0 R", content))
    letters = {name: (_letters(objects, int(place)), _widths(objects, int(place))) for name, place in fonts.items()}
    pages = [body for body in objects.values() if b"/Type /Page\n" in body]
    found: list[Piece] = []
    for number, page in enumerate(pages, start=1):
        place = re.search(rb"/Contents (\d+) 0 R", page)
        assert place is not None
        found += _drawn(_stream(objects[int(place[1])]), number, letters)
    return found


def text_of(content: bytes) -> str:
    """All text in the order in which it was drawn. Right-to-left runs stand in it as they are seen."""
    return "".join(piece.text for piece in pieces(content))


def _drawn(stream: bytes, page: int, fonts: dict[bytes, tuple[dict[int, str], dict[int, int]]]) -> list[Piece]:
    found: list[Piece] = []
    font, size_told, pen = b"", b"", 0.0
    for name, size, x, y, moved, told in _TOKEN.findall(stream):
        if name:
            font, size_told = name, size
        elif x:
            pen = float(x)
            found.append(Piece(page, pen, float(y), float(size_told), "", pen))
        elif moved:
            pen = float(moved)
        else:
            raw = _ESCAPE.sub(lambda mark: _ESCAPED.get(mark[1], mark[1]), told)
            codes = [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]
            letters, widths = fonts[font]
            pen += sum(widths[code] for code in codes) * float(size_told) / 1000
            found[-1].text += "".join(letters.get(code, "") for code in codes)
            found[-1].right = max(found[-1].right, pen)
    return found


def _letters(objects: dict[int, bytes], place: int) -> dict[int, str]:
    table = re.search(rb"/ToUnicode (\d+) 0 R", objects[place])
    assert table is not None
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", _stream(objects[int(table[1])]).partition(b"bfchar")[2])
    return {int(code, 16): bytes.fromhex(told.decode()).decode("utf-16-be") for code, told in pairs}


def _widths(objects: dict[int, bytes], place: int) -> dict[int, int]:
    child = re.search(rb"/DescendantFonts \[(\d+) 0 R\]", objects[place])
    assert child is not None
    _, _, table = objects[int(child[1])].partition(b"/W [")
    found: dict[int, int] = {}
    for first, each, last, width in _WIDTHS.findall(table):
        if last:
            found |= dict.fromkeys(range(int(first), int(last) + 1), int(width))
        else:
            found |= {code: int(told) for code, told in enumerate(each.split(), int(first))}
    return found


def _stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream\n")
    data = rest.rpartition(b"\nendstream")[0]
    return zlib.decompress(data) if b"FlateDecode" in head else data
