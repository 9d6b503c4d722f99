"""The part of a case page with the notes that the reader may see, and what a new one can be."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from access.rules import Role
from cases.casework_rules import (
    ATTENDEE_NAMES,
    COUNSELLING_KIND_NAMES,
    NOTE_KIND_NAMES,
    NOTE_ROLES,
    NOTE_VISIBILITY_NAMES,
    SESSION_CHANNEL_NAMES,
    SESSION_TOPIC_NAMES,
    Attendee,
    CounsellingKind,
    NoteKind,
    NoteVisibility,
    SessionChannel,
    SessionTopic,
)
from cases.models import Case
from cases.notes import LONGEST_SESSION, NoteView, notes_of
from foundation import clock
from foundation.language import Message
from web.guard import Visit


@dataclass(frozen=True, slots=True)
class NotesPart:
    notes: list[NoteView]
    today: str
    languages: Sequence[str]
    kinds: dict[NoteKind, Message]
    visibilities: dict[NoteVisibility, Message]
    roles: tuple[Role, ...]
    session_kinds: dict[CounsellingKind, Message]
    channels: dict[SessionChannel, Message]
    topics: dict[SessionTopic, Message]
    attendees: dict[Attendee, Message]
    topic_names: dict[str, Message]
    attendee_names: dict[str, Message]
    most_minutes: int


async def notes_part(session: AsyncSession, visit: Visit, case: Case) -> NotesPart:
    return NotesPart(
        notes=await notes_of(session, case, actor=visit.actor),
        today=clock.today().isoformat(),
        languages=visit.settings.offered_languages(),
        kinds=NOTE_KIND_NAMES,
        visibilities=NOTE_VISIBILITY_NAMES,
        roles=NOTE_ROLES,
        session_kinds=COUNSELLING_KIND_NAMES,
        channels=SESSION_CHANNEL_NAMES,
        topics=SESSION_TOPIC_NAMES,
        attendees=ATTENDEE_NAMES,
        topic_names={topic.value: name for topic, name in SESSION_TOPIC_NAMES.items()},
        attendee_names={each.value: name for each, name in ATTENDEE_NAMES.items()},
        most_minutes=LONGEST_SESSION,
    )
