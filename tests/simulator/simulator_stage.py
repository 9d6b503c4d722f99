"""A real server on a free loopback port, the real `telegram.Bot`, and a hand on the phones."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from telegram import Bot
from telegram.request import HTTPXRequest

from simulator.limits import Limits
from simulator.server import create_simulator

TOKEN = "100:local-simulator"


@contextlib.asynccontextmanager
async def serve(app: Any) -> AsyncIterator[str]:
    """Serve the app and give its address."""
    # Said to be TCP, so that asyncio turns Nagle off: else each answer takes 40 ms.
    with socket.socket(proto=socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[sock]))
        while not server.started:  # noqa: ASYNC110 (uvicorn tells by this flag only)
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@dataclass
class Clock:
    """Time that moves only when a test says so."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Hand:
    """Does what people do, over the simulator's own JSON."""

    http: httpx.AsyncClient
    address: str

    async def new_phone(self, first_name: str = "Sara", language_code: str | None = "fa") -> int:
        new = {"first_name": first_name, "language_code": language_code}
        answer = await self.http.post("/simulator/phones", json=new)
        return int(answer.json()["id"])

    async def act(self, phone: int, kind: str, **details: Any) -> list[dict[str, Any]]:
        answer = await self.http.post(f"/simulator/phones/{phone}/actions", json={"kind": kind, **details})
        assert answer.status_code == 200, answer.text
        updates: list[dict[str, Any]] = answer.json()
        return updates

    async def read(self, phone: int, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get(f"/simulator/phones/{phone}/messages", params=query)
        messages: list[dict[str, Any]] = answer.json()
        return messages


@dataclass
class Stage:
    app: FastAPI
    address: str
    clock: Clock
    hand: Hand
    bot: Bot
    make_bot: Callable[[str], Bot] = field(repr=False)


def make_bot(address: str, token: str) -> Bot:
    requests = [HTTPXRequest(read_timeout=10), HTTPXRequest(read_timeout=10)]
    return Bot(
        token,
        base_url=f"{address}/bot",
        base_file_url=f"{address}/file/bot",
        get_updates_request=requests[0],
        request=requests[1],
    )


@contextlib.asynccontextmanager
async def set_stage(limits: Limits | None = None) -> AsyncIterator[Stage]:
    clock = Clock()
    app = create_simulator(token=TOKEN, limits=limits or Limits(), clock=clock)
    async with (
        serve(app) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
        make_bot(address, TOKEN) as bot,
    ):
        yield Stage(app, address, clock, Hand(http, address), bot, lambda token: make_bot(address, token))
