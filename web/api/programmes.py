"""The register of programmes: what each states, what is missing, and its budget lines with what is left."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from access.rules import Permission
from cases.budgets import LineView
from cases.plan_rules import Criterion
from cases.programmes import (
    Change,
    ProgrammeFile,
    ProgrammeView,
    Statement,
    add_line,
    change_line,
    create_programme,
    edit_programme,
    list_programmes,
    may_edit,
    operators,
    programme_file,
    text_of,
)
from web.api.money import Figures, MoneyBody, MoneyTold, money_told
from web.api.paging import STANDARD, Limit, NumberCursor, Page, part_of
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import LAST_NUMBER, Line
from web.guard import Visit, guarded
from web.pages.programmes import Code, Paragraphs, Version

router = api_router("", "programmes")

_reader, _editor = guarded(Permission.PROGRAMME_READ), guarded(Permission.PROGRAMME_EDIT)
MOST_COUNTRIES = 100


class StatementBody(Body):
    """Whole: what is left out is stated no longer."""

    name: Line
    organisation_id: UUID
    """The responsible one; see `programme-organisations`."""
    countries: Annotated[list[Line], Field(default_factory=list, max_length=MOST_COUNTRIES)]
    """ISO 3166 alpha-2 codes."""
    starts_on: date | None = None
    ends_on: date | None = None
    texts: Annotated[dict[Criterion, Paragraphs], Field(default_factory=dict)]
    """What it states, by criterion of a national action plan."""

    def statement(self) -> Statement:
        return Statement(
            name=self.name,
            organisation_id=self.organisation_id,
            countries=tuple(self.countries),
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            texts=self.texts,
        )


class NewProgramme(StatementBody):
    code: Line
    """Of letters, figures and hyphens, such as `GM-START`."""


class ChangedProgramme(StatementBody):
    seen: Annotated[int, Field(ge=1, le=LAST_NUMBER)]
    """The version that you have changed: if it is not the newest any more, that is a conflict."""


class LineBody(Body):
    code: Line
    name: Line
    money: MoneyBody
    """The currency of a line never changes."""


class AmountBody(Body):
    amount: Figures
    """In the currency of the line."""


class ProgrammeMade(Answer):
    code: str


class ProgrammeListed(Answer):
    code: str
    version: int
    name: str
    organisation: str
    countries: list[str]
    starts_on: date | None
    ends_on: date | None
    missing: list[Criterion]
    """What a national action plan must state and this programme does not."""


class LineTold(Answer):
    id: UUID
    code: str
    name: str
    amount: MoneyTold
    charged: MoneyTold
    """By plans that are approved, at work or completed."""
    rest: MoneyTold


class ChangeTold(Answer):
    version: int
    at: datetime
    by: str
    criteria: list[Criterion]
    """What it wrote anew."""


class ProgrammeTold(ProgrammeListed):
    organisation_id: UUID
    texts: dict[Criterion, str]
    is_newest: bool
    may_edit: bool
    lines: list[LineTold]
    changes: list[ChangeTold]
    """Newest first."""


class OrganisationChoice(Answer):
    id: UUID
    name: str


@router.get("/programmes")
async def register(
    visit: Annotated[Visit, _reader], limit: Limit = STANDARD, after: NumberCursor = ""
) -> Page[ProgrammeListed]:
    """The whole register, by code."""
    async with visit.database.reading() as session:
        found = await list_programmes(session, visit.actor)
    items, following = part_of(found, limit, after)
    return Page[ProgrammeListed](items=[_listed(each) for each in items], next=following)


@router.get("/programme-organisations")
async def organisations(visit: Annotated[Visit, _editor]) -> list[OrganisationChoice]:
    """The organisations that you may name as responsible."""
    async with visit.database.reading() as session:
        found = await operators(session, visit.actor)
    return [OrganisationChoice(id=each.id, name=each.name) for each in found]


@router.post("/programmes", status_code=201)
async def create(visit: Annotated[Visit, _editor], body: NewProgramme) -> ProgrammeMade:
    async with visit.database.transaction() as session:
        programme = await create_programme(session, body.code, body.statement(), actor=visit.actor)
    return ProgrammeMade(code=programme.code)


@router.get("/programmes/{code}")
async def one(visit: Annotated[Visit, _reader], code: Code) -> ProgrammeTold:
    """As it is stated now."""
    async with visit.database.reading() as session:
        return _told(visit, await programme_file(session, visit.actor, code))


@router.get("/programmes/{code}/versions/{version}")
async def one_version(visit: Annotated[Visit, _reader], code: Code, version: Version) -> ProgrammeTold:
    """As it was stated in an earlier version. The budget lines are those of today."""
    async with visit.database.reading() as session:
        return _told(visit, await programme_file(session, visit.actor, code, version))


@router.put("/programmes/{code}", status_code=204)
async def edit(visit: Annotated[Visit, _editor], code: Code, body: ChangedProgramme) -> None:
    """State it anew, as the next version. Only the responsible organisation does, or an administrator."""
    async with visit.database.transaction() as session:
        await edit_programme(session, code, body.statement(), body.seen, actor=visit.actor)


@router.post("/programmes/{code}/lines", status_code=201)
async def add_budget(visit: Annotated[Visit, _editor], code: Code, body: LineBody) -> Made:
    amount, currency = body.money.read()
    async with visit.database.transaction() as session:
        line = await add_line(session, code, body.code, body.name, amount, currency, actor=visit.actor)
    return Made(id=line.id)


@router.put("/programmes/{code}/lines/{line_id}/amount", status_code=204)
async def change_budget(visit: Annotated[Visit, _editor], code: Code, line_id: UUID, body: AmountBody) -> None:
    """More or less money for it. Less than plans are charged already is a conflict."""
    async with visit.database.transaction() as session:
        await change_line(session, code, line_id, Decimal(body.amount), actor=visit.actor)


def _listed(view: ProgrammeView) -> ProgrammeListed:
    stated = view.stated
    return ProgrammeListed(
        code=view.programme.code,
        version=stated.version,
        name=stated.name,
        organisation=view.organisation,
        countries=stated.countries,
        starts_on=stated.starts_on,
        ends_on=stated.ends_on,
        missing=view.missing,
    )


def _told(visit: Visit, file: ProgrammeFile) -> ProgrammeTold:
    stated = file.view.stated
    return ProgrammeTold(
        **dict(_listed(file.view)),
        organisation_id=stated.organisation_id,
        texts={each: text for each in Criterion if (text := text_of(stated, each))},
        is_newest=file.is_newest,
        may_edit=file.is_newest and may_edit(visit.actor, stated),
        lines=[_line(each) for each in file.lines],
        changes=[_change(each) for each in file.changes],
    )


def _line(view: LineView) -> LineTold:
    line = view.line
    return LineTold(
        id=line.id,
        code=line.code,
        name=line.name,
        amount=money_told(line.amount, line.currency),
        charged=money_told(view.charged, line.currency),
        rest=money_told(view.rest, line.currency),
    )


def _change(change: Change) -> ChangeTold:
    return ChangeTold(
        version=change.stated.version, at=change.stated.changed_at, by=change.by, criteria=change.criteria
    )
