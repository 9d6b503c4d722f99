"""The list of accounts. They are made and disabled on the command line."""

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.models import StaffMember
from access.rules import Permission, Role
from access.staff import everyone
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/staff")
async def show_staff(visit: Annotated[Visit, guarded(Permission.STAFF_LIST)]) -> Response:
    async with visit.database.reading() as session:
        accounts = await visible_accounts(session, visit)
    return page(visit, "staff.html", accounts=accounts)


async def visible_accounts(session: AsyncSession, visit: Visit) -> list[StaffMember]:
    """The administrator sees every account, a supervisor those of their own organisation."""
    accounts = await everyone(session)
    if visit.actor.role is Role.ADMINISTRATOR:
        return accounts
    return [each for each in accounts if each.organisation_id == visit.actor.organisation_id]
