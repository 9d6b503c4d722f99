"""Example savings goals and finished lessons, and an assessment of money in which threats over a debt are told."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, actor_of
from access.models import StaffMember
from cases.filling import begin_filling
from cases.intake import submit_form
from cases.learning import note_lesson
from cases.lesson_texts import lessons
from cases.models import Case
from cases.money import usual_currency
from cases.rules import CaseStatus
from cases.safeguarding import may_be_child
from cases.savings import Terms, put_aside, set_goal, share_goal
from foundation import clock
from foundation.keys import open_subject
from questionnaire.sheet import Answer

SAVERS = 8
"""Of each caseworker."""
GOALS = (
    ("A sewing machine", 6000),
    ("School fees for my daughter", 2400),
    ("Tools for a workshop", 9000),
    ("Rent for six months", 3000),
)
ASSESSED: dict[str, Answer] = {
    "income_band": "food",
    "income_sources": ["work", "family"],
    "money_kept": ["cash", "mobile"],
    "id_for_account": "yes",
    "without_interest": "yes",
    "services_wanted": ["advice", "savings"],
    "debt_band": "over_half_year",
    "debt_to": ["smuggler", "family"],
    "debt_to_smuggler_band": "over_half_year",
    "debt_for": ["journey"],
    "debt_security": ["home_land"],
    "debt_repaid": "no",
    "debt_threats": "threatened",
    "debt_work": "no",
}


async def add_money(session: AsyncSession, staff: dict[str, StaffMember]) -> None:
    for country in ("gm", "tn"):
        actor = actor_of(staff[f"caseworker.{country}@example.org"])
        people = await _adults(session, actor)
        for place, case in enumerate(people[:SAVERS]):
            await _learn_and_save(session, case, place)
        if people:
            await _assess(session, people[0], actor)


async def _adults(session: AsyncSession, actor: Actor) -> list[Case]:
    found = await session.scalars(
        select(Case)
        .where(Case.owner_id == actor.id, Case.status == CaseStatus.OPEN, Case.person_id.is_not(None))
        .order_by(Case.opened_at.desc(), Case.number)
        .limit(3 * SAVERS)
    )
    return [case for case in found.all() if not await may_be_child(session, case.id)]


async def _learn_and_save(session: AsyncSession, case: Case, place: int) -> None:
    """Every second one shows their goal; the others keep it to themselves."""
    if case.person_id is None:
        return
    what, amount = GOALS[place % len(GOALS)]
    moment = clock.now() - timedelta(hours=20)
    with clock.moved_to(moment):
        for lesson in list(lessons().values())[: 1 + place % len(lessons())]:
            await note_lesson(session, case.person_id, lesson, 2 + place % 2)
        terms = Terms(what, Decimal(amount), usual_currency(case.country) or "EUR")
        goal = (await set_goal(session, case.person_id, terms)).row
        if place % 2 == 0:
            await share_goal(session, case.person_id, goal.id, shared=True)
    for number in range(1 + place):
        with clock.moved_to(moment + timedelta(hours=number)):
            await put_aside(session, case.person_id, goal.id, Decimal(amount // 8))
            await session.flush()


async def _assess(session: AsyncSession, case: Case, actor: Actor) -> None:
    if case.person_id is None:
        return
    begun = await begin_filling(session, case, "finance", actor=actor)
    await session.flush()
    key = await open_subject(session, case.person_id)
    await submit_form(session, begun.id, key, dict(ASSESSED), actor=actor)
