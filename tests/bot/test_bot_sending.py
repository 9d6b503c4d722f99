"""What sending money costs, in the chat: for anyone, and nothing of it is kept."""

import pytest
from bot_records import rows
from phone import Phone
from test_bot_golden import MOMENT, compare

from bot.menu import MONEY
from bot.money import SENDING, SENDING_DATA
from bot.replies import LONGEST_DATA
from bot.sending import ABOUT, OTHER_COUNTRIES
from cases.models import Case
from foundation import clock
from foundation.database import Database
from foundation.language import autonym, say_country
from homeward.demo.remittances import add_remittances
from referrals.remittances import STALE


@pytest.fixture
async def prices(database: Database) -> None:
    with clock.moved_to(MOMENT):
        async with database.transaction() as session:
            await add_remittances(session)


async def open_prices(phone: Phone) -> None:
    await phone.write("/start")
    await phone.tap(autonym(phone.language))
    await phone.tap(MONEY)
    await phone.tap(SENDING)


@pytest.mark.usefixtures("prices")
async def test_anyone_sees_the_three_cheapest_beside_the_goals(phone: Phone, database: Database) -> None:
    phone.fixed = MOMENT
    await open_prices(phone)
    await phone.tap("Germany")
    await phone.tap("Gambia")
    await phone.tap(ABOUT.of(amount="200 USD"))
    await phone.tap(ABOUT.of(amount="500 USD"))
    await phone.tap(OTHER_COUNTRIES)
    compare("sending.en.txt", phone.transcript)
    assert await rows(database, Case) == []
    for sent in phone.network.sent:
        assert all(0 < len(data.encode()) <= LONGEST_DATA and label for row in sent.buttons for label, data in row)


@pytest.mark.usefixtures("prices")
async def test_names_stand_in_the_reader_s_language(phone: Phone) -> None:
    phone.language = "ar"
    phone.fixed = MOMENT
    await open_prices(phone)
    await phone.tap(say_country("ar", "IT"))
    await phone.tap(say_country("ar", "TN"))
    (said,) = await phone.tap(ABOUT.of(amount="200 USD"))
    assert say_country("ar", "TN") in said.text
    assert "\u2068Example Harbour Online\u2069" in said.text
    assert "Costs" not in said.text


@pytest.mark.usefixtures("prices")
@pytest.mark.parametrize(("days", "is_old"), [(STALE.days - 60, False), (STALE.days, True)])
async def test_old_prices_are_said_to_be_old(phone: Phone, days: int, is_old: bool) -> None:  # noqa: FBT001  # from the table above
    phone.fixed = MOMENT
    phone.wait(days=days)
    await open_prices(phone)
    await phone.tap("France")
    await phone.tap("Tunisia")
    (said,) = await phone.tap(ABOUT.of(amount="200 USD"))
    assert ("These prices are old." in said.text) is is_old


async def test_without_any_prices_that_is_said(phone: Phone) -> None:
    await open_prices(phone)
    assert "We have no prices yet." in phone.network.sent[-1].text


@pytest.mark.usefixtures("prices")
@pytest.mark.parametrize(
    "data",
    [
        f"{SENDING_DATA}:7",
        f"{SENDING_DATA}.to:ZZ:0",
        f"{SENDING_DATA}.to:DE:x",
        f"{SENDING_DATA}.usd:DE:TN",
        f"{SENDING_DATA}.show:DE:GM:300",
        f"{SENDING_DATA}.show:GM:DE:200",
        f"{SENDING_DATA}.show:DE",
    ],
)
async def test_a_button_that_never_was_leads_back_to_a_choice(phone: Phone, data: str) -> None:
    await open_prices(phone)
    said = await phone.tap_data(data)
    assert all(each.text for each in said)
    assert any(each.buttons for each in said)
