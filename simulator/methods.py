"""The table of Bot API methods, and those about the bot itself."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from simulator import files, sending
from simulator.errors import ApiError, bad_request
from simulator.parameters import (
    AnswerQuery,
    Call,
    EditMarkup,
    EditText,
    GetFile,
    GetUpdates,
    Parameters,
    Profile,
    SendFile,
    SendMessage,
    SetWebhook,
    ToChat,
    ToMessage,
    ToMessages,
    parse_call,
)
from simulator.webhook import Webhook
from simulator.world import Body, World

_COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")
_MAX_COMMANDS = 100
_MAX_DESCRIPTION = 256
_LONGEST_POLL = 50.0


async def get_me(world: World, _call: Call, _: Parameters) -> Body:
    return {
        **world.bot,
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(world: World, call: GetUpdates, _: Parameters) -> list[Body]:
    world.updates.allow(call.allowed_updates)
    return await world.updates.poll(
        offset=call.offset, limit=call.limit, seconds=min(max(call.timeout, 0.0), _LONGEST_POLL)
    )


async def set_webhook(world: World, call: SetWebhook, _: Parameters) -> bool:
    if not call.url:
        return await _remove_webhook(world, drop_pending=call.drop_pending_updates)
    if not call.url.startswith(("http://", "https://")):
        raise bad_request("bad webhook: invalid URL")
    webhook = Webhook(
        call.url,
        secret=call.secret_token,
        connections=call.max_connections,
        delivered=world.updates.confirm,
        now=world.clock,
    )
    await world.updates.change_webhook(webhook, allowed=call.allowed_updates, drop_pending=call.drop_pending_updates)
    return True


async def delete_webhook(world: World, call: SetWebhook, _: Parameters) -> bool:
    return await _remove_webhook(world, drop_pending=call.drop_pending_updates)


async def get_webhook_info(world: World, _call: Call, _: Parameters) -> Body:
    webhook = world.updates.webhook
    info: Body = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates),
    }
    if webhook:
        info["max_connections"] = webhook.connections
        if webhook.last_error:
            info["last_error_date"], info["last_error_message"] = webhook.last_error
    if world.updates.allowed:
        info["allowed_updates"] = sorted(world.updates.allowed)
    return info


async def get_file(world: World, call: GetFile, _: Parameters) -> Body:
    stored = world.files.find(call.file_id)
    if len(stored.content) > files.MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {**stored.describe(), "file_path": stored.path}


async def set_my_commands(world: World, call: Profile, _: Parameters) -> bool:
    commands = call.commands or []
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND_NAME.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= _MAX_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.profile[_name_commands(call)] = commands
    return True


async def get_my_commands(world: World, call: Profile, _: Parameters) -> list[Body]:
    commands: list[Body] = world.profile.get(_name_commands(call), [])
    return commands


async def delete_my_commands(world: World, call: Profile, _: Parameters) -> bool:
    world.profile.pop(_name_commands(call), None)
    return True


def _keep(name: str) -> "Method":
    async def keep(world: World, call: Profile, _: Parameters) -> bool:
        world.profile[f"{name} {call.language_code}"] = getattr(call, name)
        return True

    return keep


def _tell(name: str) -> "Method":
    async def tell(world: World, call: Profile, _: Parameters) -> Body:
        return {name: world.profile.get(f"{name} {call.language_code}", "")}

    return tell


async def accept(_world: World, _call: Call, _: Parameters) -> bool:
    """Answer True to what changes nothing here."""
    return True


async def _remove_webhook(world: World, *, drop_pending: bool) -> bool:
    await world.updates.change_webhook(None, allowed=None, drop_pending=drop_pending)
    return True


def _name_commands(call: Profile) -> str:
    scope = call.scope or {"type": "default"}
    return f"commands {sorted(scope.items())} {call.language_code}"


Method = Callable[[World, Any, Parameters], Awaitable[Any]]

METHODS: dict[str, tuple[type[Call], Method]] = {
    "getme": (Call, get_me),
    "getupdates": (GetUpdates, get_updates),
    "setwebhook": (SetWebhook, set_webhook),
    "deletewebhook": (SetWebhook, delete_webhook),
    "getwebhookinfo": (Call, get_webhook_info),
    "sendmessage": (SendMessage, sending.send_message),
    "sendphoto": (SendFile, sending.send_photo),
    "senddocument": (SendFile, sending.send_document),
    "sendvoice": (SendFile, sending.send_voice),
    "sendaudio": (SendFile, sending.send_audio),
    "sendchataction": (ToChat, sending.send_chat_action),
    "editmessagetext": (EditText, sending.edit_message_text),
    "editmessagereplymarkup": (EditMarkup, sending.edit_message_reply_markup),
    "deletemessage": (ToMessage, sending.delete_message),
    "deletemessages": (ToMessages, sending.delete_messages),
    "answercallbackquery": (AnswerQuery, sending.answer_callback_query),
    "getfile": (GetFile, get_file),
    "setmycommands": (Profile, set_my_commands),
    "getmycommands": (Profile, get_my_commands),
    "deletemycommands": (Profile, delete_my_commands),
    "setmyname": (Profile, _keep("name")),
    "getmyname": (Profile, _tell("name")),
    "setmydescription": (Profile, _keep("description")),
    "getmydescription": (Profile, _tell("description")),
    "setmyshortdescription": (Profile, _keep("short_description")),
    "getmyshortdescription": (Profile, _tell("short_description")),
    "setchatmenubutton": (Call, accept),
    "logout": (Call, accept),
    "close": (Call, accept),
}


async def call_method(world: World, name: str, given: Parameters) -> Any:
    """Do one call and return its result; raises ApiError as the real server would answer."""
    model, method = METHODS.get(name.lower(), (None, None))
    if model is None or method is None:
        raise ApiError(404, "Not Found: method not found")
    return await method(world, parse_call(model, given.values), given)
