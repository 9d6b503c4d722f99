"""The two ways to say no: to the bot, as the Bot API says it, and to whoever drives the phones."""

from typing import Any


class ApiError(Exception):
    """A refusal in the words of the Bot API: error_code, description and, where it has them, parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(reason: str) -> ApiError:
    return ApiError(400, f"Bad Request: {reason}")


class ImpossibleError(Exception):
    """A person cannot do this on their phone: no such button, the bot is blocked, not their own message."""
