"""Which services are offered for a need, and in which order."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from agreed import agree
from referral_scene import EXAMPLE, add_organisation, add_service
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import Organisation, OrganisationKind
from cases.rules import NeedKind
from cases.sheets import built_in_sheets
from foundation import clock
from foundation.language import FSI, PDI, say
from referrals.directory import read_directory
from referrals.eligibility import Found, Person, Question
from referrals.matching import Match, Wanted, area_code, matching_services, why
from referrals.rules import ServiceKind


@pytest.fixture
async def partner(session: AsyncSession) -> Organisation:
    organisation = add_organisation(session, "Partner", OrganisationKind.PARTNER)
    await agree(session, organisation.id)
    return organisation


ADULT = Person(30, {"arrival": {"sex": "female", "company": ["own_children"]}, "needs": {"income": "no"}})


async def matches_for(session: AsyncSession, **changes: Any) -> list[Match]:
    await session.flush()
    most = changes.pop("most", 20)
    wanted: dict[str, Any] = {"need": NeedKind.WORK, "country": "GM", "area": "gm_brikama", "language": "en"}
    return await matching_services(session, Wanted(**(wanted | changes)), most=most)


async def names_for(session: AsyncSession, **changes: Any) -> list[str]:
    return [match.service.name for match in await matches_for(session, **changes)]


async def reasons_for(session: AsyncSession, **changes: Any) -> list[str]:
    (match,) = await matches_for(session, **changes)
    return [say("en", reason).replace(FSI, "").replace(PDI, "") for reason in why(match)]


async def test_only_services_that_reach_the_place_fit(session: AsyncSession, partner: Organisation) -> None:
    for name, areas in (("all", ["GM"]), ("here", ["GM:brikama"]), ("there", ["GM:basse"]), ("abroad", ["TN"])):
        add_service(session, partner, name=name, areas=areas)
    assert await names_for(session) == ["here", "all"]
    assert await names_for(session, area=None) == ["all", "here", "there"]
    assert await names_for(session, country="TN", area="tn_greater_tunis") == ["abroad"]
    assert await names_for(session, country="other", area=None) == []
    assert await names_for(session, country=None, area=None) == ["abroad", "all", "here", "there"]


async def test_an_age_that_does_not_fit_comes_last_and_an_unknown_one_is_said_to_be_unknown(
    session: AsyncSession, partner: Organisation
) -> None:
    add_service(session, partner, name="children", maximum_age=17)
    add_service(session, partner, name="grown", minimum_age=18)
    add_service(session, partner, name="open")
    assert await names_for(session, person=Person(17)) == ["children", "open", "grown"]
    assert await names_for(session, person=Person(18)) == ["grown", "open", "children"]
    assert await names_for(session) == ["open", "children", "grown"]
    (judged,) = (await matches_for(session))[1].conditions
    assert (judged.found, judged.question) == (Found.UNKNOWN, Question("arrival", "birth_year"))
    (judged,) = (await matches_for(session, person=Person(17)))[-1].conditions
    assert (judged.found, judged.question) == (Found.NOT_MET, None)


async def test_each_condition_of_a_service_is_judged(session: AsyncSession, partner: Organisation) -> None:
    add_service(session, partner, criteria="women disability low_income identity_paper")
    (match,) = await matches_for(session, person=ADULT)
    assert {say("en", each.name): each.found for each in match.conditions} == {
        "For women and girls": Found.MET,
        "For people with a disability": Found.UNKNOWN,
        "For a low income": Found.MET,
        "An identity paper is needed": Found.UNKNOWN,
    }
    assert match.fits is Found.UNKNOWN
    (match,) = await matches_for(session, person=Person(30, {"arrival": {"sex": "male"}}))
    assert match.fits is Found.NOT_MET


async def test_whom_a_service_takes_first_find_it_first(session: AsyncSession, partner: Organisation) -> None:
    add_service(session, partner, name="a general")
    add_service(session, partner, name="b for poor women first", first_for="low_income female_headed_household")
    assert await names_for(session, person=ADULT) == ["b for poor women first", "a general"]
    assert await names_for(session) == ["a general", "b for poor women first"]
    rich = Person(30, {"needs": {"income": "yes"}, "arrival": {"sex": "male"}})
    assert await names_for(session, person=rich) == ["a general", "b for poor women first"]


async def test_what_the_person_speaks_comes_first(session: AsyncSession, partner: Organisation) -> None:
    add_service(session, partner, name="a french", languages=["fr"])
    add_service(session, partner, name="b portuguese", languages=["pt"])
    assert await names_for(session, language="pt_BR") == ["b portuguese", "a french"]


async def test_a_service_that_is_full_comes_behind_those_that_are_not(
    session: AsyncSession, partner: Organisation
) -> None:
    for name, left in (("a full", 0), ("b four", 4), ("c unknown", None)):
        add_service(session, partner, name=name, places_left=left, places_at=None if left is None else clock.now())
    assert await names_for(session) == ["b four", "c unknown", "a full"]


async def test_nothing_of_the_order_depends_on_chance(session: AsyncSession, partner: Organisation) -> None:
    for number in range(30):
        add_service(session, partner, name=f"same {number % 3}")
    first = [match.service.id for match in await matches_for(session, most=30)]
    session.expunge_all()
    assert [match.service.id for match in await matches_for(session, most=30)] == first


async def test_the_reasons_are_said_in_a_line_each(session: AsyncSession, partner: Organisation) -> None:
    service = add_service(
        session,
        partner,
        areas=["GM:brikama"],
        first_for="low_income",
        is_free=True,
        places_left=1,
        places_at=datetime(2026, 3, 2, tzinfo=UTC),
        assured_date=date(2026, 3, 1),
    )
    with clock.moved_to(datetime(2026, 3, 20, tzinfo=UTC)):
        assert await reasons_for(session, person=ADULT) == [
            "They speak the person’s language.",
            "It is in the person’s own area.",
            "It takes people in this situation first.",
            "1 place left on 2 March 2026.",
            "It costs nothing.",
        ]
    with clock.moved_to(datetime(2026, 12, 1, tzinfo=UTC)):
        assert "Last checked on 1 March 2026: ask whether it still holds." in await reasons_for(session)
    service.assured_date = None
    assert "Nobody has said when this was checked last." in await reasons_for(session)


async def test_what_came_of_it_for_others_counts_only_from_ten_on(session: AsyncSession, partner: Organisation) -> None:
    add_service(session, partner, name="a untried")
    tried = add_service(session, partner, name="b tried", finished=9, completed=9)
    assert await names_for(session) == ["a untried", "b tried"]
    tried.finished = 10
    assert await names_for(session) == ["b tried", "a untried"]
    assert "Of 10 referrals that ended there, 9 were completed." in [
        say("en", reason) for reason in why((await matches_for(session, most=1))[0])
    ]


async def test_kind_and_status_decide_whether_a_service_is_offered(
    session: AsyncSession, partner: Organisation
) -> None:
    add_service(session, partner, name="training", kind=ServiceKind.TRAINING)
    add_service(session, partner, name="job")
    add_service(session, partner, name="health", kind=ServiceKind.HEALTH)
    for status in ("inactive", "defunct", "temporarily closed"):
        add_service(session, partner, name=status, status=status)
    assert await names_for(session) == ["job", "training"]
    assert await names_for(session, most=1) == ["job"]


def test_every_area_of_the_example_directory_can_be_chosen_in_the_arrival_form() -> None:
    offered = {
        area_code(str(choice.columns["country"]), choice.code)
        for choice in built_in_sheets()["arrival"].question("area").choices
    }
    used = {code for entry in read_directory(EXAMPLE.read_bytes()).entries for code in entry.service.area_codes}
    assert {code for code in used if ":" in code} <= offered
    assert len(offered) == 15


async def test_what_was_not_checked_in_time_comes_behind_what_was(session: AsyncSession, partner: Organisation) -> None:
    for name, day in (
        ("a never", None),
        ("b long ago", date(2025, 1, 1)),
        ("c lately", date(2026, 5, 1)),
        ("d in time", date(2025, 12, 5)),
    ):
        add_service(session, partner, name=name, assured_date=day, is_free=name == "b long ago")
    with clock.moved_to(datetime(2026, 6, 1, tzinfo=UTC)):
        assert await names_for(session) == ["c lately", "d in time", "b long ago", "a never"]
