"""Best-interests determinations: every option weighed, a panel without conflicts, a majority, and a gate that waits."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from case_scene import Scene
from interests_scene import BODIES, REPORT, RETURN, STAY, Interests, add_interests
from sqlalchemy import select, update

from access.actor import Actor
from access.rules import Role
from cases.best_interests import (
    children_of,
    read_determination,
    unseat_member,
)
from cases.determinations import OPTIONS, REPORT_FIELDS
from cases.gates import Found
from cases.household import ensure_self, set_travels
from cases.panel import Waits, decide, docket, give_opinion, majority, panel_file
from cases.record_fields import NO
from cases.record_kinds import RecordKind
from cases.records import write_record
from cases.returning import begin_return
from cases.rules import CaseStatus, Phase, TaskKind
from cases.safeguard_models import PanelMember
from cases.safeguard_rules import BidDecision, BidState, PanelBody, ReturnType
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotFound

Play = Callable[[Interests], Awaitable[object]]
MORE, DEFERRED = BidDecision.MORE_INFORMATION, BidDecision.DEFERRED


@pytest.fixture
async def interests(scene: Scene) -> Interests:
    return await add_interests(scene)


async def test_a_report_weighs_every_durable_outcome_from_both_sides(interests: Interests) -> None:
    assert len(OPTIONS) == 4
    assert {f"{option}_{side}" for option in OPTIONS for side in ("for", "against")} < set(REPORT_FIELDS)
    for name in REPORT_FIELDS:
        with pytest.raises(Invalid):
            await interests.write({**REPORT, name: "  "})
    await interests.write()
    view, called = await read_determination(
        interests.scene.session, interests.told.case, interests.determination_id, reader=interests.officer
    )
    assert (view.report, called) == (REPORT, "Musa")
    assert view.determination.state is BidState.REPORTED


@pytest.mark.parametrize(
    ("opinions", "decision"),
    [
        ((RETURN, RETURN, RETURN), RETURN),
        ((RETURN, STAY, RETURN), RETURN),
        ((STAY, STAY, RETURN), STAY),
        ((RETURN, STAY, DEFERRED), MORE),
        ((RETURN, RETURN, STAY, STAY), MORE),
        ((RETURN, RETURN, STAY, DEFERRED), MORE),
        ((RETURN, RETURN, RETURN, STAY, STAY), RETURN),
        ((RETURN, RETURN, STAY, STAY, MORE), MORE),
    ],
)
def test_more_than_half_decide_and_nothing_less(opinions: tuple[BidDecision, ...], decision: BidDecision) -> None:
    assert majority(opinions) is decision


async def test_the_gate_waits_for_the_panel_and_holds_no_decision_that_was_replaced(interests: Interests) -> None:
    assert await interests.rule("C05") is Found.UNMET
    await interests.ready()
    assert await interests.decide(RETURN, RETURN, STAY) is RETURN
    earlier = await interests.found()
    assert await interests.rule("C05") is Found.MET
    with clock.moved_to(clock.now() + timedelta(days=184)):
        assert await interests.rule("C05") is Found.UNMET
    await interests.reopen()
    assert earlier.replaced_by == interests.determination_id
    assert await interests.rule("C05") is Found.UNMET
    assert await interests.open_tasks(TaskKind.BEST_INTERESTS) == ["decide"]
    await interests.ready()
    assert await interests.decide(STAY, STAY, STAY) is STAY
    assert await interests.rule("C05") is Found.UNMET


async def test_the_gate_does_not_count_a_panel_of_the_migration_authority_alone(interests: Interests) -> None:
    await interests.ready()
    await interests.decide(RETURN, RETURN, RETURN)
    of_panel = PanelMember.best_interests_id == interests.determination_id
    await interests.scene.session.execute(
        update(PanelMember).where(of_panel).values(body=PanelBody.MIGRATION_AUTHORITY)
    )
    assert await interests.rule("C05") is Found.UNMET


async def test_a_member_with_a_conflict_is_replaced_and_sees_nothing_more(interests: Interests) -> None:
    session = interests.scene.session
    await interests.ready()
    await interests.opine(RETURN, RETURN, RETURN)
    partial = interests.panel.pop()
    await interests.declare(partial, has_conflict=True)
    seat = await interests.seat_of(partial)
    assert (seat.has_conflict, seat.opinion, seat.note) == (True, None, None)
    assert await docket(session, partial) == []
    with pytest.raises(NotFound):
        await panel_file(session, partial, interests.determination_id)
    assert await interests.open_tasks(TaskKind.BEST_INTERESTS) == ["conflict", "decide"]
    with pytest.raises(Conflict):
        await decide(session, interests.determination_id, "Why.", actor=interests.panel[0])
    await interests.declare(await interests.seat(PanelBody.SOCIAL_SERVICES))
    assert await interests.open_tasks(TaskKind.BEST_INTERESTS) == ["decide"]
    assert await interests.decide(RETURN, RETURN, STAY) is RETURN


async def test_a_new_report_needs_new_opinions(interests: Interests) -> None:
    await interests.ready()
    await interests.opine(RETURN, RETURN, RETURN)
    await interests.write({**REPORT, "safety": "There is a threat that nobody had told of."})
    with pytest.raises(Conflict):
        await decide(interests.scene.session, interests.determination_id, "Why.", actor=interests.panel[0])
    assert await interests.decide(STAY, STAY, RETURN) is STAY


async def test_opinions_are_hidden_until_one_has_given_ones_own(interests: Interests) -> None:
    session, case = interests.scene.session, interests.told.case
    await interests.ready()
    first, second, third = interests.panel
    await give_opinion(session, interests.determination_id, STAY, "Not safe.", actor=first)

    async def seen_by(member: Actor) -> list[tuple[object, object]]:
        if member.role is not Role.PANEL_MEMBER:
            view, _called = await read_determination(session, case, interests.determination_id, reader=member)
        else:
            file = await panel_file(session, member, interests.determination_id)
            assert file.opened is not None
            view = file.opened
        return [(each.opinion, each.note) for each in view.seats if each.opinion or each.note]

    assert await seen_by(first) == [(STAY, "Not safe.")]
    assert await seen_by(second) == []
    assert await seen_by(interests.officer) == []
    await give_opinion(session, interests.determination_id, RETURN, "Family.", actor=second)
    assert {each[0] for each in await seen_by(second)} == {STAY, RETURN}
    assert await seen_by(third) == []
    await give_opinion(session, interests.determination_id, STAY, "School.", actor=third)
    await decide(session, interests.determination_id, "Weighed.", actor=third)
    assert len(await seen_by(interests.officer)) == 3
    for role in (Role.CASEWORKER, Role.SUPERVISOR, Role.PROTECTION_OFFICER):
        reader = interests.scene.staff[role]
        assert await seen_by(reader) == []
        view, _called = await read_determination(session, case, interests.determination_id, reader=reader)
        assert (view.report, view.reasons, view.determination.decision) == ({}, None, STAY)


async def test_what_is_undecided_ends_for_the_panel_with_the_case_and_what_is_decided_stays(
    interests: Interests,
) -> None:
    session, case = interests.scene.session, interests.told.case
    await interests.ready()
    await interests.decide(STAY, STAY, STAY)
    decided, members = interests.determination_id, list(interests.panel)
    await interests.reopen()
    await interests.seat(BODIES[0], members[0])
    assert len(await docket(session, members[0])) == 2
    case.status, case.phase = CaseStatus.CLOSED, Phase.CLOSED
    case.closed_at = case.erase_after = clock.now()
    await session.flush()
    assert [row.determination.id for row in await docket(session, members[0])] == [decided]
    with pytest.raises(NotFound):
        await panel_file(session, members[0], interests.determination_id)


async def test_a_member_sees_the_child_of_their_panel_and_nobody_else(interests: Interests) -> None:
    session, case = interests.scene.session, interests.told.case
    mother = await ensure_self(session, case, actor=interests.officer)
    for about, reasons in ((interests.child.id, "The uncle is gone."), (mother.id, "Her own fear.")):
        await write_record(
            session, case, about, RecordKind.RISK, {"danger": NO, "reasons": reasons},
            made_on=clock.today(), actor=interests.officer,
        )  # fmt: skip
    await write_record(
        session, case, interests.child.id, RecordKind.MEDICAL, {"fit": "yes", "medicine": "arranged"},
        made_on=clock.today(), actor=interests.officer,
    )  # fmt: skip
    await interests.write()
    member = await interests.seat(BODIES[0])
    file = await panel_file(session, member, interests.determination_id)
    assert (file.waits, file.opened, file.records) == (Waits.DECLARE, None, [])
    await interests.declare(member)
    file = await panel_file(session, member, interests.determination_id)
    assert [each.values["reasons"] for each in file.records] == ["The uncle is gone."]
    assert file.opened is not None
    assert [row.waits for row in await docket(session, member)] == [Waits.OPINION]
    stranger = await interests.newcomer()
    assert await docket(session, stranger) == []
    for determination_id in (interests.determination_id, uuid4()):
        with pytest.raises(NotFound):
            await panel_file(session, stranger, determination_id)
    seat = await interests.seat_of(member)
    await unseat_member(session, case, interests.determination_id, seat.id, actor=interests.officer)
    await session.flush()
    with pytest.raises(NotFound):
        await panel_file(session, member, interests.determination_id)


@pytest.mark.parametrize(("decision", "warned"), [(STAY, True), (RETURN, False)])
async def test_a_live_return_at_odds_with_the_panel_calls_whoever_prepares_it(
    interests: Interests, decision: BidDecision, warned: bool  # noqa: FBT001  # a column of the table
) -> None:  # fmt: skip
    case, supervisor = interests.told.case, interests.scene.staff[Role.SUPERVISOR]
    case.phase = Phase.PLANNING
    await begin_return(interests.scene.session, case, ReturnType.ASSISTED_VOLUNTARY, actor=supervisor)
    await interests.ready()
    await interests.decide(decision, decision, decision)
    assert await interests.open_tasks(TaskKind.NOT_IN_INTERESTS) == (["decided"] if warned else [])


async def test_a_child_who_stays_behind_is_not_at_odds_with_the_return(interests: Interests) -> None:
    session, case = interests.scene.session, interests.told.case
    await set_travels(session, case, interests.child.id, travels=False, actor=interests.officer)
    case.phase = Phase.PLANNING
    await begin_return(session, case, ReturnType.ASSISTED_VOLUNTARY, actor=interests.scene.staff[Role.SUPERVISOR])
    await interests.ready()
    await interests.decide(STAY, STAY, STAY)
    assert await interests.open_tasks(TaskKind.NOT_IN_INTERESTS) == []


async def test_what_is_missing_is_said_until_the_child_was_told(interests: Interests) -> None:
    session, case = interests.scene.session, interests.told.case

    async def missing() -> list[str]:
        (child,) = [each for each in await children_of(session, case, reader=interests.officer) if each.determinations]
        return [text.text for text in child.determinations[0].missing]

    assert len(await missing()) == 3
    await interests.write()
    for body in BODIES:
        await interests.seat(body)
    assert len(await missing()) == 2
    for member in interests.panel:
        await interests.declare(member)
    assert len(await missing()) == 1
    await interests.decide(RETURN, RETURN, RETURN)
    assert await missing() == ["The child has not been told of the decision yet."]
    assert await interests.open_tasks(TaskKind.BEST_INTERESTS) == ["inform"]
    await interests.tell_child()
    assert await missing() == []
    assert await interests.open_tasks(TaskKind.BEST_INTERESTS) == []
    with pytest.raises(Conflict):
        await interests.tell_child()
    with clock.moved_to(clock.now() + timedelta(days=184)):
        assert len(await missing()) == 1


async def test_each_step_is_audited_and_the_log_tells_no_opinion(interests: Interests) -> None:
    await interests.ready()
    await interests.decide(STAY, STAY, RETURN)
    await interests.tell_child()
    await interests.scene.session.flush()
    entries = await interests.scene.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_id == interests.told.case.id, AuditEntry.event.startswith("best_interests."))
        .order_by(AuditEntry.id)
    )
    told = [(each.event.partition(".")[2], each.facts) for each in entries]
    assert [name for name, _facts in told] == [
        "opened", "reported", *["seated", "declared"] * 3, *["opinion"] * 3, "decided", "informed",
    ]  # fmt: skip
    assert all(set(facts) == {"determination"} for name, facts in told if name == "opinion")
    assert dict(told)["decided"]["decision"] == "stay"
