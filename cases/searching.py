"""Finding a case by its number or the end of it, by a name in any common spelling and script, or by a phone number.

Names and numbers are sealed: only keyed fingerprints of them are compared; see `cases.fingerprints`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import phonenumbers
from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor, require
from access.rules import Permission
from cases.callbacks import read_number
from cases.case_list import CaseRow, rows_of
from cases.fingerprints import named, phoned_from
from cases.models import Case
from cases.queries import visible_cases
from cases.rules import COUNTRY_NAMES
from foundation.errors import Invalid

MOST_FOUND = 50
NUMBER_ENDS_AT = 9
"""Where the last group of a case number begins: in HW-2345-6789 it is 6789. An index holds it."""
_END = re.compile(r"^[0-9A-Z]{0,8}?([0-9A-Z]{4})$")
_PHONE = re.compile(r"^\+?[\d\s()./-]{6,25}$")


@dataclass(frozen=True, slots=True)
class Found:
    rows: list[CaseRow]
    """The nearest first, at most `MOST_FOUND`."""
    are_more: bool


async def search_cases(session: AsyncSession, actor: Actor, words: str) -> Found:
    """Cases with this number, this end of a number (four signs or more), this phone number, or this name.

    What is nearest is looked for first, and nothing more once there are enough. Of a name that very many have, some.
    """
    require(actor, Permission.CASE_LIST)
    case = aliased(Case)
    ways = [or_(*_by_number(case, words))]
    if _PHONE.match(words.strip()) and (numbers := _phone_numbers(words)):
        ways.append(await phoned_from(session, case, numbers))
    if not any(letter.isdecimal() for letter in words):
        ways += await named(session, case, words)
    # Visible, said of the few that were found: otherwise SQLite begins with all cases of the organisation.
    seen = exists(visible_cases(actor).where(Case.id == case.id).with_only_columns(Case.id))
    found: dict[UUID, Case] = {}
    for way in ways:
        near = await session.scalars(select(case).where(way, seen).limit(MOST_FOUND + 1))
        for each in sorted(near, key=lambda one: (one.opened_at, one.number), reverse=True):
            found.setdefault(each.id, each)
        if len(found) > MOST_FOUND:
            break
    cases = list(found.values())
    return Found(await rows_of(session, cases[:MOST_FOUND]), len(cases) > MOST_FOUND)


def _by_number(case: type[Case], words: str) -> Iterator[ColumnElement[bool]]:
    number = words.strip().upper()
    yield case.number == number
    plain = re.sub(r"[\s-]", "", number).removeprefix("HW")
    if end := _END.match(plain):
        last = func.substr(case.number, literal_column(str(NUMBER_ENDS_AT))) == end[1]
        is_longer = len(plain) > len(end[1])
        yield last & func.replace(case.number, "-", "").endswith(plain) if is_longer else last


def _phone_numbers(words: str) -> set[str]:
    """What the number may be as E.164: one without a country code is of one of the countries of return."""
    found = set()
    for country in (None, *(set(COUNTRY_NAMES) & phonenumbers.SUPPORTED_REGIONS)):
        try:
            found.add(read_number(words, country))
        except Invalid:
            continue
    return found
