"""Telegram's network for tests: a real telegram.Bot whose requests end here, are noted, and fail when told to."""

import asyncio
import json
from base64 import b64decode
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from telegram import Bot
from telegram.error import TimedOut
from telegram.request import BaseRequest, RequestData

BOT_ID = 4200
TOKEN = f"{BOT_ID}:test"
_WITH_FILE = {"sendPhoto": "photo", "sendVoice": "voice", "sendAudio": "audio", "sendDocument": "document"}
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC")
"""One white point."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One call that Telegram accepted."""

    method: str
    chat_id: int
    text: str
    buttons: tuple[tuple[tuple[str, str], ...], ...]
    message_id: int
    file: bytes | str | None = None
    """What went out with the text: uploaded, or named by the id that Telegram has given it."""
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """How the next call fails. `code` 0 is a timeout; `arrives`: it had its effect before the answer was lost."""

    code: int
    description: str = ""
    retry_after: int = 0
    arrives: bool = False
    migrate_to: int = 0
    """The id that the chat has now."""


class TelegramStub(BaseRequest):
    """Accepts what the Bot API would, per method, after the faults queued for it."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self.last_message = 0
        self.offsets: asyncio.Queue[int | None] = asyncio.Queue()
        """The offset of every getUpdates that was answered: what the bot has acknowledged."""
        self.pending: list[dict[str, Any]] = []
        """Updates that getUpdates offers, from its offset on, as Telegram does until they are acknowledged."""
        self.files: dict[str, bytes] = {}
        """What getFile finds by its id; a small picture for any other."""
        self.downloads: list[str] = []
        """Ids of the files that were fetched."""
        self.stuck: set[str] = set()
        """Ids of files that never arrive."""

    @property
    def read_timeout(self) -> float:
        return 1

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: object, **more: object
    ) -> tuple[int, bytes]:
        name, values = url.rpartition("/")[2], dict(request_data.parameters) if request_data else {}
        if "/file/bot" in url:
            return await self._download(name)
        uploads = (request_data.multipart_data or {}) if request_data and request_data.contains_files else {}
        values |= {field: content for field, (_name, content, *_type) in uploads.items()}
        self.calls.append((name, values))
        await asyncio.sleep(0)  # a network always lets others run
        fault = self.faults[name].pop(0) if self.faults[name] else None
        if fault is None or fault.arrives:
            answer = self._accept(name, values)
        if fault is None:
            return 200, json.dumps({"ok": True, "result": answer}).encode()
        if fault.code == 0:
            raise TimedOut
        problem = {"ok": False, "error_code": fault.code, "description": fault.description}
        if fault.retry_after:
            problem["parameters"] = {"retry_after": fault.retry_after}
        if fault.migrate_to:
            problem["parameters"] = {"migrate_to_chat_id": fault.migrate_to}
        return fault.code, json.dumps(problem).encode()

    def next_message_id(self) -> int:
        self.last_message += 1
        return self.last_message

    def _accept(self, name: str, values: dict[str, Any]) -> Any:
        if name == "getMe":
            return {"id": BOT_ID, "is_bot": True, "first_name": "Homeward", "username": "homeward_test_bot"}
        if name == "getUpdates":
            self.offsets.put_nowait(values.get("offset"))
            return [each for each in self.pending if each["update_id"] >= int(values.get("offset", 0))]
        if name == "getFile":
            content = self.files.get(values["file_id"], PICTURE)
            names = {"file_id": values["file_id"], "file_unique_id": "u"}
            return names | {"file_size": len(content), "file_path": f"https://example.org/file/bot/{values['file_id']}"}
        if name not in ("sendMessage", "editMessageText", *_WITH_FILE):
            return True
        message_id = values["message_id"] if name == "editMessageText" else self.next_message_id()
        markup = values.get("reply_markup", {})
        markup = json.loads(markup) if isinstance(markup, str) else markup
        rows = markup.get("inline_keyboard", [])
        buttons = tuple(tuple((each["text"], each["callback_data"]) for each in row) for row in rows)
        text = values.get("caption", "") if name in _WITH_FILE else values["text"]
        file = values.get(_WITH_FILE.get(name, ""))
        protected = bool(values.get("protect_content"))
        self.sent.append(Sent(name, int(values["chat_id"]), text, buttons, message_id, file, protected))
        chat = {"id": values["chat_id"], "type": "private"}
        return {"message_id": message_id, "date": 1_700_000_000, "chat": chat, **_content(name, message_id, text)}

    async def _download(self, file_id: str) -> tuple[int, bytes]:
        self.downloads.append(file_id)
        await asyncio.sleep(3600 if file_id in self.stuck else 0)
        fault = self.faults["download"].pop(0) if self.faults["download"] else None
        if fault is None:
            return 200, self.files.get(file_id, PICTURE)
        if fault.code == 0:
            raise TimedOut
        return fault.code, b'{"ok": false, "description": "gone"}'


def _content(name: str, number: int, text: str) -> dict[str, Any]:
    """The part of a message that holds its text or its file."""
    if name not in _WITH_FILE:
        return {"text": text}
    field = _WITH_FILE[name]
    file: dict[str, Any] = {"file_id": f"sent-{number}", "file_unique_id": f"u{number}"}
    if field == "photo":
        return {"photo": [file | {"width": 90, "height": 90}]}
    return {field: file | ({} if field == "document" else {"duration": 1})}


async def stub_bot(network: TelegramStub) -> Bot:
    bot = Bot(TOKEN, request=network, get_updates_request=network)
    await bot.initialize()
    return bot
