"""What it costs to send money, for anyone: no account, no cookie, and nothing is kept of what someone looks for."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, Response

from foundation.errors import NotFound
from foundation.language import say_country
from referrals.remittance_rules import AMOUNTS, CEILING, CHEAPEST, TARGET
from referrals.remittance_words import cost, judged, parts, sent, warning, way, ways
from referrals.remittances import Comparison, compare, corridors
from web.guard import NOTHING_HERE, PUBLIC, Visit, guarded
from web.pages.public import in_language, language_links
from web.rendering import render

router = APIRouter(include_in_schema=False)


class Asked(BaseModel):
    """What may stand in the address: codes."""

    model_config = ConfigDict(extra="ignore")

    lang: str = Field("", max_length=12)
    origin: str = Field("", max_length=2)
    to: str = Field("", max_length=2)
    usd: int = AMOUNTS[0]

    def address(self, **changes: object) -> str:
        chosen = self.model_copy(update=changes).model_dump(mode="json", exclude_defaults=True)
        return f"/remittances?{urlencode(chosen)}"


@router.get("/remittances")
async def remittances(visit: Annotated[Visit, guarded(PUBLIC)]) -> Response:
    """A form sends its empty choices too; they mean none."""
    try:
        asked = Asked.model_validate({name: text for name, text in visit.request.query_params.items() if text})
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    visit = in_language(visit, asked.lang)
    async with visit.database.reading() as session:
        known = await corridors(session)
        found = await compare(session, (asked.origin, asked.to), asked.usd) if asked.origin and asked.to else None
    origins = _by_name(visit.language, {origin for origin, _to in known})
    destinations = _by_name(visit.language, {to for origin, to in known if asked.origin in ("", origin)})
    body = render(
        visit,
        "public_remittances.html",
        asked=asked,
        origins=origins,
        destinations=destinations,
        amounts=AMOUNTS,
        found=found,
        heading=found and way(visit.language, found),
        sent=found and sent(visit.language, found),
        judged=found and judged(visit.language, found),
        warning=found and warning(visit.language, found),
        offers=_told(visit.language, found),
        target=TARGET,
        ceiling=CEILING,
        cheapest=CHEAPEST,
        languages=language_links(visit, lambda code: asked.address(lang=code)),
    )
    return HTMLResponse(body)


def _told(language: str, found: Comparison | None) -> list[dict[str, object]]:
    """The offers as they are read, the cheapest that count marked."""
    if found is None:
        return []
    best = {each.price.id for each in found.cheapest}
    return [
        {
            "provider": each.price.provider,
            "cost": cost(language, each),
            "parts": parts(language, each),
            "ways": ways(language, each),
            "is_among_cheapest": each.price.id in best,
            "counts": each.counts,
        }
        for each in found.offers
    ]


def _by_name(language: str, codes: set[str]) -> list[tuple[str, str]]:
    return sorted(((code, say_country(language, code)) for code in codes), key=lambda each: each[1])
