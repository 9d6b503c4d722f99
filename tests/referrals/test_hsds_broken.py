"""Fifty broken data packages: each is refused, with the table, the line, the field and the reason, and nothing else."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hsds_made import made_package

from foundation.language import say
from referrals import hsds_reading
from referrals.directory import read_directory
from referrals.hsds_package import DirectoryRefused
from referrals.hsds_tables import TABLES
from referrals.hsds_writing import write_data_package

Files = dict[str, bytes]
Break = Callable[[Files], object]


def files() -> Files:
    with zipfile.ZipFile(io.BytesIO(write_data_package(made_package(1, 2)))) as archive:
        # In one line each, so that lines can be counted.
        return {name: archive.read(name).replace(b"two\nlines", b"two lines") for name in archive.namelist()}


def packed(content: Files, folder: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in content.items():
            archive.writestr(folder + name, text)
    return file.getvalue()


def spoilt(package: bytes) -> bytes:
    """With other bytes in the middle of what is compressed."""
    middle = len(package) // 2
    return package[:middle] + bytes(200) + package[middle + 200 :]


def problems_of(data: bytes) -> list[tuple[str, str, str, str]]:
    with pytest.raises(DirectoryRefused) as refused:
        read_directory(data)
    return [(each.table, say("en", each.place), each.field, say("en", each.reason)) for each in refused.value.problems]


def put(path: str, line: int, field: str, value: str) -> Break:
    """Another value in a field; lines are counted from 1."""

    def change(content: Files) -> None:
        rows = table(content[path])
        rows[line - 1][rows[0].index(field)] = value
        content[path] = text(rows)

    return change


def lines(path: str, change: Callable[[list[list[str]]], Any]) -> Break:
    def apply(content: Files) -> None:
        rows = table(content[path])
        change(rows)
        content[path] = text(rows)

    return apply


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def text(rows: list[list[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def descriptor(change: Callable[[dict[str, Any]], Any]) -> Break:
    def apply(content: Files) -> None:
        described = json.loads(content["datapackage.json"])
        change(described)
        content["datapackage.json"] = json.dumps(described).encode()

    return apply


def rename(old: str, new: str) -> Callable[[list[list[str]]], None]:
    def change(rows: list[list[str]]) -> None:
        rows[0][rows[0].index(old)] = new

    return change


def same(path: str, field: str) -> Break:
    """The second record says what the first says."""

    def change(rows: list[list[str]]) -> None:
        place = rows[0].index(field)
        rows[2][place] = rows[1][place]

    return lines(path, change)


STRANGER = "00000000-0000-4000-8000-000000000001"
# File, line, field, what is written there, and what is said about it.
WRITTEN = """
services.csv                 2 id                |                     | This field is required and is missing.
services.csv                 3 name              |                     | This field is required and is missing.
services.csv                 2 name              | ~                   | This field must not be empty.
services.csv                 2 status            |                     | This field is required and is missing.
services.csv                 2 organization_id   |                     | This field is required and is missing.
organizations.csv            2 description       |                     | This field is required and is missing.
phones.csv                   2 number            |                     | This field is required and is missing.
addresses.csv                3 address_1         |                     | This field is required and is missing.
addresses.csv                2 postal_code       |                     | This field is required and is missing.
locations.csv                2 location_type     |                     | This field is required and is missing.
attributes.csv               2 link_id           |                     | This field is required and is missing.
attributes.csv               2 taxonomy_term_id  |                     | This field is required and is missing.
cost_options.csv             2 service_id        |                     | This field is required and is missing.
metadata.csv                 2 last_action_date  |                     | This field is required and is missing.
taxonomy_terms.csv           2 name              |                     | This field is required and is missing.
organization_identifiers.csv 2 identifier        |                     | This field is required and is missing.
funding.csv                  3 id                | {00000000-0000-4000-8000-000000000001} | This is not a UUID.
funding.csv                  2 id                | 17                  | This is not a UUID.
schedules.csv                2 interval          | two                 | This must be a number.
cost_options.csv             2 amount            | 12,50               | This must be a number.
cost_options.csv             2 amount            | ١٢                  | This must be a number.
locations.csv                2 latitude          | NaN                 | This must be a number.
services.csv                 2 maximum_age       | 9999999999999999999 | The number is too large.
services.csv                 2 assured_date      | 15.03.2026          | This is not a date of the form 2026-03-15.
schedules.csv                2 valid_from        | 2026-02-30          | This is not a date of the form 2026-03-15.
schedules.csv                2 opens_at          | 25:00               | This is not a time of the form 10:30.
services.csv                 2 last_modified     | yesterday           | This is not a date and time such as 2026-03
services.csv                 2 url               | javascript:alert(1) | This is not a web address that begins with http
contacts.csv                 2 email             | desk                | This is not an e-mail address.
services.csv                 2 status            | open                | This must be one of: active, inactive, defunct,
locations.csv                2 location_type     | tent                | This must be one of: physical, postal, virtual.
schedules.csv                2 wkst              | Monday              | This must be one of: MO, TU, WE, TH, FR, SA
schedules.csv                2 freq              | DAILY               | This must be one of: WEEKLY, MONTHLY.
services.csv                 3 organization_id   | STRANGER            | Nothing in the table organization has this id.
service_at_location.csv      2 location_id       | STRANGER            | Nothing in the table location has this id.
phones.csv                   2 contact_id        | STRANGER            | Nothing in the table contact has this id.
attributes.csv               2 link_id           | STRANGER            | Nothing in the table
taxonomy_terms.csv           2 code              | papers              | The service kind must be one of: jobs,
service_areas.csv            2 extent            | Tunisia             | This is not an area code
languages.csv                2 code              | French              | This is not a language code
services.csv                 2 minimum_age       | 17.5                | Write the age in whole years.
services.csv                 2 maximum_age       | 180                 | The age must be between 0 and 120.
services.csv                 2 maximum_age       | 17                  | The maximum age is below the minimum age.
"""


def written() -> Iterator[tuple[str, Break, str, str, str, str]]:
    for line in WRITTEN.strip().splitlines():
        place, value, reason = (part.strip() for part in line.split(" |", 2))
        path, number, field = place.split()
        said = value.replace("~", "  ").replace("STRANGER", STRANGER)
        table_name = next(name for name, each in TABLES.items() if each.path == path)
        yield (
            f"{path} {field} {value}",
            put(path, int(number), field, said),
            table_name,
            f"line {number}",
            field,
            reason,
        )


def in_funding(change: Callable[[list[list[str]]], Any]) -> Break:
    return lines("funding.csv", change)


def other(path: str, change: Callable[[bytes], bytes]) -> Break:
    return lambda content: content.update({path: change(content.get(path, b""))})


NO_DESCRIPTOR = "datapackage.json cannot be read"
SLIP = "This field is not of HSDS 3.0. Is minimum_age meant?"
OWN_NAME = "Each column needs a name of its own."
BROKEN: list[tuple[str, Break, str, str, str, str]] = [
    *written(),
    (
        *("no character", put("services.csv", 2, "alert", "a\0b"), "service", "line 2", "alert"),
        "The text contains a character that cannot be stored (code 0).",
    ),
    (
        *("a link to no table", put("attributes.csv", 2, "link_entity", "shop"), "attribute", "line 2", "link_id"),
        "shop is not a table of HSDS 3.0.",
    ),
    (
        *("a history of no table", put("metadata.csv", 2, "resource_type", "shop"), "metadata", "line 2"),
        *("resource_id", "shop is not a table of HSDS 3.0."),
    ),
    (
        *("an id twice", same("accessibility.csv", "id"), "accessibility", "line 3", "id"),
        "The same id is used by line 2.",
    ),
    (
        *("a code twice", same("taxonomy_terms.csv", "code"), "taxonomy_term", "line 3", "code"),
        "The same value is used by line 2.",
    ),
    ("a slip", lines("services.csv", rename("minimum_age", "minimun_age")), "service", "line 2", "minimun_age", SLIP),
    ("a field twice", in_funding(rename("source", "service_id")), "funding", "line 1", "service_id", OWN_NAME),
    ("a field without a name", in_funding(rename("source", "")), "funding", "line 1", "", OWN_NAME),
    (
        *("no line of names", in_funding(lambda rows: rows.pop(0)), "funding", "line 1", "id"),
        "The first line must name the fields, among them “id”.",
    ),
    (
        *("a value too many", in_funding(lambda rows: rows[2].append("x")), "funding", "line 3", ""),
        "This line has 5 values; the first line names 4 fields.",
    ),
    (
        *("a value too few", in_funding(lambda rows: rows[1].pop()), "funding", "line 2", ""),
        "This line has 3 values; the first line names 4 fields.",
    ),
    (
        *("a quote that does not end", other("funding.csv", lambda it: it + b'"x'), "funding", "", ""),
        "The file is not CSV as RFC 4180 describes it.",
    ),
    (
        *("another encoding", other("funding.csv", lambda it: it + b"\xe9"), "funding", "", ""),
        "The file is not written in UTF-8.",
    ),
    (
        *("a file that is not there", lambda content: content.pop("programs.csv"), "programs.csv", "", ""),
        "The package names this file and does not hold it.",
    ),
    (
        *("a file that is not named", other("more.csv", lambda _it: b"id"), "more.csv", "", ""),
        "The package does not name this file in datapackage.json.",
    ),
    (
        *("a table of one's own", descriptor(lambda it: it["resources"][1].update(name="shop")), "programs.csv"),
        *("", "", "This is not a table of HSDS 3.0."),
    ),
    (
        *("a table twice", descriptor(lambda it: it["resources"][1].update(name="service")), "", "", ""),
        "Two files are of the same table.",
    ),
    ("a descriptor without tables", descriptor(lambda it: it.pop("resources")), "", "", "", NO_DESCRIPTOR),
    ("a descriptor that is no JSON", other("datapackage.json", lambda _it: b"{"), "", "", "", NO_DESCRIPTOR),
    ("no service", other("services.csv", lambda it: it.splitlines()[0]), "", "", "", "The file lists no services."),
]


def test_there_are_fifty() -> None:
    assert len(BROKEN) >= 50
    assert len({name for name, *_rest in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize(
    ("breaks", "table_name", "place", "field", "reason"),
    [each[1:] for each in BROKEN],
    ids=[each[0] for each in BROKEN],
)
def test_a_broken_package_is_refused_at_the_right_place(
    breaks: Break, table_name: str, place: str, field: str, reason: str
) -> None:
    content = files()
    breaks(content)
    found = problems_of(packed(content))
    assert found[0][:3] == (table_name, place, field)
    assert found[0][3].startswith(reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed(files())[:-40], "The package cannot be unpacked."),
        (spoilt(write_data_package(made_package())), "The package cannot be unpacked."),
        (b"PK\x03\x04nonsense", "The package cannot be unpacked."),
        (packed({"services.csv": b""}), "The first line must name the fields, among them “id”."),
    ],
)
def test_what_is_no_package_is_refused(data: bytes, reason: str) -> None:
    ((*_place, said),) = problems_of(data)
    assert said.startswith(reason)


def test_a_package_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hsds_reading, "LARGEST_FILE", 1_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("services.csv", b" " * 5_000_000)
    assert len(bomb.getvalue()) < 10_000
    assert [each[3] for each in problems_of(bomb.getvalue())] == ["The file is larger than 1 MB."]


def test_a_package_in_a_folder_without_a_descriptor_and_with_litter_is_read() -> None:
    content = files()
    del content["datapackage.json"]
    whole = packed(content, "directory/")
    with io.BytesIO(whole) as file, zipfile.ZipFile(file, "a") as archive:
        archive.writestr("__MACOSX/directory/._services.csv", b"x")
        archive.close()
        assert len(read_directory(file.getvalue()).package.rows["service"]) == 2


def test_a_field_of_ones_own_is_kept() -> None:
    content = files()
    lines(
        "services.csv", lambda rows: [row.append("ours" if number else "our_code") for number, row in enumerate(rows)]
    )(content)
    service, _other = read_directory(packed(content)).package.rows["service"]
    assert service.values["our_code"] == "ours"


def test_a_record_of_several_lines_is_found_where_it_begins() -> None:
    content = {"funding.csv": b'id,source\nx,"two\nlines"\n\ny,one\n', "services.csv": files()["services.csv"]}
    places = [each[1] for each in problems_of(packed(content)) if each[3] == "This is not a UUID."]
    assert places == ["line 2", "line 5"]
