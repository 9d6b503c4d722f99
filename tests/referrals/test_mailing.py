"""Mail to partners: sent over the deployment's server, tried again when that is away, not sent where there is none."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from mail_server import Mailbox, mail_server
from referral_scene import build_scene
from sqlalchemy import func, select, update

from access.models import StaffMember
from cases.messages import TELL_PERSON
from foundation import clock, outbox
from foundation.database import Database
from foundation.language import Message, say
from foundation.outbox import MOST_ATTEMPTS, OutboxRow, OutboxState
from foundation.settings import Part, Settings, dangers
from homeward.mailing import Postman
from referrals.answer_links import waiting_behind
from referrals.notifying import TELL_PARTNER
from referrals.partner_models import AnswerLink
from referrals.responding import accept

ORIGIN = "https://cases.example.org"
LINK = re.compile(rf"{ORIGIN}/answer/([\w-]+)")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as opened:
        yield opened


def settings_with(url: str) -> Settings:
    return Settings(public_url=ORIGIN, mail_url=url, mail_from="homeward@example.org")


async def one_sent(database: Database) -> OutboxRow:
    """The notice of a referral that was just sent, as the worker takes it up."""
    async with database.transaction() as session:
        scene = await build_scene(session)
        await scene.sent()
        await session.flush()
        await session.execute(update(OutboxRow).where(OutboxRow.topic == TELL_PERSON).values(state=OutboxState.DONE))
    return await taken(database)


async def taken(database: Database) -> OutboxRow:
    async with database.transaction() as session:
        (row,) = await outbox.claim(session)
    return row


async def settled(database: Database) -> OutboxRow:
    async with database.reading() as session:
        return (await session.scalars(select(OutboxRow).where(OutboxRow.topic == TELL_PARTNER))).one()


async def test_a_letter_is_sent_with_a_link_that_leads_to_the_request(database: Database, mailbox: Mailbox) -> None:
    row = await one_sent(database)
    await Postman(database, settings_with(mailbox.url)).deliver(row)
    (letter,) = mailbox.letters
    async with database.reading() as session:
        address = await session.scalar(select(StaffMember.email).where(StaffMember.id == UUID(row.payload["staff"])))
        found = LINK.search(letter.get_content())
        assert found is not None
        assert str((await waiting_behind(session, found[1])).referral_id) == row.payload["referral"]
    assert (letter["To"], letter["From"]) == (address, "homeward@example.org")
    assert letter["Subject"] == "A request waits for your answer"
    for word in ("Amadou", "masonry", "Brikama", "HW-"):
        assert word not in LINK.sub("", letter.as_string())
    now = await settled(database)
    assert (now.state, now.reason) == (OutboxState.DONE, None)


async def test_it_is_written_in_the_language_of_the_account(database: Database, mailbox: Mailbox) -> None:
    row = await one_sent(database)
    async with database.transaction() as session:
        account = update(StaffMember).where(StaffMember.id == UUID(row.payload["staff"]))
        await session.execute(account.values(language="ar"))
    await Postman(database, settings_with(mailbox.url)).deliver(row)
    (letter,) = mailbox.letters
    assert letter["Subject"] == say("ar", Message("A request waits for your answer"))
    assert LINK.search(letter.get_content())


async def test_without_a_server_nothing_is_sent_and_no_link_is_made(database: Database, mailbox: Mailbox) -> None:
    await Postman(database, Settings(public_url=ORIGIN)).deliver(await one_sent(database))
    now = await settled(database)
    assert (now.state, now.reason) == (OutboxState.DONE, "no mail server")
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(AnswerLink)) == 0
    assert mailbox.raw == []


async def test_a_server_that_is_away_is_tried_again_and_at_last_given_up(database: Database) -> None:
    postman = Postman(database, settings_with("smtp://127.0.0.1:9"))
    row = await one_sent(database)
    await postman.deliver(row)
    now = await settled(database)
    assert (now.state, now.reason) == (OutboxState.WAITING, "mail server")
    assert now.due_at > clock.now() + timedelta(minutes=1)
    row.attempts = MOST_ATTEMPTS
    await postman.deliver(row)
    now = await settled(database)
    assert (now.state, now.reason) == (OutboxState.FAILED, "mail server")


async def test_an_address_that_the_server_refuses_is_given_up_at_once(database: Database, mailbox: Mailbox) -> None:
    mailbox.refuses = "550 no such user"
    await Postman(database, settings_with(mailbox.url)).deliver(await one_sent(database))
    now = await settled(database)
    assert (now.state, now.reason) == (OutboxState.FAILED, "address refused")


async def test_who_has_answered_meanwhile_gets_no_letter(database: Database, mailbox: Mailbox) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session)
        referral = await scene.sent()
        await accept(session, referral.id, actor=scene.partner)
        await session.execute(update(OutboxRow).where(OutboxRow.topic == TELL_PERSON).values(state=OutboxState.DONE))
    await Postman(database, settings_with(mailbox.url)).deliver(await taken(database))
    now = await settled(database)
    assert (now.state, now.reason) == (OutboxState.DONE, "needs no answer")
    assert mailbox.raw == []


@pytest.mark.parametrize(
    ("url", "sender", "word"),
    [
        ("http://mail.example.org", "a@example.org", "HOMEWARD_MAIL_URL"),
        ("smtps://", "a@example.org", "HOMEWARD_MAIL_URL"),
        ("smtps://mail.example.org:none", "a@example.org", "HOMEWARD_MAIL_URL"),
        ("smtp://user:secret@mail.example.org", "a@example.org", "in clear"),
        ("smtps://mail.example.org", "", "HOMEWARD_MAIL_FROM"),
    ],
)
def test_a_mail_server_that_cannot_work_is_refused_without_its_password(url: str, sender: str, word: str) -> None:
    found = [each for each in dangers(Settings(mail_url=url, mail_from=sender), Part.TOOL) if "MAIL" in each]
    assert len(found) == 1
    assert word in found[0]
    assert "secret" not in found[0]


@pytest.mark.parametrize("url", ["", "smtp://127.0.0.1:2525", "starttls://u:p%40w@mail.example.org:587"])
def test_a_mail_server_that_can_work_is_not(url: str) -> None:
    settings = Settings(mail_url=url, mail_from="a@example.org")
    assert [each for each in dangers(settings, Part.TOOL) if "MAIL" in each] == []
    assert "p%40w" not in repr(settings)
