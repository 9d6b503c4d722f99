"""A provider comes by a link: what the directory says of its service, and one tap that it is right, or what is not.

No account is needed. The token stands in the address only on the way in, and from there goes on in the form; opening
the link changes nothing. Of a service for staff only the page shows no more than its name.
"""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Path
from starlette.responses import Response

from foundation import clock
from foundation.errors import Invalid, NotFound, Refusal
from foundation.language import Message, _
from referrals.check_links import LONGEST, LONGEST_TOKEN, confirm_by_link, service_behind, tell_change_by_link
from referrals.describing import describe
from web.errors import status_in_sight
from web.forms import Line, Posted, Text
from web.guard import PUBLIC, Visit, guarded
from web.pages.public import in_language
from web.rendering import page

router = APIRouter(include_in_schema=False)

_THANKS = _("Thank you. We have noted that everything is still right.")
_NOTED = _("Thank you. Whoever keeps the directory sees what you wrote, and changes the entry.")


class Answer(StrEnum):
    RIGHT = "right"
    CHANGED = "changed"


class CheckForm(Posted):
    token: Line
    answer: Answer
    words: Text = ""
    lang: Line = ""


@router.get("/directory-check/{token}")
async def come_in(
    visit: Annotated[Visit, guarded(PUBLIC)], token: Annotated[str, Path(max_length=LONGEST_TOKEN)]
) -> Response:
    return await _shown(in_language(visit, visit.request.query_params.get("lang", "")), token)


@router.post("/directory-check")
async def answer(visit: Annotated[Visit, guarded(PUBLIC)], form: Annotated[CheckForm, Form()]) -> Response:
    visit = in_language(visit, form.lang)
    try:
        async with visit.database.transaction() as session:
            if form.answer is Answer.RIGHT:
                await confirm_by_link(session, form.token)
            else:
                await tell_change_by_link(session, form.token, form.words)
    except (Invalid, NotFound) as refusal:
        return await _shown(visit, form.token, refusal, form.words)
    return _page(visit, said=_THANKS if form.answer is Answer.RIGHT else _NOTED)


async def _shown(visit: Visit, link_token: str, refusal: Refusal | None = None, words: str = "") -> Response:
    try:
        async with visit.database.reading() as session:
            service = await service_behind(session, link_token)
    except NotFound as dead:
        return _page(visit, dead)
    return _page(
        visit,
        refusal,
        service=service,
        told=describe(service, visit.language, clock.now()) if service.is_public else None,
        link_token=link_token,
        words=words,
    )


def _page(visit: Visit, refusal: Refusal | None = None, said: Message | None = None, **values: object) -> Response:
    shown = {"service": None, "told": None, "link_token": "", "words": "", **values}
    made = page(
        visit,
        "directory_check.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        said=said,
        longest=LONGEST,
        written=shown.pop("words"),
        **shown,
    )
    # Not even our own pages are told the address that they were reached from: it holds the token.
    made.headers["Referrer-Policy"] = "strict-origin"
    made.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return made
