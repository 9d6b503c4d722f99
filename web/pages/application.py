"""One application: what it says and rests on, the person's authorisation, what happened. Each form is one verb."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.files import files_of
from cases.models import Case
from cases.money import in_words
from cases.queries import find_case, record_view
from cases.record_fields import FieldKind
from cases.safeguarding import may_be_child
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from foundation.language import Message, say_country
from referrals.application_file import ApplicationView, find_application, key_of, open_application
from referrals.application_kinds import code_title, kind_of
from referrals.application_rules import (
    OPEN_APPLICATIONS,
    ApplicationState,
    Entry,
    Given,
    Outcome,
    Standing,
)
from referrals.applying import add_period, authorise, end_authorisation, note_document, remove_period, rewrite
from referrals.enterprise import unpacked
from referrals.portability import KnownRoute, routes_in_force
from referrals.pursuing import Happened, possible_entries, record
from referrals.work_periods import Insured, Period, WorkStatus, months_of
from web.countries import countries
from web.errors import status_in_sight
from web.forms import CaseNumber, Line, Posted, Text, read_day, see_other
from web.guard import Visit, guarded
from web.pages.applications import day_of, may_write, row_of, terms_of, typed_fields, without_required
from web.rendering import page

router = APIRouter(include_in_schema=False)

Reading = Annotated[Visit, guarded(Permission.APPLICATION_READ)]
Writing = Annotated[Visit, guarded(Permission.APPLICATION_WRITE)]
ADDRESS = "/cases/{number}/applications/{application_id}"
FILES_SHOWN = 100
Verb = Callable[[AsyncSession, Case], Awaitable[object]]


class DocumentForm(Posted):
    code: Line
    standing: Standing
    note: Text = ""
    file: UUID | None = None


class AuthorisationForm(Posted):
    on_day: Line = ""
    how: Given
    covers: Text = ""
    guardian_evidence: Text = ""
    file: UUID | None = None


class EndForm(Posted):
    on_day: Line = ""
    note: Text = ""


class EntryForm(Posted):
    what: Entry
    on_day: Line = ""
    due_on: Line = ""
    outcome: Outcome | None = None
    reference: Line = ""
    note: Text = ""


class PeriodForm(Posted):
    starts_on: Line = ""
    ends_on: Line = ""
    employer: Text = ""
    place: Text = ""
    work: Text = ""
    status: WorkStatus = WorkStatus.EMPLOYED
    insured: Insured = Insured.UNKNOWN
    scheme: Text = ""
    proof: Text = ""


@router.get(ADDRESS)
async def show_application(visit: Reading, number: CaseNumber, application_id: UUID) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _page(visit, number, application_id)


@router.post(ADDRESS)
async def write(visit: Writing, number: CaseNumber, application_id: UUID) -> Response:
    typed = await typed_fields(visit)

    async def verb(session: AsyncSession, case: Case) -> None:
        row = await find_application(session, case, application_id)
        terms = terms_of(typed, kind_of(row.kind))
        await rewrite(session, case, application_id, terms, actor=visit.actor)

    return await _carry_out(visit, number, application_id, verb, typed, "details")


@router.post(f"{ADDRESS}/documents")
async def write_document(
    visit: Writing, number: CaseNumber, application_id: UUID, form: Annotated[DocumentForm, Form()]
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        await note_document(
            session,
            case,
            application_id,
            form.code,
            form.standing,
            note=form.note,
            file_id=form.file,
            actor=visit.actor,
        )

    return await _carry_out(visit, number, application_id, verb, form.model_dump(), "documents")


@router.post(f"{ADDRESS}/authorisation")
async def write_authorisation(
    visit: Writing, number: CaseNumber, application_id: UUID, form: Annotated[AuthorisationForm, Form()]
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        on_day = day_of(form.on_day)
        await authorise(
            session,
            case,
            application_id,
            on_day=on_day,
            how=form.how,
            covers=form.covers,
            file_id=form.file,
            guardian_evidence=form.guardian_evidence,
            actor=visit.actor,
        )

    return await _carry_out(visit, number, application_id, verb, form.model_dump(), "authorisation")


@router.post(f"{ADDRESS}/authorisation/end")
async def end(visit: Writing, number: CaseNumber, application_id: UUID, form: Annotated[EndForm, Form()]) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        on_day = day_of(form.on_day)
        await end_authorisation(session, case, application_id, on_day=on_day, note=form.note, actor=visit.actor)

    return await _carry_out(visit, number, application_id, verb, form.model_dump(), "authorisation")


@router.post(f"{ADDRESS}/entries")
async def write_entry(
    visit: Writing, number: CaseNumber, application_id: UUID, form: Annotated[EntryForm, Form()]
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        on_day = day_of(form.on_day)
        happened = Happened(form.what, on_day, form.note, read_day(form.due_on), form.outcome, form.reference)
        await record(session, case, application_id, happened, actor=visit.actor)

    return await _carry_out(visit, number, application_id, verb, form.model_dump(), "happened")


@router.post(f"{ADDRESS}/periods")
async def write_period(
    visit: Writing, number: CaseNumber, application_id: UUID, form: Annotated[PeriodForm, Form()]
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        starts_on = day_of(form.starts_on)
        texts = form.model_dump(include={"employer", "place", "work", "status", "insured", "scheme", "proof"})
        period = Period(starts_on, read_day(form.ends_on), **texts)
        await add_period(session, case, application_id, period, actor=visit.actor)

    return await _carry_out(visit, number, application_id, verb, form.model_dump(), "periods")


@router.post(f"{ADDRESS}/periods/{{period_id}}/remove")
async def take_period_out(
    visit: Writing, number: CaseNumber, application_id: UUID, period_id: UUID, form: Annotated[Posted, Form()]
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        await remove_period(session, case, application_id, period_id, actor=visit.actor)

    return await _carry_out(visit, number, application_id, verb, form.model_dump(), "periods")


async def _carry_out(
    visit: Visit, number: str, application_id: UUID, verb: Verb, typed: Mapping[str, Any], place: str
) -> Response:
    """Do `verb` with the case, then show the application; what was typed stays when the verb refuses it."""
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _page(visit, number, application_id, refusal, {"place": place, **typed})
    return see_other(f"/cases/{number}/applications/{application_id}#{place}")


async def _page(
    visit: Visit,
    number: str,
    application_id: UUID,
    refusal: Refusal | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        view = await open_application(session, case, application_id)
        files = await files_of(session, case, await key_of(session, case), most=FILES_SHOWN)
        is_child = await may_be_child(session, case.id)
    row = view.row
    is_open = row.state in OPEN_APPLICATIONS
    entries = possible_entries(row.state)
    sent = typed or {}
    return page(
        visit,
        "application.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        case=case,
        view=view,
        listed=row_of(row, case.number),
        details=_in_words(view),
        form=SimpleNamespace(**without_required(view.kind)),
        written=sent if sent.get("place") == "details" else _as_written(view),
        typed=sent,
        files=files,
        is_child=is_child,
        may_write=may_write(visit, case) and is_open,
        is_preparing=row.state is ApplicationState.PREPARING,
        entries=entries,
        may_be_decided=Entry.DECIDED in entries,
        standings=list(Standing),
        ways=list(Given),
        statuses=list(WorkStatus),
        insured=list(Insured),
        months=months_of([period for _id, period in view.periods]),
        routes=_routes(view, case.country),
        general=routes_in_force().general,
        plan=unpacked(view.plan) if view.plan else None,
        countries=countries(visit.language),
        country_name=partial(say_country, visit.language),
        money=partial(in_words, visit.language),
        today=clock.today(),
    )


def _routes(view: ApplicationView, returns_to: str | None) -> list[KnownRoute]:
    """What is known for someone who worked in the institution's country and returned to the case's."""
    if not view.kind.has_periods:
        return []
    return routes_in_force().between(view.row.country, returns_to or "")


def _in_words(view: ApplicationView) -> list[tuple[Message, str | Message, bool]]:
    """Label, text, and whether it is in someone's words."""
    told: list[tuple[Message, str | Message, bool]] = []
    for field in view.kind.fields:
        text = view.details.get(field.name)
        if text is None:
            continue
        if field.kind is FieldKind.CHOICE:
            told.append((field.label, field.choices.get(text, Message(text)), False))
        elif field.name in view.kind.coded:
            title = code_title(view.kind.coded[field.name], text)
            told.append((field.label, Message("{code} {title}").of(code=text, title=title or ""), False))
        else:
            told.append((field.label, text, field.kind is FieldKind.WORDS))
    return told


def _as_written(view: ApplicationView) -> dict[str, Any]:
    row = view.row
    return {
        **view.details,
        "institution": view.institution,
        "country": row.country,
        "reference": view.reference,
        "amount": f"{row.amount.normalize():f}" if row.amount is not None else "",
        "currency": row.currency or "",
        "due_on": row.due_on.isoformat() if row.due_on else "",
    }
