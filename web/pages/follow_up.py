"""For supervisors: whom each wave of the follow-up has reached, and what the answers add up to where enough did."""

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from access.rules import Permission
from cases.reached import reached
from cases.surveys import FEWEST, weights_in_force
from cases.waves import wave_name
from questionnaire.scoring import shown
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/follow-up")
async def show_reached(visit: Annotated[Visit, guarded(Permission.FOLLOW_UP_COMPARE)]) -> Response:
    async with visit.database.reading() as session:
        lines = await reached(session, visit.actor)
    return page(
        visit,
        "follow_up.html",
        lines=[(line, wave_name(line.wave), _percent(line.share)) for line in lines],
        shown=shown,
        fewest=FEWEST,
        weights=weights_in_force(),
    )


def _percent(share: Fraction | None) -> str | None:
    """Rounded half up to whole percent."""
    return None if share is None else f"{shown(share * 100, 0)} %"
