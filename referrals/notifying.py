"""Telling a partner that a request waits: at once, at half of its time, and when little is left. Nothing personal.

A notice is a row of the outbox with ids only; the worker makes the link when it sends the mail, so that no token waits
anywhere. Without a mail server the row is settled with that reason: the inbox shows the same in any case.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from access.models import Organisation, StaffMember
from access.rules import GRANTS, Permission
from cases.models import Case
from foundation import audit, clock, outbox
from foundation.keys import open_subject
from foundation.language import Message, _, say
from referrals.agreements import has_agreement
from referrals.answer_links import end_links, make_link
from referrals.clocks import last_reminder
from referrals.models import Referral, Service, reference_of
from referrals.partner_models import AnswerLink
from referrals.rules import AWAITING_STATES, OPEN_STATES
from referrals.steps import find_to_change
from referrals.transfers import contact_of

TELL_PARTNER = "tell_partner"
REMINDED_AT_ONCE = 100
_ANSWERERS = [role for role, granted in GRANTS.items() if Permission.REFERRAL_ANSWER in granted]


class Notice(StrEnum):
    NEW = "new"
    HALF = "half"
    LAST = "last"
    MOVED = "moved"
    """Another organisation has taken over the case: it is to be written to from now on."""


_SUBJECTS: dict[Notice, Message] = {
    Notice.NEW: _("A request waits for your answer"),
    Notice.HALF: _("A request still waits for your answer"),
    Notice.LAST: _("A request waits for your answer, and its time is nearly over"),
    Notice.MOVED: _("A request that you have comes from another organisation now"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it leaves."""

    to: str
    subject: str
    text: str


async def notify_partner(session: AsyncSession, referral: Referral, notice: Notice) -> int:
    """Queue a notice to every active account of the partner; returns how many."""
    accounts = await session.scalars(
        select(StaffMember.id)
        .where(
            StaffMember.organisation_id == referral.organisation_id,
            StaffMember.role.in_(_ANSWERERS),
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffMember.id)
    )
    found = accounts.all()
    if not found:
        return 0
    key = await open_subject(session, referral.subject_id)
    for staff_id in found:
        payload = {"referral": str(referral.id), "staff": str(staff_id), "notice": notice.value}
        # A lane of its own: neither the person's messages nor another's mail wait for it.
        outbox.enqueue(session, TELL_PARTNER, key=key, payload=payload, lane=uuid5(referral.id, staff_id.hex))
    return len(found)


async def remind_partners(session: AsyncSession) -> int:
    """The worker's part: remind whoever has not answered at half of the time and when little is left, once each."""
    due = await session.scalars(
        select(Referral)
        .where(Referral.state.in_(AWAITING_STATES), Referral.remind_at <= clock.now())
        .order_by(Referral.remind_at)
        .limit(REMINDED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    reminded = due.all()
    for referral in reminded:
        if referral.sent_at is None or referral.due_at is None:
            continue
        last = last_reminder(referral.sent_at, referral.due_at)
        notice = Notice.LAST if clock.now() >= last else Notice.HALF
        referral.remind_at = None if notice is Notice.LAST else last
        await notify_partner(session, referral, notice)
        audit.record(session, SYSTEM.id, "referral.reminded", referral.case_id, referral=referral.id, notice=notice)
    return len(reminded)


async def write_letter(
    session: AsyncSession, referral_id: UUID, staff_id: UUID, notice: Notice, address: str
) -> Letter | None:
    """The mail to one account, with a new link that works once if it waits; None if nobody need be told any more.

    `address`: where the pages are reached. Says who asks and until when; no service, no place, nothing of the person.
    """
    referral = await find_to_change(session, Referral.id == referral_id)
    account = await session.get(StaffMember, staff_id)
    if referral is None or account is None or account.disabled_at is not None:
        return None
    service = await session.get_one(Service, referral.service_id)
    if account.organisation_id != referral.organisation_id or not await has_agreement(
        session, referral.organisation_id, service.kind
    ):
        return None
    if notice is Notice.MOVED:
        return await _moved(session, referral, account, address) if referral.state in OPEN_STATES else None
    if referral.state not in AWAITING_STATES or referral.due_at is None or referral.due_at <= clock.now():
        return None
    await end_links(session, AnswerLink.referral_id == referral.id, AnswerLink.staff_id == staff_id)
    _link, token = make_link(session, referral, staff_id)
    case = await session.get_one(Case, referral.case_id)
    sender = await session.get_one(Organisation, case.organisation_id)
    link = f"{address.rstrip('/')}/answer/{token}"
    language = account.language
    return Letter(account.email, say(language, _SUBJECTS[notice]), _text(language, sender, referral.due_at, link))


async def _moved(session: AsyncSession, referral: Referral, account: StaffMember, address: str) -> Letter:
    case = await session.get_one(Case, referral.case_id)
    contact = await contact_of(session, case)
    language = account.language
    text = [
        say(
            language,
            # Translators: {sender} is an organisation
            _("{sender} now works on the case behind the request {reference}. Please write to them about it."),
            sender=contact.organisation,
            reference=reference_of(referral.id),
        ),
        *([f"{contact.name}, {contact.email}"] if contact.name else []),
        say(language, _("What was agreed stays as it is. You find the request here, after you have signed in:")),
        f"{address.rstrip('/')}/partner/{referral.id}",
        say(language, _("Nothing about the person stands in this message.")),
    ]
    return Letter(account.email, say(language, _SUBJECTS[Notice.MOVED]), "\n\n".join(text))


def _text(language: str, sender: Organisation, due_at: datetime, link: str) -> str:
    return "\n\n".join(
        [
            # Translators: {sender} is an organisation
            say(language, _("{sender} asks your organisation for help for someone."), sender=sender.name),
            say(language, _("Please answer by {moment} (UTC)."), moment=due_at),
            say(language, _("This link leads to the request. It asks you to sign in, and it works for one answer:")),
            link,
            say(language, _("Please do not pass it on. Nothing about the person stands in this message.")),
        ]
    )
