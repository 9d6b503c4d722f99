"""What the page of safeguards shows: the people of the case, every rule of every gate, and where the return stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import StaffMember
from access.rules import Permission
from cases.gate_rules import GATE_NAMES, Gate, Supply
from cases.gates import Finding, Found, Report
from cases.household import people_of
from cases.journeys import legs_of, newest_journey
from cases.messages import person_of
from cases.models import Case, Consent, Person
from cases.overriding import overrides_of
from cases.record_kinds import SPEC_OF, SPECS, RecordKind, RecordSpec
from cases.record_sources import RESTS_ON, sources_of
from cases.records import records_of
from cases.return_consent import consent_to_return
from cases.return_gate import report_of
from cases.returning import MAY_BEGIN_FROM
from cases.rules import CaseStatus
from cases.safeguard_models import CasePerson, CaseRecord, GateOverride, ReturnJourney, ReturnLeg
from cases.safeguard_rules import BEFORE_DEPARTURE, LIVE_STEPS, STEP_AFTER, Age, Relation, Step
from cases.safeguarding import may_be_child
from foundation.keys import open_subject
from foundation.language import Message, _, _p
from foundation.sealing import SubjectKey

FOUND_NAMES: dict[Found, Message] = {
    Found.MET: _p("rule", "Met"),
    Found.UNMET: _p("rule", "Not met"),
    Found.OVERRIDDEN: _p("rule", "Set aside"),
}
SUPPLY_NAMES: dict[Supply, tuple[Message, str]] = {
    Supply.FLAGS: (_("The flags of the case"), "#flags"),
    Supply.DETERMINATION: (_("The determination by a panel"), "/best-interests"),
    Supply.CONSENT: (_("The consent to return"), "/return#consent"),
    Supply.LEGS: (_("The legs of the way"), "/return#legs"),
    Supply.QUESTIONNAIRE: (_("The questionnaire on the risk of return"), "/assessments/return_risk"),
    Supply.PLAN: (_("The plan of the case"), "/plan"),
    Supply.VISITS: (_("Planned when the return is completed"), ""),
}
"""Where evidence that is no record comes from, and its place under the case's address."""
SUPPLIED_BY = {RecordKind.RISK: Supply.QUESTIONNAIRE, RecordKind.CHILD_PLAN: Supply.PLAN}
"""Where that stands on which records of a kind rest."""


@dataclass(frozen=True, slots=True)
class PersonView:
    row: CasePerson
    called: str
    is_child: bool
    records: list[tuple[CaseRecord, RecordSpec, str | None]]
    """In force, with the name of whoever wrote it."""
    sources: Mapping[UUID, tuple[Message, str, bool]]
    """What a record rests on, by the record's id: name, address, and whether nothing newer stands there."""
    may_write: list[RecordSpec]


@dataclass(frozen=True, slots=True)
class OverrideView:
    row: GateOverride
    reason: str
    asked_by: str | None
    confirmed_by: str | None
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    finding: Finding
    called: str
    evidence: list[tuple[Message, str]]
    """What would settle the rule, and the address to supply it; none for what nobody can enter."""
    override: OverrideView | None
    may_ask: bool


@dataclass(frozen=True, slots=True)
class GateView:
    name: Message
    findings: list[FindingView]

    @property
    def blocking(self) -> int:
        return sum(each.finding.blocks for each in self.findings)


@dataclass(frozen=True, slots=True)
class LegView:
    row: ReturnLeg
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SafeguardsView:
    people: list[PersonView]
    gates: list[GateView]
    journey: ReturnJourney | None
    """The return that is under way, or was completed."""
    halted: ReturnJourney | None
    """The newest return, where it was stopped and no other has begun."""
    may_begin: bool
    journey_names: Mapping[UUID, str]
    """Of whoever began and cleared it, by their id."""
    steps: list[tuple[Step, str]]
    """With `done`, `here` or `ahead`."""
    next_step: Step | None
    blocking_next: list[FindingView]
    """What stops the next step."""
    legs: list[LegView]
    consent: Consent | None
    can_be_halted: bool
    has_departed: bool
    monitored: list[tuple[CaseRecord, RecordSpec]]
    """What independent monitors saw of it."""
    is_child: bool
    """The person themselves is treated as a child: a guardian agrees too."""


async def safeguards_view(session: AsyncSession, case: Case, actor: Actor) -> SafeguardsView:
    person = await person_of(session, case)
    key = await open_subject(session, person.id)
    rows = await people_of(session, case.id)
    called = {row.id: _called(row, person, key) for row in rows}
    newest = await newest_journey(session, case)
    journey = newest if newest and newest.step is not Step.HALTED else None
    report = await report_of(session, case, journey) if rows else Report(())
    overrides = await _overrides(session, journey, key, actor)
    next_step = STEP_AFTER.get(journey.step) if journey else None
    before_next = report.before(next_step) if next_step else Report(())
    people = await _people(session, case, rows, called, actor)
    gates = _gates(case, report, called, overrides, journey, actor)
    return SafeguardsView(
        people=people,
        gates=gates,
        journey=journey,
        halted=newest if journey is None else None,
        may_begin=case.phase in MAY_BEGIN_FROM and (journey is None or journey.step not in LIVE_STEPS),
        journey_names=await _names(session, {each for each in (journey.begun_by, journey.cleared_by) if each})
        if journey
        else {},
        steps=_steps(journey),
        next_step=next_step,
        blocking_next=[each for gate in gates for each in gate.findings if each.finding in before_next.blocking],
        legs=[LegView(leg, key.open(ReturnLeg.words, leg.id, leg.words)) for leg in await legs_of(session, journey)]
        if journey
        else [],
        consent=await consent_to_return(session, case),
        can_be_halted=journey is not None and journey.step in BEFORE_DEPARTURE,
        has_departed=journey is not None and journey.step not in BEFORE_DEPARTURE,
        monitored=[
            (row, spec) for each in people for row, spec, _name in each.records if spec.kind is RecordKind.MONITORING
        ],
        is_child=await may_be_child(session, case.id),
    )


def _called(row: CasePerson, person: Person, key: SubjectKey) -> str:
    if row.relation is Relation.SELF:
        return key.open(Person.called, person.id, person.called) if person.called else ""
    return str(key.open(CasePerson.details, row.id, row.details)["called"]) if row.details else ""


async def _people(
    session: AsyncSession, case: Case, rows: Iterable[CasePerson], called: Mapping[UUID, str], actor: Actor
) -> list[PersonView]:
    records = await records_of(session, case.id)
    sources = await sources_of(session, case.id)
    names = await _names(session, {record.made_by for record in records})
    return [
        PersonView(
            row,
            called[row.id],
            row.age is not Age.ADULT,
            [(each, SPEC_OF[each.kind], names.get(each.made_by)) for each in records if each.about_id == row.id],
            {
                each.id: (*_address(case, SUPPLIED_BY[each.kind]), each.coded[RESTS_ON] == sources.get(each.kind))
                for each in records
                if each.about_id == row.id and RESTS_ON in each.coded
            },
            _writable(case, row, actor),
        )
        for row in rows
    ]


def _writable(case: Case, row: CasePerson, actor: Actor) -> list[RecordSpec]:
    if case.status is not CaseStatus.OPEN:
        return []
    is_child = row.age is not Age.ADULT
    return [spec for spec in SPECS if actor.may(spec.permission) and (is_child or not spec.for_child)]


def _gates(
    case: Case,
    report: Report,
    called: Mapping[UUID, str],
    overrides: Mapping[tuple[str, UUID], OverrideView],
    journey: ReturnJourney | None,
    actor: Actor,
) -> list[GateView]:
    may_ask = actor.may(Permission.GATE_OVERRIDE) and journey is not None and journey.step in BEFORE_DEPARTURE

    def view(finding: Finding) -> FindingView:
        override = overrides.get((finding.rule.id, finding.about.id))
        can_be = finding.blocks and finding.rule.may_be_set_aside and override is None
        evidence = [_evidence(case, finding, each) for each in finding.rule.evidence]
        return FindingView(finding, called[finding.about.id], evidence, override, may_ask and can_be)

    gates = [GateView(GATE_NAMES[gate], [view(each) for each in report.of_gate(gate)]) for gate in Gate]
    return [gate for gate in gates if gate.findings]


def _evidence(case: Case, finding: Finding, evidence: RecordKind | Supply) -> tuple[Message, str]:
    if isinstance(evidence, RecordKind):
        return SPEC_OF[evidence].name, f"/cases/{case.number}/people/{finding.about.id}/records/{evidence}"
    return _address(case, evidence)


def _address(case: Case, supply: Supply) -> tuple[Message, str]:
    name, place = SUPPLY_NAMES[supply]
    return name, f"/cases/{case.number}{place}" if place else ""


async def _overrides(
    session: AsyncSession, journey: ReturnJourney | None, key: SubjectKey, actor: Actor
) -> dict[tuple[str, UUID], OverrideView]:
    rows: Sequence[GateOverride] = await overrides_of(session, journey) if journey else []
    names = await _names(session, {each for row in rows for each in (row.asked_by, row.confirmed_by) if each})
    return {
        (row.rule, row.about_id): OverrideView(
            row,
            str(key.open(GateOverride.reason, row.id, row.reason)),
            names.get(row.asked_by),
            names.get(row.confirmed_by) if row.confirmed_by else None,
            row.confirmed_at is None and row.asked_by != actor.id and actor.may(Permission.GATE_CONFIRM_OVERRIDE),
        )
        for row in rows
    }


def _steps(journey: ReturnJourney | None) -> list[tuple[Step, str]]:
    if journey is None:
        return []
    chain = [Step.DRAFT, *STEP_AFTER.values()]
    # Past the last step nothing is ahead: it is done too.
    here = chain.index(journey.step) + (journey.step is Step.HANDED_OVER)
    return [(step, "done" if at < here else "here" if at == here else "ahead") for at, step in enumerate(chain)]


async def _names(session: AsyncSession, ids: set[UUID]) -> dict[UUID, str]:
    found = await session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    return {row.id: row.name for row in found}
