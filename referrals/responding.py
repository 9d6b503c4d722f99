"""What a partner sees and answers: referrals sent to their own organisation, while consent and agreement hold."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.consent import require_consent
from cases.messages import call_attention
from cases.models import Case, Consent
from cases.rules import IN_FORCE, Urgency
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.keys import open_subject
from foundation.language import Message, _
from referrals.agreements import has_agreement
from referrals.clocks import half_way, last_reminder
from referrals.confirming import ask_for_word
from referrals.deletion import deletion_of
from referrals.models import Disclosure, Referral, Service
from referrals.rules import (
    FINISHED_STATES,
    OPEN_STATES,
    REFERRAL_STEPS,
    SHARED_STATES,
    TAKEN_BACK_STATES,
    DeclineReason,
    ReferralState,
)
from referrals.sharing import in_words
from referrals.steps import find_to_change, step, tell_news
from referrals.transfers import Contact, contact_of, taken_over


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of the inbox: nothing about the person."""

    referral_id: UUID
    service_name: str
    state: ReferralState
    urgency: Urgency
    sent_at: datetime
    due_at: datetime

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_pressing(self) -> bool:
        """Half of its time has passed, and there is no answer yet."""
        return self.awaits_answer and clock.now() >= half_way(self.sent_at, self.due_at)

    @property
    def is_nearly_over(self) -> bool:
        return self.awaits_answer and clock.now() >= last_reminder(self.sent_at, self.due_at)

    @property
    def awaits_answer(self) -> bool:
        return ReferralState.ACCEPTED in REFERRAL_STEPS[self.state]


@dataclass(frozen=True, slots=True)
class PartnerView:
    """One referral as the partner may see it now."""

    referral: Referral
    service: Service
    shared: list[tuple[Message, str | Message]]
    """Empty unless the referral is in SHARED_STATES, and the consent and the partner's agreement are in force."""
    must_delete: bool
    """It was taken back: the partner must stop and delete what they hold."""
    deletion: Disclosure | None
    """What is to be deleted, and when that was confirmed; None if nothing is, or nothing of it is kept here."""
    has_agreement: bool
    """Without one in force the partner sees and answers nothing."""
    contact: Contact
    """Whom to write to about it now."""
    moved_at: datetime | None
    """When they took the case over from the organisation that had sent the referral."""


async def inbox(session: AsyncSession, actor: Actor) -> list[InboxRow]:
    """Everything sent to the actor's organisation: what awaits an answer first, by when it is due; what ended last."""
    require(actor, Permission.REFERRAL_ANSWER)
    found = await session.execute(
        select(Referral, Service.name).join(Service, Service.id == Referral.service_id).where(*_sent_to(actor))
    )
    rows = [
        InboxRow(each.id, name, each.state, each.urgency, each.sent_at, each.due_at)
        for each, name in found
        if each.sent_at and each.due_at
    ]
    return sorted(rows, key=lambda row: (not row.awaits_answer, not row.is_open, row.due_at, row.referral_id))


async def find_referral(session: AsyncSession, actor: Actor, referral_id: UUID) -> PartnerView:
    """Open a referral, and note that it was seen: this writes. NotFound if missing, not sent, or someone else's."""
    require(actor, Permission.REFERRAL_ANSWER)
    referral = await _find(session, actor, referral_id)
    given = await session.get_one(Consent, referral.consent_id)
    service = await session.get_one(Service, referral.service_id)
    is_agreed = await has_agreement(session, referral.organisation_id, service.kind)
    is_shared = is_agreed and given.state in IN_FORCE and referral.state in SHARED_STATES
    if is_shared and referral.state is ReferralState.SENT:
        await step(session, referral, ReferralState.ACKNOWLEDGED, actor=actor)
    if is_shared:
        await _note_opened(session, referral)
    must_delete = given.state not in IN_FORCE or referral.state in TAKEN_BACK_STATES
    case = await session.get_one(Case, referral.case_id)
    moved = await taken_over(session, case)
    audit.record(session, actor.id, "referral.viewed", referral.case_id, referral=referral.id)
    return PartnerView(
        referral,
        service,
        await _shared(session, referral) if is_shared else [],
        must_delete=must_delete,
        deletion=await deletion_of(session, referral_id, actor.organisation_id) if must_delete else None,
        has_agreement=is_agreed,
        contact=await contact_of(session, case),
        moved_at=moved.at if moved and referral.sent_at and moved.at > referral.sent_at else None,
    )


async def accept(session: AsyncSession, referral_id: UUID, *, actor: Actor) -> None:
    """Takes a place of the service if some are known to be left. None left is no bar: the partner knows better."""
    referral = await _answer(session, referral_id, ReferralState.ACCEPTED, actor=actor)
    taken = update(Service).where(Service.id == referral.service_id, Service.places_left > 0)
    await session.execute(taken.values(places_left=Service.places_left - 1))


async def decline(session: AsyncSession, referral_id: UUID, reason: DeclineReason, *, actor: Actor) -> None:
    await _answer(session, referral_id, ReferralState.DECLINED, reason, actor=actor)


async def begin(session: AsyncSession, referral_id: UUID, *, actor: Actor) -> None:
    """The service has begun."""
    await _answer(session, referral_id, ReferralState.IN_SERVICE, actor=actor)


async def complete(session: AsyncSession, referral_id: UUID, *, actor: Actor) -> None:
    await _answer(session, referral_id, ReferralState.COMPLETED, actor=actor)


async def fail(session: AsyncSession, referral_id: UUID, reason: DeclineReason, *, actor: Actor) -> None:
    """The service has ended without success."""
    await _answer(session, referral_id, ReferralState.UNSUCCESSFUL, reason, actor=actor)


async def _answer(
    session: AsyncSession,
    referral_id: UUID,
    state: ReferralState,
    reason: DeclineReason | None = None,
    *,
    actor: Actor,
) -> Referral:
    """Raises NotAllowed once the consent is no longer in force, Conflict without agreement or when it has moved on."""
    require(actor, Permission.REFERRAL_ANSWER)
    referral = await _find(session, actor, referral_id)
    await require_consent(session, referral.consent_id)
    service = await session.get_one(Service, referral.service_id)
    if not await has_agreement(session, referral.organisation_id, service.kind):
        raise Conflict(_("Your organisation has no agreement in force for this service, so it cannot answer here now."))
    await step(session, referral, state, reason=reason, actor=actor)
    referral.answered_at = referral.answered_at or clock.now()
    case = await session.get_one(Case, referral.case_id)
    call_attention(case)
    if state in FINISHED_STATES:
        await ask_for_word(session, referral, case)
    else:
        await tell_news(session, case)
    return referral


def _sent_to(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """A draft, even one that ended as a draft, was never sent and does not exist for the partner."""
    return Referral.organisation_id == actor.organisation_id, Referral.sent_at.is_not(None)


async def _find(session: AsyncSession, actor: Actor, referral_id: UUID) -> Referral:
    referral = await find_to_change(session, Referral.id == referral_id, *_sent_to(actor))
    if referral is None:
        raise NotFound(_("There is no such referral."))
    return referral


async def _note_opened(session: AsyncSession, referral: Referral) -> None:
    unopened = select(Disclosure).where(Disclosure.referral_id == referral.id, Disclosure.opened_at.is_(None))
    for disclosure in await session.scalars(unopened):
        disclosure.opened_at = clock.now()


async def _shared(session: AsyncSession, referral: Referral) -> list[tuple[Message, str | Message]]:
    if referral.disclosed is None:
        return []
    key = await open_subject(session, referral.subject_id)
    return await in_words(session, key.open(Referral.disclosed, referral.id, referral.disclosed))
