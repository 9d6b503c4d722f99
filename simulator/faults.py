"""Faults to order: what a bot must survive."""

from typing import Literal

from pydantic import BaseModel, Field


class Fault(BaseModel):
    """What the next calls of a method meet.

    refuse: 500, nothing done. lose: the work is done, yet the answer is 500. hang: the work is done, the answer comes
    `seconds` later. flood: 429 with retry_after `seconds`.
    """

    method: str
    kind: Literal["refuse", "lose", "hang", "flood"]
    times: int = Field(1, ge=1, le=100_000)
    seconds: float = Field(1.0, ge=0, le=600)


class Faults:
    def __init__(self) -> None:
        self._waiting: dict[str, list[Fault]] = {}

    def order(self, fault: Fault) -> None:
        self._waiting.setdefault(fault.method.lower(), []).append(fault.model_copy())

    def take(self, method: str) -> Fault | None:
        """Return what this call meets, first ordered first; counts it down."""
        waiting = self._waiting.get(method.lower(), [])
        if not waiting:
            return None
        fault = waiting[0]
        fault.times -= 1
        if fault.times == 0:
            waiting.pop(0)
        return fault

    def clear(self) -> None:
        self._waiting.clear()
