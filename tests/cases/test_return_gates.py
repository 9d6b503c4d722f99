"""Each rule of each gate: the step is refused without its evidence and taken with it; and nothing gets round them."""

from datetime import timedelta

import pytest
from case_scene import Scene
from safeguard_scene import (
    Return,
    Way,
    adult,
    approve_plan,
    child_alone,
    family,
    flagged,
    instead,
    months_ago,
    prepare_all,
    rows,
    send_questionnaire,
    without,
)
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from access.rules import Role
from cases.closing import _require_settled
from cases.erasure import erase_person
from cases.fact_models import Fact
from cases.fact_rules import Thing
from cases.gate_rules import RULES_VERSION, Severity
from cases.gates import RULE_OF, RULES
from cases.journeys import live_journey
from cases.models import FollowUp, Submission, Task
from cases.overriding import ask_override, confirm_override
from cases.plan_models import Plan
from cases.record_kinds import RecordKind
from cases.return_gate import report_of
from cases.returning import VISIT_DAYS, advance, arrive, begin_return, complete, depart, halt
from cases.rules import FlagKind, Phase, TaskKind
from cases.safeguard_models import CasePerson, CaseRecord, GatePassage, ReturnJourney
from cases.safeguard_rules import STEP_AFTER, BidDecision, EscortRole, HaltReason, PanelBody, ReturnType, Step
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed
from referrals.facts import refresh

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
K = RecordKind


async def take(prepared: Return, step: Step) -> None:
    """One step, by someone who may take it."""
    session, case, staff = prepared.scene.session, prepared.told.case, prepared.staff
    match step:
        case Step.DEPARTED:
            await depart(session, case, clock.today(), actor=staff[Role.CASEWORKER])
        case Step.ARRIVED:
            await arrive(session, case, clock.today(), actor=staff[Role.CASEWORKER])
        case Step.HANDED_OVER:
            await complete(session, case, actor=staff[Role.CASEWORKER])
        case Step.CLEARED:
            await advance(session, case, to=step, actor=staff[Role.SUPERVISOR])
        case _:
            await advance(session, case, to=step, actor=staff[Role.CASEWORKER])


async def walk(prepared: Return, until: Step) -> None:
    """Every step before `until`."""
    step = Step.DRAFT
    while (step := STEP_AFTER[step]) is not until:
        await take(prepared, step)


async def _nobody_decided(prepared: Return) -> None:
    await prepared.undetermine()


async def _decided(prepared: Return) -> None:
    await prepared.determine()


async def _alone_on_one_leg(prepared: Return) -> None:
    await prepared.add_leg("Basse", "Fatoto", None)


async def _accompanied(prepared: Return) -> None:
    await prepared.drop_legs()
    await prepared.add_legs()


async def _sibling_not_heard(prepared: Return) -> None:
    await prepared.drop(K.BIA, prepared.children[1])


async def _sibling_heard(prepared: Return) -> None:
    await prepared.write(K.BIA, prepared.children[1])


async def _told_today(prepared: Return) -> None:
    await prepared.scene.session.execute(
        update(CaseRecord).where(CaseRecord.kind == K.INFORMATION).values(made_on=clock.today() - timedelta(days=2))
    )


async def _told_before(prepared: Return) -> None:
    await prepared.scene.session.execute(
        update(CaseRecord).where(CaseRecord.kind == K.INFORMATION).values(made_on=clock.today() - timedelta(days=3))
    )


async def _takes_back(prepared: Return) -> None:
    await prepared.take_back()


async def _agrees(prepared: Return) -> None:
    await prepared.agree()


async def _nothing(_prepared: Return) -> None:
    """Nothing to do."""


WAYS: dict[str, tuple[Way, Way]] = {
    "C01": without(K.AGE),
    "C02": without(K.COMPANY),
    "C03": without(K.GUARDIAN),
    "C04": without(K.BIA),
    "C05": (_nobody_decided, _decided),
    "C06": (_sibling_not_heard, _sibling_heard),
    "C07": without(K.VIEWS),
    "C08": without(K.RISK),
    "C09": without(K.CAREGIVER),
    "C10": without(K.FAMILY_UNITY),
    "C11": (_alone_on_one_leg, _accompanied),
    "C12": without(K.RECEPTION),
    "C13": without(K.REMEDIES),
    "C14": without(K.MEDICAL),
    "C15": without(K.CIVIL_DOCUMENTS),
    "C16": without(K.PREPARATION),
    "C17": without(K.CHILD_PLAN),
    "C18": without(K.FAMILY_CONTACT),
    "C19": without(K.CONSULAR),
    "C20": without(K.SHARING),
    "C21": without(K.HANDOVER_PACK),
    "C22": (_nothing, without(K.HANDOVER)[1]),
    "P01": flagged(FlagKind.FEAR_OF_RETURN),
    "P02": instead(K.CLAIM, state="pending"),
    "P03": flagged(FlagKind.TORTURE),
    "P04": flagged(FlagKind.STATELESSNESS),
    "P05": flagged(FlagKind.SERIOUS_ILLNESS),
    "P06": flagged(FlagKind.NO_SAFE_PLACE),
    "P07": without(K.CLAIM),
    "P08": without(K.RISK),
    "R01": without(K.ADVICE),
    "R02": instead(K.APPEAL, suspensive="unsure", outcome="pending"),
    "R03": instead(K.REMEDIES, state="open"),
    "V01": instead(K.INFORMATION, no_support="no"),
    "V02": (_told_today, _told_before),
    "V03": (_takes_back, _agrees),
    "V04": without(K.FREE_CHOICE),
    "D01": without(K.TRAVEL_DOCUMENT),
    "D02": instead(K.CONSULAR, safe="no"),
}
"""How the evidence of each rule is taken away and given back. C23 is fulfilled by the step itself: see below."""
IN_A_FAMILY = {"C06", "D01"}
"""Shown with a mother and two children; all others with a child who came alone."""


def test_there_is_a_way_to_spoil_and_repair_every_rule() -> None:
    assert {*WAYS, "C23"} == {rule.id for rule in RULES}
    assert [rule.id for rule in RULES if rule.id.startswith("C")] == [f"C{number:02}" for number in range(1, 24)]


@SQLITE
@pytest.mark.parametrize("rule_id", WAYS)
async def test_a_step_is_refused_without_the_evidence_and_taken_with_it(scene: Scene, rule_id: str) -> None:
    rule, (spoil, repair) = RULE_OF[rule_id], WAYS[rule_id]
    prepared = await (family(scene) if rule_id in IN_A_FAMILY else child_alone(scene))
    await prepare_all(prepared)
    # What must hold for the draft already is looked at again at the next step.
    step = Step.ASSESSED if rule.at is Step.DRAFT else rule.at
    await walk(prepared, step)
    await spoil(prepared)
    journey = await live_journey(scene.session, prepared.told.case)
    assert journey is not None
    report = (await report_of(scene.session, prepared.told.case, journey)).before(step)
    if rule.severity is Severity.WARN:
        assert rule_id in {finding.rule.id for finding in report.warnings}
        await take(prepared, step)
        return
    assert rule_id in {finding.rule.id for finding in report.blocking}
    with pytest.raises(Conflict) as refused:
        await take(prepared, step)
    assert rule_id in dict(refused.value.message.values)["rules"].split(", ")
    assert journey.step is not step
    await repair(prepared)
    await take(prepared, step)
    assert journey.step is step


async def test_a_child_who_came_alone_is_returned_with_everything_done(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await prepare_all(prepared)
    await walk(prepared, Step.HANDED_OVER)
    await prepared.write(K.HANDOVER)
    await take(prepared, Step.HANDED_OVER)
    case = prepared.told.case
    assert case.phase is Phase.REINTEGRATION
    passages = (await scene.session.scalars(select(GatePassage).order_by(GatePassage.passed_at))).all()
    assert {passage.rules_version for passage in passages} == {RULES_VERSION}
    assert {passage.unmet_blocking for passage in passages} == {0}
    (cleared,) = [passage for passage in passages if passage.step is Step.CLEARED]
    assert cleared.findings[f"C05/{prepared.own}"] == "met"
    visits = (await scene.session.scalars(select(Task).where(Task.kind == TaskKind.CHILD_VISIT))).all()
    assert [visit.reason.partition(".")[0] for visit in sorted(visits, key=lambda each: each.due_at)] == [
        f"day_{days}" for days in VISIT_DAYS
    ]
    assert await scene.session.scalar(select(func.count()).select_from(FollowUp)) == 7
    await scene.session.flush()
    await erase_person(scene.session, prepared.told.key.subject_id, actor=prepared.staff[Role.CASEWORKER])
    assert [await rows(prepared, model) for model in (CasePerson, CaseRecord)] == [0, 0]


@SQLITE
async def test_an_adult_returns_past_the_gates_for_everyone_alone(scene: Scene) -> None:
    prepared = await adult(scene)
    for kind in (K.RISK, K.CLAIM, K.ADVICE, K.REMEDIES, K.INFORMATION, K.FREE_CHOICE, K.TRAVEL_DOCUMENT):
        await prepared.write(kind)
    await prepared.agree()
    await walk(prepared, Step.HANDED_OVER)
    await take(prepared, Step.HANDED_OVER)
    assert prepared.told.case.phase is Phase.REINTEGRATION


@SQLITE
@pytest.mark.parametrize(
    ("rule_id", "spoil"),
    [
        ("C04", instead(K.BIA, finding="not_in_interest")[0]),
        ("C04", instead(K.BIA, finding="more_information")[0]),
        ("C08", instead(K.RISK, danger="unsure")[0]),
        ("C08", flagged(FlagKind.TRAFFICKING)[0]),
        ("C03", instead(K.GUARDIAN, reachable="no")[0]),
        ("C03", instead(K.GUARDIAN, representative="missing")[0]),
        ("C09", instead(K.CAREGIVER, able="no")[0]),
        ("C09", instead(K.CAREGIVER, agrees="no")[0]),
        ("C10", instead(K.FAMILY_UNITY, separation="yes")[0]),
        ("C12", instead(K.RECEPTION, place="custodial")[0]),
        ("C13", instead(K.APPEAL, suspensive="yes", outcome="pending")[0]),
        ("C14", instead(K.MEDICAL, fit="no")[0]),
        ("C15", instead(K.TRAVEL_DOCUMENT, state="issued", expires_on="2020-01-01")[0]),
        ("C15", instead(K.TRAVEL_DOCUMENT, state="requested")[0]),
        ("C20", instead(K.SHARING, child="no")[0]),
        ("P02", instead(K.CLAIM, state="granted")[0]),
    ],
)
async def test_evidence_that_says_the_wrong_thing_blocks(scene: Scene, rule_id: str, spoil: Way) -> None:
    prepared = await child_alone(scene)
    await prepare_all(prepared)
    await spoil(prepared)
    report = await report_of(scene.session, prepared.told.case, await live_journey(scene.session, prepared.told.case))
    assert rule_id in {finding.rule.id for finding in report.blocking}


@SQLITE
async def test_old_findings_and_a_panel_of_the_migration_authority_alone_do_not_count(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await prepare_all(prepared)

    async def blocking() -> set[str]:
        journey = await live_journey(scene.session, prepared.told.case)
        return {finding.rule.id for finding in (await report_of(scene.session, prepared.told.case, journey)).blocking}

    assert await blocking() == {"C22"}
    await scene.session.execute(
        update(CaseRecord).where(CaseRecord.kind == K.BIA).values(made_on=months_ago(6) - timedelta(days=1))
    )
    assert await blocking() == {"C04", "C22"}
    for decision in set(BidDecision) - {BidDecision.RETURN}:
        await prepared.undetermine()
        await prepared.determine(decision)
        assert "C05" in await blocking()
    await prepared.undetermine()
    await prepared.determine(BidDecision.RETURN, PanelBody.MIGRATION_AUTHORITY)
    assert "C05" in await blocking()


@SQLITE
async def test_a_finding_about_risk_and_a_childs_plan_rest_on_the_newest_of_what_they_were_made_from(
    scene: Scene,
) -> None:
    prepared = await child_alone(scene)
    await prepare_all(prepared)
    session, told = scene.session, prepared.told

    async def unmet() -> set[str]:
        report = await report_of(session, told.case, await live_journey(session, told.case))
        return {finding.rule.id for finding in (*report.blocking, *report.warnings)} & {"P08", "C17"}

    assert await unmet() == set()
    send_questionnaire(scene, told, clock.now() + timedelta(seconds=1))
    await session.flush()
    assert await unmet() == {"P08"}
    await session.execute(update(Plan).values(state="revised"))
    approve_plan(scene, told, version=2)
    await session.flush()
    assert await unmet() == {"P08", "C17"}
    for kind in (K.RISK, K.CHILD_PLAN):
        await prepared.write(kind)
    await session.flush()
    assert await unmet() == set()
    # Without any, a record rests on nothing.
    await session.execute(delete(Submission).where(Submission.sheet_id == "return_risk"))
    await session.execute(update(Plan).values(state="completed"))
    assert await unmet() == {"P08", "C17"}
    for kind in (K.RISK, K.CHILD_PLAN):
        await prepared.write(kind)
    assert await unmet() == {"P08", "C17"}


@SQLITE
async def test_whoever_may_be_a_child_is_one_whatever_a_record_says(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await prepared.write(K.AGE, age="adult", basis="own_word")
    report = await report_of(scene.session, prepared.told.case, None)
    assert "C05" in {finding.rule.id for finding in report.blocking}


@SQLITE
async def test_a_protection_flag_stops_a_return_before_it_begins_and_calls_the_officer(scene: Scene) -> None:
    told = await scene.tell(needs={"fear": "yes"})
    told.case.phase = Phase.PLANNING
    with pytest.raises(Conflict):
        await begin_return(scene.session, told.case, ReturnType.ASSISTED_VOLUNTARY, actor=scene.staff[Role.SUPERVISOR])
    assert told.case.phase is Phase.PLANNING
    (task,) = (await scene.session.scalars(select(Task).where(Task.kind == TaskKind.PROTECTION))).all()
    assert task.due_at - task.created_at == timedelta(hours=48)


@SQLITE
async def test_nobody_clears_what_they_prepared(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await prepare_all(prepared)
    await walk(prepared, Step.ARRANGED)
    await advance(scene.session, prepared.told.case, to=Step.ARRANGED, actor=prepared.staff[Role.SUPERVISOR])
    with pytest.raises(Conflict):
        await advance(scene.session, prepared.told.case, to=Step.CLEARED, actor=prepared.staff[Role.SUPERVISOR])
    with pytest.raises(NotAllowed):
        await advance(scene.session, prepared.told.case, to=Step.CLEARED, actor=prepared.staff[Role.CASEWORKER])


async def test_the_database_itself_refuses_what_the_verbs_refuse(scene: Scene) -> None:
    prepared = await child_alone(scene)
    journey = await live_journey(scene.session, prepared.told.case)
    assert journey is not None
    await scene.session.flush()
    own = prepared.staff[Role.SUPERVISOR].id.hex
    for change in (
        "UPDATE return_journey SET step = 'assessed', passage_id = NULL",
        "UPDATE return_journey SET step = 'cleared'",
        "UPDATE return_journey SET step = 'halted'",
        "UPDATE gate_passage SET unmet_blocking = 1",
        f"UPDATE return_journey SET cleared_by = '{own}', arranged_by = '{own}'",  # noqa: S608  # an id of the test
    ):
        with pytest.raises(IntegrityError):
            async with scene.session.begin_nested():
                await scene.session.execute(text(change))


async def test_a_rule_is_set_aside_by_two_people_with_a_reason_and_is_counted(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await prepare_all(prepared)
    await prepared.drop(K.GUARDIAN)
    session, case = scene.session, prepared.told.case
    lead, supervisor = prepared.staff[Role.CHILD_PROTECTION_LEAD], prepared.staff[Role.SUPERVISOR]
    await walk(prepared, Step.DETERMINED)
    for rule_id, reason in (("C03", " "), ("C08", "Safe enough."), ("C22", "No time."), ("P01", "Not so."), ("X", "x")):
        with pytest.raises(Invalid):
            await ask_override(session, case, rule_id, prepared.own, reason, actor=lead)
    for role in set(Role) - {Role.CHILD_PROTECTION_LEAD}:
        with pytest.raises(NotAllowed):
            await ask_override(session, case, "C03", prepared.own, "The aunt is here.", actor=prepared.staff[role])
    asked = await ask_override(session, case, "C03", prepared.own, "The aunt is here.", actor=lead)
    await session.flush()
    with pytest.raises(Conflict):
        await take(prepared, Step.DETERMINED)
    with pytest.raises(NotAllowed):
        await confirm_override(session, case, asked.id, actor=lead)
    await confirm_override(session, case, asked.id, actor=supervisor)
    await session.flush()
    await take(prepared, Step.DETERMINED)
    passage = await session.scalar(select(GatePassage).where(GatePassage.step == Step.DETERMINED))
    assert passage is not None
    assert (passage.overridden, passage.findings[f"C03/{prepared.own}"]) == (1, "overridden")
    await refresh(session, [case.id])
    counted = (await session.scalars(select(Fact).where(Fact.thing == Thing.OVERRIDE))).all()
    assert [fact.kind for fact in counted] == ["C03"]
    notices = (await session.scalars(select(Task.reason).where(Task.kind == TaskKind.OVERRIDE))).all()
    assert {reason.partition(".")[0] for reason in notices} == {"asked", "confirmed"}
    with pytest.raises(IntegrityError):
        async with session.begin_nested():
            await session.execute(text("UPDATE gate_override SET confirmed_by = asked_by"))


@SQLITE
async def test_no_case_is_closed_while_someone_is_on_their_way(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await scene.session.flush()
    with pytest.raises(Conflict, match="A return is being prepared"):
        await _require_settled(scene.session, prepared.told.case, 0, handed_over=True)


@SQLITE
async def test_a_return_is_halted_until_departure_and_not_after(scene: Scene) -> None:
    prepared = await child_alone(scene)
    await prepare_all(prepared)
    await walk(prepared, Step.DEPARTED)
    await prepared.take_back()
    (task,) = (await scene.session.scalars(select(Task).where(Task.kind == TaskKind.RETURN_HALTED))).all()
    assert task.due_at - task.created_at == timedelta(hours=24)
    with pytest.raises(Conflict):
        await take(prepared, Step.DEPARTED)
    await halt(scene.session, prepared.told.case, HaltReason.CONSENT_WITHDRAWN, actor=prepared.staff[Role.CASEWORKER])
    assert prepared.told.case.phase is Phase.PLANNING
    # Another return begins from the start, with what is known already.
    await begin_return(
        scene.session, prepared.told.case, ReturnType.ASSISTED_OBLIGED, actor=prepared.staff[Role.CASEWORKER]
    )
    await prepared.agree()
    await prepared.add_legs()
    await walk(prepared, Step.ARRIVED)
    with pytest.raises(Conflict):
        await halt(scene.session, prepared.told.case, HaltReason.OTHER, actor=prepared.staff[Role.CASEWORKER])
    with pytest.raises(NotAllowed):
        await prepared.take_back()
    journeys = (await scene.session.scalars(select(ReturnJourney.step))).all()
    assert sorted(journeys) == [Step.DEPARTED, Step.HALTED]


@SQLITE
@pytest.mark.parametrize(
    ("start", "role", "escort"), [("", None, ""), ("Tunis", EscortRole.PARENT, " "), ("Tunis", None, "Awa")]
)
async def test_a_leg_names_its_places_and_whoever_accompanies(
    scene: Scene, start: str, role: EscortRole | None, escort: str
) -> None:
    prepared = await child_alone(scene)
    with pytest.raises(Invalid):
        await prepared.add_leg(start, "Dakar", role, escort=escort)
