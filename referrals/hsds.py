"""Records of the Human Services Data Specification 3.0, as one full service embeds them, and what Homeward adds.

Fields not named here are kept and not checked. Two conventions make a service findable: its kind is the one attribute
whose taxonomy term is of the taxonomy `homeward-service-kind`; its areas are the service areas whose `extent_type` is
`homeward-area` and whose `extent` is a code such as `TN` (the whole country) or `TN:greater_tunis`.
"""

import re
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from referrals.rules import ServiceKind

SERVICE_KINDS = "homeward-service-kind"
AREAS = "homeward-area"
ACTIVE = "active"
INACTIVE = "inactive"
AREA_CODE = re.compile(r"[A-Z]{2}(:[a-z][a-z0-9_]{0,38})?")
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
OLDEST = 120
"""Years; an age bound above it is a typing mistake."""


def _web_address(text: str) -> str:
    # Shown as a link: any other scheme could run a script.
    if not re.match(r"https?://[^\s/]+", text):
        raise PydanticCustomError("web_address", "not a web address")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise PydanticCustomError("email", "not an e-mail address")
    return text


Name = Annotated[str, Field(min_length=1, max_length=300)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Email = Annotated[str, AfterValidator(_email)]
AddressType = Literal["physical", "postal", "virtual"]
Age = Annotated[float, Field(ge=0, le=OLDEST, multiple_of=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    id: UUID


class Language(_Record):
    name: str | None = None
    code: str | None = None

    @field_validator("code")
    @classmethod
    def _is_code(cls, code: str | None) -> str | None:
        if code is not None and not LANGUAGE_CODE.fullmatch(code):
            raise PydanticCustomError("language_code", "not a language code")
        return code


class Phone(_Record):
    number: Name
    extension: float | None = None
    type: str | None = None
    description: str | None = None
    languages: list[Language] = []


class Contact(_Record):
    name: str | None = None
    title: str | None = None
    department: str | None = None
    email: Email | None = None
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
    schedule_link: WebAddress | None = None
    attending_type: str | None = None
    notes: str | None = None


class Location(_Record):
    location_type: AddressType
    url: WebAddress | None = None
    name: str | None = None
    description: str | None = None
    transportation: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    languages: list[Language] = []
    addresses: list[Address] = []
    contacts: list[Contact] = []
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
    uri: WebAddress | None = None


class ServiceArea(_Record):
    name: str | None = None
    description: str | None = None
    extent_type: str | None = None
    extent: str | None = Field(None, validate_default=True)

    @field_validator("extent")
    @classmethod
    def _is_area_code(cls, extent: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("extent_type") == AREAS and not AREA_CODE.fullmatch(extent or ""):
            raise PydanticCustomError("area_code", "not an area code")
        return extent


class TaxonomyTerm(_Record):
    name: Name
    description: str
    taxonomy: str | None = None
    code: str | None = Field(None, validate_default=True)

    @field_validator("code")
    @classmethod
    def _is_service_kind(cls, code: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("taxonomy") == SERVICE_KINDS and code not in set(ServiceKind):
            raise PydanticCustomError("service_kind", "not a service kind")
        return code


class Attribute(_Record):
    link_type: str | None = None
    link_entity: str | None = None
    value: str | None = None
    taxonomy_term: TaxonomyTerm | None = None


class Organization(_Record):
    name: Name
    description: str
    email: Email | None = None
    website: WebAddress | None = None
    year_incorporated: float | None = None
    legal_status: str | None = None
    contacts: list[Contact] = []
    phones: list[Phone] = []
    locations: list[Location] = []


class FullService(_Record):
    """One service with everything it embeds."""

    name: Name
    status: Literal["active", "inactive", "defunct", "temporarily closed"]
    organization: Organization
    alternate_name: str | None = None
    description: str = ""
    url: WebAddress | None = None
    email: Email | None = None
    application_process: str | None = None
    fees_description: str | None = None
    wait_time: str | None = None
    eligibility_description: str | None = None
    minimum_age: Age | None = None
    maximum_age: Age | None = None
    assured_date: date | None = None
    assurer_email: Email | None = None
    alert: str | None = None
    last_modified: datetime | None = None
    phones: list[Phone] = []
    schedules: list[Schedule] = []
    service_areas: list[ServiceArea] = Field([], validate_default=True)
    service_at_locations: list[ServiceAtLocation] = []
    languages: list[Language] = []
    cost_options: list[CostOption] = []
    required_documents: list[RequiredDocument] = []
    contacts: list[Contact] = []
    attributes: list[Attribute] = Field([], validate_default=True)

    @property
    def kind(self) -> ServiceKind:
        return ServiceKind(_kind_codes(self.attributes)[0])

    @property
    def area_codes(self) -> list[str]:
        return sorted(_area_codes(self.service_areas))

    @property
    def language_codes(self) -> list[str]:
        return sorted({each.code for each in self.languages if each.code})

    @field_validator("maximum_age")
    @classmethod
    def _not_below_minimum(cls, maximum: float | None, info: ValidationInfo) -> float | None:
        minimum = info.data.get("minimum_age")
        if maximum is not None and minimum is not None and maximum < minimum:
            raise PydanticCustomError("age_order", "below the minimum age")
        return maximum

    @field_validator("service_areas")
    @classmethod
    def _has_an_area(cls, areas: list[ServiceArea]) -> list[ServiceArea]:
        if not _area_codes(areas):
            raise PydanticCustomError("no_area", "no area")
        return areas

    @field_validator("attributes")
    @classmethod
    def _has_one_kind(cls, attributes: list[Attribute]) -> list[Attribute]:
        if len(_kind_codes(attributes)) != 1:
            raise PydanticCustomError("one_kind", "not exactly one kind")
        return attributes


def _kind_codes(attributes: list[Attribute]) -> list[str]:
    terms = [each.taxonomy_term for each in attributes if each.taxonomy_term]
    return sorted({term.code for term in terms if term.taxonomy == SERVICE_KINDS and term.code})


def _area_codes(areas: list[ServiceArea]) -> set[str]:
    return {area.extent for area in areas if area.extent_type == AREAS and area.extent}
