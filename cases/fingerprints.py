"""Fingerprints of names and phone numbers: staff find by them what is sealed. They are made when it is told.

Whoever told their name before there were any, or under earlier rules, gets theirs from the worker; see `fill_in_some`.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.console_models import PersonPrint, PrintKind
from cases.models import Case, Person
from cases.name_sounds import parts_of, sounds_of
from foundation.keys import fingerprint, open_subjects

NAME = "name"
"""Purpose of the fingerprint of a whole name."""
EDITION = 1
"""Raise it when `cases.name_sounds` reads a name in another way."""
FILLED_AT_ONCE = 1000
_PURPOSES = {PrintKind.NAME: NAME, PrintKind.PART: "name.part", PrintKind.SOUND: "name.sound", PrintKind.PHONE: "phone"}
_OF_NAMES = (PrintKind.NAME, PrintKind.PART, PrintKind.SOUND)

Prints = dict[str, list[str]]
"""Fingerprints by the name of the parameter that they are bound to."""


async def remember_name(session: AsyncSession, person: Person, called: str | None) -> None:
    """From now on the person is found by this name, and by no earlier one. None: by none."""
    person.name_fingerprint = await fingerprint(session, NAME, called) if called else None
    await session.flush()
    await session.execute(
        delete(PersonPrint).where(PersonPrint.person_id == person.id, PersonPrint.kind.in_(_OF_NAMES))
    )
    if called:
        session.add_all(await _prints(session, person.id, called))


async def remember_phone(session: AsyncSession, person_id: UUID, number: str) -> None:
    """`number`: as E.164. A person is found by one number: the last that they gave."""
    await forget_phone(session, person_id)
    session.add(await _print(session, person_id, PrintKind.PHONE, number))


async def forget_phone(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(
        delete(PersonPrint).where(PersonPrint.person_id == person_id, PersonPrint.kind == PrintKind.PHONE)
    )


async def forget_prints(session: AsyncSession, person_id: UUID) -> None:
    """Nobody finds the person any more by what they said."""
    await session.execute(delete(PersonPrint).where(PersonPrint.person_id == person_id))


def named(case: type[Case], parts: int) -> list[ColumnElement[bool]]:
    """Conditions for people who may be called so, the nearest first: the whole name, every word as written, alike.

    Each of so many words must be found in the name; the name may have more. What they are is bound: `prints_of_name`.
    """
    whole = _has(case, PrintKind.NAME, "whole")
    as_written = [_has(case, PrintKind.PART, f"part_{place}") for place in range(parts)]
    alike = [_has(case, PrintKind.SOUND, f"sounds_{place}") for place in range(parts)]
    return [whole, and_(*as_written), and_(*alike)]


async def prints_of_name(session: AsyncSession, words: str) -> tuple[int, Prints]:
    """How many words the name has, and what `named` compares, by the name of its parameter."""
    parts = parts_of(words)
    found = {"whole": await _texts(session, PrintKind.NAME, [words])}
    for place, part in enumerate(parts):
        found[f"part_{place}"] = await _texts(session, PrintKind.PART, [part])
        found[f"sounds_{place}"] = await _texts(session, PrintKind.SOUND, sorted(sounds_of(part)))
    return len(parts), found


def phoned_from(case: type[Case]) -> ColumnElement[bool]:
    """A condition for people who asked to be called at one of some numbers: `prints_of_phones`."""
    return _has(case, PrintKind.PHONE, "phones")


async def prints_of_phones(session: AsyncSession, numbers: Iterable[str]) -> Prints:
    """`numbers`: as E.164."""
    return {"phones": await _texts(session, PrintKind.PHONE, sorted(numbers))}


async def fill_in_some(session: AsyncSession, limit: int = FILLED_AT_ONCE) -> int:
    """Housekeeping: fingerprints for people whose name has none of this edition. Returns for how many."""
    newest = exists().where(
        PersonPrint.person_id == Person.id, PersonPrint.kind == PrintKind.NAME, PersonPrint.edition == EDITION
    )
    found = select(Person).where(Person.name_fingerprint.is_not(None), ~newest).order_by(Person.id).limit(limit)
    people = list(await session.scalars(found.with_for_update(skip_locked=True)))
    keys = await open_subjects(session, [person.id for person in people])
    for person in people:
        if person.id in keys and person.called is not None:
            await remember_name(session, person, str(keys[person.id].open(Person.called, person.id, person.called)))
        else:
            person.name_fingerprint = None
    return len(people)


async def _prints(session: AsyncSession, person_id: UUID, called: str) -> list[PersonPrint]:
    parts = parts_of(called)
    texts = {(PrintKind.NAME, called)}
    texts |= {(PrintKind.PART, part) for part in parts}
    texts |= {(PrintKind.SOUND, sound) for part in parts for sound in sounds_of(part)}
    return [await _print(session, person_id, kind, text) for kind, text in sorted(texts)]


async def _print(session: AsyncSession, person_id: UUID, kind: PrintKind, text: str) -> PersonPrint:
    return PersonPrint(
        person_id=person_id,
        kind=kind,
        fingerprint=await fingerprint(session, _PURPOSES[kind], text),
        edition=EDITION,
    )


async def _texts(session: AsyncSession, kind: PrintKind, texts: Iterable[str]) -> list[str]:
    return [await fingerprint(session, _PURPOSES[kind], text) for text in texts]


def _has(case: type[Case], kind: PrintKind, name: str) -> ColumnElement[bool]:
    prints = bindparam(name, expanding=True, type_=PersonPrint.fingerprint.type)
    return case.person_id.in_(
        select(PersonPrint.person_id).where(PersonPrint.fingerprint.in_(prints), PersonPrint.kind == kind)
    )
