"""Complaints: about anyone, with a name or without, read by complaints officers alone.

A complaint has a key of its own, so no key of a case opens it. Without a name nothing leads to anyone: no person, no
chat, no case, and no moment either. Whoever could read the whole database would otherwise find the chat that spoke in
that second, so everything about it is dated to the day, and its arrival is noted in the audit log on a later day.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON
from access.models import SignInFailures
from access.throttling import FAILURE_WINDOW
from cases.hours import hours_of
from cases.models import Complaint
from cases.rules import ComplaintAbout, ComplaintStatus
from foundation import audit, clock
from foundation.errors import Invalid, NotAllowed
from foundation.keys import StoredSubjectKey, create_subject, fingerprint, open_subject
from foundation.language import Message, _, _p
from questionnaire.account_numbers import without_account_numbers

ACKNOWLEDGE_DAYS = 2
ANSWER_DAYS = 20
"""Working days of the country within which a complaint is read, and answered."""
SHORTEST, LONGEST = 10, 10_000
"""Characters of a complaint. The shortest keeps a slip of the thumb from becoming one."""
MOST_TRIES = 8
MOST_SENT = 5
"""Wrong codes, and complaints, from one place within fifteen minutes."""
TOO_MANY = _("Too many attempts. Please wait 15 minutes and try again.")

RECEIPT = "complaint receipt"
TRY = "complaint try"
SENDING = "complaint sending"
"""Purposes of fingerprints."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 12

ABOUT_NAMES: dict[ComplaintAbout, Message] = {
    ComplaintAbout.STAFF: _p("complaint about", "Someone who works here"),
    ComplaintAbout.PARTNER: _p("complaint about", "Another organisation"),
    ComplaintAbout.AUTHORITY: _p("complaint about", "The police or an office"),
    ComplaintAbout.SERVICE: _p("complaint about", "Help that was bad or did not come"),
    ComplaintAbout.EXPLOITATION: _p("complaint about", "Someone wanted money or sex"),
    ComplaintAbout.DATA: _p("complaint about", "What happened with my data"),
    ComplaintAbout.OTHER: _p("complaint about", "Something else"),
}
STATUS_NAMES: dict[ComplaintStatus, Message] = {
    ComplaintStatus.RECEIVED: _p("complaint", "Received"),
    ComplaintStatus.ACKNOWLEDGED: _p("complaint", "Read, being looked into"),
    ComplaintStatus.ANSWERED: _p("complaint", "Answered"),
    ComplaintStatus.CLOSED: _p("complaint", "Closed"),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What whoever complained takes away. The code is shown once; only its fingerprint is kept."""

    code: str
    acknowledge_by: datetime
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a receipt code opens: where the complaint stands, and the answer if there is one."""

    about: ComplaintAbout
    status: ComplaintStatus
    answer: str | None
    answer_by: datetime


async def receive_complaint(
    session: AsyncSession,
    text: str,
    *,
    about: ComplaintAbout,
    language: str,
    country: str | None,
    person_id: UUID | None = None,
    contact: str = "",
) -> Receipt:
    """Take a complaint. `person_id`: only of someone who wants to give their name.

    Raises Invalid for one that is too short or too long.
    """
    # Masked, not refused: nobody shall have to write twice what happened to them.
    words, reachable = without_account_numbers(text).strip(), without_account_numbers(contact).strip()
    if len(words) < SHORTEST:
        raise Invalid(_("Please write what happened, in a few words at least."))
    if len(words) > LONGEST:
        raise Invalid(_("This is too long. Please keep it under {count} characters."), count=LONGEST)
    moment = clock.now()
    received_at = moment if person_id else day_of(moment)
    complaint_id, code = uuid4(), _spelled(_CODE_LENGTH)
    key = create_subject(session, complaint_id)
    session.add(
        Complaint(
            id=complaint_id,
            number=f"CO-{_spelled(8)}",
            person_id=person_id,
            code_fingerprint=await fingerprint(session, RECEIPT, code),
            about=about,
            language=language,
            country=country,
            body=key.seal(Complaint.body, complaint_id, {"text": words, "contact": reachable}),
            status=ComplaintStatus.RECEIVED,
            received_at=received_at,
            acknowledge_by=working_days_after(moment, country, ACKNOWLEDGE_DAYS),
            answer_by=working_days_after(moment, country, ANSWER_DAYS),
        )
    )
    await session.flush()
    (await session.get_one(StoredSubjectKey, complaint_id)).created_at = received_at
    if person_id:
        audit.record(session, PERSON.id, "complaint.received", complaint_id, about=about)
    return Receipt(
        code,
        working_days_after(moment, country, ACKNOWLEDGE_DAYS),
        working_days_after(moment, country, ANSWER_DAYS),
    )


def working_days_after(moment: datetime, country: str | None, days: int) -> datetime:
    """The end of work on the last of `days` working days of a country, counted from the day after `moment`."""
    hours = hours_of(country)
    day = moment.astimezone(hours.zone).date()
    while True:
        day += timedelta(days=1)
        stretches = hours.stretches(day)
        days -= bool(stretches)
        if days == 0:
            return stretches[-1][1]


async def read_answer(session: AsyncSession, code: str, *, asker: str) -> Told | None:
    """What a receipt code opens; None for a wrong one, which is counted, so the caller commits it either way.

    `asker`: the network address or the chat, for the throttle. Raises NotAllowed after too many wrong ones.
    """
    await _slow_down(session, TRY, asker, MOST_TRIES)
    normal = normal_code(code)
    found = await session.scalar(
        select(Complaint).where(Complaint.code_fingerprint == await fingerprint(session, RECEIPT, normal))
    )
    if found is None or len(normal) != _CODE_LENGTH:
        await _count(session, TRY, asker)
        return None
    return await _told(session, found)


async def answers_for(session: AsyncSession, person_id: UUID) -> list[Told]:
    """What was answered to someone who complained with their name, newest first: they need no code."""
    found = await session.scalars(
        select(Complaint)
        .where(Complaint.person_id == person_id, Complaint.answer.is_not(None))
        .order_by(Complaint.answered_at.desc(), Complaint.id)
    )
    return [await _told(session, each) for each in found.all()]


async def throttle_sending(session: AsyncSession, asker: str) -> None:
    """Count one complaint from a network address. Raises NotAllowed when there were too many of late.

    Not for chats: beside a chat, even a count tells on a quiet day who complained. See `bot.pace`.
    """
    await _slow_down(session, SENDING, asker, MOST_SENT)
    await _count(session, SENDING, asker)


def normal_code(code: str) -> str:
    """A receipt code as people type it: any case, any gaps, the digits of any script."""
    plain = unicodedata.normalize("NFKC", code).upper()
    digits = (str(unicodedata.digit(letter)) if letter.isdigit() else letter for letter in plain)
    return "".join(letter for letter in digits if letter.isalnum())


def shown_code(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def day_of(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


def _spelled(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _letter in range(length))


async def _told(session: AsyncSession, complaint: Complaint) -> Told:
    return Told(complaint.about, complaint.status, await answer_of(session, complaint), complaint.answer_by)


async def answer_of(session: AsyncSession, complaint: Complaint) -> str | None:
    if complaint.answer is None:
        return None
    key = await open_subject(session, complaint.id)
    return str(key.open(Complaint.answer, complaint.id, complaint.answer))


async def _slow_down(session: AsyncSession, purpose: str, asker: str, most: int) -> None:
    counted = await session.get(SignInFailures, await fingerprint(session, purpose, asker))
    if counted is not None and counted.count >= most and clock.now() - counted.since < FAILURE_WINDOW:
        raise NotAllowed(TOO_MANY)


async def _count(session: AsyncSession, purpose: str, asker: str) -> None:
    """Kept for fifteen minutes, under a keyed fingerprint of the place alone."""
    key = await fingerprint(session, purpose, asker)
    counted = await session.get(SignInFailures, key, with_for_update=True)
    if counted is None:
        session.add(SignInFailures(key_hash=key, count=1, since=clock.now()))
    elif clock.now() - counted.since < FAILURE_WINDOW:
        counted.count += 1
    else:
        counted.count, counted.since = 1, clock.now()
