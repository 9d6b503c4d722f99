"""How a best-interests determination is told, to the officers who prepare it and to the members of its panel alike."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from cases.determinations import OpenedDetermination, Seat
from cases.safeguard_rules import BidDecision, BidState, BidTrigger, PanelBody
from foundation.language import say
from web.api.shapes import Answer
from web.guard import Visit


class SeatTold(Answer):
    """A member of the panel."""

    id: UUID
    name: str
    body: PanelBody
    has_conflict: bool | None
    """Null: not declared yet. Who has one does not sit."""
    opinion: BidDecision | None
    """Hidden until the panel has decided, but for members who have given theirs."""
    note: str | None
    """Their reasons; hidden with the opinion."""


class DeterminationTold(Answer):
    """One best-interests determination of one child. Words are for the officers who prepare it and for its panel."""

    id: UUID
    child_id: UUID
    """The person of the case."""
    trigger: BidTrigger
    state: BidState
    opened_at: datetime
    opened_by: str | None
    reported_at: datetime | None
    reported_by: str | None
    report: dict[str, str]
    """By the names of its parts; empty before it is written, or for whom it is not."""
    seats: list[SeatTold]
    decision: BidDecision | None
    reasons: str | None
    decided_at: datetime | None
    decided_by: str | None
    child_informed_on: date | None
    review_on: date | None
    """From that day on the decision no longer holds for a return."""
    replaced_by: UUID | None
    """The determination that was opened on new facts."""
    missing: list[str]
    """Before the decision: what it needs. After: what is still to be done."""
    is_whole: bool
    """You may read the words."""


def determination_told(visit: Visit, view: OpenedDetermination) -> DeterminationTold:
    row = view.determination
    return DeterminationTold(
        id=row.id,
        child_id=row.about_id,
        trigger=row.trigger,
        state=row.state,
        opened_at=row.opened_at,
        opened_by=_name(view.staff_names, row.opened_by),
        reported_at=row.reported_at,
        reported_by=_name(view.staff_names, row.reported_by),
        report=dict(view.report),
        seats=[_seat(each) for each in view.seats],
        decision=row.decision,
        reasons=view.reasons,
        decided_at=row.decided_at,
        decided_by=_name(view.staff_names, row.decided_by),
        child_informed_on=row.child_informed_on,
        review_on=view.review_on,
        replaced_by=row.replaced_by,
        missing=[say(visit.language, each) for each in view.missing],
        is_whole=view.is_whole,
    )


def _seat(seat: Seat) -> SeatTold:
    member = seat.member
    return SeatTold(
        id=member.id,
        name=seat.name,
        body=member.body,
        has_conflict=member.has_conflict,
        opinion=seat.opinion,
        note=seat.note,
    )


def _name(names: Mapping[UUID, str], staff_id: UUID | None) -> str | None:
    return names.get(staff_id) if staff_id else None
