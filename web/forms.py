"""What a form may hold: declared fields only, of bounded length. Anything else is refused before a page sees it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.responses import RedirectResponse

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class Posted(BaseModel):
    """The base of every form. The guard has compared the token by the time a page reads the rest."""

    model_config = ConfigDict(extra="forbid")

    csrf_token: str


def see_other(path: str) -> RedirectResponse:
    """Answer a form with the page that shows its effect, so that a reload does not send it twice."""
    return RedirectResponse(path, status_code=303)
