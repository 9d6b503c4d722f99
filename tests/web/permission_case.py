"""Everything of one case that a route can name: what it holds, who decides on it, who travels."""

from datetime import date
from uuid import UUID, uuid4

from determination_scene import REPORT, add_child, add_determination, add_panel_members
from first_rows import actor_of
from permission_rules_case_api import picture
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from web_browser import email_of

from access.actor import PERSON, SYSTEM, Actor
from access.models import StaffMember
from access.rules import Role
from cases.activities import Terms, add_activity
from cases.best_interests import write_report
from cases.callbacks import draft_call, request_call
from cases.files import OpenedFile
from cases.filling import begin_filling
from cases.followup import plan_waves
from cases.household import add_person
from cases.messages import announce, receive_from_person
from cases.models import Case, Flag, Need, StoredFile
from cases.notes import write_note
from cases.overriding import ask_override
from cases.plan_rules import ActivityKind
from cases.planning import begin_plan
from cases.requests import request_form
from cases.returning import add_leg
from cases.rules import (
    CallChannel,
    CallTime,
    FileKind,
    FlagKind,
    NeedKind,
    TaskKind,
    Urgency,
)
from cases.safeguard_models import PanelMember, ReturnJourney
from cases.safeguard_rules import Age, Relation, ReturnType, Step, TravelMode
from cases.sheets import ARRIVAL, NEEDS
from cases.tasks import open_task
from foundation import clock, outbox
from foundation.keys import open_subject
from referrals.applying import Terms as ApplicationTerms
from referrals.applying import add_period, open_new
from referrals.models import Referral, ServiceOffer
from referrals.offering import offer_services
from referrals.referring import create_referral
from referrals.rules import SharedField
from referrals.work_periods import Period

PICTURE = "house.png"
PANEL_ACCOUNT = email_of(Role.PANEL_MEMBER)


async def refer(session: AsyncSession, case: Case, service_id: UUID, actor: Actor) -> Referral:
    return await create_referral(
        session,
        case,
        service_id=service_id,
        need_kind=NeedKind.SHELTER,
        urgency=Urgency.NORMAL,
        fields=[SharedField.CALLED],
        actor=actor,
    )


async def _offer_services(session: AsyncSession, case: Case, services: list[UUID], actor: Actor) -> ServiceOffer:
    return await offer_services(
        session,
        case,
        services=services,
        need_kind=NeedKind.SHELTER,
        urgency=Urgency.NORMAL,
        fields=[SharedField.CALLED],
        actor=actor,
    )


async def parts_of_case(
    session: AsyncSession, case: Case, draft: Referral, services: list[UUID], caseworker: Actor
) -> dict[str, str]:
    of_case = select(Flag.id).where(Flag.case_id == case.id, Flag.kind == FlagKind.NO_SAFE_PLACE)
    need = select(Need.id).where(Need.case_id == case.id, Need.kind == NeedKind.SAFETY)
    return {
        "number": case.number,
        "referral_id": str(draft.id),
        "flag_id": str(await session.scalar(of_case)),
        "need_id": str(await session.scalar(need)),
        "follow_up_id": str((await plan_waves(session, case, clock.today(), actor=SYSTEM))[0].id),
        "task_id": str((await open_task(session, case, TaskKind.DISTRESS, "first", actor=SYSTEM)).id),
        "listed_task_id": str((await open_task(session, case, TaskKind.DISTRESS, "second", actor=SYSTEM)).id),
        "service": str(services[0]),
        "other_service": str(services[1]),
        "offer_id": str((await _offer_services(session, case, services, caseworker)).id),
        "note_id": str((await write_note(session, case, "A note.", actor=caseworker)).id),
        "colleague": str(caseworker.id),
        "submission_id": str((await begin_filling(session, case, ARRIVAL, actor=caseworker)).id),
        "request_id": str((await request_form(session, case, NEEDS, requested_by=caseworker.id)).id),
        "picture": PICTURE,
        "repeat": "members",
        "row": "1",
        "version": "1",
        "activity_id": str(await _plan(session, case, caseworker)),
        "sheet_id": ARRIVAL,
        **await _apply(session, case, caseworker),
        **await _talk(session, case),
        **await _prepare_return(session, case, caseworker),
    }


async def _prepare_return(session: AsyncSession, case: Case, caseworker: Actor) -> dict[str, str]:
    """A child of the family, a return in its first step with one leg, and a rule that the lead asks to set aside."""
    child = await add_person(session, case, Relation.CHILD, Age.CHILD, "Isatou", travels=True, actor=caseworker)
    session.add(
        ReturnJourney(
            id=uuid4(),
            case_id=case.id,
            return_type=ReturnType.UNKNOWN,
            step=Step.DRAFT,
            begun_by=caseworker.id,
            begun_at=clock.now(),
        )
    )
    await session.flush()
    way = ("Tunis", "Dakar")
    leg = await add_leg(session, case, TravelMode.LAND, clock.today(), *way, escort_role=None, actor=caseworker)
    lead = await actor_of(session, Role.CHILD_PROTECTION_LEAD)
    override = await ask_override(session, case, "C04", child.id, "She is ill.", actor=lead)
    return {"person_id": str(child.id), "kind": "risk", "leg_id": str(leg.id), "override_id": str(override.id)}


async def _apply(session: AsyncSession, case: Case, caseworker: Actor) -> dict[str, str]:
    """An application that rests on one period of work."""
    opened = await open_new(session, case, "portability", ApplicationTerms("The fund", "IT"), actor=caseworker)
    worked = Period(date(2020, 1, 1), date(2021, 1, 1), "A farm", "Foggia")
    period = await add_period(session, case, opened.id, worked, actor=caseworker)
    return {"application_id": str(opened.id), "period_id": str(period.id), "document": "identity"}


async def _plan(session: AsyncSession, case: Case, caseworker: Actor) -> UUID:
    """A draft of a plan with one activity, if the case is of the caseworker's organisation; the activity's id."""
    await begin_plan(session, case, actor=caseworker)
    if case.organisation_id != caseworker.organisation_id:
        return uuid4()
    terms = Terms(ActivityKind.CASH, "A loom", clock.today(), caseworker.id)
    return (await add_activity(session, case, terms, actor=caseworker)).id


async def interests(session: AsyncSession, case: Case, members: list[Actor]) -> dict[str, str]:
    """A child of whom nothing is determined, and a determination with one seat and no report."""
    officer = await actor_of(session, Role.CHILD_PROTECTION_OFFICER)
    child = await add_child(session, case, officer)
    sitting = (await add_panel_members(session, f"sits.{case.number}"))[0]
    opened = await add_determination(session, case, officer, sitting.id)
    seat = select(PanelMember.id).where(PanelMember.best_interests_id == opened.id)
    return {
        "about": str(child.id),
        "determination_id": str(opened.id),
        "member_id": str(await session.scalar(seat)),
        "spare": str(members[0].id),
    }


async def panels_of_case(session: AsyncSession, case: Case, spare: Actor) -> dict[str, dict[str, str]]:
    """Determinations with a report, on whose panels different people sit."""
    officer = await actor_of(session, Role.CHILD_PROTECTION_OFFICER)
    account = await session.scalar(
        select(StaffMember.id).where(StaffMember.role == Role.PANEL_MEMBER, StaffMember.email == PANEL_ACCOUNT)
    )
    assert account is not None
    found = {}
    for name, member in (("own", account), ("other", spare.id)):
        opened = await add_determination(session, case, officer, member)
        await write_report(session, case, opened.id, REPORT, actor=officer)
        found[name] = {"determination_id": str(opened.id)}
    return found


async def _talk(session: AsyncSession, case: Case) -> dict[str, str]:
    """The person sent a picture and asked for a call; an answer to them did not arrive."""
    assert case.person_id is not None
    key = await open_subject(session, case.person_id)
    photo = OpenedFile(FileKind.IMAGE, "image/png", "paper.png", picture())
    await receive_from_person(session, case, key, "", actor=PERSON, file=photo)
    lost = await announce(session, case, "This did not arrive.")
    await session.flush()
    await outbox.drop_subject(session, case.person_id)
    call_id = await draft_call(session, case, key, "+2203012345", CallTime.ANY)
    await request_call(session, case, call_id, CallChannel.CALL, actor=PERSON)
    file_id = await session.scalar(select(StoredFile.id).where(StoredFile.case_id == case.id))
    return {"file_id": str(file_id), "message_id": str(lost), "call_id": str(call_id)}
