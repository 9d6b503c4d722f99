"""Coming in and going out: the password, home by role, the sign-out, and the choice of language."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import Field, SecretStr
from starlette.responses import Response

from access import sessions, staff
from access.rules import Permission
from foundation.errors import NotAllowed
from foundation.language import Message, _
from web.devices import device_of
from web.forms import Line, Posted, see_other
from web.guard import KNOWN, PUBLIC, SESSION_COOKIE, Visit, address_of, guarded, keep_session
from web.languages import LANGUAGE_COOKIE
from web.pages.answering import ANSWER_COOKIE
from web.rendering import home_of, page

router = APIRouter(include_in_schema=False)

ONE_YEAR = 365 * 24 * 3600
_WRONG = _("The e-mail address or the password is not right.")
"""The same words whether or not the account exists."""


class SignInForm(Posted):
    email: Line = ""
    password: Annotated[SecretStr, Field(max_length=200)] = SecretStr("")


class LanguageForm(Posted):
    language: Line
    back: Line = "/"


@router.get("/")
async def entrance(visit: Annotated[Visit, guarded(PUBLIC)]) -> Response:
    if visit.known is None:
        return _sign_in_page(visit)
    comes_to_answer = visit.may(Permission.REFERRAL_ANSWER) and ANSWER_COOKIE in visit.request.cookies
    return see_other("/answer" if comes_to_answer else home_of(visit))


@router.post("/sign-in")
async def sign_in(visit: Annotated[Visit, guarded(PUBLIC)], form: Annotated[SignInForm, Form()]) -> Response:
    """A wrong password is counted and committed. The throttle is asked again where it counts: many may try at once.

    A right one leads on to the second step, where one is asked for.
    """
    address = address_of(visit.request)
    try:
        async with visit.database.reading() as session:
            await staff.throttle(session, form.email, address)
            member = await staff.identify(session, form.email, form.password.get_secret_value())
        async with visit.database.transaction() as session:
            await staff.throttle(session, form.email, address)
            token = await staff.sign_in(session, member, form.email, address, device_of(visit.request))
            if token and visit.session_token:
                await sessions.sign_out(session, visit.session_token)
    except NotAllowed as refusal:
        return _sign_in_page(visit, refusal.message, form.email, status_code=429)
    if token is None:
        return _sign_in_page(visit, _WRONG, form.email, status_code=401)
    answer = see_other("/")
    keep_session(answer, visit, token)
    return answer


@router.post("/sign-out")
async def sign_out(visit: Annotated[Visit, guarded(KNOWN)]) -> Response:
    async with visit.database.transaction() as session:
        await sessions.sign_out(session, visit.session_token)
    answer = see_other("/")
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=not visit.settings.is_local)
    return answer


@router.post("/language")
async def choose_language(visit: Annotated[Visit, guarded(PUBLIC)], form: Annotated[LanguageForm, Form()]) -> Response:
    """Kept with the account of whoever is signed in, and in a cookie for everyone else."""
    answer = see_other(_path_here(form.back))
    if form.language not in visit.languages:
        return answer
    if visit.signed_in is not None:
        async with visit.database.transaction() as session:
            await staff.choose_language(session, visit.actor.id, form.language)
    secure = not visit.settings.is_local
    answer.set_cookie(LANGUAGE_COOKIE, form.language, max_age=ONE_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer


def _sign_in_page(visit: Visit, refusal: Message | None = None, email: str = "", status_code: int = 200) -> Response:
    return page(visit, "sign_in.html", status_code=status_code, refusal=refusal, email=email)


def _path_here(path: str) -> str:
    """Only a plain path of this site: a form must not send anyone elsewhere."""
    is_plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_plain else "/"
