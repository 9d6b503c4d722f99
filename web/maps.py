"""Maps of areas as inline SVG: no script. The table of the data stands beside, and is what a screen reader reads.

Lines are drawn on a grid of whole units. A point that two areas share falls on the same point of the grid for both, so
simplified neighbours still touch. The projection is equirectangular, true to scale at the middle latitude.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, hypot, radians

from markupsafe import Markup

from monitoring.boundaries import Boundaries, Point

WIDTH, HEIGHT = 300, 420
"""The most that a map takes, in SVG user units."""
MARGIN = 3
GRIDS = (1, 2, 3, 4, 6, 8, 12)
"""Units of the grid: the first on which the outlines fit their budget is taken."""
BUDGET = 9_000
"""Letters of all outlines of a map."""
SMALLEST = 6
"""Units: an area that would vanish is drawn as a square of this size."""
SAMPLES = 12
DIGIT, PADDING = 3.6, 3
"""Units: half the width of a digit, and what stays free around a number."""
CLASSES = (25, 50, 100)
"""From where a darker shade begins; times ten, and again, until the largest number is within reach of the last.

They hang on the size of the numbers alone and not on how areas stand to each other.
"""
TEN = 10

GridPoint = tuple[int, int]
GridRing = tuple[GridPoint, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """An area as it is drawn: an SVG path, a point well inside it, and how far that is from its edge, in units."""

    path: str
    inside: Point
    room: float


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    outlines: Mapping[str, Outline]


@dataclass(frozen=True, slots=True)
class Place:
    """One area to be drawn. `count` None: withheld. `text`: what is read when a pointer rests on it."""

    code: str
    count: int | None
    text: str


def bounds_for(counts: Sequence[int | None]) -> tuple[int, ...]:
    """Where each shade but the first begins."""
    most = max((count or 0 for count in counts), default=0)
    bounds: tuple[int, ...] = CLASSES
    while most >= bounds[-1] * TEN:
        bounds = tuple(bound * TEN for bound in bounds)
    return bounds


def shade_of(count: int, bounds: Sequence[int]) -> int:
    """0 where there is nothing, then from 1 on."""
    return 0 if count == 0 else 1 + sum(count >= bound for bound in bounds)


def draw_map(drawing: Drawing, places: Sequence[Place], bounds: Sequence[int], *, title: str) -> Markup:
    """Areas shaded by number, hatched where it is withheld; the number stands in each area that has room for it."""
    known = [place for place in places if place.code in drawing.outlines]
    shapes = Markup("").join(_shape(place, drawing.outlines[place.code], bounds) for place in known)
    labels = Markup("").join(_label(place, drawing.outlines[place.code]) for place in known)
    return Markup(
        '<svg class="map" role="img" aria-label="{title}" viewBox="0 0 {width} {height}">{content}</svg>'
    ).format(title=title, width=drawing.width, height=drawing.height, content=shapes + labels)


HATCH = Markup(
    '<svg class="hatch" width="0" height="0" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6"'
    ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6"/><path d="M0 0v6"/>'
    "</pattern></defs></svg>"
)
"""Once a page: what areas are filled with whose number is withheld."""


def _shape(place: Place, outline: Outline, bounds: Sequence[int]) -> Markup:
    if place.count is None:
        fill = Markup('class="area withheld" fill="url(#hatch)"')
    else:
        fill = Markup('class="area shade-{}"').format(shade_of(place.count, bounds))
    return Markup('<path {fill} d="{path}"><title>{text}</title></path>').format(
        fill=fill, path=outline.path, text=place.text
    )


def _label(place: Place, outline: Outline) -> Markup:
    if place.count is None or outline.room < PADDING + DIGIT * len(str(place.count)):
        return Markup("")
    x, y = outline.inside
    return Markup('<text x="{}" y="{}">{}</text>').format(round(x), round(y) + 4, place.count)


@lru_cache(16)
def drawing_of(boundaries: Boundaries, country: str) -> Drawing:
    """The areas of one country, made once. Raises KeyError for a country without boundaries."""
    codes, areas = boundaries.countries[country], boundaries.areas
    projected, width, height = _project({code: areas[code] for code in codes})
    for grid in GRIDS:
        rings = {code: _snapped(projected[code], grid) for code in codes}
        outlines = {code: _outline(rings[code], projected[code]) for code in codes}
        if sum(len(each.path) for each in outlines.values()) <= BUDGET:
            break
    return Drawing(width, height, outlines)


def _project(areas: Mapping[str, Sequence[Sequence[Point]]]) -> tuple[dict[str, list[list[Point]]], int, int]:
    """Longitude and latitude to units, north at the top, as large as fits."""
    points = [point for rings in areas.values() for ring in rings for point in ring]
    west, east = min(point[0] for point in points), max(point[0] for point in points)
    south, north = min(point[1] for point in points), max(point[1] for point in points)
    narrowed = cos(radians((south + north) / 2))
    across, down = max((east - west) * narrowed, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * MARGIN) / across, (HEIGHT - 2 * MARGIN) / down)
    projected = {
        code: [
            [(MARGIN + (x - west) * narrowed * scale, MARGIN + (north - y) * scale) for x, y in ring] for ring in rings
        ]
        for code, rings in areas.items()
    }
    return projected, round(across * scale) + 2 * MARGIN, round(down * scale) + 2 * MARGIN


def _snapped(rings: Sequence[Sequence[Point]], grid: int) -> list[GridRing]:
    """Rings on the grid, without those that have no surface left there."""
    found = [_plain([(round(x / grid) * grid, round(y / grid) * grid) for x, y in ring]) for ring in rings]
    return [ring for ring in found if _surface(ring)]


def _plain(ring: Sequence[GridPoint]) -> GridRing:
    """Without points that add nothing: those met twice in a row, and those on a straight line between others."""
    kept: list[GridPoint] = []
    for point in ring[:-1]:
        if kept and kept[-1] == point:
            continue
        while len(kept) > 1 and _turn(kept[-2], kept[-1], point) == 0:
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    while len(kept) > 2 and _turn(kept[-2], kept[-1], kept[0]) == 0:  # noqa: PLR2004  # three points make a ring
        kept.pop()
    while len(kept) > 2 and _turn(kept[-1], kept[0], kept[1]) == 0:  # noqa: PLR2004
        kept.pop(0)
    return tuple(kept)


def _turn(first: GridPoint, second: GridPoint, third: GridPoint) -> int:
    return (second[0] - first[0]) * (third[1] - first[1]) - (second[1] - first[1]) * (third[0] - first[0])


def _surface(ring: GridRing) -> int:
    """Twice the surface inside."""
    return abs(sum(_turn((0, 0), first, second) for first, second in _edges(ring)))


def _edges(ring: Sequence[GridPoint]) -> Iterator[tuple[GridPoint, GridPoint]]:
    return zip(ring, (*ring[1:], ring[0]), strict=True) if ring else iter(())


def _outline(rings: Sequence[GridRing], projected: Sequence[Sequence[Point]]) -> Outline:
    if not rings:
        return _square(projected[0][0])
    largest = max(rings, key=_surface)
    inside, room = _inside(largest, [edge for ring in rings for edge in _edges(ring)])
    return Outline("".join(map(_path, rings)), inside, room)


def _square(point: Point) -> Outline:
    x, y = round(point[0]) - SMALLEST // 2, round(point[1]) - SMALLEST // 2
    return Outline(f"M{x} {y}h{SMALLEST}v{SMALLEST}h-{SMALLEST}z", point, 0)


def _path(ring: GridRing) -> str:
    """Steps from point to point: shorter than the points themselves."""
    first = ring[0]
    steps = " ".join(f"{here[0] - back[0]} {here[1] - back[1]}" for back, here in pairwise(ring))
    return f"M{first[0]} {first[1]}l{steps}z".replace(" -", "-")


def _inside(ring: GridRing, edges: Sequence[tuple[GridPoint, GridPoint]]) -> tuple[Point, float]:
    """Of evenly spaced points the one inside that is farthest from every edge, and how far."""
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    best: tuple[Point, float] = ((xs[0], ys[0]), 0)
    for column in range(1, SAMPLES):
        for row in range(1, SAMPLES):
            point = (
                min(xs) + (max(xs) - min(xs)) * column / SAMPLES,
                min(ys) + (max(ys) - min(ys)) * row / SAMPLES,
            )
            if _is_inside(point, edges):
                room = min(_distance(point, *edge) for edge in edges)
                best = max(best, (point, room), key=lambda found: found[1])
    return best


def _is_inside(point: Point, edges: Sequence[tuple[GridPoint, GridPoint]]) -> bool:
    """By how often a line to the right crosses an edge."""
    x, y = point
    crossed = [(x1 - x0) * (y - y0) / (y1 - y0) + x0 > x for (x0, y0), (x1, y1) in edges if (y0 > y) != (y1 > y)]
    return sum(crossed) % 2 == 1


def _distance(point: Point, start: GridPoint, end: GridPoint) -> float:
    """From a point to an edge."""
    along, up = end[0] - start[0], end[1] - start[1]
    share = ((point[0] - start[0]) * along + (point[1] - start[1]) * up) / (along**2 + up**2)
    share = min(max(share, 0), 1)
    return hypot(point[0] - start[0] - share * along, point[1] - start[1] - share * up)
