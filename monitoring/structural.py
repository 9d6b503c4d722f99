"""Facts about law and institutions: entered with their evidence by one person, in force when another has confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _
from monitoring.disclosure import PUBLIC
from monitoring.indicator_values import share
from monitoring.indicators import ByEntry, Form, Indicator, catalogue, find_indicator
from monitoring.models import StructuralFact
from questionnaire.cleaning import ascii_digits

FIRST_YEAR = 1990
LONGEST_SOURCE, LONGEST_ADDRESS, LONGEST_NOTE = 300, 500, 1000
_LARGEST = Decimal(10) ** 12
_PLACES = -4


@dataclass(frozen=True, slots=True)
class Entry:
    """What was filled in, as it was typed. `total`: for a share only."""

    indicator: str
    year: str
    figure: str
    total: str
    source: str
    address: str
    note: str


def enterable() -> list[Indicator]:
    """The indicators whose figure is a structural fact."""
    return [each for each in catalogue().indicators if isinstance(each.value, ByEntry)]


async def enter(session: AsyncSession, entry: Entry, *, actor: Actor) -> StructuralFact:
    """Write down a fact with its source. It says nothing until another person has confirmed it. Raises Invalid."""
    require(actor, Permission.STRUCTURE_ENTER)
    indicator = find_indicator(entry.indicator)
    if indicator is None or not isinstance(indicator.value, ByEntry):
        raise Invalid(_("Choose an indicator that is entered."))
    figure, total = _figures(indicator.value, entry)
    fact = StructuralFact(
        id=uuid4(),
        indicator=indicator.id,
        version=indicator.version,
        year=_year(entry.year),
        figure=figure,
        total=total,
        source=_source(entry.source),
        address=_address(entry.address),
        note=_note(entry.note),
        entered_by=actor.id,
        entered_at=clock.now(),
    )
    session.add(fact)
    audit.record(session, actor.id, "structure.entered", fact.id, indicator=fact.indicator, year=fact.year)
    return fact


async def confirm(session: AsyncSession, fact_id: UUID, *, actor: Actor) -> None:
    """A second person has read the source and agrees. Raises NotFound, or Conflict for one's own or a settled one."""
    require(actor, Permission.STRUCTURE_ENTER)
    fact = await _to_change(session, fact_id)
    if fact.confirmed_at is not None or fact.withdrawn_at is not None:
        raise Conflict(_("This has been settled already."))
    if fact.entered_by == actor.id:
        raise Conflict(_("Someone else must confirm this."))
    fact.confirmed_by, fact.confirmed_at = actor.id, clock.now()
    audit.record(session, actor.id, "structure.confirmed", fact.id, indicator=fact.indicator, year=fact.year)


async def withdraw(session: AsyncSession, fact_id: UUID, *, actor: Actor) -> None:
    """It was wrong: it stays readable, and says nothing any more. Raises NotFound, or Conflict if it is taken back."""
    require(actor, Permission.STRUCTURE_ENTER)
    fact = await _to_change(session, fact_id)
    if fact.withdrawn_at is not None:
        raise Conflict(_("This has been settled already."))
    fact.withdrawn_by, fact.withdrawn_at = actor.id, clock.now()
    audit.record(session, actor.id, "structure.withdrawn", fact.id, indicator=fact.indicator, year=fact.year)


async def facts_of(session: AsyncSession, *, actor: Actor) -> Sequence[StructuralFact]:
    """All that was entered, the newest first, with what waits and what was taken back."""
    require(actor, Permission.STRUCTURE_ENTER)
    found = await session.scalars(select(StructuralFact).order_by(StructuralFact.entered_at.desc(), StructuralFact.id))
    return found.all()


async def in_force(session: AsyncSession, *, actor: Actor) -> dict[str, list[StructuralFact]]:
    """What was confirmed, by indicator: one a year, the one that was confirmed last, the newest year first."""
    require(actor, Permission.RELEASE_READ)
    rows = await session.scalars(
        select(StructuralFact)
        .where(StructuralFact.confirmed_at.is_not(None), StructuralFact.withdrawn_at.is_(None))
        .order_by(StructuralFact.year.desc(), StructuralFact.confirmed_at.desc(), StructuralFact.id)
    )
    found: dict[str, dict[int, StructuralFact]] = {}
    for fact in rows:
        found.setdefault(fact.indicator, {}).setdefault(fact.year, fact)
    return {indicator: list(years.values()) for indicator, years in found.items()}


def plain(figure: Decimal) -> str:
    """A decimal without noughts behind it."""
    return f"{figure.normalize():f}"


def rate_of(fact: StructuralFact) -> str | None:
    """Percent of a share; None where so few are meant that it would say nothing, or where it is none."""
    if fact.total is None or fact.total < PUBLIC.min_denominator:
        return None
    return share(int(fact.figure), int(fact.total), 100)


async def _to_change(session: AsyncSession, fact_id: UUID) -> StructuralFact:
    fact = await session.scalar(select(StructuralFact).where(StructuralFact.id == fact_id).with_for_update())
    if fact is None:
        raise NotFound(_("There is no such entry."))
    return fact


def _figures(value: ByEntry, entry: Entry) -> tuple[Decimal, Decimal | None]:
    figure = _number(entry.figure)
    if entry.total.strip() and value.form is not Form.SHARE:
        raise Invalid(_("Only a share has a number that it is out of."))
    if value.form is Form.NUMBER:
        return figure, None
    if figure != figure.to_integral_value():
        raise Invalid(_("Figure: please give a whole number."))
    highest = {Form.YES_NO: 1, Form.SCORE: value.highest}.get(value.form)
    if highest is not None and figure > highest:
        raise Invalid(_("Figure: the highest is {highest}."), highest=highest)
    if value.form is not Form.SHARE:
        return figure, None
    total = _number(entry.total)
    if total != total.to_integral_value() or total < figure or total == 0:
        raise Invalid(_("Out of: please give a whole number that is no smaller than the figure."))
    return figure, total


def _number(text: str) -> Decimal:
    try:
        number = Decimal(ascii_digits(text.strip()))
    except InvalidOperation:
        raise Invalid(_("Figure: please give a number, such as 3 or 6.25.")) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < _PLACES or not 0 <= number < _LARGEST:
        raise Invalid(_("Figure: please give a number from 0, with at most four places behind the point."))
    return number


def _year(text: str) -> int:
    digits = ascii_digits(text.strip())
    year = int(digits) if digits.isascii() and digits.isdigit() and len(digits) == len("2026") else 0
    if not FIRST_YEAR <= year <= clock.today().year:
        raise Invalid(_("Year: please give a year from {first} to this one."), first=FIRST_YEAR)
    return year


def _source(text: str) -> str:
    source = " ".join(text.split())
    if not source or len(source) > LONGEST_SOURCE:
        raise Invalid(_("Source: please name the document, in at most {count} characters."), count=LONGEST_SOURCE)
    return source


def _address(text: str) -> str:
    address = text.strip()
    if not address:
        return ""
    if not address.startswith("https://") or len(address) > LONGEST_ADDRESS or any(each.isspace() for each in address):
        raise Invalid(_("Address: please give an address that begins with https://, or leave it empty."))
    return address


def _note(text: str) -> str:
    note = text.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("Note: please keep it under {count} characters."), count=LONGEST_NOTE)
    return note
