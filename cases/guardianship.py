"""A child and their guardian (GCM 21(g), CRC articles 3 and 12): a child never consents alone.

A child's contact opens with their own yes and waits. Until an officer has checked the parent or guardian, only words
go to and fro: no forms, no referrals, no name asked. What nobody confirms in time is erased; see `homeward.retention`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.consent import authorise, give_data_consent, has_data_consent, waiting_consent, withdraw
from cases.intake import open_case
from cases.messages import person_of, tell
from cases.models import Case, Consent, Flag, Task
from cases.notices import UNCONFIRMED_DAYS
from cases.rules import ConsentKind, ConsentState, FlagKind, GivenBy, TaskKind
from cases.safeguarding import may_be_child, raise_flag
from cases.tasks import open_task
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.language import Message, _
from foundation.sealing import SubjectKey

UNCONFIRMED = timedelta(days=UNCONFIRMED_DAYS)
UNDER_18 = "contact.under_18"
AGE_UNSURE = "contact.age_unsure"
NO_GUARDIAN = "contact.no_guardian"
"""Rules of the flags that a contact raises."""

CONTACT = "contact"
EXTENDED = "extended"
"""Reasons of the guardian tasks. The one that extends carries the moment until which the contact is kept."""

NEWS: Message = _("There is something new for you here. Open the menu to see it.")


@dataclass(frozen=True, slots=True)
class Contact:
    """A child's contact that waits, as the officer sees it."""

    consent: Consent
    is_unaccompanied: bool
    kept_until: datetime


async def open_contact(
    session: AsyncSession,
    key: SubjectKey,
    language: str,
    notice: str,
    *,
    is_sure: bool,
    accompanied: bool,
    actor: Actor,
) -> Case:
    """A child said yes. `is_sure` that they are under 18; `accompanied`: the guardian agreed on the phone."""
    case = await open_case(session, key, language, notice, actor=actor, for_child=True)
    await session.flush()
    await raise_flag(session, case, FlagKind.CHILD, UNDER_18 if is_sure else AGE_UNSURE, actor=actor)
    if not accompanied:
        await raise_flag(session, case, FlagKind.UNACCOMPANIED_CHILD, NO_GUARDIAN, actor=actor)
    await open_task(session, case, TaskKind.GUARDIAN, CONTACT, actor=actor)
    return case


async def contact_of(session: AsyncSession, case: Case) -> Contact | None:
    """The contact that waits for a guardian's agreement, or None."""
    consent = await waiting_consent(session, case.person_id) if case.person_id else None
    if consent is None:
        return None
    alone = await session.scalar(select(Flag.id).where(Flag.case_id == case.id, Flag.rule == NO_GUARDIAN).limit(1))
    extended = await _extension(session, case.id)
    kept_until = max(consent.requested_at + UNCONFIRMED, extended.due_at if extended else consent.requested_at)
    return Contact(consent, alone is not None, kept_until)


async def confirm_guardian(session: AsyncSession, case: Case, evidence: str, *, actor: Actor) -> None:
    """An officer has spoken with the parent or guardian, and checked who they are: the case can begin.

    `evidence`: who agreed, when, and how it was checked; kept sealed. Raises Conflict when nothing waits any more.
    """
    require(actor, Permission.CONSENT_AUTHORISE_CHILD)
    person = await person_of(session, case)
    consent = await waiting_consent(session, person.id, lock=True)
    if consent is None:
        raise Conflict(_("No child waits for a guardian's agreement here."))
    await authorise(session, consent, evidence, actor=actor)
    await _settle_tasks(session, case, actor)
    await tell(session, person, NEWS)


async def extend_contact(session: AsyncSession, case: Case, *, actor: Actor) -> datetime:
    """Keep an unconfirmed contact for another while, because someone is at work on it. Gives until when."""
    require(actor, Permission.CONSENT_AUTHORISE_CHILD)
    person = await person_of(session, case)
    if await waiting_consent(session, person.id, lock=True) is None:
        raise Conflict(_("No child waits for a guardian's agreement here."))
    until = clock.now() + UNCONFIRMED
    task = await _extension(session, case.id)
    if task is None:
        task = await open_task(session, case, TaskKind.GUARDIAN, EXTENDED, actor=actor)
    task.due_at, task.done_at, task.done_by = until, None, None
    audit.record(session, actor.id, "contact.extended", case.id, days=UNCONFIRMED.days)
    return until


async def agree_as_adult(session: AsyncSession, case: Case, notice: str, *, actor: Actor) -> None:
    """An officer found that they are no child: now they agree for themselves, and nothing waits for a guardian."""
    person = await person_of(session, case)
    waiting = await waiting_consent(session, person.id, lock=True)
    if waiting is None or await may_be_child(session, case.id):
        raise NotFound(_("This question is no longer open."))
    await withdraw(session, waiting.id, person.id, actor=actor)
    give_data_consent(session, person, case, notice, actor=actor)


async def unconfirmed_people(session: AsyncSession, only: UUID | None = None) -> Sequence[UUID]:
    """Children whose contact nobody confirmed in time, and nobody keeps for longer; of `only`, if given."""
    kept = (
        select(Task.case_id)
        .where(Task.kind == TaskKind.GUARDIAN, Task.reason == EXTENDED, Task.due_at > clock.now())
        .scalar_subquery()
    )
    found = await session.scalars(
        select(Consent.person_id)
        .join(Case, Case.person_id == Consent.person_id)
        .where(
            Consent.kind == ConsentKind.DATA,
            Consent.state == ConsentState.REQUESTED,
            Consent.given_by == GivenBy.GUARDIAN,
            Consent.requested_at < clock.now() - UNCONFIRMED,
            Case.id.not_in(kept),
            *([] if only is None else [Consent.person_id == only]),
        )
        # An officer who confirms at this very moment comes first: the contact is then looked at once more.
        .with_for_update(of=Consent)
    )
    return [person_id for person_id in found.all() if not await has_data_consent(session, person_id)]


async def _extension(session: AsyncSession, case_id: UUID) -> Task | None:
    return await session.scalar(
        select(Task).where(Task.case_id == case_id, Task.kind == TaskKind.GUARDIAN, Task.reason == EXTENDED)
    )


async def _settle_tasks(session: AsyncSession, case: Case, actor: Actor) -> None:
    waiting = await session.scalars(
        select(Task).where(Task.case_id == case.id, Task.kind == TaskKind.GUARDIAN, Task.done_at.is_(None))
    )
    for task in waiting.all():
        task.done_at, task.done_by = clock.now(), actor.id
        audit.record(session, actor.id, "task.settled", case.id, kind=task.kind, task=task.id)
