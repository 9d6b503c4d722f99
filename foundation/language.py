"""Saying a message in a person's language: gettext catalogues, values, and isolates for right-to-left text."""

import gettext
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = Path(__file__).resolve().parent.parent / "locales"
SOURCE_LANGUAGE = "en"
DOMAINS = ("person", "console")
"""`person`: what someone outside the staff can be told. `console`: what only staff see. See `locales.update`."""
UNREVIEWED = "NOT YET REVIEWED"
"""Stands in the header of a catalogue until a native speaker has read it."""
_AUTONYMS = {"fa_AF": "دری"}
"""Where people call their language otherwise than CLDR does."""

FSI, PDI, RLM, LRM = "\u2068", "\u2069", "\u200f", "\u200e"
_RTL_SCRIPTS = frozenset(["ar", "fa", "he", "ps", "ur"])
_RTL_LETTER = re.compile("[\u0590-\u08ff]")
_MOST_KEPT = 10_000
"""Texts and days said before, of each kind: a page says the same words and days over and over."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text to be said later, in a language not yet known. Made by `_`, `_p`, `_n` so that the catalogues see it."""

    text: str
    plural: str = ""
    context: str = ""
    values: tuple[tuple[str, object], ...] = field(default=())

    def of(self, **values: object) -> "Message":
        """The same message with its `{placeholders}` filled."""
        return Message(self.text, self.plural, self.context, (*self.values, *values.items()))


def _(text: str) -> Message:
    return Message(text)


def _p(context: str, text: str) -> Message:
    """Mark a message whose meaning depends on where it stands, such as one word on a button."""
    return Message(text, context=context)


def _n(one: str, many: str) -> Message:
    """Mark a message that counts; `say` chooses the form by its value `count`."""
    return Message(one, plural=many)


@cache
def direction(language: str) -> str:
    """`rtl` or `ltr`, as HTML's dir attribute wants it."""
    return "rtl" if language.partition("_")[0] in _RTL_SCRIPTS else "ltr"


# Translators: What stands between the items of a list: a comma and a blank, as your script writes them.
_LIST_COMMA = _p("between the items of a list", ", ")


def listed(language: str, items: Iterable[str]) -> str:
    """Items with the language's own comma between them, without an "and"."""
    return say(language, _LIST_COMMA).join(items)


def isolate(text: str) -> str:
    """Keep a name, number or id from disturbing the direction of the sentence around it."""
    return f"{FSI}{text}{PDI}"


@cache
def locale_of(language: str) -> Locale:
    """Read once: a page says a hundred dates and numbers."""
    return Locale.parse(language)


@cache
def autonym(language: str) -> str:
    """A language's name in itself, for the language picker."""
    name = _AUTONYMS.get(language) or Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def say(language: str, message: Message, **values: object) -> str:
    """Say `message` in `language`, its values formatted and isolated. An unknown language falls back to English."""
    if not (values or message.values or message.plural):
        return _plain(language, message.text, message.context)
    known = {**dict(message.values), **values}
    return _phrase(language, message, known).format_map(_Spoken(language, known))


@lru_cache(_MOST_KEPT)
def say_day(language: str, day: date) -> str:
    """A day in words, without an isolate."""
    return format_date(day, "d MMMM y", locale=locale_of(language))


def say_country(language: str, code: str) -> str:
    """A country's name by its code of ISO 3166 (alpha-2), without an isolate."""
    return str(locale_of(language).territories.get(code, code))


def say_moment(language: str, moment: datetime) -> str:
    """A day and a time in words, joined as the language joins them, as the clock stood in the moment's own zone.

    Without an isolate.
    """
    return _joined(language).format(f"{moment.hour:02}:{moment.minute:02}", say_day(language, moment.date()))


@cache
def _joined(language: str) -> str:
    """How a time, `{0}`, stands beside a day, `{1}`."""
    return str(locale_of(language).datetime_formats["medium"]).replace("'", "")


class _Spoken(dict[str, str]):
    """Values as they are said: only those that the phrase asks for. Many an event knows more than its words tell."""

    def __init__(self, language: str, values: dict[str, object]) -> None:
        super().__init__()
        self.language, self.values_given = language, values

    def __missing__(self, name: str) -> str:
        return _spoken(self.language, self.values_given[name])


@lru_cache(_MOST_KEPT)
def _plain(language: str, text: str, context: str) -> str:
    """What has nothing to fill in."""
    return _phrase(language, Message(text, context=context), {}).format_map({})


def _phrase(language: str, message: Message, values: dict[str, object]) -> str:
    catalogue = _catalogue(language)
    if message.plural:
        count = values["count"]
        if not isinstance(count, int):
            raise TypeError("a counting message needs a whole number named count")
        return catalogue.ngettext(message.text, message.plural, count)
    if message.context:
        return catalogue.pgettext(message.context, message.text)
    return catalogue.gettext(message.text)


def _spoken(language: str, value: object) -> str:
    if isinstance(value, Message):
        return say(language, value)
    if isinstance(value, datetime):
        return isolate(say_moment(language, value))
    if isinstance(value, date):
        return isolate(say_day(language, value))
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = format_decimal(value, locale=locale_of(language), numbering_system="latn", group_separator=False)
        return isolate(number) if direction(language) == "rtl" else number
    return _isolated_if_needed(language, str(value))


def _isolated_if_needed(language: str, text: str) -> str:
    return isolate(text) if direction(language) == "rtl" or _RTL_LETTER.search(text) else text


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    chain = gettext.NullTranslations()
    for domain in reversed(DOMAINS):
        source = catalogue_file(language, domain)
        if source.exists():
            with source.open("rb") as text:
                catalogue = read_po(text, locale=language)
            compiled = io.BytesIO()
            write_mo(compiled, catalogue)
            compiled.seek(0)
            translations = gettext.GNUTranslations(compiled)
            translations.add_fallback(chain)
            chain = translations
    return chain


def catalogue_file(language: str, domain: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


@cache
def complete_languages(domain: str) -> tuple[str, ...]:
    """The languages whose catalogue has every message of `domain`, English (the source) first."""
    folders = sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir())
    return (SOURCE_LANGUAGE, *(language for language in folders if _is_complete(language, domain)))


@cache
def reviewed_languages(domain: str) -> tuple[str, ...]:
    """The complete languages that a native speaker has reviewed, English (the source) first."""
    return tuple(
        language
        for language in complete_languages(domain)
        if language == SOURCE_LANGUAGE or UNREVIEWED not in _header(language, domain)
    )


def _header(language: str, domain: str) -> str:
    with catalogue_file(language, domain).open("rb") as text:
        return str(read_po(text, locale=language).header_comment)


def _is_complete(language: str, domain: str) -> bool:
    source = catalogue_file(language, domain)
    if not source.exists():
        return False
    with source.open("rb") as text:
        messages = [message for message in read_po(text, locale=language) if message.id]
    return all(_translated(message.string) and not message.fuzzy for message in messages)


def _translated(string: str | Iterable[str] | None) -> bool:
    if string is None:
        return False
    return bool(string) if isinstance(string, str) else all(string)
