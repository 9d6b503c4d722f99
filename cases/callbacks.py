"""Calling a person who asked for it: the number they gave, when and how it is safe, and what came of it.

What is not confirmed yet is a row without a channel: no member of staff sees it, and it is dropped after a day. Once
the call is over the number and the words are emptied, and the number finds nobody: they were given for this call only.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import phonenumbers
from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.fingerprints import forget_phone, remember_phone
from cases.hours import day_in_words, next_between, time_in_words, zone_of
from cases.messages import announce, call_attention, person_of
from cases.models import CallBack, Case, Task
from cases.rules import CallChannel, CallOutcome, CallTime, TaskKind
from cases.tasks import open_task, settle_task
from foundation import audit, clock
from foundation.errors import Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import without_account_numbers

SLOTS: dict[CallTime, tuple[time, time]] = {
    CallTime.MORNING: (time(8), time(12)),
    CallTime.AFTERNOON: (time(12), time(17)),
    CallTime.EVENING: (time(17), time(20)),
    CallTime.ANY: (time(8), time(20)),
}
"""In the country of return, on the days that are worked on."""
LONGEST_WORDS = 300
DRAFTS_KEPT = timedelta(days=1)
_DRAFT = ""
_UNREADABLE = _(
    "We could not read this as a phone number. Please write it with the country code, for example {example}."
)
_EXAMPLE = "+220 301 2345"
_NOT_REACHED = _("We tried to reach you, and nobody answered. You can write to us here, or ask again for a call.")
_TRY_AGAIN = _("We tried to reach you, and nobody answered. We will try again on {day}, between {begins} and {ends}.")


@dataclass(frozen=True, slots=True)
class Planned:
    """A call that is to be made, with what was sealed in it."""

    id: UUID
    number: str
    """As one reads it out, with the country code."""
    channel: CallChannel
    at: CallTime
    safe_words: str
    requested_at: datetime
    begins: datetime
    ends: datetime
    tried: bool
    """Someone called once already, and nobody answered."""


def read_number(text: str, country: str | None) -> str:
    """A phone number as E.164. Raises Invalid, with an example, for what can be none.

    A number without a country code is one of the country of return. Digits of every script are read.
    """
    latin = "".join(str(unicodedata.decimal(letter, letter)) for letter in text)
    dialled = phonenumbers.normalize_diallable_chars_only(latin)
    if dialled.startswith("00"):
        dialled = "+" + dialled.removeprefix("00")
    try:
        number = phonenumbers.parse(dialled, country if country in phonenumbers.SUPPORTED_REGIONS else None)
    except phonenumbers.NumberParseException:
        raise Invalid(_UNREADABLE, example=_example(country)) from None
    if not phonenumbers.is_possible_number(number):
        raise Invalid(_UNREADABLE, example=_example(country))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spaced(number: str) -> str:
    """An E.164 number as one reads it out."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


async def draft_call(session: AsyncSession, case: Case, key: SubjectKey, number: str, at: CallTime) -> UUID:
    """Keep the number while the person has not confirmed yet; an earlier draft is dropped."""
    await session.execute(delete(CallBack).where(CallBack.case_id == case.id, CallBack.channel == _DRAFT))
    call_id = uuid4()
    session.add(
        CallBack(
            id=call_id,
            case_id=case.id,
            number=key.seal(CallBack.number, call_id, number),
            channel=_DRAFT,
            at=at,
            requested_at=clock.now(),
        )
    )
    return call_id


async def say_if_someone_else(session: AsyncSession, case: Case, key: SubjectKey, call_id: UUID, words: str) -> None:
    """What to say if someone else answers. Raises NotFound for a draft that is gone, Invalid for too many words."""
    if len(words) > LONGEST_WORDS:
        raise Invalid(_("This is too long. Please keep it under {count} characters."), count=LONGEST_WORDS)
    draft = await _draft(session, case, call_id)
    draft.safe_words = key.seal(CallBack.safe_words, call_id, without_account_numbers(words)) if words else None


async def read_draft(session: AsyncSession, case: Case, key: SubjectKey, call_id: UUID) -> tuple[str, CallTime, str]:
    """The number, the time and the words of a call that is not confirmed. Raises NotFound if it is gone."""
    draft = await _draft(session, case, call_id)
    words = "" if draft.safe_words is None else str(key.open(CallBack.safe_words, call_id, draft.safe_words))
    return str(key.open(CallBack.number, call_id, draft.number)), draft.at, words


async def request_call(
    session: AsyncSession, case: Case, call_id: UUID, channel: CallChannel, *, actor: Actor
) -> tuple[datetime, datetime]:
    """The person confirmed: staff are to call in the time that is returned. Replaces a call that waits already."""
    draft = await _draft(session, case, call_id)
    await cancel_call(session, case, actor=actor)
    draft.channel, draft.requested_at = channel, clock.now()
    if case.person_id is not None:
        key = await open_subject(session, case.person_id)
        await remember_phone(session, case.person_id, str(key.open(CallBack.number, call_id, draft.number)))
    begins, ends = next_between(clock.now(), case.country, *SLOTS[draft.at])
    task = await open_task(session, case, TaskKind.CALL_BACK, str(call_id), actor=actor)
    task.due_at = ends
    audit.record(session, actor.id, "call.requested", case.id, call=call_id, channel=channel)
    return begins, ends


async def cancel_call(session: AsyncSession, case: Case, *, actor: Actor) -> bool:
    """The person does not want to be called any more; nothing of it is kept. False if no call was waiting."""
    call = await _waiting(session, case)
    if call is None:
        return False
    # The task goes with it: nobody of the staff has done it.
    task = await _task(session, case, call.id)
    for row in (call, task):
        if row is not None:
            await session.delete(row)
    if case.person_id is not None:
        await forget_phone(session, case.person_id)
    audit.record(session, actor.id, "call.cancelled", case.id, call=call.id)
    return True


async def planned_call(session: AsyncSession, case: Case) -> Planned | None:
    """The call that is to be made, if there is one."""
    call = await _waiting(session, case)
    if call is None or case.person_id is None:
        return None
    key = await open_subject(session, case.person_id)
    begins, ends = await _slot(session, case, call)
    return Planned(
        id=call.id,
        number=spaced(key.open(CallBack.number, call.id, call.number)),
        channel=CallChannel(call.channel),
        at=call.at,
        safe_words="" if call.safe_words is None else key.open(CallBack.safe_words, call.id, call.safe_words),
        requested_at=call.requested_at,
        begins=begins,
        ends=ends,
        tried=call.outcome is CallOutcome.NO_ANSWER,
    )


async def note_outcome(session: AsyncSession, case: Case, call_id: UUID, outcome: CallOutcome, *, actor: Actor) -> None:
    """What came of a call. When nobody answers it is tried once more, at the next time that is safe.

    The person is told that nobody could be reached, but nothing at all when the call was not safe.
    """
    require(actor, Permission.TASK_SETTLE)
    call = await _waiting(session, case)
    if call is None or call.id != call_id:
        raise NotFound(_("No call is waiting here any more."))
    audit.record(session, actor.id, "call.made", case.id, call=call.id, outcome=outcome)
    is_first = call.outcome is None
    call.outcome = outcome
    if outcome is CallOutcome.NO_ANSWER and is_first:
        await _try_again(session, case, call)
        return
    if outcome is CallOutcome.NO_ANSWER:
        await announce(session, case, _NOT_REACHED)
    if outcome is CallOutcome.SPOKEN:
        case.unanswered_at = None
    await _close(session, case, call, actor)


async def drop_drafts(session: AsyncSession) -> None:
    """Housekeeping: what was begun and never confirmed."""
    await session.execute(
        delete(CallBack).where(CallBack.channel == _DRAFT, CallBack.requested_at < clock.now() - DRAFTS_KEPT)
    )


async def _try_again(session: AsyncSession, case: Case, call: CallBack) -> None:
    _begins, ends = await _slot(session, case, call)
    begins, ends = next_between(max(ends, clock.now()), case.country, *SLOTS[call.at])
    task = await _task(session, case, call.id)
    if task is not None:
        task.due_at = ends
    call_attention(case)
    language = (await person_of(session, case)).language
    await announce(
        session,
        case,
        _TRY_AGAIN.of(
            day=day_in_words(language, begins),
            begins=time_in_words(language, begins),
            ends=time_in_words(language, ends),
        ),
    )


async def _close(session: AsyncSession, case: Case, call: CallBack, actor: Actor) -> None:
    key = await open_subject(session, (await person_of(session, case)).id)
    call.done_at, call.done_by = clock.now(), actor.id
    call.number, call.safe_words = key.seal(CallBack.number, call.id, ""), None
    await forget_phone(session, key.subject_id)
    task = await _task(session, case, call.id)
    if task is not None and task.done_at is None:
        await settle_task(session, case, task.id, actor=actor)


async def _slot(session: AsyncSession, case: Case, call: CallBack) -> tuple[datetime, datetime]:
    """When the call is to be made: the task says until when."""
    task = await _task(session, case, call.id)
    if task is None:
        return next_between(call.requested_at, case.country, *SLOTS[call.at])
    ends = task.due_at.astimezone(zone_of(case.country))
    begins = datetime.combine(ends.date(), SLOTS[call.at][0], ends.tzinfo)
    return max(begins, task.created_at.astimezone(ends.tzinfo)), ends


async def _waiting(session: AsyncSession, case: Case) -> CallBack | None:
    call: CallBack | None = await session.scalar(_WAITING, {"case_id": case.id})
    return call


_WAITING = (
    select(CallBack)
    .where(CallBack.case_id == bindparam("case_id"), CallBack.channel != _DRAFT, CallBack.done_at.is_(None))
    .with_for_update()
)


async def _draft(session: AsyncSession, case: Case, call_id: UUID) -> CallBack:
    draft = await session.scalar(
        select(CallBack).where(CallBack.id == call_id, CallBack.case_id == case.id, CallBack.channel == _DRAFT)
    )
    if draft is None:
        raise NotFound(_("This is no longer open. Please begin again with “Please call me”."))
    return draft


async def _task(session: AsyncSession, case: Case, call_id: UUID) -> Task | None:
    return await session.scalar(
        select(Task).where(Task.case_id == case.id, Task.kind == TaskKind.CALL_BACK, Task.reason == str(call_id))
    )


def _example(country: str | None) -> str:
    mobile = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE) if country else None
    return spaced(phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.E164)) if mobile else _EXAMPLE
