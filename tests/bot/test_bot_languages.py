"""Nothing a person reads escapes translation: a made-up language shows it, and so does a look for English in each."""

import gettext
import re
from collections.abc import Iterator
from functools import cache

import pytest
from journeys import arrive, look_around, meet, tell_needs
from phone import Phone, plain

from bot.turns import Desk
from cases.helplines import known_lines
from foundation import language as languages
from foundation.language import autonym, complete_languages
from locales.update import template

MADE_UP = "en_GB"
"""Stands for a language in which every message is the English one between brackets."""
BRACKETED = re.compile("⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{2,}")
TYPED = {"Amie", "Example", "Return", "Service", "Sewing", "had", "shop", "also", "cook", "Baking", "Nothing", "else"}
TYPED |= {"thank", "you", "HW"}
"""Names, and what the person wrote themselves, as the review says it back."""
SLOT = re.compile(r"\{\w*\}")

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class MadeUp(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


async def talk(phone: Phone) -> list[str]:
    """A whole conversation; every text and every label that the bot sent."""
    await meet(phone)
    await arrive(phone)
    await tell_needs(phone)
    await look_around(phone)
    return [
        plain(text)
        for sent in phone.network.sent
        for text in (sent.text, *(label for row in sent.buttons for label, _data in row))
    ]


def outside_brackets(text: str) -> str:
    while (shorter := BRACKETED.sub("", text)) != text:
        text = shorter
    return text


@on_sqlite
async def test_no_text_of_the_chat_escapes_the_catalogues(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    real = languages._catalogue
    monkeypatch.setattr(languages, "_catalogue", lambda code: MadeUp() if code == MADE_UP else real(code))
    phone.language = MADE_UP
    phone.receiver.desk = Desk(phone.receiver.desk.programme, (MADE_UP,))
    told = await talk(phone)
    assert sum("⟦" in text for text in told) > 200
    known = TYPED | {*WORD.findall(autonym(MADE_UP))} | names_of_help_lines()
    escaped = {text for text in told if {*WORD.findall(outside_brackets(text))} - known}
    assert not escaped


def names_of_help_lines() -> set[str]:
    """Who runs a help line has the same name in every language."""
    return {word for lines in known_lines().root.values() for line in lines for word in WORD.findall(line.run_by)}


@cache
def english() -> re.Pattern[str]:
    """Every English message of at least three words, its slots open."""
    texts = [
        line
        for message in template("person")
        for text in ([message.id] if isinstance(message.id, str) else message.id)
        for line in text.split("\n")
        if len(WORD.findall(SLOT.sub("", line))) >= 3
    ]
    return re.compile("|".join(".+".join(map(re.escape, SLOT.split(line))) for line in sorted(texts)))


def english_lines(texts: list[str]) -> Iterator[str]:
    for line in (line for text in texts for line in text.split("\n")):
        if english().fullmatch(line.strip()):
            yield line


@on_sqlite
@pytest.mark.parametrize("language", [code for code in complete_languages("person") if code != "en"])
async def test_no_english_stands_in_a_conversation_in_another_language(phone: Phone, language: str) -> None:
    phone.language = language
    phone.receiver.desk = Desk(phone.receiver.desk.programme, (language,))
    assert not [*english_lines(await talk(phone))]


@on_sqlite
async def test_english_would_be_found(phone: Phone) -> None:
    phone.receiver.desk = Desk(phone.receiver.desk.programme, ("en",))
    assert len([*english_lines(await talk(phone))]) > 50
