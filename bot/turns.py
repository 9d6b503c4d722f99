"""Taking turns: one update, one transaction. The chat's row is locked, a repeat has no effect, replies are queued."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from access.actor import PERSON, SYSTEM
from access.throttling import FAILURE_WINDOW
from bot.asking import begin_or_resume
from bot.chats import CHAT, new_chat, open_address
from bot.incoming import Did, Incoming
from bot.locking import is_shut_behind
from bot.menu import menu_row
from bot.models import Chat, DeadLetter, SeenUpdate
from bot.pace import Pace
from bot.place import Place, Standing
from bot.replies import SAID_OPEN
from bot.routing import route
from bot.turn import Turn
from cases.complaints import MOST_SENT
from cases.messages import TELL_PERSON
from cases.models import Case, Submission
from cases.notices import Programme
from foundation import audit, clock, outbox
from foundation.errors import Refusal
from foundation.keys import StoredSubjectKey, fingerprint, unwrap_subject
from foundation.language import _
from foundation.outbox import OutboxRow, waiting_in_lane
from foundation.sealing import SubjectKey

OVERTAKEN_WITHIN = timedelta(minutes=10)
OVERTAKEN_BY_AT_MOST = 10_000
"""Updates are numbered one after another; only after a week without any does Telegram begin somewhere else."""
TOO_LATE = _(
    "Your last message reached us only after what you did next, so we have not used it. "
    "If it is still needed, please send it again."
)
_KEPT = ("bot_id", "update_id", "chat_id", "did", "text", "message_id", "album", "language_hint", "position")
"""Of an update that failed; its tap has been answered, and what a PIN was checked against must not be kept."""
_SAID = frozenset([Did.WROTE, Did.SENT_FILE, Did.SENT_PLACE, Did.SENT_SOMETHING_ELSE])

# Built once: they run at every turn of every chat.
_NOTE_SEEN = insert(cast("Table", SeenUpdate.__table__))
_LOCK_CHAT = (
    select(Chat, StoredSubjectKey, waiting_in_lane(Chat.subject_id).label("waits"))
    .join(StoredSubjectKey, StoredSubjectKey.subject_id == Chat.subject_id)
    .where(Chat.fingerprint == bindparam("fingerprint"))
    .with_for_update(of=Chat)
)
_CHATS = cast("Table", Chat.__table__)
_KEEP_PLACE = (
    update(_CHATS)
    .where(_CHATS.c.subject_id == bindparam("chat"))
    .values(place=bindparam("place"), seen_at=bindparam("seen_at"))
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the bot knows of its deployment; and how fast complaints come, which nothing but memory holds."""

    programme: Programme
    languages: tuple[str, ...]
    complaints: Pace = field(default_factory=lambda: Pace(MOST_SENT, FAILURE_WINDOW), compare=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A queued reply that the process which took the turn sends itself, right after the commit."""

    position: int
    subject_id: UUID
    address: int
    body: dict[str, Any]
    since: float = field(default_factory=monotonic)
    """When it was queued, by the monotonic clock."""


async def take_turn(session: AsyncSession, incoming: Incoming, desk: Desk) -> list[Outgoing]:
    """Everything that one update does. Raises IntegrityError for an update that had its effect before."""
    turn, may_send = await _open(session, incoming, desk)
    await _dispatch(turn)
    return await _close(turn, may_send=may_send)


async def refuse_turn(session: AsyncSession, incoming: Incoming, desk: Desk, refusal: Refusal) -> list[Outgoing]:
    """The turn was refused and rolled back: only the reason is said, and the update counts as seen."""
    turn, may_send = await _open(session, incoming, desk)
    turn.tell(refusal.message, menu_row(turn))
    return await _close(turn, may_send=may_send)


async def bury(session: AsyncSession, incoming: Incoming, desk: Desk, error: Exception) -> list[Outgoing]:
    """An update that keeps failing is kept sealed for someone to look at; the chat goes on."""
    turn, may_send = await _open(session, incoming, desk)
    letter_id = uuid4()
    session.add(
        DeadLetter(
            id=letter_id,
            subject_id=turn.key.subject_id,
            update=turn.key.seal(DeadLetter.update, letter_id, letter_of(incoming)),
            error=type(error).__name__,
            failed_at=clock.now(),
        )
    )
    audit.record(session, SYSTEM.id, "update.buried", turn.chat.case_id or turn.key.subject_id)
    turn.tell(_("Something went wrong on our side. Please try again, or talk to a person."), menu_row(turn))
    return await _close(turn, may_send=may_send)


def letter_of(incoming: Incoming) -> dict[str, Any]:
    """What is needed to take the turn again, without the file itself: that is fetched once more."""
    kept = {name: getattr(incoming, name) for name in _KEPT}
    if incoming.attachment is not None:
        kept["attachment"] = asdict(incoming.attachment)
    return kept


async def seen_among(session: AsyncSession, bot_id: int, update_ids: Sequence[int]) -> set[int]:
    """Which of these updates have had their effect."""
    return set(
        await session.scalars(
            select(SeenUpdate.update_id).where(SeenUpdate.bot_id == bot_id, SeenUpdate.update_id.in_(update_ids))
        )
    )


async def forget_seen_updates(session: AsyncSession) -> None:
    """Telegram repeats an update for a day at most; after 48 hours it need not be known."""
    await session.execute(delete(SeenUpdate).where(SeenUpdate.seen_at < clock.now() - outbox.KEPT_AFTER_DONE))


async def mark_stopped(session: AsyncSession, subject_id: UUID) -> None:
    """Telegram delivers no more to this chat: staff must know that the person cannot be reached here."""
    case_id = await session.scalar(
        update(Chat)
        .where(Chat.subject_id == subject_id, Chat.stopped_at.is_(None))
        .values(stopped_at=clock.now())
        .returning(Chat.case_id)
    )
    if case_id is not None:
        case = await session.get_one(Case, case_id, with_for_update=True)
        case.unreachable_at = case.unreachable_at or clock.now()
        case.attention_at = case.attention_at or clock.now()
        audit.record(session, SYSTEM.id, "person.unreachable", case.id)


async def _open(session: AsyncSession, incoming: Incoming, desk: Desk) -> tuple[Turn, bool]:
    seen = {"bot_id": incoming.bot_id, "update_id": incoming.update_id, "seen_at": clock.now()}
    await session.execute(_NOTE_SEEN, seen)
    chat, key, may_send = await _locked_chat(session, incoming.chat_id)
    # A query of its own, after the lock: a row joined to the locked one could be of an older moment.
    submission = await session.get(Submission, chat.submission_id) if chat.submission_id else None
    turn = Turn(
        session=session,
        incoming=incoming,
        chat=chat,
        key=key,
        submission=submission,
        programme=desk.programme,
        languages=desk.languages,
        complaints=desk.complaints,
        place=Place.of(chat.place),
    )
    return turn, may_send


async def _locked_chat(session: AsyncSession, address: int) -> tuple[Chat, SubjectKey, bool]:
    """The chat's row, locked until the turn ends; its key; and whether nothing older still waits to be sent."""
    found = {"fingerprint": await fingerprint(session, CHAT, str(address))}
    row = (await session.execute(_LOCK_CHAT, found)).one_or_none()
    if row is None:
        return *await new_chat(session, address), True
    return row.Chat, unwrap_subject(session, row.StoredSubjectKey), not row.waits


async def _close(turn: Turn, *, may_send: bool) -> list[Outgoing]:
    if turn.incoming.did is Did.TAPPED:
        turn.place = replace(turn.place, tap=turn.incoming.update_id)
    # Which of them may arrive is decided when they are sent: the chat may lock itself before that.
    how = {SAID_OPEN: not is_shut_behind(turn)}
    for reply in turn.replies:
        outbox.enqueue(turn.session, TELL_PERSON, key=turn.key, payload={}, body=reply.body() | how, lane=turn.lane)
    sends = (may_send or turn.overtakes) and turn.chat.stopped_at is None
    rows = await turn.session.run_sync(_write, turn, leased=sends)
    if not sends:
        return []
    address = open_address(turn.chat, turn.key)
    return [
        Outgoing(row.position, row.subject_id, address, turn.key.open(OutboxRow.body, row.id, row.body))
        for row in rows
        if row.body is not None
    ]


def _write(session: Session, turn: Turn, *, leased: bool) -> list[OutboxRow]:
    """What the turn leaves behind, in one trip: the rows of every turn by plain statements, anything else as usual."""
    audit.write_new(session)
    rows = outbox.write_new(session, turn.lane, leased=leased)
    chat, place, seen_at = turn.chat, turn.place.stored(), clock.now()
    if session.is_modified(chat):
        chat.place, chat.seen_at = place, seen_at
    else:
        kept = {"chat": chat.subject_id, "place": place, "seen_at": seen_at}
        # The unit of work would notice if the row were gone.
        if session.connection().execute(_KEEP_PLACE, kept).rowcount != 1:
            raise LookupError("the chat's row is gone")
        set_committed_value(chat, "place", place)
        set_committed_value(chat, "seen_at", seen_at)
    session.flush()
    return rows


async def _dispatch(turn: Turn) -> None:
    did = turn.incoming.did
    if did is Did.BLOCKED:
        await mark_stopped(turn.session, turn.chat.subject_id)
        return
    await _reachable_again(turn)
    if did is Did.UNBLOCKED:
        return
    if did in _SAID and _is_overtaken(turn) and turn.place.standing is not Standing.HIDDEN:
        turn.tell(TOO_LATE)
        if turn.place.standing is Standing.QUESTION:
            await begin_or_resume(turn)
    else:
        await route(turn)


def _is_overtaken(turn: Turn) -> bool:
    """Whether something that the person did later was taken before this.

    Telegram's webhook delivers taps and messages in lanes of their own, so that a tap can overtake the text before it;
    the text would answer a question that the person had not seen when they wrote it.
    """
    behind = turn.place.tap - turn.incoming.update_id
    is_overtaken = 0 < behind < OVERTAKEN_BY_AT_MOST and clock.now() - turn.chat.seen_at < OVERTAKEN_WITHIN
    return is_overtaken or turn.incoming.is_late


async def _reachable_again(turn: Turn) -> None:
    if turn.chat.stopped_at is None:
        return
    turn.chat.stopped_at = None
    case = await turn.case()
    if case is not None:
        case.unreachable_at = None
        audit.record(turn.session, PERSON.id, "person.reachable", case.id)
