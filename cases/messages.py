"""Words and files between the person and the staff. What is said to a person is an outbox row of the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from access.actor import Actor, require
from access.rules import Permission
from cases.files import OpenedFile, store_file
from cases.models import Case, CaseMessage, Person
from cases.rules import CaseStatus, Direction
from foundation import audit, clock, outbox
from foundation.errors import Conflict, Invalid
from foundation.keys import open_subject
from foundation.language import RLM, Message, _, _p, direction, say
from foundation.outbox import OutboxRow, OutboxState
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import ACCOUNT_NUMBER, holds_account_number

TELL_PERSON = "person.tell"
LONGEST_MESSAGE = 3000
"""Characters; leaves room for the line above it within Telegram's 4096."""
FILES_KEPT = timedelta(days=30)
"""How long a file of the conversation is kept; the words beside it stay with the case."""
OVERDUE_AFTER = timedelta(hours=24)
"""So long a person's message may wait for an answer."""
READ_MESSAGES = "m.messages"
"""What the button below the neutral line brings back: it opens the messages."""
NEWEST = 2**62
"""A position that no message reaches: everything has been seen."""

_NEUTRAL = _("You have a message. Open the menu to read it.")
# Translators: A button of the chat.
_READ = _p("button", "📨 Messages")
_OPEN = _p("button", "👁 Read it")


@dataclass(frozen=True, slots=True)
class Queued:
    """What `tell` puts beside a text. `locked`: on a phone with a PIN only a neutral line arrives in its place."""

    buttons: Sequence[tuple[Message, str]] = ()
    message_id: UUID | None = None
    file: UUID | None = None
    locked: bool = False
    opens: tuple[Message, str] = (_READ, READ_MESSAGES)
    """The button below the neutral line."""


async def tell(
    session: AsyncSession,
    person: Person,
    message: Message | str,
    *,
    buttons: Sequence[tuple[Message, str]] = (),
    dedupe_key: str | None = None,
    opens: str | None = None,
) -> None:
    """Queue a text for the person, in their language. Neutral words only: the phone may be shared.

    `buttons`: label and the action its tap carries back. `opens`: the words are for the person's eyes only; to a phone
    with a PIN a neutral line is sent, and the tap below it, which asks for the PIN, brings back this action.
    """
    queued = Queued(buttons) if opens is None else Queued(buttons, locked=True, opens=(_OPEN, opens))
    await _enqueue(session, person, message, queued, dedupe_key)


async def announce(
    session: AsyncSession,
    case: Case,
    message: Message | str,
    *,
    buttons: Sequence[tuple[Message, str]] = (),
    author_id: UUID | None = None,
    file: UUID | None = None,
) -> UUID:
    """Say something that is only for the person's eyes, and keep it in the conversation; returns the message's id.

    To a phone with a PIN only a neutral line is sent; the words are read under “Messages”, behind the PIN.
    `author_id`: the member of staff who wrote it, None for the service itself. Raises Conflict for an erased person.
    """
    person = await person_of(session, case)
    key = await open_subject(session, person.id)
    message_id = uuid4()
    words = message if isinstance(message, str) else say(person.language, message)
    session.add(_row(case, key, message_id, Direction.TO_PERSON, words, author_id=author_id, file_id=file))
    await _send(session, person, author_id, words, Queued(buttons, message_id, file, locked=True))
    return message_id


async def send_to_person(
    session: AsyncSession,
    case: Case,
    text: str,
    *,
    actor: Actor,
    file: OpenedFile | None = None,
    seen: int = NEWEST,
) -> None:
    """A caseworker's message, a file beside it or alone. It answers what the person wrote up to the position `seen`.

    `file`: cleaned of what a device wrote into it; see `foundation.media`. Raises Invalid for an empty or too long
    text, Conflict for a case without a person.
    """
    require(actor, Permission.MESSAGE_SEND)
    words = text.strip()
    if not words and file is None:
        raise Invalid(_("Write a message first."))
    if holds_account_number(words):
        raise Invalid(ACCOUNT_NUMBER)
    if len(words) > LONGEST_MESSAGE:
        raise Invalid(_("The message is too long. Please keep it under {count} characters."), count=LONGEST_MESSAGE)
    person = await person_of(session, case)
    key = await open_subject(session, person.id)
    await session.refresh(case, with_for_update=True)
    file_id = None if file is None else await _keep(session, case, key, file)
    await announce(session, case, words, author_id=actor.id, file=file_id)
    await mark_read(session, case, actor=actor, seen=seen)
    case.unanswered_at = await _first_behind(session, case, seen)
    audit.record(session, actor.id, "message.sent", case.id, file=file_id)


async def receive_from_person(
    session: AsyncSession, case: Case, key: SubjectKey, text: str, *, actor: Actor, file: OpenedFile | None = None
) -> None:
    """What the person wrote or sent in the chat; staff see that it waits, and since when without an answer."""
    file_id = None if file is None else await _keep(session, case, key, file)
    session.add(_row(case, key, uuid4(), Direction.FROM_PERSON, text, author_id=None, file_id=file_id))
    await _note_waiting(session, case)
    audit.record(session, actor.id, "message.received", case.id, file=file_id)


async def waive_answer(session: AsyncSession, case: Case, *, actor: Actor, seen: int = NEWEST) -> None:
    """What the person wrote needs no answer, such as a thank-you."""
    require(actor, Permission.MESSAGE_SEND)
    await session.refresh(case, with_for_update=True)
    if case.unanswered_at is None:
        raise Conflict(_("Every message has been answered already."))
    await mark_read(session, case, actor=actor, seen=seen)
    case.unanswered_at = await _first_behind(session, case, seen)
    audit.record(session, actor.id, "message.waived", case.id)


async def send_again(session: AsyncSession, case: Case, message_id: UUID, *, actor: Actor) -> None:
    """Queue a message anew that did not arrive. Raises Conflict for one that did, or is still on its way."""
    require(actor, Permission.MESSAGE_SEND)
    person = await person_of(session, case)
    await session.refresh(case, with_for_update=True)
    row = await session.scalar(
        select(CaseMessage).where(
            CaseMessage.id == message_id,
            CaseMessage.case_id == case.id,
            CaseMessage.direction == Direction.TO_PERSON,
            CaseMessage.delivered_at.is_(None),
        )
    )
    if row is None or message_id in await on_their_way(session, person.id):
        raise Conflict(_("This message has arrived or is on its way. Nothing needs to be sent again."))
    key = await open_subject(session, person.id)
    words = str(key.open(CaseMessage.body, row.id, row.body))
    await _send(session, person, row.author_id, words, Queued((), row.id, row.file_id, locked=True))
    audit.record(session, actor.id, "message.sent_again", case.id)


async def on_their_way(session: AsyncSession, person_id: UUID) -> set[UUID]:
    """Ids of the messages to this person that still wait to be sent."""
    payloads = await session.scalars(
        select(OutboxRow.payload).where(
            OutboxRow.lane == person_id, OutboxRow.state == OutboxState.WAITING, OutboxRow.topic == TELL_PERSON
        )
    )
    return {UUID(payload["message_id"]) for payload in payloads if "message_id" in payload}


async def mark_read(session: AsyncSession, case: Case, *, actor: Actor, seen: int = NEWEST) -> None:
    """The staff has seen what the person wrote, up to the position `seen`."""
    require(actor, Permission.MESSAGE_SEND)
    read = await session.scalars(
        update(CaseMessage)
        .where(
            CaseMessage.case_id == case.id,
            CaseMessage.direction == Direction.FROM_PERSON,
            CaseMessage.position <= seen,
            CaseMessage.read_at.is_(None),
        )
        .values(read_at=clock.now())
        .returning(CaseMessage.id)
    )
    if read.all():
        audit.record(session, actor.id, "message.read", case.id)


async def mark_delivered(session: AsyncSession, message_id: UUID, *, shown: bool = True) -> None:
    """`shown`: the words themselves stand in the chat, not the neutral line in their place."""
    times = {"delivered_at": clock.now()} | ({"read_at": clock.now()} if shown else {})
    await session.execute(update(CaseMessage).where(CaseMessage.id == message_id).values(times))


async def person_of(session: AsyncSession, case: Case) -> Person:
    """The person of a living case. Raises Conflict once they are erased."""
    person = await session.get(Person, case.person_id) if case.person_id else None
    if person is None or case.status is CaseStatus.ERASED:
        raise Conflict(_("This person's data has been erased."))
    return person


def call_attention(case: Case) -> None:
    """Something waits for staff since now, or since longer."""
    case.attention_at = case.attention_at or clock.now()


def is_overdue(unanswered_at: datetime | None) -> bool:
    """Whether a person who waits since then has waited too long for an answer."""
    return unanswered_at is not None and unanswered_at <= clock.now() - OVERDUE_AFTER


async def _send(session: AsyncSession, person: Person, author_id: UUID | None, words: str, queued: Queued) -> None:
    above = "" if author_id is None else say(person.language, _("Your caseworker writes:"))
    await _enqueue(session, person, "\n\n".join(each for each in (above, words) if each), queued)


async def _enqueue(
    session: AsyncSession, person: Person, message: Message | str, queued: Queued, dedupe_key: str | None = None
) -> None:
    words = message if isinstance(message, str) else say(person.language, message)
    body = _body(person.language, words, queued.buttons)
    if queued.file is not None:
        body["file"] = str(queued.file)
    if queued.locked:
        # Which of the two is sent is decided when it is sent: the PIN may be set or given in between.
        body["locked"] = _neutral(person.language, queued.opens)
        body["protect"] = True
    outbox.enqueue(
        session,
        TELL_PERSON,
        key=await open_subject(session, person.id),
        payload={} if queued.message_id is None else {"message_id": str(queued.message_id)},
        body=body,
        dedupe_key=dedupe_key,
    )


def neutral_body(language: str, opens: str) -> dict[str, object]:
    """What a shut chat gets in place of what is only for the person's eyes. `opens`: the action that brings that."""
    return _neutral(language, (_OPEN, opens))


def _neutral(language: str, button: tuple[Message, str]) -> dict[str, object]:
    return _body(language, say(language, _NEUTRAL), [button])


def _body(language: str, words: str, buttons: Sequence[tuple[Message, str]]) -> dict[str, object]:
    start = RLM if direction(language) == "rtl" else ""
    labelled = [[[say(language, label), action]] for label, action in buttons]
    return {"text": start + words.removeprefix(start), "buttons": labelled, "edit": None}


async def _note_waiting(session: AsyncSession, case: Case) -> None:
    """Set in the database itself: staff who answer at this moment must not clear what they have not read."""
    since = {
        "unanswered_at": func.coalesce(Case.unanswered_at, clock.now()),
        "attention_at": func.coalesce(Case.attention_at, clock.now()),
    }
    noted = await session.execute(
        update(Case).where(Case.id == case.id).values(since).returning(Case.unanswered_at, Case.attention_at),
        execution_options={"synchronize_session": False},
    )
    unanswered_at, attention_at = noted.one()
    set_committed_value(case, "unanswered_at", unanswered_at)
    set_committed_value(case, "attention_at", attention_at)


async def _keep(session: AsyncSession, case: Case, key: SubjectKey, file: OpenedFile) -> UUID:
    stored = store_file(session, case, key, file, delete_at=clock.now() + FILES_KEPT)
    # The message points to it: it must be there first.
    await session.flush()
    return stored.id


async def _first_behind(session: AsyncSession, case: Case, seen: int) -> datetime | None:
    """When the person wrote the first message behind the position `seen`."""
    return await session.scalar(
        select(func.min(CaseMessage.sent_at)).where(
            CaseMessage.case_id == case.id,
            CaseMessage.direction == Direction.FROM_PERSON,
            CaseMessage.position > seen,
        )
    )


def _row(
    case: Case,
    key: SubjectKey,
    message_id: UUID,
    way: Direction,
    text: str,
    *,
    author_id: UUID | None,
    file_id: UUID | None,
) -> CaseMessage:
    return CaseMessage(
        id=message_id,
        case_id=case.id,
        direction=way,
        author_id=author_id,
        body=key.seal(CaseMessage.body, message_id, text),
        file_id=file_id,
        sent_at=clock.now(),
        read_at=None,
        delivered_at=None,
    )
