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
from referrals.eligibility import Found, Judged
from referrals.matching import Match, why
from referrals.models import Referral
from referrals.queries import referrals_of
from referrals.referring import create_referral, revoke
from referrals.rules import DeclineReason, ReferralState, ServiceKind, SharedField
from web.api.one_case import changing, in_sight, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Text
from web.guard import Visit, guarded
from web.pages.referring import services_for

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
        reasons=[say(language, each) for each in why(match)],
        places_left=service.places_left,
    )


def _condition(language: str, judged: Judged) -> ConditionTold:
    form, question = (judged.question.form, judged.question.name) if judged.question else (None, None)
    return ConditionTold(name=say(language, judged.name), found=judged.found, form=form, question=question)


def _referral(referral: Referral) -> ReferralTold:
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
    )
