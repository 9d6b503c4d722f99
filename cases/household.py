"""The people of a case: the person themselves, and whoever of the family travels with them or waits for them."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.answers import answers_of
from cases.messages import person_of
from cases.models import Case
from cases.rules import CaseStatus
from cases.safeguard_models import CasePerson
from cases.safeguard_rules import Age, Company, Relation
from cases.safeguarding import may_be_child
from cases.sheets import ARRIVAL
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts

LONGEST_NAME = 80


async def people_of(session: AsyncSession, case_id: UUID) -> Sequence[CasePerson]:
    """The people of a case who have not been taken off it, the person themselves first."""
    found = await session.scalars(
        select(CasePerson)
        .where(CasePerson.case_id == case_id, CasePerson.removed_at.is_(None))
        .order_by(CasePerson.relation != Relation.SELF, CasePerson.added_at, CasePerson.id)
    )
    return found.all()


async def find_person(session: AsyncSession, case: Case, person_id: UUID) -> CasePerson:
    """Raises NotFound for someone who is not of this case, or no longer."""
    found = await session.scalar(
        select(CasePerson)
        .where(CasePerson.id == person_id, CasePerson.case_id == case.id, CasePerson.removed_at.is_(None))
        .with_for_update()
    )
    if found is None:
        raise NotFound(_("There is no such person in this case."))
    return found


async def ensure_self(session: AsyncSession, case: Case, *, actor: Actor) -> CasePerson:
    """The person themselves among the people of their case. Only who says that they are an adult counts as one."""
    known = await session.scalar(
        select(CasePerson).where(CasePerson.case_id == case.id, CasePerson.relation == Relation.SELF)
    )
    if known is not None:
        return known
    key = await open_subject(session, (await person_of(session, case)).id)
    arrival = (await answers_of(session, case, key)).get(ARRIVAL, {})
    is_adult = arrival.get("maybe_child") == "no" and not await may_be_child(session, case.id)
    age = Age.ADULT if is_adult else Age.CHILD if arrival.get("maybe_child") == "yes" else Age.UNSURE
    return _add(session, case, Relation.SELF, age, travels=True, actor=actor)


async def add_person(
    session: AsyncSession, case: Case, relation: Relation, age: Age, called: str, *, travels: bool, actor: Actor
) -> CasePerson:
    """Someone of the family. `called`: the name they are called by, kept sealed."""
    require(actor, Permission.HOUSEHOLD_EDIT)
    _require_open(case)
    name = called.strip()
    if relation is Relation.SELF:
        raise Invalid(_("The person themselves is in their case already."))
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(_("Write the name that this person is called by."))
    await ensure_self(session, case, actor=actor)
    key = await open_subject(session, (await person_of(session, case)).id)
    added = _add(session, case, relation, age, travels=travels, actor=actor)
    added.details = key.seal(CasePerson.details, added.id, free_of_accounts({"called": name}))
    return added


async def set_travels(session: AsyncSession, case: Case, person_id: UUID, *, travels: bool, actor: Actor) -> None:
    """Whether the return is theirs too."""
    require(actor, Permission.HOUSEHOLD_EDIT)
    _require_open(case)
    person = await find_person(session, case, person_id)
    if person.relation is Relation.SELF and not travels:
        raise Invalid(_("A return is always that of the person themselves."))
    person.travels = travels
    audit.record(session, actor.id, "household.changed", case.id, about=person.id, travels=travels)


async def remove_person(session: AsyncSession, case: Case, person_id: UUID, *, actor: Actor) -> None:
    """Take someone off the case who does not belong to it. What was recorded about them stays with the file."""
    require(actor, Permission.HOUSEHOLD_EDIT)
    _require_open(case)
    person = await find_person(session, case, person_id)
    if person.relation is Relation.SELF:
        raise Invalid(_("A return is always that of the person themselves."))
    person.removed_at = clock.now()
    audit.record(session, actor.id, "household.removed", case.id, about=person.id)


def _add(session: AsyncSession, case: Case, relation: Relation, age: Age, *, travels: bool, actor: Actor) -> CasePerson:
    person = CasePerson(
        id=uuid4(),
        case_id=case.id,
        relation=relation,
        age=age,
        company=Company.UNVERIFIED,
        travels=travels,
        added_by=actor.id if actor.role is not None else None,
        added_at=clock.now(),
    )
    session.add(person)
    audit.record(session, actor.id, "household.added", case.id, about=person.id, relation=relation, age=age)
    return person


def _require_open(case: Case) -> None:
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
