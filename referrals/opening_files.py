"""Vacancies and courses from a file (CSV): all of it or nothing, every fault by row and column.

The first row names the columns: `organisation` (its name here, exactly), the fields of `referrals.opening_reading`, and
`service` (an id of the directory) where a person is referred through one. What the organisation has under the same
reference is written anew; what the file does not name stays as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import Organisation
from foundation.errors import Invalid
from foundation.language import _
from referrals.csv_files import FileRefused, Problem, read_table
from referrals.jobs import VacancyTerms, add_vacancy, change_vacancy, read_vacancy
from referrals.opening_models import Course, Vacancy
from referrals.opening_reading import COURSE_FIELDS, VACANCY_FIELDS, Fault, Faulty
from referrals.opening_rules import OpeningKind
from referrals.openings import by_reference
from referrals.training import CourseTerms, add_course, change_course, read_course

LARGEST = 5 * 1024 * 1024
"""Bytes."""
MOST_ROWS = 10_000
ORGANISATION, SERVICE = "organisation", "service"


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    organisation: str
    service_id: UUID | None
    terms: VacancyTerms | CourseTerms


@dataclass(frozen=True, slots=True)
class Imported:
    added: int
    changed: int


def read_file(content: bytes, kind: OpeningKind) -> list[Row]:
    """Raises FileRefused with everything that is wrong in the file by itself."""
    table = read_table(content, largest=LARGEST, most_rows=MOST_ROWS)
    columns = table.columns
    allowed = VACANCY_FIELDS if kind is OpeningKind.VACANCY else COURSE_FIELDS
    problems = _wrong_columns(columns, {*allowed, ORGANISATION, SERVICE})
    if problems:
        raise FileRefused(problems)
    read: Callable[[Mapping[str, str]], Any] = read_vacancy if kind is OpeningKind.VACANCY else read_course
    found: list[Row] = []
    seen: set[tuple[str, str]] = set()
    for number, cells in table.rows:
        values = dict(zip(columns, cells, strict=False))
        faults = _wrong_length(columns, cells)
        terms = None
        try:
            terms = read(values)
        except Faulty as refused:
            faults += refused.faults
        organisation = values.get(ORGANISATION, "").strip()
        if not organisation:
            faults.append(Fault(ORGANISATION, _("This cannot be empty: {field}.").of(field=ORGANISATION)))
        service_id = _service_id(values.get(SERVICE, ""), faults)
        if terms is not None and (organisation, terms.common.reference) in seen:
            faults.append(Fault("reference", _("Another row has the same reference.")))
        problems += [Problem(number, fault.field, fault.reason) for fault in faults]
        if terms is not None:
            seen.add((organisation, terms.common.reference))
            found.append(Row(number, organisation, service_id, terms))
    if problems:
        raise FileRefused(problems)
    return found


async def import_rows(session: AsyncSession, rows: list[Row], *, actor: Actor) -> Imported:
    """Enter them all. Raises FileRefused with what does not fit what is here; then the caller keeps nothing."""
    names = {row.organisation for row in rows}
    known = {each.name: each.id for each in await session.scalars(_named(names))}
    problems: list[Problem] = []
    added = changed = 0
    for row in rows:
        organisation_id = known.get(row.organisation)
        if organisation_id is None:
            problems.append(Problem(row.number, ORGANISATION, _("There is no such organisation.")))
            continue
        try:
            is_new = await _import_one(session, row, organisation_id, actor=actor)
        except Invalid as refused:
            problems.append(Problem(row.number, "", refused.message))
            continue
        added, changed = added + is_new, changed + (not is_new)
    if problems:
        raise FileRefused(problems)
    return Imported(added, changed)


async def _import_one(session: AsyncSession, row: Row, organisation_id: UUID, *, actor: Actor) -> bool:
    terms, service_id = row.terms, row.service_id
    if isinstance(terms, VacancyTerms):
        vacancy = await by_reference(session, Vacancy, organisation_id, terms.common.reference)
        if vacancy is None:
            await add_vacancy(session, terms, organisation_id=organisation_id, service_id=service_id, actor=actor)
        else:
            await change_vacancy(session, vacancy.id, terms, service_id=service_id, actor=actor)
        return vacancy is None
    course = await by_reference(session, Course, organisation_id, terms.common.reference)
    if course is None:
        await add_course(session, terms, organisation_id=organisation_id, service_id=service_id, actor=actor)
    else:
        await change_course(session, course.id, terms, service_id=service_id, actor=actor)
    return course is None


def _named(names: set[str]) -> Any:
    return select(Organisation).where(Organisation.name.in_(names)).order_by(Organisation.id)


def _wrong_columns(columns: list[str], allowed: set[str]) -> list[Problem]:
    unknown = [name for name in columns if name not in allowed]
    twice = {name for name in columns if columns.count(name) > 1}
    return [
        *(Problem(1, name, _("Nobody knows this column.")) for name in unknown),
        *(Problem(1, name, _("This column is there twice.")) for name in sorted(twice)),
    ]


def _wrong_length(columns: list[str], cells: list[str]) -> list[Fault]:
    return [] if len(cells) <= len(columns) else [Fault("", _("The row has more cells than there are columns."))]


def _service_id(text: str, faults: list[Fault]) -> UUID | None:
    try:
        return UUID(text.strip()) if text.strip() else None
    except ValueError:
        faults.append(Fault(SERVICE, _("Write the id of a service of the directory.")))
        return None
