"""Routes of claims abroad: what is known of a pair of countries, with its source; general guidance beside it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.settings import Dangerous, Settings
from homeward.wiring import use_own_files
from referrals.portability import (
    BUILT_IN,
    Applies,
    Branch,
    Grade,
    Route,
    RoutesRefused,
    read_routes,
    routes_in_force,
    use_routes,
)


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    use_routes(None)


def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BUILT_IN.read_text(encoding="utf-8"))
    return found


def test_an_agreement_is_found_for_its_pair_and_branch_alone() -> None:
    table = routes_in_force()
    [first, *_more] = table.between("IT", "TN", Branch.OLD_AGE)
    assert (first.route, first.grade) == (Route.AGREEMENT, Grade.A)
    assert "INPS" in first.source
    assert table.between("IT", "TN", Branch.UNEMPLOYMENT) == []
    assert all(each.route is not Route.AGREEMENT for each in table.between("IT", "GM"))


def test_the_surest_comes_first_and_what_names_the_country_of_return_before_what_does_not() -> None:
    found = routes_in_force().between("DE", "TN")
    assert [each.grade for each in found] == sorted(each.grade for each in found)
    last = found[-1]
    assert last.returns_to == ()
    assert last.route is Route.REFUND


def test_wages_have_routes_of_their_own_also_for_those_without_papers() -> None:
    [wages] = routes_in_force().between("IT", "GM", Branch.WAGES)
    assert (wages.route, wages.grade) == (Route.WAGE_COMPLAINT, Grade.A)
    assert routes_in_force().between("FR", "MA", Branch.WAGES) == [wages]


def test_nobody_is_told_that_there_is_no_agreement_and_guidance_covers_every_situation() -> None:
    table = routes_in_force()
    assert table.between("LY", "GM") == []
    assert {each.applies for each in table.general} == set(Applies)
    assert all(each.grade is not Grade.A for each in table.general)


def test_one_who_never_left_has_no_route_between_countries() -> None:
    table = routes_in_force()
    assert all(table.between(country, country) == [] for each in table.routes for country in each.worked_in)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"grade": "Z"}, "routes.0.grade"),
        ({"route": "luck"}, "routes.0.route"),
        ({"worked_in": []}, "routes.0.worked_in"),
        ({"worked_in": ["italy"]}, "routes.0.worked_in.0"),
        ({"branches": ["hope"]}, "routes.0.branches.0"),
        ({"source": ""}, "routes.0.source"),
        ({"read_on": "yesterday"}, "routes.0.read_on"),
        ({"more": 1}, "routes.0.more"),
    ],
)
def test_a_broken_table_is_refused_with_its_place(change: dict[str, Any], place: str) -> None:
    table = stored()
    table["routes"][0] |= change
    with pytest.raises(RoutesRefused, match=place):
        read_routes(json.dumps(table))


@given(st.text(max_size=60))
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(RoutesRefused):
        read_routes(text)


def test_a_deployment_brings_its_own(tmp_path: Path) -> None:
    table = stored()
    table["routes"] = [table["routes"][0] | {"worked_in": ["LY"], "returns_to": ["GM"]}]
    path = tmp_path / "routes.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    use_own_files(Settings(portability_routes=str(path)))
    assert len(routes_in_force().between("LY", "GM")) == 1
    assert routes_in_force().between("FR", "MA") == []
    path.write_text("{", encoding="utf-8")
    with pytest.raises(Dangerous, match="HOMEWARD_PORTABILITY_ROUTES"):
        use_own_files(Settings(portability_routes=str(path)))
    with pytest.raises(Dangerous, match="HOMEWARD_PORTABILITY_ROUTES"):
        use_own_files(Settings(portability_routes=str(tmp_path / "none.json")))
