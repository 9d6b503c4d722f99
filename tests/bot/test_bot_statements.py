"""A turn stays cheap: what one answer costs in SQL, with everything that sending the reply costs."""

from typing import Any

from counted_statements import counted
from journeys import agree, fill_in_both
from phone import Phone

from bot.menu import GO_ON
from bot.screens import SEND, SKIP
from foundation.language import Message

MOST = 8


async def costs_at_most(most: int, phone: Phone, update: dict[str, Any]) -> None:
    """One update: its turn and what follows the sending, without the worker."""
    phone.worker = False
    with counted(phone.receiver.database) as statements:
        assert len(await phone.receive(update)) == 1
    assert 0 < len(statements) <= most, statements


async def test_an_answer_costs_few_statements_in_both_forms(phone: Phone) -> None:
    await agree(phone)
    await phone.write("Amie")
    await costs_at_most(MOST, phone, phone.written("1990"))
    await costs_at_most(MOST, phone, phone.tapped(*phone.find("Woman or girl")[:2]))
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await phone.tap(GO_ON)
    for label in ("Yes", "No", "No", "I prefer not to say"):
        await costs_at_most(MOST, phone, phone.tapped(*phone.find(label)[:2]))
    await costs_at_most(MOST, phone, phone.tapped(*phone.find("Passport")[:2]))
    await costs_at_most(MOST, phone, phone.tapped(*phone.find("Done")[:2]))


async def test_a_message_to_the_caseworker_costs_few_statements(phone: Phone) -> None:
    await fill_in_both(phone)
    await phone.write("/message")
    # One more than it needs for the words: since when the person waits is set in the database itself.
    await costs_at_most(MOST + 2, phone, phone.written("Hello"))
