"""The page of monitors of returns: its codes are read on the page of the return, its words by nobody of the case."""

import pytest
from first_rows import TEAM, actor_of, add_case
from web_browser import Browsers

from access.rules import Role
from cases.monitoring_fields import FIELDS
from cases.record_fields import FieldKind
from cases.returning import begin_return
from cases.rules import Phase
from cases.safeguard_rules import ReturnType
from cases.sheets import publish_built_in
from foundation.database import Database

WORDS = "He was pushed at the gate."


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_monitor_writes_and_the_case_reads_the_codes(browsers: Browsers, database: Database) -> None:
    async with database.transaction() as session:
        await publish_built_in(session)
        arrival = {"called": "Zebulon", "birth_year": 1990, "country_return": TEAM, "maybe_child": "no"}
        case, _key = await add_case(session, TEAM, arrival=arrival, needs={"place_tonight": "yes", "fear": "no"})
        case.phase = Phase.PLANNING
        caseworker = await actor_of(session, Role.CASEWORKER)
        await begin_return(session, case, ReturnType.FORCED_ESCORTED, actor=caseworker)
    monitor, worker = await browsers.signed_in(Role.RETURN_MONITOR), await browsers.signed_in(Role.CASEWORKER)
    assert (await monitor.get("/")).headers["location"] == "/return-monitoring"
    empty = (await monitor.get("/return-monitoring")).text
    assert empty.count("<h3>") == 6
    assert (await monitor.get(f"/cases/{case.number}/return")).status_code == 404
    form = {"number": case.number, "made_on": "2026-01-05", "force_words": WORDS}
    refused = await monitor.send("/return-monitoring", form)
    assert refused.status_code == 422
    assert WORDS in refused.text
    form |= {field.name: next(iter(field.choices)) for field in FIELDS if field.kind is FieldKind.CHOICE}
    assert (await monitor.send("/return-monitoring", form | {"number": "HW-2222-2222"})).status_code == 404
    assert (await monitor.send("/return-monitoring", form | {"escorts": "3"})).status_code == 303
    assert WORDS in (await monitor.get("/return-monitoring")).text
    assert "Zebulon" not in (await monitor.get("/return-monitoring")).text
    page = (await worker.get(f"/cases/{case.number}/return")).text
    assert "Written by independent monitors" in page
    address = page.partition('/records/monitoring"')[0].rpartition('href="')[2] + "/records/monitoring"
    record = (await worker.get(address)).text
    assert "The words are kept for the officer responsible." in record
    assert WORDS not in page + record
