"""Writing a note on a case page, with the record of a counselling session, and correcting one."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission, Role
from cases.casework_rules import Attendee, CounsellingKind, NoteKind, NoteVisibility, SessionChannel, SessionTopic
from cases.models import Case
from cases.notes import LONGEST_SESSION, Readers, SessionRecord, correct_note, write_note
from foundation import clock
from web.forms import CaseNumber, Posted, Text
from web.guard import Visit, guarded
from web.pages.case_work import carry_out

router = APIRouter(include_in_schema=False)

LanguageCode = Annotated[str, Field(max_length=12, pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]


class NoteForm(Posted):
    """The fields of a session count only for a note of that kind."""

    note: Text = ""
    kind: NoteKind = NoteKind.OTHER
    visibility: NoteVisibility = NoteVisibility.TEAM
    roles: list[Role] = Field(default_factory=list)
    session_kind: CounsellingKind = CounsellingKind.REINTEGRATION
    held_on: date | None = None
    channel: SessionChannel = SessionChannel.IN_PERSON
    language: LanguageCode = "en"
    interpreter: bool = False
    minutes: int = Field(0, ge=0, le=LONGEST_SESSION)
    topics: list[SessionTopic] = Field(default_factory=list)
    attended: list[Attendee] = Field(default_factory=list)
    next_on: date | None = None

    def readers(self) -> Readers:
        named = self.roles if self.visibility is NoteVisibility.ROLES else []
        return Readers(self.visibility, frozenset(named))

    def record(self) -> SessionRecord | None:
        if self.kind is not NoteKind.COUNSELLING:
            return None
        return SessionRecord(
            kind=self.session_kind,
            held_on=self.held_on or clock.today(),
            channel=self.channel,
            language=self.language,
            minutes=self.minutes,
            topics=self.topics,
            attended=self.attended,
            has_interpreter=self.interpreter,
            next_on=self.next_on,
        )


class CorrectionForm(Posted):
    note: Text = ""


@router.post("/cases/{number}/notes")
async def add_note(
    visit: Annotated[Visit, guarded(Permission.NOTE_WRITE)], number: CaseNumber, form: Annotated[NoteForm, Form()]
) -> Response:
    async def write(session: AsyncSession, case: Case) -> None:
        await write_note(
            session,
            case,
            form.note,
            kind=form.kind,
            readers=form.readers(),
            counselling=form.record(),
            actor=visit.actor,
        )

    return await carry_out(visit, number, write, form, back_to="notes")


@router.post("/cases/{number}/notes/{note_id}/correction")
async def correct(
    visit: Annotated[Visit, guarded(Permission.NOTE_WRITE)],
    number: CaseNumber,
    note_id: UUID,
    form: Annotated[CorrectionForm, Form()],
) -> Response:
    async def write(session: AsyncSession, case: Case) -> None:
        await correct_note(session, case, note_id, form.note, actor=visit.actor)

    return await carry_out(visit, number, write, form, back_to=f"note-{note_id}")
