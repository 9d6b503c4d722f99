"""Which step a thing that a person did leads to. Buttons go by their data; only commands and buttons interrupt."""

from dataclasses import replace
from uuid import UUID

from bot import agreeing, asking, deleting, menu, services, status, writing
from bot.incoming import Did
from bot.place import Standing
from bot.turn import Turn
from cases.consent import SHARE_NO, SHARE_YES
from foundation.language import _


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
    match turn.incoming.text:
        case "start" | "menu":
            await menu.show_menu(turn)
        case "language":
            menu.ask_language(turn)
        case "case":
            await status.show_case(turn)
        case "message":
            await writing.ask_message(turn)
        case "consents":
            await agreeing.show_consents(turn)
        case "delete":
            deleting.ask_deletion(turn)
        case "help":
            menu.show_help(turn)
        case "stop":
            await asking.stop(turn)
        case _:
            turn.tell(_("We do not know this command. Please use the menu."), menu.menu_row(turn))


async def _tapped(turn: Turn) -> None:
    match turn.incoming.text.split(":"):
        case ["q", nonce, verb, argument]:
            await asking.take_tap(turn, nonce, verb, argument)
        case ["c", nonce, answer]:
            await agreeing.take_data_consent(turn, nonce, answer)
        case [action, text] if (consent_id := _id(text)) is not None:
            await _consent_tapped(turn, action, consent_id)
        case [action, *arguments]:
            _stop_writing(turn)
            await _menu_tapped(turn, action, arguments)


async def _consent_tapped(turn: Turn, action: str, consent_id: UUID) -> None:
    match action:
        case "w":
            await agreeing.take_back(turn, consent_id)
        case "w.yes":
            await agreeing.take_back_data(turn, consent_id)
        case _ if action == SHARE_YES:
            await agreeing.take_share_answer(turn, consent_id, agrees=True)
        case _ if action == SHARE_NO:
            await agreeing.take_share_answer(turn, consent_id, agrees=False)
        case _:
            await _unknown(turn)


async def _menu_tapped(turn: Turn, action: str, arguments: list[str]) -> None:
    match [action, *arguments]:
        case ["m.menu"]:
            await menu.show_menu(turn)
        case ["m.language"]:
            menu.ask_language(turn)
        case ["m.language", code]:
            await menu.set_language(turn, code)
        case ["m.begin"]:
            await agreeing.begin(turn)
        case ["m.case"]:
            await status.show_case(turn)
        case ["m.write"]:
            await writing.ask_message(turn)
        case ["m.consents"]:
            await agreeing.show_consents(turn)
        case ["m.more"]:
            menu.show_more(turn)
        case ["m.help"]:
            menu.show_help(turn)
        case ["m.stop"]:
            await asking.stop(turn)
        case ["m.delete"]:
            deleting.ask_deletion(turn)
        case ["m.delete.yes", nonce]:
            await deleting.delete_everything(turn, nonce)
        case _:
            await _services_tapped(turn, action, arguments)


async def _services_tapped(turn: Turn, action: str, arguments: list[str]) -> None:
    match [action, *arguments]:
        case ["m.services"]:
            services.ask_country(turn)
        case ["m.services" | "m.turn", country, page]:
            services.ask_kind(turn, country, page)
        case ["m.kind", country, kind]:
            await services.show_services(turn, country, kind)
        case _:
            await _unknown(turn)


async def _unknown(turn: Turn) -> None:
    """Data that no button of ours carries, or one of a version long gone."""
    turn.tell(asking.OLD_BUTTON)
    await menu.show_menu(turn)


def _stop_writing(turn: Turn) -> None:
    """Whoever looks at something else no longer writes to the caseworker: the next words are not a message to them."""
    if turn.place.standing is Standing.WRITING:
        turn.go(Standing.MENU)


def _id(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
