"""Disclosure rules: from which count on a number is shown, how wide its range must stay, what is told for all only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitoring.ledger import Period, Place

NEVER_BELOW = 3
SENSITIVE = frozenset(
    {
        "child_safeguard",
        "detention",
        "gbv",
        "hiv",
        "mental_health",
        "protection_claim",
        "sexual_orientation",
        "trafficking",
    }
)


@dataclass(frozen=True)
class Policy:
    """Counts from 1 to `threshold` - 1 are withheld; what can be worked out about them is never narrower than `width`.

    A sensitive code, and every code of a sensitive dimension, is published for the whole population only. A table
    covers whole runs of `months` of the calendar (3: quarters), because shorter times tell more than anyone needs. With
    `rounding`, what is shown is given to the nearest multiple of it; it is odd, so that nearest is never in doubt.
    """

    version: str
    threshold: int = 10
    width: int = 5
    min_denominator: int = 10
    sensitive_threshold: int = 10
    small_group: int = 20
    months: int = 3
    rounding: int | None = None
    sensitive: Mapping[str, frozenset[str]] = field(default_factory=lambda: {"flag": SENSITIVE})
    sensitive_dimensions: frozenset[str] = SENSITIVE

    def __post_init__(self) -> None:
        if min(self.threshold, self.sensitive_threshold, self.min_denominator, self.width) < NEVER_BELOW:
            raise ValueError(f"no threshold may be below {NEVER_BELOW}")
        if self.rounding is not None and (self.rounding < NEVER_BELOW or self.rounding % 2 == 0):
            raise ValueError(f"the base of rounding is odd and at least {NEVER_BELOW}")
        if self.rounding is not None and self.sensitive_threshold > self.threshold:
            raise ValueError("numbers that are rounded have one threshold")  # a file states one least number

    def allows(self, period: Period) -> bool:
        return period.months.start % self.months == 0 and period.months.stop % self.months == 0

    def is_sensitive(self, place: Place) -> bool:
        return any(name in self.sensitive_dimensions or code in self.sensitive.get(name, ()) for name, code in place)

    def is_out_of_bounds(self, place: Place) -> bool:
        """A sensitive code below the level of the whole population."""
        return len(place) > 1 and self.is_sensitive(place)

    def threshold_at(self, place: Place) -> int:
        return max(self.threshold, self.sensitive_threshold) if self.is_sensitive(place) else self.threshold

    def is_small(self, place: Place, count: int) -> bool:
        return 0 < abs(count) < self.threshold_at(place)


PUBLIC = Policy("public-1", threshold=10)
PARTNER = Policy("partner-1", threshold=5)
PUBLIC_ROUNDED = Policy("public-rounded-1", threshold=10, rounding=5)
"""The 10-5 rule: nothing below 10 is shown, everything else to the nearest 5."""
