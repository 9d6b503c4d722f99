"""Something for every route to be about: cases near and far, referrals to oneself, to others and unsent, a release."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from agreed import agree, agree_on_cases
from determination_scene import add_panel_members
from first_rows import OTHER_TEAM, TEAM, actor_of, add_case, add_service, partner_id
from permission_case import PICTURE, interests, panels_of_case, parts_of_case, refer
from permission_rules_case_api import COURSE, VACANCY
from recommendation_scene import add_recommendations, publish
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from web_browser import email_of

from access.actor import Actor
from access.models import ApiToken, OrganisationKind, StaffMember, StaffSession
from access.rules import GRANTS, Permission, Role
from access.sessions import begin_session
from access.staff import create_organisation
from cases.access_models import BrokenGlass
from cases.break_glass import OPEN_FOR
from cases.casework_models import CaseTransfer
from cases.casework_rules import CASE_TRANSFER, TransferState
from cases.complaints import receive_complaint
from cases.models import Case, Complaint, Consent, FormMedia
from cases.programmes import Statement, add_line, create_programme
from cases.rules import (
    ComplaintAbout,
    ConsentKind,
    ConsentState,
    Urgency,
)
from cases.saved_filters import save_filter
from cases.sheets import ARRIVAL, built_in_sheets, publish_built_in
from foundation import clock
from foundation.keys import open_subject
from monitoring.models import ReleaseOrder, StructuralFact
from referrals.directory_drafts import keep_file
from referrals.jobs import add_vacancy, read_vacancy, vet_employer
from referrals.models import Disclosure
from referrals.referring import answer_share
from referrals.training import add_course, read_course

QUARTER = date(2025, 1, 1)


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
    drafts = {name: await refer(session, case, drafted, caseworker) for name, case in cases.items()}
    openings = {name: await _enter_openings(session, each) for name, each in (("own", ours), ("other", theirs))}
    sent = {}
    for name, organisation_id in (("own", ours), ("other", theirs)):
        sent[name] = await refer(session, cases["own"], await add_service(session, organisation_id), caseworker)
        await answer_share(session, keys["own"].subject_id, sent[name].consent_id, agrees=True)
    members = await add_panel_members(session, "spare")
    panels = await panels_of_case(session, cases["own"], members[0])
    return Scene(
        {
            name: await parts_of_case(session, case, drafts[name], free, caseworker)
            | await interests(session, case, members)
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


async def _caseworker(session: AsyncSession) -> Actor:
    await session.execute(update(StaffMember).where(StaffMember.role == Role.CASEWORKER).values(team=TEAM))
    return await actor_of(session, Role.CASEWORKER)


async def _add_organisation(session: AsyncSession, name: str, kind: OrganisationKind) -> UUID:
    organisation = create_organisation(session, name, kind)
    if kind is OrganisationKind.PARTNER:
        await agree(session, organisation.id)
    await session.flush()
    return organisation.id


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
