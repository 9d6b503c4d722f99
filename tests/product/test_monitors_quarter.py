"""A monitor's quarter in a browser: notice, figures, question, recommendation, answers, what came of it, the year."""

import json
import re
from datetime import timedelta
from pathlib import Path

from console_on_page import NARROW, Console, check_accessibility, check_on_small_phone, sign_in
from playwright.sync_api import Browser, Page, expect
from running_demo import Demo

from cases.facts import quarter_of
from foundation import clock

MOVED = "Two offices send their records late."
MISTAKE = "Flags of one office were entered twice."
QUESTION = "How often is the line for complaints answered within a minute?"
ANSWER = "In eight of ten calls, as the log of the line says."
ADVICE = "Answer the line for complaints on Saturdays as well."
DONE = "The line is answered on Saturdays since this week."
FOUND = "We rang on two Saturdays and were answered."
INDICATOR = "21f-P7b"
SECONDS = 180_000


def test_a_quarter_from_the_notice_to_the_yearly_report(browser: Browser, demo: Demo, tmp_path: Path) -> None:
    monitor = Console(sign_in(browser, demo, "monitor@example.org"))
    operator = Console(sign_in(browser, demo, "supervisor@example.org"))
    anyone = browser.new_context(viewport={"width": NARROW, "height": 900}, base_url=demo.address).new_page()
    monitor.page.set_default_timeout(SECONDS)  # a draft takes its time
    before = report(monitor, tmp_path)
    give_notice(monitor, anyone)
    number = correct_and_publish(browser, demo, monitor)
    verify(demo, number, tmp_path)
    monitor.page.goto(f"/monitoring/indicators/{INDICATOR}")
    monitor.sees("Answered within 20 working days")
    check_on_small_phone(monitor.page)
    question = write(monitor, "question", QUESTION)
    answer(operator, question, ANSWER)
    advice = write(monitor, "recommendation", ADVICE)
    answer(operator, advice, "We shall.", outcome="accepted")
    operator.send("/follow-up", {"text": DONE})
    settle(monitor, advice)
    read_in_public(anyone, question, advice)
    after = report(monitor, tmp_path)
    assert after["questions"]["made"] == before["questions"]["made"] + 1
    assert after["questions"]["answered_in_time"] == before["questions"]["answered_in_time"] + 1
    total, earlier = after["recommendations"]["total"], before["recommendations"]["total"]
    assert total["implemented"] == earlier["implemented"] + 1
    assert total["made"] == earlier["made"] + 1
    assert [each["number"] for each in after["releases"]][-1] == number
    for page in (monitor.page, operator.page, anyone):
        page.context.close()


def give_notice(monitor: Console, anyone: Page) -> None:
    """The day of the next figures is moved, and everyone can read when, and why it was moved."""
    day = clock.today() + timedelta(days=120)
    monitor.page.goto("/monitoring")
    present = quarter_of(clock.today()).isoformat()
    monitor.send("/monitoring/calendar", {"quarter": present, "due_on": day.isoformat(), "reason": MOVED})
    check_on_small_phone(monitor.page)
    anyone.goto("/releases?lang=en")
    expect(anyone.locator("main")).to_contain_text(re.compile(rf"\b{day.day}\b.*{day.year}"))
    expect(anyone.locator("main")).to_contain_text(MOVED)
    check_accessibility(anyone)


def correct_and_publish(browser: Browser, demo: Demo, monitor: Console) -> int:
    """The newest release of the example is counted anew; another monitor looks and approves."""
    monitor.page.goto("/monitoring/2")
    monitor.send("/correction", {"changed": MISTAKE})
    monitor.sees("A draft is being made")
    check_on_small_phone(monitor.page)
    # The page looks by itself how far it is, and shows the draft once there is one.
    expect(monitor.main).to_contain_text("Draft, waits for approval", timeout=SECONDS)
    monitor.main.locator("table a").first.click()
    monitor.sees("Someone else of your body")
    second = Console(sign_in(browser, demo, "monitor.2@example.org"))
    second.page.goto(monitor.page.url)
    second.sees(MISTAKE)
    second.send("/approve")
    check_on_small_phone(second.page)
    second.page.context.close()
    monitor.page.reload()
    monitor.send("/publish")
    monitor.sees("This release takes the place of another")
    monitor.page.goto("/monitoring/2")
    monitor.sees("These figures were corrected")
    monitor.main.locator(".waiting-note a").click()
    found = re.search(r"/monitoring/(\d+)$", monitor.page.url)
    assert found, monitor.page.url
    return int(found[1])


def verify(demo: Demo, number: int, folder: Path) -> None:
    """By the files alone; one changed byte is found."""
    files = folder / "release"
    assert demo.run("release", "export", str(number), str(files)).returncode == 0
    assert demo.run("release", "verify", str(files)).returncode == 0
    table = next(iter(sorted(files.glob("complaints*.csv"))))
    table.write_bytes(table.read_bytes()[:-1] + b" ")
    refused = demo.run("release", "verify", str(files))
    assert refused.returncode != 0
    assert table.name in refused.stdout + refused.stderr


def write(monitor: Console, kind: str, text: str) -> int:
    """Written to the operator, issued; its number."""
    monitor.page.goto("/recommendation-desk/new")
    check_on_small_phone(monitor.page)
    answer_by = clock.today() + timedelta(days=30)
    due_on = clock.today() + timedelta(days=90)
    operator = monitor.main.locator("select[name=addressee_id] option", has_text="the Homeward demo service")
    monitor.send(
        "/recommendation-desk",
        {
            "kind": kind,
            "text": text,
            "theme": "complaints",
            "addressee_id": str(operator.get_attribute("value")),
            "answer_by": answer_by.isoformat(),
            "due_on": due_on.isoformat() if kind == "recommendation" else "",
            "indicator": INDICATOR,
        },
    )
    monitor.send("/issue")
    found = re.search(r"(\d+)", monitor.main.locator("h1").inner_text())
    assert found
    return int(found[1])


def answer(operator: Console, number: int, text: str, outcome: str = "") -> None:
    operator.page.goto("/recommendation-desk")
    operator.main.get_by_role("link", name=re.compile(rf" {number}$")).click()
    check_on_small_phone(operator.page)
    operator.send("/answer", {"text": text} | ({"outcome": outcome} if outcome else {}))
    operator.sees(text)


def settle(monitor: Console, number: int) -> None:
    """The monitors look for themselves: whoever was asked does not judge."""
    monitor.page.goto("/recommendation-desk")
    monitor.main.get_by_role("link", name=re.compile(rf" {number}$")).click()
    monitor.sees(DONE)
    monitor.send("/outcome", {"outcome": "implemented", "text": FOUND, "evidence": "Log of our calls"})
    monitor.sees(FOUND)


def read_in_public(anyone: Page, question: int, advice: int) -> None:
    for number, texts in ((question, (QUESTION, ANSWER)), (advice, (ADVICE, DONE, FOUND))):
        for language in ("en", "ar"):
            anyone.goto(f"/recommendations/{number}?lang={language}")
            for text in texts:
                expect(anyone.locator("main")).to_contain_text(text)
            check_on_small_phone(anyone)


def report(monitor: Console, folder: Path) -> dict:  # type: ignore[type-arg]
    """The yearly report as JSON; as a PDF it is there too."""
    monitor.page.goto("/monitoring/reports")
    check_on_small_phone(monitor.page)
    form = monitor.form("/monitoring/reports/yearly.pdf")
    for name in ("PDF", "JSON"):
        with monitor.page.expect_download() as download:
            form.get_by_role("button", name=name).click()
        kept = folder / name
        download.value.save_as(kept)
    assert (folder / "PDF").read_bytes().startswith(b"%PDF")
    return json.loads((folder / "JSON").read_bytes())  # type: ignore[no-any-return]
