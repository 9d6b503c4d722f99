"""Lists a page at a time: items, and an opaque cursor behind which the next page begins."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

T = TypeVar("T")

STANDARD = 50

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[str, Query(max_length=120, description="`next` of the page before; empty: the first page.")]
NumberCursor = Annotated[
    str, Query(pattern=r"^([1-9][0-9]{0,5})?$", description="`next` of the page before; empty: the first page.")
]
"""The same for a list whose places are numbers."""


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None
    """Give it as `after` for the next page; null: this is the last."""


def part_of(items: list[T], limit: int, after: str) -> tuple[list[T], str | None]:
    """The page of a whole list behind a `NumberCursor`, and the cursor behind which the next one begins."""
    begin = int(after or 0)
    end = begin + limit
    return items[begin:end], str(end) if end < len(items) else None
