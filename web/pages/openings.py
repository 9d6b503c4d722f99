"""Vacancies and courses: the list with its filters, one of them, entering, changing, closing, vetting employers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.money import in_words
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from foundation.language import _
from referrals.jobs import add_vacancy, change_vacancy, end_vetting, read_vacancy, vet_employer
from referrals.opening_models import Course, Opening, Vacancy
from referrals.opening_reading import Faulty
from referrals.opening_rules import OpeningKind, OpeningStatus
from referrals.openings import Narrowing, close, find_opening, listed, may_write, providers, services_of
from referrals.outcomes import can_be_offered
from referrals.training import add_course, change_course, read_course
from web.errors import message_of, status_of
from web.forms import Line, Posted, read_day, see_other
from web.guard import NOTHING_HERE, Visit, guarded
from web.pages.opening_fields import CourseForm, VacancyForm, area_name, choices_in, fields_of, written
from web.rendering import page

router = APIRouter(include_in_schema=False)

SHOWN = 30
MOST_PAGES = 1000
_reader, _writer = guarded(Permission.OPENING_READ), guarded(Permission.OPENING_WRITE)
Verb = Callable[[AsyncSession], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two lists."""

    path: str
    kind: OpeningKind
    table: type[Vacancy] | type[Course]


VACANCIES = Side("/vacancies", OpeningKind.VACANCY, Vacancy)
COURSES = Side("/courses", OpeningKind.COURSE, Course)


class Sought(BaseModel):
    """What may stand in the address of a list."""

    country: str = Field("", max_length=2, pattern="^[A-Z]*$")
    area: str = Field("", max_length=40, pattern="^[a-z_]*$")
    isco: str = Field("", max_length=4, pattern="^[0-9]*$")
    all: str = Field("", pattern="^(yes)?$")
    page: int = Field(1, ge=1, le=MOST_PAGES)


class VettingForm(Posted):
    until: Line = ""


@router.get("/vacancies")
async def show_vacancies(visit: Annotated[Visit, _reader]) -> Response:
    return await _list(visit, VACANCIES)


@router.get("/courses")
async def show_courses(visit: Annotated[Visit, _reader]) -> Response:
    return await _list(visit, COURSES)


@router.get("/vacancies/new")
async def new_vacancy(visit: Annotated[Visit, _writer]) -> Response:
    return await _form(visit, VACANCIES, None, {"organisation": "", "service": ""})


@router.get("/courses/new")
async def new_course(visit: Annotated[Visit, _writer]) -> Response:
    return await _form(visit, COURSES, None, {"organisation": "", "service": ""})


@router.post("/vacancies")
async def enter_vacancy(visit: Annotated[Visit, _writer], form: Annotated[VacancyForm, Form()]) -> Response:
    return await _save(visit, VACANCIES, None, form)


@router.post("/courses")
async def enter_course(visit: Annotated[Visit, _writer], form: Annotated[CourseForm, Form()]) -> Response:
    return await _save(visit, COURSES, None, form)


@router.get("/vacancies/{vacancy_id}")
async def show_vacancy(visit: Annotated[Visit, _reader], vacancy_id: UUID) -> Response:
    return await _one(visit, VACANCIES, vacancy_id)


@router.get("/courses/{course_id}")
async def show_course(visit: Annotated[Visit, _reader], course_id: UUID) -> Response:
    return await _one(visit, COURSES, course_id)


@router.get("/vacancies/{vacancy_id}/edit")
async def edit_vacancy(visit: Annotated[Visit, _writer], vacancy_id: UUID) -> Response:
    return await _edit(visit, VACANCIES, vacancy_id)


@router.get("/courses/{course_id}/edit")
async def edit_course(visit: Annotated[Visit, _writer], course_id: UUID) -> Response:
    return await _edit(visit, COURSES, course_id)


@router.post("/vacancies/{vacancy_id}")
async def write_vacancy(
    visit: Annotated[Visit, _writer], vacancy_id: UUID, form: Annotated[VacancyForm, Form()]
) -> Response:
    return await _save(visit, VACANCIES, vacancy_id, form)


@router.post("/courses/{course_id}")
async def write_course(
    visit: Annotated[Visit, _writer], course_id: UUID, form: Annotated[CourseForm, Form()]
) -> Response:
    return await _save(visit, COURSES, course_id, form)


@router.post("/vacancies/{vacancy_id}/close")
async def close_vacancy(visit: Annotated[Visit, _writer], vacancy_id: UUID) -> Response:
    return await _carry_out(
        visit, VACANCIES, vacancy_id, lambda session: close(session, Vacancy, vacancy_id, actor=visit.actor)
    )


@router.post("/courses/{course_id}/close")
async def close_course(visit: Annotated[Visit, _writer], course_id: UUID) -> Response:
    return await _carry_out(
        visit, COURSES, course_id, lambda session: close(session, Course, course_id, actor=visit.actor)
    )


@router.post("/vacancies/{vacancy_id}/vetting")
async def vet(
    visit: Annotated[Visit, guarded(Permission.OPENING_VET)], vacancy_id: UUID, form: Annotated[VettingForm, Form()]
) -> Response:
    """Without a day: the employer is vetted no longer."""

    async def settle(session: AsyncSession) -> None:
        until = read_day(form.until)
        if until is None:
            await end_vetting(session, vacancy_id, actor=visit.actor)
        else:
            await vet_employer(session, vacancy_id, until, actor=visit.actor)

    return await _carry_out(visit, VACANCIES, vacancy_id, settle)


async def _list(visit: Visit, side: Side) -> Response:
    given = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        sought = Sought.model_validate(given)
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    narrowing = Narrowing(
        country=sought.country or None, area=sought.area or None, isco=sought.isco or None, offered=not sought.all
    )
    async with visit.database.reading() as session:
        found: list[Any] = await listed(
            session, visit.actor, side.table, narrowing, first=(sought.page - 1) * SHOWN, most=SHOWN + 1
        )
    return page(
        visit,
        "openings.html",
        side=side,
        found=found[:SHOWN],
        has_more=len(found) > SHOWN,
        sought=sought,
        choices=choices_in(visit.language),
        **_said(visit),
    )


async def _one(visit: Visit, side: Side, opening_id: UUID, refusal: Refusal | None = None) -> Response:
    async with visit.database.reading() as session:
        opening = await _find(session, visit, side, opening_id)
    return page(
        visit,
        "opening.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        side=side,
        opening=opening,
        fields=fields_of(side.kind),
        written=written(opening),
        choices={name: dict(found) for name, found in choices_in(visit.language).items()},
        may_write=may_write(visit.actor, opening.organisation_id),
        is_open=opening.status is OpeningStatus.OPEN,
        **_said(visit),
    )


async def _edit(visit: Visit, side: Side, opening_id: UUID) -> Response:
    async with visit.database.reading() as session:
        opening = await _find(session, visit, side, opening_id)
    return await _form(visit, side, opening_id, written(opening))


async def _form(
    visit: Visit, side: Side, opening_id: UUID | None, typed: dict[str, str], refusal: Refusal | None = None
) -> Response:
    async with visit.database.reading() as session:
        organisations = await providers(session, visit.actor)
        services = await services_of(session, organisations)
    names = {each.id: each.name for each in organisations}
    return page(
        visit,
        "opening_form.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        faults={each.field: each.reason for each in refusal.faults} if isinstance(refusal, Faulty) else {},
        side=side,
        opening_id=opening_id,
        fields=fields_of(side.kind),
        choices=choices_in(visit.language),
        organisations=organisations,
        services=[(each, names[each.organisation_id]) for each in services],
        typed=typed,
    )


async def _save(visit: Visit, side: Side, opening_id: UUID | None, form: VacancyForm | CourseForm) -> Response:
    values: dict[str, str] = form.model_dump(exclude={"csrf_token"})
    try:
        async with visit.database.transaction() as session:
            saved = await _write(session, visit, side, opening_id, values)
    except (Invalid, Conflict) as refusal:
        return await _form(visit, side, opening_id, values, refusal)
    return see_other(f"{side.path}/{saved.id}")


async def _write(
    session: AsyncSession, visit: Visit, side: Side, opening_id: UUID | None, values: dict[str, str]
) -> Opening:
    if opening_id is not None:
        # Of another's organisation nobody learns that a form was faulty.
        await _find(session, visit, side, opening_id)
    service_id = _chosen(values["service"])
    organisation_id = _chosen(values["organisation"])
    if side is VACANCIES:
        vacancy = read_vacancy(values)
        if opening_id is not None:
            return await change_vacancy(session, opening_id, vacancy, service_id=service_id, actor=visit.actor)
        if organisation_id is None:
            raise Invalid(_("Choose the organisation."))
        return await add_vacancy(
            session, vacancy, organisation_id=organisation_id, service_id=service_id, actor=visit.actor
        )
    course = read_course(values)
    if opening_id is not None:
        return await change_course(session, opening_id, course, service_id=service_id, actor=visit.actor)
    if organisation_id is None:
        raise Invalid(_("Choose the organisation."))
    return await add_course(session, course, organisation_id=organisation_id, service_id=service_id, actor=visit.actor)


async def _find(session: AsyncSession, visit: Visit, side: Side, opening_id: UUID) -> Opening:
    if side is VACANCIES:
        return await find_opening(session, visit.actor, Vacancy, opening_id)
    return await find_opening(session, visit.actor, Course, opening_id)


def _chosen(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(_("Choose from the list.")) from None


async def _carry_out(visit: Visit, side: Side, opening_id: UUID, verb: Verb) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict) as refusal:
        return await _one(visit, side, opening_id, refusal)
    return see_other(f"{side.path}/{opening_id}")


def _said(visit: Visit) -> dict[str, Any]:
    return {
        "money": partial(in_words, visit.language),
        "area_name": partial(area_name, visit.language),
        "can_be_offered": can_be_offered,
        "kinds": OpeningKind,
    }
