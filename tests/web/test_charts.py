"""Charts tell the published numbers and nothing else, in both directions."""

import re
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from web.charts import WIDTH, Bar, bar_chart

BARS = [Bar("Tunis", 40), Bar("Sfax <b>", 10), Bar("Gabès", None), Bar("Sousse", 0)]


def drawn(direction: str) -> ET.Element:
    chart: Markup = bar_chart(BARS, title="Cases", withheld="withheld", direction=direction)
    return ET.fromstring(chart)  # noqa: S314  # our own text


def lengths(svg: ET.Element) -> list[float]:
    return [float(bar.attrib["width"]) for bar in svg.findall("rect")]


def test_bars_are_as_long_as_their_numbers() -> None:
    tunis, sfax, _withheld, sousse = lengths(drawn("ltr"))
    assert tunis == pytest.approx(4 * sfax)
    assert sousse == 0


def test_a_withheld_bar_has_the_same_size_whatever_the_others_are() -> None:
    sizes = set()
    for other in (1, 1000):
        chart = bar_chart([Bar("a", None), Bar("b", other)], title="t", withheld="withheld", direction="ltr")
        sizes.add(lengths(ET.fromstring(chart))[0])  # noqa: S314  # our own text
    assert len(sizes) == 1


def test_every_bar_has_its_label_and_its_number_or_the_word_withheld() -> None:
    texts = [text.text for text in drawn("ltr").findall("text")]
    assert texts == ["Tunis", "40", "Sfax <b>", "10", "Gabès", "withheld", "Sousse", "0"]


def test_right_to_left_mirrors_the_bars() -> None:
    left, right = drawn("ltr").findall("rect"), drawn("rtl").findall("rect")
    for one, other in zip(left, right, strict=True):
        mirrored = WIDTH - float(one.attrib["x"]) - float(one.attrib["width"])
        assert float(other.attrib["x"]) == pytest.approx(mirrored, abs=0.1)


def test_nothing_in_a_chart_needs_a_style_or_script_of_its_own() -> None:
    chart = bar_chart(BARS, title='Cases" onload="x', withheld="withheld", direction="ltr")
    assert not re.search(r"<style|<script|style=| onload=\"x", chart)
