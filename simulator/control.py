"""The phones' side, as JSON under /simulator: for the page, for scripts and for tests that drive a crowd."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from simulator.errors import ApiError, ImpossibleError
from simulator.faults import Fault
from simulator.person import Action, act
from simulator.world import AnyWorld, Body, Phone

router = APIRouter(prefix="/simulator")

# A file from a phone may be a web page; opened by address it must not act as one of ours.
_FILE_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox"}


class NewPhone(BaseModel):
    first_name: str = Field("Person", min_length=1, max_length=64)
    language_code: str | None = Field(None, max_length=12)
    id: int | None = Field(None, gt=0, lt=2**52)


class Step(BaseModel):
    phone: int
    action: Action


class Batch(BaseModel):
    steps: list[Step] = Field(max_length=10_000)


class Redelivery(BaseModel):
    count: int = Field(1, ge=1, le=100)


@router.get("/phones")
async def list_phones(world: AnyWorld) -> list[Body]:
    return [phone.describe() for phone in world.phones.values()]


@router.post("/phones")
async def add_phone(new: NewPhone, world: AnyWorld) -> Body:
    """Add a phone; with the id of one that is there already, return that."""
    phone = world.add_phone(first_name=new.first_name, language_code=new.language_code, phone_id=new.id)
    return phone.describe()


@router.get("/phones/{phone_id}")
async def show_phone(phone_id: int, world: AnyWorld) -> Body:
    return world.find_phone(phone_id).describe()


@router.get("/phones/{phone_id}/messages")
async def list_messages(
    phone_id: int, world: AnyWorld, after: int = 0, wait: Annotated[float, Query(ge=0, le=60)] = 0
) -> list[Body]:
    """List messages with an id above `after`; waits up to `wait` seconds until the bot has sent one."""
    phone = world.find_phone(phone_id)
    with world.events.watch(frozenset({phone_id})) as events:
        try:
            async with asyncio.timeout(wait):
                while not _has_answer(phone, after) and await events.get() is not None:
                    pass
        except TimeoutError:
            pass
    return [message.body for message in phone.messages.values() if message.body["message_id"] > after]


@router.post("/phones/{phone_id}/actions")
async def perform(phone_id: int, action: Action, world: AnyWorld) -> list[Body]:
    """Do one thing on one phone; returns the updates queued for the bot."""
    return act(world, world.find_phone(phone_id), action)


@router.post("/updates")
async def perform_all(batch: Batch, world: AnyWorld) -> list[Body]:
    """Do many things in this order; what is impossible is told in its place and stops nothing else."""
    results: list[Body] = []
    for step in batch.steps:
        try:
            results.append({"updates": act(world, world.find_phone(step.phone), step.action)})
        except ImpossibleError as error:
            results.append({"updates": [], "error": str(error)})
    return results


@router.get("/events", response_class=EventSourceResponse)
async def stream_events(world: AnyWorld, phone: Annotated[list[int], Query()]) -> AsyncIterator[ServerSentEvent]:
    """Stream what happens on the named phones' screens."""
    with world.events.watch(frozenset(phone)) as events:
        while (event := await events.get()) is not None:
            yield ServerSentEvent(data=asdict(event))


@router.get("/files/{file_id}")
async def show_file(file_id: str, world: AnyWorld) -> Response:
    stored = world.files.find(file_id)
    return Response(stored.content, media_type=stored.mime_type, headers=_FILE_HEADERS)


@router.post("/faults", status_code=204)
async def order_fault(fault: Fault, world: AnyWorld) -> None:
    world.faults.order(fault)


@router.delete("/faults", status_code=204)
async def clear_faults(world: AnyWorld) -> None:
    world.faults.clear()


@router.post("/redeliveries")
async def redeliver(redelivery: Redelivery, world: AnyWorld) -> dict[str, int]:
    """Send the last confirmed updates once more, with their old ids."""
    return {"redelivered": world.updates.redeliver(redelivery.count)}


async def explain_impossible(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 409)


async def explain_refusal(_: Request, error: Exception) -> JSONResponse:
    code = error.code if isinstance(error, ApiError) else 500
    return JSONResponse({"detail": str(error)}, code)


def _has_answer(phone: Phone, after: int) -> bool:
    return any(m.is_from_bot and m.body["message_id"] > after for m in phone.messages.values())


def add_error_handlers(app: Any) -> None:
    app.add_exception_handler(ImpossibleError, explain_impossible)
    app.add_exception_handler(ApiError, explain_refusal)
