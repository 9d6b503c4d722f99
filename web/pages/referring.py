"""Preparing a referral: a need, services that fit, exactly what would be shared. The person chooses and is asked."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.models import Case
from cases.queries import case_file, find_case
from cases.rules import NeedKind, NeedStatus, Urgency
from cases.safeguarding import may_be_child
from cases.sheets import built_in_sheets
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from foundation.language import _
from questionnaire.wording import full_label
from referrals import offering
from referrals.answer_links import hand_over_link
from referrals.eligibility import Found, Question
from referrals.matching import Match, matching_services, why
from referrals.queries import wanted_of
from referrals.referring import create_referral, revoke
from referrals.rules import SharedField
from web.errors import status_in_sight
from web.forms import CaseNumber, Posted, Text, see_other
from web.guard import Visit, guarded
from web.pages.case_work import carry_out
from web.rendering import page

router = APIRouter(include_in_schema=False)

_referrer = guarded(Permission.REFERRAL_CREATE)


class NeedChoice(Posted):
    need: NeedKind
    services: list[UUID] = Field(default_factory=list)
    """One is asked about at once; several are for the person to choose from."""


class ReferralForm(NeedChoice):
    urgency: Urgency = Urgency.NORMAL
    fields: list[SharedField] = Field(default_factory=list)
    note: Text = ""
    guardian_evidence: Text = ""


@router.get("/cases/{number}/referrals/new")
async def choose_need(visit: Annotated[Visit, _referrer], number: CaseNumber) -> Response:
    async with visit.database.reading() as session:
        file = await case_file(session, visit.actor, number)
    return page(
        visit,
        "referral_need.html",
        case=file.case,
        called=file.called,
        needs=[need for need in file.needs if need.status is NeedStatus.OPEN],
    )


@router.post("/cases/{number}/referrals/new")
async def choose_service(
    visit: Annotated[Visit, _referrer], number: CaseNumber, form: Annotated[NeedChoice, Form()]
) -> Response:
    """Answered in place: what a person needs must not end up in an address."""
    return await _choices(visit, number, ReferralForm(**form.model_dump()))


@router.post("/cases/{number}/referrals")
async def prepare(
    visit: Annotated[Visit, _referrer], number: CaseNumber, form: Annotated[ReferralForm, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await _create(session, visit, case, form)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _choices(visit, number, form, refusal)
    return see_other(f"/cases/{number}#referrals")


@router.post("/cases/{number}/referrals/{referral_id}/revoke")
async def take_back(
    visit: Annotated[Visit, guarded(Permission.REFERRAL_REVOKE)],
    number: CaseNumber,
    referral_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def revoke_it(session: AsyncSession, case: Case) -> None:
        await revoke(session, case, referral_id, actor=visit.actor)

    return await carry_out(visit, number, revoke_it, form, back_to="referrals")


@router.post("/cases/{number}/offers/{offer_id}/take-back")
async def take_offer_back(
    visit: Annotated[Visit, guarded(Permission.REFERRAL_REVOKE)],
    number: CaseNumber,
    offer_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def take_it_back(session: AsyncSession, case: Case) -> None:
        await offering.take_back(session, case, offer_id, actor=visit.actor)

    return await carry_out(visit, number, take_it_back, form, back_to="referrals")


@router.post("/cases/{number}/referrals/{referral_id}/link")
async def make_link(visit: Annotated[Visit, _referrer], number: CaseNumber, referral_id: UUID) -> Response:
    """Shown once, in the answer itself; the link before it works no more."""
    refusal, link, until = None, "", None
    try:
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            made, until = await hand_over_link(session, case, referral_id, actor=visit.actor)
        link = link_of(visit, made)
    except Conflict as refused:
        refusal = refused
    return page(
        visit,
        "referral_link.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        number=number,
        refusal=refusal.message if refusal else None,
        link=link,
        until=until,
    )


def link_of(visit: Visit, token: str) -> str:
    return f"{visit.settings.public_url.rstrip('/')}/answer/{token}"


async def _create(session: AsyncSession, visit: Visit, case: Case, form: ReferralForm) -> None:
    if not form.services:
        raise Invalid(_("Choose a service."))
    asked: dict[str, Any] = {
        "need_kind": form.need,
        "urgency": form.urgency,
        "fields": form.fields,
        "note": form.note,
        "actor": visit.actor,
    }
    if len(form.services) > 1:
        await offering.offer_services(session, case, services=form.services, **asked)
        return
    evidence = form.guardian_evidence or None
    await create_referral(session, case, service_id=form.services[0], guardian_evidence=evidence, **asked)


async def _choices(visit: Visit, number: str, form: ReferralForm, refusal: Refusal | None = None) -> Response:
    """The services that fit, and the form; with what was chosen before when it was refused."""
    async with visit.database.reading() as session:
        file = await case_file(session, visit.actor, number)
        values: dict[str, Any] = {
            "matches": await services_for(session, file.case, form.need),
            "is_child": await may_be_child(session, file.case.id),
        }
    return page(
        visit,
        "referral_new.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal.message if refusal else None,
        case=file.case,
        called=file.called,
        form=form,
        may_authorise=visit.may(Permission.CONSENT_AUTHORISE_CHILD),
        urgencies=list(Urgency),
        shareable=list(SharedField),
        most=offering.MOST,
        found=Found,
        why=why,
        question_of=question_of,
        **values,
    )


def question_of(language: str, question: Question) -> str:
    """The words of a question of one of the program's own forms."""
    sheet = built_in_sheets()[question.form]
    return full_label(sheet, sheet.question(question.name), language, {})


async def services_for(session: AsyncSession, case: Case, need: NeedKind) -> list[Match]:
    """The services for the person and their need, best first, with the reasons."""
    return await matching_services(session, await wanted_of(session, case, need))
