"""Best interests in a case: each child with what was assessed and determined, and the officers' work on it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.best_interests import (
    ChildView,
    candidates,
    children_of,
    open_determination,
    read_determination,
    record_child_informed,
    seat_member,
    unseat_member,
    write_report,
)
from cases.household import ensure_self
from cases.queries import find_case, record_view
from cases.rules import CaseStatus
from cases.safeguard_rules import Age, BidState, BidTrigger, Company, PanelBody, Relation
from web.api.case_records import RecordTold, record_told
from web.api.determination_shapes import DeterminationTold, determination_told
from web.api.one_case import changing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Text
from web.guard import Visit, guarded

router = api_router("/cases/{number}/best-interests", "best interests")

_reader, _officer = guarded(Permission.CASE_READ), guarded(Permission.BEST_INTERESTS_PREPARE)


class OpenBody(Body):
    about_id: UUID
    """The child, a person of the case."""
    trigger: BidTrigger
    """`new_facts` where an earlier decision stands, and nowhere else."""


class ReportBody(Body):
    """The report, whole: the four groups of factors, and every option with both sides. All of it is kept sealed."""

    sources: Text
    """Who was asked, what was read, how it was checked."""
    views: Text
    """The child's views, and the weight they have by age and maturity."""
    family: Text
    """Family and close relations: quality, continuity, brothers and sisters together."""
    safety: Text
    """Risks in each place, and harm that could not be repaired."""
    development: Text
    """Development and identity: health, school, culture, language, religion, time away, stability."""
    return_for: Text
    return_against: Text
    stay_for: Text
    stay_against: Text
    third_country_for: Text
    third_country_against: Text
    reunification_elsewhere_for: Text
    reunification_elsewhere_against: Text


class SeatBody(Body):
    staff_id: UUID
    """One of `candidates`."""
    body: PanelBody
    """The kind of body that they belong to."""


class InformedBody(Body):
    on_day: date
    understood: bool
    """The child was told in a language and a form that they understand."""


class ChildTold(Answer):
    """A child of the case."""

    person_id: UUID
    relation: Relation
    age: Age
    company: Company
    called: str | None
    assessment: RecordTold | None
    """The best-interests assessment in force."""
    is_under_way: bool
    """A determination is not decided yet."""
    determinations: list[DeterminationTold]
    """Newest first."""


class Candidate(Answer):
    id: UUID
    name: str


class DeterminationFile(DeterminationTold):
    called: str | None
    """The name that the child is called by."""
    candidates: list[Candidate]
    """Who could still be seated; empty for whoever seats nobody, and once it is decided."""


@router.get("")
async def children(visit: Annotated[Visit, _reader], number: CaseNumber) -> list[ChildTold]:
    """Every child of the case. The person themselves may be one: they stand among its people from here on."""
    async with changing(visit, number) as (session, case):
        record_view(session, case, actor=visit.actor)
        if case.status is CaseStatus.OPEN:
            await ensure_self(session, case, actor=visit.actor)
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        return [_child(visit, each) for each in await children_of(session, case, reader=visit.actor)]


@router.post("", status_code=201)
async def open_one(visit: Annotated[Visit, _officer], number: CaseNumber, body: OpenBody) -> Made:
    """Open a determination about a child. On new facts the earlier decision stands no longer, from this moment on."""
    async with changing(visit, number) as (session, case):
        opened = await open_determination(session, case, body.about_id, body.trigger, actor=visit.actor)
    return Made(id=opened.id)


@router.get("/{determination_id}")
async def one(visit: Annotated[Visit, _reader], number: CaseNumber, determination_id: UUID) -> DeterminationFile:
    async with changing(visit, number) as (session, case):
        await read_determination(session, case, determination_id, reader=visit.actor)
        record_view(session, case, actor=visit.actor)
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        view, called = await read_determination(session, case, determination_id, reader=visit.actor)
        may_seat = (
            case.status is CaseStatus.OPEN
            and view.determination.state is not BidState.DECIDED
            and visit.may(Permission.BEST_INTERESTS_PREPARE)
        )
        seated = {each.member.staff_id for each in view.seats}
        free = [each for each in await candidates(session) if each.id not in seated] if may_seat else []
    return DeterminationFile(
        **dict(determination_told(visit, view)),
        called=called,
        candidates=[Candidate(id=each.id, name=each.name) for each in free],
    )


@router.put("/{determination_id}/report", status_code=204)
async def write(
    visit: Annotated[Visit, _officer], number: CaseNumber, determination_id: UUID, body: ReportBody
) -> None:
    """Write it, or write it anew until the panel has decided. Opinions on an earlier report count no longer."""
    async with changing(visit, number) as (session, case):
        await write_report(session, case, determination_id, body.model_dump(), actor=visit.actor)


@router.post("/{determination_id}/members", status_code=201)
async def seat(visit: Annotated[Visit, _officer], number: CaseNumber, determination_id: UUID, body: SeatBody) -> Made:
    """Give someone a seat on the panel."""
    async with changing(visit, number) as (session, case):
        member = await seat_member(session, case, determination_id, body.staff_id, body.body, actor=visit.actor)
    return Made(id=member.id)


@router.delete("/{determination_id}/members/{member_id}", status_code=204)
async def unseat(
    visit: Annotated[Visit, _officer], number: CaseNumber, determination_id: UUID, member_id: UUID
) -> None:
    """Free a seat. Nobody is unseated for an opinion they gave, and a declared conflict is kept."""
    async with changing(visit, number) as (session, case):
        await unseat_member(session, case, determination_id, member_id, actor=visit.actor)


@router.post("/{determination_id}/informed", status_code=204)
async def tell(
    visit: Annotated[Visit, _officer], number: CaseNumber, determination_id: UUID, body: InformedBody
) -> None:
    """The child was told of the decision and its reasons."""
    async with changing(visit, number) as (session, case):
        await record_child_informed(
            session, case, determination_id, body.on_day, understood=body.understood, actor=visit.actor
        )


def _child(visit: Visit, view: ChildView) -> ChildTold:
    child = view.child
    return ChildTold(
        person_id=child.id,
        relation=child.relation,
        age=child.age,
        company=child.company,
        called=view.called,
        assessment=record_told(view.assessment) if view.assessment else None,
        is_under_way=view.is_under_way,
        determinations=[determination_told(visit, each) for each in view.determinations],
    )
