"""The sound of a name, the same for its common spellings in any script: Mohammed, Muhammad, محمد, መሐመድ, মোহাম্মদ.

Letters are first brought to Latin ones (anyascii). What is left of a part of a name is its consonants, where those that
scripts and languages write alike are one, and a mark for a vowel that it begins with. Where one spelling may be read in
two ways, there are two sounds. Meant for finding: a reader of the list decides who it is, so it rather finds too many.
"""

import re
import unicodedata
from itertools import product

from anyascii import anyascii

MOST_PARTS = 6
LONGEST_PART = 40
MOST_DOUBTS = 3
"""Spellings of one part that may be read in two ways: each doubles its sounds; later ones are read in one."""
_ARTICLES = frozenset(["al", "el", "ul", "bin", "ben", "ibn", "bint", "ould", "uld"])
"""Written or left out, apart or joined: they tell nobody from another."""
_SERVANT = frozenset(["abd", "abdel", "abdul", "abdoul", "abdal", "abdil", "عبد"])
"""Begins a name that is one with the next word: Abd al-Rahman, Abdul Rahman, Abdurrahman."""
_ARABIC_ARTICLE = "ال"
_ALIF = re.compile("^ا")
"""Often written without its hamza; it is a vowel that a name begins with all the same."""
_SHORTEST_WITH_ARTICLE = 4
_SHORTEST_JOINED = 6
_APOSTROPHES = "'’`"
_READINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # The longest spelling first. An empty sound: not heard.
    ("sch", ("s",)),
    ("tch", ("s",)),
    ("chh", ("s",)),
    ("sh", ("s",)),
    ("ch", ("s",)),
    ("ts", ("s",)),
    ("th", ("t", "s")),  # Uthman, Osman; Fathima, Fatima
    ("dh", ("d", "j")),
    ("kh", ("k", "h")),  # Khadija, Hadija
    ("gh", ("g",)),
    ("bh", ("b",)),
    ("jh", ("j",)),
    ("zh", ("j",)),
    ("ph", ("f",)),
    ("dj", ("j",)),
    ("dz", ("j",)),
    ("ck", ("k",)),
    ("ce", ("s",)),
    ("ci", ("s",)),
    ("cy", ("s",)),
    ("c", ("k",)),
    ("q", ("k",)),
    ("x", ("ks",)),
    ("z", ("j",)),  # Aziz, আজিজ
    ("v", ("f",)),
    ("p", ("b",)),  # Arabic has no p
)
_AT_THE_START: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile("di(?=[aou])"), ("j", "d")),  # Diallo, Jallow
    (re.compile("ou(?=[aeiou])|u(?=[aeio])|w"), ("w",)),  # Ouattara, Wattara
    (re.compile("y"), ("y",)),
    (re.compile("j"), ("j", "y")),  # Joseph, Yusuf
    (re.compile("[aeiou'`]+"), ("a",)),  # Omar, Umar, عمر
)
_CONSONANT = re.compile("[bdfghjklmnrst]")
_SERVANT_OF = re.compile("^abdl(?=.)")


def parts_of(name: str) -> list[str]:
    """The words of a name, in small letters; what is one name is one part, and what tells nobody apart is left out."""
    letters = (letter if _is_letter(letter) else " " for letter in unicodedata.normalize("NFKC", name).casefold())
    words = [word[:LONGEST_PART] for word in "".join(letters).split() if word.strip(_APOSTROPHES)]
    parts: list[str] = []
    joined = ""
    for word in words:
        bare = _without_article(word)
        if word in _SERVANT:
            joined += word
        elif bare not in _ARTICLES or (word is words[-1] and not parts):
            parts.append(joined + bare)
            joined = ""
    return [*parts, *([joined] if joined else [])][:MOST_PARTS]


def sounds_of(part: str) -> frozenset[str]:
    """How a part of a name may be read."""
    latin = anyascii(_ALIF.sub("أ", part).replace("ç", "s").replace("’", "'")).lower()
    spellings = {latin}
    if latin[:2] in {"al", "el"} and len(latin) >= _SHORTEST_JOINED:
        spellings.add(latin[2:])  # Alhassan, Al-Hassan
    return frozenset(sound for each in spellings for sound in _read(each))


def _is_letter(letter: str) -> bool:
    """Marks are part of a letter in the scripts of India and Arabia."""
    return unicodedata.category(letter)[0] in "LMN" or letter in _APOSTROPHES


def _without_article(word: str) -> str:
    has_one = word.startswith(_ARABIC_ARTICLE) and len(word) >= _SHORTEST_WITH_ARTICLE
    return word.removeprefix(_ARABIC_ARTICLE) if has_one else word


def _read(latin: str) -> list[str]:
    heard: list[tuple[str, ...]] = []
    rest = latin
    for pattern, sounds in _AT_THE_START:
        if start := pattern.match(rest):
            heard.append(sounds)
            rest = rest[start.end() :]
            break
    while rest:
        spelling, sounds = _first_reading(rest)
        heard.append(sounds)
        rest = rest[len(spelling) :]
    doubts = [place for place, sounds in enumerate(heard) if len(sounds) > 1]
    for place in doubts[MOST_DOUBTS:]:
        heard[place] = heard[place][:1]
    found = {_settled("".join(each)) for each in product(*heard)}
    # One letter would find everyone: such a name is looked for as it is written.
    return [sound if len(sound) > 1 else latin for sound in found]


def _first_reading(rest: str) -> tuple[str, tuple[str, ...]]:
    for spelling, sounds in _READINGS:
        if rest.startswith(spelling):
            return spelling, sounds
    return rest[0], (rest[0],) if _CONSONANT.match(rest[0]) else ("",)


def _settled(sound: str) -> str:
    """Doubled consonants are one, a last h is not heard, and the article inside a name of a servant is left out."""
    single = re.sub(r"(.)\1+", r"\1", sound)
    if len(single) > 1:
        single = single.removesuffix("h")
    return _SERVANT_OF.sub("abd", single)
