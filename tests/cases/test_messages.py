"""Words and files between the person and the staff: kept sealed, answered in time, delivered or known not to be."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from case_scene import Scene, Told
from sqlalchemy import func, select, update

from access.actor import PERSON, Actor
from access.rules import Role
from cases.case_list import Narrowing, list_cases
from cases.conversation import Arrival, excerpt_of, mark_shown, messages_of, unread_for_person
from cases.files import OpenedFile, drop_outlived, open_file, outlived_files
from cases.messages import (
    FILES_KEPT,
    announce,
    mark_delivered,
    receive_from_person,
    send_again,
    send_to_person,
    tell,
    waive_answer,
)
from cases.models import CaseMessage, Person, StoredFile
from cases.rules import CaseStatus, FileKind
from foundation import clock, outbox
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.outbox import OutboxRow, failed
from foundation.sealing import Sealed

PHOTO = OpenedFile(FileKind.IMAGE, "image/png", "canary-name.png", b"canary-pixels")
LONG_AGO = timedelta(days=31)


async def write(scene: Scene, told: Told, text: str, file: OpenedFile | None = None) -> int:
    """The person writes; returns the position of the message."""
    await receive_from_person(scene.session, told.case, told.key, text, actor=PERSON, file=file)
    await scene.session.flush()
    return (await messages_of(scene.session, told.case))[-1].position


async def bodies(scene: Scene, told: Told) -> list[dict[str, Any]]:
    rows = await scene.session.scalars(select(OutboxRow).order_by(OutboxRow.position))
    return [told.key.open(OutboxRow.body, row.id, row.body) for row in rows if row.body is not None]


async def events(scene: Scene, event: str) -> int:
    found = select(func.count()).select_from(AuditEntry).where(AuditEntry.event == event)
    return await scene.session.scalar(found) or 0


@pytest.fixture
def worker(scene: Scene) -> Actor:
    return scene.staff[Role.CASEWORKER]


async def test_a_file_of_the_person_is_sealed_and_goes_after_thirty_days(scene: Scene) -> None:
    told = await scene.tell()
    await write(scene, told, "my paper", PHOTO)
    stored = (await scene.session.scalars(select(StoredFile))).one()
    assert isinstance(stored.content, Sealed)
    assert isinstance(stored.name, Sealed)
    [message] = await messages_of(scene.session, told.case)
    assert message.file is not None
    assert (message.text, message.file.name, message.file.size) == ("my paper", PHOTO.name, len(PHOTO.content))
    assert await open_file(scene.session, told.case, told.key, message.file.id) == PHOTO
    assert await outlived_files(scene.session) == []
    await drop_outlived(scene.session, stored.id)
    assert (await messages_of(scene.session, told.case))[0].file is not None
    with clock.moved_to(clock.now() + LONG_AGO):
        assert await outlived_files(scene.session) == [stored.id]
        await drop_outlived(scene.session, stored.id)
        [left] = await messages_of(scene.session, told.case)
    assert (left.text, left.file) == ("my paper", None)
    with pytest.raises(NotFound):
        await open_file(scene.session, told.case, told.key, message.file.id)


async def test_a_message_that_was_only_a_file_says_that_it_is_gone(scene: Scene) -> None:
    told = await scene.tell()
    await write(scene, told, "", PHOTO)
    assert not (await messages_of(scene.session, told.case))[0].lost_its_file
    with clock.moved_to(clock.now() + FILES_KEPT + timedelta(minutes=1)):
        for file_id in await outlived_files(scene.session):
            await drop_outlived(scene.session, file_id)
        assert (await messages_of(scene.session, told.case))[0].lost_its_file


async def test_a_file_of_the_staff_is_queued_for_the_person(scene: Scene, worker: Actor) -> None:
    told = await scene.tell()
    with clock.moved_to(clock.now()):
        await send_to_person(scene.session, told.case, "", actor=worker, file=PHOTO)
    stored = (await scene.session.scalars(select(StoredFile))).one()
    [body] = await bodies(scene, told)
    assert body["file"] == str(stored.id)
    assert body["text"] == "Your caseworker writes:"
    # In a locked chat neither the words nor the file arrive.
    assert body["locked"]["text"] == "You have a message. Open the menu to read it."
    assert "file" not in body["locked"]
    assert stored.delete_at is not None
    assert stored.delete_at - stored.created_at == FILES_KEPT


async def test_what_has_neither_words_nor_a_file_is_refused(scene: Scene, worker: Actor) -> None:
    told = await scene.tell()
    for text in ("  \n", "y" * 3001):
        with pytest.raises(Invalid):
            await send_to_person(scene.session, told.case, text, actor=worker)
    with pytest.raises(NotAllowed):
        await send_to_person(scene.session, told.case, "Hello", actor=scene.staff[Role.MONITOR])
    assert await bodies(scene, told) == []


async def test_a_person_waits_since_their_first_message_until_staff_answer_it(scene: Scene, worker: Actor) -> None:
    told, start = await scene.tell(), clock.now()
    with clock.moved_to(start):
        seen = await write(scene, told, "When can I come?")
    with clock.moved_to(start + timedelta(hours=1)):
        await write(scene, told, "Please")
    assert told.case.unanswered_at == start
    # Staff answered what they saw; the second message came meanwhile and still waits.
    await send_to_person(scene.session, told.case, "On Monday.", actor=worker, seen=seen)
    assert told.case.unanswered_at == start + timedelta(hours=1)
    await send_to_person(scene.session, told.case, "You are welcome.", actor=worker)
    assert told.case.unanswered_at is None


async def test_what_needs_no_answer_is_said_so_on_record(scene: Scene, worker: Actor) -> None:
    told = await scene.tell()
    await write(scene, told, "Thank you")
    await waive_answer(scene.session, told.case, actor=worker)
    assert told.case.unanswered_at is None
    assert await events(scene, "message.waived") == 1
    assert await bodies(scene, told) == []
    with pytest.raises(Conflict):
        await waive_answer(scene.session, told.case, actor=worker)


async def test_a_message_is_delivered_on_its_way_or_failed_and_only_then_sent_again(
    scene: Scene, worker: Actor
) -> None:
    told = await scene.tell()
    await send_to_person(scene.session, told.case, "Hello", actor=worker, file=PHOTO)
    await scene.session.flush()
    [message] = await messages_of(scene.session, told.case)
    assert message.arrival is Arrival.ON_ITS_WAY
    with pytest.raises(Conflict):
        await send_again(scene.session, told.case, message.id, actor=worker)
    [before] = await bodies(scene, told)
    row = (await scene.session.scalars(select(OutboxRow))).one()
    await outbox.settle(scene.session, [row.position], failed("refused"))
    assert (await messages_of(scene.session, told.case))[0].arrival is Arrival.FAILED
    await scene.session.refresh(row)
    await send_again(scene.session, told.case, message.id, actor=worker)
    [again] = await bodies(scene, told)
    assert again == before
    assert (await messages_of(scene.session, told.case))[0].arrival is Arrival.ON_ITS_WAY
    await mark_delivered(scene.session, message.id)
    scene.session.expire_all()
    await scene.session.refresh(told.case)
    assert (await messages_of(scene.session, told.case))[0].arrival is Arrival.DELIVERED
    with pytest.raises(Conflict):
        await send_again(scene.session, told.case, message.id, actor=worker)
    assert await events(scene, "message.sent_again") == 1


async def test_what_another_case_said_is_not_sent_again_here(scene: Scene, worker: Actor) -> None:
    told, other = await scene.tell(), await scene.tell()
    message_id = await announce(scene.session, other.case, "Something")
    await scene.session.execute(update(OutboxRow).values(state=outbox.OutboxState.FAILED))
    with pytest.raises(Conflict):
        await send_again(scene.session, told.case, message_id, actor=worker)
    with pytest.raises(Conflict):
        await send_again(scene.session, told.case, uuid4(), actor=worker)


async def test_the_service_speaks_by_itself_and_it_stands_in_the_conversation(scene: Scene) -> None:
    told = await scene.tell()
    message_id = await announce(scene.session, told.case, "They said yes.")
    await scene.session.flush()
    [message] = await messages_of(scene.session, told.case)
    assert (message.id, message.author_name, message.text) == (message_id, None, "They said yes.")
    assert [body["text"] for body in await bodies(scene, told)] == ["They said yes."]


async def test_a_plain_line_has_no_other_for_a_locked_chat(scene: Scene) -> None:
    told = await scene.tell()
    await tell(scene.session, await scene.session.get_one(Person, told.key.subject_id), "There is news.")
    assert [("locked" in body, "file" in body) for body in await bodies(scene, told)] == [(False, False)]


async def test_only_what_was_shown_counts_as_read_by_the_person(scene: Scene) -> None:
    told = await scene.tell()
    neutral, shown, _waiting = [await announce(scene.session, told.case, text) for text in ("one", "two", "three")]
    await write(scene, told, "mine")
    await mark_delivered(scene.session, neutral, shown=False)
    await mark_delivered(scene.session, shown)
    assert await unread_for_person(scene.session, told.case) == 2
    await mark_shown(scene.session, told.case)
    assert await unread_for_person(scene.session, told.case) == 0
    unread = select(func.count()).select_from(CaseMessage).where(CaseMessage.read_at.is_(None))
    assert await scene.session.scalar(unread) == 1


async def test_a_long_conversation_is_read_from_its_end(scene: Scene) -> None:
    told = await scene.tell()
    for number in range(7):
        await write(scene, told, str(number))
    last = await excerpt_of(scene.session, told.case, count=3)
    assert ([each.text for each in last.messages], last.earlier) == (["4", "5", "6"], 4)
    before = await excerpt_of(scene.session, told.case, count=10, before=last.first)
    assert ([each.text for each in before.messages], before.earlier) == (["0", "1", "2", "3"], 0)
    other = await scene.tell()
    assert (await excerpt_of(scene.session, other.case, count=3)).messages == []


async def test_an_answer_overdue_stands_on_top_and_is_counted_for_those_who_see_the_case(
    scene: Scene, worker: Actor
) -> None:
    start = clock.now()
    cases = {}
    for name, hours in (("late", 25), ("later", 49), ("in time", 23), ("closed", 99)):
        cases[name] = await scene.tell()
        with clock.moved_to(start - timedelta(hours=hours)):
            await write(scene, cases[name], name)
    cases["closed"].case.status = CaseStatus.CLOSED
    flagged = await scene.tell(needs={"maybe_child": "no", "fear": "yes"})
    flagged.case.attention_at = start - timedelta(days=9)
    cases["later"].case.team = "TN"
    await scene.session.flush()
    supervisor = scene.staff[Role.SUPERVISOR]
    page = await list_cases(scene.session, supervisor)
    assert page.overdue == 2
    assert [row.number for row in page.rows[:3]] == [
        cases["later"].case.number,
        cases["late"].case.number,
        flagged.case.number,
    ]
    assert [row.is_overdue for row in page.rows[:3]] == [True, True, False]
    only = await list_cases(scene.session, supervisor, Narrowing(overdue=True))
    assert {row.number for row in only.rows} == {cases["late"].case.number, cases["later"].case.number}
    in_team = Actor(worker.id, worker.role, worker.organisation_id, "GM")
    assert (await list_cases(scene.session, in_team)).overdue == 1
