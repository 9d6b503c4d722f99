"""Deleting everything at the person's own wish, and going on in a chat that knows only its language."""

from datetime import timedelta

from access.actor import PERSON
from bot.chats import new_chat
from bot.forgetting import forget
from bot.menu import menu_row
from bot.place import Standing
from bot.replies import Button, stacked
from bot.turn import Turn
from foundation.language import _, _p

DELETE_YES = _p("button", "🗑 Yes, delete everything")
DELETE_NO = _p("button", "No, keep my data")

BACKUP_DAYS = 90
"""Days for which a backup may still hold the key of an erased person; see docs/deploy.md."""


def delete_buttons(turn: Turn) -> tuple[Button, Button]:
    """The yes counts only while these buttons are the live ones: an old one must never delete a newer case."""
    return turn.button(DELETE_NO, "m.menu"), turn.button(DELETE_YES, f"m.delete.yes:{turn.place.nonce}")


def ask_deletion(turn: Turn) -> None:
    if turn.chat.case_id is None:
        turn.tell(_("We keep nothing about you, so there is nothing to delete."), menu_row(turn))
        return
    turn.go(Standing.MENU)
    turn.tell(
        _(
            "Do you want to delete everything we keep about you? Your answers, messages and requests are destroyed "
            "and cannot be brought back. Your caseworker can no longer help you with this case."
        ),
        stacked(*delete_buttons(turn)),
    )


async def delete_everything(turn: Turn, nonce: str) -> None:
    """Destroy the person's data and go on in a fresh chat."""
    if turn.chat.case_id is None or nonce != turn.place.nonce:
        ask_deletion(turn)
        return
    language, address = turn.chat.language, turn.incoming.chat_id
    receipt = await forget(turn.session, turn.person_id, actor=PERSON)
    turn.replies.clear()
    await _start_afresh(turn, address, language)
    turn.tell(
        _(
            "Everything we kept about you has been destroyed on {date}: your name, answers, messages, files "
            "and requests. Organisations that had something from us are told to delete it. "
            "Case {number} now holds only numbers that cannot be linked to you. "
            "A safety copy may still hold a key to your data until {until}; after that nobody can open it. "
            "To remove what this phone shows, delete the chat in Telegram."
        ),
        menu_row(turn),
        date=receipt.erased_at,
        number=receipt.case_number,
        until=(receipt.erased_at + timedelta(days=BACKUP_DAYS)).date(),
    )


async def _start_afresh(turn: Turn, address: int, language: str | None) -> None:
    turn.chat, turn.key = await new_chat(turn.session, address)
    turn.chat.language = language
    turn.leave_form()
    turn.go(Standing.MENU)
