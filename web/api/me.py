"""Who a token acts for, and what it may do."""

from typing import Annotated
from uuid import UUID

from access.rules import Permission, Role
from web.api.routing import api_router
from web.api.shapes import Answer
from web.guard import SIGNED_IN, Visit, guarded

router = api_router("/me", "account")


class Me(Answer):
    id: UUID
    name: str
    role: Role
    organisation_id: UUID
    team: str | None
    language: str
    permissions: list[Permission]
    """What this token, or session, may do: what the role grants, and no more than the token names."""


@router.get("")
async def who_am_i(visit: Annotated[Visit, guarded(SIGNED_IN)]) -> Me:
    staff = visit.account.staff
    return Me(
        id=staff.id,
        name=staff.name,
        role=staff.role,
        organisation_id=staff.organisation_id,
        team=staff.team,
        language=staff.language,
        permissions=sorted(each for each in Permission if visit.may(each)),
    )
