"""Weights on the command line: listed, checked in words, put into force without code, never in the dark."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import Program

from cases.surveys import INSTRUMENTS, INTERIM, use_weights, weights_in_force
from cases.waves import use_waves


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    use_weights(None)
    use_waves(None)


def weights(path: Path, **changes: object) -> Path:
    plain = json.loads((INSTRUMENTS / f"{INTERIM}.json").read_text())
    path.write_text(json.dumps({**plain, "version": "typed-in-1", **changes}))
    return path


def test_the_interim_weights_are_listed_as_not_official(program: Program) -> None:
    ended = program.run("survey", "weights")
    assert ended.code == 0
    assert INTERIM in ended.out
    assert "no, ours" in ended.out


def test_weights_are_checked_and_the_way_into_force_is_said(program: Program, tmp_path: Path) -> None:
    file = weights(tmp_path / "typed.json")
    ended = program.run("survey", "weights", file)
    assert ended.code == 0
    assert "The weights are in order: typed-in-1" in ended.out
    assert f"HOMEWARD_SURVEY_WEIGHTS={file.resolve()}" in ended.out.replace("\n", "")
    program.configure(survey_weights=str(file))
    assert "HOMEWARD_SURVEY_WEIGHTS names this very file." in program.run("survey", "weights", file).out
    listed = program.run("survey", "weights").out
    assert "typed-in-1" in listed
    assert INTERIM in listed
    assert weights_in_force().version == "typed-in-1"


def test_new_weights_go_where_the_setting_says_under_a_name_of_their_own(program: Program, tmp_path: Path) -> None:
    target, file = tmp_path / "in_force.json", weights(tmp_path / "typed.json")
    program.configure(survey_weights=str(target))
    assert program.run("survey", "weights", file).code == 0
    assert target.read_bytes() == file.read_bytes()
    other = weights(tmp_path / "other.json", source="Another table.")
    assert "another version" in program.run("survey", "weights", other).err
    assert target.read_bytes() == file.read_bytes()
    newer = weights(tmp_path / "newer.json", version="typed-in-2", source="Another table.")
    assert program.run("survey", "weights", newer).code == 0
    assert target.read_bytes() == newer.read_bytes()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dimension": {"E01": "1"}}, "dimension: the item E02 has no weight."),
        ({"version": INTERIM, "source": "Not ours."}, "give these a name of their own"),
        ({"instrument": "another"}, "these weights are for another"),
    ],
)
def test_faulty_weights_are_refused_in_words(
    program: Program, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    ended = program.run("survey", "weights", weights(tmp_path / "typed.json", **changes))
    assert ended.code == 1
    assert reason in ended.err


def test_nothing_starts_with_faulty_files_and_the_doctor_says_why(program: Program, tmp_path: Path) -> None:
    shutil.copy(weights(tmp_path / "typed.json", dimension={}), tmp_path / "faulty.json")
    program.configure(survey_weights=str(tmp_path / "faulty.json"))
    assert program.run("form", "list").err.startswith("HOMEWARD_SURVEY_WEIGHTS: dimension: ")
    program.configure(survey_weights=None, follow_up_waves=str(tmp_path / "missing.json"))
    assert "HOMEWARD_FOLLOW_UP_WAVES: the file cannot be read" in program.run("form", "list").complaint
    ended = program.run("doctor")
    assert ended.code == 1
    assert "HOMEWARD_FOLLOW_UP_WAVES" in ended.out
