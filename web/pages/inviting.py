"""Referring many people to one course or job fair: whom it fits among one's own, one form, one note."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field
from starlette.responses import Response

from access.rules import Permission
from cases.case_list import called_of
from foundation.errors import Conflict, Invalid, Refusal
from referrals.inviting import Invited, invitable, invite
from referrals.opening_models import Course
from referrals.openings import find_opening
from referrals.outcomes import can_be_offered
from referrals.rules import SharedField
from web.errors import message_of, status_of
from web.forms import Line, Posted, Text
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

_referrer = guarded(Permission.REFERRAL_CREATE)


class InvitingForm(Posted):
    cases: list[Line] = Field(default_factory=list)
    fields: list[SharedField] = Field(default_factory=list)
    note: Text = ""


@router.get("/courses/{course_id}/people")
async def show_people(visit: Annotated[Visit, _referrer], course_id: UUID) -> Response:
    return await _people(visit, course_id)


@router.post("/courses/{course_id}/people")
async def invite_people(
    visit: Annotated[Visit, _referrer], course_id: UUID, form: Annotated[InvitingForm, Form()]
) -> Response:
    """Answered in place: who could not be asked, and why, must not end up in an address."""
    try:
        async with visit.database.transaction() as session:
            done = await invite(session, course_id, form.cases, fields=form.fields, note=form.note, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _people(visit, course_id, form=form, refusal=refusal)
    return await _people(visit, course_id, done=done)


async def _people(
    visit: Visit,
    course_id: UUID,
    *,
    done: Invited | None = None,
    form: InvitingForm | None = None,
    refusal: Refusal | None = None,
) -> Response:
    async with visit.database.reading() as session:
        course = await find_opening(session, visit.actor, Course, course_id)
        people = await invitable(session, visit.actor, course)
        called = await called_of(session, {each.case.id for each in people})
    return page(
        visit,
        "course_people.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        course=course,
        people=people,
        called=called,
        done=done,
        chosen=form.cases if form else [],
        fields=form.fields if form else [],
        note=form.note if form else "",
        shareable=list(SharedField),
        is_offered=can_be_offered(course) and course.service_id is not None,
    )
