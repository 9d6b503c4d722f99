"""Jobs and courses for one case: what fits and why, the occupations that it is found by, and what came of it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.classifications import ISCO
from cases.models import Case
from cases.money import in_words
from cases.queries import find_case, record_view
from cases.rules import CaseStatus
from cases.same_person import merged_into
from cases.work_codes import codes_of
from cases.work_models import CodeOrigin
from foundation.errors import Conflict, Invalid, Refusal
from referrals.opening_matching import match_case, why, write_occupation
from referrals.opening_reading import occupation_group
from referrals.opening_rules import NEEDS_REASON, EndReason, OpeningKind, Outcome, outcomes_after
from referrals.outcomes import matches_of, note_outcome, outcomes_of
from referrals.queries import untold_cases
from web.errors import message_of, status_of
from web.forms import CaseNumber, Line, Posted, read_day, see_other
from web.guard import Visit, guarded
from web.pages.opening_fields import area_name
from web.rendering import page

router = APIRouter(include_in_schema=False)

_follower = guarded(Permission.OPENING_FOLLOW)
Verb = Callable[[AsyncSession, Case], Awaitable[object]]


class OccupationForm(Posted):
    occupation: Line = ""
    go: Literal["enter", "remove"] = "enter"


class OutcomeForm(Posted):
    kind: OpeningKind
    opening: UUID
    outcome: Outcome
    reason: EndReason | Literal[""] = ""
    day: Line = ""


@router.get("/openings")
async def show_untold(visit: Annotated[Visit, _follower]) -> Response:
    """Whose very occupation there is something in, and nobody has told them: of the reader's own cases."""
    async with visit.database.reading() as session:
        rows = await untold_cases(session, visit.actor)
    return page(visit, "openings_untold.html", rows=rows)


@router.get("/cases/{number}/openings")
async def show_openings(visit: Annotated[Visit, _follower], number: CaseNumber) -> Response:
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        for each in (case, *await merged_into(session, case)):
            record_view(session, each, actor=visit.actor)
    return await _openings(visit, number)


@router.post("/cases/{number}/openings/match")
async def look_again(visit: Annotated[Visit, _follower], number: CaseNumber) -> Response:
    return await _carry_out(visit, number, lambda session, case: match_case(session, case, actor=visit.actor))


@router.post("/cases/{number}/openings/outcome")
async def note(
    visit: Annotated[Visit, _follower], number: CaseNumber, form: Annotated[OutcomeForm, Form()]
) -> Response:
    async def note_it(session: AsyncSession, case: Case) -> None:
        await note_outcome(
            session,
            case,
            form.kind,
            form.opening,
            form.outcome,
            reason=form.reason or None,
            day=read_day(form.day),
            actor=visit.actor,
        )

    return await _carry_out(visit, number, note_it)


@router.post("/cases/{number}/occupations")
async def change_occupation(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, form: Annotated[OccupationForm, Form()]
) -> Response:
    async def write(session: AsyncSession, case: Case) -> None:
        await write_occupation(session, case, form.occupation, is_known=form.go == "enter", actor=visit.actor)

    return await _carry_out(visit, number, write)


async def _carry_out(visit: Visit, number: str, verb: Verb) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict) as refusal:
        return await _openings(visit, number, refusal)
    return see_other(f"/cases/{number}/openings")


async def _openings(visit: Visit, number: str, refusal: Refusal | None = None) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        merged = await merged_into(session, case)
        matches = await matches_of(session, case)
        outcomes = await outcomes_of(session, [case.id, *(each.id for each in merged)])
        known = [each for each in await codes_of(session, case.id) if each.scheme == ISCO]
    return page(
        visit,
        "case_openings.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        case=case,
        is_open=case.status is CaseStatus.OPEN,
        matches=matches,
        outcomes=[(each, outcomes_after(each.opening.kind, each.outcome)) for each in outcomes],
        occupations=[(each, occupation_group(visit.language, each.code)) for each in known],
        entered=CodeOrigin.ENTERED,
        wanted=CodeOrigin.WANTED,
        needs_reason=NEEDS_REASON,
        reasons=list(EndReason),
        first=[Outcome.TOLD, Outcome.INTERESTED, Outcome.NOT_INTERESTED],
        why=why,
        kinds=OpeningKind,
        **_said(visit),
    )


def _said(visit: Visit) -> dict[str, Any]:
    return {"money": partial(in_words, visit.language), "area_name": partial(area_name, visit.language)}
