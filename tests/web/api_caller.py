"""A program that calls the API in the name of a member of staff."""

from dataclasses import dataclass
from typing import Any

import httpx
from api_client import token_of
from web_browser import Browsers

from access.rules import Role

API = "/api/v1"


@dataclass
class Caller:
    client: httpx.AsyncClient

    async def read(self, path: str, **params: object) -> Any:
        """What a GET answers, which must be right."""
        answer = await self.client.get(f"{API}{path}", params={name: str(each) for name, each in params.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, method: str, path: str, status: int, body: Any = None) -> Any:
        """What a change answers, which must have this status; None for no content."""
        answer = await self.client.request(method, f"{API}{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def post(self, path: str, status: int, body: Any = None) -> Any:
        return await self.send("POST", path, status, body)


async def calling(browsers: Browsers, who: Role | str) -> Caller:
    """With a token for all that the role, or whoever has this address, may; no cookie."""
    client = (await browsers.stranger()).client
    client.headers["Authorization"] = f"Bearer {await token_of(browsers.app.state.database, who)}"
    return Caller(client)
