"""What people type is understood in many scripts and ways, or refused with what to do instead."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from foundation.language import say
from questionnaire.engine import Given, record
from questionnaire.reading import Chosen, NotUnderstood, Understood, not_understood_content, read
from questionnaire.sheet import Answer, Sheet

FORM = """
| survey |
|  | type | name | label::English (en) | label::French (fr) | label::Arabic (ar) | constraint | constraint_message::English (en) | constraint_message::French (fr) | constraint_message::Arabic (ar) |
|  | text | words | Words? | Mots ? | كلمات؟ | | | | |
|  | integer | count | How many? | Combien ? | كم؟ | . < 1000 | Fewer than 1000. | Moins de 1000. | أقل من ألف |
|  | integer | free | How many? | Combien ? | كم؟ | | | | |
|  | decimal | size | Size? | Taille ? | الحجم؟ | | | | |
|  | date | day | When? | Quand ? | متى؟ | | | | |
|  | select_one place | one | Where? | Où ? | أين؟ | | | | |
|  | select_multiple place | several | Where? | Où ? | أين؟ | | | | |
|  | note | told | A note | Une note | ملاحظة | | | | |
| choices |
|  | list_name | name | label::English (en) | label::French (fr) | label::Arabic (ar) |
|  | place | home | At home | À la maison | في البيت |
|  | place | own_children | With my own children | Avec mes enfants | مع أطفالي |
|  | place | street | On the street | Dans la rue | في الشارع |
"""  # noqa: E501 - a table


@pytest.fixture
def sheet(form: Callable[..., Sheet]) -> Sheet:
    return form(FORM)


def understood(sheet: Sheet, given: Given, name: str, incoming: str | Chosen, language: str = "en") -> Answer:
    result = read(sheet, sheet.question(name), incoming, {}, replace(given, language=language))
    assert isinstance(result, Understood), say("en", result.message)
    return result.value


def refused(sheet: Sheet, given: Given, name: str, incoming: str | Chosen, language: str = "en") -> str:
    result = read(sheet, sheet.question(name), incoming, {}, replace(given, language=language))
    assert isinstance(result, NotUnderstood), f"{incoming!r} was understood as {result.value!r}"
    return say(language, result.message)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("٣٤", 34),
        ("۳۴", 34),
        ("३४", 34),
        ("3rd", 3),
        ("2ème", 2),
        ("1er", 1),
        ("34 years", 34),
        ("عندي ٣ أطفال", 3),
        ("-5", -5),
        ("−5", -5),
        ("007", 7),
        ("3.", 3),
        ("7\u200f", 7),
    ],
)
def test_whole_numbers_are_read_in_any_script(sheet: Sheet, given: Given, typed: str, value: int) -> None:
    assert understood(sheet, given, "count", typed) == value


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("none", "one whole number"),
        ("3 or 4", "one whole number"),
        ("2.5", "without a point or comma"),
        ("٢٫٥", "without a point or comma"),
        ("1,000", "without a point or comma"),
        ("9" * 12, "too large"),
        ("9" * 3000, "too large"),
        ("", "did not receive"),
        (" \u200e\n", "did not receive"),
        ("½", "one whole number"),
    ],
)
def test_what_is_no_whole_number_is_refused_with_what_to_send(
    sheet: Sheet, given: Given, typed: str, says: str
) -> None:
    assert says in refused(sheet, given, "free", typed)


@pytest.mark.parametrize(
    ("language", "says"), [("en", "Fewer than 1000."), ("fr", "Moins de 1000."), ("ar", "أقل من ألف")]
)
def test_the_forms_own_message_comes_in_the_persons_language(
    sheet: Sheet, given: Given, language: str, says: str
) -> None:
    assert refused(sheet, given, "count", "1000", language) == says


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("7", "7"),
        ("7.50", "7.50"),
        ("7,5", "7.5"),
        ("٧٫٥", "7.5"),
        ("0.1", "0.1"),
        ("١٬٥٠٠", "1500"),
        ("-2.25", "-2.25"),
    ],
)
def test_decimals_are_kept_exactly(sheet: Sheet, given: Given, typed: str, value: str) -> None:
    assert understood(sheet, given, "size", typed) == value


@pytest.mark.parametrize("typed", ["1,000", "1.000.000", "much", "1 or 2", "9" * 40])
def test_decimals_that_could_mean_two_things_are_asked_again(sheet: Sheet, given: Given, typed: str) -> None:
    assert "Please" in refused(sheet, given, "size", typed)


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("1990-05-03", "en"),
        ("1990/5/3", "en"),
        ("3/5/1990", "en"),
        ("03.05.1990", "fr"),
        ("3-5-1990", "en"),
        ("3 5 1990", "en"),
        ("٣/٥/١٩٩٠", "ar"),
        ("3 May 1990", "en"),
        ("3rd of May, 1990", "en"),
        ("May 3, 1990", "en"),
        ("1990 may 3", "en"),
        ("3 mai 1990", "fr"),
        ("3 mai 1990", "en"),
        ("3 می 1990", "ps"),
        ("۳ مې ۱۹۹۰", "ps"),
        ("3 MAI 1990", "fr"),
        ("٣ مايو ١٩٩٠", "ar"),
        ("٣ أيار ١٩٩٠", "ar"),
        ("3 ايار 1990", "ar"),
        ("3 ماي 1990", "ar"),
        ("3 Mai 1990", "de"),
        ("3 mayo 1990", "es"),
        ("I was born on 3 May 1990.", "en"),
    ],
)
def test_dates_are_read_as_people_write_them(sheet: Sheet, given: Given, typed: str, language: str) -> None:
    assert understood(sheet, given, "day", typed, language) == "1990-05-03"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("15 كانون الثاني 1990", "1990-01-15"),
        ("15 كانون الأول 1990", "1990-12-15"),
        ("٩ أوت ٢٠٠١", "2001-08-09"),
        ("1er janvier 2000", "2000-01-01"),
        ("14 févr. 2000", "2000-02-14"),
        ("14 décembre 2000", "2000-12-14"),
        ("29 Feb 2024", "2024-02-29"),
        ("25/12/2020", "2020-12-25"),
    ],
)
def test_other_months_and_long_names_are_read(sheet: Sheet, given: Given, typed: str, value: str) -> None:
    assert understood(sheet, given, "day", typed) == value


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1990", "day and the month too"),
        ("١٩٩٠", "day and the month too"),
        ("May 1990", "day and the month too"),
        ("3/5/90", "four digits"),
        ("3 May 90", "four digits"),
        ("30/2/2020", "does not exist"),
        ("5/13/1990", "does not exist"),
        ("3/5/1369", "international calendar"),
        ("3/5/2569", "international calendar"),
        ("yesterday", "day, month and year"),
        ("3 May or June 1990", "day, month and year"),
        ("3" * 100, "day, month and year"),
    ],
)
def test_what_is_no_whole_date_is_refused_with_what_to_send(sheet: Sheet, given: Given, typed: str, says: str) -> None:
    assert says in refused(sheet, given, "day", typed)


@pytest.mark.parametrize(
    ("typed", "language", "code"),
    [
        ("2", "en", "own_children"),
        ("٢", "ar", "own_children"),
        ("2.", "en", "own_children"),
        ("2nd", "en", "own_children"),
        ("2. With my own children", "en", "own_children"),
        ("at HOME", "en", "home"),
        ("  at   home! ", "en", "home"),
        ("🏠 At home", "en", "home"),
        ("À LA MAISON", "fr", "home"),
        ("A\u0300 la maison", "fr", "home"),
        ("في البَيْت", "ar", "home"),
        ("مع اطفالي", "ar", "own_children"),
        ("own_children", "en", "own_children"),
    ],
)
def test_a_choice_is_found_by_number_or_by_words(
    sheet: Sheet, given: Given, typed: str, language: str, code: str
) -> None:
    assert understood(sheet, given, "one", typed, language) == code


@pytest.mark.parametrize("typed", ["4", "0", "-1", "at", "1 2", "2. At home", "99999999999999999999"])
def test_what_is_no_choice_is_refused_with_the_numbers_there_are(sheet: Sheet, given: Given, typed: str) -> None:
    assert "from 1 to 3" in refused(sheet, given, "one", typed)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("1,3", ["home", "street"]),
        ("3, 1", ["home", "street"]),
        ("1 3", ["home", "street"]),
        ("١، ٣", ["home", "street"]),
        ("١ ٣", ["home", "street"]),
        ("1;1;2", ["home", "own_children"]),
        ("2", ["own_children"]),
        ("at home, on the street", ["home", "street"]),
        ("At home\nWith my own children", ["home", "own_children"]),
        ("on the street", ["street"]),
    ],
)
def test_several_choices_are_found_in_the_order_of_the_form(
    sheet: Sheet, given: Given, typed: str, codes: list[str]
) -> None:
    assert understood(sheet, given, "several", typed) == codes


@pytest.mark.parametrize("typed", ["1,4", "at home, elsewhere", "13", ",", "1 x"])
def test_one_part_not_understood_refuses_the_whole(sheet: Sheet, given: Given, typed: str) -> None:
    assert "Please" in refused(sheet, given, "several", typed)


def test_a_button_is_its_code(sheet: Sheet, given: Given) -> None:
    assert understood(sheet, given, "one", Chosen(("street",))) == "street"
    assert understood(sheet, given, "several", Chosen(("street", "home"))) == ["street", "home"]


def test_a_button_of_another_question_is_refused(sheet: Sheet, given: Given) -> None:
    assert "another question" in refused(sheet, given, "count", Chosen(("street",)))
    assert "choose" in refused(sheet, given, "one", Chosen(("elsewhere",)))


def test_text_is_kept_clean_and_whole(sheet: Sheet, given: Given) -> None:
    assert understood(sheet, given, "words", "  Cafe\u0301\r\nline\u202e two\u0007\u2067! ") == "Café\nline two!"
    assert understood(sheet, given, "words", "می\u200cخواهم") == "می\u200cخواهم"
    assert understood(sheet, given, "words", "x" * 4000) == "x" * 4000


def test_text_that_is_too_long_is_refused_with_the_limit(sheet: Sheet, given: Given) -> None:
    told = refused(sheet, given, "words", "x" * 4001)
    assert "4001" in told
    assert "4000" in told
    assert "still in the chat" in told


def test_anything_typed_confirms_a_note(sheet: Sheet, given: Given) -> None:
    assert understood(sheet, given, "told", "ok") is True


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@hypothesis_given(typed=st.text(max_size=40), name=st.sampled_from(["words", "count", "size", "day", "one", "several"]))
def test_whatever_is_typed_is_refused_or_can_be_recorded(sheet: Sheet, given: Given, typed: str, name: str) -> None:
    result = read(sheet, sheet.question(name), typed, {}, given)
    if isinstance(result, Understood):
        assert record(sheet, {}, name, result.value, given)[name] == result.value
    else:
        assert say("ar", result.message)


def test_a_photo_where_words_were_asked_says_what_to_send(sheet: Sheet) -> None:
    told = {question.name: say("en", not_understood_content(question).message) for question in sheet.questions}
    assert "words" in told["words"]
    assert "number" in told["count"]
    assert "number" in told["size"]
    assert "date" in told["day"]
    assert "choose" in told["one"]
    assert "choose" in told["several"]
    assert "read" in told["told"]
