"""A case that is forbidden and one that is missing: the same answer, after the very same statements.

How long the two take is compared by `./run bench alike`.
"""

import re
from typing import Any

import pytest
from first_rows import TEAM, add_case
from sqlalchemy import event, update
from web_browser import Browser, Browsers

from access.models import OrganisationKind, StaffMember
from access.rules import Role
from access.staff import create_organisation
from cases.sheets import publish_built_in
from foundation.database import Database

MISSING = "HW-2222-2222"
PLACES = (
    "", "/messages", "/plan", "/return", "/safeguards", "/safety", "/closing", "/best-interests", "/risk",
    "/assessments/screen",
)  # fmt: skip


async def answered(database: Database, browser: Browser, path: str) -> tuple[int, str, list[str]]:
    """Status, text without what is new on every page, and every statement that was run."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    answer = await browser.get(path)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return answer.status_code, re.sub(r'value="[^"]{20,}"', "", answer.text), statements


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SUPERVISOR])
async def test_a_forbidden_case_and_a_missing_one_take_the_same_statements(
    browsers: Browsers, database: Database, role: Role
) -> None:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, "TN")
        if role is Role.SUPERVISOR:
            elsewhere = create_organisation(session, "Elsewhere", OrganisationKind.OPERATOR)
            await session.flush()
            case.organisation_id = elsewhere.id
        await session.execute(update(StaffMember).where(StaffMember.role == Role.CASEWORKER).values(team=TEAM))
    browser = await browsers.signed_in(role)
    await browser.get(f"/cases/{MISSING}")
    for place in PLACES:
        forbidden = await answered(database, browser, f"/cases/{case.number}{place}")
        missing = await answered(database, browser, f"/cases/{MISSING}{place}")
        assert forbidden[0] == 404, place
        assert forbidden[1].replace(case.number, MISSING) == missing[1], place
        assert forbidden[2] == missing[2], place
