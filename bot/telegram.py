"""Between Telegram's types and ours: an Update becomes Incoming, a queued body becomes a Bot API call."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.incoming import Attachment, Did, Incoming
from bot.replies import LONGEST_CAPTION, LONGEST_DATA, paragraphs, units
from cases.files import OpenedFile
from foundation.media import LARGEST, NOT_TAKEN, TOO_LARGE
from foundation.recordings import OGG
from foundation.settings import Settings

log = structlog.get_logger()

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_SECONDS = 25
LONGEST_PAUSE_SECONDS = 60.0
_GONE = frozenset(["kicked", "left"])
_COMMAND = re.compile(r"/(\w{1,64})(?:@\w+)?(?:\s|$)", re.ASCII)
"""Anything else that begins with a slash is something written."""
_LARGE_PHOTO = 1280
"""Pixels of the longer side that are enough to read a page; Telegram offers each photo in several sizes."""
_STRIPPED = re.compile("[\u2028-\u202e]")


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


def as_kept(text: str) -> str:
    """A text as Telegram hands it on: trimmed, without line separators and direction embeddings; isolates stay."""
    return _STRIPPED.sub("", text).strip()


def incoming_of(bot_id: int, update: Update) -> Incoming | None:
    """What the person did, or None for an update that concerns no private chat."""
    chat = update.effective_chat
    if chat is None or chat.type != ChatType.PRIVATE:
        return None
    user = update.effective_user
    return Incoming(
        bot_id=bot_id,
        update_id=update.update_id,
        chat_id=chat.id,
        language_hint=(user.language_code or "") if user else "",
        **_read(update),
    )


def _read(update: Update) -> dict[str, Any]:
    if update.callback_query is not None:
        query = update.callback_query
        message_id = query.message.message_id if query.message else 0
        return {"did": Did.TAPPED, "text": query.data or "", "message_id": message_id, "callback_id": query.id}
    if update.my_chat_member is not None:
        gone = update.my_chat_member.new_chat_member.status in _GONE
        return {"did": Did.BLOCKED if gone else Did.UNBLOCKED}
    if update.edited_message is not None:
        edited = update.edited_message
        text = as_kept(edited.text or edited.caption or "")
        return {"did": Did.EDITED, "text": text, "message_id": edited.message_id}
    if update.message is not None:
        return {"message_id": update.message.message_id, **_read_message(update.message)}
    return {"did": Did.SENT_SOMETHING_ELSE}


def _read_message(message: Message) -> dict[str, Any]:
    if message.text is not None:
        command = _COMMAND.match(message.text)
        if command is not None:
            argument = message.text[command.end() :].strip()[:LONGEST_DATA]
            return {"did": Did.COMMANDED, "text": command[1].casefold(), "argument": argument}
        return {"did": Did.WROTE, "text": as_kept(message.text)}
    if message.location is not None:
        return {"did": Did.SENT_PLACE, "position": (message.location.latitude, message.location.longitude)}
    sent = {"text": as_kept(message.caption or ""), "album": message.media_group_id or ""}
    if message.video or message.video_note or message.animation:
        return {"did": Did.SENT_FILE, "trouble": NOT_TAKEN, **sent}
    attachment = _attachment(message)
    if attachment is None:
        return {"did": Did.SENT_SOMETHING_ELSE, **sent}
    if (attachment.size or 0) > LARGEST:  # known before anything is fetched
        return {"did": Did.SENT_FILE, "trouble": TOO_LARGE, **sent}
    return {"did": Did.SENT_FILE, "attachment": attachment, **sent}


def _attachment(message: Message) -> Attachment | None:
    if message.photo:
        by_size = sorted(message.photo, key=lambda each: each.width * each.height)
        fitting = [each for each in by_size if max(each.width, each.height) <= _LARGE_PHOTO]
        photo = (fitting or by_size[:1])[-1]
        return Attachment(photo.file_id, photo.file_size)
    if message.voice is not None:
        return Attachment(message.voice.file_id, message.voice.file_size)
    named = message.audio or message.document
    return None if named is None else Attachment(named.file_id, named.file_size, named.file_name or "")


async def download(bot: Bot, attachment: Attachment) -> bytes:
    """Fetch a file. Raises TelegramError; of a file that says no size, at most Telegram's own 20 MB come."""
    found = await bot.get_file(attachment.file_id)
    if (found.file_size or 0) > LARGEST:
        raise BadRequest("File is too big")
    return bytes(await found.download_as_bytearray())


def pause_of(slow: RetryAfter) -> timedelta:
    """How long Telegram asks to wait. The library is changing the type of this number."""
    asked = slow.retry_after
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A picture, recording or document that goes out with a text; `known_as` once Telegram holds a copy."""

    file: OpenedFile
    known_as: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Telegram calls the message that was sent (of several, the last), and the file in it."""

    message_id: int
    file_id: str | None = None


async def send(bot: Bot, address: int, body: dict[str, Any], enclosed: Enclosed | None = None) -> Receipt:
    """Send one queued body. Raises telegram.error.TelegramError."""
    if "delete" in body:
        return await _delete(bot, address, body["delete"])
    rows = [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in body["buttons"]]
    markup = InlineKeyboardMarkup(rows) if rows else None
    protect = bool(body.get("protect")) or None
    if enclosed is not None:
        return await _send_enclosed(bot, address, body["text"], enclosed, markup, protect=protect)
    *first, last = paragraphs(body["text"])
    edit = body.get("edit")
    if edit and not first and await _edited(bot, address, last, edit, markup):
        return Receipt(edit)
    for part in first:
        await bot.send_message(address, part, protect_content=protect)
    return Receipt((await bot.send_message(address, last, reply_markup=markup, protect_content=protect)).message_id)


async def _delete(bot: Bot, address: int, message_ids: list[int]) -> Receipt:
    """Take messages back, up to a hundred at once. What is gone or too old by now is no failure."""
    try:
        if message_ids:
            await bot.delete_messages(address, message_ids)
    except BadRequest:
        log.debug("nothing_to_delete")
    return Receipt(0)


async def _edited(bot: Bot, address: int, text: str, message_id: int, markup: InlineKeyboardMarkup | None) -> bool:
    """Whether the message now says so. One that is gone or cannot be changed is no failure: it is sent anew."""
    try:
        await bot.edit_message_text(text, chat_id=address, message_id=message_id, reply_markup=markup)
    except BadRequest as refused:
        return "not modified" in refused.message.casefold()
    return True


async def _send_enclosed(
    bot: Bot, address: int, text: str, enclosed: Enclosed, markup: InlineKeyboardMarkup | None, *, protect: bool | None
) -> Receipt:
    """The file with the text below it; a text too long for that follows as a message of its own, with the buttons."""
    fits = units(text) <= LONGEST_CAPTION
    options: dict[str, Any] = {"protect_content": protect}
    if fits:
        options |= {"caption": text or None, "reply_markup": markup}
    message = await _send_file(bot, address, enclosed, options)
    file_id = _file_id(message)
    if fits:
        return Receipt(message.message_id, file_id)
    *first, last = paragraphs(text)
    for part in first:
        await bot.send_message(address, part, protect_content=protect)
    told = await bot.send_message(address, last, reply_markup=markup, protect_content=protect)
    return Receipt(told.message_id, file_id)


async def _send_file(bot: Bot, address: int, enclosed: Enclosed, options: dict[str, Any]) -> Message:
    file = enclosed.file
    content: Any = enclosed.known_as or InputFile(file.content, filename=file.name or "file")
    if file.media_type.startswith("image/"):
        return await bot.send_photo(address, content, **options)
    if file.media_type == OGG:
        return await bot.send_voice(address, content, **options)
    if file.media_type.startswith("audio/"):
        return await bot.send_audio(address, content, **options)
    return await bot.send_document(address, content, **options)


def _file_id(message: Message) -> str | None:
    sent = message.photo[-1] if message.photo else message.voice or message.audio or message.document
    return sent.file_id if sent else None
