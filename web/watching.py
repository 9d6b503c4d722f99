"""For machines that watch the service: alive, ready, and a few counts. Nothing about any case."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from foundation import audit, clock, outbox
from foundation.outbox import OutboxRow, OutboxState
from web.guard import MACHINE, Visit, guarded

router = APIRouter(include_in_schema=False)


@router.get("/healthz", dependencies=[guarded(MACHINE)])
async def healthz() -> Response:
    """The process answers. Asks nothing of the database."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(visit: Annotated[Visit, guarded(MACHINE)]) -> Response:
    """The database answers; with how long the oldest due outbox row has waited, in seconds."""
    try:
        async with visit.database.reading() as session:
            oldest = await outbox.oldest_due(session)
    except (SQLAlchemyError, OSError, TimeoutError):
        return JSONResponse({"status": "unavailable", "database": "unavailable"}, 503)
    return JSONResponse({"status": "ok", "database": "ok", "outbox_oldest_due_seconds": _seconds_since(oldest)})


@router.get("/metrics")
async def metrics(visit: Annotated[Visit, guarded(MACHINE)]) -> Response:
    async with visit.database.reading() as session:
        registry = await _measure(session)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


async def _measure(session: AsyncSession) -> CollectorRegistry:
    """Counted when asked: every process gives the same figures, and none are kept between two calls."""
    registry = CollectorRegistry()
    oldest = Gauge(
        "homeward_outbox_oldest_due_seconds", "Waiting time of the longest-due outbox row.", registry=registry
    )
    oldest.set(_seconds_since(await outbox.oldest_due(session)))
    rows = Gauge("homeward_outbox_rows", "Outbox rows by state.", ["state"], registry=registry)
    counts = await session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    by_state = {state: count for state, count in counts}  # noqa: C416  # a row is not yet a pair to the type checker
    for state in OutboxState:
        rows.labels(state).set(by_state.get(state, 0))
    unlinked = Gauge("homeward_audit_unlinked_entries", "Audit entries not yet in the chain.", registry=registry)
    unlinked.set(await audit.unlinked(session))
    return registry


def _seconds_since(moment: datetime | None) -> int:
    return 0 if moment is None else int((clock.now() - moment).total_seconds())
