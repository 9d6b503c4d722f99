"""Breaking the glass: one case, three hours, a reason that is sealed, and supervisors who are told."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from case_scene import Scene, Told
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON, Actor
from access.models import OrganisationKind
from access.rules import GRANTS, Permission, Role
from access.staff import create_organisation
from cases.access_models import BrokenGlass
from cases.break_glass import OPEN_FOR, break_glass, count_waiting, list_glass, review_glass
from cases.case_list import list_cases
from cases.erasure import erase_person
from cases.queries import case_file, find_case
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
MOMENT = timedelta(seconds=1)
WHY = "She wrote to me that he is at the door."


async def tell_in(scene: Scene, team: str) -> Told:
    told = await scene.tell()
    told.case.team = team
    await scene.session.flush()
    return told


async def worker_of(scene: Scene, team: str) -> Actor:
    worker = scene.add_staff(Role.CASEWORKER, scene.operator, team)
    await scene.session.flush()
    return worker


async def entries(scene: Scene, event: str) -> list[AuditEntry]:
    await scene.session.flush()
    return list(await scene.session.scalars(select(AuditEntry).where(AuditEntry.event == event)))


async def test_one_case_opens_for_three_hours_and_closes_again(scene: Scene) -> None:
    told, other = await tell_in(scene, "TN"), await tell_in(scene, "TN")
    worker, colleague = await worker_of(scene, "GM"), await worker_of(scene, "GM")
    number = told.case.number
    with clock.moved_to(BEGUN):
        with pytest.raises(NotFound):
            await find_case(scene.session, worker, number)
        await break_glass(scene.session, f" {number.lower()} ", WHY, actor=worker)
        await scene.session.flush()
        assert (await case_file(scene.session, worker, number)).called == "Fatou Jallow"
        for who, hidden in ((worker, other.case.number), (colleague, number)):
            with pytest.raises(NotFound):
                await find_case(scene.session, who, hidden)
        assert (await case_file(scene.session, worker, number)).glass_until == BEGUN + timedelta(hours=3)
    with clock.moved_to(BEGUN + OPEN_FOR - MOMENT):
        assert [row.number for row in (await list_cases(scene.session, worker)).rows] == [number]
    with clock.moved_to(BEGUN + OPEN_FOR):
        with pytest.raises(NotFound):
            await find_case(scene.session, worker, number)
        assert (await list_cases(scene.session, worker)).total == 0
        await break_glass(scene.session, number, WHY, actor=worker)
        await scene.session.flush()
        assert await find_case(scene.session, worker, number)
    (first, second) = await entries(scene, "glass.broken")
    assert (first.actor_id, first.subject_id, first.facts["role"]) == (worker.id, told.case.id, "caseworker")
    assert WHY not in repr([first.facts, second.facts])


async def test_a_wrong_number_one_of_elsewhere_and_an_erased_one_are_alike(scene: Scene) -> None:
    away, gone, worker = await tell_in(scene, "TN"), await tell_in(scene, "TN"), await worker_of(scene, "GM")
    elsewhere = create_organisation(scene.session, "Elsewhere", OrganisationKind.OPERATOR)
    await scene.session.flush()
    away.case.organisation_id = elsewhere.id
    await erase_person(scene.session, gone.key.subject_id, actor=PERSON)
    await scene.session.flush()
    for number in (away.case.number, gone.case.number, "HW-0000-0000", ""):
        with pytest.raises(NotFound) as refusal:
            await break_glass(scene.session, number, WHY, actor=worker)
        assert refusal.value.message.text == "There is no such case."
    assert not await entries(scene, "glass.broken")


async def test_a_reason_is_asked_for_before_anything_is_told_about_the_number(scene: Scene) -> None:
    told, worker = await tell_in(scene, "TN"), await worker_of(scene, "GM")
    for number in (told.case.number, "HW-0000-0000"):
        with pytest.raises(Invalid):
            await break_glass(scene.session, number, "  urgent  ", actor=worker)


async def test_what_one_sees_already_needs_no_breaking(scene: Scene) -> None:
    told, worker = await tell_in(scene, "TN"), await worker_of(scene, "TN")
    for actor in (worker, scene.staff[Role.SUPERVISOR]):
        with pytest.raises(Conflict):
            await break_glass(scene.session, told.case.number, WHY, actor=actor)


@pytest.mark.parametrize("role", [role for role in Role if Permission.CASE_READ not in GRANTS[role]])
async def test_whoever_does_not_work_on_cases_cannot(scene: Scene, role: Role) -> None:
    told = await tell_in(scene, "TN")
    with pytest.raises(NotAllowed):
        await break_glass(scene.session, told.case.number, WHY, actor=scene.staff[role])


async def test_supervisors_are_told_and_one_of_them_looks_at_it_once(scene: Scene) -> None:
    told, worker, supervisor = await tell_in(scene, "TN"), await worker_of(scene, "GM"), scene.staff[Role.SUPERVISOR]
    with clock.moved_to(BEGUN):
        await break_glass(scene.session, told.case.number, WHY, actor=worker)
        await scene.session.flush()
        assert told.case.attention_at == BEGUN
        assert await count_waiting(scene.session, actor=supervisor) == 1
        found = await list_glass(scene.session, actor=supervisor)
        assert (found.waiting, found.recent, found.people) == (1, 1, 1)
        (row,) = found.rows
        assert (row.case_number, row.by_name, row.reason) == (told.case.number, "Someone caseworker", WHY)
        assert (row.may_review, row.is_open) == (True, True)
        await review_glass(scene.session, row.glass.id, actor=supervisor)
        await scene.session.flush()
        with pytest.raises(Conflict):
            await review_glass(scene.session, row.glass.id, actor=supervisor)
        (row,) = (await list_glass(scene.session, actor=supervisor)).rows
        assert (row.reviewed_by_name, row.may_review) == ("Someone supervisor", False)
        assert await count_waiting(scene.session, actor=supervisor) == 0
        # Looking at it takes nothing away from whoever is at work.
        assert await find_case(scene.session, worker, told.case.number)
    with clock.moved_to(BEGUN + timedelta(days=31)):
        found = await list_glass(scene.session, actor=supervisor)
        assert (len(found.rows), found.recent, found.people) == (1, 0, 0)
    assert [entry.actor_id for entry in await entries(scene, "glass.reviewed")] == [supervisor.id]


async def test_nobody_looks_at_their_own_nor_at_that_of_another_organisation(scene: Scene) -> None:
    told, worker, supervisor = await tell_in(scene, "TN"), await worker_of(scene, "GM"), scene.staff[Role.SUPERVISOR]
    await break_glass(scene.session, told.case.number, WHY, actor=worker)
    await scene.session.flush()
    (row,) = (await list_glass(scene.session, actor=supervisor)).rows
    promoted = Actor(worker.id, Role.SUPERVISOR, worker.organisation_id, None)
    assert not (await list_glass(scene.session, actor=promoted)).rows[0].may_review
    with pytest.raises(NotAllowed):
        await review_glass(scene.session, row.glass.id, actor=promoted)
    elsewhere = Actor(uuid4(), Role.SUPERVISOR, uuid4(), None)
    assert not (await list_glass(scene.session, actor=elsewhere)).rows
    for glass_id, actor in ((row.glass.id, elsewhere), (uuid4(), supervisor)):
        with pytest.raises(NotFound):
            await review_glass(scene.session, glass_id, actor=actor)
    with pytest.raises(NotAllowed):
        await review_glass(scene.session, row.glass.id, actor=worker)
    attempt = await scene.session.begin_nested()
    with pytest.raises(IntegrityError):
        await scene.session.execute(text("UPDATE break_glass SET reviewed_at = opened_at, reviewed_by = staff_id"))
    await attempt.rollback()


async def test_the_reason_is_sealed_with_the_persons_key_and_dies_with_it(scene: Scene) -> None:
    told, worker = await tell_in(scene, "TN"), await worker_of(scene, "GM")
    await break_glass(scene.session, told.case.number, WHY, actor=worker)
    await scene.session.flush()
    (box,) = (await scene.session.execute(text("SELECT reason FROM break_glass"))).one()
    assert WHY.encode() not in bytes(box)
    glass = (await scene.session.scalars(select(BrokenGlass))).one()
    assert told.key.open(BrokenGlass.reason, glass.id, glass.reason) == WHY
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    assert await scene.session.scalar(select(func.count()).select_from(BrokenGlass)) == 0
    with pytest.raises(NotFound):
        await find_case(scene.session, worker, told.case.number)
