"""Which step a thing that a person did leads to: tables of commands, buttons and standings.

Buttons go by their data; only commands and buttons interrupt what stands. A step is a function of the turn and of the
arguments that the button's data carries behind its action.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from bot import agreeing, asking, deleting, menu, services, status, writing
from bot.incoming import Did
from bot.place import Standing
from bot.turn import Turn
from cases.consent import SHARE_NO, SHARE_YES
from foundation.language import _

Step = Callable[..., Awaitable[None] | None]

COMMANDS: dict[str, Step] = {
    "start": menu.show_menu,
    "menu": menu.show_menu,
    "language": menu.ask_language,
    "case": status.show_case,
    "message": writing.ask_message,
    "consents": agreeing.show_consents,
    "delete": deleting.ask_deletion,
    "help": menu.show_help,
    "stop": asking.stop,
}

BUTTONS: dict[str, Step] = {
    "m.menu": menu.show_menu,
    "m.language": menu.choose_language,
    "m.begin": agreeing.begin,
    "m.case": status.show_case,
    "m.write": writing.ask_message,
    "m.consents": agreeing.show_consents,
    "m.more": menu.show_more,
    "m.help": menu.show_help,
    "m.stop": asking.stop,
    "m.delete": deleting.ask_deletion,
    "m.delete.yes": deleting.delete_everything,
    "m.services": services.choose_country,
    "m.turn": services.ask_kind,
    "m.kind": services.show_services,
}
"""By action: the part of the data before the first colon. Tapping one of these ends the writing of a message."""

ON_CONSENT: dict[str, Step] = {
    "w": agreeing.take_back,
    "w.yes": agreeing.take_back_data,
    SHARE_YES: agreeing.accept_share,
    SHARE_NO: agreeing.refuse_share,
}
"""Buttons that carry the id of a consent."""

LIVE: dict[str, Step] = {"q": asking.take_tap, "c": agreeing.take_data_consent}
"""Buttons that count only while they are the live ones: a nonce follows the action, and the step checks it."""


async def route(turn: Turn) -> None:
    incoming = turn.incoming
    if turn.chat.language is None and not incoming.text.startswith("m.language:"):
        menu.ask_language(turn)
    elif incoming.did is Did.TAPPED:
        await _tapped(turn)
    elif incoming.did is Did.COMMANDED:
        await _commanded(turn)
    elif incoming.did is Did.EDITED:
        await asking.take_edit(turn)
    elif not _same_album(turn):
        await _said(turn)


def _same_album(turn: Turn) -> bool:
    """Photos sent together arrive one by one; the first of them was answered for all."""
    album = turn.incoming.album
    if album and album == turn.place.album:
        return True
    turn.place = replace(turn.place, album=album)
    return False


async def _said(turn: Turn) -> None:
    """Something that is neither a button nor a command: what it means depends on where the conversation stands."""
    standing, wrote = turn.place.standing, turn.incoming.did is Did.WROTE
    if standing is Standing.LANGUAGE:
        menu.ask_language(turn)
    elif standing is Standing.QUESTION and turn.submission is not None:
        await asking.take_answer(turn)
    elif standing is Standing.CONSENT:
        agreeing.remind_of_consent(turn)
    elif standing is Standing.WRITING and wrote:
        await writing.take_message(turn)
    elif standing is Standing.WRITING:
        writing.refuse_content(turn)
    elif standing is Standing.REVIEW and turn.submission is not None:
        turn.tell(_("Please choose one of the buttons."))
        await asking.begin_or_resume(turn)
    else:
        turn.tell(_("Please choose from the menu. To write to a caseworker, first choose “Talk to a person”."))
        await menu.show_menu(turn)


async def _commanded(turn: Turn) -> None:
    _stop_writing(turn)
    step = COMMANDS.get(turn.incoming.text)
    if step is None:
        turn.tell(_("We do not know this command. Please use the menu."), menu.menu_row(turn))
    else:
        await _take(step, turn)


async def _tapped(turn: Turn) -> None:
    action, *arguments = turn.incoming.text.split(":")
    if action in LIVE and _fits(LIVE[action], turn, arguments):
        await _take(LIVE[action], turn, *arguments)
    elif action in ON_CONSENT and (consent_id := _id(arguments)) is not None:
        await _take(ON_CONSENT[action], turn, consent_id)
    elif action in BUTTONS and _fits(BUTTONS[action], turn, arguments):
        _stop_writing(turn)
        await _take(BUTTONS[action], turn, *arguments)
    else:
        # Data that no button of ours carries, or one of a version long gone.
        turn.tell(asking.OLD_BUTTON)
        await menu.show_menu(turn)


def _fits(step: Step, turn: Turn, arguments: list[str]) -> bool:
    """Whether the step takes that many arguments: what a phone sends is not always what was on the button."""
    try:
        inspect.signature(step).bind(turn, *arguments)
    except TypeError:
        return False
    return True


async def _take(step: Step, turn: Turn, *arguments: object) -> None:
    waiting = step(turn, *arguments)
    if waiting is not None:
        await waiting


def _stop_writing(turn: Turn) -> None:
    """Whoever looks at something else no longer writes to the caseworker: the next words are not a message to them."""
    if turn.place.standing is Standing.WRITING:
        turn.go(Standing.MENU)


def _id(arguments: list[str]) -> UUID | None:
    try:
        [text] = arguments
        return UUID(hex=text)
    except ValueError:
        return None
