"""A partner comes by a link: what waits and until when; after the sign-in one tap accepts, or declines with a reason.

The token stands in the address only on the way in. From there it goes on in a cookie and in the form, never in an
address, so that neither a log, nor a history, nor another site learns it. Opening the link changes nothing.
"""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Path
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from foundation.language import _
from referrals.answer_links import LONGEST_TOKEN, answer_by_link, waiting_behind
from referrals.rules import DeclineReason
from web.errors import status_in_sight
from web.forms import Line, Posted, see_other
from web.guard import PUBLIC, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

ANSWER_COOKIE = "homeward_answer"
HALF_AN_HOUR = 1800
"""Seconds; for the sign-in that stands in between."""
_partner = guarded(Permission.REFERRAL_ANSWER)


class Choice(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"


class AnswerForm(Posted):
    token: Line
    answer: Choice
    reason: DeclineReason | None = None


@router.get("/answer/{token}")
async def come_in(
    visit: Annotated[Visit, guarded(PUBLIC)], token: Annotated[str, Path(max_length=LONGEST_TOKEN)]
) -> Response:
    answer = await _shown(visit, token)
    if answer.status_code == 200 and visit.signed_in is None:  # noqa: PLR2004  # OK
        secure = not visit.settings.is_local
        answer.set_cookie(ANSWER_COOKIE, token, max_age=HALF_AN_HOUR, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/answer")
async def go_on(visit: Annotated[Visit, _partner]) -> Response:
    """After the sign-in. The cookie has then served."""
    link_token = visit.request.cookies.get(ANSWER_COOKIE, "")
    answer = await _shown(visit, link_token) if link_token else see_other("/partner")
    return _without_cookie(visit, answer)


@router.post("/answer")
async def answer_it(visit: Annotated[Visit, _partner], form: Annotated[AnswerForm, Form()]) -> Response:
    try:
        async with visit.database.transaction() as session:
            referral_id = await answer_by_link(session, form.token, _reason(form), actor=visit.actor)
    except (Invalid, Conflict, NotAllowed, NotFound) as refusal:
        return await _shown(visit, form.token, refusal)
    return _without_cookie(visit, see_other(f"/partner/{referral_id}"))


def _reason(form: AnswerForm) -> DeclineReason | None:
    """None: the partner accepts."""
    if form.answer is Choice.ACCEPT:
        return None
    if form.reason is None:
        raise Invalid(_("Choose a reason."))
    return form.reason


async def _shown(visit: Visit, link_token: str, refusal: Refusal | None = None) -> Response:
    """To a stranger that a request waits; to the partner it was sent to the two answers; of a person nothing."""
    waiting = None
    try:
        async with visit.database.reading() as session:
            waiting = await waiting_behind(session, link_token)
    except NotFound as dead:
        refusal = dead
    is_theirs = (
        waiting is not None
        and visit.may(Permission.REFERRAL_ANSWER)
        and (visit.actor.organisation_id == waiting.organisation_id)
    )
    answer = page(
        visit,
        "answer.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal.message if refusal else None,
        waiting=waiting,
        is_theirs=is_theirs,
        link_token=link_token if is_theirs else "",
        reasons=list(DeclineReason),
    )
    # Not even our own pages are told the address that they were reached from: it holds the token.
    answer.headers["Referrer-Policy"] = "strict-origin"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _without_cookie(visit: Visit, answer: Response) -> Response:
    answer.delete_cookie(ANSWER_COOKIE, httponly=True, samesite="lax", secure=not visit.settings.is_local)
    return answer
