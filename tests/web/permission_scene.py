"""Something for every route to be about: cases near and far, referrals to oneself, to others and unsent, a release."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from agreed import agree, agree_on_cases
from determination_scene import REPORT, add_child, add_determination, add_panel_members
from permission_rules_case_api import COURSE, VACANCY, picture
from recommendation_scene import add_recommendations, publish
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from web_browser import email_of

from access.actor import PERSON, SYSTEM, Actor
from access.models import ApiToken, Organisation, OrganisationKind, StaffMember, StaffSession
from access.rules import GRANTS, Permission, Role
from access.sessions import begin_session
from access.staff import create_organisation
from cases.access_models import BrokenGlass
from cases.activities import Terms, add_activity
from cases.best_interests import write_report
from cases.break_glass import OPEN_FOR
from cases.callbacks import draft_call, request_call
from cases.casework_models import CaseTransfer
from cases.casework_rules import CASE_TRANSFER, TransferState
from cases.complaints import receive_complaint
from cases.files import OpenedFile
from cases.filling import begin_filling
from cases.followup import plan_waves
from cases.household import add_person
from cases.intake import begin_form, open_case, submit_form
from cases.messages import announce, receive_from_person
from cases.models import Case, Complaint, Consent, Flag, FormMedia, Need, StoredFile
from cases.notes import write_note
from cases.overriding import ask_override
from cases.plan_rules import ActivityKind
from cases.planning import begin_plan
from cases.programmes import Statement, add_line, create_programme
from cases.requests import request_form
from cases.returning import add_leg
from cases.rules import (
    CallChannel,
    CallTime,
    ComplaintAbout,
    ConsentKind,
    ConsentState,
    FileKind,
    FlagKind,
    NeedKind,
    TaskKind,
    Urgency,
)
from cases.safeguard_models import PanelMember, ReturnJourney
from cases.safeguard_rules import Age, Relation, ReturnType, Step, TravelMode
from cases.saved_filters import save_filter
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets, publish_built_in
from cases.tasks import open_task
from foundation import clock, outbox
from foundation.keys import create_subject, open_subject
from foundation.sealing import SubjectKey
from monitoring.models import ReleaseOrder, StructuralFact
from questionnaire.sheet import Answer
from referrals.applying import Terms as ApplicationTerms
from referrals.applying import add_period, open_new
from referrals.directory_drafts import keep_file
from referrals.jobs import add_vacancy, read_vacancy, vet_employer
from referrals.models import Disclosure, Referral, Service, ServiceOffer, reach_of
from referrals.offering import offer_services
from referrals.referring import answer_share, create_referral
from referrals.rules import ServiceKind, SharedField
from referrals.training import add_course, read_course
from referrals.work_periods import Period

TEAM, OTHER_TEAM = "GM", "TN"
ARRIVAL_ANSWERS: dict[str, Answer] = {"called": "Zebulon", "birth_year": 1990, "country_return": TEAM}
NEEDS_ANSWERS: dict[str, Answer] = {"place_tonight": "no", "fear": "yes"}
QUARTER = date(2025, 1, 1)
PICTURE = "house.png"
PANEL_ACCOUNT = email_of(Role.PANEL_MEMBER)


@dataclass(frozen=True)
class Scene:
    """Values for the parts of an address and for the forms, by the name of what they lead to."""

    cases: dict[str, dict[str, str]]
    """`own`: of the caseworker's team; `other_team`; `elsewhere`: of another organisation."""
    referrals: dict[str, dict[str, str]]
    """`own`: sent to the partner; `other`: sent to another one; `draft`: for the partner, not sent."""
    release: dict[str, str]
    complaint: dict[str, str]
    glass: dict[str, dict[str, str]]
    """`own`: of a case of the operator; `elsewhere`: of another organisation."""
    sessions: dict[Role, dict[str, str]]
    """Of each role, one that was begun before the test signs in."""
    tokens: dict[Role, dict[str, str]]
    """Of each role, one for a program that the test does not use."""
    filters: dict[Role, dict[str, str]]
    """Of each role that has a list of cases, one that they keep."""
    programme: dict[str, str]
    transfers: dict[str, dict[str, str]]
    """`accept` and `decline`: offered to us; `deleted`: to be deleted by us; `elsewhere`: not to us."""
    organisation: dict[str, str]
    """A partner that nothing in the scene rests on, and an agreement of it."""
    listed: dict[str, str]
    """A service of the directory that nothing in the scene rests on."""
    drafts: dict[Role, dict[str, str]]
    """Of each role that may import the directory, a file that waits and would be refused."""
    openings: dict[str, dict[str, str]]
    """`own`: of the organisation of the partner with an account; `other`: of another."""
    panels: dict[str, dict[str, str]]
    """`own`: the panel member with an account sits; `other`: only somebody else does."""
    recommendations: dict[str, dict[str, str]]
    """`issued` and `draft`: of the monitors with accounts, to the operator; `other`: of others."""
    structure: dict[str, dict[str, str]]
    """`confirm` and `withdraw`: structural facts that somebody else has entered."""


async def build_scene(session: AsyncSession) -> Scene:
    await publish_built_in(session)
    await _add_picture(session)
    caseworker = await _caseworker(session)
    cases, keys = {}, {}
    for name, team in (("own", TEAM), ("other_team", OTHER_TEAM), ("elsewhere", TEAM)):
        cases[name], keys[name] = await add_case(session, team)
    cases["elsewhere"].organisation_id = await _add_organisation(session, "Elsewhere", OrganisationKind.OPERATOR)
    ours = await partner_id(session)
    theirs = await _add_organisation(session, "Another partner", OrganisationKind.PARTNER)
    drafted, *free = [await add_service(session, ours) for _each in range(3)]
    drafts = {name: await _refer(session, case, drafted, caseworker) for name, case in cases.items()}
    openings = {name: await _enter_openings(session, each) for name, each in (("own", ours), ("other", theirs))}
    sent = {}
    for name, organisation_id in (("own", ours), ("other", theirs)):
        sent[name] = await _refer(session, cases["own"], await add_service(session, organisation_id), caseworker)
        await answer_share(session, keys["own"].subject_id, sent[name].consent_id, agrees=True)
    members = await add_panel_members(session, "spare")
    panels = await _panels(session, cases["own"], members[0])
    return Scene(
        {
            name: await _parts(session, case, drafts[name], free, caseworker)
            | await _interests(session, case, members)
            | {"opening_kind": "course", "opening_id": openings["other"]["course_id"]}
            for name, case in cases.items()
        },
        {name: {"referral_id": str(each.id)} for name, each in {**sent, "draft": drafts["own"]}.items()},
        await _publish(session),
        await _complain(session),
        {name: await _break_glass(session, cases[name], caseworker) for name in ("own", "elsewhere")},
        await _leave_signed_in(session),
        await _make_tokens(session),
        await _keep_filters(session),
        await _enter_programme(session),
        await _offers(session, cases["elsewhere"].organisation_id, caseworker),
        await _agreed_partner(session),
        {"service_id": str(await add_service(session, ours))},
        await _uploaded(session),
        openings,
        panels,
        await _recommend(session),
        await _enter_structure(session),
    )


async def _uploaded(session: AsyncSession) -> dict[Role, dict[str, str]]:
    found = {}
    for role in (each for each in Role if Permission.DIRECTORY_IMPORT in GRANTS[each]):
        actor = await actor_of(session, role)
        operator = {"id": str(actor.organisation_id), "name": "The operator", "description": "No partner."}
        service = {"id": str(uuid4()), "name": "A desk", "status": "active", "organization": operator}
        draft_id = await keep_file(session, json.dumps([service]).encode(), actor=actor)
        found[role] = {"draft_id": str(draft_id)}
    return found


async def _agreed_partner(session: AsyncSession) -> dict[str, str]:
    partner = create_organisation(session, "A partner of its own", OrganisationKind.PARTNER)
    agreement = await agree(session, partner.id)
    return {"organisation_id": str(partner.id), "agreement_id": str(agreement.id)}


async def add_case(
    session: AsyncSession,
    team: str | None,
    language: str = "en",
    arrival: dict[str, Answer] = ARRIVAL_ANSWERS,
    needs: dict[str, Answer] = NEEDS_ANSWERS,
) -> tuple[Case, SubjectKey]:
    """A case whose person has sent both forms."""
    key = create_subject(session, uuid4())
    case = await open_case(session, key, language, "the notice", actor=PERSON)
    await session.flush()
    for sheet_id, answers in ((ARRIVAL, arrival), (NEEDS, needs)):
        submission = await begin_form(session, case, key, built_in_sheets()[sheet_id], language)
        await session.flush()
        await submit_form(session, submission.id, key, dict(answers), actor=PERSON)
    case.team = team
    return case, key


async def add_service(session: AsyncSession, organisation_id: UUID) -> UUID:
    service = Service(
        id=uuid4(),
        organisation_id=organisation_id,
        name="A safe bed",
        description="",
        kind=ServiceKind.HOUSING,
        status="active",
        languages=["en"],
        areas=[TEAM],
        hsds={},
    )
    session.add_all([service, *reach_of(service)])
    await session.flush()
    return service.id


async def partner_id(session: AsyncSession) -> UUID:
    """The organisation that the partner with an account belongs to."""
    found = await session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.PARTNER))
    return found.one()


async def _caseworker(session: AsyncSession) -> Actor:
    await session.execute(update(StaffMember).where(StaffMember.role == Role.CASEWORKER).values(team=TEAM))
    return await actor_of(session, Role.CASEWORKER)


async def actor_of(session: AsyncSession, role: Role) -> Actor:
    member = (await session.scalars(select(StaffMember).where(StaffMember.role == role))).one()
    return Actor(member.id, member.role, member.organisation_id, member.team)


async def _add_organisation(session: AsyncSession, name: str, kind: OrganisationKind) -> UUID:
    organisation = create_organisation(session, name, kind)
    if kind is OrganisationKind.PARTNER:
        await agree(session, organisation.id)
    await session.flush()
    return organisation.id


async def _refer(session: AsyncSession, case: Case, service_id: UUID, actor: Actor) -> Referral:
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


async def _parts(
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


async def _enter_programme(session: AsyncSession) -> dict[str, str]:
    supervisor = await actor_of(session, Role.SUPERVISOR)
    assert supervisor.organisation_id is not None
    statement = Statement("A start", supervisor.organisation_id)
    await create_programme(session, "GM-START", statement, actor=supervisor)
    line = await add_line(session, "GM-START", "GRANTS", "Grants", Decimal(5), "EUR", actor=supervisor)
    return {
        "code": "GM-START",
        "version": "1",
        "line_id": str(line.id),
        "organisation": str(supervisor.organisation_id),
    }


async def _interests(session: AsyncSession, case: Case, members: list[Actor]) -> dict[str, str]:
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


async def _panels(session: AsyncSession, case: Case, spare: Actor) -> dict[str, dict[str, str]]:
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


async def _add_picture(session: AsyncSession) -> None:
    """A picture that belongs to the arrival form."""
    version = built_in_sheets()[ARRIVAL].version
    picture = FormMedia(sheet_id=ARRIVAL, version=version, name=PICTURE, media_type="image/png", content=b"picture")
    session.add(picture)
    await session.flush()


async def _enter_openings(session: AsyncSession, organisation_id: UUID) -> dict[str, str]:
    """A vacancy and a course of an organisation."""
    supervisor = await actor_of(session, Role.SUPERVISOR)
    vacancy = await add_vacancy(session, read_vacancy(VACANCY), organisation_id=organisation_id, actor=supervisor)
    await vet_employer(session, vacancy.id, clock.today(), actor=supervisor)
    course = await add_course(session, read_course(COURSE), organisation_id=organisation_id, actor=supervisor)
    return {
        "vacancy_id": str(vacancy.id),
        "course_id": str(course.id),
        "provider": str(organisation_id),
    }


async def _offers(session: AsyncSession, sender: UUID, receiver: Actor) -> dict[str, dict[str, str]]:
    """People who agreed that another organisation takes over."""
    assert receiver.organisation_id is not None
    third = await _add_organisation(session, "A third", OrganisationKind.OPERATOR)
    await agree_on_cases(session, receiver.organisation_id)
    offers = {}
    for name, recipient in (
        ("accept", receiver.organisation_id),
        ("decline", receiver.organisation_id),
        ("deleted", receiver.organisation_id),
        ("elsewhere", third),
    ):
        case, key = await add_case(session, TEAM)
        case.organisation_id = sender
        consent = Consent(
            id=uuid4(),
            person_id=key.subject_id,
            kind=ConsentKind.SERVICES,
            purpose=CASE_TRANSFER,
            recipient_id=recipient,
            fields=[],
            notice_id="share",
            notice_version="1",
            language="en",
            text_hash="0" * 64,
            state=ConsentState.GIVEN,
            requested_at=clock.now(),
        )
        session.add(consent)
        await session.flush()
        transfer = CaseTransfer(
            id=uuid4(),
            case_id=case.id,
            from_organisation_id=sender,
            to_organisation_id=recipient,
            consent_id=consent.id,
            state=TransferState.REFUSED if name == "deleted" else TransferState.OFFERED,
            asked_by=receiver.id,
            asked_at=clock.now(),
            urgency=Urgency.NORMAL,
            offered_at=clock.now(),
            due_at=clock.now() + timedelta(days=14),
        )
        session.add(transfer)
        await session.flush()
        if name == "deleted":
            _ask_to_delete(session, transfer)
        offers[name] = {"transfer_id": str(transfer.id)}
    await session.flush()
    return offers


def _ask_to_delete(session: AsyncSession, transfer: CaseTransfer) -> None:
    """The person took it back after the hand-over had been sent ahead."""
    session.add(
        Disclosure(
            id=uuid4(),
            transfer_id=transfer.id,
            case_id=transfer.case_id,
            recipient_id=transfer.to_organisation_id,
            consent_id=transfer.consent_id,
            fields=["case_number"],
            shared_at=clock.now(),
            delete_asked_at=clock.now(),
        )
    )


async def _complain(session: AsyncSession) -> dict[str, str]:
    await receive_complaint(session, "The door was shut.", about=ComplaintAbout.OTHER, language="en", country=TEAM)
    return {"complaint": (await session.scalars(select(Complaint.number))).one()}


async def _break_glass(session: AsyncSession, case: Case, actor: Actor) -> dict[str, str]:
    """An entry of the past: it opens nothing any more."""
    assert case.person_id is not None
    glass = BrokenGlass(id=uuid4(), case_id=case.id, staff_id=actor.id, opened_at=clock.now() - 2 * OPEN_FOR)
    glass.ends_at = glass.opened_at + OPEN_FOR
    glass.reason = (await open_subject(session, case.person_id)).seal(BrokenGlass.reason, glass.id, "Nobody answered.")
    session.add(glass)
    return {"glass_id": str(glass.id)}


async def _leave_signed_in(session: AsyncSession) -> dict[Role, dict[str, str]]:
    for member in await session.scalars(select(StaffMember)):
        begin_session(session, member, "firefox.linux")
    await session.flush()
    owners = await session.execute(
        select(StaffMember.role, StaffSession.id)
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .where(StaffMember.email.in_([email_of(role) for role in Role]))
    )
    return {role: {"session_id": str(session_id)} for role, session_id in owners}


async def _make_tokens(session: AsyncSession) -> dict[Role, dict[str, str]]:
    made = {}
    owners = select(StaffMember).where(StaffMember.email.in_([email_of(role) for role in Role]))
    for member in await session.scalars(owners):
        token = ApiToken(id=uuid4(), token_hash=f"of {member.email}", staff_id=member.id, name="Ours", permissions=[])
        token.created_at, token.ends_at = clock.now(), clock.now() + timedelta(days=1)
        session.add(token)
        made[member.role] = {"token_id": str(token.id)}
    return made


async def _keep_filters(session: AsyncSession) -> dict[Role, dict[str, str]]:
    keepers = [await actor_of(session, role) for role in Role if Permission.CASE_LIST in GRANTS[role]]
    return {
        keeper.role: {"filter_id": str((await save_filter(session, "Mine", "owner=mine", actor=keeper)).id)}
        for keeper in keepers
        if keeper.role
    }


async def _enter_structure(session: AsyncSession) -> dict[str, dict[str, str]]:
    somebody = await actor_of(session, Role.SUPERVISOR)
    found = {}
    for name in ("confirm", "withdraw"):
        fact = StructuralFact(
            id=uuid4(),
            indicator="21b-S1",
            version="1",
            year=2025,
            figure=Decimal(1),
            source="Circular 12",
            address="",
            note="",
            entered_by=somebody.id,
            entered_at=clock.now(),
        )
        session.add(fact)
        found[name] = {"fact_id": str(fact.id)}
    return found


async def _publish(session: AsyncSession) -> dict[str, str]:
    monitor = await actor_of(session, Role.MONITOR)
    number = await publish(session, monitor, QUARTER)
    session.add(
        ReleaseOrder(
            id=uuid4(),
            quarter=QUARTER,
            changed="",
            ordered_at=clock.now(),
            ordered_by=monitor.id,
            attempts=1,
            done=1,
            ended_at=clock.now(),
            release_number=number,
        )
    )
    return {"number": str(number), "name": "manifest.json"}


async def _recommend(session: AsyncSession) -> dict[str, dict[str, str]]:
    supervisor = await actor_of(session, Role.SUPERVISOR)
    assert supervisor.organisation_id is not None
    return await add_recommendations(session, await actor_of(session, Role.MONITOR), supervisor.organisation_id)
