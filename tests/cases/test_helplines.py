"""Whom people are told to call: right for the country, readable in any script, and honest about what is unconfirmed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.helplines import (
    OUR_LINES,
    HelpAbout,
    LineKind,
    help_lines,
    help_text,
    known_lines,
    language_name,
    read_lines,
    unconfirmed,
    use_lines,
)
from cases.rights import Right, all_help, laws, right_text
from cases.rules import COUNTRY_NAMES
from foundation.errors import Invalid


@pytest.fixture(autouse=True)
def _own_lines_again() -> Iterator[None]:
    yield
    use_lines(None)


def numbers(country: str | None, about: HelpAbout) -> list[str]:
    return [number for line in help_lines(country, about) for number in line.numbers]


def test_each_country_tells_its_own_numbers() -> None:
    assert numbers("TN", HelpAbout.EMERGENCY) == ["197", "190", "198"]
    assert numbers("GM", HelpAbout.EMERGENCY) == ["117", "116", "118"]
    assert numbers("TN", HelpAbout.VIOLENCE)[0] == "1899"
    assert numbers("TN", HelpAbout.CHILD)[0] == "1809"
    assert not {"197", "1899"} & set(numbers("GM", HelpAbout.VIOLENCE))


@pytest.mark.parametrize("country", [None, "other", "ZZ"])
def test_whoever_s_country_has_no_list_still_has_an_emergency_number(country: str | None) -> None:
    assert numbers(country, HelpAbout.EMERGENCY) == ["112"]


@pytest.mark.parametrize("country", [*COUNTRY_NAMES, None])
@pytest.mark.parametrize("about", list(HelpAbout))
def test_there_is_always_someone_to_turn_to(country: str | None, about: HelpAbout) -> None:
    for line in help_lines(country, about):
        assert line.numbers or line.web or line.where
    assert help_text("en", country, about).count("\n") > 0


def test_a_number_keeps_its_order_among_right_to_left_words() -> None:
    assert "\u2066197\u2069" in help_text("ar", "TN", HelpAbout.EMERGENCY)


@pytest.mark.parametrize(
    ("code", "name"), [("fr", "فرانسوي"), ("snk", "سونینګ"), ("mnk", "Mandinka"), ("no code", "no code")]
)
def test_a_language_has_its_name_also_without_a_locale_of_its_own(code: str, name: str) -> None:
    assert language_name("ps", code) == name


def test_a_line_of_the_country_is_not_told_twice() -> None:
    told = [line.run_by for line in help_lines("TN", HelpAbout.REFUGEE)]
    assert told == ["UNHCR"]


def test_nothing_of_ours_passes_for_confirmed() -> None:
    assert unconfirmed(known_lines()) == sum(len(lines) for lines in known_lines().root.values()) > 20


def written(folder: Path, change: object) -> Path:
    """Our file with the lists of `change` in place of its own."""
    path = folder / "lines.json"
    path.write_text(json.dumps(json.loads(OUR_LINES.read_text("utf-8")) | change), "utf-8")  # type: ignore[operator]
    return path


def test_a_deployment_s_own_file_replaces_ours(tmp_path: Path) -> None:
    line = {"kind": "police", "numbers": ["17"], "source": "called", "checked": "2026-11-01", "verified": True}
    use_lines(written(tmp_path, {"SN": [line], "everywhere": []}))
    assert numbers("SN", HelpAbout.EMERGENCY) == ["17"]
    assert help_lines("SN", HelpAbout.SELF_HARM) == []
    assert help_text("en", "SN", HelpAbout.SELF_HARM) == ""


def test_a_country_without_an_emergency_number_tells_the_general_one(tmp_path: Path) -> None:
    line = {"kind": "child", "numbers": ["116"], "source": "called"}
    use_lines(written(tmp_path, {"SN": [line]}))
    assert numbers("SN", HelpAbout.EMERGENCY) == ["112"]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ({"kind": "police", "numbers": ["call me"], "source": "x"}, "SN.0.numbers.0"),
        ({"kind": "police", "source": "x"}, "SN.0"),
        ({"kind": "pollice", "numbers": ["17"], "source": "x"}, "SN.0.kind"),
        ({"kind": "child", "web": "javascript:alert(1)", "source": "x"}, "SN.0.web"),
        ({"kind": "police", "numbers": ["17"]}, "SN.0.source"),
        ({"kind": "police", "numbers": ["17"], "source": "x", "verfied": True}, "SN.0.verfied"),
    ],
)
def test_a_faulty_file_is_refused_at_its_place(tmp_path: Path, line: dict[str, object], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_lines(written(tmp_path, {"SN": [line]}))
    assert dict(refused.value.message.values)["place"] == place


def test_a_file_that_helps_nobody_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        read_lines(written(tmp_path, {"other": []}))
    with pytest.raises(Invalid):
        read_lines(tmp_path / "missing.json")


@pytest.mark.parametrize("right", list(Right))
def test_every_right_is_told_with_someone_to_turn_to(right: Right) -> None:
    for country in ("GM", "TN", "other"):
        text = right_text("en", country, right)
        assert len(text) > 200
        assert "📞" in text or "🏠" in text


def test_what_differs_by_country_is_told_there_only() -> None:
    assert "Code du travail" in right_text("en", "TN", Right.WORK)
    assert "Labour Act" in right_text("en", "GM", Right.WORK)
    assert "nobody under" not in right_text("en", "other", Right.WORK)
    assert set(laws()) == {"GM", "TN"}


def test_all_help_begins_with_danger_and_names_every_kind_of_line_but_the_watchdogs() -> None:
    told = all_help("en", "TN")
    assert told.index("197") < told.index("1899") < told.index("findahelpline")
    kinds = {line.kind for about in HelpAbout for line in help_lines("TN", about)}
    assert {LineKind.DATA_PROTECTION, LineKind.PREVENTION, LineKind.OMBUDSMAN} <= kinds
