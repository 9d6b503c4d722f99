"""Countries to choose from, by their names in the reader's language."""

from functools import cache

from foundation.language import locale_of

_LETTERS = 2
_NO_COUNTRY = frozenset(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"])


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """ISO 3166 alpha-2 codes and names, by name."""
    names = locale_of(language).territories
    found = [
        (str(code), str(name))
        for code, name in names.items()
        if len(str(code)) == _LETTERS and str(code).isalpha() and code not in _NO_COUNTRY
    ]
    return tuple(sorted(found, key=lambda each: each[1]))
