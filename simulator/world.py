"""All state, in memory: the bot, the phones and what was said on them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from simulator.errors import ApiError, ImpossibleError, bad_request
from simulator.events import Events
from simulator.faults import Faults
from simulator.files import Files
from simulator.limits import Limits, Throttle
from simulator.markup import Markup, list_data
from simulator.updates import Updates

Body = dict[str, Any]

# Real ids have outgrown 32 bits; ours do too, so that a narrow column fails here first.
_SMALLEST_PHONE_ID = 5_000_000_000
_MAX_QUERIES = 10_000


@dataclass
class Message:
    """A message as the Bot API shows it. An edit replaces the body, so that updates keep the older one."""

    body: Body
    offered: set[tuple[str, str]] = field(default_factory=set)
    """Label and data of every button it ever had: a tap may have left the phone before an edit reached it."""

    @property
    def is_from_bot(self) -> bool:
        return bool(self.body["from"]["is_bot"])


@dataclass
class Phone:
    """A person with one private chat. Message ids count from 1 in each chat."""

    user: Body
    chat_instance: str
    started: bool = False
    blocked: bool = False
    keyboard: Markup | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    next_message_id: int = 1

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def chat(self) -> Body:
        names: Body = {key: self.user[key] for key in ("first_name", "last_name", "username") if key in self.user}
        return {"id": self.id, **names, "type": "private"}

    def describe(self) -> Body:
        return {**self.user, "started": self.started, "blocked": self.blocked, "keyboard": self.keyboard}


class World:
    def __init__(self, *, bot: Body, limits: Limits, clock: Callable[[], float]) -> None:
        self.bot = bot
        self.limits = limits
        self.clock = clock
        self.phones: dict[int, Phone] = {}
        self.files = Files(limits.file_bytes)
        self.updates = Updates()
        self.events = Events()
        self.faults = Faults()
        self.throttle = Throttle(limits, clock())
        self.profile: dict[str, Any] = {}
        """Commands and descriptions the bot has set, by method, scope and language."""
        self._queries: dict[str, tuple[int, float]] = {}

    def now(self) -> int:
        """Unix time in whole seconds, as every date of the Bot API."""
        return int(self.clock())

    def add_phone(self, *, first_name: str, language_code: str | None, phone_id: int | None = None) -> Phone:
        """Add a phone, or return the one that already has this id: a page that reloads keeps its phones."""
        if phone_id in self.phones:
            return self.phones[phone_id]
        if len(self.phones) >= self.limits.phones:
            raise ImpossibleError("The simulator holds no more phones.")
        new_id = phone_id or _SMALLEST_PHONE_ID + secrets.randbelow(3_000_000_000)
        user: Body = {"id": new_id, "is_bot": False, "first_name": first_name}
        if language_code:
            user["language_code"] = language_code
        phone = Phone(user, chat_instance=str(secrets.randbits(63)))
        self.phones[new_id] = phone
        return phone

    def find_phone(self, phone_id: int) -> Phone:
        if phone := self.phones.get(phone_id):
            return phone
        raise ImpossibleError("No such phone.")

    def find_chat(self, chat_id: str) -> Phone:
        """Return the chat a bot may write to; raises 400 for a stranger, 403 once the person has blocked it."""
        phone = self.find_known_chat(chat_id)
        if phone.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return phone

    def find_known_chat(self, chat_id: str) -> Phone:
        if not chat_id:
            raise bad_request("chat_id is empty")
        phone = self.phones.get(int(chat_id)) if chat_id.removeprefix("-").isdecimal() else None
        if phone is None or not phone.started:
            raise bad_request("chat not found")
        return phone

    def store(self, phone: Phone, sender: Body, content: Body) -> Message:
        """Put a new message on the phone's screen."""
        message_id = phone.next_message_id
        phone.next_message_id += 1
        body = {"message_id": message_id, "from": sender, "chat": phone.chat, "date": self.now(), **content}
        message = Message(body, set(list_data(body.get("reply_markup"))))
        phone.messages[message_id] = message
        if len(phone.messages) > self.limits.messages_per_phone:
            del phone.messages[next(iter(phone.messages))]
        self.events.tell(phone.id, "message", body)
        return message

    def change(self, phone: Phone, message: Message, body: Body) -> None:
        message.body = body
        message.offered.update(list_data(body.get("reply_markup")))
        self.events.tell(phone.id, "edited", body)

    def delete(self, phone: Phone, message_id: int) -> None:
        del phone.messages[message_id]
        self.events.tell(phone.id, "deleted", {"message_id": message_id})

    def ask_query(self, phone: Phone) -> str:
        """Open a callback query that waits for its one answer."""
        query_id = str(secrets.randbits(63))
        self._queries[query_id] = (phone.id, self.clock())
        if len(self._queries) > _MAX_QUERIES:
            del self._queries[next(iter(self._queries))]
        return query_id

    def answer_query(self, query_id: str) -> Phone:
        phone_id, asked_at = self._queries.pop(query_id, (0, 0.0))
        if phone_id not in self.phones or self.clock() - asked_at > self.limits.query_seconds:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        return self.phones[phone_id]


def _find_world(request: Request) -> World:
    world: World = request.app.state.world
    return world


AnyWorld = Annotated[World, Depends(_find_world)]
