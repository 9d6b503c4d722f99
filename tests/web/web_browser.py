"""Browsers that speak to the application without a network: cookies, form tokens and the headers that browsers send."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from access.models import OrganisationKind
from access.rules import Role

ORIGIN = "https://homeward.example.org"
PASSWORD = "correct horse battery"
ORGANISATION_OF = {
    Role.PARTNER: OrganisationKind.PARTNER,
    Role.MONITOR: OrganisationKind.MONITOR,
    Role.RETURN_MONITOR: OrganisationKind.MONITOR,
}


def email_of(role: Role) -> str:
    return f"{role}@example.org"


@dataclass
class Browser:
    """Sends forms as a browser does: with the page's token and the header that says where the form came from."""

    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def send(
        self, path: str, fields: dict[str, str] | None = None, *, site: str = "same-origin"
    ) -> httpx.Response:
        token = {"csrf_token": await self.token()}
        return await self.client.post(path, data={**token, **(fields or {})}, headers={"Sec-Fetch-Site": site})

    async def token(self) -> str:
        """The form token of the page that this browser has open."""
        page = (await self.client.get("/", follow_redirects=True)).text
        return page.partition('name="csrf_token" value="')[2].partition('"')[0]

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        return await self.send("/sign-in", {"email": email, "password": password})


class Browsers:
    """Opens any number of separate browsers, each with its own cookies."""

    def __init__(self, app: FastAPI, stack: AsyncExitStack) -> None:
        self.app = app
        self._stack = stack

    async def stranger(self, address: str = "192.0.2.1") -> Browser:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50_000))
        client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        return Browser(await self._stack.enter_async_context(client))

    async def signed_in(self, role: Role) -> Browser:
        browser = await self.stranger()
        answer = await browser.sign_in(email_of(role))
        assert answer.status_code == 303
        return browser
