"""What staff do for a person's safety: confirm a child's guardian, and help with a new phone or a forgotten PIN."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.guardianship import Contact, confirm_guardian, contact_of, extend_contact
from cases.linking import LIFE, make_code, phone_of, remove_pin
from cases.messages import person_of
from cases.models import Case, Person
from cases.notices import Programme, contact_notice, text_hash
from cases.queries import find_case, record_view
from foundation.errors import Conflict, Invalid, Refusal
from web.errors import message_of, status_of
from web.forms import CaseNumber, Posted, Text, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession, Case], Awaitable[object]]


class GuardianForm(Posted):
    evidence: Text = ""


class PinForm(Posted):
    checked: Literal["yes", ""] = ""


@router.get("/cases/{number}/safety")
async def show_safety(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _safety_page(visit, number)


@router.post("/cases/{number}/guardian")
async def confirm(
    visit: Annotated[Visit, guarded(Permission.CONSENT_AUTHORISE_CHILD)],
    number: CaseNumber,
    form: Annotated[GuardianForm, Form()],
) -> Response:
    async def record(session: AsyncSession, case: Case) -> None:
        await confirm_guardian(session, case, form.evidence, actor=visit.actor)

    return await _carry_out(visit, number, record, evidence=form.evidence)


@router.post("/cases/{number}/guardian/longer")
async def keep_longer(
    visit: Annotated[Visit, guarded(Permission.CONSENT_AUTHORISE_CHILD)],
    number: CaseNumber,
    _form: Annotated[Posted, Form()],
) -> Response:
    async def extend(session: AsyncSession, case: Case) -> None:
        await extend_contact(session, case, actor=visit.actor)

    return await _carry_out(visit, number, extend)


@router.post("/cases/{number}/phone/code")
async def make_phone_code(
    visit: Annotated[Visit, guarded(Permission.PHONE_LINK)], number: CaseNumber, _form: Annotated[Posted, Form()]
) -> Response:
    """The code stands on this one answer and nowhere else; it is neither in an address nor stored."""
    try:
        async with visit.database.transaction() as session:
            code = await make_code(session, await find_case(session, visit.actor, number), actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _safety_page(visit, number, refusal=refusal)
    return await _safety_page(visit, number, code=code)


@router.post("/cases/{number}/phone/pin")
async def take_pin_away(
    visit: Annotated[Visit, guarded(Permission.PHONE_LINK)], number: CaseNumber, form: Annotated[PinForm, Form()]
) -> Response:
    async def remove(session: AsyncSession, case: Case) -> None:
        await remove_pin(session, case, is_checked=form.checked == "yes", actor=visit.actor)

    return await _carry_out(visit, number, remove)


async def _carry_out(visit: Visit, number: str, verb: Verb, *, evidence: str = "") -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict) as refusal:
        return await _safety_page(visit, number, refusal=refusal, evidence=evidence)
    return see_other(f"/cases/{number}/safety")


async def _safety_page(
    visit: Visit, number: str, *, refusal: Refusal | None = None, evidence: str = "", code: str = ""
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        contact = await contact_of(session, case)
        person = await person_of(session, case) if contact is not None else None
        phone = await phone_of(session, case)
    return page(
        visit,
        "case_safety.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        case=case,
        phone=phone,
        code=code,
        minutes=int(LIFE.total_seconds()) // 60,
        evidence=evidence,
        **contact_told(visit, contact, person),
    )


def contact_told(visit: Visit, contact: Contact | None, person: Person | None) -> dict[str, Any]:
    """The contact with the very text that the guardian must have read, in the child's language."""
    if contact is None or person is None:
        return {"contact": None, "notice": "", "notice_language": "", "is_same_notice": True}
    settings = visit.settings
    programme = Programme(settings.operator, settings.reply_hours, settings.no_police_access)
    notice = contact_notice(contact.consent.language, programme, accompanied=not contact.is_unaccompanied)
    return {
        "contact": contact,
        "notice": notice,
        "notice_language": contact.consent.language,
        "is_same_notice": text_hash(notice) == contact.consent.text_hash,
    }
