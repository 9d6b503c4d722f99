"""A form speaks the person's language: its own columns, or the catalogues when it is built in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foundation import language
from foundation.language import FSI, PDI, say
from questionnaire.sheet import Answer, Sheet
from questionnaire.wording import answer_text, choice_label, group_labels, hint, label, title

OWN = """
| survey |
|  | type | name | label::English (en) | label::Arabic (ar) | hint::English (en) |
|  | text | called | Name? | الاسم؟ | |
|  | begin_group | g | Part {1} | الجزء | |
|  | select_one land | land | Where, ${called}? 100% {sure} | أين يا ${called}؟ | A hint |
|  | end_group | | | | |
|  | note | bye | ${land}: ${born} and ${count} | ${land} | |
|  | date | born | Born? | متى؟ | |
|  | integer | count | Count? | كم؟ | |
|  | select_multiple land | lands | Which? | أي؟ | |
| choices |
|  | list_name | name | label::English (en) | label::Arabic (ar) |
|  | land | TN | Tunisia {x} | تونس |
|  | land | GM | Gambia | غامبيا |
"""
BUILT_IN = """
| survey |
|  | type | name | label |
|  | text | called | Your name? |
|  | note | hello | Hello ${called}, welcome |
"""


@pytest.fixture
def own(form: Callable[..., Sheet]) -> Sheet:
    return form(OWN)


@pytest.fixture
def built_in(form: Callable[..., Sheet]) -> Sheet:
    return form(BUILT_IN, built_in=True)


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Catalogues of one language each, with the built-in form's two texts."""
    for code, hello in {"fr": "Bienvenue, ${called}", "ar": "مرحبا ${called}"}.items():
        folder = tmp_path / code / "LC_MESSAGES"
        folder.mkdir(parents=True)
        head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        pairs = {"Your name?": "Votre nom ?", "Hello ${called}, welcome": hello, "Name?": "never"}
        body = "\n".join(f'msgid "{one}"\nmsgstr "{other}"\n' for one, other in pairs.items())
        (folder / "person.po").write_text(head + body, encoding="utf-8")
    monkeypatch.setattr(language, "LOCALES", tmp_path)
    caches = (language._catalogue, language.complete_languages)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_an_uploaded_form_speaks_its_own_words_braces_and_all(own: Sheet) -> None:
    spoken = say("en", label(own, own.question("land"), "en", {"called": "Awa {x}"}))
    assert spoken == "Where, Awa {x}? 100% {sure}"
    assert say("en", choice_label(own, own.question("land"), "TN", "en")) == "Tunisia {x}"
    assert [say("en", heading) for heading in group_labels(own, own.question("land"), "en", {})] == ["Part {1}"]
    assert say("en", title(own)) == "Trial"


def test_an_answer_is_filled_in_as_a_person_reads_it(own: Sheet) -> None:
    answers: dict[str, Answer] = {"land": "TN", "born": "1990-05-03", "count": 3}
    spoken = say("en", label(own, own.question("bye"), "en", answers)).replace(FSI, "").replace(PDI, "")
    assert spoken == "Tunisia {x}: 3 May 1990 and 3"
    assert answer_text(own, own.question("lands"), ["TN", "GM"], "ar") == "تونس، غامبيا"
    assert answer_text(own, own.question("count"), None, "ar") == ""


def test_a_name_does_not_disturb_a_right_to_left_sentence(own: Sheet) -> None:
    assert say("ar", label(own, own.question("land"), "ar", {"called": "Awa"})) == f"أين يا {FSI}Awa{PDI}؟"


def test_what_was_skipped_is_filled_in_with_nothing(own: Sheet) -> None:
    assert say("en", label(own, own.question("land"), "en", {"called": None})).startswith("Where, ?")


def test_a_hint_is_optional(own: Sheet) -> None:
    told = hint(own, own.question("land"), "en", {})
    assert told is not None
    assert say("en", told) == "A hint"
    assert hint(own, own.question("called"), "en", {}) is None


def test_a_built_in_form_is_translated_by_the_catalogue(built_in: Sheet, french: None) -> None:
    called, hello = built_in.questions
    assert say("fr", label(built_in, called, "fr", {})) == "Votre nom ?"
    assert say("fr", label(built_in, hello, "fr", {"called": "Awa {y}"})) == "Bienvenue, Awa {y}"
    assert say("ar", label(built_in, hello, "ar", {"called": "Awa"})) == f"مرحبا {FSI}Awa{PDI}"
    assert say("en", label(built_in, hello, "en", {"called": "Awa"})) == "Hello Awa, welcome"
    assert built_in.complete_languages() == ("en", "ar", "fr")
