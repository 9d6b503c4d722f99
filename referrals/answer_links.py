"""Links with which a partner answers one referral in one tap: signed in, once, and only while it awaits an answer.

Whoever has a link and is not signed in learns that a request waits, until when and from whom, and nothing of a person.
Mail scanners and previews open links: opening one changes nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation
from access.rules import Permission
from access.sessions import hash_of
from cases.models import Case
from cases.rules import Urgency
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.language import _
from referrals.models import Referral, Service
from referrals.partner_models import AnswerLink
from referrals.responding import accept, decline
from referrals.rules import AWAITING_STATES, DeclineReason
from referrals.steps import find_to_change

LONGEST_TOKEN = 64
KEPT_AFTER_END = timedelta(days=1)
_DEAD = _("This link no longer works: it was used, a newer one was made, or the request needs no answer any more.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a live link leads to, without anything of the person."""

    referral_id: UUID
    organisation_id: UUID
    due_at: datetime
    sender: str
    """The organisation that asks."""
    team: str | None
    service: str
    urgency: Urgency


def make_link(session: AsyncSession, referral: Referral, staff_id: UUID | None) -> tuple[AnswerLink, str]:
    """A new link and its token, which is told only here. The caller has ended the one before: see `end_links`."""
    token = secrets.token_urlsafe(32)
    link = AnswerLink(
        token_hash=hash_of(token),
        referral_id=referral.id,
        organisation_id=referral.organisation_id,
        staff_id=staff_id,
        made_at=clock.now(),
        expires_at=referral.due_at or clock.now(),
        used_at=None,
    )
    session.add(link)
    return link, token


async def end_links(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    await session.execute(delete(AnswerLink).where(AnswerLink.used_at.is_(None), *which))


async def hand_over_link(session: AsyncSession, case: Case, referral_id: UUID, *, actor: Actor) -> tuple[str, datetime]:
    """A link for the caseworker to hand to the partner: its token, and until when it works. The one before dies."""
    require(actor, Permission.REFERRAL_CREATE)
    referral = await find_to_change(session, Referral.id == referral_id, Referral.case_id == case.id)
    if referral is None:
        raise NotFound(_("There is no such referral."))
    if referral.state not in AWAITING_STATES or referral.due_at is None or referral.due_at <= clock.now():
        raise Conflict(_("This referral awaits no answer, so there is no link to it."))
    await end_links(session, AnswerLink.referral_id == referral.id, AnswerLink.staff_id.is_(None))
    link, token = make_link(session, referral, None)
    audit.record(session, actor.id, "referral.link_made", case.id, referral=referral.id)
    return token, link.expires_at


async def waiting_behind(session: AsyncSession, token: str) -> Waiting:
    """What a link leads to. Reads only. Raises NotFound for one that is unknown, used, replaced or out of time."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise NotFound(_DEAD)
    found = await session.execute(
        select(Referral, Service.name, Case.team, Organisation.name.label("sender"))
        .join(AnswerLink, AnswerLink.referral_id == Referral.id)
        .join(Service, Service.id == Referral.service_id)
        .join(Case, Case.id == Referral.case_id)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(AnswerLink.token_hash == hash_of(token), *_is_live())
    )
    row = found.one_or_none()
    if row is None or row.Referral.due_at is None:
        raise NotFound(_DEAD)
    referral = row.Referral
    return Waiting(
        referral.id, referral.organisation_id, referral.due_at, row.sender, row.team, row.name, referral.urgency
    )


async def answer_by_link(session: AsyncSession, token: str, reason: DeclineReason | None, *, actor: Actor) -> UUID:
    """Accept, or decline if a reason is given; returns the referral. The link is used up with it.

    Raises NotFound for a dead link or one of another organisation; see `referrals.responding` for what else refuses.
    """
    require(actor, Permission.REFERRAL_ANSWER)
    waiting = await waiting_behind(session, token)
    if waiting.organisation_id != actor.organisation_id:
        raise NotFound(_DEAD)
    # The referral before its links, as everywhere: two who act at once never wait for each other.
    await find_to_change(session, Referral.id == waiting.referral_id)
    link = await session.get(AnswerLink, hash_of(token), with_for_update=True, populate_existing=True)
    if link is None or link.used_at is not None:
        raise NotFound(_DEAD)
    link.used_at = clock.now()
    if reason is None:
        await accept(session, waiting.referral_id, actor=actor)
    else:
        await decline(session, waiting.referral_id, reason, actor=actor)
    return waiting.referral_id


async def forget_links(session: AsyncSession) -> None:
    """What is used up or out of time serves nobody."""
    before = clock.now() - KEPT_AFTER_END
    await session.execute(delete(AnswerLink).where((AnswerLink.expires_at < before) | (AnswerLink.used_at < before)))


def _is_live() -> tuple[ColumnElement[bool], ...]:
    return (
        AnswerLink.used_at.is_(None),
        AnswerLink.expires_at > clock.now(),
        AnswerLink.organisation_id == Referral.organisation_id,
        Referral.state.in_(AWAITING_STATES),
    )
