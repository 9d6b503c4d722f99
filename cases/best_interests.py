"""Preparing a best-interests determination: opening it, writing the report, seating the panel, telling the child.

Whoever opened it or wrote the report presents it and does not sit. Urgent protection never waits for any of this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Permission, Role
from cases.determinations import (
    NOT_OPEN,
    REPORT_FIELDS,
    OpenedDetermination,
    find_determination,
    members_of,
    move,
    open_determination_for,
    require_undecided,
    sitting,
)
from cases.household import find_person, people_of
from cases.messages import person_of
from cases.models import Case, Person
from cases.record_kinds import RecordKind
from cases.records import OpenedRecord, opened, reads_words, records_of
from cases.rules import CaseStatus, TaskKind
from cases.safeguard_models import BestInterests, CasePerson, PanelMember
from cases.safeguard_rules import PANEL_SIZE, Age, BidState, BidTrigger, PanelBody, Relation
from cases.tasks import close_task, open_task
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts

LONGEST_PART = 4_000


@dataclass(frozen=True, slots=True)
class ChildView:
    """A child of a case with what is known of their best interests, the newest determination first."""

    child: CasePerson
    called: str | None
    assessment: OpenedRecord | None
    determinations: tuple[OpenedDetermination, ...]

    @property
    def is_under_way(self) -> bool:
        return any(each.determination.state is not BidState.DECIDED for each in self.determinations)


async def open_determination(
    session: AsyncSession, case: Case, about_id: UUID, trigger: BidTrigger, *, actor: Actor
) -> BestInterests:
    """Open one about a child. On new facts the earlier decision stands no longer, from this moment on."""
    require(actor, Permission.BEST_INTERESTS_PREPARE)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(NOT_OPEN)
    child = await find_person(session, case, about_id)
    if child.age is Age.ADULT:
        raise Invalid(_("A determination is about a child."))
    standing = await session.scalar(
        select(BestInterests)
        .where(BestInterests.about_id == child.id, BestInterests.replaced_by.is_(None))
        .with_for_update()
    )
    if standing is not None and standing.state is not BidState.DECIDED:
        raise Conflict(_("A determination about this child is under way already."))
    if (standing is not None) != (trigger is BidTrigger.NEW_FACTS):
        raise Invalid(_("New facts, or a review, are the trigger once the panel has decided, and only then."))
    determination = BestInterests(
        id=uuid4(),
        case_id=case.id,
        about_id=child.id,
        trigger=trigger,
        state=BidState.OPENED,
        opened_by=actor.id,
        opened_at=clock.now(),
    )
    session.add(determination)
    await session.flush()
    if standing is not None:
        standing.replaced_by = determination.id
        await close_task(session, case, TaskKind.BEST_INTERESTS, _inform(standing), actor=actor)
    audit.record(
        session, actor.id, "best_interests.opened", case.id,
        determination=determination.id, about=child.id, trigger=trigger,
    )  # fmt: skip
    await open_task(session, case, TaskKind.BEST_INTERESTS, f"decide.{determination.id.hex}", actor=actor)
    return determination


async def write_report(
    session: AsyncSession, case: Case, determination_id: UUID, values: Mapping[str, str], *, actor: Actor
) -> None:
    """Write the report, or write it anew until the panel has decided. `values`: by the names of REPORT_FIELDS.

    Opinions on an earlier report count no longer: each member gives theirs on what is written now.
    """
    require(actor, Permission.BEST_INTERESTS_PREPARE)
    determination = await find_determination(session, case, determination_id, lock=True)
    require_undecided(case, determination)
    report = {name: values.get(name, "").strip() for name in REPORT_FIELDS}
    for name, text in report.items():
        if not text:
            raise Invalid(_("Please fill in: {field}"), field=REPORT_FIELDS[name])
        if len(text) > LONGEST_PART:
            raise Invalid(_("This text is too long: {field}"), field=REPORT_FIELDS[name])
    members = await members_of(session, determination)
    if any(each.staff_id == actor.id for each in members):
        raise Conflict(_("Whoever sits on the panel does not write the report."))
    key = await open_subject(session, (await person_of(session, case)).id)
    move(determination, BidState.REPORTED)
    determination.report = key.seal(BestInterests.report, determination.id, free_of_accounts(report))
    determination.reported_by, determination.reported_at = actor.id, clock.now()
    outdated = [each for each in members if each.opinion is not None]
    for member in outdated:
        member.opinion = member.note = member.given_at = None
    audit.record(
        session, actor.id, "best_interests.reported", case.id,
        determination=determination.id, opinions_dropped=len(outdated),
    )  # fmt: skip


async def candidates(session: AsyncSession) -> Sequence[StaffMember]:
    """Who can be seated: panel members of the organisations that run this installation, by name."""
    found = await session.scalars(
        select(StaffMember)
        .join(Organisation, Organisation.id == StaffMember.organisation_id)
        .where(
            StaffMember.role == Role.PANEL_MEMBER,
            StaffMember.disabled_at.is_(None),
            Organisation.kind == OrganisationKind.OPERATOR,
        )
        .order_by(StaffMember.name, StaffMember.id)
    )
    return found.all()


async def seat_member(
    session: AsyncSession, case: Case, determination_id: UUID, staff_id: UUID, body: PanelBody, *, actor: Actor
) -> PanelMember:
    """Give someone a seat. Whoever declared a conflict about this child before does not get one again."""
    require(actor, Permission.BEST_INTERESTS_PREPARE)
    determination = await find_determination(session, case, determination_id, lock=True)
    require_undecided(case, determination)
    if staff_id in (determination.opened_by, determination.reported_by):
        raise Conflict(_("Whoever opened the determination or wrote the report does not sit on the panel."))
    if staff_id not in {each.id for each in await candidates(session)}:
        raise NotFound(_("There is no such member of a panel."))
    members = await members_of(session, determination)
    if any(each.staff_id == staff_id and each.has_conflict for each in members):
        raise Conflict(_("This person has declared a conflict of interest."))
    if any(each.staff_id == staff_id for each in members):
        raise Conflict(_("This person sits on the panel already."))
    if len(sitting(members)) >= PANEL_SIZE[1]:
        raise Conflict(_("A panel has at most {most} members."), most=PANEL_SIZE[1])
    member = PanelMember(
        id=uuid4(), best_interests_id=determination.id, staff_id=staff_id, body=body, seated_at=clock.now()
    )
    session.add(member)
    audit.record(
        session, actor.id, "best_interests.seated", case.id,
        determination=determination.id, member=staff_id, body=body,
    )  # fmt: skip
    for each in members:
        if each.has_conflict:
            await close_task(session, case, TaskKind.BEST_INTERESTS, f"conflict.{each.id.hex}", actor=actor)
    return member


async def unseat_member(
    session: AsyncSession, case: Case, determination_id: UUID, member_id: UUID, *, actor: Actor
) -> None:
    """Free a seat for someone else. Nobody is unseated for an opinion they gave, and a declared conflict is kept."""
    require(actor, Permission.BEST_INTERESTS_PREPARE)
    determination = await find_determination(session, case, determination_id, lock=True)
    require_undecided(case, determination)
    member = next((each for each in await members_of(session, determination) if each.id == member_id), None)
    if member is None:
        raise NotFound(_("There is no such member of a panel."))
    if member.opinion is not None:
        raise Conflict(_("This member has given their opinion and stays on the panel."))
    if member.has_conflict:
        raise Conflict(_("This member no longer sits. That they declared a conflict is kept."))
    await session.delete(member)
    audit.record(
        session, actor.id, "best_interests.unseated", case.id, determination=determination.id, member=member.staff_id
    )


async def record_child_informed(
    session: AsyncSession, case: Case, determination_id: UUID, on_day: date, *, understood: bool, actor: Actor
) -> None:
    """The child was told of the decision and its reasons, in a form that they understand."""
    require(actor, Permission.BEST_INTERESTS_PREPARE)
    determination = await find_determination(session, case, determination_id, lock=True)
    if determination.decided_at is None or determination.replaced_by is not None:
        raise Conflict(_("No decision of this determination stands."))
    if determination.child_informed_on is not None:
        raise Conflict(_("This has been recorded already."))
    if not understood:
        raise Invalid(_("Tell the child in a language and a form that they understand, and confirm that you did."))
    if not determination.decided_at.date() <= on_day <= clock.today():
        raise Invalid(_("The day lies between the decision and today."))
    determination.child_informed_on = on_day
    audit.record(session, actor.id, "best_interests.informed", case.id, determination=determination.id)
    await close_task(session, case, TaskKind.BEST_INTERESTS, _inform(determination), actor=actor)


async def children_of(session: AsyncSession, case: Case, *, reader: Actor) -> list[ChildView]:
    """Every child of a case, with the assessment in force and each determination."""
    person = await person_of(session, case)
    key = await open_subject(session, person.id)
    found = await session.scalars(
        select(BestInterests)
        .where(BestInterests.case_id == case.id)
        .order_by(BestInterests.opened_at.desc(), BestInterests.id)
    )
    views = [await open_determination_for(session, key, each, reader=reader) for each in found]
    assessments = {
        each.about_id: opened(key, each, whole=reads_words(each, reader))
        for each in await records_of(session, case.id)
        if each.kind is RecordKind.BIA
    }
    return [
        ChildView(
            child,
            called_of(key, person, child),
            assessments.get(child.id),
            tuple(each for each in views if each.determination.about_id == child.id),
        )
        for child in await people_of(session, case.id)
        if child.age is not Age.ADULT or any(each.determination.about_id == child.id for each in views)
    ]


async def read_determination(
    session: AsyncSession, case: Case, determination_id: UUID, *, reader: Actor
) -> tuple[OpenedDetermination, str | None]:
    """One determination for whoever may read the case, and the name that the child is called by."""
    person = await person_of(session, case)
    key = await open_subject(session, person.id)
    determination = await find_determination(session, case, determination_id)
    view = await open_determination_for(session, key, determination, reader=reader)
    return view, called_of(key, person, view.child)


def called_of(key: SubjectKey, person: Person, child: CasePerson) -> str | None:
    if child.relation is Relation.SELF:
        return str(key.open(Person.called, person.id, person.called)) if person.called else None
    return str(key.open(CasePerson.details, child.id, child.details)["called"]) if child.details else None


def _inform(determination: BestInterests) -> str:
    """The reason of the task to tell the child: opened when the panel decides, see `panel.decide`."""
    return f"inform.{determination.id.hex}"
