"""Providers are asked whether their entry is still right: when, how often, in which words, and what they can answer."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from mail_server import Mailbox, mail_server
from referral_scene import add_organisation, add_staff
from secret_scene import DAR, OPEN_PLACE, SECRET_WORDS, hidden_service, id_of, service
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from foundation import clock, outbox
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.errors import Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import Message, say
from foundation.outbox import OutboxRow, OutboxState
from foundation.settings import Settings
from homeward.mailing import Postman
from referrals.check_links import (
    LONGEST,
    confirm_by_link,
    forget_check_links,
    make_check_link,
    service_behind,
    tell_change_by_link,
)
from referrals.check_reminders import TELL_PROVIDER, remind_providers, write_check_letter
from referrals.directory import import_directory, read_directory
from referrals.directory_models import CheckLink, ServiceUpkeep
from referrals.directory_waiting import directory_waiting
from referrals.freshness import STANDARD_DAYS, use_check_age
from referrals.models import Service
from referrals.rules import Pause, Unreached
from referrals.upkeep import confirm_checked, pause, settle_change

CHECKED = datetime(2026, 1, 1, 9, tzinfo=UTC)
LAST_DAY = CHECKED + timedelta(days=STANDARD_DAYS)
"""The last on which nobody is asked."""
OLD = LAST_DAY + timedelta(days=1)
DAY = timedelta(days=1)
ADDRESS = "https://cases.example.org"
DESK = UUID(id_of("Papers desk"))
LINK = re.compile(rf"{ADDRESS}/directory-check/([\w-]+)\?lang=\w+")


def desk(**changes: Any) -> dict[str, Any]:
    return service("Papers desk", DAR, OPEN_PLACE, email="desk@example.org", assured_date="2026-01-01") | changes


@dataclass
class Desk:
    session: AsyncSession
    supervisor: Actor

    async def take(self, *services: dict[str, Any]) -> None:
        await import_directory(self.session, read_directory(json.dumps(list(services)).encode()), actor=SYSTEM)
        await self.session.flush()

    async def remind(self) -> int:
        number = await remind_providers(self.session)
        await self.session.flush()
        return number

    async def queued(self) -> list[OutboxRow]:
        rows = await self.session.scalars(select(OutboxRow).where(OutboxRow.topic == TELL_PROVIDER))
        return list(rows)

    async def upkeep(self) -> ServiceUpkeep:
        return await self.session.get_one(ServiceUpkeep, DESK)

    async def today(self, actor: Actor | None = None) -> list[str]:
        await self.session.flush()
        return [each.page for each in await directory_waiting(self.session, actor or self.supervisor)]


async def made(session: AsyncSession) -> Desk:
    operator = add_organisation(session, "Operator", OrganisationKind.OPERATOR)
    await session.flush()
    found = Desk(session, add_staff(session, operator, Role.SUPERVISOR))
    with clock.moved_to(CHECKED):
        await found.take(desk())
    return found


@pytest.fixture
async def at(session: AsyncSession) -> AsyncIterator[Desk]:
    yield await made(session)
    use_check_age(STANDARD_DAYS)


async def test_it_is_asked_every_thirty_days_three_times_and_then_it_is_staff_s(at: Desk) -> None:
    told = []
    for day in (0, 1, 30, 31, 32, 61, 62, 90, 91, 92, 200):
        with clock.moved_to(LAST_DAY + day * DAY):
            told.append((day, await at.remind(), bool(await at.today())))
    assert told == [
        (0, 0, False),
        (1, 1, False),
        (30, 0, False),
        (31, 1, False),
        (32, 0, False),
        (61, 1, False),
        (62, 0, False),
        (90, 0, False),
        (91, 0, True),
        (92, 0, True),
        (200, 0, True),
    ]
    assert [(row.payload, row.body) for row in await at.queued()] == [({"service": str(DESK)}, None)] * 3
    asked = select(AuditEntry.facts).where(AuditEntry.event == "service.check_asked").order_by(AuditEntry.id)
    assert [each["number"] for each in await at.session.scalars(asked)] == [1, 2, 3]


async def test_the_deployment_says_how_long_a_check_counts(at: Desk) -> None:
    use_check_age(365)
    with clock.moved_to(CHECKED + timedelta(days=365)):
        assert await at.remind() == 0
    with clock.moved_to(CHECKED + timedelta(days=366)):
        assert await at.remind() == 1


async def test_a_check_ends_the_reminders_and_the_next_time_begins_anew(at: Desk) -> None:
    with clock.moved_to(OLD):
        await at.remind()
        await confirm_checked(at.session, DESK, actor=at.supervisor)
        await at.session.flush()
    with clock.moved_to(OLD + 31 * DAY):
        assert await at.remind() == 0
    later = OLD + timedelta(days=STANDARD_DAYS + 1)
    with clock.moved_to(later):
        assert await at.remind() == 1
        assert (await at.upkeep()).reminded == 1


async def test_a_file_with_a_newer_check_begins_anew_too(at: Desk) -> None:
    for number in range(3):
        with clock.moved_to(OLD + number * 30 * DAY):
            await at.remind()
    with clock.moved_to(OLD + 70 * DAY):
        await at.take(desk(assured_date="2026-08-01"))
        assert (await at.upkeep()).reminded == 0


@pytest.mark.parametrize("why", ["paused", "gone", "defunct"])
async def test_what_is_not_offered_is_not_asked_about(at: Desk, why: str) -> None:
    if why == "paused":
        await pause(at.session, DESK, Pause.FULL, actor=at.supervisor)
    elif why == "gone":
        await at.take(service("Another", DAR, OPEN_PLACE, assured_date="2027-01-01"))
    else:
        await at.take(desk(status="defunct"))
    await at.session.flush()
    with clock.moved_to(OLD):
        assert await at.remind() == 0
        assert await at.today() == []


async def test_whoever_has_no_address_is_staff_s_to_ask_at_once(at: Desk) -> None:
    await at.take(desk(email=None))
    with clock.moved_to(OLD):
        assert await at.remind() == 0
        assert (await at.upkeep()).unreached is Unreached.NO_ADDRESS
        assert await at.today() == ["/directory?state=unanswered"]
        await at.take(desk())
        assert await at.today() == []
        assert await at.remind() == 1


async def test_the_organisation_s_address_serves_where_the_service_has_none(at: Desk) -> None:
    await at.take(desk(email=None, organization={**DAR, "email": "dar@example.org"}))
    with clock.moved_to(OLD):
        assert await at.remind() == 1
        letter = await write_check_letter(at.session, DESK, ADDRESS, "The programme")
        assert letter is not None
        assert letter.to == "dar@example.org"


async def test_only_whoever_keeps_the_directory_sees_it_in_today(at: Desk) -> None:
    operator = await at.session.get_one(Organisation, at.supervisor.organisation_id)
    caseworker = add_staff(at.session, operator, Role.CASEWORKER)
    await at.take(desk(email=None))
    with clock.moved_to(OLD):
        await at.remind()
        assert len(await at.today()) == 1
        assert await at.today(caseworker) == []


async def test_the_letter_is_in_the_language_of_the_provider_and_names_the_service(at: Desk) -> None:
    with clock.moved_to(OLD):
        letter = await write_check_letter(at.session, DESK, ADDRESS, "The programme")
        assert letter is not None
        assert (letter.to, letter.subject) == ("desk@example.org", "Is what we say about your service still right?")
        assert "Papers desk" in letter.text
        assert "The programme" in letter.text
        assert "1 January 2026" in letter.text
        dar = await at.session.get_one(Organisation, UUID(id_of("Dar Open")))
        account = add_staff(at.session, dar, Role.PARTNER)
        await at.session.flush()
        (await at.session.get_one(StaffMember, account.id)).language = "fr"
        await at.session.flush()
        letter = await write_check_letter(at.session, DESK, ADDRESS, "The programme")
        assert letter is not None
        assert letter.subject == say("fr", Message("Is what we say about your service still right?"))
        assert "?lang=fr" in letter.text


async def test_a_secret_service_is_asked_and_its_letter_tells_nothing_of_it(at: Desk) -> None:
    await at.take(desk(), hidden_service() | {"assured_date": "2026-01-01"})
    with clock.moved_to(OLD):
        assert await at.remind() == 2
        letter = await write_check_letter(at.session, UUID(id_of("Refuge nights")), ADDRESS, "The programme")
    assert letter is not None
    assert letter.to == "refuge@example.org"
    assert [word for word in SECRET_WORDS if word in f"{letter.subject}{letter.text}"] == []


async def test_no_letter_leaves_when_nobody_need_be_asked_any_more(at: Desk) -> None:
    with clock.moved_to(LAST_DAY):
        assert await write_check_letter(at.session, DESK, ADDRESS, "X") is None
    with clock.moved_to(OLD):
        token = await make_check_link(at.session, DESK)
        await tell_change_by_link(at.session, token, "We have moved.")
        assert await write_check_letter(at.session, DESK, ADDRESS, "X") is None


async def test_one_tap_says_that_everything_is_right_and_only_once(at: Desk) -> None:
    with clock.moved_to(OLD):
        await at.remind()
        token = await make_check_link(at.session, DESK)
        await at.session.flush()
        assert (await service_behind(at.session, token)).id == DESK
        await confirm_by_link(at.session, token)
        await at.session.flush()
        upkeep = await at.upkeep()
        assert (upkeep.checked_on, upkeep.checked_by, upkeep.reminded) == (OLD.date(), None, 0)
        assert (await at.session.get_one(Service, DESK)).assured_date == OLD.date()
        for again in (confirm_by_link(at.session, token), tell_change_by_link(at.session, token, "x")):
            with pytest.raises(NotFound):
                await again


async def test_what_has_changed_is_sealed_told_to_staff_and_forgotten_when_it_is_seen_to(at: Desk) -> None:
    with clock.moved_to(OLD):
        token = await make_check_link(at.session, DESK)
        for words in ("", "   ", "x" * (LONGEST + 1)):
            with pytest.raises(Invalid):
                await tell_change_by_link(at.session, token, words)
        await tell_change_by_link(at.session, token, " We have moved to 7 New Street. ")
        assert await at.today() == ["/directory?state=told"]
        upkeep = await at.upkeep()
        assert upkeep.words is not None
        assert b"New Street" not in upkeep.words.box
        key = await open_subject(at.session, upkeep.subject_id)
        assert key.open(ServiceUpkeep.words, DESK, upkeep.words) == "We have moved to 7 New Street."
        assert (await at.session.get_one(Service, DESK)).assured_date == CHECKED.date(), "that checks nothing"
        assert await at.remind() == 0, "whoever has answered is not asked again"
        await settle_change(at.session, DESK, actor=at.supervisor)
        assert await at.today() == []
        assert (upkeep.words, upkeep.told_at) == (None, None)


async def test_links_die_with_time_with_a_newer_one_and_with_the_service(at: Desk) -> None:
    with clock.moved_to(OLD):
        first = await make_check_link(at.session, DESK)
        second = await make_check_link(at.session, DESK)
        await at.session.flush()
        with pytest.raises(NotFound):
            await service_behind(at.session, first)
        for nonsense in ("", "x" * 65, "none"):
            with pytest.raises(NotFound):
                await service_behind(at.session, nonsense)
    with clock.moved_to(OLD + 59 * DAY):
        assert (await service_behind(at.session, second)).id == DESK
        await pause(at.session, DESK, Pause.FULL, actor=at.supervisor)
        with pytest.raises(NotFound):
            await service_behind(at.session, second)
    with clock.moved_to(OLD + 62 * DAY):
        await forget_check_links(at.session)
        assert await at.session.scalar(select(func.count()).select_from(CheckLink)) == 0


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as opened:
        yield opened


async def taken(database: Database) -> OutboxRow:
    with clock.moved_to(OLD):
        async with database.transaction() as session:
            await (await made(session)).remind()
        async with database.transaction() as session:
            (row,) = await outbox.claim(session)
    return row


async def state_of(database: Database) -> tuple[OutboxState, str | None, Unreached | None]:
    async with database.reading() as session:
        row = (await session.scalars(select(OutboxRow).where(OutboxRow.topic == TELL_PROVIDER))).one()
        return row.state, row.reason, (await session.get_one(ServiceUpkeep, DESK)).unreached


async def test_the_worker_mails_it_with_a_link_that_works(database: Database, mailbox: Mailbox) -> None:
    row = await taken(database)
    settings = Settings(public_url=ADDRESS, mail_url=mailbox.url, mail_from="homeward@example.org")
    with clock.moved_to(OLD):
        await Postman(database, settings).ask_provider(row)
        (letter,) = mailbox.letters
        found = LINK.search(letter.get_content())
        assert found is not None
        async with database.transaction() as session:
            await confirm_by_link(session, found[1])
    assert letter["To"] == "desk@example.org"
    assert await state_of(database) == (OutboxState.DONE, None, None)


async def test_without_a_server_staff_are_told_at_once(database: Database) -> None:
    with clock.moved_to(OLD):
        await Postman(database, Settings(public_url=ADDRESS)).ask_provider(await taken(database))
    assert await state_of(database) == (OutboxState.DONE, "no mail server", Unreached.NO_SERVER)


async def test_an_address_that_is_refused_is_told_too(database: Database, mailbox: Mailbox) -> None:
    mailbox.refuses = "550 no such user"
    settings = Settings(public_url=ADDRESS, mail_url=mailbox.url, mail_from="homeward@example.org")
    row = await taken(database)
    with clock.moved_to(OLD):
        await Postman(database, settings).ask_provider(row)
    assert await state_of(database) == (OutboxState.FAILED, "address refused", Unreached.REFUSED)
