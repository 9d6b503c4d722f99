"""What every body and every answer of the API has in common."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """The base of everything that is sent: a field that nobody knows is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Answer(BaseModel):
    """The base of everything that is told. Moments are in UTC, days and moments in ISO 8601, ids are UUIDs."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Made(Answer):
    """What was made."""

    id: UUID
