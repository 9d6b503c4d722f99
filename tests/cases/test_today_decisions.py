"""*Today*: what waits for a second person, another organisation's offer, returns on their way, and assessments due."""

from datetime import timedelta
from uuid import uuid4

from agreed import agree_on_cases
from case_scene import Scene, Told
from plan_scene import drafted, submitted
from safeguard_scene import adult, child_alone
from sqlalchemy import select, update

from access.actor import Actor
from access.models import Organisation, OrganisationKind
from access.rules import Role
from cases.access_models import BrokenGlass
from cases.assessment import due
from cases.assessment_rules import ASSESSMENT_NAMES, Assessment, DueState
from cases.break_glass import break_glass, review_glass
from cases.models import Flag, Submission
from cases.overriding import ask_override, confirm_override
from cases.returning import halt
from cases.risk import load_known
from cases.rules import FlagKind, FlagOutcome, SubmissionState
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import HaltReason, Step
from cases.safeguarding import report_concern
from cases.sheets import built_in_sheets
from cases.today import SOURCES, gather
from cases.waiting import Press, Source, Waiting, press_of, rank
from foundation import clock
from referrals.transferring import accept_transfer, answer_transfer, ask_transfer

KNOWN_WITHOUT_ANSWERS = (Assessment.SCREEN, Assessment.VULNERABILITY, Assessment.RETURN_RISK, Assessment.FAMILY)
"""What can be told from forms sent and flags, in the order in which it is listed."""


async def lines_of(scene: Scene, actor: Actor, source: Source) -> list[Waiting]:
    await scene.session.flush()
    return [each for each in await gather(scene.session, actor, SOURCES) if each.source is source]


async def test_setting_a_rule_aside_reaches_who_may_confirm_it_until_it_is_confirmed_or_halted(scene: Scene) -> None:
    prepared = await child_alone(scene)
    session, case = scene.session, prepared.told.case
    lead, supervisor = scene.staff[Role.CHILD_PROTECTION_LEAD], scene.staff[Role.SUPERVISOR]
    asked = await ask_override(session, case, "C03", prepared.own, "The aunt is here.", actor=lead)
    (line,) = await lines_of(scene, supervisor, Source.APPROVAL)
    assert line.address == f"/cases/{case.number}/safeguards#person-{prepared.own}"
    assert (press_of(line, clock.now()), dict(line.why.values)) == (Press.FLAG, {"rule": "C03"})
    for role in (Role.CASEWORKER, Role.CHILD_PROTECTION_LEAD, Role.PROTECTION_OFFICER):
        assert await lines_of(scene, scene.staff[role], Source.APPROVAL) == []
    await confirm_override(session, case, asked.id, actor=supervisor)
    assert await lines_of(scene, supervisor, Source.APPROVAL) == []
    await ask_override(session, case, "C09", prepared.own, "The aunt is here.", actor=lead)
    assert len(await lines_of(scene, supervisor, Source.APPROVAL)) == 1
    await halt(session, case, HaltReason.OTHER, actor=lead)
    assert await lines_of(scene, supervisor, Source.APPROVAL) == []


async def test_a_plan_waits_for_whoever_has_not_written_in_it(scene: Scene) -> None:
    told = await drafted(scene)
    plan = await submitted(scene, told)
    helped, other = scene.staff[Role.SUPERVISOR], scene.add_staff(Role.SUPERVISOR, scene.operator)
    (line,) = await lines_of(scene, helped, Source.APPROVAL)
    assert line.address == f"/cases/{told.case.number}/plan"
    plan.writers = [*plan.writers, str(helped.id)]
    assert await lines_of(scene, helped, Source.APPROVAL) == []
    assert len(await lines_of(scene, other, Source.APPROVAL)) == 1


async def test_a_return_that_is_arranged_waits_for_a_supervisor_who_prepared_no_part_of_it(scene: Scene) -> None:
    prepared = await adult(scene)
    arranger, other = scene.staff[Role.SUPERVISOR], scene.add_staff(Role.SUPERVISOR, scene.operator)
    await scene.session.execute(update(ReturnJourney).values(step=Step.ARRANGED, arranged_by=arranger.id))
    (line,) = await lines_of(scene, other, Source.APPROVAL)
    assert line.address == f"/cases/{prepared.told.case.number}/return"
    assert await lines_of(scene, arranger, Source.APPROVAL) == []
    assert await lines_of(scene, scene.staff[Role.CASEWORKER], Source.APPROVAL) == []


async def test_who_is_on_the_way_stands_with_the_owner_and_after_two_days_with_supervisors(scene: Scene) -> None:
    prepared = await adult(scene)
    owner, supervisor = scene.staff[Role.CASEWORKER], scene.staff[Role.SUPERVISOR]
    prepared.told.case.owner_id = owner.id
    on_the_way = {"step": Step.DEPARTED, "cleared_by": supervisor.id, "departed_on": clock.today()}
    await scene.session.execute(update(ReturnJourney).values(on_the_way))
    (line,) = await lines_of(scene, owner, Source.RETURN)
    assert press_of(line, line.since + timedelta(hours=23)) is Press.SOON
    assert press_of(line, line.since + timedelta(hours=25)) is Press.OVERDUE
    assert await lines_of(scene, supervisor, Source.RETURN) == []
    with clock.moved_to(clock.now() + timedelta(days=3)):
        assert len(await lines_of(scene, supervisor, Source.RETURN)) == 1
        assert await lines_of(scene, scene.staff[Role.PROTECTION_OFFICER], Source.RETURN) == []
    await scene.session.execute(update(ReturnJourney).values(step=Step.ARRIVED, arrived_on=clock.today()))
    (line,) = await lines_of(scene, owner, Source.RETURN)
    assert line.why.text == "The person has arrived; the return is not complete yet"
    await scene.session.execute(update(ReturnJourney).values(step=Step.HANDED_OVER))
    assert await lines_of(scene, owner, Source.RETURN) == []


async def test_an_offer_reaches_who_may_accept_it_with_no_more_than_the_number(scene: Scene) -> None:
    told = await scene.tell()
    other = Organisation(id=uuid4(), name="The other agency", kind=OrganisationKind.OPERATOR)
    scene.session.add(other)
    await scene.session.flush()
    there, worker = scene.add_staff(Role.SUPERVISOR, other), scene.add_staff(Role.CASEWORKER, other)
    await agree_on_cases(scene.session, other.id)
    transfer = await ask_transfer(scene.session, told.case, other.id, "", actor=scene.staff[Role.SUPERVISOR])
    assert await lines_of(scene, there, Source.TRANSFER) == []
    await answer_transfer(scene.session, told.key.subject_id, transfer.consent_id, agrees=True)
    (line,) = await lines_of(scene, there, Source.TRANSFER)
    assert (line.number, line.address) == (told.case.number, "/transfers")
    assert await lines_of(scene, worker, Source.TRANSFER) == []
    assert await lines_of(scene, scene.staff[Role.SUPERVISOR], Source.TRANSFER) == []
    await accept_transfer(scene.session, transfer.id, actor=there)
    assert await lines_of(scene, there, Source.TRANSFER) == []


async def test_an_opening_in_an_emergency_reaches_supervisors_until_one_has_read_why(scene: Scene) -> None:
    told = await scene.tell()
    told.case.team = "TN"
    worker, supervisor = scene.add_staff(Role.CASEWORKER, scene.operator, "GM"), scene.staff[Role.SUPERVISOR]
    await scene.session.flush()
    await break_glass(scene.session, told.case.number, "He wrote that he is at the door.", actor=worker)
    (line,) = await lines_of(scene, supervisor, Source.OPENING)
    assert (line.address, press_of(line, clock.now())) == ("/break-glass", Press.FLAG)
    # By now the worker sees the case, and is told nothing of it; neither is any other role.
    for actor in (worker, scene.staff[Role.PROTECTION_OFFICER]):
        assert await lines_of(scene, actor, Source.OPENING) == []
    glass_id = await scene.session.scalar(select(BrokenGlass.id))
    assert glass_id is not None
    await review_glass(scene.session, glass_id, actor=supervisor)
    assert await lines_of(scene, supervisor, Source.OPENING) == []


async def test_an_assessment_is_listed_only_where_the_case_page_says_that_it_is_due(scene: Scene) -> None:
    """Whatever became of flags and forms: the first that is due, in the owner's cases, below everything else."""
    worker = scene.staff[Role.CASEWORKER]
    told = [
        await scene.tell(),
        await scene.tell(needs={"fear": "yes"}),
        await scene.tell({"birth_year": clock.today().year - 15, "maybe_child": "yes", "company": "alone"}),
    ]
    for each in told:
        each.case.owner_id = worker.id
    await _agree_with_the_case_page(scene, told, worker)
    for hours, form in enumerate((Assessment.SCREEN, Assessment.VULNERABILITY, Assessment.RETURN_RISK), start=1):
        with clock.moved_to(clock.now() + timedelta(hours=hours)):
            for each in told:
                _send_in(scene, each, form, worker)
            await _agree_with_the_case_page(scene, told, worker)
    with clock.moved_to(clock.now() + timedelta(days=1)):
        await scene.session.execute(
            update(Flag)
            .where(Flag.kind == FlagKind.FEAR_OF_RETURN)
            .values(outcome=FlagOutcome.NOT_CONFIRMED, settled_at=clock.now(), settled_by=worker.id)
        )
        await _agree_with_the_case_page(scene, told, worker)
        # A concern from elsewhere asks for the screen again.
        await report_concern(scene.session, told[0].case, FlagKind.TORTURE, actor=worker)
        await scene.session.flush()
        await _agree_with_the_case_page(scene, told, worker)
    (torture,) = [each for each in await listed(scene, worker) if each.number == told[0].case.number]
    assert dict(torture.why.values)["assessment"] == ASSESSMENT_NAMES[Assessment.SCREEN]
    everything = await gather(scene.session, worker, SOURCES)
    assert [each.source for each in rank(everything, clock.now())][-1] is Source.ASSESSMENT
    assert await listed(scene, scene.add_staff(Role.CASEWORKER, scene.operator)) == []


async def listed(scene: Scene, actor: Actor) -> list[Waiting]:
    return await lines_of(scene, actor, Source.ASSESSMENT)


async def _agree_with_the_case_page(scene: Scene, told: list[Told], actor: Actor) -> None:
    found = {each.number: dict(each.why.values)["assessment"] for each in await listed(scene, actor)}
    for each in told:
        known = await load_known(scene.session, each.case, each.key)
        states = {one.assessment: one.state for one in due(known)}
        seen = [one for one in KNOWN_WITHOUT_ANSWERS if states[one] is DueState.DUE]
        assert found.get(each.case.number) == (ASSESSMENT_NAMES[seen[0]] if seen else None), (states, found)


def _send_in(scene: Scene, told: Told, form: Assessment, actor: Actor) -> None:
    submission_id = uuid4()
    scene.session.add(
        Submission(
            id=submission_id,
            case_id=told.case.id,
            sheet_id=form,
            sheet_version=built_in_sheets()[form].version,
            answers=told.key.seal(Submission.answers, submission_id, {}),
            given=told.key.seal(Submission.given, submission_id, {}),
            state=SubmissionState.SUBMITTED,
            language="en",
            started_at=clock.now(),
            submitted_at=clock.now(),
            filled_by=actor.id,
        )
    )
