"""The application on a fresh database, with one account of each role."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from agreed import agree
from fastapi import FastAPI
from permission_scene import Scene
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from scene_copies import SceneCopies
from sqlalchemy import select
from web_browser import ORGANISATION_OF, ORIGIN, PASSWORD, Browsers, email_of

from access import staff
from access.models import OrganisationKind, StaffMember
from access.rules import Role
from access.staff import create_organisation
from foundation import clock
from foundation.database import Database
from foundation.settings import Settings
from web.app import connect, create_app


@pytest.fixture
def password_hash(monkeypatch: pytest.MonkeyPatch) -> str:
    """Hashing is slow on purpose; here it need not be."""
    quick = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])
    monkeypatch.setattr(staff, "_hasher", quick)
    monkeypatch.setattr(staff, "_decoy_hash", quick.hash("nobody's"))
    return quick.hash(PASSWORD)


@pytest.fixture(scope="session")
def routed() -> list[FastAPI]:
    """The application, made for the first test and used by all: working out its routes takes half a second."""
    return []


@pytest.fixture
async def app(database: Database, password_hash: str, routed: list[FastAPI]) -> FastAPI:
    """As others reach it, not only this machine, so that cookies must be secure. A password is enough here."""
    async with database.transaction() as session:
        organisations = {kind: create_organisation(session, f"The {kind}", kind) for kind in OrganisationKind}
        await agree(session, organisations[OrganisationKind.PARTNER].id)
        for role in Role:
            organisation = organisations[ORGANISATION_OF.get(role, OrganisationKind.OPERATOR)]
            session.add(
                StaffMember(
                    id=uuid4(),
                    email=email_of(role),
                    name=f"Someone {role}",
                    role=role,
                    organisation_id=organisation.id,
                    language="en",
                    password_hash=password_hash,
                    created_at=clock.now(),
                )
            )
    settings = Settings(public_url=ORIGIN, second_factor="offered")
    if not routed:
        routed.append(create_app(database, settings))
    connect(routed[0], database, settings)
    return routed[0]


@pytest.fixture
async def second_monitor(app: FastAPI, database: Database, password_hash: str) -> str:
    """The e-mail address of another monitor of the same body: two people make a release."""
    async with database.transaction() as session:
        first = (await session.scalars(select(StaffMember).where(StaffMember.role == Role.MONITOR))).one()
        session.add(
            StaffMember(
                id=uuid4(),
                email="second@example.org",
                name="Someone second",
                role=Role.MONITOR,
                organisation_id=first.organisation_id,
                language="en",
                password_hash=password_hash,
                created_at=clock.now(),
            )
        )
    return "second@example.org"


@pytest.fixture
async def browsers(app: FastAPI) -> AsyncIterator[Browsers]:
    async with AsyncExitStack() as stack:
        yield Browsers(app, stack)


@pytest.fixture(scope="session")
def scene_copies(tmp_path_factory: pytest.TempPathFactory) -> SceneCopies:
    return SceneCopies(tmp_path_factory.mktemp("scene"))


@pytest.fixture
async def scene(app: FastAPI, database: Database, scene_copies: SceneCopies, request: pytest.FixtureRequest) -> Scene:
    """Something for every route to be about: see `permission_scene`. Ask for it before anyone signs in."""
    if not database.is_sqlite:
        scene_copies.server = request.getfixturevalue("postgresql")
    return await scene_copies.put_into(database)
