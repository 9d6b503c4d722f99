"""Vacancies and courses. Partners enter and change those of their own organisation, and see no other."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from access.rules import Permission
from referrals.jobs import add_vacancy, change_vacancy, end_vetting, read_vacancy, vet_employer
from referrals.opening_models import Course, Opening, Vacancy
from referrals.opening_rules import Contract, OpeningKind, OpeningStatus, WagePeriod
from referrals.openings import Either, Narrowing, close, find_opening, listed
from referrals.outcomes import can_be_offered
from referrals.training import add_course, change_course, read_course
from web.api.money import Figures, MoneyTold, money_told
from web.api.paging import STANDARD, Limit, NumberCursor, Page
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import Line
from web.guard import Visit, guarded

router = api_router("", "openings")

MOST_CODES = 20
_reader, _writer = guarded(Permission.OPENING_READ), guarded(Permission.OPENING_WRITE)
_vetter = guarded(Permission.OPENING_VET)
Country = Annotated[str, Query(max_length=2, pattern=r"^[A-Z]*$", description="ISO 3166 alpha-2; empty: any.")]
Area = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$", description="Code of an area; empty: any.")]
Isco = Annotated[str, Query(max_length=4, pattern=r"^[0-9]*$", description="First digits of ISCO-08; empty: any.")]
Offered = Annotated[bool, Query(description="Only what can be offered to someone today.")]
Codes = Annotated[list[Line], Field(default_factory=list, max_length=MOST_CODES)]


class OpeningBody(Body):
    """Whole: what is left out is empty."""

    reference: Line
    """The organisation's own name for it, unique within the organisation."""
    service_id: UUID | None = None
    """A service of the same organisation through which people are referred to it."""
    title: Line
    country: Line
    """ISO 3166 alpha-2."""
    area: Line | None = None
    """Code of an area of the country; null: the whole country."""
    languages: Codes
    """ISO 639 codes; empty: any."""
    level: Annotated[int | None, Field(ge=0, le=8)] = None
    """Least level of education, of ISCED 2011."""
    places: Annotated[int | None, Field(ge=1, le=100_000)] = None
    """Null: nobody counts them."""
    starts_on: date | None = None
    apply_until: date

    def values(self) -> dict[str, str]:
        """As the fields of a form."""
        told = self.model_dump(mode="json", exclude={"organisation_id", "service_id"})
        return {name: _text(value) for name, value in told.items()}


class VacancyBody(OpeningBody):
    isco: Line
    """A unit group of ISCO-08: four digits."""
    employer: Line
    contract: Contract
    hours: Annotated[int | None, Field(ge=1, le=84)] = None
    """A week."""
    wage_from: Figures | None = None
    wage_to: Figures | None = None
    currency: Line | None = None
    """ISO 4217."""
    period: WagePeriod | None = None
    """What the wage is paid for."""


class NewVacancy(VacancyBody):
    organisation_id: UUID


class CourseBody(OpeningBody):
    kind: OpeningKind = OpeningKind.COURSE
    """`course` or `job_fair`."""
    field: Line = "00"
    """A broad field of ISCED-F 2013: two digits."""
    ends_on: date | None = None
    certificate: Line | None = None
    cost: Figures | None = None
    """Null: free of charge."""
    stipend: Figures | None = None
    """A month."""
    currency: Line | None = None
    occupations: Codes
    """What it leads to, each as two to four digits of ISCO-08; empty: it is for people of any occupation."""


class NewCourse(CourseBody):
    organisation_id: UUID


class VettingBody(Body):
    until: date | None
    """The last day on which the employer counts as vetted; null: from now on no longer."""


class OpeningTold(Answer):
    id: UUID
    kind: OpeningKind
    organisation_id: UUID
    organisation: str
    service_id: UUID | None
    reference: str
    title: str
    country: str
    area: str | None
    languages: list[str]
    level: int | None
    places: int | None
    places_left: int | None
    starts_on: date | None
    apply_until: date
    status: OpeningStatus
    is_offered: bool
    """It can be offered to someone today."""


class VacancyTold(OpeningTold):
    isco: str
    employer: str
    vetted_until: date | None
    """Null: the employer is not vetted, and the vacancy is offered to nobody."""
    contract: Contract
    hours: int | None
    wage_from: MoneyTold | None
    wage_to: MoneyTold | None
    period: WagePeriod | None


class CourseTold(OpeningTold):
    field: str
    ends_on: date | None
    certificate: str
    cost: MoneyTold | None
    stipend: MoneyTold | None
    occupations: list[str]


@router.get("/vacancies")
async def vacancies(
    visit: Annotated[Visit, _reader],
    limit: Limit = STANDARD,
    after: NumberCursor = "",
    country: Country = "",
    area: Area = "",
    isco: Isco = "",
    *,
    offered: Offered = True,
) -> Page[VacancyTold]:
    """Open ones first, by the last day to apply."""
    narrowing = Narrowing(country or None, area or None, isco or None, offered=offered)
    found, following = await _some(visit, Vacancy, narrowing, limit, after)
    return Page[VacancyTold](items=[vacancy_told(each) for each in found], next=following)


@router.post("/vacancies", status_code=201)
async def enter_vacancy(visit: Annotated[Visit, _writer], body: NewVacancy) -> Made:
    async with visit.database.transaction() as session:
        terms = read_vacancy(body.values())
        made = await add_vacancy(
            session,
            terms,
            organisation_id=body.organisation_id,
            service_id=body.service_id,
            actor=visit.actor,
        )
    return Made(id=made.id)


@router.get("/vacancies/{vacancy_id}")
async def one_vacancy(visit: Annotated[Visit, _reader], vacancy_id: UUID) -> VacancyTold:
    async with visit.database.reading() as session:
        return vacancy_told(await find_opening(session, visit.actor, Vacancy, vacancy_id))


@router.put("/vacancies/{vacancy_id}", status_code=204)
async def write_vacancy(visit: Annotated[Visit, _writer], vacancy_id: UUID, body: VacancyBody) -> None:
    """Write it anew, and open it again. For another employer it must be vetted anew."""
    async with visit.database.transaction() as session:
        await find_opening(session, visit.actor, Vacancy, vacancy_id)
        terms = read_vacancy(body.values())
        await change_vacancy(session, vacancy_id, terms, service_id=body.service_id, actor=visit.actor)


@router.post("/vacancies/{vacancy_id}/close", status_code=204)
async def close_vacancy(visit: Annotated[Visit, _writer], vacancy_id: UUID) -> None:
    async with visit.database.transaction() as session:
        await close(session, Vacancy, vacancy_id, actor=visit.actor)


@router.put("/vacancies/{vacancy_id}/vetting", status_code=204)
async def vet(visit: Annotated[Visit, _vetter], vacancy_id: UUID, body: VettingBody) -> None:
    """The employer is fit, for all their vacancies with the same organisation; or is no longer."""
    async with visit.database.transaction() as session:
        if body.until is None:
            await end_vetting(session, vacancy_id, actor=visit.actor)
        else:
            await vet_employer(session, vacancy_id, body.until, actor=visit.actor)


@router.get("/courses")
async def courses(
    visit: Annotated[Visit, _reader],
    limit: Limit = STANDARD,
    after: NumberCursor = "",
    country: Country = "",
    area: Area = "",
    isco: Isco = "",
    *,
    offered: Offered = True,
) -> Page[CourseTold]:
    """Courses and job fairs, open ones first, by the last day to apply."""
    narrowing = Narrowing(country or None, area or None, isco or None, offered=offered)
    found, following = await _some(visit, Course, narrowing, limit, after)
    return Page[CourseTold](items=[course_told(each) for each in found], next=following)


@router.post("/courses", status_code=201)
async def enter_course(visit: Annotated[Visit, _writer], body: NewCourse) -> Made:
    async with visit.database.transaction() as session:
        terms = read_course(body.values())
        made = await add_course(
            session,
            terms,
            organisation_id=body.organisation_id,
            service_id=body.service_id,
            actor=visit.actor,
        )
    return Made(id=made.id)


@router.get("/courses/{course_id}")
async def one_course(visit: Annotated[Visit, _reader], course_id: UUID) -> CourseTold:
    async with visit.database.reading() as session:
        return course_told(await find_opening(session, visit.actor, Course, course_id))


@router.put("/courses/{course_id}", status_code=204)
async def write_course(visit: Annotated[Visit, _writer], course_id: UUID, body: CourseBody) -> None:
    """Write it anew, and open it again. Fewer places than are taken are a conflict."""
    async with visit.database.transaction() as session:
        await find_opening(session, visit.actor, Course, course_id)
        terms = read_course(body.values())
        await change_course(session, course_id, terms, service_id=body.service_id, actor=visit.actor)


@router.post("/courses/{course_id}/close", status_code=204)
async def close_course(visit: Annotated[Visit, _writer], course_id: UUID) -> None:
    async with visit.database.transaction() as session:
        await close(session, Course, course_id, actor=visit.actor)


async def _some(
    visit: Visit, table: type[Either], narrowing: Narrowing, limit: int, after: str
) -> tuple[list[Either], str | None]:
    """A page of a list, and where the next one begins."""
    begin = int(after or 0)
    async with visit.database.reading() as session:
        found = await listed(session, visit.actor, table, narrowing, first=begin, most=limit + 1)
    return found[:limit], str(begin + limit) if len(found) > limit else None


def vacancy_told(vacancy: Vacancy) -> VacancyTold:
    return VacancyTold(
        **_common(vacancy),
        isco=vacancy.isco,
        employer=vacancy.employer,
        vetted_until=vacancy.vetted_until,
        contract=vacancy.contract,
        hours=vacancy.hours,
        wage_from=_money(vacancy.wage_from, vacancy.currency),
        wage_to=_money(vacancy.wage_to, vacancy.currency),
        period=vacancy.period,
    )


def course_told(course: Course) -> CourseTold:
    return CourseTold(
        **_common(course),
        field=course.field,
        ends_on=course.ends_on,
        certificate=course.certificate,
        cost=_money(course.cost, course.currency),
        stipend=_money(course.stipend, course.currency),
        occupations=[each.isco for each in course.occupations],
    )


def _common(opening: Opening) -> dict[str, Any]:
    names = ("id", "kind", "organisation_id", "service_id", "reference", "title", "country", "area", "level")
    more = ("places", "places_left", "starts_on", "apply_until", "status")
    return {
        **{name: getattr(opening, name) for name in (*names, *more)},
        "organisation": opening.organisation.name,
        "languages": opening.language_codes,
        "is_offered": can_be_offered(opening),
    }


def _money(amount: Any, currency: str | None) -> MoneyTold | None:
    return None if amount is None or currency is None else money_told(amount, currency)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)
