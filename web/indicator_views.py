"""The trend of an indicator as a chart."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from markupsafe import Markup

from foundation.language import Message, _p, direction, say
from monitoring.indicator_values import Figure, Told
from monitoring.indicators import RATES, Indicator, Unit
from monitoring.models import Release
from web.charts import Bar, bar_chart

NO_FIGURE = _p("in a chart", "no figure")


def trend_chart(
    indicator: Indicator, found: Sequence[tuple[Release, Told | None]], names: Iterable[str], language: str
) -> Markup | None:
    """A bar a release, with the definition as it is now: a figure by another definition is no part of one trend."""
    if indicator.unit is Unit.MEDIAN_DAYS:
        return None
    bars = [
        Bar(name, _height(told.figure, indicator.unit))
        for (_release, told), name in zip(found, names, strict=True)
        if told is not None and told.version == indicator.version
    ]
    if not any(bar.value is not None for bar in bars):
        return None
    return bar_chart(
        bars,
        title=say(language, Message(indicator.title)),
        withheld=say(language, NO_FIGURE),
        direction=direction(language),
    )


def _height(figure: Figure, unit: Unit) -> int | Decimal | None:
    if unit in RATES:
        return None if figure.rate is None else Decimal(figure.rate)
    return figure.numerator
