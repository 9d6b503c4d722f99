"""Setting up the second step: an authenticator app, passkeys, recovery codes. Open before one has any, and after."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import segno
from fastapi import APIRouter, Form
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access import factors, passkeys, second_factor, sessions
from access.passkeys import Site, site_of
from foundation.errors import NotAllowed, NotFound, Refusal
from foundation.language import Message, _
from web.errors import status_in_sight
from web.forms import Credential, Line, Posted, see_other
from web.guard import ENROLLING, NOTHING_HERE, SIGNED_IN, Visit, address_of, guarded, keep_session
from web.pages.account import Password, confirm_password
from web.rendering import page

router = APIRouter(include_in_schema=False)

HERE = "/account/second-step"
Verb = Callable[[AsyncSession], Awaitable[object]]
_WRONG = _("This code is not right. Is the clock of your phone right? Wait for the next code and try again.")


class ConfirmForm(Posted):
    current: Password = SecretStr("")


class CodeForm(Posted):
    code: Line = ""


class PasskeyForm(Posted):
    name: Line
    credential: Credential = ""


@router.get(HERE)
async def show_factors(visit: Annotated[Visit, guarded(ENROLLING)]) -> Response:
    return await _factors_page(visit)


@router.post(f"{HERE}/confirm")
async def confirm(visit: Annotated[Visit, guarded(ENROLLING)], form: Annotated[ConfirmForm, Form()]) -> Response:
    try:
        refusal = await confirm_password(visit, form.current.get_secret_value())
    except NotAllowed as refused:
        return await _factors_page(visit, refused.message, status_code=429)
    return see_other(HERE) if refusal is None else await _factors_page(visit, refusal, status_code=422)


@router.post(f"{HERE}/app")
async def begin_app(visit: Annotated[Visit, guarded(ENROLLING)], _form: Annotated[Posted, Form()]) -> Response:
    """The secret stands on this answer and nowhere else; it is neither in an address nor kept in clear."""
    try:
        async with visit.database.transaction() as session:
            secret = await second_factor.begin_app(session, visit.account)
    except Refusal as refusal:
        return await _refused(visit, refusal)
    return await _factors_page(visit, secret=secret)


@router.post(f"{HERE}/app/code")
async def enrol_app(visit: Annotated[Visit, guarded(ENROLLING)], form: Annotated[CodeForm, Form()]) -> Response:
    """A wrong code is counted and committed."""
    known = visit.account
    try:
        async with visit.database.transaction() as session:
            secret = await second_factor.pending_secret(session, known)
            if await second_factor.enrol_app(session, known, form.code, address_of(visit.request)):
                return await _enrolled(visit, session)
    except Refusal as refusal:
        return await _refused(visit, refusal)
    return await _factors_page(visit, _WRONG, secret=secret, status_code=422)


@router.post(f"{HERE}/app/remove")
async def remove_app(visit: Annotated[Visit, guarded(SIGNED_IN)], _form: Annotated[Posted, Form()]) -> Response:
    async def verb(session: AsyncSession) -> None:
        await factors.remove_app(session, visit.account, required=_is_required(visit))

    return await _carry_out(visit, verb)


@router.post(f"{HERE}/passkeys/options")
async def begin_passkey(visit: Annotated[Visit, guarded(ENROLLING)], _form: Annotated[Posted, Form()]) -> Response:
    async with visit.database.transaction() as session:
        options = await passkeys.begin_passkey(session, visit.account, _site(visit))
    return Response(options, media_type="application/json")


@router.post(f"{HERE}/passkeys")
async def enrol_passkey(visit: Annotated[Visit, guarded(ENROLLING)], form: Annotated[PasskeyForm, Form()]) -> Response:
    try:
        async with visit.database.transaction() as session:
            await passkeys.enrol_passkey(session, visit.account, _site(visit), form.name, form.credential)
            return await _enrolled(visit, session)
    except Refusal as refusal:
        return await _refused(visit, refusal)


@router.post(f"{HERE}/passkeys/{{passkey_id}}/remove")
async def remove_passkey(
    visit: Annotated[Visit, guarded(SIGNED_IN)], passkey_id: UUID, _form: Annotated[Posted, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await factors.remove_passkey(session, visit.account, passkey_id, required=_is_required(visit))

    return await _carry_out(visit, verb)


@router.post(f"{HERE}/recovery")
async def renew_recovery(visit: Annotated[Visit, guarded(SIGNED_IN)], _form: Annotated[Posted, Form()]) -> Response:
    try:
        async with visit.database.transaction() as session:
            codes = await second_factor.make_recovery_codes(session, visit.account)
    except Refusal as refusal:
        return await _refused(visit, refusal)
    return await _factors_page(visit, codes=codes)


async def _enrolled(visit: Visit, session: AsyncSession) -> Response:
    """The session has just shown what was set up; with the first, the recovery codes are told."""
    known, token = visit.account, None
    await session.flush()
    has_codes = (await factors.factors_of(session, known.staff.id)).recovery_codes_left
    codes = [] if has_codes else await second_factor.make_recovery_codes(session, known)
    if not known.is_proven:
        token = await sessions.prove(session, known)
        known = await sessions.find_session(session, token) or known
        visit = replace(visit, known=known, form_token=known.csrf_token)
    answer = page(visit, "account_second_step.html", **_shown(visit, codes=codes)) if codes else see_other(HERE)
    if token is not None:
        keep_session(answer, visit, token)
    return answer


async def _carry_out(visit: Visit, verb: Verb) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except Refusal as refusal:
        return await _refused(visit, refusal)
    return see_other(HERE)


async def _refused(visit: Visit, refusal: Refusal) -> Response:
    if isinstance(refusal, NotFound):
        raise refusal
    return await _factors_page(visit, refusal.message, status_code=status_in_sight(refusal))


async def _factors_page(
    visit: Visit,
    refusal: Message | None = None,
    *,
    secret: str = "",
    codes: list[str] | None = None,
    status_code: int = 200,
) -> Response:
    async with visit.database.reading() as session:
        enrolled = await factors.factors_of(session, visit.account.staff.id)
    shown = _shown(visit, refusal, secret=secret, codes=codes)
    return page(visit, "account_second_step.html", status_code=status_code, factors=enrolled, **shown)


def _shown(
    visit: Visit, refusal: Message | None = None, *, secret: str = "", codes: list[str] | None = None
) -> dict[str, Any]:
    link = second_factor.link_of(secret, visit.account.staff.email) if secret else ""
    return {
        "refusal": refusal,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "link": link,
        "picture": _picture(link) if link else "",
        "codes": codes or [],
        "has_passkeys": site_of(visit.settings.public_url) is not None,
    }


def _picture(link: str) -> str:
    """A QR code as the address of a picture that holds it: nothing to load, and no mark-up to trust."""
    return segno.make(link, error="m", micro=False).svg_data_uri(scale=5, light="#fff", omitsize=True)


def _site(visit: Visit) -> Site:
    site = site_of(visit.settings.public_url)
    if site is None:
        raise NotFound(NOTHING_HERE)
    return site


def _is_required(visit: Visit) -> bool:
    return visit.settings.second_factor == "required"
