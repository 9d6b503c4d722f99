"""Refusals to a program: problem details (RFC 9457), the same for what is missing and for what is forbidden."""

from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from foundation.language import Message, say

MEDIA_TYPE = "application/problem+json"


def problem(
    language: str, status: int, message: Message, *, errors: list[dict[str, str]] | None = None
) -> JSONResponse:
    """`errors`: where the request could not be read, see `faults_of`."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": say(language, message),
    }
    if errors:
        content["errors"] = errors
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(content, status, media_type=MEDIA_TYPE, headers=headers)


def faults_of(error: RequestValidationError) -> list[dict[str, str]]:
    """Where the request is at fault and how, by the codes of the validator: what was sent is never said again."""
    return [{"at": ".".join(map(str, each["loc"])), "fault": each["type"]} for each in error.errors()]
