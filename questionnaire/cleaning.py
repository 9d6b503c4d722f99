"""Making what people type comparable: one form for each letter, ASCII for digits of any script, nothing invisible."""

import re
import unicodedata

_EMBEDDINGS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF]))
_INVISIBLE = frozenset(["Cc", "Cs", "Cn"])
_ETHIOPIC = re.compile("[\u1369-\u137c]{1,12}")
_HUNDRED, _TEN_THOUSAND = 100, 10_000
_ARABIC_FOLDING = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ـ": None})


def clean_text(text: str) -> str:
    """NFC, trimmed, without control and direction characters; line breaks and joiners stay."""
    if text.isascii() and text.isprintable():
        return text.strip()
    spaced = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ")
    kept = (letter for letter in spaced if letter == "\n" or not _is_invisible(letter))
    return "".join(kept).strip()


def _is_invisible(letter: str) -> bool:
    return letter in _EMBEDDINGS or unicodedata.category(letter) in _INVISIBLE


def ascii_digits(text: str) -> str:
    """Digits of every script as 0-9; the Arabic decimal and thousands signs as a point and nothing.

    Ethiopic numerals have no zero and no places: ፲፱፻፺ is ten nine hundred ninety, 1990.
    """
    if text.isascii():
        return text
    plain = _ETHIOPIC.sub(lambda found: str(_ethiopic(found[0])), text)
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in plain)
    return digits.replace("٫", ".").replace("٬", "")


def _ethiopic(numerals: str) -> int:
    """Tens and ones add up; a hundred or ten thousand counts what stands before it, at least once."""
    total = hundreds = below = 0
    for letter in numerals:
        value = int(unicodedata.numeric(letter))
        if value == _TEN_THOUSAND:
            total, hundreds, below = (total + hundreds + below or 1) * value, 0, 0
        elif value == _HUNDRED:
            hundreds, below = hundreds + (below or 1) * value, 0
        else:
            below += value
    return total + hundreds + below


def fold(text: str) -> str:
    """For comparing words: no case, Arabic vowel marks, punctuation or emoji; ASCII digits; one space between words."""
    plain = unicodedata.normalize("NFKC", ascii_digits(clean_text(text))).casefold().translate(_ARABIC_FOLDING)
    kept = (letter if _carries_meaning(letter) else " " for letter in plain if not "\u064b" <= letter <= "\u065f")
    return " ".join("".join(kept).split())


def _carries_meaning(letter: str) -> bool:
    """Letters, marks that other scripts need, and numbers; a plus or minus can be all that tells two labels apart."""
    return unicodedata.category(letter)[0] in "LMN" or letter in "+-"
