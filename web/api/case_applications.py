"""Applications to institutions: prepared with the person, authorised by them, submitted, and pursued to a decision."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from access.rules import Permission
from foundation.language import say
from referrals.application_file import applications_of, open_application
from referrals.application_kinds import kinds
from referrals.applying import (
    add_period,
    authorise,
    end_authorisation,
    note_document,
    open_new,
    remove_period,
    rewrite,
)
from referrals.portability import Branch, routes_in_force
from referrals.pursuing import Happened, record
from referrals.work_periods import Period
from web.api.application_shapes import (
    ApplicationBody,
    ApplicationListed,
    ApplicationTold,
    AuthorisationBody,
    Country,
    DocumentBody,
    EndBody,
    EntryBody,
    KindTold,
    PeriodBody,
    RouteTold,
    TermsBody,
    application_told,
    kind_told,
)
from web.api.one_case import changing, in_sight, viewing
from web.api.routing import api_router
from web.api.shapes import Made
from web.forms import CaseNumber, Line
from web.guard import Visit, guarded

router = api_router("", "applications")

Reading = Annotated[Visit, guarded(Permission.APPLICATION_READ)]
Writing = Annotated[Visit, guarded(Permission.APPLICATION_WRITE)]
ONE = "/cases/{number}/applications/{application_id}"


@router.get("/application-kinds")
async def application_kinds(visit: Reading) -> list[KindTold]:
    """What can be applied for, with its fields and documents."""
    return [kind_told(visit.language, kind) for kind in kinds().values()]


@router.get("/entitlement-routes")
async def entitlement_routes(
    visit: Reading,
    worked_in: Annotated[Country, Query(description="ISO 3166 alpha-2.")],
    returns_to: Annotated[Country, Query(description="ISO 3166 alpha-2.")],
    branch: Annotated[Branch | None, Query(description="Of one branch alone.")] = None,
) -> list[RouteTold]:
    """What is known of a pair of countries, the surest first, then general guidance.

    That a pair is not known does not mean that there is no agreement.
    """
    table = routes_in_force()
    known = [
        RouteTold(
            route=each.route,
            branches=list(each.branches),
            note=say(visit.language, each.words),
            source=each.source,
            grade=each.grade,
            read_on=each.read_on,
        )
        for each in table.between(worked_in, returns_to, branch)
    ]
    return known + [
        RouteTold(
            route=each.route,
            branches=[],
            note=say(visit.language, each.words),
            source=each.source,
            grade=each.grade,
            read_on=None,
        )
        for each in table.general
    ]


@router.get("/cases/{number}/applications")
async def applications(visit: Reading, number: CaseNumber) -> list[ApplicationListed]:
    """The newest first."""
    async with viewing(visit, number) as (session, case):
        return [
            ApplicationListed(
                id=each.id,
                kind=each.kind,
                state=each.state,
                country=each.country,
                due_on=each.due_on,
                submitted_on=each.submitted_on,
                decided_on=each.decided_on,
                outcome=each.outcome,
            )
            for each in await applications_of(session, case.id)
        ]


@router.post("/cases/{number}/applications", status_code=201)
async def begin(visit: Writing, number: CaseNumber, body: ApplicationBody) -> Made:
    async with changing(visit, number) as (session, case):
        with in_sight():
            made = await open_new(session, case, body.kind, body.terms(), actor=visit.actor)
    return Made(id=made.id)


@router.get(ONE)
async def application(visit: Reading, number: CaseNumber, application_id: UUID) -> ApplicationTold:
    async with viewing(visit, number) as (session, case):
        return application_told(visit.language, await open_application(session, case, application_id))


@router.put(ONE, status_code=204)
async def write(visit: Writing, number: CaseNumber, application_id: UUID, body: TermsBody) -> None:
    """Write it anew, while it is prepared. Another institution takes another authorisation."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            await rewrite(session, case, application_id, body.terms(), actor=visit.actor)


@router.put(f"{ONE}/documents/{{document}}", status_code=204)
async def write_document(
    visit: Writing, number: CaseNumber, application_id: UUID, document: Line, body: DocumentBody
) -> None:
    async with changing(visit, number) as (session, case):
        with in_sight():
            await note_document(
                session,
                case,
                application_id,
                document,
                body.standing,
                note=body.note,
                file_id=body.file_id,
                actor=visit.actor,
            )


@router.put(f"{ONE}/authorisation", status_code=204)
async def write_authorisation(
    visit: Writing, number: CaseNumber, application_id: UUID, body: AuthorisationBody
) -> None:
    """The person authorised this institution to be given their details. Nothing is submitted without it."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            await authorise(
                session,
                case,
                application_id,
                on_day=body.on_day,
                how=body.how,
                covers=body.covers,
                file_id=body.file_id,
                guardian_evidence=body.guardian_evidence,
                actor=visit.actor,
            )


@router.post(f"{ONE}/authorisation/end", status_code=204)
async def end(visit: Writing, number: CaseNumber, application_id: UUID, body: EndBody) -> None:
    """The person took it back."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            await end_authorisation(
                session, case, application_id, on_day=body.on_day, note=body.note, actor=visit.actor
            )


@router.post(f"{ONE}/entries", status_code=204)
async def write_entry(visit: Writing, number: CaseNumber, application_id: UUID, body: EntryBody) -> None:
    """What happened with it: `next` of the application says what can."""
    happened = Happened(body.what, body.on_day, body.note, body.due_on, body.outcome, body.reference)
    async with changing(visit, number) as (session, case):
        with in_sight():
            await record(session, case, application_id, happened, actor=visit.actor)


@router.post(f"{ONE}/periods", status_code=201)
async def write_period(visit: Writing, number: CaseNumber, application_id: UUID, body: PeriodBody) -> Made:
    """A time of work that it rests on."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            made = await add_period(session, case, application_id, Period(**body.model_dump()), actor=visit.actor)
    return Made(id=made.id)


@router.delete(f"{ONE}/periods/{{period_id}}", status_code=204)
async def take_period_out(visit: Writing, number: CaseNumber, application_id: UUID, period_id: UUID) -> None:
    """While it is prepared."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            await remove_period(session, case, application_id, period_id, actor=visit.actor)
