"""The follow-up on the console: what was asked and answered, what staff record, whom it reached, what is to be done."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from fastapi import FastAPI
from first_rows import add_case
from sqlalchemy import select
from web_browser import Browsers

from access.actor import PERSON, SYSTEM
from access.rules import Role
from cases.followup_steps import follow_ups_of
from cases.intake import begin_form, submit_form
from cases.models import Case, FollowUp, Submission, Task
from cases.rules import FollowUpState, SubmissionState, TaskKind
from cases.sheets import built_in_sheets, publish_built_in
from cases.tasks import open_task
from foundation import clock
from foundation.database import Database
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer
from web.trends import WIDTH, Point, trend_chart

OPENED = datetime(2026, 1, 10, 12, tzinfo=UTC)
ARRIVAL: dict[str, Answer] = {
    "called": "Zebulon",
    "birth_year": 1990,
    "maybe_child": "no",
    "country_return": "GM",
    "back_already": "yes",
}
FULL: dict[str, Answer] = {
    "E01": "ok",
    "E02": "sometimes",
    "E03": "yes",
    "E04": "rarely",
    "E05": "no_debt",
    "E06": "poor",
    "E07": "no",
    "E08": "none",
    "E09": "no",
    **dict.fromkeys(["S01", "S02", "S03", "S05", "S07", "S08", "S09", "S10"], "good"),
    "S06": "yes",
    "school_age_children": "no",
    "P01": "rarely",
    "P02": "good",
    "P03": "agree",
    "P04": "safe",
    "P05": "never",
    "P06": "rarely",
    "P07": "sometimes",
    "P08": "no",
    "P09": "yes",
}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def answer(database: Database, case: Case, key: SubjectKey, days: int, answers: dict[str, Answer]) -> None:
    with clock.moved_to(OPENED + timedelta(days=days)):
        async with database.transaction() as session:
            case = await session.get_one(Case, case.id)
            begun = await begin_form(session, case, key, built_in_sheets()["reintegration"], "en")
            await session.flush()
            await submit_form(session, begun.id, key, answers, actor=PERSON)


@pytest.fixture
async def told(app: FastAPI, database: Database) -> tuple[Case, SubjectKey]:
    """Someone back since the tenth of January, whose case every caseworker sees."""
    with clock.moved_to(OPENED):
        async with database.transaction() as session:
            await publish_built_in(session)
            return await add_case(session, None, arrival=ARRIVAL)


async def wave_id(database: Database, case: Case, wave: str) -> str:
    async with database.reading() as session:
        return str(next(row.id for row in await follow_ups_of(session, case.id) if row.wave == wave))


async def states(database: Database, case: Case) -> dict[str, FollowUpState]:
    async with database.reading() as session:
        return {row.wave: row.state for row in await follow_ups_of(session, case.id)}


async def test_the_case_page_shows_waves_results_and_how_they_were_counted(
    browsers: Browsers, database: Database, told: tuple[Case, SubjectKey]
) -> None:
    case, key = told
    await answer(database, case, key, 90, FULL)
    await answer(database, case, key, 180, {**FULL, "E07": "yes", "E08": "any"})
    page = (await (await browsers.signed_in(Role.CASEWORKER)).get(f"/cases/{case.number}")).text
    assert "Day 3" in page
    assert "Month 18" in page
    assert "due on \u206810 April 2026\u2069" in page
    assert "interim-equal-1" in page
    assert "interim, not official" in page
    assert "<bdi>0.60</bdi>" in page  # the economic part at three months: 6 of 10
    assert "29 of 29" in page
    assert "A score is a hint for people." in page
    assert page.count('class="trend"') == 1
    assert not re.search(r"official score|fail(ed|ure)", page, re.IGNORECASE)


async def test_too_few_answers_are_said_and_not_drawn(
    browsers: Browsers, database: Database, told: tuple[Case, SubjectKey]
) -> None:
    case, key = told
    await answer(database, case, key, 90, {"E01": "ok"})
    page = (await (await browsers.signed_in(Role.CASEWORKER)).get(f"/cases/{case.number}")).text
    assert page.count("too few answers to say") == 4
    assert "1 of 27" in page
    assert 'class="trend"' not in page


async def test_a_wave_is_asked_by_phone_and_answered_on_the_web(
    browsers: Browsers, database: Database, told: tuple[Case, SubjectKey]
) -> None:
    case, _key = told
    browser = await browsers.signed_in(Role.CASEWORKER)
    follow_up_id = await wave_id(database, case, "month_3")
    sent = await browser.send(f"/cases/{case.number}/follow-ups/{follow_up_id}/phone")
    assert sent.status_code == 303
    async with database.reading() as session:
        draft = (await session.scalars(select(Submission).where(Submission.sheet_id == "reintegration"))).one()
    assert sent.headers["location"] == f"/cases/{case.number}/forms/{draft.id}"
    assert draft.state is SubmissionState.IN_PROGRESS
    assert draft.filled_by is not None
    assert (await states(database, case))["month_3"] is FollowUpState.ASKED


async def test_refused_and_closed_are_recorded_with_the_reason(
    browsers: Browsers, database: Database, told: tuple[Case, SubjectKey]
) -> None:
    case, _key = told
    browser = await browsers.signed_in(Role.CASEWORKER)
    day_3, day_14 = await wave_id(database, case, "day_3"), await wave_id(database, case, "day_14")
    assert (await browser.send(f"/cases/{case.number}/follow-ups/{day_3}/refused")).status_code == 303
    closed = await browser.send(f"/cases/{case.number}/follow-ups/{day_14}/close", {"reason": "left_country"})
    assert closed.status_code == 303
    found = await states(database, case)
    assert (found["day_3"], found["day_14"]) == (FollowUpState.REFUSED, FollowUpState.CLOSED)
    page = (await browser.get(f"/cases/{case.number}")).text
    assert "The person has left the country." in page
    assert "Follow-up closed: Day 14. The person has left the country." in page
    again = await browser.send(f"/cases/{case.number}/follow-ups/{day_14}/close", {"reason": "left_country"})
    assert again.status_code == 409
    assert "This follow-up is settled already." in again.text
    other = await browser.send(f"/cases/{case.number}/follow-ups/{day_3}/close", {"reason": "a failure"})
    assert other.status_code == 422
    assert "Choose a reason." in other.text


async def test_tasks_stand_in_one_list_and_on_the_case(
    browsers: Browsers, database: Database, told: tuple[Case, SubjectKey]
) -> None:
    case, _key = told
    async with database.transaction() as session:
        stored = await session.get_one(Case, case.id)
        with clock.moved_to(clock.now() - timedelta(days=2)):
            late = await open_task(session, stored, TaskKind.DISTRESS, "a reason", actor=SYSTEM)
        await open_task(session, stored, TaskKind.UNREACHABLE, "day_3", actor=SYSTEM)
    browser = await browsers.signed_in(Role.CASEWORKER)
    listed = (await browser.get("/tasks")).text
    assert listed.index("Distress: offer someone to talk to") < listed.index("The person did not answer the follow-up")
    # With the one for the protection officer that the fear of return has opened.
    assert "3 open tasks." in listed
    assert "2 are overdue." in listed
    assert "Zebulon" in listed
    assert "Overdue" in (await browser.get(f"/cases/{case.number}")).text
    assert (await browser.send(f"/tasks/{late.id}", {"mine": "true"})).headers["location"] == "/tasks?mine=true"
    assert "2 open tasks." in (await browser.get("/tasks?mine=true")).text
    assert (await browser.send(f"/tasks/{uuid4()}")).status_code == 404
    async with database.reading() as session:
        done = {task.kind: task.done_at is not None for task in await session.scalars(select(Task))}
    assert done == {TaskKind.DISTRESS: True, TaskKind.UNREACHABLE: False, TaskKind.PROTECTION: False}
    assert (await browser.get("/tasks?page=nonsense")).status_code == 404


async def test_a_supervisor_sees_whom_each_wave_has_reached(
    browsers: Browsers, database: Database, told: tuple[Case, SubjectKey]
) -> None:
    case, key = told
    await answer(database, case, key, 90, FULL)
    async with database.transaction() as session:
        for row in await session.scalars(select(FollowUp).where(FollowUp.wave.in_(["day_3", "day_14"]))):
            row.state = FollowUpState.UNREACHABLE
    page = (await (await browsers.signed_in(Role.SUPERVISOR)).get("/follow-up")).text
    numbers = {
        name: re.findall(r'<td class="number">(?:<bdi>)?([^<]*)', cells)
        for name, cells in re.findall(r'<th scope="row">([^<]+)</th>(.*?)</tr>', page, re.DOTALL)
    }
    assert numbers["Day 3"] == ["1", "1", "0", "0", "1", "0", "0 %"]
    assert numbers["Month 3"] == ["1", "1", "1", "0", "0", "0", "100 %"]
    assert "They are ours for the time being, and not official." in page
    assert "0.6" not in page  # a mean of one person is that person


def test_lines_join_only_what_was_counted_the_same_way(database_url: str) -> None:
    points = [
        Point("3", Fraction(1, 2), "a"),
        Point("6", None, "a"),
        Point("9", Fraction(1), "a"),
        Point("12", Fraction(3, 4), "b"),
        Point("15 <b>", Fraction(0), "b"),
    ]
    left, right = (
        ET.fromstring(trend_chart(points, title='T" onload="x', direction=direction))  # noqa: S314  # our own text
        for direction in ("ltr", "rtl")
    )
    assert [len(svg.findall("circle")) for svg in (left, right)] == [4, 4]
    joined = [
        (line.attrib["x1"], line.attrib["x2"]) for line in left.findall("line") if line.attrib["class"] == "trend"
    ]
    assert len(joined) == 2
    heights = [float(dot.attrib["cy"]) for dot in left.findall("circle")]
    assert heights == [65.0, 10.0, 37.5, 120.0]
    for one, other in zip(left.findall("circle"), right.findall("circle"), strict=True):
        assert float(one.attrib["cx"]) + float(other.attrib["cx"]) == pytest.approx(WIDTH)
    assert [text.text for text in left.findall("text")][-1] == "15 <b>"
