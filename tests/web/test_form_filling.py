"""Staff fill in a form with the person on the web: every kind of question, back and forth, faults at their field."""

import html
import io
from datetime import UTC, datetime
from uuid import UUID

import pytest
from fastapi import FastAPI
from first_rows import ARRIVAL_ANSWERS, add_case
from form_browser import Filling, begin, stored
from household_form import HOUSEHOLD, TYPED, household
from permission_scene import Scene
from PIL import Image
from sqlalchemy import select, update
from web_browser import Browsers

from access.models import StaffMember
from access.rules import Role
from cases.answers import open_answers
from cases.files import open_file
from cases.models import Case, Consent, FormMedia, FormRequest, StoredFile, Submission
from cases.rules import ConsentState, SubmissionState
from cases.sheets import ARRIVAL, CleanedMedia, publish, publish_built_in
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import open_subject
from foundation.outbox import OutboxRow
from questionnaire import engine
from questionnaire.engine import Given
from questionnaire.reading import Chosen, Understood, read
from questionnaire.sheet import SELECTS, Answer, Kind
from web.pages.form_fields import LARGEST_PAGE

ROLE = Role.CASEWORKER


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        await publish(session, household())
        case, _key = await add_case(session, None)
        return case.number


@pytest.fixture
async def filling(browsers: Browsers, number: str) -> Filling:
    return await begin(await browsers.signed_in(ROLE), number, HOUSEHOLD)


def by_engine() -> dict[str, Answer]:
    """The answers as the chat's engine makes them of the same words."""
    sheet, answers = household(), dict[str, Answer]()
    given = Given(datetime.now(UTC), {}, "en")
    while (question := engine.next_question(sheet, answers, given)) is not None:
        typed = TYPED.get(question.name)
        if question.kind is Kind.NOTE:
            answers = engine.record(sheet, answers, question.name, value=True, given=given)
        elif typed is None:
            answers = engine.record(sheet, answers, question.name, None, given)
        else:
            chosen = Chosen((typed,) if isinstance(typed, str) else tuple(typed))
            incoming = chosen if question.kind in SELECTS or isinstance(typed, list) else typed
            understood = read(sheet, question, incoming, answers, given)
            assert isinstance(understood, Understood), question.name
            answers = engine.record(sheet, answers, question.name, understood.value, given)
    return answers


def picture() -> bytes:
    written = io.BytesIO()
    details = Image.Exif()
    details[0x010E] = "canary of a device"
    Image.new("RGB", (40, 30), "teal").save(written, "JPEG", exif=details)
    return written.getvalue()


async def test_the_same_words_are_stored_alike_by_web_and_by_chat(
    filling: Filling, database: Database, number: str
) -> None:
    await filling.fill(TYPED)
    assert "No work" in filling.answer.text
    assert "Household member 2 · What is their name?" in filling.answer.text
    sent = await filling.browser.send(f"{filling.address}/submit")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/cases/{number}#forms")
    submission, answers = await stored(database, HOUSEHOLD)
    assert answers == by_engine()
    assert answers["grown"] == "2"
    assert submission.state is SubmissionState.SUBMITTED
    async with database.reading() as session:
        caseworker = await session.scalar(select(StaffMember.id).where(StaffMember.role == ROLE))
        events = list(await session.scalars(select(AuditEntry.event).where(AuditEntry.actor_id == caseworker)))
    assert submission.filled_by == caseworker
    assert {"form.begun", "answer.stored", "form.submitted"} <= set(events)
    page = (await filling.browser.get(f"/cases/{number}")).text
    assert "Someone caseworker" in page
    assert "13.45, -16.57" in page
    assert (await filling.browser.get(filling.address)).status_code == 409


async def test_a_fault_stands_at_its_field_and_nothing_typed_is_lost(filling: Filling, database: Database) -> None:
    await filling.post({})
    answer = await filling.post({"country": "gm", "place": "somewhere near <b>"})
    assert answer.status_code == 422
    assert len(filling.faults) == 1
    assert "somewhere near &lt;b&gt;" in answer.text
    assert 'value="gm" checked' in answer.text
    assert "1 answer could not be taken" in answer.text
    assert (await stored(database, HOUSEHOLD))[1]["country"] == "gm"
    assert filling.asked == ["country", "town", "things", "place"]
    await filling.post({"country": "gm", "town": "sfax", "place": "200, 3"})
    assert len(filling.faults) == 2
    assert filling.faults[0] == "Please choose one of the answers shown."
    await filling.post({"country": "gm", "town": "basse", "things": ["phone"]})
    assert filling.asked == ["members/1/+"]
    await filling.post({"members/1/+": "yes"})
    await filling.post({"members/1/called": "Awa", "members/1/age": "400", "members/2/+": "no"})
    assert filling.faults == ["Nobody is that old."]
    assert 'value="400"' in filling.answer.text


async def test_a_required_question_is_named_when_the_page_is_left_ahead_but_not_when_going_back(
    filling: Filling, database: Database
) -> None:
    await filling.post({})
    assert (await filling.post({}, "next")).status_code == 422
    assert filling.faults == ["We need an answer to this question to go on."]
    await filling.open(filling.address)
    await filling.post({"things": ["bed"]}, "back")
    assert filling.asked == ["hello"]
    assert (await stored(database, HOUSEHOLD))[1] == {"hello": True, "things": ["bed"], "place": None, "grown": "0"}
    await filling.open(f"{filling.address}?at=things")
    await filling.post({"country": "tn"}, "pause")
    assert filling.answer.url.path.startswith("/cases/")
    assert filling.answer.url.path.count("/") == 2
    assert "Begun with the person, not sent yet" in filling.answer.text
    await filling.open(filling.address)
    assert 'value="tn" checked' in filling.answer.text


async def test_rows_are_added_removed_and_changed(filling: Filling, database: Database) -> None:
    await filling.fill(TYPED)
    await filling.open(f"{filling.address}?at=members/1/age")
    assert "Remove this entry: Household member 1" in filling.answer.text
    await filling.post({}, "drop_row", repeat="members", row="1")
    _submission, answers = await stored(database, HOUSEHOLD)
    assert answers["members/1/called"] == "Musa"
    assert "members/2/called" not in answers
    assert (answers["members/2/+"], answers["grown"]) == ("no", "1")
    assert filling.is_review
    await filling.open(f"{filling.address}?at=members/1/age")
    await filling.post({"members/1/called": "Musa", "members/1/age": "9", "members/2/+": "no"})
    assert filling.asked == ["members/1/called", "members/1/age", "members/1/school", "members/2/+"]
    assert "They lead to more questions on this page." in filling.answer.text


async def test_a_page_is_shown_in_the_language_of_the_reader_or_else_the_persons(
    filling: Filling, database: Database, number: str
) -> None:
    await filling.post({})
    assert "Which country?" in filling.answer.text
    async with database.transaction() as session:
        await session.execute(update(StaffMember).values(language="ar"))
        await session.execute(update(Submission).where(Submission.sheet_id == HOUSEHOLD).values(language="fr"))
    await filling.open(filling.address)
    assert "Quel pays ?" in html.unescape(filling.answer.text)
    assert 'lang="fr" dir="ltr"' in filling.answer.text


async def test_files_are_cleaned_sealed_and_shown_as_there(filling: Filling, database: Database) -> None:
    await filling.fill(TYPED)
    await filling.open(f"{filling.address}?at=paper")
    photo = picture()
    assert b"canary" in photo
    again = {key: TYPED[key] for key in ("since", "pay")}
    await filling.post(again, files={"paper": ("IMG canary.jpg", photo)})
    _submission, answers = await stored(database, HOUSEHOLD)
    paper = answers["paper"]
    assert isinstance(paper, dict)
    assert paper["type"] == "image/jpeg"
    async with database.reading() as session:
        file = (await session.scalars(select(StoredFile))).one()
        case = await session.get_one(Case, file.case_id)
        assert case.person_id is not None
        opened = await open_file(session, case, await open_subject(session, case.person_id), UUID(str(paper["file"])))
    assert b"canary" not in opened.content
    await filling.open(f"{filling.address}?at=paper")
    assert f"/files/{paper['file']}" in filling.answer.text
    await filling.post(again)
    assert (await stored(database, HOUSEHOLD))[1]["paper"] == paper
    await filling.open(f"{filling.address}?at=paper")
    await filling.post(again, **{"r.paper": "yes"})
    assert (await stored(database, HOUSEHOLD))[1]["paper"] is None
    async with database.reading() as session:
        assert list(await session.scalars(select(StoredFile.id))) == []


@pytest.mark.parametrize(
    ("key", "name", "content"),
    [
        ("paper", "photo.jpg", b"<html><script>alert(1)</script>"),
        ("paper", "photo.jpg", b"\xff\xd8\xff broken"),
        ("story", "voice.ogg", None),
        ("document", "act.svg", b"<svg onload='alert(1)'/>"),
        ("document", "large.pdf", b"%PDF-1.4\n" + b" " * 5_300_000 + b"%%EOF"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_cannot_be_taken_is_named_at_its_field(
    filling: Filling, database: Database, key: str, name: str, content: bytes | None
) -> None:
    await filling.fill(TYPED)
    await filling.open(f"{filling.address}?at=paper")
    typed = {"since": "2024-01-01", "pay": "3"}
    await filling.post(typed, files={key: (name, picture() if content is None else content)})
    assert filling.answer.status_code == 422
    assert len(filling.faults) == 1
    assert (await stored(database, HOUSEHOLD))[1]["pay"] == "3"
    async with database.reading() as session:
        assert list(await session.scalars(select(StoredFile.id))) == []


async def test_a_page_has_a_largest_size_of_its_own(filling: Filling) -> None:
    await filling.post({})
    answer = await filling.post({}, files={"paper": ("x.jpg", b"x" * (LARGEST_PAGE + 1))})
    assert answer.status_code == 413


async def test_the_last_page_is_refused_until_everything_is_answered(filling: Filling, database: Database) -> None:
    early = await filling.browser.send(f"{filling.address}/submit")
    assert early.status_code == 409
    assert "Some questions are not answered yet." in early.text
    assert (await stored(database, HOUSEHOLD))[0].state is SubmissionState.IN_PROGRESS


async def test_a_page_posted_late_or_by_another_tab_changes_only_what_is_still_asked(
    filling: Filling, database: Database
) -> None:
    await filling.fill(TYPED)
    data = {"asked": ["members/9/age", "nobody", "grown", "why"], "at": "nobody", "go": "next", "a.nobody": "x"}
    answer = await filling.browser.client.post(
        filling.address,
        data={"csrf_token": await filling.browser.token(), "a.grown": "99", "a.why": "None", **data},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 303
    assert (await stored(database, HOUSEHOLD))[1] == {**by_engine(), "why": "None"}


async def test_what_a_form_shows_is_shown_with_it(browsers: Browsers, number: str, database: Database) -> None:
    async with database.transaction() as session:
        await publish(
            session,
            household().model_copy(update={"id": "seen", "questions": household().questions[:1]}),
            {"a b.jpg": CleanedMedia("a b.jpg", "image/jpeg", picture())},
        )
    browser = await browsers.signed_in(ROLE)
    filling = await begin(browser, number, "seen")
    answer = await browser.get(f"{filling.address}/media/a b.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await browser.get(f"{filling.address}/media/none.jpg")).status_code == 404
    async with database.reading() as session:
        assert (await session.scalars(select(FormMedia.name))).one() == "a b.jpg"


async def test_a_correction_opens_at_the_review_and_the_old_answers_stay_visible(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser = await browsers.signed_in(ROLE)
    answer = await browser.send(f"/cases/{number}/forms/corrections", {"sheet": ARRIVAL})
    review = answer.headers["location"]
    assert review.endswith("/review")
    filling = Filling(browser, review.removesuffix("/review"), await browser.get(review))
    assert "Zebulon" in filling.answer.text
    await filling.open(f"{filling.address}?at=called")
    await filling.fill({key: str(value) for key, value in {**ARRIVAL_ANSWERS, "called": "Zabulon"}.items()})
    assert (await browser.send(f"{filling.address}/submit")).status_code == 303
    page = (await browser.get(f"/cases/{number}")).text
    assert "What stood before" in page
    assert page.index("Zabulon") < page.rindex("Zebulon")
    submission, answers = await stored(database, ARRIVAL)
    assert (submission.amends is not None, answers["called"]) == (True, "Zabulon")


async def test_a_form_is_sent_and_taken_back_on_the_case_page(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser = await browsers.signed_in(ROLE)
    page = (await browser.get(f"/cases/{number}")).text
    assert "Household (English, Français)" in page
    assert (await browser.send(f"/cases/{number}/form-requests", {"sheet": HOUSEHOLD})).status_code == 303
    again = await browser.send(f"/cases/{number}/form-requests", {"sheet": HOUSEHOLD})
    assert again.status_code == 409
    assert "asked already" in again.text
    page = (await browser.get(f"/cases/{number}")).text
    assert "Asked, not begun yet" in page
    async with database.reading() as session:
        request = (await session.scalars(select(FormRequest))).one()
        told = list(await session.scalars(select(OutboxRow.dedupe_key)))
    assert f"form_request:{request.id}" in told
    assert (await browser.send(f"/cases/{number}/form-requests/{request.id}/withdraw")).status_code == 303
    assert "Taken back" in (await browser.get(f"/cases/{number}")).text


async def test_without_consent_the_page_offers_no_form_and_a_draft_goes_no_further(
    filling: Filling, database: Database, number: str
) -> None:
    async with database.transaction() as session:
        await session.execute(update(Consent).values(state=ConsentState.WITHDRAWN))
    page = (await filling.browser.get(f"/cases/{number}")).text
    assert "Fill in with the person" not in page
    assert "Correct with the person" not in page
    answer = await filling.post({})
    assert answer.status_code == 409
    assert "agreement" in answer.text
    assert (await stored(database, HOUSEHOLD))[1] == {}


async def test_an_answer_nobody_touched_stays_exactly_as_it_is_and_a_suggestion_is_none_until_the_page_is_left(
    filling: Filling, database: Database
) -> None:
    await filling.fill({key: typed for key, typed in TYPED.items() if key != "pay"})
    async with database.transaction() as session:
        submission = await session.get_one(Submission, (await stored(database, HOUSEHOLD))[0].id)
        case = await session.get_one(Case, submission.case_id)
        assert case.person_id is not None
        key = await open_subject(session, case.person_id)
        shared = {**open_answers(key, submission), "place": "13.45 -16.57 12 5"}
        del shared["pay"]
        submission.answers = key.seal(Submission.answers, submission.id, shared)
    await filling.open(f"{filling.address}?at=place")
    assert 'value="13.45, -16.57"' in filling.answer.text
    await filling.post({**TYPED, "place": "13.45, -16.57", "town": "basse"}, "review")
    answers = (await stored(database, HOUSEHOLD))[1]
    assert (answers["place"], answers["town"]) == ("13.45 -16.57 12 5", "basse")
    await filling.open(f"{filling.address}?at=pay")
    assert 'value="7.5"' in filling.answer.text
    await filling.post({"pay": "7.5", "since": "2024-02-29"}, "back")
    assert "pay" not in (await stored(database, HOUSEHOLD))[1]
    await filling.open(f"{filling.address}?at=pay")
    await filling.post({"pay": "7.5", "since": "2024-02-29"}, "review")
    assert (filling.is_review, (await stored(database, HOUSEHOLD))[1]["pay"]) == (True, "7.5")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_draft_of_another_case_is_not_reached_through_ones_own(
    browsers: Browsers, scene: Scene, database: Database
) -> None:
    caseworker, supervisor = await browsers.signed_in(ROLE), await browsers.signed_in(Role.SUPERVISOR)
    own, far = scene.cases["own"]["number"], scene.cases["other_team"]["number"]
    draft = scene.cases["other_team"]["submission_id"]
    for path in (f"/cases/{own}/forms/{draft}", f"/cases/{far}/forms/{draft}", f"/cases/{own}/forms/{draft}/review"):
        assert (await caseworker.get(path)).status_code == 404
    assert (await caseworker.send(f"/cases/{own}/forms/{draft}/drop")).status_code == 404
    assert (await supervisor.send(f"/cases/{far}/forms/{draft}/drop")).status_code == 303
    async with database.reading() as session:
        assert (await session.get_one(Submission, UUID(draft))).state is SubmissionState.ABANDONED
