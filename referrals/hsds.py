"""What Homeward reads of a full service of the Human Services Data Specification 3.0, and what it adds.

What a file may say is checked in `referrals.hsds_checks`; for whom a service is stands in `referrals.eligibility`. Two
conventions make a service one that can be offered: its kind is the one attribute whose taxonomy term is of the taxonomy
`homeward-service-kind`; its areas are the service areas whose `extent_type` is `homeward-area` and whose `extent` is a
code such as `TN` (the whole country) or `TN:greater_tunis`.
"""

import re
from datetime import UTC, date, datetime, time
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from referrals.eligibility import ELIGIBILITY, MUST
from referrals.rules import ServiceKind

SERVICE_KINDS = "homeward-service-kind"
AREAS = "homeward-area"
ACTIVE = "active"
INACTIVE = "inactive"
TEMPORARILY_CLOSED = "temporarily closed"
AREA_CODE = re.compile(r"[A-Z]{2}(:[a-z][a-z0-9_]{0,38})?")
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
OLDEST = 120
"""Years; an age bound above it is a typing mistake."""

AddressType = Literal["physical", "postal", "virtual"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    id: UUID


class Language(_Record):
    name: str | None = None
    code: str | None = None


class Phone(_Record):
    number: str
    extension: float | None = None
    type: str | None = None
    description: str | None = None
    languages: list[Language] = []


class Contact(_Record):
    name: str | None = None
    title: str | None = None
    department: str | None = None
    email: str | None = None
    phones: list[Phone] = []


class Address(_Record):
    address_1: str
    city: str
    state_province: str
    postal_code: str
    country: str
    address_type: AddressType


class Schedule(_Record):
    valid_from: date | None = None
    valid_to: date | None = None
    dtstart: date | None = None
    timezone: float | None = None
    until: date | None = None
    count: float | None = None
    wkst: Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"] | None = None
    freq: Literal["WEEKLY", "MONTHLY"] | None = None
    interval: float | None = None
    byday: str | None = None
    bymonthday: str | None = None
    description: str | None = None
    opens_at: time | None = None
    closes_at: time | None = None
    schedule_link: str | None = None
    attending_type: str | None = None
    notes: str | None = None


class Accessibility(_Record):
    description: str | None = None
    details: str | None = None
    url: str | None = None


class Location(_Record):
    location_type: AddressType
    url: str | None = None
    name: str | None = None
    description: str | None = None
    transportation: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    languages: list[Language] = []
    addresses: list[Address] = []
    contacts: list[Contact] = []
    accessibility: list[Accessibility] = []
    phones: list[Phone] = []
    schedules: list[Schedule] = []


class ServiceAtLocation(_Record):
    description: str | None = None
    contacts: list[Contact] = []
    phones: list[Phone] = []
    schedules: list[Schedule] = []
    location: Location | None = None


class CostOption(_Record):
    valid_from: date | None = None
    valid_to: date | None = None
    option: str | None = None
    currency: str | None = None
    amount: float | None = None
    amount_description: str | None = None


class RequiredDocument(_Record):
    document: str | None = None
    uri: str | None = None


class ServiceArea(_Record):
    name: str | None = None
    description: str | None = None
    extent_type: str | None = None
    extent: str | None = None


class TaxonomyTerm(_Record):
    name: str
    description: str
    taxonomy: str | None = None
    code: str | None = None


class Attribute(_Record):
    link_type: str | None = None
    link_entity: str | None = None
    value: str | None = None
    taxonomy_term: TaxonomyTerm | None = None


class Capacity(_Record):
    """Of the 3.1 draft."""

    available: float
    updated: datetime


class Organization(_Record):
    name: str
    description: str
    email: str | None = None
    website: str | None = None
    year_incorporated: float | None = None
    legal_status: str | None = None
    contacts: list[Contact] = []
    phones: list[Phone] = []
    locations: list[Location] = []


class FullService(_Record):
    """One service with everything it embeds."""

    name: str
    status: Literal["active", "inactive", "defunct", "temporarily closed"]
    organization: Organization
    alternate_name: str | None = None
    description: str = ""
    url: str | None = None
    email: str | None = None
    application_process: str | None = None
    fees_description: str | None = None
    wait_time: str | None = None
    eligibility_description: str | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    assured_date: date | None = None
    assurer_email: str | None = None
    alert: str | None = None
    last_modified: datetime | None = None
    phones: list[Phone] = []
    schedules: list[Schedule] = []
    service_areas: list[ServiceArea] = []
    service_at_locations: list[ServiceAtLocation] = []
    languages: list[Language] = []
    cost_options: list[CostOption] = []
    required_documents: list[RequiredDocument] = []
    contacts: list[Contact] = []
    attributes: list[Attribute] = []
    service_capacities: list[Capacity] = []

    @property
    def kinds(self) -> list[ServiceKind]:
        """One, if the service can be offered."""
        return [ServiceKind(code) for code in _kind_codes(self.attributes)]

    @property
    def area_codes(self) -> list[str]:
        return sorted(_area_codes(self.service_areas))

    @property
    def language_codes(self) -> list[str]:
        return sorted({each.code for each in self.languages if each.code})

    def criteria(self, link_type: str) -> list[str]:
        """Codes of the conditions that it names so; see `referrals.eligibility`."""
        named = (each.taxonomy_term for each in self.attributes if (each.link_type or MUST) == link_type)
        return sorted({term.code for term in named if term and term.taxonomy == ELIGIBILITY and term.code})

    @property
    def is_free(self) -> bool | None:
        """None: it does not say."""
        amounts = [each.amount for each in self.cost_options if each.amount is not None]
        return all(amount == 0 for amount in amounts) if amounts else None

    @property
    def places_left(self) -> int | None:
        return sum(int(each.available) for each in self.service_capacities) if self.service_capacities else None

    @property
    def places_at(self) -> datetime | None:
        """When the oldest of these numbers was said; UTC where it names no zone."""
        moments = (each.updated for each in self.service_capacities)
        return min((each if each.tzinfo else each.replace(tzinfo=UTC) for each in moments), default=None)


def _kind_codes(attributes: list[Attribute]) -> list[str]:
    terms = [each.taxonomy_term for each in attributes if each.taxonomy_term]
    return sorted({term.code for term in terms if term.taxonomy == SERVICE_KINDS and term.code})


def _area_codes(areas: list[ServiceArea]) -> set[str]:
    return {area.extent for area in areas if area.extent_type == AREAS and area.extent}
