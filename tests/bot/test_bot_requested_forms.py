"""A form that staff ask for reaches the chat, is filled in there, and gives way when staff send or take it back."""

import pytest
from bot_scene import add_caseworker
from journeys import fill_in_both
from phone import Phone
from sqlalchemy import select
from telegram_stub import Sent

from access.actor import Actor
from bot.menu import GO_ON
from bot.screens import SEND
from cases.filling import begin_filling, open_draft, submit_filled
from cases.models import Case, FormRequest, Submission
from cases.requests import BEGIN, send_form, withdraw_request
from cases.rules import SubmissionState
from cases.sheets import publish
from foundation.database import Database
from questionnaire.xlsform import read_form

FORM = b"""\
| survey |
|        | type    | name  | label           |
|        | text    | trade | Your trade?     |
|        | integer | years | How many years? |

| settings |
|          | form_title | form_id | version |
|          | Trades     | trades  | 1       |
"""


@pytest.fixture
async def caseworker(phone: Phone, database: Database) -> Actor:
    """Someone who asks for a form, once the person has sent those that everyone is asked."""
    await fill_in_both(phone)
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        await publish(session, read_form(FORM, ".md"))
        await send_form(session, (await session.scalars(select(Case))).one(), "trades", actor=caseworker)
    return caseworker


def labels(said: list[Sent]) -> list[str]:
    return [label for each in said for row in each.buttons for label, _data in row]


async def submissions(database: Database) -> list[SubmissionState]:
    async with database.reading() as session:
        found = select(Submission.state).where(Submission.sheet_id == "trades").order_by(Submission.started_at)
        return list(await session.scalars(found))


async def test_a_requested_form_is_told_neutrally_filled_in_and_done(
    phone: Phone, database: Database, caseworker: Actor
) -> None:
    await phone.deliver_rest()
    said = phone.read()[-1].text
    assert "few questions for you" in said
    assert "Trades" not in said
    assert "Your trade?" in (await phone.tap(BEGIN))[-1].text
    await phone.write("Tailor")
    await phone.write("/menu")
    assert "How many years?" in (await phone.tap(GO_ON))[-1].text
    await phone.write("4")
    await phone.tap(SEND)
    assert await submissions(database) == [SubmissionState.SUBMITTED]
    async with database.reading() as session:
        assert (await session.scalars(select(FormRequest.done_at))).one() is not None
    assert GO_ON.text not in labels(await phone.write("/menu"))


async def test_a_form_that_staff_send_meanwhile_is_over_in_the_chat(
    phone: Phone, database: Database, caseworker: Actor
) -> None:
    await phone.deliver_rest()
    await phone.tap(BEGIN)
    await phone.write("Tailor")
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        begun = await begin_filling(session, case, "trades", actor=caseworker)
        draft = await open_draft(session, case, begun.id, actor=caseworker, for_change=True)
        await submit_filled(session, draft.with_answer("years", 4), actor=caseworker)
    await phone.write("5")
    assert await submissions(database) == [SubmissionState.ABANDONED, SubmissionState.SUBMITTED]
    assert GO_ON.text not in labels(await phone.write("/menu"))


async def test_a_form_taken_back_is_over_in_the_chat(phone: Phone, database: Database, caseworker: Actor) -> None:
    await phone.deliver_rest()
    await phone.tap(BEGIN)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        request = (await session.scalars(select(FormRequest))).one()
        await withdraw_request(session, case, request.id, actor=caseworker)
    said = await phone.write("Tailor")
    assert "Your trade?" not in said[-1].text
    assert GO_ON.text not in labels(said)
    assert await submissions(database) == [SubmissionState.ABANDONED]
