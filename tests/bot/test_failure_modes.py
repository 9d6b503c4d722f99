"""What goes wrong in other bots, and what must happen here: one test for each way to fail.

Each test was seen to fail with its defence taken out; its docstring says what the defence is, and what happens without.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bot_records import answers, only, rows
from journeys import agree
from phone import Phone
from sqlalchemy import select
from telegram import Update
from telegram_stub import TOKEN, Fault, TelegramStub

from bot import receiving, turns
from bot.asking import OLD_BUTTON
from bot.models import Chat, DeadLetter, SeenUpdate
from bot.receiving import Receiver
from bot.replies import LONGEST_TEXT, units
from bot.screens import SKIP
from bot.telegram import as_kept
from bot.turns import OVERTAKEN_WITHIN, TOO_LATE, take_turn
from cases.messages import TELL_PERSON
from cases.models import Case
from foundation import clock, media
from foundation.database import Database
from foundation.keys import open_subject
from foundation.outbox import LEASE, OutboxRow, OutboxState, enqueue
from foundation.sealing import KeyRing

FLOOD = Fault(429, "Too Many Requests: retry after 3", retry_after=3)
BLOCKED = Fault(403, "Forbidden: bot was blocked by the user")


@pytest.fixture
async def second(receiver: Receiver, database_url: str, keys: KeyRing) -> AsyncIterator[Receiver]:
    """Another process: its own connections and its own memory."""
    database = Database(database_url, keys)
    yield Receiver(database, receiver.bot, receiver.desk, receiver.delivery)
    await database.close()


def update_of(phone: Phone, content: dict[str, Any]) -> Update:
    return Update.de_json(content, phone.receiver.bot)


async def failing(*_arguments: object) -> object:
    raise ValueError("this update always fails")


async def test_quick_answers_that_two_processes_take_at_once_do_not_land_on_one_question(
    phone: Phone, second: Receiver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chat's row is locked for the whole turn.

    Without `with_for_update` (PostgreSQL) or BEGIN IMMEDIATE (SQLite) both become the answer to the first question.
    """
    await agree(phone)
    route = turns.route

    async def slow(turn: Any) -> None:
        await asyncio.sleep(0.1)  # so that the other surely begins meanwhile
        await route(turn)

    monkeypatch.setattr(turns, "route", slow)
    updates = [update_of(phone, phone.written(text)) for text in ("1984", "1985")]
    await asyncio.gather(phone.receiver.receive(updates[:1]), second.receive(updates[1:]))
    stored = await answers(database)
    assert {stored["called"], str(stored["birth_year"])} == {"1984", "1985"}


async def test_what_one_process_did_the_other_knows(phone: Phone, second: Receiver, database: Database) -> None:
    """The state is in the row, read in the turn's transaction.

    With the place kept in the receiver's memory the second answer would be taken for a name.
    """
    await agree(phone)
    await phone.receiver.receive([update_of(phone, phone.written("Amie"))])
    await second.receive([update_of(phone, phone.written("1990"))])
    stored = await answers(database)
    assert (stored["called"], stored["birth_year"]) == ("Amie", 1990)


async def test_an_update_counts_as_taken_only_when_it_is_committed(
    phone: Phone, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`receive` raises until the turn is committed, so that nobody acknowledges (see also test_bot_polling).

    With errors swallowed in `receive` the update would be acknowledged and lost.
    """
    update = phone.written("/start")
    with monkeypatch.context() as away:
        away.setattr(receiving, "take_turn", failing)
        away.setattr(receiving, "bury", failing)
        with pytest.raises(ValueError, match="always fails"):
            await phone.receive(update)
    assert await rows(database, SeenUpdate) == []
    assert len(await phone.receive(update)) == 1


async def test_a_repeat_has_no_effect_even_when_ids_arrive_out_of_order(phone: Phone, database: Database) -> None:
    """Every id is kept for itself, in the same transaction.

    A high-water mark would have dropped the earlier id that came late; no mark would have answered twice.
    """
    await agree(phone)
    early, late = phone.written("Amie"), phone.written("1990")
    await phone.receive(late)
    await phone.receive(early)
    said = len(await rows(database, OutboxRow))
    await phone.receive(early, late, early)
    assert len(await rows(database, OutboxRow)) == said
    assert (await answers(database))["called"] == "1990"


async def test_a_lost_answer_is_repeated_once_and_no_more(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    """An ambiguous failure is marked on the row; the second is the last.

    Without the mark (`before`) it is repeated until the attempts run out.
    """
    await agree(phone)
    network.faults["sendMessage"] = [Fault(0, arrives=True)] * 5
    said = len(await phone.write("Amie"))
    for _minute in range(5):
        phone.wait(minutes=1)
        said += len(await phone.receive())
    assert said == 2
    assert (await only(database, OutboxRow, OutboxRow.state == OutboxState.FAILED)).reason == "ambiguous"


async def test_what_was_to_be_sent_later_outlives_the_process(
    phone: Phone, network: TelegramStub, second: Receiver, database: Database
) -> None:
    """What waits is a row with a due time; any process sends it.

    With the retry kept as a sleeping task it would have gone with the process.
    """
    await agree(phone)
    network.faults["sendMessage"] = [FLOOD]
    assert await phone.write("Amie") == []
    row = await only(database, OutboxRow, OutboxRow.state == OutboxState.WAITING)
    assert row.due_at > clock.now()
    phone.receiver = second
    phone.wait(seconds=5)
    assert [each.text[:10] for each in await phone.receive()] == ["Question 2"]


async def test_a_stale_tap_changes_nothing(phone: Phone, database: Database) -> None:
    """Every button carries the nonce of its question.

    Without the comparison in `take_tap` the old button would skip the question that stands now.
    """
    await agree(phone)
    data, message_id, _label = phone.find(SKIP)
    await phone.write("Amie")
    phone.wait(minutes=1)
    (question,) = await phone.tap_data(data, message_id)
    assert OLD_BUTTON.text in question.text
    stored = await answers(database)
    assert "birth_year" not in stored
    assert stored["called"] == "Amie"


async def test_a_double_tap_is_one_tap(phone: Phone, database: Database) -> None:
    """The nonce just replaced is known for some seconds.

    Without `is_second_tap` the second one is told off as an old button.
    """
    await agree(phone)
    assert len(await phone.tap(SKIP, times=2)) == 1
    assert "birth_year" not in await answers(database)


async def test_the_button_s_wheel_stops_before_the_turn_has_its_lock(
    phone: Phone, network: TelegramStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tap is answered at once, and an answer that comes too late is no error.

    Answered after the turn, it comes too late whenever the chat is busy; unguarded, its 400 would end the sending.
    """
    await agree(phone)
    answered_before: list[bool] = []

    async def look(*arguments: Any) -> Any:
        await asyncio.sleep(0.01)
        answered_before.append([name for name, _values in network.calls].count("answerCallbackQuery") > before)
        return await take_turn(*arguments)

    before = [name for name, _values in network.calls].count("answerCallbackQuery")
    monkeypatch.setattr(receiving, "take_turn", look)
    network.faults["answerCallbackQuery"] = [Fault(400, "Bad Request: query is too old")]
    assert len(await phone.tap(SKIP)) == 1
    assert answered_before == [True]


@pytest.mark.parametrize("text", ["Menu", "☰ Menu", "Help", "stop", "Skip"])
async def test_a_button_s_words_as_an_answer_are_an_answer(phone: Phone, database: Database, text: str) -> None:
    """Taps go by their data; only commands interrupt.

    With routing by label the person could not be called what the button is called.
    """
    await agree(phone)
    await phone.write(text)
    assert (await answers(database))["called"] == text


async def test_a_person_in_a_form_always_has_menu_back_and_a_human(phone: Phone) -> None:
    """Under every question stand the ways out; a form left half filled is found by the sweep (test_bot_reminding).

    Without `_control_rows` a question would be a dead end.
    """
    await agree(phone)
    (question,) = await phone.write("Amie")
    carried = {data.partition(":")[0] if data.startswith("m.") else data.split(":")[2] for data in data_of(question)}
    assert {"back", "m.write", "m.stop"} <= carried
    menu = (await phone.tap_data("m.stop"))[-1]
    assert {"m.begin", "m.write"} <= set(data_of(menu))


def data_of(sent: Any) -> list[str]:
    return [data for row in sent.buttons for _label, data in row]


async def test_any_403_means_stopped_and_the_caseworker_sees_it(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    """Blocked or deactivated: the chat is stopped, the case calls for attention, nothing more is tried.

    Without `mark_stopped` the staff would wait for an answer that cannot come.
    """
    await agree(phone)
    network.faults["sendMessage"] = [BLOCKED]
    assert await phone.write("Amie") == []
    assert (await only(database, Chat)).stopped_at is not None
    case = await only(database, Case)
    assert case.unreachable_at is not None
    assert case.attention_at is not None
    await phone.block("member")
    assert (await only(database, Chat)).stopped_at is None


async def test_a_chat_that_was_given_another_id_goes_on_there(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    """`migrate_to_chat_id`: the address and its fingerprint change, the conversation stays.

    Without `readdress` the message is sent to the old id until it is given up.
    """
    await agree(phone)
    network.faults["sendMessage"] = [Fault(400, "Bad Request: group chat was upgraded", migrate_to=8_000_000_001)]
    assert await phone.write("Amie") == []
    phone.chat_id = 8_000_000_001
    phone.wait(seconds=2)
    assert [each.text[:10] for each in await phone.receive()] == ["Question 2"]
    await phone.write("1990")
    assert len(await rows(database, Chat)) == 1
    assert (await answers(database))["birth_year"] == 1990


async def test_an_edited_message_corrects_the_latest_answer_only(phone: Phone, database: Database) -> None:
    """The place remembers which message held the last typed answer.

    Without that comparison the edit of an older message would overwrite the newest answer.
    """
    await agree(phone)
    name = phone.written("Amei")
    await phone.receive(name)
    await phone.edit(name["message"]["message_id"], "Amie")
    assert (await answers(database))["called"] == "Amie"
    await phone.write("1990")
    (told,) = await phone.edit(name["message"]["message_id"], "1995")
    assert "not changed anything" in told.text
    stored = await answers(database)
    assert (stored["called"], stored["birth_year"]) == ("Amie", 1990)


async def test_an_album_is_one_thing_sent(phone: Phone) -> None:
    """Photos sent together are known by `media_group_id` and answered once.

    Without `_same_album` ten photos get ten answers.
    """
    await agree(phone)
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}]
    album = [phone.message(photo=photo, media_group_id="77") for _photo in range(5)]
    assert len(await phone.receive(*album)) == 1


async def test_a_text_too_long_for_one_message_arrives_whole_in_several(phone: Phone, network: TelegramStub) -> None:
    """Split at paragraphs, the buttons under the last.

    Without `paragraphs` Telegram refuses it and the person hears nothing.
    """
    await agree(phone)
    paragraph = "слово 🙂 " * 180
    async with phone.receiver.database.transaction() as session:
        chat = (await session.scalars(select(Chat))).one()
        key = await open_subject(session, chat.subject_id)
        text = "\n\n".join([paragraph.strip()] * 9)
        enqueue(session, TELL_PERSON, key=key, payload={}, body={"text": text, "buttons": [[["A", "m.menu"]]]})
    parts = await phone.receive()
    assert len(parts) > 2
    assert all(units(part.text) <= LONGEST_TEXT for part in parts)
    assert "\n\n".join(part.text for part in parts) == text
    assert [bool(part.buttons) for part in parts] == [*[False] * (len(parts) - 1), True]
    row = (await rows(phone.receiver.database, OutboxRow))[-1]
    assert row.sent_as == parts[-1].message_id


@pytest.mark.parametrize("size", [media.LARGEST + 1, 21 * 1024**2])
async def test_a_file_that_is_too_large_is_not_even_asked_for(phone: Phone, network: TelegramStub, size: int) -> None:
    """The size is looked at before getFile, which refuses more than 20 MB.

    Without the look the refusal would be a failed turn.
    """
    await agree(phone)
    document = {"file_id": "d", "file_unique_id": "d", "file_size": size, "file_name": "film.pdf"}
    assert len(await phone.send("document", document=document)) == 1
    assert "getFile" not in [name for name, _values in network.calls]


async def test_a_flood_halts_its_own_chat_only(phone: Phone, network: TelegramStub, database: Database) -> None:
    """RetryAfter moves the due time of one row; its lane waits behind it, no other does.

    With one sleep for all, or with none, the others would wait or the order would break.
    """
    others = [Phone(phone.receiver, network, chat_id=phone.chat_id + place) for place in range(1, 4)]
    await agree(phone)
    network.faults["sendMessage"] = [FLOOD]
    assert await phone.write("Amie") == []
    assert await phone.write("1990") == []
    assert [len(await other.write("/start")) for other in others] == [1, 1, 1]
    assert len(await rows(database, OutboxRow, OutboxRow.state == OutboxState.WAITING)) == 2
    phone.wait(seconds=5)
    assert [each.text[:10] for each in await phone.receive()] == ["Question 2", "Question 3"]


async def test_an_update_that_always_fails_is_put_aside_sealed_and_the_chat_goes_on(
    phone: Phone, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three tries it is a dead letter and counts as seen.

    Without `bury` it would be received for ever, and nothing behind it.
    """
    await agree(phone)
    tries = [0]

    async def broken(*_arguments: object) -> object:
        tries[0] += 1
        raise ValueError("a word of the person: SECRET")

    with monkeypatch.context() as faulty:
        faulty.setattr(receiving, "take_turn", broken)
        (sorry,) = await phone.write("SECRET name")
    assert tries[0] == receiving.TRIES == 3
    assert "Something went wrong on our side" in sorry.text
    letter = await only(database, DeadLetter)
    assert letter.error == "ValueError"
    assert b"SECRET" not in letter.update.box
    assert len(await phone.write("Amie")) == 1
    assert (await answers(database))["called"] == "Amie"


async def test_a_text_that_a_tap_has_overtaken_does_not_answer_the_next_question(
    phone: Phone, database: Database
) -> None:
    """In webhook mode taps and texts come in lanes of their own; the numbers of the updates tell their true order.

    Without `_is_overtaken` the name would be stored as the answer to a question not yet seen when it was written.
    """
    await agree(phone)
    text = phone.written("Amie")
    tap = phone.tapped(*phone.find(SKIP)[:2])
    await phone.receive(tap)
    told = await phone.receive(text)
    assert told[0].text == TOO_LATE.text
    assert told[-1].text.startswith("Question 2")
    stored = await answers(database)
    assert "birth_year" not in stored
    assert not stored.get("called")


async def test_a_text_that_hide_has_overtaken_meets_only_the_cover(phone: Phone) -> None:
    """Whoever looks at the phone now must not read that there was a message."""
    await agree(phone)
    text = phone.written("Amie")
    await phone.receive(phone.tapped("m.hide", 1))
    told = await phone.receive(text)
    assert told
    assert not any(TOO_LATE.text in each.text or "Question" in each.text for each in told)


async def test_a_text_overtaken_long_ago_or_by_a_number_far_away_is_taken(phone: Phone, database: Database) -> None:
    """After a quiet week Telegram may begin to number anywhere.

    Without the two limits of `_is_overtaken` nothing that such a person writes would ever be taken again.
    """
    await agree(phone)
    early, earlier = phone.written("1990"), phone.written("Amie")
    earlier["update_id"] -= 1_000_000
    await phone.tap(SKIP)
    await phone.write("1990")
    await phone.receive(earlier)
    phone.wait(seconds=OVERTAKEN_WITHIN.total_seconds() + 1)
    assert TOO_LATE.text not in {each.text for each in await phone.receive(early)}
    assert (await answers(database))["birth_year"] == 1990


async def test_what_telegram_strips_is_stripped_before_anything_is_compared(phone: Phone, database: Database) -> None:
    """U+2028 to U+202E never arrive, isolates do; an answer is compared as Telegram would have handed it on.

    Without `as_kept` an answer copied with such a sign is not recognised.
    """
    await agree(phone)
    await phone.write("\u202bAmie\u202c ")
    await phone.write("\u202a1990\u2028")
    await phone.write(" \u202efemale\u202c")
    stored = await answers(database)
    assert (stored["called"], stored["birth_year"], stored["sex"]) == ("Amie", 1990, "female")
    assert as_kept("\u2028a\u2066b\u2069\u202e ") == "a\u2066b\u2069"


async def test_nothing_we_say_holds_what_telegram_strips(phone: Phone) -> None:
    """Direction is given by isolates, which stay.

    With embeddings the text sent and the text that Telegram keeps would differ, and an edit would never be the same.
    """
    phone.language = "ar"
    await agree(phone)
    await phone.write("Amie")
    said = "".join(each.text + str(each.buttons) for each in phone.network.sent)
    assert said == "".join(letter for letter in said if not "\u2028" <= letter <= "\u202e")


CALL_AND_FAIL = f"""
import asyncio, logging
from bot.telegram import create_bot
from foundation.settings import Settings
from homeward.logs import configure_logs

async def call():
    configure_logs("json", "bot")
    bot = create_bot(Settings(_env_file=None, telegram_token="{TOKEN}", telegram_api="http://127.0.0.1:9"))
    try:
        await bot.initialize()
    except Exception:
        logging.getLogger("homeward").exception("the call failed")

asyncio.run(call())
logging.getLogger().setLevel(logging.INFO)  # as someone does who looks for a fault
logging.getLogger("httpx").info("HTTP Request: POST http://127.0.0.1:9/bot{TOKEN}/getMe")
"""


async def test_the_token_is_never_in_the_log() -> None:
    """The library under the bot logs whole addresses at INFO, and the token is part of each.

    Without the level that `configure_logs` sets, and the formatter that keeps an error's text out, it stands there.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CALL_AND_FAIL), stdout=PIPE, stderr=PIPE, cwd=Path(__file__).parents[2]
    )
    out, err = await process.communicate()
    assert b"the call failed" in err
    assert TOKEN.encode() not in out + err


def test_the_lease_outlasts_every_pause_within_one_attempt() -> None:
    """While a process sends, no worker may take the row as well.

    With a shorter lease than the network's own limits a slow line would double every message.
    """
    assert timedelta(seconds=10 + 20 + 30) <= LEASE
