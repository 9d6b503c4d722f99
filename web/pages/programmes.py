"""The register of programmes: what each states, what is missing, and its budget lines with what is left."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from babel import Locale
from fastapi import APIRouter, Form, Path
from pydantic import AfterValidator, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.money import in_words, read_amount, read_currency
from cases.plan_rules import Criterion
from cases.programmes import (
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
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from foundation.language import _
from web.errors import message_of, status_of
from web.forms import LAST_NUMBER, Line, Posted, read_day, see_other, without_nul
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

LONGEST = 2000
"""Letters of one text: twelve of them must fit into one form."""
Paragraphs = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST), AfterValidator(without_nul)]
Code = Annotated[str, Path(max_length=20, pattern=r"^[A-Za-z0-9-]+$")]
Version = Annotated[int, Path(ge=1, le=LAST_NUMBER)]
Verb = Callable[[AsyncSession], Awaitable[object]]
_reader, _editor = guarded(Permission.PROGRAMME_READ), guarded(Permission.PROGRAMME_EDIT)


class FrameForm(Posted):
    name: Line = ""
    organisation: UUID | None = None
    countries: Line = ""
    starts_on: Line = ""
    ends_on: Line = ""


class NewForm(FrameForm):
    code: Line = ""


class StatementForm(FrameForm):
    seen: int
    description: Paragraphs = ""
    rationale: Paragraphs = ""
    partners: Paragraphs = ""
    roles: Paragraphs = ""
    legal_compliance: Paragraphs = ""
    timeframe: Paragraphs = ""
    outcomes: Paragraphs = ""
    risks: Paragraphs = ""
    supporting_activities: Paragraphs = ""
    resources: Paragraphs = ""
    funding: Paragraphs = ""
    monitoring: Paragraphs = ""


class LineForm(Posted):
    line: Line = ""
    name: Line = ""
    amount: Line = ""
    currency: Line = ""


class AmountForm(Posted):
    amount: Line = ""
    currency: Line


@router.get("/programmes")
async def show_register(visit: Annotated[Visit, _reader]) -> Response:
    return await _register(visit)


@router.post("/programmes")
async def create(visit: Annotated[Visit, _editor], form: Annotated[NewForm, Form()]) -> Response:
    """Only the frame; the texts are written on the programme's own page."""
    try:
        async with visit.database.transaction() as session:
            programme = await create_programme(session, form.code, _statement(form), actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _register(visit, refusal=refusal, typed=form.model_dump())
    return see_other(f"/programmes/{programme.code}/edit")


@router.get("/programmes/{code}")
async def show_programme(visit: Annotated[Visit, _reader], code: Code) -> Response:
    return await _programme(visit, code)


@router.get("/programmes/{code}/versions/{version}")
async def show_version(visit: Annotated[Visit, _reader], code: Code, version: Version) -> Response:
    return await _programme(visit, code, version=version)


@router.get("/programmes/{code}/edit")
async def show_form(visit: Annotated[Visit, _editor], code: Code) -> Response:
    return await _edit_page(visit, code)


@router.post("/programmes/{code}")
async def edit(visit: Annotated[Visit, _editor], code: Code, form: Annotated[StatementForm, Form()]) -> Response:
    try:
        async with visit.database.transaction() as session:
            await edit_programme(session, code, _statement(form), form.seen, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _edit_page(visit, code, refusal=refusal, typed=form.model_dump())
    return see_other(f"/programmes/{code}")


@router.post("/programmes/{code}/lines")
async def add_budget(visit: Annotated[Visit, _editor], code: Code, form: Annotated[LineForm, Form()]) -> Response:
    async def add(session: AsyncSession) -> None:
        currency = read_currency(form.currency)
        amount = read_amount(form.amount, currency)
        await add_line(session, code, form.line, form.name, amount, currency, actor=visit.actor)

    return await _carry_out(visit, code, add, form)


@router.post("/programmes/{code}/lines/{line_id}")
async def change_budget(
    visit: Annotated[Visit, _editor], code: Code, line_id: UUID, form: Annotated[AmountForm, Form()]
) -> Response:
    async def change(session: AsyncSession) -> None:
        await change_line(session, code, line_id, read_amount(form.amount, form.currency), actor=visit.actor)

    return await _carry_out(visit, code, change, form)


async def _carry_out(visit: Visit, code: str, verb: Verb, form: Posted) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict) as refusal:
        return await _programme(visit, code, refusal=refusal, typed=form.model_dump())
    return see_other(f"/programmes/{code}#budget")


async def _register(visit: Visit, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None) -> Response:
    async with visit.database.reading() as session:
        found = await list_programmes(session, visit.actor)
        choices = await operators(session, visit.actor) if visit.may(Permission.PROGRAMME_EDIT) else []
    return page(
        visit,
        "programmes.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        found=found,
        organisations=choices,
        countries=partial(_countries, visit.language),
        typed={**dict.fromkeys(NewForm.model_fields, ""), **(typed or {})},
        is_open=typed is not None,
    )


async def _programme(
    visit: Visit,
    code: str,
    *,
    version: int | None = None,
    refusal: Refusal | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    async with visit.database.reading() as session:
        file = await programme_file(session, visit.actor, code, version)
    return page(
        visit,
        "programme.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        file=file,
        view=file.view,
        stated=file.view.stated,
        texts=[(each, text_of(file.view.stated, each)) for each in Criterion],
        may_change=file.is_newest and may_edit(visit.actor, file.view.stated),
        countries=partial(_countries, visit.language),
        money=partial(in_words, visit.language),
        typed={**dict.fromkeys(LineForm.model_fields, ""), **(typed or {})},
    )


async def _edit_page(
    visit: Visit, code: str, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        file = await programme_file(session, visit.actor, code)
        choices = await operators(session, visit.actor)
    stated = file.view.stated
    if not may_edit(visit.actor, stated):
        raise NotFound(NOTHING_HERE)
    written: dict[str, Any] = {
        "name": stated.name,
        "organisation": stated.organisation_id,
        "countries": ", ".join(stated.countries),
        "starts_on": stated.starts_on.isoformat() if stated.starts_on else "",
        "ends_on": stated.ends_on.isoformat() if stated.ends_on else "",
        "seen": stated.version,
        **{each.value: text_of(stated, each) for each in Criterion},
    }
    return page(
        visit,
        "programme_form.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        programme=file.view.programme,
        organisations=choices,
        criteria=list(Criterion),
        longest=LONGEST,
        typed={**written, **(typed or {})},
    )


def _statement(form: FrameForm) -> Statement:
    if form.organisation is None:
        raise Invalid(_("Choose the responsible organisation."))
    return Statement(
        name=form.name,
        organisation_id=form.organisation,
        countries=tuple(code.upper() for code in re.split(r"[\s,;]+", form.countries) if code),
        starts_on=read_day(form.starts_on),
        ends_on=read_day(form.ends_on),
        texts={each: getattr(form, each.value, "") for each in Criterion},
    )


def _countries(language: str, codes: list[str]) -> str:
    names = Locale.parse(language).territories
    return ", ".join(str(names.get(code, code)) for code in codes)
