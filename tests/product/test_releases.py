"""An attacker who has every exported file of both demo releases, and nothing else. Shares no code with `monitoring`."""

import csv
import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from running_demo import Demo
from scipy.optimize import linprog

TOTAL = "total"
THRESHOLD = 10
WIDTH = 5
SENSITIVE = {"need": {"safety", "psychosocial", "child_protection"}, "theme": {"exploitation"}}
"""What may only be told for all places together. So may each flag, whatever its kind."""
NOT_DIMENSIONS = {"#date+start", "#date+end", "#indicator+value+num", "#meta+suppressed"}


@dataclass(frozen=True)
class Exported:
    name: str
    dimensions: tuple[str, ...]
    cells: dict[tuple[str, ...], int | None]


def read_csv(path: Path) -> Exported:
    with path.open(encoding="utf-8", newline="") as text:
        _headers, tags, *rows = list(csv.reader(text))
    axes = [place for place, tag in enumerate(tags) if tag not in NOT_DIMENSIONS]
    told = json.loads(path.with_suffix(".json").read_bytes())["dimensions"]
    value, withheld = tags.index("#indicator+value+num"), tags.index("#meta+suppressed")
    cells: dict[tuple[str, ...], int | None] = {}
    for row in rows:
        assert (row[value] == "") == (row[withheld] == "1"), "a withheld value says so, and only that"
        cells[tuple(row[place] for place in axes)] = int(row[value]) if row[value] else None
    return Exported(path.name, tuple(each["name"] for each in told), cells)


def attack(table: Exported) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """The least and the most that each withheld cell can be, given all that is shown and that nothing is negative."""
    finest = [cell for cell in table.cells if TOTAL not in cell]
    place = {cell: number for number, cell in enumerate(finest)}
    covered = {cell: [place[each] for each in finest if covers(cell, each)] for cell in table.cells}
    shown = [(covered[cell], value) for cell, value in table.cells.items() if value is not None]
    equal, values = np.zeros((len(shown), len(finest))), np.array([value for _cells, value in shown], dtype=float)
    for row, (numbers, _value) in enumerate(shown):
        equal[row, numbers] = 1
    for cell, value in table.cells.items():
        if value is None:
            cost = np.zeros(len(finest))
            cost[covered[cell]] = 1
            yield cell, bound(cost, equal, values), -bound(-cost, equal, values)


def covers(cell: tuple[str, ...], finest: tuple[str, ...]) -> bool:
    return all(code in (TOTAL, part) for code, part in zip(cell, finest, strict=True))


def bound(cost: np.ndarray, equal: np.ndarray, values: np.ndarray) -> float:
    found = linprog(cost, A_eq=equal, b_eq=values, method="highs")
    if found.status == 3:
        return float("-inf")
    assert found.status == 0, found.message
    return round(float(found.fun), 4)


def is_sensitive(table: Exported, cell: tuple[str, ...]) -> bool:
    codes = dict(zip(table.dimensions, cell, strict=True))
    return codes.get("flag", TOTAL) != TOTAL or any(codes.get(name) in found for name, found in SENSITIVE.items())


@pytest.fixture(scope="module")
def exported(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folders = []
    for number in ("1", "2"):
        folder = tmp_path_factory.mktemp(f"release{number}")
        done = demo.run("release", "export", number, str(folder))
        assert done.returncode == 0, done.stderr
        folders.append(folder)
    return folders


def test_the_attacker_is_real() -> None:
    """Where only the small cell is withheld, it comes back exactly."""
    rows, columns = ("a", "b"), ("x", "y")
    counts = {("a", "x"): 3, ("a", "y"): 40, ("b", "x"): 50, ("b", "y"): 60}
    cells: dict[tuple[str, ...], int | None] = {
        cell: sum(count for each, count in counts.items() if covers(cell, each))
        for cell in itertools.product((*rows, TOTAL), (*columns, TOTAL))
    }
    cells["a", "x"] = None
    assert list(attack(Exported("naive", ("row", "column"), cells))) == [(("a", "x"), 3, 3)]


def tables_in(folder: Path) -> list[Path]:
    """The tables as CSV. The same as SDMX, and the dictionary, have names of their own."""
    return [path for path in sorted(folder.glob("*.csv")) if path.suffixes == [".csv"] and path.stem != "dictionary"]


def test_no_small_or_sensitive_number_can_be_worked_out(exported: list[Path]) -> None:
    tables = [read_csv(path) for folder in exported for path in tables_in(folder)]
    first, second = ({path.name.partition("_20")[0] for path in tables_in(folder)} for folder in exported)
    assert len(first & second) >= 30
    attacked = 0
    for table in tables:
        assert any(value is not None for value in table.cells.values()), f"{table.name} shows something"
        for cell, least, most in attack(table):
            attacked += 1
            is_large = least >= THRESHOLD and not is_sensitive(table, cell)
            assert is_large or most - least >= WIDTH, (table.name, cell, least, most)
    assert attacked > 100


def test_no_shown_number_is_small(exported: list[Path]) -> None:
    for path in (path for folder in exported for path in tables_in(folder)):
        table = read_csv(path)
        for cell, value in table.cells.items():
            assert value is None or value == 0 or value >= THRESHOLD, (table.name, cell)
            if is_sensitive(table, cell) and value:
                assert sum(code != TOTAL for code in cell) == 1, "sensitive needs: for all areas together only"


def test_the_manifest_names_every_file_by_its_hash(exported: list[Path]) -> None:
    for folder in exported:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        assert manifest["policy"]["version"] == "public-1"
        unlisted = {"manifest.json", "manifest.sig", "public_key.pem"}
        others = [path for path in folder.iterdir() if path.name not in unlisted]
        assert set(manifest["files"]) == {path.name for path in others}
        for path in others:
            assert manifest["files"][path.name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_json_and_csv_say_the_same(exported: list[Path]) -> None:
    for path in (path for folder in exported for path in tables_in(folder)):
        body = json.loads(path.with_suffix(".json").read_bytes())
        assert {tuple(cell["at"]): cell["value"] for cell in body["cells"]} == read_csv(path).cells
        assert all(cell["suppressed"] == (cell["value"] is None) for cell in body["cells"])
