"""Refusals as pages, or as JSON under `/api/`: in the reader's language, and never saying more than they may know."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from foundation.language import Message, _, say
from web.guard import NOTHING_HERE, Unproven, Visit, current_visit, stranger
from web.headers import SECURITY_HEADERS
from web.rendering import page

STATUSES: dict[type[Refusal], int] = {NotFound: 404, NotAllowed: 404, Conflict: 409, Invalid: 422, Unproven: 403}
"""A missing thing and a forbidden one get the same status and the same words."""

BROKEN = 500
_TOO_LARGE = _("This is too large to be sent.")
_UNREADABLE = _("Something in the form could not be read. Please go back and check what you entered.")
_BROKEN = _("Something went wrong on our side. Nothing was changed. Please try again in a few minutes.")
_HTTP_MESSAGES: dict[int, Message] = {404: NOTHING_HERE, 405: NOTHING_HERE, 413: _TOO_LARGE}


def add_error_pages(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_unreadable)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_broken)


def status_of(refusal: Refusal) -> int:
    return STATUSES[type(refusal)]


def status_in_sight(refusal: Refusal) -> int:
    """The status on a page whose subject the reader already sees: a refusal there hides nothing and says why."""
    return 403 if isinstance(refusal, NotAllowed) else status_of(refusal)


def message_of(refusal: Refusal) -> Message:
    return NOTHING_HERE if status_of(refusal) == STATUSES[NotFound] else refusal.message


async def _answer_refusal(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return _answer(await current_visit(request), status_of(error), message_of(error))


async def _answer_unreadable(request: Request, error: Exception) -> Response:
    """An address that cannot be one of ours is a missing page; a form that cannot be read is the sender's to mend."""
    in_path = isinstance(error, RequestValidationError) and any(each["loc"][0] == "path" for each in error.errors())
    visit = await current_visit(request)
    return _answer(visit, 404, NOTHING_HERE) if in_path else _answer(visit, 422, _UNREADABLE)


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    visit = await current_visit(request)
    return _answer(visit, error.status_code, _HTTP_MESSAGES.get(error.status_code, _UNREADABLE))


async def _answer_broken(request: Request, _error: Exception) -> Response:
    """Runs outside the middleware and perhaps without a database, so it asks for neither."""
    answer = _answer(stranger(request), BROKEN, _BROKEN)
    answer.headers.update(SECURITY_HEADERS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _answer(visit: Visit, status: int, message: Message) -> Response:
    if visit.request.url.path.startswith("/api/"):
        return JSONResponse({"detail": say(visit.language, message)}, status)
    return page(visit, "error.html", status_code=status, message=message, is_broken=status >= BROKEN)
