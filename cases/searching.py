"""Finding a case by its number or the end of it, by a name in any common spelling and script, or by a phone number.

Names and numbers are sealed: only keyed fingerprints of them are compared; see `cases.fingerprints`.
"""

import re
from dataclasses import dataclass

import phonenumbers
from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import case as case_when
from sqlalchemy.ext.asyncio import AsyncSession

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
    """Cases with this number, this end of a number (four signs or more), this name, or this phone number."""
    require(actor, Permission.CASE_LIST)
    number = words.strip().upper()
    by_name, nearness = await named(session, words)
    ways: list[ColumnElement[bool]] = [Case.number == number, by_name]
    plain = re.sub(r"[\s-]", "", number).removeprefix("HW")
    if end := _END.match(plain):
        last = func.substr(Case.number, NUMBER_ENDS_AT) == end[1]
        ways.append(last if len(plain) == len(end[1]) else last & func.replace(Case.number, "-", "").endswith(plain))
    if _PHONE.match(words.strip()) and (numbers := _phone_numbers(words)):
        ways.append(await phoned_from(session, numbers))
    near = case_when((Case.number == number, -1), else_=nearness)
    found = (
        visible_cases(actor).where(or_(*ways)).order_by(near, Case.opened_at.desc(), Case.number).limit(MOST_FOUND + 1)
    )
    cases = list(await session.scalars(found))
    return Found(await rows_of(session, cases[:MOST_FOUND]), len(cases) > MOST_FOUND)


def _phone_numbers(words: str) -> set[str]:
    """What the number may be as E.164: one without a country code is of one of the countries of return."""
    found = set()
    for country in (None, *(set(COUNTRY_NAMES) & phonenumbers.SUPPORTED_REGIONS)):
        try:
            found.add(read_number(words, country))
        except Invalid:
            continue
    return found
