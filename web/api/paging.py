"""Lists a page at a time: items, and an opaque cursor behind which the next page begins."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from foundation.errors import Invalid
from foundation.language import _

T = TypeVar("T")

STANDARD = 50
LAST_PLACE = 1_000_000

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


def place_of(after: str, first: int = 0) -> int:
    """The place in a list at which a cursor that is a number leads on. Raises Invalid for what is no cursor of ours."""
    if not after:
        return first
    if not (after.isascii() and after.isdigit() and len(after) <= len(str(LAST_PLACE))):
        raise Invalid(_("This page of the list cannot be found. Begin again with the first."))
    return max(min(int(after), LAST_PLACE), first)


def part_of(items: list[T], limit: int, after: str) -> tuple[list[T], str | None]:
    """The page of a whole list, and the cursor behind which the next one begins."""
    begin = place_of(after)
    end = begin + limit
    return items[begin:end], str(end) if end < len(items) else None
