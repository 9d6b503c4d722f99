"""Updates are kept until they are confirmed, and reach the bot by polling or by webhook."""

import asyncio
import time
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from simulator_stage import Stage, serve
from telegram import ChatMember, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict


async def test_updates_come_again_until_a_higher_offset_is_asked_for(stage: Stage, phone: int) -> None:
    for text in ("one", "two"):
        await stage.hand.act(phone, "text", text=text)
    first = await stage.bot.get_updates()
    again = await stage.bot.get_updates(offset=first[0].update_id)
    rest = await stage.bot.get_updates(offset=first[0].update_id + 1)
    none = await stage.bot.get_updates(offset=first[1].update_id + 1)
    assert [[u.message.text for u in us if u.message] for us in (first, again, rest, none)] == [
        ["one", "two"],
        ["one", "two"],
        ["two"],
        [],
    ]
    assert first[1].update_id > first[0].update_id


async def test_limit_and_negative_offset(stage: Stage, phone: int) -> None:
    sent = [(await stage.hand.act(phone, "text", text=str(n)))[0]["update_id"] for n in range(4)]
    limited = await stage.bot.get_updates(limit=2)
    assert [u.update_id for u in limited] == sent[:2]
    last = await stage.bot.get_updates(offset=-1)
    assert [u.update_id for u in last] == sent[3:]
    assert [u.update_id for u in await stage.bot.get_updates()] == sent[3:]


async def test_long_polling_answers_as_soon_as_there_is_news(stage: Stage, phone: int) -> None:
    started = time.monotonic()
    poll = asyncio.create_task(stage.bot.get_updates(timeout=8))
    await asyncio.sleep(0.2)
    assert not poll.done()
    await stage.hand.act(phone, "text", text="hello")
    (update,) = await poll
    assert update.message
    assert update.message.text == "hello"
    assert time.monotonic() - started < 4


async def test_long_polling_ends_empty_after_its_timeout(stage: Stage) -> None:
    started = time.monotonic()
    assert await stage.bot.get_updates(timeout=1) == ()
    assert 0.9 < time.monotonic() - started < 4


async def test_a_second_poll_ends_the_first_with_409(stage: Stage, phone: int) -> None:
    first = asyncio.create_task(stage.bot.get_updates(timeout=8))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(stage.bot.get_updates(timeout=8))
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await first
    await stage.hand.act(phone, "text", text="for the second")
    assert len(await second) == 1


async def test_only_allowed_updates_are_queued(stage: Stage, phone: int) -> None:
    await stage.bot.get_updates(allowed_updates=["callback_query"])
    assert await stage.hand.act(phone, "text", text="unheard") == []
    await stage.bot.get_updates(allowed_updates=[])
    await stage.hand.act(phone, "text", text="heard")
    (update,) = await stage.bot.get_updates()
    assert update.message
    assert update.message.text == "heard"


async def test_blocking_and_unblocking_are_told(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "block")
    await stage.hand.act(phone, "unblock")
    blocked, unblocked = [u.my_chat_member for u in await stage.bot.get_updates()]
    assert blocked
    assert unblocked
    assert (blocked.old_chat_member.status, blocked.new_chat_member.status) == (ChatMember.MEMBER, ChatMember.BANNED)
    assert unblocked.new_chat_member.status == ChatMember.MEMBER
    assert unblocked.new_chat_member.user.id == stage.bot.id


async def test_confirmed_updates_can_be_delivered_again(stage: Stage, phone: int) -> None:
    await stage.hand.act(phone, "text", text="once")
    (update,) = await stage.bot.get_updates()
    await stage.bot.get_updates(offset=update.update_id + 1)
    await stage.hand.http.post("/simulator/redeliveries", json={"count": 1})
    (again,) = await stage.bot.get_updates(offset=update.update_id + 1)
    assert again.update_id == update.update_id
    assert await stage.bot.get_updates(offset=update.update_id + 1) == ()


async def test_a_crowd_acts_in_one_call(stage: Stage) -> None:
    phones = [await stage.hand.new_phone(f"Person {n}") for n in range(200)]
    steps: list[dict[str, Any]] = [{"phone": p, "action": {"kind": "start"}} for p in phones]
    steps.append({"phone": 1, "action": {"kind": "start"}})
    started = time.monotonic()
    results = (await stage.hand.http.post("/simulator/updates", json={"steps": steps})).json()
    assert time.monotonic() - started < 2
    assert [len(r["updates"]) for r in results] == [1] * 200 + [0]
    assert "error" in results[-1]
    updates = await stage.bot.get_updates()
    updates += await stage.bot.get_updates(offset=updates[-1].update_id + 1)
    assert [u.effective_user.id for u in updates if u.effective_user] == phones


async def test_a_webhook_gets_its_secret_and_the_same_update_until_it_answers_well(stage: Stage, phone: int) -> None:
    seen: list[tuple[str | None, int, str]] = []
    done = asyncio.Event()
    receiver = FastAPI()

    @receiver.post("/hook")
    async def receive(request: Request) -> Response:
        update = await request.json()
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        seen.append((secret, update["update_id"], update["message"]["text"]))
        if len(seen) == 3:
            done.set()
        return Response(status_code=503 if len(seen) == 1 else 200)

    await stage.hand.act(phone, "text", text="waiting since before")
    async with serve(receiver) as address:
        await stage.bot.set_webhook(f"{address}/hook", secret_token="kept_between_us")
        with pytest.raises(Conflict, match="webhook is active"):
            await stage.bot.get_updates()
        await stage.hand.act(phone, "text", text="after")
        await asyncio.wait_for(done.wait(), 5)
        assert [text for _, _, text in seen] == ["waiting since before", "waiting since before", "after"]
        assert {secret for secret, _, _ in seen} == {"kept_between_us"}
        assert seen[0][1] == seen[1][1] < seen[2][1]
        info = await stage.bot.get_webhook_info()
        assert info.last_error_message == "Wrong response from the webhook: 503"
        await stage.bot.delete_webhook()
    assert await stage.bot.get_updates() == ()
    assert (await stage.bot.get_webhook_info()).url == ""


async def test_a_tap_overtakes_a_text_that_the_webhook_refuses(stage: Stage, phone: int) -> None:
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
    await stage.bot.send_message(phone, "Well?", reply_markup=buttons)
    tapped = asyncio.Event()
    receiver = FastAPI()

    @receiver.post("/hook")
    async def receive(request: Request) -> Response:
        if "callback_query" not in await request.json():
            return Response(status_code=500)
        tapped.set()
        return Response()

    async with serve(receiver) as address:
        await stage.bot.set_webhook(f"{address}/hook")
        (text,) = await stage.hand.act(phone, "text", text="stuck")
        await stage.hand.act(phone, "tap", data="y")
        await asyncio.wait_for(tapped.wait(), 5)
        await stage.bot.delete_webhook()
    assert text["update_id"] in [update.update_id for update in await stage.bot.get_updates()]


async def test_a_webhook_refuses_an_unfit_secret(stage: Stage) -> None:
    with pytest.raises(BadRequest, match="secret_token"):
        await stage.bot.set_webhook("http://127.0.0.1:9/hook", secret_token="two words")
