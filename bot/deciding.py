"""Deciding whether to return (GCM 21(b)): the person reads item by item, says yes or no to each, and confirms a yes.

A no to an item decides nothing: someone explains it, and the question stays open. A no to the question itself is
written down at once: to ask again whether they are sure would be pressure. Where someone has read to is kept while they
look elsewhere; in another language they begin anew. See `cases.return_asking`.
"""

from dataclasses import replace
from uuid import UUID

from bot.asking import OLD_BUTTON
from bot.copying import ask_receipt
from bot.menu import MENU_ROW_DATA, WRITE, menu_row
from bot.place import Standing
from bot.replies import Row, side_by_side, stacked
from bot.screens import BACK
from bot.turn import Turn
from cases.consent import RETURN_SHOW
from cases.notices import RETURN_CONFIRMED, RETURN_INTRO, RETURN_ITEMS, RETURN_QUESTION, return_notice, text_hash
from cases.return_asking import answer_return, begin_reading, leave_open, take_back_return
from foundation.language import Message, _, _p

READ_AND_ANSWER = _p("button", "👁 Read and answer")
ITEM_YES = _p("button", "✅ Yes")
ITEM_NO = _p("button", "✖️ No, or not sure")
WANTS = _p("button", "Yes, I want to go back")
WANTS_NOT = _p("button", "No, I do not want to")
WRITE_DOWN = _p("button", "✅ Yes, write it down")
NOT_YET = _p("button", "No, not yet")
LATER = _p("button", "⏸ Later")

_ITEMS = tuple(RETURN_ITEMS)
_ASKED, _CONFIRMED = len(_ITEMS), len(_ITEMS) + 1
"""Positions behind the items: the question itself, and whether its yes is to be written down."""


async def show(turn: Turn, consent_id: UUID) -> None:
    """The question where the person left it, or from its beginning."""
    known_id, position = _place(turn)
    read = _text(turn)
    goes_on = known_id == consent_id and turn.place.reading == read
    await begin_reading(turn.session, turn.person_id, consent_id, turn.language)
    _go(turn, consent_id, position if goes_on else 0, read)


async def take_tap(turn: Turn, nonce: str, answer: str) -> None:
    """Only the buttons of the item that stands count."""
    if turn.is_second_tap(nonce):
        return
    consent_id, position = _place(turn)
    if turn.place.standing is not Standing.DECIDING or nonce != turn.place.nonce or consent_id is None:
        turn.tell(OLD_BUTTON, menu_row(turn))
    elif turn.place.reading != _text(turn):
        turn.tell(_("This text has changed since you read it. Please read it once more."))
        await show(turn, consent_id)
    elif answer == "back":
        _go(turn, consent_id, max(position - 1, 0), turn.place.reading)
    elif answer == "yes" and position < _CONFIRMED:
        _go(turn, consent_id, position + 1, turn.place.reading)
    elif answer == "yes":
        await _decide(turn, consent_id, agrees=True)
    elif answer == "no" and position == _ASKED:
        await _decide(turn, consent_id, agrees=False)
    elif answer == "no":
        item = _ITEMS[position] if position < _ASKED else ""
        await _leave(turn, consent_id, item)
    else:
        turn.tell(OLD_BUTTON, menu_row(turn))


def remind(turn: Turn) -> None:
    """Something was written while the question stands: silence and other words are no answer."""
    turn.tell(_("Please choose one of the buttons. Only they count as your answer, and you need not answer now."))
    _show_item(turn, _place(turn)[1])


def again(turn: Turn) -> str:
    """The action that brings the question back, once the PIN is given."""
    consent_id, _position = _place(turn)
    return f"{RETURN_SHOW}:{consent_id.hex}" if consent_id else MENU_ROW_DATA


async def take_back(turn: Turn, consent_id: UUID) -> None:
    words = await take_back_return(turn.session, turn.person_id, consent_id)
    _end(turn)
    turn.show([turn.words(words)], menu_row(turn))


async def _decide(turn: Turn, consent_id: UUID, *, agrees: bool) -> None:
    read = turn.place.reading.rpartition(".")[2]
    words = await answer_return(turn.session, turn.person_id, consent_id, read, agrees=agrees)
    _end(turn)
    turn.show([turn.words(words)], menu_row(turn))
    if agrees:
        await turn.session.flush()
        await ask_receipt(turn, consent_id)


async def _leave(turn: Turn, consent_id: UUID, item: str) -> None:
    """Nothing is decided. What was read stays read: the item is asked again when the person comes back."""
    words = await leave_open(turn.session, turn.person_id, consent_id, item)
    turn.go(Standing.MENU)
    turn.show([turn.words(words)], stacked(turn.button(WRITE, "m.write")) + menu_row(turn))


def _go(turn: Turn, consent_id: UUID, position: int, read: str) -> None:
    turn.go(Standing.DECIDING)
    turn.place = replace(turn.place, deciding=f"{consent_id.hex}.{position}", reading=read)
    _show_item(turn, position)


def _show_item(turn: Turn, position: int) -> None:
    lines = [turn.words(RETURN_INTRO)] if position == 0 else []
    if position < _ASKED:
        # Translators: {position} of {total} questions
        lines.append(turn.words(_("Question {position} of {total}"), position=position + 1, total=_ASKED))
        lines.append(turn.words(RETURN_ITEMS[_ITEMS[position]]))
    else:
        lines.append(turn.words(RETURN_QUESTION if position == _ASKED else RETURN_CONFIRMED))
    turn.show(lines, _rows(turn, position))


def _rows(turn: Turn, position: int) -> tuple[Row, ...]:
    labels = {_ASKED: (WANTS, WANTS_NOT), _CONFIRMED: (WRITE_DOWN, NOT_YET)}.get(position, (ITEM_YES, ITEM_NO))
    yes, no = (_button(turn, label, answer) for label, answer in zip(labels, ("yes", "no"), strict=True))
    others = [_button(turn, BACK, "back")] if position else []
    others += [turn.button(LATER, MENU_ROW_DATA)]
    return (yes,), (no,), side_by_side(turn.language, *others), (turn.button(WRITE, "m.write"),)


def _button(turn: Turn, label: Message, answer: str) -> tuple[str, str]:
    return turn.button(label, f"v:{turn.place.nonce}:{answer}")


def _place(turn: Turn) -> tuple[UUID | None, int]:
    """Which question is read, and to where."""
    consent_id, _dot, position = turn.place.deciding.partition(".")
    return (UUID(hex=consent_id), int(position)) if position else (None, 0)


def _text(turn: Turn) -> str:
    """The language and the SHA-256 of everything that is read, as it stands now."""
    return f"{turn.language}.{text_hash(return_notice(turn.language))}"


def _end(turn: Turn) -> None:
    turn.go(Standing.MENU)
    turn.place = replace(turn.place, deciding="", reading="")
