"""Case notes: each is read by those it is for; for everyone else there is none. Never edited, only corrected."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from case_scene import Scene, Told
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON, Actor
from access.rules import GRANTS, Permission, Role
from cases.casework_models import CaseNote, CaseNoteReader, CounsellingSession
from cases.casework_rules import (
    Attendee,
    CounsellingKind,
    NoteKind,
    NoteVisibility,
    SessionChannel,
    SessionTopic,
)
from cases.erasure import erase_person
from cases.notes import Readers, SessionRecord, correct_note, notes_of, write_note
from cases.queries import case_file
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound

TEAM = Readers()
MINE = Readers(NoteVisibility.AUTHOR)
OFFICERS = Readers(NoteVisibility.ROLES, frozenset([Role.CHILD_PROTECTION_OFFICER]))
CASEWORK = {role for role in Role if Permission.CASE_READ in GRANTS[role]}


def counselling(**changed: object) -> SessionRecord:
    record = {
        "kind": CounsellingKind.FAMILY,
        "held_on": clock.today(),
        "channel": SessionChannel.PHONE,
        "language": "en",
        "minutes": 40,
        "topics": [SessionTopic.FAMILY, SessionTopic.RIGHTS_AND_APPEALS],
        "attended": [Attendee.PERSON],
        "has_interpreter": True,
        "next_on": clock.today() + timedelta(days=7),
    }
    return SessionRecord(**(record | changed))  # type: ignore[arg-type]


@pytest.fixture
async def told(scene: Scene) -> Told:
    return await scene.tell()


async def read_by(scene: Scene, told: Told, role: Role) -> list[str]:
    return [view.body for view in await notes_of(scene.session, told.case, actor=scene.staff[role])]


@pytest.mark.parametrize(
    ("readers", "who"),
    [
        (TEAM, CASEWORK),
        (MINE, {Role.CASEWORKER}),
        (OFFICERS, {Role.CASEWORKER, Role.CHILD_PROTECTION_OFFICER}),
        (
            Readers(NoteVisibility.ROLES, frozenset([Role.SUPERVISOR, Role.PROTECTION_OFFICER])),
            {Role.CASEWORKER, Role.SUPERVISOR, Role.PROTECTION_OFFICER},
        ),
    ],
)
async def test_a_note_is_read_by_those_it_is_for(scene: Scene, told: Told, readers: Readers, who: set[Role]) -> None:
    author = scene.staff[Role.CASEWORKER]
    note = await write_note(scene.session, told.case, "She is afraid.", readers=readers, actor=author)
    await scene.session.flush()
    assert {role for role in CASEWORK if await read_by(scene, told, role)} == who
    other = scene.add_staff(Role.CASEWORKER, scene.operator)
    seen_by_colleague = await notes_of(scene.session, told.case, actor=other)
    assert bool(seen_by_colleague) is (readers is TEAM)
    for role in CASEWORK - who:
        # Whoever may not read it cannot tell it from one that is not there.
        with pytest.raises(NotFound):
            await correct_note(scene.session, told.case, note.id, "No.", actor=scene.staff[role])
        history = (await case_file(scene.session, scene.staff[role], told.case.number)).history
        assert not [entry for entry in history if entry.event.startswith("note.")]


async def test_a_correction_stands_in_place_of_the_note_for_the_same_readers(scene: Scene, told: Told) -> None:
    author, officer = scene.staff[Role.CASEWORKER], scene.staff[Role.CHILD_PROTECTION_OFFICER]
    first = await write_note(scene.session, told.case, "He is 15.", readers=OFFICERS, actor=author)
    second = await correct_note(scene.session, told.case, first.id, "He is 16.", actor=author)
    await correct_note(scene.session, told.case, second.id, "He is 17.", actor=author)
    (view,) = await notes_of(scene.session, told.case, actor=officer)
    assert (view.body, [each.body for each in view.earlier]) == ("He is 17.", ["He is 16.", "He is 15."])
    assert (view.roles, view.may_correct) == ([Role.CHILD_PROTECTION_OFFICER], False)
    assert await read_by(scene, told, Role.SUPERVISOR) == []
    for note_id in (first.id, second.id):
        with pytest.raises(Conflict):
            await correct_note(scene.session, told.case, note_id, "Again.", actor=author)
    with pytest.raises(Conflict):
        await correct_note(scene.session, told.case, view.note.id, "Not mine.", actor=officer)
    other = await scene.tell()
    with pytest.raises(NotFound):
        await correct_note(scene.session, other.case, view.note.id, "Of another case.", actor=author)
    bodies = await scene.session.scalar(select(func.count()).select_from(CaseNote))
    assert bodies == 3
    events = await scene.session.scalars(select(AuditEntry.event).where(AuditEntry.event.startswith("note.")))
    assert sorted(events) == ["note.corrected", "note.corrected", "note.written"]


async def test_a_team_note_is_corrected_by_a_colleague_too(scene: Scene, told: Told) -> None:
    note = await write_note(scene.session, told.case, "Tuesday.", actor=scene.staff[Role.CASEWORKER])
    await correct_note(scene.session, told.case, note.id, "Wednesday.", actor=scene.staff[Role.SUPERVISOR])
    assert await read_by(scene, told, Role.CASEWORKER) == ["Wednesday."]


async def test_a_counselling_session_keeps_its_record(scene: Scene, told: Told) -> None:
    worker = scene.staff[Role.CASEWORKER]
    record = counselling()
    await write_note(
        scene.session, told.case, "We talked.", kind=NoteKind.COUNSELLING, counselling=record, actor=worker
    )
    await scene.session.flush()
    scene.session.expire_all()
    await scene.session.refresh(told.case)
    (view,) = await notes_of(scene.session, told.case, actor=worker)
    assert view.session is not None
    assert (view.session.kind, view.session.minutes, view.session.has_interpreter) == (record.kind, 40, True)
    assert (view.session.topics, view.session.attended) == (["rights_and_appeals", "family"], ["person"])
    assert view.session.next_on == record.next_on


REFUSED: list[tuple[str, dict[str, object]]] = [
    ("empty", {"body": "  "}),
    ("too long", {"body": "x" * 4001}),
    ("roles without the visibility", {"readers": Readers(NoteVisibility.TEAM, frozenset([Role.SUPERVISOR]))}),
    ("no roles", {"readers": Readers(NoteVisibility.ROLES)}),
    ("a role that reads no notes", {"readers": Readers(NoteVisibility.ROLES, frozenset([Role.MONITOR]))}),
    ("a session without its record", {"kind": NoteKind.COUNSELLING}),
    ("a record without a session", {"counselling": counselling()}),
    ("no topics", {"kind": NoteKind.COUNSELLING, "counselling": counselling(topics=[])}),
    ("nobody there", {"kind": NoteKind.COUNSELLING, "counselling": counselling(attended=[])}),
    ("no time", {"kind": NoteKind.COUNSELLING, "counselling": counselling(minutes=0)}),
    ("longer than a day", {"kind": NoteKind.COUNSELLING, "counselling": counselling(minutes=721)}),
    (
        "in the future",
        {"kind": NoteKind.COUNSELLING, "counselling": counselling(held_on=clock.today() + timedelta(days=2))},
    ),
    (
        "next before this",
        {"kind": NoteKind.COUNSELLING, "counselling": counselling(next_on=clock.today() - timedelta(days=1))},
    ),
]


async def test_what_cannot_be_a_note_is_refused(scene: Scene, told: Told) -> None:
    worker = scene.staff[Role.CASEWORKER]
    for name, given in REFUSED:
        body = str(given.get("body", "Words."))
        rest = {key: value for key, value in given.items() if key != "body"}
        with pytest.raises(Invalid):
            await write_note(scene.session, told.case, body, actor=worker, **rest)  # type: ignore[arg-type]
        assert name
    for actor in (PERSON, scene.staff[Role.ADMINISTRATOR], Actor(uuid4(), Role.PARTNER)):
        with pytest.raises(NotAllowed):
            await write_note(scene.session, told.case, "Words.", actor=actor)
        with pytest.raises(NotAllowed):
            await notes_of(scene.session, told.case, actor=actor)
    assert await scene.session.scalar(select(func.count()).select_from(CaseNote)) == 0


async def test_the_database_refuses_a_second_correction_and_an_endless_session(scene: Scene, told: Told) -> None:
    worker = scene.staff[Role.CASEWORKER]
    first = await write_note(
        scene.session, told.case, "One.", kind=NoteKind.COUNSELLING, counselling=counselling(), actor=worker
    )
    await correct_note(scene.session, told.case, first.id, "Two.", actor=worker)
    third = await write_note(scene.session, told.case, "Three.", actor=worker)
    await scene.session.flush()
    changes: list[Callable[[], object]] = [
        lambda: update(CaseNote).where(CaseNote.id == third.id).values(corrects=first.id),
        lambda: update(CounsellingSession).values(minutes=5000),
        lambda: update(CounsellingSession).values(next_on=clock.today() - timedelta(days=9)),
    ]
    for change in changes:
        attempt = await scene.session.begin_nested()
        with pytest.raises(IntegrityError):
            await scene.session.execute(change())  # type: ignore[call-overload]
        await attempt.rollback()


async def test_notes_die_with_the_person(scene: Scene, told: Told) -> None:
    worker = scene.staff[Role.CASEWORKER]
    first = await write_note(
        scene.session, told.case, "One.", kind=NoteKind.COUNSELLING, counselling=counselling(), actor=worker
    )
    await correct_note(scene.session, told.case, first.id, "Two.", actor=worker)
    await write_note(scene.session, told.case, "Three.", readers=OFFICERS, actor=worker)
    await scene.session.flush()
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    for table in (CaseNote, CaseNoteReader, CounsellingSession):
        assert await scene.session.scalar(select(func.count()).select_from(table)) == 0
    await scene.session.refresh(told.case)
    assert await notes_of(scene.session, told.case, actor=worker) == []
