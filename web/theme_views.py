"""How what stands under a theme is read: numbers or words, shares, the trend, and maps with their legend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cases.rules import COUNTRY_NAMES
from foundation.language import Message, _, _p, direction, say
from monitoring.boundaries import Boundaries
from monitoring.formats import file_name
from monitoring.indicator_values import Figure, Told
from monitoring.indicator_words import WHY_NONE, figure_of
from monitoring.indicators import Indicator, Unit, find_indicator
from monitoring.models import Release
from monitoring.reading import ThemeRead
from monitoring.tables import BY_NAME
from monitoring.theme_values import ReadBlock
from web.charts import Bar, bar_chart
from web.indicator_views import NO_FIGURE
from web.maps import Place, bounds_for, draw_map, drawing_of
from web.rendering import quarter_name
from web.tables import WITHHELD

Legend = list[tuple[str, str]]
"""A class of the style sheet, and what it stands for."""
AND_MORE = _p("class of a map", "{count} and more")


@dataclass(frozen=True, slots=True)
class Row:
    """`counts`: a number, or in words why there is none."""

    name: Message
    counts: list[int | Message]
    share: str
    reached: str


@dataclass(frozen=True, slots=True)
class File:
    """Where a table of the page can be read in full and taken away."""

    table: str
    title: Message
    csv: str


@dataclass(frozen=True, slots=True)
class Map:
    country: Message
    drawing: Markup


@dataclass(frozen=True, slots=True)
class ToldIndicator:
    """An indicator as the release tells it."""

    indicator: Indicator
    figure: str
    counted: str


def number_or_words(figure: Figure) -> int | Message:
    if figure.why is not None:
        return WHY_NONE[figure.why]
    return figure.numerator or 0


def rows_of(block: ReadBlock, language: str) -> list[Row]:
    return [
        Row(
            read.line.name,
            [number_or_words(count) for count in read.counts],
            share_text(read.share, language),
            share_text(read.reached, language),
        )
        for read in block.lines
    ]


def share_text(share: Figure | None, language: str) -> str:
    """With what it is out of, so that no share is read alone."""
    if share is None:
        return ""
    text = figure_of(share, Unit.PERCENT, language)
    if share.rate is None:
        return text
    out_of = say(language, _("{count} of {total}"), count=share.numerator, total=share.denominator)
    return f"{text} ({out_of})"


def trend_rows(read: ThemeRead, language: str) -> list[tuple[Release, str, list[int | Message]]]:
    return [
        (release, quarter_name(language, release.quarter), [number_or_words(figure) for figure in figures])
        for release, figures in read.trend
    ]


def trend_chart_of(read: ThemeRead, language: str) -> Markup | None:
    """Of the first line of the trend."""
    bars = [Bar(quarter_name(language, release.quarter), figures[0].numerator) for release, figures in read.trend]
    if not any(bar.value is not None for bar in bars):
        return None
    return bar_chart(
        bars,
        title=say(language, read.theme.trend[0].name),
        withheld=say(language, NO_FIGURE),
        direction=direction(language),
    )


def indicators_of(read: ThemeRead, language: str) -> list[ToldIndicator]:
    """Those of the theme that the release tells of, as it was frozen."""
    return [
        ToldIndicator(indicator, figure_of(told.figure, Unit(told.unit), language), _counted(told, language))
        for each in read.theme.indicators
        if (indicator := find_indicator(each)) is not None and (told := read.indicators.get(each)) is not None
    ]


def _counted(told: Told, language: str) -> str:
    figure = told.figure
    if figure.rate is None or figure.numerator is None or figure.denominator is None:
        return ""
    return say(language, _("{count} of {total}"), count=figure.numerator, total=figure.denominator)


def files_of(read: ThemeRead) -> list[File]:
    return [
        File(name, BY_NAME[name].title, file_name(read.tables[name], "csv"))
        for name in read.theme.tables
        if name in read.tables
    ]


def maps_of(areas: ReadBlock, boundaries: Boundaries, title: str, language: str) -> tuple[list[Map], Legend]:
    """A map for each country of which the release tells any area, all with the same shades."""
    counts = {read.line.code: read.counts[0] for read in areas.lines}
    names = {read.line.code: say(language, read.line.name) for read in areas.lines}
    places = [
        Place(code, figure.numerator, f"{names[code]}: {_text(figure, language)}") for code, figure in counts.items()
    ]
    in_sight = [place for place in places if place.code in boundaries.polygons]
    bounds = bounds_for([place.count for place in in_sight])
    maps = []
    for country, codes in boundaries.countries.items():
        name = COUNTRY_NAMES.get(country, COUNTRY_NAMES["other"])
        shown = [place for place in in_sight if place.code in codes]
        label = f"{title}, {say(language, name)}"
        maps.append(Map(name, draw_map(drawing_of(boundaries, country), shown, bounds, title=label)))
    return maps, _legend(bounds, language)


def _text(figure: Figure, language: str) -> str:
    told = number_or_words(figure)
    return str(told) if isinstance(told, int) else say(language, told)


def _legend(bounds: Sequence[int], language: str) -> Legend:
    starts = (1, *bounds)
    between: Iterable[str] = (f"{low}–{high - 1}" for low, high in zip(starts, bounds, strict=False))
    texts = ["0", *between, say(language, AND_MORE, count=bounds[-1])]
    return [*((f"shade-{number}", text) for number, text in enumerate(texts)), ("withheld", say(language, WITHHELD))]
