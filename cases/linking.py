"""A person and their phone, as the staff can help with it: a one-time code for a new phone, and a forgotten PIN.

The chat itself belongs to the bot. Of its row only what stands here is known on this floor.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Uuid, column, delete, func, select, table, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.messages import person_of
from cases.models import Case, PhoneLink
from foundation import audit, clock
from foundation.errors import Conflict
from foundation.keys import fingerprint
from foundation.language import _

LINK = "phone_link"
"""Purpose of the fingerprint under which a code is kept; the code itself is nowhere."""
LIFE = timedelta(minutes=30)
MOST_CODES = 5
"""In an hour, for one person."""
CODE_LENGTH = 8
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE = re.compile(f"[{_ALPHABET}]{{{CODE_LENGTH}}}")
_HOUR = timedelta(hours=1)

_CHAT = table(
    "chat",
    column("subject_id", Uuid()),
    column("pin_hash"),
    column("pin_failures"),
    column("pin_blocked_until"),
    column("unlocked_until"),
)


@dataclass(frozen=True, slots=True)
class PhoneState:
    """What staff may know of the person's phone."""

    has_pin: bool
    code_until: datetime | None
    """Until when a code that was made can still be used; None: there is none."""


async def has_chat(session: AsyncSession, person_id: UUID) -> bool:
    """Whether there is a chat in which the person can be told and asked; it may have been stopped."""
    found = await session.scalar(select(_CHAT.c.subject_id).where(_CHAT.c.subject_id == person_id))
    return found is not None


async def phone_of(session: AsyncSession, case: Case) -> PhoneState | None:
    """None for a person who has no chat, such as one whose case staff opened for them."""
    found = (await session.execute(select(_CHAT.c.pin_hash).where(_CHAT.c.subject_id == case.person_id))).one_or_none()
    if found is None:
        return None
    until = await session.scalar(
        select(func.max(PhoneLink.expires_at)).where(
            PhoneLink.person_id == case.person_id, PhoneLink.used_at.is_(None), PhoneLink.expires_at > clock.now()
        )
    )
    return PhoneState(found.pin_hash is not None, until)


async def make_code(session: AsyncSession, case: Case, *, actor: Actor) -> str:
    """A code with which the person moves to a new phone: shown once, good for half an hour, and the only one.

    Raises Conflict for a person without a chat, and when too many were made for them of late.
    """
    require(actor, Permission.PHONE_LINK)
    person = await person_of(session, case)
    if await phone_of(session, case) is None:
        raise Conflict(_("This person has no chat."))
    mine = PhoneLink.person_id == person.id
    made = select(func.count()).select_from(PhoneLink).where(mine, PhoneLink.created_at > clock.now() - _HOUR)
    if (await session.scalar(made) or 0) >= MOST_CODES:
        raise Conflict(_("Too many codes were made for this person. Please wait an hour."))
    await session.execute(
        update(PhoneLink).where(mine, PhoneLink.expires_at > clock.now()).values(expires_at=clock.now())
    )
    code = "".join(secrets.choice(_ALPHABET) for _each in range(CODE_LENGTH))
    session.add(
        PhoneLink(
            code_fingerprint=await fingerprint(session, LINK, code),
            person_id=person.id,
            created_by=actor.id,
            created_at=clock.now(),
            expires_at=clock.now() + LIFE,
        )
    )
    audit.record(session, actor.id, "phone.code_made", case.id)
    return code


def read_code(typed: str) -> str | None:
    """The code that someone typed, whatever they put between the letters; None if it cannot be one."""
    code = re.sub(r"[\s\-_.]", "", typed).upper()
    return code if _CODE.fullmatch(code) else None


async def find_link(session: AsyncSession, code: str) -> PhoneLink | None:
    """The link of a code that can still be used, locked; None for any other."""
    return await session.scalar(
        select(PhoneLink)
        .where(
            PhoneLink.code_fingerprint == await fingerprint(session, LINK, code),
            PhoneLink.used_at.is_(None),
            PhoneLink.expires_at > clock.now(),
        )
        .with_for_update()
    )


async def remove_pin(session: AsyncSession, case: Case, *, is_checked: bool, actor: Actor) -> None:
    """The person forgot their PIN. `is_checked`: the caseworker has made sure who they speak with.

    Raises Conflict if that was not done, or there is no PIN.
    """
    require(actor, Permission.PHONE_LINK)
    person = await person_of(session, case)
    if not is_checked:
        raise Conflict(_("First make sure that you speak with the person themselves, and say so here."))
    removed = await session.scalar(
        update(_CHAT)
        .where(_CHAT.c.subject_id == person.id, _CHAT.c.pin_hash.is_not(None))
        .values(pin_hash=None, pin_failures=0, pin_blocked_until=None, unlocked_until=None)
        .returning(_CHAT.c.subject_id)
    )
    if removed is None:
        raise Conflict(_("No PIN is set on this person's phone."))
    audit.record(session, actor.id, "pin.removed", case.id)


async def forget_old_links(session: AsyncSession) -> None:
    """A code that is used up or too old serves no more; its row is kept a day for whoever looks into a doubt."""
    await session.execute(delete(PhoneLink).where(PhoneLink.created_at < clock.now() - timedelta(days=1)))
