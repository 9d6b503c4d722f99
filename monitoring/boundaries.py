"""Boundaries of the areas of the tables, from a GeoJSON file of the deployment (RFC 7946). None comes with the program.

Each feature names its area by a property; several features of one area are drawn as one. Coordinates are degrees of
WGS 84. Whose boundaries they are is part of the file, because open licences ask for it to be said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cases.rules import UNKNOWN
from monitoring.axes import AREA

PROPERTY = "area"
"""The property of a feature that holds the code of its area, unless the deployment names another."""
LARGEST = 8 * 1024 * 1024
"""Bytes of a file: more is never seen on a map of this size."""
WIDEST = 90
"""Degrees of longitude that the areas of one country may span; what crosses the date line spans more."""
PLACES: tuple[str, ...] = tuple(code for code in AREA.codes if code != UNKNOWN)
"""The codes of the areas that have a place."""

Point = tuple[float, float]
"""Longitude and latitude, in degrees."""
Ring = tuple[Point, ...]
"""Closed: the last point is the first."""
_Position = Annotated[list[float], Field(min_length=2, max_length=4)]
_Rings = Annotated[list[Annotated[list[_Position], Field(min_length=4)]], Field(min_length=1)]


class BoundariesRefused(Exception):
    """What is wrong with a file of boundaries: one sentence a line, for the person who supplies it."""


@dataclass(frozen=True, eq=False)
class Boundaries:
    """By area: its polygons, each an outer ring and its holes."""

    attribution: str
    polygons: Mapping[str, tuple[tuple[Ring, ...], ...]]

    @property
    def areas(self) -> dict[str, tuple[Ring, ...]]:
        """By area: its rings, outer ones and holes alike."""
        return {
            code: tuple(ring for polygon in polygons for ring in polygon) for code, polygons in self.polygons.items()
        }

    @property
    def countries(self) -> dict[str, list[str]]:
        """The areas that have a boundary, by country, in the order of the tables."""
        found: dict[str, list[str]] = {}
        for code in PLACES:
            if code in self.polygons:
                found.setdefault(country_of(code), []).append(code)
        return found

    @property
    def missing(self) -> list[str]:
        """The areas of the tables that have none."""
        return [code for code in PLACES if code not in self.polygons]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class _Polygon(_Part):
    type: Literal["Polygon"]
    coordinates: _Rings

    @property
    def polygons(self) -> list[_Rings]:
        return [self.coordinates]


class _MultiPolygon(_Part):
    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[_Rings], Field(min_length=1)]

    @property
    def polygons(self) -> list[_Rings]:
        return self.coordinates


class _Feature(_Part):
    type: Literal["Feature"]
    properties: dict[str, object] | None
    geometry: Annotated[_Polygon | _MultiPolygon, Field(discriminator="type")]


class _Collection(_Part):
    type: Literal["FeatureCollection"]
    attribution: Annotated[str, Field(min_length=1, max_length=300)]
    features: Annotated[list[_Feature], Field(min_length=1, max_length=5000)]


def country_of(area: str) -> str:
    """The code of the country that an area is in."""
    return area.partition("_")[0].upper()


def read_boundaries(content: bytes, by: str = PROPERTY) -> Boundaries:
    """Raises BoundariesRefused with what is wrong. `by`: the property that holds the code of the area."""
    if len(content) > LARGEST:
        raise BoundariesRefused(f"The file has more than {LARGEST // 1024 // 1024} MB. Simplify its lines first.")
    try:
        collection = _Collection.model_validate_json(content)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}." for each in error.errors()[:10]]
        raise BoundariesRefused("\n".join(lines)) from None
    problems: list[str] = []
    areas: dict[str, tuple[tuple[Ring, ...], ...]] = {}
    for number, feature in enumerate(collection.features):
        area = (feature.properties or {}).get(by)
        if area not in PLACES:
            named = f"“{area}” is no area of the tables" if area else f"there is no property “{by}”"
            problems.append(f"features.{number}: {named}. The areas are: {', '.join(PLACES)}.")
            continue
        polygons = tuple(
            tuple(tuple((each[0], each[1]) for each in ring) for ring in rings) for rings in feature.geometry.polygons
        )
        faults = [_fault(ring) for polygon in polygons for ring in polygon]
        problems += [f"features.{number} ({area}): {fault}" for fault in faults if fault]
        areas[str(area)] = areas.get(str(area), ()) + polygons
    boundaries = Boundaries(collection.attribution, areas)
    problems = problems or [*_too_wide(boundaries)]
    if problems:
        raise BoundariesRefused("\n".join(problems[:10]))
    return boundaries


def _fault(ring: Ring) -> str | None:
    if any(abs(longitude) > 180 or abs(latitude) > 90 for longitude, latitude in ring):  # noqa: PLR2004  # degrees
        return "coordinates must be degrees of WGS 84, longitude first."
    if ring[0] != ring[-1]:
        return "a ring must end where it begins."
    if len(set(ring)) < 3:  # noqa: PLR2004  # a triangle
        return "a ring must have three points or more."
    return None


def _too_wide(boundaries: Boundaries) -> list[str]:
    areas = boundaries.areas
    spans = {
        country: [point[0] for code in codes for ring in areas[code] for point in ring]
        for country, codes in boundaries.countries.items()
    }
    return [
        f"{country}: the areas span more than {WIDEST} degrees. Is an area named wrongly?"
        for country, longitudes in spans.items()
        if max(longitudes) - min(longitudes) > WIDEST
    ]


class _InForce:
    """The boundaries in use in this process; None until `use_boundaries` names a file."""

    boundaries: Boundaries | None = None


def use_boundaries(path: Path | None, by: str = PROPERTY) -> None:
    """From now on this process draws maps with these; None: it draws none. Raises BoundariesRefused or OSError."""
    _InForce.boundaries = read_boundaries(path.read_bytes(), by) if path else None


def boundaries_in_force() -> Boundaries | None:
    return _InForce.boundaries
