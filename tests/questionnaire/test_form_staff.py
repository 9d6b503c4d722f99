"""The forms that staff fill in: complete, in their own folder and catalogue, everything in them may be left out."""

import re
from functools import cache
from pathlib import Path

import pytest

from cases.classifications import CLASSIFICATIONS, ISCED, ISCED_FIELDS, ISCO, classification
from cases.functioning import DOMAINS, PREFIX
from cases.risk_suggestion import THREATS
from cases.screening import SCREEN_FLAGS
from cases.sheets import built_in_sheets
from locales.update import domain_of, template
from questionnaire.problems import FormRefused
from questionnaire.sheet import Kind, Sheet
from questionnaire.xlsform import check_form, read_form

FORMS = Path(__file__).parents[2] / "cases" / "forms"
STAFF = sorted((FORMS / "staff").glob("*.md"))
FUNCTIONING = [
    "Do you have difficulty seeing, even if wearing glasses?",
    "Do you have difficulty hearing, even if using a hearing aid(s)?",
    "Do you have difficulty walking or climbing steps?",
    "Do you have difficulty remembering or concentrating?",
    "Do you have difficulty (with self-care such as) washing all over or dressing?",
    (
        "Using your usual (customary) language, do you have difficulty communicating, for example understanding or "
        "being understood?"
    ),
]
ANSWERS = {
    "1": "No, no difficulty",
    "2": "Yes, some difficulty",
    "3": "Yes, a lot of difficulty",
    "4": "Cannot do at all",
    "7": "Refused",
    "9": "Don't know",
}
FACTORS = {"individual": 13, "household": 12, "community": 7, "structural": 6}
"""Of the published list of 40, without racial or ethnic identity and without sexual orientation."""


@cache
def catalogue(domain: str) -> set[str]:
    return {str(message.id) for message in template(domain)}


def sheet(name: str) -> Sheet:
    return built_in_sheets()[name]


@pytest.mark.parametrize("path", STAFF, ids=lambda path: path.stem)
def test_a_form_of_the_staff_compiles_says_so_and_demands_nothing(path: Path) -> None:
    form = read_form(path, ".md", built_in=True)
    assert (form.id, form.for_staff, form.languages) == (path.stem, True, ("en",))
    assert Sheet.from_json(form.to_json()) == form == built_in_sheets()[path.stem]
    assert all(question.may_be_skipped for question in form.questions if question.is_asked and question.kind != "note")
    texts = {text["en"] for text in form.texts() if text}
    assert not [text for text in texts if re.search(r"(?<!\$)[{]", text)], "a brace would break the catalogue's message"
    assert domain_of(f"cases/forms/staff/{path.name}") == "console"
    assert texts | {form.title} <= catalogue("person") | catalogue("console")


def test_the_folder_says_who_fills_a_form_in() -> None:
    assert {name for name, form in built_in_sheets().items() if form.for_staff} == {path.stem for path in STAFF}
    assert {path.stem for path in STAFF} == {"screen", "vulnerability", "return_risk", "family", "finance", "skills"}


def test_an_agency_marks_a_form_of_its_own_the_same_way() -> None:
    survey = "| survey |\n|  | type | name | label |\n|  | text | a | A? |\n"
    settings = "| settings |\n|  | form_id | version | for_staff |\n|  | own | 1 | {} |\n"
    assert read_form((survey + settings.format("yes")).encode(), ".md").for_staff
    assert not read_form((survey + settings.format("no")).encode(), ".md").for_staff
    (problem,) = check_form((survey + settings.format("perhaps")).encode(), ".md")
    assert (problem.sheet, problem.column) == ("settings", "for_staff")
    with pytest.raises(FormRefused):
        read_form((survey + settings.format("perhaps")).encode(), ".md")


def test_the_washington_group_set_stands_in_its_own_words_and_order() -> None:
    asked = [each for each in sheet("screen").questions if each.name in {PREFIX + domain for domain in DOMAINS}]
    assert [each.name for each in asked] == [PREFIX + domain for domain in DOMAINS]
    assert [each.label["en"] for each in asked] == FUNCTIONING
    for each in asked:
        assert {choice.code: choice.label["en"] for choice in each.choices} == ANSWERS
    texts = " ".join(text["en"] for text in sheet("screen").texts() if text)
    assert "disab" not in texts.lower()


def test_every_flag_of_the_screen_is_marked_and_denied_by_answers_that_it_has() -> None:
    for flag in SCREEN_FLAGS:
        told = {
            flag.holds({question.name: choice.code})
            for question in sheet("screen").questions
            for choice in question.choices
            if question.name != "under_18" or flag.id != "screen.unaccompanied"
        }
        assert True in told or flag.id == "screen.functioning", flag.id
    no = {each.name: "no" for each in sheet("screen").questions}
    no |= {"distress": "calm", "stateless": "both", "place_tonight": "yes"}
    no |= {PREFIX + domain: "1" for domain in DOMAINS}
    for name, code in no.items():
        question = sheet("screen").question(name)
        assert not question.choices or code in {choice.code for choice in question.choices} or name == "child_care"
    assert {flag.holds(no) for flag in SCREEN_FLAGS} == {False}
    assert {flag.holds({}) for flag in SCREEN_FLAGS} == {None}


def test_the_determinants_stand_on_four_levels_each_a_risk_or_a_protection_with_a_note() -> None:
    form = sheet("vulnerability")
    for level, count in FACTORS.items():
        factors = [each for each in form.questions if level in each.group and each.kind is Kind.SELECT_ONE]
        notes = {each.name: each for each in form.questions if level in each.group and each.kind is Kind.TEXT}
        assert len(factors) == count
        assert set(notes) == {f"{each.name}_note" for each in factors}
        assert all(
            [choice.code for choice in each.choices] == ["risk", "protective", "neither", "unknown"] for each in factors
        )


def test_every_threat_has_likelihood_severity_mitigation_and_what_is_left() -> None:
    names = {each.name for each in sheet("return_risk").questions}
    for threat in THREATS:
        assert {threat, *(f"{threat}_{part}" for part in ("likelihood", "severity", "mitigation", "residual"))} <= names


def test_the_choices_of_the_skills_form_are_the_published_codes() -> None:
    form = sheet("skills")
    work = classification(ISCO).codes
    major = {each.code: each.title for each in work if not each.parent}
    groups = {(each.code, each.title, each.parent) for each in work if each.parent}
    assert (len(major), len(groups)) == (10, 43)
    assert {parent for _code, _title, parent in groups} == set(major)
    for name in ("major", "wanted_major"):
        assert {each.code: each.label["en"] for each in form.question(name).choices} == major
    for name in ("isco", "wanted_isco"):
        found = {(each.code, each.label["en"], each.columns["major"]) for each in form.question(name).choices}
        assert found == groups
    for name, codes in (("isced_level", ISCED), ("isced_field", ISCED_FIELDS)):
        published = {each.code: each.title for each in classification(codes).codes}
        assert {each.code: each.label["en"] for each in form.question(name).choices} == published


def test_titles_and_examples_of_the_codes_reach_the_staffs_catalogue() -> None:
    known = catalogue("person") | catalogue("console")
    for name in CLASSIFICATIONS:
        assert domain_of(f"cases/codes/{name}.json") == "console"
        for each in classification(name).codes:
            assert {each.title, each.examples} - {""} <= known
