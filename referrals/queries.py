"""What a case page and the person themselves read of referrals. The case was found for the reader before."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import Actor
from access.models import StaffMember
from cases.answers import answers_of
from cases.models import Case
from cases.models import Person as PersonOfCase
from cases.rules import CaseStatus, NeedKind
from cases.sheets import ARRIVAL
from cases.waiting import MOST, open_cases
from foundation import clock
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import SOURCE_LANGUAGE, _
from referrals.eligibility import Person
from referrals.matching import Wanted
from referrals.models import Disclosure, Referral, ReferralWord, Service
from referrals.opening_models import OpeningMatch
from referrals.sharing import note_of
from referrals.waiting import untold


async def referrals_of(session: AsyncSession, case_id: UUID) -> list[Referral]:
    """Newest first, with service, organisation and what the person says of it."""
    return list(await session.scalars(_OF_CASE, {"case_id": case_id}))


_OF_CASE = (
    select(Referral)
    .where(Referral.case_id == bindparam("case_id"))
    .options(joinedload(Referral.service).joinedload(Service.organisation), joinedload(Referral.word))
    .order_by(Referral.created_at.desc(), Referral.id)
)


@dataclass(frozen=True, slots=True)
class ReferralFile:
    """One referral as the staff of its case read it."""

    referral: Referral
    """With service, organisation and what the person says of it."""
    note: str
    settled_by: str
    reason: str
    """How a supervisor found out who is right; empty if nobody has."""


async def referral_file(session: AsyncSession, case: Case, referral_id: UUID) -> ReferralFile:
    """Raises NotFound for one that is not of this case."""
    referral = await session.scalar(
        select(Referral)
        .where(Referral.id == referral_id, Referral.case_id == case.id)
        .options(joinedload(Referral.service).joinedload(Service.organisation), joinedload(Referral.word))
    )
    if referral is None:
        raise NotFound(_("There is no such referral."))
    word = referral.word
    settler = await session.get(StaffMember, word.settled_by) if word and word.settled_by else None
    if case.status is CaseStatus.ERASED:
        return ReferralFile(referral, "", "", "")
    key = await open_subject(session, referral.subject_id)
    reason = word and word.reason and key.open(ReferralWord.reason, referral.id, word.reason)
    return ReferralFile(referral, note_of(referral, key) or "", settler.name if settler else "", reason or "")


async def wanted_of(session: AsyncSession, case: Case, need: NeedKind) -> Wanted:
    """What decides which services fit this person and a need of theirs: their place, language, age and answers."""
    if case.person_id is None:
        return Wanted(need, case.country, case.area, SOURCE_LANGUAGE)
    person = await session.get_one(PersonOfCase, case.person_id)
    answers = await answers_of(session, case, await open_subject(session, case.person_id))
    birth_year = answers.get(ARRIVAL, {}).get("birth_year")
    age = clock.today().year - birth_year if isinstance(birth_year, int) else None
    return Wanted(need, case.country, case.area, person.language, Person(age, answers))


async def shared_with(session: AsyncSession, case_id: UUID) -> list[Disclosure]:
    """The share log of a case, oldest first."""
    return list(
        await session.scalars(
            select(Disclosure).where(Disclosure.case_id == case_id).order_by(Disclosure.shared_at, Disclosure.id)
        )
    )


async def untold_cases(session: AsyncSession, actor: Actor) -> list[tuple[str, int]]:
    """Numbers of the actor's own cases for which something in their very occupation waits, and how many."""
    rows = await session.execute(
        open_cases(actor)
        .join(OpeningMatch, OpeningMatch.case_id == Case.id)
        .where(Case.owner_id == actor.id, *untold())
        .with_only_columns(Case.number, func.count())
        .group_by(Case.number)
        .order_by(Case.number)
        .limit(MOST)
    )
    return [(number, count) for number, count in rows]
