"""A program at the API: a token of a member of staff, JSON, no cookie."""

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from web_browser import ORIGIN, email_of

from access.actor import Actor
from access.models import StaffMember
from access.rules import GRANTS, Permission, Role
from access.sessions import SignedIn
from access.tokens import make_token
from foundation import clock
from foundation.database import Database


@dataclass
class Program:
    client: httpx.AsyncClient
    token: str

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """`path`: under /api/v1."""
        given = {"Authorization": f"Bearer {self.token}", **headers}
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=given)

    async def get(self, path: str) -> httpx.Response:
        return await self.ask("GET", path)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.ask("POST", path, {} if body is None else body, **headers)


async def token_of(database: Database, who: Role | str, *permissions: Permission, days: int = 30) -> str:
    """A token of this role's account, or of the one with this address; without `permissions` for all that it may."""
    async with database.transaction() as session:
        email = email_of(who) if isinstance(who, Role) else who
        chosen = select(StaffMember).where(StaffMember.email == email)
        staff = (await session.scalars(chosen.options(joinedload(StaffMember.organisation)))).one()
        actor = Actor(staff.id, staff.role, staff.organisation_id, staff.team)
        known = SignedIn(staff, actor, "", staff.id, clock.now(), has_factor=False, is_proven=False)
        return await make_token(session, known, "A program", permissions or GRANTS[staff.role], days)


async def program_of(app: FastAPI, database: Database, role: Role, *permissions: Permission) -> Program:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    return Program(client, await token_of(database, role, *permissions))
