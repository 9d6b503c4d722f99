"""Which services fit: what rules a service out is a filter, what makes one better is an order."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from cases.rules import NeedKind
from referrals.hsds import ACTIVE
from referrals.models import Service
from referrals.rules import KINDS_FOR_NEED


async def fitting_services(
    session: AsyncSession,
    *,
    need: NeedKind,
    country: str | None,
    area: str | None,
    language: str,
    age: int | None = None,
    limit: int = 20,
) -> list[Service]:
    """Services offered for a need where the person lives, best first, with their organisation.

    `area` is a code of the arrival form; `age` in years, unknown rules nothing out. First come those in the person's
    language, then those of the very area, then by kind, then those verified last.
    """
    kinds = KINDS_FOR_NEED[need]
    found = select(Service).where(Service.status == ACTIVE, Service.kind.in_(kinds))
    if age is not None:
        found = found.where(
            or_(Service.minimum_age.is_(None), Service.minimum_age <= age),
            or_(Service.maximum_age.is_(None), Service.maximum_age >= age),
        )
    services = await session.scalars(found.options(joinedload(Service.organisation)))
    own_area = area_code(country, area)
    fitting = [service for service in services if serves(service, country, own_area)]

    def order(service: Service) -> tuple[object, ...]:
        assured = service.assured_date or date.min
        return (
            not speaks(service, language),
            own_area not in service.areas,
            kinds.index(service.kind),
            -assured.toordinal(),
            service.name,
        )

    return sorted(fitting, key=order)[:limit]


def area_code(country: str | None, area: str | None) -> str | None:
    """The directory's code of an area of the arrival form: `tn_greater_tunis` in `TN` is `TN:greater_tunis`."""
    if not (country and area):
        return None
    return f"{country}:{area.removeprefix(f'{country.lower()}_')}"


def serves(service: Service, country: str | None, own_area: str | None) -> bool:
    """Whether a service reaches a place. An unknown area is any of the country; an unknown country is anywhere."""
    if country is None:
        return True
    if own_area is None:
        return any(code.partition(":")[0] == country for code in service.areas)
    return country in service.areas or own_area in service.areas


def speaks(service: Service, language: str) -> bool:
    """`pt_BR` is served by `pt`, and the other way round."""
    return _base(language) in {_base(code) for code in service.languages}


def _base(language: str) -> str:
    return language.replace("-", "_").partition("_")[0]
