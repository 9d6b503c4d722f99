"""What the database keeps of best-interests determinations, and what dies with the person."""

import json
from uuid import uuid4

import pytest
from case_scene import Scene
from interests_scene import REPORT, RETURN, Interests, add_interests
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from cases.erasure import erase_person
from cases.panel import decide
from cases.safeguard_models import BestInterests, PanelMember
from cases.safeguard_rules import BidState
from foundation import clock
from foundation.database import Base


@pytest.fixture
async def interests(scene: Scene) -> Interests:
    return await add_interests(scene)


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
