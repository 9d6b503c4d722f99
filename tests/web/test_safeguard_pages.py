"""The pages of safeguards and of a return: rules with what is missing, evidence, steps, and what is typed stays."""

import re
from uuid import uuid4

import pytest
from fastapi import FastAPI
from first_rows import TEAM, add_case
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from web_browser import Browser, Browsers

from access.rules import Role
from cases.models import Case, Submission
from cases.rules import Phase, SubmissionState
from cases.safeguard_models import CasePerson, CaseRecord, GateOverride, ReturnJourney
from cases.safeguard_rules import Relation, Step
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database
from foundation.keys import open_subject

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    """A mother in planning; nothing worries."""
    async with database.transaction() as session:
        await publish_built_in(session)
        arrival = {"called": "Zebulon", "birth_year": 1990, "country_return": TEAM, "maybe_child": "no"}
        case, _key = await add_case(session, TEAM, arrival=arrival, needs={"place_tonight": "yes", "fear": "no"})
        case.phase = Phase.PLANNING
    return case.number


async def add_child(browser: Browser, number: str, database: Database) -> str:
    form = {"relation": "child", "age": "child", "called": "Isatou", "travels": "yes"}
    assert (await browser.send(f"/cases/{number}/people", form)).status_code == 303
    async with database.reading() as session:
        found = await session.scalars(select(CasePerson.id).where(CasePerson.relation == Relation.CHILD))
        return str(found.one())


async def answer_return_risk(session: AsyncSession, number: str) -> None:
    """A questionnaire on the risk of return, sent in."""
    case = (await session.scalars(select(Case).where(Case.number == number))).one()
    assert case.person_id is not None
    key, submission_id = await open_subject(session, case.person_id), uuid4()
    session.add(
        Submission(
            id=submission_id,
            case_id=case.id,
            sheet_id="return_risk",
            sheet_version="1",
            answers=key.seal(Submission.answers, submission_id, {}),
            given=key.seal(Submission.given, submission_id, {}),
            state=SubmissionState.SUBMITTED,
            language="en",
            started_at=clock.now(),
            submitted_at=clock.now(),
        )
    )


def rules_on(page: str, state: str) -> set[str]:
    found = re.findall(rf"rule-{state}.*?<bdi>(\w\d\d)</bdi>", page, re.DOTALL)
    return set(found)


async def test_every_rule_is_shown_with_what_would_settle_it(
    browsers: Browsers, database: Database, number: str
) -> None:
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    before = (await officer.get(f"/cases/{number}/safeguards")).text
    assert "Children: before a return" not in before
    assert {"P01", "P02", "R02"} <= rules_on(before, "met")
    child = await add_child(officer, number, database)
    page = (await officer.get(f"/cases/{number}/safeguards")).text
    assert {"C02", "C05", "C09", "C11", "C20"} <= rules_on(page, "unmet rule-blocks")
    address = f"/cases/{number}/people/{child}/records/company"
    assert address in page
    form = {"made_on": "2026-01-05", "company": "with_parent", "checked": "Saw the birth certificate."}
    assert (await officer.send(address, form)).status_code == 303
    page = (await officer.get(f"/cases/{number}/safeguards")).text
    assert "C02" in rules_on(page, "met")
    assert "C05" not in page
    assert "Saw the birth certificate." in (await officer.get(address)).text
    async with database.reading() as session:
        record = (await session.scalars(select(CaseRecord))).one()
    assert record.coded == {"company": "with_parent"}
    assert b"birth certificate" not in record.words.box  # type: ignore[union-attr]


@SQLITE
async def test_a_form_that_is_refused_keeps_what_was_typed_and_the_words_are_for_the_officer(
    browsers: Browsers, database: Database, number: str
) -> None:
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    caseworker = await browsers.signed_in(Role.CASEWORKER)
    child = await add_child(officer, number, database)
    address = f"/cases/{number}/people/{child}/records/views"
    typed = {"made_on": "2026-01-05", "views": "Wants to see her aunt.", "informed_on": "2026-01-05"}
    refused = await officer.send(address, typed)
    assert refused.status_code == 422
    assert "How this was weighed" in refused.text.partition('role="alert"')[2].partition("</div>")[0]
    assert "Wants to see her aunt." in refused.text
    whole = {**typed, "weighed": "She is twelve and clear.", "understood": "yes"}
    assert (await caseworker.send(address, whole)).status_code == 404
    assert (await officer.send(address, whole)).status_code == 303
    assert "Wants to see her aunt." in (await officer.get(address)).text
    seen = (await caseworker.get(address)).text
    assert "Wants to see her aunt." not in seen
    assert "kept for the officer" in seen
    future = {**whole, "made_on": "2999-01-01"}
    assert (await officer.send(address, future)).status_code == 422
    assert (await officer.send(address, {**whole, "made_on": "soon"})).status_code == 422
    assert (await officer.get(address.replace("views", "nothing"))).status_code == 404


@SQLITE
async def test_a_return_is_prepared_step_by_step_and_says_what_stops_it(
    browsers: Browsers, database: Database, number: str
) -> None:
    caseworker = await browsers.signed_in(Role.CASEWORKER)
    officer = await browsers.signed_in(Role.PROTECTION_OFFICER)
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    address = f"/cases/{number}/return"
    assert (await caseworker.send(address, {"return_type": "assisted_voluntary"})).status_code == 303
    for step in ("assessed", "determined", "arranged"):
        assert (await caseworker.send(f"{address}/step", {"step": step})).status_code == 303
    page = (await supervisor.get(address)).text
    assert "These rules stop it:" in page
    assert {"D01", "P07", "P08", "V01", "V03", "V04"} <= set(re.findall(r"<bdi>(\w\d\d)</bdi>", page))
    refused = await supervisor.send(f"{address}/step", {"step": "cleared"})
    assert refused.status_code == 409
    assert "V03" in refused.text
    async with database.transaction() as session:
        own = str((await session.scalars(select(CasePerson.id))).one())
        await answer_return_risk(session, number)
    informed = dict.fromkeys(
        ("options", "country", "support", "no_support", "consequences", "withdrawal", "data", "language"), "yes"
    )
    for who, kind, values in (
        (officer, "claim", {"state": "none"}),
        (caseworker, "risk", {"danger": "no", "reasons": "Peaceful."}),
        (caseworker, "information", informed),
        (caseworker, "free_choice", {"alone": "yes", "no_pressure": "yes", "able": "yes"}),
        (caseworker, "travel_document", {"type": "passport", "state": "issued", "requested_on": "2026-01-02"}),
    ):
        sent = await who.send(f"/cases/{number}/people/{own}/records/{kind}", {"made_on": "2026-01-02", **values})
        assert sent.status_code == 303, kind
    page = (await caseworker.get(f"/cases/{number}/safeguards")).text
    assert f'rests on: <a href="/cases/{number}/assessments/return_risk">' in page
    assert "something newer stands there" not in page
    agreed = {"agrees": "yes", "text": "I want to return.", "evidence": "Signed at the office."}
    assert (await caseworker.send(f"{address}/consent", agreed)).status_code == 303
    assert (await caseworker.send(f"{address}/step", {"step": "cleared"})).status_code == 404
    assert (await supervisor.send(f"{address}/step", {"step": "cleared"})).status_code == 303
    leg = {"mode": "air_scheduled", "on_date": "2026-02-01", "start": "Tunis", "end": "Banjul", "escort_role": "parent"}
    nameless = await caseworker.send(f"{address}/legs", leg)
    assert nameless.status_code == 422
    assert 'value="Banjul"' in nameless.text
    for place in ("departure", "arrival"):
        assert (await caseworker.send(f"{address}/{place}", {"day": "2026-02-01"})).status_code == 303
    assert (await caseworker.send(f"{address}/completion")).status_code == 303
    async with database.reading() as session:
        journey = (await session.scalars(select(ReturnJourney))).one()
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
    assert (journey.step, case.phase) == (Step.HANDED_OVER, Phase.REINTEGRATION)
    history = (await caseworker.get(f"/cases/{number}")).text
    assert "Return: Travel cleared" in history
    assert "Recorded: Travel document" in history


@SQLITE
async def test_a_rule_is_set_aside_on_the_page_by_two_people(
    browsers: Browsers, database: Database, number: str
) -> None:
    lead, supervisor = await browsers.signed_in(Role.CHILD_PROTECTION_LEAD), await browsers.signed_in(Role.SUPERVISOR)
    child = await add_child(lead, number, database)
    assert (await lead.send(f"/cases/{number}/return", {"return_type": "unknown"})).status_code == 303
    assert "Set this rule aside" in (await lead.get(f"/cases/{number}/safeguards")).text
    assert "Set this rule aside" not in (await supervisor.get(f"/cases/{number}/safeguards")).text
    asked = {"rule": "C14", "about": child, "reason": "Her own doctor travels with her."}
    assert (await lead.send(f"/cases/{number}/overrides", asked)).status_code == 303
    page = (await supervisor.get(f"/cases/{number}/safeguards")).text
    assert "Her own doctor travels with her." in page
    assert "C14" in rules_on(page, "unmet rule-blocks")
    async with database.reading() as session:
        override = (await session.scalars(select(GateOverride))).one()
    confirmed = await supervisor.send(f"/cases/{number}/overrides/{override.id}/confirm")
    assert confirmed.status_code == 303
    assert "C14" in rules_on((await lead.get(f"/cases/{number}/safeguards")).text, "overridden")


@SQLITE
async def test_a_concern_of_staff_stands_as_a_flag_and_stops_the_return(
    browsers: Browsers, database: Database, number: str
) -> None:
    caseworker = await browsers.signed_in(Role.CASEWORKER)
    assert (await caseworker.send(f"/cases/{number}/concerns", {"kind": "torture"})).status_code == 303
    refused = await caseworker.send(f"/cases/{number}/return", {"return_type": "assisted_voluntary"})
    assert refused.status_code == 409
    assert "P03" in refused.text
    assert "Possible torture" in (await caseworker.get(f"/cases/{number}")).text
    async with database.transaction() as session:
        await session.execute(update(Case).values(person_id=None, status="erased"))
    assert (await caseworker.get(f"/cases/{number}/safeguards")).status_code == 404
