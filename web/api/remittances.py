"""What it costs to send money, for programs. Open to anyone: it holds prices, and nothing of whoever asks."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Query

from foundation.errors import NotFound
from referrals.remittance_rules import CEILING, TARGET, Means, ProviderKind, Speed
from referrals.remittances import Comparison, Offer, compare, corridors
from web.api.money import figures
from web.api.routing import api_router
from web.api.shapes import Answer
from web.guard import NOTHING_HERE, PUBLIC, Visit, guarded

router = api_router("/remittances", "remittances")

Country = Annotated[str, Query(pattern=r"^[A-Z]{2}$", description="A code of ISO 3166 (alpha-2).")]
_anyone = guarded(PUBLIC)


class CorridorAnswer(Answer):
    origin: str
    to: str


class OfferAnswer(Answer):
    provider: str
    provider_kind: ProviderKind
    paid_by: list[Means]
    received_by: list[Means]
    speed: Speed
    transparent: bool
    fee: str
    """In the currency that is sent."""
    margin_percent: str | None
    """Of the exchange rate; null when the provider does not tell it."""
    total_percent: str | None
    total_cost: str | None
    """In the currency that is sent."""
    counts: bool
    """Transparent, at most five days, within reach."""
    collected_on: date


class ComparisonAnswer(Answer):
    origin: str
    to: str
    period: str
    """Year and quarter in which the prices were collected, such as `2026_3Q`."""
    usd: int
    """US dollars that the amount stands for."""
    amount: str
    currency: str
    three_cheapest_percent: str | None
    """Average of the three cheapest that count ("SmaRT"); null if there are not three."""
    average_percent: str | None
    """Of all whose whole cost is known."""
    target_percent: str
    """SDG 10.c: on average, by 2030."""
    ceiling_percent: str
    """SDG 10.c: of any corridor."""
    stale: bool
    """Older than two quarters."""
    offers: list[OfferAnswer]
    """The cheapest first. Nobody is recommended."""


@router.get("/corridors")
async def list_corridors(visit: Annotated[Visit, _anyone]) -> list[CorridorAnswer]:
    """All pairs of countries that there are prices of."""
    async with visit.database.reading() as session:
        return [CorridorAnswer(origin=origin, to=to) for origin, to in await corridors(session)]


@router.get("/comparison")
async def read_comparison(
    visit: Annotated[Visit, _anyone], origin: Country, to: Country, usd: Literal["200", "500"] = "200"
) -> ComparisonAnswer:
    """The newest prices of a corridor for one amount."""
    async with visit.database.reading() as session:
        found = await compare(session, (origin, to), int(usd))
    if found is None:
        raise NotFound(NOTHING_HERE)
    return _comparison(found)


def _comparison(found: Comparison) -> ComparisonAnswer:
    origin, to = found.corridor
    return ComparisonAnswer(
        origin=origin,
        to=to,
        period=found.period,
        usd=found.usd,
        amount=figures(found.amount),
        currency=found.currency,
        three_cheapest_percent=_figures(found.mark),
        average_percent=_figures(found.average),
        target_percent=figures(TARGET),
        ceiling_percent=figures(CEILING),
        stale=found.is_stale,
        offers=[_offer(each) for each in found.offers],
    )


def _offer(offer: Offer) -> OfferAnswer:
    price = offer.price
    return OfferAnswer(
        provider=price.provider,
        provider_kind=price.provider_kind,
        paid_by=offer.paid_by,
        received_by=offer.received_by,
        speed=price.speed,
        transparent=price.is_transparent,
        fee=figures(price.fee),
        margin_percent=_figures(price.margin),
        total_percent=_figures(price.total),
        total_cost=_figures(offer.costs),
        counts=offer.counts,
        collected_on=price.collected_on,
    )


def _figures(number: Decimal | None) -> str | None:
    return None if number is None else figures(number)
