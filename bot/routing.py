"""Which step a thing that a person did leads to: tables of commands, buttons and standings.

Buttons go by their data; only commands and buttons interrupt what stands. A step is a function of the turn and of the
arguments that the button's data carries behind its action.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from bot import (
    agreeing,
    applications,
    asking,
    calling,
    choosing,
    complaining,
    confirming,
    conversation,
    copying,
    deciding,
    deleting,
    disclosing,
    following,
    goal_view,
    guarding,
    hiding,
    keeping_back,
    lessons,
    linking,
    locking,
    menu,
    money,
    myfile,
    rights,
    saving,
    sending,
    services,
    status,
    writing,
)
from bot.incoming import Did
from bot.place import Standing
from bot.turn import Turn
from cases.complaint_desk import READ_ANSWER
from cases.consent import RETURN_SHOW, SHARE_NO, SHARE_SHOW, SHARE_YES
from foundation.language import _
from referrals.confirming import SAY
from referrals.offering import CHOOSE

Step = Callable[..., Awaitable[None] | None]

COMMANDS: dict[str, Step] = {
    "start": menu.show_menu,
    "menu": menu.show_menu,
    "language": menu.ask_language,
    "case": status.show_case,
    "file": myfile.show_file,
    "message": writing.ask_message,
    "messages": conversation.show_messages,
    "call": calling.begin_call,
    "consents": agreeing.show_consents,
    "delete": deleting.ask_deletion,
    "services": services.choose_country,
    "rights": rights.choose_country,
    "complain": complaining.begin,
    "help": menu.show_help,
    "stop": asking.stop,
    "hide": hiding.hide,
    "pin": locking.offer,
}

BUTTONS: dict[str, Step] = {
    "m.menu": menu.show_menu,
    "m.language": menu.choose_language,
    "m.languages": menu.turn_languages,
    "m.begin": agreeing.begin,
    "m.case": status.show_case,
    "m.apps": applications.show_applications,
    "m.app.no": applications.ask_stopping,
    "m.app.yes": applications.stop,
    "m.file": myfile.show_file,
    "m.shares": myfile.show_shares,
    "m.openings": myfile.show_openings,
    "m.correct": myfile.choose_correction,
    "m.copy": copying.ask_copy,
    "m.write": writing.ask_message,
    "m.messages": conversation.show_messages,
    "m.enclosed": conversation.send_file,
    keeping_back.BRING: keeping_back.bring,
    "m.call": calling.begin_call,
    "m.call.by": calling.choose_channel,
    "m.call.at": calling.choose_time,
    "m.call.words": calling.take_words,
    "m.call.check": calling.show_draft,
    "m.call.yes": calling.confirm,
    "m.call.no": calling.cancel,
    "m.consents": agreeing.show_consents,
    "m.more": menu.show_more,
    "m.safety": hiding.show_safety,
    "m.hide": hiding.hide,
    "m.pin": locking.offer,
    "m.link": linking.ask_code,
    "h.calendar": hiding.play,
    "h.phrases": hiding.play,
    "m.help": menu.show_help,
    "m.stop": asking.stop,
    "m.delete": deleting.ask_deletion,
    "m.delete.yes": deleting.delete_everything,
    "f.now": following.answer_now,
    "f.later": following.later,
    "f.no": following.decline,
    "f.keep": following.keep_asking,
    "f.stop": following.stop_all,
    "f.result": following.show_result,
    "m.services": services.choose_country,
    "m.kinds": services.choose_kind,
    "m.find": services.show_services,
    "m.money": money.show_money,
    money.LESSONS_DATA: lessons.show_lessons,
    lessons.LESSON_DATA: lessons.open_lesson,
    money.SAVINGS_DATA: saving.show,
    money.SENDING_DATA: sending.choose_origin,
    "m.remit.to": sending.choose_destination,
    "m.remit.usd": sending.choose_amount,
    "m.remit.show": sending.show_costs,
    "m.goal.new": saving.begin,
    "m.goal.put": saving.ask_entry,
    "m.goal.by": saving.choose_day,
    "m.goal.edit": saving.choose_change,
    "m.rights": rights.choose_country,
    "m.right": rights.show_right,
    "m.lines": rights.show_lines,
    "m.complain": complaining.begin,
    "m.complain.on": complaining.go_on_writing,
    "m.complain.as": complaining.ask_about,
    "m.complain.about": complaining.ask_about,
    "m.complain.kind": complaining.ask_where,
    "m.complain.in": complaining.begin_writing,
    READ_ANSWER: complaining.ask_code,
}
"""By action: the part of the data before the first colon. Tapping one of these ends the writing of a message."""

ON_ID: dict[str, Step] = {
    "w": agreeing.take_back,
    "w.yes": agreeing.confirm_taking_back,
    "r": copying.ask_receipt,
    RETURN_SHOW: deciding.show,
    SHARE_SHOW: agreeing.show_share,
    SHARE_YES: agreeing.accept_share,
    SHARE_NO: agreeing.refuse_share,
    CHOOSE: choosing.show_offer,
    choosing.PICK: choosing.pick,
    choosing.NONE: choosing.pick_none,
    SAY: confirming.ask_received,
    confirming.RECEIVED: confirming.take_received,
    confirming.HELPED: confirming.take_helped,
    goal_view.UNDO: saving.take_back,
    goal_view.SHARE: saving.ask_sharing,
    goal_view.FINISH: saving.ask_ending,
    saving.FINISH_YES: saving.end,
}
"""Buttons that carry an id first: of a consent, of services to choose from, of a referral, of a savings goal."""


async def _pressed(turn: Turn, nonce: str, key: str) -> None:
    """A key of the PIN's number pad."""
    digits = locking.take_tap(turn, nonce, key)
    if digits is not None:
        await _entered(turn, digits)


LIVE: dict[str, Step] = {
    "q": asking.take_tap,
    "c": agreeing.take_data_consent,
    "a": agreeing.take_age,
    "g": guarding.take_tap,
    "p": _pressed,
    "k": complaining.take_tap,
    "v": deciding.take_tap,
    lessons.LIVE: lessons.take_tap,
}
"""Buttons that count only while they are the live ones: a nonce follows the action, and the step checks it."""


_FOR_TEXTS = frozenset(
    [
        Standing.WRITING,
        Standing.CALL_NUMBER,
        Standing.CALL_WORDS,
        Standing.COMPLAINT,
        Standing.RECEIPT,
        Standing.NEAR,
        Standing.LESSON,
        Standing.SAVING,
    ]
)
"""Where the next text has a purpose of its own."""

_BEFORE_AGREEING: dict[Standing, Step] = {
    Standing.AGE: agreeing.remind_of_age,
    Standing.CONSENT: agreeing.remind_of_consent,
    Standing.CHILD: guarding.remind,
    Standing.GUARDIAN: guarding.remind,
    Standing.ASSENT: guarding.remind,
}
"""Where nobody has agreed to anything yet: of what is written there nothing is kept."""


async def route(turn: Turn) -> None:
    incoming = turn.incoming
    locking.stay_open(turn)
    if locking.is_covered(turn):
        hiding.cover(turn)
    elif incoming.did is Did.COMMANDED and incoming.argument.startswith(linking.PREFIX):
        await linking.take_code(turn, incoming.argument.removeprefix(linking.PREFIX))
    elif turn.chat.language is None and not incoming.text.startswith(("m.language:", "m.languages:")):
        menu.ask_language(turn)
    elif incoming.did is Did.TAPPED:
        await _tapped(turn)
    elif incoming.did is Did.COMMANDED:
        await _commanded(turn)
    elif incoming.did is Did.EDITED and locking.is_locked(turn):
        locking.demand(turn, menu.MENU_ROW_DATA)
    elif incoming.did is Did.EDITED:
        await asking.take_edit(turn)
    elif not _same_album(turn):
        await _said(turn)
    elif turn.place.standing is Standing.WRITING:
        # One answer stands for all photos sent together, but each of them is passed on.
        await writing.take_message(turn, is_further=True)


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
    elif standing in _BEFORE_AGREEING:
        await disclosing.look_into(turn, was_kept=False)
        await _take(_BEFORE_AGREEING[standing], turn)
    elif standing is Standing.PIN:
        await _spelled(turn)
    elif standing is Standing.LINKING and wrote:
        await linking.take_code(turn, turn.incoming.text)
    elif standing is Standing.WRITING:
        await writing.take_message(turn)
        await disclosing.look_into(turn, was_kept=True)
    elif standing is Standing.COMPLAINT:
        await complaining.take_words(turn)
    elif standing is Standing.RECEIPT:
        await complaining.take_code(turn)
    elif standing is Standing.DECIDING:
        await disclosing.look_into(turn, was_kept=False)
        deciding.remind(turn)
    elif standing is Standing.LESSON:
        await disclosing.look_into(turn, was_kept=False)
        await lessons.take_words(turn)
    elif standing is Standing.SAVING:
        await disclosing.look_into(turn, was_kept=False)
        await saving.take_words(turn)
    elif standing is Standing.NEAR:
        await services.take_place(turn)
    elif standing is Standing.CALL_NUMBER and wrote:
        await calling.take_number(turn)
    elif standing is Standing.CALL_WORDS and wrote:
        await calling.take_words(turn)
    elif standing in (Standing.CALL_NUMBER, Standing.CALL_WORDS):
        turn.tell(_("Please write it in words or digits."), menu.menu_row(turn))
    elif standing is Standing.REVIEW and turn.submission is not None:
        turn.tell(_("Please choose one of the buttons."))
        await asking.begin_or_resume(turn)
    else:
        await disclosing.look_into(turn, was_kept=False)
        turn.tell(_("Please choose from the menu. To write to a caseworker, first choose “Talk to a person”."))
        await menu.show_menu(turn)


async def _spelled(turn: Turn) -> None:
    """A PIN that is written rather than tapped."""
    digits = locking.take_words(turn)
    if digits is not None:
        await _entered(turn, digits)


async def _entered(turn: Turn, digits: str) -> None:
    """The digits of a PIN are complete; once it is right, what it was asked for is carried out."""
    if turn.place.pin == locking.MOVING:
        await linking.take_pin(turn, digits)
        return
    after = locking.take_digits(turn, digits)
    if after is None:
        return
    turn.go(Standing.MENU)
    did = Did.COMMANDED if after.startswith("/") else Did.TAPPED
    turn.incoming = replace(turn.incoming, did=did, text=after.removeprefix("/"), argument="", message_id=0)
    await (_commanded if did is Did.COMMANDED else _tapped)(turn)


async def _commanded(turn: Turn) -> None:
    if locking.keeps_command_shut(turn):
        locking.demand(turn, f"/{turn.incoming.text}")
        return
    _stop_writing(turn)
    step = COMMANDS.get(turn.incoming.text)
    if step is None:
        turn.tell(_("We do not know this command. Please use the menu."), menu.menu_row(turn))
    else:
        await _take(step, turn)


async def _tapped(turn: Turn) -> None:
    action, *arguments = turn.incoming.text.split(":")
    if locking.keeps_shut(turn, action, arguments):
        # A live button is not live any more behind the PIN: what it belonged to is shown again.
        locking.demand(turn, {"q": "m.begin", "v": deciding.again(turn)}.get(action, turn.incoming.text))
    elif action in LIVE and _fits(LIVE[action], turn, arguments):
        await _take(LIVE[action], turn, *arguments)
    elif action in ON_ID and _fits(ON_ID[action], turn, arguments) and (named := _id(arguments[0])) is not None:
        await _take(ON_ID[action], turn, named, *arguments[1:])
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
    if turn.place.standing in _FOR_TEXTS:
        turn.go(Standing.MENU)


def _id(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
