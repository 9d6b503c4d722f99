"""What the bot puts on a screen, changes there and takes away."""

from typing import Any

from simulator import files
from simulator.errors import ApiError, bad_request
from simulator.files import StoredFile
from simulator.markup import Markup, check_markup
from simulator.parameters import (
    AnswerQuery,
    EditMarkup,
    EditText,
    Parameters,
    Send,
    SendFile,
    SendMessage,
    ToChat,
    ToMessage,
    ToMessages,
)
from simulator.texts import check_caption, check_text, clean, count_units, find_commands
from simulator.world import Body, Message, Phone, World

_DELETABLE_SECONDS = 48 * 60 * 60
_MAX_NOTICE = 200
_MAX_DELETED = 100
# The simulator does not open pictures; bots only compare these numbers.
PHOTO_SIZES = ((90, 67), (1280, 960))
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM")
_OGG = b"OggS"


async def send_message(world: World, call: SendMessage, _: Parameters) -> Body:
    text = check_text(call.text)
    _refuse_parse_mode(call.parse_mode)
    entities = call.entities or find_commands(text)
    return _send(world, call, {"text": text, **({"entities": entities} if entities else {})})


async def send_photo(world: World, call: SendFile, given: Parameters) -> Body:
    return _send_file(world, call, "photo", call.photo, given)


async def send_document(world: World, call: SendFile, given: Parameters) -> Body:
    return _send_file(world, call, "document", call.document, given)


async def send_voice(world: World, call: SendFile, given: Parameters) -> Body:
    return _send_file(world, call, "voice", call.voice, given)


async def send_audio(world: World, call: SendFile, given: Parameters) -> Body:
    return _send_file(world, call, "audio", call.audio, given)


async def send_chat_action(world: World, call: ToChat, _: Parameters) -> bool:
    phone = world.find_chat(call.chat_id)
    world.events.tell(phone.id, "notice", {"text": "…", "alert": False})
    return True


async def edit_message_text(world: World, call: EditText, _: Parameters) -> Body:
    text = check_text(call.text)
    _refuse_parse_mode(call.parse_mode)
    phone, message = _find_own(world, call)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    entities = call.entities or find_commands(text)
    kept = {key: value for key, value in message.body.items() if key not in {"entities", "reply_markup"}}
    body = {**kept, "text": text, **({"entities": entities} if entities else {})}
    return _edit(world, phone, message, body, call.reply_markup)


async def edit_message_reply_markup(world: World, call: EditMarkup, _: Parameters) -> Body:
    phone, message = _find_own(world, call)
    body = {key: value for key, value in message.body.items() if key != "reply_markup"}
    return _edit(world, phone, message, body, call.reply_markup)


async def delete_message(world: World, call: ToMessage, _: Parameters) -> bool:
    phone = world.find_known_chat(call.chat_id)
    if call.message_id not in phone.messages:
        raise bad_request("message to delete not found")
    if _is_too_old(world, phone, call.message_id):
        raise bad_request("message can't be deleted for everyone")
    world.delete(phone, call.message_id)
    return True


async def delete_messages(world: World, call: ToMessages, _: Parameters) -> bool:
    """Delete what can be deleted; ids that are gone are passed over, as on the real server."""
    phone = world.find_known_chat(call.chat_id)
    wanted = call.message_ids or []
    if not 1 <= len(wanted) <= _MAX_DELETED:
        raise bad_request("message identifiers are not specified" if not wanted else "too many messages to delete")
    for message_id in wanted:
        if message_id in phone.messages and not _is_too_old(world, phone, message_id):
            world.delete(phone, message_id)
    return True


async def answer_callback_query(world: World, call: AnswerQuery, _: Parameters) -> bool:
    text = clean(call.text)
    if count_units(text) > _MAX_NOTICE:
        raise bad_request("MESSAGE_TOO_LONG")
    phone = world.answer_query(call.callback_query_id)
    if text:
        world.events.tell(phone.id, "notice", {"text": text, "alert": call.show_alert})
    return True


def describe_file(kind: str, stored: StoredFile, duration: int) -> Body:
    """Return the part of a message that holds a file; the largest photo size comes last."""
    if kind == "photo":
        sizes = [{**stored.describe(), "width": width, "height": height} for width, height in PHOTO_SIZES]
        return {"photo": sizes}
    if kind == "voice":
        return {"voice": {**stored.describe(), "duration": duration, "mime_type": stored.mime_type}}
    named = {**stored.describe(), "file_name": stored.name, "mime_type": stored.mime_type}
    return {"audio": {**named, "duration": duration}} if kind == "audio" else {"document": named}


def _send_file(world: World, call: SendFile, kind: str, value: str, given: Parameters) -> Body:
    _refuse_parse_mode(call.parse_mode)
    caption = check_caption(call.caption)
    world.find_chat(call.chat_id)
    stored = _receive_file(world, kind, value, given)
    content = describe_file(stored.kind, stored, call.duration)
    return _send(world, call, {**content, **({"caption": caption} if caption else {})})


def _receive_file(world: World, kind: str, value: str, given: Parameters) -> StoredFile:
    """Take an upload, named by its field or by attach://, or a file_id that is known already."""
    upload = given.uploads.get(value.removeprefix("attach://") or kind)
    if upload is None:
        return world.files.find_as(kind, value)
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > (files.MAX_PHOTO if kind == "photo" else files.MAX_UPLOAD):
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo" and not _is_picture(upload.content):
        raise bad_request("IMAGE_PROCESS_FAILED")
    # What is no Ogg recording is not played as a voice message: the real server sends it as a file.
    became = "document" if kind == "voice" and not upload.content.startswith(_OGG) else kind
    return world.files.add(became, upload.name, upload.mime_type, upload.content)


def _is_picture(content: bytes) -> bool:
    return content.startswith(_PICTURES) or (content[:4], content[8:12]) == (b"RIFF", b"WEBP")


def _send(world: World, call: Send, content: Body) -> Body:
    phone = world.find_chat(call.chat_id)
    markup = check_markup(call.reply_markup)
    reply = _find_replied(phone, call.reply_parameters)
    world.throttle.take(phone.id, world.clock())
    inline = {"reply_markup": markup} if markup and "inline_keyboard" in markup else {}
    protected = {"has_protected_content": True} if call.protect_content else {}
    message = world.store(phone, world.bot, {**reply, **content, **protected, **inline})
    if markup and not inline:
        _set_keyboard(world, phone, markup)
    return message.body


def _set_keyboard(world: World, phone: Phone, markup: Markup) -> None:
    phone.keyboard = markup if "keyboard" in markup else None
    world.events.tell(phone.id, "keyboard", phone.keyboard)


def _find_replied(phone: Phone, parameters: dict[str, Any] | None) -> Body:
    if not parameters:
        return {}
    if message := phone.messages.get(int(parameters.get("message_id", 0))):
        return {"reply_to_message": {k: v for k, v in message.body.items() if k != "reply_to_message"}}
    if parameters.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


def _find_own(world: World, call: ToMessage) -> tuple[Phone, Message]:
    phone = world.find_chat(call.chat_id)
    if not call.message_id:
        raise bad_request("message identifier is not specified")
    message = phone.messages.get(call.message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if not message.is_from_bot:
        raise bad_request("message can't be edited")
    return phone, message


def _edit(world: World, phone: Phone, message: Message, body: Body, markup: Markup | None) -> Body:
    checked = check_markup(markup)
    if checked:
        if "inline_keyboard" not in checked:
            raise bad_request("inline keyboard expected")
        body["reply_markup"] = checked
    if _without_edit_date(body) == _without_edit_date(message.body):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same"
            " as a current content and reply markup of the message"
        )
    world.throttle.take(phone.id, world.clock())
    body["edit_date"] = world.now()
    world.change(phone, message, body)
    return body


def _without_edit_date(body: Body) -> Body:
    return {key: value for key, value in body.items() if key != "edit_date"}


def _is_too_old(world: World, phone: Phone, message_id: int) -> bool:
    return bool(world.now() - phone.messages[message_id].body["date"] > _DELETABLE_SECONDS)


def _refuse_parse_mode(mode: str) -> None:
    """Say no rather than show raw marks: the simulator reads entities, but neither HTML nor Markdown."""
    if mode:
        raise bad_request("the simulator does not support parse_mode; send entities")
