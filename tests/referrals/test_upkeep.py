"""Between two files: checks, places and pauses by staff, what an import leaves of them, and what exports say."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from referral_scene import add_organisation, add_staff
from secret_scene import id_of, secret_directory
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from access.models import OrganisationKind
from access.rules import Role
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from referrals.directory import compare_directory, import_directory, read_directory, stored_package
from referrals.directory_models import DirectoryImport, ImportedService, RowChange, ServiceUpkeep
from referrals.finding import Wish, find_services
from referrals.hsds_tables import SERVICE
from referrals.hsds_views import Asked, listed
from referrals.hsds_writing import write_services
from referrals.models import DirectoryRecord, Service
from referrals.rules import Pause
from referrals.upkeep import confirm_checked, pause, resume, set_places

TODAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
KITCHEN, REFUGE = UUID(id_of("Open kitchen")), UUID(id_of("Refuge nights"))


def the_file(**changes: Any) -> bytes:
    """The directory, with the kitchen changed."""
    asked = {"assured_date": "2026-01-15"} | changes
    services = [each | asked if each["id"] == str(KITCHEN) else each for each in secret_directory()]
    return json.dumps(services).encode()


def places(left: int, updated: str) -> list[dict[str, Any]]:
    unit = {"id": str(UUID(int=11)), "name": "Place"}
    return [{"id": id_of("capacity"), "available": left, "updated": updated, "unit": unit}]


@dataclass
class Keeper:
    session: AsyncSession
    actor: Actor

    async def take(self, data: bytes, **more: Any) -> None:
        await import_directory(self.session, read_directory(data), actor=SYSTEM, **more)
        await self.session.flush()

    async def kitchen(self) -> Service:
        await self.session.flush()
        return await self.session.get_one(Service, KITCHEN, populate_existing=True)

    async def events(self) -> list[str]:
        await self.session.flush()
        found = await self.session.scalars(
            select(AuditEntry.event).where(AuditEntry.event.startswith("service.")).order_by(AuditEntry.id)
        )
        return list(found)


@pytest.fixture
async def keeper(session: AsyncSession) -> AsyncIterator[Keeper]:
    with clock.moved_to(TODAY):
        operator = add_organisation(session, "Operator", OrganisationKind.OPERATOR)
        await session.flush()
        made = Keeper(session, add_staff(session, operator, Role.SUPERVISOR))
        await made.take(the_file())
        yield made


async def test_a_check_counts_from_today_and_is_told_to_everyone(keeper: Keeper) -> None:
    await confirm_checked(keeper.session, KITCHEN, actor=keeper.actor)
    assert (await keeper.kitchen()).assured_date == TODAY.date()
    upkeep = await keeper.session.get_one(ServiceUpkeep, KITCHEN)
    assert (upkeep.checked_on, upkeep.checked_by) == (TODAY.date(), keeper.actor.id)
    told = {each["id"]: each for each in await listed(keeper.session, Asked(SERVICE))}
    assert told[str(KITCHEN)]["assured_date"] == "2026-06-01"
    assert await keeper.events() == ["service.checked"]


async def test_a_check_outlives_an_older_file_and_gives_way_to_a_newer_one(keeper: Keeper) -> None:
    await confirm_checked(keeper.session, KITCHEN, actor=keeper.actor)
    assert not await compare_directory(keeper.session, read_directory(the_file())), "the file changes nothing"
    await keeper.take(the_file())
    assert (await keeper.kitchen()).assured_date == TODAY.date()
    await keeper.take(the_file(assured_date="2026-07-01"))
    assert (await keeper.kitchen()).assured_date == date(2026, 7, 1)
    exported = read_directory(write_services(await stored_package(keeper.session)))
    assert not await compare_directory(keeper.session, exported)


async def test_places_that_staff_wrote_down_stay_until_a_file_says_something_newer(keeper: Keeper) -> None:
    await set_places(keeper.session, KITCHEN, 3, actor=keeper.actor)
    await keeper.take(the_file(service_capacities=places(9, "2026-05-31T08:00:00Z")))
    kitchen = await keeper.kitchen()
    assert (kitchen.places_left, kitchen.places_at) == (3, TODAY)
    kitchen.places_left = 2
    await keeper.take(the_file())
    assert (await keeper.kitchen()).places_left == 2, "a place that was taken stays taken"
    await keeper.take(the_file(service_capacities=places(9, "2026-06-02T08:00:00Z")))
    assert (await keeper.kitchen()).places_left == 9
    await set_places(keeper.session, KITCHEN, None, actor=keeper.actor)
    assert (await keeper.kitchen()).places_left is None


@pytest.mark.parametrize("left", [-1, 100_001])
async def test_places_are_a_number_that_can_be(keeper: Keeper, left: int) -> None:
    with pytest.raises(Invalid):
        await set_places(keeper.session, KITCHEN, left, actor=keeper.actor)


async def test_what_is_not_offered_for_now_is_found_by_nobody_until_it_is_offered_again(keeper: Keeper) -> None:
    async def found() -> set[str]:
        await keeper.session.flush()
        return {each.service.name for each in await find_services(keeper.session, Wish("TN"))}

    await pause(keeper.session, KITCHEN, Pause.MOVING, actor=keeper.actor)
    assert await found() == {"Open counsel"}
    told = {each["id"]: each["status"] for each in await listed(keeper.session, Asked(SERVICE))}
    assert told[str(KITCHEN)] == "temporarily closed"
    with pytest.raises(Conflict):
        await pause(keeper.session, KITCHEN, Pause.FULL, actor=keeper.actor)
    assert not await compare_directory(keeper.session, read_directory(the_file()))
    await keeper.take(the_file())
    assert await found() == {"Open counsel"}, "an import brings it back to nobody"
    await resume(keeper.session, KITCHEN, actor=keeper.actor)
    assert await found() == {"Open counsel", "Open kitchen"}
    with pytest.raises(Conflict):
        await resume(keeper.session, KITCHEN, actor=keeper.actor)
    assert await keeper.events() == ["service.paused", "service.resumed"]


async def test_a_file_that_closes_a_service_ends_the_pause_that_held_it(keeper: Keeper) -> None:
    await pause(keeper.session, KITCHEN, Pause.FULL, actor=keeper.actor)
    await keeper.take(the_file(status="defunct"))
    assert (await keeper.kitchen()).status == "defunct"
    with pytest.raises(Conflict):
        await resume(keeper.session, KITCHEN, actor=keeper.actor)
    await keeper.take(the_file())
    assert (await keeper.kitchen()).status == "active"


async def test_a_service_that_a_file_drops_cannot_be_offered_again_by_hand(keeper: Keeper) -> None:
    await pause(keeper.session, KITCHEN, Pause.FULL, actor=keeper.actor)
    rest = [each for each in secret_directory() if each["id"] != str(KITCHEN)]
    await keeper.take(json.dumps(rest).encode())
    with pytest.raises(Conflict):
        await resume(keeper.session, KITCHEN, actor=keeper.actor)
    assert (await keeper.kitchen()).status == "inactive"


async def test_upkeep_makes_nothing_public(keeper: Keeper) -> None:
    await confirm_checked(keeper.session, REFUGE, actor=keeper.actor)
    await pause(keeper.session, REFUGE, Pause.UNSAFE, actor=keeper.actor)
    row = await keeper.session.get_one(DirectoryRecord, (SERVICE, str(REFUGE)))
    assert (row.is_public, row.nested) == (False, None)
    assert row.whole is not None
    assert row.whole["status"] == "temporarily closed"
    assert "Hidden Lane" not in str((await keeper.session.get_one(Service, REFUGE)).hsds)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.PARTNER, Role.MONITOR, Role.COMPLAINTS_OFFICER])
async def test_only_whoever_keeps_the_directory_changes_it(keeper: Keeper, role: Role) -> None:
    other = Actor(uuid4(), role)
    for attempt in (
        confirm_checked(keeper.session, KITCHEN, actor=other),
        set_places(keeper.session, KITCHEN, 1, actor=other),
        pause(keeper.session, KITCHEN, Pause.FULL, actor=other),
        resume(keeper.session, KITCHEN, actor=other),
        import_directory(keeper.session, read_directory(the_file()), actor=other),
    ):
        with pytest.raises(NotAllowed):
            await attempt
    with pytest.raises(NotFound):
        await confirm_checked(keeper.session, uuid4(), actor=keeper.actor)


async def test_each_import_notes_what_it_changed_of_which_service_and_no_values(keeper: Keeper) -> None:
    with clock.moved_to(TODAY + timedelta(days=1)):
        await keeper.take(the_file(description="Soup at noon.", minimum_age=18))
    with clock.moved_to(TODAY + timedelta(days=2)):
        await keeper.take(the_file(description="Soup at noon.", minimum_age=18))
    imports = list(await keeper.session.scalars(select(DirectoryImport).order_by(DirectoryImport.imported_at)))
    assert [(each.changed, each.removed) for each in imports] == [(0, 0), (1, 0)], "one that changes nothing is none"
    noted = select(ImportedService).where(ImportedService.service_id == str(KITCHEN))
    rows = {each.import_id: each for each in await keeper.session.scalars(noted)}
    assert rows[imports[0].id].change is RowChange.ADDED
    assert rows[imports[1].id].change is RowChange.CHANGED
    assert rows[imports[1].id].fields == ["description", "minimum_age"]
