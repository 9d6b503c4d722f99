"""A release is made by two people, comes on its day, is never changed, and is corrected by another that says why."""

import json
from datetime import date, timedelta

import pytest
from monitoring_scene import QUARTER, Body
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.outbox import OutboxRow
from monitoring.calendar import announce, calendar
from monitoring.ledger import TOTAL
from monitoring.models import ReleaseState
from monitoring.publication import (
    RELEASE_PUBLISHED,
    approve_release,
    corrected_by,
    drop_release,
    file_names,
    find_file,
    find_release,
    list_releases,
    publish_release,
    published_releases,
    tables_of,
)
from monitoring.signing import MANIFEST, PUBLIC_KEY, SIGNATURE
from tests.monitoring.releasing import draft_correction, draft_release


async def test_nobody_approves_their_own_and_nothing_unapproved_gets_out(body: Body) -> None:
    body.add_facts()
    release = await draft_release(body.session, quarter=date(2025, 2, 3), actor=body.monitor)
    assert (release.number, release.quarter, release.state) == (1, QUARTER, ReleaseState.DRAFT)
    with pytest.raises(Conflict):
        await publish_release(body.session, 1, actor=body.second)
    with pytest.raises(Conflict):
        await approve_release(body.session, 1, release.sha256, actor=body.monitor)
    with pytest.raises(Conflict):
        await approve_release(body.session, 1, "0" * 64, actor=body.second)
    for actor in (body.supervisor, body.watcher):
        with pytest.raises(NotAllowed):
            await approve_release(body.session, 1, release.sha256, actor=actor)
    await approve_release(body.session, 1, release.sha256, actor=body.second)
    assert await published_releases(body.session) == []
    await publish_release(body.session, 1, actor=body.monitor)
    assert [each.number for each in await published_releases(body.session)] == [1]
    for again in (
        approve_release(body.session, 1, release.sha256, actor=body.second),
        publish_release(body.session, 1, actor=body.second),
        drop_release(body.session, 1, actor=body.monitor),
    ):
        with pytest.raises(Conflict):
            await again
    found = await body.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id))
    assert list(found) == ["release.drafted", "release.approved", "release.published"]
    release.approved_by = release.drafted_by
    with pytest.raises(IntegrityError):
        await body.session.flush()


async def test_a_draft_is_seen_by_those_who_make_releases_only(body: Body) -> None:
    body.add_facts()
    await draft_release(body.session, quarter=QUARTER, actor=body.monitor)
    assert len(await list_releases(body.session, actor=body.second)) == 1
    assert await list_releases(body.session, actor=body.supervisor) == []
    for look in (
        find_release(body.session, 1, actor=body.supervisor),
        find_file(body.session, 1, MANIFEST, actor=body.supervisor),
    ):
        with pytest.raises(NotFound):
            await look


async def test_one_at_a_time_is_made_and_a_draft_can_be_thrown_away(body: Body) -> None:
    body.add_facts()
    await draft_release(body.session, quarter=QUARTER, actor=body.monitor)
    for quarter in (QUARTER, date(2024, 10, 1)):
        with pytest.raises(Conflict):
            await draft_release(body.session, quarter=quarter, actor=body.second)
    await drop_release(body.session, 1, actor=body.second)
    assert await list_releases(body.session, actor=body.monitor) == []
    assert (await body.published()).number == 1
    with pytest.raises(Conflict):
        await draft_release(body.session, quarter=QUARTER, actor=body.monitor)
    with pytest.raises(Invalid):
        await draft_release(body.session, quarter=clock.today(), actor=body.monitor)


async def test_a_correction_is_a_new_release_that_says_what_changed(body: Body) -> None:
    body.add_facts()
    first = await body.published()
    before = {
        name: await find_file(body.session, 1, name, actor=body.monitor)
        for name in await file_names(body.session, first)
    }
    body.add_facts(women=50, men=60)
    with pytest.raises(Invalid):
        await draft_correction(body.session, 1, " ", actor=body.monitor)
    with pytest.raises(NotFound):
        await draft_correction(body.session, 9, "More", actor=body.monitor)
    second = await draft_correction(body.session, 1, "Cases entered late were missing.", actor=body.monitor)
    assert (second.number, second.corrects, second.quarter) == (2, 1, QUARTER)
    assert await corrected_by(body.session, first) is None
    await approve_release(body.session, 2, second.sha256, actor=body.second)
    await publish_release(body.session, 2, actor=body.second)
    assert await corrected_by(body.session, first) == 2
    said = json.loads(await find_file(body.session, 2, MANIFEST, actor=body.monitor))["release"]
    assert (said["corrects"], said["changed"]) == (1, "Cases entered late were missing.")
    assert {table.revision for table in tables_of(second)} == {1}
    assert [tables_of(each)[0].cells[TOTAL, TOTAL, TOTAL] for each in (first, second)] == [70, 180]
    for name, content in before.items():
        assert await find_file(body.session, 1, name, actor=body.monitor) == content
    with pytest.raises(Conflict):
        await draft_correction(body.session, 1, "Once more", actor=body.monitor)


async def test_what_is_published_is_signed_and_told(body: Body) -> None:
    body.add_facts()
    release = await body.published()
    assert {MANIFEST, SIGNATURE, PUBLIC_KEY} <= set(await file_names(body.session, release))
    row = (await body.session.scalars(select(OutboxRow).where(OutboxRow.topic == RELEASE_PUBLISHED))).one()
    assert row.payload == {"release": 1}


async def test_figures_come_on_the_day_that_was_announced(body: Body) -> None:
    body.add_facts()
    today = clock.today()
    for quarter, day in ((QUARTER, today - timedelta(days=1)), (today, today)):
        with pytest.raises(Invalid):
            await announce(body.session, quarter=quarter, due_on=day, actor=body.monitor)
    with pytest.raises(NotAllowed):
        await announce(body.session, quarter=QUARTER, due_on=today, actor=body.supervisor)
    await announce(body.session, quarter=QUARTER, due_on=today + timedelta(days=9), actor=body.monitor)
    release = await draft_release(body.session, quarter=QUARTER, actor=body.monitor)
    await approve_release(body.session, 1, release.sha256, actor=body.second)
    with pytest.raises(Conflict):
        await publish_release(body.session, 1, actor=body.second)
    with pytest.raises(Invalid):
        await announce(body.session, quarter=QUARTER, due_on=today, actor=body.monitor)
    with clock.moved_to(clock.now() + timedelta(seconds=1)):
        await announce(body.session, quarter=QUARTER, due_on=today, reason="Ready before.", actor=body.monitor)
    await publish_release(body.session, 1, actor=body.second)
    (entry,) = await calendar(body.session)
    assert [(day.due_on, day.reason) for day in entry.days] == [
        (today + timedelta(days=9), ""),
        (today, "Ready before."),
    ]
    assert (entry.published_on, entry.release, entry.is_late) == (today, 1, False)
    with pytest.raises(Conflict):
        await announce(body.session, quarter=QUARTER, due_on=today, reason="No.", actor=body.monitor)
