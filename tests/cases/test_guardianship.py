"""A child never consents alone: their own yes waits for a guardian whom an officer has checked."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from case_scene import Scene, Told, build_scene
from sqlalchemy import select

from access.actor import PERSON
from access.rules import Role
from cases.consent import consents_of, has_data_consent, may_be_heard, require_data_consent, waiting_consent, withdraw
from cases.guardianship import (
    UNCONFIRMED,
    agree_as_adult,
    confirm_guardian,
    contact_of,
    extend_contact,
    open_contact,
    unconfirmed_people,
)
from cases.intake import begin_form
from cases.models import Case, Consent, Submission, Task
from cases.retention import withdrawn_people
from cases.rules import CaseStatus, ConsentState, FlagKind, FlagOutcome, GivenBy, TaskKind
from cases.safeguarding import may_be_child, settle_flag
from cases.sheets import NEEDS, built_in_sheets
from foundation import audit, clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import create_subject
from foundation.outbox import OutboxRow
from homeward.retention import erase_unconfirmed, erase_withdrawn

OFFICER = Role.CHILD_PROTECTION_OFFICER
EVIDENCE = "Spoke with the mother, Awa, who showed her identity card."


async def add_contact(scene: Scene, *, accompanied: bool = True) -> Told:
    key = create_subject(scene.session, uuid4())
    case = await open_contact(
        scene.session, key, "en", "what was read", is_sure=True, accompanied=accompanied, actor=PERSON
    )
    await scene.session.flush()
    return Told(case, key)


async def consent_of(scene: Scene, told: Told) -> Consent:
    return (await consents_of(scene.session, told.key.subject_id))[-1]


async def tasks_of(scene: Scene, told: Told) -> list[Task]:
    return list(await scene.session.scalars(select(Task).where(Task.case_id == told.case.id)))


@pytest.mark.parametrize("accompanied", [True, False], ids=["accompanied", "alone"])
async def test_a_contact_waits_with_the_childs_own_yes_and_calls_an_officer(
    scene: Scene, accompanied: bool  # noqa: FBT001  # a column of the table
) -> None:  # fmt: skip
    told = await add_contact(scene, accompanied=accompanied)
    consent = await consent_of(scene, told)
    assert (consent.state, consent.given_by, consent.authorised_by) == (
        ConsentState.REQUESTED,
        GivenBy.GUARDIAN,
        None,
    )
    assert consent.assented_at is not None
    assert told.case.attention_at is not None
    assert await may_be_child(scene.session, told.case.id)
    flags = {FlagKind.CHILD} | (set() if accompanied else {FlagKind.UNACCOMPANIED_CHILD})
    assert set(await scene.flags(told)) == flags
    assert [(task.kind, task.done_at) for task in await tasks_of(scene, told)] == [(TaskKind.GUARDIAN, None)]
    assert not await has_data_consent(scene.session, told.key.subject_id)
    assert await may_be_heard(scene.session, told.key.subject_id)
    with pytest.raises(NotAllowed):
        await require_data_consent(scene.session, told.key.subject_id)


@pytest.mark.parametrize("role", [role for role in Role if role not in (OFFICER, Role.CHILD_PROTECTION_LEAD)])
async def test_nobody_but_the_officer_confirms_or_extends(scene: Scene, role: Role) -> None:
    told = await add_contact(scene)
    for verb in (confirm_guardian(scene.session, told.case, EVIDENCE, actor=scene.staff[role]),
                 extend_contact(scene.session, told.case, actor=scene.staff[role])):  # fmt: skip
        with pytest.raises(NotAllowed):
            await verb
    assert (await consent_of(scene, told)).state is ConsentState.REQUESTED


async def test_the_officer_confirms_with_evidence_that_is_sealed(scene: Scene) -> None:
    told = await add_contact(scene)
    officer = scene.staff[OFFICER]
    with pytest.raises(Invalid):
        await confirm_guardian(scene.session, told.case, "  ", actor=officer)
    await confirm_guardian(scene.session, told.case, EVIDENCE, actor=officer)
    await scene.session.flush()
    consent = await consent_of(scene, told)
    assert (consent.state, consent.given_by, consent.authorised_by) == (
        ConsentState.GIVEN,
        GivenBy.GUARDIAN,
        officer.id,
    )
    assert consent.guardian_evidence is not None
    assert told.key.open(Consent.guardian_evidence, consent.id, consent.guardian_evidence) == EVIDENCE
    assert b"Awa" not in consent.guardian_evidence.box
    assert await has_data_consent(scene.session, told.key.subject_id)
    assert all(task.done_by == officer.id for task in await tasks_of(scene, told))
    said = (await scene.session.scalars(select(OutboxRow).where(OutboxRow.lane == told.key.subject_id))).one()
    assert said.body is not None
    assert "guardian" not in told.key.open(OutboxRow.body, said.id, said.body)["text"]
    events = await audit.entries_about(scene.session, told.case.id, frozenset(["consent.requested", "consent.given"]))
    assert [entry.event for entry in events] == ["consent.requested", "consent.given"]
    with pytest.raises(Conflict):
        await confirm_guardian(scene.session, told.case, EVIDENCE, actor=officer)


async def test_a_confirmed_child_is_never_asked_what_only_adults_are_even_with_a_wrong_year(scene: Scene) -> None:
    told = await add_contact(scene)
    await confirm_guardian(scene.session, told.case, EVIDENCE, actor=scene.staff[OFFICER])
    await scene.submit(told, "arrival", {"birth_year": 1990, "country_return": "GM", "maybe_child": "no"})
    submission = await begin_form(scene.session, told.case, told.key, built_in_sheets()[NEEDS], "en")
    assert told.key.open(Submission.given, submission.id, submission.given)["maybe_child"] == "yes"


async def test_a_childs_no_ends_it(scene: Scene) -> None:
    told = await add_contact(scene)
    consent = await consent_of(scene, told)
    await withdraw(scene.session, consent.id, told.key.subject_id, actor=PERSON)
    assert consent.state is ConsentState.REFUSED
    assert not await may_be_heard(scene.session, told.key.subject_id)
    with pytest.raises(Conflict):
        await confirm_guardian(scene.session, told.case, EVIDENCE, actor=scene.staff[OFFICER])


async def test_what_nobody_confirms_is_erased_after_fourteen_days_unless_an_officer_keeps_it(scene: Scene) -> None:
    told, kept, confirmed = [await add_contact(scene) for _each in range(3)]
    await confirm_guardian(scene.session, confirmed.case, EVIDENCE, actor=scene.staff[OFFICER])
    opened = clock.now()
    with clock.moved_to(opened + timedelta(days=13)):
        assert await unconfirmed_people(scene.session) == []
        until = await extend_contact(scene.session, kept.case, actor=scene.staff[OFFICER])
        contact = await contact_of(scene.session, kept.case)
        assert contact is not None
        assert contact.kept_until == until == clock.now() + UNCONFIRMED
        await scene.session.flush()
    with clock.moved_to(opened + timedelta(days=15)):
        assert await unconfirmed_people(scene.session) == [told.key.subject_id]
        for each in (told, kept, confirmed):
            await erase_unconfirmed(scene.session, each.key.subject_id)
    with clock.moved_to(opened + timedelta(days=28)):
        assert await unconfirmed_people(scene.session) == [kept.key.subject_id]
        await erase_unconfirmed(scene.session, kept.key.subject_id)
        assert await unconfirmed_people(scene.session) == []
    for each, status in ((told, CaseStatus.ERASED), (kept, CaseStatus.ERASED), (confirmed, CaseStatus.OPEN)):
        case = await scene.session.get(Case, each.case.id, populate_existing=True)
        assert case is not None
        assert case.status is status


async def test_who_an_officer_finds_to_be_an_adult_agrees_for_themselves(scene: Scene) -> None:
    told = await add_contact(scene)
    with pytest.raises(NotFound):
        await agree_as_adult(scene.session, told.case, "the notice", actor=PERSON)
    flag = (await scene.flags(told))[FlagKind.CHILD]
    await settle_flag(
        scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, "Born 2001.", actor=scene.staff[OFFICER]
    )
    await agree_as_adult(scene.session, told.case, "the notice", actor=PERSON)
    await scene.session.flush()
    found = await consents_of(scene.session, told.key.subject_id)
    assert {(each.state, each.given_by) for each in found} == {
        (ConsentState.REFUSED, GivenBy.GUARDIAN),
        (ConsentState.GIVEN, GivenBy.PERSON),
    }


async def test_an_age_under_18_told_later_calls_an_officer_and_an_unknown_age_does_not(scene: Scene) -> None:
    child = await scene.tell({"birth_year": None, "age_band": "15_17", "maybe_child": "yes"})
    unknown = await scene.tell({"birth_year": None, "maybe_child": "unknown"})
    assert [task.kind for task in await tasks_of(scene, child)] == [TaskKind.GUARDIAN]
    assert await tasks_of(scene, unknown) == []
    confirmed = await add_contact(scene)
    await confirm_guardian(scene.session, confirmed.case, EVIDENCE, actor=scene.staff[OFFICER])
    await scene.submit(confirmed, "arrival", {"age_band": "15_17", "country_return": "GM", "maybe_child": "yes"})
    assert [task.done_at is None for task in await tasks_of(scene, confirmed)] == [False]


async def test_who_agreed_anew_is_not_erased_for_an_agreement_withdrawn_before(scene: Scene) -> None:
    told, gone = await scene.tell(), await scene.tell()
    for each in (told, gone):
        consent = await consent_of(scene, each)
        await withdraw(scene.session, consent.id, each.key.subject_id, actor=PERSON)
    scene.add_consent(told, ConsentState.GIVEN, kind=(await consent_of(scene, told)).kind)
    await scene.session.flush()
    with clock.moved_to(clock.now() + timedelta(days=31)):
        assert await withdrawn_people(scene.session) == [gone.key.subject_id]
        for each in (told, gone):
            await erase_withdrawn(scene.session, each.key.subject_id)
    erased = await scene.session.scalars(select(AuditEntry.subject_id).where(AuditEntry.event == "person.erased"))
    assert erased.all() == [gone.case.id]


async def test_a_contact_that_is_confirmed_while_retention_looks_is_not_erased(database: Database) -> None:
    async with database.transaction() as session:
        told = await add_contact(await build_scene(session))
        consent = (await consents_of(session, told.key.subject_id))[-1]
        consent.requested_at = clock.now() - UNCONFIRMED - timedelta(days=1)

    async def look() -> list[UUID]:
        async with database.transaction() as session:
            return list(await unconfirmed_people(session))

    async with database.transaction() as session:
        waiting = await waiting_consent(session, told.key.subject_id, lock=True)
        assert waiting is not None
        looking = asyncio.create_task(look())
        await asyncio.sleep(0.3)
        waiting.state = ConsentState.GIVEN
    assert await looking == []
