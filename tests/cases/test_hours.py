"""By when a person is answered: only in working time, and never later than it need be."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases.hours import WORK_TO_ANSWER, in_words, is_working, next_between, next_working, reply_due

# 20 November 2026 is a Friday; in The Gambia work ends at 13:00 on Fridays, at 16:00 on other days.
DUE = {
    "a morning of the week: a day later": ("2026-11-18T10:07", "GM", "Thursday 19 November 2026, 10:00"),
    "an evening of the week: before work ends": ("2026-11-18T20:00", "GM", "Thursday 19 November 2026, 16:00"),
    "before a weekend: the same day": ("2026-11-20T09:30", "GM", "Friday 20 November 2026, 13:00"),
    "too late before a weekend: on Monday": ("2026-11-20T12:59", "GM", "Monday 23 November 2026, 10:00"),
    "on a weekend: two hours into Monday": ("2026-11-21T10:00", "GM", "Monday 23 November 2026, 10:00"),
    "another zone and other hours": ("2026-11-20T13:30", "TN", "Friday 20 November 2026, 17:00"),
    "over a holiday": ("2026-12-24T15:30", "GM", "Monday 28 December 2026, 09:30"),
    "no country known: the zone is named": ("2026-11-21T10:00", None, "Monday 23 November 2026, 10:00 UTC"),
}


@pytest.mark.parametrize(("moment", "country", "due"), DUE.values(), ids=DUE)
def test_an_answer_is_promised_for_working_time(moment: str, country: str | None, due: str) -> None:
    assert in_words("en", reply_due(datetime.fromisoformat(f"{moment}+00:00"), country)) == due


@example(datetime(2026, 3, 3, 11, 1, tzinfo=UTC), "GM", 21)  # a minute after the doors open is no working time yet
@given(
    st.integers(0, 3 * 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(["GM", "TN", "other", None]),
    st.integers(2, 24),
)
def test_a_promise_can_be_kept_and_is_no_later_than_it_must_be(
    moment: datetime, country: str | None, hours: int
) -> None:
    due, step = reply_due(moment, country, hours), timedelta(minutes=5)
    worked = step * sum(is_working(moment + each * step, country) for each in range((due - moment) // step))
    assert worked >= WORK_TO_ANSWER - step
    assert due <= moment + timedelta(hours=hours) or worked <= WORK_TO_ANSWER + timedelta(minutes=20)
    assert is_working(due - step, country)
    assert due.minute % 15 == 0


def test_the_weekday_is_of_the_gregorian_calendar_in_every_language() -> None:
    due = reply_due(datetime(2026, 11, 21, 10, tzinfo=UTC), "TN")
    assert in_words("fr", due) == "lundi 23 novembre 2026, 10:00"
    for language in ("ar", "fa_AF", "ti", "am", "bn", "ur", "ps"):
        assert "23" in in_words(language, due), language
        assert "2026" in in_words(language, due), language


def test_work_goes_on_now_or_begins_next() -> None:
    saturday, monday = datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert next_working(saturday, "GM") == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert next_working(monday, "GM") == monday
    assert not is_working(saturday, "GM")
    assert is_working(monday, "GM")


def test_a_time_of_the_day_needs_an_hour_of_it_to_come() -> None:
    friday = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
    assert next_between(friday, "GM", time(8), time(12))[1] == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert next_between(friday + timedelta(hours=1), "GM", time(8), time(12)) == (
        datetime(2026, 11, 23, 8, tzinfo=UTC),
        datetime(2026, 11, 23, 12, tzinfo=UTC),
    )
