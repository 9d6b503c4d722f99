"""What is asked next follows from the answers alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from foundation.errors import Conflict, Invalid
from foundation.language import say
from questionnaire.engine import (
    Given,
    calculated,
    check,
    choices_for,
    is_complete,
    next_question,
    previous_question,
    progress,
    record,
    relevant_questions,
    review,
)
from questionnaire.sheet import Answer, Sheet

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
FORM = """
| survey |
|  | type | name | label | required | relevant | constraint | constraint_message | choice_filter | calculate |
|  | note | hello | Welcome | | | | | | |
|  | text | called | Your name? | | | | | | |
|  | select_one country | land | Country? | yes | | | | | |
|  | select_one area | area | Area? | | | | | country = ${land} | |
|  | begin_group | family | Family | | ${land} != 'other' | | | | |
|  | select_multiple who | company | Who? | | | not(selected(., 'alone')) or . = 'alone' | Alone is alone. | | |
|  | integer | children | How many? | | selected(${company}, 'children') | . >= 1 and . <= 20 | | | |
|  | end_group | | | | | | | | |
|  | hidden | known | | | | | | | |
|  | text | secret | Secret? | | ${known} = 'yes' | | | | |
|  | calculate | seats | | | | | | | coalesce(${children}, 0) + 1 |
|  | note | many | A big family | | ${seats} > 4 | | | | |
|  | date | left | When? | | | . <= today() | | | |
| choices |
|  | list_name | name | label | country |
|  | country | TN | Tunisia | |
|  | country | GM | The Gambia | |
|  | country | other | Other | |
|  | area | tunis | Tunis | TN |
|  | area | sfax | Sfax | TN |
|  | area | banjul | Banjul | GM |
|  | who | alone | Alone | |
|  | who | children | Children | |
|  | who | friends | Friends | |
"""


@pytest.fixture
def sheet(form: Callable[..., Sheet]) -> Sheet:
    return form(FORM)


def answer(sheet: Sheet, given: Given, *steps: tuple[str, Answer]) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for name, value in steps:
        answers = record(sheet, answers, name, value, given)
    return answers


def asked(sheet: Sheet, answers: dict[str, Answer], given: Given) -> str | None:
    question = next_question(sheet, answers, given)
    return question.name if question else None


def test_a_person_is_led_from_the_first_question_to_the_review(sheet: Sheet, given: Given) -> None:
    script: list[tuple[str, Answer]] = [
        ("hello", True),
        ("called", "Awa"),
        ("land", "GM"),
        ("area", "banjul"),
        ("company", ["children", "friends"]),
        ("children", 5),
        ("many", True),
        ("left", None),
    ]
    answers: dict[str, Answer] = {}
    for name, value in script:
        assert asked(sheet, answers, given) == name
        answers = record(sheet, answers, name, value, given)
    assert is_complete(sheet, answers, given)
    assert [(question.name, value) for question, value in review(sheet, answers, given)] == [
        ("called", "Awa"),
        ("land", "GM"),
        ("area", "banjul"),
        ("company", ["children", "friends"]),
        ("children", 5),
        ("left", None),
    ]
    assert calculated(sheet, answers, given) == {"seats": "6"}


def test_a_skipped_question_is_remembered_and_not_asked_again(sheet: Sheet, given: Given) -> None:
    answers = answer(sheet, given, ("hello", True), ("called", None))
    assert answers["called"] is None
    assert asked(sheet, answers, given) == "land"


def test_a_required_question_cannot_be_skipped(sheet: Sheet, given: Given) -> None:
    with pytest.raises(Invalid):
        record(sheet, {}, "land", None, given)
    assert not sheet.question("land").may_be_skipped


def test_a_note_is_read_and_not_skipped(sheet: Sheet, given: Given) -> None:
    with pytest.raises(Invalid):
        record(sheet, {}, "hello", None, given)


def test_an_edit_drops_what_no_longer_applies_and_asks_what_now_does(sheet: Sheet, given: Given) -> None:
    answers = answer(
        sheet, given, ("hello", True), ("called", "Awa"), ("land", "TN"), ("area", "sfax"), ("company", ["children"]),
        ("children", 5), ("many", True), ("left", "2026-01-02"),
    )  # fmt: skip
    moved = record(sheet, answers, "land", "GM", given)
    assert "area" not in moved, "Sfax is not in The Gambia"
    assert moved["children"] == 5
    assert asked(sheet, moved, given) == "area"
    alone = record(sheet, answers, "company", ["alone"], given)
    assert "children" not in alone
    assert "many" not in alone
    assert alone["seats"] == "1"
    assert is_complete(sheet, alone, given)


def test_only_the_choices_that_are_no_longer_offered_leave_a_multiple_answer(form: Callable[..., Sheet]) -> None:
    tables = FORM.replace("select_one area", "select_multiple area").replace(
        "country = ${land}", "selected(country, ${land}) or name = 'sfax'"
    )
    sheet, given = form(tables), Given(now=NOW)
    answers = answer(sheet, given, ("land", "TN"), ("area", ["tunis", "sfax"]))
    assert record(sheet, answers, "land", "GM", given)["area"] == ["sfax"]


def test_a_question_with_nothing_to_choose_is_not_asked(sheet: Sheet, given: Given) -> None:
    answers = answer(sheet, given, ("land", "other"))
    assert "area" not in [question.name for question in relevant_questions(sheet, answers, given)]
    assert "company" not in [question.name for question in relevant_questions(sheet, answers, given)]


def test_answers_given_in_any_order_lead_to_the_same_place(sheet: Sheet, given: Given) -> None:
    forward = answer(sheet, given, ("hello", True), ("land", "GM"), ("company", ["friends"]), ("area", "banjul"))
    backward = answer(sheet, given, ("company", ["friends"]), ("land", "GM"), ("area", "banjul"), ("hello", True))
    assert forward == backward


def test_an_answer_to_a_question_that_is_not_asked_is_refused(sheet: Sheet, given: Given) -> None:
    with pytest.raises(Conflict):
        record(sheet, {}, "children", 3, given)
    with pytest.raises(Conflict):
        record(sheet, {}, "seats", "3", given)
    with pytest.raises(Conflict):
        record(sheet, {}, "known", "yes", given)


def test_hidden_values_come_from_what_is_given_and_never_from_the_answers(sheet: Sheet, given: Given) -> None:
    known = replace(given, values={"known": "yes"})
    assert "secret" in [question.name for question in relevant_questions(sheet, {}, known)]
    assert "secret" not in [question.name for question in relevant_questions(sheet, {"known": "yes"}, given)]


def test_back_goes_to_the_relevant_question_before(sheet: Sheet, given: Given) -> None:
    answers = answer(sheet, given, ("hello", True), ("called", "Awa"), ("land", "other"))
    before = previous_question(sheet, answers, "left", given)
    assert before is not None
    assert before.name == "land"
    assert previous_question(sheet, answers, "hello", given) is None


def test_progress_counts_what_is_asked_as_things_stand(sheet: Sheet, given: Given) -> None:
    assert progress(sheet, {}, "hello", given) == (1, 5)
    answers = answer(sheet, given, ("land", "TN"), ("company", ["children"]))
    assert progress(sheet, answers, "left", given) == (7, 7)


def test_only_the_choices_of_this_country_are_offered(sheet: Sheet, given: Given) -> None:
    answers = answer(sheet, given, ("land", "TN"))
    assert [choice.code for choice in choices_for(sheet, sheet.question("area"), answers, given)] == ["tunis", "sfax"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("called", ""),
        ("called", "  "),
        ("called", 5),
        ("called", "x" * 4001),
        ("land", "FR"),
        ("land", ["TN"]),
        ("company", "alone"),
        ("company", []),
        ("company", ["alone", "friends"]),
        ("company", ["friends", "friends"]),
        ("company", ["strangers"]),
        ("left", "2026-11-21"),
        ("left", "20261120"),
        ("left", "yesterday"),
        ("left", True),
        ("hello", "yes"),
    ],
)
def test_a_value_that_cannot_be_the_answer_is_refused(sheet: Sheet, given: Given, name: str, value: Answer) -> None:
    answers = answer(sheet, given, ("land", "TN"))
    assert check(sheet, sheet.question(name), value, answers, given) is not None
    with pytest.raises(Invalid):
        record(sheet, answers, name, value, given)


@pytest.mark.parametrize("value", [0, 21, True, "3", 3.0])
def test_an_integer_outside_its_bounds_or_of_another_type_is_refused(sheet: Sheet, given: Given, value: Answer) -> None:
    answers = answer(sheet, given, ("land", "TN"), ("company", ["children"]))
    with pytest.raises(Invalid):
        record(sheet, answers, "children", value, given)
    assert record(sheet, answers, "children", 20, given)["seats"] == "21"


def test_the_message_of_the_form_wins_over_the_general_one(sheet: Sheet, given: Given) -> None:
    answers = answer(sheet, given, ("land", "TN"))
    fault = check(sheet, sheet.question("company"), ["alone", "friends"], answers, given)
    assert fault is not None
    assert say("en", fault) == "Alone is alone."


def test_a_name_the_form_does_not_have_is_an_error_of_the_caller(sheet: Sheet, given: Given) -> None:
    with pytest.raises(KeyError):
        record(sheet, {}, "nothing", "x", given)
