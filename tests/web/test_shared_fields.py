"""A partner sees the fields that the person agreed to share, and not a trace of any other."""

import html
import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from fastapi import FastAPI
from first_rows import actor_of, add_case, add_service, partner_id
from sqlalchemy.ext.asyncio import AsyncSession
from web_browser import Browsers

from access.rules import Role
from cases.rules import NeedKind, Urgency
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database
from referrals.referring import answer_share, create_referral
from referrals.rules import SharedField

BIRTH_YEAR = clock.today().year - 30
ARRIVAL = {
    "called": "Zebulon",
    "birth_year": BIRTH_YEAR,
    "sex": "male",
    "country_return": "GM",
    "area": "gm_basse",
    "country_from": "LY",
    "company": ["own_children"],
    "children_count": 271828,
    "maybe_child": "no",
}
NEEDS = {
    "place_tonight": "unsafe",
    "fear": "yes",
    "health": "urgent",
    "forced_work": "yes",
    "work_wanted": ["training"],
    "skills": "canary of skills",
    "training_topic": "canary of training",
    "anything_else": "canary of what else was said",
}
NOTE = "canary of the note"
SHOWN: dict[SharedField, str] = {
    SharedField.CALLED: "Zebulon",
    SharedField.AGE_BAND: "25-39",
    SharedField.SEX: "Man or boy",
    SharedField.COUNTRY: "The Gambia",
    SharedField.AREA: "Basse",
    SharedField.LANGUAGE: "Português",
    SharedField.NEED: "A place to stay (Emergency)",
    SharedField.CHILDREN_COUNT: "271828",
    SharedField.SKILLS: "canary of skills",
    SharedField.TRAINING_TOPIC: "canary of training",
    SharedField.NOTE: NOTE,
}
NEVER_SHOWN = (str(BIRTH_YEAR), "Libya", "afraid", "Fear of return", "trafficking", "canary of what else was said")
VALUE = re.compile(r'<dd dir="auto">(.*?)</dd>')
# Tokens and ids are random: a number among them says nothing.
RANDOM = re.compile(r'value="[^"]*"|\?v=[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}')

ALONE = [[each] for each in SharedField]
ALL_BUT_ONE = [[each for each in SharedField if each is not hidden] for hidden in SharedField]


@dataclass(frozen=True)
class Agreed:
    fields: list[SharedField]
    referral_id: UUID


@pytest.fixture
async def agreed(app: FastAPI, database: Database) -> list[Agreed]:
    """Referrals of people who told the same, and agreed to share different parts of it."""
    async with database.transaction() as session:
        await publish_built_in(session)
        return [await agree(session, fields) for fields in (*ALONE, *ALL_BUT_ONE, list(SharedField))]


async def agree(session: AsyncSession, fields: list[SharedField]) -> Agreed:
    case, key = await add_case(session, None, "pt", dict(ARRIVAL), dict(NEEDS))
    referral = await create_referral(
        session,
        case,
        service_id=await add_service(session, await partner_id(session)),
        need_kind=NeedKind.SHELTER,
        urgency=Urgency.EMERGENCY,
        fields=fields,
        note=NOTE if SharedField.NOTE in fields else "",
        actor=await actor_of(session, Role.CASEWORKER),
    )
    await answer_share(session, key.subject_id, referral.consent_id, agrees=True)
    return Agreed(fields, referral.id)


def test_every_field_has_a_value_that_can_be_recognised() -> None:
    assert set(SHOWN) == set(SharedField)
    assert len(set(SHOWN.values())) == len(SHOWN)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_partners_pages_show_what_was_shared_and_nothing_else(
    browsers: Browsers, agreed: list[Agreed]
) -> None:
    browser = await browsers.signed_in(Role.PARTNER)
    inbox = RANDOM.sub("", (await browser.get("/partner")).text)
    assert inbox.count("A safe bed") == len(agreed)
    assert not [word for word in (*SHOWN.values(), *NEVER_SHOWN) if word in inbox]
    for each in agreed:
        answer = await browser.get(f"/partner/{each.referral_id}")
        assert answer.status_code == 200
        values = [html.unescape(value) for value in VALUE.findall(answer.text)]
        assert values == [SHOWN[field] for field in SharedField if field in each.fields]
        page = html.unescape(RANDOM.sub("", answer.text))
        leaked = [field for field, value in SHOWN.items() if field not in each.fields and value in page]
        assert not leaked, each.fields
        assert not [word for word in NEVER_SHOWN if word in page]
