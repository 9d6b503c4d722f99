"""How long what the directory says of a service is taken to be right after somebody has checked it."""

from datetime import date, timedelta

STANDARD_DAYS = 180


class _InForce:
    """What the deployment has set; see `HOMEWARD_DIRECTORY_CHECK_DAYS`."""

    right_for = timedelta(days=STANDARD_DAYS)


def use_check_age(days: int) -> None:
    """From now on this process takes an entry to be right for so many days after a check."""
    _InForce.right_for = timedelta(days=days)


def stale_before(today: date) -> date:
    """What was checked last before this day may be wrong."""
    return today - _InForce.right_for


def is_stale(checked_on: date | None, today: date) -> bool:
    """Also what nobody has ever checked."""
    return checked_on is None or checked_on < stale_before(today)


def days_in_force() -> int:
    return _InForce.right_for.days
