"""What monitors of returns write down: only of enforced returns, codes open, words for themselves, versions kept."""

from uuid import uuid4

import pytest
from case_scene import Scene
from safeguard_scene import Return, adult
from sqlalchemy import func, select, update

from access.models import Organisation, OrganisationKind
from access.rules import Role
from cases.erasure import erase_person
from cases.monitoring_fields import EDITION, FIELDS
from cases.record_fields import Field, FieldKind
from cases.record_kinds import RecordKind
from cases.records import reads_words, records_of, write_record
from cases.return_monitoring import is_monitored, monitored_by, record_monitoring
from cases.safeguard_models import CaseRecord, ReturnJourney
from cases.safeguard_rules import BY_CHOICE, HaltReason, ReturnType, Step
from foundation import clock
from foundation.errors import Invalid, NotAllowed, NotFound

WORDS = "An escort shouted at him near the gate."


def filled() -> dict[str, str]:
    """Every field, with the last of its choices."""
    return {field.name: _value(field) for field in FIELDS}


def _value(field: Field) -> str:
    if field.kind is FieldKind.CHOICE:
        return list(field.choices)[-1]
    return {FieldKind.NUMBER: "٤٨", FieldKind.DAY: "2026-01-31", FieldKind.WORDS: WORDS}[field.kind]


@pytest.fixture
async def enforced(scene: Scene) -> Return:
    prepared = await adult(scene)
    await scene.session.execute(update(ReturnJourney).values(return_type=ReturnType.FORCED_ESCORTED))
    return prepared


async def test_a_monitor_writes_every_field_and_brings_their_own_record_up_to_date(
    scene: Scene, enforced: Return
) -> None:
    monitor, other = scene.staff[Role.RETURN_MONITOR], scene.add_staff(Role.RETURN_MONITOR, scene.operator)
    await scene.session.flush()
    number, today = enforced.told.case.number, clock.today()
    record = await record_monitoring(scene.session, f" {number.lower()} ", filled(), made_on=today, actor=monitor)
    words = {field.name for field in FIELDS if field.kind is FieldKind.WORDS}
    assert set(record.coded) == {field.name for field in FIELDS} - words | {"edition"}
    assert (record.coded["escorts"], record.coded["edition"]) == ("48", EDITION)
    # Figures count the codes in the database itself.
    counted = select(func.count()).where(
        CaseRecord.kind == RecordKind.MONITORING, CaseRecord.coded["incident"].as_string() == "ill_treatment"
    )
    assert await scene.session.scalar(counted) == 1
    later = filled() | {"incident": "none"}
    for actor in (other,):
        with pytest.raises(NotFound):
            await record_monitoring(scene.session, number, later, made_on=today, actor=actor, replaces=record.id)
    await record_monitoring(scene.session, number, later, made_on=today, actor=monitor, replaces=record.id)
    await record_monitoring(scene.session, number, later, made_on=today, actor=other)
    (mine,) = await monitored_by(scene.session, monitor)
    assert (mine.number, mine.opened.values["incident"], mine.opened.values["incident_words"]) == (
        number,
        "none",
        WORDS,
    )
    assert len(await records_of(scene.session, enforced.told.case.id)) == 2
    assert len(await records_of(scene.session, enforced.told.case.id, also_replaced=True)) == 3


async def test_nobody_of_the_case_writes_it_and_only_its_writer_and_monitors_read_the_words(
    scene: Scene, enforced: Return
) -> None:
    case, today = enforced.told.case, clock.today()
    monitor = scene.staff[Role.RETURN_MONITOR]
    record = await record_monitoring(scene.session, case.number, filled(), made_on=today, actor=monitor)
    for role, actor in scene.staff.items():
        if role is Role.RETURN_MONITOR:
            continue
        assert not reads_words(record, actor)
        with pytest.raises(NotAllowed):
            await record_monitoring(scene.session, case.number, filled(), made_on=today, actor=actor)
        with pytest.raises(NotAllowed):
            await write_record(
                scene.session, case, enforced.own, RecordKind.MONITORING, filled(), made_on=today, actor=actor
            )
    assert WORDS not in str(record.coded)


async def test_only_an_enforced_return_is_monitored_and_everything_else_is_answered_alike(
    scene: Scene, enforced: Return
) -> None:
    monitor, number = scene.staff[Role.RETURN_MONITOR], enforced.told.case.number
    without = await scene.tell()
    answers = set()
    for wanted in ("HW-2222-2222", "", without.case.number):
        with pytest.raises(NotFound) as refused:
            await record_monitoring(scene.session, wanted, filled(), made_on=clock.today(), actor=monitor)
        answers.add(refused.value.message)
    chosen = [{"return_type": each} for each in BY_CHOICE]
    for values in (*chosen, {"step": Step.HALTED, "halted_for": HaltReason.OTHER, "return_type": "forced_escorted"}):
        await scene.session.execute(update(ReturnJourney).values(values))
        with pytest.raises(NotFound) as refused:
            await record_monitoring(scene.session, number, filled(), made_on=clock.today(), actor=monitor)
        answers.add(refused.value.message)
    assert len(answers) == 1


async def test_a_number_is_one_and_what_must_be_there_is_asked_for(scene: Scene, enforced: Return) -> None:
    monitor, number = scene.staff[Role.RETURN_MONITOR], enforced.told.case.number
    for wrong in ({"escorts": "some"}, {"escorts": "-1"}, {"escorts": "10000"}, {"incident": ""}, {"body": "police"}):
        with pytest.raises(Invalid):
            await record_monitoring(scene.session, number, filled() | wrong, made_on=clock.today(), actor=monitor)
    must = {field.name: _value(field) for field in FIELDS if field.required}
    await record_monitoring(scene.session, number, must, made_on=clock.today(), actor=monitor)


async def test_a_monitor_of_another_organisation_sees_nothing_once_the_person_is_erased(
    scene: Scene, enforced: Return
) -> None:
    body = Organisation(id=uuid4(), name="Ombuds", kind=OrganisationKind.MONITOR)
    scene.session.add(body)
    await scene.session.flush()
    monitor = scene.add_staff(Role.RETURN_MONITOR, body)
    await scene.session.flush()
    await record_monitoring(scene.session, enforced.told.case.number, filled(), made_on=clock.today(), actor=monitor)
    assert len(await monitored_by(scene.session, monitor)) == 1
    await erase_person(scene.session, enforced.told.key.subject_id, actor=scene.staff[Role.CASEWORKER])
    await scene.session.flush()
    assert await monitored_by(scene.session, monitor) == []


async def test_an_operation_goes_by_a_reference_that_leads_nowhere_once_the_person_is_erased(
    scene: Scene, enforced: Return
) -> None:
    monitor, case = scene.staff[Role.RETURN_MONITOR], enforced.told.case
    await record_monitoring(scene.session, case.number, filled(), made_on=clock.today(), actor=monitor)
    (mine,) = await monitored_by(scene.session, monitor)
    assert mine.reference.startswith("M-")
    assert case.number.removeprefix("HW-") not in mine.reference
    assert case.id.hex[:8].upper() not in mine.reference
    assert await is_monitored(scene.session, mine.reference)
    assert not await is_monitored(scene.session, "M-00000000")
    await erase_person(scene.session, enforced.told.key.subject_id, actor=scene.staff[Role.CASEWORKER])
    assert not await is_monitored(scene.session, mine.reference)
