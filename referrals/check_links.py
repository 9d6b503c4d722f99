"""Links with which a provider says, once and without an account, whether the directory is still right about a service.

Opening one changes nothing: mail scanners and previews open links. What is behind it is what anyone may read of the
service, and of one for staff only no more than its name.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import SYSTEM
from access.sessions import hash_of
from foundation import audit, clock
from foundation.errors import Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts
from referrals.directory_models import CheckLink, ServiceUpkeep
from referrals.hsds import ACTIVE
from referrals.models import Service
from referrals.upkeep import find_service, mark_checked, upkeep_of

LONGEST_TOKEN = 64
WORKS_FOR = timedelta(days=60)
KEPT_AFTER_END = timedelta(days=1)
LONGEST = 2_000
"""Characters of what has changed."""
_DEAD = _("This link no longer works: it was used, a newer one was sent, or its time is over. Thank you all the same.")


async def make_check_link(session: AsyncSession, service_id: UUID) -> str:
    """A new link's token, which is told only here. The one before dies."""
    await session.execute(delete(CheckLink).where(CheckLink.service_id == service_id, CheckLink.used_at.is_(None)))
    token, moment = secrets.token_urlsafe(32), clock.now()
    session.add(
        CheckLink(
            token_hash=hash_of(token),
            service_id=service_id,
            made_at=moment,
            expires_at=moment + WORKS_FOR,
            used_at=None,
        )
    )
    return token


async def service_behind(session: AsyncSession, token: str) -> Service:
    """The service that a link is about, with its organisation. Reads only. Raises NotFound for a dead link."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise NotFound(_DEAD)
    found = await session.scalar(
        select(Service)
        .join(CheckLink, CheckLink.service_id == Service.id)
        .where(
            CheckLink.token_hash == hash_of(token),
            CheckLink.used_at.is_(None),
            CheckLink.expires_at > clock.now(),
            Service.status == ACTIVE,
        )
        .options(joinedload(Service.organisation))
    )
    if found is None:
        raise NotFound(_DEAD)
    return found


async def confirm_by_link(session: AsyncSession, token: str) -> None:
    """Everything is still right. The link is used up. Raises NotFound for a dead one."""
    service = await _use(session, token)
    await mark_checked(session, service, await upkeep_of(session, service), by=None)
    audit.record(session, SYSTEM.id, "service.confirmed_by_provider", service.id)


async def tell_change_by_link(session: AsyncSession, token: str, words: str) -> None:
    """Something has changed, in the provider's words. The link is used up; whoever keeps the directory sees to it."""
    told = words.strip()
    if not told:
        raise Invalid(_("Please write what has changed."))
    if len(told) > LONGEST:
        raise Invalid(_("This is too long. Please keep it under {count} characters."), count=LONGEST)
    service = await _use(session, token)
    upkeep = await upkeep_of(session, service)
    key = await open_subject(session, upkeep.subject_id)
    upkeep.words = key.seal(ServiceUpkeep.words, service.id, free_of_accounts(told))
    upkeep.told_at = clock.now()
    audit.record(session, SYSTEM.id, "service.change_told", service.id)


async def forget_check_links(session: AsyncSession) -> None:
    """What is used up or out of time serves nobody."""
    before = clock.now() - KEPT_AFTER_END
    await session.execute(delete(CheckLink).where((CheckLink.expires_at < before) | (CheckLink.used_at < before)))


async def _use(session: AsyncSession, token: str) -> Service:
    """The service, locked, and its link used up."""
    service = await find_service(session, (await service_behind(session, token)).id)
    link = await session.get(CheckLink, hash_of(token), with_for_update=True, populate_existing=True)
    if link is None or link.used_at is not None:
        raise NotFound(_DEAD)
    link.used_at = clock.now()
    return service
