"""Closing: refused for each thing that is missing, decided by a second person, undone under the same number."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from case_scene import Scene, Told
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON, SYSTEM, Actor
from access.rules import Role
from cases.casework_models import Closing
from cases.casework_rules import ClosingReason, ClosingState, NoSurvey, ReopeningReason
from cases.closing import (
    Wish,
    approve_closing,
    closings_of,
    months_after,
    reopen,
    request_closing,
    send_back,
    waiting_closing,
    withdraw_closing,
)
from cases.consent import consents_of, withdraw
from cases.conversation import messages_of
from cases.erasure import erase_person
from cases.messages import receive_from_person
from cases.models import Case, Flag, Task
from cases.person_words import CASE_CLOSED
from cases.rules import CaseStatus, FlagKind, FlagOutcome, Phase, TaskKind
from cases.safeguarding import raise_flag, settle_flag
from cases.tasks import open_task
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from foundation.language import say
from foundation.outbox import OutboxRow


def wish(**changed: object) -> Wish:
    said = {
        "reason": ClosingReason.REMIGRATED,
        "ended_on": clock.today(),
        "note": "She works in the next country and is well.",
        "no_survey": NoSurvey.REFUSED,
    }
    return Wish(**(said | changed))  # type: ignore[arg-type]


async def ask(
    scene: Scene, told: Told, *, referrals: int = 0, actor: Actor | None = None, **changed: object
) -> Closing:
    closing = await request_closing(
        scene.session,
        told.case,
        wish(**changed),
        open_referrals=referrals,
        actor=actor or scene.staff[Role.CASEWORKER],
    )
    await scene.session.flush()
    return closing


async def approve(scene: Scene, told: Told, *, referrals: int = 0, actor: Actor | None = None) -> None:
    supervisor = actor or scene.staff[Role.SUPERVISOR]
    await approve_closing(scene.session, told.case, open_referrals=referrals, actor=supervisor)
    await scene.session.flush()


async def events(scene: Scene, told: Told) -> list[str]:
    found = await scene.session.scalars(
        select(AuditEntry.event).where(AuditEntry.subject_id == told.case.id).order_by(AuditEntry.id)
    )
    return [event for event in found if event.startswith("case.") and event not in ("case.opened", "case.moved")]


@pytest.fixture
async def told(scene: Scene) -> Told:
    return await scene.tell()


async def test_an_approved_closing_tells_the_person_starts_the_clock_and_is_seen(scene: Scene, told: Told) -> None:
    asked = await ask(scene, told)
    assert (told.case.status, told.case.closed_at) == (CaseStatus.OPEN, None)
    await approve(scene, told)
    assert (told.case.status, told.case.phase) == (CaseStatus.CLOSED, Phase.CLOSED)
    assert told.case.closed_at is not None
    assert told.case.erase_after == months_after(told.case.closed_at, 24)
    assert [message.text for message in await messages_of(scene.session, told.case)] == [say("en", CASE_CLOSED)]
    queued = await scene.session.scalars(select(OutboxRow).where(OutboxRow.subject_id == told.key.subject_id))
    assert len(queued.all()) == 1
    assert await events(scene, told) == ["case.closing_requested", "case.closed"]
    (view,) = await closings_of(scene.session, told.case)
    assert (view.closing.id, view.note) == (asked.id, "She works in the next country and is well.")
    assert (view.closing.state, view.decided_by_name) == (ClosingState.APPROVED, "Someone supervisor")


Prepare = Callable[[Scene, Told], Awaitable[object]]


async def _waits(scene: Scene, told: Told) -> None:
    await receive_from_person(scene.session, told.case, told.key, "Please call me.", actor=PERSON)


async def _task(scene: Scene, told: Told) -> None:
    await open_task(scene.session, told.case, TaskKind.UNREACHABLE, "day_3", actor=SYSTEM)


def _flag(kind: FlagKind) -> Prepare:
    async def raise_it(scene: Scene, told: Told) -> None:
        await raise_flag(scene.session, told.case, kind, "test.rule", actor=SYSTEM)

    return raise_it


async def _child(scene: Scene, told: Told) -> None:
    flag = await raise_flag(scene.session, told.case, FlagKind.CHILD, "test.rule", actor=SYSTEM)
    await scene.session.flush()
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.CONFIRMED, "Is 15.", actor=officer)


async def _nothing(scene: Scene, told: Told) -> None:
    pass


MISSING: list[tuple[str, Prepare, dict[str, object], type[Refusal]]] = [
    ("no note", _nothing, {"note": " "}, Invalid),
    ("no survey, and no word why", _nothing, {"no_survey": None}, Invalid),
    ("a day to come", _nothing, {"ended_on": clock.today() + timedelta(days=2)}, Invalid),
    ("a day before the case", _nothing, {"ended_on": clock.today() - timedelta(days=900)}, Invalid),
    ("a child's reason for an adult", _nothing, {"reason": ClosingReason.FORMAL_CLOSING}, Invalid),
    ("an adult's reason for a child", _child, {"reason": ClosingReason.REMIGRATED}, Invalid),
    ("an open referral", _nothing, {"referrals": 1}, Conflict),
    ("an answer that the person waits for", _waits, {}, Conflict),
    ("a task", _task, {}, Conflict),
    ("a flag of welfare", _flag(FlagKind.NO_SAFE_PLACE), {}, Conflict),
    ("a flag of protection", _flag(FlagKind.TRAFFICKING), {"handed_over": "To the colleagues."}, Conflict),
    ("a flag of a child", _flag(FlagKind.UNACCOMPANIED_CHILD), {"handed_over": "To the colleagues."}, Conflict),
]


@pytest.mark.parametrize(
    ("prepare", "changed", "refusal"), [each[1:] for each in MISSING], ids=[each[0] for each in MISSING]
)
async def test_closing_is_refused_for_what_is_missing(
    scene: Scene, told: Told, prepare: Prepare, changed: dict[str, object], refusal: type[Refusal]
) -> None:
    await prepare(scene, told)
    await scene.session.flush()
    with pytest.raises(refusal):
        await ask(scene, told, **changed)  # type: ignore[arg-type]
    assert await waiting_closing(scene.session, told.case) is None
    assert told.case.status is CaseStatus.OPEN


@pytest.mark.parametrize("prepare", [_waits, _task, _flag(FlagKind.FEAR_OF_RETURN)], ids=["waits", "task", "flag"])
async def test_what_came_up_after_the_request_stops_the_approval(scene: Scene, told: Told, prepare: Prepare) -> None:
    await ask(scene, told)
    await prepare(scene, told)
    await scene.session.flush()
    with pytest.raises(Conflict):
        await approve(scene, told)
    with pytest.raises(Conflict):
        await approve(scene, told, referrals=1)
    assert told.case.status is CaseStatus.OPEN


async def test_tasks_and_flags_of_welfare_are_handed_over_in_words(scene: Scene, told: Told) -> None:
    await _task(scene, told)
    await _flag(FlagKind.NO_SAFE_PLACE)(scene, told)
    await scene.session.flush()
    await ask(scene, told, handed_over="To Awa of the town's shelter.")
    await approve(scene, told)
    task = (await scene.session.scalars(select(Task).where(Task.case_id == told.case.id))).one()
    flag = (await scene.session.scalars(select(Flag).where(Flag.case_id == told.case.id))).one()
    assert task.done_by == flag.settled_by == scene.staff[Role.SUPERVISOR].id
    assert (flag.outcome, flag.note is None) == (FlagOutcome.CONFIRMED, False)


async def test_a_child_is_closed_with_a_childs_reason_and_the_dead_are_told_nothing(scene: Scene, told: Told) -> None:
    await _child(scene, told)
    await ask(scene, told, reason=ClosingReason.DEATH_OF_CHILD, no_survey=NoSurvey.CHILD)
    await approve(scene, told)
    assert await messages_of(scene.session, told.case) == []


async def test_nobody_approves_their_own_request_in_the_verb_or_in_the_database(scene: Scene, told: Told) -> None:
    supervisor = scene.staff[Role.SUPERVISOR]
    closing = await ask(scene, told, actor=supervisor)
    for attempt in (approve(scene, told), send_back(scene.session, told.case, "No.", actor=supervisor)):
        with pytest.raises(NotAllowed):
            await attempt
    for role in set(Role) - {Role.SUPERVISOR}:
        with pytest.raises(NotAllowed):
            await approve(scene, told, actor=scene.staff[role])
    forbidden: list[dict[str, object]] = [
        {"decided_by": supervisor.id, "decided_at": clock.now(), "state": ClosingState.APPROVED},
        {"state": ClosingState.APPROVED},
        {"no_survey": None},
        {"state": ClosingState.REOPENED, "decided_by": scene.staff[Role.CASEWORKER].id, "decided_at": clock.now()},
    ]
    for values in forbidden:
        point = await scene.session.begin_nested()
        with pytest.raises(IntegrityError):
            await scene.session.execute(update(Closing).where(Closing.id == closing.id).values(**values))
        await point.rollback()
    await approve(scene, told, actor=scene.add_staff(Role.SUPERVISOR, scene.operator))
    assert told.case.status is CaseStatus.CLOSED


async def test_a_request_is_sent_back_or_taken_back_and_can_be_made_again(scene: Scene, told: Told) -> None:
    worker, supervisor = scene.staff[Role.CASEWORKER], scene.staff[Role.SUPERVISOR]
    await ask(scene, told)
    with pytest.raises(Conflict):
        await ask(scene, told)
    with pytest.raises(Invalid):
        await send_back(scene.session, told.case, " ", actor=supervisor)
    await send_back(scene.session, told.case, "Call him once more.", actor=supervisor)
    await ask(scene, told)
    await withdraw_closing(scene.session, told.case, actor=worker)
    with pytest.raises(Conflict):
        await withdraw_closing(scene.session, told.case, actor=worker)
    with pytest.raises(Conflict):
        await approve(scene, told)
    views = await closings_of(scene.session, told.case)
    assert {view.closing.state for view in views} == {ClosingState.RETURNED, ClosingState.WITHDRAWN}
    assert {view.decision_note for view in views} == {"", "Call him once more."}
    assert told.case.status is CaseStatus.OPEN


async def test_a_case_reopens_under_its_number_where_it_was_and_its_clock_stops(scene: Scene, told: Told) -> None:
    told.case.phase = Phase.REINTEGRATION
    await scene.session.flush()
    number, worker = told.case.number, scene.staff[Role.CASEWORKER]
    await ask(scene, told)
    with pytest.raises(Conflict):
        await reopen(scene.session, told.case, ReopeningReason.CAME_BACK, "Wrote to us.", actor=worker)
    await approve(scene, told)
    with pytest.raises(Invalid):
        await reopen(scene.session, told.case, ReopeningReason.CAME_BACK, " ", actor=worker)
    with pytest.raises(NotAllowed):
        await reopen(scene.session, told.case, ReopeningReason.CAME_BACK, "Hm.", actor=Actor(uuid4(), Role.MONITOR))
    await reopen(scene.session, told.case, ReopeningReason.CAME_BACK, "Wrote to us.", actor=worker)
    await scene.session.flush()
    assert (told.case.number, told.case.status, told.case.phase) == (number, CaseStatus.OPEN, Phase.REINTEGRATION)
    assert (told.case.closed_at, told.case.erase_after) == (None, None)
    (view,) = await closings_of(scene.session, told.case)
    assert (view.closing.state, view.reopening_note) == (ClosingState.REOPENED, "Wrote to us.")
    assert (await events(scene, told))[-1] == "case.reopened"
    await ask(scene, told)


async def test_nobody_reopens_the_case_of_someone_who_took_back_their_agreement(scene: Scene, told: Told) -> None:
    await ask(scene, told, reason=ClosingReason.CONSENT_WITHDRAWN)
    await approve(scene, told)
    (consent,) = await consents_of(scene.session, told.key.subject_id)
    await withdraw(scene.session, consent.id, told.key.subject_id, actor=PERSON)
    with pytest.raises(Conflict):
        await reopen(scene.session, told.case, ReopeningReason.MISTAKE, "Oh.", actor=scene.staff[Role.CASEWORKER])


async def test_a_case_handed_to_an_organisation_outside_is_transferred_and_has_a_clock_too(
    scene: Scene, told: Told
) -> None:
    await ask(scene, told, reason=ClosingReason.TRANSFERRED)
    await approve(scene, told)
    assert (told.case.status, told.case.erase_after is None) == (CaseStatus.TRANSFERRED, False)


async def test_the_database_keeps_the_clock_and_the_status_together(scene: Scene, told: Told) -> None:
    for values in ({"closed_at": clock.now()}, {"closed_at": clock.now(), "erase_after": clock.now()}):
        attempt = await scene.session.begin_nested()
        with pytest.raises(IntegrityError):
            await scene.session.execute(update(Case).where(Case.id == told.case.id).values(**values))
        await attempt.rollback()


async def test_closings_die_with_the_person(scene: Scene, told: Told) -> None:
    await ask(scene, told)
    await approve(scene, told)
    await erase_person(scene.session, told.key.subject_id, actor=SYSTEM)
    assert (await scene.session.scalars(select(Closing))).all() == []
    await scene.session.refresh(told.case)
    assert (told.case.status, told.case.erase_after) == (CaseStatus.ERASED, None)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [((2024, 2, 29), 24, (2026, 2, 28)), ((2026, 1, 31), 1, (2026, 2, 28)), ((2026, 11, 25), 24, (2028, 11, 25))],
)
def test_months_are_counted_by_the_calendar(
    day: tuple[int, int, int], months: int, expected: tuple[int, int, int]
) -> None:
    assert months_after(datetime(*day, tzinfo=UTC), months) == datetime(*expected, tzinfo=UTC)
