"""What will be erased by itself, when and by which rule, before it happens."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from access.rules import Permission
from cases.casework_rules import ERASURE_RULE_NAMES, ErasureRule
from cases.retention import planned
from foundation import clock
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

LOOKED_AHEAD = timedelta(days=90)
MOST_SHOWN = 200


@router.get("/retention")
async def show_retention(visit: Annotated[Visit, guarded(Permission.RETENTION_READ)]) -> Response:
    async with visit.database.reading() as session:
        rows = await planned(session, LOOKED_AHEAD, actor=visit.actor)
    return page(
        visit,
        "retention.html",
        rows=rows[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN),
        rule_names=ERASURE_RULE_NAMES,
        only_files=ErasureRule.FILES,
        days=LOOKED_AHEAD.days,
        now=clock.now(),
    )
