"""Assessments on the console: what is due and why, filling in, what changed since, the level of risk, codes."""

import re
from uuid import uuid4

import pytest
from fastapi import FastAPI
from first_rows import actor_of, add_case
from form_browser import begin, stored
from sqlalchemy import select
from web_browser import Browsers

from access.rules import Role
from cases.assessment_models import RiskSetting
from cases.classifications import search
from cases.filling import begin_filling
from cases.intake import submit_form
from cases.models import Case
from cases.sheets import publish, publish_built_in
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import open_subject
from foundation.language import say
from questionnaire.sheet import Answer
from questionnaire.xlsform import read_form
from web.history import event_text

OWN = """\
| survey |
|        | type | name | label |
|        | text | note | Note? |
| settings |
|          | form_title | form_id | version | for_staff |
|          | Home visit | visit   | 1       | yes |
"""


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        await publish(session, read_form(OWN.encode(), ".md"))
        case, _key = await add_case(session, None, arrival={"birth_year": 1990, "maybe_child": "no", "called": "Amie"})
        return case.number


async def assess(database: Database, number: str, form: str, answers: dict[str, Answer]) -> str:
    """A form as a caseworker has sent it; returns its id."""
    async with database.transaction() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        actor = await actor_of(session, Role.CASEWORKER)
        begun = await begin_filling(session, case, form, actor=actor)
        await session.flush()
        assert case.person_id is not None
        await submit_form(session, begun.id, await open_subject(session, case.person_id), answers, actor=actor)
        return str(begun.id)


def part(page: str, name: str) -> str:
    """The section of a page with this heading."""
    return page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


async def test_the_case_page_says_what_is_due_and_why_and_leads_to_it(
    browsers: Browsers, database: Database, number: str
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    shown = part((await browser.get(f"/cases/{number}")).text, "assessments")
    assert "Everyone is screened at first contact." in shown
    assert "A screening flag stands." in shown
    assert shown.count(">Begin<") == 7
    filling = await begin(browser, number, "screen")
    assert "Ask in private" in filling.answer.text
    goes_on = part((await browser.get(f"/cases/{number}")).text, "assessments")
    assert f'href="{filling.address}"' in goes_on
    typed: dict[str, str | list[str]] = {"under_18": "no", "wg_walking": "4", "fear": "yes", "older_alone": "yes"}
    await filling.fill(typed)
    sent = await browser.send(f"{filling.address}/submit")
    assert sent.headers["location"] == f"/cases/{number}/assessments/screen"
    _submission, answers = await stored(database, "screen")
    assert {name: answers[name] for name in typed} == typed
    page = (await browser.get(sent.headers["location"])).text
    marked = plain(part(page, "marked"))
    assert "Fear of going back" in marked
    assert "60 or older and alone" in marked
    assert "much difficulty in at least one domain" in marked
    assert "nothing earlier to compare" in page
    case_page = (await browser.get(f"/cases/{number}")).text
    assert "made on" in part(case_page, "assessments")
    # What only staff fill in stands there, and is not offered to be sent to anyone.
    assert "Vulnerability screen" not in plain(part(case_page, "forms"))
    options = re.findall(r"<option[^>]*>([^<]+)", part(case_page, "forms"))
    assert [each for each in options if "Home visit" in each] == ["Home visit (English) – only staff fill it in"]
    refused = await browser.send(f"/cases/{number}/form-requests", {"sheet": "screen"})
    assert refused.status_code == 409
    assert "never asked in the chat" in refused.text


async def test_a_household_and_the_codes_of_work_are_filled_in_page_by_page(
    browsers: Browsers, database: Database, number: str
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    skills = await begin(browser, number, "skills")
    typed: dict[str, str | list[str]] = {
        "isced_level": "3", "isced_field": "07", "job/1/+": "yes", "job/1/major": "7", "job/1/isco": "75",
        "job/2/+": "no", "certificate/1/+": "no", "licences": ["car"], "goals": ["job"], "wanted_major": "8",
        "wanted_isco": "83",
    }  # fmt: skip
    await skills.fill(typed)
    assert "Food processing, wood working, garment" in skills.answer.text
    assert (await browser.send(f"{skills.address}/submit")).status_code == 303
    family = await begin(browser, number, "family")
    members: dict[str, str | list[str]] = {
        "member/1/+": "yes", "member/1/called": "Ali", "member/1/member_age": "8", "member/1/depends": "on_person",
        "member/2/+": "no", "debt_band": "months", "debt_to": ["smuggler"], "willing": "conditions",
    }  # fmt: skip
    await family.fill(members)
    assert "Household member 1" in family.answer.text
    assert (await browser.send(f"{family.address}/submit")).status_code == 303
    assert {key: value for key, value in (await stored(database, "skills"))[1].items() if key in typed} == typed
    told = (await stored(database, "family"))[1]
    assert told["member/1/member_age"] == 8
    assert told["debt_to"] == ["smuggler"]


async def test_two_assessments_are_compared_question_by_question(
    browsers: Browsers, database: Database, number: str
) -> None:
    first = await assess(
        database, number, "vulnerability", {"stigma": "risk", "stigma_note": "At <the> market", "age": "neither"}
    )
    second = await assess(
        database, number, "vulnerability", {"stigma": "protective", "age": "neither", "economy": "risk"}
    )
    third = await assess(
        database, number, "vulnerability", {"stigma": "protective", "age": "neither", "economy": "risk"}
    )
    browser = await browsers.signed_in(Role.CASEWORKER)
    address = f"/cases/{number}/assessments/vulnerability"
    newest = (await browser.get(address)).text
    assert "Made 3 times" in plain(newest)
    assert "Nothing changed." in part(newest, "changes")
    asked = await browser.get(f"{address}?before={first}&after={second}")
    changes = plain(part(asked.text, "changes"))
    assert "Stigma against those who return Changed Community A risk Protects" in changes
    assert "Stigma against those who return · Why, in a few words No longer answered" in changes
    assert "At &lt;the&gt; market Not answered" in changes
    assert "Economy and government New Country Not answered A risk" in changes
    assert "Age" not in changes
    backwards = plain(part((await browser.get(f"{address}?before={third}&after={first}")).text, "changes"))
    assert "Changed Community Protects A risk" in backwards
    async with database.reading() as session:
        viewed = (await session.scalars(select(AuditEntry).where(AuditEntry.event == "case.viewed"))).all()
    assert len(viewed) == 3
    for missing in (
        f"{address}?before={uuid4()}",
        f"/cases/{number}/assessments/family",
        f"/cases/{number}/assessments/x",
    ):
        assert (await browser.get(missing)).status_code == 404
    async with database.transaction() as session:
        other, _key = await add_case(session, None)
        elsewhere = other.number
    foreign = await assess(database, elsewhere, "vulnerability", {})
    assert (await browser.get(f"{address}?before={foreign}")).status_code == 404


async def test_a_level_is_set_beside_what_the_rules_suggest_and_a_refusal_keeps_what_was_typed(
    browsers: Browsers, database: Database, number: str
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    before = plain(part((await browser.get(f"/cases/{number}")).text, "risk"))
    assert "Nobody has set a level of risk yet." in before
    assert "What the rules suggest now High" in before  # the needs form told of fear
    refused = await browser.send(f"/cases/{number}/risk", {"level": "medium", "reason": " "})
    assert refused.status_code == 422
    assert '<option value="medium" selected>' in refused.text
    assert (await browser.send(f"/cases/{number}/risk", {"level": "none", "reason": "x"})).status_code == 422
    for level, reason in (("medium", "Lives with <her> aunt."), ("high", "The aunt has left.")):
        answer = await browser.send(f"/cases/{number}/risk", {"level": level, "reason": reason})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{number}#risk")
    page = (await browser.get(f"/cases/{number}")).text
    told = plain(part(page, "risk"))
    assert "The aunt has left." in told
    assert "Set 2 times" in told
    assert "aunt." not in told
    earlier = plain((await browser.get(f"/cases/{number}/risk")).text)
    assert earlier.index("The aunt has left.") < earlier.index("Lives with &lt;her&gt; aunt.")
    assert earlier.count("The rules suggested then: High") == 2
    assert "Fear of return" in earlier
    assert "Level of risk set: High" in plain(part(page, "history"))
    async with database.reading() as session:
        assert len((await session.scalars(select(RiskSetting))).all()) == 2
    assert say("en", event_text("risk.set", {"level": "low", "suggested": "unknown"})) == "Level of risk set: Low"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_code_is_found_by_what_people_say(browsers: Browsers, app: FastAPI) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert "No code has" not in (await browser.get("/codes")).text
    found = plain((await browser.send("/codes", {"words": "tailor"})).text)
    assert "75 ISCO-08 Food processing, wood working, garment" in found
    assert "Craft and related trades workers" in found
    assert "No code has these words." in plain((await browser.send("/codes", {"words": "zzz <b>"})).text)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("tailor", {"75"}),
        ("  TAILORS ", set()),
        ("taxi driv", {"83"}),
        ("83", {"83"}),
        ("upper secondary", {"3"}),
        ("agriculture fish", {"08"}),
        ("", set()),
        ("!?", set()),
    ],
)
def test_the_search_takes_the_beginnings_of_words_and_codes(words: str, codes: set[str]) -> None:
    assert {each.code for each in search(words, "en")} == codes
