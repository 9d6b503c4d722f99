"""What the API answers when it refuses: RFC 9457 problem details."""

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    detail: str


_MEANINGS = {
    404: "Missing, or not for you",
    409: "The state has moved on",
    413: "Too large",
    422: "The input cannot be used",
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": meaning} for status, meaning in _MEANINGS.items()
}
