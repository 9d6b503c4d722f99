"""What all routes of the API share: their problems are described, and a change under a key is made once."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException
from starlette.responses import Response

from access import once
from access.once import LONGEST_KEY, Answered, Asked
from foundation.errors import Invalid, Refusal
from foundation.language import _
from web.api.problems import PROBLEMS
from web.guard import SAFE_METHODS, Visit, current_visit

VERSION = "/api/v1"
KEY_HEADER = "Idempotency-Key"
REPEATED_HEADER = "Idempotent-Replayed"

_KEY = re.compile(f"[!-~]{{1,{LONGEST_KEY}}}")
_REFUSED = (Refusal, RequestValidationError, HTTPException)

Handler = Callable[[Request], Awaitable[Response]]


class ApiRoute(APIRoute):
    """A route whose changes are made once for each `Idempotency-Key`."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            key = request.headers.get(KEY_HEADER)
            if request.method in SAFE_METHODS or key is None:
                return await handle(request)
            visit = await current_visit(request)
            # A stranger's key means nothing: the guard refuses the request as it refuses all of theirs.
            return await _answer_once(visit, key, handle) if visit.bearer else await handle(request)

        return answer


def api_router(area: str, tag: str) -> APIRouter:
    """A router for the addresses under `/api/v1` and `area`, such as `/cases`."""
    return APIRouter(prefix=VERSION + area, tags=[tag], route_class=ApiRoute, responses=PROBLEMS)


async def _answer_once(visit: Visit, key: str, handle: Handler) -> Response:
    request = visit.request
    if not _KEY.fullmatch(key):
        raise Invalid(_("A key has 1 to {count} visible characters."), count=LONGEST_KEY)
    asked = Asked(visit.account.session_id, visit.bearer, key, await _content(request))
    async with visit.database.transaction() as session:
        before = await once.begin(session, asked)
    if before is not None:
        return Response(before.text, before.status, {REPEATED_HEADER: "true"}, before.media_type or None)
    try:
        answer = await handle(request)
    except _REFUSED:
        # Nothing of it stays. Any other error leaves the key in hand: what was done before it, nobody can say.
        async with visit.database.transaction() as session:
            await once.forget(session, asked)
        raise
    answered = Answered(answer.status_code, answer.media_type or "", bytes(answer.body).decode())
    async with visit.database.transaction() as session:
        await once.finish(session, asked, answered)
    return answer


async def _content(request: Request) -> bytes:
    """What makes this request the same as another. A form with files is divided by a new mark each time it is sent."""
    body = await request.body()
    _kind, options = parse_options_header(request.headers.get("content-type", ""))
    if boundary := options.get(b"boundary"):
        body = body.replace(b"--" + boundary, b"")
    return f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
