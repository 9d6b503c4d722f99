"""The list of cases: who sees which, what stands on top, and how one is found."""

from datetime import timedelta
from typing import Any

import pytest
from case_scene import Scene, Told
from sqlalchemy import func, select

from access.models import OrganisationKind
from access.rules import SCOPES, Permission, Role, Scope
from access.staff import create_organisation
from cases import case_list
from cases.case_list import Narrowing, Place, Sort, counted, list_cases, narrowed
from cases.console_models import SavedFilter
from cases.queries import find_case
from cases.rules import CaseStatus, FlagKind, FlagOutcome, Phase, Urgency
from cases.safeguarding import settle_flag
from cases.saved_filters import MOST_KEPT, filters_of, remove_filter, save_filter
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound

SEEING = [role for role in Role if SCOPES[role] is not Scope.NOTHING]


async def tell_in_team(scene: Scene, team: str | None, called: str = "Someone") -> Told:
    told = await scene.tell({"called": called})
    told.case.team = team
    await scene.session.flush()
    return told


async def numbers(scene: Scene, role: Role = Role.SUPERVISOR, **narrowing: Any) -> list[str]:
    page = await list_cases(scene.session, scene.staff[role], Narrowing(**narrowing))
    assert page.total >= len(page.rows)
    return [row.number for row in page.rows]


async def test_a_caseworker_of_a_team_sees_its_cases_those_of_none_and_their_own(scene: Scene) -> None:
    mine, free, owned, hidden = [
        await tell_in_team(scene, team) for team in ("GM", None, "TN", "TN")
    ]  # fmt: skip
    worker = scene.add_staff(Role.CASEWORKER, scene.operator, "GM")
    await scene.session.flush()
    owned.case.owner_id = worker.id
    await scene.session.flush()
    seen = await list_cases(scene.session, worker)
    assert {row.number for row in seen.rows} == {each.case.number for each in (mine, free, owned)}
    with pytest.raises(NotFound):
        await find_case(scene.session, worker, hidden.case.number)


@pytest.mark.parametrize("role", SEEING)
async def test_a_role_over_all_teams_sees_its_organisation_and_no_other(scene: Scene, role: Role) -> None:
    cases = [await tell_in_team(scene, team) for team in ("GM", "TN", None)]
    elsewhere = create_organisation(scene.session, "Elsewhere", OrganisationKind.OPERATOR)
    await scene.session.flush()
    cases[1].case.organisation_id = elsewhere.id
    await scene.session.flush()
    assert set(await numbers(scene, role)) == {cases[0].case.number, cases[2].case.number}
    for number in (cases[1].case.number, "HW-0000-0000"):
        with pytest.raises(NotFound) as refusal:
            await find_case(scene.session, scene.staff[role], number)
        assert refusal.value.message.text == "There is no such case."


@pytest.mark.parametrize("role", [role for role in Role if role not in SEEING])
async def test_other_roles_have_no_list_and_no_case(scene: Scene, role: Role) -> None:
    told = await tell_in_team(scene, None)
    with pytest.raises(NotAllowed):
        await list_cases(scene.session, scene.staff[role])
    with pytest.raises(NotAllowed):
        await find_case(scene.session, scene.staff[role], told.case.number)
    assert not scene.staff[role].may(Permission.CASE_READ)


async def test_what_waits_longest_stands_on_top_and_the_rest_newest_first(scene: Scene) -> None:
    now = clock.now()
    cases = []
    for waiting, opened in ((None, 1), (timedelta(hours=1), 2), (timedelta(days=2), 3), (None, 4)):
        told = await tell_in_team(scene, None)
        told.case.attention_at = None if waiting is None else now - waiting
        told.case.opened_at = now - timedelta(days=10 - opened)
        cases.append(told.case.number)
    await scene.session.flush()
    assert await numbers(scene) == [cases[2], cases[1], cases[3], cases[0]]


async def test_the_list_narrows_by_phase_flag_and_owner(scene: Scene) -> None:
    afraid = await scene.tell(needs={"fear": "yes", "place_tonight": "no"})
    other = await scene.tell()
    assert await numbers(scene, phase=Phase.ASSESSMENT) == [afraid.case.number]
    assert await numbers(scene, phase=Phase.INTAKE) == [other.case.number]
    assert await numbers(scene, flag=FlagKind.FEAR_OF_RETURN) == [afraid.case.number]
    assert await numbers(scene, mine=True) == []
    other.case.owner_id = scene.staff[Role.SUPERVISOR].id
    other.case.status = CaseStatus.CLOSED
    await scene.session.flush()
    assert await numbers(scene, mine=True) == [other.case.number]
    assert await numbers(scene, phase=Phase.INTAKE) == []
    flag = (await scene.flags(afraid))[FlagKind.FEAR_OF_RETURN]
    officer = scene.staff[Role.PROTECTION_OFFICER]
    await settle_flag(scene.session, afraid.case, flag.id, FlagOutcome.RESOLVED, "Safe now.", actor=officer)
    await scene.session.flush()
    assert await numbers(scene, flag=FlagKind.FEAR_OF_RETURN) == []


async def test_a_row_tells_name_owner_open_flags_and_the_highest_urgency(scene: Scene) -> None:
    told = await scene.tell(needs={"fear": "yes", "place_tonight": "no", "family": "yes"})
    told.case.owner_id = scene.staff[Role.CASEWORKER].id
    await scene.session.flush()
    (row,) = (await list_cases(scene.session, scene.staff[Role.SUPERVISOR])).rows
    assert (row.called, row.owner_name) == ("Fatou Jallow", "Someone caseworker")
    assert row.flags == [FlagKind.FEAR_OF_RETURN, FlagKind.NO_SAFE_PLACE]
    assert row.urgency is Urgency.EMERGENCY


@pytest.mark.parametrize("sort", Sort)
async def test_pages_hold_every_case_once_in_the_order_of_the_list(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, sort: Sort
) -> None:
    supervisor, now = scene.staff[Role.SUPERVISOR], clock.now()
    for number in range(7):
        told = await tell_in_team(scene, None)
        told.case.opened_at = now - timedelta(days=number // 2)  # pairs with the same moment
        told.case.attention_at = now - timedelta(hours=30) if number in (2, 3, 5) else None
        told.case.unanswered_at = now - timedelta(hours=30) if number == 5 else None
    await scene.session.flush()
    whole = [row.number for row in (await list_cases(scene.session, supervisor, sort=sort)).rows]
    monkeypatch.setattr(case_list, "PAGE_SIZE", 2)
    found: list[str] = []
    after: Place | None = None
    while True:
        page = await list_cases(scene.session, supervisor, sort=sort, after=after)
        found += [row.number for row in page.rows]
        if page.following is None:
            break
        after = Place.read(page.following.code())
        assert after == page.following
    assert found == whole
    assert len(set(found)) == 7


@pytest.mark.parametrize("code", ["", "1", "1.2.3.4", "0.99999999999999999999.00000000000000000000000000000000.1"])
def test_a_place_that_nobody_wrote_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        Place.read(code)


async def test_nothing_is_counted_beyond_a_bound(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(3):
        await tell_in_team(scene, None)
    monkeypatch.setattr(case_list, "MOST_COUNTED", 1)
    supervisor = scene.staff[Role.SUPERVISOR]
    assert await counted(
        scene.session, [narrowed(supervisor, Narrowing()), narrowed(supervisor, Narrowing(mine=True))]
    ) == [2, 0]
    assert (await list_cases(scene.session, supervisor)).total == 2


async def test_every_narrowing_finds_what_it_says(scene: Scene) -> None:
    wanted, other = [await tell_in_team(scene, "GM") for _each in range(2)]
    supervisor = scene.staff[Role.SUPERVISOR]
    wanted.case.owner_id, other.case.owner_id = supervisor.id, scene.staff[Role.CASEWORKER].id
    other.case.status, other.case.country, other.case.area = CaseStatus.CLOSED, "TN", "tn_north"
    other.case.closed_at = other.case.erase_after = clock.now()
    wanted.case.opened_at = clock.now() - timedelta(days=9)
    free = await tell_in_team(scene, "GM")
    free.case.opened_at = clock.now() - timedelta(days=30)
    await scene.session.flush()
    day = wanted.case.opened_at.date()
    for narrowing, found in (
        ({"status": CaseStatus.CLOSED}, other),
        ({"owner_id": supervisor.id}, wanted),
        ({"unowned": True}, free),
        ({"country": "TN"}, other),
        ({"area": "tn_north"}, other),
        ({"opened_from": day, "opened_to": day}, wanted),
        ({"opened_to": day - timedelta(days=1)}, free),
    ):
        assert await numbers(scene, **narrowing) == [found.case.number], narrowing


async def test_a_filter_is_its_keepers_alone(scene: Scene) -> None:
    mine, theirs = scene.staff[Role.SUPERVISOR], scene.staff[Role.CASEWORKER]
    saved = await save_filter(scene.session, " Afraid ", "flag=fear_of_return", actor=mine)
    await save_filter(scene.session, "Afraid", "flag=child", actor=mine)
    await scene.session.flush()
    assert [(each.name, each.codes) for each in await filters_of(scene.session, mine)] == [("Afraid", "flag=child")]
    assert await filters_of(scene.session, theirs) == []
    with pytest.raises(NotFound):
        await remove_filter(scene.session, saved.id, actor=theirs)
    await remove_filter(scene.session, saved.id, actor=mine)
    assert await scene.session.scalar(select(func.count()).select_from(SavedFilter)) == 0
    for number in range(MOST_KEPT):
        await save_filter(scene.session, str(number), "", actor=mine)
    with pytest.raises(Conflict):
        await save_filter(scene.session, "one more", "", actor=mine)
    with pytest.raises(Invalid):
        await save_filter(scene.session, " ", "", actor=mine)
    with pytest.raises(NotAllowed):
        await save_filter(scene.session, "x", "", actor=scene.staff[Role.MONITOR])
