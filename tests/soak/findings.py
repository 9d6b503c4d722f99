"""What the database holds at the end, beside what every person knows to have said."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chats import open_address
from bot.models import Chat, DeadLetter
from cases.answers import open_answers
from cases.fact_models import Fact
from cases.fact_rules import Thing
from cases.models import Case, CaseMessage, Consent, Flag, Need, Submission
from cases.rules import ConsentState, Direction, SubmissionState
from foundation import audit
from foundation.audit import AuditEntry
from foundation.keys import open_subject
from foundation.outbox import OutboxRow, OutboxState
from foundation.sealing import SubjectKey
from referrals.facts import catch_up
from tests.soak.person import Person


@dataclass
class Kept:
    """One chat as the database has it, opened."""

    case: Case | None
    submissions: list[tuple[Submission, dict[str, Any]]]
    messages: list[str]
    consents: list[Consent]
    flags: list[str]
    needs: list[tuple[str, str, str]]
    place: dict[str, Any]
    told: int
    """Messages to this person that count as sent."""


@dataclass
class House:
    chats: dict[int, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    cases: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    answers_stored: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Audit entries by submission and question."""
    outbox: Counter[OutboxState] = field(default_factory=Counter)
    dead_letters: int = 0
    broken_link: int | None = None
    unlinked: int = 0


async def read_house(session: AsyncSession) -> House:
    """Open everything. The master key is at hand in a run; nothing of this is ever printed."""
    await catch_up(session)
    house = House()
    for chat in await session.scalars(select(Chat)):
        key = await open_subject(session, chat.subject_id)
        house.chats[open_address(chat, key)].append(await _read_chat(session, chat, key))
    house.cases = await session.scalar(select(func.count()).select_from(Case)) or 0
    house.facts.update(await session.scalars(select(Fact.thing)))
    stored = await session.scalars(select(AuditEntry.facts).where(AuditEntry.event == "answer.stored"))
    house.answers_stored.update((facts["submission"], facts["question"]) for facts in stored)
    house.outbox.update(await session.scalars(select(OutboxRow.state)))
    house.dead_letters = await session.scalar(select(func.count()).select_from(DeadLetter)) or 0
    house.broken_link, house.unlinked = await audit.broken_link(session), await audit.unlinked(session)
    return house


async def _read_chat(session: AsyncSession, chat: Chat, key: SubjectKey) -> Kept:
    case_id, person_id = chat.case_id, chat.subject_id
    submissions = await _rows(session, Submission, Submission.case_id, case_id)
    messages = await session.scalars(
        select(CaseMessage)
        .where(CaseMessage.case_id == case_id, CaseMessage.direction == Direction.FROM_PERSON)
        .order_by(CaseMessage.position)
    )
    flags, needs = await _rows(session, Flag, Flag.case_id, case_id), await _rows(session, Need, Need.case_id, case_id)
    told = select(func.count()).where(OutboxRow.lane == person_id, OutboxRow.state == OutboxState.DONE)
    return Kept(
        case=await session.get(Case, case_id) if case_id else None,
        submissions=[(each, open_answers(key, each)) for each in submissions],
        messages=[key.open(CaseMessage.body, each.id, each.body) for each in messages],
        consents=await _rows(session, Consent, Consent.person_id, person_id),
        flags=sorted(each.rule for each in flags),
        needs=sorted((each.kind, each.urgency, each.status) for each in needs),
        place=chat.place,
        told=await session.scalar(told) or 0,
    )


async def _rows(session: AsyncSession, model: Any, column: Any, wanted: UUID | None) -> list[Any]:
    return list(await session.scalars(select(model).where(column == wanted)))


def compare(house: House, people: Mapping[int, Person]) -> dict[str, int]:
    """Every property of a run as a number that must be 0."""
    found = Counter[str]()
    for address, person in people.items():
        kept = house.chats.get(address, [])
        found["chats missing or doubled"] += len(kept) != 1
        for each in kept[:1]:
            found += _compare_person(each, person, house)
        found["people who did not get through"] += not person.done
    found["cases too many or too few"] = abs(house.cases - len(people))
    found["facts doubled or missing"] = abs(house.facts[Thing.CASE] - sum("arrival" in p.sent for p in people.values()))
    found["facts doubled or missing"] += abs(
        house.facts[Thing.NEED] - sum(len(kept.needs) for chat in house.chats.values() for kept in chat)
    )
    found["messages left waiting"] = house.outbox[OutboxState.WAITING]
    found["messages given up"] = house.outbox[OutboxState.FAILED]
    found["updates buried"] = house.dead_letters
    found["audit links broken"] = house.broken_link or 0
    found["audit entries not linked"] = house.unlinked
    return {name: found[name] for name in sorted(MUST_BE_ZERO)}


def _compare_person(kept: Kept, person: Person, house: House) -> Counter[str]:
    found = Counter[str]()
    by_form: defaultdict[str, list[tuple[Submission, dict[str, Any]]]] = defaultdict(list)
    for each in kept.submissions:
        by_form[each[0].sheet_id].append(each)
    for form, given in person.answers.items():
        stored = by_form.pop(form, [])
        found["forms stored twice"] += max(0, len(stored) - 1)
        submission = stored[0][0] if stored else None
        answers = stored[0][1] if stored else {}
        for question, value in given.items():
            found["answers acknowledged and lost"] += question not in answers
            found["answers with another value"] += question in answers and answers[question] != value
            times = house.answers_stored[str(submission.id), question] if submission else 0
            found["answers stored twice"] += max(0, times - person.given[form, question])
            found["answers acknowledged and lost"] += max(0, person.given[form, question] - times)
        is_sent = submission is not None and submission.state is SubmissionState.SUBMITTED
        found["forms acknowledged and lost"] += (form in person.sent) != is_sent
    found["forms stored twice"] += sum(len(stored) for stored in by_form.values())
    written, stored_texts = Counter(person.wrote), Counter(kept.messages)
    found["texts acknowledged and lost"] = (written - stored_texts).total()
    found["texts stored twice"] = (stored_texts - written).total()
    found["texts out of order"] = written == stored_texts and person.wrote != kept.messages
    states = [consent.state for consent in kept.consents]
    found["consents too many or too few"] = int(states != [ConsentState.GIVEN])
    return found


MUST_BE_ZERO = frozenset(
    [
        "answers acknowledged and lost",
        "answers stored twice",
        "answers with another value",
        "audit entries not linked",
        "audit links broken",
        "cases too many or too few",
        "chats missing or doubled",
        "consents too many or too few",
        "facts doubled or missing",
        "forms acknowledged and lost",
        "forms stored twice",
        "messages given up",
        "messages left waiting",
        "people who did not get through",
        "texts acknowledged and lost",
        "texts out of order",
        "texts stored twice",
        "updates buried",
    ]
)
