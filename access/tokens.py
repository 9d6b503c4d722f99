"""Tokens: a program acts for a member of staff, with no more than the permissions that were named for it.

A token never may more than its owner may now: what it names is cut with what the owner's role grants at each request.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import Actor, actor_of
from access.models import ApiAnswer, ApiToken, StaffMember
from access.rules import GRANTS, Permission
from access.sessions import SEEN_STEP, SignedIn, hash_of, require_fresh
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _

PREFIX = "hw_"
"""So that a token left in a file or a log is known as one by whoever searches for such things."""
LIVES = (7, 30, 90, 365)
"""Days that a token may last; there is none without an end."""
MOST_TOKENS = 20
LONGEST_NAME = 60
KEPT_AFTER_END = timedelta(days=30)
"""How long an owner can still see when a token was used last."""


async def make_token(
    session: AsyncSession, known: SignedIn, name: str, permissions: Collection[Permission], days: int
) -> str:
    """A new token, told only here. Raises NotAllowed unless the password was given a moment ago.

    `days`: one of LIVES. Raises Invalid for permissions that the owner's role does not grant.
    """
    require_fresh(known)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Give the token a name of at most {count} characters."), count=LONGEST_NAME)
    if not permissions or not set(permissions) <= GRANTS[known.staff.role]:
        raise Invalid(_("Choose what the program may do, among what you may do yourself."))
    if days not in LIVES:
        raise Invalid(_("Choose how long the token is to last."))
    live = select(func.count()).where(ApiToken.staff_id == known.staff.id, *_is_live())
    if (await session.scalar(live) or 0) >= MOST_TOKENS:
        raise Conflict(_("You have {count} tokens already. Revoke one first."), count=MOST_TOKENS)
    token, moment = PREFIX + secrets.token_urlsafe(32), clock.now()
    made = ApiToken(
        id=uuid4(),
        token_hash=hash_of(token),
        staff_id=known.staff.id,
        name=name,
        permissions=sorted(permissions),
        created_at=moment,
        ends_at=moment + timedelta(days=days),
        used_at=None,
        revoked_at=None,
    )
    session.add(made)
    audit.record(session, known.actor.id, "token.made", known.staff.id, token=made.id, permissions=made.permissions)
    return token


async def find_token(session: AsyncSession, token: str) -> SignedIn | None:
    """Whom a program acts for, and with what; None for a token that is unknown, ended or revoked. Reading only.

    The password was not given and the second factor not shown: whatever asks for either refuses a program.
    """
    row = (
        await session.execute(
            select(ApiToken, StaffMember)
            .join(StaffMember, StaffMember.id == ApiToken.staff_id)
            .where(ApiToken.token_hash == hash_of(token), StaffMember.disabled_at.is_(None), *_is_live())
            .options(joinedload(StaffMember.organisation))
        )
    ).one_or_none()
    if row is None:
        return None
    found, staff = row.ApiToken, row.StaffMember
    only = frozenset(permission for permission in Permission if permission in found.permissions)
    return SignedIn(
        staff,
        actor_of(staff, only),
        csrf_token="",
        session_id=found.id,
        confirmed_at=clock.NEVER,
        # The owner passed every step that was asked of them when they made it.
        has_factor=True,
        is_proven=True,
    )


async def touch(session: AsyncSession, token_id: UUID) -> None:
    """Note that the token is in use, at most once a minute."""
    moment = clock.now()
    await session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, or_(ApiToken.used_at.is_(None), ApiToken.used_at < moment - SEEN_STEP))
        .values(used_at=moment)
    )


async def tokens_of(session: AsyncSession, known: SignedIn) -> Sequence[ApiToken]:
    """One's own live tokens, the newest first."""
    found = await session.scalars(
        select(ApiToken)
        .where(ApiToken.staff_id == known.staff.id, *_is_live())
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )
    return found.all()


async def revoke_token(session: AsyncSession, known: SignedIn, token_id: UUID) -> None:
    """End one of one's own tokens. Raises NotFound for any other."""
    revoked = await session.scalar(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.staff_id == known.staff.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(ApiToken.id)
        .execution_options(synchronize_session=False)
    )
    if revoked is None:
        raise NotFound(_("This token has ended already."))
    audit.record(session, known.actor.id, "token.revoked", known.staff.id, token=token_id)


async def revoke_all(session: AsyncSession, staff_id: UUID, *, actor: Actor) -> None:
    """End every token of an account: whoever it belonged to may not be who holds it now."""
    revoked = await session.scalars(
        update(ApiToken)
        .where(ApiToken.staff_id == staff_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(ApiToken.id)
        .execution_options(synchronize_session=False)
    )
    for token_id in revoked.all():
        audit.record(session, actor.id, "token.revoked", staff_id, token=token_id)


async def sweep(session: AsyncSession) -> None:
    """Forget tokens that ended long enough ago, and what they were answered."""
    before = clock.now() - KEPT_AFTER_END
    ended = select(ApiToken.id).where(or_(ApiToken.ends_at < before, ApiToken.revoked_at < before))
    await session.execute(delete(ApiAnswer).where(ApiAnswer.token_id.in_(ended)))
    await session.execute(delete(ApiToken).where(ApiToken.id.in_(ended)))


def _is_live() -> tuple[ColumnElement[bool], ...]:
    return ApiToken.revoked_at.is_(None), ApiToken.ends_at > clock.now()
