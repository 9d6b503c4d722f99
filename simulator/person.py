"""What a person does on a phone, and the updates that follow from it."""

import base64
from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, Field

from simulator.errors import ImpossibleError
from simulator.files import MAX_UPLOAD
from simulator.sending import describe_file
from simulator.texts import clean, find_commands, split_long
from simulator.updates import Update
from simulator.world import Body, Message, Phone, World

_STICKER_IMAGE = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
_STICKER_SIDE = 512


class Text(BaseModel):
    kind: Literal["text"]
    text: str
    reply_to: int | None = None


class Start(BaseModel):
    """The start button, or a deep link with its payload."""

    kind: Literal["start"]
    payload: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,64}$")


class Tap(BaseModel):
    """A tap on a button, found by its data or its label; on the newest message that has it, unless one is named."""

    kind: Literal["tap"]
    message: int | None = None
    data: str | None = None
    label: str | None = None


class File(BaseModel):
    kind: Literal["photo", "voice", "audio", "document"]
    content: Base64Bytes
    name: str = "file"
    mime_type: str = ""
    caption: str = ""
    duration: int = 1
    media_group_id: str | None = None


class Sticker(BaseModel):
    kind: Literal["sticker"]
    emoji: str = "🙂"


class Location(BaseModel):
    kind: Literal["location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Edit(BaseModel):
    """A change of the person's own text; of the newest one, unless one is named."""

    kind: Literal["edit"]
    text: str
    message: int | None = None


class Switch(BaseModel):
    kind: Literal["block", "unblock"]


Action = Annotated[Text | Start | Tap | File | Sticker | Location | Edit | Switch, Field(discriminator="kind")]


def act(world: World, phone: Phone, action: Action) -> list[Update]:
    """Do it; returns the updates queued for the bot. Raises ImpossibleError for what a phone would not offer."""
    if isinstance(action, Switch):
        return _switch(world, phone, blocked=action.kind == "block")
    if phone.blocked:
        raise ImpossibleError("This person has blocked the bot.")
    match action:
        case Text():
            updates = _write(world, phone, action)
        case Start():
            updates = _send(world, phone, _make_text(f"/start {action.payload}"))
        case Tap():
            updates = _tap(world, phone, action)
        case File():
            updates = _send(world, phone, _make_file(world, action))
        case Sticker():
            updates = _send(world, phone, _make_sticker(world, action))
        case Location():
            updates = _send(world, phone, {"location": action.model_dump(exclude={"kind"})})
        case Edit():
            updates = _edit(world, phone, action)
    return updates


def _write(world: World, phone: Phone, action: Text) -> list[Update]:
    replied = phone.messages.get(action.reply_to or 0)
    reply = {"reply_to_message": replied.body} if replied else {}
    text = clean(action.text)
    if not text:
        raise ImpossibleError("An empty text cannot be sent.")
    return [update for piece in split_long(text) for update in _send(world, phone, reply | _make_text(piece))]


def _send(world: World, phone: Phone, content: Body) -> list[Update]:
    phone.started = True
    message = world.store(phone, phone.user, content)
    return _queue(world, "message", message.body)


def _make_text(text: str) -> Body:
    cleaned = clean(text)
    commands = find_commands(cleaned)
    return {"text": cleaned, **({"entities": commands} if commands else {})}


def _make_file(world: World, action: File) -> Body:
    if not 1 <= len(action.content) <= MAX_UPLOAD:
        raise ImpossibleError("A file holds between one byte and 50 MB.")
    mime_type = action.mime_type or "application/octet-stream"
    stored = world.files.add(action.kind, action.name, mime_type, action.content)
    album = {"media_group_id": action.media_group_id} if action.media_group_id else {}
    caption = {"caption": text} if (text := clean(action.caption)) else {}
    return describe_file(action.kind, stored, action.duration) | caption | album


def _make_sticker(world: World, action: Sticker) -> Body:
    stored = world.files.add("sticker", "sticker.webp", "image/webp", _STICKER_IMAGE)
    shape = {"type": "regular", "is_animated": False, "is_video": False, "emoji": action.emoji}
    return {"sticker": {**stored.describe(), **shape, "width": _STICKER_SIDE, "height": _STICKER_SIDE}}


def _tap(world: World, phone: Phone, action: Tap) -> list[Update]:
    message, data = _find_button(phone, action)
    query: Body = {
        "id": world.ask_query(phone),
        "from": phone.user,
        "message": message.body,
        "chat_instance": phone.chat_instance,
        "data": data,
    }
    return _queue(world, "callback_query", query)


def _find_button(phone: Phone, action: Tap) -> tuple[Message, str]:
    if action.message is None:
        candidates = list(reversed(phone.messages.values()))
    else:
        candidates = [message] if (message := phone.messages.get(action.message)) else []
    for message in candidates:
        for label, data in message.offered:
            if action.data == data or (action.data is None and action.label == label):
                return message, data
    raise ImpossibleError("No such button.")


def _edit(world: World, phone: Phone, action: Edit) -> list[Update]:
    message = _find_own_text(phone, action.message)
    kept = {key: value for key, value in message.body.items() if key != "entities"}
    body = {**kept, **_make_text(action.text), "edit_date": world.now()}
    if not body["text"]:
        raise ImpossibleError("An empty text cannot be sent.")
    world.change(phone, message, body)
    return _queue(world, "edited_message", body)


def _find_own_text(phone: Phone, message_id: int | None) -> Message:
    for message in reversed(phone.messages.values()):
        if not message.is_from_bot and "text" in message.body and message_id in {None, message.body["message_id"]}:
            return message
    raise ImpossibleError("No such text of this person's own.")


def _switch(world: World, phone: Phone, *, blocked: bool) -> list[Update]:
    if phone.blocked == blocked:
        return []
    phone.blocked = blocked
    world.events.tell(phone.id, "phone", phone.describe())
    member, kicked = {"status": "member"}, {"status": "kicked", "until_date": 0}
    before, after = (member, kicked) if blocked else (kicked, member)
    change: Body = {
        "chat": phone.chat,
        "from": phone.user,
        "date": world.now(),
        "old_chat_member": {"user": world.bot, **before},
        "new_chat_member": {"user": world.bot, **after},
    }
    return _queue(world, "my_chat_member", change)


def _queue(world: World, kind: str, content: dict[str, Any]) -> list[Update]:
    update = world.updates.add(kind, content)
    return [update] if update else []
