"""What every operation of the API may answer when it refuses, for its description. The answers: `web.problems`."""

from typing import Any

from pydantic import BaseModel


class Fault(BaseModel):
    at: str
    """The place in the request: `body`, `query` or `header`, and the names on the way, with dots between."""
    fault: str
    """A code, such as `missing` or `extra_forbidden`."""


class Problem(BaseModel):
    """RFC 9457. The status says what happened; `detail` says it to a person, in the language of the token's owner."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None
    """Only where the request could not be read."""


_MEANINGS = {
    400: "The body cannot be read at all",
    401: "The token is not known, has ended or was revoked",
    404: "Missing, or not for you",
    409: "The state has moved on, or the request of this key is still being answered",
    413: "Too large",
    422: "The input cannot be used, or this key was used for another request",
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": meaning} for status, meaning in _MEANINGS.items()
}
