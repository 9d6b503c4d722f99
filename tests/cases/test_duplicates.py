"""Two files of one person: found, looked at, merged without loss, and erased together."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from case_scene import Scene, Told
from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON, SYSTEM
from access.rules import Role
from bot.forgetting import forget
from bot.models import Chat
from cases.casework_rules import ClosingReason, NoSurvey
from cases.closing import Wish, what_is_left
from cases.consent import consents_of, has_data_consent, withdraw
from cases.duplicates import candidates, merge, separate, tell_apart
from cases.files import OpenedFile
from cases.messages import receive_from_person, send_to_person
from cases.models import Case, Flag
from cases.notes import notes_of, write_note
from cases.queries import case_file, find_case
from cases.retention import planned
from cases.rules import CaseStatus, ConsentState, FileKind, FlagKind, FlagOutcome, TaskKind
from cases.safeguarding import may_be_child, raise_flag, settle_flag
from cases.same_person import files_of_person, same_people
from cases.tasks import open_task
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Base
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import StoredSubjectKey, open_subject
from foundation.sealing import Sealed
from referrals.closing import request_closing

NEEDS = {"fear": "no", "place_tonight": "no", "income": "yes"}
POINTERS = ("case_id", "person_id", "subject_id")


async def full(scene: Scene, **arrival: object) -> Told:
    """A case with something in most tables."""
    told = await scene.tell(dict(arrival), dict(NEEDS))  # type: ignore[arg-type]
    worker = scene.staff[Role.SUPERVISOR]
    photo = OpenedFile(FileKind.IMAGE, "image/png", "paper.png", b"picture")
    await receive_from_person(scene.session, told.case, told.key, "Hello.", actor=PERSON, file=photo)
    await send_to_person(scene.session, told.case, "Good day.", actor=worker)
    await open_task(scene.session, told.case, TaskKind.UNREACHABLE, "day_3", actor=SYSTEM)
    await write_note(scene.session, told.case, "A note.", actor=worker)
    scene.add_consent(told, ConsentState.GIVEN)
    await scene.session.flush()
    return told


async def content(scene: Scene, told: Told) -> dict[str, list[dict[str, object]]]:
    """Every row of every table that hangs on this case or person, with what is sealed in it opened."""
    ids = {told.case.id, told.key.subject_id}
    found: dict[str, list[dict[str, object]]] = {}
    key = await open_subject(scene.session, told.key.subject_id)
    for table in Base.metadata.sorted_tables:
        if table.name in {"audit_entry", "outbox", "case_file", "subject_key", "told_apart"}:
            continue
        columns = [table.c[name] for name in POINTERS if name in table.c]
        if table.name == "person":
            columns = [table.c.id]
        rows = [
            dict(row)
            for column in columns
            for row in (await scene.session.execute(select(table).where(column.in_(ids)))).mappings()
        ]
        if rows:
            found[table.name] = [opened(key, table, row) for row in rows]
    return found


def opened(key: object, table: Table, row: dict[str, object]) -> dict[str, object]:
    classes = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    primary = row["id"] if "id" in row else row[next(iter(table.primary_key)).name]
    return {
        name: key.open(getattr(classes[table], name), primary, value) if isinstance(value, Sealed) else value  # type: ignore[attr-defined]
        for name, value in row.items()
    }


async def add_chat(scene: Scene, told: Told) -> None:
    scene.session.add(
        Chat(
            subject_id=told.key.subject_id,
            fingerprint=uuid4().hex,
            address=told.key.seal(Chat.address, told.key.subject_id, 7),
            language="en",
            place={},
            case_id=told.case.id,
            created_at=clock.now(),
            seen_at=clock.now(),
        )
    )
    await scene.session.flush()


async def join(scene: Scene, survivor: Told, duplicate: Told, *, both_phones: bool = False) -> None:
    supervisor = scene.staff[Role.SUPERVISOR]
    await merge(scene.session, survivor.case, duplicate.case, both_phones=both_phones, actor=supervisor)
    await scene.session.flush()


async def test_the_same_name_with_the_same_year_or_area_is_shown_to_a_supervisor_alone(scene: Scene) -> None:
    session, supervisor = scene.session, scene.staff[Role.SUPERVISOR]
    first = await scene.tell()
    same_year = await scene.tell({"area": "gm_banjul"})
    other_name = await scene.tell({"called": "Awa Ceesay"})
    other_both = await scene.tell({"area": "gm_banjul", "birth_year": 1971})
    elsewhere = await scene.tell()
    elsewhere.case.organisation_id = scene.partner.id
    await session.flush()
    pairs = await candidates(session, supervisor)
    found = {frozenset((each.first.case.id, each.second.case.id)): (each.same_year, each.same_area) for each in pairs}
    assert found == {
        frozenset((first.case.id, same_year.case.id)): (True, False),
        frozenset((same_year.case.id, other_both.case.id)): (False, True),
    }
    assert {each.first.called for each in pairs} == {"Fatou Jallow"}
    assert other_name.case.id not in {part for pair in found for part in pair}
    await tell_apart(session, same_year.case, first.case, actor=supervisor)
    await tell_apart(session, first.case, same_year.case, actor=supervisor)
    await join(scene, same_year, other_both)
    assert await candidates(session, supervisor) == []
    for role in set(Role) - {Role.SUPERVISOR}:
        for attempt in (
            candidates(session, scene.staff[role]),
            merge(session, first.case, same_year.case, both_phones=False, actor=scene.staff[role]),
            tell_apart(session, first.case, same_year.case, actor=scene.staff[role]),
            separate(session, same_year.case, actor=scene.staff[role]),
        ):
            with pytest.raises(NotAllowed):
                await attempt


async def test_nothing_is_lost_in_a_merge_and_all_of_it_is_reached_from_the_file_that_goes_on(scene: Scene) -> None:
    survivor, duplicate = await full(scene), await full(scene)
    before = [await content(scene, told) for told in (survivor, duplicate)]
    assert {"submission", "need", "flag", "case_message", "stored_file", "consent", "task", "case_note"} <= {*before[1]}
    await join(scene, survivor, duplicate)
    scene.session.expire_all()
    for told in (survivor, duplicate):
        await scene.session.refresh(told.case)
    assert [await content(scene, told) for told in (survivor, duplicate)] == before
    assert (duplicate.case.status, duplicate.case.survivor_id) == (CaseStatus.DUPLICATE, survivor.case.id)
    files = await files_of_person(scene.session, survivor.case)
    assert [each.id for each in files] == [survivor.case.id, duplicate.case.id]
    assert await files_of_person(scene.session, duplicate.case) == files
    reader = scene.staff[Role.SUPERVISOR]
    merged = await case_file(scene.session, reader, duplicate.case.number)
    assert (len(merged.forms), len(merged.needs), merged.called) == (2, 1, "Fatou Jallow")
    assert [view.body for view in await notes_of(scene.session, files[1], actor=reader)] == ["A note."]
    for case, event in ((survivor.case, "case.merged"), (duplicate.case, "case.merged_away")):
        assert event in {entry.event for entry in (await case_file(scene.session, reader, case.number)).history}


async def test_whoever_sees_the_file_that_goes_on_sees_the_merged_one(scene: Scene) -> None:
    survivor, duplicate = await scene.tell(), await scene.tell()
    worker = scene.add_staff(Role.CASEWORKER, scene.operator, "GM")
    await scene.session.flush()
    duplicate.case.team = "TN"
    await scene.session.flush()
    with pytest.raises(NotFound):
        await find_case(scene.session, worker, duplicate.case.number)
    await join(scene, survivor, duplicate)
    assert await find_case(scene.session, worker, duplicate.case.number)


async def test_a_flag_never_disappears_through_a_merge(scene: Scene) -> None:
    session, survivor, duplicate = scene.session, await scene.tell(), await scene.tell()
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    child = await raise_flag(session, duplicate.case, FlagKind.CHILD, "test.child", actor=SYSTEM)
    await raise_flag(session, duplicate.case, FlagKind.FEAR_OF_RETURN, "test.fear", actor=SYSTEM)
    await raise_flag(session, survivor.case, FlagKind.FEAR_OF_RETURN, "test.fear", actor=SYSTEM)
    wrong = await raise_flag(session, duplicate.case, FlagKind.NO_SAFE_PLACE, "test.place", actor=SYSTEM)
    await session.flush()
    await settle_flag(session, duplicate.case, child.id, FlagOutcome.CONFIRMED, "Is 15.", actor=officer)
    await settle_flag(session, duplicate.case, wrong.id, FlagOutcome.NOT_CONFIRMED, "No.", actor=officer)
    await join(scene, survivor, duplicate)
    flags = await session.scalars(select(Flag.kind).where(Flag.case_id == survivor.case.id))
    assert sorted(flags) == [FlagKind.CHILD, FlagKind.FEAR_OF_RETURN]
    assert await may_be_child(session, survivor.case.id)
    # What the person tells later on the other phone is seen where the gates look.
    await raise_flag(session, duplicate.case, FlagKind.TRAFFICKING, "needs.forced_work", actor=SYSTEM)
    flags = await session.scalars(select(Flag.kind).where(Flag.case_id == survivor.case.id))
    assert FlagKind.TRAFFICKING in set(flags)


async def test_two_phones_are_merged_only_when_someone_says_that_both_are_the_same_persons(scene: Scene) -> None:
    survivor, duplicate = await scene.tell(), await scene.tell()
    await add_chat(scene, duplicate)
    with pytest.raises(Conflict):
        await join(scene, survivor, duplicate, both_phones=True)
    await add_chat(scene, survivor)
    with pytest.raises(Conflict):
        await join(scene, survivor, duplicate)
    await join(scene, survivor, duplicate, both_phones=True)
    assert duplicate.case.survivor_id == survivor.case.id


async def test_files_that_cannot_be_one_are_not_merged(scene: Scene) -> None:
    session, supervisor, first = scene.session, scene.staff[Role.SUPERVISOR], await scene.tell()
    with pytest.raises(Invalid):
        await join(scene, first, first)
    erased, withdrawn, waiting, closed, elsewhere = [await scene.tell() for _each in range(5)]
    await forget(session, erased.key.subject_id, actor=SYSTEM)
    (consent,) = await consents_of(session, withdrawn.key.subject_id)
    await withdraw(session, consent.id, withdrawn.key.subject_id, actor=PERSON)
    closing = Wish(ClosingReason.REMIGRATED, clock.today(), "Is well.", no_survey=NoSurvey.REFUSED)
    await request_closing(session, waiting.case, closing, actor=supervisor)
    closed.case.status = CaseStatus.CLOSED
    elsewhere.case.organisation_id = scene.partner.id
    await session.flush()
    for other in (erased, withdrawn, waiting, elsewhere):
        with pytest.raises(Conflict):
            await join(scene, first, other)
    for survivor in (erased, closed, waiting):
        with pytest.raises(Conflict):
            await join(scene, survivor, first)
    await join(scene, first, closed)
    with pytest.raises(Conflict):
        await join(scene, first, closed)
    third = await scene.tell()
    await join(scene, third, first)
    assert {each.id for each in await files_of_person(session, closed.case)} == {
        third.case.id,
        first.case.id,
        closed.case.id,
    }


async def test_what_a_merged_file_leaves_open_stands_against_closing(scene: Scene) -> None:
    survivor, duplicate = await scene.tell(), await scene.tell()
    await join(scene, survivor, duplicate)
    await open_task(scene.session, duplicate.case, TaskKind.UNREACHABLE, "day_3", actor=SYSTEM)
    await receive_from_person(scene.session, duplicate.case, duplicate.key, "Hello?", actor=PERSON)
    await scene.session.flush()
    left = await what_is_left(scene.session, survivor.case)
    assert (len(left.tasks), left.waits_for_answer) == (1, True)


async def test_erasing_either_file_erases_both(scene: Scene) -> None:
    session = scene.session
    for order in (0, 1):
        survivor, duplicate, untouched = await full(scene), await full(scene), await full(scene)
        await join(scene, survivor, duplicate)
        for told in (survivor, duplicate):
            await add_chat(scene, told)
        await forget(session, (survivor, duplicate)[order].key.subject_id, actor=PERSON)
        await session.flush()
        for told in (survivor, duplicate):
            await session.refresh(told.case)
            assert (told.case.status, told.case.person_id, told.case.survivor_id) == (CaseStatus.ERASED, None, None)
            assert await session.get(StoredSubjectKey, told.key.subject_id) is None
            assert await session.get(Chat, told.key.subject_id) is None
            left = await _rows_of(scene, told)
            assert left <= {"consent", "person"}
        assert await content(scene, untouched)
        assert await same_people(session, untouched.key.subject_id) == [untouched.key.subject_id]


async def _rows_of(scene: Scene, told: Told) -> set[str]:
    """The tables that still hold a row of this case or person."""
    ids: Sequence[UUID] = [told.case.id, told.key.subject_id]
    found = set()
    for table in Base.metadata.sorted_tables:
        for name in POINTERS:
            if name not in table.c or table.name in {"audit_entry", "case_file"}:
                continue
            if (await scene.session.execute(select(table).where(table.c[name].in_(ids)))).first() is not None:
                found.add(table.name)
    return found


async def test_taking_back_the_agreement_in_one_file_takes_it_back_in_both(scene: Scene) -> None:
    survivor, duplicate = await scene.tell(), await scene.tell()
    await join(scene, survivor, duplicate)
    (consent,) = await consents_of(scene.session, duplicate.key.subject_id)
    await withdraw(scene.session, consent.id, duplicate.key.subject_id, actor=PERSON)
    await scene.session.flush()
    assert not await has_data_consent(scene.session, survivor.key.subject_id)
    rows = await planned(scene.session, timedelta(days=31), actor=scene.staff[Role.SUPERVISOR])
    assert {row.number for row in rows} == {survivor.case.number, duplicate.case.number}


async def test_a_merge_that_was_a_mistake_is_undone(scene: Scene) -> None:
    survivor, duplicate = await scene.tell(), await scene.tell()
    supervisor = scene.staff[Role.SUPERVISOR]
    with pytest.raises(Conflict):
        await separate(scene.session, duplicate.case, actor=supervisor)
    await join(scene, survivor, duplicate)
    await separate(scene.session, duplicate.case, actor=supervisor)
    await scene.session.flush()
    assert (duplicate.case.status, duplicate.case.survivor_id) == (CaseStatus.OPEN, None)
    assert await candidates(scene.session, supervisor) == []
    events = set(await scene.session.scalars(select(AuditEntry.event).where(AuditEntry.event.startswith("case."))))
    assert {"case.merged", "case.merged_away", "case.separated"} <= events


async def test_the_database_keeps_a_duplicate_with_its_survivor(scene: Scene) -> None:
    told = await scene.tell()
    forbidden: list[dict[str, object]] = [
        {"status": CaseStatus.DUPLICATE},
        {"survivor_id": told.case.id},
        {"status": CaseStatus.DUPLICATE, "survivor_id": told.case.id},
    ]
    for values in forbidden:
        attempt = await scene.session.begin_nested()
        with pytest.raises(IntegrityError):
            await scene.session.execute(update(Case).where(Case.id == told.case.id).values(**values))
        await attempt.rollback()
