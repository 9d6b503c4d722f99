"""Many people referred to one course: each is asked, who cannot be is told of, and nobody else is touched."""

import pytest
from opening_scene import knows, offer
from referral_scene import Scene
from sqlalchemy import func, select
from test_opening_matching import want_training

from cases.models import Consent
from cases.rules import ConsentKind, ConsentState, FlagKind
from cases.safeguarding import raise_flag
from foundation.errors import Conflict, Invalid, NotAllowed
from foundation.language import say
from referrals.inviting import MOST, Invited, invite
from referrals.models import Referral
from referrals.opening_matching import match_case
from referrals.opening_models import Course, OpeningOutcome
from referrals.opening_rules import Outcome
from referrals.rules import ReferralState, SharedField


async def ready(scene: Scene) -> Course:
    await want_training(scene)
    await knows(scene, "7112")
    scene.case.owner_id = scene.caseworker.id
    course = await offer(scene)
    await match_case(scene.session, scene.case, actor=scene.caseworker)
    return course


async def ask(scene: Scene, course: Course, *numbers: str, note: str = "") -> Invited:
    fields = [SharedField.CALLED, *([SharedField.NOTE] if note else [])]
    return await invite(scene.session, course.id, list(numbers), fields=fields, note=note, actor=scene.caseworker)


async def counts(scene: Scene) -> tuple[int, int]:
    await scene.session.flush()
    found = [await scene.session.scalar(select(func.count()).select_from(each)) for each in (Referral, OpeningOutcome)]
    return found[0] or 0, found[1] or 0


async def test_each_gets_a_draft_and_is_asked_for_their_own_consent(scene: Scene) -> None:
    course = await ready(scene)
    done = await ask(scene, course, scene.case.number, scene.case.number, "HW-NOBODY", note="Bring your tools.")
    assert done.asked == [scene.case.number]
    assert [each.number for each in done.left] == ["HW-NOBODY"]
    referral = (await scene.session.scalars(select(Referral))).one()
    assert (referral.state, referral.service_id, referral.disclosed) == (ReferralState.DRAFT, scene.service.id, None)
    consent = await scene.session.get_one(Consent, referral.consent_id)
    assert (consent.kind, consent.state) == (ConsentKind.SERVICES, ConsentState.REQUESTED)
    assert (await scene.session.scalars(select(OpeningOutcome.outcome))).all() == [Outcome.TOLD]
    again = await ask(scene, course, scene.case.number)
    assert again.asked == []
    assert await counts(scene) == (1, 1)


async def test_who_may_not_be_asked_alone_is_told_of_and_nothing_of_theirs_stays(scene: Scene) -> None:
    course = await ready(scene)
    await raise_flag(scene.session, scene.case, FlagKind.CHILD, "test", actor=scene.caseworker)
    await scene.session.flush()
    done = await ask(scene, course, scene.case.number)
    assert done.asked == []
    assert [say("en", each.reason) != "" for each in done.left] == [True]
    assert await counts(scene) == (0, 0)


async def test_nobody_too_many_and_what_cannot_be_offered_are_refused(scene: Scene) -> None:
    course = await ready(scene)
    for numbers in ([], [f"HW-{each}" for each in range(MOST + 1)]):
        with pytest.raises(Invalid):
            await ask(scene, course, *numbers)
    course.service_id = None
    with pytest.raises(Conflict):
        await ask(scene, course, scene.case.number)
    course.service_id, course.places_left = scene.service.id, 0
    with pytest.raises(Conflict):
        await ask(scene, course, scene.case.number)
    with pytest.raises(NotAllowed):
        await invite(scene.session, course.id, ["HW-1"], fields=[SharedField.CALLED], note="", actor=scene.partner)


async def test_a_case_of_a_colleague_is_not_among_them(scene: Scene) -> None:
    course = await ready(scene)
    scene.case.owner_id = scene.officer.id
    done = await ask(scene, course, scene.case.number)
    assert done.asked == []
    assert await counts(scene) == (0, 0)
