"""What a person says never stands anywhere in the clear: not in the file, not in a column meant for codes."""

import re
from pathlib import Path

from bot_records import rows
from bot_scene import add_caseworker
from journeys import fill_in_both, tell_needs
from phone import CHAT_ID, Phone
from sqlalchemy import select

from bot.deleting import DELETE_YES
from bot.models import Chat
from bot.screens import SEND, SKIP
from cases.messages import send_to_person
from cases.models import Case
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.language import Message
from foundation.outbox import OutboxRow

CANARIES = ("Zuzannah", "needlework", "Is the canary safe", "canary answered", "breadmaking")
CODES = re.compile(r"[\w.:+-]{0,64}")


async def fill_in_with_canaries(phone: Phone, database: Database) -> None:
    """Both forms, a message each way; every canary is said by someone."""
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap("Begin")
    await phone.tap("Yes, I am 18 or older")
    await phone.tap("Yes, I agree")
    await phone.write("Zuzannah")
    await phone.write("1990")
    await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await phone.tap("Go on with the questions")
    for _question in range(7):
        await phone.tap(SKIP)
    await phone.tap(Message("Learn a trade or go to school"))
    await phone.tap("Done")
    await phone.write("needlework")
    await phone.write("breadmaking")
    for _question in range(3):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await phone.write("/message")
    await phone.write("Is the canary safe?")
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await send_to_person(session, case, "canary answered", actor=caseworker)
    await phone.receive()


async def test_no_word_of_a_person_is_in_the_database_s_bytes(phone: Phone, database: Database) -> None:
    await fill_in_with_canaries(phone, database)
    said = "\n".join(sent.text for sent in phone.network.sent) + "\n".join(phone.transcript)
    assert all(canary in said for canary in CANARIES)
    found = await stored_bytes(database)
    assert b"case_file" in found
    for canary in (*CANARIES, str(CHAT_ID)):
        assert canary.encode() not in found
        assert canary.casefold().encode() not in found


async def test_after_deleting_not_even_the_codes_are_left(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    (chat,) = await rows(database, Chat)
    await phone.write("/delete")
    await phone.tap(DELETE_YES)
    await database.scrub()
    found = await stored_bytes(database)
    assert chat.address.box not in found
    assert chat.address.box.hex().encode() not in found


async def test_columns_for_codes_hold_only_codes(phone: Phone, database: Database) -> None:
    await fill_in_both_again(phone)
    for chat in await rows(database, Chat):
        assert all(is_code(value) for value in chat.place.values())
    for row in await rows(database, OutboxRow):
        assert all(is_code(value) for value in row.payload.values())
        assert row.reason is None or is_code(row.reason)
    entries = await rows(database, AuditEntry)
    assert len(entries) > 20
    for entry in entries:
        assert all(is_code(value) for value in entry.facts.values())
        assert set(entry.facts) <= {
            "consent", "files", "form", "kind", "phase", "question", "recipient", "rule", "submission", "urgency",
            "task", "version",
        }  # fmt: skip


async def test_buttons_carry_places_and_ids_never_answers(phone: Phone, database: Database) -> None:
    await fill_in_both_again(phone)
    carried = [data for sent in phone.network.sent for row in sent.buttons for _text, data in row]
    assert len(carried) > 100
    question = re.compile(
        r"q:[\w-]{8}:(choose|pick|drop|view|edit|goto):\d{1,2}|q:[\w-]{8}:(done|skip|keep|back|send):"
    )
    other = re.compile(
        r"c:[\w-]{8}:(yes|no)|a:[\w-]{8}:(yes|no|unsure)|m\.[a-z]+(:[a-z_]+)?|w:[0-9a-f]{32}|q:[\w-]{8}:review:"
    )
    assert [data for data in carried if not (question.fullmatch(data) or other.fullmatch(data))] == []


async def fill_in_both_again(phone: Phone) -> None:
    """With a danger told and several ticks, which leave more traces than skipping does."""
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap("Begin")
    await phone.tap("Yes, I am 18 or older")
    await phone.tap("Yes, I agree")
    await phone.write("Amie")
    await phone.write("1990")
    await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await tell_needs(phone)


def is_code(value: object) -> bool:
    return isinstance(value, int) or CODES.fullmatch(str(value)) is not None


async def stored_bytes(database: Database) -> bytes:
    """SQLite: the file and its log. PostgreSQL: every table as text."""
    if database.is_sqlite:
        path = Path(database.url.partition("///")[2])
        return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))
    async with database.engine.connect() as connection:
        names = (await connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        texts = []
        for (name,) in names:
            found = await connection.exec_driver_sql(f"SELECT '{name}' || t::text FROM \"{name}\" t")  # noqa: S608
            texts += [text for (text,) in found]
    return "\n".join(texts).encode()
