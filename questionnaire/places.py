"""A place on the map as ODK writes it: latitude, longitude, altitude and accuracy in metres, with spaces between."""

import re

from foundation.errors import Invalid
from foundation.language import _
from questionnaire.cleaning import ascii_digits

_LARGEST = (90.0, 180.0)
_PLACES = 6
"""Decimals: a tenth of a metre."""
_POSITION = re.compile(r"-?\d{1,2}(\.\d+)? -?\d{1,3}(\.\d+)? -?\d+(\.\d+)? \d+(\.\d+)?", re.ASCII)
_TYPED = re.compile(
    r"([NSns])?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([NSns])?\s*[,;\s]\s*"
    r"([EWew])?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([EWew])?",
    re.ASCII,
)


def write_position(latitude: float, longitude: float) -> str:
    """Raises Invalid for what is on no map."""
    if not (abs(latitude) <= _LARGEST[0] and abs(longitude) <= _LARGEST[1]):
        raise Invalid(
            _("The first number is the latitude, from -90 to 90, the second the longitude, from -180 to 180.")
        )
    return f"{_plain(latitude)} {_plain(longitude)} 0 0"


def read_position(text: str) -> str:
    """What a person typed, such as `13.45, -16.57`, in digits of any script. Raises Invalid."""
    # The Arabic comma parts the two numbers, and some write a comma inside a number and a semicolon between.
    plain = ascii_digits(text).replace("−", "-").replace("،", ",").replace("؛", ";")
    if ";" in plain:
        plain = plain.replace(",", ".")
    found = _TYPED.fullmatch(plain.strip())
    if found is None:
        raise Invalid(_("Please share a place from your phone, or write two numbers, for example 13.45, -16.57."))
    south = (found[1] or found[3] or "n").casefold() == "s"
    west = (found[4] or found[6] or "e").casefold() == "w"
    return write_position(-float(found[2]) if south else float(found[2]), -float(found[5]) if west else float(found[5]))


def is_position(value: str) -> bool:
    if not _POSITION.fullmatch(value):
        return False
    latitude, longitude = value.split()[:2]
    return abs(float(latitude)) <= _LARGEST[0] and abs(float(longitude)) <= _LARGEST[1]


def _plain(number: float) -> str:
    return f"{number:.{_PLACES}f}".rstrip("0").rstrip(".") or "0"
