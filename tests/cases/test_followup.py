"""People are asked how they are: at the right days and hours, three times at most, and nobody is dropped in silence."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from case_scene import Scene
from followup_scene import (
    ASKED,
    CLOSED,
    CODES,
    OPENED,
    PLANNED,
    UNREACHABLE,
    asked,
    at,
    events,
    outcomes,
    returned,
    tasks,
    waves_by_code,
)
from sqlalchemy import delete, select, update

from access.actor import PERSON, SYSTEM
from access.rules import Role
from bot.models import Chat
from cases.casework import move_phase
from cases.consent import withdraw
from cases.erasure import erase_person
from cases.followup import ask_by_phone, plan_waves
from cases.followup_steps import follow_ups_of
from cases.models import Consent, FollowUp, FormRequest
from cases.requests import next_form
from cases.rules import (
    CaseStatus,
    ConsentKind,
    Phase,
    TaskKind,
)
from cases.waves import Wave, use_waves
from foundation import clock
from foundation.keys import StoredSubjectKey
from foundation.outbox import OutboxRow


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    use_waves(None)


# Planning


async def test_whoever_is_back_is_planned_from_the_opening_by_the_calendar(scene: Scene) -> None:
    rows = await waves_by_code(scene, await returned(scene))
    assert [*rows] == CODES
    due = [date(2026, 2, 3), date(2026, 2, 14), date(2026, 3, 2), date(2026, 4, 30), date(2026, 7, 31)]
    assert [each.due_on for each in rows.values()] == [*due, date(2027, 1, 31), date(2027, 7, 31)]
    assert {each.state for each in rows.values()} == {PLANNED}
    assert rows["day_3"].next_at == datetime(2026, 2, 3, 10, tzinfo=UTC)


async def test_the_day_of_return_counts_if_the_arrival_form_tells_it(scene: Scene) -> None:
    rows = await waves_by_code(scene, await returned(scene, {"returned_on": "2026-01-29"}))
    assert rows["day_3"].due_on == date(2026, 2, 1)
    assert rows["month_6"].due_on == date(2026, 7, 29)


async def test_what_is_long_past_is_closed_and_says_so(scene: Scene) -> None:
    told = await returned(scene, {"returned_on": "2025-12-20"})
    rows = await waves_by_code(scene, told)
    assert [code for code, row in rows.items() if row.state is CLOSED] == ["day_3", "day_14"]
    assert [facts["reason"] for facts in await events(scene, told, "closed")] == ["too_late", "too_late"]
    assert (await outcomes(scene)) == {"day_3": "closed", "day_14": "closed"}


async def test_whoever_is_not_back_is_planned_when_reintegration_begins(scene: Scene) -> None:
    told = await returned(scene, {"back_already": "no"})
    assert await waves_by_code(scene, told) == {}
    actor = scene.staff[Role.CASEWORKER]
    with clock.moved_to(OPENED + timedelta(days=40)):
        told.case.phase = Phase.PLANNING
        await move_phase(scene.session, told.case, Phase.REINTEGRATION, actor=actor)
        rows = await waves_by_code(scene, told)
    assert rows["day_3"].due_on == OPENED.date() + timedelta(days=43)
    told.case.phase = Phase.FOLLOW_UP
    with clock.moved_to(OPENED + timedelta(days=90)):
        await move_phase(scene.session, told.case, Phase.REINTEGRATION, actor=actor)
    again = await waves_by_code(scene, told)
    assert {code: row.id for code, row in again.items()} == {code: row.id for code, row in rows.items()}


@pytest.mark.parametrize(
    ("returned_on", "months", "due"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 31), 18, date(2028, 6, 30)),
        (date(2026, 10, 15), 12, date(2027, 10, 15)),
    ],
)
def test_months_end_where_the_calendar_does(returned_on: date, months: int, due: date) -> None:
    assert Wave(months=months, form="x", window_days=30).due_on(returned_on) == due


async def test_planning_counts_as_one_event(scene: Scene) -> None:
    told = await returned(scene)
    assert await events(scene, told, "planned") == [{"waves": 7}]
    assert await plan_waves(scene.session, told.case, date(2026, 1, 1), actor=SYSTEM) == []


# Asking


async def test_three_attempts_over_two_weeks_then_a_task_for_a_person(scene: Scene) -> None:
    told = await returned(scene)
    sent = []
    for days in range(1, 20):
        await at(scene, days=days)
        sent.append(len(await asked(scene, told)))
    row = (await waves_by_code(scene, told))["day_3"]
    # Asked on days 3, 8 and 13; given up on day 17. On day 14 the next wave has begun, on day 19 it goes on.
    assert sent == [0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 4, 4, 4, 4, 4, 5]
    assert (row.state, row.attempts, row.next_at) == (UNREACHABLE, 3, None)
    assert await tasks(scene, told) == [(TaskKind.UNREACHABLE, "day_3")]
    assert [facts["attempt"] for facts in await events(scene, told, "asked") if facts["wave"] == "day_3"] == [1, 2, 3]
    assert (await outcomes(scene))["day_3"] == "unreachable"


async def test_the_question_is_neutral_and_has_three_buttons(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=3)
    (row,) = await asked(scene, told)
    assert row.body is not None
    body = told.key.open(OutboxRow.body, row.id, row.body)
    assert body["text"] == "Hello. Do you have a few minutes for some short questions? You choose what you answer."
    actions = [button[1] for line in body["buttons"] for button in line]
    assert [each.partition(":")[0] for each in actions] == ["f.now", "f.later", "f.no"]
    assert all(len(each.encode()) <= 64 for each in actions)
    assert await next_form(scene.session, told.case) == "check_in"


@pytest.mark.parametrize(("country", "hour", "is_asked"), [("GM", 8, False), ("GM", 9, False), ("GM", 18, True)])
async def test_nobody_is_disturbed_early(scene: Scene, country: str, hour: int, is_asked: bool) -> None:  # noqa: FBT001
    """The first wave is due at ten, in the morning of the third day."""
    told = await returned(scene, {"country_return": country})
    await at(scene, days=3, hour=hour)
    assert bool(await asked(scene, told)) is is_asked


async def test_what_is_due_at_night_waits_for_the_morning(scene: Scene) -> None:
    told = await returned(scene, {"country_return": "TN"})
    row = (await waves_by_code(scene, told))["day_3"]
    assert row.next_at == datetime(2026, 2, 3, 9, tzinfo=UTC)  # ten o'clock in Tunis
    assert await at(scene, days=3, hour=20) == 1
    assert await asked(scene, told) == []
    assert row.next_at == datetime(2026, 2, 4, 8, tzinfo=UTC)
    await at(scene, days=4, hour=8)
    assert len(await asked(scene, told)) == 1


async def test_a_worker_that_was_away_asks_once_and_not_what_is_long_past(scene: Scene) -> None:
    told = await returned(scene)
    for _round in range(3):
        await at(scene, days=20)
    rows = await waves_by_code(scene, told)
    assert (rows["day_3"].state, rows["day_14"].state) == (CLOSED, ASKED)
    assert len(await asked(scene, told)) == 1
    assert [facts["reason"] for facts in await events(scene, told, "closed")] == ["too_late"]


async def test_a_clock_that_jumps_asks_nobody_twice(scene: Scene) -> None:
    told = await returned(scene)
    for days in (1, 3, 1, 3, 5, 3, 5):
        await at(scene, days=days)
    assert [row.dedupe_key and row.dedupe_key.rpartition(":")[2] for row in await asked(scene, told)] == ["1"]


@pytest.mark.parametrize("obstacle", ["consent_withdrawn", "case_closed", "no_form", "form_of_the_staff"])
async def test_nobody_is_asked_who_must_not_be_and_the_reason_is_kept(
    scene: Scene, obstacle: str, tmp_path: Path
) -> None:
    told = await returned(scene)
    reason = "no_form" if obstacle == "form_of_the_staff" else obstacle
    if reason == "consent_withdrawn":
        consent = await scene.session.scalar(select(Consent.id).where(Consent.kind == ConsentKind.DATA))
        assert consent is not None
        await withdraw(scene.session, consent, told.key.subject_id, actor=PERSON)
    elif reason == "case_closed":
        told.case.status = CaseStatus.CLOSED
    elif obstacle == "form_of_the_staff":
        own = tmp_path / "waves.json"
        own.write_text('{"version": "own", "default": [{"days": 3, "form": "screen", "window_days": 7}]}')
        use_waves(own)
    else:
        await scene.session.execute(update(FollowUp).where(FollowUp.wave == "day_3").values(wave="day_4"))
    await scene.session.flush()
    await at(scene, days=3)
    closed = [row for row in await follow_ups_of(scene.session, told.case.id) if row.state is CLOSED]
    assert len(closed) == 1
    assert closed[0].next_at is None
    assert [facts["reason"] for facts in await events(scene, told, "closed")] == [reason]
    assert await asked(scene, told) == []


async def test_an_erased_person_is_not_asked(scene: Scene) -> None:
    told = await returned(scene)
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    assert await at(scene, days=3) == 0


async def test_a_stopped_chat_is_not_told_but_given_up_in_time(scene: Scene) -> None:
    told = await returned(scene)
    told.case.unreachable_at = OPENED
    for days in range(3, 18):
        await at(scene, days=days)
    row = (await waves_by_code(scene, told))["day_3"]
    assert (row.state, row.attempts) == (UNREACHABLE, 3)
    assert await asked(scene, told) == []
    skipped = [facts for facts in await events(scene, told, "skipped") if facts["wave"] == "day_3"]
    assert [facts["reason"] for facts in skipped] == ["chat_stopped"] * 3
    assert (TaskKind.UNREACHABLE, "day_3") in await tasks(scene, told)


async def test_whoever_has_no_chat_is_asked_by_a_person_who_hears_of_it_once_and_at_once(scene: Scene) -> None:
    told = await returned(scene)
    await scene.session.execute(delete(Chat))
    told.case.attention_at = None
    await at(scene, days=3)
    assert await tasks(scene, told) == [(TaskKind.UNREACHABLE, "day_3")]
    assert told.case.attention_at is not None
    assert (await waves_by_code(scene, told))["day_3"].state is PLANNED
    assert await scene.session.scalar(select(FormRequest)) is None
    for days in range(4, 16):
        await at(scene, days=days)
    rows = await waves_by_code(scene, told)
    assert (rows["day_3"].state, rows["day_3"].attempts) == (CLOSED, 0)
    assert [facts["reason"] for facts in await events(scene, told, "closed")] == ["too_late"]
    assert sorted(await tasks(scene, told)) == [(TaskKind.UNREACHABLE, "day_14"), (TaskKind.UNREACHABLE, "day_3")]
    assert await asked(scene, told) == []


async def test_what_staff_began_by_phone_and_nobody_answered_is_given_up_in_time(scene: Scene) -> None:
    told = await returned(scene)
    await scene.session.execute(delete(Chat))
    row = (await waves_by_code(scene, told))["day_3"]
    with clock.moved_to(OPENED + timedelta(days=3)):
        await ask_by_phone(scene.session, told.case, row.id, actor=scene.staff[Role.CASEWORKER])
        await scene.session.flush()
    for days in range(4, 20):
        await at(scene, days=days)
    assert (await waves_by_code(scene, told))["day_3"].state is UNREACHABLE
    assert (TaskKind.UNREACHABLE, "day_3") in await tasks(scene, told)


async def test_one_case_that_fails_does_not_keep_the_others_from_being_asked(scene: Scene) -> None:
    broken, whole = await returned(scene), await returned(scene)
    await scene.session.execute(delete(StoredSubjectKey).where(StoredSubjectKey.subject_id == broken.key.subject_id))
    scene.session.info["subject_keys"].clear()
    assert await at(scene, days=3) == 2
    assert len(await asked(scene, whole)) == 1
    assert await asked(scene, broken) == []
    row = (await waves_by_code(scene, broken))["day_3"]
    await scene.session.refresh(row)
    assert (row.state, row.attempts, row.next_at) == (PLANNED, 0, OPENED + timedelta(days=3, hours=1))
