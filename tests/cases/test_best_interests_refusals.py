"""What the procedure of a best-interests determination refuses."""

from collections.abc import Awaitable, Callable

import pytest
from case_scene import Scene
from interests_scene import BODIES, REPORT, RETURN, Interests, add_interests
from sqlalchemy import update

from access.models import StaffMember
from access.rules import Role
from cases.best_interests import (
    open_determination,
    unseat_member,
    write_report,
)
from cases.household import ensure_self
from cases.panel import decide, give_opinion
from cases.rules import CaseStatus
from cases.safeguard_rules import BidDecision, BidTrigger, PanelBody
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal

Play = Callable[[Interests], Awaitable[object]]
MORE, DEFERRED = BidDecision.MORE_INFORMATION, BidDecision.DEFERRED


async def about_an_adult(it: Interests) -> None:
    person = await ensure_self(it.scene.session, it.told.case, actor=it.officer)
    await open_determination(it.scene.session, it.told.case, person.id, BidTrigger.DURABLE_SOLUTION, actor=it.officer)


async def about_someone_else(it: Interests) -> None:
    other = await it.scene.tell()
    await open_determination(it.scene.session, other.case, it.child.id, BidTrigger.DURABLE_SOLUTION, actor=it.officer)


async def anew_without_new_facts(it: Interests) -> None:
    await it.ready()
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
    await it.ready()
    await give_opinion(it.scene.session, it.determination_id, RETURN, "  ", actor=it.panel[0])


async def an_opinion_of_someone_else(it: Interests) -> None:
    await it.ready()
    await give_opinion(it.scene.session, it.determination_id, RETURN, "Why.", actor=await it.newcomer())


async def an_opinion_with_a_conflict(it: Interests) -> None:
    await it.ready()
    await it.declare(it.panel[0], has_conflict=True)
    await it.opine(RETURN, RETURN, RETURN)


async def a_decision_by_an_officer(it: Interests) -> None:
    await it.ready()
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
    await it.ready()
    await it.seat(BODIES[0])
    for member in it.panel[:3]:
        await give_opinion(it.scene.session, it.determination_id, RETURN, "Why.", actor=member)
    await it.declare(it.panel[3])
    await decide(it.scene.session, it.determination_id, "Why.", actor=it.panel[0])


async def a_decision_without_reasons(it: Interests) -> None:
    await it.ready()
    await it.opine(RETURN, RETURN, RETURN)
    await decide(it.scene.session, it.determination_id, " ", actor=it.panel[0])


async def a_second_decision(it: Interests) -> None:
    await it.ready()
    await it.decide(RETURN, RETURN, RETURN)
    await decide(it.scene.session, it.determination_id, "Why.", actor=it.panel[1])


async def a_report_after_the_decision(it: Interests) -> None:
    await it.ready()
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
    await it.ready()
    await it.opine(RETURN, RETURN, RETURN)
    seat = await it.seat_of(it.panel[0])
    await unseat_member(it.scene.session, it.told.case, it.determination_id, seat.id, actor=it.officer)


async def telling_before_the_decision(it: Interests) -> None:
    await it.tell_child()


async def telling_what_is_not_understood(it: Interests) -> None:
    await it.ready()
    await it.decide(RETURN, RETURN, RETURN)
    await it.tell_child(understood=False)


async def telling_tomorrow(it: Interests) -> None:
    await it.ready()
    await it.decide(RETURN, RETURN, RETURN)
    await it.tell_child(in_days=1)


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
