"""The panel's side of a best-interests determination: declaring conflicts, giving an opinion, deciding.

A member sees the determinations on whose panel they sit and nothing else of any case. Whoever declares a conflict
sees that one no longer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.determinations import (
    OpenedDetermination,
    members_of,
    missing_before_decision,
    move,
    open_determination_for,
    records_for_panel,
    require_undecided,
    sitting,
)
from cases.journeys import live_journey
from cases.messages import person_of
from cases.models import Case
from cases.queries import record_view
from cases.records import OpenedRecord
from cases.rules import CaseStatus, TaskKind
from cases.safeguard_models import BestInterests, CasePerson, PanelMember
from cases.safeguard_rules import BEFORE_DEPARTURE, BidDecision, BidState
from cases.tasks import close_task, open_task
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import Message, _, _p
from questionnaire.account_numbers import free_of_accounts

LONGEST_WORDS = 4_000


class Waits(StrEnum):
    """Where a determination stands for one member: what is asked of them, or whom it waits for."""

    DECLARE = "declare"
    OPINION = "opinion"
    DECIDE = "decide"
    REPORT = "report"
    OTHERS = "others"
    DECIDED = "decided"


ASKS_OF_ME = frozenset([Waits.DECLARE, Waits.OPINION, Waits.DECIDE])
WAITS_NAMES: dict[Waits, Message] = {
    Waits.DECLARE: _p("panel", "Declare whether you have a conflict of interest"),
    Waits.OPINION: _p("panel", "Read the report and give your opinion"),
    Waits.DECIDE: _p("panel", "Everyone has given their opinion: record the decision"),
    Waits.REPORT: _p("panel", "The report is being written"),
    Waits.OTHERS: _p("panel", "Waits for other members, or for more of them"),
    Waits.DECIDED: _p("panel", "Decided"),
}


@dataclass(frozen=True, slots=True)
class DocketRow:
    determination: BestInterests
    case_number: str
    waits: Waits


@dataclass(frozen=True, slots=True)
class PanelFile:
    """What a member reads. Before they have declared that no conflict stands in the way: neither report nor records."""

    case: Case
    determination: BestInterests
    seat: PanelMember
    waits: Waits
    opened: OpenedDetermination | None
    child: CasePerson
    records: list[OpenedRecord]


def visible_determinations(actor: Actor) -> Select[BestInterests]:
    """The determinations that exist for this actor: on whose panel they sit; undecided ones while the case is open."""
    seats = select(PanelMember.best_interests_id).where(
        PanelMember.staff_id == actor.id, PanelMember.has_conflict.is_not(True)
    )
    open_cases = select(Case.id).where(Case.status == CaseStatus.OPEN)
    return select(BestInterests).where(
        BestInterests.id.in_(seats),
        or_(BestInterests.state == BidState.DECIDED, BestInterests.case_id.in_(open_cases)),
    )


async def docket(session: AsyncSession, actor: Actor) -> list[DocketRow]:
    """Every determination of a member, what asks something of them first."""
    require(actor, Permission.BEST_INTERESTS_DECIDE)
    found = (await session.scalars(visible_determinations(actor).order_by(BestInterests.opened_at.desc()))).all()
    panels: defaultdict[UUID, list[PanelMember]] = defaultdict(list)
    for each in await session.scalars(
        select(PanelMember).where(PanelMember.best_interests_id.in_([row.id for row in found]))
    ):
        panels[each.best_interests_id].append(each)
    numbers = await session.execute(
        select(Case.id, Case.number).where(Case.id.in_({determination.case_id for determination in found}))
    )
    number_of = {row.id: row.number for row in numbers}
    rows = [DocketRow(each, number_of[each.case_id], _waits(each, panels[each.id], actor)) for each in found]
    return sorted(rows, key=lambda row: (row.waits is Waits.DECIDED, row.waits not in ASKS_OF_ME))


async def panel_file(session: AsyncSession, actor: Actor, determination_id: UUID) -> PanelFile:
    """One determination as a member may read it. Raises NotFound for one on whose panel they do not sit."""
    determination, case, members = await _find(session, actor, determination_id)
    seat = _seat_of(members, actor)
    may_read = seat.has_conflict is False
    key = await open_subject(session, (await person_of(session, case)).id)
    return PanelFile(
        case=case,
        determination=determination,
        seat=seat,
        waits=_waits(determination, members, actor),
        opened=await open_determination_for(session, key, determination, reader=actor) if may_read else None,
        child=await session.get_one(CasePerson, determination.about_id),
        records=await records_for_panel(session, key, determination) if may_read else [],
    )


async def note_opening(session: AsyncSession, actor: Actor, determination_id: UUID) -> None:
    """A member opens a determination: the person finds it among those who opened their file."""
    _determination, case, _members = await _find(session, actor, determination_id)
    record_view(session, case, actor=actor)


async def declare(session: AsyncSession, determination_id: UUID, *, has_conflict: bool, actor: Actor) -> None:
    """Say whether a conflict of interest stands in the way. A conflict ends the seat, and an opinion given with it."""
    determination, case, members = await _find(session, actor, determination_id, lock=True)
    require_undecided(case, determination)
    seat = _seat_of(members, actor)
    seat.has_conflict, seat.declared_at = has_conflict, clock.now()
    if has_conflict:
        seat.opinion = seat.note = seat.given_at = None
        await open_task(session, case, TaskKind.BEST_INTERESTS, f"conflict.{seat.id.hex}", actor=actor)
    audit.record(
        session, actor.id, "best_interests.declared", case.id, determination=determination.id, conflict=has_conflict
    )


async def give_opinion(
    session: AsyncSession, determination_id: UUID, opinion: BidDecision, note: str, *, actor: Actor
) -> None:
    """What this member would decide, and why. They may change it until the panel has decided."""
    determination, case, members = await _find(session, actor, determination_id, lock=True)
    require_undecided(case, determination)
    seat = _seat_of(members, actor)
    if seat.has_conflict is None:
        raise Conflict(_("Declare first whether you have a conflict of interest."))
    if determination.state is not BidState.REPORTED:
        raise Conflict(_("The report has not been written yet."))
    written = _written(note)
    key = await open_subject(session, (await person_of(session, case)).id)
    seat.opinion, seat.given_at = opinion, clock.now()
    seat.note = key.seal(PanelMember.note, seat.id, free_of_accounts(written))
    # Not which: until the decision only members who have given theirs may know it.
    audit.record(session, actor.id, "best_interests.opinion", case.id, determination=determination.id)


async def decide(session: AsyncSession, determination_id: UUID, reasons: str, *, actor: Actor) -> BidDecision:
    """Record what the majority holds, with the reasons of the panel. Without a majority more information is needed.

    Any member records it once everyone who sits has given an opinion. Raises Conflict that says what is missing.
    """
    determination, case, members = await _find(session, actor, determination_id, lock=True)
    require_undecided(case, determination)
    missing = missing_before_decision(determination, members)
    if missing:
        raise Conflict(missing[0])
    written = _written(reasons)
    key = await open_subject(session, (await person_of(session, case)).id)
    move(determination, BidState.DECIDED)
    determination.decision = majority(each.opinion for each in sitting(members) if each.opinion is not None)
    determination.reasons = key.seal(BestInterests.reasons, determination.id, free_of_accounts(written))
    determination.decided_by, determination.decided_at = actor.id, clock.now()
    audit.record(
        session, actor.id, "best_interests.decided", case.id,
        determination=determination.id, about=determination.about_id, decision=determination.decision,
    )  # fmt: skip
    await close_task(session, case, TaskKind.BEST_INTERESTS, f"decide.{determination.id.hex}", actor=actor)
    await open_task(session, case, TaskKind.BEST_INTERESTS, f"inform.{determination.id.hex}", actor=actor)
    await _warn_of_return(session, case, determination, actor)
    return determination.decision


def majority(opinions: Iterable[BidDecision]) -> BidDecision:
    """What more than half hold; a tie or a mere plurality decides nothing."""
    counted = Counter(opinions)
    ((decision, votes),) = counted.most_common(1)
    return decision if 2 * votes > counted.total() else BidDecision.MORE_INFORMATION


async def _warn_of_return(session: AsyncSession, case: Case, determination: BestInterests, actor: Actor) -> None:
    """The gate stops the return by itself; whoever prepares it must know at once, and halt it."""
    journey = await live_journey(session, case)
    child = await session.get_one(CasePerson, determination.about_id)
    is_at_odds = determination.decision is not BidDecision.RETURN and child.travels
    if is_at_odds and journey is not None and journey.step in BEFORE_DEPARTURE:
        await open_task(session, case, TaskKind.NOT_IN_INTERESTS, f"decided.{determination.id.hex}", actor=actor)


async def _find(
    session: AsyncSession, actor: Actor, determination_id: UUID, *, lock: bool = False
) -> tuple[BestInterests, Case, list[PanelMember]]:
    require(actor, Permission.BEST_INTERESTS_DECIDE)
    wanted = visible_determinations(actor).where(BestInterests.id == determination_id)
    determination = await session.scalar(wanted.with_for_update() if lock else wanted)
    if determination is None:
        raise NotFound(_("There is no such determination."))
    case = await session.get_one(Case, determination.case_id)
    return determination, case, list(await members_of(session, determination))


def _seat_of(members: Iterable[PanelMember], actor: Actor) -> PanelMember:
    return next(each for each in members if each.staff_id == actor.id)


def _written(text: str) -> str:
    written = text.strip()
    if not 0 < len(written) <= LONGEST_WORDS:
        raise Invalid(_("Write the reasons."))
    return written


def _waits(determination: BestInterests, members: list[PanelMember], actor: Actor) -> Waits:
    seat = _seat_of(members, actor)
    if determination.state is BidState.DECIDED:
        return Waits.DECIDED
    if seat.has_conflict is None:
        return Waits.DECLARE
    if determination.state is BidState.OPENED:
        return Waits.REPORT
    if seat.opinion is None:
        return Waits.OPINION
    return Waits.OTHERS if missing_before_decision(determination, members) else Waits.DECIDE
