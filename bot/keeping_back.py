"""What was on its way when the chat locked itself: a neutral line came in its place, and its tap brings the words."""

from sqlalchemy import select

from bot.asking import OLD_BUTTON
from bot.menu import show_menu
from bot.replies import reply_of
from bot.turn import Turn
from cases.messages import TELL_PERSON
from foundation.outbox import OutboxRow, OutboxState

BRING = "m.late"
_LONGEST = 18
"""Digits that the database can take for a number."""


async def bring(turn: Turn, position: str) -> None:
    """Say it now, once. Routing has asked for the PIN; after two days it is forgotten like every row of the outbox."""
    is_number = position.isascii() and position.isdigit() and len(position) <= _LONGEST
    row = await turn.session.scalar(
        select(OutboxRow)
        .where(
            OutboxRow.position == (int(position) if is_number else 0),
            OutboxRow.subject_id == turn.key.subject_id,
            OutboxRow.topic == TELL_PERSON,
            OutboxRow.state == OutboxState.DONE,
            OutboxRow.body.is_not(None),
        )
        .with_for_update()
    )
    if row is None or row.body is None:
        turn.tell(OLD_BUTTON)
        await show_menu(turn)
        return
    turn.replies.append(reply_of(turn.key.open(OutboxRow.body, row.id, row.body)))
    row.body = None
