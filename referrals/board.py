"""Whether the loop closes: for each partner and kind of service, what became of what it was sent over a time.

Counts and days of referrals, by what their rows hold; nothing about anyone, and no case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Select, and_, cast, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation
from access.rules import Permission, Scope
from cases.models import Case
from foundation import audit, clock
from foundation.errors import Invalid
from foundation.language import Message, _, _p
from referrals.models import Referral, ReferralWord, Service
from referrals.rules import (
    AWAITING_STATES,
    FINISHED_STATES,
    TAKEN_BACK_STATES,
    DeclineReason,
    Received,
    ReferralState,
    ServiceKind,
    Settlement,
)

LOOKED_BACK = timedelta(days=90)
LONGEST = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which referrals were sent, both within; in UTC."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From the first moment of it to the first one after it."""
        return tuple(datetime.combine(day, time(), UTC) for day in (self.first, self.last + timedelta(days=1)))  # type: ignore[return-value]  # two


@dataclass(frozen=True, slots=True)
class Line:
    """One partner and one kind of service. All but the median are numbers of referrals sent in the period."""

    organisation_id: UUID
    organisation: str
    kind: ServiceKind
    sent: int
    in_time: int
    """Accepted or declined before it was due."""
    late: int
    """Answered after that, or never: expired."""
    waiting: int
    """Not answered yet, and not expired yet."""
    unanswered: int
    """Taken back before there was an answer."""
    accepted: int
    """Whatever came of it afterwards."""
    declined: Mapping[DeclineReason, int]
    """By reason; reasons that were not given are left out."""
    completed: int
    unsuccessful: int
    confirmed: int
    """Ended, and the person got it, at least in part: in their own word, or as a supervisor found."""
    denied: int
    """Ended, and the person did not get it, by the same."""
    median_days: float | None
    """Half of the answers took at most so long, in days; None: there was none."""

    @property
    def declined_in_all(self) -> int:
        return sum(self.declined.values())


COLUMNS: tuple[tuple[str, Message], ...] = (
    ("sent", _p("board", "Sent")),
    ("in_time", _p("board", "Answered in time")),
    ("late", _p("board", "Late or expired")),
    ("waiting", _p("board", "Waiting")),
    ("unanswered", _p("board", "Taken back unanswered")),
    ("accepted", _p("board", "Accepted")),
    ("declined_in_all", _p("board", "Declined")),
    ("completed", _p("board", "Completed")),
    ("unsuccessful", _p("board", "Without success")),
    ("confirmed", _p("board", "Confirmed by the person")),
    ("denied", _p("board", "Not received, says the person")),
)
"""What is counted, in the order in which it is shown; behind it stand the reasons and the median."""


def period_of(first: date | None, last: date | None) -> Period:
    """The last 90 days unless told otherwise. Raises Invalid for a period that is none, or longer than five years."""
    refused = Invalid(_("Choose a first day and a later last day, at most five years apart."))
    last = last or clock.today()
    if not date.min + LONGEST <= last <= date.max - LONGEST:  # its own bounds would lie outside the calendar
        raise refused
    first = first or last - LOOKED_BACK + timedelta(days=1)
    if first > last or last - first > LONGEST:
        raise refused
    return Period(first, last)


async def board(session: AsyncSession, actor: Actor, period: Period) -> list[Line]:
    """By partner and kind, in words. A supervisor sees what their own organisation sent, an administrator all of it."""
    require(actor, Permission.REFERRAL_COMPARE)
    sent = _sent_in(actor, period)
    medians = {
        (row.organisation_id, row.kind): round(row.seconds, 3) / 86400
        for row in await session.execute(_medians(session, sent))
    }
    found = await session.execute(_counts(sent))
    return [
        Line(
            organisation_id=row.organisation_id,
            organisation=row.organisation,
            kind=row.kind,
            **{name: getattr(row, name) for name in _COUNTED},
            declined={reason: count for reason in DeclineReason if (count := getattr(row, _column(reason)))},
            median_days=medians.get((row.organisation_id, row.kind)),
        )
        for row in found
    ]


def record_export(session: AsyncSession, period: Period, *, actor: Actor) -> None:
    require(actor, Permission.REFERRAL_COMPARE)
    span = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    audit.record(session, actor.id, "board.exported", actor.id, **span)


_IS_ANSWERED = Referral.answered_at.is_not(None)
_IS_SETTLED = func.coalesce(ReferralWord.settlement, Settlement.CANNOT_TELL) != Settlement.CANNOT_TELL
_GOT_IT = or_(
    and_(_IS_SETTLED, ReferralWord.settlement != Settlement.NOT_RECEIVED),
    and_(~_IS_SETTLED, ReferralWord.received != Received.NO),
)
_DID_NOT = or_(
    and_(_IS_SETTLED, ReferralWord.settlement == Settlement.NOT_RECEIVED),
    and_(~_IS_SETTLED, ReferralWord.received == Received.NO),
)
_COUNTED: dict[str, ColumnElement[bool]] = {
    "sent": true(),
    "in_time": and_(_IS_ANSWERED, Referral.answered_at <= Referral.due_at),
    "late": or_(Referral.answered_at > Referral.due_at, Referral.state == ReferralState.EXPIRED),
    "waiting": Referral.state.in_(AWAITING_STATES),
    "unanswered": and_(~_IS_ANSWERED, Referral.state.in_(TAKEN_BACK_STATES)),
    # A no is final; whatever else was answered began with a yes.
    "accepted": and_(_IS_ANSWERED, Referral.state != ReferralState.DECLINED),
    "completed": Referral.state == ReferralState.COMPLETED,
    "unsuccessful": Referral.state == ReferralState.UNSUCCESSFUL,
    "confirmed": and_(Referral.state.in_(FINISHED_STATES), _GOT_IT),
    "denied": and_(Referral.state.in_(FINISHED_STATES), _DID_NOT),
}


def _column(reason: DeclineReason) -> str:
    return f"declined_{reason}"


def _sent_in(actor: Actor, period: Period) -> Select[Any]:
    begun, ended = period.moments
    columns: list[Any] = [Referral.organisation_id, Service.kind]
    sent: Select[Any] = (
        select(*columns)
        .join(Service, Service.id == Referral.service_id)
        .where(Referral.sent_at >= begun, Referral.sent_at < ended)
    )
    if actor.scope is not Scope.ORGANISATION:
        return sent
    return sent.join(Case, Case.id == Referral.case_id).where(Case.organisation_id == actor.organisation_id)


def _counts(sent: Select[Any]) -> Select[Any]:
    declined = {
        _column(reason): and_(Referral.state == ReferralState.DECLINED, Referral.reason == reason)
        for reason in DeclineReason
    }
    counted = [func.count().filter(which).label(name) for name, which in (_COUNTED | declined).items()]
    return (
        sent.outerjoin(ReferralWord, ReferralWord.referral_id == Referral.id)
        .join(Organisation, Organisation.id == Referral.organisation_id)
        .add_columns(Organisation.name.label("organisation"), *counted)
        .group_by(Referral.organisation_id, Organisation.name, Service.kind)
        .order_by(Organisation.name, Referral.organisation_id, Service.kind)
    )


def _medians(session: AsyncSession, sent: Select[Any]) -> Select[Any]:
    """The middle answer of each group, or the mean of the two in the middle: neither database need know of medians."""
    group = [Referral.organisation_id, Service.kind]
    seconds = _seconds(session, Referral.sent_at, Referral.answered_at)
    ranked = (
        sent.where(_IS_ANSWERED)
        .add_columns(
            seconds.label("seconds"),
            func.row_number().over(partition_by=group, order_by=seconds).label("place"),
            func.count().over(partition_by=group).label("count"),
        )
        .subquery()
    )
    middle = ranked.c.place.in_([(ranked.c.count + 1) // 2, (ranked.c.count + 2) // 2])
    return (
        select(ranked.c.organisation_id, ranked.c.kind, cast(func.avg(ranked.c.seconds), Float).label("seconds"))
        .where(middle)
        .group_by(ranked.c.organisation_id, ranked.c.kind)
    )


def _seconds(session: AsyncSession, begun: Any, ended: Any) -> ColumnElement[float]:
    """Between two moments; the two databases say it in their own ways."""
    if session.get_bind().dialect.name == "sqlite":
        return (func.julianday(ended) - func.julianday(begun)) * 86400.0
    return cast(func.extract("epoch", ended - begun), Float)
