"""One best-interests determination as both sides read it: the report, who sits, what is still missing (UNHCR BIP 2021).

The officers who prepare it work through `best_interests`, the members of the panel through `panel`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import StaffMember
from access.rules import Permission
from cases.gate_checks import BEST_INTERESTS_HOLD
from cases.models import Case
from cases.record_kinds import RecordKind
from cases.records import OpenedRecord, opened, records_of
from cases.rules import CaseStatus
from cases.safeguard_models import BestInterests, CasePerson, PanelMember
from cases.safeguard_rules import BID_DECISION_NAMES, BID_STEPS, PANEL_SIZE, BidDecision, BidState
from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.language import Message, _, _n, _p
from foundation.sealing import SubjectKey

OPTIONS = (BidDecision.RETURN, BidDecision.STAY, BidDecision.THIRD_COUNTRY, BidDecision.REUNIFICATION_ELSEWHERE)
"""The durable outcomes. Each is weighed in every report, whichever is the likely one (IOM EMM 2.0)."""
PANEL_KINDS = (
    RecordKind.BIA,
    RecordKind.VIEWS,
    RecordKind.RISK,
    RecordKind.CAREGIVER,
    RecordKind.FAMILY_UNITY,
    RecordKind.GUARDIAN,
    RecordKind.TRACING,
)
"""What of the child's records the panel reads beside the report."""
REPORT_FIELDS: dict[str, Message] = {
    "sources": _("Sources: who was asked, what was read, how it was checked"),
    "views": _("The child's views, and the weight they have by age and maturity"),
    "family": _("Family and close relations: quality, continuity, brothers and sisters together"),
    "safety": _("Safety: risks in each place, and harm that could not be repaired"),
    "development": _("Development and identity: health, school, culture, language, religion, time away, stability"),
    **{
        f"{option.value}_{side}": text.of(option=BID_DECISION_NAMES[option])
        for option in OPTIONS
        # Translators: {option} is one way out for a child, such as "Return" or "Stay".
        for side, text in (
            ("for", _("{option}: what speaks for it")),
            ("against", _("{option}: what speaks against it")),
        )
    },
}
"""The parts of a report, all required: the four groups of factors, and every option with both sides."""
STATE_NAMES: dict[BidState, Message] = {
    BidState.OPENED: _p("determination", "The report is being written"),
    BidState.REPORTED: _p("determination", "Before the panel"),
    BidState.DECIDED: _p("determination", "Decided"),
}
NOT_OPEN = _("This case is not open.")


@dataclass(frozen=True, slots=True)
class Seat:
    """A member of the panel as a reader sees them. `opinion` and `note` are None where they are hidden."""

    member: PanelMember
    name: str
    opinion: BidDecision | None
    note: str | None


@dataclass(frozen=True, slots=True)
class OpenedDetermination:
    determination: BestInterests
    child: CasePerson
    report: Mapping[str, str]
    reasons: str | None
    seats: tuple[Seat, ...]
    missing: tuple[Message, ...]
    """Before a decision: what it needs. After: what is still to be done."""
    staff_names: Mapping[UUID, str]
    is_whole: bool
    """Whether the words are there: the report, opinions, reasons. Without them only codes and days."""

    @property
    def review_on(self) -> date | None:
        """From that day on the decision no longer holds for a return."""
        decided_at = self.determination.decided_at
        return None if decided_at is None else decided_at.date() + BEST_INTERESTS_HOLD


def move(determination: BestInterests, to: BidState) -> None:
    """The one way in which a determination changes its state."""
    if to not in BID_STEPS[determination.state]:
        raise Conflict(
            _("The panel has decided. New facts need a new determination.")
            if determination.state is BidState.DECIDED
            else _("The report has not been written yet.")
        )
    determination.state = to


def require_undecided(case: Case, determination: BestInterests) -> None:
    if case.status is not CaseStatus.OPEN:
        raise Conflict(NOT_OPEN)
    if determination.state is BidState.DECIDED:
        raise Conflict(_("The panel has decided. New facts need a new determination."))


async def find_determination(
    session: AsyncSession, case: Case, determination_id: UUID, *, lock: bool = False
) -> BestInterests:
    """Raises NotFound for one that is not of this case."""
    wanted = select(BestInterests).where(BestInterests.id == determination_id, BestInterests.case_id == case.id)
    found = await session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound(_("There is no such determination."))
    return found


async def members_of(session: AsyncSession, determination: BestInterests) -> Sequence[PanelMember]:
    """Everyone who was seated, with those whose conflict of interest ended it."""
    found = await session.scalars(
        select(PanelMember)
        .where(PanelMember.best_interests_id == determination.id)
        .order_by(PanelMember.seated_at, PanelMember.id)
    )
    return found.all()


def sitting(members: Iterable[PanelMember]) -> list[PanelMember]:
    """Whoever has declared a conflict does not sit."""
    return [each for each in members if each.has_conflict is not True]


def missing_before_decision(determination: BestInterests, members: Iterable[PanelMember]) -> tuple[Message, ...]:
    """What a decision still needs, in the order in which it is dealt with."""
    seats = sitting(members)
    silent = sum(each.opinion is None for each in seats)
    fewest, most = PANEL_SIZE
    needs = (
        (determination.report is None, _("The report has not been written yet.")),
        (
            len(seats) < fewest,
            _("A panel has {fewest} to {most} members without a conflict of interest.").of(fewest=fewest, most=most),
        ),
        (len(seats) > most, _("More members sit than a panel may have.")),
        (
            # Hence never the migration authority alone (A/HRC/38/41; joint Guidance 2019).
            len({each.body for each in seats}) < 2,  # noqa: PLR2004  # two bodies, as the sentence says
            _("The members must come from at least two kinds of bodies, not from one alone."),
        ),
        (
            any(each.has_conflict is None for each in seats),
            _("Not every member has declared whether they have a conflict of interest."),
        ),
        (
            silent > 0,
            _n("{count} member has yet to give their opinion.", "{count} members have yet to give their opinion.").of(
                count=silent
            ),
        ),
    )
    return tuple(text for is_missing, text in needs if is_missing)


def missing_of(determination: BestInterests, members: Iterable[PanelMember]) -> tuple[Message, ...]:
    if determination.replaced_by is not None:
        return ()
    if determination.state is not BidState.DECIDED:
        return missing_before_decision(determination, members)
    decided_at = determination.decided_at
    is_old = decided_at is not None and decided_at.date() + BEST_INTERESTS_HOLD < clock.today()
    needs = (
        (determination.child_informed_on is None, _("The child has not been told of the decision yet.")),
        (is_old, _("The decision is older than six months. It must be reviewed before any return.")),
    )
    return tuple(text for is_missing, text in needs if is_missing)


async def open_determination_for(
    session: AsyncSession, key: SubjectKey, determination: BestInterests, *, reader: Actor
) -> OpenedDetermination:
    """One determination as this reader may see it: the words only for officers who prepare it and for its panel.

    Until the panel has decided, opinions are seen only by members who have given their own: no one leans on another.
    """
    members = await members_of(session, determination)
    own = next((each for each in sitting(members) if each.staff_id == reader.id), None)
    is_whole = own is not None or reader.may(Permission.BEST_INTERESTS_PREPARE)
    has_opined = own is not None and own.opinion is not None
    is_shown = is_whole and (determination.state is BidState.DECIDED or has_opined)
    prepared = {determination.opened_by, determination.reported_by, determination.decided_by} - {None}
    rows = await session.execute(
        select(StaffMember.id, StaffMember.name).where(
            StaffMember.id.in_(prepared | {each.staff_id for each in members})
        )
    )
    names = {row.id: row.name for row in rows}
    report = determination.report if is_whole else None
    reasons = determination.reasons if is_whole else None
    return OpenedDetermination(
        determination=determination,
        child=await session.get_one(CasePerson, determination.about_id),
        report=key.open(BestInterests.report, determination.id, report) if report else {},
        reasons=key.open(BestInterests.reasons, determination.id, reasons) if reasons else None,
        seats=tuple(_seat(key, each, names[each.staff_id], is_shown=is_shown) for each in members),
        missing=missing_of(determination, members),
        staff_names=names,
        is_whole=is_whole,
    )


def _seat(key: SubjectKey, member: PanelMember, name: str, *, is_shown: bool) -> Seat:
    note = key.open(PanelMember.note, member.id, member.note) if is_shown and member.note else None
    return Seat(member, name, member.opinion if is_shown else None, note)


async def records_for_panel(session: AsyncSession, key: SubjectKey, determination: BestInterests) -> list[OpenedRecord]:
    """What is known of the child, and of nobody else, while the panel has to decide; afterwards nothing."""
    if determination.state is BidState.DECIDED:
        return []
    found = await records_of(session, determination.case_id)
    about = [each for each in found if each.about_id == determination.about_id and each.kind in PANEL_KINDS]
    return [opened(key, each, whole=True) for each in sorted(about, key=lambda record: PANEL_KINDS.index(record.kind))]
