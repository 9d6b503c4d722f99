"""The catalogues: as the code has the messages now, complete, and with nothing lost in translation that code needs."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from translate.filters import checks
from translate.filters.pofilter import pocheckfilter
from translate.storage.factory import getobject

from foundation.language import DOMAINS, LOCALES, complete_languages
from locales.update import FOLDERS, LANGUAGES, ROOT, catalogue_path, plural_forms, template, updated

PLACEHOLDER = re.compile(r"\{(\w*)[^{}]*\}")
UNREVIEWED = "NOT YET REVIEWED BY A NATIVE SPEAKER"
REVIEWED = re.compile(r"^Reviewed by .+, \d{4}-\d{2}-\d{2}", re.MULTILINE)

each_catalogue = pytest.mark.parametrize(
    ("language", "domain"), [(language, domain) for domain in DOMAINS for language in LANGUAGES[domain]]
)


def catalogue(language: str, domain: str) -> Catalog:
    with catalogue_path(language, domain).open("rb") as text:
        return read_po(text, locale=language)


def messages(language: str, domain: str) -> Iterator[Message]:
    return (message for message in catalogue(language, domain) if message.id)


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def test_people_are_spoken_to_in_twelve_languages_and_staff_in_four() -> None:
    people = {"am", "ar", "bn", "en", "es", "fa_AF", "fr", "ha", "ps", "so", "ti", "ur"}
    assert {*complete_languages("person")} == people
    assert {*complete_languages("console")} == {"ar", "en", "es", "fr"}


def test_no_catalogue_lies_about_that_nobody_keeps() -> None:
    kept = {catalogue_path(language, domain) for domain, codes in LANGUAGES.items() for language in codes}
    assert {*LOCALES.glob("*/LC_MESSAGES/*")} == kept
    assert all(len(template(domain)) > 50 for domain in DOMAINS)


def test_no_message_is_marked_inside_an_f_string() -> None:
    """Babel does not see it there, so that no catalogue would have it."""
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 300
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources
        for string in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) in {"_", "_p", "_n"}
    ]
    assert hidden == []


@each_catalogue
def test_the_catalogue_is_fresh(language: str, domain: str) -> None:
    assert catalogue_path(language, domain).read_bytes() == updated(language, domain)


@each_catalogue
def test_every_message_is_translated(language: str, domain: str) -> None:
    missing = [message.id for message in messages(language, domain) if message.fuzzy or not all(forms(message.string))]
    assert not missing


@each_catalogue
def test_placeholders_are_the_same_in_the_translation(language: str, domain: str) -> None:
    for message in messages(language, domain):
        expected = {*PLACEHOLDER.findall(forms(message.id)[-1])}
        for number, form in enumerate(filter(None, forms(message.string))):
            found = {*PLACEHOLDER.findall(form)}
            # A language may say one or two in a word of its own.
            optional = {"count"} if message.pluralizable and number < plural_forms(language)[0] - 1 else set()
            assert expected - optional <= found <= expected, (message.id, form)


@each_catalogue
def test_a_message_that_counts_has_every_plural_form_of_its_language(language: str, domain: str) -> None:
    expected, expression = plural_forms(language)
    assert catalogue(language, domain).num_plurals == expected
    choose, category = gettext.c2py(expression), Locale.parse(language).plural_form
    forms_by_category = {(category(count), choose(count)) for count in range(1000)}
    # One form for each category of CLDR, and one category for each form.
    assert len({kind for kind, _form in forms_by_category}) == len(forms_by_category) == expected
    counting = [message for message in messages(language, domain) if message.pluralizable]
    assert all(len(forms(message.string)) == expected for message in counting)


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
