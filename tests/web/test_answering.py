"""A partner comes by a link: a stranger learns nothing personal, opening changes nothing, one tap answers once."""

import logging
import re

import pytest
from fastapi import FastAPI
from first_rows import actor_of, add_case, add_service, partner_id
from sqlalchemy import select
from web_browser import Browser, Browsers, email_of

from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.staff import create_organisation
from cases.models import Case
from cases.rules import NeedKind, Urgency
from cases.sheets import publish_built_in
from foundation.database import Database
from referrals.models import Disclosure, Referral
from referrals.partner_models import AnswerLink
from referrals.referring import answer_share, create_referral
from referrals.rules import DeclineReason, ReferralState, SharedField

LINK = re.compile(r'value="https://[^"]*(/answer/[\w-]+)"')
WAITS = "A request waits for your answer"


@pytest.fixture
async def referral(app: FastAPI, database: Database) -> Referral:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, key = await add_case(session, None)
        made = await create_referral(
            session,
            case,
            service_id=await add_service(session, await partner_id(session)),
            need_kind=NeedKind.SHELTER,
            urgency=Urgency.NORMAL,
            fields=[SharedField.CALLED],
            actor=await actor_of(session, Role.CASEWORKER),
        )
        await answer_share(session, key.subject_id, made.consent_id, agrees=True)
    return made


async def link_to(browsers: Browsers, database: Database, referral: Referral) -> str:
    """The address that the caseworker is shown, without the host."""
    async with database.reading() as session:
        number = (await session.get_one(Case, referral.case_id)).number
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert f"/referrals/{referral.id}/link" in (await browser.get(f"/cases/{number}")).text
    page = await browser.send(f"/cases/{number}/referrals/{referral.id}/link")
    assert page.status_code == 200
    found = LINK.search(page.text)
    assert found is not None
    return found[1]


async def state_of(database: Database, referral: Referral) -> tuple[ReferralState, DeclineReason | None, bool]:
    async with database.reading() as session:
        now = await session.get_one(Referral, referral.id)
        opened = await session.scalar(select(Disclosure.opened_at))
    return now.state, now.reason, opened is not None


async def answered(browser: Browser, link: str, **fields: str) -> int:
    token = link.rpartition("/")[2]
    return (await browser.send("/answer", {"token": token, **fields})).status_code


async def test_a_stranger_learns_that_a_request_waits_and_nothing_else(
    browsers: Browsers, database: Database, referral: Referral
) -> None:
    link = await link_to(browsers, database, referral)
    browser = await browsers.stranger()
    for _scanner in range(3):
        page = await browser.get(link)
        assert page.status_code == 200
        assert WAITS in page.text
        assert "The operator" in page.text
        for word in ("Zebulon", "A safe bed", "HW-", str(referral.id), "shelter", 'action="/answer"'):
            assert word not in page.text.replace(link, "")
    assert await state_of(database, referral) == (ReferralState.SENT, None, False)
    async with database.reading() as session:
        assert (await session.scalars(select(AnswerLink))).one().used_at is None


async def test_nothing_is_kept_or_passed_on_by_the_browser(
    browsers: Browsers, database: Database, referral: Referral
) -> None:
    link = await link_to(browsers, database, referral)
    token = link.rpartition("/")[2]
    page = await (await browsers.stranger()).get(link)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "strict-origin"
    assert "noindex" in page.headers["x-robots-tag"]
    assert token not in page.text.replace(f'name="back" value="{link}"', "")
    (cookie,) = [each for each in page.headers.get_list("set-cookie") if each.startswith("homeward_answer=")]
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= {each.strip() for each in cookie.split(";")}


async def test_after_the_sign_in_one_tap_accepts(browsers: Browsers, database: Database, referral: Referral) -> None:
    link = await link_to(browsers, database, referral)
    browser = await browsers.stranger()
    await browser.get(link)
    await browser.sign_in(email_of(Role.PARTNER))
    page = await browser.client.get("/", follow_redirects=True)
    assert page.url.path == "/answer", "the token is in no address any more"
    assert 'action="/answer"' in page.text
    assert "A safe bed" in page.text
    assert "Zebulon" not in page.text
    assert (await state_of(database, referral))[0] is ReferralState.SENT
    assert await answered(browser, link, answer="accept") == 303
    assert (await state_of(database, referral))[0] is ReferralState.ACCEPTED
    assert await answered(browser, link, answer="accept") == 404
    assert await answered(browser, link, answer="decline", reason="other") == 404
    dead = await browser.get(link)
    assert dead.status_code == 404
    assert "This link no longer works" in dead.text


async def test_it_declines_with_a_reason_and_not_without(
    browsers: Browsers, database: Database, referral: Referral
) -> None:
    link = await link_to(browsers, database, referral)
    browser = await browsers.signed_in(Role.PARTNER)
    assert 'action="/answer"' in (await browser.get(link)).text
    assert await answered(browser, link, answer="decline") == 422
    assert await answered(browser, link, answer="perhaps") == 422
    assert (await state_of(database, referral))[0] is ReferralState.SENT
    assert await answered(browser, link, answer="decline", reason="no_capacity") == 303
    assert (await state_of(database, referral))[:2] == (ReferralState.DECLINED, DeclineReason.NO_CAPACITY)


async def test_another_partner_and_other_roles_answer_nothing(
    browsers: Browsers, database: Database, referral: Referral
) -> None:
    link = await link_to(browsers, database, referral)
    async with database.transaction() as session:
        other = create_organisation(session, "Another", OrganisationKind.PARTNER)
        await session.flush()
        partner = (await session.scalars(select(StaffMember).where(StaffMember.role == Role.PARTNER))).one()
        partner.organisation_id = other.id
    for role in (Role.PARTNER, Role.SUPERVISOR):
        browser = await browsers.signed_in(role)
        page = (await browser.get(link)).text
        assert "A safe bed" not in page
        assert 'action="/answer"' not in page
        assert await answered(browser, link, answer="accept") == 404
    assert (await state_of(database, referral))[0] is ReferralState.SENT
    async with database.reading() as session:
        assert (await session.scalars(select(Organisation.name).where(Organisation.id == other.id))).one() == "Another"


async def test_a_form_of_another_site_answers_nothing(
    browsers: Browsers, database: Database, referral: Referral
) -> None:
    link = await link_to(browsers, database, referral)
    browser = await browsers.signed_in(Role.PARTNER)
    fields = {"token": link.rpartition("/")[2], "answer": "accept"}
    assert (await browser.send("/answer", fields, site="cross-site")).status_code == 403
    assert (await state_of(database, referral))[0] is ReferralState.SENT


async def test_a_new_link_ends_the_old_one(browsers: Browsers, database: Database, referral: Referral) -> None:
    first = await link_to(browsers, database, referral)
    second = await link_to(browsers, database, referral)
    browser = await browsers.signed_in(Role.PARTNER)
    assert (await browser.get(first)).status_code == 404
    assert (await browser.get(second)).status_code == 200


async def test_the_token_reaches_no_log_of_ours(
    browsers: Browsers, database: Database, referral: Referral, caplog: pytest.LogCaptureFixture
) -> None:
    link = await link_to(browsers, database, referral)
    with caplog.at_level(logging.DEBUG, logger="homeward"):
        browser = await browsers.signed_in(Role.PARTNER)
        await browser.get(link)
        await answered(browser, link, answer="accept")
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith(("httpx", "httpcore"))]
    assert not [each for each in ours if link.rpartition("/")[2] in each]
