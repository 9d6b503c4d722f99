"""Messages in a person's language: the right form, values that keep their direction, English when all else fails."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import language
from foundation.language import FSI, PDI, Message, _, _n, _p, autonym, complete_languages, direction, isolate, say

WITHOUT_ISOLATES = str.maketrans("", "", FSI + PDI)
HELLO = _("Hello {name}.")
YES = _p("consent", "Yes")
OTHER_YES = _p("button", "Yes")
DAYS = _n("{count} day", "{count} days")
ONLY_HERE = _("Said nowhere else.")
HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: {plural}\\n"\n\n'
ARABIC_FORMS = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
)
ARABIC = """
msgid "Hello {name}."
msgstr "مرحبا {name}."

msgid "{count} day"
msgid_plural "{count} days"
msgstr[0] "صفر"
msgstr[1] "يوم"
msgstr[2] "يومان"
msgstr[3] "{count} أيام"
msgstr[4] "{count} يوما"
msgstr[5] "{count} يوم"
"""
FRENCH = """
msgid "Hello {name}."
msgstr "Bonjour {name}."

msgctxt "consent"
msgid "Yes"
msgstr "Oui, d'accord"

msgid "{count} day"
msgid_plural "{count} days"
msgstr[0] "{count} jour"
msgstr[1] "{count} jours"
"""


def forget_catalogues() -> None:
    language._catalogue.cache_clear()
    language.complete_languages.cache_clear()


@pytest.fixture(autouse=True)
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two tiny catalogues instead of the real ones."""
    for code, plural, content in (("ar", ARABIC_FORMS, ARABIC), ("fr", "nplurals=2; plural=(n > 1);", FRENCH)):
        folder = tmp_path / code / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "person.po").write_text(HEADER.format(plural=plural) + content)
    monkeypatch.setattr(language, "LOCALES", tmp_path)
    forget_catalogues()
    yield tmp_path
    forget_catalogues()


@pytest.mark.parametrize(("code", "said"), [("en", "Hello Awa."), ("fr", "Bonjour Awa."), ("xx", "Hello Awa.")])
def test_a_message_is_said_in_the_language_or_in_english(code: str, said: str) -> None:
    assert say(code, HELLO, name="Awa") == said
    assert say(code, ONLY_HERE) == "Said nowhere else."


def test_the_same_word_in_two_places_may_be_said_in_two_ways() -> None:
    assert [say("fr", message) for message in (YES, OTHER_YES)] == ["Oui, d'accord", "Yes"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", {0: "0 days", 1: "1 day", 2: "2 days"}),
        ("fr", {0: "0 jour", 1: "1 jour", 2: "2 jours"}),
        ("ar", {0: "صفر", 1: "يوم", 2: "يومان", 3: "3 أيام", 11: "11 يوما", 100: "100 يوم", 103: "103 أيام"}),
    ],
)
def test_a_count_takes_the_plural_form_of_its_language(code: str, said: dict[int, str]) -> None:
    assert {count: say(code, DAYS, count=count).translate(WITHOUT_ISOLATES) for count in said} == said


def test_a_message_that_counts_needs_a_whole_number() -> None:
    with pytest.raises(TypeError, match="whole number"):
        say("en", DAYS, count="many")


@pytest.mark.parametrize("text", ["Awa", "HW-ABCD-2345", "+220 555", "سارة"])
def test_in_right_to_left_text_every_value_is_kept_apart(text: str) -> None:
    assert say("ar", HELLO, name=text) == f"مرحبا {FSI}{text}{PDI}."


def test_in_left_to_right_text_only_a_value_of_the_other_direction_is_kept_apart() -> None:
    assert say("en", HELLO, name="Awa") == "Hello Awa."
    assert say("en", HELLO, name="سارة") == f"Hello {isolate('سارة')}."


@pytest.mark.parametrize("code", ["en", "fr", "ar", "ps", "bn"])
def test_numbers_are_written_in_digits_that_every_phone_shows_and_without_groups(code: str) -> None:
    assert say(code, Message("{n}"), n=123456).translate(WITHOUT_ISOLATES) == "123456"
    assert say(code, Message("{n}"), n=Decimal("1.5")).translate(WITHOUT_ISOLATES) in {"1.5", "1,5", "1٫5"}


@pytest.mark.parametrize("value", [7, Decimal("1.5"), date(2026, 2, 3)])
def test_numbers_and_dates_are_kept_apart_in_right_to_left_text(value: object) -> None:
    assert say("ps", HELLO, name=value).count(FSI) == say("ps", HELLO, name=value).count(PDI) == 1


def test_dates_are_written_in_the_words_of_the_language() -> None:
    assert say("fr", Message("{day}"), day=date(2026, 3, 1)) == isolate("1 mars 2026")
    assert say("en", Message("{at}"), at=datetime(2026, 3, 1, 9, 5, tzinfo=UTC)) == isolate("1 March 2026, 09:05")


def test_a_message_within_a_message_is_said_in_the_same_language() -> None:
    assert say("fr", Message("{a} / {b}"), a=HELLO.of(name="Awa"), b=YES) == "Bonjour Awa. / Oui, d'accord"


def test_values_given_when_it_is_said_come_before_those_given_earlier() -> None:
    assert say("en", HELLO.of(name="Awa"), name="Isatou") == "Hello Isatou."


@given(st.text())
def test_braces_in_a_value_are_just_text(name: str) -> None:
    assert "{" + name + "}" in say("en", HELLO, name="{" + name + "}")


@pytest.mark.parametrize(("code", "expected"), [("ar", "rtl"), ("fa", "rtl"), ("ar_TN", "rtl"), ("fr", "ltr")])
def test_the_direction_of_a_language(code: str, expected: str) -> None:
    assert direction(code) == expected


def test_a_language_is_named_in_itself() -> None:
    assert [autonym(code) for code in ("en", "fr", "ar")] == ["English", "Français", "العربية"]


def test_a_language_is_complete_when_no_message_is_empty_or_uncertain(catalogues: Path) -> None:
    assert complete_languages("person") == ("en", "ar", "fr")
    assert complete_languages("console") == ("en",)
    french = catalogues / "fr" / "LC_MESSAGES" / "person.po"
    arabic = catalogues / "ar" / "LC_MESSAGES" / "person.po"
    french.write_text(french.read_text().replace('"Bonjour {name}."', '""'))
    arabic.write_text(arabic.read_text().replace('msgstr[3] "{count} أيام"', 'msgstr[3] ""'))
    forget_catalogues()
    assert complete_languages("person") == ("en",)
    french.write_text(french.read_text().replace('msgid "Hello', '#, fuzzy\nmsgid "Hello').replace('""', '"B."'))
    forget_catalogues()
    assert "fr" not in complete_languages("person")
