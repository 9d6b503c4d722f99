"""One's own tokens for programs: making one, seeing when each was used last, ending it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field, SecretStr
from starlette.responses import Response

from access import tokens
from access.rules import GRANTS, Permission
from access.tokens import LIVES, LONGEST_NAME
from foundation.errors import NotAllowed, Refusal
from foundation.language import Message
from web.errors import message_of, status_in_sight
from web.forms import Line, Posted, see_other
from web.guard import SIGNED_IN, Visit, guarded, still_signed_in
from web.pages.account import Password, confirm_password
from web.rendering import page

router = APIRouter(include_in_schema=False)

HERE = "/account/tokens"


class TokenForm(Posted):
    name: Line = ""
    permission: list[Permission] = Field(default_factory=list, max_length=len(Permission))
    days: int = 0
    current: Password = SecretStr("")


@router.get(HERE)
async def show_tokens(visit: Annotated[Visit, guarded(SIGNED_IN)]) -> Response:
    return await _tokens_page(visit)


@router.post(HERE)
async def make_token(visit: Annotated[Visit, guarded(SIGNED_IN)], form: Annotated[TokenForm, Form()]) -> Response:
    """The token stands on this answer and nowhere else; it is neither in an address nor kept in clear."""
    try:
        refusal = await confirm_password(visit, form.current.get_secret_value())
    except NotAllowed as refused:
        return await _tokens_page(visit, refused.message, form, status_code=429)
    if refusal is not None:
        return await _tokens_page(visit, refusal, form, status_code=422)
    try:
        async with visit.database.transaction() as session:
            known = await still_signed_in(session, visit) or visit.account
            made = await tokens.make_token(session, known, form.name, form.permission, form.days)
    except Refusal as refused:
        return await _tokens_page(visit, message_of(refused), form, status_code=status_in_sight(refused))
    return await _tokens_page(visit, made=made)


@router.post(f"{HERE}/{{token_id}}/revoke")
async def revoke_token(
    visit: Annotated[Visit, guarded(SIGNED_IN)], token_id: UUID, _form: Annotated[Posted, Form()]
) -> Response:
    async with visit.database.transaction() as session:
        await tokens.revoke_token(session, visit.account, token_id)
    return see_other(HERE)


async def _tokens_page(
    visit: Visit,
    refusal: Message | None = None,
    typed: TokenForm | None = None,
    *,
    made: str = "",
    status_code: int = 200,
) -> Response:
    async with visit.database.reading() as session:
        live = await tokens.tokens_of(session, visit.account)
    return page(
        visit,
        "account_tokens.html",
        status_code=status_code,
        refusal=refusal,
        typed=typed,
        made=made,
        tokens=live,
        grantable=sorted(GRANTS[visit.account.staff.role]),
        lives=LIVES,
        longest_name=LONGEST_NAME,
    )
