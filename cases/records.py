"""Writing and reading records: the evidence that the rules of the gates look for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from cases.household import find_person
from cases.messages import person_of
from cases.models import Case
from cases.record_fields import MOST, FieldKind
from cases.record_kinds import SPEC_OF, RecordKind, RecordSpec
from cases.record_sources import RESTS_ON, source_of
from cases.rules import CaseStatus
from cases.safeguard_models import CasePerson, CaseRecord
from cases.safeguard_rules import Age, Company
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import Message, _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts

LONGEST_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A record with its words, for whoever may read the case."""

    record: CaseRecord
    spec: RecordSpec
    values: Mapping[str, str]
    is_whole: bool
    """Whether the words are there too: they are for whoever wrote them and for the officers of this kind."""


async def write_record(
    session: AsyncSession,
    case: Case,
    about_id: UUID,
    kind: RecordKind,
    values: Mapping[str, str],
    *,
    made_on: date,
    actor: Actor,
    replaces: UUID | None = None,
) -> CaseRecord:
    """Record what was found. The earlier one of its kind is replaced and kept.

    `values`: by name of the field, codes, ISO dates or words. `made_on`: the day it speaks of. `replaces`: which of
    several of one kind it brings up to date. Raises Invalid that names the field.
    """
    spec = SPEC_OF[kind]
    require(actor, spec.permission)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    person = await find_person(session, case, about_id)
    if spec.for_child and person.age is Age.ADULT:
        raise Invalid(_("This is recorded about children only."))
    if made_on > clock.today():
        raise Invalid(_("The day cannot lie in the future."))
    read = _read(spec, values)
    slot = await _replace(session, person, spec, replaces)
    key = await open_subject(session, (await person_of(session, case)).id)
    record_id, source = uuid4(), await source_of(session, case.id, kind)
    words = {name: text for name, text in read.items() if _kind_of(spec, name) is FieldKind.WORDS}
    record = CaseRecord(
        id=record_id,
        case_id=case.id,
        about_id=person.id,
        kind=kind,
        slot=slot,
        made_on=made_on,
        made_by=actor.id,
        made_at=clock.now(),
        coded={name: text for name, text in read.items() if name not in words}
        | ({"edition": spec.edition} if spec.edition else {})
        | ({RESTS_ON: source.hex} if source else {}),
        words=key.seal(CaseRecord.words, record_id, free_of_accounts(words)) if words else None,
    )
    session.add(record)
    _take_over(person, record)
    audit.record(session, actor.id, "record.written", case.id, kind=kind, about=person.id, record=record.id)
    return record


async def records_of(session: AsyncSession, case_id: UUID, *, also_replaced: bool = False) -> Sequence[CaseRecord]:
    """Records of a case in the order in which they were written; those in force, or all."""
    wanted = select(CaseRecord).where(CaseRecord.case_id == case_id)
    if not also_replaced:
        wanted = wanted.where(CaseRecord.replaced_at.is_(None))
    found = await session.scalars(wanted.order_by(CaseRecord.made_on, CaseRecord.made_at, CaseRecord.id))
    return found.all()


def reads_words(record: CaseRecord, actor: Actor) -> bool:
    """What the rules go by is open to everyone who reads the case; the words only to those who work on them."""
    return actor.may(SPEC_OF[record.kind].permission) or record.made_by == actor.id


def opened(key: SubjectKey, record: CaseRecord, *, whole: bool) -> OpenedRecord:
    """`whole`: with the words; see `reads_words`. A panel reads the words of what it decides about."""
    words = key.open(CaseRecord.words, record.id, record.words) if record.words and whole else {}
    return OpenedRecord(record, SPEC_OF[record.kind], {**record.coded, **words}, whole or record.words is None)


def _read(spec: RecordSpec, values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, field by field; an optional field that is empty is left out."""
    read: dict[str, str] = {}
    for field in spec.fields:
        text = values.get(field.name, "").strip()
        if not text:
            if field.required:
                raise Invalid(_("Please fill in: {field}"), field=field.label)
            continue
        if field.kind is FieldKind.CHOICE and text not in field.choices:
            raise Invalid(_("Please choose one of the answers: {field}"), field=field.label)
        if field.kind is FieldKind.DAY:
            text = _day(text).isoformat()
        if field.kind is FieldKind.NUMBER:
            text = _number(text, field.label)
        if len(text) > LONGEST_WORDS:
            raise Invalid(_("This text is too long: {field}"), field=field.label)
        read[field.name] = text
    return read


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("Please give a day.")) from None
    if not clock.today() - timedelta(days=36_525) <= day <= clock.today() + timedelta(days=36_525):
        raise Invalid(_("Please give a day."))
    return day


def _number(text: str, label: Message) -> str:
    """In any script's digits."""
    if not text.isdecimal() or int(text) > MOST:
        raise Invalid(_("Please give a whole number: {field}"), field=label)
    return str(int(text))


def _kind_of(spec: RecordSpec, name: str) -> FieldKind:
    return next(field.kind for field in spec.fields if field.name == name)


async def _replace(session: AsyncSession, person: CasePerson, spec: RecordSpec, replaces: UUID | None) -> int:
    """Marks the earlier record as replaced; gives the slot of the new one."""
    in_force = select(CaseRecord).where(
        CaseRecord.about_id == person.id, CaseRecord.kind == spec.kind, CaseRecord.replaced_at.is_(None)
    )
    if replaces is not None:
        in_force = in_force.where(CaseRecord.id == replaces)
    elif spec.many:
        taken = select(func.max(CaseRecord.slot)).where(CaseRecord.about_id == person.id, CaseRecord.kind == spec.kind)
        last = await session.scalar(taken)
        return 0 if last is None else last + 1
    earlier = await session.scalar(in_force.with_for_update())
    if earlier is None:
        if replaces is not None:
            raise NotFound(_("There is no such record, or a newer one has replaced it."))
        return 0
    earlier.replaced_at = clock.now()
    await session.flush()  # one of a kind is in force at any moment: the database says so
    return earlier.slot


def _take_over(person: CasePerson, record: CaseRecord) -> None:
    """What a record says about age and company is what the person's row says from now on."""
    if record.kind is RecordKind.AGE:
        person.age = Age(record.coded["age"])
    elif record.kind is RecordKind.COMPANY:
        person.company = Company(record.coded["company"])
