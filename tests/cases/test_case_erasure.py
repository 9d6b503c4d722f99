"""Erasure: nothing that the person said or that leads to them stays, and what was counted stays counted."""

import json

import pytest
from case_scene import Scene, Told
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON
from access.rules import Role
from cases.consent import consents_of
from cases.erasure import erase_person
from cases.fact_models import Fact, FactLink
from cases.messages import receive_from_person, send_to_person
from cases.models import Case, CaseMessage, Consent, Flag, Need, Person, Submission
from cases.queries import case_file
from cases.rules import CaseStatus, ConsentState
from cases.searching import search_cases
from foundation.audit import AuditEntry, broken_link, link_some
from foundation.database import Base
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.outbox import OutboxRow
from referrals.facts import refresh

CANARY = "Canary Jallow"
NEEDS_ANSWERS = {"fear": "yes", "place_tonight": "no", "skills": CANARY}


async def full_case(scene: Scene) -> Told:
    """A case with something in every table."""
    told = await scene.tell({"called": CANARY}, dict(NEEDS_ANSWERS))
    await receive_from_person(scene.session, told.case, told.key, CANARY, actor=PERSON)
    await send_to_person(scene.session, told.case, CANARY, actor=scene.staff[Role.SUPERVISOR])
    consent = scene.add_consent(told, ConsentState.GIVEN)
    consent.guardian_evidence = told.key.seal(Consent.guardian_evidence, consent.id, CANARY)
    scene.add_consent(told, ConsentState.REFUSED)
    await scene.session.flush()
    return told


async def count_of(scene: Scene, told: Told) -> dict[str, int]:
    tables = (CaseMessage, Submission, Flag, Need)
    counts = {
        table.__tablename__: await scene.session.scalar(
            select(func.count()).select_from(table).where(table.case_id == told.case.id)
        )
        for table in tables
    }
    queued = select(func.count()).select_from(OutboxRow).where(OutboxRow.subject_id == told.key.subject_id)
    return {**counts, "outbox": await scene.session.scalar(queued)}


async def facts(scene: Scene) -> list[tuple[object, ...]]:
    columns = (Fact.thing, Fact.kind, Fact.outcome, Fact.country, Fact.sex, Fact.age_band)
    return sorted(map(tuple, await scene.session.execute(select(*columns))))


async def test_everything_that_the_person_said_goes_and_what_was_counted_stays(scene: Scene) -> None:
    told, other = await full_case(scene), await full_case(scene)
    await refresh(scene.session, [told.case.id, other.case.id])
    assert all((await count_of(scene, told)).values())
    before, untouched = await facts(scene), await count_of(scene, other)
    receipt = await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    assert not any((await count_of(scene, told)).values())
    assert await facts(scene) == before
    left = await scene.session.scalars(select(FactLink.subject).distinct())
    assert len(left.all()) == 1, "nothing leads to what was counted of the one who is gone"
    await refresh(scene.session, [told.case.id, other.case.id])
    assert await facts(scene) == before
    assert await count_of(scene, other) == untouched
    case, person = told.case, await scene.session.get_one(Person, told.key.subject_id)
    for row in (case, person):
        await scene.session.refresh(row)
    assert (case.number, case.status) == (receipt.case_number, CaseStatus.ERASED)
    assert {case.person_id, case.country, case.area, case.attention_at} == {None}
    assert (person.called, person.name_fingerprint) == (None, None)
    assert person.erased_at is not None


async def test_nothing_in_any_table_opens_with_the_key_that_is_gone(scene: Scene) -> None:
    told = await full_case(scene)
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    with pytest.raises(NotFound):
        await open_subject(scene.session, told.key.subject_id)
    for table in Base.metadata.sorted_tables:
        rows = [dict(row) for row in (await scene.session.execute(select(table))).mappings()]
        assert CANARY not in json.dumps(rows, default=str, ensure_ascii=False), table.name


async def test_consents_stay_as_codes_and_none_stays_in_force(scene: Scene) -> None:
    told = await full_case(scene)
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    scene.session.expire_all()
    left = await consents_of(scene.session, told.key.subject_id)
    assert sorted(consent.state for consent in left) == [
        ConsentState.REFUSED,
        ConsentState.WITHDRAWN,
        ConsentState.WITHDRAWN,
    ]
    assert all(consent.guardian_evidence is None for consent in left)


async def test_the_audit_log_still_verifies_and_tells_of_the_erasure(scene: Scene) -> None:
    told = await full_case(scene)
    await scene.session.flush()
    await link_some(scene.session)
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    await link_some(scene.session)
    await scene.session.flush()
    assert await broken_link(scene.session) is None
    events = await scene.session.scalars(
        select(AuditEntry.event).where(AuditEntry.subject_id == told.case.id).order_by(AuditEntry.id)
    )
    assert events.all()[-1] == "person.erased"


async def test_an_erased_case_is_found_by_its_number_and_tells_nothing(scene: Scene) -> None:
    told = await full_case(scene)
    number = told.case.number
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    scene.session.expire_all()
    reader = scene.staff[Role.SUPERVISOR]
    file = await case_file(scene.session, reader, number)
    assert (file.person, file.called, file.forms, file.flags, file.needs) == (None, None, [], [], [])
    assert (await search_cases(scene.session, reader, CANARY)).rows == []
    (row,) = (await search_cases(scene.session, reader, number)).rows
    assert (row.called, row.flags, row.urgency) == (None, [], None)


async def test_it_happens_once_and_to_someone(scene: Scene) -> None:
    told = await full_case(scene)
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    with pytest.raises(NotFound):
        await erase_person(scene.session, told.key.subject_id, actor=PERSON)


async def test_the_database_keeps_no_erased_case_with_a_person(scene: Scene) -> None:
    told = await scene.tell()
    attempt = await scene.session.begin_nested()
    with pytest.raises(IntegrityError):
        await scene.session.execute(update(Case).where(Case.id == told.case.id).values(status=CaseStatus.ERASED))
    await attempt.rollback()
