"""The catalogues: as the code has the messages now, complete, and with nothing lost in translation that code needs."""

import gettext
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po
from translate.filters import checks
from translate.filters.pofilter import pocheckfilter
from translate.storage.factory import getobject

from foundation.language import DOMAINS, complete_languages
from locales.update import SOURCES, catalogue_path, languages, template, updated

TRANSLATED = sorted(languages())
PLACEHOLDER = re.compile(r"\{(\w*)[^{}]*\}")
UNREVIEWED = "NOT YET REVIEWED BY A NATIVE SPEAKER"
REVIEWED = re.compile(r"^Reviewed by .+, \d{4}-\d{2}-\d{2}", re.MULTILINE)

each_catalogue = pytest.mark.parametrize(("language", "domain"), list(product(TRANSLATED, DOMAINS)))


def catalogue(language: str, domain: str) -> Catalog:
    with catalogue_path(language, domain).open("rb") as text:
        return read_po(text, locale=language)


def messages(language: str, domain: str) -> Iterator[Message]:
    return (message for message in catalogue(language, domain) if message.id)


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def test_there_are_catalogues_for_the_languages_of_the_people_and_their_caseworkers() -> None:
    assert {"ar", "fr"} <= {*TRANSLATED}
    assert set(SOURCES) == set(DOMAINS)
    assert all(len(template(domain)) > 50 for domain in DOMAINS)


@each_catalogue
def test_the_catalogue_is_fresh(language: str, domain: str) -> None:
    assert catalogue_path(language, domain).read_bytes() == updated(language, domain)


@each_catalogue
def test_every_message_is_translated(language: str, domain: str) -> None:
    missing = [message.id for message in messages(language, domain) if message.fuzzy or not all(forms(message.string))]
    assert not missing


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_that_is_offered_is_complete_for_people_and_for_staff(language: str) -> None:
    assert all(language in complete_languages(domain) for domain in DOMAINS)


@each_catalogue
def test_placeholders_are_the_same_in_the_translation(language: str, domain: str) -> None:
    for message in messages(language, domain):
        expected = {*PLACEHOLDER.findall(forms(message.id)[-1])}
        for number, form in enumerate(filter(None, forms(message.string))):
            found = {*PLACEHOLDER.findall(form)}
            # A language may say one or two in a word of its own.
            optional = {"count"} if message.pluralizable and number < get_plural(language).num_plurals - 1 else set()
            assert expected - optional <= found <= expected, (message.id, form)


@each_catalogue
def test_a_message_that_counts_has_every_plural_form_of_its_language(language: str, domain: str) -> None:
    plural = get_plural(language)
    assert catalogue(language, domain).num_plurals == plural.num_plurals
    choose = gettext.c2py(plural.plural_expr)
    assert {choose(count) for count in range(200)} <= set(range(plural.num_plurals))
    counting = [message for message in messages(language, domain) if message.pluralizable]
    assert all(len(forms(message.string)) == plural.num_plurals for message in counting)


@each_catalogue
def test_the_header_says_whether_a_native_speaker_has_reviewed_it(language: str, domain: str) -> None:
    comment = catalogue(language, domain).header_comment
    assert (UNREVIEWED in comment) != bool(REVIEWED.search(comment.replace("# ", "")))


@each_catalogue
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pofilter_finds_nothing(language: str, domain: str) -> None:
    chosen = ["printf", "pythonbraceformat", "untranslated"]
    options = SimpleNamespace(
        excludefilters={}, limitfilters=chosen, includefuzzy=True, includereview=True, autocorrect=False, addnotes=True
    )
    checker = pocheckfilter(
        options, [checks.StandardChecker, checks.StandardUnitChecker], checks.CheckerConfig(targetlanguage=language)
    )
    path: Path = catalogue_path(language, domain)
    faulty = checker.filterfile(getobject(str(path)))
    assert [unit.source for unit in faulty.units if not unit.isheader()] == []
