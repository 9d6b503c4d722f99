"""The forms that come with the program: they compile, and ask what safety allows."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from questionnaire.engine import Given, calculated, choices_for, next_question, record, relevant_questions
from questionnaire.extraction import extract
from questionnaire.sheet import Answer, Sheet
from questionnaire.xlsform import read_form

FORMS = Path(__file__).parents[2] / "cases" / "forms"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
GIVEN = Given(now=NOW)


def read(name: str) -> Sheet:
    return read_form(FORMS / f"{name}.md", ".md", built_in=True)


@pytest.fixture(scope="module")
def arrival() -> Sheet:
    return read("arrival")


@pytest.fixture(scope="module")
def needs() -> Sheet:
    return read("needs")


def answers_of(sheet: Sheet, **values: Answer) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for name, value in values.items():
        answers = record(sheet, answers, name, value, GIVEN)
    return answers


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.md")), ids=lambda path: path.stem)
def test_every_built_in_form_compiles_and_bears_its_files_name(path: Path) -> None:
    sheet = read_form(path, ".md", built_in=True)
    assert sheet.id == path.stem
    assert Sheet.from_json(sheet.to_json()) == sheet
    assert sheet.languages == ("en",)
    texts = [text["en"] for text in sheet.texts() if text]
    assert not [text for text in texts if re.search(r"(?<!\$)[{]", text)], "a brace would break the catalogue's message"


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.md")), ids=lambda path: path.stem)
def test_whatever_is_sensitive_can_be_skipped(path: Path) -> None:
    sheet = read_form(path, ".md", built_in=True)
    assert any(question.sensitive for question in sheet.questions)
    assert all(question.may_be_skipped for question in sheet.questions if question.sensitive)


@pytest.mark.parametrize(
    ("answers", "maybe_child"),
    [
        ({}, "unknown"),
        ({"birth_year": 2026}, "yes"),
        ({"birth_year": 2010}, "yes"),
        ({"birth_year": 2008}, "yes"),  # turns 18 this year, perhaps not yet
        ({"birth_year": 2007}, "no"),
        ({"birth_year": None, "age_band": "under_15"}, "yes"),
        ({"birth_year": None, "age_band": "15_17"}, "yes"),
        ({"birth_year": None, "age_band": "18_24"}, "no"),
        ({"birth_year": None, "age_band": "60_plus"}, "no"),
        ({"birth_year": None, "age_band": "unsure"}, "unknown"),
        ({"birth_year": None, "age_band": None}, "unknown"),
    ],
)
def test_who_may_be_a_child(arrival: Sheet, answers: dict[str, Answer], maybe_child: str) -> None:
    assert calculated(arrival, answers_of(arrival, **answers), GIVEN)["maybe_child"] == maybe_child


def test_age_is_worked_out_from_the_year_only_when_it_is_given(arrival: Sheet) -> None:
    assert calculated(arrival, answers_of(arrival, birth_year=1990), GIVEN)["age_now"] == "36"
    assert calculated(arrival, answers_of(arrival, birth_year=None), GIVEN)["age_now"] == ""


def test_the_age_band_is_asked_only_without_a_year(arrival: Sheet) -> None:
    with_year = answers_of(arrival, called=None, birth_year=1990)
    without = answers_of(arrival, called=None, birth_year=None)
    after_year, after_skip = next_question(arrival, with_year, GIVEN), next_question(arrival, without, GIVEN)
    assert after_year is not None
    assert after_skip is not None
    assert (after_year.name, after_skip.name) == ("sex", "age_band")


@pytest.mark.parametrize(("country", "areas"), [("TN", 7), ("GM", 8), ("other", 0)])
def test_the_areas_are_those_of_the_country(arrival: Sheet, country: str, areas: int) -> None:
    answers = answers_of(arrival, country_return=country)
    offered = choices_for(arrival, arrival.question("area"), answers, GIVEN)
    assert len(offered) == areas
    assert all(choice.columns["country"] == country for choice in offered)


def relevant_names(sheet: Sheet, answers: dict[str, Answer], maybe_child: str) -> set[str]:
    given = Given(now=NOW, values={"maybe_child": maybe_child})
    return {question.name for question in relevant_questions(sheet, answers, given)}


@pytest.mark.parametrize("maybe_child", ["yes", "unknown", ""])
def test_somebody_who_may_be_a_child_is_never_asked_about_fear_or_force(needs: Sheet, maybe_child: str) -> None:
    assert not {"fear", "forced_work"} & relevant_names(needs, {}, maybe_child)


def test_an_adult_is_asked_about_fear_and_force(needs: Sheet) -> None:
    assert {"fear", "forced_work"} <= relevant_names(needs, {}, "no")


def test_follow_up_questions_come_only_where_they_apply(needs: Sheet) -> None:
    assert not {"training_topic", "debt_to"} & relevant_names(needs, {}, "no")
    answers = answers_of(needs, work_wanted=["job", "training"], debts="yes")
    assert {"training_topic", "debt_to"} <= relevant_names(needs, answers, "no")


def extracted(name: str) -> list[tuple[int, str, list[str]]]:
    with (FORMS / f"{name}.md").open("rb") as source:
        return [(line, text, comments) for line, _function, text, comments in extract(source, (), (), {})]


@pytest.mark.parametrize("name", ["arrival", "needs"])
def test_every_text_of_a_built_in_form_reaches_the_catalogue(name: str) -> None:
    sheet, found = read(name), extracted(name)
    texts = {text for _line, text, _comments in found}
    assert texts == {text["en"] for text in sheet.texts() if text} | {sheet.title}
    lines = (FORMS / f"{name}.md").read_text(encoding="utf-8").splitlines()
    for line, text, comments in found:
        assert text in lines[line - 1]
        assert f"form {name}" in comments[0]


def test_the_translator_is_told_which_question_it_is() -> None:
    comments = {text: comment for _line, text, (comment,) in extracted("needs")}
    assert comments["A smuggler"] == "Translators: form needs, answer smuggler to the question debt_to"


def test_babel_can_use_the_extractor() -> None:
    found = extract_from_dir(FORMS, [("**.md", "questionnaire.extraction:extract")])
    assert ("needs.md", "Being safe") in [(file, message) for file, _line, message, _comments, _context in found]


def test_the_extractor_keeps_the_place_of_an_earlier_answer(tmp_path: Path) -> None:
    source = tmp_path / "trial.md"
    source.write_text(
        "| survey |\n|  | type | name | label |\n|  | text | a | A? |\n|  | note | b | Hello ${a} |\n"
        "| settings |\n|  | form_id | version |\n|  | trial | 1 |\n",
        encoding="utf-8",
    )
    with source.open("rb") as opened:
        assert "Hello ${a}" in [text for _line, _function, text, _comments in extract(opened, (), (), {})]
