"""Refusals as pages, or as problem details under `/api/`: in the reader's language, never more than they may know."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from foundation.language import Message, _
from web.guard import NOTHING_HERE, BadToken, Unproven, Visit, current_visit, is_api, stranger
from web.headers import SECURITY_HEADERS
from web.problems import faults_of, problem
from web.rendering import page

STATUSES: dict[type[Refusal], int] = {
    NotFound: 404,
    NotAllowed: 404,
    Conflict: 409,
    Invalid: 422,
    Unproven: 403,
    BadToken: 401,
}
"""A missing thing and a forbidden one get the same status and the same words."""

BROKEN, TOO_LARGE = 500, 413
_PLAIN = "text/plain"
_TOO_LARGE = _("This is too large to be sent.")
_UNREADABLE = _("Something in the form could not be read. Please go back and check what you entered.")
_UNREADABLE_TO_PROGRAMS = _(
    "Something in this request could not be read: see where, and what the description asks for."
)
_BROKEN = _("Something went wrong on our side. Nothing was changed. Please try again in a few minutes.")
_HTTP_MESSAGES: dict[int, Message] = {404: NOTHING_HERE, 405: NOTHING_HERE, TOO_LARGE: _TOO_LARGE}


def add_error_pages(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_unreadable)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_broken)


def status_of(refusal: Refusal) -> int:
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


def status_in_sight(refusal: Refusal) -> int:
    """The status on a page whose subject the reader already sees: a refusal there hides nothing and says why."""
    return 403 if isinstance(refusal, NotAllowed) else status_of(refusal)


def message_of(refusal: Refusal) -> Message:
    return NOTHING_HERE if status_of(refusal) == STATUSES[NotFound] else refusal.message


async def _answer_refusal(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return _answer(await _visit_of(request), status_of(error), message_of(error))


async def _answer_unreadable(request: Request, error: Exception) -> Response:
    """An address that cannot be one of ours is a missing page; a form that cannot be read is the sender's to mend."""
    if not isinstance(error, RequestValidationError):
        raise error
    visit = await _visit_of(request)
    if any(each["loc"][0] == "path" for each in error.errors()):
        return _answer(visit, 404, NOTHING_HERE)
    if is_api(request):
        return problem(visit.language, 422, _UNREADABLE_TO_PROGRAMS, errors=faults_of(error))
    return _answer(visit, 422, _UNREADABLE)


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    answer = _answer(await _visit_of(request), error.status_code, _HTTP_MESSAGES.get(error.status_code, _UNREADABLE))
    # Such as which methods an address knows.
    answer.headers.update(error.headers or {})
    return answer


async def _visit_of(request: Request) -> Visit:
    try:
        return await current_visit(request)
    except BadToken:
        return stranger(request)


async def _answer_broken(request: Request, _error: Exception) -> Response:
    return _answer_outside(request, BROKEN, _BROKEN)


def _answer_outside(request: Request, status: int, message: Message) -> Response:
    """Runs outside the middleware and perhaps without a database, so it asks for neither."""
    answer = _answer(stranger(request), status, message)
    answer.headers.update(SECURITY_HEADERS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


class TooLargeInWords:
    """Stands around the whole application: what is too large is refused before any other code, in plain English."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def send_in_words(message: Event) -> None:
            nonlocal is_replaced
            is_start = message["type"] == "http.response.start"
            if (
                is_start
                and message["status"] == TOO_LARGE
                and Headers(scope=message)["content-type"].startswith(_PLAIN)
            ):
                is_replaced = True
                await _answer_outside(Request(scope), TOO_LARGE, _TOO_LARGE)(scope, receive, send)
            elif not is_replaced:
                await send(message)

        await self.app(scope, receive, send_in_words)


def _answer(visit: Visit, status: int, message: Message) -> Response:
    if is_api(visit.request):
        return problem(visit.language, status, message)
    return page(visit, "error.html", status_code=status, message=message, is_broken=status >= BROKEN)
