"""Recommendations: the register, open to everyone, and the desk where they are written, answered and followed."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from access.rules import Permission
from monitoring import recommendations
from monitoring.recommendation_files import told
from monitoring.recommendation_register import ALL, Filed, Narrowing, desk, find_issued, find_on_desk, issued
from monitoring.recommendation_rules import Action, Entry, Kind, State, Theme, next_states
from monitoring.recommendations import Said, Wording
from web.api.paging import STANDARD, Limit, NumberCursor, Page, part_of
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import Line, ReleaseNumber, Text
from web.guard import PUBLIC, Visit, guarded
from web.pages.public_recommendations import as_file
from web.pages.recommendations import Id

router = api_router("", "recommendations")

_anyone = guarded(PUBLIC)
_reader, _writer = guarded(Permission.RECOMMENDATION_READ), guarded(Permission.RECOMMENDATION_WRITE)
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A row for each issued recommendation, UTF-8",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class WordingBody(Body):
    kind: Kind = Kind.RECOMMENDATION
    text: Text
    """It becomes public: it must name nobody."""
    theme: Theme
    answer_by: date
    due_on: date | None = None
    """By when a recommendation is to be implemented; not before `answer_by`. A question has none."""
    addressee_id: UUID | None = None
    """An organisation with accounts here; without it `addressee` names the authority."""
    addressee: Line = ""
    action: Action | None = None
    """Of objective 21 of the Global Compact for Migration."""
    indicator: Annotated[Line, Field(max_length=20)] = ""
    operation: Annotated[Line, Field(max_length=12)] = ""
    """Reference of a return that was monitored."""
    checked: bool = False
    """Someone has looked: the text names nobody, whatever it seems to hold."""


class SaidBody(Body):
    text: Text = ""
    evidence: Line = ""
    """Where it can be seen: an address, or the name and date of a document."""
    on_day: date | None = None
    """When it was said, if not today."""
    checked: bool = False

    def said(self) -> Said:
        return Said(self.text, self.evidence, self.on_day, self.checked)


class AnswerToBody(SaidBody):
    answer: Literal[State.ACCEPTED, State.PARTLY_ACCEPTED, State.REJECTED, State.ANSWERED]
    """`answered` for a question, in words; the others for a recommendation."""


class OutcomeBody(SaidBody):
    outcome: Literal[State.IMPLEMENTED, State.NOT_IMPLEMENTED]
    """`implemented` needs evidence."""


class ReopeningBody(SaidBody):
    answer_by: date
    due_on: date | None = None
    """As in the wording."""


class EntryTold(Answer):
    kind: Entry
    state: State | None
    """What the recommendation became by it; null: that stayed."""
    on_day: date
    speaker: str
    """The organisation that says it."""
    text: str
    evidence: str
    answer_by: date | None
    due_on: date | None


class RecommendationTold(Answer):
    number: int | None
    """Null while it is a draft."""
    kind: Kind
    issued_on: date | None
    issued_by: str
    addressee: str
    theme: Theme
    action: Action | None
    indicator: str | None
    from_monitored_operation: bool
    text: str
    answer_by: date
    """In force: as the newest reopening set it."""
    due_on: date
    state: State
    is_overdue: bool
    sha256: str | None
    """Of what was issued."""
    entries: list[EntryTold]
    """Oldest first."""


class OnDesk(RecommendationTold):
    id: UUID
    operation: str | None
    """The reference of the monitored return; for the monitoring body only."""
    next_states: list[State]
    written_at: datetime


@router.get("/recommendations")
async def register(
    *,
    visit: Annotated[Visit, _anyone],
    state: Annotated[State | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
    theme: Annotated[Theme | None, Query()] = None,
    action: Annotated[Action | None, Query()] = None,
    year: Annotated[int | None, Query(ge=1, le=9999)] = None,
    overdue: Annotated[bool, Query()] = False,
    limit: Limit = STANDARD,
    after: NumberCursor = "",
) -> Page[RecommendationTold]:
    """What is issued, the newest first. Open to anyone."""
    async with visit.database.reading() as session:
        found = await issued(session, Narrowing(state, kind, theme, action, None, year, overdue))
    items, following = part_of(found, limit, after)
    return Page[RecommendationTold](items=[RecommendationTold(**told(each)) for each in items], next=following)


@router.get("/recommendations/csv", response_class=Response, responses=_CSV)
async def register_as_csv(visit: Annotated[Visit, _anyone]) -> Response:
    """The whole register as a file, in the language of the token's owner. Open to anyone."""
    return await as_file(visit, ALL, "csv")


@router.get("/recommendations/{number}")
async def one_issued(visit: Annotated[Visit, _anyone], number: ReleaseNumber) -> RecommendationTold:
    """One issued recommendation with all that was said since. Open to anyone."""
    async with visit.database.reading() as session:
        filed = await find_issued(session, number)
    return RecommendationTold(**told(filed))


@router.get("/recommendation-desk")
async def own(visit: Annotated[Visit, _reader], limit: Limit = STANDARD, after: NumberCursor = "") -> Page[OnDesk]:
    """Those of your monitoring body with the drafts, or those to your organisation; what is overdue first."""
    async with visit.database.reading() as session:
        found = await desk(session, actor=visit.actor)
    items, following = part_of(found, limit, after)
    return Page[OnDesk](items=[_on_desk(each, visit) for each in items], next=following)


@router.post("/recommendation-desk", status_code=201)
async def write(visit: Annotated[Visit, _writer], body: WordingBody) -> Made:
    """A draft, which only your monitoring body sees."""
    async with visit.database.transaction() as session:
        made = await recommendations.write_recommendation(session, _wording(body), actor=visit.actor)
    return Made(id=made.id)


@router.get("/recommendation-desk/{recommendation_id}")
async def one(visit: Annotated[Visit, _reader], recommendation_id: Id) -> OnDesk:
    async with visit.database.reading() as session:
        filed = await find_on_desk(session, recommendation_id, actor=visit.actor)
    return _on_desk(filed, visit)


@router.put("/recommendation-desk/{recommendation_id}", status_code=204)
async def change(visit: Annotated[Visit, _writer], recommendation_id: Id, body: WordingBody) -> None:
    """Write a draft anew. What is issued is never changed: that is a conflict."""
    async with visit.database.transaction() as session:
        await recommendations.change_draft(session, recommendation_id, _wording(body), actor=visit.actor)


@router.delete("/recommendation-desk/{recommendation_id}", status_code=204)
async def drop(visit: Annotated[Visit, _writer], recommendation_id: Id) -> None:
    """Throw a draft away."""
    async with visit.database.transaction() as session:
        await recommendations.drop_draft(session, recommendation_id, actor=visit.actor)


@router.post("/recommendation-desk/{recommendation_id}/issue", status_code=204)
async def issue(visit: Annotated[Visit, _writer], recommendation_id: Id) -> None:
    """Make it public, with the next number. It cannot be taken back."""
    async with visit.database.transaction() as session:
        await recommendations.issue(session, recommendation_id, actor=visit.actor)


@router.post("/recommendation-desk/{recommendation_id}/answer", status_code=204)
async def answer(visit: Annotated[Visit, _reader], recommendation_id: Id, body: AnswerToBody) -> None:
    """In the name of the addressee; only a full acceptance needs no words. Public at once."""
    async with visit.database.transaction() as session:
        await recommendations.answer(session, recommendation_id, body.answer, body.said(), actor=visit.actor)


@router.post("/recommendation-desk/{recommendation_id}/follow-up", status_code=204)
async def follow_up(visit: Annotated[Visit, _reader], recommendation_id: Id, body: SaidBody) -> None:
    """What was done, or what was found. Public at once."""
    async with visit.database.transaction() as session:
        await recommendations.follow_up(session, recommendation_id, body.said(), actor=visit.actor)


@router.post("/recommendation-desk/{recommendation_id}/outcome", status_code=204)
async def settle(visit: Annotated[Visit, _writer], recommendation_id: Id, body: OutcomeBody) -> None:
    """The monitoring body's judgement. Public at once."""
    async with visit.database.transaction() as session:
        await recommendations.settle(session, recommendation_id, body.outcome, body.said(), actor=visit.actor)


@router.post("/recommendation-desk/{recommendation_id}/correction", status_code=204)
async def correct(visit: Annotated[Visit, _writer], recommendation_id: Id, body: SaidBody) -> None:
    """Stands under the wording, which stays as it was issued."""
    async with visit.database.transaction() as session:
        await recommendations.correct(session, recommendation_id, body.said(), actor=visit.actor)


@router.post("/recommendation-desk/{recommendation_id}/reopening", status_code=204)
async def reopen(visit: Annotated[Visit, _writer], recommendation_id: Id, body: ReopeningBody) -> None:
    """Ask once more what was rejected, settled or answered."""
    async with visit.database.transaction() as session:
        await recommendations.reopen(
            session,
            recommendation_id,
            body.said(),
            answer_by=body.answer_by,
            due_on=body.due_on,
            actor=visit.actor,
        )


def _wording(body: WordingBody) -> Wording:
    return Wording(**body.model_dump())


def _on_desk(filed: Filed, visit: Visit) -> OnDesk:
    one = filed.recommendation
    is_own = recommendations.may_write(one, visit.actor)
    return OnDesk(
        **told(filed),
        id=one.id,
        operation=one.operation if is_own else None,
        next_states=[state for state in State if state in next_states(one.kind, one.state)],
        written_at=one.written_at,
    )
