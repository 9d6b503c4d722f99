"""A bot on a real database: everything is real but Telegram's network."""

from uuid import uuid4

import pytest
from phone import Phone
from telegram_stub import TelegramStub, stub_bot

from access.models import Organisation, OrganisationKind
from bot.delivery import Delivery, Limits
from bot.receiving import Receiver
from bot.turns import Desk
from cases.notices import Programme
from cases.sheets import publish_built_in
from foundation.database import Database

UNLIMITED = 1_000_000.0
PROGRAMME = Programme("Example Return Service", 24, no_police_access=True)
LANGUAGES = ("en", "fr", "ar")


@pytest.fixture
def network() -> TelegramStub:
    return TelegramStub()


@pytest.fixture
async def receiver(database: Database, network: TelegramStub) -> Receiver:
    async with database.transaction() as session:
        session.add(Organisation(id=uuid4(), name="Example Return Service", kind=OrganisationKind.OPERATOR))
        await publish_built_in(session)
    bot = await stub_bot(network)
    delivery = Delivery(database, bot, Limits(UNLIMITED, UNLIMITED))
    return Receiver(database, bot, Desk(PROGRAMME, LANGUAGES), delivery)


@pytest.fixture
def phone(receiver: Receiver, network: TelegramStub) -> Phone:
    return Phone(receiver, network)
