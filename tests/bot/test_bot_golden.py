"""Whole conversations as a person reads them.

After a change of words: HOMEWARD_UPDATE_GOLDEN=1 ./run test tests/bot/test_bot_golden.py
"""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from journeys import arrive, decide_about_return, fill_in_both, look_around, meet, tell_needs
from phone import Phone
from return_scene import ask, prepare_return

from bot.replies import LONGEST_DATA, LONGEST_TEXT
from foundation import clock
from foundation.database import Database
from foundation.language import RLM

GOLDEN = Path(__file__).parent / "golden"
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CASE_NUMBER = re.compile(r"HW-\w{4}-\w{4}")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
async def test_a_person_is_met_asked_and_understood(phone: Phone, language: str) -> None:
    phone.language, phone.fixed = language, MOMENT
    await meet(phone)
    await arrive(phone)
    first = len(phone.transcript)
    await tell_needs(phone)
    await look_around(phone)
    compare(f"arrival.{language}.txt", phone.transcript[:first])
    compare(f"needs.{language}.txt", phone.transcript[first:])
    all_fits_telegram(phone)
    if language == "ar":
        all_starts_right_to_left(phone)


def compare(name: str, transcript: list[str]) -> None:
    told = CASE_NUMBER.sub("HW-0000-0000", "\n\n".join(transcript)) + "\n"
    if os.environ.get("HOMEWARD_UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(told, encoding="utf-8")
    assert told == (GOLDEN / name).read_text(encoding="utf-8")


def all_fits_telegram(phone: Phone) -> None:
    assert len(phone.network.sent) > 80
    for sent in phone.network.sent:
        assert 0 < len(sent.text.encode("utf-16-le")) // 2 <= LONGEST_TEXT
        for row in sent.buttons:
            assert all(0 < len(data.encode()) <= LONGEST_DATA and label for label, data in row)


def all_starts_right_to_left(phone: Phone) -> None:
    chosen = next(place for place, sent in enumerate(phone.network.sent) if "m.begin" in str(sent.buttons))
    assert all(sent.text.startswith(RLM) for sent in phone.network.sent[chosen:])


async def test_a_person_reads_and_decides_about_their_return(phone: Phone, database: Database) -> None:
    # Apart, so that the agreement to data stands before this one wherever both are listed.
    phone.fixed = MOMENT - timedelta(minutes=5)
    await fill_in_both(phone)
    phone.fixed = MOMENT
    first = len(phone.transcript)
    with clock.moved_to(MOMENT):
        await ask(database, await prepare_return(database))
    await phone.receive()
    await decide_about_return(phone)
    compare("return.en.txt", phone.transcript[first:])
