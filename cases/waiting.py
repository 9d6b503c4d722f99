"""What stands in *Today*: one line a thing that waits, how things are ranked, and how the few that wait are found.

The sources of the lines are in `cases.today`, and in the floors above for what is theirs.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, ScalarSelect, Select, exists, false, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from access.actor import Actor
from access.rules import Permission
from cases.models import Case
from cases.queries import visible_cases
from cases.rules import CaseStatus
from foundation import clock
from foundation.language import Message

MOST = 100
SOON = timedelta(hours=24)
ESCALATED_AFTER = timedelta(hours=24)


class Source(StrEnum):
    TASK = "task"
    MESSAGE = "message"
    FLAG = "flag"
    FOLLOW_UP = "follow_up"
    REFERRAL = "referral"
    ACTIVITY = "activity"
    APPROVAL = "approval"
    RETURN = "return"
    TRANSFER = "transfer"
    OPENING = "opening"
    UNOWNED = "unowned"
    FORM = "form"
    ASSESSMENT = "assessment"
    APPLICATION = "application"
    COACHING = "coaching"
    MATCH = "match"
    DIRECTORY = "directory"


class Press(StrEnum):
    """How something presses, in this order; see `rank`."""

    DANGER = "danger"
    """Somebody may be in danger now."""
    DISPUTE = "dispute"
    """A partner and a person say opposite things: until someone decides, the partner's word stands."""
    OVERDUE = "overdue"
    FLAG = "flag"
    """A worry that waits for the person who may settle it."""
    SOON = "soon"
    """Due within a day."""
    WAITING = "waiting"
    ROUTINE = "routine"
    """Part of every case's work, without a day of its own."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line: a case, why it is here, since when, and where it is seen to."""

    source: Source
    case_id: UUID | None
    """None: it is about no case. Then it has no number, and a page of its own."""
    number: str
    why: Message
    since: datetime
    due: datetime | None = None
    place: str = ""
    """What follows the case's address: a part of the page, or a page of its own."""
    page: str = ""
    """The address of a page for all of this kind, where it is not seen to on a page of the case."""
    is_danger: bool = False
    is_dispute: bool = False
    is_worry: bool = False
    is_routine: bool = False

    @property
    def address(self) -> str:
        return self.page or f"/cases/{self.number}{self.place}"


Finding = Callable[[AsyncSession, Actor], Awaitable[list[Waiting]]]


def rank(waiting: Iterable[Waiting], moment: datetime) -> list[Waiting]:
    """First where somebody may be in danger, then disputes, the overdue, worries, what is due within a day, the rest.

    Within each: what has been due longest or is due soonest, else what has waited longest. The same for everyone.
    """
    order = list(Press)

    def key(each: Waiting) -> tuple[int, datetime, str, str]:
        return order.index(press_of(each, moment)), each.due or each.since, each.number, each.source

    return sorted(waiting, key=key)


def press_of(each: Waiting, moment: datetime) -> Press:
    if each.is_danger:
        return Press.DANGER
    if each.is_dispute:
        return Press.DISPUTE
    if each.due is not None and each.due < moment:
        return Press.OVERDUE
    if each.is_worry:
        return Press.FLAG
    if each.due is not None and each.due < moment + SOON:
        return Press.SOON
    return Press.ROUTINE if each.is_routine else Press.WAITING


def foremost(ranked: Sequence[Waiting], moment: datetime, most: int) -> list[Waiting]:
    """The first of a ranked list, `most` of them; a quarter is kept for disputes, however much danger waits.

    Nothing but a dispute ever takes the place of danger.
    """
    disputes = [each for each in ranked if press_of(each, moment) is Press.DISPUTE][: most // 4]
    others = [each for each in ranked if each not in disputes][: most - len(disputes)]
    return rank([*disputes, *others], moment)


def mine_or_nobodys(actor: Actor) -> ColumnElement[bool]:
    return or_(Case.owner_id == actor.id, Case.owner_id.is_(None))


def late_for(actor: Actor, since: InstrumentedAttribute[Any], allowed: timedelta = timedelta(0)) -> ColumnElement[bool]:
    """It is late enough to reach a supervisor: a day beyond what was `allowed` from then on. Nobody else."""
    if not actor.may(Permission.DASHBOARD_READ):
        return false()
    moment = clock.now() - allowed - ESCALATED_AFTER
    is_late: ColumnElement[bool] = since < (moment.date() if isinstance(since.type, Date) else moment)
    return is_late


def in_open_case(
    actor: Actor, case_id: InstrumentedAttribute[UUID], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """What the row with this `case_id` hangs on is an open case that the actor sees.

    Said as EXISTS, so that a database that knows nothing of its rows (SQLite) begins with the few that wait, each in an
    index, and not with all cases of the organisation.
    """
    return exists(open_cases(actor).where(Case.id == case_id, *conditions).with_only_columns(Case.id))


def number_of(case_id: InstrumentedAttribute[UUID]) -> ScalarSelect[str]:
    return select(Case.number).where(Case.id == case_id).scalar_subquery()


def written(code: StrEnum, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """A code as part of the statement's text: an index over the rows of one state is used for no parameter."""
    return literal(code, column.type, literal_execute=True)


def open_cases(actor: Actor) -> Select[Case]:
    return visible_cases(actor).where(Case.status == CaseStatus.OPEN)
