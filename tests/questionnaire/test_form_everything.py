"""The form with every supported feature, walked by the engine from the first question to the review."""

import json
from typing import Any

import pytest

from foundation.errors import Conflict, Invalid
from foundation.language import say
from questionnaire.engine import (
    Given,
    answered,
    choices_for,
    drop_row,
    is_complete,
    next_question,
    previous_question,
    record,
    relevant_questions,
    review,
    settle,
)
from questionnaire.keys import code_of
from questionnaire.nesting import nested
from questionnaire.sheet import MOST_ROWS, Answer, Kind, Sheet
from questionnaire.suggestions import suggestion
from questionnaire.wording import answer_text, full_label, group_labels, label
from questionnaire.xlsform import check_form, read_form
from tests.questionnaire.everything import ANSWERS, FORM, HIDDEN, MEDIA, MOMENT, SCRIPT, everything


@pytest.fixture
def given() -> Given:
    return Given(MOMENT, HIDDEN)


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return everything()


def walk(sheet: Sheet, given: Given, until: str | None = None) -> dict[str, Answer]:
    """Give the scripted answers, each to the question that is asked next, as far as the question `until`."""
    answers: dict[str, Answer] = {}
    for key, value in SCRIPT:
        if key == until:
            break
        question = next_question(sheet, answers, given)
        assert question is not None
        assert question.name == key
        answers = record(sheet, answers, key, value, given)
    return answers


def give(sheet: Sheet, given: Given, answers: dict[str, Answer], **values: Answer) -> dict[str, Answer]:
    for name, value in values.items():
        answers = record(sheet, answers, name, value, given)
    return answers


def test_the_form_is_sound_and_complete_in_both_languages(sheet: Sheet) -> None:
    assert check_form(FORM.read_bytes(), ".md", MEDIA) == []
    assert sheet.complete_languages() == ("en", "fr")
    assert sheet.media() == MEDIA
    assert {question.kind for question in sheet.questions} == set(Kind)
    assert Sheet.from_json(sheet.to_json()) == sheet


def test_the_script_leads_through_every_question_to_the_review(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given)
    assert is_complete(sheet, answers, given)
    assert answers == ANSWERS
    assert json.loads(json.dumps(answers)) == answers
    assert [key for key, _value in SCRIPT] == [each.name for each in relevant_questions(sheet, answers, given)]


def test_what_is_settled_step_by_step_is_what_is_settled_at_once(sheet: Sheet, given: Given) -> None:
    answers: dict[str, Answer] = {}
    for key, value in SCRIPT:
        answers = record(sheet, answers, key, value, given)
        fresh = settle(sheet, answers, Given(MOMENT, HIDDEN))
        assert settle(sheet, answers, given) == fresh
        assert fresh.answers == answers


def test_one_can_go_back_through_the_whole_form(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given)
    key, found = SCRIPT[-1][0], [SCRIPT[-1][0]]
    while (before := previous_question(sheet, answers, key, given)) is not None:
        key = before.name
        found.append(key)
    assert found[::-1] == [key for key, _value in SCRIPT]


def test_answers_become_nested_json_for_export(sheet: Sheet, given: Given) -> None:
    whole = nested(sheet, walk(sheet, given))
    assert whole["children"] == [
        {"child_name": "Binta", "child_number": "1", "child_age": 9, "school": "yes"},
        {"child_name": "Ous", "child_number": "2", "child_age": 3},
    ]
    members: Any = whole["members"]
    assert [row["relation"] for row in members] == ["other", "baby"]
    assert list(whole)[:3] == ["welcome", "called", "birth_year"]
    alone = give(sheet, given, walk(sheet, given, "members/1/+"), **{"members/1/+": "no"})
    assert nested(sheet, alone)["members"] == []


def test_no_drops_the_rows_behind(sheet: Sheet, given: Given) -> None:
    answers = give(sheet, given, walk(sheet, given), **{"members/2/+": "no"})
    assert [key for key in answers if key.startswith("members/")] == [
        "members/1/+", "members/1/member_name", "members/1/relation", "members/1/relation_other",
        "members/1/member_work", "members/1/hours", "members/1/place_in_list", "members/2/+",
    ]  # fmt: skip
    assert answers["summary"] == "1 Binta, Ous"


def test_a_row_in_the_middle_can_be_dropped_and_the_others_move_up(sheet: Sheet, given: Given) -> None:
    answers = drop_row(sheet, walk(sheet, given), "members", 1, given)
    assert {key: answers[key] for key in answers if key.startswith("members/")} == {
        "members/1/+": "yes",
        "members/1/member_name": ANSWERS["members/2/member_name"],
        "members/1/relation": "baby",
        "members/2/+": "no",
    }
    assert is_complete(sheet, answers, given)
    for repeat, row in (("members", 2), ("members", 0), ("children", 1)):
        with pytest.raises(Conflict):
            drop_row(sheet, answers, repeat, row, given)


def test_a_count_that_changes_adds_and_drops_rows(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given)
    more = give(sheet, given, answers, children_count=3)
    question = next_question(sheet, more, given)
    assert question is not None
    assert question.name == "children/3/child_name"
    fewer = give(sheet, given, answers, children_count=1)
    assert (fewer["names"], fewer["children_ages"]) == ("Binta", "9")
    none = give(sheet, given, answers, children_count=None)
    assert not [key for key in none if key.startswith("children/")]
    assert "oldest" not in none
    assert none["summary"] == "2 none"


def test_a_count_beyond_the_most_rows_is_told(sheet: Sheet, given: Given) -> None:
    answers = give(sheet, given, walk(sheet, given), children_count=MOST_ROWS + 5)
    asked = [each.name for each in relevant_questions(sheet, answers, given) if each.name.startswith("children/")]
    assert asked[-2:] == [f"children/{MOST_ROWS}/child_age", f"children/{MOST_ROWS + 1}/+"]
    note = sheet.question(asked[-1])
    assert note.kind is Kind.NOTE
    assert str(MOST_ROWS) in say("en", label(sheet, note, "en", answers))
    exactly = give(sheet, given, answers, children_count=MOST_ROWS)
    assert f"children/{MOST_ROWS + 1}/+" not in settle(sheet, exactly, given).asked


def test_rows_added_one_by_one_end_at_the_most(form: Any, given: Given) -> None:
    sheet = form(
        "| survey |\n|  | type | name | label |\n|  | begin_repeat | r | |\n"
        "|  | text | a | A |\n|  | end_repeat | | |\n"
    )
    answers: dict[str, Answer] = {}
    for row in range(1, MOST_ROWS + 1):
        answers = record(sheet, answers, f"r/{row}/+", "yes", given)
        answers = record(sheet, answers, f"r/{row}/a", "x", given)
    last = next_question(sheet, answers, given)
    assert last is not None
    assert (last.name, last.kind) == (f"r/{MOST_ROWS + 1}/+", Kind.NOTE)
    with pytest.raises(Invalid):
        record(sheet, answers, last.name, "yes", given)
    answers = record(sheet, answers, last.name, True, given)  # noqa: FBT003  # True is the answer of a note
    assert is_complete(sheet, answers, given)
    fewer = drop_row(sheet, answers, "r", 3, given)
    assert fewer[f"r/{MOST_ROWS}/+"] == "no"
    assert is_complete(sheet, fewer, given)


def test_there_is_no_question_of_a_row_that_cannot_be(sheet: Sheet) -> None:
    beyond = f"members/{MOST_ROWS + 1}/relation"
    for key in ("members/0/relation", "members/x/relation", "members/1/called", "called/1/relation", "a/b", beyond):
        with pytest.raises(KeyError):
            sheet.question(key)


def test_a_choice_that_depends_on_the_row_and_on_the_form(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given)
    offered = [choice.code for choice in choices_for(sheet, sheet.question("quarter"), answers, given)]
    assert offered == ["market", "hill"]
    child = give(sheet, given, answers, birth_year=2012)
    assert [choice.code for choice in choices_for(sheet, sheet.question("town"), child, given)] == ["tall"]
    assert not [key for key in child if key.startswith("members/")], "a repeat in a group that is not relevant"


def test_what_the_form_suggests_is_offered_and_is_no_answer(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given, "region")
    assert suggestion(sheet, sheet.question("region"), answers, given) == "north"
    assert "region" not in answers
    whole = walk(sheet, given)
    assert suggestion(sheet, sheet.question("next_visit"), whole, given) == "2026-11-20"
    assert suggestion(sheet, sheet.question("members/1/hours"), whole, given) == 40
    assert suggestion(sheet, sheet.question("wishes"), whole, given) is None


def test_a_place_may_always_be_left_out_whatever_the_form_says(sheet: Sheet, given: Given) -> None:
    home = sheet.question("home")
    assert home.required
    assert home.may_be_skipped
    assert record(sheet, walk(sheet, given, "home"), "home", None, given)["home"] is None


def test_rows_are_named_in_lists_and_in_the_words_of_their_own_answers(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given)
    age = sheet.question("children/2/child_age")
    assert full_label(sheet, age, "en", answers) == "Child 2 · How old is Ous?"
    assert full_label(sheet, age, "fr", answers) == "Enfant 2 · Quel âge a Ous ?"
    headings = group_labels(sheet, sheet.question("members/2/relation"), "en", answers)
    assert [say("en", each) for each in headings] == ["Household", "Household member 2"]
    first, second = (say("en", label(sheet, sheet.question(f"members/{row}/+"), "en", answers)) for row in (1, 2))
    assert (first, second) == ("Does anyone else live with you?", "Does one more person live with you?")


def test_a_repeat_without_words_of_its_own_is_asked_in_ours(form: Any, given: Given) -> None:
    sheet = form(
        "| survey |\n|  | type | name | label |\n|  | begin_repeat | r | Debt |\n|  | text | a | A |\n"
        "|  | end_repeat | | |\n"
    )
    words = [say("en", label(sheet, sheet.question(f"r/{row}/+"), "en", {})) for row in (1, 2)]
    assert words == ["Debt: is there one to add?", "Debt: is there another one to add?"]
    assert answer_text(sheet, sheet.question("r/1/+"), "yes", "en") == "Yes"


def test_files_and_places_are_read_back_in_words(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given)
    words = {
        question.name: answer_text(sheet, question, value, "en") for question, value in review(sheet, answers, given)
    }
    assert words["face"] == "🖼 a picture"
    assert words["members/2/member_name"] == "🎤 a voice message"
    assert words["paper"] == "📎 a file"
    assert words["home"] == "13.45, -16.57"
    assert words["transport"] == "On foot, Something else"


def test_what_was_sent_is_read_later_in_the_order_of_the_form(sheet: Sheet, given: Given) -> None:
    answers = walk(sheet, given)
    stored = dict(sorted(answers.items())) | {"*picked": {"called": ["x"]}}
    notes = {question.name for question in sheet.questions if question.kind is Kind.NOTE}
    assert [question.name for question, _value in answered(sheet, stored)] == [key for key, _value in SCRIPT]
    assert [question.name for question, _value in review(sheet, answers, given)] == [
        key for key, _value in SCRIPT if key not in notes
    ]


def test_a_key_is_a_code_in_the_audit_log() -> None:
    assert code_of("members/2/age") == "members.2.age"
    assert len(code_of("m" * 64 + "/10/" + "a" * 64)) == 64


def test_another_file_format_gives_the_same_form(sheet: Sheet) -> None:
    lines = [line for line in FORM.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    names = ("survey", "choices", "external_choices", "settings")
    rows = [[row[0]] if row[0] in names else ["", *row[1:]] for row in cells]
    csv = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    assert read_form(csv.encode(), ".csv") == sheet
