"""The savings goal in the chat: set step by step, counted exactly, seen by nobody else unless the person says yes."""

from decimal import Decimal

import pytest
from bot_records import only, rows
from journeys import fill_in_both
from phone import Phone
from test_bot_golden import MOMENT, compare
from test_bot_privacy import stored_bytes

from bot.deleting import DELETE_YES
from bot.goal_view import CHANGE, END, HIDE_AGAIN, LET_SEE, PUT, TAKE_BACK, bar
from bot.menu import DELETE, MENU, MONEY, MORE
from bot.models import Chat
from bot.money import SAVINGS
from bot.saving import BACK_TO_GOAL, CHANGES, DAYS, END_YES, NO_DAY, SET, SHARE_NO, SHARE_YES
from cases.models import Case
from cases.savings import Savings, savings_of, shared_with_team
from cases.savings_models import SavingsEntry, SavingsGoal
from foundation.database import Database
from foundation.language import RLM

CANARY = "a sewing machine for Binta"


async def open_savings(phone: Phone) -> None:
    await fill_in_both(phone)
    await phone.tap(MENU)
    await phone.tap(MORE)
    await phone.tap(MONEY)
    await phone.tap(SAVINGS)


async def set_goal(phone: Phone, amount: str = "400") -> None:
    await open_savings(phone)
    await phone.tap(SET)
    await phone.write(CANARY)
    await phone.write(amount)
    await phone.tap(NO_DAY)
    await phone.tap(SHARE_NO)


async def put(phone: Phone, amount: str) -> str:
    await phone.tap(PUT)
    return "\n".join(sent.text for sent in await phone.write(amount))


async def goals(database: Database) -> list[Savings]:
    async with database.reading() as session:
        case = await session.get_one(Case, (await only(database, Case)).id)
        return await savings_of(session, case)


async def shared(database: Database) -> int:
    async with database.reading() as session:
        case = await session.get_one(Case, (await only(database, Case)).id)
        return len(await shared_with_team(session, case))


async def test_a_goal_is_set_filled_changed_reached_and_ended(phone: Phone) -> None:
    phone.fixed = MOMENT
    await fill_in_both(phone)
    first = len(phone.transcript)
    await phone.tap(MENU)
    await phone.tap(MORE)
    await phone.tap(MONEY)
    await phone.tap(SAVINGS)
    await phone.tap(SET)
    await phone.write("A sewing machine")
    await phone.write("four hundred")
    await phone.write("1,200")
    await phone.write("٤٠٠")
    await phone.write("1 January 2020")
    await phone.tap(DAYS[3])
    await phone.tap(SHARE_NO)
    await phone.tap(PUT)
    await phone.write("I put aside 120")
    await phone.tap(PUT)
    phone.wait(minutes=1)
    await phone.write("50 EUR")
    await phone.write("5")
    await phone.tap(TAKE_BACK.of(amount="5.000 TND"))
    await phone.tap(CHANGE)
    await phone.tap(CHANGES["amount"])
    await phone.write("200")
    phone.wait(minutes=1)
    await phone.tap(PUT)
    await phone.write("80.50")
    await phone.tap(END)
    await phone.tap(END_YES)
    compare("savings.en.txt", phone.transcript[first:])


async def test_nobody_else_sees_it_unless_the_person_says_yes(phone: Phone, database: Database) -> None:
    await open_savings(phone)
    await phone.tap(SET)
    await phone.write(CANARY)
    await phone.write("400")
    await phone.tap(NO_DAY)
    assert await shared(database) == 0
    await phone.tap(MENU)  # silence is no
    assert await shared(database) == 0
    await phone.tap_data("m.goal")
    await phone.tap(LET_SEE)
    (said,) = await phone.tap(SHARE_YES)
    assert "can now see your goal" in said.text
    assert await shared(database) == 1
    old_yes, message_id, _label = phone.find(SHARE_YES)
    await phone.tap(HIDE_AGAIN)
    assert await shared(database) == 0
    # The yes of an earlier message asks once more, and shows nothing to anyone.
    (said,) = await phone.tap_data(old_yes, message_id)
    assert "May your caseworker see your goal" in said.text
    assert await shared(database) == 0


async def test_an_entry_is_taken_back_once(phone: Phone, database: Database) -> None:
    await set_goal(phone)
    await put(phone, "120")
    await put(phone, "50")
    undo, message_id, _label = phone.find(TAKE_BACK.of(amount="50.000 TND"))
    (said,) = await phone.tap_data(undo, message_id)
    assert "Taken back: 50.000 TND." in said.text
    (said,) = await phone.tap_data(undo, message_id)
    assert "Nothing was changed." in said.text
    (goal,) = await goals(database)
    assert [each.amount for each in goal.entries] == [Decimal(120)]


async def test_two_taps_on_a_day_set_one_goal(phone: Phone, database: Database) -> None:
    await open_savings(phone)
    await phone.tap(SET)
    await phone.write(CANARY)
    await phone.write("400")
    await phone.tap(NO_DAY, times=2)
    assert len(await rows(database, SavingsGoal)) == 1


async def test_what_is_saved_for_and_how_much_is_stored_sealed_only(phone: Phone, database: Database) -> None:
    await open_savings(phone)
    await phone.tap(SET)
    await phone.write(CANARY)
    await phone.write("734921")
    assert "saving" in (await only(database, Chat)).place
    stored = await stored_bytes(database)
    assert CANARY.encode() not in stored
    assert b"734921" not in stored
    await phone.tap(NO_DAY)
    await phone.tap(SHARE_NO)
    await put(phone, "81237")
    stored = await stored_bytes(database)
    assert not [each for each in (CANARY.encode(), b"734921", b"81237") if each in stored]
    assert "saving" not in (await only(database, Chat)).place


async def test_it_goes_with_everything_else_that_is_deleted(phone: Phone, database: Database) -> None:
    await set_goal(phone)
    await put(phone, "120")
    await phone.tap(CHANGE)
    await phone.tap(CHANGES["what"])
    await phone.write("/menu")
    await phone.tap(MORE)
    await phone.tap(DELETE)
    await phone.tap(DELETE_YES)
    assert await rows(database, SavingsGoal) == await rows(database, SavingsEntry) == []
    await phone.tap_data("m.goal.by:3")
    (said,) = await phone.tap_data("m.goal")
    assert "Please choose “Begin”" in said.text


async def test_old_and_made_up_buttons_are_harmless(phone: Phone, database: Database) -> None:
    await set_goal(phone)
    await put(phone, "120")
    (before,) = await goals(database)
    unknown = "0" * 32
    for data in (
        "m.goal.by:3",
        "m.goal.by:99",
        "m.goal.new",
        "m.goal.edit:colour",
        f"g.undo:{unknown}",
        f"g.share:{unknown}:yes:x",
        f"g.share:{before.row.id.hex}:yes:x",
        f"g.end.yes:{before.row.id.hex}:x",
        f"g.end:{unknown}",
        "g.undo:zzz",
    ):
        assert await phone.tap_data(data), data
        (after,) = await goals(database)
        assert (after.terms, after.entries, after.row.shared, after.row.ended_at) == (
            before.terms,
            before.entries,
            False,
            None,
        )


async def test_another_currency_once_something_is_put_aside_is_another_goal(phone: Phone, database: Database) -> None:
    await set_goal(phone)
    await phone.tap(CHANGE)
    await phone.tap(CHANGES["amount"])
    await phone.write("90 EUR")
    await put(phone, "30")
    await phone.tap(CHANGE)
    await phone.tap(CHANGES["amount"])
    (said,) = await phone.write("400 GMD")
    assert "You count in EUR." in said.text
    (goal,) = await goals(database)
    assert (goal.terms.amount, goal.terms.currency, goal.percent) == (Decimal(90), "EUR", 33)


async def test_a_locked_phone_shows_no_goal_and_takes_no_amount(phone: Phone, database: Database) -> None:
    await set_goal(phone)
    await phone.write("/pin")
    await phone.write("4937")
    await phone.write("4937")
    await phone.tap_data("m.goal.put")
    phone.wait(minutes=11)
    (said,) = await phone.write("50")
    assert "PIN" in said.text
    assert await rows(database, SavingsEntry) == []
    (said,) = await phone.write("4937")
    assert CANARY in said.text
    phone.wait(minutes=11)
    (said,) = await phone.tap_data("m.goal")
    assert CANARY not in said.text


async def test_the_chat_leads_back_and_a_photo_is_no_amount(phone: Phone, database: Database) -> None:
    await set_goal(phone)
    await phone.tap_data("m.goal.put")
    (said,) = await phone.send("photo", photo=[{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}])
    assert "in words or digits" in said.text
    await phone.tap(MENU)
    await phone.write("70")
    assert await rows(database, SavingsEntry) == []
    await phone.tap_data("m.goal.edit")
    (said,) = await phone.tap(BACK_TO_GOAL)
    assert CANARY in said.text


@pytest.mark.parametrize(("percent", "filled"), [(0, 0), (9, 0), (10, 1), (99, 9), (100, 10), (250, 10)])
def test_the_bar_is_full_only_when_the_goal_is_reached(percent: int, filled: int) -> None:
    assert bar(percent) == "▓" * filled + "░" * (10 - filled)


async def test_from_right_to_left_the_bar_stands_in_a_message_that_begins_so(phone: Phone) -> None:
    phone.language = "ar"
    await set_goal(phone)
    said = await put(phone, "١٢٠")
    assert said.startswith(RLM)
    assert bar(30) in said.split("\n")
