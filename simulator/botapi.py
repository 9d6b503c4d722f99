"""The addresses of the Bot API: /bot<token>/<method> and /file/bot<token>/<path>."""

import asyncio
import math
import re
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from simulator.errors import ApiError
from simulator.methods import call_method
from simulator.parameters import read_parameters
from simulator.world import AnyWorld, World

router = APIRouter()

_TOKEN_SHAPE = re.compile(r"\d+:[A-Za-z0-9_-]{3,}")


@router.api_route("/bot{token}/{method}", methods=["GET", "POST"])
async def answer_call(token: str, method: str, request: Request, world: AnyWorld) -> JSONResponse:
    try:
        _check_token(request, token)
        result = await _call(world, method, request)
    except ApiError as error:
        return JSONResponse(error.to_body(), error.code)
    return JSONResponse({"ok": True, "result": result})


@router.get("/file/bot{token}/{path:path}")
async def download(token: str, path: str, request: Request, world: AnyWorld) -> Response:
    try:
        _check_token(request, token)
        stored = world.files.find_path(path)
    except ApiError as error:
        return JSONResponse(error.to_body(), error.code)
    return Response(stored.content, media_type="application/octet-stream")


async def _call(world: World, method: str, request: Request) -> Any:
    given = await read_parameters(request)
    fault = world.faults.take(method)
    if fault and fault.kind == "refuse":
        raise ApiError(500, "Internal Server Error")
    if fault and fault.kind == "flood":
        seconds = max(1, math.ceil(fault.seconds))
        raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    result = await call_method(world, method, given)
    if fault and fault.kind == "lose":
        raise ApiError(500, "Internal Server Error")
    if fault:
        await asyncio.sleep(fault.seconds)
    return result


def _check_token(request: Request, token: str) -> None:
    if token == request.app.state.token:
        return
    raise ApiError(401, "Unauthorized") if _TOKEN_SHAPE.fullmatch(token) else ApiError(404, "Not Found")
