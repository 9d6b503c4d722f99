"""The panel's side of best interests: what waits for a member, one determination, and their part in it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.panel import Waits, decide, declare, docket, give_opinion, note_opening, panel_file
from cases.safeguard_rules import Age, BidDecision, BidState, BidTrigger, Company, PanelBody
from web.api.case_records import RecordTold, record_told
from web.api.determination_shapes import DeterminationTold, determination_told
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import Text
from web.guard import Visit, guarded

router = api_router("/panel", "panel")

_member = guarded(Permission.BEST_INTERESTS_DECIDE)


class DeclarationBody(Body):
    has_conflict: bool
    """Of interest. It ends your seat, and an opinion given with it."""


class OpinionBody(Body):
    opinion: BidDecision
    note: Text
    """Your reasons. Kept sealed."""


class DecisionBody(Body):
    reasons: Text
    """Of the panel. Kept sealed."""


class DecisionTold(Answer):
    decision: BidDecision
    """What more than half hold; without a majority `more_information`."""


class DocketTold(Answer):
    id: UUID
    case_number: str
    trigger: BidTrigger
    state: BidState
    opened_at: datetime
    waits: Waits
    """`declare`, `opinion` and `decide` are asked of you; the others say whom it waits for."""


class OwnSeat(Answer):
    body: PanelBody
    has_conflict: bool | None
    opinion: BidDecision | None


class PanelChild(Answer):
    age: Age
    company: Company


class PanelFileTold(Answer):
    """What a member reads. Before they have declared that no conflict stands in the way: neither report nor records."""

    id: UUID
    case_number: str
    trigger: BidTrigger
    state: BidState
    waits: Waits
    child: PanelChild
    seat: OwnSeat
    determination: DeterminationTold | None
    records: list[RecordTold]
    """What is known of the child, while the panel has to decide."""


@router.get("")
async def waiting(visit: Annotated[Visit, _member]) -> list[DocketTold]:
    """Every determination on whose panel you sit, what asks something of you first."""
    async with visit.database.reading() as session:
        rows = await docket(session, visit.actor)
    return [
        DocketTold(
            id=each.determination.id,
            case_number=each.case_number,
            trigger=each.determination.trigger,
            state=each.determination.state,
            opened_at=each.determination.opened_at,
            waits=each.waits,
        )
        for each in rows
    ]


@router.get("/{determination_id}")
async def one(visit: Annotated[Visit, _member], determination_id: UUID) -> PanelFileTold:
    """Opening it is noted on the case first: the person can ask who did."""
    async with visit.database.transaction() as session:
        await note_opening(session, visit.actor, determination_id)
    async with visit.database.reading() as session:
        file = await panel_file(session, visit.actor, determination_id)
    row, seat = file.determination, file.seat
    return PanelFileTold(
        id=row.id,
        case_number=file.case.number,
        trigger=row.trigger,
        state=row.state,
        waits=file.waits,
        child=PanelChild(age=file.child.age, company=file.child.company),
        seat=OwnSeat(body=seat.body, has_conflict=seat.has_conflict, opinion=seat.opinion),
        determination=determination_told(visit, file.opened) if file.opened else None,
        records=[record_told(each) for each in file.records],
    )


@router.post("/{determination_id}/declaration", status_code=204)
async def make_declaration(visit: Annotated[Visit, _member], determination_id: UUID, body: DeclarationBody) -> None:
    """Say whether a conflict of interest stands in the way. Whoever declares one no longer sees it."""
    async with visit.database.transaction() as session:
        await declare(session, determination_id, has_conflict=body.has_conflict, actor=visit.actor)


@router.post("/{determination_id}/opinion", status_code=204)
async def send_opinion(visit: Annotated[Visit, _member], determination_id: UUID, body: OpinionBody) -> None:
    """What you would decide, and why. It can be changed until the panel has decided."""
    async with visit.database.transaction() as session:
        await give_opinion(session, determination_id, body.opinion, body.note, actor=visit.actor)


@router.post("/{determination_id}/decision")
async def record_decision(visit: Annotated[Visit, _member], determination_id: UUID, body: DecisionBody) -> DecisionTold:
    """Record what the majority holds, once everyone who sits has given an opinion."""
    async with visit.database.transaction() as session:
        decision = await decide(session, determination_id, body.reasons, actor=visit.actor)
    return DecisionTold(decision=decision)
