"""One's own account: where one is signed in, and the password."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field, SecretStr
from starlette.responses import Response

from access import staff
from access.factors import factors_of
from access.sessions import revoke_others, revoke_session, sessions_of
from access.staff import SHORTEST_PASSWORD
from foundation.errors import Invalid, NotAllowed
from foundation.language import Message, _
from web.devices import device_name
from web.forms import Posted, see_other
from web.guard import SIGNED_IN, Visit, address_of, guarded
from web.rendering import NAVIGATION, page

router = APIRouter(include_in_schema=False)

WRONG_PASSWORD = _("The password is not right.")
Password = Annotated[SecretStr, Field(max_length=200)]


class PasswordForm(Posted):
    current: Password = SecretStr("")
    new: Password = SecretStr("")


@router.get("/account")
async def show_account(visit: Annotated[Visit, guarded(SIGNED_IN)]) -> Response:
    """Also the home of a role that has no page of its own yet."""
    return await _account_page(visit)


@router.post("/account/sessions/end-others")
async def end_others(visit: Annotated[Visit, guarded(SIGNED_IN)], _form: Annotated[Posted, Form()]) -> Response:
    async with visit.database.transaction() as session:
        await revoke_others(session, visit.account)
    return see_other("/account")


@router.post("/account/sessions/{session_id}/end")
async def end_session(
    visit: Annotated[Visit, guarded(SIGNED_IN)], session_id: UUID, _form: Annotated[Posted, Form()]
) -> Response:
    async with visit.database.transaction() as session:
        await revoke_session(session, visit.account, session_id)
    return see_other("/account")


@router.post("/account/password")
async def change_password(
    visit: Annotated[Visit, guarded(SIGNED_IN)], form: Annotated[PasswordForm, Form()]
) -> Response:
    try:
        refusal = await confirm_password(visit, form.current.get_secret_value())
        if refusal is not None:
            return await _account_page(visit, refusal, status_code=422)
        async with visit.database.transaction() as session:
            await staff.change_password(session, visit.account, form.new.get_secret_value())
    except Invalid as refused:
        return await _account_page(visit, refused.message, status_code=422)
    except NotAllowed as refused:
        return await _account_page(visit, refused.message, status_code=429)
    return await _account_page(visit, is_changed=True)


async def confirm_password(visit: Visit, password: str) -> Message | None:
    """Why the password that was given once more does not do, or None. Guessing is counted as at the door."""
    known, address = visit.account, address_of(visit.request)
    async with visit.database.reading() as session:
        await staff.throttle(session, known.staff.email, address)
        member = await staff.identify(session, known.staff.email, password)
    async with visit.database.transaction() as session:
        await staff.throttle(session, known.staff.email, address)
        is_right = await staff.confirm_password(session, known, member, address)
    return None if is_right else WRONG_PASSWORD


async def _account_page(
    visit: Visit, refusal: Message | None = None, *, is_changed: bool = False, status_code: int = 200
) -> Response:
    async with visit.database.reading() as session:
        sessions = await sessions_of(session, visit.account)
        factors = await factors_of(session, visit.actor.id)
    return page(
        visit,
        "account.html",
        status_code=status_code,
        refusal=refusal,
        is_changed=is_changed,
        sessions=sessions,
        factors=factors,
        device_name=device_name,
        shortest=SHORTEST_PASSWORD,
        has_no_pages=not any(visit.may(permission) for permission, _path, _name in NAVIGATION),
    )
