"""Claims that rest on periods of work abroad: written down sealed, also without papers, and submitted with them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referral_scene import Scene
from sqlalchemy import select

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from referrals.application_file import open_application
from referrals.application_models import Application, WorkPeriod
from referrals.application_rules import ApplicationState, Entry, Given, Standing
from referrals.applying import MOST_PERIODS, Terms, add_period, authorise, note_document, open_new, remove_period
from referrals.pursuing import Happened, record
from referrals.work_periods import Insured, Period, WorkStatus, checked, months_of, packed, unpacked

WAGES = Terms(
    "Labour inspectorate",
    "IT",
    details={"employer": "The farm of Don Rocco", "route": "labour_office"},
    amount=Decimal("2400.50"),
    currency="EUR",
)
FARM = Period(
    date(2023, 5, 1),
    date(2023, 9, 30),
    "The farm of Don Rocco",
    "Foggia",
    "tomatoes",
    WorkStatus.INFORMAL,
    Insured.NO,
    proof="Two friends, photos of the crates, a voice message of the foreman",
)


async def claim(scene: Scene, **changes: Any) -> Application:
    terms = replace(WAGES, **changes)
    return await open_new(scene.session, scene.case, "unpaid_wages", terms, actor=scene.caseworker)


async def test_a_claim_without_papers_is_submitted_with_what_else_shows_the_work(scene: Scene) -> None:
    application = await claim(scene)
    verb = (scene.session, scene.case, application.id)
    today = clock.today()
    await authorise(*verb, on_day=today, how=Given.WITNESSED, covers="All of it", actor=scene.caseworker)
    await add_period(*verb, FARM, actor=scene.caseworker)
    submit = Happened(Entry.SUBMITTED, today)
    with pytest.raises(Conflict):
        await record(*verb, submit, actor=scene.caseworker)
    await note_document(*verb, "witness", Standing.HAVE, note="Two friends", actor=scene.caseworker)
    await record(*verb, submit, actor=scene.caseworker)
    view = await open_application(*verb)
    assert [period for _id, period in view.periods] == [FARM]
    assert (view.row.state, view.row.amount, view.row.currency) == (
        ApplicationState.SUBMITTED,
        Decimal("2400.50"),
        "EUR",
    )
    box = await scene.session.scalar(select(WorkPeriod.content))
    assert box is not None
    assert b"Rocco" not in box.box


async def test_money_is_exact_and_has_a_currency(scene: Scene) -> None:
    for changes in (
        {"amount": None},
        {"currency": None},
        {"amount": Decimal("0.001")},
        {"amount": Decimal(-1)},
        {"amount": Decimal("NaN")},
        {"currency": "ZZZ"},
    ):
        with pytest.raises(Invalid):
            await claim(scene, **changes)
    recognition = Terms("Authority", "GM", amount=Decimal(1), currency="EUR")
    with pytest.raises(Invalid):
        await open_new(scene.session, scene.case, "skills_recognition", recognition, actor=scene.caseworker)


async def test_without_an_amount_or_a_period_it_is_not_ready(scene: Scene) -> None:
    application = await claim(scene, amount=None, currency=None)
    lacking = (await open_application(scene.session, scene.case, application.id)).unready
    texts = [each.text for each in lacking]
    assert "No period of work is written down yet." in texts
    assert "Not answered yet: {field}" in texts


async def test_periods_are_taken_out_while_it_is_prepared_and_stay_afterwards(scene: Scene) -> None:
    application = await claim(scene)
    verb = (scene.session, scene.case, application.id)
    first = await add_period(*verb, FARM, actor=scene.caseworker)
    kept = await add_period(*verb, replace(FARM, employer="Another"), actor=scene.caseworker)
    await remove_period(*verb, first.id, actor=scene.caseworker)
    with pytest.raises(NotFound):
        await remove_period(*verb, first.id, actor=scene.caseworker)
    await note_document(*verb, "witness", Standing.HAVE, actor=scene.caseworker)
    await authorise(*verb, on_day=clock.today(), how=Given.SIGNED, covers="All", actor=scene.caseworker)
    await record(*verb, Happened(Entry.SUBMITTED, clock.today()), actor=scene.caseworker)
    with pytest.raises(Conflict):
        await remove_period(*verb, kept.id, actor=scene.caseworker)


async def test_recognition_rests_on_no_periods_and_there_is_an_end_to_them(scene: Scene) -> None:
    recognition = await open_new(
        scene.session, scene.case, "skills_recognition", Terms("Authority", "GM"), actor=scene.caseworker
    )
    with pytest.raises(Invalid):
        await add_period(scene.session, scene.case, recognition.id, FARM, actor=scene.caseworker)
    application = await claim(scene)
    for _each in range(MOST_PERIODS):
        await add_period(scene.session, scene.case, application.id, FARM, actor=scene.caseworker)
    with pytest.raises(Conflict):
        await add_period(scene.session, scene.case, application.id, FARM, actor=scene.caseworker)


@pytest.mark.parametrize(
    "changes",
    [
        {"employer": " "},
        {"place": ""},
        {"work": "x" * 501},
        {"ends_on": date(2023, 4, 30)},
        {"starts_on": clock.today() + timedelta(days=1), "ends_on": None},
        {"ends_on": clock.today() + timedelta(days=1)},
    ],
)
def test_a_period_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        checked(replace(FARM, **changes))


DAYS = st.dates(date(1960, 1, 1), date(2025, 12, 31))


@given(DAYS, DAYS, st.text(max_size=40), st.sampled_from(Insured))
def test_what_is_kept_comes_back_as_it_was(one: date, other: date, words: str, insured: Insured) -> None:
    period = replace(FARM, starts_on=min(one, other), ends_on=max(one, other), proof=words, insured=insured)
    assert unpacked(packed(period)) == period
    assert checked(period).proof == words.strip()


def test_months_are_counted_once_and_open_ends_not_at_all() -> None:
    second = replace(FARM, starts_on=date(2023, 9, 1), ends_on=date(2023, 11, 2))
    assert months_of([FARM]) == 5
    assert months_of([FARM, second, FARM]) == 7
    assert months_of([replace(FARM, ends_on=None)]) == 0
