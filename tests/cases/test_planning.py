"""The plan: nothing empty, nothing approved by its writers, versions that stay, progress that is not lost."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from uuid import uuid4

import pytest
from case_scene import Scene
from plan_scene import CODE, GOALS, add_budget, approved, drafted, reworded, submitted, terms, write_goals
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON, Actor
from access.rules import Role
from cases.activities import add_activity, change_activity, move_activity, remove_activity
from cases.erasure import erase_person
from cases.models import Consent
from cases.plan_file import open_plan, plan_file
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import (
    ACTIVITY_KIND_NAMES,
    DIMENSION_OF,
    PLAN_STEPS,
    ActivityKind,
    ActivityStatus,
    PlanState,
)
from cases.plan_steps import activities_of, move, written_version
from cases.plan_work import plan_work
from cases.planning import (
    activate_plan,
    approve_plan,
    begin_plan,
    complete_plan,
    discard_draft,
    record_agreement,
    revise_plan,
    send_back,
    submit_plan,
    write_plan,
)
from cases.programmes import programme_file
from cases.rules import CaseStatus, Phase
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import ReturnType
from cases.safeguard_rules import Step as Way
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound


def others(scene: Scene) -> tuple[Actor, Actor]:
    """Who writes, and who approves."""
    return scene.staff[Role.CASEWORKER], scene.staff[Role.SUPERVISOR]


async def test_a_plan_goes_from_draft_to_completed_and_says_so(scene: Scene) -> None:
    worker, _supervisor = others(scene)
    told = await drafted(scene)
    plan = await approved(scene, told)
    assert plan.state is PlanState.APPROVED
    (only,) = await activities_of(scene.session, plan.id)
    with pytest.raises(Conflict, match="at work"):
        await move_activity(scene.session, told.case, only.id, ActivityStatus.ONGOING, actor=worker)
    await activate_plan(scene.session, told.case, actor=worker)
    assert told.case.phase is Phase.PLANNING
    with pytest.raises(Conflict, match="still open"):
        await complete_plan(scene.session, told.case, actor=worker)
    await move_activity(scene.session, told.case, only.id, ActivityStatus.COMPLETED, actor=worker)
    await complete_plan(scene.session, told.case, actor=worker)
    await scene.session.flush()
    events = await scene.session.scalars(
        select(AuditEntry.event).where(AuditEntry.subject_id == told.case.id, AuditEntry.event.like("plan.%"))
    )
    steps = ["begun", "written", "agreed", "submitted", "approved", "activated", "completed"]
    assert list(events) == [f"plan.{step}" for step in steps]
    view = await open_plan(scene.session, told.case, plan)
    assert (view.goals, view.risks, view.mitigations) == (GOALS, "The rent", "")
    assert (view.author, view.approver) == ("Someone caseworker", "Someone supervisor")
    assert [(each.what, each.provider, each.row.dimension) for each in view.activities] == [
        ("Two looms", "Women of Basse", "economic")
    ]


async def test_every_step_outside_the_table_is_refused(scene: Scene) -> None:
    told = await drafted(scene)
    plan = await written_version(scene.session, told.case.id)
    assert plan is not None
    for before, after in product(PlanState, PlanState):
        with scene.session.no_autoflush:
            plan.state = before
            if after in PLAN_STEPS[before]:
                move(scene.session, told.case, plan, after, "plan.moved", actor=PERSON)
                assert plan.state is after
            else:
                with pytest.raises(Conflict):
                    move(scene.session, told.case, plan, after, "plan.moved", actor=PERSON)
    plan.state = PlanState.DRAFT
    assert set(DIMENSION_OF) == set(ACTIVITY_KIND_NAMES) == set(ActivityKind)


async def test_an_empty_plan_or_one_not_read_back_is_not_submitted(scene: Scene) -> None:
    worker, _supervisor = others(scene)
    told = await scene.tell()

    async def submit() -> str:
        with pytest.raises(Invalid) as refused:
            await submit_plan(scene.session, told.case, actor=worker)
        return refused.value.message.text

    await begin_plan(scene.session, told.case, actor=worker)
    assert "goals" in await submit()
    await write_plan(scene.session, told.case, goals="  ", actor=worker)
    assert "goals" in await submit()
    await write_plan(scene.session, told.case, goals=GOALS, actor=worker)
    assert "activity" in await submit()
    with pytest.raises(Invalid, match="activity"):
        await record_agreement(scene.session, told.case, "mnk", clock.today(), actor=worker)
    activity = await add_activity(scene.session, told.case, terms(scene), actor=worker)
    assert "reviewed" in await submit()
    await write_goals(scene, told)
    assert "Read the plan back" in await submit()
    for language, agreed_on in (("xx", clock.today()), ("mnk", clock.today() + timedelta(days=3))):
        with pytest.raises(Invalid):
            await record_agreement(scene.session, told.case, language, agreed_on, actor=worker)
    await record_agreement(scene.session, told.case, "mnk", clock.today(), actor=worker)
    # What they agreed to is not what it says any more.
    await change_activity(scene.session, told.case, activity.id, terms(scene, what="Three looms"), actor=worker)
    assert "Read the plan back" in await submit()
    await remove_activity(scene.session, told.case, activity.id, actor=worker)
    assert "activity" in await submit()


async def test_nobody_approves_what_they_have_worked_on(scene: Scene) -> None:
    worker, supervisor = others(scene)
    second = scene.add_staff(Role.SUPERVISOR, scene.operator)
    await scene.session.flush()
    told = await drafted(scene)
    await write_plan(
        scene.session, told.case, goals=GOALS, review_on=clock.today(), actor=supervisor
    )  # the supervisor helped to write it
    plan = await submitted(scene, told)
    for actor, refusal in ((worker, NotAllowed), (supervisor, Conflict)):
        with pytest.raises(refusal):
            await approve_plan(scene.session, told.case, plan.changes, actor=actor)
    with pytest.raises(Conflict, match="changed since"):
        await approve_plan(scene.session, told.case, plan.changes - 1, actor=second)
    await scene.session.flush()
    by_second = {"state": PlanState.APPROVED, "approved_by": second.id, "approved_at": clock.now()}
    for column in ("author_id", "submitted_by"):
        attempt = await scene.session.begin_nested()
        with pytest.raises(IntegrityError):
            await scene.session.execute(update(Plan).where(Plan.id == plan.id).values({**by_second, column: second.id}))
        await attempt.rollback()
    attempt = await scene.session.begin_nested()
    with pytest.raises(IntegrityError):
        await scene.session.execute(update(Plan).where(Plan.id == plan.id).values(state=PlanState.ACTIVE))
    await attempt.rollback()
    await approve_plan(scene.session, told.case, plan.changes, actor=second)
    assert plan.approved_by == second.id


async def test_a_plan_is_sent_back_with_the_reason_and_submitted_anew(scene: Scene) -> None:
    worker, supervisor = others(scene)
    told = await drafted(scene)
    plan = await submitted(scene, told)
    with pytest.raises(Conflict):
        await write_goals(scene, told)
    with pytest.raises(Invalid):
        await send_back(scene.session, told.case, " ", actor=supervisor)
    await send_back(scene.session, told.case, "Who pays the rent?", actor=supervisor)
    assert (plan.state, plan.submitted_by) == (PlanState.DRAFT, None)
    assert (await open_plan(scene.session, told.case, plan)).returned_note == "Who pays the rent?"
    await submit_plan(scene.session, told.case, actor=worker)
    assert (plan.state, plan.returned_note) == (PlanState.PENDING, None)


async def test_work_begins_only_once_the_case_has_come_to_planning(scene: Scene) -> None:
    told = await drafted(scene)
    await approved(scene, told)
    told.case.phase = Phase.ASSESSMENT
    with pytest.raises(Conflict, match="planning first"):
        await activate_plan(scene.session, told.case, actor=scene.staff[Role.CASEWORKER])


async def test_a_revision_keeps_the_old_version_and_loses_no_progress(scene: Scene) -> None:
    worker, _supervisor = others(scene)
    told = await drafted(scene, *(terms(scene, what=what) for what in ("done", "going", "unwanted", "waiting")))
    first = await approved(scene, told)
    await activate_plan(scene.session, told.case, actor=worker)
    old = {reworded(each, told): each for each in await activities_of(scene.session, first.id)}
    second = await revise_plan(scene.session, told.case, actor=worker)
    with pytest.raises(Conflict):
        await revise_plan(scene.session, told.case, actor=worker)
    with pytest.raises(Conflict):
        await complete_plan(scene.session, told.case, actor=worker)
    await scene.session.flush()
    new = {reworded(each, told): each for each in await activities_of(scene.session, second.id)}
    assert set(new) == set(old)
    with pytest.raises(Conflict, match="Drop it"):
        await remove_activity(scene.session, told.case, new["done"].id, actor=worker)
    with pytest.raises(Invalid, match="why"):
        await move_activity(scene.session, told.case, new["done"].id, ActivityStatus.DROPPED, actor=worker)
    for name in ("done", "unwanted"):
        await move_activity(scene.session, told.case, new[name].id, ActivityStatus.DROPPED, "Not now", actor=worker)
    await change_activity(scene.session, told.case, new["waiting"].id, terms(scene, what="changed"), actor=worker)
    # Meanwhile work on the first version goes on.
    await move_activity(scene.session, told.case, old["done"].id, ActivityStatus.COMPLETED, actor=worker)
    await move_activity(scene.session, told.case, old["going"].id, ActivityStatus.ONGOING, actor=worker)
    await approved(scene, told)
    assert (first.state, second.state, second.version) == (PlanState.REVISED, PlanState.ACTIVE, 2)
    view = await open_plan(scene.session, told.case, second)
    assert {each.what: each.row.status.value for each in view.activities} == {
        "done": "completed",
        "going": "ongoing",
        "unwanted": "dropped",
        "changed": "planned",
    }
    assert {each.what: each.reason for each in view.activities if each.reason} == {"unwanted": "Not now"}
    before = await open_plan(scene.session, told.case, first)
    assert [each.what for each in before.activities] == ["done", "going", "unwanted", "waiting"]
    file = await plan_file(scene.session, told.case)
    assert ([each.version for each in file.versions], file.shown, file.written) == ([2, 1], second, None)
    with pytest.raises(Conflict, match="moved on"):
        await move_activity(scene.session, told.case, old["going"].id, ActivityStatus.COMPLETED, actor=worker)


async def test_one_version_is_written_and_one_in_force_says_the_database_too(scene: Scene) -> None:
    worker, _supervisor = others(scene)
    told = await drafted(scene)
    first = await approved(scene, told)
    with pytest.raises(Conflict):
        await begin_plan(scene.session, told.case, actor=worker)
    second = await revise_plan(scene.session, told.case, actor=worker)
    await scene.session.flush()
    for plan, state in ((second, PlanState.APPROVED), (first, PlanState.DRAFT)):
        attempt = await scene.session.begin_nested()
        with pytest.raises(IntegrityError):
            await scene.session.execute(
                update(Plan)
                .where(Plan.id == plan.id)
                .values(
                    state=state,
                    submitted_by=first.submitted_by,
                    submitted_at=first.submitted_at,
                    approved_by=first.approved_by,
                    approved_at=first.approved_at,
                    language="en",
                    agreed_on=clock.today(),
                )
            )
        await attempt.rollback()
    await discard_draft(scene.session, told.case, actor=worker)
    assert await written_version(scene.session, told.case.id) is None
    assert await scene.session.scalar(select(func.count()).select_from(PlanActivity)) == 1


Step = Callable[[], Awaitable[object]]


async def test_only_an_open_case_with_consent_has_its_plan_changed(scene: Scene) -> None:
    worker, supervisor = others(scene)
    told = await drafted(scene)
    steps: list[Step] = [
        lambda: write_plan(scene.session, told.case, goals=GOALS, actor=worker),
        lambda: add_activity(scene.session, told.case, terms(scene), actor=worker),
        lambda: submit_plan(scene.session, told.case, actor=worker),
        lambda: approve_plan(scene.session, told.case, 1, actor=supervisor),
        lambda: begin_plan(scene.session, told.case, actor=worker),
    ]
    told.case.status = CaseStatus.CLOSED
    await scene.session.flush()
    for step in steps:
        with pytest.raises(Conflict, match="closed"):
            await step()
    told.case.status = CaseStatus.OPEN
    await scene.session.flush()
    await scene.session.execute(delete(Consent))
    for step in steps:
        with pytest.raises(Conflict, match="taken back"):
            await step()
    with pytest.raises(NotAllowed):
        await write_plan(scene.session, told.case, goals=GOALS, actor=scene.staff[Role.MONITOR])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"what": " "}, "what is done"),
        ({"starts_on": date(2999, 1, 1)}, "before the day it starts"),
        ({"responsible_id": PERSON.id}, "colleague"),
        ({"amount": Decimal("0.001"), "currency": "EUR"}, "counted with"),
        ({"amount": Decimal(-1), "currency": "EUR"}, "more than nothing"),
        ({"amount": Decimal(1), "currency": "EURO"}, "three letters"),
        ({"line_id": PERSON.id}, "budget line"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_activity_that_cannot_be_is_refused(scene: Scene, changed: dict[str, object], words: str) -> None:
    told = await drafted(scene)
    wrong = terms(scene)
    fields = {name: getattr(wrong, name) for name in wrong.__slots__}
    with pytest.raises(Invalid, match=words):
        await add_activity(
            scene.session, told.case, type(wrong)(**{**fields, **changed}), actor=scene.staff[Role.CASEWORKER]
        )


async def test_the_plan_is_due_within_a_month_of_the_return(scene: Scene) -> None:
    opened = datetime(2026, 1, 31, 12, tzinfo=UTC)
    with clock.moved_to(opened):
        told = await scene.tell({"back_already": "yes"})
        away = await scene.tell({"back_already": "no"})
        await drafted(scene, told=told)
        await drafted(scene, told=away)
        file = await plan_file(scene.session, told.case)
        assert (file.target_on, file.is_late) == (date(2026, 2, 28), False)
        assert (await plan_file(scene.session, away.case)).target_on is None
    with clock.moved_to(opened + timedelta(days=40)):
        assert (await plan_file(scene.session, told.case)).is_late
        work = await plan_work(scene.session, scene.staff[Role.CASEWORKER])
        assert [row.case.id for row in work.late] == [told.case.id]
        await approved(scene, told)
        assert not (await plan_file(scene.session, told.case)).is_late
        assert not (await plan_work(scene.session, scene.staff[Role.CASEWORKER])).late


async def test_a_return_that_was_arranged_here_counts_from_the_arrival(scene: Scene) -> None:
    told = await drafted(scene)
    assert (await plan_file(scene.session, told.case)).target_on is None
    journey = ReturnJourney(
        id=uuid4(),
        case_id=told.case.id,
        return_type=ReturnType.ASSISTED_VOLUNTARY,
        step=Way.DRAFT,
        begun_by=scene.staff[Role.CASEWORKER].id,
        begun_at=clock.now(),
        arrived_on=date(2026, 5, 31),
    )
    scene.session.add(journey)
    assert (await plan_file(scene.session, told.case)).target_on == date(2026, 6, 30)
    await write_goals(scene, told)
    plan = await written_version(scene.session, told.case.id)
    assert plan is not None
    assert plan.target_on == date(2026, 6, 30)


async def test_the_board_shows_what_is_due_and_what_waits_to_whom_it_concerns(scene: Scene) -> None:
    worker, supervisor = others(scene)
    stranger = scene.add_staff(Role.SUPERVISOR, scene.partner)
    await scene.session.flush()
    told, waiting = await drafted(scene, terms(scene), terms(scene)), await drafted(scene)
    await approved(scene, told)
    await activate_plan(scene.session, told.case, actor=worker)
    await submitted(scene, waiting)
    await scene.session.flush()
    work = await plan_work(scene.session, supervisor)
    assert (work.total, work.overdue, [row.case.id for row in work.waiting]) == (2, 0, [waiting.case.id])
    assert not work.waiting[0].is_own
    assert (await plan_work(scene.session, worker)).waiting == []
    with clock.moved_to(clock.now() + timedelta(days=100)):
        later = await plan_work(scene.session, worker, mine=True)
        assert (later.total, later.overdue, [row.is_overdue for row in later.activities]) == (2, 2, [True, True])
        assert [row.case.id for row in later.to_review] == [told.case.id]
    assert (await plan_work(scene.session, supervisor, mine=True)).total == 0
    nothing = await plan_work(scene.session, stranger)
    assert (nothing.total, nothing.waiting) == (0, [])
    with pytest.raises(NotAllowed):
        await plan_work(scene.session, scene.staff[Role.PARTNER])


async def test_an_erased_person_leaves_no_plan_and_what_was_spent_stays_spent(scene: Scene) -> None:
    worker, supervisor = others(scene)
    line = await add_budget(scene)
    told = await drafted(scene, terms(scene, "250.25", line), terms(scene, "100", line))
    await approved(scene, told)
    await activate_plan(scene.session, told.case, actor=worker)
    await revise_plan(scene.session, told.case, actor=worker)
    await scene.session.flush()
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    for table in (Plan, PlanActivity):
        assert await scene.session.scalar(select(func.count()).select_from(table)) == 0
    (view,) = (await programme_file(scene.session, supervisor, CODE)).lines
    assert (view.charged, view.rest) == (Decimal("350.25"), Decimal("649.75"))
    for row in (line, told.case):
        await scene.session.refresh(row)
    assert line.spent_on_erased == Decimal("350.25")
    with pytest.raises(NotFound):
        await open_plan(scene.session, told.case, Plan())
