"""The pages of breaking the glass: the form, what it opens, and the supervisors' list."""

import re

import pytest
from first_rows import ARRIVAL_ANSWERS
from permission_scene import Scene
from web_browser import Browser, Browsers

from access.rules import Role

WHY = "She wrote to me that he is at the door."


async def break_glass(browser: Browser, number: str, reason: str = WHY) -> tuple[int, str]:
    answer = await browser.send("/break-glass/new", {"number": number, "reason": reason})
    return answer.status_code, answer.text


async def test_a_case_of_another_team_opens_and_the_supervisor_reads_why(browsers: Browsers, scene: Scene) -> None:
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    number = scene.cases["other_team"]["number"]
    assert "/break-glass/new" in (await worker.get("/cases")).text
    assert (await worker.get(f"/cases/{number}")).status_code == 404
    assert (await break_glass(worker, number.lower()))[0] == 303
    page = (await worker.get(f"/cases/{number}")).text
    assert str(ARRIVAL_ANSWERS["called"]) in page
    assert "You opened this case in an emergency" in page
    assert "Opened in an emergency by someone of another team" in (await supervisor.get(f"/cases/{number}")).text
    assert "nobody has looked at why" in (await supervisor.get("/tasks")).text
    listed = (await supervisor.get("/break-glass")).text
    assert WHY in listed
    for entry in re.findall(r'action="(/break-glass/[^"]+/review)"', listed):
        assert (await supervisor.send(entry)).status_code == 303
        assert (await supervisor.send(entry)).status_code == 409
    assert "nobody has looked at why" not in (await supervisor.get("/tasks")).text
    assert "/review" not in (await supervisor.get("/break-glass")).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_number_that_is_wrong_and_one_of_elsewhere_are_alike_and_what_was_typed_stays(
    browsers: Browsers, scene: Scene
) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    answers = []
    for number in (scene.cases["elsewhere"]["number"], "HW-0000-0000"):
        status, text = await break_glass(worker, number)
        assert WHY in text
        assert f'value="{number}"' in text
        answers.append((status, text.replace(number, "")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert (await break_glass(worker, scene.cases["other_team"]["number"], "now"))[0] == 422
    status, text = await break_glass(worker, scene.cases["own"]["number"])
    assert status == 409
    assert f'href="/cases/{scene.cases["own"]["number"]}"' in text
