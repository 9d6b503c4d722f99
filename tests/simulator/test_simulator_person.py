"""What a person does reaches the bot as the real server would tell it."""

import base64
import json
from typing import Any

import httpx
import pytest
from simulator_stage import Stage
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity, Update
from telegram.error import BadRequest, Forbidden, RetryAfter

from simulator.files import MAX_DOWNLOAD

YES, NO = InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("No", callback_data="n")
BUTTONS = InlineKeyboardMarkup([[YES], [NO]])
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(8)


async def take_updates(stage: Stage) -> tuple[Update, ...]:
    updates = await stage.bot.get_updates()
    if updates:
        await stage.bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def take_message(stage: Stage) -> Any:
    (update,) = await take_updates(stage)
    return update.message


async def test_a_deep_link_carries_its_payload(stage: Stage) -> None:
    phone = await stage.hand.new_phone("Sara", "fa")
    await stage.hand.act(phone, "start", payload="one-time_42")
    message = await take_message(stage)
    assert message.text == "/start one-time_42"
    assert [(e.type, e.offset, e.length) for e in message.entities] == [(MessageEntity.BOT_COMMAND, 0, 6)]
    assert (message.from_user.id, message.from_user.language_code, message.from_user.is_bot) == (phone, "fa", False)
    assert (message.chat.id, message.chat.type) == (phone, "private")
    assert message.date.timestamp() == stage.clock.seconds


@pytest.mark.parametrize("payload", ["x" * 65, "two words", "é"])
async def test_an_unfit_deep_link_is_refused(stage: Stage, payload: str) -> None:
    phone = await stage.hand.new_phone()
    action = {"kind": "start", "payload": payload}
    answer = await stage.hand.http.post(f"/simulator/phones/{phone}/actions", json=action)
    assert answer.status_code == 422


async def test_a_tap_is_answered_once(stage: Stage, phone: int) -> None:
    message = await stage.bot.send_message(phone, "Well?", reply_markup=BUTTONS)
    await stage.hand.act(phone, "tap", message=message.message_id, data="n")
    ((update),) = await take_updates(stage)
    query = update.callback_query
    assert query
    assert (query.data, query.from_user.id) == ("n", phone)
    assert int(query.chat_instance)
    assert query.message == message
    assert await stage.bot.answer_callback_query(query.id, text="Noted")
    with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
        await stage.bot.answer_callback_query(query.id)


async def test_a_tap_left_waiting_goes_stale(stage: Stage, phone: int) -> None:
    await stage.bot.send_message(phone, "Well?", reply_markup=BUTTONS)
    await stage.hand.act(phone, "tap", label="Yes")
    (update,) = await take_updates(stage)
    assert update.callback_query
    stage.clock.seconds += 16
    with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
        await stage.bot.answer_callback_query(update.callback_query.id)


async def test_old_buttons_can_still_be_tapped(stage: Stage, phone: int) -> None:
    message = await stage.bot.send_message(phone, "Well?", reply_markup=BUTTONS)
    await stage.bot.edit_message_reply_markup(phone, message.message_id)
    await stage.hand.act(phone, "tap", message=message.message_id, data="y")
    (update,) = await take_updates(stage)
    assert update.callback_query
    assert update.callback_query.data == "y"
    action = {"kind": "tap", "message": message.message_id, "data": "never offered"}
    refused = await stage.hand.http.post(f"/simulator/phones/{phone}/actions", json=action)
    assert refused.status_code == 409


async def test_an_edit_is_told_as_one(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "text", text="frist")
    before = await take_message(stage)
    stage.clock.seconds += 5
    await stage.hand.act(phone, "edit", text="first")
    (update,) = await take_updates(stage)
    edited = update.edited_message
    assert edited
    assert (edited.text, edited.message_id, edited.date) == ("first", before.message_id, before.date)
    assert edited.edit_date
    assert edited.edit_date.timestamp() == stage.clock.seconds


async def test_a_long_text_leaves_in_pieces(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "text", text="ا" * 5000)
    texts = [u.message.text for u in await take_updates(stage) if u.message and u.message.text]
    assert [len(text) for text in texts] == [4096, 904]


@pytest.mark.parametrize("kind", ["photo", "voice", "audio", "document"])
async def test_files_come_down_as_they_went_up(stage: Stage, phone: int, kind: str) -> None:
    content = bytes(range(256))
    encoded = base64.b64encode(content).decode()
    await stage.hand.act(phone, kind, content=encoded, name="scan.png", mime_type="image/png", caption="see")
    message = await take_message(stage)
    item = message.photo[-1] if kind == "photo" else getattr(message, kind)
    assert (item.file_size, message.caption) == (256, "see")
    file = await stage.bot.get_file(item.file_id)
    assert bytes(await file.download_as_bytearray()) == content
    path = str(file.file_path).rpartition("/file/bot")[2].partition("/")[2]
    assert (await stage.hand.http.get(f"/file/bot100:wrong-token/{path}")).status_code == 401


async def test_the_bot_sends_files_and_sends_them_again_by_id(stage: Stage, phone: int) -> None:
    sent = await stage.bot.send_voice(phone, b"OggS" + bytes(60), duration=3, caption="listen")
    assert sent.voice
    again = await stage.bot.send_voice(phone, sent.voice.file_id)
    assert again.voice
    assert again.voice.file_unique_id == sent.voice.file_unique_id
    document = await stage.bot.send_document(phone, b"plan", filename="plan.pdf")
    assert document.document
    assert document.document.file_name == "plan.pdf"
    song = await stage.bot.send_audio(phone, b"ID3", filename="story.mp3", duration=9)
    assert song.audio
    assert (song.audio.file_name, song.audio.to_dict()["duration"]) == ("story.mp3", 9)
    photo = await stage.bot.send_photo(phone, PICTURE, reply_markup=BUTTONS)
    assert photo.photo
    assert photo.reply_markup == BUTTONS
    with pytest.raises(BadRequest, match=r"[Ww]rong file identifier"):
        await stage.bot.send_photo(phone, "unknown-file-id")
    with pytest.raises(BadRequest, match=r"(?i)of type audio as voice"):
        await stage.bot.send_voice(phone, song.audio.file_id)
    with pytest.raises(BadRequest, match=r"(?i)of type photo as document"):
        await stage.bot.send_document(phone, photo.photo[-1].file_id)


async def test_a_file_is_taken_for_what_it_is(stage: Stage, phone: int) -> None:
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await stage.bot.send_photo(phone, b"%PDF-1.7")
    with pytest.raises(BadRequest, match="non-empty"):
        await stage.bot.send_document(phone, b"")
    told = await stage.bot.send_voice(phone, b"RIFF....WAVE", filename="me.wav")
    assert told.voice is None
    assert told.document
    assert len(await stage.hand.read(phone)) == 2


async def test_what_goes_with_a_file_has_limits_of_its_own(stage: Stage, phone: int) -> None:
    told = await stage.bot.send_document(phone, b"plan", caption="🏠" * 512, protect_content=True)
    assert told.caption == "🏠" * 512
    assert told.has_protected_content
    with pytest.raises(BadRequest, match="caption is too long"):
        await stage.bot.send_document(phone, b"plan", caption="🏠" * 512 + "a")
    with pytest.raises(BadRequest, match="no text in the message"):
        await stage.bot.edit_message_text("Other words", phone, told.message_id)
    await stage.hand.act(phone, "block")
    with pytest.raises(Forbidden, match="bot was blocked"):
        await stage.bot.send_document(phone, b"plan")
    assert [m.get("caption") for m in await stage.hand.read(phone)] == [None, "🏠" * 512]


async def test_files_count_against_the_limits_too(stage: Stage, phone: int) -> None:
    for number in range(20):
        await stage.bot.send_document(phone, b"plan", caption=str(number))
    with pytest.raises(RetryAfter):
        await stage.bot.send_document(phone, b"plan", caption="too fast")
    assert len(await stage.hand.read(phone)) == 21


async def test_a_file_over_20_megabytes_cannot_be_fetched(stage: Stage, phone: int) -> None:
    file = stage.app.state.world.files.add("document", "big.bin", "application/octet-stream", bytes(MAX_DOWNLOAD + 1))
    with pytest.raises(BadRequest, match=r"[Ff]ile is too big"):
        await stage.bot.get_file(file.file_id)


async def test_stickers_locations_and_albums_arrive(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "sticker", emoji="👍")
    await stage.hand.act(phone, "location", latitude=34.5, longitude=69.2)
    for _ in range(2):
        await stage.hand.act(phone, "photo", content="AAAA", media_group_id="album")
    sticker, location, *album = [u.message for u in await take_updates(stage)]
    assert sticker
    assert sticker.sticker
    assert sticker.sticker.emoji == "👍"
    assert location
    assert location.location
    assert (location.location.latitude, location.location.longitude) == (34.5, 69.2)
    assert [m.media_group_id for m in album if m] == ["album"] * 2


async def test_who_blocked_the_bot_cannot_write_to_it(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "block")
    action = {"kind": "text", "text": "hello"}
    answer = await stage.hand.http.post(f"/simulator/phones/{phone}/actions", json=action)
    assert answer.status_code == 409


async def test_a_phone_that_comes_back_with_its_id_is_the_same(stage: Stage, phone: int) -> None:
    again = await stage.hand.http.post("/simulator/phones", json={"id": phone, "first_name": "Other"})
    assert (again.json()["id"], again.json()["first_name"], again.json()["started"]) == (phone, "Sara", True)
    listed = (await stage.hand.http.get("/simulator/phones")).json()
    assert [p["id"] for p in listed] == [phone]


async def test_reading_waits_for_the_bots_answer(stage: Stage, phone: int) -> None:
    assert await stage.hand.read(phone, after=1, wait=0.1) == []
    await stage.bot.send_message(phone, "Here")
    (answer,) = await stage.hand.read(phone, after=1, wait=5)
    assert answer["text"] == "Here"


async def test_the_stream_tells_what_happens_on_the_screen(stage: Stage, phone: int) -> None:
    watched = {"phone": phone}
    async with stage.hand.http.stream("GET", "/simulator/events", params=watched) as stream:
        await stage.bot.send_message(phone, "Look")
        told = await take_event(stream)
    assert (told["phone"], told["name"], told["data"]["text"]) == (phone, "message", "Look")


async def take_event(stream: httpx.Response) -> Any:
    async for line in stream.aiter_lines():
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    return None
