"""A copy of one's own file, and receipts of consents: asked for in the chat, made by the worker, sent as documents.

Making a PDF takes longer than a turn may hold the chat's row, so the turn only queues it.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON
from bot.menu import menu_row
from bot.replies import Reply
from bot.turn import Turn
from cases.files import OpenedFile, store_file
from cases.messages import TELL_PERSON, neutral_body, tell
from cases.models import Case, Consent, Person
from cases.rules import FileKind
from documents.gathering import gather_file
from documents.person_file import PersonFile
from documents.printing import print_file, print_receipt
from documents.receipts import Controller, Receipt, receipt_of
from foundation import audit, clock, outbox, pdf
from foundation.database import Database
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import RLM, Message, _, direction, say
from foundation.outbox import DONE, OutboxRow, OutboxState, failed

PERSON_COPY = "person.copy"
KEPT_FOR = timedelta(hours=24)
"""How long what was made stays with us; the person has it by then."""
TRIES = 3
JSON_TYPE = "application/json"

ON_ITS_WAY = _("We are making it now. It comes here in a moment, twice: to read, and as data for a computer.")
ALREADY_ON_ITS_WAY = _("It is being made already. Please wait a moment.")
TO_READ = _(
    "Here is what you asked for. Whoever holds this phone can open it: "
    "save it where only you can see it, then delete this message."
)
FOR_COMPUTERS = _("The same as data, for another service or a computer.")

DID_NOT_WORK = _("Something went wrong on our side. Please try again, or talk to a person.")


async def ask_copy(turn: Turn) -> None:
    """The whole file. Also after the agreement to data was taken back: until it is deleted, it is theirs to see."""
    await _queue(turn, None)


async def ask_receipt(turn: Turn, consent_id: UUID) -> None:
    """The receipt of one consent of this person."""
    consent = await turn.session.get(Consent, consent_id)
    if consent is None or consent.person_id != turn.person_id:
        raise NotFound(_("This question is no longer open."))
    await _queue(turn, consent_id)


async def _queue(turn: Turn, consent_id: UUID | None) -> None:
    if turn.chat.case_id is None:
        turn.tell(_("We keep nothing about you, so there is nothing to copy."), menu_row(turn))
        return
    payload = {} if consent_id is None else {"consent": str(consent_id)}
    waiting = await turn.session.scalars(
        select(OutboxRow.payload).where(
            OutboxRow.subject_id == turn.person_id,
            OutboxRow.topic == PERSON_COPY,
            OutboxRow.state == OutboxState.WAITING,
        )
    )
    if payload in waiting.all():
        turn.tell(ALREADY_ON_ITS_WAY, menu_row(turn))
        return
    row = outbox.enqueue(turn.session, PERSON_COPY, key=turn.key, payload=payload)
    row.lane = uuid4()  # a lane of its own: what is said meanwhile does not wait for it
    turn.tell(ON_ITS_WAY, menu_row(turn))


@dataclass(frozen=True, slots=True)
class Copier:
    """The worker's part: gather, make, seal, and queue the documents for the chat."""

    database: Database
    controller: Controller

    async def make(self, row: OutboxRow) -> None:
        """Nothing is locked while the PDF is made. If the person is erased meanwhile, nothing of it stays."""
        if row.attempts > TRIES:
            await self._apologise(row)
            return
        try:
            found = await self._gather(row)
        except NotFound:
            await self._give_up(row)
            return
        if isinstance(found, PersonFile):
            printed = await asyncio.to_thread(print_file, found)
        else:
            printed = await asyncio.to_thread(print_receipt, *found)
        data = (found if isinstance(found, PersonFile) else found[0]).model_dump_json(indent=2)
        try:
            async with self.database.transaction() as session:
                await _hand_over(session, row, printed, data.encode())
        except NotFound:
            await self._give_up(row)

    async def _gather(self, row: OutboxRow) -> PersonFile | tuple[Receipt, str]:
        async with self.database.reading() as session:
            person, case = await _person_and_case(session, row.subject_id)
            key = await open_subject(session, person.id)
            consent_id = row.payload.get("consent")
            if consent_id is None:
                return await gather_file(session, person, case, key, self.controller.name)
            consent = await session.get_one(Consent, UUID(consent_id))
            receipt = await receipt_of(session, case, consent, self.controller, person.language)
            return receipt, person.language

    async def _apologise(self, row: OutboxRow) -> None:
        async with self.database.transaction() as session:
            person = await session.get_one(Person, row.subject_id)
            await tell(session, person, DID_NOT_WORK)
            await outbox.settle(session, [row.position], failed("could not be made"))

    async def _give_up(self, row: OutboxRow) -> None:
        async with self.database.transaction() as session:
            await outbox.settle(session, [row.position], failed("nobody to tell"))


async def _person_and_case(session: AsyncSession, person_id: UUID) -> tuple[Person, Case]:
    found = (
        await session.execute(
            select(Person, Case).join(Case, Case.person_id == Person.id).where(Person.id == person_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_("This person's data has been erased."))
    return found.Person, found.Case


async def _hand_over(session: AsyncSession, row: OutboxRow, printed: bytes, data: bytes) -> None:
    """Once only: after a lease that ran out another worker may have made the same."""
    now = await session.get(OutboxRow, row.position, with_for_update=True)
    if now is None or now.state is not OutboxState.WAITING:
        return
    person, case = await _person_and_case(session, row.subject_id)
    key = await open_subject(session, person.id)
    # Neutral names: a list of downloads on a shared phone must not tell what this is.
    name = f"document-{clock.today().isoformat()}"
    for content, media_type, ending, words in (
        (printed, pdf.MEDIA_TYPE, "pdf", TO_READ),
        (data, JSON_TYPE, "json", FOR_COMPUTERS),
    ):
        file = OpenedFile(FileKind.DOCUMENT, media_type, f"{name}.{ending}", content)
        stored = store_file(session, case, key, file, delete_at=clock.now() + KEPT_FOR)
        body = Reply(_spoken(person.language, words), file=stored.id).body()
        # The chat may be shut by now: then what was asked for is made anew, behind the PIN.
        body["locked"] = neutral_body(person.language, _asked_by(row))
        outbox.enqueue(session, TELL_PERSON, key=key, payload={}, body=body)
    what = "receipt" if "consent" in row.payload else "file"
    audit.record(session, PERSON.id, "file.copied", case.id, what=what)
    await outbox.settle(session, [row.position], DONE)


def _asked_by(row: OutboxRow) -> str:
    """The button that asked for this."""
    consent_id = row.payload.get("consent")
    return "m.copy" if consent_id is None else f"r:{UUID(consent_id).hex}"


def _spoken(language: str, message: Message) -> str:
    return (RLM if direction(language) == "rtl" else "") + say(language, message)
