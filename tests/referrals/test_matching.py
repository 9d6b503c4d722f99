"""Which services are offered for a need, and in which order."""

from typing import Any

import pytest
from referral_scene import EXAMPLE, add_organisation, add_service
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import Organisation, OrganisationKind
from cases.rules import NeedKind
from cases.sheets import built_in_sheets
from referrals.directory import read_directory
from referrals.matching import area_code, fitting_services
from referrals.rules import ServiceKind


@pytest.fixture
async def partner(session: AsyncSession) -> Organisation:
    organisation = add_organisation(session, "Partner", OrganisationKind.PARTNER)
    await session.flush()
    return organisation


async def names_for(session: AsyncSession, **changes: Any) -> list[str]:
    await session.flush()
    wanted: dict[str, Any] = {"need": NeedKind.WORK, "country": "GM", "area": "gm_brikama", "language": "en"}
    return [each.name for each in await fitting_services(session, **(wanted | changes))]


async def test_only_services_that_reach_the_place_fit(session: AsyncSession, partner: Organisation) -> None:
    for name, areas in (("all", ["GM"]), ("here", ["GM:brikama"]), ("there", ["GM:basse"]), ("abroad", ["TN"])):
        add_service(session, partner, name=name, areas=areas)
    assert await names_for(session) == ["here", "all"]
    assert await names_for(session, area=None) == ["all", "here", "there"]
    assert await names_for(session, country="TN", area="tn_greater_tunis") == ["abroad"]
    assert await names_for(session, country="other", area=None) == []
    assert await names_for(session, country=None, area=None) == ["abroad", "all", "here", "there"]


async def test_age_rules_out_and_an_unknown_age_does_not(session: AsyncSession, partner: Organisation) -> None:
    add_service(session, partner, name="children", maximum_age=17)
    add_service(session, partner, name="grown", minimum_age=18)
    add_service(session, partner, name="open")
    assert await names_for(session, age=17) == ["children", "open"]
    assert await names_for(session, age=18) == ["grown", "open"]
    assert await names_for(session) == ["children", "grown", "open"]


async def test_what_the_person_speaks_comes_first(session: AsyncSession, partner: Organisation) -> None:
    add_service(session, partner, name="a french", languages=["fr"])
    add_service(session, partner, name="b portuguese", languages=["pt"])
    assert await names_for(session, language="pt_BR") == ["b portuguese", "a french"]


async def test_kind_and_status_decide_whether_a_service_is_offered(
    session: AsyncSession, partner: Organisation
) -> None:
    add_service(session, partner, name="training", kind=ServiceKind.TRAINING)
    add_service(session, partner, name="job")
    add_service(session, partner, name="health", kind=ServiceKind.HEALTH)
    for status in ("inactive", "defunct", "temporarily closed"):
        add_service(session, partner, name=status, status=status)
    assert await names_for(session) == ["job", "training"]
    assert await names_for(session, limit=1) == ["job"]


def test_every_area_of_the_example_directory_can_be_chosen_in_the_arrival_form() -> None:
    offered = {
        area_code(str(choice.columns["country"]), choice.code)
        for choice in built_in_sheets()["arrival"].question("area").choices
    }
    used = {code for entry in read_directory(EXAMPLE.read_bytes()).entries for code in entry.service.area_codes}
    assert {code for code in used if ":" in code} <= offered
    assert len(offered) == 15
