"""Finding a case by its number or the end of it, by a name in any common spelling and script, or by a phone number.

Names and numbers are sealed: only keyed fingerprints of them are compared; see `cases.fingerprints`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers
from sqlalchemy import ColumnElement, Row, Select, String, bindparam, exists, func, literal, literal_column, or_, select
from sqlalchemy import case as case_when
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor, require
from access.rules import Permission
from cases.callbacks import read_number
from cases.case_list import CaseRow, row_of, told_in_a_row
from cases.fingerprints import named, phoned_from, prints_of_name, prints_of_phones
from cases.models import Case
from cases.queries import visible_cases
from cases.rules import COUNTRY_NAMES
from foundation.database import STATEMENTS_KEPT
from foundation.errors import Invalid

MOST_FOUND = 50
NUMBER_ENDS_AT = 9
"""Where the last group of a case number begins: in HW-2345-6789 it is 6789. An index holds it."""
_LOOKED_AT = aliased(Case)
_END = re.compile(r"^[0-9A-Z]{0,8}?([0-9A-Z]{4})$")
_PHONE = re.compile(r"^\+?[\d\s()./-]{6,25}$")


@dataclass(frozen=True, slots=True)
class Found:
    rows: list[CaseRow]
    """The nearest first, at most `MOST_FOUND`."""
    are_more: bool


async def search_cases(session: AsyncSession, actor: Actor, words: str) -> Found:
    """Cases with this number, this end of a number (four signs or more), this phone number, or this name.

    The nearest first. Of a name that more than `MOST_FOUND` have, only some; those who have it as written come first.
    """
    require(actor, Permission.CASE_LIST)
    found = await _with_number(session, actor, words)
    if _PHONE.match(words.strip()) and (numbers := _phone_numbers(words)):
        found += await _some(session, _phoned(actor), **await prints_of_phones(session, numbers))
    if not any(letter.isdecimal() for letter in words):
        found += await _with_name(session, actor, words)
    rows = list({row.id: row for row in found}.values())
    return Found([row_of(session, row) for row in rows[:MOST_FOUND]], len(rows) > MOST_FOUND)


async def _with_number(session: AsyncSession, actor: Actor, words: str) -> list[Row[*tuple[Any, ...]]]:
    number = words.strip().upper()
    plain = re.sub(r"[\s-]", "", number).removeprefix("HW")
    end = _END.match(plain)
    if end is None:
        return await _some(session, _numbered(actor, by_end=False, is_longer=False), number=number)
    is_longer = len(plain) > len(end[1])
    values = {"plain": plain} if is_longer else {}
    statement = _numbered(actor, by_end=True, is_longer=is_longer)
    return await _some(session, statement, number=number, last=end[1], **values)


async def _with_name(session: AsyncSession, actor: Actor, words: str) -> list[Row[*tuple[Any, ...]]]:
    parts, prints = await prints_of_name(session, words)
    if not parts:
        return []
    *nearer, alike = _named(actor, parts)
    found = await _some(session, alike, **prints)
    if len(found) > MOST_FOUND:
        return [row for way in nearer for row in await _some(session, way, **prints)] + found
    return found


async def _some(
    session: AsyncSession, statement: Select[*tuple[Any, ...]], **values: str | list[str]
) -> list[Row[*tuple[Any, ...]]]:
    """What is found, the nearest first, then the newest."""
    rows = (await session.execute(statement, values)).all()
    newest_first = sorted(rows, key=lambda row: (row.opened_at, row.number), reverse=True)
    return sorted(newest_first, key=lambda row: int(row.near))


@lru_cache(STATEMENTS_KEPT)
def _numbered(actor: Actor, *, by_end: bool, is_longer: bool) -> Select[*tuple[Any, ...]]:
    """With the number `number`; `by_end`: or `last` as its last group, `is_longer`: with all of `plain` as its end."""
    number = _LOOKED_AT.number
    ways = [number == bindparam("number")]
    if by_end:
        last = func.substr(number, literal_column(str(NUMBER_ENDS_AT))) == bindparam("last", type_=String())
        whole_end = func.replace(number, "-", "", type_=String()).endswith(bindparam("plain", type_=String()))
        ways.append(last & whole_end if is_longer else last)
    return _telling(actor, or_(*ways))


@lru_cache(STATEMENTS_KEPT)
def _named(actor: Actor, parts: int) -> list[Select[*tuple[Any, ...]]]:
    """Each way to have a name of so many words, the nearest first; the last holds the others too."""
    *nearer, alike = named(_LOOKED_AT, parts)
    return [*(_telling(actor, way) for way in nearer), _telling(actor, alike, nearer)]


@lru_cache(STATEMENTS_KEPT)
def _phoned(actor: Actor) -> Select[*tuple[Any, ...]]:
    return _telling(actor, phoned_from(_LOOKED_AT))


def _telling(
    actor: Actor, wanted: ColumnElement[bool], nearer: Sequence[ColumnElement[bool]] = ()
) -> Select[*tuple[Any, ...]]:
    """At most one more than `MOST_FOUND`, of those that the actor sees; `near`: which of `nearer` applies first."""
    case = _LOOKED_AT
    # Visible, said of the few that are found: otherwise SQLite begins with all cases of the organisation.
    seen = exists(visible_cases(actor).where(Case.id == case.id).with_only_columns(Case.id))
    near = case_when(*((each, place) for place, each in enumerate(nearer)), else_=9) if nearer else literal(9)
    some = select(case.id, near.label("near")).where(wanted & seen).limit(MOST_FOUND + 1).subquery()
    return told_in_a_row(case, some, some.c.near)


def _phone_numbers(words: str) -> set[str]:
    """What the number may be as E.164: one without a country code is of one of the countries of return."""
    found = set()
    for country in (None, *(set(COUNTRY_NAMES) & phonenumbers.SUPPORTED_REGIONS)):
        try:
            found.add(read_number(words, country))
        except Invalid:
            continue
    return found
