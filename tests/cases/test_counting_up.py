"""From what stands in a case to the facts that are counted: the right ones, once, and never a way back to anyone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from case_scene import Scene, Told
from followup_scene import BACK
from safeguard_scene import Return, adult, approve_plan, child_alone, family, prepare_all
from sqlalchemy import select, update
from test_return_gates import take, walk
from test_return_monitoring import filled

from access.actor import PERSON
from access.rules import Role
from cases.casework_models import CaseNote, CounsellingSession
from cases.casework_rules import CounsellingKind, NoteKind, NoteVisibility, SessionChannel
from cases.duplicates import merge
from cases.fact_models import Fact, FactLink
from cases.fact_rules import ReturnCheck, Thing
from cases.followup_rounds import ask_due
from cases.intake import open_case
from cases.needs import settle_need
from cases.record_kinds import RecordKind
from cases.return_monitoring import record_monitoring
from cases.rules import FlagKind, FlagOutcome, NeedStatus
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import ReturnType, Step
from cases.work_models import CodeOrigin, WorkCode
from foundation import clock
from foundation.audit import link_some
from foundation.keys import create_subject
from referrals.facts import all_subjects, bring_up_to_date, catch_up, refresh, waiting_entries

Codes = tuple[str, str, str]


async def found(scene: Scene, thing: Thing) -> Counter[Codes]:
    """Kind, outcome and detail of every fact of a thing."""
    rows = await scene.session.execute(select(Fact.kind, Fact.outcome, Fact.detail).where(Fact.thing == thing))
    return Counter(tuple(row) for row in rows)


async def everything(scene: Scene) -> Counter[tuple[object, ...]]:
    columns = [column for column in Fact.__table__.c if column.name != "id"]
    return Counter(tuple(row) for row in await scene.session.execute(select(*columns)))


async def count(scene: Scene, *told: Told) -> int:
    return await refresh(scene.session, [each.case.id for each in told])


async def test_a_case_is_counted_once_with_what_the_person_told(scene: Scene) -> None:
    with clock.moved_to(datetime(2026, 5, 3, 12, tzinfo=UTC)):
        told = await scene.tell({"country_from": "LY"}, {"work_wanted": ["job"], "fear": "yes"})
    assert await count(scene, told) > 0
    fact = (await scene.session.scalars(select(Fact).where(Fact.thing == Thing.CASE))).one()
    assert (fact.quarter.isoformat(), fact.country, fact.area, fact.came_from, fact.sex, fact.age_band) == (
        "2026-04-01",
        "GM",
        "gm_basse",
        "LY",
        "female",
        "25-39",
    )
    assert (fact.outcome, fact.disability, fact.return_type) == ("yes", "unknown", "unknown")
    assert set(await found(scene, Thing.NEED)) == {("work", "open", "none"), ("safety", "open", "none")}
    assert await count(scene, told) == 0, "what is right already is left alone"


async def test_before_the_first_form_there_is_no_case_to_count(scene: Scene) -> None:
    key = create_subject(scene.session, uuid4())
    case = await open_case(scene.session, key, "en", "the notice", actor=PERSON)
    await scene.session.flush()
    await refresh(scene.session, [case.id])
    assert not await found(scene, Thing.CASE)
    assert not await found(scene, Thing.PLAN)


async def test_a_fact_holds_no_id_and_nothing_leads_from_it_to_the_case(scene: Scene) -> None:
    told = await scene.tell({}, {"fear": "yes"})
    await count(scene, told)
    rows = [
        *(map(str, row) for row in await scene.session.execute(select(*Fact.__table__.c))),
        *(map(str, row) for row in await scene.session.execute(select(*FactLink.__table__.c))),
    ]
    text = "\n".join("|".join(row) for row in rows)
    for secret in (told.case.id, told.case.id.hex, told.case.number, told.key.subject_id, "Fatou"):
        assert str(secret) not in text


async def test_a_need_that_is_met_changes_its_fact_and_no_other(scene: Scene) -> None:
    told = await scene.tell({}, {"work_wanted": ["job"]})
    await count(scene, told)
    before = set(await scene.session.scalars(select(Fact.id)))
    (need,) = [each for each in await scene.needs(told) if each.kind == "work"]
    await settle_need(scene.session, told.case, need.id, NeedStatus.MET, actor=scene.staff[Role.CASEWORKER])
    await count(scene, told)
    assert await found(scene, Thing.NEED) == {("work", "met", "none"): 1}
    assert len(before - set(await scene.session.scalars(select(Fact.id)))) == 1


async def test_a_flag_found_wrong_counts_as_none_and_fear_by_how_soon_it_was_looked_at(scene: Scene) -> None:
    told, other = await scene.tell({}, {"fear": "yes"}), await scene.tell({}, {"fear": "yes"})
    flag = (await scene.flags(told))[FlagKind.FEAR_OF_RETURN]
    late = (await scene.flags(other))[FlagKind.FEAR_OF_RETURN]
    officer = scene.staff[Role.PROTECTION_OFFICER]
    for each, hours, outcome in ((flag, 48, FlagOutcome.NOT_CONFIRMED), (late, 49, FlagOutcome.CONFIRMED)):
        each.settled_at, each.settled_by, each.outcome = each.raised_at + timedelta(hours=hours), officer.id, outcome
    await count(scene, told, other)
    flags = await found(scene, Thing.FLAG)
    assert flags[("fear_in_time", "in_time", "not_confirmed")] == 1
    assert flags[("fear_late", "late", "confirmed")] == 1
    assert await found(scene, Thing.CASE) == {("none", "no", "none"): 1, ("none", "yes", "none"): 1}


@pytest.mark.parametrize(("days", "timing"), [(None, "not_yet"), (30, "in_time"), (31, "late")])
async def test_a_plan_is_in_time_within_thirty_days(scene: Scene, days: int | None, timing: str) -> None:
    told = await scene.tell()
    if days is not None:
        plan = approve_plan(scene, told)
        plan.agreed_on = told.case.opened_at.date() + timedelta(days=days)
    await count(scene, told)
    assert await found(scene, Thing.PLAN) == {("none", timing, "none"): 1}


async def test_skills_count_once_in_each_major_group_and_wishes_do_not(scene: Scene) -> None:
    told = await scene.tell()
    codes = [
        ("7112", CodeOrigin.DONE),
        ("7115", CodeOrigin.ENTERED),
        ("5141", CodeOrigin.DONE),
        ("2", CodeOrigin.WANTED),
    ]
    for code, origin in codes:
        scene.session.add(WorkCode(case_id=told.case.id, scheme="isco08", code=code, origin=origin))
    await count(scene, told)
    assert await found(scene, Thing.SKILL) == {("7", "none", "none"): 1, ("5", "none", "none"): 1}


@pytest.mark.parametrize(
    ("sessions", "understood"),
    [([("ar", False)], "no"), ([("ar", True)], "yes"), ([("ar", False), ("en", False)], "yes")],
)
async def test_counselling_is_understood_in_their_language_or_with_an_interpreter(
    scene: Scene, sessions: list[tuple[str, bool]], understood: str
) -> None:
    told = await scene.tell()
    for language, has_interpreter in sessions:
        note_id = uuid4()
        scene.session.add(
            CaseNote(
                id=note_id,
                case_id=told.case.id,
                author_id=scene.staff[Role.CASEWORKER].id,
                kind=next(iter(NoteKind)),
                visibility=next(iter(NoteVisibility)),
                body=told.key.seal(CaseNote.body, note_id, "Held."),
                written_at=clock.now(),
            )
        )
        await scene.session.flush()
        scene.session.add(
            CounsellingSession(
                note_id=note_id,
                case_id=told.case.id,
                kind=CounsellingKind.RETURN,
                held_on=clock.today(),
                channel=SessionChannel.PHONE,
                language=language,
                has_interpreter=has_interpreter,
                minutes=30,
                topics=[],
                attended=[],
            )
        )
    await count(scene, told)
    assert await found(scene, Thing.COUNSELLING) == {("none", understood, "none"): 1}


async def departed(prepared: Return) -> None:
    await prepare_all(prepared)
    await walk(prepared, Step.ARRIVED)
    await prepared.scene.session.flush()


async def test_a_child_alone_who_was_returned_by_all_the_rules(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await departed(prepared)
    await count(scene, prepared.told)
    assert await found(scene, Thing.RETURN) == {("assisted_obliged", "departed", "none"): 1}
    assert await found(scene, Thing.CHILD_CHECK) == {
        ("best_interests", "yes", "unaccompanied"): 1,
        ("accompanied", "yes", "unaccompanied"): 1,
        ("arrangements", "yes", "unaccompanied"): 1,
        ("handed_over", "not_known", "unaccompanied"): 1,
        ("override", "no", "unaccompanied"): 1,
    }
    assert await found(scene, Thing.GUARDIAN) == {("none", "yes", "unaccompanied"): 1}
    checks = await found(scene, Thing.RETURN_CHECK)
    for what in ("assessment", "remedies", "legal_help", "consular_wanted"):
        assert checks[(what, "yes", "assisted_obliged")] == 1, what
    for what in ("informed_consent", "monitored", "monitored_throughout", "consular_declined"):
        assert checks[(what, "not_applicable", "assisted_obliged")] == 1, what
    assert sum(checks.values()) == len(ReturnCheck), "each check is about every return"
    await take(prepared, Step.ARRIVED)
    await prepared.write(RecordKind.HANDOVER)
    await count(scene, prepared.told)
    assert (await found(scene, Thing.CHILD_CHECK))[("handed_over", "yes", "unaccompanied")] == 1


async def test_what_was_recorded_after_the_departure_is_never_a_yes(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await departed(prepared)
    await scene.session.execute(update(ReturnJourney).values(departed_on=clock.today() - timedelta(days=30)))
    await count(scene, prepared.told)
    checks = await found(scene, Thing.RETURN_CHECK)
    assert checks[("assessment", "no", "assisted_obliged")] == 1
    assert checks[("remedies", "no", "assisted_obliged")] == 1
    assert checks[("consular_wanted", "not_known", "assisted_obliged")] == 1
    children = await found(scene, Thing.CHILD_CHECK)
    assert children[("best_interests", "no", "unaccompanied")] == 1
    assert children[("arrangements", "no", "unaccompanied")] == 1


async def test_each_child_of_a_family_counts_and_tells_no_more_than_that_it_is_one(scene: Scene) -> None:
    prepared = await family(scene)
    await departed(prepared)
    await count(scene, prepared.told)
    assert (await found(scene, Thing.CHILD_CHECK))[("accompanied", "yes", "with_parent")] == 2
    who = await scene.session.execute(
        select(Fact.sex, Fact.age_band, Fact.disability).where(Fact.thing == Thing.CHILD_CHECK).distinct()
    )
    assert [tuple(row) for row in who] == [("unknown", "under_18", "unknown")]


@pytest.mark.parametrize(
    ("seen", "monitored", "throughout"),
    [
        (None, "no", "no"),
        ({"saw_journey": "no"}, "yes", "no"),
        ({"saw_before": "yes", "saw_departure": "yes", "saw_journey": "yes", "saw_handover": "yes"}, "yes", "yes"),
    ],
)
async def test_a_forced_return_is_monitored_in_a_phase_or_throughout(
    scene: Scene, seen: dict[str, str] | None, monitored: str, throughout: str
) -> None:
    prepared = await adult(scene)
    await scene.session.execute(
        update(ReturnJourney).values(return_type=ReturnType.FORCED_ESCORTED, departed_on=clock.today())
    )
    if seen is not None:
        await record_monitoring(
            scene.session,
            prepared.told.case.number,
            filled() | {"restraint": "handcuffs", "incident": "none", "notice_hours": "47"} | seen,
            made_on=clock.today(),
            actor=scene.staff[Role.RETURN_MONITOR],
        )
    await count(scene, prepared.told)
    checks = await found(scene, Thing.RETURN_CHECK)
    assert checks[("monitored", monitored, "forced_escorted")] == 1
    assert checks[("monitored_throughout", throughout, "forced_escorted")] == 1
    found_by_monitors = {(kind, outcome) for kind, outcome, _mode in await found(scene, Thing.MONITORED)}
    if seen is None:
        assert found_by_monitors == set()
    else:
        assert {("restraint", "yes"), ("incident", "no"), ("notice", "no")} <= found_by_monitors


async def test_a_consent_taken_back_is_honoured_if_no_return_follows(scene: Scene) -> None:
    prepared = await adult(scene)
    await prepare_all(prepared)
    await prepared.take_back()
    await count(scene, prepared.told)
    assert await found(scene, Thing.WITHDRAWAL) == {("none", "yes", "none"): 1}
    await scene.session.execute(update(ReturnJourney).values(departed_on=clock.today() + timedelta(days=1)))
    await count(scene, prepared.told)
    assert await found(scene, Thing.WITHDRAWAL) == {("none", "no", "none"): 1}


async def test_a_wave_counts_in_the_quarter_in_which_it_fell_due_with_what_was_said(scene: Scene) -> None:
    opened = datetime(2025, 12, 20, 12, tzinfo=UTC)
    with clock.moved_to(opened):
        told = await scene.tell(BACK)
    with clock.moved_to(opened + timedelta(days=91)):
        await ask_due(scene.session)
        await scene.session.flush()
        answers = {
            "E07": "in_school_or_training",
            "S06": "no",
            "P06": "rarely",
            "school_age_children": "no",
            "P08": "yes",
        }
        await scene.submit(told, "reintegration", {"maybe_child": "no", **answers})
    await count(scene, told)
    assert (await found(scene, Thing.FOLLOW_UP))[("month_3", "done", "none")] == 1
    said = {
        Thing.ANSWER_WORK: "yes",
        Thing.ANSWER_IDENTITY: "no",
        Thing.ANSWER_SCHOOL: "not_applicable",
        Thing.ANSWER_DISCRIMINATION: "no",
        Thing.ANSWER_SUPPORT: "no",
    }
    whole = sum((await found(scene, Thing.FOLLOW_UP)).values())
    for thing, answer in said.items():
        counted = await found(scene, thing)
        assert counted[("month_3", answer, "done")] == 1, thing
        assert sum(counted.values()) == whole, "each question is about everyone who was to be asked"
    scores = [band for wave, band, state in await found(scene, Thing.SCORE) if (wave, state) == ("month_3", "done")]
    assert scores == ["not_known"], "of five answers no score is told"
    quarters = await scene.session.scalars(
        select(Fact.quarter).where(Fact.thing == Thing.ANSWER_WORK, Fact.kind == "month_3")
    )
    assert [each.isoformat() for each in quarters] == ["2026-01-01"]


async def test_a_file_that_another_goes_on_in_place_of_is_nobody_more(scene: Scene) -> None:
    one, other = await scene.tell(), await scene.tell()
    await count(scene, one, other)
    assert sum((await found(scene, Thing.CASE)).values()) == 2
    await merge(scene.session, one.case, other.case, both_phones=True, actor=scene.staff[Role.SUPERVISOR])
    await scene.session.flush()
    await count(scene, one, other)
    assert sum((await found(scene, Thing.CASE)).values()) == 1


async def test_the_audit_log_tells_what_to_count_and_counting_anew_gives_the_same(scene: Scene) -> None:
    await scene.tell({}, {"fear": "yes"})
    other = await scene.tell({}, {"work_wanted": ["job"]})
    await scene.session.flush()
    while await link_some(scene.session):
        await scene.session.flush()
    while await bring_up_to_date(scene.session, most=3):
        pass
    assert await waiting_entries(scene.session) == 0
    by_steps = await everything(scene)
    assert sum((await found(scene, Thing.CASE)).values()) == 2
    assert await refresh(scene.session, await all_subjects(scene.session)) == 0
    await scene.session.execute(FactLink.__table__.delete())
    await scene.session.execute(Fact.__table__.delete())
    await refresh(scene.session, await all_subjects(scene.session))
    assert await everything(scene) == by_steps
    need = (await scene.needs(other))[0]
    await settle_need(scene.session, other.case, need.id, NeedStatus.DROPPED, actor=scene.staff[Role.CASEWORKER])
    assert await waiting_entries(scene.session) > 0
    await catch_up(scene.session)
    assert ("work", "dropped", "none") in await found(scene, Thing.NEED)
