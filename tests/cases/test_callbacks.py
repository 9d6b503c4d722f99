"""A call that a person asked for: only once they confirmed, as they said it is safe, and forgotten afterwards."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from case_scene import Scene, Told
from sqlalchemy import func, select

from access.actor import PERSON, Actor
from access.rules import Role
from cases.callbacks import (
    LONGEST_WORDS,
    cancel_call,
    draft_call,
    drop_drafts,
    note_outcome,
    planned_call,
    read_draft,
    read_number,
    request_call,
    say_if_someone_else,
)
from cases.conversation import messages_of
from cases.models import CallBack, Task
from cases.rules import CallChannel, CallOutcome, CallTime
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Invalid, NotAllowed, NotFound

WEDNESDAY = datetime(2026, 11, 18, 9, tzinfo=UTC)
NUMBER = "+2203012345"

READ = {
    "of the country of return": ("301 2345", "GM", NUMBER),
    "in digits of the Arabic script": ("٣٠١ ٢٣٤٥", "GM", NUMBER),
    "in digits of the Bengali script": ("+২২০ ৩০১২৩৪৫", "TN", NUMBER),
    "of another country": ("+216 20-123-456", "GM", "+21620123456"),
    "with zeros in place of the plus": ("00216 20 123 456", None, "+21620123456"),
    "with words around it": ("my sister: 3012345", "GM", NUMBER),
}
UNREAD = [("hello", "GM"), ("12", "GM"), ("3012345", None), ("3012345", "other"), ("", "GM"), ("9" * 40, "GM")]


@pytest.fixture
def worker(scene: Scene) -> Actor:
    return scene.staff[Role.CASEWORKER]


async def ask(scene: Scene, told: Told, at: CallTime = CallTime.MORNING, words: str = "It is about the course") -> UUID:
    draft = await draft_call(scene.session, told.case, told.key, NUMBER, at)
    await say_if_someone_else(scene.session, told.case, told.key, draft, words)
    await request_call(scene.session, told.case, draft, CallChannel.WHATSAPP, actor=PERSON)
    await scene.session.flush()
    return draft


async def count(scene: Scene, table: type[CallBack | Task]) -> int:
    return await scene.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(("text", "country", "number"), READ.values(), ids=READ)
def test_a_number_is_read(text: str, country: str | None, number: str) -> None:
    assert read_number(text, country) == number


@pytest.mark.parametrize(("text", "country"), UNREAD)
def test_what_is_no_number_is_refused_with_an_example(text: str, country: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        read_number(text, country)
    assert dict(refused.value.message.values)["example"] == "+220 301 2345"


async def test_nothing_is_asked_of_staff_before_the_person_confirms(scene: Scene) -> None:
    told = await scene.tell()
    draft = await draft_call(scene.session, told.case, told.key, NUMBER, CallTime.ANY)
    assert await read_draft(scene.session, told.case, told.key, draft) == (NUMBER, CallTime.ANY, "")
    assert await planned_call(scene.session, told.case) is None
    assert await count(scene, Task) == 0
    assert told.case.attention_at is None
    with pytest.raises(Invalid):
        await say_if_someone_else(scene.session, told.case, told.key, draft, "y" * (LONGEST_WORDS + 1))
    with clock.moved_to(clock.now() + timedelta(hours=23)):
        await drop_drafts(scene.session)
        assert await count(scene, CallBack) == 1
    with clock.moved_to(clock.now() + timedelta(hours=25)):
        await drop_drafts(scene.session)
        assert await count(scene, CallBack) == 0
    with pytest.raises(NotFound):
        await request_call(scene.session, told.case, draft, CallChannel.CALL, actor=PERSON)


async def test_staff_see_what_is_safe_and_by_when(scene: Scene) -> None:
    told = await scene.tell()
    with clock.moved_to(WEDNESDAY):
        call_id = await ask(scene, told)
        planned = await planned_call(scene.session, told.case)
    assert planned is not None
    assert (planned.id, planned.number, planned.channel) == (call_id, "+220 301 2345", CallChannel.WHATSAPP)
    assert planned.safe_words == "It is about the course"
    assert (planned.begins, planned.ends) == (WEDNESDAY, WEDNESDAY.replace(hour=12))
    task = (await scene.session.scalars(select(Task))).one()
    assert task.due_at == WEDNESDAY.replace(hour=12)
    assert told.case.attention_at == WEDNESDAY


async def test_a_call_of_the_evening_before_a_weekend_is_made_that_day_a_later_one_on_monday(scene: Scene) -> None:
    told = await scene.tell()
    friday = datetime(2026, 11, 20, 18, tzinfo=UTC)
    for moment, day in ((friday, 20), (friday + timedelta(hours=2), 23)):
        with clock.moved_to(moment):
            await ask(scene, told, CallTime.EVENING)
            planned = await planned_call(scene.session, told.case)
        assert planned is not None
        assert planned.ends == datetime(2026, 11, day, 20, tzinfo=UTC)
    # The second request took the place of the first.
    assert (await count(scene, CallBack), await count(scene, Task)) == (1, 1)


async def test_whoever_changes_their_mind_leaves_nothing_behind(scene: Scene) -> None:
    told = await scene.tell()
    await ask(scene, told)
    assert await cancel_call(scene.session, told.case, actor=PERSON)
    assert (await count(scene, CallBack), await count(scene, Task)) == (0, 0)
    assert not await cancel_call(scene.session, told.case, actor=PERSON)
    noted = select(func.count()).select_from(AuditEntry).where(AuditEntry.event == "call.cancelled")
    assert await scene.session.scalar(noted) == 1


@pytest.mark.parametrize("outcome", [CallOutcome.SPOKEN, CallOutcome.NOT_SAFE])
async def test_after_the_call_the_number_is_forgotten(scene: Scene, worker: Actor, outcome: CallOutcome) -> None:
    told = await scene.tell()
    told.case.unanswered_at = clock.now()
    call_id = await ask(scene, told)
    await note_outcome(scene.session, told.case, call_id, outcome, actor=worker)
    call, task = (
        (await scene.session.scalars(select(CallBack))).one(),
        (await scene.session.scalars(select(Task))).one(),
    )
    assert told.key.open(CallBack.number, call.id, call.number) == ""
    assert (call.safe_words, call.outcome, call.done_by, task.done_by) == (None, outcome, worker.id, worker.id)
    assert await planned_call(scene.session, told.case) is None
    # Nothing is written to a phone that was not safe, and a talk answers what was asked.
    assert await messages_of(scene.session, told.case) == []
    assert (told.case.unanswered_at is None) == (outcome is CallOutcome.SPOKEN)
    with pytest.raises(NotFound):
        await note_outcome(scene.session, told.case, call_id, outcome, actor=worker)


async def test_when_nobody_answers_it_is_tried_once_more_and_the_person_knows(scene: Scene, worker: Actor) -> None:
    told = await scene.tell()
    with clock.moved_to(WEDNESDAY):
        call_id = await ask(scene, told)
        await note_outcome(scene.session, told.case, call_id, CallOutcome.NO_ANSWER, actor=worker)
        await scene.session.flush()
        planned = await planned_call(scene.session, told.case)
        assert planned is not None
        assert planned.tried
        assert planned.begins == WEDNESDAY.replace(day=19, hour=8)
        assert planned.number == "+220 301 2345"
        await note_outcome(scene.session, told.case, call_id, CallOutcome.NO_ANSWER, actor=worker)
        await scene.session.flush()
    assert await planned_call(scene.session, told.case) is None
    first, second = [message.text for message in await messages_of(scene.session, told.case)]
    assert "Thursday 19 November 2026, between 08:00 and 12:00" in first
    assert "ask again" in second


async def test_only_who_may_settle_tasks_notes_a_call(scene: Scene) -> None:
    told = await scene.tell()
    call_id = await ask(scene, told)
    with pytest.raises(NotAllowed):
        await note_outcome(scene.session, told.case, call_id, CallOutcome.SPOKEN, actor=scene.staff[Role.MONITOR])
    other = await scene.tell()
    with pytest.raises(NotFound):
        await note_outcome(scene.session, other.case, call_id, CallOutcome.SPOKEN, actor=scene.staff[Role.CASEWORKER])
