"""The directory file: every fault is named, a file with any fault changes nothing, and the example is without one."""

import copy
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from referral_scene import EXAMPLE
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, SYSTEM
from access.models import Organisation, OrganisationKind
from foundation.errors import NotAllowed
from foundation.language import say
from referrals import hsds_reading
from referrals.directory import ImportSummary, import_directory, read_directory, stored_package
from referrals.hsds_package import DirectoryRefused
from referrals.models import Service
from referrals.rules import ServiceKind


def a_service(**changes: Any) -> dict[str, Any]:
    service: dict[str, Any] = {
        "id": str(uuid4()),
        "name": "Papers desk",
        "status": "active",
        "organization": {"id": str(UUID(int=7)), "name": "Qantara", "description": "Legal help."},
        "service_areas": [{"id": str(uuid4()), "extent": "TN:greater_tunis", "extent_type": "homeward-area"}],
        "languages": [{"id": str(uuid4()), "code": "fr"}, {"id": str(uuid4()), "code": "ar"}],
        "attributes": [
            {
                "id": str(uuid4()),
                "taxonomy_term": {
                    "id": str(UUID(int=8)),
                    "name": "Documents",
                    "description": "Papers.",
                    "taxonomy": "homeward-service-kind",
                    "code": "documents",
                },
            }
        ],
        "service_at_locations": [
            {
                "id": str(uuid4()),
                "location": {
                    "id": str(uuid4()),
                    "location_type": "physical",
                    "addresses": [
                        {
                            "id": str(uuid4()),
                            "address_1": "1 Rue Imaginaire",
                            "city": "Tunis",
                            "state_province": "Tunis",
                            "postal_code": "1000",
                            "country": "TN",
                            "address_type": "physical",
                        }
                    ],
                },
            }
        ],
    }
    return service | changes


def as_file(*services: Any) -> bytes:
    return json.dumps(list(services)).encode()


def problems_of(data: bytes) -> list[tuple[str, str, str]]:
    with pytest.raises(DirectoryRefused) as refused:
        read_directory(data)
    return [(say("en", each.place), each.field, say("en", each.reason)) for each in refused.value.problems]


def not_offered(*services: Any) -> list[tuple[str, str]]:
    return [(say("en", each.place), say("en", each.reason)) for each in read_directory(as_file(*services)).not_offered]


def at(service: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the field at `path` changed; Ellipsis takes the field away."""
    changed: Any = copy.deepcopy(service)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    parent = changed
    for part in parents:
        parent = parent[part]
    if value is ...:
        del parent[last]
    else:
        parent[last] = value
    return dict(changed)


def test_a_service_is_read_with_its_kind_areas_and_languages() -> None:
    (entry,) = read_directory(as_file(a_service(minimum_age=18, assured_date="2026-03-01"))).entries
    assert say("en", entry.place) == "service 1 “Papers desk”"
    assert entry.service.kinds == [ServiceKind.DOCUMENTS]
    assert entry.service.area_codes == ["TN:greater_tunis"]
    assert entry.service.language_codes == ["ar", "fr"]


def test_a_page_object_that_holds_everything_is_read_like_an_array() -> None:
    page = {"total_items": 1, "total_pages": 1, "contents": [a_service()]}
    assert len(read_directory(json.dumps(page).encode()).entries) == 1


def test_a_byte_order_mark_does_no_harm() -> None:
    assert len(read_directory(b"\xef\xbb\xbf" + as_file(a_service())).entries) == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is not valid JSON. The fault is at line 1, column 1."),
        (b'[{"id": 1,]', "The file is not valid JSON. The fault is at line 1, column 11."),
        (as_file(a_service())[:-40], "The file is not valid JSON."),
        (b"\xff\xfe[\x00", "The file is not written in UTF-8."),
        (b'[{"name": "a", "name": "b"}]', "A field stands twice in the same record."),
        (b'[{"minimum_age": NaN}]', "“NaN” and “Infinity” are no numbers of JSON."),
        (b"[" * 5000, "The file is not valid JSON."),
        (b'"services"', "The file must be a JSON array of services"),
        (b"7", "The file must be a JSON array of services"),
        (b'{"services": []}', "The file must be a JSON array of services"),
        (b"[]", "The file lists no services."),
        (b'{"total_pages": 3, "contents": [{}]}', "The file is one page of several."),
    ],
)
def test_a_file_that_is_no_directory_is_refused_in_one_clear_sentence(data: bytes, sentence: str) -> None:
    (problem,) = problems_of(data)
    assert problem[:2] == ("", "")
    assert problem[2].startswith(sentence)


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hsds_reading, "LARGEST_FILE", 2_000_000)
    assert problems_of(b"[" + b" " * 2_000_000) == [("", "", "The file is larger than 2 MB.")]


OTHER = {"id": str(UUID(int=9)), "name": "Qantara Clinic"}
TERM = "attributes/0/taxonomy_term"
ADDRESS = "service_at_locations/0/location/addresses/0"


@pytest.mark.parametrize(
    ("path", "value", "field", "reason"),
    [
        ("id", ..., "id", "This field is required and is missing."),
        ("name", ..., "name", "This field is required and is missing."),
        ("name", "", "name", "This field must not be empty."),
        ("status", None, "status", "This field is required and is missing."),
        ("organization", OTHER, "organization.description", "This field is required and is missing."),
        (f"{ADDRESS}/postal_code", ..., "addresses[0].postal_code", "This field is required and is missing."),
        ("id", "12", "id", "This is not a UUID."),
        ("organization/id", 12, "organization.id", "This must be a text."),
        ("status", "open", "status", "This must be one of: active, inactive, defunct, temporarily closed."),
        (
            "service_at_locations/0/location/location_type",
            "mobile",
            "service_at_locations[0].location.location_type",
            "This must be one of: physical, postal, virtual.",
        ),
        (f"{ADDRESS}/address_type", "home", "addresses[0].address_type", "This must be one of"),
        ("name", 7, "name", "This must be a text."),
        ("languages", "fr", "languages", "This must be a list."),
        ("languages/0/code", "French", "languages[0].code", "This is not a language code"),
        ("organization", "Qantara", "organization", "This must be an object with fields."),
        ("minimum_age", "18", "minimum_age", "This must be a number."),
        ("minimum_age", 17.5, "minimum_age", "Write the age in whole years."),
        ("maximum_age", 1800, "maximum_age", "The age must be between 0 and 120."),
        ("assured_date", "01/03/2026", "assured_date", "This is not a date of the form 2026-03-15."),
        ("assured_date", "2026-02-30", "assured_date", "This is not a date of the form 2026-03-15."),
        ("assured_date", "", "assured_date", "This is not a date of the form 2026-03-15."),
        ("assured_date", "2026-03-15T00:00:00", "assured_date", "This is not a date of the form 2026-03-15."),
        ("email", "", "email", "This is not an e-mail address."),
        ("last_modified", "2026-03-15", "last_modified", "This is not a date and time"),
        ("last_modified", "yesterday", "last_modified", "This is not a date and time"),
        ("url", "javascript:alert(1)", "url", "This is not a web address"),
        ("email", "desk", "email", "This is not an e-mail address."),
        ("service_areas/0/extent", "Tunisia", "service_areas[0].extent", "This is not an area code"),
        ("service_areas/0/extent", ..., "service_areas[0].extent", "This is not an area code"),
        ("organization", ..., "organization", "This field is required and is missing."),
        ("description", "a\0b", "description", "The text contains a character that cannot be stored"),
        ("minimum_age", 10**30, "minimum_age", "The number is too large."),
        ("minimun_age", "18", "minimun_age", "This field is not of HSDS 3.0. Is minimum_age meant?"),
        ("urls", [{"url": "https://example.org"}], "urls", "This field is not of HSDS 3.0 and cannot be kept."),
    ],
)
def test_a_fault_is_named_with_row_field_and_reason(path: str, value: Any, field: str, reason: str) -> None:
    broken = at(a_service(), path, value)
    (problem,) = problems_of(as_file(a_service(), broken))
    assert problem[0].startswith("service 2")
    assert problem[1].endswith(field)
    assert problem[2].startswith(reason)


def test_every_fault_of_the_file_is_named_at_once() -> None:
    first, between = (at(a_service(status=each), f"{TERM}/code", "papers") for each in ("open", "active"))
    last = at(a_service(minimum_age=30, maximum_age=17), f"{TERM}/code", "papers")
    assert [problem[:2] for problem in problems_of(as_file(first, between, last))] == [
        ("service 1 “Papers desk”", "status"),
        ("service 3 “Papers desk”", "maximum_age"),
        ("service 1 “Papers desk”", "attributes[0].taxonomy_term.code"),
    ]
    assert [problem[:2] for problem in problems_of(as_file("x", a_service(name=7), a_service(phones="7")))] == [
        ("service 1", ""),
        ("service 2", "name"),
        ("service 3 “Papers desk”", "phones"),
    ]


def test_duplicates_and_contradictions_are_named() -> None:
    first = a_service()
    again = at(a_service(id=first["id"], name="Other desk"), "organization/name", "Qantara Clinic")
    assert problems_of(as_file(first, again)) == [
        (
            "service 2 “Other desk”",
            "organization.name",
            "The record with this id says something else in service 1 “Papers desk”.",
        ),
        ("service 2 “Other desk”", "id", "The same id is used by service 1 “Papers desk”."),
    ]


def test_what_stands_in_another_record_than_it_says_is_named() -> None:
    elsewhere = at(a_service(), "languages/0/service_id", str(uuid4()))
    (problem,) = problems_of(as_file(elsewhere))
    assert problem[1:] == ("languages[0].service_id", "This says something else than where the record stands.")


def test_a_service_without_a_kind_or_an_area_is_kept_and_said_not_to_be_offered() -> None:
    kind = "Not offered: exactly one attribute must have a term of the taxonomy “homeward-service-kind”."
    area = "Not offered: at least one service area needs the extent type “homeward-area”."
    without_kind, without_area = a_service(attributes=[]), at(a_service(), "service_areas/0/extent_type", "country")
    assert not_offered(a_service(), without_kind, without_area) == [
        ("service 2 “Papers desk”", kind),
        ("service 3 “Papers desk”", area),
    ]
    assert len(read_directory(as_file(without_kind, without_area)).package.rows["service"]) == 2


async def services_in(session: AsyncSession) -> dict[UUID, Service]:
    await session.flush()
    return {each.id: each for each in await session.scalars(select(Service))}


async def test_an_import_adds_changes_leaves_alone_and_retires(session: AsyncSession) -> None:
    kept, changed, dropped = a_service(name="Kept"), a_service(name="Before"), a_service(name="Dropped")
    first = await import_directory(session, read_directory(as_file(kept, changed, dropped)), actor=SYSTEM)
    assert first == ImportSummary(added=3, changed=0, unchanged=0, removed=0)

    new = a_service(name="New")
    after = read_directory(as_file(kept, changed | {"name": "After"}, new))
    assert await import_directory(session, after, actor=SYSTEM) == ImportSummary(1, 1, 1, 1)
    services = await services_in(session)
    assert {each.name: each.status for each in services.values()} == {
        "Kept": "active",
        "After": "active",
        "New": "active",
        "Dropped": "inactive",
    }
    assert await import_directory(session, after, actor=SYSTEM) == ImportSummary(0, 0, 3, 0)


async def test_a_service_that_comes_back_is_offered_again(session: AsyncSession) -> None:
    leaving, staying = a_service(), a_service()
    for services in ([leaving, staying], [staying], [leaving, staying]):
        await import_directory(session, read_directory(as_file(*services)), actor=SYSTEM)
    assert (await services_in(session))[UUID(leaving["id"])].status == "active"


async def test_a_service_that_cannot_be_offered_any_more_is_retired_and_kept(session: AsyncSession) -> None:
    service = a_service()
    await import_directory(session, read_directory(as_file(service)), actor=SYSTEM)
    without_kind = read_directory(as_file(service | {"attributes": []}))
    assert await import_directory(session, without_kind, actor=SYSTEM) == ImportSummary(0, 0, 0, removed=1)
    assert (await services_in(session))[UUID(service["id"])].status == "inactive"
    assert [row.id for row in (await stored_package(session)).rows["service"]] == [service["id"]]


def with_places(service: dict[str, Any], left: float, updated: str) -> dict[str, Any]:
    unit = {"id": str(UUID(int=10)), "name": "Place"}
    capacity = {"id": str(UUID(int=11)), "available": left, "updated": updated, "unit": unit}
    return {**service, "service_capacities": [capacity]}


async def test_places_that_were_taken_stay_taken_until_the_provider_says_something_new(session: AsyncSession) -> None:
    told = with_places(a_service(), 5, "2026-03-01T08:00:00Z")
    await import_directory(session, read_directory(as_file(told)), actor=SYSTEM)
    (service,) = (await services_in(session)).values()
    assert (service.places_left, service.places_at) == (5, datetime(2026, 3, 1, 8, tzinfo=UTC))
    service.places_left = 4
    await import_directory(session, read_directory(as_file(told)), actor=SYSTEM)
    assert service.places_left == 4
    news = with_places(told, 9, "2026-03-02T08:00:00Z")
    await import_directory(session, read_directory(as_file(news)), actor=SYSTEM)
    assert service.places_left == 9


@pytest.mark.parametrize("left", [-1, 2.5])
def test_places_are_counted_whole(left: float) -> None:
    (problem,) = problems_of(as_file(with_places(a_service(), left, "2026-03-01T08:00:00Z")))
    assert problem[1:] == ("service_capacities[0].available", "Write how many places are left as a whole number.")


async def test_conditions_of_a_service_are_read_from_its_attributes(session: AsyncSession) -> None:
    def tagged(code: str, link_type: str | None) -> dict[str, Any]:
        words = {"name": code, "description": code, "taxonomy": "homeward-eligibility"}
        term = {"id": str(uuid5(UUID(int=12), code)), "code": code, **words}
        return {"id": str(uuid4()), "link_type": link_type, "taxonomy_term": term}

    service = a_service()
    service["attributes"] += [
        tagged("women", "eligibility"),
        tagged("disability", None),
        tagged("low_income", "priority"),
    ]
    await import_directory(session, read_directory(as_file(service)), actor=SYSTEM)
    (stored,) = (await services_in(session)).values()
    assert (stored.criteria, stored.first_for) == ("disability women", "low_income")
    service["attributes"][-1]["taxonomy_term"]["code"] = "rich"
    (problem,) = problems_of(as_file(service))
    assert problem[2].startswith("The condition must be one of: women, men, ")


async def test_the_organisation_becomes_a_partner_with_the_id_and_name_of_the_file(session: AsyncSession) -> None:
    await import_directory(session, read_directory(as_file(a_service())), actor=SYSTEM)
    renamed = at(a_service(), "organization/name", "Qantara Clinic")
    await import_directory(session, read_directory(as_file(renamed)), actor=SYSTEM)
    partner = await session.get_one(Organisation, UUID(int=7))
    assert (partner.name, partner.kind) == ("Qantara Clinic", OrganisationKind.PARTNER)


async def test_a_file_cannot_turn_the_operator_into_a_partner_and_changes_nothing(session: AsyncSession) -> None:
    session.add(Organisation(id=UUID(int=7), name="Operator", kind=OrganisationKind.OPERATOR))
    await session.flush()
    elsewhere = at(a_service(), "organization/id", str(uuid4()))
    with pytest.raises(DirectoryRefused) as refused:
        await import_directory(session, read_directory(as_file(elsewhere, a_service())), actor=SYSTEM)
    assert [(say("en", each.place), each.field) for each in refused.value.problems] == [
        ("service 2 “Papers desk”", "organization.id")
    ]
    assert await services_in(session) == {}
    names = list(await session.scalars(select(Organisation.name)))
    assert names == ["Operator"]


async def test_only_the_system_imports(session: AsyncSession) -> None:
    with pytest.raises(NotAllowed):
        await import_directory(session, read_directory(as_file(a_service())), actor=PERSON)


async def test_the_example_directory_covers_every_kind_in_both_countries(session: AsyncSession) -> None:
    example = read_directory(EXAMPLE.read_bytes())
    summary = await import_directory(session, example, actor=SYSTEM)
    assert summary.added == len(example.entries) >= 55
    services = [each for each in (await services_in(session)).values() if each.status == "active"]
    for country in ("GM", "TN"):
        here = [each for each in services if any(code.startswith(country) for code in each.areas)]
        assert {each.kind for each in here} == set(ServiceKind)
        assert all("2026-01-01" <= str(each.assured_date) <= "2026-12-31" for each in here)
    assert await import_directory(session, example, actor=SYSTEM) == ImportSummary(0, 0, len(example.entries), 0)
