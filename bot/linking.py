"""Moving to a new phone with a one-time code from a caseworker: the chat goes over, the old phone is cut off.

The person's key, case and pending messages stay as they are; only the address of their chat changes. The stranger's
row of the new phone, of which nothing is known, goes. Whoever guesses codes is slowed down as with a PIN.
"""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON
from bot import locking
from bot.chats import new_chat, open_address
from bot.hiding import take_back
from bot.incoming import Did
from bot.menu import menu_row, show_menu
from bot.models import Chat, DeadLetter
from bot.place import Place, Standing
from bot.turn import Turn
from cases.linking import find_link, read_code
from cases.messages import TELL_PERSON
from cases.models import PhoneLink, Submission
from foundation import audit, clock, keys, outbox
from foundation.keys import open_subject
from foundation.language import SOURCE_LANGUAGE, Message, _, say
from foundation.outbox import OutboxRow
from foundation.sealing import SubjectKey

PREFIX = "link_"
"""What the deep link brings: `/start link_<code>`."""
_ENDED = _("This chat is closed on this phone.")
_NO_SUCH_CODE = _(
    "This code does not work. A code can be used once, within 30 minutes. Ask your caseworker for a new one."
)


def ask_code(turn: Turn) -> None:
    if turn.chat.case_id is not None:
        turn.tell(
            _(
                "To use this chat on a new phone, ask your caseworker for a code, and enter it on the new phone "
                "under “I have a new phone”. This phone then shows nothing new any more."
            ),
            menu_row(turn),
        )
        return
    turn.go(Standing.LINKING)
    turn.tell(_("Please write the code that your caseworker gave you. It has 8 letters and digits."), menu_row(turn))


async def take_code(turn: Turn, typed: str) -> None:
    """The code, written or brought by a link."""
    if turn.chat.case_id is not None:
        ask_code(turn)
        return
    if locking.is_blocked(turn.chat):
        _refuse(
            turn, _("Too many wrong tries. You can try again on {moment} (UTC)."), moment=turn.chat.pin_blocked_until
        )
        return
    code = read_code(typed)
    link = await find_link(turn.session, code) if code else None
    mine = await _chat_of(turn.session, link)
    if code is None or link is None or mine is None:
        locking.count_failure(turn.chat)
        audit.record(turn.session, PERSON.id, "phone.wrong_code", turn.chat.subject_id, count=turn.chat.pin_failures)
        _refuse(turn, _NO_SUCH_CODE)
    elif mine.pin_hash is not None:
        locking.ask_of_new_phone(turn, locking.seal_secret(turn, code))
    else:
        await _move(turn, mine, link)


async def take_pin(turn: Turn, digits: str) -> None:
    """The PIN of the chat that is to move, entered on the new phone."""
    code = locking.open_secret(turn, turn.place.first)
    link = await find_link(turn.session, code) if code else None
    mine = await _chat_of(turn.session, link)
    if link is None or mine is None:
        _refuse(turn, _NO_SUCH_CODE)
    elif mine.pin_hash is None or locking.check(turn, mine, digits):
        await _move(turn, mine, link)


def _refuse(turn: Turn, why: Message, **values: object) -> None:
    turn.tell(why, menu_row(turn), **values)


async def _chat_of(session: AsyncSession, link: PhoneLink | None) -> Chat | None:
    if link is None:
        return None
    return await session.scalar(select(Chat).where(Chat.subject_id == link.person_id).with_for_update())


async def _move(turn: Turn, mine: Chat, link: PhoneLink) -> None:
    """The person's row takes this phone's address; the row that stood for this phone goes."""
    session, newcomer, address = turn.session, turn.chat, turn.incoming.chat_id
    key = await open_subject(session, mine.subject_id)
    old_address, old_language = open_address(mine, key), mine.language
    new_fingerprint, stranger_id = newcomer.fingerprint, newcomer.subject_id
    await _forget_stranger(session, newcomer)
    mine.fingerprint, mine.address = new_fingerprint, key.seal(Chat.address, mine.subject_id, address)
    mine.stopped_at, mine.unlocked_until = None, clock.now() + locking.OPEN_FOR
    link.used_at = clock.now()
    await session.flush()
    if old_address != address:
        await _redirect(session, key)
        await _close_old_phone(session, old_address, old_language)
    audit.record(session, PERSON.id, "phone.moved", mine.case_id or stranger_id)
    await _go_on_here(turn, mine, key)


async def _forget_stranger(session: AsyncSession, newcomer: Chat) -> None:
    subject_id: UUID = newcomer.subject_id
    await session.execute(delete(DeadLetter).where(DeadLetter.subject_id == subject_id))
    await session.delete(newcomer)
    await session.flush()
    await outbox.drop_subject(session, subject_id)
    await keys.shred(session, subject_id)


async def _redirect(session: AsyncSession, key: SubjectKey) -> None:
    """What is being sent to the old phone at this moment, or still waits, comes to the new one instead.

    What was to change or to delete a message there cannot do so here. What is on the wire already is taken back by
    whoever sends it.
    """
    lanes = (key.subject_id, outbox.second_lane(key.subject_id))
    for row in await outbox.waiting(session, lanes, TELL_PERSON):
        body = {} if row.body is None else key.open(OutboxRow.body, row.id, row.body)
        if "delete" in body:
            outbox.drop(row, "moved")
            continue
        outbox.take_away(row)
        if body.get("edit"):
            row.body = key.seal(OutboxRow.body, row.id, body | {"edit": None})


async def _close_old_phone(session: AsyncSession, address: int, language: str | None) -> None:
    """The old phone reads one neutral line, and is a stranger's from now on."""
    stranger, key = await new_chat(session, address)
    stranger.language = language
    text = say(language or SOURCE_LANGUAGE, _ENDED)
    body: dict[str, object] = {"text": text, "buttons": [], "edit": None}
    outbox.enqueue(session, TELL_PERSON, key=key, payload={}, body=body)


async def _go_on_here(turn: Turn, mine: Chat, key: SubjectKey) -> None:
    tap = turn.place.tap
    turn.chat, turn.key, turn.place = mine, key, replace(Place.of(mine.place), tap=tap)
    turn.submission = await turn.session.get(Submission, mine.submission_id) if mine.submission_id else None
    case = await turn.case()
    if case is not None:
        case.unreachable_at = None
    if turn.incoming.did is Did.WROTE:
        take_back(turn, [turn.incoming.message_id])
    turn.tell(_("This phone is now yours for this chat. The old phone shows nothing new any more."))
    await show_menu(turn)
