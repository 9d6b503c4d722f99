"""Boundaries are read as they are, and what is wrong with a file is said with its place."""

import json
from typing import Any

import pytest

from homeward.demo.start import BOUNDARIES
from monitoring.boundaries import LARGEST, PLACES, BoundariesRefused, country_of, read_boundaries

SQUARE = [[10.0, 36.0], [11.0, 36.0], [11.0, 37.0], [10.0, 37.0], [10.0, 36.0]]


def feature(area: object = "tn_greater_tunis", ring: Any = SQUARE, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"area": area, **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features: dict[str, Any], **changes: object) -> bytes:
    plain = {"type": "FeatureCollection", "attribution": "Nobody, 2026", "features": list(features)}
    return json.dumps({**plain, **changes}).encode()


def test_the_example_has_a_boundary_for_every_area_that_tables_tell() -> None:
    found = read_boundaries(BOUNDARIES.read_bytes())
    assert found.missing == []
    assert set(found.countries) == {"TN", "GM"}
    assert "made up" in found.attribution
    assert set(found.areas) == set(PLACES)


def test_features_of_one_area_are_drawn_as_one_and_what_is_missing_is_known() -> None:
    more = feature("tn_greater_tunis")
    more["geometry"] = {"type": "MultiPolygon", "coordinates": [[SQUARE, SQUARE], [SQUARE]]}
    found = read_boundaries(collection(feature(), more))
    assert len(found.areas["tn_greater_tunis"]) == 4
    assert found.countries == {"TN": ["tn_greater_tunis"]}
    assert "gm_basse" in found.missing
    assert country_of("gm_basse") == "GM"


def test_another_property_may_name_the_area() -> None:
    named = feature("ignored", shapeISO="gm_basse")
    assert read_boundaries(collection(named), "shapeISO").countries == {"GM": ["gm_basse"]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no json", "Invalid JSON"),
        (collection(type="Feature"), "type"),
        (collection(), "features"),
        (collection(feature(), attribution=""), "attribution"),
        (collection(feature("tn_nowhere")), "features.0: “tn_nowhere” is no area"),
        (collection(feature(), feature(None)), "features.1: there is no property “area”"),
        (collection(feature(ring=[[500000, 4000000], [500001, 4000000], [500001, 4000001], [500000, 4000000]])), "WGS"),
        (collection(feature(ring=[*SQUARE[:-1], [10.0, 36.1]])), "ends? where it begins"),
        (collection(feature(ring=[[1, 1], [1, 1], [1, 1], [1, 1]])), "three points"),
        (collection(feature(ring=SQUARE[:2])), "features.0.geometry.Polygon.coordinates.0"),
        (collection({**feature(), "geometry": {"type": "Point", "coordinates": [1, 2]}}), "features.0.geometry"),
        (collection({**feature(), "geometry": None}), "features.0.geometry"),
        (collection(feature(), feature("tn_south_east", [[x - 150, y] for x, y in SQUARE])), "TN: the areas span"),
        (b" " * (LARGEST + 1), "8 MB"),
    ],
)
def test_a_faulty_file_is_refused_and_the_place_is_said(content: bytes, said: str) -> None:
    with pytest.raises(BoundariesRefused, match=said):
        read_boundaries(content)
