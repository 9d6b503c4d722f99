"""Case notes: what staff write down, each read by those it is for. Whoever may not read one does not learn of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission, Role
from cases.casework_models import CaseNote, CaseNoteReader, CounsellingSession
from cases.casework_rules import (
    NOTE_ROLES,
    Attendee,
    CounsellingKind,
    NoteKind,
    NoteVisibility,
    SessionChannel,
    SessionTopic,
)
from cases.messages import person_of
from cases.models import Case
from foundation import audit, clock
from foundation.database import STATEMENTS_KEPT
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import ACCOUNT_NUMBER, free_of_accounts, holds_account_number

LONGEST_NOTE = 4000
"""Characters."""
LONGEST_SESSION = 720
"""Minutes."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A counselling session as it is written down, in codes."""

    kind: CounsellingKind
    held_on: date
    channel: SessionChannel
    language: str
    minutes: int
    topics: Sequence[SessionTopic]
    attended: Sequence[Attendee]
    has_interpreter: bool = False
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Readers:
    """Whom a note is for. `roles` go with the visibility of that name alone."""

    visibility: NoteVisibility = NoteVisibility.TEAM
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class NoteView:
    note: CaseNote
    body: str
    author_name: str
    roles: list[Role]
    session: CounsellingSession | None
    earlier: list["NoteView"]
    """What it corrects, newest first."""
    may_correct: bool


async def write_note(
    session: AsyncSession,
    case: Case,
    body: str,
    *,
    kind: NoteKind = NoteKind.OTHER,
    readers: Readers | None = None,
    counselling: SessionRecord | None = None,
    actor: Actor,
) -> CaseNote:
    """Write something down. For the whole team unless `readers` says otherwise.

    Raises Invalid for an empty text, or a record that does not fit the kind.
    """
    require(actor, Permission.NOTE_WRITE)
    chosen = readers or Readers()
    _check_readers(chosen)
    _check_session(kind, counselling)
    note = await _store(session, case, body, kind, chosen, actor=actor)
    if counselling is not None:
        _store_session(session, note, counselling)
    return note


async def correct_note(session: AsyncSession, case: Case, note_id: UUID, body: str, *, actor: Actor) -> CaseNote:
    """A new note in place of one that is wrong, for the same readers; the old one stays below it.

    What is not for the whole team is corrected by its author alone. Raises NotFound for a note that this actor may not
    read, Conflict for one that is someone else's to correct or was corrected before.
    """
    require(actor, Permission.NOTE_WRITE)
    wrong = await session.scalar(
        select(CaseNote).where(CaseNote.id == note_id, CaseNote.case_id == case.id, may_read(actor)).with_for_update()
    )
    if wrong is None:
        raise NotFound(_("There is no such note."))
    if not _may_correct(wrong, actor):
        raise Conflict(_("Only its author can correct this note."))
    if await session.scalar(select(CaseNote.id).where(CaseNote.corrects == wrong.id)) is not None:
        raise Conflict(_("This note has been corrected already. Correct the newest one."))
    roles = frozenset(await session.scalars(select(CaseNoteReader.role).where(CaseNoteReader.note_id == wrong.id)))
    readers = Readers(wrong.visibility, roles)
    return await _store(session, case, body, wrong.kind, readers, corrects=wrong, actor=actor)


async def notes_of(session: AsyncSession, case: Case, *, actor: Actor) -> list[NoteView]:
    """The notes of a case that this actor may read, newest first; corrected ones hang on what corrects them."""
    require(actor, Permission.CASE_READ)
    if case.person_id is None:
        return []
    rows = (await session.execute(_readable(actor), {"case_id": case.id})).all()
    key = await open_subject(session, case.person_id)
    for_roles = [row.CaseNote.id for row in rows if row.CaseNote.visibility is NoteVisibility.ROLES]
    roles = await _roles(session, for_roles) if for_roles else {}
    found: dict[UUID, NoteView] = {}
    for note, name, counselling in rows:
        before = found.pop(note.corrects, None) if note.corrects else None
        found[note.id] = NoteView(
            note=note,
            body=str(key.open(CaseNote.body, note.id, note.body)),
            author_name=name,
            roles=roles.get(note.id, []),
            session=counselling,
            earlier=[] if before is None else [before, *before.earlier],
            may_correct=_may_correct(note, actor),
        )
    return list(reversed(found.values()))


@lru_cache(STATEMENTS_KEPT)
def _readable(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(CaseNote, StaffMember.name, CounsellingSession)
        .join(StaffMember, StaffMember.id == CaseNote.author_id)
        .outerjoin(CounsellingSession, CounsellingSession.note_id == CaseNote.id)
        .where(CaseNote.case_id == bindparam("case_id"), may_read(actor))
        .order_by(CaseNote.written_at, CaseNote.id)
    )


def may_read(actor: Actor) -> ColumnElement[bool]:
    """Of the notes of a case that the actor sees: those that exist for them."""
    named = exists().where(CaseNoteReader.note_id == CaseNote.id, CaseNoteReader.role == actor.role)
    return or_(
        CaseNote.visibility == NoteVisibility.TEAM,
        CaseNote.author_id == actor.id,
        and_(CaseNote.visibility == NoteVisibility.ROLES, named),
    )


def _may_correct(note: CaseNote, actor: Actor) -> bool:
    of_team = note.visibility is NoteVisibility.TEAM
    return actor.may(Permission.NOTE_WRITE) and (of_team or note.author_id == actor.id)


async def _store(
    session: AsyncSession,
    case: Case,
    body: str,
    kind: NoteKind,
    readers: Readers,
    *,
    corrects: CaseNote | None = None,
    actor: Actor,
) -> CaseNote:
    words = body.strip()
    if not words:
        raise Invalid(_("Write the note first."))
    if holds_account_number(words):
        raise Invalid(ACCOUNT_NUMBER)
    if len(words) > LONGEST_NOTE:
        raise Invalid(_("The note is too long. Please keep it under {count} characters."), count=LONGEST_NOTE)
    key = await open_subject(session, (await person_of(session, case)).id)
    note_id = uuid4()
    note = CaseNote(
        id=note_id,
        case_id=case.id,
        author_id=actor.id,
        kind=kind,
        visibility=readers.visibility,
        body=key.seal(CaseNote.body, note_id, free_of_accounts(words)),
        written_at=clock.now(),
        corrects=None if corrects is None else corrects.id,
    )
    session.add(note)
    # What points to it comes after it.
    await session.flush()
    session.add_all(CaseNoteReader(note_id=note_id, role=role) for role in sorted(readers.roles))
    event = "note.written" if corrects is None else "note.corrected"
    audit.record(session, actor.id, event, case.id, note=note_id, kind=kind, visibility=readers.visibility)
    return note


def _check_readers(readers: Readers) -> None:
    if (readers.visibility is NoteVisibility.ROLES) != bool(readers.roles):
        raise Invalid(_("Choose the roles that may read the note, or that it is for everyone who works on the case."))
    if not readers.roles <= {*NOTE_ROLES}:
        raise Invalid(_("A note can only be for supervisors and for those who protect children and others."))


def _check_session(kind: NoteKind, counselling: SessionRecord | None) -> None:
    if (kind is NoteKind.COUNSELLING) != (counselling is not None):
        raise Invalid(_("A counselling session, and nothing else, has a record of the session beside the note."))
    if counselling is None:
        return
    if not 1 <= counselling.minutes <= LONGEST_SESSION:
        raise Invalid(_("Say how long the session took, in minutes: at most {count}."), count=LONGEST_SESSION)
    if not counselling.topics or not counselling.attended:
        raise Invalid(_("Choose what was talked about, and who was there."))
    if counselling.held_on > clock.today():
        raise Invalid(_("The session cannot lie in the future."))
    if counselling.next_on is not None and counselling.next_on < counselling.held_on:
        raise Invalid(_("The next date cannot lie before the session."))


def _store_session(session: AsyncSession, note: CaseNote, counselling: SessionRecord) -> None:
    session.add(
        CounsellingSession(
            note_id=note.id,
            case_id=note.case_id,
            kind=counselling.kind,
            held_on=counselling.held_on,
            channel=counselling.channel,
            language=counselling.language,
            has_interpreter=counselling.has_interpreter,
            minutes=counselling.minutes,
            topics=[topic.value for topic in SessionTopic if topic in counselling.topics],
            attended=[each.value for each in Attendee if each in counselling.attended],
            next_on=counselling.next_on,
        )
    )


async def _roles(session: AsyncSession, note_ids: list[UUID]) -> dict[UUID, list[Role]]:
    found = await session.scalars(
        select(CaseNoteReader).where(CaseNoteReader.note_id.in_(note_ids)).order_by(CaseNoteReader.role)
    )
    roles: dict[UUID, list[Role]] = {}
    for each in found:
        roles.setdefault(each.note_id, []).append(each.role)
    return roles
