"""Text of any script set in lines: which font has a letter, where a line breaks, in which order its pieces stand.

The order follows the Unicode bidirectional algorithm, each line by itself, so that names, numbers and sentences of both
directions may stand in one another. HarfBuzz joins and places the letters.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fpdf import FPDF
from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont
from fpdf.line_break import Fragment

from foundation.language import PDI, direction

LATIN = "latin"
_FONTS: dict[str, tuple[str, str]] = {
    LATIN: ("justmytype_western_core", "notosans/NotoSans[wdth,wght].ttf"),
    "arabic": ("justmytype_intl_rtl", "notosansarabic/NotoSansArabic[wdth,wght].ttf"),
    "bengali": ("justmytype_intl_south_asia", "notosansbengali/NotoSansBengali[wdth,wght].ttf"),
    "devanagari": ("justmytype_intl_south_asia", "notosansdevanagari/NotoSansDevanagari[wdth,wght].ttf"),
    "ethiopic": ("justmytype_intl_africa", "notosansethiopic/NotoSansEthiopic[wdth,wght].ttf"),
    "hebrew": ("justmytype_intl_rtl", "notosanshebrew/NotoSansHebrew[wdth,wght].ttf"),
    "tamil": ("justmytype_intl_south_asia", "notosanstamil/NotoSansTamil[wdth,wght].ttf"),
    "telugu": ("justmytype_intl_south_asia", "notosanstelugu/NotoSansTelugu[wdth,wght].ttf"),
}
"""By script, as the Unicode names of its letters begin. Any other letter is looked for in the Latin one."""
_VARIATIONS = ("fvar", "gvar", "avar", "cvar", "HVAR", "MVAR", "STAT")
"""Tables that make a font variable. Without them it is its own default: the regular weight."""

_LRI = "\u2066"
_NUMBER = re.compile(r"\+\d[\d -]{5,}\d|\d{2,}(?:[ -]\d{2,}){2,}")
"""Telephone numbers and the like, in groups: in right-to-left text the groups would change places."""
_JOINERS = "\u200c\u200d"
_UNKNOWN = "\ufffd"
"""Stands for a letter that no font has."""
_SIGNS = frozenset(["So", "Sk", "Me", "Mn", "Cn", "Co", "Cs", "Cc"])
"""Categories whose signs are left out where no font has them: emoji and their modifiers."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one font and one direction."""

    text: str
    font: str
    is_rtl: bool
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """`runs` in the order in which they are seen, from the left."""

    runs: tuple[Run, ...]

    @property
    def width(self) -> float:
        return sum(run.width for run in self.runs)


@dataclass(frozen=True, slots=True)
class _Letter:
    char: str
    level: int
    font: str


class Paper(FPDF):
    """Draws each run as it was measured.

    fpdf2 takes what is drawn apart wherever the script of a letter changes. Marks of vowels and joiners have the script
    "inherited", so that a word with one in it would be torn: its letters not joined, and wider than measured.
    """

    def _preload_bidirectional_text(self, text: str, markdown: bool) -> tuple[Fragment, ...]:  # noqa: FBT001
        if self.text_shaping:
            self.text_shaping["fragment_direction"] = self.text_shaping["direction"]
        return (Fragment(text, self._get_current_graphics_state(), self.k),)


class Typesetter:
    """Sets text for one document. Fonts are loaded as their scripts turn up."""

    def __init__(self, pdf: FPDF, language: str) -> None:
        self._pdf = pdf
        self._rtl = direction(language) == "rtl"
        self._language = language.replace("_", "-")
        self._widths: dict[tuple[str, str, bool, float], float] = {}
        self._set: dict[tuple[str, float, float], tuple[Line, ...]] = {}
        self.use(LATIN)

    def lines(self, text: str, size: float, width: float) -> tuple[Line, ...]:
        """The lines of a text in a column of `width` points; one empty line for an empty paragraph.

        Tables say the same words and numbers over and over: each is set once.
        """
        known = (text, size, width)
        if known not in self._set:
            self._set[known] = tuple(self._lines(text, size, width))
        return self._set[known]

    def _lines(self, text: str, size: float, width: float) -> Iterator[Line]:
        for paragraph in text.split("\n"):
            letters = self._letters(paragraph)
            if not letters:
                yield Line(())
            for part in self._broken(letters, size, width):
                yield Line(tuple(self._ordered(part, size)))

    def is_rtl(self, text: str) -> bool:
        """The direction of a paragraph: that of its first letter. Numbers alone run from the left."""
        if not any(unicodedata.bidirectional(char) in ("L", "R", "AL") for char in text):
            return self._rtl and not any(char.isdecimal() for char in text)
        return auto_detect_base_direction(text) is TextDirection.RTL

    def shape(self, *, is_rtl: bool) -> None:
        """Let what is drawn next run in this direction."""
        towards = TextDirection.RTL if is_rtl else TextDirection.LTR
        self._pdf.set_text_shaping(use_shaping_engine=True, direction=towards, language=self._language)

    def use(self, name: str) -> TTFFont:
        if name not in self._pdf.fonts:
            package, path = _FONTS[name]
            self._pdf.add_font(name, fname=Path(str(files(package).joinpath("fonts", "ofl", path))))
            tables = _font(self._pdf, name).ttfont
            for tag in _VARIATIONS:
                if tag in tables:
                    del tables[tag]
        return _font(self._pdf, name)

    def _letters(self, paragraph: str) -> list[_Letter]:
        text = _NUMBER.sub(rf"{_LRI}\g<0>{PDI}", unicodedata.normalize("NFC", paragraph))
        base = TextDirection.RTL if self.is_rtl(text) else TextDirection.LTR
        bidi = BidiParagraph(text, base, preserve_bn_chars=True)
        letters: list[_Letter] = []
        font = LATIN
        for each in bidi.get_characters_with_embedding_level():
            if unicodedata.category(each.character) == "Cf" and each.character not in _JOINERS:
                continue  # marks of direction have had their effect
            if each.character in _JOINERS and not (letters and unicodedata.category(letters[-1].char)[0] in "LM"):
                continue  # between letters only: what joined emoji goes with them
            char = " " if each.character.isspace() else each.character
            found = self._font_of(char, font)
            if found is None and unicodedata.category(char) in _SIGNS:
                continue
            font = found or LATIN
            if letters and letters[-1].char == char == " ":
                continue
            # A joiner has no direction of its own: at another level than its word it would tear it apart.
            level = letters[-1].level if char in _JOINERS else each.embedding_level
            letters.append(_Letter(char if found else _UNKNOWN, level, font))
        return letters

    def _font_of(self, char: str, current: str) -> str | None:
        words = unicodedata.name(char, "").replace("-", " ").casefold().split()
        script = next((word for word in words if word in _FONTS), LATIN)
        # Spaces, digits and stops stay with the letters they stand among.
        keeps = char in _JOINERS or unicodedata.category(char)[0] not in "LM"
        wanted = (current, script, LATIN) if keeps else (script, LATIN, current)
        return next((name for name in wanted if char in _JOINERS or ord(char) in self.use(name).cmap), None)

    def _broken(self, letters: list[_Letter], size: float, width: float) -> Iterator[list[_Letter]]:
        line: list[_Letter] = []
        used = 0.0
        for word in _words(letters):
            if line and used + self._width(_bare(word), size) > width:
                yield _bare(line)
                line, used = [], 0.0
            rest = word
            while len(rest) > 1 and self._width(_bare(rest), size) > width:
                end = self._fitting(rest, size, width)
                yield rest[:end]
                rest = rest[end:]
            line += rest
            used += self._width(rest, size)
        if line:
            yield _bare(line)

    def _fitting(self, word: list[_Letter], size: float, width: float) -> int:
        """How many letters of a word that is too long for a line fit in one; marks stay with their letter."""
        end = 1
        while end < len(word) and self._width(word[: end + 1], size) <= width:
            end += 1
        while end > 1 and unicodedata.combining(word[end].char):
            end -= 1
        return end

    def _width(self, letters: list[_Letter], size: float) -> float:
        return sum(run.width for run in self._ordered(letters, size))

    def _ordered(self, letters: list[_Letter], size: float) -> list[Run]:
        """The runs of a line from left to right (rule L2: from the highest level down, turn each stretch around)."""
        pieces: list[tuple[int, str, str]] = []
        for letter in letters:
            if pieces and pieces[-1][:2] == (letter.level, letter.font):
                pieces[-1] = (letter.level, letter.font, pieces[-1][2] + letter.char)
            else:
                pieces.append((letter.level, letter.font, letter.char))
        for level in range(max((piece[0] for piece in pieces), default=0), 0, -1):
            pieces = _turned(pieces, level)
        return [self._run(text, font, size, is_rtl=level % 2 == 1) for level, font, text in pieces]

    def _run(self, text: str, font: str, size: float, *, is_rtl: bool) -> Run:
        key = (text, font, is_rtl, size)
        if key not in self._widths:
            towards = TextDirection.RTL if is_rtl else TextDirection.LTR
            shaping = {"features": {}, "fragment_direction": towards, "language": self._language}
            self._widths[key] = self.use(font).get_text_width(text, size, shaping)[1]
        return Run(text, font, is_rtl, self._widths[key])


def _font(pdf: FPDF, name: str) -> TTFFont:
    font = pdf.fonts[name]
    if not isinstance(font, TTFFont):
        raise TypeError("the fonts of documents are TrueType")
    return font


def _words(letters: list[_Letter]) -> Iterator[list[_Letter]]:
    """Words, each with the spaces behind it."""
    word: list[_Letter] = []
    for letter in letters:
        if word and word[-1].char == " " and letter.char != " ":
            yield word
            word = []
        word.append(letter)
    if word:
        yield word


def _bare(line: list[_Letter]) -> list[_Letter]:
    end = len(line)
    while end and line[end - 1].char == " ":
        end -= 1
    return line[:end]


def _turned(pieces: list[tuple[int, str, str]], level: int) -> list[tuple[int, str, str]]:
    turned: list[tuple[int, str, str]] = []
    stretch: list[tuple[int, str, str]] = []
    for piece in pieces:
        if piece[0] >= level:
            stretch.insert(0, piece)
        else:
            turned += [*stretch, piece]
            stretch = []
    return turned + stretch
