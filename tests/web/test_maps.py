"""Maps: north is up, neighbours touch, small areas stay in sight, and a withheld number looks like no number."""

import re
from math import cos, pi, sin
from xml.etree import ElementTree as ET

import pytest

from homeward.demo.start import BOUNDARIES
from monitoring.boundaries import Boundaries, Ring, read_boundaries
from web.maps import BUDGET, HEIGHT, WIDTH, Place, bounds_for, draw_map, drawing_of, shade_of

POINT = re.compile(r"-?\d+")


def box(west: float, south: float, size: float = 1.0) -> Ring:
    east, north = west + size, south + size
    return ((west, south), (east, south), (east, north), (west, north), (west, south))


def of(**areas: Ring) -> Boundaries:
    return Boundaries("test", {code: ((ring,),) for code, ring in areas.items()})


def corners(path: str) -> list[tuple[int, int]]:
    """The points of a path of one ring."""
    numbers = [int(each) for each in POINT.findall(path)]
    steps = list(zip(numbers[::2], numbers[1::2], strict=True))
    points = [steps[0]]
    for across, down in steps[1:]:
        points.append((points[-1][0] + across, points[-1][1] + down))
    return points


def test_north_is_up_east_is_right_and_scale_is_true_at_the_middle() -> None:
    drawing = drawing_of(of(tn_south_west=box(9, 59), tn_north_east=box(10, 60)), "TN")
    south, north = (corners(drawing.outlines[code].path) for code in ("tn_south_west", "tn_north_east"))
    assert max(y for _x, y in north) <= min(y for _x, y in south)
    assert max(x for x, _y in south) <= min(x for x, _y in north)
    # At 60 degrees north a degree of longitude is half as long as one of latitude.
    across = max(x for x, _y in north) - min(x for x, _y in north)
    down = max(y for _x, y in north) - min(y for _x, y in north)
    assert across / down == pytest.approx(0.5, abs=0.03)
    assert drawing.width <= WIDTH
    assert drawing.height <= HEIGHT


def test_neighbours_share_their_points_and_points_on_a_line_are_left_out() -> None:
    first: Ring = ((0, 0), (1, 0), (1, 0.33), (1, 0.66), (1, 1), (0, 1), (0, 0))
    second: Ring = ((1, 0), (2, 0), (2, 1), (1, 1), (1, 0.66), (1, 0.33), (1, 0))
    drawing = drawing_of(of(tn_centre_west=first, tn_centre_east=second), "TN")
    left, right = (set(corners(drawing.outlines[code].path)) for code in ("tn_centre_west", "tn_centre_east"))
    assert len(left) == len(right) == 4
    assert len(left & right) == 2


def test_an_area_too_small_for_the_grid_is_still_in_sight() -> None:
    drawing = drawing_of(of(gm_basse=box(0, 0, 10), gm_banjul=box(20, 5, 0.0001)), "GM")
    assert len(corners(drawing.outlines["gm_basse"].path)) == 4
    assert "h6v6" in drawing.outlines["gm_banjul"].path
    assert drawing.outlines["gm_banjul"].room == 0


def test_lines_of_any_detail_fit_the_budget() -> None:
    points = [2 * pi * each / 60_000 for each in range(60_000)]
    jagged = [(cos(at) * (1 + 0.05 * sin(997 * at)), sin(at) * (1 + 0.05 * sin(997 * at))) for at in points]
    drawing = drawing_of(of(gm_basse=(*jagged, jagged[0])), "GM")
    assert 500 < len(drawing.outlines["gm_basse"].path) <= BUDGET


def test_shades_begin_at_fixed_numbers_and_hang_on_size_alone() -> None:
    assert bounds_for([0, 12, None, 400]) == (25, 50, 100)
    assert bounds_for([1000]) == (250, 500, 1000)
    assert bounds_for([]) == (25, 50, 100)
    assert [shade_of(count, (25, 50, 100)) for count in (0, 1, 24, 25, 99, 100)] == [0, 1, 1, 2, 3, 4]


def test_the_map_says_published_numbers_and_hatches_what_is_withheld() -> None:
    drawing = drawing_of(read_boundaries(BOUNDARIES.read_bytes()), "TN")
    places = [
        Place("tn_greater_tunis", 40, "Greater <Tunis>: 40"),
        Place("tn_north_east", None, "North East: withheld"),
        Place("tn_south_east", 0, "South East: 0"),
        Place("gm_basse", 7, "elsewhere"),
    ]
    svg = ET.fromstring(draw_map(drawing, places, bounds_for([40]), title="Needs"))  # noqa: S314  # our own text
    shapes = {path.findtext("title"): path.attrib for path in svg.findall("path")}
    assert list(shapes) == ["Greater <Tunis>: 40", "North East: withheld", "South East: 0"]
    assert shapes["Greater <Tunis>: 40"]["class"] == "area shade-2"
    assert shapes["North East: withheld"]["class"] == "area withheld"
    assert shapes["North East: withheld"]["fill"] == "url(#hatch)"
    assert [text.text for text in svg.findall("text")] == ["40", "0"]
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == "Needs"
