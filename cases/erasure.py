"""Erasure: the person's key is destroyed, and every row that speaks of them goes or is emptied.

What stays: the case's number marked erased, consent records as codes, the audit log (ids and codes), and counted facts
without any link to anyone. The notice says so before the person agrees.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.access_models import BrokenGlass
from cases.assessment_models import RiskSetting
from cases.budgets import keep_what_was_spent
from cases.casework_models import CaseNote, CaseNoteReader, CaseTransfer, Closing, CounsellingSession, ToldApart
from cases.casework_rules import OPEN_TRANSFERS, TransferState
from cases.facts import cut_links
from cases.fingerprints import forget_prints
from cases.models import (
    CallBack,
    Case,
    CaseMessage,
    Complaint,
    Consent,
    Flag,
    FollowUp,
    FormRequest,
    Need,
    Person,
    PhoneLink,
    StoredFile,
    Submission,
    SurveyResult,
    Task,
)
from cases.plan_models import Plan, PlanActivity
from cases.rules import IN_FORCE, CaseStatus, ConsentState
from cases.safeguard_models import (
    BestInterests,
    CasePerson,
    CaseRecord,
    GateOverride,
    GatePassage,
    PanelMember,
    ReturnJourney,
    ReturnLeg,
)
from cases.same_person import same_people
from cases.savings_models import LessonDone, SavingsEntry, SavingsGoal
from cases.work_models import WorkCode
from foundation import audit, clock, keys, outbox
from foundation.errors import NotFound
from foundation.language import _


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was destroyed, and when."""

    case_number: str
    erased_at: datetime


async def erase_person(session: AsyncSession, person_id: UUID, *, actor: Actor) -> Receipt:
    """Destroy everything kept of a person, in every file of theirs. Raises NotFound if there is none, or no longer."""
    receipts = [await _erase_file(session, each, actor=actor) for each in await same_people(session, person_id)]
    if not receipts:
        raise NotFound(_("There is no case to delete."))
    return receipts[0]


async def _erase_file(session: AsyncSession, person_id: UUID, *, actor: Actor) -> Receipt:
    case = await session.scalar(select(Case).where(Case.person_id == person_id).with_for_update())
    if case is None:
        raise NotFound(_("There is no case to delete."))
    await _erase_casework(session, case.id)
    # Links between the rows first: what is pointed at goes last.
    await session.execute(update(Submission).where(Submission.case_id == case.id).values(amends=None))
    await keep_what_was_spent(session, case.id)
    for table in (
        WorkCode,
        LessonDone,
        SavingsEntry,
        SavingsGoal,
        PlanActivity,
        Plan,
        RiskSetting,
        SurveyResult,
        FollowUp,
        FormRequest,
        CaseMessage,
        StoredFile,
        CallBack,
        Task,
        Submission,
        Flag,
        Need,
    ):
        await session.execute(delete(table).where(table.case_id == case.id))
    await _delete_safeguards(session, case.id)
    await cut_links(session, [case.id])
    await session.execute(delete(BrokenGlass).where(BrokenGlass.case_id == case.id))
    await session.execute(delete(PhoneLink).where(PhoneLink.person_id == person_id))
    await forget_prints(session, person_id)
    # A complaint is answered whoever made it; only the way from it to the person is cut.
    await session.execute(update(Complaint).where(Complaint.person_id == person_id).values(person_id=None))
    await session.execute(
        update(Consent)
        .where(Consent.person_id == person_id, Consent.state.in_(IN_FORCE))
        .values(state=ConsentState.WITHDRAWN, withdrawn_at=clock.now())
    )
    await session.execute(update(Consent).where(Consent.person_id == person_id).values(guardian_evidence=None))
    await session.execute(
        update(Person).where(Person.id == person_id).values(called=None, name_fingerprint=None, erased_at=clock.now())
    )
    _empty(case)
    await outbox.drop_subject(session, person_id)
    await keys.shred(session, person_id)
    audit.record(session, actor.id, "person.erased", case.id)
    return Receipt(case.number, clock.now())


async def _delete_safeguards(session: AsyncSession, case_id: UUID) -> None:
    """What was recorded about the people of the case; the way into a table goes before the table."""
    journeys = select(ReturnJourney.id).where(ReturnJourney.case_id == case_id)
    determinations = select(BestInterests.id).where(BestInterests.case_id == case_id)
    await session.execute(delete(PanelMember).where(PanelMember.best_interests_id.in_(determinations)))
    await session.execute(delete(ReturnLeg).where(ReturnLeg.journey_id.in_(journeys)))
    await session.execute(update(BestInterests).where(BestInterests.case_id == case_id).values(replaced_by=None))
    for table in (GateOverride, ReturnJourney, GatePassage, BestInterests, CaseRecord, CasePerson):
        await session.execute(delete(table).where(table.case_id == case_id))


async def _erase_casework(session: AsyncSession, case_id: UUID) -> None:
    """A transfer stays as codes: both organisations go on to read that there was one."""
    notes = select(CaseNote.id).where(CaseNote.case_id == case_id)
    await session.execute(delete(CaseNoteReader).where(CaseNoteReader.note_id.in_(notes)))
    await session.execute(update(CaseNote).where(CaseNote.case_id == case_id).values(corrects=None))
    for table in (CounsellingSession, CaseNote, Closing):
        await session.execute(delete(table).where(table.case_id == case_id))
    await session.execute(delete(ToldApart).where((ToldApart.first_id == case_id) | (ToldApart.second_id == case_id)))
    transfers = update(CaseTransfer).where(CaseTransfer.case_id == case_id)
    await session.execute(transfers.values(note=None))
    await session.execute(
        transfers.where(CaseTransfer.state.in_(OPEN_TRANSFERS)).values(
            state=TransferState.REFUSED, settled_at=clock.now(), remind_at=None
        )
    )


def _empty(case: Case) -> None:
    case.status = CaseStatus.ERASED
    case.person_id = case.country = case.area = None
    case.attention_at = case.unreachable_at = case.unanswered_at = None
    case.closed_at = case.erase_after = case.survivor_id = None
