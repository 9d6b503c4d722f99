"""The list of cases: narrowed by codes, a page at a time, the same speed for a hundred cases and a hundred thousand.

A page begins where the one before ended (a place, not a number of rows to skip), and nothing is counted beyond
`MOST_COUNTED`. Search by name, number and phone is in `cases.searching`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.messages import OVERDUE_AFTER, is_overdue
from cases.models import Case, Flag, Need, Person
from cases.queries import visible_cases
from cases.rules import HEARD, URGENCY_ORDER, CaseStatus, FlagKind, NeedStatus, Phase, Urgency
from foundation import clock
from foundation.errors import Invalid
from foundation.keys import open_subjects
from foundation.language import _

PAGE_SIZE = 50
MOST_COUNTED = 100
"""Up to here cases are counted; one more means that there are more."""
_Code = TypeVar("_Code")
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Sort(StrEnum):
    ATTENTION = "attention"
    """An overdue answer first, then what waits longest, then the newest."""
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which cases are wanted: codes, ids and days only."""

    phase: Phase | None = None
    """Of open cases."""
    status: CaseStatus | None = None
    owner_id: UUID | None = None
    mine: bool = False
    unowned: bool = False
    flag: FlagKind | None = None
    """An open one of this kind."""
    country: str | None = None
    area: str | None = None
    overdue: bool = False
    """The person has waited too long for an answer."""
    opened_from: date | None = None
    opened_to: date | None = None
    """The last day, in UTC."""


EVERY_CASE = Narrowing()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the next one begins behind it."""

    zone: int
    at: datetime
    case_id: UUID
    moment: datetime
    """Of the first page: what is overdue is the same on all of them."""

    def code(self) -> str:
        return f"{self.zone}.{_microseconds(self.at)}.{self.case_id.hex}.{_microseconds(self.moment)}"

    @classmethod
    def read(cls, code: str) -> "Place":
        """Raises Invalid for what is no place."""
        try:
            zone, at, case_id, moment = code.split(".")
            return cls(int(zone), _moment(at), UUID(case_id), _moment(moment))
        except (ValueError, OverflowError):
            raise Invalid(_("This page of the list cannot be found. Begin again with the first.")) from None


@dataclass(frozen=True, slots=True)
class CaseRow:
    case: Case
    called: str | None
    owner_name: str | None
    flags: list[FlagKind]
    urgency: Urgency | None
    """The highest among open needs."""

    @property
    def is_overdue(self) -> bool:
        """The person has waited too long for an answer."""
        return self.case.status in HEARD and is_overdue(self.case)


@dataclass(frozen=True, slots=True)
class CasePage:
    rows: list[CaseRow]
    total: int
    """Counted up to `MOST_COUNTED` + 1."""
    following: Place | None
    """Behind which the next page begins; None: this is the last."""
    overdue: int
    """Cases that this actor sees and that have waited too long for an answer, counted in the same way."""


@dataclass(frozen=True, slots=True)
class _Zone:
    """A stretch of the list with one order, which one index serves."""

    holds: ColumnElement[bool] | None
    by: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
    newest_first: bool = False


async def list_cases(
    session: AsyncSession,
    actor: Actor,
    narrowing: Narrowing = EVERY_CASE,
    *,
    sort: Sort = Sort.ATTENTION,
    after: Place | None = None,
    most: int = PAGE_SIZE,
) -> CasePage:
    """One page of at most so many cases, behind the place `after`."""
    require(actor, Permission.CASE_LIST)
    wanted = narrowed(actor, narrowing)
    moment = after.moment if after else clock.now()
    zones = _zones(sort, moment)
    cases: list[tuple[int, Case]] = []
    for number, zone in enumerate(zones):
        if after and number < after.zone:
            continue
        begins_after = after if after and after.zone == number else None
        stretch = _stretch(wanted, zone, begins_after).limit(most + 1 - len(cases))
        cases += [(number, case) for case in await session.scalars(stretch)]
        if len(cases) > most:
            break
    shown = cases[:most]
    following = _place(shown[-1], zones, moment) if len(cases) > most else None
    total, late = await counted(session, [wanted, narrowed(actor, Narrowing(overdue=True))])
    return CasePage(await rows_of(session, [case for _zone, case in shown]), total, following, late)


def narrowed(actor: Actor, narrowing: Narrowing) -> Select[Case]:
    """The cases of the list, in no order."""
    wanted = list(_conditions(actor, narrowing))
    return visible_cases(actor).where(*wanted) if wanted else visible_cases(actor)


async def counted(session: AsyncSession, cases: Sequence[Select[Case]]) -> list[int]:
    """How many of each there are, up to `MOST_COUNTED` + 1, in one statement."""
    if not cases:
        return []
    bounded = [each.with_only_columns(Case.id).limit(MOST_COUNTED + 1).subquery() for each in cases]
    counts = [select(func.count()).select_from(each).scalar_subquery() for each in bounded]
    return list((await session.execute(select(*counts))).one())


async def rows_of(session: AsyncSession, cases: Sequence[Case]) -> list[CaseRow]:
    """What the list tells of each case."""
    ids = [case.id for case in cases]
    called = await called_of(session, cases)
    flags = await _by_case(session, select(Flag.case_id, Flag.kind).where(Flag.settled_at.is_(None)), Flag.case_id, ids)
    urgencies = await _by_case(
        session, select(Need.case_id, Need.urgency).where(Need.status == NeedStatus.OPEN), Need.case_id, ids
    )
    owners = await session.execute(
        select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_({case.owner_id for case in cases}))
    )
    owner_names = {row.id: row.name for row in owners}
    return [
        CaseRow(
            case,
            called.get(case.id),
            owner_names.get(case.owner_id) if case.owner_id else None,
            sorted(flags[case.id]),
            min(urgencies[case.id], key=URGENCY_ORDER.index, default=None),
        )
        for case in cases
    ]


async def called_of(session: AsyncSession, cases: Sequence[Case]) -> dict[UUID, str]:
    """What the people are called, by case."""
    owners = {case.person_id: case.id for case in cases if case.person_id is not None}
    found = select(Person.id, Person.called).where(Person.id.in_(list(owners)), Person.called.is_not(None))
    people = (await session.execute(found)).all()
    keys = await open_subjects(session, [person.id for person in people])
    return {
        owners[person.id]: str(keys[person.id].open(Person.called, person.id, person.called))
        for person in people
        if person.id in keys
    }


def _conditions(actor: Actor, narrowing: Narrowing) -> Iterator[ColumnElement[bool]]:
    if narrowing.phase is not None:
        yield Case.phase == narrowing.phase
        yield Case.status == CaseStatus.OPEN
    if narrowing.status is not None:
        yield Case.status == narrowing.status
    if narrowing.mine:
        yield Case.owner_id == actor.id
    if narrowing.owner_id is not None:
        yield Case.owner_id == narrowing.owner_id
    if narrowing.unowned:
        yield Case.owner_id.is_(None)
    if narrowing.flag is not None:
        yield Case.id.in_(select(Flag.case_id).where(Flag.kind == narrowing.flag, Flag.settled_at.is_(None)))
    if narrowing.country is not None:
        yield Case.country == narrowing.country
    if narrowing.area is not None:
        yield Case.area == narrowing.area
    if narrowing.overdue:
        yield _late(clock.now())
    if narrowing.opened_from is not None:
        yield Case.opened_at >= _midnight(narrowing.opened_from)
    if narrowing.opened_to is not None and narrowing.opened_to < date.max:
        yield Case.opened_at < _midnight(narrowing.opened_to) + timedelta(days=1)


def _late(moment: datetime) -> ColumnElement[bool]:
    return and_(Case.unanswered_at <= moment - OVERDUE_AFTER, Case.status.in_(HEARD))


def _zones(sort: Sort, moment: datetime) -> tuple[_Zone, ...]:
    if sort is not Sort.ATTENTION:
        return (_Zone(None, Case.opened_at, sort is Sort.NEWEST),)
    in_time = or_(
        Case.unanswered_at.is_(None), Case.unanswered_at > moment - OVERDUE_AFTER, not_(Case.status.in_(HEARD))
    )
    return (
        _Zone(_late(moment), Case.unanswered_at),
        _Zone(and_(Case.attention_at.is_not(None), in_time), Case.attention_at),
        _Zone(and_(Case.attention_at.is_(None), in_time), Case.opened_at, newest_first=True),
    )


def _stretch(wanted: Select[Case], zone: _Zone, after: Place | None) -> Select[Case]:
    found = wanted if zone.holds is None else wanted.where(zone.holds)
    if after is not None:
        place, behind = tuple_(zone.by, Case.id), tuple_(literal(after.at, zone.by.type), literal(after.case_id))
        found = found.where(place < behind if zone.newest_first else place > behind)
    if zone.newest_first:
        return found.order_by(zone.by.desc(), Case.id.desc())
    return found.order_by(zone.by, Case.id)


def _place(last: tuple[int, Case], zones: Sequence[_Zone], moment: datetime) -> Place:
    number, case = last
    return Place(number, getattr(case, zones[number].by.key), case.id, moment)


async def _by_case(
    session: AsyncSession, pairs: Select[UUID, _Code], column: InstrumentedAttribute[UUID], ids: list[UUID]
) -> defaultdict[UUID, set[_Code]]:
    grouped: defaultdict[UUID, set[_Code]] = defaultdict(set)
    for case_id, code in await session.execute(pairs.where(column.in_(ids))):
        grouped[case_id].add(code)
    return grouped


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - _START) // _MICROSECOND


def _moment(microseconds: str) -> datetime:
    """Raises ValueError or OverflowError for what cannot be a moment of ours."""
    if int(microseconds) < 0:
        raise ValueError("nothing began before 1970")
    return _START + int(microseconds) * _MICROSECOND
