"""The API about services: referrals and the partner's side of them, complaints, and releases."""

import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from api_caller import Caller, calling
from fastapi import FastAPI
from first_rows import add_case, add_service, partner_id
from sqlalchemy import select
from web_browser import Browsers

from access.rules import Role
from cases.complaints import receive_complaint
from cases.models import Complaint
from cases.rules import ComplaintAbout, ComplaintStatus
from cases.sheets import publish_built_in
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from referrals.models import Referral
from referrals.referring import answer_share, withdraw_share
from referrals.rules import ReferralState
from tests.monitoring.releasing import make_waiting

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        for _each in range(4):
            await add_service(session, await partner_id(session))
        return (await add_case(session, None))[0].number


async def agreed(database: Database, referral_id: str) -> Referral:
    """What the person was asked to share, they agreed to."""
    async with database.transaction() as session:
        referral = await session.get_one(Referral, UUID(referral_id))
        await answer_share(session, referral.subject_id, referral.consent_id, agrees=True)
    return referral


async def refer(worker: Caller, number: str, place: int = 0) -> str:
    asked = {"need": "shelter"}
    services = (await worker.post(f"/cases/{number}/referrals/options", 200, asked))["services"]
    body = {**asked, "service_id": services[place]["id"], "urgency": "urgent", "fields": ["called", "note"]}
    return str((await worker.post(f"/cases/{number}/referrals", 201, {**body, "note": "Ring twice."}))["id"])


async def test_the_partner_sees_what_the_person_agreed_to_and_answers_step_by_step(
    browsers: Browsers, database: Database, number: str
) -> None:
    worker, partner = await calling(browsers, Role.CASEWORKER), await calling(browsers, Role.PARTNER)
    referrals = f"/cases/{number}/referrals"
    options = await worker.post(f"{referrals}/options", 200, {"need": "shelter"})
    assert (options["services"][0]["name"], options["is_child"]) == ("A safe bed", False)
    service_id = options["services"][0]["id"]
    await worker.post(referrals, 422, {"need": "shelter", "service_id": service_id, "fields": []})
    await worker.post(referrals, 422, {"need": "shelter", "service_id": service_id, "fields": ["called"], "note": "x"})
    await worker.post(referrals, 404, {"need": "shelter", "service_id": str(uuid4()), "fields": ["called"]})
    referral_id = await refer(worker, number)
    (told,) = await worker.read(referrals)
    assert (told["state"], {*told["fields"]}, told["sent_at"]) == ("draft", {"called", "note"}, None)
    at = f"/partner/{referral_id}"
    await partner.send("GET", at, 404)
    assert await partner.read("/partner") == {"items": [], "next": None}
    await agreed(database, referral_id)
    (row,) = (await partner.read("/partner"))["items"]
    assert (row["id"], row["urgency"], row["awaits_answer"]) == (referral_id, "urgent", True)
    shown = await partner.read(at)
    assert {each["value"] for each in shown["shared"]} == {"Zebulon", "Ring twice."}
    assert not [words for words in ("1990", number) if words in str(shown)]
    assert shown["next_states"] == ["accepted", "declined"]
    await partner.post(f"{at}/complete", 409)
    for action, state in (("accept", "accepted"), ("begin", "in_service"), ("complete", "completed")):
        await partner.post(f"{at}/{action}", 204)
        assert (await worker.read(referrals))[0]["state"] == state
    ended = await partner.read(at)
    assert (ended["shared"], ended["next_states"]) == ([], [])
    await worker.post(f"{referrals}/{referral_id}/revoke", 409)
    async with database.reading() as session:
        noted = {*await session.scalars(select(AuditEntry.event))}
    assert "referral.viewed" in noted


async def test_what_is_declined_fails_or_is_taken_back_says_why_and_shows_nothing_more(
    browsers: Browsers, database: Database, number: str
) -> None:
    worker, partner = await calling(browsers, Role.CASEWORKER), await calling(browsers, Role.PARTNER)
    declined, failed, revoked, withdrawn = [await refer(worker, number, place) for place in range(4)]
    for each in (declined, failed, revoked, withdrawn):
        referral = await agreed(database, each)
    first = await partner.read("/partner", limit=3)
    rest = await partner.read("/partner", limit=3, after=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    await partner.post(f"/partner/{declined}/decline", 422, {"reason": "no idea"})
    await partner.post(f"/partner/{declined}/decline", 204, {"reason": "no_capacity"})
    await partner.post(f"/partner/{failed}/accept", 204)
    await partner.post(f"/partner/{failed}/begin", 204)
    await partner.post(f"/partner/{failed}/fail", 204, {"reason": "unavailable"})
    await worker.post(f"/cases/{number}/referrals/{revoked}/revoke", 204)
    async with database.transaction() as session:
        await withdraw_share(session, referral.subject_id, referral.consent_id)
    told = {each["id"]: (each["state"], each["reason"]) for each in await worker.read(f"/cases/{number}/referrals")}
    assert told[declined] == (ReferralState.DECLINED, "no_capacity")
    assert told[failed] == (ReferralState.UNSUCCESSFUL, "unavailable")
    for each in (revoked, withdrawn):
        shown = await partner.read(f"/partner/{each}")
        assert (shown["shared"], shown["must_delete"], shown["next_states"]) == ([], True, [])
        await partner.post(f"/partner/{each}/accept", 409)


async def test_the_officer_reads_acknowledges_answers_and_closes_complaints(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    async with database.transaction() as session:
        for words in ("The guard asked me for money twice.", "The door was shut."):
            await receive_complaint(session, words, about=ComplaintAbout.STAFF, language="ar", country="TN")
    officer = await calling(browsers, Role.COMPLAINTS_OFFICER)
    first = await officer.read("/complaints", limit=1)
    rest = await officer.read("/complaints", limit=1, after=first["next"])
    assert (first["total"], first["overdue"], rest["next"]) == (2, 0, None)
    assert first["items"][0]["number"] != rest["items"][0]["number"]
    assert (await officer.read("/complaints", status="closed"))["items"] == []
    for query in ("status=odd", "about=me", "limit=0", "after=x"):
        await officer.send("GET", f"/complaints?{query}", 422)
    at = f"/complaints/{first['items'][0]['number']}"
    told = await officer.read(at)
    assert (told["language"], told["called"], told["answer"]) == ("ar", None, None)
    assert told["text"] in {"The guard asked me for money twice.", "The door was shut."}
    await officer.post(f"{at}/close", 409)
    await officer.post(f"{at}/acknowledge", 204)
    await officer.post(f"{at}/answer", 422, {"text": " "})
    await officer.post(f"{at}/answer", 204, {"text": "We have spoken with him."})
    await officer.post(f"{at}/answer", 409, {"text": "Again."})
    await officer.post(f"{at}/close", 204)
    told = await officer.read(at)
    assert (told["status"], told["answer"], told["next_statuses"]) == ("closed", "We have spoken with him.", [])
    async with database.reading() as session:
        complaint = (await session.scalars(select(Complaint).where(Complaint.number == told["number"]))).one()
        events = list(await session.scalars(select(AuditEntry.event).where(AuditEntry.subject_id == complaint.id)))
    assert complaint.status is ComplaintStatus.CLOSED
    assert [each for each in events if each != "complaint.read"] == [
        "complaint.acknowledged", "complaint.answered", "complaint.closed",
    ]  # fmt: skip
    assert events.count("complaint.read") == 2


async def test_a_release_is_published_once_and_its_files_are_what_was_published(
    app: FastAPI, browsers: Browsers, second_monitor: str, database: Database
) -> None:
    with clock.moved_to(datetime(2025, 5, 1, tzinfo=UTC)):
        monitor = await calling(browsers, Role.MONITOR)
        await monitor.send("GET", "/releases/order", 404)
        ordered = await monitor.post("/releases", 202, {"quarter": "2025-02-28"})
        assert (ordered["state"], ordered["quarter"]) == ("waiting", "2025-01-01")
        await monitor.post("/releases", 409, {"quarter": "2025-02-28"})
        await make_waiting(database)
        made = await monitor.read("/releases/order")
        assert (made["state"], made["release"], made["done"]) == ("made", 1, made["tables"])
        made = await monitor.read(f"/releases/{made['release']}")
        assert (made["quarter"], made["state"], made["published_at"]) == ("2025-01-01", "draft", None)
        assert made["signed"] is False
        at = f"/releases/{made['number']}"
        await monitor.post(f"{at}/publication", 409)
        await monitor.post(f"{at}/approval", 409, {"sha256": made["sha256"]})
        second = await calling(browsers, second_monitor)
        await second.post(f"{at}/approval", 409, {"sha256": "0" * 64})
        await second.post(f"{at}/approval", 204, {"sha256": made["sha256"]})
        await monitor.post(f"{at}/publication", 204)
        await monitor.post("/releases", 409, {"quarter": "2025-01-01"})
        for early in ("2025-04-01", "9999-12-31"):
            await monitor.post("/releases", 422, {"quarter": early})
        told = await monitor.read(f"/releases/{made['number']}")
        assert told["signed"] is True
        assert [each["signed"] for each in (await monitor.read("/releases"))["items"]] == [True]
        files = f"/api/v1/releases/{made['number']}/files"
        manifest = (await monitor.client.get(f"{files}/manifest.json")).content
        assert hashlib.sha256(manifest).hexdigest() == told["sha256"]
        listed = json.loads(manifest)["files"]
        assert {*listed, "manifest.json", "manifest.sig", "public_key.pem"} == {*told["files"]}
        for name, entry in listed.items():
            answer = await monitor.client.get(f"{files}/{name}")
            assert hashlib.sha256(answer.content).hexdigest() == entry["sha256"]
            assert answer.headers["etag"] == f'"{entry["sha256"]}"'
            known = {"If-None-Match": f'"other", {answer.headers["etag"]}'}
            again = await monitor.client.get(f"{files}/{name}", headers=known)
            assert (again.status_code, again.content) == (304, b"")
        await monitor.send("GET", f"/releases/{made['number']}/files/nothing.csv", 404)
