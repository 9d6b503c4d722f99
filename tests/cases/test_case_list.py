"""The list of cases: who sees which, what stands on top, and how one is found."""

from datetime import timedelta

import pytest
from case_scene import Scene, Told

from access.models import OrganisationKind
from access.rules import SCOPES, Permission, Role, Scope
from access.staff import create_organisation
from cases import queries
from cases.models import Case
from cases.queries import find_case, list_cases
from cases.rules import CaseStatus, FlagKind, FlagOutcome, Phase, Urgency
from cases.safeguarding import settle_flag
from foundation import clock
from foundation.errors import NotAllowed, NotFound

SEEING = [role for role in Role if SCOPES[role] is not Scope.NOTHING]


async def tell_in_team(scene: Scene, team: str | None, called: str = "Someone") -> Told:
    told = await scene.tell({"called": called})
    told.case.team = team
    await scene.session.flush()
    return told


async def numbers(scene: Scene, role: Role = Role.SUPERVISOR, **narrowing: object) -> list[str]:
    page = await list_cases(scene.session, scene.staff[role], **narrowing)
    assert page.total >= len(page.rows)
    return [row.case.number for row in page.rows]


async def test_a_caseworker_of_a_team_sees_its_cases_those_of_none_and_their_own(scene: Scene) -> None:
    mine, free, owned, hidden = [
        await tell_in_team(scene, team) for team in ("GM", None, "TN", "TN")
    ]  # fmt: skip
    worker = scene.add_staff(Role.CASEWORKER, scene.operator, "GM")
    await scene.session.flush()
    owned.case.owner_id = worker.id
    await scene.session.flush()
    seen = await list_cases(scene.session, worker)
    assert {row.case.number for row in seen.rows} == {each.case.number for each in (mine, free, owned)}
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


@pytest.mark.parametrize("words", ["fatou jallow", "FATOU  JALLOW", " Fatou Jallow "])
async def test_a_case_is_found_by_the_name_in_any_spelling_of_its_letters(scene: Scene, words: str) -> None:
    told = await tell_in_team(scene, None, "Fatou Jallow")
    await tell_in_team(scene, None, "Fatou")
    assert await numbers(scene, words=words) == [told.case.number]


async def test_a_case_is_found_by_its_number_and_not_by_a_part_of_it_or_of_a_name(scene: Scene) -> None:
    told = await tell_in_team(scene, None, "Fatou Jallow")
    number = told.case.number
    for words in (number, number.lower(), f"  {number} "):
        assert await numbers(scene, words=words) == [number]
    for words in (number[:-1], "Fatou", "%", "_", "Jallow Fatou"):
        assert await numbers(scene, words=words) == []
    assert await numbers(scene, words="   ") == [number]


async def test_a_search_finds_nothing_beyond_what_the_reader_sees(scene: Scene) -> None:
    told = await tell_in_team(scene, "TN", "Fatou Jallow")
    worker = scene.add_staff(Role.CASEWORKER, scene.operator, "GM")
    for words in (told.case.number, "Fatou Jallow"):
        assert (await list_cases(scene.session, worker, words=words)).total == 0


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


async def test_pages_hold_every_case_once_and_a_page_too_far_is_the_last(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    told = {(await tell_in_team(scene, None)).case.number for _number in range(5)}
    pages = [await list_cases(scene.session, scene.staff[Role.SUPERVISOR], page=number) for number in (1, 2, 3)]
    found: list[Case] = [row.case for page in pages for row in page.rows]
    assert [len(page.rows) for page in pages] == [2, 2, 1]
    assert sorted(case.number for case in found) == sorted(told)
    assert {(page.total, page.pages) for page in pages} == {(5, 3)}
    for number, shown in ((0, 1), (-5, 1), (9, 3)):
        assert (await list_cases(scene.session, scene.staff[Role.SUPERVISOR], page=number)).page == shown
