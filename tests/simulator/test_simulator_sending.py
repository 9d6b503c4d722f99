"""What the bot sends meets the limits of the real server."""

import pytest
from simulator_stage import Stage, set_stage
from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter

from simulator.limits import Limits


def one_button(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data=data)]])


async def test_a_sent_message_has_the_fields_of_a_real_one(stage: Stage, phone: int) -> None:
    message = await stage.bot.send_message(phone, "Hello", protect_content=True, reply_markup=one_button("go"))
    assert message.from_user
    assert message.from_user.is_bot
    assert message.from_user.id == stage.bot.id == 100
    assert (message.chat.id, message.chat.type, message.chat.first_name) == (phone, "private", "Sara")
    assert message.date.timestamp() == stage.clock.seconds
    assert message.has_protected_content
    assert message.message_id == 2
    assert message.reply_markup == one_button("go")


@pytest.mark.parametrize("data", ["x" * 64, "ش" * 32, "y"])
async def test_callback_data_up_to_64_bytes_passes(stage: Stage, phone: int, data: str) -> None:
    message = await stage.bot.send_message(phone, "Choose", reply_markup=one_button(data))
    assert message.reply_markup == one_button(data)


@pytest.mark.parametrize("data", ["x" * 65, "ش" * 33])
async def test_longer_callback_data_is_refused(stage: Stage, phone: int, data: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)BUTTON_DATA_INVALID"):
        await stage.bot.send_message(phone, "Choose", reply_markup=one_button(data))
    assert len(await stage.hand.read(phone)) == 1


async def test_a_text_holds_4096_utf16_units(stage: Stage, phone: int) -> None:
    assert (await stage.bot.send_message(phone, "a" * 4096)).text == "a" * 4096
    assert (await stage.bot.send_message(phone, "🏠" * 2048)).text == "🏠" * 2048
    for text in ("a" * 4097, "🏠" * 2048 + "a"):
        with pytest.raises(BadRequest, match="Message is too long"):
            await stage.bot.send_message(phone, text)


@pytest.mark.parametrize("text", ["", "  \n ", "\u202b\u202c"])
async def test_an_empty_text_is_refused(stage: Stage, phone: int, text: str) -> None:
    with pytest.raises(BadRequest, match="text is empty"):
        await stage.bot.send_message(phone, text)


async def test_texts_are_stripped_on_the_way_and_isolates_kept(stage: Stage, phone: int) -> None:
    message = await stage.bot.send_message(phone, " \u202bشماره \u2068AB-12\u2069\u202c\tend\r\n\u2028two \n")
    assert message.text == "شماره \u2068AB-12\u2069 end\ntwo"
    await stage.hand.act(phone, "text", text="\u202eما\u2066x\u2069 ")
    (update,) = await stage.bot.get_updates()
    assert update.message
    assert update.message.text == "ما\u2066x\u2069"


async def test_a_chat_holds_its_burst_then_one_message_a_second(stage: Stage, phone: int) -> None:
    other = await stage.hand.new_phone("Omid")
    await stage.hand.act(other, "start")
    for number in range(20):
        await stage.bot.send_message(phone, str(number))
    with pytest.raises(RetryAfter) as refused:
        await stage.bot.send_message(phone, "too fast")
    assert refused.value._retry_after.total_seconds() == 1
    await stage.bot.send_message(other, "another chat goes on")
    stage.clock.seconds += 1
    await stage.bot.send_message(phone, "in time")


async def test_all_chats_together_hold_a_total_rate() -> None:
    async with set_stage(Limits(total_rate=0.5, total_burst=2)) as stage:
        phones = [await stage.hand.new_phone() for _ in range(3)]
        for phone in phones:
            await stage.hand.act(phone, "start")
        for phone in phones[:2]:
            await stage.bot.send_message(phone, "hello")
        with pytest.raises(RetryAfter) as refused:
            await stage.bot.send_message(phones[2], "hello")
        assert refused.value._retry_after.total_seconds() == 2


async def test_a_blocked_bot_cannot_send_until_unblocked(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "block")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await stage.bot.send_message(phone, "still there?")
    await stage.hand.act(phone, "unblock")
    await stage.bot.send_message(phone, "welcome back")


async def test_strangers_are_not_found(stage: Stage) -> None:
    never_started = await stage.hand.new_phone()
    for chat in (never_started, 12, "@nobody"):
        with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
            await stage.bot.send_message(chat, "hello")


async def test_wrong_tokens_are_refused(stage: Stage) -> None:
    for token, code in (("100:another-token", 401), ("malformed", 404)):
        with pytest.raises(InvalidToken):
            await stage.make_bot(token).initialize()
        answer = await stage.hand.http.get(f"/bot{token}/getMe")
        assert (answer.status_code, answer.json()["ok"]) == (code, False)
    unknown = await stage.hand.http.get("/bot100:local-simulator/makeCoffee")
    assert unknown.json() == {"ok": False, "error_code": 404, "description": "Not Found: method not found"}


async def test_json_form_and_query_say_the_same(stage: Stage, phone: int) -> None:
    call, words = "/bot100:local-simulator/sendMessage", {"chat_id": phone, "text": "hello"}
    answers = [
        await stage.hand.http.post(call, json=words),
        await stage.hand.http.post(call, data=words),
        await stage.hand.http.get(call, params=words),
    ]
    assert [(a.json()["ok"], a.json()["result"]["text"]) for a in answers] == [(True, "hello")] * 3


async def test_edits_change_text_and_keyboard(stage: Stage, phone: int) -> None:
    message = await stage.bot.send_message(phone, "One", reply_markup=one_button("a"))
    edited = await stage.bot.edit_message_text("Two", phone, message.message_id)
    assert (edited.text, edited.reply_markup, edited.message_id) == ("Two", None, message.message_id)
    assert edited.edit_date
    with pytest.raises(BadRequest, match="not modified"):
        await stage.bot.edit_message_text("Two", phone, message.message_id)
    keyed = await stage.bot.edit_message_reply_markup(phone, message.message_id, reply_markup=one_button("b"))
    assert keyed.reply_markup == one_button("b")
    with pytest.raises(BadRequest, match="not modified"):
        await stage.bot.edit_message_reply_markup(phone, message.message_id, reply_markup=one_button("b"))
    with pytest.raises(BadRequest, match="can't be edited"):
        await stage.bot.edit_message_text("Not mine", phone, 1)
    with pytest.raises(BadRequest, match="to edit not found"):
        await stage.bot.edit_message_text("Nobody's", phone, 99)


async def test_messages_can_be_deleted_for_48_hours(stage: Stage, phone: int) -> None:
    ids = [(await stage.bot.send_message(phone, str(n))).message_id for n in range(3)]
    await stage.bot.delete_message(phone, ids[0])
    with pytest.raises(BadRequest, match="to delete not found"):
        await stage.bot.delete_message(phone, ids[0])
    await stage.bot.delete_messages(phone, [*ids[:2], 999])
    stage.clock.seconds += 48 * 3600 + 1
    with pytest.raises(BadRequest, match="can't be deleted"):
        await stage.bot.delete_message(phone, ids[2])
    assert [m["message_id"] for m in await stage.hand.read(phone)] == [1, ids[2]]


async def test_a_persons_own_messages_can_be_deleted_for_as_long(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "text", text="my secret")
    await stage.hand.act(phone, "text", text="older by then")
    await stage.bot.delete_message(phone, 2)
    stage.clock.seconds += 48 * 3600 + 1
    with pytest.raises(BadRequest, match="can't be deleted"):
        await stage.bot.delete_message(phone, 3)
    await stage.bot.delete_messages(phone, [1, 3])
    assert [m["message_id"] for m in await stage.hand.read(phone)] == [1, 3]
    with pytest.raises(BadRequest, match="Too many"):
        await stage.bot.delete_messages(phone, list(range(1, 102)))


async def test_reply_keyboards_live_on_the_phone_not_in_the_message(stage: Stage, phone: int) -> None:
    keyboard = ReplyKeyboardMarkup([["Menu", "Help"]], resize_keyboard=True)
    message = await stage.bot.send_message(phone, "Here", reply_markup=keyboard)
    assert message.reply_markup is None
    shown = (await stage.hand.http.get(f"/simulator/phones/{phone}")).json()["keyboard"]
    assert [[key["text"] for key in row] for row in shown["keyboard"]] == [["Menu", "Help"]]
    await stage.bot.send_message(phone, "Gone", reply_markup=ReplyKeyboardRemove())
    assert (await stage.hand.http.get(f"/simulator/phones/{phone}")).json()["keyboard"] is None


async def test_replies_name_the_message_they_answer(stage: Stage, phone: int) -> None:
    message = await stage.bot.send_message(phone, "Yes", reply_parameters=ReplyParameters(1))
    assert message.reply_to_message
    assert message.reply_to_message.text == "/start"
    with pytest.raises(BadRequest, match="replied not found"):
        await stage.bot.send_message(phone, "No", reply_parameters=ReplyParameters(99))


async def test_the_bot_describes_itself(stage: Stage, phone: int) -> None:
    await stage.bot.set_my_commands([BotCommand("start", "Begin")])
    await stage.bot.set_my_commands([BotCommand("start", "شروع")], language_code="fa")
    assert [c.description for c in await stage.bot.get_my_commands()] == ["Begin"]
    assert [c.description for c in await stage.bot.get_my_commands(language_code="fa")] == ["شروع"]
    with pytest.raises(BadRequest, match=r"(?i)COMMAND_INVALID"):
        await stage.bot.set_my_commands([BotCommand("No Spaces", "x")])
    await stage.bot.set_my_description("A quiet helper")
    await stage.bot.set_my_short_description("Helper")
    assert (await stage.bot.get_my_description()).description == "A quiet helper"
    assert await stage.bot.send_chat_action(phone, ChatAction.TYPING)


async def test_ordered_faults_happen_and_end(stage: Stage, phone: int) -> None:
    for kind in ("refuse", "lose", "flood"):
        await stage.hand.http.post("/simulator/faults", json={"method": "sendMessage", "kind": kind, "seconds": 7})
    with pytest.raises(NetworkError):
        await stage.bot.send_message(phone, "never arrives")
    with pytest.raises(NetworkError):
        await stage.bot.send_message(phone, "arrives unknown to the bot")
    with pytest.raises(RetryAfter):
        await stage.bot.send_message(phone, "held up")
    await stage.bot.send_message(phone, "arrives")
    assert [m["text"] for m in await stage.hand.read(phone)][1:] == ["arrives unknown to the bot", "arrives"]
