"""Handing a case over to another organisation: only with the person's yes, an agreement in force, and its own yes.

The person is asked as for every share, and may take their yes back: before the other organisation has answered that
ends it, afterwards the case goes back to where it came from. Nobody's answer in time leaves everything as it was.
"""

from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, SYSTEM, Actor, require
from access.models import Organisation, StaffMember
from access.rules import Permission
from cases import consent
from cases.casework_models import CaseTransfer
from cases.casework_rules import (
    CASE_TRANSFER,
    OPEN_TRANSFERS,
    SENT_AHEAD,
    TRANSFER_STEPS,
    WHOLE_FILE,
    FilePart,
    TransferDecline,
    TransferState,
)
from cases.consent import Question
from cases.messages import announce, call_attention, person_of, tell
from cases.models import Case, Consent
from cases.notices import TRANSFER_NOTICE, TRANSFER_NOTICE_VERSION, transfer_notice
from cases.person_words import (
    GIVEN_BACK,
    HELD_BACK,
    NO_LONGER_OPEN,
    NO_WORD,
    NOT_TAKEN_OVER,
    NOTHING_SENT,
    SENT,
    TAKEN_BACK,
    TAKEN_OVER,
)
from cases.rules import CaseStatus, Urgency
from cases.safeguarding import may_be_child
from cases.same_person import files_of_person
from cases.transfer import give_to, lock_to_hand_on
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts
from referrals.agreements import may_take_over
from referrals.clocks import half_way
from referrals.deletion import ask_deletion, confirm_each
from referrals.models import Disclosure, Referral
from referrals.notifying import Notice, notify_partner
from referrals.rules import ANSWER_WITHIN, OPEN_STATES
from referrals.transfer_letters import notify_receiver
from referrals.transfers import contact_of, open_transfer, other_operators

LONGEST_NOTE = 4000
"""Characters."""
EXPIRED_AT_ONCE = 100


async def ask_transfer(
    session: AsyncSession,
    case: Case,
    recipient_id: UUID,
    note: str,
    *,
    urgency: Urgency = Urgency.NORMAL,
    guardian_evidence: str = "",
    actor: Actor,
) -> CaseTransfer:
    """Ask the person whether another organisation may take over. It learns nothing before they have said yes.

    `urgency`: how soon it must answer from then on. A child does not consent alone; see `cases.consent.request_share`.
    """
    require(actor, Permission.CASE_TRANSFER)
    await lock_to_hand_on(session, case)
    recipient = await session.get(Organisation, recipient_id)
    if recipient is None or recipient not in await other_operators(session, case.organisation_id):
        raise Invalid(_("Choose an organisation that works with cases here and has an agreement to take some over."))
    if await open_transfer(session, case) is not None:
        raise Conflict(_("This case is offered to an organisation already."))
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise Invalid(_("The note is too long. Please keep it under {count} characters."), count=LONGEST_NOTE)
    parts = [part for part in FilePart if part in WHOLE_FILE or part is FilePart.NUMBER or words]
    asked = await consent.request_share(
        session,
        case,
        referral_id=None,
        recipient=recipient,
        purpose=CASE_TRANSFER,
        field_codes=list(parts),
        question=Question(
            TRANSFER_NOTICE,
            TRANSFER_NOTICE_VERSION,
            lambda language: transfer_notice(language, recipient.name, parts),
        ),
        guardian_evidence=guardian_evidence,
        actor=actor,
    )
    await session.flush()
    key = await open_subject(session, asked.person_id)
    transfer_id = uuid4()
    transfer = CaseTransfer(
        id=transfer_id,
        case_id=case.id,
        from_organisation_id=case.organisation_id,
        to_organisation_id=recipient.id,
        consent_id=asked.id,
        state=TransferState.ASKED,
        note=key.seal(CaseTransfer.note, transfer_id, free_of_accounts(words)) if words else None,
        asked_by=actor.id,
        asked_at=clock.now(),
        urgency=urgency,
    )
    session.add(transfer)
    audit.record(session, actor.id, "case.transfer_asked", case.id, transfer=transfer_id, recipient=recipient.id)
    return transfer


async def answer_transfer(session: AsyncSession, person_id: UUID, consent_id: UUID, *, agrees: bool) -> None:
    """The person's yes or no in the chat. Raises Conflict when it was answered or taken back before.

    An organisation whose agreement has ended since is offered nothing: the question stays open, and staff see to it.
    """
    transfer, case = await _find_of_person(session, person_id, consent_id)
    if transfer.state is not TransferState.ASKED:
        raise Conflict(NO_LONGER_OPEN)
    if agrees and not await may_take_over(session, transfer.to_organisation_id):
        call_attention(case)
        audit.record(session, SYSTEM.id, "case.transfer_held_back", case.id, transfer=transfer.id)
        await tell(session, await person_of(session, case), HELD_BACK)
        return
    decided = await consent.decide(session, consent_id, person_id, agrees=agrees, actor=PERSON)
    if agrees:
        await _offer(session, transfer, case, decided)
    else:
        await _step(session, transfer, TransferState.REFUSED, actor=PERSON)
        call_attention(case)
    await tell(session, await person_of(session, case), SENT if agrees else NOTHING_SENT)


async def take_back_transfer(session: AsyncSession, person_id: UUID, consent_id: UUID) -> None:
    """The person takes their yes back: an offer ends, and a case that was taken over goes back where it came from.

    Where they have taken back that yes too, it goes to whoever had the case first.
    """
    transfer, case = await _find_of_person(session, person_id, consent_id)
    await consent.withdraw(session, consent_id, person_id, actor=PERSON)
    was_accepted = transfer.state is TransferState.ACCEPTED
    if was_accepted or transfer.state in OPEN_TRANSFERS:
        await _step(session, transfer, TransferState.REFUSED, actor=PERSON)
    call_attention(case)
    if not was_accepted or case.organisation_id != transfer.to_organisation_id:
        await tell(session, await person_of(session, case), TAKEN_BACK)
        return
    back_to = await session.get_one(Organisation, await _whose_before(session, transfer))
    await give_to(session, case, back_to.id, await session.get(StaffMember, transfer.asked_by))
    await _tell_partners(session, case)
    await announce(session, case, GIVEN_BACK.of(recipient=back_to.name))


async def end_transfers(session: AsyncSession, person_id: UUID) -> None:
    """The agreement to data has ended: nothing of this person is offered to anyone any more."""
    waiting = await session.scalars(
        select(CaseTransfer)
        .join(Case, Case.id == CaseTransfer.case_id)
        .where(Case.person_id == person_id, CaseTransfer.state.in_(OPEN_TRANSFERS))
        .with_for_update(of=CaseTransfer)
    )
    for transfer in waiting.all():
        await _step(session, transfer, TransferState.REFUSED, actor=PERSON)


async def revoke_transfer(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Whoever offered it takes it back, before it is accepted."""
    require(actor, Permission.CASE_TRANSFER)
    transfer = await open_transfer(session, case, lock=True)
    if transfer is None or transfer.from_organisation_id != actor.organisation_id:
        raise Conflict(_("This case is not offered to anyone."))
    await _step(session, transfer, TransferState.REVOKED, actor=actor)


async def accept_transfer(session: AsyncSession, transfer_id: UUID, *, actor: Actor) -> Case:
    """The receiving organisation takes over, and whoever accepts is the person's contact until they name another.

    The person's yes and the agreement are looked at again. What partners still work on goes along: they are told whom
    to write to. Raises NotAllowed without the person's yes, Conflict without the agreement or for a case not open.
    """
    transfer, case = await _find_offer(session, transfer_id, actor)
    given = await consent.require_consent(session, transfer.consent_id)
    if not await may_take_over(session, transfer.to_organisation_id):
        raise Conflict(_("Your organisation has no agreement in force to take over cases."))
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    await _step(session, transfer, TransferState.ACCEPTED, actor=actor)
    _disclose(session, transfer, [code for code in given.fields if code not in SENT_AHEAD], opened=True)
    await give_to(session, case, transfer.to_organisation_id, await session.get(StaffMember, actor.id))
    call_attention(case)
    await _tell_partners(session, case)
    contact = await contact_of(session, case)
    await announce(session, case, TAKEN_OVER.of(recipient=contact.organisation, name=contact.name))
    return case


async def decline_transfer(session: AsyncSession, transfer_id: UUID, reason: TransferDecline, *, actor: Actor) -> None:
    """The receiving organisation does not take over; the case stays where it is."""
    transfer, case = await _find_offer(session, transfer_id, actor)
    transfer.reason = reason
    await _step(session, transfer, TransferState.DECLINED, actor=actor)
    call_attention(case)
    recipient = await session.get_one(Organisation, transfer.to_organisation_id)
    await announce(session, case, NOT_TAKEN_OVER.of(recipient=recipient.name))


async def expire_transfers(session: AsyncSession) -> int:
    """The worker's part: end what nobody answered in time, some at once; returns how many. The case stays."""
    overdue = await session.scalars(
        select(CaseTransfer)
        .where(CaseTransfer.state == TransferState.OFFERED, CaseTransfer.due_at < clock.now())
        .order_by(CaseTransfer.due_at)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    expired = overdue.all()
    for transfer in expired:
        case = await session.get_one(Case, transfer.case_id)
        await _step(session, transfer, TransferState.EXPIRED, actor=SYSTEM)
        call_attention(case)
        recipient = await session.get_one(Organisation, transfer.to_organisation_id)
        await announce(session, case, NO_WORD.of(recipient=recipient.name))
    return len(expired)


async def confirm_transfer_deletion(session: AsyncSession, transfer_id: UUID, *, actor: Actor) -> None:
    """The organisation has deleted every copy of what it was given. NotFound if it was given nothing."""
    require(actor, Permission.CASE_TAKE_OVER)
    given = Disclosure.transfer_id == transfer_id
    if not await confirm_each(session, given, Disclosure.recipient_id == actor.organisation_id, actor=actor):
        raise NotFound(_("There is no such offer."))


async def _offer(session: AsyncSession, transfer: CaseTransfer, case: Case, given: Consent) -> None:
    if given.authorised_by is None and await may_be_child(session, case.id):
        raise NotAllowed(_("Somebody from our team will talk with you before anything is sent."))
    await consent.require_data_consent(session, given.person_id)
    await _step(session, transfer, TransferState.OFFERED, actor=PERSON)
    _disclose(session, transfer, [code for code in given.fields if code in SENT_AHEAD])
    await notify_receiver(session, transfer, case, Notice.NEW)


async def _whose_before(session: AsyncSession, transfer: CaseTransfer) -> UUID:
    """The organisation that handed the case over, if it still may have it; else the one that had it first."""
    taken = (
        await session.scalars(
            select(CaseTransfer)
            .where(CaseTransfer.case_id == transfer.case_id, CaseTransfer.settled_by.is_not(None))
            .where(CaseTransfer.state.in_([TransferState.ACCEPTED, TransferState.REFUSED]))
            .order_by(CaseTransfer.offered_at)
        )
    ).all()
    first, sender = taken[0].from_organisation_id, transfer.from_organisation_id
    may_have = any(each.to_organisation_id == sender and each.state is TransferState.ACCEPTED for each in taken)
    return sender if may_have else first


def _disclose(session: AsyncSession, transfer: CaseTransfer, parts: list[str], *, opened: bool = False) -> None:
    """The share log says what the organisation was given, when, and under which agreement."""
    session.add(
        Disclosure(
            id=uuid4(),
            transfer_id=transfer.id,
            case_id=transfer.case_id,
            recipient_id=transfer.to_organisation_id,
            consent_id=transfer.consent_id,
            fields=parts,
            shared_at=clock.now(),
            opened_at=clock.now() if opened else None,
        )
    )


async def _tell_partners(session: AsyncSession, case: Case) -> None:
    """Whoever still works on a referral hears from whom it is now, and where to ask."""
    files = [each.id for each in await files_of_person(session, case)]
    going_on = await session.scalars(
        select(Referral)
        .where(Referral.case_id.in_(files), Referral.state.in_(OPEN_STATES), Referral.sent_at.is_not(None))
        .order_by(Referral.id)
    )
    for referral in going_on.all():
        await notify_partner(session, referral, Notice.MOVED)


async def _find_offer(session: AsyncSession, transfer_id: UUID, actor: Actor) -> tuple[CaseTransfer, Case]:
    """An offer to the actor's organisation that has not run out, even if the worker has not been there yet."""
    require(actor, Permission.CASE_TAKE_OVER)
    transfer = await session.scalar(
        select(CaseTransfer)
        .where(
            CaseTransfer.id == transfer_id,
            CaseTransfer.to_organisation_id == actor.organisation_id,
            CaseTransfer.state == TransferState.OFFERED,
            CaseTransfer.due_at >= clock.now(),
        )
        .with_for_update(),
        execution_options={"populate_existing": True},
    )
    if transfer is None:
        raise NotFound(_("There is no such offer."))
    read = update(Disclosure).where(Disclosure.transfer_id == transfer.id, Disclosure.opened_at.is_(None))
    await session.execute(read.values(opened_at=clock.now()))
    return transfer, await session.get_one(Case, transfer.case_id, with_for_update=True)


async def _find_of_person(session: AsyncSession, person_id: UUID, consent_id: UUID) -> tuple[CaseTransfer, Case]:
    found = await session.execute(
        select(CaseTransfer, Case)
        .join(Case, Case.id == CaseTransfer.case_id)
        .where(CaseTransfer.consent_id == consent_id, Case.person_id == person_id)
        .with_for_update(),
        execution_options={"populate_existing": True},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(NO_LONGER_OPEN)
    transfer, case = row
    return transfer, case


async def _step(session: AsyncSession, transfer: CaseTransfer, state: TransferState, *, actor: Actor) -> None:
    """Move along TRANSFER_STEPS, with the clock and the share log.

    Who of the staff ended it stays, also when the person takes back a yes later.
    """
    if state not in TRANSFER_STEPS[transfer.state]:
        raise Conflict(NO_LONGER_OPEN)
    transfer.state = state
    if state is TransferState.OFFERED:
        transfer.offered_at = clock.now()
        transfer.due_at = transfer.offered_at + ANSWER_WITHIN[transfer.urgency]
        transfer.remind_at = half_way(transfer.offered_at, transfer.due_at)
    else:
        transfer.settled_at, transfer.remind_at = clock.now(), None
        by_staff = actor.id if actor not in (PERSON, SYSTEM) else None
        transfer.settled_by = by_staff or transfer.settled_by
        # Nobody may read it any more, so it is no longer kept.
        transfer.note = transfer.note if state is TransferState.ACCEPTED else None
    if state in (TransferState.REFUSED, TransferState.REVOKED):
        await ask_deletion(session, Disclosure.transfer_id == transfer.id)
    audit.record(session, actor.id, f"case.transfer_{state}", transfer.case_id, transfer=transfer.id)
