"""The dashboard of a team: how its work stands, as charts and the same numbers as tables."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from starlette.responses import Response

from access.rules import Permission
from cases.dashboard import AGE_BANDS, LOOKED_BACK, Dashboard, Wait, dashboard
from cases.rules import FLAG_NAMES, Phase
from cases.transfer import teams_of
from foundation.language import Message, _, _p, direction, say
from web.charts import Bar, bar_chart
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

NOBODY = _p("owner", "Nobody yet")
BAND_NAMES: dict[str, Message] = {
    "0-2": _p("age of a flag", "up to 2 days"),
    "3-7": _p("age of a flag", "3 to 7 days"),
    "8-30": _p("age of a flag", "8 to 30 days"),
    "31+": _p("age of a flag", "31 days and more"),
}
Team = Annotated[str, StringConstraints(max_length=40)]


@router.get("/dashboard")
async def show_dashboard(
    visit: Annotated[Visit, guarded(Permission.DASHBOARD_READ)], team: Annotated[Team, Query()] = ""
) -> Response:
    """`team`: one of the organisation's; any other finds no case."""
    async with visit.database.reading() as session:
        organisation_id = visit.actor.organisation_id
        teams = await teams_of(session, organisation_id) if organisation_id else []
        found = await dashboard(session, visit.actor, team=team or None)
    waits = _waits(found)
    return page(
        visit,
        "dashboard.html",
        found=found,
        teams=teams,
        team=team,
        phases=[phase for phase in Phase if phase is not Phase.CLOSED],
        bands=[code for code, _days in AGE_BANDS],
        band_names=BAND_NAMES,
        waits=waits,
        days=LOOKED_BACK.days,
        load_chart=_chart(
            visit,
            _("Open cases"),
            [(load.owner_name or say(visit.language, NOBODY), load.total) for load in found.loads],
        ),
        flag_chart=_chart(
            visit,
            _("Open flags"),
            [(say(visit.language, FLAG_NAMES[kind]), sum(ages.values())) for kind, ages in found.flags.items()],
        ),
        wait_chart=_chart(
            visit, _("Days, for half of them"), [(say(visit.language, name), wait.median or 0) for name, wait in waits]
        ),
    )


def _waits(found: Dashboard) -> list[tuple[Message, Wait]]:
    return [
        (_("First answer after opening"), found.first_answer),
        (_("Flag settled after raising"), found.flag_settled),
        (_("Task done after opening"), found.task_done),
    ]


def _chart(visit: Visit, title: Message, values: list[tuple[str, int]]) -> str:
    """Nothing to draw without any."""
    if not any(value for _label, value in values):
        return ""
    bars = [Bar(label, value) for label, value in values]
    return bar_chart(bars, title=say(visit.language, title), withheld="", direction=direction(visit.language))
