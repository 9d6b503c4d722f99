"""A draft is made between two transactions: others write meanwhile, and only one draft comes of it."""

import asyncio

import pytest
from monitoring_scene import QUARTER, Body, build_body
from sqlalchemy import func, select

from access.models import Organisation, OrganisationKind
from access.staff import create_organisation
from foundation.database import Database
from foundation.errors import Conflict
from monitoring import drafting
from monitoring.drafting import count_release, keep
from monitoring.making import Counted, Made, Tell, make
from monitoring.models import Release, ReleaseState


async def test_others_write_while_a_draft_is_made(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, written = asyncio.Event(), asyncio.Event()

    async def slow(counted: Counted, tell: Tell) -> Made:
        begun.set()
        await asyncio.wait_for(written.wait(), 60)
        return make(counted, tell)

    monkeypatch.setattr(drafting, "make_apart", slow)
    async with database.transaction() as session:
        body = await build_body(session)
        body.add_facts()
    drafted = asyncio.create_task(drafting.draft_release(database, quarter=QUARTER, actor=body.monitor))
    await asyncio.wait_for(begun.wait(), 60)
    async with database.transaction() as session:
        create_organisation(session, "Written meanwhile", OrganisationKind.PARTNER)
    written.set()
    release = await drafted
    async with database.reading() as session:
        kept = await session.get_one(Release, release.number)
        assert (kept.state, kept.sha256) == (ReleaseState.DRAFT, release.sha256)
        found = select(func.count()).select_from(Organisation).where(Organisation.name == "Written meanwhile")
        assert await session.scalar(found) == 1


async def test_of_two_who_draft_at_once_one_is_told_to_look_at_the_other(body: Body) -> None:
    body.add_facts()
    first = await count_release(body.session, quarter=QUARTER, actor=body.monitor)
    second = await count_release(body.session, quarter=QUARTER, actor=body.second)
    await keep(body.session, make(first), actor=body.monitor)
    with pytest.raises(Conflict, match="waits to be published"):
        await keep(body.session, make(second), actor=body.second)
    assert await body.session.scalar(select(func.count()).select_from(Release)) == 1
