"""Documents as PDF in any of the house's languages: headings, paragraphs, rows, tables, page numbers.

What is put into a document is text; nothing personal goes into its metadata. Right-to-left documents begin on the
right: their columns too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foundation import clock
from foundation.language import Message, _p, direction, say
from foundation.typesetting import LATIN, Line, Paper, Typesetter

MEDIA_TYPE = "application/pdf"
# Translators: at the foot of each page of a document
PAGE = _p("document", "Page {number} of {count}")
_NUMBER = Message("{number}")

_MARGIN = 56.0
_GAP = 10.0
"""Between columns; points, like every length here."""
_LEADING = 1.55
"""Height of a line by the size of its letters; Arabic and Ethiopic need more room than Latin."""
_SIZES = {1: 18.0, 2: 13.5, 3: 11.0}
_LINES_BELOW = {1: 3, 2: 7, 3: 3}
"""For how many lines there must be room below a heading: a part begins with a few words and a heading of its own."""
_TEXT, _SMALL = 10.0, 8.0
_LABEL_SHARE = 0.36
_Colour = tuple[int, int, int]
_DARK: _Colour = (30, 30, 30)
_PALE: _Colour = (95, 95, 95)
_ACCENT: _Colour = (24, 74, 110)
_RULE: _Colour = (205, 205, 205)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One text and the column that it stands in."""

    text: str
    left: float
    width: float


class Document:
    """A document that is written from top to bottom. `title` is public: it stands in the metadata."""

    def __init__(self, language: str, title: Message) -> None:
        self._language, self._rtl = language, direction(language) == "rtl"
        self._pdf = Paper(unit="pt", format="A4")
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.c_margin = 0
        self._pdf.set_title(say(language, title))
        self._pdf.set_lang(language.replace("_", "-"))
        self._pdf.set_creator("Homeward")
        self._pdf.set_creation_date(clock.now())
        self._setter = Typesetter(self._pdf, language)
        self._bottom = self._pdf.h - _MARGIN - 2 * _SMALL
        self._y = self._bottom
        self._colour = _DARK

    @property
    def _width(self) -> float:
        return self._pdf.w - 2 * _MARGIN

    def heading(self, text: str, level: int = 2) -> None:
        """`level`: 1 for the title, 2 for a part, 3 within a part."""
        size = _SIZES[level]
        self._skip(size * (0.3 if level == 1 else 0.9))
        self._keep_room(size * _LEADING + _LINES_BELOW[level] * _TEXT * _LEADING)
        self._colour = _ACCENT
        self._paragraph(text, size)
        self._colour = _DARK
        self._skip(size * 0.25)

    def paragraph(self, text: str, *, small: bool = False) -> None:
        self._colour = _PALE if small else _DARK
        self._paragraph(text, _SMALL if small else _TEXT)
        self._colour = _DARK
        self._skip(_TEXT * 0.5)

    def rows(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names and their values side by side; a long value goes on below itself."""
        for name, value in pairs:
            label, said = self._columns([name, value], [_LABEL_SHARE, 1 - _LABEL_SHARE])
            self._side_by_side([label, said], _TEXT, [_PALE, _DARK])
        self._skip(_TEXT * 0.5)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]], shares: Sequence[float] = ()) -> None:
        """`shares`: how much of the width each column has, in sum 1; without them all have the same."""
        wide = shares or [1 / len(head)] * len(head)
        columns, told = self._columns(head, wide), list(rows)
        first = [self._height(columns, _SMALL), *(self._height(self._columns(row, wide), _TEXT) for row in told[:1])]
        self._keep_room(min(sum(first), self._bottom - _MARGIN))  # a head does not stand alone at the foot of a page
        self._side_by_side(columns, _SMALL, [_PALE] * len(head))
        for row in told:
            self._side_by_side(self._columns(row, wide), _TEXT, [_DARK] * len(head), head=columns)
        self._skip(_TEXT * 0.5)

    def bars(self, bars: Iterable[tuple[str, int | None]], unknown: str) -> None:
        """A bar for each name and number, as long as the number is large, from where reading begins.

        `unknown`: what is said in the place of a number that is None; its bar is an empty box of a fixed size.
        """
        told = list(bars)
        longest = max((number or 0 for _name, number in told), default=0) or 1
        shares = [_LABEL_SHARE, 1 - _LABEL_SHARE]
        for name, number in told:
            words = unknown if number is None else say(self._language, _NUMBER, number=number)
            label, place = self._columns([name, words], shares)
            lines = list(self._setter.lines(label.text, _SMALL, label.width))
            self._keep_room(len(lines) * _SMALL * _LEADING)
            top = self._y
            for line in lines:
                shift = label.width - line.width if self._rtl else 0
                self._draw(line, _SMALL, label.left + shift, self._y)
                self._y += _SMALL * _LEADING
            self._bar(place, top, None if number is None else number / longest)
        self._skip(_TEXT * 0.5)

    def _bar(self, place: _Cell, top: float, share: float | None) -> None:
        (line,) = self._setter.lines(place.text, _SMALL, place.width)
        room = place.width - line.width - _GAP
        length = _SMALL if share is None else max(room * share, 0.5)
        left = place.left + place.width - length if self._rtl else place.left
        self._pdf.set_fill_color(*_ACCENT)
        self._pdf.set_draw_color(*_PALE)
        self._pdf.set_line_width(0.4)
        self._pdf.rect(left, top + 2, length, _SMALL, style="D" if share is None else "F")
        beside = left - _GAP / 2 - line.width if self._rtl else left + length + _GAP / 2
        self._draw(line, _SMALL, beside, top)

    def content(self) -> bytes:
        """The finished document."""
        count = self._pdf.pages_count
        for number in range(1, count + 1):
            self._pdf.page = number
            # The font is named anew only when it changes, and the last one was named on another page.
            self._pdf.set_font(LATIN, size=1)
            self._colour = _PALE
            words = say(self._language, PAGE, number=number, count=count)
            (line,) = self._setter.lines(words, _SMALL, self._width)
            top = self._pdf.h - _MARGIN - _SMALL
            self._draw(line, _SMALL, _MARGIN + (self._width - line.width) / 2, top)
        return bytes(self._pdf.output())

    def _paragraph(self, text: str, size: float) -> None:
        for part in text.split("\n"):
            at_right = self._rtl or self._setter.is_rtl(part)
            for line in self._setter.lines(part, size, self._width):
                self._keep_room(size * _LEADING)
                left = _MARGIN + (self._width - line.width if at_right else 0)
                self._draw(line, size, left, self._y)
                self._y += size * _LEADING

    def _height(self, cells: Sequence[_Cell], size: float) -> float:
        """Of cells beside one another, with the rule under them."""
        counts = (sum(1 for _line in self._setter.lines(cell.text, size, cell.width)) for cell in cells)
        return max(counts) * size * _LEADING + 3

    def _columns(self, texts: Sequence[str], shares: Sequence[float]) -> list[_Cell]:
        """Side by side from where reading begins: the first column of a right-to-left document is the right one."""
        room, start = self._width - _GAP * (len(texts) - 1), 0.0
        cells = []
        for text, share in zip(texts, shares, strict=True):
            width = room * share
            left = self._width - start - width if self._rtl else start
            cells.append(_Cell(text, _MARGIN + left, width))
            start += width + _GAP
        return cells

    def _side_by_side(
        self, cells: Sequence[_Cell], size: float, colours: Sequence[_Colour], *, head: Sequence[_Cell] = ()
    ) -> None:
        """Cells beside one another with a rule under them.

        A row that does not fit begins on the next page, under `head` once more; one longer than a page is broken.
        """
        columns = [list(self._setter.lines(cell.text, size, cell.width)) for cell in cells]
        height, count = size * _LEADING, max(len(lines) for lines in columns)
        if count * height < self._bottom - 2 * _MARGIN:
            self._keep_room(count * height, head)
        for place in range(count):
            self._keep_room(height, head)
            for cell, lines, colour in zip(cells, columns, colours, strict=True):
                if place < len(lines):
                    self._colour = colour
                    shift = cell.width - lines[place].width if self._rtl else 0
                    self._draw(lines[place], size, cell.left + shift, self._y)
            self._y += height
        self._colour = _DARK
        self._pdf.set_draw_color(*_RULE)
        self._pdf.set_line_width(0.4)
        self._pdf.line(_MARGIN, self._y + 1, _MARGIN + self._width, self._y + 1)
        self._y += 3

    def _draw(self, line: Line, size: float, left: float, top: float) -> None:
        self._pdf.set_text_color(*self._colour)
        for run in line.runs:
            self._pdf.set_font(run.font, size=size)
            self._setter.shape(is_rtl=run.is_rtl)
            self._pdf.set_xy(left, top)
            self._pdf.cell(w=run.width, h=size * _LEADING, text=run.text)
            left += run.width

    def _keep_room(self, height: float, head: Sequence[_Cell] = ()) -> None:
        """Begin a new page, under the head of the table, unless there is as much room left."""
        if self._y + height <= self._bottom:
            return
        self._pdf.add_page()
        self._y = _MARGIN
        if head:
            self._side_by_side(head, _SMALL, [_PALE] * len(head))

    def _skip(self, height: float) -> None:
        """Leave room, but none at the top of a page."""
        if self._pdf.pages_count and self._y > _MARGIN:
            self._y += height
