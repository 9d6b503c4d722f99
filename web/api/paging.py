"""Lists a page at a time: items, and an opaque cursor behind which the next page begins."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from foundation.errors import Invalid
from foundation.language import _

T = TypeVar("T")

STANDARD = 50
Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[str, Query(max_length=120, description="`next` of the page before; empty: the first page.")]
_LONGEST_NUMBER = 9


class Page(BaseModel, Generic[T]):
    model_config = ConfigDict(use_attribute_docstrings=True)

    items: list[T]
    next: str | None
    """Give it as `after` for the next page; null: this is the last."""


def page_of(everything: Sequence[T], limit: int, after: str) -> Page[T]:
    """One page of a list that is short enough to be read whole. Raises Invalid for a cursor that is none of ours."""
    start = number_of(after)
    stop = start + limit
    return Page(items=list(everything[start:stop]), next=str(stop) if len(everything) > stop else None)


def number_of(after: str) -> int:
    """The number that a cursor is, 0 for the first page. Raises Invalid for a cursor that is none of ours."""
    if not after:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) <= _LONGEST_NUMBER):
        raise Invalid(_("This is not a place in this list. Begin with the first page."))
    return int(after)
