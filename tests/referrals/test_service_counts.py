"""What a service counts: the places that are left, and what came of the referrals to it."""

import pytest
from referral_scene import Scene

from referrals.responding import accept, complete, decline, fail
from referrals.rules import DeclineReason


@pytest.mark.parametrize(("left", "then"), [(2, 1), (0, 0), (None, None)])
async def test_an_acceptance_takes_a_place_if_one_is_known_to_be_left(
    scene: Scene, left: int | None, then: int | None
) -> None:
    scene.service.places_left = left
    referral = await scene.sent()
    await accept(scene.session, referral.id, actor=scene.partner)
    await scene.session.refresh(scene.service, ["places_left"])
    assert scene.service.places_left == then


async def test_what_came_of_a_referral_is_counted_at_its_service(scene: Scene) -> None:
    for end in (complete, None):
        referral = await scene.sent()
        await accept(scene.session, referral.id, actor=scene.partner)
        if end is not None:
            await end(scene.session, referral.id, actor=scene.partner)
        else:
            await fail(scene.session, referral.id, DeclineReason.UNAVAILABLE, actor=scene.partner)
    await decline(scene.session, (await scene.sent()).id, DeclineReason.NO_CAPACITY, actor=scene.partner)
    await scene.session.refresh(scene.service, ["finished", "completed"])
    assert (scene.service.finished, scene.service.completed) == (2, 1)
