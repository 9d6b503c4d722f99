"""Consent: silence is no, a no is final, and what was taken back stays taken back."""

import hashlib

import pytest
from case_scene import Scene
from sqlalchemy import select

from access.actor import PERSON
from cases.consent import (
    consents_of,
    decide,
    give_data_consent,
    has_data_consent,
    require_consent,
    require_data_consent,
    withdraw,
)
from cases.models import Person
from cases.rules import CONSENT_STEPS, IN_FORCE, ConsentKind, ConsentState
from foundation.errors import Conflict, NotAllowed, NotFound

FINAL = frozenset([ConsentState.REFUSED, ConsentState.WITHDRAWN])
STATES = list(ConsentState)


def test_every_state_has_its_steps_and_no_and_taken_back_are_final() -> None:
    assert set(CONSENT_STEPS) == set(ConsentState)
    assert {state for state, steps in CONSENT_STEPS.items() if not steps} == FINAL
    assert frozenset([ConsentState.GIVEN, ConsentState.RENEWED]) == IN_FORCE
    assert all(ConsentState.WITHDRAWN in CONSENT_STEPS[state] for state in IN_FORCE)
    into = {state for state, steps in CONSENT_STEPS.items() if ConsentState.GIVEN in steps}
    assert into == {ConsentState.REQUESTED}


@pytest.mark.parametrize(("agrees", "state"), [(True, ConsentState.GIVEN), (False, ConsentState.REFUSED)])
async def test_an_answer_is_kept_with_its_moment(
    scene: Scene, agrees: bool, state: ConsentState  # noqa: FBT001  # a column of the table
) -> None:  # fmt: skip
    told = await scene.tell()
    asked = scene.add_consent(told, ConsentState.REQUESTED)
    await decide(scene.session, asked.id, told.key.subject_id, agrees=agrees, actor=PERSON)
    assert asked.state is state
    assert asked.decided_at is not None
    for again in (True, False):
        with pytest.raises(Conflict):
            await decide(scene.session, asked.id, told.key.subject_id, agrees=again, actor=PERSON)
    assert asked.state is state


@pytest.mark.parametrize("state", [state for state in STATES if state is not ConsentState.REQUESTED])
async def test_only_what_is_being_asked_can_be_answered(scene: Scene, state: ConsentState) -> None:
    told = await scene.tell()
    consent = scene.add_consent(told, state)
    for agrees in (True, False):
        with pytest.raises(Conflict):
            await decide(scene.session, consent.id, told.key.subject_id, agrees=agrees, actor=PERSON)
    assert consent.state is state


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        (ConsentState.GIVEN, ConsentState.WITHDRAWN),
        (ConsentState.RENEWED, ConsentState.WITHDRAWN),
        (ConsentState.REQUESTED, ConsentState.REFUSED),
    ],
)
async def test_taking_back_acts_at_once_and_is_final(scene: Scene, state: ConsentState, becomes: ConsentState) -> None:
    told = await scene.tell()
    consent = scene.add_consent(told, state)
    await withdraw(scene.session, consent.id, told.key.subject_id, actor=PERSON)
    assert consent.state is becomes
    assert consent.withdrawn_at is not None
    with pytest.raises(NotAllowed):
        await require_consent(scene.session, consent.id)
    with pytest.raises(Conflict):
        await withdraw(scene.session, consent.id, told.key.subject_id, actor=PERSON)


@pytest.mark.parametrize("state", STATES)
async def test_only_a_consent_in_force_lets_anything_pass(scene: Scene, state: ConsentState) -> None:
    told = await scene.tell()
    consent = scene.add_consent(told, state)
    if state in (ConsentState.GIVEN, ConsentState.RENEWED):
        assert await require_consent(scene.session, consent.id) is consent
    else:
        with pytest.raises(NotAllowed):
            await require_consent(scene.session, consent.id)


async def test_nobody_answers_or_takes_back_for_another(scene: Scene) -> None:
    told, other = await scene.tell(), await scene.tell()
    asked, given = scene.add_consent(told, ConsentState.REQUESTED), scene.add_consent(told, ConsentState.GIVEN)
    with pytest.raises(NotFound):
        await decide(scene.session, asked.id, other.key.subject_id, agrees=True, actor=PERSON)
    with pytest.raises(NotFound):
        await withdraw(scene.session, given.id, other.key.subject_id, actor=PERSON)
    assert (asked.state, given.state) == (ConsentState.REQUESTED, ConsentState.GIVEN)


async def test_opening_a_case_keeps_the_hash_of_the_very_text_that_was_shown(scene: Scene) -> None:
    told = await scene.tell()
    (consent,) = await consents_of(scene.session, told.key.subject_id)
    assert consent.kind is ConsentKind.DATA
    assert consent.state is ConsentState.GIVEN
    assert consent.text_hash == hashlib.sha256(b"the notice").hexdigest()
    assert await has_data_consent(scene.session, told.key.subject_id)


async def test_without_consent_to_data_nothing_is_done_until_it_is_given_anew(scene: Scene) -> None:
    told = await scene.tell()
    person_id = told.key.subject_id
    (consent,) = await consents_of(scene.session, person_id)
    await withdraw(scene.session, consent.id, person_id, actor=PERSON)
    with pytest.raises(NotAllowed):
        await require_data_consent(scene.session, person_id)
    # A consent to share is not one to keep data.
    scene.add_consent(told, ConsentState.GIVEN)
    assert not await has_data_consent(scene.session, person_id)
    person = (await scene.session.scalars(select(Person).where(Person.id == person_id))).one()
    renewed = give_data_consent(scene.session, person, told.case, "a new notice", actor=PERSON)
    await require_data_consent(scene.session, person_id)
    assert consent.state is ConsentState.WITHDRAWN
    assert renewed.id != consent.id
