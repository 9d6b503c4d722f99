"""From the case file to the facts of the gates, and from the gates to a passage that the return rests on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.gate_facts import Consented, Determination, Evidence, Facts, Traveller
from cases.gate_rules import RULES_VERSION
from cases.gates import Report, evaluate
from cases.household import people_of
from cases.journeys import legs_of
from cases.models import Case, Consent, Task
from cases.record_kinds import RecordKind
from cases.record_sources import sources_of
from cases.records import records_of
from cases.rules import IN_FORCE, ConsentKind, GivenBy, TaskKind
from cases.safeguard_models import (
    BestInterests,
    CasePerson,
    CaseRecord,
    GateOverride,
    GatePassage,
    PanelMember,
    ReturnJourney,
)
from cases.safeguard_rules import Age, BidState, Relation, ReturnType, Step
from cases.safeguarding import may_be_child, standing_flags
from foundation import audit, clock
from foundation.errors import Conflict
from foundation.language import _


async def report_of(session: AsyncSession, case: Case, journey: ReturnJourney | None) -> Report:
    """Every rule of every gate as it stands now, for the return or, without one, as if one were planned."""
    return evaluate(await load_facts(session, case, journey))


async def load_facts(session: AsyncSession, case: Case, journey: ReturnJourney | None) -> Facts:
    """What the rules look at. Needs the people of the case to hold the person themselves."""
    people = await people_of(session, case.id)
    records = _by_person(await records_of(session, case.id))
    determinations = await _determinations(session, case.id)
    maybe_child = await may_be_child(session, case.id)
    return Facts(
        today=clock.today(),
        return_type=journey.return_type if journey else ReturnType.UNKNOWN,
        people=tuple(
            _traveller(each, records[each.id], determinations.get(each.id), maybe_child=maybe_child) for each in people
        ),
        flags=await standing_flags(session, case.id),
        consent=await _consent(session, case.person_id),
        legs=await _legs(session, journey),
        visits_planned=await _has_visits(session, case.id),
        sources=await sources_of(session, case.id),
        overridden=await _overridden(session, journey),
    )


async def pass_gates(
    session: AsyncSession, case: Case, journey: ReturnJourney, step: Step, *, actor: Actor
) -> GatePassage:
    """Remember that everything that `step` needs is there. Raises Conflict that names the rules that block."""
    report = (await report_of(session, case, journey)).before(step)
    if report.blocking:
        rules = sorted({finding.rule.id for finding in report.blocking})
        raise Conflict(_("Rules that protect people stop this step: {rules}."), rules=", ".join(rules))
    passage = GatePassage(
        id=uuid4(),
        case_id=case.id,
        step=step,
        rules_version=RULES_VERSION,
        findings=report.coded(),
        unmet_blocking=len(report.blocking),
        overridden=len(report.overridden),
        passed_by=actor.id,
        passed_at=clock.now(),
    )
    session.add(passage)
    await session.flush()
    audit.record(session, actor.id, "gate.passed", case.id, step=step, overridden=len(report.overridden))
    return passage


def _by_person(records: Iterable[CaseRecord]) -> Mapping[UUID, dict[RecordKind, tuple[Evidence, ...]]]:
    found: defaultdict[UUID, dict[RecordKind, tuple[Evidence, ...]]] = defaultdict(dict)
    for record in records:
        of_person = found[record.about_id]
        of_person[record.kind] = (*of_person.get(record.kind, ()), Evidence(record.made_on, record.coded))
    return found


def _traveller(
    person: CasePerson,
    records: Mapping[RecordKind, tuple[Evidence, ...]],
    determination: Determination | None,
    *,
    maybe_child: bool,
) -> Traveller:
    """While the flag of the person themselves stands, no record makes them an adult."""
    doubted = maybe_child and person.relation is Relation.SELF and person.age is Age.ADULT
    age = Age.UNSURE if doubted else person.age
    return Traveller(person.id, person.relation, age, person.company, person.travels, records, determination)


async def _determinations(session: AsyncSession, case_id: UUID) -> dict[UUID, Determination]:
    """The decision that stands about each child: one that was reopened stands no longer."""
    decided = await session.scalars(
        select(BestInterests)
        .where(
            BestInterests.case_id == case_id,
            BestInterests.state == BidState.DECIDED,
            BestInterests.replaced_by.is_(None),
        )
        .order_by(BestInterests.decided_at)
    )
    found: dict[UUID, Determination] = {}
    for each in decided:
        bodies = await session.scalars(
            select(PanelMember.body).where(PanelMember.best_interests_id == each.id, PanelMember.opinion.is_not(None))
        )
        if each.decision is not None and each.decided_at is not None:
            found[each.about_id] = Determination(
                each.decision, each.decided_at.date(), frozenset(bodies), each.child_informed_on is not None
            )
    return found


async def _consent(session: AsyncSession, person_id: UUID | None) -> Consented | None:
    consent = await session.scalar(
        select(Consent)
        .where(Consent.person_id == person_id, Consent.kind == ConsentKind.RETURN, Consent.state.in_(IN_FORCE))
        .order_by(Consent.decided_at.desc())
        .limit(1)
    )
    if consent is None or consent.decided_at is None:
        return None
    return Consented(consent.decided_at.date(), consent.given_by is GivenBy.GUARDIAN)


async def _legs(session: AsyncSession, journey: ReturnJourney | None) -> tuple[bool, ...]:
    return tuple(leg.escort_role is not None for leg in await legs_of(session, journey)) if journey else ()


async def _has_visits(session: AsyncSession, case_id: UUID) -> bool:
    visit = await session.scalar(
        select(Task.id).where(Task.case_id == case_id, Task.kind == TaskKind.CHILD_VISIT).limit(1)
    )
    return visit is not None


async def _overridden(session: AsyncSession, journey: ReturnJourney | None) -> frozenset[tuple[str, UUID]]:
    if journey is None:
        return frozenset()
    confirmed = await session.execute(
        select(GateOverride.rule, GateOverride.about_id).where(
            GateOverride.journey_id == journey.id,
            GateOverride.confirmed_at.is_not(None),
            GateOverride.rules_version == RULES_VERSION,
        )
    )
    return frozenset((rule, about_id) for rule, about_id in confirmed)
