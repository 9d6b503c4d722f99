"""Best-interests determinations: every option weighed, a panel without conflicts, a majority, and a gate that waits."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from case_scene import Scene
from interests_scene import BODIES, REPORT, RETURN, STAY, Interests, add_interests
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from access.actor import Actor
from access.models import StaffMember
from access.rules import Role
from cases.best_interests import (
    children_of,
    open_determination,
    read_determination,
    record_child_informed,
    unseat_member,
    write_report,
)
from cases.determinations import OPTIONS, REPORT_FIELDS
from cases.erasure import erase_person
from cases.gates import Found
from cases.household import ensure_self, set_travels
from cases.panel import Waits, decide, docket, give_opinion, majority, panel_file
from cases.record_fields import NO
from cases.record_kinds import RecordKind
from cases.records import write_record
from cases.returning import begin_return
from cases.rules import CaseStatus, Phase, TaskKind
from cases.safeguard_models import BestInterests, PanelMember
from cases.safeguard_rules import BidDecision, BidState, BidTrigger, PanelBody, ReturnType
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Base
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal

Play = Callable[[Interests], Awaitable[object]]
MORE, DEFERRED = BidDecision.MORE_INFORMATION, BidDecision.DEFERRED


@pytest.fixture
async def interests(scene: Scene) -> Interests:
    return await add_interests(scene)


async def ready(interests: Interests) -> None:
    """A report and a panel of three that has declared and not yet given its opinions."""
    await interests.write()
    await interests.sit()


async def about_an_adult(it: Interests) -> None:
    person = await ensure_self(it.scene.session, it.told.case, actor=it.officer)
    await open_determination(it.scene.session, it.told.case, person.id, BidTrigger.DURABLE_SOLUTION, actor=it.officer)


async def about_someone_else(it: Interests) -> None:
    other = await it.scene.tell()
    await open_determination(it.scene.session, other.case, it.child.id, BidTrigger.DURABLE_SOLUTION, actor=it.officer)


async def anew_without_new_facts(it: Interests) -> None:
    await ready(it)
    await it.decide(RETURN, RETURN, RETURN)
    await it.reopen(BidTrigger.DURABLE_SOLUTION)


async def by_a_caseworker(it: Interests) -> None:
    it.officer = it.scene.staff[Role.CASEWORKER]
    await it.write()


async def in_a_closed_case(it: Interests) -> None:
    it.told.case.status = CaseStatus.CLOSED
    await it.write()


async def an_opinion_without_a_report(it: Interests) -> None:
    await it.sit()
    await it.opine(RETURN, RETURN, RETURN)


async def an_opinion_without_a_declaration(it: Interests) -> None:
    await it.write()
    await it.seat(BODIES[0])
    await it.opine(RETURN)


async def an_opinion_without_reasons(it: Interests) -> None:
    await ready(it)
    await give_opinion(it.scene.session, it.determination_id, RETURN, "  ", actor=it.panel[0])


async def an_opinion_of_someone_else(it: Interests) -> None:
    await ready(it)
    await give_opinion(it.scene.session, it.determination_id, RETURN, "Why.", actor=await it.newcomer())


async def an_opinion_with_a_conflict(it: Interests) -> None:
    await ready(it)
    await it.declare(it.panel[0], has_conflict=True)
    await it.opine(RETURN, RETURN, RETURN)


async def a_decision_by_an_officer(it: Interests) -> None:
    await ready(it)
    await it.opine(RETURN, RETURN, RETURN)
    await decide(it.scene.session, it.determination_id, "Why.", actor=it.officer)


async def a_decision_by_two(it: Interests) -> None:
    await it.write()
    await it.sit(*BODIES[:2])
    await it.decide(RETURN, RETURN)


async def a_decision_by_one_body(it: Interests) -> None:
    await it.write()
    await it.sit(*[PanelBody.MIGRATION_AUTHORITY] * 3)
    await it.decide(RETURN, RETURN, RETURN)


async def a_decision_before_the_last_opinion(it: Interests) -> None:
    await ready(it)
    await it.seat(BODIES[0])
    for member in it.panel[:3]:
        await give_opinion(it.scene.session, it.determination_id, RETURN, "Why.", actor=member)
    await it.declare(it.panel[3])
    await decide(it.scene.session, it.determination_id, "Why.", actor=it.panel[0])


async def a_decision_without_reasons(it: Interests) -> None:
    await ready(it)
    await it.opine(RETURN, RETURN, RETURN)
    await decide(it.scene.session, it.determination_id, " ", actor=it.panel[0])


async def a_second_decision(it: Interests) -> None:
    await ready(it)
    await it.decide(RETURN, RETURN, RETURN)
    await decide(it.scene.session, it.determination_id, "Why.", actor=it.panel[1])


async def a_report_after_the_decision(it: Interests) -> None:
    await ready(it)
    await it.decide(RETURN, RETURN, RETURN)
    await it.write()


async def a_seat_for_who_prepared_it(it: Interests) -> None:
    await it.scene.session.execute(
        update(StaffMember).where(StaffMember.id == it.officer.id).values(role=Role.PANEL_MEMBER)
    )
    await it.seat(BODIES[0], it.officer)


async def a_seat_for_who_wrote_the_report(it: Interests) -> None:
    writer = it.scene.staff[Role.CHILD_PROTECTION_LEAD]
    await write_report(it.scene.session, it.told.case, it.determination_id, REPORT, actor=writer)
    await it.scene.session.execute(
        update(StaffMember).where(StaffMember.id == writer.id).values(role=Role.PANEL_MEMBER)
    )
    await it.seat(BODIES[0], writer)


async def a_report_by_who_sits(it: Interests) -> None:
    sits = it.scene.staff[Role.CHILD_PROTECTION_LEAD]
    await it.scene.session.execute(update(StaffMember).where(StaffMember.id == sits.id).values(role=Role.PANEL_MEMBER))
    await it.seat(BODIES[0], sits)
    await write_report(it.scene.session, it.told.case, it.determination_id, REPORT, actor=sits)


async def a_seat_for_a_caseworker(it: Interests) -> None:
    await it.seat(BODIES[0], it.scene.staff[Role.CASEWORKER])


async def a_seat_for_a_partners_member(it: Interests) -> None:
    outsider = it.scene.add_staff(Role.PANEL_MEMBER, it.scene.partner)
    await it.scene.session.flush()
    await it.seat(BODIES[0], outsider)


async def a_second_seat(it: Interests) -> None:
    await it.seat(BODIES[1], await it.seat(BODIES[0]))


async def a_sixth_seat(it: Interests) -> None:
    for _each in range(6):
        await it.seat(BODIES[0])


async def a_seat_again_after_a_conflict(it: Interests) -> None:
    member = await it.seat(BODIES[0])
    await it.declare(member, has_conflict=True)
    await it.seat(BODIES[0], member)


async def unseating_for_an_opinion(it: Interests) -> None:
    await ready(it)
    await it.opine(RETURN, RETURN, RETURN)
    seat = await it.seat_of(it.panel[0])
    await unseat_member(it.scene.session, it.told.case, it.determination_id, seat.id, actor=it.officer)


async def telling_before_the_decision(it: Interests) -> None:
    await tell_child(it)


async def telling_what_is_not_understood(it: Interests) -> None:
    await ready(it)
    await it.decide(RETURN, RETURN, RETURN)
    await tell_child(it, understood=False)


async def telling_tomorrow(it: Interests) -> None:
    await ready(it)
    await it.decide(RETURN, RETURN, RETURN)
    await tell_child(it, in_days=1)


async def tell_child(it: Interests, *, understood: bool = True, in_days: int = 0) -> None:
    await record_child_informed(
        it.scene.session,
        it.told.case,
        it.determination_id,
        clock.today() + timedelta(days=in_days),
        understood=understood,
        actor=it.officer,
    )


REFUSED: tuple[tuple[Play, type[Refusal], str], ...] = (
    (about_an_adult, Invalid, "is about a child"),
    (about_someone_else, NotFound, "no such person"),
    (lambda it: it.reopen(), Conflict, "under way already"),
    (anew_without_new_facts, Invalid, "New facts, or a review"),
    (by_a_caseworker, NotAllowed, "may not do this"),
    (in_a_closed_case, Conflict, "not open"),
    (an_opinion_without_a_report, Conflict, "not been written"),
    (an_opinion_without_a_declaration, Conflict, "Declare first"),
    (an_opinion_without_reasons, Invalid, "Write the reasons"),
    (an_opinion_of_someone_else, NotFound, "no such determination"),
    (an_opinion_with_a_conflict, NotFound, "no such determination"),
    (a_decision_by_an_officer, NotAllowed, "may not do this"),
    (a_decision_by_two, Conflict, "without a conflict"),
    (a_decision_by_one_body, Conflict, "two kinds of bodies"),
    (a_decision_before_the_last_opinion, Conflict, "yet to give"),
    (a_decision_without_reasons, Invalid, "Write the reasons"),
    (a_second_decision, Conflict, "panel has decided"),
    (a_report_after_the_decision, Conflict, "panel has decided"),
    (a_seat_for_who_prepared_it, Conflict, "does not sit"),
    (a_seat_for_who_wrote_the_report, Conflict, "does not sit"),
    (a_report_by_who_sits, Conflict, "does not write the report"),
    (a_seat_for_a_caseworker, NotFound, "no such member"),
    (a_seat_for_a_partners_member, NotFound, "no such member"),
    (a_second_seat, Conflict, "sits on the panel already"),
    (a_sixth_seat, Conflict, "at most"),
    (a_seat_again_after_a_conflict, Conflict, "declared a conflict"),
    (unseating_for_an_opinion, Conflict, "stays on the panel"),
    (telling_before_the_decision, Conflict, "No decision"),
    (telling_what_is_not_understood, Invalid, "that they understand"),
    (telling_tomorrow, Invalid, "between the decision and today"),
)


async def test_what_the_procedure_refuses(scene: Scene) -> None:
    for play, refusal, words in REFUSED:
        with pytest.raises(refusal) as caught:
            await play(await add_interests(scene))
        assert words in caught.value.message.text, play


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
    await ready(interests)
    assert await interests.decide(RETURN, RETURN, STAY) is RETURN
    earlier = await interests.found()
    assert await interests.rule("C05") is Found.MET
    with clock.moved_to(clock.now() + timedelta(days=184)):
        assert await interests.rule("C05") is Found.UNMET
    await interests.reopen()
    assert earlier.replaced_by == interests.determination_id
    assert await interests.rule("C05") is Found.UNMET
    assert await interests.open_tasks(TaskKind.BEST_INTERESTS) == ["decide"]
    await ready(interests)
    assert await interests.decide(STAY, STAY, STAY) is STAY
    assert await interests.rule("C05") is Found.UNMET


async def test_the_gate_does_not_count_a_panel_of_the_migration_authority_alone(interests: Interests) -> None:
    await ready(interests)
    await interests.decide(RETURN, RETURN, RETURN)
    of_panel = PanelMember.best_interests_id == interests.determination_id
    await interests.scene.session.execute(
        update(PanelMember).where(of_panel).values(body=PanelBody.MIGRATION_AUTHORITY)
    )
    assert await interests.rule("C05") is Found.UNMET


async def test_a_member_with_a_conflict_is_replaced_and_sees_nothing_more(interests: Interests) -> None:
    session = interests.scene.session
    await ready(interests)
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
    await ready(interests)
    await interests.opine(RETURN, RETURN, RETURN)
    await interests.write({**REPORT, "safety": "There is a threat that nobody had told of."})
    with pytest.raises(Conflict):
        await decide(interests.scene.session, interests.determination_id, "Why.", actor=interests.panel[0])
    assert await interests.decide(STAY, STAY, RETURN) is STAY


async def test_opinions_are_hidden_until_one_has_given_ones_own(interests: Interests) -> None:
    session, case = interests.scene.session, interests.told.case
    await ready(interests)
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
    await ready(interests)
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
    await ready(interests)
    await interests.decide(decision, decision, decision)
    assert await interests.open_tasks(TaskKind.NOT_IN_INTERESTS) == (["decided"] if warned else [])


async def test_a_child_who_stays_behind_is_not_at_odds_with_the_return(interests: Interests) -> None:
    session, case = interests.scene.session, interests.told.case
    await set_travels(session, case, interests.child.id, travels=False, actor=interests.officer)
    case.phase = Phase.PLANNING
    await begin_return(session, case, ReturnType.ASSISTED_VOLUNTARY, actor=interests.scene.staff[Role.SUPERVISOR])
    await ready(interests)
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
    await tell_child(interests)
    assert await missing() == []
    assert await interests.open_tasks(TaskKind.BEST_INTERESTS) == []
    with pytest.raises(Conflict):
        await tell_child(interests)
    with clock.moved_to(clock.now() + timedelta(days=184)):
        assert len(await missing()) == 1


async def test_each_step_is_audited_and_the_log_tells_no_opinion(interests: Interests) -> None:
    await ready(interests)
    await interests.decide(STAY, STAY, RETURN)
    await tell_child(interests)
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


async def test_a_decided_determination_dies_with_the_person(interests: Interests) -> None:
    session = interests.scene.session
    canary = "Canary Jallow"
    for _each in range(2):
        await interests.write({**REPORT, "views": canary})
        await interests.sit()
        await interests.opine(RETURN, RETURN, RETURN)
        await decide(session, interests.determination_id, canary, actor=interests.panel[0])
        await interests.reopen()
    await interests.scene.session.flush()
    await erase_person(session, interests.told.key.subject_id, actor=interests.officer)
    for table in (BestInterests, PanelMember):
        assert (await session.scalars(select(table))).all() == []
    for table in Base.metadata.sorted_tables:
        rows = [dict(row) for row in (await session.execute(select(table))).mappings()]
        assert canary not in json.dumps(rows, default=str, ensure_ascii=False), table.name


@pytest.mark.parametrize(
    "values",
    [{"state": BidState.DECIDED}, {"decision": RETURN}, {"report": None}, {"report": None, "reported_by": None}],
    ids=["decided without a decision", "a decision while open", "nobody's report", "before a panel without a report"],
)
async def test_the_database_keeps_no_determination_that_was_not_made(
    interests: Interests, values: dict[str, object]
) -> None:
    await interests.write()
    await interests.scene.session.flush()
    attempt = await interests.scene.session.begin_nested()
    with pytest.raises(IntegrityError):
        await interests.scene.session.execute(
            update(BestInterests).where(BestInterests.id == interests.determination_id).values(**values)
        )
    await attempt.rollback()


async def test_the_database_keeps_one_live_determination_of_a_child(interests: Interests) -> None:
    found = await interests.found()
    attempt = await interests.scene.session.begin_nested()
    interests.scene.session.add(
        BestInterests(
            id=uuid4(), case_id=found.case_id, about_id=found.about_id, trigger=found.trigger,
            state=BidState.OPENED, opened_by=found.opened_by, opened_at=clock.now(),
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        await interests.scene.session.flush()
    await attempt.rollback()
