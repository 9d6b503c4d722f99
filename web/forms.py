"""What a form or an address may hold: declared fields, of bounded length, and no character a database cannot keep."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from starlette.responses import RedirectResponse

LAST_NUMBER = 2**31 - 1


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_without_nul)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(_without_nul)]
Credential = Annotated[str, StringConstraints(max_length=16_000), AfterValidator(_without_nul)]
"""What a browser says of a passkey, as JSON."""

CaseNumber = Annotated[str, Path(max_length=16, pattern=r"^[A-Za-z0-9-]+$")]
ReleaseNumber = Annotated[int, Path(ge=1, le=LAST_NUMBER)]
FileName = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]


class Posted(BaseModel):
    """The base of every form. The guard has compared the token by the time a page reads the rest."""

    model_config = ConfigDict(extra="forbid")

    csrf_token: str


def see_other(path: str) -> RedirectResponse:
    """Answer a form with the page that shows its effect, so that a reload does not send it twice."""
    return RedirectResponse(path, status_code=303)
