"""Courses, and job fairs: entered by the house or by partners, with seats, dates and what they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.money import read_currency
from foundation.language import _
from referrals.opening_models import Course, CourseOccupation
from referrals.opening_reading import (
    LONGEST,
    Reader,
    code,
    read_date,
    read_field,
    read_occupations,
    short,
    terms_of,
)
from referrals.opening_rules import OpeningKind
from referrals.openings import Terms, change, enter, find_opening


@dataclass(frozen=True, slots=True)
class CourseTerms:
    common: Terms
    kind: OpeningKind
    field: str
    ends_on: date | None = None
    certificate: str = ""
    cost: Decimal | None = None
    stipend: Decimal | None = None
    currency: str | None = None
    occupations: tuple[str, ...] = ()

    def write(self, course: Course) -> None:
        for name in ("kind", "field", "ends_on", "certificate", "cost", "stipend", "currency"):
            setattr(course, name, getattr(self, name))
        course.for_anyone = not self.occupations
        known = {each.isco: each for each in course.occupations}
        course.occupations = [
            known.get(isco) or CourseOccupation(isco=isco, isco_group=isco[:2]) for isco in sorted(self.occupations)
        ]


def read_course(values: Mapping[str, str]) -> CourseTerms:
    """Raises Faulty with everything that could not be read."""
    reader = Reader(values)
    common = reader.common()
    currency = reader.read("currency", read_currency)
    found: dict[str, Any] = {
        "kind": reader.read("kind", code(OpeningKind), OpeningKind.COURSE),
        "field": reader.read("field", read_field, "00"),
        "ends_on": reader.read("ends_on", read_date),
        "certificate": reader.read("certificate", short(LONGEST), ""),
        "cost": reader.amount("cost", currency),
        "stipend": reader.amount("stipend", currency),
        "currency": currency,
        "occupations": reader.read("occupations", read_occupations, ()),
    }
    if found["kind"] is OpeningKind.VACANCY:
        reader.refuse("kind", _("A vacancy is entered among the vacancies."))
    starts_on, ends_on = common["starts_on"], found["ends_on"]
    if ends_on is not None and (starts_on is None or ends_on < starts_on):
        reader.refuse("ends_on", _("The day it ends lies before the day it starts, or that day is missing."))
    reader.done()
    return CourseTerms(terms_of(common), **found)


async def add_course(
    session: AsyncSession, terms: CourseTerms, *, organisation_id: UUID, service_id: UUID | None = None, actor: Actor
) -> Course:
    return await enter(
        session, Course, terms.common, terms.write, organisation_id=organisation_id, service_id=service_id, actor=actor
    )


async def change_course(
    session: AsyncSession, course_id: UUID, terms: CourseTerms, *, service_id: UUID | None = None, actor: Actor
) -> Course:
    """Write it anew, and open it again."""
    course = await find_opening(session, actor, Course, course_id, for_change=True)
    await change(session, course, terms.common, terms.write, service_id=service_id, actor=actor)
    return course
