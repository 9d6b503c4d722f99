"""What supervisors look at: how work stands, what waits for a second person, what is erased, whom waves reach."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from access.rules import Permission, Role
from cases.approvals import waiting_closings
from cases.casework_rules import ClosingReason, ErasureRule
from cases.dashboard import Wait, dashboard
from cases.reached import Reached, reached
from cases.retention import planned
from cases.rules import FlagKind, Phase
from cases.transfer import teams_of
from questionnaire.scoring import shown
from web.api.routing import api_router
from web.api.shapes import Answer
from web.guard import Visit, guarded
from web.pages.dashboard import Team
from web.pages.retention import LOOKED_AHEAD
from web.pages.staff_list import visible_accounts

router = api_router("", "supervision")


class LoadTold(Answer):
    owner: str | None
    """Null: the cases that nobody owns."""
    by_phase: dict[Phase, int]
    """Open cases."""
    total: int
    overdue: int
    """People who have waited too long for an answer."""


class WaitTold(Answer):
    """How long something took, in whole days."""

    count: int
    median: int | None
    """Half of them at most."""
    most: int | None
    """Nine of ten at most."""


class DashboardTold(Answer):
    """Of the open cases that you see; waits of what began in the last 90 days."""

    teams: list[str]
    loads: list[LoadTold]
    flags: dict[FlagKind, dict[str, int]]
    """Open flags by kind, and by how many days ago they were raised."""
    first_answer: WaitTold
    """After the case was opened."""
    flag_settled: WaitTold
    task_done: WaitTold
    tasks_open: int
    tasks_overdue: int


class ApprovalTold(Answer):
    """A request to close a case, which a second person decides."""

    number: str
    reason: ClosingReason
    requested_by: str
    requested_at: datetime
    is_own: bool
    """You asked for it yourself, so another decides."""


class ErasureTold(Answer):
    number: str
    rule: ErasureRule
    at: datetime
    files: int
    """How many, where it is only files."""


class MeanTold(Answer):
    instrument_version: str
    weights_version: str
    count: int
    value: str
    """A decimal from 0 to 1."""


class ReachedTold(Answer):
    """A wave over all cases that you see."""

    wave: str
    due: int
    asked: int
    answered: int
    refused: int
    unreachable: int
    closed: int
    share: str | None
    """A decimal from 0 to 1: who answered, of those who were asked."""
    means: list[MeanTold]
    """Of everything together, one for each pair of versions; none of fewer than ten people."""


class AccountTold(Answer):
    id: UUID
    name: str
    email: str
    role: Role
    organisation: str
    team: str | None
    created_at: datetime
    is_disabled: bool


@router.get("/dashboard")
async def team_dashboard(
    visit: Annotated[Visit, guarded(Permission.DASHBOARD_READ)],
    team: Annotated[Team, Query(description="One of `teams`; empty: all.")] = "",
) -> DashboardTold:
    async with visit.database.reading() as session:
        organisation_id = visit.actor.organisation_id
        teams = await teams_of(session, organisation_id) if organisation_id else []
        found = await dashboard(session, visit.actor, team=team or None)
    return DashboardTold(
        teams=teams,
        loads=[
            LoadTold(owner=each.owner_name, by_phase=dict(each.by_phase), total=each.total, overdue=each.overdue)
            for each in found.loads
        ],
        flags=found.flags,
        first_answer=_wait(found.first_answer),
        flag_settled=_wait(found.flag_settled),
        task_done=_wait(found.task_done),
        tasks_open=found.tasks_open,
        tasks_overdue=found.tasks_overdue,
    )


@router.get("/approvals")
async def approvals(visit: Annotated[Visit, guarded(Permission.CASE_APPROVE_CLOSING)]) -> list[ApprovalTold]:
    """The oldest first. Decide under the case's `closing/decision`."""
    async with visit.database.reading() as session:
        found = await waiting_closings(session, visit.actor)
    return [
        ApprovalTold(
            number=each.number,
            reason=each.closing.reason,
            requested_by=each.requested_by_name,
            requested_at=each.closing.requested_at,
            is_own=each.closing.requested_by == visit.actor.id,
        )
        for each in found
    ]


@router.get("/retention")
async def retention(visit: Annotated[Visit, guarded(Permission.RETENTION_READ)]) -> list[ErasureTold]:
    """What will be erased by itself within 90 days, the next first."""
    async with visit.database.reading() as session:
        rows = await planned(session, LOOKED_AHEAD, actor=visit.actor)
    return [ErasureTold(number=each.number, rule=each.rule, at=each.at, files=each.files) for each in rows]


@router.get("/follow-up")
async def waves_reached(visit: Annotated[Visit, guarded(Permission.FOLLOW_UP_COMPARE)]) -> list[ReachedTold]:
    """Whom each wave has reached, in the order of time."""
    async with visit.database.reading() as session:
        return [_reached(each) for each in await reached(session, visit.actor)]


@router.get("/staff")
async def staff(visit: Annotated[Visit, guarded(Permission.STAFF_LIST)]) -> list[AccountTold]:
    """The administrator sees every account, a supervisor those of their own organisation."""
    async with visit.database.reading() as session:
        accounts = await visible_accounts(session, visit)
    return [
        AccountTold(
            id=each.id,
            name=each.name,
            email=each.email,
            role=each.role,
            organisation=each.organisation.name,
            team=each.team,
            created_at=each.created_at,
            is_disabled=each.disabled_at is not None,
        )
        for each in accounts
    ]


def _wait(wait: Wait) -> WaitTold:
    return WaitTold(count=wait.count, median=wait.median, most=wait.most)


def _reached(line: Reached) -> ReachedTold:
    return ReachedTold(
        **{name: getattr(line, name) for name in ReachedTold.model_fields if name not in {"share", "means"}},
        share=None if line.share is None else str(shown(line.share)),
        means=[
            MeanTold(
                instrument_version=each.instrument_version,
                weights_version=each.weights_version,
                count=each.count,
                value=str(shown(each.composite)),
            )
            for each in line.means
        ],
    )
