"""A caseworker and an administrator who can sign in, and what a front door does when someone tries."""

from dataclasses import dataclass

import pyotp
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.second_factor import begin_app, enrol_app
from access.sessions import SignedIn, find_session, prove
from access.staff import add_staff, create_organisation, identify, sign_in, throttle
from foundation import clock
from foundation.audit import AuditEntry

PASSWORD = "correct horse battery"
EMAIL = "awa@example.org"
ADDRESS = "192.0.2.1"


@dataclass
class Scene:
    session: AsyncSession
    organisation: Organisation
    awa: StaffMember

    async def add(self, email: str, role: Role = Role.CASEWORKER, password: str = PASSWORD) -> StaffMember:
        made = await add_staff(
            self.session, email=email, name=" Someone ", role=role, organisation=self.organisation, password=password
        )
        await self.session.flush()
        return made

    async def try_to_sign_in(self, password: str = PASSWORD, email: str = EMAIL, address: str = ADDRESS) -> str | None:
        """As the front door does it. Raises NotAllowed when throttled."""
        await throttle(self.session, email, address)
        token = await sign_in(self.session, await identify(self.session, email, password), email, address)
        await self.session.flush()
        return token

    async def signed_in(self) -> str:
        token = await self.try_to_sign_in()
        assert token is not None
        return token

    async def known(self, token: str | None = None, email: str = EMAIL) -> SignedIn:
        """The session behind a token, or a new one."""
        token = token or await self.try_to_sign_in(email=email)
        assert token is not None
        found = await find_session(self.session, token)
        assert found is not None
        return found

    async def with_app(self, email: str = EMAIL) -> tuple[SignedIn, str]:
        """Someone who has set up an app in this session, and its secret."""
        known = await self.known(email=email)
        secret = await begin_app(self.session, known)
        assert await enrol_app(self.session, known, code_of(secret), ADDRESS)
        return await self.known(await prove(self.session, known)), secret

    async def events(self) -> list[str]:
        await self.session.flush()
        return list(await self.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


def code_of(secret: str, steps: int = 0) -> str:
    """What an app shows now, or that many half minutes later."""
    return pyotp.TOTP(secret).at(clock.now(), counter_offset=steps)


async def build_scene(session: AsyncSession) -> Scene:
    organisation = create_organisation(session, "Operator", OrganisationKind.OPERATOR)
    await session.flush()
    scene = Scene(session, organisation, StaffMember())
    scene.awa = await scene.add(EMAIL)
    return scene
