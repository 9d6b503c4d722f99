"""Vacancies: entered by the house or by partners, and offered to nobody before someone has vetted the employer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import get_territory_currencies
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.money import read_currency
from foundation import audit, clock
from foundation.errors import Invalid
from foundation.language import _
from referrals.opening_models import Vacancy
from referrals.opening_reading import (
    LONGEST,
    MOST_HOURS,
    Reader,
    code,
    read_unit_group,
    short,
    terms_of,
    whole,
)
from referrals.opening_rules import Contract, OpeningStatus, WagePeriod
from referrals.openings import Terms, change, enter, find_opening

_WEEKS = Decimal(52) / 12
_FULL_WEEK = 40
_A_MONTH: dict[WagePeriod, Decimal] = {
    WagePeriod.DAY: 5 * _WEEKS,
    WagePeriod.WEEK: _WEEKS,
    WagePeriod.MONTH: Decimal(1),
    WagePeriod.YEAR: Decimal(1) / 12,
}


@dataclass(frozen=True, slots=True)
class VacancyTerms:
    common: Terms
    isco: str
    contract: Contract
    employer: str
    hours: int | None = None
    wage_from: Decimal | None = None
    wage_to: Decimal | None = None
    currency: str | None = None
    period: WagePeriod | None = None

    def write(self, vacancy: Vacancy) -> None:
        for name in ("isco", "contract", "employer", "hours", "wage_from", "wage_to", "currency", "period"):
            setattr(vacancy, name, getattr(self, name))
        vacancy.isco_group = self.isco[:2]
        vacancy.monthly = self._monthly()

    def _monthly(self) -> Decimal | None:
        if self.wage_from is None or self.period is None:
            return None
        if self.currency not in get_territory_currencies(self.common.country):
            return None
        hourly = _WEEKS * (self.hours or _FULL_WEEK)
        return round(self.wage_from * _A_MONTH.get(self.period, hourly), 2)


def read_vacancy(values: Mapping[str, str]) -> VacancyTerms:
    """Raises Faulty with everything that could not be read."""
    reader = Reader(values)
    common = reader.common()
    currency = reader.read("currency", read_currency)
    found: dict[str, Any] = {
        "isco": reader.need("isco", read_unit_group),
        "contract": reader.need("contract", code(Contract)),
        "employer": reader.need("employer", short(LONGEST)),
        "hours": reader.read("hours", whole(1, MOST_HOURS)),
        "wage_from": reader.amount("wage_from", currency),
        "wage_to": reader.amount("wage_to", currency),
        "currency": currency,
        "period": reader.read("period", code(WagePeriod)),
    }
    wages = [each for each in (found["wage_from"], found["wage_to"]) if each is not None]
    if wages and found["period"] is None:
        reader.refuse("period", _("Say what the wage is paid for: {codes}.").of(codes=", ".join(WagePeriod)))
    if found["wage_to"] is not None and found["wage_from"] is None:
        reader.refuse("wage_from", _("Write the least wage too."))
    if wages != sorted(wages):
        reader.refuse("wage_to", _("The highest wage is lower than the least."))
    reader.done()
    return VacancyTerms(terms_of(common), **found)


async def add_vacancy(
    session: AsyncSession, terms: VacancyTerms, *, organisation_id: UUID, service_id: UUID | None = None, actor: Actor
) -> Vacancy:
    """Enter a vacancy. An employer whom someone has vetted for the same organisation stays vetted for as long."""
    vacancy = await enter(
        session,
        Vacancy,
        terms.common,
        terms.write,
        organisation_id=organisation_id,
        service_id=service_id,
        actor=actor,
    )
    await _take_over_vetting(session, vacancy)
    return vacancy


async def change_vacancy(
    session: AsyncSession, vacancy_id: UUID, terms: VacancyTerms, *, service_id: UUID | None = None, actor: Actor
) -> Vacancy:
    """Write it anew, and open it again. For another employer it must be vetted anew."""
    vacancy = await find_opening(session, actor, Vacancy, vacancy_id, for_change=True)
    before = vacancy.employer
    await change(session, vacancy, terms.common, terms.write, service_id=service_id, actor=actor)
    if vacancy.employer != before:
        vacancy.vetted_by = vacancy.vetted_at = vacancy.vetted_until = None
        await _take_over_vetting(session, vacancy)
    return vacancy


async def vet_employer(session: AsyncSession, vacancy_id: UUID, until: date, *, actor: Actor) -> int:
    """The employer was looked at, and is fit until a day: their vacancies with this organisation may be offered.

    Never by whoever enters vacancies of their own organisation alone. Returns of how many vacancies this holds.
    """
    require(actor, Permission.OPENING_VET)
    vacancy = await find_opening(session, actor, Vacancy, vacancy_id)
    if until < clock.today():
        raise Invalid(_("The day until which the employer is vetted lies in the past."))
    await session.flush()
    same = (Vacancy.organisation_id == vacancy.organisation_id, Vacancy.employer == vacancy.employer)
    changed = await session.scalars(
        update(Vacancy)
        .where(*same, Vacancy.status == OpeningStatus.OPEN)
        .values(vetted_by=actor.id, vetted_at=clock.now(), vetted_until=until)
        .returning(Vacancy.id)
        .execution_options(synchronize_session="fetch")
    )
    count = len(changed.all())
    audit.record(session, actor.id, "employer.vetted", vacancy.id, vacancies=count, until=until.toordinal())
    return count


async def end_vetting(session: AsyncSession, vacancy_id: UUID, *, actor: Actor) -> None:
    """Something speaks against the employer: from now on nobody is told of any vacancy of theirs."""
    require(actor, Permission.OPENING_VET)
    vacancy = await find_opening(session, actor, Vacancy, vacancy_id)
    await session.flush()
    await session.execute(
        update(Vacancy)
        .where(Vacancy.organisation_id == vacancy.organisation_id, Vacancy.employer == vacancy.employer)
        .values(vetted_by=None, vetted_at=None, vetted_until=None)
        .execution_options(synchronize_session="fetch")
    )
    audit.record(session, actor.id, "employer.unvetted", vacancy.id)


async def _take_over_vetting(session: AsyncSession, vacancy: Vacancy) -> None:
    vetted = await session.scalar(
        select(Vacancy)
        .where(
            Vacancy.organisation_id == vacancy.organisation_id,
            Vacancy.employer == vacancy.employer,
            Vacancy.vetted_until >= clock.today(),
            Vacancy.id != vacancy.id,
        )
        .order_by(Vacancy.vetted_at.desc(), Vacancy.id)
        .limit(1)
    )
    if vetted is not None:
        vacancy.vetted_by, vacancy.vetted_at = vetted.vetted_by, vetted.vetted_at
        vacancy.vetted_until = vetted.vetted_until
    await session.flush()
