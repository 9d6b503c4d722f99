"""A phone for tests: sends what a person would, reads what the bot answers, taps buttons by their label."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from telegram import Update
from telegram_stub import BOT_ID, Sent, TelegramStub

from bot.receiving import Receiver
from foundation import clock, outbox
from foundation.language import Message, say
from foundation.outbox import OutboxRow

CHAT_ID = 7_000_100_001
PREFIX = re.compile(r"^(?:[^\w\s]+ )?(?:(?:\d\ufe0f\u20e3|\d+\.) )?")
STRIPPED = ("\u200f", "\u2068", "\u2069")
"""Direction marks: they are tested on their own, and would only hide in a transcript."""


@dataclass(slots=True)
class Phone:
    receiver: Receiver
    network: TelegramStub
    chat_id: int = CHAT_ID
    language: str = "en"
    """The language this person uses the bot in; labels to tap are given in English and found in it."""
    fixed: datetime | None = None
    """The moment at which everything happens; None: now."""
    ahead: timedelta = timedelta()
    worker: bool = True
    """Whether a worker sends what the bot process leaves behind."""
    handlers: dict[str, Callable[[OutboxRow], Awaitable[None]]] = field(default_factory=dict)
    """What the worker does with topics other than telling, as far as the test needs it."""
    transcript: list[str] = field(default_factory=list)
    _read: int = 0
    _update_id: int = 1000

    async def write(self, text: str, shown: str | None = None) -> list[Sent]:
        """Send a text. `shown` stands for it in the transcript."""
        self._note(shown or text)
        return await self.receive(self.written(text))

    async def send(self, shown: str, **content: Any) -> list[Sent]:
        """Send anything but text."""
        self._note(f"[{shown}]")
        return await self.receive(self.message(**content))

    async def tap(self, label: str | Message, *, old: int = 0, times: int = 1) -> list[Sent]:
        """Tap the newest button with this label; `old` counts further back, `times` taps at once."""
        data, message_id, full_label = self.find(label, old=old)
        self._note(f"[taps {full_label}]{' (an old button)' if old else ''}{' (twice)' if times > 1 else ''}")
        return await self.receive(*(self.tapped(data, message_id) for _time in range(times)))

    async def tap_data(self, data: str, message_id: int = 1) -> list[Sent]:
        """A tap that carries `data`, whether or not a button ever did."""
        return await self.receive(self.tapped(data, message_id))

    async def edit(self, message_id: int, text: str) -> list[Sent]:
        self._note(f"[edits an earlier message to] {text}")
        update = self.message(text=text, message_id=message_id)
        update["edited_message"] = update.pop("message") | {"edit_date": 1_700_000_100}
        return await self.receive(update)

    async def block(self, status: str = "kicked") -> list[Sent]:
        """`status`: `kicked` when the person blocks the bot, `member` when they let it in again."""
        user = {"id": BOT_ID, "is_bot": True, "first_name": "Homeward"}
        change = {
            "chat": self._chat,
            "from": self._user,
            "date": 1_700_000_000,
            "old_chat_member": {"status": "member", "user": user},
            "new_chat_member": {"status": status, "user": user, "until_date": 0},
        }
        return await self.receive({"update_id": self._next(), "my_chat_member": change})

    async def receive(self, *updates: dict[str, Any]) -> list[Sent]:
        """Let updates arrive together; returns what the bot said, once everything queued is sent."""
        with clock.moved_to((self.fixed or clock.now()) + self.ahead):
            await self.receiver.receive([Update.de_json(update, self.receiver.bot) for update in updates])
            await self.receiver.finish_sending()
            if self.worker:
                await self.deliver_rest()
        return self.read()

    def wait(self, **time: float) -> None:
        """Let time pass; `time` as for timedelta."""
        self.ahead += timedelta(**time)

    async def deliver_rest(self) -> None:
        """What the worker would send."""
        while True:
            async with self.receiver.database.transaction() as session:
                rows = await outbox.claim(session)
            if not rows:
                return
            for row in rows:
                await self.handlers.get(row.topic, self.receiver.delivery.deliver)(row)

    def read(self) -> list[Sent]:
        """What arrived since the last look."""
        new = [each for each in self.network.sent[self._read :] if each.chat_id == self.chat_id]
        self._read = len(self.network.sent)
        self.transcript += [_shown(each) for each in new]
        return new

    def find(self, label: str | Message, *, old: int = 0) -> tuple[str, int, str]:
        """Data, message and full label of the newest button with this label, as the messages stand now.

        A number, a tick or a sign may stand before the label.
        """
        wanted = plain(label if isinstance(label, str) else say(self.language, label))
        messages: dict[int, Sent] = {}
        for each in self.network.sent:
            if each.chat_id == self.chat_id:
                messages[each.message_id] = each
        found = [
            (data, message.message_id, text)
            for message in sorted(messages.values(), key=lambda each: -each.message_id)
            for row in message.buttons
            for text, data in row
            if wanted in (plain(text), PREFIX.sub("", plain(text)))
        ]
        assert len(found) > old, f"no button {label!r} in sight"
        return found[old]

    def written(self, text: str) -> dict[str, Any]:
        command = {"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}
        entities = [command] if text.startswith("/") else []
        return self.message(text=text, entities=entities)

    def message(self, message_id: int = 0, **content: Any) -> dict[str, Any]:
        return {
            "update_id": self._next(),
            "message": {
                "message_id": message_id or self.network.next_message_id(),
                "date": 1_700_000_000,
                "chat": self._chat,
                "from": self._user,
                **content,
            },
        }

    def tapped(self, data: str, message_id: int) -> dict[str, Any]:
        message = {"message_id": message_id, "date": 1_700_000_000, "chat": self._chat, "text": "…"}
        update_id = self._next()
        query = {"id": str(update_id), "from": self._user, "chat_instance": "1", "data": data, "message": message}
        return {"update_id": update_id, "callback_query": query}

    @property
    def _chat(self) -> dict[str, Any]:
        return {"id": self.chat_id, "type": "private", "first_name": "Amie"}

    @property
    def _user(self) -> dict[str, Any]:
        return {"id": self.chat_id, "is_bot": False, "first_name": "Amie", "language_code": self.language}

    def _next(self) -> int:
        self._update_id += 1
        return self.chat_id % 1000 * 100_000 + self._update_id

    def _note(self, text: str) -> None:
        self.transcript.append(_indented("person: ", text))


def plain(text: str) -> str:
    for mark in STRIPPED:
        text = text.replace(mark, "")
    return text


def _shown(sent: Sent) -> str:
    speaker = "bot (the same message): " if sent.method == "editMessageText" else "bot: "
    rows = ["    " + " ".join(f"[{text}]" for text, _data in row) for row in sent.buttons]
    return plain("\n".join([_indented(speaker, sent.text), *rows]))


def _indented(speaker: str, text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([speaker + first, *(f"     {line}".rstrip() for line in rest)])
