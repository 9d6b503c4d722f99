"""A person's safety: a child's guardian is confirmed, and a new phone or a forgotten PIN is helped with."""

from datetime import datetime
from typing import Annotated

from access.rules import Permission
from cases.guardianship import confirm_guardian, contact_of, extend_contact
from cases.linking import LIFE, make_code, phone_of, remove_pin
from cases.messages import person_of
from foundation import clock
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import CaseNumber, Text
from web.guard import Visit, guarded
from web.pages.case_safety import contact_told

router = api_router("/cases/{number}", "safety")

_officer = guarded(Permission.CONSENT_AUTHORISE_CHILD)
_helper = guarded(Permission.PHONE_LINK)


class ContactTold(Answer):
    """A child who waits for a guardian's agreement. Until then no questions are asked and nothing is shared."""

    assented_at: datetime | None
    """When the child said yes."""
    is_unaccompanied: bool
    """No parent or guardian was with them."""
    kept_until: datetime
    """If nobody confirms it, everything is erased then."""
    notice: str
    """The text that the guardian and the child must have read."""
    notice_language: str
    is_same_notice: bool
    """The text is the one that the child was asked with; else it must be read with them again."""


class PhoneTold(Answer):
    has_pin: bool
    code_until: datetime | None
    """Until when a code that was made can still be used."""


class SafetyTold(Answer):
    contact: ContactTold | None
    phone: PhoneTold | None
    """Null: the person has no chat."""


class GuardianBody(Body):
    evidence: Text
    """Who agreed for the child, when, and how it was checked who they are. Kept sealed."""


class PinBody(Body):
    is_checked: bool
    """You have made sure that you speak with the person themselves."""


class PhoneCode(Answer):
    code: str
    """Shown only now, and stored nowhere. Tell it only to the person themselves."""
    until: datetime


@router.get("/safety")
async def safety(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> SafetyTold:
    async with viewing(visit, number) as (session, case):
        contact = await contact_of(session, case)
        person = await person_of(session, case) if contact is not None else None
        phone = await phone_of(session, case)
    told = contact_told(visit, contact, person)
    return SafetyTold(
        contact=ContactTold(
            assented_at=contact.consent.assented_at,
            is_unaccompanied=contact.is_unaccompanied,
            kept_until=contact.kept_until,
            notice=told["notice"],
            notice_language=told["notice_language"],
            is_same_notice=told["is_same_notice"],
        )
        if contact
        else None,
        phone=PhoneTold(has_pin=phone.has_pin, code_until=phone.code_until) if phone else None,
    )


@router.post("/guardian", status_code=204)
async def confirm(visit: Annotated[Visit, _officer], number: CaseNumber, body: GuardianBody) -> None:
    """You have spoken with the parent or guardian and checked who they are: the case can begin."""
    async with changing(visit, number) as (session, case):
        await confirm_guardian(session, case, body.evidence, actor=visit.actor)


@router.post("/guardian/longer", status_code=204)
async def keep_longer(visit: Annotated[Visit, _officer], number: CaseNumber) -> None:
    """Keep an unconfirmed contact for another while, because someone is at work on it."""
    async with changing(visit, number) as (session, case):
        await extend_contact(session, case, actor=visit.actor)


@router.post("/phone/code", status_code=201)
async def make_phone_code(visit: Annotated[Visit, _helper], number: CaseNumber) -> PhoneCode:
    """A code with which the person moves to a new phone; the old one is cut off when it is used."""
    async with changing(visit, number) as (session, case):
        code = await make_code(session, case, actor=visit.actor)
    return PhoneCode(code=code, until=clock.now() + LIFE)


@router.post("/phone/pin/remove", status_code=204)
async def take_pin_away(visit: Annotated[Visit, _helper], number: CaseNumber, body: PinBody) -> None:
    """The person forgot their PIN."""
    async with changing(visit, number) as (session, case):
        await remove_pin(session, case, is_checked=body.is_checked, actor=visit.actor)
