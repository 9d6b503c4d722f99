"""“Please call me”: the way, the time, the number and what to say to others, asked one by one, then confirmed.

Nobody is asked for a number unless they ask for a call. What is typed is sealed at once; the chat's place holds codes.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from access.actor import PERSON
from bot.locking import demand, is_locked
from bot.menu import menu_row
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from bot.writing import CALL_ME_DATA, writer_case
from cases.callbacks import (
    SLOTS,
    Planned,
    cancel_call,
    draft_call,
    planned_call,
    read_draft,
    read_number,
    request_call,
    say_if_someone_else,
    spaced,
)
from cases.hours import day_in_words, time_in_words
from cases.models import Case
from cases.rules import CALL_CHANNEL_NAMES, CALL_TIME_NAMES, CallChannel, CallTime
from foundation.errors import Invalid
from foundation.language import _, _p, isolate

_Code = TypeVar("_Code", bound=StrEnum)

# Translators: Buttons of “Please call me”. Short: they must fit a small phone.
YES = _p("button", "✅ Yes, contact me")
ANEW = _p("button", "✏️ Change it")
NO = _p("button", "✖️ Do not contact me")
NO_WORDS = _p("button", "Say nothing")

_SIGNS: dict[StrEnum, str] = {
    CallChannel.CALL: "📞",
    CallChannel.SMS: "✉️",
    CallChannel.WHATSAPP: "💬",
    CallTime.MORNING: "🌅",
    CallTime.AFTERNOON: "☀️",
    CallTime.EVENING: "🌙",
    CallTime.ANY: "🕐",
}


async def begin_call(turn: Turn, anew: str = "") -> None:
    """`anew`: whatever is planned is to be planned again."""
    case = await writer_case(turn)
    if case is None:
        return
    planned = await planned_call(turn.session, case)
    if planned is not None and not anew:
        _show_planned(turn, planned)
        return
    turn.go(Standing.MENU)
    turn.place = replace(turn.place, call="")
    turn.tell(
        _("We contact you only if you ask for it. Which way is safe for you?"),
        _channels(turn) + menu_row(turn),
    )


async def choose_channel(turn: Turn, channel: str) -> None:
    if _code(CallChannel, channel) is None:
        await begin_call(turn)
        return
    turn.place = replace(turn.place, call=channel)
    turn.tell(_("When is it safe?"), _times(turn) + menu_row(turn))


async def choose_time(turn: Turn, at: str) -> None:
    channel = turn.place.call.partition(":")[0]
    if _code(CallChannel, channel) is None or _code(CallTime, at) is None:
        await begin_call(turn)
        return
    turn.place = replace(turn.place, call=f"{channel}:{at}")
    turn.go(Standing.CALL_NUMBER)
    turn.tell(
        _("Please write the phone number that is safe, with the country code. Only the team for your case sees it."),
        menu_row(turn),
    )


async def take_number(turn: Turn) -> None:
    case, (_channel, at, _draft) = await writer_case(turn), _chosen(turn)
    if case is None or at is None:
        await begin_call(turn)
        return
    try:
        number = read_number(turn.incoming.text, case.country)
    except Invalid as unreadable:
        turn.tell(unreadable.message, menu_row(turn))
        return
    draft = await draft_call(turn.session, case, turn.key, number, at)
    turn.place = replace(turn.place, call=f"{turn.place.call}:{draft.hex}")
    turn.go(Standing.CALL_WORDS)
    turn.tell(
        _(
            "If someone else answers or reads it: what should we say? Write it in a few words, for example “It is "
            "about the course”. If we should say nothing, choose “Say nothing”."
        ),
        stacked(turn.button(NO_WORDS, f"{CALL_ME_DATA}.words")) + menu_row(turn),
    )


async def take_words(turn: Turn) -> None:
    """What was written for someone else who answers, or nothing where the button was tapped."""
    case, (channel, _at, draft) = await writer_case(turn), _chosen(turn)
    if case is None or channel is None or draft is None:
        await begin_call(turn)
        return
    words = "" if turn.incoming.text.startswith(CALL_ME_DATA) else turn.incoming.text.strip()
    try:
        await say_if_someone_else(turn.session, case, turn.key, draft, words)
    except Invalid as too_long:
        turn.tell(too_long.message, menu_row(turn))
        return
    turn.go(Standing.MENU)
    await show_draft(turn)


async def show_draft(turn: Turn) -> None:
    """What was typed, to be confirmed. On a locked phone whoever writes now may not be who gave the number."""
    case, (channel, _at, draft) = await writer_case(turn), _chosen(turn)
    if case is None or channel is None or draft is None:
        await begin_call(turn)
    elif is_locked(turn):
        demand(turn, f"{CALL_ME_DATA}.check")
    else:
        await _ask_confirmation(turn, case, channel, draft)


async def confirm(turn: Turn) -> None:
    case, (channel, _at, draft) = await writer_case(turn), _chosen(turn)
    if case is None or channel is None or draft is None:
        await begin_call(turn)
        return
    begins, ends = await request_call(turn.session, case, draft, channel, actor=PERSON)
    turn.place = replace(turn.place, call="")
    turn.tell(
        _WILL_CONTACT,
        stacked(turn.button(NO, f"{CALL_ME_DATA}.no")) + menu_row(turn),
        **_in_words(turn, begins, ends),
    )


async def cancel(turn: Turn) -> None:
    case = await writer_case(turn)
    if case is None:
        return
    turn.place = replace(turn.place, call="")
    await cancel_call(turn.session, case, actor=PERSON)
    turn.tell(_("Nobody contacts you. The number has been deleted."), menu_row(turn))


_WILL_CONTACT = _("We will contact you on {day}, between {begins} and {ends}. You can still say no here until then.")


async def _ask_confirmation(turn: Turn, case: Case, channel: CallChannel, draft: UUID) -> None:
    number, at, words = await read_draft(turn.session, case, turn.key, draft)
    lines = [
        turn.words(_("Is this right?")),
        f"{_SIGNS[channel]} {turn.words(CALL_CHANNEL_NAMES[channel])}: {isolate(spaced(number))}",
        f"{_SIGNS[at]} {_slot_words(turn, at)}",
        turn.words(_("If someone else answers: {words}"), words=words or turn.words(NO_WORDS)),
    ]
    buttons = (
        turn.button(YES, f"{CALL_ME_DATA}.yes"),
        turn.button(ANEW, f"{CALL_ME_DATA}:anew"),
        turn.button(NO, f"{CALL_ME_DATA}.no"),
    )
    turn.reply("\n".join(lines), stacked(*buttons) + menu_row(turn), protect=True)


def _show_planned(turn: Turn, planned: Planned) -> None:
    turn.tell(
        _WILL_CONTACT,
        stacked(turn.button(ANEW, f"{CALL_ME_DATA}:anew"), turn.button(NO, f"{CALL_ME_DATA}.no")) + menu_row(turn),
        **_in_words(turn, planned.begins, planned.ends),
    )


def _in_words(turn: Turn, begins: datetime, ends: datetime) -> dict[str, str]:
    return {
        "day": day_in_words(turn.language, begins),
        "begins": time_in_words(turn.language, begins),
        "ends": time_in_words(turn.language, ends),
    }


def _channels(turn: Turn) -> tuple[Row, ...]:
    return stacked(
        *(
            (f"{_SIGNS[code]} {turn.words(name)}", f"{CALL_ME_DATA}.by:{code}")
            for code, name in CALL_CHANNEL_NAMES.items()
        )
    )


def _times(turn: Turn) -> tuple[Row, ...]:
    return stacked(*((f"{_SIGNS[at]} {_slot_words(turn, at)}", f"{CALL_ME_DATA}.at:{at}") for at in CallTime))


def _slot_words(turn: Turn, at: CallTime) -> str:
    begins, ends = SLOTS[at]
    hours = isolate(f"{begins:%H:%M}–{ends:%H:%M}")
    return f"{turn.words(CALL_TIME_NAMES[at])}, {hours}"


def _chosen(turn: Turn) -> tuple[CallChannel | None, CallTime | None, UUID | None]:
    """What the place says was chosen so far."""
    channel, at, draft = (*turn.place.call.split(":"), "", "", "")[:3]
    return _code(CallChannel, channel), _code(CallTime, at), UUID(hex=draft) if draft else None


def _code(codes: type[_Code], text: str) -> _Code | None:
    return next((code for code in codes if code == text), None)
