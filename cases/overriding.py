"""Setting one rule of the child gate aside: a named role, a written reason, a second person, and it is counted.

Not every rule can be: nobody returns a child into danger, and no child is left where nobody signs (see `child_gate`).
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.gate_rules import RULES_VERSION
from cases.gates import RULE_OF
from cases.household import find_person
from cases.journeys import live_journey
from cases.messages import person_of
from cases.models import Case
from cases.rules import TaskKind
from cases.safeguard_models import GateOverride, ReturnJourney
from cases.safeguard_rules import BEFORE_DEPARTURE
from cases.tasks import open_task
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts


async def ask_override(
    session: AsyncSession, case: Case, rule_id: str, about_id: UUID, reason: str, *, actor: Actor
) -> GateOverride:
    """Ask that one rule be set aside for one child and this return. It counts once another person has confirmed it."""
    require(actor, Permission.GATE_OVERRIDE)
    journey = await live_journey(session, case, lock=True)
    if journey is None or journey.step not in BEFORE_DEPARTURE:
        raise Conflict(_("No return is being prepared."))
    person = await find_person(session, case, about_id)
    rule = RULE_OF.get(rule_id)
    if rule is None or not rule.may_be_set_aside:
        raise Invalid(_("This rule cannot be set aside."))
    written = reason.strip()
    if not written:
        raise Invalid(_("Write why this rule is set aside for this child."))
    if await _known(session, journey, rule_id, person.id) is not None:
        raise Conflict(_("This has been asked for already."))
    key = await open_subject(session, (await person_of(session, case)).id)
    override_id = uuid4()
    override = GateOverride(
        id=override_id,
        case_id=case.id,
        journey_id=journey.id,
        about_id=person.id,
        rule=rule_id,
        rules_version=RULES_VERSION,
        reason=key.seal(GateOverride.reason, override_id, free_of_accounts(written)),
        asked_by=actor.id,
        asked_at=clock.now(),
    )
    session.add(override)
    audit.record(session, actor.id, "gate.override_asked", case.id, rule=rule_id, about=person.id)
    await open_task(session, case, TaskKind.OVERRIDE, f"asked.{override_id.hex}", actor=actor)
    return override


async def confirm_override(session: AsyncSession, case: Case, override_id: UUID, *, actor: Actor) -> None:
    """A second person agrees. Counted, and the child-protection lead has it among their tasks."""
    require(actor, Permission.GATE_CONFIRM_OVERRIDE)
    override = await session.scalar(
        select(GateOverride).where(GateOverride.id == override_id, GateOverride.case_id == case.id).with_for_update()
    )
    if override is None:
        raise NotFound(_("There is no such request."))
    if override.confirmed_at is not None:
        raise Conflict(_("This has been confirmed already."))
    if override.asked_by == actor.id:
        raise Conflict(_("Someone else must confirm this."))
    override.confirmed_by, override.confirmed_at = actor.id, clock.now()
    audit.record(session, actor.id, "gate.overridden", case.id, rule=override.rule, about=override.about_id)
    await open_task(session, case, TaskKind.OVERRIDE, f"confirmed.{override_id.hex}", actor=actor)


async def overrides_of(session: AsyncSession, journey: ReturnJourney) -> Sequence[GateOverride]:
    found = await session.scalars(
        select(GateOverride).where(GateOverride.journey_id == journey.id).order_by(GateOverride.asked_at)
    )
    return found.all()


async def _known(session: AsyncSession, journey: ReturnJourney, rule_id: str, about_id: UUID) -> GateOverride | None:
    return await session.scalar(
        select(GateOverride).where(
            GateOverride.journey_id == journey.id, GateOverride.rule == rule_id, GateOverride.about_id == about_id
        )
    )
