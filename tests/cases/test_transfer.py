"""A team of the same organisation takes a case over at once."""

import pytest
from case_scene import Scene

from access.rules import Role
from cases.queries import find_case
from cases.transfer import move_team, teams_of
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound


async def test_a_team_takes_over_at_once_and_its_own_staff_keep_the_case(scene: Scene) -> None:
    session, told, supervisor = scene.session, await scene.tell(), scene.staff[Role.SUPERVISOR]
    worker = {team: scene.add_staff(Role.CASEWORKER, scene.operator, team) for team in ("GM", "TN")}
    await session.flush()
    told.case.owner_id = worker["GM"].id
    await session.flush()
    assert await teams_of(session, scene.operator.id) == ["GM", "TN"]
    assert await find_case(session, worker["GM"], told.case.number)
    for team, refusal in (("GM", Conflict), ("nowhere", Invalid)):
        with pytest.raises(refusal):
            await move_team(session, told.case, team, actor=supervisor)
    with pytest.raises(NotAllowed):
        await move_team(session, told.case, "TN", actor=worker["GM"])
    await move_team(session, told.case, "TN", actor=supervisor)
    await session.flush()
    assert (told.case.team, told.case.owner_id, told.case.attention_at is None) == ("TN", None, False)
    assert await find_case(session, worker["TN"], told.case.number)
    with pytest.raises(NotFound):
        await find_case(session, worker["GM"], told.case.number)
    told.case.owner_id = supervisor.id
    await session.flush()
    await move_team(session, told.case, "GM", actor=supervisor)
    assert told.case.owner_id == supervisor.id
