"""The list of waves, and the clocks that they are asked by."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from case_scene import Scene
from followup_scene import (
    returned,
    waves_by_code,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import waves
from cases.hours import zone_of
from cases.sheets import built_in_sheets
from cases.waves import Step, WavesRefused, ask_on, decent, next_step, read_waves, use_waves, wave_order


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    use_waves(None)


# The list of waves


def test_the_built_in_list_asks_forms_that_exist() -> None:
    assert read_waves(waves.BUILT_IN.read_text()).forms() <= built_in_sheets().keys()


async def test_a_deployment_brings_its_own_list(scene: Scene, tmp_path: Path) -> None:
    own = {
        "version": "pilot",
        "default": [{"days": 10, "form": "check_in", "window_days": 5}],
        "countries": {"GM": [{"months": 1, "form": "check_in", "window_days": 5}], "TN": []},
    }
    path = tmp_path / "waves.json"
    path.write_text(json.dumps(own))
    use_waves(path)
    assert [*await waves_by_code(scene, await returned(scene))] == ["month_1"]
    assert [*await waves_by_code(scene, await returned(scene, {"country_return": "other"}))] == ["day_10"]
    assert [*await waves_by_code(scene, await returned(scene, {"country_return": "TN"}))] == []


GOOD = {"days": 3, "form": "check_in", "window_days": 5}
FAULTY: list[Any] = [
    "",
    "nonsense",
    "[]",
    {"version": "1", "default": []},
    {"version": "1", "default": [{**GOOD, "months": 3}]},
    {"version": "1", "default": [{"form": "check_in", "window_days": 5}]},
    {"version": "1", "default": [GOOD, GOOD]},
    {"version": "1", "default": [{**GOOD, "days": 40}, {"months": 1, "form": "x", "window_days": 5}]},
    {"version": "1", "default": [{**GOOD, "window_days": 0}]},
    {"version": "1", "default": [{**GOOD, "form": "no such form!"}]},
    {"version": "1", "default": [{**GOOD, "surprise": 1}]},
    {"version": "1", "default": [GOOD], "countries": {"GM": [GOOD, GOOD]}},
]


@pytest.mark.parametrize("content", FAULTY)
def test_a_faulty_list_is_refused(content: Any) -> None:
    with pytest.raises(WavesRefused):
        read_waves(content if isinstance(content, str) else json.dumps(content))


def test_waves_are_sorted_by_time() -> None:
    assert sorted(["month_12", "day_30", "month_3", "day_3", "other"], key=wave_order) == [
        *("day_3", "day_30", "month_3", "month_12", "other")
    ]


# Clocks

ZONES = st.sampled_from(["Africa/Banjul", "Africa/Tunis", "Europe/Berlin", "America/New_York", "Asia/Kabul", "UTC"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, ZONES)
def test_a_decent_hour_is_soon_and_by_day(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    found = decent(moment, zone)
    assert 9 <= found.astimezone(zone).hour < 19
    assert timedelta() <= found - moment <= timedelta(hours=15)
    assert decent(found, zone) == found
    assert ask_on(moment.date(), zone).astimezone(zone).hour == 10


@settings(max_examples=300)
@given(
    MOMENTS,
    ZONES,
    st.lists(st.tuples(st.integers(1, 36), st.integers(-48, 48)), min_size=60, max_size=120),
)
def test_whatever_the_clock_does_nobody_is_asked_too_often_too_soon_or_by_night(
    begun: datetime, name: str, rounds: list[tuple[int, int]]
) -> None:
    """Rounds some hours apart, each read from a clock that may be two days wrong either way."""
    zone = ZoneInfo(name)
    true, attempts, next_at = begun, 0, ask_on(begun.astimezone(zone).date(), zone)
    asked_at: list[datetime] = []
    given_up: datetime | None = None
    for pause, wrong in rounds:
        true += timedelta(hours=pause)
        read = true + timedelta(hours=wrong)
        if given_up is not None or next_at > read:
            continue
        step, later = next_step(attempts, read, zone)
        if step is Step.GIVE_UP:
            given_up = true
            continue
        assert later is not None
        next_at = later
        if step is Step.ASK:
            attempts += 1
            asked_at.append(read)
    assert len(asked_at) <= 3
    assert all(9 <= moment.astimezone(zone).hour < 19 for moment in asked_at)
    assert all(after - before >= timedelta(days=4) for before, after in pairwise(asked_at))
    if given_up is not None:
        assert len(asked_at) == 3
    if true - begun > timedelta(days=32):
        # Five days, five, four; each may wait for a decent hour, for the next round, and for a clock that lags.
        assert asked_at


def test_a_change_of_the_clock_does_not_move_the_hour() -> None:
    zone = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 3, 27, 9, tzinfo=UTC)
    step, later = next_step(0, friday, zone)
    assert (step, later) == (Step.ASK, datetime(2026, 4, 1, 8, tzinfo=UTC))
    assert zone_of("GM") == ZoneInfo("Africa/Banjul")
