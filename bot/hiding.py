"""Hide: what we said leaves the phone as far as Telegram lets us, and a harmless cover stands in its place.

The cover is a small calendar and phrase book that really works. It stays until `/menu` is written, and then the PIN is
asked for if there is one. Telegram lets a bot delete messages of the last 48 hours; the person's own older words, and
the first parts of a text sent in several, stay; `show_safety` says how to remove them.
"""

import calendar
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from babel import Locale
from sqlalchemy import select

from bot.menu import HIDE, NEW_PHONE, menu_row
from bot.place import Standing
from bot.replies import SAID_OPEN, stacked
from bot.turn import Turn
from cases.messages import TELL_PERSON
from foundation import clock, outbox
from foundation.language import Message, _, _p, autonym, isolate, say
from foundation.outbox import OutboxRow, second_lane

CALENDAR = _p("button", "📅 Calendar")
PHRASES = _p("button", "💬 Phrases")

DELETABLE = timedelta(hours=48)
AT_ONCE = 100
"""Telegram's limits."""

# Translators: A small phrase book that hides this chat. Everyday words of a traveller.
PHRASE_BOOK: tuple[Message, ...] = (
    _("Good morning!"),
    _("Thank you very much."),
    _("How much is it?"),
    _("Where is the market?"),
    _("When does the bus leave?"),
)


def show_safety(turn: Turn) -> None:
    """What keeps this chat from the eyes of others, and a new phone."""
    lock = turn.button(_p("button", "🔒 PIN"), "m.pin")
    turn.tell(
        _(
            "Does anyone else use this phone?\n\n"
            "“Hide” removes what we wrote here in the last two days and shows a calendar instead. "
            "To come back, write /menu. Older messages stay: to remove them, delete the chat in Telegram.\n\n"
            "With a PIN, nobody else can open your case here."
        ),
        stacked(
            turn.button(HIDE, "m.hide"),
            *([lock] if turn.chat.case_id else []),
            turn.button(NEW_PHONE, "m.link"),
        )
        + menu_row(turn),
    )


async def hide(turn: Turn) -> None:
    """Take back what can be taken back, lock, and show the cover, before anything else that is still to be sent."""
    lanes = (turn.key.subject_id, second_lane(turn.key.subject_id))
    sent = await turn.session.scalars(
        select(OutboxRow.sent_as).where(
            OutboxRow.lane.in_(lanes), OutboxRow.sent_as > 0, OutboxRow.due_at > clock.now() - DELETABLE
        )
    )
    known = {turn.incoming.message_id, turn.place.answered_message, *(each or 0 for each in sent)}
    await _stop_waiting(turn, lanes)
    turn.overtakes = True
    take_back(turn, sorted(known - {0}))
    turn.chat.unlocked_until = None
    turn.replies.clear()
    turn.go(Standing.HIDDEN)
    show_cover(turn)


def take_back(turn: Turn, message_ids: Sequence[int]) -> None:
    """Delete these messages from the chat."""
    for first in range(0, len(message_ids), AT_ONCE):
        some = list(message_ids[first : first + AT_ONCE])
        outbox.enqueue(turn.session, TELL_PERSON, key=turn.key, payload={}, body={"delete": some}, lane=turn.lane)


async def _stop_waiting(turn: Turn, lanes: Sequence[UUID]) -> None:
    """What was still to be answered here is not said any more. News comes later, as a neutral line.

    What was to be deleted is taken from its sender too: who finds one row gone sends nothing that is behind it. What is
    on the wire at this very moment is taken back by whoever sends it.
    """
    for row in await outbox.waiting(turn.session, lanes, TELL_PERSON):
        body = {} if row.body is None else turn.key.open(OutboxRow.body, row.id, row.body)
        if SAID_OPEN in body:
            outbox.drop(row, "hidden")
        else:
            outbox.take_away(row)


def cover(turn: Turn) -> None:
    """Whatever is done while the cover stands, the cover answers."""
    turn.go(Standing.HIDDEN)
    play(turn)


def play(turn: Turn) -> None:
    if turn.incoming.text == "h.calendar":
        _show_calendar(turn)
    elif turn.incoming.text == "h.phrases":
        _show_phrases(turn)
    else:
        show_cover(turn)


def show_cover(turn: Turn) -> None:
    turn.tell(_("Calendar and phrase book"), _rows(turn))


def _rows(turn: Turn) -> tuple[tuple[tuple[str, str], ...], ...]:
    return stacked(turn.button(CALENDAR, "h.calendar"), turn.button(PHRASES, "h.phrases"))


def _show_calendar(turn: Turn) -> None:
    today = clock.today()
    weekday = Locale.parse(turn.language).days["format"]["wide"][today.weekday()]
    days_left = calendar.monthrange(today.year, today.month)[1] - today.day
    lines = [
        # Translators: {weekday} is a day of the week, {date} a date.
        turn.words(_("Today is {weekday}, {date}."), weekday=weekday, date=today),
        turn.words(_("Week of the year: {number}"), number=today.isocalendar().week),
        turn.words(_("Days left in this month: {number}"), number=days_left),
    ]
    turn.reply("\n".join(lines), _rows(turn))


def _show_phrases(turn: Turn) -> None:
    """Each phrase in the reader's language and in a few others."""
    others = [code for code in turn.languages if code != turn.language][:3]
    blocks = []
    for phrase in PHRASE_BOOK:
        lines = [f"▪️ {turn.words(phrase)}"]
        lines += [isolate(f"{autonym(code)}: {say(code, phrase)}") for code in others]
        blocks.append("\n".join(lines))
    turn.reply("\n\n".join(blocks), _rows(turn))
