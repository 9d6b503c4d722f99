"""Structural facts: the form to enter one, what waits for a second person, and what was entered before."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import StringConstraints
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import Conflict, Invalid, Refusal
from monitoring.indicator_words import structural_text
from monitoring.indicators import find_indicator
from monitoring.structural import Entry, confirm, enter, enterable, facts_of, withdraw
from web.errors import message_of, status_of
from web.forms import Line, Posted, Text, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=600)]
_writer = guarded(Permission.STRUCTURE_ENTER)
PLACE = "/monitoring/structural"


class EntryForm(Posted):
    indicator: Line
    year: Line
    figure: Line
    total: Line = ""
    source: Text
    address: Address = ""
    note: Text = ""

    def entry(self) -> Entry:
        return Entry(self.indicator, self.year, self.figure, self.total, self.source, self.address, self.note)


@router.get(PLACE)
async def show_structural(visit: Annotated[Visit, _writer]) -> Response:
    return await _show(visit)


@router.post(PLACE)
async def enter_structural(visit: Annotated[Visit, _writer], form: Annotated[EntryForm, Form()]) -> Response:
    try:
        async with visit.database.transaction() as session:
            await enter(session, form.entry(), actor=visit.actor)
    except Invalid as refusal:
        return await _show(visit, refusal, form)
    return see_other(PLACE)


@router.post(PLACE + "/{fact_id}/confirm")
async def confirm_structural(visit: Annotated[Visit, _writer], fact_id: UUID) -> Response:
    try:
        async with visit.database.transaction() as session:
            await confirm(session, fact_id, actor=visit.actor)
    except Conflict as refusal:
        return await _show(visit, refusal)
    return see_other(PLACE)


@router.post(PLACE + "/{fact_id}/withdraw")
async def withdraw_structural(visit: Annotated[Visit, _writer], fact_id: UUID) -> Response:
    try:
        async with visit.database.transaction() as session:
            await withdraw(session, fact_id, actor=visit.actor)
    except Conflict as refusal:
        return await _show(visit, refusal)
    return see_other(PLACE)


async def _show(visit: Visit, refusal: Refusal | None = None, form: EntryForm | None = None) -> Response:
    """Nothing that was typed is lost: a form that was refused comes back as it was."""
    async with visit.database.reading() as session:
        facts = await facts_of(session, actor=visit.actor)
    indicators = {each.id: each for each in enterable()}
    shown = [
        (fact, indicator, structural_text(indicator, fact, visit.language))
        for fact in facts
        if (indicator := indicators.get(fact.indicator) or find_indicator(fact.indicator)) is not None
    ]
    return page(
        visit,
        "structural.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        indicators=list(indicators.values()),
        form=form,
        waiting=[each for each in shown if each[0].confirmed_at is None and each[0].withdrawn_at is None],
        settled=[each for each in shown if each[0].confirmed_at is not None or each[0].withdrawn_at is not None],
    )
