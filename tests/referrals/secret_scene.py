"""A directory with things that must stay secret: words that may appear nowhere that anyone can read."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

SECRET_WORDS = ("Hidden Lane", "36.777", "10.777", "+216 77 777", "Refuge", "refuge@example.org", "Keeper")
"""Each stands in several rows of what is hidden, and in none of what is not."""
TERM_ID = str(UUID(int=70))


def id_of(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def staff_only(name: str) -> list[dict[str, Any]]:
    """The mark, as an attribute."""
    words = {"name": "Staff only", "description": "Not public.", "taxonomy": "homeward-visibility", "code": "staff"}
    return [{"id": id_of(f"{name} mark"), "taxonomy_term": {"id": TERM_ID, **words}}]


def kind(name: str) -> dict[str, Any]:
    words = {"name": "Housing", "description": "Housing.", "taxonomy": "homeward-service-kind", "code": "housing"}
    return {"id": id_of(f"{name} kind"), "taxonomy_term": {"id": str(UUID(int=71)), **words}}


def location(name: str, street: str, at: tuple[float, float], phone: str, **more: Any) -> dict[str, Any]:
    address = {
        "id": id_of(f"{name} address"),
        "address_1": street,
        "city": "Tunis",
        "state_province": "Tunis",
        "postal_code": "1077" if "Hidden" in street else "1000",
        "country": "TN",
        "address_type": "physical",
    }
    return {
        "id": id_of(name),
        "location_type": "physical",
        "name": name,
        "latitude": at[0],
        "longitude": at[1],
        "addresses": [address],
        "phones": [{"id": id_of(f"{name} phone"), "number": phone}],
        "accessibility": [{"id": id_of(f"{name} ramp"), "description": f"A ramp at {street}"}],
        **more,
    }


def service(name: str, organization: dict[str, Any], place: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    at = [] if place is None else [{"id": id_of(f"{name} at {place['id']}"), "location": place}]
    return {
        "id": id_of(name),
        "name": name,
        "description": f"{name}.",
        "status": "active",
        "organization": organization,
        "service_at_locations": at,
        "service_areas": [{"id": id_of(f"{name} area"), "extent": "TN", "extent_type": "homeward-area"}],
        "languages": [{"id": id_of(f"{name} language"), "code": "ar"}],
        "attributes": [kind(name)],
        **more,
    }


def organization(name: str, **more: Any) -> dict[str, Any]:
    return {"id": id_of(name), "name": name, "description": f"About {name}.", **more}


SECRET_PLACE = location("Keeper house", "1 Hidden Lane", (36.777, 10.777), "+216 77 777 001")
OPEN_PLACE = location("Front office", "2 Open Street", (36.8, 10.18), "+216 00 000 200")
DAR = organization("Dar Open", phones=[{"id": id_of("dar phone"), "number": "+216 00 000 300"}])


def hidden_service() -> dict[str, Any]:
    """A whole service is secret, and with it its place and the organisation that gives nothing else."""
    run_by = organization(
        "Refuge of women",
        email="refuge@example.org",
        locations=[location("Keeper hall", "5 Hidden Lane", (36.777, 10.777), "+216 77 777 005")],
        contacts=[
            {"id": id_of("keeper"), "name": "Keeper", "phones": [{"id": id_of("kp"), "number": "+216 77 777 009"}]}
        ],
    )
    return service(
        "Refuge nights",
        run_by,
        SECRET_PLACE,
        email="refuge@example.org",
        phones=[{"id": id_of("refuge phone"), "number": "+216 77 777 002"}],
        attributes=[kind("Refuge nights"), *staff_only("Refuge nights")],
    )


def open_service_with_hidden_place() -> dict[str, Any]:
    """Anyone may know the service; the house where people sleep is for staff."""
    house = location("Keeper second house", "9 Hidden Lane", (36.777, 10.777), "+216 77 777 003")
    house["attributes"] = staff_only("Keeper second house")
    given = service("Open counsel", DAR, OPEN_PLACE)
    given["service_at_locations"].append(
        {
            "id": id_of("Open counsel at house"),
            "description": "Ring twice at 9 Hidden Lane",
            "location": house,
            "contacts": [{"id": id_of("keeper two"), "name": "Keeper two"}],
        }
    )
    return given


def open_service() -> dict[str, Any]:
    return service("Open kitchen", DAR, OPEN_PLACE)


def secret_directory() -> list[dict[str, Any]]:
    return [hidden_service(), open_service_with_hidden_place(), open_service()]


def without_marks(record: Any) -> Any:
    """The same file as somebody sends it who has never heard of the mark."""
    if isinstance(record, list):
        kept = [each for each in record if not (isinstance(each, dict) and _is_mark(each))]
        return [without_marks(each) for each in kept]
    if isinstance(record, dict):
        return {name: without_marks(value) for name, value in record.items()}
    return record


def _is_mark(record: dict[str, Any]) -> bool:
    return bool(record.get("taxonomy_term", {}).get("taxonomy") == "homeward-visibility")
