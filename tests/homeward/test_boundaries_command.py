"""`homeward boundaries check`, and a start with a faulty file: refused in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from program import Program

from homeward.demo.start import BOUNDARIES
from monitoring.boundaries import boundaries_in_force, use_boundaries


@pytest.fixture(autouse=True)
def _none_again() -> Iterator[None]:
    yield
    use_boundaries(None)


def test_a_file_is_checked_and_the_way_into_force_is_said(program: Program) -> None:
    ended = program.run("boundaries", "check", BOUNDARIES)
    assert ended.code == 0
    assert "TN: tn_greater_tunis, tn_north_east" in ended.out
    assert f"HOMEWARD_BOUNDARIES={BOUNDARIES}" in ended.out.replace("\n", "")
    assert "Without a boundary" not in ended.out
    program.configure(boundaries=str(BOUNDARIES))
    assert "The boundaries are in order. Source: made up" in program.run("boundaries", "check").out
    assert program.run("form", "list").code == 0
    found = boundaries_in_force()
    assert found is not None
    assert found.missing == []


def test_areas_without_a_boundary_are_named(program: Program, tmp_path: Path) -> None:
    few = tmp_path / "few.json"
    kept = [line for line in BOUNDARIES.read_text().split("\n") if '"gm_basse"' not in line]
    few.write_text("\n".join(kept).replace(",\n ]", "\n ]"))
    assert "no map: gm_basse." in program.run("boundaries", "check", few).out


def test_a_faulty_file_is_refused_at_the_start(program: Program, tmp_path: Path) -> None:
    assert "HOMEWARD_BOUNDARIES is not set" in program.run("boundaries", "check").err
    faulty = tmp_path / "faulty.json"
    faulty.write_text(BOUNDARIES.read_text().replace("gm_basse", "gm_atlantis"))
    checked = program.run("boundaries", "check", faulty)
    assert (checked.code, "“gm_atlantis” is no area" in checked.err) == (1, True)
    program.configure(boundaries=str(faulty))
    assert program.run("form", "list").err.startswith("HOMEWARD_BOUNDARIES: features.14: “gm_atlantis”")
    program.configure(boundaries=str(tmp_path / "missing.json"))
    assert program.run("form", "list").err.startswith("HOMEWARD_BOUNDARIES: the file cannot be read")
