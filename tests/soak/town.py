"""Phones in memory and a bot without a network: updates go straight to the receivers, messages straight back."""

import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.ext import ExtBot

from bot.delivery import Delivery, Limits
from bot.receiving import Receiver
from foundation import audit, outbox
from foundation.database import Database
from foundation.outbox import OutboxRow
from homeward.wiring import desk_of
from tests.soak.person import Action, Person, Shown
from tests.soak.stand import ROOT, TOKEN, environment_of, settings_for

_BOT_ID = int(TOKEN.partition(":")[0])
_LONGEST_LINE = 1 << 24
_WHEN = 1_790_000_000
"""Unix time of every message: nothing depends on it."""


class Screens:
    """What every phone shows, and the counter of its message ids."""

    def __init__(self) -> None:
        self.shown: defaultdict[int, list[Shown]] = defaultdict(list)
        self._ids: defaultdict[int, int] = defaultdict(int)

    def next_id(self, chat_id: int) -> int:
        self._ids[chat_id] += 1
        return self._ids[chat_id]

    def show(self, chat_id: int, text: str, markup: Any) -> Message:
        keyboard = markup.inline_keyboard if markup is not None else ()
        message_id = self.put(chat_id, text, [(each.text, str(each.callback_data)) for row in keyboard for each in row])
        return Message(message_id, datetime.fromtimestamp(_WHEN, UTC), Chat(chat_id, Chat.PRIVATE), text=text)

    def put(self, chat_id: int, text: str, buttons: Sequence[tuple[str, str]]) -> int:
        message_id = self.next_id(chat_id)
        self.shown[chat_id].append(Shown(message_id, text, tuple((label, data) for label, data in buttons)))
        return message_id


class StubBot(ExtBot[None]):
    """A bot that shows what it sends on `screens` and calls nobody."""

    def __init__(self, screens: Screens) -> None:
        super().__init__(TOKEN)
        self._screens = screens
        self._bot_user = User(_BOT_ID, "Stub", is_bot=True, username="stub_bot")

    async def initialize(self) -> None:
        """Nothing to connect to."""

    async def shutdown(self) -> None:
        """Nothing to disconnect from."""

    async def send_message(self, chat_id: int | str, text: str, *_more: Any, **options: Any) -> Message:
        return self._screens.show(int(chat_id), text, options.get("reply_markup"))

    async def edit_message_text(self, text: str, chat_id: Any = None, *_more: Any, **options: Any) -> Message:
        return self._screens.show(int(chat_id), text, options.get("reply_markup"))

    async def answer_callback_query(self, *_more: Any, **_options: Any) -> bool:
        return True


class Unhurried(Limits):
    """Telegram's limits are not what is tried here."""

    async def wait(self, address: int) -> None:
        return


class OtherProcess:
    """A receiver in a process of its own (`tests.soak.receiver`); what it sends appears on our screens."""

    def __init__(self, process: asyncio.subprocess.Process, screens: Screens) -> None:
        self._process, self._screens = process, screens

    @classmethod
    async def start(cls, url: str, screens: Screens) -> "OtherProcess":
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.soak.receiver"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **environment_of(settings_for(url))},
            limit=_LONGEST_LINE,
        )
        return cls(process, screens)

    @property
    def process_id(self) -> int:
        return self._process.pid

    async def receive(self, updates: Sequence[Update]) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise LookupError("the process has no pipes")
        stdin.write(json.dumps([update.to_dict() for update in updates]).encode() + b"\n")
        await stdin.drain()
        for chat_id, text, buttons in json.loads(await stdout.readline()):
            self._screens.put(chat_id, text, buttons)

    async def stop(self) -> None:
        self._process.terminate()
        await self._process.wait()


class Town:
    """People by chat id, their phones, and the receivers that serve them, each with an engine of its own."""

    def __init__(self, databases: list[Database], people: dict[int, Person]) -> None:
        self.people, self.screens = people, Screens()
        self.bot = StubBot(self.screens)
        self.databases = databases
        desk = desk_of(settings_for(databases[0].url))
        self.receivers = [
            Receiver(database, self.bot, desk, Delivery(database, self.bot, Unhurried())) for database in databases
        ]
        self.servers: list[Receiver | OtherProcess] = [*self.receivers]
        """Who takes updates; a run with several processes puts those here."""
        self.queues: dict[int, list[Action]] = {chat_id: person.begin() for chat_id, person in people.items()}
        self._read: defaultdict[int, int] = defaultdict(int)
        self._update_id = 1_000

    def read_screens(self) -> None:
        """Everybody looks at what is new on their phone and decides what to do next."""
        for chat_id, person in self.people.items():
            for shown in self.screens.shown[chat_id][self._read[chat_id] :]:
                self.queues[chat_id] += person.react(shown)
            self._read[chat_id] = len(self.screens.shown[chat_id])

    def next_updates(self) -> list[Update]:
        """One update from each phone on which there is something to do."""
        return [self._update(chat_id, queue.pop(0)) for chat_id, queue in self.queues.items() if queue]

    async def send_what_waits(self) -> None:
        """The worker's round: what queued up behind another message of its chat leaves too."""
        for receiver in self.receivers:
            await receiver.finish_sending()
        database, delivery = self.databases[0], self.receivers[0].delivery
        while rows := await self._claim(database):
            for row in rows:
                await delivery.deliver(row)

    async def link_all(self) -> None:
        while await self._link():
            pass

    async def _link(self) -> int:
        async with self.databases[0].transaction() as session:
            return await audit.link_some(session)

    async def _claim(self, database: Database) -> list[OutboxRow]:
        async with database.transaction() as session:
            return await outbox.claim(session)

    def _update(self, chat_id: int, action: Action) -> Update:
        user = {"id": chat_id, "is_bot": False, "first_name": "Person", "language_code": "en"}
        chat = {"id": chat_id, "type": "private", "first_name": "Person"}
        self._update_id += 1
        if action["kind"] == "tap":
            message = {"message_id": action["message"], "date": _WHEN, "chat": chat, "text": "…"}
            tap = {"id": str(self._update_id), "from": user, "chat_instance": "1", "message": message}
            return self._read_update({"callback_query": {**tap, "data": action["data"]}})
        text = "/start" if action["kind"] == "start" else action["text"]
        message = {"message_id": self.screens.next_id(chat_id), "date": _WHEN, "chat": chat, "from": user, "text": text}
        return self._read_update({"message": message})

    def _read_update(self, content: dict[str, Any]) -> Update:
        return Update.de_json({"update_id": self._update_id, **content}, self.bot)
