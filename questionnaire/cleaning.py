"""Making what people type comparable: one form for each letter, ASCII for digits of any script, nothing invisible."""

import unicodedata

_EMBEDDINGS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF]))
_INVISIBLE = frozenset(["Cc", "Cs", "Cn"])
_ARABIC_FOLDING = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ـ": None})


def clean_text(text: str) -> str:
    """NFC, trimmed, without control and direction characters; line breaks and joiners stay."""
    spaced = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ")
    kept = (letter for letter in spaced if letter == "\n" or not _is_invisible(letter))
    return "".join(kept).strip()


def _is_invisible(letter: str) -> bool:
    return letter in _EMBEDDINGS or unicodedata.category(letter) in _INVISIBLE


def ascii_digits(text: str) -> str:
    """Digits of every script as 0-9; the Arabic decimal and thousands signs as a point and nothing."""
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in text)
    return digits.replace("٫", ".").replace("٬", "")


def fold(text: str) -> str:
    """For comparing words: no case, Arabic vowel marks, punctuation or emoji; ASCII digits; one space between words."""
    plain = unicodedata.normalize("NFKC", ascii_digits(clean_text(text))).casefold().translate(_ARABIC_FOLDING)
    kept = (letter if _carries_meaning(letter) else " " for letter in plain if not "\u064b" <= letter <= "\u065f")
    return " ".join("".join(kept).split())


def _carries_meaning(letter: str) -> bool:
    """Letters, marks that other scripts need, and numbers; a plus or minus can be all that tells two labels apart."""
    return unicodedata.category(letter)[0] in "LMN" or letter in "+-"
