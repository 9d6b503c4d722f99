"""The list of accounts. They are made and disabled on the command line."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from access.rules import Permission, Role
from access.staff import everyone
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/staff")
async def show_staff(visit: Annotated[Visit, guarded(Permission.STAFF_LIST)]) -> Response:
    """The administrator sees every account, a supervisor those of their own organisation."""
    async with visit.database.reading() as session:
        accounts = await everyone(session)
    if visit.actor.role is not Role.ADMINISTRATOR:
        accounts = [each for each in accounts if each.organisation_id == visit.actor.organisation_id]
    return page(visit, "staff.html", accounts=accounts)
