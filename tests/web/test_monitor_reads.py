"""What a monitor opens is read under the database's own role for monitors, and works all the same."""

from sqlalchemy import text
from web_browser import Browsers

from access.rules import Role
from foundation.database import Database
from tests.monitoring.releasing import QUARTER, make_waiting, opened

ADDRESSES = (
    "/monitoring",
    "/monitoring/1",
    "/monitoring/1/manifest.json",
    "/monitoring/indicators",
    "/monitoring/indicators/21h-P1",
    "/monitoring/structural",
    "/monitoring/reports",
    "/monitoring/reports/yearly.json",
    "/monitoring/reports/review.pdf",
    "/programmes",
    "/recommendation-desk",
    "/releases",
    "/account",
    "/api/v1/releases",
    "/api/v1/releases/1",
    "/api/v1/indicators/21h-P1",
    "/api/v1/structural-facts",
    "/api/v1/reports/yearly?year=2025",
    "/api/v1/reports/review?first=2025&last=2025",
    "/api/v1/programmes",
    "/api/v1/recommendations",
)


async def test_pages_of_monitors_read_under_their_role_and_still_write(browsers: Browsers, database: Database) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    async with database.transaction() as session:
        session.add_all(opened(60))
    assert (await browser.send("/monitoring", {"quarter": QUARTER.isoformat()})).status_code == 303
    assert (await browser.get("/api/v1/releases/order")).json()["state"] == "waiting"
    await make_waiting(database)
    for address in ADDRESSES:
        assert (await browser.get(address)).status_code == 200, address
    if database.is_sqlite:
        return
    async with database.transaction() as session:
        await session.execute(text("REVOKE SELECT ON release FROM homeward_monitor"))
    assert (await browser.get("/monitoring")).status_code == 500, "the database does not let them read it"
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    assert (await supervisor.get("/monitoring")).status_code == 200
