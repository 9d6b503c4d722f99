"""Words between the person and the staff. Everything said to a person is an outbox row of the deciding transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.models import Case, CaseMessage, Person
from cases.rules import CaseStatus, Direction
from foundation import audit, clock, outbox
from foundation.errors import Conflict, Invalid
from foundation.keys import open_subject
from foundation.language import RLM, Message, _, direction, say
from foundation.sealing import SubjectKey

TELL_PERSON = "person.tell"
LONGEST_MESSAGE = 3000
"""Characters; leaves room for the line above it within Telegram's 4096."""


@dataclass(frozen=True, slots=True)
class MessageView:
    position: int
    direction: Direction
    author_name: str | None
    text: str
    sent_at: datetime
    delivered_at: datetime | None


async def tell(
    session: AsyncSession,
    person: Person,
    message: Message | str,
    *,
    buttons: Sequence[tuple[Message, str]] = (),
    dedupe_key: str | None = None,
    message_id: UUID | None = None,
) -> None:
    """Queue a text for the person, in their language. Neutral words only: the phone may be shared.

    `buttons`: label and the action its tap carries back.
    """
    start = RLM if direction(person.language) == "rtl" else ""
    text = start + (message if isinstance(message, str) else say(person.language, message)).removeprefix(start)
    labelled = [[[say(person.language, label), action]] for label, action in buttons]
    outbox.enqueue(
        session,
        TELL_PERSON,
        key=await open_subject(session, person.id),
        payload={} if message_id is None else {"message_id": str(message_id)},
        body={"text": text, "buttons": labelled, "edit": None},
        dedupe_key=dedupe_key,
    )


async def send_to_person(session: AsyncSession, case: Case, text: str, *, actor: Actor) -> None:
    """A caseworker's message. Raises Invalid for an empty or too long text, Conflict for a case without a person."""
    require(actor, Permission.MESSAGE_SEND)
    words = text.strip()
    if not words:
        raise Invalid(_("Write a message first."))
    if len(words) > LONGEST_MESSAGE:
        raise Invalid(_("The message is too long. Please keep it under {count} characters."), count=LONGEST_MESSAGE)
    person = await person_of(session, case)
    message_id = uuid4()
    key = await open_subject(session, person.id)
    _store(session, case, key, message_id, words, author_id=actor.id)
    said = say(person.language, _("Your caseworker writes:")) + f"\n\n{words}"
    await tell(session, person, said, message_id=message_id)
    await mark_read(session, case, actor=actor)
    audit.record(session, actor.id, "message.sent", case.id)


def receive_from_person(session: AsyncSession, case: Case, key: SubjectKey, text: str, *, actor: Actor) -> None:
    """A message that the person wrote in the chat; staff see that it waits."""
    _store(session, case, key, uuid4(), text, author_id=None)
    call_attention(case)
    audit.record(session, actor.id, "message.received", case.id)


async def messages_of(session: AsyncSession, case: Case, *, after: int = 0) -> list[MessageView]:
    """The conversation, oldest first, from the message behind position `after`."""
    if case.person_id is None:
        return []
    key = await open_subject(session, case.person_id)
    rows = await session.execute(
        select(CaseMessage, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == CaseMessage.author_id)
        .where(CaseMessage.case_id == case.id, CaseMessage.position > after)
        .order_by(CaseMessage.position)
    )
    return [
        MessageView(
            row.position,
            row.direction,
            author_name,
            key.open(CaseMessage.body, row.id, row.body),
            row.sent_at,
            row.delivered_at,
        )
        for row, author_name in rows
    ]


async def mark_read(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """The staff has seen what the person wrote; the case stops waiting unless something else does."""
    require(actor, Permission.MESSAGE_SEND)
    read = await session.scalars(
        update(CaseMessage)
        .where(
            CaseMessage.case_id == case.id,
            CaseMessage.direction == Direction.FROM_PERSON,
            CaseMessage.read_at.is_(None),
        )
        .values(read_at=clock.now())
        .returning(CaseMessage.id)
    )
    if read.all():
        audit.record(session, actor.id, "message.read", case.id)


async def mark_delivered(session: AsyncSession, message_id: UUID) -> None:
    await session.execute(update(CaseMessage).where(CaseMessage.id == message_id).values(delivered_at=clock.now()))


async def person_of(session: AsyncSession, case: Case) -> Person:
    """The person of a living case. Raises Conflict once they are erased."""
    person = await session.get(Person, case.person_id) if case.person_id else None
    if person is None or case.status is CaseStatus.ERASED:
        raise Conflict(_("This person's data has been erased."))
    return person


def call_attention(case: Case) -> None:
    """Something waits for staff since now, or since longer."""
    case.attention_at = case.attention_at or clock.now()


def _store(
    session: AsyncSession,
    case: Case,
    key: SubjectKey,
    message_id: UUID,
    text: str,
    *,
    author_id: UUID | None,
) -> None:
    """`author_id`: the member of staff who wrote it; None when the person did."""
    session.add(
        CaseMessage(
            id=message_id,
            case_id=case.id,
            direction=Direction.FROM_PERSON if author_id is None else Direction.TO_PERSON,
            author_id=author_id,
            body=key.seal(CaseMessage.body, message_id, text),
            sent_at=clock.now(),
            read_at=None,
            delivered_at=None,
        )
    )
