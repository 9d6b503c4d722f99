"""Several services for one need: the person sees them in the chat and chooses. Nothing is asked or sent before that.

A choice becomes a referral like any other, so the person is then asked what may be shared with that one partner.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import PERSON, Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.consent import require_data_consent
from cases.messages import call_attention, person_of, tell
from cases.models import Case
from cases.rules import NeedKind, Urgency
from cases.safeguarding import may_be_child
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import _, _p
from questionnaire.account_numbers import free_of_accounts
from referrals.models import Referral, Service, ServiceOffer
from referrals.referring import checked_fields, checked_note, create_referral, require_can_be_referred
from referrals.rules import OfferState, SharedField

CHOOSE = "s"
"""The action of the button that opens the services; the id of the offer follows it."""
FEWEST, MOST = 2, 5
CLOSED = _("This question is no longer open.")
LOOK_AND_CHOOSE = _p("button", "👁 Look and choose")


async def offer_services(
    session: AsyncSession,
    case: Case,
    *,
    services: Sequence[UUID],
    need_kind: NeedKind,
    urgency: Urgency,
    fields: list[SharedField],
    note: str = "",
    actor: Actor,
) -> ServiceOffer:
    """Let the person choose among two to five services. An open offer for the same need is replaced.

    Raises Invalid for a wrong number of services or what `create_referral` refuses, Conflict when one cannot be
    referred to, NotAllowed for a child: there the guardian agrees to one service first.
    """
    require(actor, Permission.REFERRAL_CREATE)
    wanted = list(dict.fromkeys(services))
    if not FEWEST <= len(wanted) <= MOST:
        raise Invalid(_("Choose one service, or up to {count} for the person to choose from."), count=MOST)
    codes, words = checked_fields(fields), checked_note(note, fields)
    for service_id in wanted:
        await require_can_be_referred(session, case, service_id, need_kind)
    person = await person_of(session, case)
    await require_data_consent(session, person.id)
    if await may_be_child(session, case.id):
        raise NotAllowed(
            _("This person may be a child: choose one service. The parent or guardian agrees to it first.")
        )
    for earlier in await _open_offers(session, case, need_kind):
        _answer(session, earlier, OfferState.TAKEN_BACK, actor=actor)
    offer_id = uuid4()
    key = await open_subject(session, person.id)
    offer = ServiceOffer(
        id=offer_id,
        case_id=case.id,
        subject_id=person.id,
        need_kind=need_kind,
        urgency=urgency,
        services=[str(each) for each in wanted],
        fields=codes,
        note=key.seal(ServiceOffer.note, offer_id, free_of_accounts(words)) if words else None,
        state=OfferState.OPEN,
        offered_by=actor.id,
        offered_at=clock.now(),
    )
    session.add(offer)
    audit.record(session, actor.id, "offer.made", case.id, offer=offer_id, services=offer.services)
    await tell(
        session,
        person,
        _("Your caseworker has found something for you. Please look at it and choose. You need not choose any."),
        buttons=[(LOOK_AND_CHOOSE, f"{CHOOSE}:{offer_id.hex}")],
        dedupe_key=f"offer:{offer_id}",
    )
    await session.flush()
    return offer


async def choose(session: AsyncSession, person_id: UUID, offer_id: UUID, service_id: UUID) -> Referral:
    """The person's choice: a referral, which asks them what may be shared.

    It is made in the name of whoever offered it, and only if they may still do so. Raises NotFound for what was never
    offered to this person, Conflict once it is answered or the service is not to be had any more.
    """
    offer = await find_offer(session, person_id, offer_id)
    if str(service_id) not in offer.services:
        raise NotFound(CLOSED)
    case = await session.get_one(Case, offer.case_id)
    staff = await session.get_one(StaffMember, offer.offered_by)
    key = await open_subject(session, person_id)
    try:
        referral = await create_referral(
            session,
            case,
            service_id=service_id,
            need_kind=offer.need_kind,
            urgency=offer.urgency,
            fields=[SharedField(code) for code in offer.fields],
            note="" if offer.note is None else key.open(ServiceOffer.note, offer.id, offer.note),
            actor=Actor(staff.id, staff.role, staff.organisation_id, staff.team),
        )
    except NotAllowed:
        # Such as for someone who may be a child after all. The reason is for the staff, who see it in the case.
        raise NotAllowed(_("Somebody from our team will talk with you before anything is sent.")) from None
    _answer(session, offer, OfferState.CHOSEN, actor=PERSON)
    offer.referral_id = referral.id
    return referral


async def choose_none(session: AsyncSession, person_id: UUID, offer_id: UUID) -> None:
    """A right, not a fault: the caseworker looks for something else."""
    offer = await find_offer(session, person_id, offer_id)
    _answer(session, offer, OfferState.NONE_CHOSEN, actor=PERSON)
    call_attention(await session.get_one(Case, offer.case_id))


async def take_back(session: AsyncSession, case: Case, offer_id: UUID, *, actor: Actor) -> None:
    """Staff take an offer of this case back. Raises Conflict once it is answered."""
    require(actor, Permission.REFERRAL_REVOKE)
    offer = await _locked(session, offer_id)
    if offer is None or offer.case_id != case.id:
        raise NotFound(_("There is no such offer."))
    _answer(session, offer, OfferState.TAKEN_BACK, actor=actor)


async def find_offer(session: AsyncSession, person_id: UUID, offer_id: UUID) -> ServiceOffer:
    """An open offer to this person, locked.

    Raises NotFound for another's, Conflict once it is answered, NotAllowed without their agreement to data.
    """
    offer = await _locked(session, offer_id)
    if offer is None or offer.subject_id != person_id:
        raise NotFound(CLOSED)
    if offer.state is not OfferState.OPEN:
        raise Conflict(CLOSED)
    await require_data_consent(session, person_id)
    return offer


async def offers_of(session: AsyncSession, case_id: UUID) -> list[ServiceOffer]:
    """Newest first."""
    return list(await session.scalars(_OFFERS, {"case_id": case_id}))


_OFFERS = (
    select(ServiceOffer)
    .where(ServiceOffer.case_id == bindparam("case_id"))
    .order_by(ServiceOffer.offered_at.desc(), ServiceOffer.id)
)


async def services_of(session: AsyncSession, offer: ServiceOffer) -> list[Service]:
    """In the order of the offer, with their organisations; one that left the directory is missing."""
    ids = [UUID(each) for each in offer.services]
    rows = await session.scalars(select(Service).where(Service.id.in_(ids)).options(joinedload(Service.organisation)))
    return sorted(rows, key=lambda service: ids.index(service.id))


async def _open_offers(session: AsyncSession, case: Case, need: NeedKind) -> list[ServiceOffer]:
    found = select(ServiceOffer).where(
        ServiceOffer.case_id == case.id, ServiceOffer.need_kind == need, ServiceOffer.state == OfferState.OPEN
    )
    return list(await session.scalars(found.with_for_update()))


async def _locked(session: AsyncSession, offer_id: UUID) -> ServiceOffer | None:
    return await session.get(ServiceOffer, offer_id, with_for_update=True, populate_existing=True)


def _answer(session: AsyncSession, offer: ServiceOffer, state: OfferState, *, actor: Actor) -> None:
    if offer.state is not OfferState.OPEN:
        raise Conflict(CLOSED)
    offer.state, offer.answered_at = state, clock.now()
    audit.record(session, actor.id, "offer.answered", offer.case_id, offer=offer.id, choice=state)
