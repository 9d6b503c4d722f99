"""Published classifications by whose codes work and education are compared: ISCO-08, ISCED 2011, ISCED-F 2013.

Codes and English titles are those of the classifications. The examples are ours: words that people say, to find a code.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from foundation.language import SOURCE_LANGUAGE, Message, say

FOLDER = Path(__file__).resolve().parent / "codes"
ISCO, ISCED, ISCED_FIELDS = "isco08", "isced", "isced_fields"
CLASSIFICATIONS = (ISCO, ISCED, ISCED_FIELDS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. `parent`: the code of the group it belongs to, empty on top. `examples`: parted by commas, or empty."""

    code: str
    title: str
    parent: str
    examples: str

    def words(self, language: str) -> tuple[str, str]:
        """Title and examples as they are read in a language."""
        return say(language, Message(self.title)), say(language, Message(self.examples)) if self.examples else ""


@dataclass(frozen=True, slots=True)
class Classification:
    scheme: str
    name: str
    codes: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry in the reader's words; `parent`: the group it belongs to, if any."""

    scheme: str
    code: str
    title: str
    examples: str
    parent: str


@cache
def classification(name: str) -> Classification:
    stored = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Classification(stored["scheme"], stored["name"], tuple(Entry(**each) for each in stored["codes"]))


def search(words: str, language: str) -> list[Found]:
    """Every entry in which each of the words begins a word of its title or examples, or its code; none for no words.

    Looked for in the reader's language and in English, without case and accents.
    """
    sought = _folded(words).split()
    return [found for name in CLASSIFICATIONS for found in _matching(name, sought, language)] if sought else []


def _matching(name: str, sought: list[str], language: str) -> Iterator[Found]:
    known = classification(name)
    titles = {entry.code: entry.words(language)[0] for entry in known.codes}
    for entry in known.codes:
        title, examples = entry.words(language)
        text = _folded(" ".join([title, examples, *entry.words(SOURCE_LANGUAGE)])).split()
        if all(any(word.startswith(each) for word in (entry.code, *text)) for each in sought):
            yield Found(known.scheme, entry.code, title, examples, titles.get(entry.parent, ""))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.findall(r"\w+", "".join(each for each in plain if not unicodedata.combining(each))))


def extract(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel extraction method for the files of codes: name, titles and examples go into the catalogue."""
    del keywords, comment_tags, options  # part of Babel's signature; the file has no code
    stored = json.loads(fileobj.read())
    yield 1, "gettext", stored["name"], ["Translators: a published classification"]
    for entry in stored["codes"]:
        about = f"{stored['scheme']} {entry['code']}"
        yield (
            1,
            "gettext",
            entry["title"],
            [f"Translators: title of {about}; use the official translation if there is one"],
        )
        if entry["examples"]:
            yield 1, "gettext", entry["examples"], [f"Translators: everyday words by which {about} is looked up"]
