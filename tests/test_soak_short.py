"""What is acknowledged is never lost and never doubled: the soak runs in short, with the same checks."""

from pathlib import Path

from tests.soak import fuzz, kill, shuffle, wander
from tests.soak.stand import sqlite_url


def failed(row: dict[str, object], properties: frozenset[str]) -> dict[str, object]:
    """The properties that do not hold. One that was not looked at is an error, not a success."""
    return {name: row[name] for name in sorted(properties) if row[name] != 0}


async def test_nothing_acknowledged_is_lost_or_doubled_when_the_bot_is_killed(tmp_path: Path) -> None:
    row = await kill.run_kill(kill.SHORT, tmp_path)
    assert failed(row, kill.PROPERTIES) == {}
    assert row["kills"] == 12
    assert row[kill.IN_HAND] > 0, "no kill struck while there was work to lose"
    assert row["answers"] > 50
    assert row["texts"] == 2 * row["people"]


async def test_repeated_and_shuffled_updates_end_as_a_clean_delivery_on_sqlite(tmp_path: Path) -> None:
    row = await shuffle.run_shuffle(
        shuffle.SHORT, sqlite_url(tmp_path), sqlite_url(tmp_path), processes=1, run="SQLite"
    )
    assert failed(row, shuffle.PROPERTIES) == {}
    assert row["updates"] > 200
    assert row["deliveries"] > 2 * row["updates"]


async def test_two_bots_at_once_end_as_one_on_postgresql(postgresql: str) -> None:
    row = await shuffle.run_shuffle(
        shuffle.SHORT,
        await shuffle.postgresql_url(postgresql),
        await shuffle.postgresql_url(postgresql),
        processes=2,
        run="PostgreSQL",
    )
    assert failed(row, shuffle.PROPERTIES) == {}
    assert row["updates"] > 200
    assert row["deliveries"] > 2 * row["updates"]


async def test_people_who_do_anything_in_any_language_are_answered_and_see_nothing_raw(tmp_path: Path) -> None:
    row = await wander.run_crowd(wander.SHORT, tmp_path)
    assert failed(row, wander.PROPERTIES) == {}
    assert row["turns"] == wander.SHORT.turns
    assert row["languages"] > 2


async def test_the_api_answers_nothing_that_its_description_does_not_name(tmp_path: Path) -> None:
    row = await fuzz.run_fuzz(fuzz.SHORT, tmp_path)
    assert failed(row, fuzz.PROPERTIES) == {}
    assert row["requests"] > 2 * row["operations"]
