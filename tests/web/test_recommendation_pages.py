"""A monitor writes and issues, the addressee answers, everyone reads; what was typed is not lost."""

import re
from datetime import UTC, datetime

import pytest
from api_caller import calling
from fastapi import FastAPI
from sqlalchemy import select
from web_browser import Browsers

from access.models import StaffMember
from access.rules import Role
from foundation import clock
from foundation.database import Database

WORDING = {
    "text": "Tell monitors 48 hours before.",
    "theme": "notice",
    "answer_by": "2025-07-01",
    "due_on": "2025-12-01",
    "action": "f",
}
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def operator(app: FastAPI, database: Database) -> str:
    async with database.reading() as session:
        found = await session.scalars(select(StaffMember.organisation_id).where(StaffMember.role == Role.SUPERVISOR))
        return str(found.one())


async def test_from_the_form_to_the_public_page_and_the_answer(browsers: Browsers, operator: str) -> None:
    with clock.moved_to(NOW):
        monitor, supervisor = await browsers.signed_in(Role.MONITOR), await browsers.signed_in(Role.SUPERVISOR)
        stranger = await browsers.stranger()
        made = await monitor.send("/recommendation-desk", WORDING | {"addressee_id": operator})
        assert made.status_code == 303
        at = made.headers["location"]
        assert "Tell monitors" not in (await stranger.get("/recommendations")).text
        assert (await supervisor.get(at)).status_code == 404
        assert (await monitor.send(f"{at}/issue")).status_code == 303
        assert (await monitor.get(f"{at}/edit")).status_code == 404
        page = (await stranger.get("/recommendations/1")).text
        assert "Tell monitors 48 hours before." in page
        assert "There is no answer yet." in page
        assert f'action="{at}/answer"' not in (await monitor.get(at)).text
        refused = await supervisor.send(f"{at}/answer", {"outcome": "rejected", "text": ""})
        assert refused.status_code == 422
        answered = await supervisor.send(f"{at}/answer", {"outcome": "partly_accepted", "text": "By day only."})
        assert answered.status_code == 303
        assert "By day only." in (await stranger.get("/recommendations/1?lang=ar")).text
        settled = {"outcome": "implemented", "text": "Seen.", "evidence": "Report 7"}
        assert (await supervisor.send(f"{at}/outcome", settled)).status_code == 404
        assert (await monitor.send(f"{at}/outcome", settled)).status_code == 303
        assert "Report 7" in (await stranger.get("/recommendations/1")).text
        assert "By day only." in (await stranger.get("/recommendations.csv")).text
        (told,) = (await stranger.get("/recommendations.json")).json()["recommendations"]
        assert (told["state"], len(told["entries"])) == ("implemented", 2)
        for name in ("Someone", "@example.org"):
            assert name not in page + (await stranger.get("/recommendations.json")).text


async def test_a_question_is_asked_and_answered_in_public(browsers: Browsers, operator: str) -> None:
    with clock.moved_to(NOW):
        monitor, supervisor = await browsers.signed_in(Role.MONITOR), await browsers.signed_in(Role.SUPERVISOR)
        asked = WORDING | {"addressee_id": operator, "kind": "question", "text": "How many speak Hausa?", "due_on": ""}
        at = (await monitor.send("/recommendation-desk", asked)).headers["location"]
        assert (await monitor.send(f"{at}/issue")).status_code == 303
        page = (await supervisor.get(at)).text
        assert ("Question 1" in page, "To be implemented by" in page) == (True, False)
        assert (await supervisor.send(f"{at}/answer", {"outcome": "accepted", "text": "Yes."})).status_code == 422
        assert (await supervisor.send(f"{at}/answer", {"outcome": "answered", "text": "Two."})).status_code == 303
        stranger = await browsers.stranger()
        page = (await stranger.get("/recommendations/1")).text
        for told in ("Question 1", "What is asked", "How many speak Hausa?", "Answered", "Two."):
            assert told in page, told
        assert "Question 1" in (await stranger.get("/recommendations?kind=question")).text
        assert "Question 1" not in (await stranger.get("/recommendations?kind=recommendation")).text
        wrong = await monitor.send("/recommendation-desk", asked | {"kind": "order"})
        assert (wrong.status_code, "How many speak Hausa?" in wrong.text) == (422, True)
        again = {"text": "And Wolof?", "answer_by": "2025-09-01"}
        assert (await monitor.send(f"{at}/reopening", again)).status_code == 303
        assert "implemented" not in (await stranger.get("/recommendations/1")).text


async def test_what_was_typed_stays_and_a_name_is_asked_about_once(browsers: Browsers, operator: str) -> None:
    with clock.moved_to(NOW):
        monitor = await browsers.signed_in(Role.MONITOR)
        typed = WORDING | {"addressee_id": operator, "text": "Apologise to Mrs Ceesay <b>"}
        refused = await monitor.send("/recommendation-desk", typed)
        assert refused.status_code == 422
        assert "Apologise to Mrs Ceesay &lt;b&gt;" in refused.text
        assert f'value="{operator}" selected' in refused.text
        assert 'name="checked"' in refused.text
        at = (await monitor.send("/recommendation-desk", typed | {"checked": "true"})).headers["location"]
        await monitor.send(f"{at}/issue")
        for place, fields in (
            ("correction", {"text": "Write to a@example.org"}),
            ("follow-up", {"text": "Call 00220 399 1234 56"}),
        ):
            again = await monitor.send(f"{at}/{place}", fields)
            assert again.status_code == 422
            assert len(re.findall(re.escape(fields["text"]), again.text)) == 1, "in the form it was typed into alone"
            assert (await monitor.send(f"{at}/{place}", fields | {"checked": "true"})).status_code == 303
        for wrong in ({"theme": ""}, {"answer_by": ""}, {"due_on": "soon"}, {"addressee_id": "x"}, {"action": "z"}):
            answer = await monitor.send("/recommendation-desk", WORDING | {"addressee_id": operator} | wrong)
            assert (answer.status_code, "Tell monitors" in answer.text) == (422, True), wrong


async def test_lists_are_narrowed_and_a_wrong_address_is_no_page(browsers: Browsers, operator: str) -> None:
    with clock.moved_to(NOW):
        monitor = await browsers.signed_in(Role.MONITOR)
        for theme in ("notice", "health"):
            made = await monitor.send("/recommendation-desk", WORDING | {"addressee_id": operator, "theme": theme})
            await monitor.send(f"{made.headers['location']}/issue")
        stranger = await browsers.stranger()
        page = (await stranger.get("/recommendations?theme=health&state=&overdue=")).text
        assert ("Recommendation 2" in page, "Recommendation 1" in page) == (True, False)
    with clock.moved_to(datetime(2025, 8, 1, tzinfo=UTC)):
        monitor = await browsers.signed_in(Role.MONITOR)
        assert "2 are overdue" in (await monitor.get("/recommendation-desk")).text
        assert (await stranger.get("/recommendations.csv?overdue=true")).text.count("48 hours") == 2
    for wrong in ("state=lost", "page=0", "theme=%00", "year=x"):
        assert (await stranger.get(f"/recommendations?{wrong}")).status_code == 404
    for path in ("/recommendations/9", "/recommendations/none", "/recommendations/99999999999999999999"):
        assert (await stranger.get(path)).status_code == 404


async def test_a_program_does_the_same(browsers: Browsers, operator: str) -> None:
    with clock.moved_to(NOW):
        monitor, supervisor = await calling(browsers, Role.MONITOR), await calling(browsers, Role.SUPERVISOR)
        made = await monitor.post("/recommendation-desk", 201, WORDING | {"addressee_id": operator})
        at = f"/recommendation-desk/{made['id']}"
        await monitor.send("PUT", at, 204, WORDING | {"addressee_id": operator, "text": "Tell monitors in time."})
        await monitor.post(f"{at}/issue", 204)
        await monitor.send("PUT", at, 409, WORDING | {"addressee_id": operator})
        await monitor.send("DELETE", at, 409)
        await supervisor.post(f"{at}/answer", 422, {"answer": "implemented"})
        await supervisor.post(f"{at}/answer", 204, {"answer": "rejected", "text": "No money."})
        later = {"answer_by": "2025-09-01", "due_on": "2025-12-01"}
        await monitor.post(f"{at}/reopening", 204, {"text": "There is money now.", **later})
        told = await supervisor.read(at)
        assert (told["state"], told["answer_by"], told["operation"]) == ("reopened", "2025-09-01", None)
        assert told["next_states"] == ["accepted", "partly_accepted", "rejected"]
        public = (await (await browsers.stranger()).get("/api/v1/recommendations/1")).json()
        assert [entry["kind"] for entry in public["entries"]] == ["answer", "reopening"]
        assert {"id", "operation", "written_at"} & set(public) == set()
        assert (await monitor.read("/reports/yearly", year=2025))["recommendations"]["total"]["made"] == 1
        assert len((await monitor.read("/reports/review", first=2024, last=2025))["actions"]) == 9
