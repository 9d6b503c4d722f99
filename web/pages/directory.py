"""The directory for staff: the list with its filters, one service whole, and what keeps it right between two files."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.rules import COUNTRY_NAMES
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from foundation.language import _
from referrals.directory_list import (
    ROOM_NAMES,
    STANDING_NAMES,
    Room,
    Sought,
    Standing,
    counted,
    directory_file,
    incomplete,
    listed,
)
from referrals.directory_waiting import TOLD, UNANSWERED
from referrals.freshness import days_in_force
from referrals.rules import SERVICE_KIND_NAMES, Pause, ServiceKind
from referrals.upkeep import PAUSE_NAMES, confirm_checked, pause, resume, set_places, settle_change
from web.errors import status_in_sight
from web.forms import Line, Posted, see_other, without_nul
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

SHOWN = 40
MONTHS = (3, 6, 9, 12, 24)
COUNTRIES = {code: name for code, name in COUNTRY_NAMES.items() if code != "other"}
_reader, _keeper = guarded(Permission.DIRECTORY_READ), guarded(Permission.DIRECTORY_EDIT)
Verb = Callable[[AsyncSession], Awaitable[object]]


class Search(BaseModel):
    """What may stand in the address of the list."""

    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), AfterValidator(without_nul)] = ""
    kind: ServiceKind | None = None
    country: str = Field("", max_length=2, pattern="^[A-Z]*$")
    state: Standing | None = None
    room: Room | None = None
    months: int | None = Field(None, ge=1, le=120)
    page: int = Field(1, ge=1, le=1000)

    def address(self, **changes: object) -> str:
        chosen = self.model_copy(update={"page": 1, **changes}).model_dump(mode="json", exclude_defaults=True)
        return f"/directory?{urlencode(chosen)}"

    @property
    def sought(self) -> Sought:
        return Sought(self.words, self.kind, self.country, self.state, self.room, self.months)


class PlacesForm(Posted):
    left: Line = ""


class PauseForm(Posted):
    reason: Pause | None = None


@router.get("/directory")
async def show_directory(visit: Annotated[Visit, _reader]) -> Response:
    """A form sends its empty choices too; they mean all."""
    try:
        search = Search.model_validate({name: text for name, text in visit.request.query_params.items() if text})
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    first = (search.page - 1) * SHOWN
    async with visit.database.reading() as session:
        rows = await listed(session, visit.actor, search.sought, first=first, most=SHOWN)
        total = await counted(session, visit.actor, search.sought)
        kept = await incomplete(session, visit.actor) if search.state is Standing.INCOMPLETE else []
        waiting = [
            (standing, count)
            for standing in (Standing(TOLD), Standing(UNANSWERED))
            if (count := await counted(session, visit.actor, Sought(standing=standing)))
        ]
    return page(
        visit,
        "directory.html",
        rows=rows,
        total=len(kept) or total,
        incomplete=kept,
        has_more=first + SHOWN < total,
        search=search,
        waiting=waiting,
        standings=STANDING_NAMES,
        rooms=ROOM_NAMES,
        kinds=SERVICE_KIND_NAMES,
        countries=COUNTRIES,
        months=MONTHS,
    )


@router.get("/directory/{service_id}")
async def show_service(visit: Annotated[Visit, _reader], service_id: UUID) -> Response:
    return await _shown(visit, service_id)


@router.post("/directory/{service_id}/check")
async def check(visit: Annotated[Visit, _keeper], service_id: UUID) -> Response:
    return await _carry_out(visit, service_id, lambda session: confirm_checked(session, service_id, actor=visit.actor))


@router.post("/directory/{service_id}/places")
async def write_places(
    visit: Annotated[Visit, _keeper], service_id: UUID, form: Annotated[PlacesForm, Form()]
) -> Response:
    async def write(session: AsyncSession) -> None:
        await set_places(session, service_id, _number(form.left), actor=visit.actor)

    return await _carry_out(visit, service_id, write, form)


@router.post("/directory/{service_id}/pause")
async def take_out(visit: Annotated[Visit, _keeper], service_id: UUID, form: Annotated[PauseForm, Form()]) -> Response:
    async def take(session: AsyncSession) -> None:
        if form.reason is None:
            raise Invalid(_("Choose a reason."))
        await pause(session, service_id, form.reason, actor=visit.actor)

    return await _carry_out(visit, service_id, take, form)


@router.post("/directory/{service_id}/resume")
async def offer_again(visit: Annotated[Visit, _keeper], service_id: UUID) -> Response:
    return await _carry_out(visit, service_id, lambda session: resume(session, service_id, actor=visit.actor))


@router.post("/directory/{service_id}/settle")
async def settle(visit: Annotated[Visit, _keeper], service_id: UUID) -> Response:
    return await _carry_out(visit, service_id, lambda session: settle_change(session, service_id, actor=visit.actor))


def _number(text: str) -> int | None:
    """None: not known. Digits of any script."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > len("100000"):
        raise Invalid(_("Write how many places are left as a whole number."))
    return int(text)


async def _carry_out(visit: Visit, service_id: UUID, verb: Verb, form: Posted | None = None) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict) as refusal:
        return await _shown(visit, service_id, refusal, form.model_dump() if form else {})
    return see_other(f"/directory/{service_id}")


async def _shown(
    visit: Visit, service_id: UUID, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        file = await directory_file(session, visit.actor, service_id, visit.language)
    return page(
        visit,
        "directory_service.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        service_id=service_id,
        file=file,
        pauses=PAUSE_NAMES,
        check_days=days_in_force(),
        typed={"left": None, "reason": None, **(typed or {})},
    )
