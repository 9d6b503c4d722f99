"""Money on a case page and in the API: finished lessons, shown goals, and what to do about a debt that endangers."""

from decimal import Decimal

import pytest
from api_caller import calling
from sqlalchemy import select
from test_case_pages import number as number  # noqa: PLC0414  # the fixture of a case
from web_browser import Browsers

from access.actor import PERSON
from access.rules import Role
from cases.intake import begin_form, submit_form
from cases.learning import note_lesson
from cases.lesson_texts import lessons
from cases.models import Case
from cases.savings import Savings, Terms, put_aside, savings_of, set_goal, share_goal
from cases.sheets import NEEDS, built_in_sheets
from foundation.database import Database
from foundation.keys import open_subject
from questionnaire.sheet import Answer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WHAT = "A loom <b>for</b> Binta"


async def save(database: Database, number: str, *, shared: bool) -> None:
    """A goal of 400, of which 120 are put aside."""
    async with database.transaction() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        assert case.person_id is not None
        goal = (await set_goal(session, case.person_id, Terms(WHAT, Decimal(400), "TND"))).row
        await put_aside(session, case.person_id, goal.id, Decimal("120.5"))
        if shared:
            await session.flush()
            await share_goal(session, case.person_id, goal.id, shared=True)


async def test_a_goal_that_the_person_shows_is_read_and_one_they_do_not_show_is_nowhere(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser, program = await browsers.signed_in(Role.CASEWORKER), await calling(browsers, Role.CASEWORKER)
    await save(database, number, shared=False)
    assert "loom" not in (await browser.get(f"/cases/{number}")).text
    assert await program.read(f"/cases/{number}/money") == {"lessons": [], "savings": []}
    async with database.transaction() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        assert case.person_id is not None
        (goal_id,) = [each.row.id for each in await _goals(database, number)]
        await share_goal(session, case.person_id, goal_id, shared=True)
    shown = (await browser.get(f"/cases/{number}")).text
    assert "A loom &lt;b&gt;for&lt;/b&gt; Binta" in shown
    assert "120.500 TND of 400.000 TND, 30 %" in shown
    (told,) = (await program.read(f"/cases/{number}/money"))["savings"]
    assert (told["what"], told["percent"], told["by"], told["ended_at"]) == (WHAT, 30, None, None)
    assert told["saved"] == {"amount": "120.5", "currency": "TND"}
    assert told["goal"] == {"amount": "400", "currency": "TND"}


async def _goals(database: Database, number: str) -> list[Savings]:
    async with database.reading() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        return await savings_of(session, case)


async def test_finished_lessons_are_told_with_their_result(browsers: Browsers, number: str, database: Database) -> None:
    browser, program = await browsers.signed_in(Role.CASEWORKER), await calling(browsers, Role.CASEWORKER)
    assert "Financial-literacy training done" not in (await browser.get(f"/cases/{number}")).text
    async with database.transaction() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        assert case.person_id is not None
        assert await note_lesson(session, case.person_id, lessons()["debt"], 2)
    shown = (await browser.get(f"/cases/{number}")).text
    assert "Financial-literacy training done" in shown
    assert "2 of 3 right" in shown
    assert "The person finished a lesson about money" in shown
    (told,) = (await program.read(f"/cases/{number}/money"))["lessons"]
    assert (told["lesson"], told["title"], told["correct"], told["questions"]) == ("debt", "Owing money", 2, 3)


@pytest.mark.parametrize(
    ("form", "answers", "first"),
    [
        (NEEDS, {"debts": "yes", "debt_to": "recruiter"}, "Talk with the person alone"),
        ("finance", {"debt_to": ["family"], "debt_threats": "threatened"}, "Ask whether the person and the family"),
    ],
)
async def test_a_debt_that_endangers_someone_says_what_to_do_next_and_whom_to_call(
    browsers: Browsers, number: str, database: Database, form: str, answers: dict[str, Answer], first: str
) -> None:
    browser, program = await browsers.signed_in(Role.CASEWORKER), await calling(browsers, Role.CASEWORKER)
    assert "What to do next" not in (await browser.get(f"/cases/{number}")).text
    async with database.transaction() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        assert case.person_id is not None
        key = await open_subject(session, case.person_id)
        by_staff = case.person_id if built_in_sheets()[form].for_staff else None
        submission = await begin_form(session, case, key, built_in_sheets()[form], "en", filled_by=by_staff)
        submission.filled_by = None
        await session.flush()
        await submit_form(session, submission.id, key, dict(answers), actor=PERSON)
    shown = (await browser.get(f"/cases/{number}")).text
    assert "What to do next" in shown
    assert "80 104 748" in shown  # the line against trafficking of the country
    flags = {each["rule"]: each["next_steps"] for each in (await program.read(f"/cases/{number}"))["flags"]}
    (steps,) = [each for rule, each in flags.items() if "debt" in rule]
    assert steps[0].startswith(first)
    assert len(steps) >= 5
    assert flags["needs.fear"] == []
