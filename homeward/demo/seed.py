"""Filling an empty database with the demo: directory, accounts, cases, releases."""

import json
from datetime import timedelta
from pathlib import Path
from random import Random

from rich.progress import track

from access.actor import SYSTEM, actor_of
from cases.notices import Programme
from foundation import clock
from foundation.database import Database
from homeward.demo.agreements import add_agreements
from homeward.demo.applications import add_applications
from homeward.demo.complaint import add_complaint
from homeward.demo.history import CASES, catch_up, ended_quarters, morning_after, opening_days, tell_case
from homeward.demo.money import add_money
from homeward.demo.openings import add_openings
from homeward.demo.recommendations import add_recommendations
from homeward.demo.releases import announce_next, publish_quarter
from homeward.demo.remittances import add_remittances
from homeward.demo.staff import MONITOR, SECOND_MONITOR, SUPERVISOR, add_accounts, is_seeded
from homeward.demo.structural import add_structural_facts
from homeward.demo.transfers import add_transfers
from homeward.demo.upkeep import add_upkeep
from referrals.directory import import_directory, read_directory

DIRECTORY = Path(__file__).with_name("directory.json")
SHELTER = Path(__file__).with_name("shelter.json")
SEED = 21


async def seed(database: Database, programme: Programme, cases: int = CASES, *, releases: bool = True) -> None:
    """Make the demo's content; a database that has accounts already is left as it is.

    `releases`: of the quarters that have ended. Figures of a few cases would give someone away: none can be made then.
    """
    async with database.reading() as session:
        if await is_seeded(session):
            return
    chance = Random(SEED)  # noqa: S311  # the same example people at every start
    opened = opening_days(chance, cases)
    today = clock.today()
    with clock.moved_to(opened[0]):
        async with database.transaction() as session:
            await import_directory(session, read_directory(_directory()), actor=SYSTEM)
            await add_agreements(session, today)
            staff = await add_accounts(session, programme.operator)
    # The last quarter that has ended is left for whoever tries the monitor's page.
    quarters = ended_quarters(clock.today(), 3)[:-1] if releases else []
    for moment in track(opened, description="Making example cases"):
        async with database.transaction() as session:
            await tell_case(session, chance, programme, staff, moment)
    async with database.transaction() as session:
        await add_applications(session, staff)
        await add_transfers(session, staff)
    for quarter in quarters:
        with clock.moved_to(morning_after(quarter)):
            await publish_quarter(database, quarter, staff)
    with clock.moved_to(clock.now() - timedelta(days=4)):
        async with database.transaction() as session:
            await add_complaint(session)
    monitors = [actor_of(staff[each.email]) for each in (MONITOR, SECOND_MONITOR)]
    async with database.transaction() as session:
        await add_structural_facts(session, *monitors)
    async with database.transaction() as session:
        await announce_next(session, staff)
    await add_recommendations(database, staff)
    async with database.transaction() as session:
        await add_remittances(session)
        await add_openings(session, actor_of(staff[SUPERVISOR.email]))
    async with database.transaction() as session:
        await add_money(session, staff)
        await add_upkeep(session, actor_of(staff[SUPERVISOR.email]))
    async with database.transaction() as session:
        await catch_up(session)


def _directory() -> bytes:
    """The example services, and a shelter whose place is for staff only."""
    return json.dumps([each for file in (DIRECTORY, SHELTER) for each in json.loads(file.read_text("utf-8"))]).encode()
