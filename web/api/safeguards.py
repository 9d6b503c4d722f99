"""The safeguards of a case: who belongs to it, every rule of every gate with what would settle it, and overrides."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.gate_rules import Gate, Severity, Supply
from cases.gates import Found
from cases.household import add_person, remove_person, set_travels
from cases.overriding import ask_override, confirm_override
from cases.queries import find_case
from cases.record_kinds import RecordKind
from cases.rules import FlagKind
from cases.safeguard_rules import Age, Company, Relation, Step
from cases.safeguarding import report_concern
from foundation.errors import NotFound
from foundation.language import say
from web.api.one_case import changing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import NOTHING_HERE, Visit, guarded
from web.pages.safeguards import open_for_reading
from web.pages.safeguards_part import FindingView, OverrideView, PersonView, SafeguardsView, safeguards_view

router = api_router("/cases/{number}", "safeguards")

_reader, _editor = guarded(Permission.CASE_READ), guarded(Permission.HOUSEHOLD_EDIT)


class PersonBody(Body):
    relation: Relation
    """To the person whose case it is; not `self`, who is there already."""
    age: Age
    called: Line
    """The name to be called by. Kept sealed."""
    travels: bool = False
    """The return is theirs too."""


class TravelsBody(Body):
    travels: bool


class PersonTold(Answer):
    """Someone of the case."""

    id: UUID
    relation: Relation
    age: Age
    is_child: bool
    """Whoever is not known to be an adult."""
    company: Company
    """With whom a child is; says nothing of an adult."""
    travels: bool
    called: str
    added_at: datetime
    records: list[RecordKind]
    """Kinds of the evidence in force about them."""
    may_write: list[RecordKind]
    """Kinds of evidence that you may record about them."""


class ConcernBody(Body):
    kind: FlagKind


class OverrideBody(Body):
    rule: Line
    """The rule's id, such as `C03`."""
    about_id: UUID
    """The person of the case."""
    reason: Text
    """Why it is set aside for this child. Kept sealed."""


class OverrideTold(Answer):
    """A rule that one person set aside for this return, or asks to. It counts once a second person has confirmed it."""

    id: UUID
    reason: str
    asked_by: str | None
    asked_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    may_confirm: bool
    """You are such a second person."""


class FindingTold(Answer):
    """One rule for one person."""

    rule: str
    says: str
    severity: Severity
    at: Step
    """The step that it guards first; it guards every later one up to the departure too."""
    source: str
    """The text that the rule comes from."""
    grade: str
    """How sure that is: A read in the source, B well known, D our own proposal."""
    about_id: UUID
    found: Found
    blocks: bool
    """It stops the return as things are."""
    evidence: list[RecordKind | Supply]
    """What would settle it: kinds of records, or another source."""
    override: OverrideTold | None
    may_ask_override: bool


class GateTold(Answer):
    gate: Gate
    name: str
    blocking: int
    """How many of its rules stop the return as things are."""
    findings: list[FindingTold]
    """Only rules that apply."""


@router.get("/people")
async def people(visit: Annotated[Visit, _reader], number: CaseNumber) -> list[PersonTold]:
    """The person themselves stands among them from the first time on that anybody looks."""
    return [_person(each) for each in (await read_safeguards(visit, number)).people]


@router.post("/people", status_code=201)
async def add(visit: Annotated[Visit, _editor], number: CaseNumber, body: PersonBody) -> Made:
    async with changing(visit, number) as (session, case):
        person = await add_person(
            session, case, body.relation, body.age, body.called, travels=body.travels, actor=visit.actor
        )
    return Made(id=person.id)


@router.put("/people/{person_id}/travels", status_code=204)
async def change_travels(
    visit: Annotated[Visit, _editor], number: CaseNumber, person_id: UUID, body: TravelsBody
) -> None:
    async with changing(visit, number) as (session, case):
        await set_travels(session, case, person_id, travels=body.travels, actor=visit.actor)


@router.delete("/people/{person_id}", status_code=204)
async def take_off(visit: Annotated[Visit, _editor], number: CaseNumber, person_id: UUID) -> None:
    async with changing(visit, number) as (session, case):
        await remove_person(session, case, person_id, actor=visit.actor)


@router.post("/concerns", status_code=201)
async def raise_concern(
    visit: Annotated[Visit, guarded(Permission.FLAG_RAISE)], number: CaseNumber, body: ConcernBody
) -> Made:
    """You saw or heard what no form asked: a flag that stands until whoever settles its kind has looked."""
    async with changing(visit, number) as (session, case):
        flag = await report_concern(session, case, body.kind, actor=visit.actor)
    return Made(id=flag.id)


@router.get("/gates")
async def gates(visit: Annotated[Visit, _reader], number: CaseNumber) -> list[GateTold]:
    """Every rule that applies to someone of the case, and whether it is met."""
    return [
        GateTold(
            gate=view.findings[0].finding.rule.gate,
            name=say(visit.language, view.name),
            blocking=view.blocking,
            findings=[_finding(visit, each) for each in view.findings],
        )
        for view in (await read_safeguards(visit, number)).gates
    ]


@router.post("/overrides", status_code=201)
async def ask_to_set_aside(
    visit: Annotated[Visit, guarded(Permission.GATE_OVERRIDE)], number: CaseNumber, body: OverrideBody
) -> Made:
    """Ask that a rule be set aside for one child and the return that is being prepared."""
    async with changing(visit, number) as (session, case):
        asked = await ask_override(session, case, body.rule, body.about_id, body.reason, actor=visit.actor)
    return Made(id=asked.id)


@router.post("/overrides/{override_id}/confirm", status_code=204)
async def confirm_setting_aside(
    visit: Annotated[Visit, guarded(Permission.GATE_CONFIRM_OVERRIDE)], number: CaseNumber, override_id: UUID
) -> None:
    """Nobody confirms what they asked for themselves: that is a conflict."""
    async with changing(visit, number) as (session, case):
        await confirm_override(session, case, override_id, actor=visit.actor)


async def read_safeguards(visit: Visit, number: str) -> SafeguardsView:
    """What the page of safeguards shows; that it was opened is noted first."""
    await open_for_reading(visit, number)
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        if case.person_id is None:
            raise NotFound(NOTHING_HERE)
        return await safeguards_view(session, case, visit.actor)


def _person(view: PersonView) -> PersonTold:
    row = view.row
    return PersonTold(
        id=row.id,
        relation=row.relation,
        age=row.age,
        is_child=view.is_child,
        company=row.company,
        travels=row.travels,
        called=view.called,
        added_at=row.added_at,
        records=[record.kind for record, _spec, _by in view.records],
        may_write=[spec.kind for spec in view.may_write],
    )


def _finding(visit: Visit, view: FindingView) -> FindingTold:
    finding, rule = view.finding, view.finding.rule
    return FindingTold(
        rule=rule.id,
        says=say(visit.language, rule.says),
        severity=rule.severity,
        at=rule.at,
        source=rule.source,
        grade=rule.grade,
        about_id=finding.about.id,
        found=finding.found,
        blocks=finding.blocks,
        evidence=list(rule.evidence),
        override=_override(view.override) if view.override else None,
        may_ask_override=view.may_ask,
    )


def _override(view: OverrideView) -> OverrideTold:
    row = view.row
    return OverrideTold(
        id=row.id,
        reason=view.reason,
        asked_by=view.asked_by,
        asked_at=row.asked_at,
        confirmed_by=view.confirmed_by,
        confirmed_at=row.confirmed_at,
        may_confirm=view.may_confirm,
    )
