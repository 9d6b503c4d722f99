"""Reading a directory: HSDS 3.0 as nested JSON, as one JSON object of tables, or as a zipped data package of CSV files.

Every fault of form is named here; what the values say is checked in `referrals.hsds_checks`.
"""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from foundation.errors import Invalid
from foundation.language import Message, _
from referrals.hsds_flattening import Flattening, read_values
from referrals.hsds_package import WHOLE_FILE, DirectoryRefused, Package, Problem, Row
from referrals.hsds_tables import TABLES, Table

LARGEST_FILE = 50_000_000
"""Bytes, of everything inside a data package too."""
DESCRIPTOR = "datapackage.json"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ZIP = b"PK\x03\x04"
_BY_PATH = {table.path: table for table in TABLES.values()}


def read_package(data: bytes) -> Package:
    """Raises DirectoryRefused for what cannot be read as rows, with every fault named."""
    if len(data) > LARGEST_FILE:
        raise _too_large()
    if data.startswith(_ZIP):
        package, problems = _read_zip(data)
    else:
        parsed = _parsed(data)
        is_tables = isinstance(parsed, dict) and any(name.endswith(".csv") for name in parsed)
        package, problems = _read_tables(parsed) if is_tables else _read_services(_services(parsed))
    if problems:
        raise DirectoryRefused(problems)
    return package


def _read_services(services: Sequence[Any]) -> tuple[Package, list[Problem]]:
    """Nested records, one for each service."""
    flattening = Flattening()
    for number, record in enumerate(services, start=1):
        flattening.add_service(record, _place_of_service(number, record))
    return flattening.package, flattening.problems


def _read_tables(parsed: Mapping[str, Any]) -> tuple[Package, list[Problem]]:
    """Lists of records by the name of their file."""
    package, problems = Package(), list[Problem]()
    for path, records in parsed.items():
        table = _BY_PATH.get(path)
        if table is None:
            problems.append(Problem(path, WHOLE_FILE, "", _("This is not a table of HSDS 3.0.")))
            continue
        if not isinstance(records, list):
            problems.append(Problem(table.name, WHOLE_FILE, "", _("This must be a list.")))
            continue
        for number, record in enumerate(records, start=1):
            # Translators: where in a file of data something stands
            place = _("record {number}").of(number=str(number))
            if not isinstance(record, dict):
                problems.append(Problem(table.name, place, "", _("This must be an object with fields.")))
                continue
            values, found = read_values(table, record, place)
            problems += found
            package.add(Row(table, values, place))
    return package, problems


def _read_zip(data: bytes) -> tuple[Package, list[Problem]]:
    """CSV files, at the top or in one folder; which is which says the descriptor, or else the name of the file."""
    package, problems = Package(), list[Problem]()
    files = _unpacked(data)
    for path, table in _tables_of(files, problems).items():
        try:
            lines = list(_csv_lines(files[path]))
        except UnicodeDecodeError:
            problems.append(Problem(table.name, WHOLE_FILE, "", _("The file is not written in UTF-8.")))
        except csv.Error:
            problems.append(Problem(table.name, WHOLE_FILE, "", _("The file is not CSV as RFC 4180 describes it.")))
        else:
            for row in _csv_rows(table, lines, problems):
                package.add(row)
    return package, problems


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Files by name, without the folder that all of them are in."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir() and not _is_litter(each.filename)]
            if sum(each.file_size for each in members) > LARGEST_FILE:
                raise _too_large()
            files = {each.filename: archive.read(each) for each in members}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise refused(_("The package cannot be unpacked. It must be a ZIP file without a password.")) from None
    folders = {name.rpartition("/")[0] for name in files}
    return {name.rpartition("/")[2]: content for name, content in files.items()} if len(folders) == 1 else files


def _is_litter(name: str) -> bool:
    """What the packers of some systems add."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _tables_of(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, Table]:
    """The table of each CSV file."""
    if DESCRIPTOR not in files:
        paths = {name: name for name in files}
    else:
        paths = _paths(files[DESCRIPTOR])
        missing = _("The package names this file and does not hold it.")
        problems += [Problem(path, WHOLE_FILE, "", missing) for path in paths if path not in files]
    known: dict[str, Table] = {}
    for path, name in paths.items():
        table = TABLES.get(name) or _BY_PATH.get(name)
        if table is None:
            problems.append(Problem(path, WHOLE_FILE, "", _("This is not a table of HSDS 3.0.")))
        elif path in files:
            known[path] = table
    unnamed = _("The package does not name this file in datapackage.json.")
    problems += [Problem(path, WHOLE_FILE, "", unnamed) for path in files if path not in {*paths, DESCRIPTOR}]
    if len({table.name for table in known.values()}) < len(known):
        problems.append(Problem("", WHOLE_FILE, "", _("Two files are of the same table.")))
    return known


def _paths(descriptor: bytes) -> dict[str, str]:
    """Names of tables by the path of their file, as datapackage.json gives them."""
    try:
        return {str(each["path"]): str(each["name"]) for each in _parsed(descriptor)["resources"]}
    except (DirectoryRefused, LookupError, TypeError):
        raise refused(_("datapackage.json cannot be read: it must list “resources” with “name” and “path”.")) from None


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Records with the line that each begins on, counted from 1."""
    # A text of a directory may be longer than the module allows by default.
    csv.field_size_limit(LARGEST_FILE)
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    begins = 1
    for record in reader:
        if record:
            yield begins, record
        begins = reader.line_num + 1


def _csv_rows(table: Table, lines: Sequence[tuple[int, list[str]]], problems: list[Problem]) -> Iterator[Row]:
    header = lines[0][1] if lines else []
    first = _line(1)
    if "id" not in header:
        problems.append(Problem(table.name, first, "id", _("The first line must name the fields, among them “id”.")))
        return
    unclear = sorted({each for each in header if header.count(each) > 1 or not each.strip()})
    problems += [Problem(table.name, first, name, _("Each column needs a name of its own.")) for name in unclear]
    for number, record in lines[1:]:
        if len(record) != len(header):
            reason = _("This line has {found} values; the first line names {wanted} fields.")
            found = reason.of(found=str(len(record)), wanted=str(len(header)))
            problems.append(Problem(table.name, _line(number), "", found))
            continue
        values = {name: text for name, text in zip(header, record, strict=True) if text}
        yield Row(table, values, _line(number))


def _line(number: int) -> Message:
    # Translators: where in a file of data something stands
    return _("line {number}").of(number=str(number))


def _place_of_service(number: int, record: Any) -> Message:
    name = record.get("name") if isinstance(record, dict) else None
    if isinstance(name, str):
        # Translators: where in a file of services something stands; {name} is the name of the service
        return _("service {number} “{name}”").of(number=str(number), name=name[:80])
    return _("service {number}").of(number=str(number))


def _parsed(data: bytes) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            raise Invalid(_("A field stands twice in the same record."))
        return record

    def never(_word: str) -> None:
        raise Invalid(_("“NaN” and “Infinity” are no numbers of JSON."))

    try:
        text = data.removeprefix(_BYTE_ORDER_MARK).decode()
        return json.loads(text, parse_float=Decimal, parse_constant=never, object_pairs_hook=once)
    except Invalid as fault:
        raise refused(fault.message) from None
    except UnicodeDecodeError:
        raise refused(_("The file is not written in UTF-8.")) from None
    except json.JSONDecodeError as fault:
        # Translators: where in a file of data the first fault is
        reason = _("The file is not valid JSON. The fault is at line {line}, column {column}.")
        raise refused(reason.of(line=fault.lineno, column=fault.colno)) from None
    except (ValueError, RecursionError):
        raise refused(_("The file is not valid JSON.")) from None


def _services(parsed: Any) -> list[Any]:
    services = parsed.get("contents") if isinstance(parsed, dict) else parsed
    if not isinstance(services, list):
        raise refused(_("The file must be a JSON array of services, or an object with such an array in “contents”."))
    if isinstance(parsed, dict) and parsed.get("total_pages", 1) not in (0, 1):
        # The services of the other pages would be taken for removed.
        raise refused(_("The file is one page of several. Put all services into one file."))
    return services


def _too_large() -> DirectoryRefused:
    return refused(_("The file is larger than {count} MB.").of(count=LARGEST_FILE // 1_000_000))


def refused(reason: Message) -> DirectoryRefused:
    return DirectoryRefused([Problem("", WHOLE_FILE, "", reason)])
