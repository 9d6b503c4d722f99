"""The register of recommendations as everyone may read it: what is issued, and what was answered and done since."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from foundation.errors import NotFound
from monitoring.recommendation_files import CSV, JSON, to_csv, to_json
from monitoring.recommendation_register import Filed, Narrowing, find_issued, issued
from monitoring.recommendation_rules import Action, Kind, State, Theme
from web.forms import LAST_NUMBER, Line, ReleaseNumber
from web.guard import NOTHING_HERE, PUBLIC, Visit, guarded
from web.pages.public import in_language, language_links
from web.rendering import page

router = APIRouter(include_in_schema=False)

PER_PAGE = 20
_anyone = guarded(PUBLIC)


class Asked(BaseModel):
    """What may stand in the address of a list."""

    model_config = ConfigDict(extra="ignore")

    state: State | None = None
    kind: Kind | None = None
    theme: Theme | None = None
    action: Action | None = None
    addressee: Line | None = None
    year: Annotated[int | None, Field(ge=1, le=9999)] = None
    overdue: bool = False
    lang: Annotated[str, Field(max_length=12)] = ""
    page: Annotated[int, Field(ge=1, le=LAST_NUMBER)] = 1

    def narrowing(self) -> Narrowing:
        return Narrowing(self.state, self.kind, self.theme, self.action, self.addressee, self.year, self.overdue)

    def query(self, **changes: object) -> str:
        return urlencode({**self.model_dump(mode="json", exclude_defaults=True), **changes})


@router.get("/recommendations")
async def show_register(visit: Annotated[Visit, _anyone]) -> Response:
    asked = asked_of(visit)
    visit = in_language(visit, asked.lang)
    async with visit.database.reading() as session:
        everything = await issued(session)
    found = [each for each in everything if asked.narrowing().holds(each)]
    return page(
        visit,
        "public_recommendations.html",
        **shown(found, asked),
        addressees=sorted({each.recommendation.addressee for each in everything}),
        languages=language_links(visit, lambda code: f"/recommendations?{asked.query(lang=code)}"),
    )


@router.get("/recommendations.csv")
async def download_csv(visit: Annotated[Visit, _anyone]) -> Response:
    return await as_file(in_language(visit, asked_of(visit).lang), asked_of(visit).narrowing(), "csv")


@router.get("/recommendations.json")
async def download_json(visit: Annotated[Visit, _anyone]) -> Response:
    return await as_file(visit, asked_of(visit).narrowing(), "json")


@router.get("/recommendations/{number}")
async def show_issued(visit: Annotated[Visit, _anyone], number: ReleaseNumber) -> Response:
    visit = in_language(visit, asked_of(visit).lang)
    async with visit.database.reading() as session:
        filed = await find_issued(session, number)
    links = language_links(visit, lambda code: f"/recommendations/{number}?{urlencode({'lang': code})}")
    return page(visit, "public_recommendation.html", filed=filed, languages=links)


async def as_file(visit: Visit, narrowing: Narrowing, ending: str) -> Response:
    async with visit.database.reading() as session:
        found = await issued(session, narrowing)
    content, kind = (to_csv(found, visit.language), CSV) if ending == "csv" else (to_json(found), JSON)
    headers = {"Content-Disposition": f'attachment; filename="recommendations.{ending}"'}
    return Response(content, media_type=kind, headers=headers)


def asked_of(visit: Visit) -> Asked:
    """A form sends its empty choices too; they mean all."""
    given: dict[str, Any] = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        return Asked.model_validate(given)
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None


def shown(found: list[Filed], asked: Asked) -> dict[str, Any]:
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(asked.page, pages)
    first = (number - 1) * PER_PAGE
    return {
        "found": found[first : first + PER_PAGE],
        "total": len(found),
        "page": number,
        "pages": pages,
        "asked": asked,
    }
