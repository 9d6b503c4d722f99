"""Numbers of cards and accounts in what someone writes: nobody here needs them, so none is kept.

A card is told by its length, its first digits and its check digit (ISO/IEC 7812); an account by IBAN (ISO 13616): a
country, the length of its accounts, and check digits. What begins with + or 00 is a phone. A number of another kind
that looks like a card in all of this is taken for one; that is rare, and the person is told.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

from foundation.errors import Invalid
from foundation.language import Message, _
from questionnaire.cleaning import ascii_digits

ACCOUNT_NUMBER: Message = _(
    "This looks like the number of a card or an account. We never need it. Please write it again without that number."
)
TAKEN_OUT: Message = _(
    "We have taken the number of a card or an account out of your message and do not keep it. We never need it."
)
MASK = "••••"
_Written = TypeVar("_Written")
_DIGITS = re.compile(r"(?<![\w+])(?!00)\d(?:[ -]?\d){14,18}(?!\w)", re.ASCII)
_CARD = re.compile(r"3[47]\d{13}|(?:4\d|5[0-8]|6\d|2[2-7]|35|9\d)\d{14}(?:\d{3})?", re.ASCII)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.ASCII)
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21,
    "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
    "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "SV": 28, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
"""Characters of an account by country: the registry of ISO 13616."""


def holds_account_number(text: str) -> bool:
    """In any script's digits, with or without gaps."""
    return without_account_numbers(text) != text


def free_of_accounts(written: _Written) -> _Written:
    """What someone wrote, as it was: a text, or several by their names or in a row. Raises Invalid.

    Everything sealed that staff or partners write in words goes through this: tests/test_free_texts.py lists it.
    """
    if any(holds_account_number(text) for text in _texts(written)):
        raise Invalid(ACCOUNT_NUMBER)
    return written


def _texts(written: object) -> list[str]:
    if isinstance(written, str):
        return [written]
    parts = written.values() if isinstance(written, Mapping) else written if isinstance(written, list | tuple) else ()
    return [text for part in parts for text in _texts(part)]


def without_account_numbers(text: str) -> str:
    """The same text, with a mask where such a number stood. A text without one comes back as it was."""
    plain = ascii_digits(text)
    masked = _IBAN.sub(_masked_account, _DIGITS.sub(_masked_card, plain))
    return text if masked == plain else masked


def _masked_card(found: re.Match[str]) -> str:
    digits = re.sub("[ -]", "", found[0])
    return MASK if _CARD.fullmatch(digits) and _has_check_digit(digits) else found[0]


def _has_check_digit(digits: str) -> bool:
    """Every second digit from the right doubled, the digits of all added up (Luhn)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0


def _masked_account(found: re.Match[str]) -> str:
    """Words in capitals may follow behind a gap: they stay."""
    length = _IBAN_LENGTHS.get(found[0][:2], 0)
    end = next((place for place in range(len(found[0]) + 1) if len(found[0][:place].replace(" ", "")) == length), 0)
    iban = found[0][:end].replace(" ", "")
    if not iban or int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 != 1:
        return found[0]
    return MASK + found[0][end:]
