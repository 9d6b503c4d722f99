"""Telling an organisation that a case is offered to it: at once, at half of its time, and when little is left.

As the notices to partners: rows of the outbox with ids only, and nothing personal in the mail; see `notifying`.
"""

from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from access.models import Organisation, StaffMember
from access.rules import GRANTS, Permission
from cases.casework_models import CaseTransfer
from cases.casework_rules import TransferState
from cases.messages import person_of
from cases.models import Case
from foundation import audit, clock, outbox
from foundation.keys import open_subject
from foundation.language import Message, _, say
from referrals.agreements import may_take_over
from referrals.clocks import last_reminder
from referrals.notifying import REMINDED_AT_ONCE, TELL_PARTNER, Letter, Notice

_RECEIVERS = [role for role, granted in GRANTS.items() if Permission.CASE_TAKE_OVER in granted]
_SUBJECTS: dict[Notice, Message] = {
    Notice.NEW: _("A case is offered to your organisation"),
    Notice.HALF: _("A case offered to your organisation still waits for an answer"),
    Notice.LAST: _("A case is offered to your organisation, and the time to answer is nearly over"),
}


async def notify_receiver(session: AsyncSession, transfer: CaseTransfer, case: Case, notice: Notice) -> int:
    """Queue a notice to everyone there who may take a case over; returns how many."""
    accounts = await session.scalars(
        select(StaffMember.id)
        .where(
            StaffMember.organisation_id == transfer.to_organisation_id,
            StaffMember.role.in_(_RECEIVERS),
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffMember.id)
    )
    found = accounts.all()
    key = await open_subject(session, (await person_of(session, case)).id)
    for staff_id in found:
        payload = {"transfer": str(transfer.id), "staff": str(staff_id), "notice": notice.value}
        outbox.enqueue(session, TELL_PARTNER, key=key, payload=payload, lane=uuid5(transfer.id, staff_id.hex))
    return len(found)


async def remind_receivers(session: AsyncSession) -> int:
    """The worker's part: remind whoever has not answered at half of the time and when little is left, once each."""
    due = await session.execute(
        select(CaseTransfer, Case)
        .join(Case, Case.id == CaseTransfer.case_id)
        .where(CaseTransfer.state == TransferState.OFFERED, CaseTransfer.remind_at <= clock.now())
        .order_by(CaseTransfer.remind_at)
        .limit(REMINDED_AT_ONCE)
        .with_for_update(of=CaseTransfer, skip_locked=True)
    )
    reminded = due.all()
    for transfer, case in reminded:
        if transfer.offered_at is None or transfer.due_at is None:
            continue
        last = last_reminder(transfer.offered_at, transfer.due_at)
        notice = Notice.LAST if clock.now() >= last else Notice.HALF
        transfer.remind_at = None if notice is Notice.LAST else last
        await notify_receiver(session, transfer, case, notice)
        audit.record(session, SYSTEM.id, "case.transfer_reminded", case.id, transfer=transfer.id, notice=notice)
    return len(reminded)


async def write_transfer_letter(
    session: AsyncSession, transfer_id: UUID, staff_id: UUID, notice: Notice, address: str
) -> Letter | None:
    """The mail to one account; None if nobody need be told any more. `address`: where the pages are reached."""
    transfer = await session.get(CaseTransfer, transfer_id)
    account = await session.get(StaffMember, staff_id)
    if transfer is None or account is None or account.disabled_at is not None:
        return None
    if transfer.state is not TransferState.OFFERED or transfer.due_at is None or transfer.due_at <= clock.now():
        return None
    if account.organisation_id != transfer.to_organisation_id or not await may_take_over(
        session, transfer.to_organisation_id
    ):
        return None
    sender = await session.get_one(Organisation, transfer.from_organisation_id)
    language = account.language
    text = [
        # Translators: {sender} is an organisation
        say(language, _("{sender} asks whether your organisation takes over a case."), sender=sender.name),
        say(language, _("Please answer by {moment} (UTC)."), moment=transfer.due_at),
        say(language, _("You find it here, after you have signed in:")),
        f"{address.rstrip('/')}/transfers",
        say(language, _("Nothing about the person stands in this message.")),
    ]
    return Letter(account.email, say(language, _SUBJECTS[notice]), "\n\n".join(text))
