"""The second step of signing in. Whoever is here gave the right password, and gets nowhere else before this is done."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from access.factors import factors_of
from access.passkeys import begin_proof, prove_by_passkey, site_of
from access.second_factor import prove_by_code
from foundation.errors import NotAllowed, NotFound
from foundation.language import Message, _
from web.forms import Credential, Line, Posted, see_other
from web.guard import NOTHING_HERE, PROVING, Visit, address_of, guarded, keep_session
from web.rendering import page

router = APIRouter(include_in_schema=False)

_WRONG = _("This code is not right, or it was used already.")
_NO_PASSKEY = _("This passkey could not be used. Please try again, or use another way.")


class CodeForm(Posted):
    code: Line = ""


class PasskeyForm(Posted):
    credential: Credential = ""


@router.get("/second-step")
async def show_step(visit: Annotated[Visit, guarded(PROVING)]) -> Response:
    return await _step_page(visit)


@router.post("/second-step")
async def prove_with_code(visit: Annotated[Visit, guarded(PROVING)], form: Annotated[CodeForm, Form()]) -> Response:
    """A wrong code is counted and committed."""
    try:
        async with visit.database.transaction() as session:
            token = await prove_by_code(session, visit.account, form.code, address_of(visit.request))
    except NotAllowed as refusal:
        return await _step_page(visit, refusal.message, status_code=429)
    return await _answer(visit, token, _WRONG)


@router.post("/second-step/passkey/options")
async def offer(visit: Annotated[Visit, guarded(PROVING)], _form: Annotated[Posted, Form()]) -> Response:
    site = site_of(visit.settings.public_url)
    if site is None:
        raise NotFound(NOTHING_HERE)
    async with visit.database.transaction() as session:
        options = await begin_proof(session, visit.account, site)
    return Response(options, media_type="application/json")


@router.post("/second-step/passkey")
async def prove_with_passkey(
    visit: Annotated[Visit, guarded(PROVING)], form: Annotated[PasskeyForm, Form()]
) -> Response:
    site = site_of(visit.settings.public_url)
    if site is None:
        raise NotFound(NOTHING_HERE)
    try:
        async with visit.database.transaction() as session:
            address = address_of(visit.request)
            token = await prove_by_passkey(session, visit.account, site, form.credential, address)
    except NotAllowed as refusal:
        return await _step_page(visit, refusal.message, status_code=429)
    return await _answer(visit, token, _NO_PASSKEY)


async def _answer(visit: Visit, token: str | None, wrong: Message) -> Response:
    if token is None:
        return await _step_page(visit, wrong, status_code=401)
    answer = see_other("/")
    keep_session(answer, visit, token)
    return answer


async def _step_page(visit: Visit, refusal: Message | None = None, *, status_code: int = 200) -> Response:
    async with visit.database.reading() as session:
        factors = await factors_of(session, visit.account.staff.id)
    return page(
        visit,
        "second_step.html",
        status_code=status_code,
        refusal=refusal,
        has_app=factors.app_since is not None,
        has_passkeys=bool(factors.passkeys) and site_of(visit.settings.public_url) is not None,
    )
