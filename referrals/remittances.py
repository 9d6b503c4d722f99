"""What it costs to send money from one country to another, from a table of prices that someone collected.

Nobody is recommended: services stand by what they cost and nothing else. A price is a snapshot of the day on which it
was collected, and is shown with it.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from cases.money import SCALE
from foundation import audit, clock
from foundation.errors import NotAllowed
from foundation.language import _
from referrals.remittance_models import RemittancePrice
from referrals.remittance_reading import Price
from referrals.remittance_rules import CEILING, CHEAPEST, FAST_ENOUGH, TARGET, Means

STALE = timedelta(days=183)
"""Older prices are shown with a warning: two quarters, the pace at which the World Bank collects them."""
_BATCH = 1_000

Corridor = tuple[str, str]
"""From which country to which: ISO 3166 alpha-2."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Prices by what an import does with them, and the corridors and quarters that it writes anew."""

    added: int
    gone: int
    kept: int
    corridors: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One service, for one amount."""

    price: RemittancePrice
    costs: Decimal | None
    """Fee and margin together, in the currency that is sent."""
    counts: bool
    """Transparent, at most five days, within reach: by these the corridor is judged."""

    @property
    def paid_by(self) -> list[Means]:
        return [Means(code) for code in self.price.paid_by.split()]

    @property
    def received_by(self) -> list[Means]:
        return [Means(code) for code in self.price.received_by.split()]


@dataclass(frozen=True, slots=True)
class Comparison:
    corridor: Corridor
    usd: int
    period: str
    amount: Decimal
    """What is sent, in `currency`."""
    currency: str
    offers: tuple[Offer, ...]
    """The cheapest first, then by name; last those whose whole cost nobody tells."""

    @property
    def cheapest(self) -> tuple[Offer, ...]:
        """The three cheapest of those that count; fewer if there are no three."""
        return tuple(each for each in self.offers if each.counts)[:CHEAPEST]

    @property
    def mark(self) -> Decimal | None:
        """Percent that the three cheapest cost on average ("SmaRT"); None if there are not three that count."""
        costs = [each.price.total for each in self.cheapest if each.price.total is not None]
        return _average(costs) if len(costs) == CHEAPEST else None

    @property
    def average(self) -> Decimal | None:
        """Percent that all services cost on average."""
        return _average([each.price.total for each in self.offers if each.price.total is not None])

    @property
    def is_dear(self) -> bool | None:
        """Above what no corridor shall cost (SDG 10.c); None: it cannot be told."""
        return None if self.mark is None else self.mark > CEILING

    @property
    def is_cheap(self) -> bool | None:
        """At or below what sending shall cost on average (SDG 10.c)."""
        return None if self.average is None else self.average <= TARGET

    @property
    def collected(self) -> tuple[date, date]:
        """The first and the last day of the prices."""
        days = [each.price.collected_on for each in self.offers]
        return min(days), max(days)

    @property
    def is_stale(self) -> bool:
        return clock.today() - self.collected[1] > STALE


async def import_prices(
    session: AsyncSession, prices: Collection[Price], *, actor: Actor, left_out: int = 0
) -> Imported:
    """Write anew every corridor and quarter that the prices hold; others stay as they are.

    `left_out`: how many faulty rows of the file are not among the prices.
    """
    if actor is not SYSTEM:
        raise NotAllowed(_("Prices are imported with the command line."))
    given = Counter(_values(each) for each in prices)
    keys = sorted({(each.period, each.from_country, each.to_country) for each in prices})
    stored: Counter[tuple[object, ...]] = Counter()
    for first in range(0, len(keys), _BATCH):
        some = _KEY.in_(keys[first : first + _BATCH])
        found = await session.execute(select(*_COLUMNS).where(some))
        stored.update(tuple(row) for row in found)
        await session.execute(delete(RemittancePrice).where(some))
    rows = [{"id": uuid4(), **asdict(each)} for each in prices]
    for first in range(0, len(rows), _BATCH):
        await session.execute(insert(RemittancePrice), rows[first : first + _BATCH])
    done = Imported(
        added=(given - stored).total(),
        gone=(stored - given).total(),
        kept=(given & stored).total(),
        corridors=len(keys),
    )
    audit.record(session, actor.id, "remittances.imported", actor.id, **asdict(done), left_out=left_out)
    return done


async def corridors(session: AsyncSession) -> list[Corridor]:
    """All that there are prices for."""
    columns = RemittancePrice.from_country, RemittancePrice.to_country
    rows = await session.execute(select(*columns).distinct().order_by(*columns))
    return [(sent, received) for sent, received in rows]


async def compare(session: AsyncSession, corridor: Corridor, usd: int) -> Comparison | None:
    """The newest prices of a corridor; None if there are none."""
    sent, received = corridor
    ours = (
        (RemittancePrice.from_country == sent) & (RemittancePrice.to_country == received) & (RemittancePrice.usd == usd)
    )
    newest = select(func.max(RemittancePrice.period)).where(ours).scalar_subquery()
    prices = (await session.scalars(select(RemittancePrice).where(ours, RemittancePrice.period == newest))).all()
    if not prices:
        return None
    # Now and then a price of a corridor is collected in another currency: two currencies cannot be put side by side.
    (amount, currency), _count = Counter((each.amount, each.currency) for each in prices).most_common(1)[0]
    offers = [_offer(each) for each in prices if each.currency == currency]
    return Comparison(corridor, usd, prices[0].period, amount, currency, tuple(sorted(offers, key=_by_cost)))


async def periods(session: AsyncSession) -> list[tuple[str, int, int]]:
    """Every quarter that there are prices of, the newest first: with its prices and its corridors."""
    corridor = RemittancePrice.from_country + RemittancePrice.to_country
    counted = select(RemittancePrice.period, func.count(), func.count(corridor.distinct()))
    rows = await session.execute(counted.group_by(RemittancePrice.period).order_by(RemittancePrice.period.desc()))
    return [(period, prices, ways) for period, prices, ways in rows]


_KEY = tuple_(RemittancePrice.period, RemittancePrice.from_country, RemittancePrice.to_country)


_COLUMNS = [getattr(RemittancePrice, name) for name in Price.__dataclass_fields__]


def _values(price: Price) -> tuple[object, ...]:
    return tuple(getattr(price, name) for name in Price.__dataclass_fields__)


def _offer(price: RemittancePrice) -> Offer:
    counts = price.is_transparent and price.is_within_reach and price.speed in FAST_ENOUGH and price.total is not None
    costs = None if price.total is None else round(price.amount * price.total / 100, 2)
    return Offer(price, costs, counts)


def _by_cost(offer: Offer) -> tuple[object, ...]:
    price = offer.price
    return price.total is None, price.total, price.provider.casefold(), price.paid_by, str(price.id)


def _average(percents: list[Decimal]) -> Decimal | None:
    return round(sum(percents, Decimal(0)) / len(percents), SCALE) if percents else None
