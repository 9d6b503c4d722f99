"""Handing a person over: asked for by staff, decided by the person, taken back by either, ended by the clock."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import PERSON, SYSTEM, Actor, require
from access.rules import Permission
from cases import consent
from cases.consent import Question
from cases.messages import call_attention, person_of, tell
from cases.models import Case, Consent, Need
from cases.notices import SHARE_NOTICE, SHARE_NOTICE_VERSION, share_notice
from cases.person_words import HELD_BACK
from cases.rules import IN_FORCE, CaseStatus, ConsentKind, ConsentState, NeedKind, NeedStatus, Urgency
from cases.safeguarding import may_be_child
from cases.same_person import same_people
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts
from referrals.agreements import has_agreement
from referrals.clocks import half_way
from referrals.deletion import ask_deletion
from referrals.hsds import ACTIVE
from referrals.models import Disclosure, Referral, Service, ServiceOffer
from referrals.notifying import Notice, notify_partner
from referrals.pursuing import withdraw_every_application
from referrals.rules import ANSWER_WITHIN, OPEN_STATES, SHARED_FIELD_NAMES, OfferState, ReferralState, SharedField
from referrals.sharing import gather
from referrals.steps import find_to_change, step, tell_news
from referrals.transferring import end_transfers

LONGEST_NOTE = 1000
"""Characters."""
EXPIRED_AT_ONCE = 100
_AWAITING_ANSWER = (ReferralState.SENT, ReferralState.ACKNOWLEDGED)


async def create_referral(
    session: AsyncSession,
    case: Case,
    *,
    service_id: UUID,
    need_kind: NeedKind,
    urgency: Urgency,
    fields: list[SharedField],
    note: str = "",
    guardian_evidence: str | None = None,
    reopens_id: UUID | None = None,
    actor: Actor,
) -> Referral:
    """A draft, and the question to the person. The partner learns nothing until the person says yes.

    Raises Invalid for fields and note that do not fit together, Conflict when the case, the need or the service is not
    open for it or the partner has no agreement, NotAllowed when the person may not be asked.
    """
    require(actor, Permission.REFERRAL_CREATE)
    codes, written = checked_fields(fields), checked_note(note, fields)
    service = await require_can_be_referred(session, case, service_id, need_kind)
    referral_id = uuid4()
    words = [SHARED_FIELD_NAMES[SharedField(code)] for code in codes]
    asked = await consent.request_share(
        session,
        case,
        referral_id=referral_id,
        recipient=service.organisation,
        purpose=service.kind,
        field_codes=codes,
        question=Question(
            SHARE_NOTICE,
            SHARE_NOTICE_VERSION,
            lambda language: share_notice(language, service.organisation.name, service.name, words),
        ),
        guardian_evidence=guardian_evidence,
        actor=actor,
    )
    key = await open_subject(session, asked.person_id)
    await session.flush()
    referral = Referral(
        id=referral_id,
        case_id=case.id,
        subject_id=asked.person_id,
        service_id=service.id,
        organisation_id=service.organisation_id,
        need_kind=need_kind,
        urgency=urgency,
        state=ReferralState.DRAFT,
        fields=codes,
        note=key.seal(Referral.note, referral_id, free_of_accounts(written)) if written else None,
        consent_id=asked.id,
        created_by=actor.id,
        created_at=clock.now(),
        reopens_id=reopens_id,
    )
    session.add(referral)
    audit.record(session, actor.id, "referral.created", case.id, referral=referral_id, service=service.id, fields=codes)
    await session.flush()
    return referral


async def require_can_be_referred(session: AsyncSession, case: Case, service_id: UUID, need: NeedKind) -> Service:
    """The service, if this case may be referred to it now; raises Conflict with the reason, NotFound without it."""
    _require_open(case)
    service = await _offered_service(session, service_id)
    if not await has_agreement(session, service.organisation_id, service.kind):
        raise Conflict(_("The organisation has no agreement in force for this kind of service."))
    await _require_open_need(session, case, need)
    await _require_no_other(session, case, service)
    return service


async def answer_share(session: AsyncSession, person_id: UUID, consent_id: UUID, *, agrees: bool) -> Referral:
    """The person's yes or no in the chat. Yes sends exactly the fields they were shown; no ends the referral.

    A partner whose agreement has ended since is sent nothing: the question stays open, and the caseworker sees to it.
    Raises Conflict when it was answered or taken back before, NotAllowed for a child whose guardian nobody has heard.
    """
    referral, case = await _find_of_person(session, person_id, consent_id)
    if referral.state is not ReferralState.DRAFT:
        raise Conflict(_("This question is no longer open."))
    if agrees and not await _is_agreed(session, referral):
        await _hold_back(session, referral, case)
        return referral
    decided = await consent.decide(session, consent_id, person_id, agrees=agrees, actor=PERSON)
    if agrees:
        await _send(session, referral, case, decided)
        # Translators: said after a person agreed that their details go to an organisation
        thanks = _("Thank you. Your request has been sent. We will tell you here when there is an answer.")
    else:
        await step(session, referral, ReferralState.WITHDRAWN_BY_PERSON, actor=PERSON)
        call_attention(case)
        thanks = _("Thank you for your answer. Nothing was sent, and your case goes on as before.")
    await tell(session, await person_of(session, case), thanks)
    return referral


async def withdraw_share(session: AsyncSession, person_id: UUID, consent_id: UUID) -> None:
    """The person takes an agreement back. Acts at once: the partner sees nothing more, and that it must stop."""
    referral, case = await _find_of_person(session, person_id, consent_id)
    await consent.withdraw(session, consent_id, person_id, actor=PERSON)
    await ask_deletion(session, Disclosure.referral_id == referral.id)
    if referral.state in OPEN_STATES:
        await step(session, referral, ReferralState.WITHDRAWN_BY_PERSON, actor=PERSON)
    call_attention(case)
    done = _("You have taken this agreement back. Whoever received something from us is told to stop and to delete it.")
    await tell(session, await person_of(session, case), done)


async def withdraw_all(session: AsyncSession, person_id: UUID) -> None:
    """Everything shared of this person or applied for stops, because their agreement to data has ended.

    The caller tells them. In every file of theirs: see `cases.same_person`.
    """
    for each in await same_people(session, person_id):
        for referral in await _open_referrals(session, each):
            await step(session, referral, ReferralState.WITHDRAWN_BY_PERSON, actor=PERSON)
            call_attention(await session.get_one(Case, referral.case_id))
        await _end_offers(session, each)
        for given in await consent.consents_of(session, each):
            if given.kind is ConsentKind.SERVICES and given.state in IN_FORCE | {ConsentState.REQUESTED}:
                await consent.withdraw(session, given.id, each, actor=PERSON)
                await ask_deletion(session, Disclosure.consent_id == given.id)
        await end_transfers(session, each)
    await withdraw_every_application(session, person_id)


async def revoke(session: AsyncSession, case: Case, referral_id: UUID, *, actor: Actor) -> None:
    """Staff take a referral of this case back. Raises Conflict once it is finished."""
    require(actor, Permission.REFERRAL_REVOKE)
    referral = await find_to_change(session, Referral.id == referral_id, Referral.case_id == case.id)
    if referral is None:
        raise NotFound(_("There is no such referral."))
    await step(session, referral, ReferralState.REVOKED, actor=actor)
    await tell_news(session, case)


async def reopen(session: AsyncSession, case: Case, referral_id: UUID, note: str, *, actor: Actor) -> Referral:
    """Take up one that has ended, with a note for the partner: a new referral that points to it, asked for anew.

    What has ended stays as it is. Raises Conflict while it is still open, and as `create_referral` does.
    """
    require(actor, Permission.REFERRAL_CREATE)
    ended = await find_to_change(session, Referral.id == referral_id, Referral.case_id == case.id)
    if ended is None:
        raise NotFound(_("There is no such referral."))
    if ended.state in OPEN_STATES:
        raise Conflict(_("This referral is still open."))
    if not note.strip():
        raise Invalid(_("Write for the partner why you ask again."))
    given = await session.get_one(Consent, ended.consent_id)
    key = await open_subject(session, ended.subject_id)
    evidence = given.guardian_evidence
    return await create_referral(
        session,
        case,
        service_id=ended.service_id,
        need_kind=ended.need_kind,
        urgency=ended.urgency,
        fields=[field for field in SharedField if field in ended.fields or field is SharedField.NOTE],
        note=note,
        guardian_evidence=key.open(Consent.guardian_evidence, given.id, evidence) if evidence else None,
        reopens_id=ended.id,
        actor=actor,
    )


async def expire_overdue(session: AsyncSession) -> int:
    """End what partners left unanswered beyond its time, some at a time; returns how many."""
    overdue = await session.scalars(
        select(Referral)
        .where(Referral.state.in_(_AWAITING_ANSWER), Referral.due_at < clock.now())
        .order_by(Referral.due_at)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    expired = list(overdue)
    for referral in expired:
        case = await session.get_one(Case, referral.case_id)
        await step(session, referral, ReferralState.EXPIRED, actor=SYSTEM)
        call_attention(case)
        await tell_news(session, case)
    return len(expired)


async def _send(session: AsyncSession, referral: Referral, case: Case, given: Consent) -> None:
    _require_open(case)
    await _offered_service(session, referral.service_id)
    if given.authorised_by is None and await may_be_child(session, case.id):
        raise NotAllowed(_("Somebody from our team will talk with you before anything is sent."))
    await consent.require_data_consent(session, given.person_id)
    disclosed = await gather(session, referral, case)
    key = await open_subject(session, referral.subject_id)
    await step(session, referral, ReferralState.SENT, actor=PERSON)
    referral.disclosed = key.seal(Referral.disclosed, referral.id, disclosed)
    referral.sent_at = clock.now()
    referral.due_at = referral.sent_at + ANSWER_WITHIN[referral.urgency]
    referral.remind_at = half_way(referral.sent_at, referral.due_at)
    await notify_partner(session, referral, Notice.NEW)
    session.add(
        Disclosure(
            id=uuid4(),
            referral_id=referral.id,
            case_id=case.id,
            recipient_id=referral.organisation_id,
            consent_id=given.id,
            fields=list(disclosed),
            shared_at=clock.now(),
            opened_at=None,
        )
    )


async def _is_agreed(session: AsyncSession, referral: Referral) -> bool:
    service = await session.get_one(Service, referral.service_id)
    return await has_agreement(session, referral.organisation_id, service.kind)


async def _hold_back(session: AsyncSession, referral: Referral, case: Case) -> None:
    call_attention(case)
    audit.record(session, SYSTEM.id, "referral.held_back", case.id, referral=referral.id)
    await tell(session, await person_of(session, case), HELD_BACK)


async def _find_of_person(session: AsyncSession, person_id: UUID, consent_id: UUID) -> tuple[Referral, Case]:
    referral = await find_to_change(session, Referral.consent_id == consent_id, Referral.subject_id == person_id)
    if referral is None:
        raise NotFound(_("This question is no longer open."))
    return referral, await session.get_one(Case, referral.case_id)


async def _open_referrals(session: AsyncSession, person_id: UUID) -> list[Referral]:
    return list(
        await session.scalars(
            select(Referral)
            .where(Referral.subject_id == person_id, Referral.state.in_(OPEN_STATES))
            .order_by(Referral.id)
            .with_for_update()
        )
    )


async def _end_offers(session: AsyncSession, person_id: UUID) -> None:
    """Nothing is there to be chosen any more; see `referrals.offering`."""
    offers = select(ServiceOffer).where(ServiceOffer.subject_id == person_id, ServiceOffer.state == OfferState.OPEN)
    for offer in (await session.scalars(offers.with_for_update())).all():
        offer.state, offer.answered_at = OfferState.TAKEN_BACK, clock.now()
        audit.record(session, PERSON.id, "offer.answered", offer.case_id, offer=offer.id, choice=offer.state)


async def _offered_service(session: AsyncSession, service_id: UUID) -> Service:
    service = await session.scalar(
        select(Service).where(Service.id == service_id).options(joinedload(Service.organisation))
    )
    if service is None:
        raise NotFound(_("There is no such service."))
    if service.status != ACTIVE:
        raise Conflict(_("This service is not offered at the moment."))
    return service


async def _require_open_need(session: AsyncSession, case: Case, kind: NeedKind) -> None:
    wanted = select(Need.id).where(Need.case_id == case.id, Need.kind == kind, Need.status == NeedStatus.OPEN)
    if await session.scalar(wanted) is None:
        raise Conflict(_("This case has no open need of this kind."))


async def _require_no_other(session: AsyncSession, case: Case, service: Service) -> None:
    same = select(Referral.id).where(
        Referral.case_id == case.id, Referral.service_id == service.id, Referral.state.in_(OPEN_STATES)
    )
    if await session.scalar(same.limit(1)) is not None:
        raise Conflict(_("There is an open referral to this service already."))


def _require_open(case: Case) -> None:
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))


def checked_fields(fields: list[SharedField]) -> list[str]:
    if not fields:
        raise Invalid(_("Choose at least one thing to share, so that the partner can help."))
    return [field.value for field in SharedField if field in fields]


def checked_note(note: str, fields: list[SharedField]) -> str:
    words = free_of_accounts(note.strip())
    if bool(words) != (SharedField.NOTE in fields):
        raise Invalid(_("To share a note, both write it and choose it among the things to share."))
    if len(words) > LONGEST_NOTE:
        raise Invalid(_("The note is too long. Please keep it under {count} characters."), count=LONGEST_NOTE)
    return words
