"""Between Telegram's types and ours: an Update becomes Incoming, a queued body becomes a Bot API call."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.incoming import Did, Incoming
from bot.replies import paragraphs
from foundation.settings import Settings

log = structlog.get_logger()

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_SECONDS = 25
LONGEST_PAUSE_SECONDS = 60.0
_GONE = frozenset(["kicked", "left"])
_COMMAND = re.compile(r"/(\w{1,64})(?:@\w+)?(?:\s|$)", re.ASCII)
"""Anything else that begins with a slash is something written."""


def create_bot(settings: Settings) -> Bot:
    base = settings.telegram_api.rstrip("/")
    return Bot(
        settings.telegram_token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=HTTPXRequest(connection_pool_size=64, connect_timeout=10, read_timeout=20, pool_timeout=30),
        get_updates_request=HTTPXRequest(connection_pool_size=2, connect_timeout=10, read_timeout=POLL_SECONDS + 15),
    )


@asynccontextmanager
async def connected(bot: Bot) -> AsyncIterator[Bot]:
    """The bot once Telegram knows it, however long the line is down. Raises InvalidToken, which waiting cannot mend."""
    pause = 1.0
    while True:
        try:
            await bot.initialize()
            break
        except InvalidToken:
            raise
        except TelegramError as error:
            log.warning("telegram_not_reached", error=type(error).__name__, seconds=pause)
            await bot.shutdown()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    try:
        yield bot
    finally:
        await bot.shutdown()


def incoming_of(bot_id: int, update: Update) -> Incoming | None:
    """What the person did, or None for an update that concerns no private chat."""
    chat = update.effective_chat
    if chat is None or chat.type != ChatType.PRIVATE:
        return None
    did, text, message_id, callback_id = _read(update)
    user, message = update.effective_user, update.message
    return Incoming(
        bot_id=bot_id,
        update_id=update.update_id,
        chat_id=chat.id,
        did=did,
        text=text,
        message_id=message_id,
        callback_id=callback_id,
        album=(message.media_group_id or "") if message else "",
        language_hint=(user.language_code or "") if user else "",
    )


def _read(update: Update) -> tuple[Did, str, int, str]:
    if update.callback_query is not None:
        query = update.callback_query
        return Did.TAPPED, query.data or "", query.message.message_id if query.message else 0, query.id
    if update.my_chat_member is not None:
        gone = update.my_chat_member.new_chat_member.status in _GONE
        return (Did.BLOCKED if gone else Did.UNBLOCKED), "", 0, ""
    if update.edited_message is not None:
        return Did.EDITED, update.edited_message.text or "", update.edited_message.message_id, ""
    if update.message is not None:
        return *_read_message(update.message), ""
    return Did.SENT_SOMETHING_ELSE, "", 0, ""


def _read_message(message: Message) -> tuple[Did, str, int]:
    text = message.text
    if text is None:
        return Did.SENT_SOMETHING_ELSE, "", message.message_id
    command = _COMMAND.match(text)
    if command is not None:
        return Did.COMMANDED, command[1].casefold(), message.message_id
    return Did.WROTE, text, message.message_id


def pause_of(slow: RetryAfter) -> timedelta:
    """How long Telegram asks to wait. The library is changing the type of this number."""
    asked = slow.retry_after
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


async def send(bot: Bot, address: int, body: dict[str, Any]) -> None:
    """Send one queued body. Raises telegram.error.TelegramError."""
    rows = [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in body["buttons"]]
    markup = InlineKeyboardMarkup(rows) if rows else None
    *first, last = paragraphs(body["text"])
    edit = body.get("edit")
    if edit and not first:
        try:
            await bot.edit_message_text(last, chat_id=address, message_id=edit, reply_markup=markup)
        except BadRequest as refused:
            if "not modified" in refused.message.casefold():
                return
        else:
            return
    for part in first:
        await bot.send_message(address, part)
    await bot.send_message(address, last, reply_markup=markup)
