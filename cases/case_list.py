"""The list of cases: narrowed by codes, a page at a time, the same speed for a hundred cases and a hundred thousand.

A page begins where the one before ended (a place, not a number of rows to skip), and nothing is counted beyond
`MOST_COUNTED`. Search by name, number and phone is in `cases.searching`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)
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
from foundation.database import STATEMENTS_KEPT, UtcDateTime, time_of_asking
from foundation.errors import Invalid
from foundation.keys import StoredSubjectKey, unwrap_key
from foundation.language import _

PAGE_SIZE = 50
MOST_COUNTED = 100
"""Up to here cases are counted; one more means that there are more."""
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
    number: str
    status: CaseStatus
    phase: Phase
    team: str | None
    country: str | None
    """Of return."""
    area: str | None
    opened_at: datetime
    attention_at: datetime | None
    unanswered_at: datetime | None
    unreachable_at: datetime | None
    is_overdue: bool
    """The person has waited too long for an answer."""
    called: str | None
    owner_name: str | None
    flags: list[FlagKind]
    urgency: Urgency | None
    """The highest among open needs."""


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

    def order(self) -> tuple[ColumnElement[Any], ColumnElement[UUID]]:
        return (self.by.desc(), Case.id.desc()) if self.newest_first else (self.by.asc(), Case.id.asc())


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
    moment = after.moment if after else clock.now()
    found: list[tuple[int, Row[*tuple[Any, ...]]]] = []
    for number in range(after.zone if after else 0, len(_ZONES[sort])):
        behind = {"at": after.at, "case_id": after.case_id} if after and after.zone == number else {}
        stretch = _stretch(actor, narrowing, sort, number, most, goes_on=bool(behind))
        rows = await session.execute(stretch, {"late": moment - OVERDUE_AFTER, **behind})
        found += [(number, row) for row in rows]
        if len(found) > most:
            break
    shown = found[:most]
    following = None
    if len(found) > most:
        zone, last = shown[-1]
        following = Place(zone, getattr(last, _ZONES[sort][zone].by.key), last.id, moment)
    total, late = (await session.execute(_counts(actor, narrowing))).one()
    return CasePage([row_of(session, row) for _zone, row in shown], total, following, late)


def narrowed(actor: Actor, narrowing: Narrowing) -> Select[Case]:
    """The cases of the list, in no order."""
    wanted = list(_conditions(actor, narrowing))
    return visible_cases(actor).where(*wanted) if wanted else visible_cases(actor)


async def counted(session: AsyncSession, cases: Sequence[Select[Case]]) -> list[int]:
    """How many of each there are, up to `MOST_COUNTED` + 1, in one statement."""
    return list((await session.execute(_counting(cases))).one()) if cases else []


def told_in_a_row(case: type[Case], wanted: Subquery, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """What `row_of` needs of the cases whose `id` is in `wanted`, and `more`, in one statement."""
    flags = select(func.aggregate_strings(Flag.kind, ",")).where(Flag.case_id == case.id, Flag.settled_at.is_(None))
    urgencies = select(func.aggregate_strings(Need.urgency, ",")).where(
        Need.case_id == case.id, Need.status == NeedStatus.OPEN
    )
    columns = (case.id, case.number, case.status, case.phase, case.team, case.country, case.area, case.person_id)
    moments = (case.opened_at, case.attention_at, case.unanswered_at, case.unreachable_at)
    return (
        select(
            *columns,
            *moments,
            Person.called,
            StoredSubjectKey.master_id,
            StoredSubjectKey.box,
            StaffMember.name.label("owner_name"),
            flags.scalar_subquery().label("flags"),
            urgencies.scalar_subquery().label("urgencies"),
            *more,
        )
        .join(wanted, wanted.c.id == case.id)
        .outerjoin(Person, Person.id == case.person_id)
        .outerjoin(StoredSubjectKey, StoredSubjectKey.subject_id == case.person_id)
        .outerjoin(StaffMember, StaffMember.id == case.owner_id)
    )


def row_of(session: AsyncSession, row: Row[*tuple[Any, ...]]) -> CaseRow:
    """What the list tells of a case, opened; of someone erased only what is not theirs."""
    return CaseRow(
        row.number,
        row.status,
        row.phase,
        row.team,
        row.country,
        row.area,
        row.opened_at,
        row.attention_at,
        row.unanswered_at,
        row.unreachable_at,
        row.status in HEARD and is_overdue(row.unanswered_at),
        _called(session, row),
        row.owner_name,
        sorted({FlagKind(code) for code in row.flags.split(",")}) if row.flags else [],
        min(map(Urgency, row.urgencies.split(",")), key=URGENCY_ORDER.index) if row.urgencies else None,
    )


async def called_of(session: AsyncSession, case_ids: Collection[UUID]) -> dict[UUID, str]:
    """What the people are called, by case."""
    rows = (await session.execute(_NAMES, {"ids": list(case_ids)})).all() if case_ids else []
    return {row.id: called for row in rows if (called := _called(session, row)) is not None}


_NAMES = (
    select(Case.id, Case.person_id, Person.called, StoredSubjectKey.master_id, StoredSubjectKey.box)
    .join(Person, Person.id == Case.person_id)
    .join(StoredSubjectKey, StoredSubjectKey.subject_id == Case.person_id)
    .where(Case.id.in_(bindparam("ids", expanding=True)))
)


def _called(session: AsyncSession, row: Row[*tuple[Any, ...]]) -> str | None:
    if row.called is None or row.box is None:
        return None
    key = unwrap_key(session, row.person_id, row.master_id, row.box)
    return str(key.open(Person.called, row.person_id, row.called))


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
        yield _late(time_of_asking(OVERDUE_AFTER))
    if narrowing.opened_from is not None:
        yield Case.opened_at >= _midnight(narrowing.opened_from)
    if narrowing.opened_to is not None and narrowing.opened_to < date.max:
        yield Case.opened_at < _midnight(narrowing.opened_to) + timedelta(days=1)


def _late(limit: BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(Case.unanswered_at <= limit, Case.status.in_(HEARD))


_LIMIT = bindparam("late", type_=UtcDateTime())
"""Who wrote before it has waited too long: the same on all pages of a list."""
_IN_TIME = or_(Case.unanswered_at.is_(None), Case.unanswered_at > _LIMIT, not_(Case.status.in_(HEARD)))
_ZONES: dict[Sort, tuple[_Zone, ...]] = {
    Sort.ATTENTION: (
        _Zone(_late(_LIMIT), Case.unanswered_at),
        _Zone(and_(Case.attention_at.is_not(None), _IN_TIME), Case.attention_at),
        _Zone(and_(Case.attention_at.is_(None), _IN_TIME), Case.opened_at, newest_first=True),
    ),
    Sort.NEWEST: (_Zone(None, Case.opened_at, newest_first=True),),
    Sort.OLDEST: (_Zone(None, Case.opened_at),),
}


@lru_cache(STATEMENTS_KEPT)
def _stretch(
    actor: Actor, narrowing: Narrowing, sort: Sort, number: int, most: int, *, goes_on: bool
) -> Select[*tuple[Any, ...]]:
    """The cases of a zone, behind the place `at`, `case_id` if it `goes_on`: one more than a page of `most` has.

    Kept: whoever works with the list asks for the same again and again, and building it takes longer than running it.
    """
    zone, wanted = _ZONES[sort][number], narrowed(actor, narrowing).with_only_columns(Case.id)
    if zone.holds is not None:
        wanted = wanted.where(zone.holds)
    if goes_on:
        at, case_id = bindparam("at", type_=zone.by.type), bindparam("case_id", type_=Case.id.type)
        place, behind = tuple_(zone.by, Case.id), tuple_(at, case_id)
        wanted = wanted.where(place < behind if zone.newest_first else place > behind)
    first = wanted.order_by(*zone.order()).limit(literal_column(str(most + 1))).subquery()
    return told_in_a_row(Case, first).order_by(*zone.order())


@lru_cache(STATEMENTS_KEPT)
def _counts(actor: Actor, narrowing: Narrowing) -> Select[*tuple[Any, ...]]:
    return _counting([narrowed(actor, narrowing), narrowed(actor, Narrowing(overdue=True))])


def _counting(cases: Sequence[Select[Case]]) -> Select[*tuple[Any, ...]]:
    bounded = [each.with_only_columns(Case.id).limit(MOST_COUNTED + 1).subquery() for each in cases]
    return select(*(select(func.count()).select_from(each).scalar_subquery() for each in bounded))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - _START) // _MICROSECOND


def _moment(microseconds: str) -> datetime:
    """Raises ValueError or OverflowError for what cannot be a moment of ours."""
    if int(microseconds) < 0:
        raise ValueError("nothing began before 1970")
    return _START + int(microseconds) * _MICROSECOND
