"""The desk of recommendations: where monitors write and issue them, and where the addressee answers."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Form, Path
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from foundation.language import _
from monitoring import recommendations
from monitoring.naming import MayNameSomeone
from monitoring.recommendation_register import Filed, addressees, desk, find_on_desk
from monitoring.recommendation_rules import ANSWER_WITHIN, Action, Kind, State, Theme, next_states
from monitoring.recommendations import Said, Wording, may_answer, may_write
from web.errors import message_of, status_of
from web.forms import Line, Posted, Text, read_day, see_other
from web.guard import NOTHING_HERE, Visit, guarded
from web.pages.public_recommendations import asked_of, shown
from web.rendering import page

router = APIRouter(include_in_schema=False)

_reader, _writer = guarded(Permission.RECOMMENDATION_READ), guarded(Permission.RECOMMENDATION_WRITE)
Id = Annotated[UUID, Path()]
Verb = Callable[[AsyncSession], Awaitable[object]]
Code = TypeVar("Code")


class WordingForm(Posted):
    kind: str = Kind.RECOMMENDATION.value
    text: Text = ""
    theme: str = ""
    action: str = ""
    addressee_id: str = ""
    addressee: Line = ""
    indicator: Line = ""
    operation: Line = ""
    answer_by: Line = ""
    due_on: Line = ""
    checked: bool = False


class SaidForm(Posted):
    text: Text = ""
    evidence: Line = ""
    on_day: Line = ""
    outcome: str = ""
    answer_by: Line = ""
    due_on: Line = ""
    checked: bool = False


@router.get("/recommendation-desk")
async def show_desk(visit: Annotated[Visit, _reader]) -> Response:
    asked = asked_of(visit)
    async with visit.database.reading() as session:
        everything = await desk(session, actor=visit.actor)
    found = [each for each in everything if asked.narrowing().holds(each)]
    overdue = sum(each.is_overdue for each in everything)
    return page(visit, "recommendation_desk.html", **shown(found, asked), overdue=overdue)


@router.get("/recommendation-desk/new")
async def show_form(visit: Annotated[Visit, _writer]) -> Response:
    return await _form(visit)


@router.post("/recommendation-desk")
async def write(visit: Annotated[Visit, _writer], form: Annotated[WordingForm, Form()]) -> Response:
    try:
        async with visit.database.transaction() as session:
            made = await recommendations.write_recommendation(session, _wording(form), actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _form(visit, refusal=refusal, typed=form.model_dump())
    return see_other(f"/recommendation-desk/{made.id}")


@router.get("/recommendation-desk/{recommendation_id}")
async def show_one(visit: Annotated[Visit, _reader], recommendation_id: Id) -> Response:
    return await _one(visit, recommendation_id)


@router.get("/recommendation-desk/{recommendation_id}/edit")
async def show_edit(visit: Annotated[Visit, _writer], recommendation_id: Id) -> Response:
    return await _form(visit, await _draft(visit, recommendation_id))


@router.post("/recommendation-desk/{recommendation_id}")
async def change(
    visit: Annotated[Visit, _writer], recommendation_id: Id, form: Annotated[WordingForm, Form()]
) -> Response:
    filed = await _draft(visit, recommendation_id)
    try:
        async with visit.database.transaction() as session:
            await recommendations.change_draft(session, recommendation_id, _wording(form), actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _form(visit, filed, refusal=refusal, typed=form.model_dump())
    return see_other(f"/recommendation-desk/{recommendation_id}")


@router.post("/recommendation-desk/{recommendation_id}/drop")
async def drop(visit: Annotated[Visit, _writer], recommendation_id: Id, _form: Annotated[Posted, Form()]) -> Response:
    async def verb(session: AsyncSession) -> None:
        await recommendations.drop_draft(session, recommendation_id, actor=visit.actor)

    return await _carry_out(visit, recommendation_id, verb, leads_to="/recommendation-desk")


@router.post("/recommendation-desk/{recommendation_id}/issue")
async def issue(visit: Annotated[Visit, _writer], recommendation_id: Id, _form: Annotated[Posted, Form()]) -> Response:
    async def verb(session: AsyncSession) -> None:
        await recommendations.issue(session, recommendation_id, actor=visit.actor)

    return await _carry_out(visit, recommendation_id, verb)


@router.post("/recommendation-desk/{recommendation_id}/answer")
async def answer(
    visit: Annotated[Visit, _reader], recommendation_id: Id, form: Annotated[SaidForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        outcome = _outcome(form.outcome)
        await recommendations.answer(session, recommendation_id, outcome, _said(form), actor=visit.actor)

    return await _carry_out(visit, recommendation_id, verb, form, "answer")


@router.post("/recommendation-desk/{recommendation_id}/follow-up")
async def follow_up(
    visit: Annotated[Visit, _reader], recommendation_id: Id, form: Annotated[SaidForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await recommendations.follow_up(session, recommendation_id, _said(form), actor=visit.actor)

    return await _carry_out(visit, recommendation_id, verb, form, "follow_up")


@router.post("/recommendation-desk/{recommendation_id}/outcome")
async def settle(
    visit: Annotated[Visit, _writer], recommendation_id: Id, form: Annotated[SaidForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        outcome = _outcome(form.outcome)
        await recommendations.settle(session, recommendation_id, outcome, _said(form), actor=visit.actor)

    return await _carry_out(visit, recommendation_id, verb, form, "settle")


@router.post("/recommendation-desk/{recommendation_id}/correction")
async def correct(
    visit: Annotated[Visit, _writer], recommendation_id: Id, form: Annotated[SaidForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await recommendations.correct(session, recommendation_id, _said(form), actor=visit.actor)

    return await _carry_out(visit, recommendation_id, verb, form, "correct")


@router.post("/recommendation-desk/{recommendation_id}/reopening")
async def reopen(
    visit: Annotated[Visit, _writer], recommendation_id: Id, form: Annotated[SaidForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await recommendations.reopen(
            session,
            recommendation_id,
            _said(form),
            answer_by=_needed_day(form.answer_by),
            due_on=read_day(form.due_on),
            actor=visit.actor,
        )

    return await _carry_out(visit, recommendation_id, verb, form, "reopen")


async def _carry_out(
    visit: Visit,
    recommendation_id: UUID,
    verb: Verb,
    form: SaidForm | None = None,
    place: str = "",
    *,
    leads_to: str | None = None,
) -> Response:
    """What was typed stays on the page when the verb refuses it, in the form at `place`."""
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict) as refusal:
        typed = form.model_dump() if form else None
        return await _one(visit, recommendation_id, refusal=refusal, typed=typed, place=place)
    return see_other(leads_to or f"/recommendation-desk/{recommendation_id}")


async def _draft(visit: Visit, recommendation_id: UUID) -> Filed:
    """One of the visitor's own, to be written anew. An issued one has no form."""
    async with visit.database.reading() as session:
        filed = await find_on_desk(session, recommendation_id, actor=visit.actor)
    if filed.recommendation.state is not State.DRAFT:
        raise NotFound(NOTHING_HERE)
    return filed


async def _form(
    visit: Visit,
    filed: Filed | None = None,
    *,
    refusal: Refusal | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    async with visit.database.reading() as session:
        organisations = await addressees(session, actor=visit.actor)
    return page(
        visit,
        "recommendation_form.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        may_name=isinstance(refusal, MayNameSomeone),
        filed=filed,
        typed=typed or _typed(filed),
        kinds=Kind,
        organisations=organisations,
    )


def _typed(filed: Filed | None) -> dict[str, Any]:
    if filed is None:
        answer_by = clock.today() + ANSWER_WITHIN
        empty = dict.fromkeys(WordingForm.model_fields, "")
        return empty | {
            "kind": Kind.RECOMMENDATION.value,
            "answer_by": answer_by.isoformat(),
            "due_on": (answer_by + 2 * ANSWER_WITHIN).isoformat(),
        }
    one = filed.recommendation
    return {
        "kind": one.kind.value,
        "text": one.text,
        "theme": one.theme.value,
        "action": one.action or "",
        "addressee_id": str(one.addressee_id or ""),
        "addressee": "" if one.addressee_id else one.addressee,
        "indicator": one.indicator or "",
        "operation": one.operation or "",
        "answer_by": one.answer_by.isoformat(),
        "due_on": one.due_on.isoformat(),
    }


async def _one(
    visit: Visit,
    recommendation_id: UUID,
    *,
    refusal: Refusal | None = None,
    typed: dict[str, Any] | None = None,
    place: str = "",
) -> Response:
    async with visit.database.reading() as session:
        filed = await find_on_desk(session, recommendation_id, actor=visit.actor)
    one = filed.recommendation
    return page(
        visit,
        "recommendation.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        may_name=isinstance(refusal, MayNameSomeone),
        typed={place: typed},
        empty=dict.fromkeys(SaidForm.model_fields, ""),
        filed=filed,
        is_writer=may_write(one, visit.actor),
        is_addressee=may_answer(one, visit.actor),
        next_steps=next_states(one.kind, one.state),
        states=State,
        kinds=Kind,
    )


def _wording(form: WordingForm) -> Wording:
    return Wording(
        text=form.text,
        theme=_code(Theme, form.theme, Invalid(_("Choose the theme."))),
        action=_code(Action, form.action, Invalid(_("Choose one of the actions."))) if form.action else None,
        addressee_id=_organisation(form.addressee_id),
        addressee=form.addressee,
        indicator=form.indicator,
        operation=form.operation,
        answer_by=_needed_day(form.answer_by),
        due_on=read_day(form.due_on),
        kind=_code(Kind, form.kind, Invalid(_("Choose whether it is a recommendation or a question."))),
        checked=form.checked,
    )


def _said(form: SaidForm) -> Said:
    return Said(form.text, form.evidence, read_day(form.on_day), form.checked)


def _code(kind: Callable[[str], Code], text: str, refusal: Refusal) -> Code:
    try:
        return kind(text)
    except ValueError:
        raise refusal from None


def _outcome(text: str) -> State:
    return _code(State, text, Invalid(_("Choose one of the answers.")))


def _organisation(text: str) -> UUID | None:
    return _code(UUID, text, Invalid(_("Say to whom it is addressed."))) if text else None


def _needed_day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise Invalid(_("Set the day by which it is to be answered."))
    return day
