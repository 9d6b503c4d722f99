"""No bare words in templates: what a reader sees goes through the catalogues."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = sorted((Path(__file__).parents[2] / "web" / "templates").glob("*.html"))
READ_ALOUD = {"alt", "aria-label", "aria-description", "placeholder", "title"}
JINJA = re.compile(r"\{[{%#].*?[#%}]\}", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
SAME_EVERYWHERE = {"Homeward", "SHA", "PDF", "JSON", "CSV", "XLSX"}


class Bare(HTMLParser):
    """Collects the words that stand in the template itself."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        for name, value in attrs:
            if name in READ_ALOUD:
                self.words |= {*WORD.findall(value or "")}

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words |= {*WORD.findall(data)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(path: Path) -> None:
    bare = Bare()
    bare.feed(JINJA.sub("", path.read_text(encoding="utf-8")))
    assert bare.words <= SAME_EVERYWHERE


def test_a_bare_word_would_be_found() -> None:
    bare = Bare()
    bare.feed(JINJA.sub("", '<p title="Hint">{{ _("Said") }} Bare</p>'))
    assert bare.words == {"Hint", "Bare"}
