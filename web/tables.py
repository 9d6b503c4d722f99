"""A published table laid out for reading: rows, columns, and a section for each code of a third dimension."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.rules import COUNTRY_NAMES, NEED_NAMES, UNKNOWN
from foundation.language import Message, _, _p, direction, say
from markupsafe import Markup
from web.charts import Bar, bar_chart

TOTAL = "total"
WITHHELD = _p("a number that is not published", "withheld")
