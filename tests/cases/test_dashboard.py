"""The dashboard: counts of a small scene, waits from how often each number of days occurs, and who reads it."""

from datetime import timedelta

import pytest
from case_scene import Scene

from access.actor import SYSTEM
from access.rules import Role
from cases.dashboard import Wait, dashboard, wait_of
from cases.messages import announce
from cases.rules import FlagKind, FlagOutcome, Phase, TaskKind
from cases.safeguarding import settle_flag
from cases.tasks import open_task, settle_task
from foundation import clock
from foundation.errors import NotAllowed


@pytest.mark.parametrize(
    ("days", "wait"),
    [
        ([], Wait(0, None, None)),
        ([(4, 1)], Wait(1, 4, 4)),
        ([(9, 1), (1, 1)], Wait(2, 1, 9)),
        ([(day, 1) for day in range(1, 11)], Wait(10, 5, 9)),
        ([(0, 89), (30, 11)], Wait(100, 0, 30)),
        ([(0, 90), (30, 10)], Wait(100, 0, 0)),
        ([(-1, 1)], Wait(1, 0, 0)),
    ],
)
def test_the_median_and_the_ninetieth_percentile_are_days_that_occurred(
    days: list[tuple[int, int]], wait: Wait
) -> None:
    assert wait_of(days) == wait


async def test_it_counts_what_is_there_by_caseworker_phase_kind_and_age(scene: Scene) -> None:
    supervisor, worker = scene.staff[Role.SUPERVISOR], scene.staff[Role.CASEWORKER]
    now = clock.now()
    afraid = await scene.tell(needs={"fear": "yes", "place_tonight": "no"})
    afraid.case.owner_id, afraid.case.unanswered_at = worker.id, now - timedelta(hours=25)
    afraid.case.opened_at = now - timedelta(days=6, hours=1)
    free, other = await scene.tell(), await scene.tell()
    free.case.team, other.case.team = "GM", "TN"
    other.case.owner_id = worker.id
    flags = await scene.flags(afraid)
    flags[FlagKind.FEAR_OF_RETURN].raised_at = now - timedelta(days=9)
    flags[FlagKind.NO_SAFE_PLACE].raised_at = now - timedelta(days=4, hours=1)
    await scene.session.flush()
    shelter = flags[FlagKind.NO_SAFE_PLACE].id
    await settle_flag(scene.session, afraid.case, shelter, FlagOutcome.RESOLVED, "A bed.", actor=worker)
    await announce(scene.session, afraid.case, "Come.", author_id=worker.id)
    await open_task(scene.session, free.case, TaskKind.DISTRESS, "one", actor=SYSTEM, due_at=now - timedelta(hours=1))
    done = await open_task(scene.session, free.case, TaskKind.DISTRESS, "two", actor=SYSTEM)
    done.created_at = now - timedelta(days=2, hours=1)
    await settle_task(scene.session, free.case, done.id, actor=worker)
    await scene.session.flush()
    found = await dashboard(scene.session, supervisor)
    assert [(load.owner_name, load.by_phase, load.overdue) for load in found.loads] == [
        ("Someone caseworker", {Phase.ASSESSMENT: 1, Phase.INTAKE: 1}, 1),
        (None, {Phase.INTAKE: 1}, 0),
    ]
    assert found.flags == {FlagKind.FEAR_OF_RETURN: {"8-30": 1}}
    assert found.first_answer == Wait(1, 6, 6)
    assert found.flag_settled == Wait(1, 4, 4)
    assert found.task_done == Wait(1, 2, 2)
    # With the task that the fear of return has opened for the protection officer.
    assert (found.tasks_open, found.tasks_overdue) == (2, 1)
    of_team = await dashboard(scene.session, supervisor, team="TN")
    assert [(load.owner_name, load.total) for load in of_team.loads] == [("Someone caseworker", 1)]
    assert of_team.flags == {}
    assert (await dashboard(scene.session, supervisor, team="XX")).loads == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
async def test_it_is_read_by_supervisors_alone(scene: Scene, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await dashboard(scene.session, scene.staff[role])
