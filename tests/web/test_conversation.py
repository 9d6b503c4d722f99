"""The conversation as staff have it before them: read, answered with words and files, overdue, and a call to make."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from first_rows import add_case
from permission_scene import Scene
from PIL import Image
from sqlalchemy import delete, func, select
from web_browser import Browser, Browsers

from access.actor import PERSON
from access.rules import Role
from cases.callbacks import draft_call, request_call, say_if_someone_else
from cases.files import OpenedFile
from cases.messages import announce, receive_from_person
from cases.models import CallBack, Case, CaseMessage, StoredFile
from cases.rules import CallChannel, CallTime, FileKind
from cases.sheets import publish_built_in
from foundation import clock, media
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import open_subject
from foundation.outbox import OutboxRow
from foundation.sealing import SubjectKey

VOICE = OpenedFile(FileKind.VOICE, "audio/ogg", "voice.ogg", b"OggS")
PAPER = OpenedFile(FileKind.DOCUMENT, "application/pdf", 'my "paper"\n.pdf', b"%PDF-1.7")
HIDDEN = re.compile(r'name="(\w+)" value="([^"]*)"')


def picture(size: int = 900) -> bytes:
    written = BytesIO()
    Image.new("RGB", (size, size), "red").save(written, "PNG")
    return written.getvalue()


PHOTO = OpenedFile(FileKind.IMAGE, "image/png", "photo.png", picture())


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, None)
        return case.number


async def write(database: Database, number: str, text: str = "", file: OpenedFile | None = None) -> None:
    async with database.transaction() as session:
        case, key = await opened(session, number)
        await receive_from_person(session, case, key, text, actor=PERSON, file=file)


async def opened(session: Any, number: str) -> tuple[Case, SubjectKey]:
    case = (await session.scalars(select(Case).where(Case.number == number))).one()
    assert case.person_id is not None
    return case, await open_subject(session, case.person_id)


async def file_ids(database: Database) -> list[UUID]:
    async with database.reading() as session:
        return list(await session.scalars(select(StoredFile.id).order_by(StoredFile.created_at)))


async def count(database: Database, table: Any, *conditions: Any) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


async def send(
    browser: Browser, path: str, text: str, file: tuple[str, bytes] | None = None, **fields: str
) -> httpx.Response:
    """As a browser posts the form: in parts, the file's part there even when none was chosen."""
    name, content = file or ("", b"")
    data = {"csrf_token": await browser.token(), "text": text, **fields}
    return await browser.client.post(
        path, data=data, files={"file": (name, content)}, headers={"Sec-Fetch-Site": "same-origin"}
    )


async def test_files_of_the_person_are_seen_heard_and_saved(
    browsers: Browsers, number: str, database: Database
) -> None:
    for file in (PHOTO, VOICE, PAPER):
        await write(database, number, "look", file)
    photo, voice, paper = await file_ids(database)
    browser = await browsers.signed_in(Role.CASEWORKER)
    for path in (f"/cases/{number}", f"/cases/{number}/messages"):
        page = (await browser.get(path)).text
        assert f'src="/cases/{number}/files/{photo}?small=true"' in page
        assert re.search(rf'<audio controls preload="none" src="/cases/{number}/files/{voice}"', page)
        assert f'href="/cases/{number}/files/{paper}" download' in page
        assert "Kept until" in page
    assert "media-src 'self'" in (await browser.get(f"/cases/{number}")).headers["Content-Security-Policy"]


@pytest.mark.parametrize(("file", "shown"), [(PHOTO, "inline"), (VOICE, "inline"), (PAPER, "attachment")])
async def test_opening_a_file_is_noted_and_the_browser_neither_keeps_nor_runs_it(
    browsers: Browsers, number: str, database: Database, file: OpenedFile, shown: str
) -> None:
    await write(database, number, "", file)
    [file_id] = await file_ids(database)
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await browser.get(f"/cases/{number}/files/{file_id}")
    assert (answer.content, answer.headers["Content-Type"]) == (file.content, file.media_type)
    assert answer.headers["Content-Disposition"].startswith(f"{shown}; filename*=UTF-8''")
    assert answer.headers["Content-Disposition"].isprintable()
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.event == "file.opened"))).one()
    assert entry.facts == {"file": str(file_id)}


async def test_a_thumbnail_is_small(browsers: Browsers, number: str, database: Database) -> None:
    await write(database, number, "", PHOTO)
    [file_id] = await file_ids(database)
    browser = await browsers.signed_in(Role.CASEWORKER)
    small = await browser.get(f"/cases/{number}/files/{file_id}?small=true")
    assert small.headers["Content-Type"] == "image/jpeg"
    with Image.open(BytesIO(small.content)) as shown:
        assert shown.size == (320, 320)


async def test_a_file_is_only_there_for_who_sees_its_case(browsers: Browsers, scene: Scene) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    own, other = scene.cases["own"], scene.cases["other_team"]
    assert (await browser.get(f"/cases/{own['number']}/files/{own['file_id']}")).status_code == 200
    # Through the number of a case that one sees, no file of another is reached.
    for case, file_id in ((own, other["file_id"]), (other, other["file_id"]), (own, str(uuid4()))):
        assert (await browser.get(f"/cases/{case['number']}/files/{file_id}")).status_code == 404


async def test_staff_send_a_file_cleaned_of_what_the_device_wrote(
    browsers: Browsers, number: str, database: Database
) -> None:
    photo, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "canary-device"
    Image.new("RGB", (20, 20), "blue").save(photo, "JPEG", exif=exif)
    assert b"canary-device" in photo.getvalue()
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await send(browser, f"/cases/{number}/messages", "", ("C:\\canary\\map.jpg", photo.getvalue()))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{number}#messages")
    [file_id] = await file_ids(database)
    stored = await browser.get(f"/cases/{number}/files/{file_id}")
    assert b"canary" not in stored.content
    assert stored.headers["Content-Disposition"].endswith("''map.jpg")
    async with database.reading() as session:
        case, key = await opened(session, number)
        row = (await session.scalars(select(OutboxRow).where(OutboxRow.lane == case.person_id))).one()
        assert row.body is not None
        assert key.open(OutboxRow.body, row.id, row.body)["file"] == str(file_id)


REFUSED = {
    "too large": (b"\xff\xd8\xff" + bytes(media.LARGEST), "too large"),
    "of another kind": (b"<html><script>alert(1)</script></html>", "cannot take this kind of file"),
    "named as something else": (b"MZ\x90\x00", "cannot take this kind of file"),
    "damaged": (b"\x89PNG\r\n\x1a\n broken", "damaged"),
    "empty": (b"", "cannot take this kind of file"),
}


@pytest.mark.parametrize(("content", "why"), REFUSED.values(), ids=REFUSED)
async def test_a_file_that_cannot_be_sent_says_why_and_the_words_stay(
    browsers: Browsers, number: str, database: Database, content: bytes, why: str
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await send(browser, f"/cases/{number}/messages", "Here is the map", ("map.png", content))
    assert answer.status_code == 422
    assert why in answer.text
    assert "Here is the map</textarea>" in answer.text
    assert "choose it once more" in answer.text
    assert await count(database, CaseMessage) == 0
    assert await count(database, StoredFile) == 0


async def test_neither_words_nor_a_file_is_nothing_to_send(browsers: Browsers, number: str) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await send(browser, f"/cases/{number}/messages", "  ")
    assert (answer.status_code, "Write a message first." in answer.text) == (422, True)


async def test_an_answer_counts_for_what_stood_on_the_page(browsers: Browsers, number: str, database: Database) -> None:
    await write(database, number, "first")
    browser = await browsers.signed_in(Role.CASEWORKER)
    page = (await browser.get(f"/cases/{number}/messages")).text
    seen = dict(HIDDEN.findall(page))["seen"]
    await write(database, number, "second")
    answer = await send(browser, f"/cases/{number}/messages", "Yes", seen=seen, back="messages")
    assert answer.headers["location"] == f"/cases/{number}/messages#newest"
    assert await count(database, Case, Case.unanswered_at.is_not(None)) == 1
    for status in (303, 409):
        answer = await browser.send(f"/cases/{number}/messages/no-answer", {"back": "case"})
        assert answer.status_code == status
    assert await count(database, Case, Case.unanswered_at.is_not(None)) == 0


async def test_what_waits_too_long_is_seen_in_the_list_and_on_the_case(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser = await browsers.signed_in(Role.SUPERVISOR)
    assert "1 overdue answer" not in (await browser.get("/cases")).text
    with clock.moved_to(clock.now() - timedelta(hours=25)):
        await write(database, number, "Hello?")
    listed = (await browser.get("/cases")).text
    assert "1 overdue answer" in listed
    assert "Answer overdue: waits since" in listed
    assert number in (await browser.get("/cases?overdue=true")).text
    case = (await browser.get(f"/cases/{number}")).text
    assert "Overdue." in case
    assert "They were told that they have one by" in case
    await send(browser, f"/cases/{number}/messages", "We are here.")
    assert "1 overdue answer" not in (await browser.get("/cases")).text
    assert number not in (await browser.get("/cases?overdue=true")).text


async def test_what_did_not_arrive_is_sent_again(browsers: Browsers, number: str, database: Database) -> None:
    async with database.transaction() as session:
        case, _key = await opened(session, number)
        message_id = await announce(session, case, "Come on Monday.")
    browser = await browsers.signed_in(Role.CASEWORKER)
    again = f"/cases/{number}/messages/{message_id}/again"
    page = (await browser.get(f"/cases/{number}")).text
    assert "On its way" in page
    assert again not in page
    assert (await browser.send(again)).status_code == 409
    async with database.transaction() as session:
        await session.execute(delete(OutboxRow))
    page = (await browser.get(f"/cases/{number}")).text
    assert "Not delivered" in page
    assert again in page
    assert (await browser.send(again)).status_code == 303
    assert await count(database, OutboxRow) == 1


async def test_a_long_conversation_is_read_page_by_page(browsers: Browsers, number: str, database: Database) -> None:
    async with database.transaction() as session:
        case, key = await opened(session, number)
        for each in range(53):
            await receive_from_person(session, case, key, f"message-{each:02}.", actor=PERSON)
            await session.flush()
    browser = await browsers.signed_in(Role.CASEWORKER)
    beside = (await browser.get(f"/cases/{number}")).text
    assert ("message-52." in beside, "message-42." in beside) == (True, False)
    assert "The whole conversation" in beside
    newest = (await browser.get(f"/cases/{number}/messages")).text
    assert ("message-03." in newest, "message-02." in newest) == (True, False)
    assert "3 earlier messages" in newest
    [before] = re.findall(r"\?before=(\d+)", newest)
    earlier = (await browser.get(f"/cases/{number}/messages?before={before}")).text
    assert ("message-00." in earlier, "message-03." in earlier) == (True, False)
    assert "Back to the newest messages" in earlier
    # Nobody answers from an old page, and no stream would add today's words to it.
    assert ("<textarea" in earlier, "data-stream" in earlier) == (False, False)


async def test_before_a_call_staff_read_what_keeps_the_person_safe(
    browsers: Browsers, number: str, database: Database
) -> None:
    async with database.transaction() as session:
        case, key = await opened(session, number)
        call_id = await draft_call(session, case, key, "+2203012345", CallTime.ANY)
        await say_if_someone_else(session, case, key, call_id, "It is about <the> course")
        await request_call(session, case, call_id, CallChannel.SMS, actor=PERSON)
    browser = await browsers.signed_in(Role.CASEWORKER)
    page = (await browser.get(f"/cases/{number}")).text
    safe, called = page.index("It is about &lt;the&gt; course"), page.index("+220 301 2345")
    assert safe < called
    assert "A text message (SMS)" in page
    path = f"/cases/{number}/calls/{call_id}"
    assert (await browser.send(path, {"outcome": "something"})).status_code == 422
    assert (await browser.send(path, {"outcome": "spoken", "back": "messages"})).status_code == 303
    assert (await browser.send(path, {"outcome": "spoken"})).status_code == 404
    assert "+220 301 2345" not in (await browser.get(f"/cases/{number}")).text
    assert await count(database, CallBack, CallBack.done_at.is_not(None)) == 1


async def test_every_control_of_the_conversation_has_a_name(
    browsers: Browsers, number: str, database: Database
) -> None:
    await write(database, number, "", PHOTO)
    browser = await browsers.signed_in(Role.CASEWORKER)
    page = (await browser.get(f"/cases/{number}/messages")).text
    labelled = set(re.findall(r'<label[^>]* for="([\w-]+)"', page))
    named = set(re.findall(r'<(?:input|textarea|select)(?![^>]*type="hidden")[^>]* id="([\w-]+)"', page))
    assert {"text", "file"} <= named <= labelled
    assert all('alt="' in image for image in re.findall(r"<img[^>]*>", page))
    assert 'tabindex="0" aria-label="Messages, oldest first"' in page
