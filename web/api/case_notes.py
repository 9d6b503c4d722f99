"""Notes of a case: what staff wrote down, with the record of a counselling session; written and corrected."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from access.rules import Permission, Role
from cases.casework_models import CounsellingSession
from cases.casework_rules import Attendee, CounsellingKind, NoteKind, NoteVisibility, SessionChannel, SessionTopic
from cases.notes import LONGEST_SESSION, NoteView, Readers, SessionRecord, correct_note, notes_of, write_note
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Text
from web.guard import Visit, guarded
from web.pages.case_notes import LanguageCode

router = api_router("/cases/{number}/notes", "notes")


class SessionBody(Body):
    """The record of a counselling session."""

    kind: CounsellingKind
    held_on: date
    channel: SessionChannel
    language: LanguageCode
    has_interpreter: bool = False
    minutes: Annotated[int, Field(ge=1, le=LONGEST_SESSION)]
    topics: Annotated[list[SessionTopic], Field(min_length=1, max_length=len(SessionTopic))]
    attended: Annotated[list[Attendee], Field(min_length=1, max_length=len(Attendee))]
    next_on: date | None = None

    def record(self) -> SessionRecord:
        return SessionRecord(**{name: getattr(self, name) for name in SessionBody.model_fields})


class NoteBody(Body):
    text: Text
    kind: NoteKind = NoteKind.OTHER
    visibility: NoteVisibility = NoteVisibility.TEAM
    roles: Annotated[list[Role], Field(default_factory=list, max_length=len(Role))]
    """Who may read it, for the visibility `roles` alone."""
    session: SessionBody | None = None
    """For the kind `counselling`, and no other."""


class CorrectionBody(Body):
    text: Text


class SessionTold(Answer):
    kind: CounsellingKind
    held_on: date
    channel: SessionChannel
    language: str
    has_interpreter: bool
    minutes: int
    topics: list[str]
    attended: list[str]
    next_on: date | None


class NoteTold(Answer):
    id: UUID
    kind: NoteKind
    visibility: NoteVisibility
    roles: list[Role]
    """Who may read it beside its author, for the visibility `roles`."""
    text: str
    author: str
    written_at: datetime
    session: SessionTold | None
    may_correct: bool
    """You may write a correction of it."""
    earlier: list["NoteTold"]
    """What it corrects, newest first."""


@router.get("")
async def notes(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> list[NoteTold]:
    """The notes that you may read, newest first; of the others you learn nothing."""
    async with viewing(visit, number) as (session, case):
        return [_note(each) for each in await notes_of(session, case, actor=visit.actor)]


@router.post("", status_code=201)
async def write(visit: Annotated[Visit, guarded(Permission.NOTE_WRITE)], number: CaseNumber, body: NoteBody) -> Made:
    async with changing(visit, number) as (session, case):
        note = await write_note(
            session,
            case,
            body.text,
            kind=body.kind,
            readers=Readers(body.visibility, frozenset(body.roles)),
            counselling=body.session.record() if body.session else None,
            actor=visit.actor,
        )
    return Made(id=note.id)


@router.post("/{note_id}/correction", status_code=201)
async def correct(
    visit: Annotated[Visit, guarded(Permission.NOTE_WRITE)], number: CaseNumber, note_id: UUID, body: CorrectionBody
) -> Made:
    """A new note in place of one that is wrong; the old one stays below it."""
    async with changing(visit, number) as (session, case):
        note = await correct_note(session, case, note_id, body.text, actor=visit.actor)
    return Made(id=note.id)


def _note(view: NoteView) -> NoteTold:
    note = view.note
    return NoteTold(
        id=note.id,
        kind=note.kind,
        visibility=note.visibility,
        roles=view.roles,
        text=view.body,
        author=view.author_name,
        written_at=note.written_at,
        session=_session(view.session) if view.session else None,
        may_correct=view.may_correct,
        earlier=[_note(each) for each in view.earlier],
    )


def _session(record: CounsellingSession) -> SessionTold:
    return SessionTold(**{name: getattr(record, name) for name in SessionTold.model_fields})
