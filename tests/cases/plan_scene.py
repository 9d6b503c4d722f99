"""A plan as a caseworker writes it with a person, and a programme that pays for it."""

from datetime import timedelta
from decimal import Decimal

from case_scene import Scene, Told

from access.rules import Role
from cases.activities import Terms, add_activity
from cases.plan_models import BudgetLine, Plan, PlanActivity
from cases.plan_rules import ActivityKind, PlanState
from cases.plan_steps import written_version
from cases.planning import approve_plan, begin_plan, record_agreement, submit_plan, write_plan
from cases.programmes import Statement, add_line, create_programme
from cases.rules import Phase
from foundation import clock

CODE = "GM-START"
GOALS = "Ñandú: open a tailor's shop"


def terms(scene: Scene, amount: str | None = None, line: BudgetLine | None = None, what: str = "Two looms") -> Terms:
    return Terms(
        kind=ActivityKind.STARTUP_GRANT,
        what=what,
        due_on=clock.today() + timedelta(days=20),
        responsible_id=scene.staff[Role.CASEWORKER].id,
        provider="Women of Basse",
        in_kind=True,
        amount=None if amount is None else Decimal(amount),
        currency=None if amount is None else (line.currency if line else "EUR"),
        line_id=None if line is None else line.id,
    )


async def add_budget(scene: Scene, amount: str = "1000", currency: str = "EUR") -> BudgetLine:
    supervisor = scene.staff[Role.SUPERVISOR]
    statement = Statement(name="A start", organisation_id=scene.operator.id, countries=("GM",))
    await create_programme(scene.session, CODE, statement, actor=supervisor)
    return await add_line(scene.session, CODE, "grants", "Grants", Decimal(amount), currency, actor=supervisor)


async def drafted(scene: Scene, *what: Terms, told: Told | None = None) -> Told:
    """A draft with goals and activities."""
    told = told or await scene.tell()
    told.case.phase = Phase.PLANNING
    actor = scene.staff[Role.CASEWORKER]
    await begin_plan(scene.session, told.case, actor=actor)
    await write_goals(scene, told)
    for each in what or (terms(scene),):
        await add_activity(scene.session, told.case, each, actor=actor)
    return told


async def write_goals(scene: Scene, told: Told) -> None:
    review_on = clock.today() + timedelta(days=90)
    await write_plan(
        scene.session,
        told.case,
        goals=GOALS,
        risks="The rent",
        review_on=review_on,
        actor=scene.staff[Role.CASEWORKER],
    )


async def submitted(scene: Scene, told: Told) -> Plan:
    actor = scene.staff[Role.CASEWORKER]
    await record_agreement(scene.session, told.case, "mnk", clock.today(), actor=actor)
    await submit_plan(scene.session, told.case, actor=actor)
    plan = await written_version(scene.session, told.case.id)
    assert plan is not None
    assert plan.state is PlanState.PENDING
    return plan


async def approved(scene: Scene, told: Told) -> Plan:
    """The draft, submitted and approved."""
    plan = await submitted(scene, told)
    await approve_plan(scene.session, told.case, plan.changes, actor=scene.staff[Role.SUPERVISOR])
    await scene.session.flush()
    return plan


def reworded(activity: PlanActivity, told: Told) -> str:
    """What an activity says, opened with the person's key."""
    return str(told.key.open(PlanActivity.what, activity.id, activity.what))
