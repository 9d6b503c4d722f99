"""Partners see what was shared and nothing else; monitors see what was published and exactly that."""

import hashlib
import json
import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from web_browser import Browsers

from access.actor import PERSON, Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases.intake import begin_form, open_case, submit_form
from cases.models import Case
from cases.rules import NeedKind, Urgency
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets, publish_built_in
from foundation import clock
from foundation.database import Database
from foundation.keys import create_subject
from referrals.models import Referral, Service, reach_of
from referrals.referring import answer_share, create_referral, withdraw_share
from referrals.rules import ReferralState, ServiceKind, SharedField
from tests.monitoring.releasing import QUARTER, make_waiting, opened

ARRIVAL_ANSWERS = {"called": "Zebulon", "birth_year": 1990, "sex": "male", "country_return": "TN", "maybe_child": "no"}
NEEDS_ANSWERS = {"maybe_child": "no", "place_tonight": "no", "fear": "yes", "skills": "welding"}


async def worker(session: AsyncSession) -> Actor:
    staff = (await session.scalars(select(StaffMember).where(StaffMember.role == Role.CASEWORKER))).one()
    return Actor(staff.id, staff.role, staff.organisation_id, staff.team)


async def add_service(session: AsyncSession) -> UUID:
    partner = (await session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.PARTNER))).one()
    service = Service(
        id=uuid4(),
        organisation_id=partner.id,
        name="A safe bed",
        description="",
        kind=ServiceKind.HOUSING,
        status="active",
        languages=["en"],
        areas=["TN"],
        hsds={},
    )
    session.add_all([service, *reach_of(service)])
    await session.flush()
    return service.id


async def state_of(database: Database, referral: Referral) -> ReferralState | None:
    async with database.reading() as session:
        return await session.scalar(select(Referral.state).where(Referral.id == referral.id))


@pytest.fixture
async def referral(app: FastAPI, database: Database) -> Referral:
    """A referral that the person has agreed to: their name and their need, nothing more."""
    async with database.transaction() as session:
        await publish_built_in(session)
        key = create_subject(session, uuid4())
        case = await open_case(session, key, "en", "the notice", actor=PERSON)
        await session.flush()
        for sheet_id, answers in ((ARRIVAL, ARRIVAL_ANSWERS), (NEEDS, NEEDS_ANSWERS)):
            submission = await begin_form(session, case, key, built_in_sheets()[sheet_id], "en")
            await session.flush()
            await submit_form(session, submission.id, key, dict(answers), actor=PERSON)
        case.team = None
        service_id = await add_service(session)
        made = await create_referral(
            session,
            case,
            service_id=service_id,
            need_kind=NeedKind.SHELTER,
            urgency=Urgency.EMERGENCY,
            fields=[SharedField.CALLED, SharedField.NEED],
            actor=await worker(session),
        )
    async with database.transaction() as session:
        await answer_share(session, made.subject_id, made.consent_id, agrees=True)
    return made


async def test_the_partner_reads_what_was_shared_and_nothing_else(browsers: Browsers, referral: Referral) -> None:
    browser = await browsers.signed_in(Role.PARTNER)
    inbox = (await browser.get("/partner")).text
    assert f'href="/partner/{referral.id}"' in inbox
    assert "Zebulon" not in inbox
    page = (await browser.get(f"/partner/{referral.id}")).text
    assert "Zebulon" in page
    assert "A place to stay" in page
    for unshared in ("welding", "1990", "Fear of return", "HW-", "/cases"):
        assert unshared not in page


async def test_the_partner_answers_step_by_step(browsers: Browsers, referral: Referral, database: Database) -> None:
    browser = await browsers.signed_in(Role.PARTNER)
    address = f"/partner/{referral.id}"
    assert "Please answer by" in (await browser.get(address)).text
    for action, state in (
        ("accept", ReferralState.ACCEPTED),
        ("begin", ReferralState.IN_SERVICE),
        ("complete", ReferralState.COMPLETED),
    ):
        assert f'action="{address}/{action}"' in (await browser.get(address)).text
        assert (await browser.send(f"{address}/{action}")).status_code == 303
        assert await state_of(database, referral) is state
    assert (await browser.send(f"{address}/accept")).status_code == 409
    ended = (await browser.get(address)).text
    assert "Zebulon" not in ended
    assert f'action="{address}/' not in ended


async def test_declining_takes_a_reason(browsers: Browsers, referral: Referral, database: Database) -> None:
    browser = await browsers.signed_in(Role.PARTNER)
    without = await browser.send(f"/partner/{referral.id}/decline")
    assert without.status_code == 422
    assert 'role="alert"' in without.text
    answer = await browser.send(f"/partner/{referral.id}/decline", {"reason": "no_capacity"})
    assert answer.status_code == 303
    assert await state_of(database, referral) is ReferralState.DECLINED


async def test_when_the_person_withdraws_the_partner_is_told_to_stop_and_delete(
    browsers: Browsers, referral: Referral, database: Database
) -> None:
    browser = await browsers.signed_in(Role.PARTNER)
    async with database.transaction() as session:
        await withdraw_share(session, referral.subject_id, referral.consent_id)
    page = (await browser.get(f"/partner/{referral.id}")).text
    assert "Please stop, and delete what you hold" in page
    assert "Zebulon" not in page
    assert (await browser.send(f"/partner/{referral.id}/accept")).status_code in {403, 409}


async def test_a_referral_to_another_partner_looks_missing(
    browsers: Browsers, referral: Referral, database: Database
) -> None:
    browser = await browsers.signed_in(Role.PARTNER)
    async with database.transaction() as session:
        operator = await session.scalar(select(Organisation.id).where(Organisation.kind == OrganisationKind.OPERATOR))
        await session.execute(update(Referral).values(organisation_id=operator))
    hidden, missing = await browser.get(f"/partner/{referral.id}"), await browser.get(f"/partner/{uuid4()}")
    assert hidden.status_code == missing.status_code == 404
    assert (await browser.send(f"/partner/{referral.id}/accept")).status_code == 404


async def test_preparing_a_referral_asks_the_person_and_keeps_what_was_chosen(
    browsers: Browsers, referral: Referral, database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    async with database.transaction() as session:
        number = await session.scalar(select(Case.number))
        service_id = await add_service(session)
    services = (await browser.send(f"/cases/{number}/referrals/new", {"need": "shelter"})).text
    assert "The person will be asked first" in services
    assert f'value="{service_id}"' in services
    chosen = {"need": "shelter", "services": str(service_id), "urgency": "urgent"}
    refused = await browser.send(f"/cases/{number}/referrals", {**chosen, "note": "Ring twice."})
    assert refused.status_code == 422
    assert re.search(rf'value="{service_id}" checked', refused.text)
    assert "Ring twice." in refused.text
    accepted = await browser.send(f"/cases/{number}/referrals", {**chosen, "fields": "called"})
    assert accepted.status_code == 303
    page = (await browser.get(f"/cases/{number}")).text
    assert "Waiting for the person" in page


@pytest.fixture
async def facts(app: FastAPI, database: Database) -> int:
    """Cases of one quarter: many, and three that must not be recognisable."""
    groups = [("female", "25-39", "TN", 40), ("male", "25-39", "TN", 60), ("female", "60+", "GM", 3)]
    async with database.transaction() as session:
        for sex, age_band, country, count in groups:
            codes = {"sex": sex, "age_band": age_band, "country": country, "area": "unknown"}
            session.add_all(opened(count, **codes))
    return sum(count for *_codes, count in groups)


async def test_a_release_is_published_shown_and_downloaded_as_it_was_frozen(
    browsers: Browsers, facts: int, database: Database, second_monitor: str
) -> None:
    with clock.moved_to(datetime(2025, 5, 1, tzinfo=UTC)):
        browser = await browsers.signed_in(Role.MONITOR)
        assert 'value="2025-01-01"' in (await browser.get("/monitoring")).text
        ordered = await browser.send("/monitoring", {"quarter": QUARTER.isoformat()})
        assert (ordered.status_code, ordered.headers["location"]) == (303, "/monitoring")
        assert "A draft is being made" in (await browser.get("/monitoring")).text
        await make_waiting(database)
        listed = (await browser.get("/monitoring")).text
        assert "A draft is being made" not in listed
        address = "/monitoring/1"
        assert f'href="{address}"' in listed
        drafted = (await browser.get(address)).text
        assert f'action="{address}/approve"' not in drafted
        assert (await browser.send(f"{address}/publish")).status_code == 409
        second = await browsers.stranger()
        assert (await second.sign_in(second_monitor)).status_code == 303
        sha256 = (await second.get(address)).text.partition('name="sha256" value="')[2].partition('"')[0]
        assert (await second.send(f"{address}/approve", {"sha256": sha256})).status_code == 303
        assert (await browser.send(f"{address}/publish")).status_code == 303
        again = await browser.send("/monitoring", {"quarter": QUARTER.isoformat()})
        assert again.status_code == 409
        early = await browser.send("/monitoring", {"quarter": "2025-04-01"})
        assert early.status_code == 422
        page = (await browser.get(address)).text
        assert "<svg" in page
        assert "withheld" in page
        names = re.findall(rf'href="{address}/([^"]+)"', page)
        assert len(names) >= 3
        files = {name: (await browser.get(f"{address}/{name}")).content for name in names}
        manifest = json.loads(files["manifest.json"])
        for name, entry in manifest["files"].items():
            assert hashlib.sha256(files[name]).hexdigest() == entry["sha256"]
        detail = (await browser.get(f"/api/v1/releases{address.removeprefix('/monitoring')}")).json()
        assert detail["sha256"] == hashlib.sha256(files["manifest.json"]).hexdigest()
        assert sorted(detail["files"]) == sorted(names)
        cells = {tuple(cell["at"]): cell for cell in detail["tables"][0]["cells"]}
        small = cells["female", "60+", "GM"]
        assert small == {"at": ["female", "60+", "GM"], "value": None, "suppressed": True}
        assert (await browser.get("/api/v1/releases")).json()["items"][0]["number"] == detail["number"]


async def test_a_supervisor_reads_releases_but_cannot_publish(browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.SUPERVISOR)
    assert "Publish" not in re.sub(r"Published", "", (await browser.get("/monitoring")).text)
    assert (await browser.send("/monitoring", {"quarter": QUARTER.isoformat()})).status_code == 404
    for path in ("/monitoring/1", "/monitoring/1/manifest.json", "/monitoring/zero"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.get("/api/v1/releases/1")).json()["title"] == "Not Found"
