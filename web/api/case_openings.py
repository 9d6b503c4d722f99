"""Jobs and courses for a case: what fits and why, how far the person is, and the occupations they are found by."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.rules import NeedKind
from cases.same_person import merged_into
from cases.work_codes import codes_of
from cases.work_models import CodeOrigin
from foundation.language import say
from referrals.opening_matching import match_case, why, write_occupation
from referrals.opening_models import OpeningMatch, OpeningOutcome
from referrals.opening_rules import EndReason, OpeningKind, Outcome, outcomes_after
from referrals.outcomes import matches_of, note_outcome, outcomes_of
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import CaseNumber, Line
from web.guard import Visit, guarded

router = api_router("/cases/{number}", "openings")

_follower, _writer = guarded(Permission.OPENING_FOLLOW), guarded(Permission.FORM_FILL)


class MatchTold(Answer):
    """One of what fits. More of it: `vacancies/{id}` or `courses/{id}`."""

    opening_id: UUID
    kind: OpeningKind
    title: str
    need: NeedKind
    rank: int
    """1 is the best of its kind for the need."""
    nearness: int
    """Of the occupation: 0 the same, 1 close, 2 related, 3 open to anyone."""
    reasons: list[str]
    """In the language of the account."""
    service_id: UUID | None
    """Through which the person can be referred to it."""


class OutcomeTold(Answer):
    opening_id: UUID
    kind: OpeningKind
    title: str
    outcome: Outcome
    reason: EndReason | None
    started_on: date | None
    noted_at: datetime
    next: list[Outcome]
    """What may follow."""


class OccupationTold(Answer):
    scheme: str
    """`isco08` or `isced`."""
    code: str
    origin: CodeOrigin


class OpeningsTold(Answer):
    matches: list[MatchTold]
    """Of which nothing has been noted yet, best first for each need and kind."""
    outcomes: list[OutcomeTold]
    """The newest first; those of merged files too."""
    codes: list[OccupationTold]
    """Of work and education, by which it is found."""


class MatchedTold(Answer):
    matches: int


class OutcomeBody(Body):
    outcome: Outcome
    reason: EndReason | None = None
    """With `ended` and `dropped_out`, and only with those."""
    day: date | None = None
    """On which it began, if it did not today."""


class OccupationBody(Body):
    code: Line
    """Two to four digits of ISCO-08."""


@router.get("/openings")
async def openings(visit: Annotated[Visit, _follower], number: CaseNumber) -> OpeningsTold:
    async with viewing(visit, number) as (session, case):
        merged = await merged_into(session, case)
        matches = await matches_of(session, case)
        outcomes = await outcomes_of(session, [case.id, *(each.id for each in merged)])
        codes = await codes_of(session, case.id)
    return OpeningsTold(
        matches=[_match(visit.language, each) for each in matches],
        outcomes=[_outcome(each) for each in outcomes],
        codes=[OccupationTold(scheme=each.scheme, code=each.code, origin=each.origin) for each in codes],
    )


@router.post("/openings/match")
async def look_again(visit: Annotated[Visit, _follower], number: CaseNumber) -> MatchedTold:
    """Match this case at once; otherwise it is done every night."""
    async with changing(visit, number) as (session, case):
        return MatchedTold(matches=await match_case(session, case, actor=visit.actor))


@router.put("/openings/{opening_kind}/{opening_id}", status_code=204)
async def note(
    visit: Annotated[Visit, _follower],
    number: CaseNumber,
    opening_kind: OpeningKind,
    opening_id: UUID,
    body: OutcomeBody,
) -> None:
    """How far the person is with it. A place is taken when they start, and comes back if they leave before."""
    async with changing(visit, number) as (session, case):
        await note_outcome(
            session,
            case,
            opening_kind,
            opening_id,
            body.outcome,
            reason=body.reason,
            day=body.day,
            actor=visit.actor,
        )


@router.post("/occupations", status_code=204)
async def enter(visit: Annotated[Visit, _writer], number: CaseNumber, body: OccupationBody) -> None:
    """Beside those of the skills assessment. The matching follows at once."""
    async with changing(visit, number) as (session, case):
        await write_occupation(session, case, body.code, is_known=True, actor=visit.actor)


@router.post("/occupations/remove", status_code=204)
async def remove(visit: Annotated[Visit, _writer], number: CaseNumber, body: OccupationBody) -> None:
    """One that was entered by staff; what the skills assessment says stays. The matching follows at once."""
    async with changing(visit, number) as (session, case):
        await write_occupation(session, case, body.code, is_known=False, actor=visit.actor)


def _match(language: str, match: OpeningMatch) -> MatchTold:
    opening = match.opening
    return MatchTold(
        opening_id=opening.id,
        kind=opening.kind,
        title=opening.title,
        need=match.need_kind,
        rank=match.rank,
        nearness=match.nearness,
        reasons=[say(language, each) for each in why(match)],
        service_id=opening.service_id,
    )


def _outcome(row: OpeningOutcome) -> OutcomeTold:
    opening = row.opening
    return OutcomeTold(
        opening_id=opening.id,
        kind=opening.kind,
        title=opening.title,
        outcome=row.outcome,
        reason=row.reason,
        started_on=row.started_on,
        noted_at=row.noted_at,
        next=outcomes_after(opening.kind, row.outcome),
    )
