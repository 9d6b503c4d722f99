"""A person's savings goal: what for, how much, by when; what they put aside; whether the team may see it.

It is the person's own: set, changed and ended by them in the chat, and seen by nobody else unless they say so. The
audit names the goal and not the case, so that not even a case's history tells of a goal that is not shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON
from cases.consent import has_data_consent
from cases.models import Case
from cases.rules import CaseStatus
from cases.savings_models import SavingsEntry, SavingsGoal
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import Sealed, SubjectKey
from questionnaire.account_numbers import ACCOUNT_NUMBER, free_of_accounts, holds_account_number
from questionnaire.cleaning import clean_text

LONGEST_WHAT = 100
"""Characters."""
MOST_ENTRIES = 1000
"""Of one goal: more than three a day for a year."""
_GONE = _("This savings goal is no longer there.")


@dataclass(frozen=True, slots=True)
class Terms:
    what: str
    """In the person's own words."""
    amount: Decimal
    currency: str
    by: date | None = None


@dataclass(frozen=True, slots=True)
class PutAside:
    id: UUID
    amount: Decimal
    put_at: datetime


@dataclass(frozen=True, slots=True)
class Savings:
    """A goal, opened. `entries`: the newest last."""

    row: SavingsGoal
    terms: Terms
    entries: tuple[PutAside, ...]

    @property
    def saved(self) -> Decimal:
        return sum((each.amount for each in self.entries), Decimal(0))

    @property
    def left(self) -> Decimal:
        """Still to be put aside."""
        return max(self.terms.amount - self.saved, Decimal(0))

    @property
    def percent(self) -> int:
        """Rounded down, so that only a goal that is reached says a hundred."""
        return int(self.saved * 100 // self.terms.amount)

    @property
    def is_reached(self) -> bool:
        return self.saved >= self.terms.amount


def read_what(text: str) -> str:
    """What someone saves for, in a few words. Raises Invalid for none and for too many."""
    what = " ".join(clean_text(text).split())
    if not what:
        raise Invalid(_("Please write in a few words what you save for."))
    if holds_account_number(what):
        raise Invalid(ACCOUNT_NUMBER)
    if len(what) > LONGEST_WHAT:
        raise Invalid(_("Please write it shorter, in at most {count} characters."), count=LONGEST_WHAT)
    return what


def check_day(day: date) -> date:
    """Raises Invalid for a day that is not to come."""
    if day <= clock.today():
        raise Invalid(_("Please choose a day that is still to come, or no day."))
    return day


async def savings_of(session: AsyncSession, case: Case) -> list[Savings]:
    """Every goal of a file, the newest first. For the person; to staff `shared_with_team`."""
    if case.person_id is None:
        return []
    goals = (await session.scalars(_GOALS, {"case_id": case.id})).all()
    if not goals:
        return []
    key = await open_subject(session, case.person_id)
    entries = await session.scalars(_ENTRIES, {"case_id": case.id})
    by_goal: dict[UUID, list[SavingsEntry]] = {}
    for entry in entries:
        by_goal.setdefault(entry.goal_id, []).append(entry)
    return [_opened(key, goal, by_goal.get(goal.id, [])) for goal in goals]


_GOALS = select(SavingsGoal).where(SavingsGoal.case_id == bindparam("case_id")).order_by(SavingsGoal.set_at.desc())
_ENTRIES = (
    select(SavingsEntry)
    .where(SavingsEntry.case_id == bindparam("case_id"))
    .order_by(SavingsEntry.put_at, SavingsEntry.id)
)


async def shared_with_team(session: AsyncSession, case: Case) -> list[Savings]:
    """The goals that the person lets the team see, while they agree that data is kept."""
    if case.person_id is None or not await has_data_consent(session, case.person_id):
        return []
    return [each for each in await savings_of(session, case) if each.row.shared]


async def savings_now(session: AsyncSession, case: Case) -> Savings | None:
    """The goal that goes on."""
    return next((each for each in await savings_of(session, case) if each.row.ended_at is None), None)


async def set_goal(session: AsyncSession, person_id: UUID, terms: Terms) -> Savings:
    """Begin to save for something. Nobody sees it until the person says so. Raises Conflict while a goal goes on."""
    case = await _case(session, person_id)
    if await savings_now(session, case) is not None:
        raise Conflict(_("You have a savings goal already. You can change it, or end it and set another."))
    key, goal_id = await open_subject(session, person_id), uuid4()
    goal = SavingsGoal(
        id=goal_id, case_id=case.id, terms=_sealed(key, goal_id, terms), shared=False, set_at=clock.now()
    )
    session.add(goal)
    await session.flush()
    audit.record(session, PERSON.id, "savings.set", goal.id)
    return Savings(goal, terms, ())


async def change_goal(session: AsyncSession, person_id: UUID, goal_id: UUID, terms: Terms) -> Savings:
    """Raises Conflict for another currency once something was put aside."""
    key, savings = await _going_on(session, person_id, goal_id)
    if savings.entries and terms.currency != savings.terms.currency:
        raise Conflict(
            _("You count in {currency}. To count in another currency, end this goal and set a new one."),
            currency=savings.terms.currency,
        )
    savings.row.terms = _sealed(key, goal_id, terms)
    changed = Savings(savings.row, terms, savings.entries)
    _weigh(changed)
    audit.record(session, PERSON.id, "savings.changed", goal_id)
    return changed


async def put_aside(session: AsyncSession, person_id: UUID, goal_id: UUID, amount: Decimal) -> Savings:
    """`amount`: checked for the goal's currency; see `cases.money`."""
    key, savings = await _going_on(session, person_id, goal_id)
    if len(savings.entries) >= MOST_ENTRIES:
        raise Conflict(_("This goal has too many entries. Please end it and set a new one."))
    entry_id = uuid4()
    entry = SavingsEntry(
        id=entry_id,
        goal_id=goal_id,
        case_id=savings.row.case_id,
        amount=key.seal(SavingsEntry.amount, entry_id, f"{amount:f}"),
        put_at=clock.now(),
    )
    session.add(entry)
    more = Savings(savings.row, savings.terms, (*savings.entries, PutAside(entry_id, amount, entry.put_at)))
    _weigh(more)
    audit.record(session, PERSON.id, "savings.put", goal_id)
    return more


async def take_back(session: AsyncSession, person_id: UUID, entry_id: UUID) -> Savings:
    """The entry was wrong. Raises NotFound for one that is not there any more."""
    entry = await session.get(SavingsEntry, entry_id)
    if entry is None:
        raise NotFound(_("This entry is no longer there. Nothing was changed."))
    _key, savings = await _going_on(session, person_id, entry.goal_id)
    await session.delete(entry)
    less = Savings(savings.row, savings.terms, tuple(each for each in savings.entries if each.id != entry_id))
    _weigh(less)
    audit.record(session, PERSON.id, "savings.taken_back", entry.goal_id)
    return less


async def share_goal(session: AsyncSession, person_id: UUID, goal_id: UUID, *, shared: bool) -> Savings:
    """Whether the team for the case may see it. Acts at once, both ways."""
    _key, savings = await _going_on(session, person_id, goal_id)
    savings.row.shared = shared
    audit.record(session, PERSON.id, "savings.shared", goal_id, shared=shared)
    return savings


async def end_goal(session: AsyncSession, person_id: UUID, goal_id: UUID) -> None:
    """It stays in the person's file, as it is then; another can be set."""
    _key, savings = await _going_on(session, person_id, goal_id)
    savings.row.ended_at = clock.now()
    audit.record(session, PERSON.id, "savings.ended", goal_id)


async def _case(session: AsyncSession, person_id: UUID) -> Case:
    """The person's open case, locked: two taps at once set no two goals."""
    case = await session.scalar(select(Case).where(Case.person_id == person_id).with_for_update())
    if case is None or not await has_data_consent(session, person_id):
        raise NotAllowed(_("We can keep a savings goal only while you agree that we keep your data."))
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    return case


async def _going_on(session: AsyncSession, person_id: UUID, goal_id: UUID) -> tuple[SubjectKey, Savings]:
    """A goal of this person that is not ended. Raises NotFound for any other."""
    case = await _case(session, person_id)
    savings = await savings_now(session, case)
    if savings is None or savings.row.id != goal_id:
        raise NotFound(_GONE)
    return await open_subject(session, person_id), savings


def _weigh(savings: Savings) -> None:
    row = savings.row
    row.reached_at = (row.reached_at or clock.now()) if savings.is_reached else None


def _sealed(key: SubjectKey, goal_id: UUID, terms: Terms) -> Sealed:
    told = {
        "what": terms.what,
        "amount": f"{terms.amount:f}",
        "currency": terms.currency,
        "by": terms.by.isoformat() if terms.by else "",
    }
    return key.seal(SavingsGoal.terms, goal_id, free_of_accounts(told))


def _opened(key: SubjectKey, goal: SavingsGoal, entries: Sequence[SavingsEntry]) -> Savings:
    told = key.open(SavingsGoal.terms, goal.id, goal.terms)
    by = date.fromisoformat(told["by"]) if told["by"] else None
    put = [
        PutAside(each.id, Decimal(key.open(SavingsEntry.amount, each.id, each.amount)), each.put_at) for each in entries
    ]
    return Savings(goal, Terms(told["what"], Decimal(told["amount"]), told["currency"], by), tuple(put))
