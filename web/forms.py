"""What a form or an address may hold: declared fields, of bounded length, and no character a database cannot keep."""

from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from starlette.responses import RedirectResponse

from foundation.errors import Invalid
from foundation.language import _

LAST_NUMBER = 2**31 - 1


def without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


Credential = Annotated[str, StringConstraints(max_length=16_000), AfterValidator(without_nul)]
"""What a browser says of a passkey, as JSON."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(without_nul)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(without_nul)]

CaseNumber = Annotated[str, Path(max_length=16, pattern=r"^[A-Za-z0-9-]+$")]
ReleaseNumber = Annotated[int, Path(ge=1, le=LAST_NUMBER)]
FileName = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]


class Posted(BaseModel):
    """The base of every form. The guard has compared the token by the time a page reads the rest."""

    model_config = ConfigDict(extra="forbid")

    csrf_token: str


def read_day(text: str) -> date | None:
    """A day as a date field sends it; None for none. Raises Invalid for anything else, so that what was typed stays."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(_("Write a day as year-month-day, such as 2026-03-31.")) from None


def see_other(path: str) -> RedirectResponse:
    """Answer a form with the page that shows its effect, so that a reload does not send it twice."""
    return RedirectResponse(path, status_code=303)
