"""*Today*: the order in which things press, what each source tells to whom, and that none of it reaches too far."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from case_scene import Scene, Told

from access.actor import SYSTEM, Actor
from access.rules import Role
from cases import today
from cases.casework_models import Closing
from cases.casework_rules import ClosingReason, ClosingState, NoSurvey
from cases.filling import begin_filling
from cases.messages import receive_from_person
from cases.models import FollowUp
from cases.rules import CaseStatus, FollowUpState, Phase, TaskKind
from cases.sheets import NEEDS
from cases.tasks import open_task
from cases.today import SOURCES, gather
from cases.waiting import Press, Source, Waiting, foremost, press_of, rank
from foundation import clock
from foundation.language import Message

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def line(
    name: str, since: int, due: int | None = None, *, danger: bool = False, dispute: bool = False, worry: bool = False
) -> Waiting:
    """`since`, `due`: hours from noon."""
    return Waiting(
        Source.TASK,
        uuid4(),
        name,
        Message("why"),
        NOON + since * HOUR,
        None if due is None else NOON + due * HOUR,
        is_danger=danger,
        is_dispute=dispute,
        is_worry=worry,
    )


RANKED = (
    (line("danger, long ago", -90, danger=True), Press.DANGER),
    (line("danger, due later", -2, 3, danger=True), Press.DANGER),
    (line("a new dispute", -1, dispute=True), Press.DISPUTE),
    (line("overdue for long", -99, -50), Press.OVERDUE),
    (line("overdue a little", -99, -1), Press.OVERDUE),
    (line("a worry that is overdue", -3, -1, worry=True), Press.OVERDUE),
    (line("an old worry", -70, worry=True), Press.FLAG),
    (line("a new worry", -1, worry=True), Press.FLAG),
    (line("due soon", -5, 2), Press.SOON),
    (line("due tonight", -60, 10), Press.SOON),
    (line("waits for long", -500), Press.WAITING),
    (line("due in a week", -600, 168), Press.WAITING),
)


def test_what_presses_most_stands_first_whatever_order_it_was_found_in() -> None:
    lines = [each for each, _press in RANKED]
    assert [each.number for each in rank(lines, NOON)] == [each.number for each in rank(reversed(lines), NOON)]
    for each, press in RANKED:
        assert press_of(each, NOON) is press, each.number
    expected = [each.number for each in lines]
    # The same moment twice: the case's number decides.
    expected[4:6] = sorted(expected[4:6])
    assert [each.number for each in rank(lines, NOON)] == expected


def test_however_much_danger_waits_a_dispute_stays_in_sight_and_displaces_nothing_else() -> None:
    danger = [line(f"danger {number:03}", -number, danger=True) for number in range(70)]
    overdue = [line(f"overdue {number:03}", -200, -number - 1) for number in range(70)]
    disputes = [line(f"dispute {number:02}", -number - 1, dispute=True) for number in range(15)]
    ranked = rank([*overdue, *disputes, *danger], NOON)
    shown = foremost(ranked, NOON, 40)
    assert [press_of(each, NOON) for each in shown] == [Press.DANGER] * 30 + [Press.DISPUTE] * 10
    assert shown == [each for each in ranked if each in shown]
    assert (shown[0].number, shown[30].number) == ("danger 069", "dispute 14"), "whichever waits longest"
    for fewer in (rank(danger, NOON), rank([*overdue, *danger[:5]], NOON), ranked[:5]):
        assert foremost(fewer, NOON, 40) == fewer[:40]


async def told_to(scene: Scene, actor: Actor) -> set[tuple[Source, str]]:
    return {(each.source, each.number) for each in await gather(scene.session, actor, SOURCES)}


async def test_each_source_tells_of_cases_that_are_ones_own_or_nobodys(scene: Scene) -> None:
    worker, colleague = (scene.add_staff(Role.CASEWORKER, scene.operator, "GM") for _each in range(2))
    await scene.session.flush()
    mine, theirs, free, elsewhere = [await _busy(scene, worker) for _each in range(4)]
    for told, owner, team in (
        (mine, worker.id, "GM"),
        (theirs, colleague.id, "GM"),
        (free, None, "GM"),
        (elsewhere, None, "TN"),
    ):
        told.case.owner_id, told.case.team = owner, team
    await scene.session.flush()
    found = await told_to(scene, worker)
    both = {Source.TASK, Source.MESSAGE, Source.FLAG, Source.FOLLOW_UP, Source.FORM}
    assert {source for source, number in found if number == mine.case.number} == both | {Source.ASSESSMENT}
    assert {source for source, number in found if number == free.case.number} == both | {Source.UNOWNED}
    # A form that one began oneself is one's own whoever has the case.
    assert {source for source, number in found if number == theirs.case.number} == {Source.FORM}
    assert not [source for source, number in found if number == elsewhere.case.number]
    mine.case.status = CaseStatus.CLOSED
    mine.case.closed_at = mine.case.erase_after = clock.now()
    await scene.session.flush()
    assert not [source for source, number in await told_to(scene, worker) if number == mine.case.number]


async def test_what_only_a_role_settles_reaches_that_role_in_every_case(scene: Scene) -> None:
    told = await scene.tell(needs={"fear": "yes", "place_tonight": "no"})
    told.case.owner_id = scene.staff[Role.CASEWORKER].id
    await scene.session.flush()
    whys = {
        role: {each.why.text for each in await gather(scene.session, scene.staff[role], SOURCES)}
        for role in (Role.CASEWORKER, Role.PROTECTION_OFFICER, Role.CHILD_PROTECTION_OFFICER, Role.SUPERVISOR)
    }
    lines = await gather(scene.session, scene.staff[Role.PROTECTION_OFFICER], SOURCES)
    flags = [each for each in lines if each.source is Source.FLAG]
    assert [each.place.startswith("#flag-") for each in flags] == [True]
    assert not flags[0].is_danger
    (welfare,) = [
        each
        for each in await gather(scene.session, scene.staff[Role.CASEWORKER], SOURCES)
        if each.source is Source.FLAG
    ]
    assert welfare.is_danger
    assert "Flag: {kind}" not in whys[Role.CHILD_PROTECTION_OFFICER] | whys[Role.SUPERVISOR]


async def test_what_stays_undone_for_a_day_reaches_the_supervisor_whoever_has_the_case(scene: Scene) -> None:
    worker, supervisor = scene.staff[Role.CASEWORKER], scene.staff[Role.SUPERVISOR]
    told = await _busy(scene, worker)
    told.case.owner_id = worker.id
    await scene.session.flush()
    assert await told_to(scene, supervisor) == set()
    with clock.moved_to(clock.now() + timedelta(hours=25)):
        found = {source for source, _number in await told_to(scene, supervisor)}
        assert found == {Source.TASK, Source.FLAG}
    with clock.moved_to(clock.now() + timedelta(hours=49)):
        found = {source for source, _number in await told_to(scene, supervisor)}
        assert found == {Source.TASK, Source.FLAG, Source.MESSAGE}
        # A colleague is told nothing of it.
        colleague = scene.add_staff(Role.CASEWORKER, scene.operator)
        assert await told_to(scene, colleague) == set()


async def test_a_request_to_close_reaches_another_supervisor_and_not_who_asked(scene: Scene) -> None:
    told = await scene.tell()
    asker, decider = scene.staff[Role.SUPERVISOR], scene.add_staff(Role.SUPERVISOR, scene.operator)
    await scene.session.flush()
    closing_id = uuid4()
    scene.session.add(
        Closing(
            id=closing_id,
            case_id=told.case.id,
            state=ClosingState.REQUESTED,
            reason=next(iter(ClosingReason)),
            ended_on=clock.today(),
            note=told.key.seal(Closing.note, closing_id, "Done."),
            no_survey=next(iter(NoSurvey)),
            phase_before=Phase.FOLLOW_UP,
            requested_by=asker.id,
            requested_at=clock.now(),
        )
    )
    await scene.session.flush()
    wanted = (Source.APPROVAL, told.case.number)
    assert wanted in await told_to(scene, decider)
    assert wanted not in await told_to(scene, asker)
    assert wanted not in await told_to(scene, scene.staff[Role.CASEWORKER])


async def test_a_source_never_loads_more_than_its_bound(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(today, "MOST", 1)
    for _each in range(4):
        await scene.tell()
    lines = await gather(scene.session, scene.staff[Role.SUPERVISOR], SOURCES)
    assert len([each for each in lines if each.source is Source.UNOWNED]) == 2


async def _busy(scene: Scene, worker: Actor) -> Told:
    """A case with one thing of every source that any caseworker has."""
    told = await scene.tell(needs={"place_tonight": "no"})
    await open_task(
        scene.session, told.case, TaskKind.DISTRESS, "a reason", actor=SYSTEM, due_at=clock.now() - timedelta(hours=1)
    )
    await receive_from_person(scene.session, told.case, told.key, "Hello", actor=SYSTEM)
    await begin_filling(scene.session, told.case, NEEDS, actor=worker)
    scene.session.add(
        FollowUp(
            id=uuid4(),
            case_id=told.case.id,
            wave="day_3",
            due_on=clock.today(),
            state=FollowUpState.ASKED,
            attempts=1,
        )
    )
    await scene.session.flush()
    return told
