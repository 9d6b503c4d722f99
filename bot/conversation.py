"""The messages of both sides, read in the chat: some at a time, the newest first, files on request."""

from uuid import UUID

from bot.menu import WRITE, menu_row
from bot.place import Standing
from bot.replies import Button, Reply, stacked
from bot.turn import Turn
from bot.writing import writer_case
from cases.conversation import Excerpt, FileView, MessageView, excerpt_of, mark_shown
from cases.files import open_file
from cases.hours import in_words, zone_of
from cases.messages import NEWEST, READ_MESSAGES
from cases.models import Case
from cases.rules import FileKind
from foundation.language import Message, _, _p

SHOWN = 5
"""Messages on one screen."""
FILE_DATA = "m.enclosed"
_MOST_DIGITS = 18

# Translators: Button below the messages.
EARLIER = _p("button", "◀️ Earlier messages")
_GET = _p("button", "📎 {file}")
FILE_NAMES: dict[FileKind, Message] = {
    FileKind.IMAGE: _p("file", "Photo"),
    FileKind.VOICE: _p("file", "Voice message"),
    FileKind.DOCUMENT: _p("file", "Document"),
}


async def show_messages(turn: Turn, before: str = "") -> None:
    """`before`: the position in front of which the messages are shown; empty for the newest."""
    case = await writer_case(turn)
    if case is None:
        return
    turn.go(Standing.MENU)
    is_position = before.isascii() and before.isdigit() and len(before) <= _MOST_DIGITS
    shown = await excerpt_of(turn.session, case, count=SHOWN, before=int(before) if is_position else NEWEST)
    await mark_shown(turn.session, case)
    earlier = (turn.button(EARLIER, f"{READ_MESSAGES}:{shown.first}"),) if shown.earlier else ()
    buttons = (*_file_buttons(turn, shown), *earlier, turn.button(WRITE, "m.write"))
    text = "\n\n".join(_line(turn, case, each) for each in shown.messages)
    turn.reply(text or turn.words(_("There are no messages yet.")), stacked(*buttons) + menu_row(turn), protect=True)


async def send_file(turn: Turn, file_id: str) -> None:
    """A file of the conversation, once more. Raises NotFound if it has been deleted by now."""
    case = await writer_case(turn)
    if case is None:
        return
    file = await open_file(turn.session, case, turn.key, _id(file_id))
    back = stacked(turn.button(_BACK, READ_MESSAGES)) + menu_row(turn)
    turn.replies.append(Reply(turn.words(FILE_NAMES[file.kind]), back, file=_id(file_id), protect=True))


_BACK = _p("button", "📨 Messages")


def _line(turn: Turn, case: Case, message: MessageView) -> str:
    who = turn.words(_YOU) if not message.is_ours else message.author_name or turn.words(_SERVICE)
    moment = in_words(turn.language, message.sent_at.astimezone(zone_of(case.country)))
    head = turn.words(_("{who}, {moment}:"), who=who, moment=moment)
    lines = [head, message.text]
    if message.file is not None:
        lines.append(f"📎 {turn.words(FILE_NAMES[message.file.kind])}")
    elif message.lost_its_file:
        lines.append(turn.words(_("(The file has been deleted, as files are after 30 days.)")))
    return "\n".join(line for line in lines if line)


# Translators: Who wrote a message, as the person reads it: themselves, or the service by itself.
_YOU = _p("author of a message", "You")
_SERVICE = _p("author of a message", "This service")


def _file_buttons(turn: Turn, shown: Excerpt) -> list[Button]:
    files: list[FileView] = [each.file for each in shown.messages if each.file is not None]
    return [
        turn.button(_GET, f"{FILE_DATA}:{file.id.hex}", file=f"{number}. {turn.words(FILE_NAMES[file.kind])}")
        for number, file in enumerate(files, start=1)
    ]


def _id(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        return UUID(int=0)
