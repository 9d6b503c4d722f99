"""Finding a service, for anyone and without saying who they are.

A place that someone shares is used for one search and kept nowhere: it is in no column, no log and no button.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from foundation import clock
from foundation.errors import NotFound
from foundation.language import _
from referrals.hsds import ACTIVE, Address, CostOption, Location, RequiredDocument, Schedule, ServiceAtLocation
from referrals.matching import reaches, speaks
from referrals.models import Service
from referrals.opening import Opening, State, opening
from referrals.rules import ServiceKind

TOWNS = Path(__file__).resolve().parent / "towns.json"
EARTH_RADIUS = 6371.0
"""Kilometres."""
_ORDER = (State.OPEN, State.LATER, State.UNKNOWN, State.CLOSED)
_Part = TypeVar("_Part", bound=BaseModel)

Position = tuple[float, float]
"""Latitude and longitude, in degrees."""


class Town(BaseModel):
    """A town that people know, for those who do not share where they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    country: str
    name: str
    name_ar: str = ""
    also: tuple[str, ...] = ()
    latitude: float
    longitude: float

    @property
    def position(self) -> Position:
        return self.latitude, self.longitude

    def name_in(self, language: str) -> str:
        return self.name_ar if self.name_ar and language.partition("_")[0] in ("ar", "fa", "ps", "ur") else self.name


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for. `area` is a code of the directory such as `TN:greater_tunis`."""

    country: str
    kind: ServiceKind | None = None
    area: str | None = None
    position: Position | None = field(default=None, repr=False)
    language: str = "en"
    only_language: bool = False
    only_open: bool = False
    only_free: bool = False
    words: str = field(default="", repr=False)
    """Each must stand in the name or the description of the service, or in the name of whoever gives it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One service as it is told: at its place that is open, or else the nearest."""

    service: Service
    opening: Opening
    km: float | None
    speaks: bool
    place: str
    """Name and address; empty if there is none or it is not published."""
    phones: tuple[str, ...]
    costs: tuple[CostOption, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """One place where a service is given."""

    opening: Opening
    km: float | None
    text: str


async def find_services(session: AsyncSession, wish: Wish, *, moment: datetime | None = None) -> list[Found]:
    """Open ones first, then those who speak the language, then the nearest, then by name."""
    kinds = tuple(ServiceKind) if wish.kind is None else (wish.kind,)
    found = select(Service).where(Service.status == ACTIVE, Service.is_public, reaches(kinds, wish.country, wish.area))
    at = moment or clock.now()
    told = [found_of(each, wish, at) for each in await session.scalars(found.options(joinedload(Service.organisation)))]
    return sorted((each for each in told if _is_wished(each, wish)), key=_order)


async def languages_in(session: AsyncSession, country: str) -> list[str]:
    """Codes of the languages that are spoken at services of a country."""
    rows = await session.scalars(
        select(Service.languages).where(
            Service.status == ACTIVE, Service.is_public, reaches(tuple(ServiceKind), country, None)
        )
    )
    return sorted({code for codes in rows for code in codes})


async def public_service(session: AsyncSession, service_id: UUID) -> Service:
    """A service that anyone may find, with its organisation. Raises NotFound for any other."""
    found = await session.scalar(
        select(Service)
        .where(Service.id == service_id, Service.status == ACTIVE, Service.is_public)
        .options(joinedload(Service.organisation))
    )
    if found is None:
        raise NotFound(_("There is no such service."))
    return found


def _is_wished(found: Found, wish: Wish) -> bool:
    service = found.service
    said = _plain(f"{service.name} {service.description} {service.organisation.name}")
    return (
        (found.speaks or not wish.only_language)
        and (found.opening.state is State.OPEN or not wish.only_open)
        and (service.is_free is True or not wish.only_free)
        and all(_plain(word) in said for word in wish.words.split())
    )


def _order(found: Found) -> tuple[object, ...]:
    distance = float("inf") if found.km is None else found.km
    is_open = found.opening.state is State.OPEN
    return not is_open, not found.speaks, distance, found.service.name, str(found.service.id)


def found_of(service: Service, wish: Wish, moment: datetime) -> Found:
    """The service as it is told to whoever looks for it; its organisation must have been read."""
    at_locations = parts(ServiceAtLocation, service.hsds, "service_at_locations")
    general = parts(Schedule, service.hsds, "schedules")
    site = min(
        (site_of(each, general, wish, moment) for each in at_locations),
        key=lambda site: (_ORDER.index(site.opening.state), float("inf") if site.km is None else site.km),
        default=Site(opening(general, wish.country, moment), None, ""),
    )
    return Found(
        service=service,
        opening=site.opening,
        km=site.km,
        speaks=speaks(service.languages, wish.language),
        place=site.text,
        phones=phones_of(service),
        costs=tuple(parts(CostOption, service.hsds, "cost_options")),
        documents=tuple(
            each.document for each in parts(RequiredDocument, service.hsds, "required_documents") if each.document
        ),
    )


def site_of(each: ServiceAtLocation, general: list[Schedule], wish: Wish, moment: datetime) -> Site:
    location = each.location
    schedules = [*each.schedules, *(location.schedules if location else [])] or general
    return Site(opening(schedules, wish.country, moment), _distance(location, wish.position), address_of(location))


def _distance(location: Location | None, position: Position | None) -> float | None:
    if location is None or position is None or location.latitude is None or location.longitude is None:
        return None
    return distance_km(position, (location.latitude, location.longitude))


def address_of(location: Location | None) -> str:
    """Where to go. A place that is not a physical one tells only what it says itself, such as to call first."""
    if location is None:
        return ""
    if location.location_type != "physical":
        return location.description or ""
    lines = [_line(address) for address in location.addresses if address.address_type == "physical"]
    return lines[0] if lines else location.name or ""


def _line(address: Address) -> str:
    return ", ".join(part for part in (address.address_1, address.city) if part.strip(" -"))


def phones_of(service: Service) -> tuple[str, ...]:
    """The service's own numbers, else those of its organisation."""
    for holder in (service.hsds, service.hsds.get("organization", {})):
        numbers = [str(each["number"]) for each in holder.get("phones", []) if each.get("number")]
        if numbers:
            return tuple(dict.fromkeys(numbers))
    return ()


def parts(kind: type[_Part], record: Mapping[str, Any], name: str) -> list[_Part]:
    """A list of a record; what cannot be read is left out, and so unknown."""
    stored: list[Any] = record.get(name) or []
    try:
        return TypeAdapter(list[kind]).validate_json(to_json(stored))  # type: ignore[valid-type]  # a type at run time
    except ValidationError:
        return []


def distance_km(one: Position, other: Position) -> float:
    """Along the earth's surface."""
    (lat1, lon1), (lat2, lon2) = ((radians(each[0]), radians(each[1])) for each in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


@cache
def towns() -> tuple[Town, ...]:
    return tuple(Town.model_validate(each) for each in json.loads(TOWNS.read_text("utf-8")))


def towns_of(country: str) -> list[Town]:
    return [town for town in towns() if town.country == country]


def town_of(country: str, code: str) -> Town | None:
    return next((town for town in towns_of(country) if town.code == code), None)


def town_named(country: str, words: str) -> Town | None:
    """The town that someone wrote, in Latin or Arabic letters, also with a small slip."""
    names = {_plain(name): town for town in towns_of(country) for name in (town.name, town.name_ar, *town.also) if name}
    wanted = _plain(words)[:60]
    close = [wanted] if wanted in names else get_close_matches(wanted, names, n=1, cutoff=0.8)
    return names[close[0]] if close else None


def _plain(words: str) -> str:
    """Without accents, case and gaps, and without the article that some write and others do not."""
    letters = unicodedata.normalize("NFKD", words.casefold())
    plain = "".join(letter for letter in letters if letter.isalnum())
    return plain.removeprefix("ال")
