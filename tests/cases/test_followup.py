"""People are asked how they are: at the right days and hours, three times at most, and nobody is dropped in silence."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from case_scene import Scene, Told
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from access.actor import PERSON, SYSTEM
from access.rules import Role
from bot.models import Chat
from cases import waves
from cases.casework import move_phase
from cases.consent import withdraw
from cases.erasure import erase_person
from cases.followup import ask_by_phone, close_wave, plan_waves, record_refusal, refuse, stop_asking
from cases.followup_rounds import ask_due
from cases.followup_steps import follow_ups_of
from cases.hours import zone_of
from cases.intake import begin_form, submit_form
from cases.models import Consent, Fact, FollowUp, FormRequest, Submission, SurveyResult, Task
from cases.requests import next_form
from cases.rules import (
    CaseStatus,
    ConsentKind,
    FlagKind,
    FlagOutcome,
    FollowUpState,
    NeedKind,
    Phase,
    TaskKind,
    Thing,
    Urgency,
)
from cases.safeguarding import settle_flag
from cases.sheets import built_in_sheets
from cases.waves import Step, Wave, WavesRefused, ask_on, decent, next_step, read_waves, use_waves, wave_order
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import StoredSubjectKey
from foundation.outbox import OutboxRow
from questionnaire.engine import Given, relevant_questions
from questionnaire.sheet import Answer

OPENED = datetime(2026, 1, 31, 12, tzinfo=UTC)
BACK: dict[str, Answer] = {"back_already": "yes"}
CODES = ["day_3", "day_14", "day_30", "month_3", "month_6", "month_12", "month_18"]
PLANNED, ASKED, DONE = FollowUpState.PLANNED, FollowUpState.ASKED, FollowUpState.DONE
REFUSED, UNREACHABLE, CLOSED = FollowUpState.REFUSED, FollowUpState.UNREACHABLE, FollowUpState.CLOSED


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    use_waves(None)


async def returned(scene: Scene, arrival: dict[str, Answer] | None = None) -> Told:
    """Someone who has said at noon of the last day of January that they are back, and sent all that everyone sends."""
    with clock.moved_to(OPENED):
        told = await scene.tell(BACK | (arrival or {}), needs={"family": "no"})
        key = told.key
        scene.session.add(
            Chat(
                subject_id=key.subject_id,
                fingerprint=key.subject_id.hex,
                address=key.seal(Chat.address, key.subject_id, 1),
                language="en",
                place={},
                case_id=told.case.id,
                created_at=OPENED,
                seen_at=OPENED,
            )
        )
        await scene.session.flush()
        return told


async def at(scene: Scene, *, days: float = 0, hour: int = 12) -> int:
    """A round of the worker so many days after the opening."""
    with clock.moved_to(OPENED.replace(hour=hour) + timedelta(days=days)):
        looked_at = await ask_due(scene.session)
        await scene.session.flush()
        return looked_at


async def waves_by_code(scene: Scene, told: Told) -> dict[str, FollowUp]:
    await scene.session.flush()
    return {each.wave: each for each in await follow_ups_of(scene.session, told.case.id)}


async def asked(scene: Scene, told: Told) -> list[OutboxRow]:
    """The questions that went out to this person, in order."""
    rows = await scene.session.scalars(
        select(OutboxRow)
        .where(OutboxRow.subject_id == told.key.subject_id, OutboxRow.dedupe_key.startswith("followup:"))
        .order_by(OutboxRow.position)
    )
    return list(rows)


async def events(scene: Scene, told: Told, name: str) -> list[dict[str, Any]]:
    entries = await scene.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_id == told.case.id, AuditEntry.event == f"followup.{name}")
        .order_by(AuditEntry.id)
    )
    return [entry.facts for entry in entries]


async def answer(scene: Scene, told: Told, form: str, days: float, answers: dict[str, Answer] | None = None) -> None:
    with clock.moved_to(OPENED + timedelta(days=days)):
        await scene.submit(told, form, answers or {})


async def outcomes(scene: Scene) -> dict[str, str]:
    """What is counted, by wave."""
    facts = await scene.session.scalars(
        select(Fact).where(Fact.thing == Thing.FOLLOW_UP).execution_options(populate_existing=True)
    )
    return {fact.kind: fact.outcome for fact in facts}


async def tasks(scene: Scene, told: Told) -> list[tuple[TaskKind, str]]:
    found = await scene.session.scalars(select(Task).where(Task.case_id == told.case.id).order_by(Task.kind))
    return [(task.kind, task.reason) for task in found]


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


# Answering


async def test_an_answer_settles_the_wave(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=3)
    await answer(scene, told, "check_in", 4, {"safe": "yes", "roof": "yes"})
    row = (await waves_by_code(scene, told))["day_3"]
    submission = await scene.session.scalar(select(Submission).where(Submission.sheet_id == "check_in"))
    assert submission is not None
    assert (row.state, row.submission_id, row.next_at) == (DONE, submission.id, None)
    assert await outcomes(scene) == {"day_3": "done"}
    assert await next_form(scene.session, told.case) is None
    assert await tasks(scene, told) == []
    await at(scene, days=8)
    assert len(await asked(scene, told)) == 1


async def test_a_late_answer_still_counts(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=89)
    for days in (94, 99, 103):
        await at(scene, days=days)
    assert (await waves_by_code(scene, told))["month_3"].state is UNREACHABLE
    await answer(scene, told, "reintegration", 130, {"E01": "ok"})
    assert (await waves_by_code(scene, told))["month_3"].state is DONE
    assert (await outcomes(scene))["month_3"] == "done"


async def test_an_answer_counts_for_the_newest_wave_and_ends_the_search_for_the_person(scene: Scene) -> None:
    told = await returned(scene)
    for days in (3, 8, 13, 14):
        await at(scene, days=days)
    await answer(scene, told, "check_in", 15, {"roof": "yes"})
    rows = await waves_by_code(scene, told)
    assert (rows["day_3"].state, rows["day_14"].state, rows["day_30"].state) == (UNREACHABLE, DONE, PLANNED)
    await at(scene, days=18)
    assert await tasks(scene, told) == []


async def test_an_answer_shortly_before_the_wave_counts_for_it(scene: Scene) -> None:
    told = await returned(scene)
    await answer(scene, told, "reintegration", 75, {"E01": "ok"})
    rows = await waves_by_code(scene, told)
    assert (rows["month_3"].state, rows["month_6"].state) == (DONE, PLANNED)


async def test_a_form_that_belongs_to_no_wave_is_kept_all_the_same(scene: Scene) -> None:
    told = await returned(scene)
    await answer(scene, told, "reintegration", 1, {"E01": "ok"})
    assert {row.state for row in (await waves_by_code(scene, told)).values()} == {PLANNED}
    result = (await scene.session.scalars(select(SurveyResult))).one()
    assert result.follow_up_id is None


async def test_a_correction_stays_with_its_wave(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=89)
    await answer(scene, told, "reintegration", 90, {"E01": "ok"})
    first = (await scene.session.scalars(select(Submission).where(Submission.sheet_id == "reintegration"))).one()
    with clock.moved_to(OPENED + timedelta(days=180)):
        sheet = built_in_sheets()["reintegration"]
        again = await begin_form(scene.session, told.case, told.key, sheet, "en", amends=first.id)
        await scene.session.flush()
        await submit_form(scene.session, again.id, told.key, {"E01": "satisfied"}, actor=PERSON)
    rows = await waves_by_code(scene, told)
    assert (rows["month_3"].submission_id, rows["month_3"].state) == (again.id, DONE)
    assert rows["month_6"].state is PLANNED


ALARMING: list[tuple[dict[str, Answer], list[TaskKind]]] = [
    ({"safe": "no"}, [TaskKind.DISCLOSURE]),
    ({"roof": "no"}, [TaskKind.DISCLOSURE]),
    ({"health": "urgent"}, [TaskKind.DISCLOSURE]),
    ({"talk": "yes"}, [TaskKind.DISTRESS]),
    ({"safe": "no", "talk": "yes"}, [TaskKind.DISCLOSURE, TaskKind.DISTRESS]),
    ({"safe": "unsaid", "roof": "for_now", "food": "some", "health": "some", "talk": "no"}, []),
]


@pytest.mark.parametrize(("answers", "kinds"), ALARMING)
async def test_an_answer_that_cannot_wait_opens_a_task_each_time(
    scene: Scene, answers: dict[str, Answer], kinds: list[TaskKind]
) -> None:
    told = await returned(scene)
    for days in (3, 14):
        await at(scene, days=days)
        await answer(scene, told, "check_in", days + 1, answers)
    assert sorted(kind for kind, _reason in await tasks(scene, told)) == sorted(kinds * 2)


async def test_a_check_in_raises_flags_and_finds_needs(scene: Scene) -> None:
    told = await returned(scene)
    await answer(scene, told, "check_in", 3, {"roof": "no", "health": "urgent", "food": "some"})
    assert {flag.rule for flag in (await scene.flags(told)).values()} == {"check_in.no_roof", "check_in.health_urgent"}
    found = {need.kind: need.urgency for need in await scene.needs(told)}
    assert found == {
        NeedKind.INCOME: Urgency.URGENT,
        NeedKind.SHELTER: Urgency.EMERGENCY,
        NeedKind.HEALTH: Urgency.EMERGENCY,
    }


# Children


@pytest.mark.parametrize("maybe_child", ["yes", "unknown"])
async def test_whoever_may_be_a_child_is_asked_the_short_form_at_every_wave(scene: Scene, maybe_child: str) -> None:
    told = await returned(scene, {"maybe_child": maybe_child})
    await at(scene, days=89)
    requested = await scene.session.scalars(select(FormRequest.sheet_id).where(FormRequest.case_id == told.case.id))
    assert requested.all() == ["check_in"]
    await answer(scene, told, "check_in", 90, {"roof": "yes"})
    assert (await waves_by_code(scene, told))["month_3"].state is DONE


@pytest.mark.parametrize("maybe_child", ["yes", "unknown"])
async def test_whom_an_officer_finds_to_be_an_adult_is_asked_the_survey_and_every_question_of_it(
    scene: Scene, maybe_child: str
) -> None:
    told = await returned(scene, {"maybe_child": maybe_child})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    await settle_flag(
        scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, "Born 2001, I saw the papers.", actor=officer
    )
    await at(scene, days=89)
    assert await next_form(scene.session, told.case) == "reintegration"
    sheet = built_in_sheets()["reintegration"]
    begun = await begin_form(scene.session, told.case, told.key, sheet, "en")
    known = told.key.open(Submission.given, begun.id, begun.given)
    given = Given(clock.now(), known, "en")
    asked_names = {question.name for question in relevant_questions(sheet, {}, given)}
    assert {"E01", "S01", "P01"} <= asked_names
    await answer(scene, told, "reintegration", 90, {"E01": "ok"})
    assert (await waves_by_code(scene, told))["month_3"].state is DONE


@pytest.mark.parametrize("outcome", [FlagOutcome.CONFIRMED, FlagOutcome.RESOLVED])
async def test_whom_an_officer_finds_to_be_a_child_stays_one_whatever_the_form_says(
    scene: Scene, outcome: FlagOutcome
) -> None:
    told = await returned(scene, {"maybe_child": "unknown"})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    await settle_flag(scene.session, told.case, flag.id, outcome, "Spoke with the school.", actor=officer)
    await at(scene, days=89)
    assert await next_form(scene.session, told.case) == "check_in"


async def test_an_adult_is_asked_the_survey_from_the_third_month_on(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=89)
    requested = await scene.session.scalars(select(FormRequest.sheet_id).where(FormRequest.case_id == told.case.id))
    assert requested.all() == ["reintegration"]


# Refusing


async def test_a_refusal_ends_this_wave_and_only_this(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=3)
    row = (await waves_by_code(scene, told))["day_3"]
    await refuse(scene.session, told.case, row.id, actor=PERSON)
    rows = await waves_by_code(scene, told)
    assert (rows["day_3"].state, rows["day_14"].state) == (REFUSED, PLANNED)
    assert await next_form(scene.session, told.case) is None
    await at(scene, days=8)
    assert len(await asked(scene, told)) == 1
    with pytest.raises(Conflict):
        await refuse(scene.session, told.case, row.id, actor=PERSON)
    assert (await outcomes(scene)) == {"day_3": "refused"}


async def test_stopping_ends_all_waves(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=3)
    assert await stop_asking(scene.session, told.case, actor=PERSON) == 7
    states = [row.state for row in (await waves_by_code(scene, told)).values()]
    assert states == [REFUSED, *[CLOSED] * 6]
    assert {facts["reason"] for facts in await events(scene, told, "closed")} == {"stopped_by_person"}
    assert await at(scene, days=400) == 0


async def test_a_wave_of_someone_else_is_not_there(scene: Scene) -> None:
    mine, theirs = await returned(scene), await returned(scene)
    row = (await waves_by_code(scene, theirs))["day_3"]
    for verb in (refuse, record_refusal, ask_by_phone):
        with pytest.raises(NotFound):
            await verb(scene.session, mine.case, row.id, actor=scene.staff[Role.CASEWORKER])


# What staff record


async def test_staff_record_what_they_were_told(scene: Scene) -> None:
    told, actor = await returned(scene), scene.staff[Role.CASEWORKER]
    rows = await waves_by_code(scene, told)
    with clock.moved_to(OPENED + timedelta(days=3)):
        assert await ask_by_phone(scene.session, told.case, rows["day_3"].id, actor=actor) == "check_in"
        assert await ask_by_phone(scene.session, told.case, rows["month_3"].id, actor=actor) == "reintegration"
    await record_refusal(scene.session, told.case, rows["day_14"].id, actor=actor)
    await close_wave(scene.session, told.case, rows["month_6"].id, "left_country", actor=actor)
    assert [rows[code].state for code in ("day_3", "month_3", "day_14", "month_6")] == [ASKED, ASKED, REFUSED, CLOSED]
    assert [facts["reason"] for facts in await events(scene, told, "closed")] == ["left_country"]
    with pytest.raises(Invalid):
        await close_wave(scene.session, told.case, rows["day_30"].id, "remigrated: failed", actor=actor)
    with pytest.raises(Conflict):
        await ask_by_phone(scene.session, told.case, rows["month_6"].id, actor=actor)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.MONITOR, Role.COMPLAINTS_OFFICER])
async def test_nobody_else_records_anything(scene: Scene, role: Role) -> None:
    told, actor = await returned(scene), scene.staff[role]
    row = (await waves_by_code(scene, told))["day_3"]
    for verb in (record_refusal, ask_by_phone):
        with pytest.raises(NotAllowed):
            await verb(scene.session, told.case, row.id, actor=actor)
    with pytest.raises(NotAllowed):
        await close_wave(scene.session, told.case, row.id, "not_wanted", actor=actor)


# The list of waves


def test_the_built_in_list_asks_forms_that_exist() -> None:
    assert read_waves(waves.BUILT_IN.read_text()).forms() <= built_in_sheets().keys()


async def test_a_deployment_brings_its_own_list(scene: Scene, tmp_path: Path) -> None:
    own = {
        "version": "pilot",
        "default": [{"days": 10, "form": "check_in", "window_days": 5}],
        "countries": {"GM": [{"months": 1, "form": "check_in", "window_days": 5}], "TN": []},
    }
    path = tmp_path / "waves.json"
    path.write_text(json.dumps(own))
    use_waves(path)
    assert [*await waves_by_code(scene, await returned(scene))] == ["month_1"]
    assert [*await waves_by_code(scene, await returned(scene, {"country_return": "other"}))] == ["day_10"]
    assert [*await waves_by_code(scene, await returned(scene, {"country_return": "TN"}))] == []


GOOD = {"days": 3, "form": "check_in", "window_days": 5}
FAULTY: list[Any] = [
    "",
    "nonsense",
    "[]",
    {"version": "1", "default": []},
    {"version": "1", "default": [{**GOOD, "months": 3}]},
    {"version": "1", "default": [{"form": "check_in", "window_days": 5}]},
    {"version": "1", "default": [GOOD, GOOD]},
    {"version": "1", "default": [{**GOOD, "days": 40}, {"months": 1, "form": "x", "window_days": 5}]},
    {"version": "1", "default": [{**GOOD, "window_days": 0}]},
    {"version": "1", "default": [{**GOOD, "form": "no such form!"}]},
    {"version": "1", "default": [{**GOOD, "surprise": 1}]},
    {"version": "1", "default": [GOOD], "countries": {"GM": [GOOD, GOOD]}},
]


@pytest.mark.parametrize("content", FAULTY)
def test_a_faulty_list_is_refused(content: Any) -> None:
    with pytest.raises(WavesRefused):
        read_waves(content if isinstance(content, str) else json.dumps(content))


def test_waves_are_sorted_by_time() -> None:
    assert sorted(["month_12", "day_30", "month_3", "day_3", "other"], key=wave_order) == [
        *("day_3", "day_30", "month_3", "month_12", "other")
    ]


# Clocks

ZONES = st.sampled_from(["Africa/Banjul", "Africa/Tunis", "Europe/Berlin", "America/New_York", "Asia/Kabul", "UTC"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, ZONES)
def test_a_decent_hour_is_soon_and_by_day(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    found = decent(moment, zone)
    assert 9 <= found.astimezone(zone).hour < 19
    assert timedelta() <= found - moment <= timedelta(hours=15)
    assert decent(found, zone) == found
    assert ask_on(moment.date(), zone).astimezone(zone).hour == 10


@settings(max_examples=300)
@given(
    MOMENTS,
    ZONES,
    st.lists(st.tuples(st.integers(1, 36), st.integers(-48, 48)), min_size=60, max_size=120),
)
def test_whatever_the_clock_does_nobody_is_asked_too_often_too_soon_or_by_night(
    begun: datetime, name: str, rounds: list[tuple[int, int]]
) -> None:
    """Rounds some hours apart, each read from a clock that may be two days wrong either way."""
    zone = ZoneInfo(name)
    true, attempts, next_at = begun, 0, ask_on(begun.astimezone(zone).date(), zone)
    asked_at: list[datetime] = []
    given_up: datetime | None = None
    for pause, wrong in rounds:
        true += timedelta(hours=pause)
        read = true + timedelta(hours=wrong)
        if given_up is not None or next_at > read:
            continue
        step, later = next_step(attempts, read, zone)
        if step is Step.GIVE_UP:
            given_up = true
            continue
        assert later is not None
        next_at = later
        if step is Step.ASK:
            attempts += 1
            asked_at.append(read)
    assert len(asked_at) <= 3
    assert all(9 <= moment.astimezone(zone).hour < 19 for moment in asked_at)
    assert all(after - before >= timedelta(days=4) for before, after in pairwise(asked_at))
    if given_up is not None:
        assert len(asked_at) == 3
    if true - begun > timedelta(days=32):
        # Five days, five, four; each may wait for a decent hour, for the next round, and for a clock that lags.
        assert asked_at


def test_a_change_of_the_clock_does_not_move_the_hour() -> None:
    zone = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 3, 27, 9, tzinfo=UTC)
    step, later = next_step(0, friday, zone)
    assert (step, later) == (Step.ASK, datetime(2026, 4, 1, 8, tzinfo=UTC))
    assert zone_of("GM") == ZoneInfo("Africa/Banjul")


async def test_planning_counts_as_one_event(scene: Scene) -> None:
    told = await returned(scene)
    assert await events(scene, told, "planned") == [{"waves": 7}]
    assert await plan_waves(scene.session, told.case, date(2026, 1, 1), actor=SYSTEM) == []
