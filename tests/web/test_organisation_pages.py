"""Partners and their agreements on the pages and at the API, and what a partner reads when one ends."""

from datetime import timedelta
from uuid import UUID

import pytest
from agreed import agree
from api_client import token_of
from fastapi import FastAPI
from first_rows import actor_of, add_case, add_service, partner_id
from sqlalchemy import select
from web_browser import Browsers

from access.models import OrganisationKind
from access.rules import Role
from access.staff import create_organisation
from cases.models import Case
from cases.rules import NeedKind, Urgency
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database
from referrals.agreements import has_agreement, may_take_over
from referrals.models import Disclosure, Referral
from referrals.partner_models import Agreement
from referrals.referring import answer_share, create_referral, withdraw_share
from referrals.rules import ServiceKind, SharedField

DAY = timedelta(days=1)


@pytest.fixture
async def partner(app: FastAPI, database: Database) -> UUID:
    async with database.reading() as session:
        return await partner_id(session)


@pytest.fixture
async def referral(database: Database, partner: UUID) -> Referral:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, key = await add_case(session, None)
        made = await create_referral(
            session,
            case,
            service_id=await add_service(session, partner),
            need_kind=NeedKind.SHELTER,
            urgency=Urgency.NORMAL,
            fields=[SharedField.CALLED],
            actor=await actor_of(session, Role.CASEWORKER),
        )
        await answer_share(session, key.subject_id, made.consent_id, agrees=True)
    return made


async def agreements(database: Database, partner: UUID) -> list[Agreement]:
    async with database.reading() as session:
        found = await session.scalars(
            select(Agreement).where(Agreement.organisation_id == partner).order_by(Agreement.entered_at)
        )
        return list(found)


async def test_an_administrator_enters_and_ends_an_agreement(
    browsers: Browsers, database: Database, partner: UUID
) -> None:
    browser, address = await browsers.signed_in(Role.ADMINISTRATOR), f"/organisations/{partner}"
    assert f'href="{address}"' in (await browser.get("/organisations")).text
    typed = {"reference": "MoU <7>", "starts_on": "2026-01-02", "ends_on": "2026-01-01", "purposes": "jobs"}
    refused = await browser.send(f"{address}/agreements", typed)
    assert refused.status_code == 422
    assert "An agreement cannot end before it begins." in refused.text
    assert 'value="MoU &lt;7&gt;"' in refused.text, "what was typed stays"
    assert 'value="jobs" checked' in refused.text
    for wrong in ({"starts_on": "soon"}, {"starts_on": ""}, {"reference": " "}, {"ends_on": "2026-13-01"}):
        assert (await browser.send(f"{address}/agreements", typed | wrong)).status_code == 422
    assert (await browser.send(f"{address}/agreements", typed | {"purposes": "none"})).status_code == 422
    ends_on = (clock.today() + 20 * DAY).isoformat()
    assert (await browser.send(f"{address}/agreements", typed | {"ends_on": ends_on})).status_code == 303
    made = (await agreements(database, partner))[-1]
    assert (made.reference, [each.kind for each in made.purposes]) == ("MoU <7>", [ServiceKind.JOBS])
    top = (await browser.get("/organisations")).text
    assert "Agreements that end within 30 days" in top
    assert "MoU &lt;7&gt;" in top
    assert (await browser.send(f"{address}/agreements/{made.id}/end")).status_code == 303
    assert (await browser.send(f"{address}/agreements/{made.id}/end")).status_code == 409
    assert "ended early on" in (await browser.get(address)).text
    assert "Agreements that end within 30 days" not in (await browser.get("/organisations")).text


async def test_a_supervisor_reads_and_changes_nothing(browsers: Browsers, database: Database, partner: UUID) -> None:
    browser = await browsers.signed_in(Role.SUPERVISOR)
    page = (await browser.get(f"/organisations/{partner}")).text
    assert "Enter an agreement" not in page
    assert "End the agreement" not in page
    assert "partner: 1 active" in page
    assert "partner@" not in page


async def test_the_caseworker_sees_why_a_service_is_not_offered(
    browsers: Browsers, database: Database, partner: UUID, referral: Referral
) -> None:
    for each in await agreements(database, partner):
        await (await browsers.signed_in(Role.ADMINISTRATOR)).send(f"/organisations/{partner}/agreements/{each.id}/end")
    browser = await browsers.signed_in(Role.CASEWORKER)
    async with database.reading() as session:
        case = (await session.get_one(Case, referral.case_id)).number
    service = referral.service_id
    shown = await browser.send(f"/cases/{case}/referrals/new", {"need": "shelter"})
    assert "Its organisation has no agreement in force for this kind of service." in shown.text
    assert f'value="{service}" disabled' in shown.text
    asked = {"need": "shelter", "services": str(service), "fields": "called"}
    tried = await browser.send(f"/cases/{case}/referrals", asked)
    assert tried.status_code == 409


async def test_a_partner_whose_agreement_ended_reads_that_and_no_name(
    browsers: Browsers, database: Database, partner: UUID, referral: Referral
) -> None:
    browser, address = await browsers.signed_in(Role.PARTNER), f"/partner/{referral.id}"
    assert "Zebulon" in (await browser.get(address)).text
    for each in await agreements(database, partner):
        await (await browsers.signed_in(Role.ADMINISTRATOR)).send(f"/organisations/{partner}/agreements/{each.id}/end")
    page = (await browser.get(address)).text
    assert "Your organisation has no agreement in force for this service." in page
    assert "Zebulon" not in page
    assert "/accept" not in page
    assert "delete every copy" not in page
    assert (await browser.send(f"{address}/accept")).status_code == 409
    async with database.transaction() as session:
        await agree(session, partner)
    assert "Zebulon" in (await browser.get(address)).text


async def test_a_partner_confirms_that_it_has_deleted(
    browsers: Browsers, database: Database, referral: Referral
) -> None:
    async with database.transaction() as session:
        await withdraw_share(session, referral.subject_id, referral.consent_id)
    browser, address = await browsers.signed_in(Role.PARTNER), f"/partner/{referral.id}"
    assert f'action="{address}/deleted"' in (await browser.get(address)).text
    assert (await browser.send(f"{address}/deleted")).status_code == 303
    page = (await browser.get(address)).text
    assert "You confirmed on" in page
    assert "/deleted" not in page
    async with database.reading() as session:
        share = (await session.scalars(select(Disclosure))).one()
    assert share.deleted_at is not None
    assert share.deleted_by is not None


async def test_programs_do_the_same(browsers: Browsers, database: Database, partner: UUID, referral: Referral) -> None:
    program = (await browsers.stranger()).client
    manage = {"Authorization": f"Bearer {await token_of(database, Role.ADMINISTRATOR)}"}
    address = f"/api/v1/organisations/{partner}"
    body = {"reference": "MoU 9", "starts_on": "2026-01-01", "purposes": ["health"]}
    made = await program.post(f"{address}/agreements", json=body, headers=manage)
    assert made.status_code == 201
    told = (await program.get(address, headers=manage)).json()
    mine = next(each for each in told["agreements"] if each["id"] == made.json()["id"])
    assert (mine["standing"], mine["purposes"], mine["ends_on"]) == ("running", ["health"], None)
    assert told["people"] == [{"role": "partner", "active": 1, "disabled": 0}]
    for each in told["agreements"]:
        ended = await program.post(f"{address}/agreements/{each['id']}/end", headers=manage)
        assert ended.status_code == 204
    async with database.reading() as session:
        assert not await has_agreement(session, partner, ServiceKind.HEALTH)
    answer = {"Authorization": f"Bearer {await token_of(database, Role.PARTNER)}"}
    seen = (await program.get(f"/api/v1/partner/{referral.id}", headers=answer)).json()
    assert (seen["has_agreement"], seen["shared"], seen["next_states"]) == (False, [], [])
    assert (await program.post(f"/api/v1/partner/{referral.id}/accept", headers=answer)).status_code == 409
    async with database.transaction() as session:
        await withdraw_share(session, referral.subject_id, referral.consent_id)
    assert (await program.post(f"/api/v1/partner/{referral.id}/deletion", headers=answer)).status_code == 204
    seen = (await program.get(f"/api/v1/partner/{referral.id}", headers=answer)).json()
    assert seen["must_delete"]
    assert seen["deleted_at"] is not None
    assert (await program.get("/api/v1/overdue-deletions", headers=manage)).json() == []


async def test_an_agreement_to_take_over_cases_is_entered_where_several_work_with_cases(
    browsers: Browsers, app: FastAPI, database: Database
) -> None:
    administrator = await browsers.signed_in(Role.ADMINISTRATOR)
    assert "Organisations that work with cases here" not in (await administrator.get("/organisations")).text
    async with database.transaction() as session:
        other = create_organisation(session, "The other agency", OrganisationKind.OPERATOR)
    listed = (await administrator.get("/organisations")).text
    assert "Organisations that work with cases here" in listed
    address = f"/organisations/{other.id}"
    page = (await administrator.get(address)).text
    assert "this organisation can take over no case" in page
    assert 'name="purposes"' not in page
    terms = {"reference": "Transfers 1", "starts_on": clock.today().isoformat()}
    wrong = await administrator.send(f"{address}/agreements", {**terms, "purposes": "jobs"})
    assert wrong.status_code == 422
    assert "names no kind of service" in wrong.text
    assert (await administrator.send(f"{address}/agreements", terms)).status_code == 303
    assert "For taking over cases" in (await administrator.get(address)).text
    async with database.reading() as session:
        assert await may_take_over(session, other.id)
    bearer = {"Authorization": f"Bearer {await token_of(database, Role.ADMINISTRATOR)}"}
    told = (await (await browsers.stranger()).client.get(f"/api/v1{address}", headers=bearer)).json()
    assert (told["kind"], told["agreements"][0]["takes_over"]) == ("operator", True)
