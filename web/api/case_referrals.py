"""The referrals of a case: what was shared with whom and what came of it, services that fit, preparing, taking back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from access.rules import Permission
from cases.queries import case_file
from cases.rules import NeedKind, Urgency
from cases.safeguarding import may_be_child
from foundation.language import say
from referrals import offering
from referrals.answer_links import hand_over_link
from referrals.confirming import LONGEST_REASON, is_in_dispute, settle
from referrals.eligibility import Found, Judged
from referrals.matching import Match, why
from referrals.models import Referral, ServiceOffer
from referrals.offering import FEWEST, MOST, offer_services, offers_of
from referrals.queries import referrals_of
from referrals.referring import LONGEST_NOTE, create_referral, reopen, revoke
from referrals.rules import (
    DeclineReason,
    Helped,
    OfferState,
    Received,
    ReferralState,
    ServiceKind,
    Settlement,
    SharedField,
)
from web.api.one_case import changing, in_sight, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Text
from web.guard import Visit, guarded
from web.pages.referring import link_of, services_for

router = api_router("/cases/{number}/referrals", "referrals")

_referrer = guarded(Permission.REFERRAL_CREATE)


class NeedBody(Body):
    need: NeedKind


class ReferralBody(NeedBody):
    service_id: UUID
    """One of `options`."""
    urgency: Urgency = Urgency.NORMAL
    """How soon the partner must answer."""
    fields: Annotated[list[SharedField], Field(min_length=1, max_length=len(SharedField))]
    """Exactly what is shared, if the person agrees."""
    note: Text = ""
    """Shared only if `note` is among the fields. Kept sealed."""
    guardian_evidence: Text = ""
    """For a child, by who may authorise it: who agreed for them, when, and how it was checked. Kept sealed."""


class OfferBody(NeedBody):
    services: Annotated[list[UUID], Field(min_length=FEWEST, max_length=MOST)]
    """Of `options`, in the order in which the person reads them."""
    urgency: Urgency = Urgency.NORMAL
    fields: Annotated[list[SharedField], Field(min_length=1, max_length=len(SharedField))]
    """What the chosen one would be given, if the person then agrees."""
    note: Text = ""
    """As for a referral. Kept sealed."""


class SettlementBody(Body):
    settlement: Settlement
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]
    """How you found out. Kept sealed."""


class ReopeningBody(Body):
    note: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE)]
    """Why you ask again, for the partner. Shared only if the person agrees. Kept sealed."""


class ConditionTold(Answer):
    name: str
    found: Found
    form: str | None
    """While it is unknown: the form whose question would settle it."""
    question: str | None
    """The name of that question."""


class OptionTold(Answer):
    """A service of the directory."""

    id: UUID
    name: str
    organisation: str
    description: str
    kind: ServiceKind
    languages: list[str]
    areas: list[str]
    """Codes, such as `TN` or `TN:greater_tunis`."""
    fits: Found
    """As the worst of its conditions: one that is not met rules the person out."""
    conditions: list[ConditionTold]
    first_for: list[ConditionTold]
    """Whom the service takes first; none of them must be met."""
    has_agreement: bool
    """Without one in force its organisation can be sent nobody for this kind of service."""
    reasons: list[str]
    """What else speaks for and against it, in the language of the account."""
    places_left: int | None


class OptionsTold(Answer):
    services: list[OptionTold]
    """For the need and the place, best first; at most 20."""
    is_child: bool
    """A child does not agree alone: the referral says who agreed for them."""
    may_authorise: bool
    """You may refer a child."""


class ReferralTold(Answer):
    id: UUID
    state: ReferralState
    service_id: UUID
    service: str
    organisation: str
    need: NeedKind
    urgency: Urgency
    fields: list[SharedField]
    """Shared, or asked to share."""
    reason: DeclineReason | None
    """Why it was declined, or ended without success."""
    created_at: datetime
    sent_at: datetime | None
    """When the person had agreed; null: the partner knows nothing of it."""
    due_at: datetime | None
    """By when the partner must answer."""
    answered_at: datetime | None
    reopens_id: UUID | None
    """The one that had ended, which this one takes up again."""
    received: Received | None
    """Whether the person got the service, in their own word; null: they have not said."""
    helped: Helped | None
    is_in_dispute: bool
    """The partner and the person say opposite things, and nobody has settled it."""
    settlement: Settlement | None
    """What a supervisor found."""


class OfferTold(Answer):
    """Services that the person chooses from."""

    id: UUID
    state: OfferState
    need: NeedKind
    urgency: Urgency
    services: list[UUID]
    fields: list[SharedField]
    offered_at: datetime
    answered_at: datetime | None
    referral_id: UUID | None
    """What the choice led to."""


class LinkTold(Answer):
    link: str
    """Told only here."""
    until: datetime


@router.get("")
async def referrals(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> list[ReferralTold]:
    """Newest first."""
    async with viewing(visit, number) as (session, case):
        return [_referral(each) for each in await referrals_of(session, case.id)]


@router.post("/options")
async def options(visit: Annotated[Visit, _referrer], number: CaseNumber, body: NeedBody) -> OptionsTold:
    """The services that fit. Sent as a body: what a person needs must stand in no address and no log."""
    async with visit.database.reading() as session:
        file = await case_file(session, visit.actor, number)
        matches = await services_for(session, file.case, body.need)
        is_child = await may_be_child(session, file.case.id)
    return OptionsTold(
        services=[_option(visit.language, each) for each in matches],
        is_child=is_child,
        may_authorise=visit.may(Permission.CONSENT_AUTHORISE_CHILD),
    )


@router.post("", status_code=201)
async def prepare(visit: Annotated[Visit, _referrer], number: CaseNumber, body: ReferralBody) -> Made:
    """A draft, and the question to the person. The partner learns nothing until the person says yes."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            referral = await create_referral(
                session,
                case,
                service_id=body.service_id,
                need_kind=body.need,
                urgency=body.urgency,
                fields=body.fields,
                note=body.note,
                guardian_evidence=body.guardian_evidence or None,
                actor=visit.actor,
            )
    return Made(id=referral.id)


@router.post("/{referral_id}/revoke", status_code=204)
async def take_back(
    visit: Annotated[Visit, guarded(Permission.REFERRAL_REVOKE)], number: CaseNumber, referral_id: UUID
) -> None:
    """The partner sees nothing more, and that it must stop. What has ended cannot be taken back."""
    async with changing(visit, number) as (session, case):
        await revoke(session, case, referral_id, actor=visit.actor)


@router.post("/{referral_id}/reopen", status_code=201)
async def reopen_one(
    visit: Annotated[Visit, _referrer], number: CaseNumber, referral_id: UUID, body: ReopeningBody
) -> Made:
    """Take up one that has ended: a new draft to the same service, and the question to the person."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            made = await reopen(session, case, referral_id, body.note, actor=visit.actor)
    return Made(id=made.id)


@router.post("/{referral_id}/settle", status_code=204)
async def settle_one(
    visit: Annotated[Visit, guarded(Permission.REFERRAL_SETTLE)],
    number: CaseNumber,
    referral_id: UUID,
    body: SettlementBody,
) -> None:
    """Where the partner and the person say opposite things. What the referral says is not changed."""
    async with changing(visit, number) as (session, case):
        await settle(session, case, referral_id, body.settlement, body.reason, actor=visit.actor)


@router.get("/offers")
async def offers(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> list[OfferTold]:
    """Services that the person chooses from in the chat, newest first."""
    async with viewing(visit, number) as (session, case):
        return [_offer(each) for each in await offers_of(session, case.id)]


@router.post("/offers", status_code=201)
async def offer(visit: Annotated[Visit, _referrer], number: CaseNumber, body: OfferBody) -> Made:
    """Let the person choose. Their choice becomes a referral, and then they are asked what may be shared."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            made = await offer_services(
                session,
                case,
                services=body.services,
                need_kind=body.need,
                urgency=body.urgency,
                fields=body.fields,
                note=body.note,
                actor=visit.actor,
            )
    return Made(id=made.id)


@router.post("/offers/{offer_id}/take-back", status_code=204)
async def take_offer_back(
    visit: Annotated[Visit, guarded(Permission.REFERRAL_REVOKE)], number: CaseNumber, offer_id: UUID
) -> None:
    """While the person has not chosen."""
    async with changing(visit, number) as (session, case):
        await offering.take_back(session, case, offer_id, actor=visit.actor)


@router.post("/{referral_id}/link", status_code=201)
async def make_link(visit: Annotated[Visit, _referrer], number: CaseNumber, referral_id: UUID) -> LinkTold:
    """For the partner: it leads to one answer, after a sign-in. The link that was made so before works no more."""
    async with changing(visit, number) as (session, case):
        token, until = await hand_over_link(session, case, referral_id, actor=visit.actor)
    return LinkTold(link=link_of(visit, token), until=until)


def _option(language: str, match: Match) -> OptionTold:
    service = match.service
    return OptionTold(
        id=service.id,
        name=service.name,
        organisation=service.organisation.name,
        description=service.description,
        kind=service.kind,
        languages=service.languages,
        areas=service.areas,
        fits=match.fits,
        conditions=[_condition(language, each) for each in match.conditions],
        first_for=[_condition(language, each) for each in match.first_for],
        has_agreement=match.has_agreement,
        reasons=[say(language, each) for each in why(match)],
        places_left=service.places_left,
    )


def _condition(language: str, judged: Judged) -> ConditionTold:
    form, question = (judged.question.form, judged.question.name) if judged.question else (None, None)
    return ConditionTold(name=say(language, judged.name), found=judged.found, form=form, question=question)


def _referral(referral: Referral) -> ReferralTold:
    word = referral.word
    return ReferralTold(
        id=referral.id,
        state=referral.state,
        service_id=referral.service_id,
        service=referral.service.name,
        organisation=referral.service.organisation.name,
        need=referral.need_kind,
        urgency=referral.urgency,
        fields=[SharedField(code) for code in referral.fields],
        reason=referral.reason,
        created_at=referral.created_at,
        sent_at=referral.sent_at,
        due_at=referral.due_at,
        answered_at=referral.answered_at,
        reopens_id=referral.reopens_id,
        received=word.received if word else None,
        helped=word.helped if word else None,
        is_in_dispute=is_in_dispute(word),
        settlement=word.settlement if word else None,
    )


def _offer(offer: ServiceOffer) -> OfferTold:
    return OfferTold(
        id=offer.id,
        state=offer.state,
        need=offer.need_kind,
        urgency=offer.urgency,
        services=[UUID(each) for each in offer.services],
        fields=[SharedField(code) for code in offer.fields],
        offered_at=offer.offered_at,
        answered_at=offer.answered_at,
        referral_id=offer.referral_id,
    )
