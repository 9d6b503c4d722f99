"""Which ended referrals stand in *Today*: while the need is open and nothing else is tried for it, and for whom."""

from datetime import timedelta

from referral_scene import Scene
from sqlalchemy import select

from access.actor import Actor
from cases.models import Need
from cases.rules import NeedKind, NeedStatus
from foundation import clock
from foundation.language import say
from referrals.referring import expire_overdue
from referrals.responding import accept, complete, decline
from referrals.rules import DeclineReason
from referrals.waiting import referrals_ended


async def waiting(scene: Scene, actor: Actor | None = None) -> list[str]:
    await scene.session.flush()
    return [say("en", each.why) for each in await referrals_ended(scene.session, actor or scene.caseworker)]


async def test_a_referral_waits_until_the_need_is_settled_or_tried_again(scene: Scene) -> None:
    referral = await scene.sent()
    assert await waiting(scene) == []
    await decline(scene.session, referral.id, DeclineReason.NO_CAPACITY, actor=scene.partner)
    assert await waiting(scene) == ["A partner declined a referral, and the need is still open"]
    # In someone else's case it is theirs to see to; a partner sees no case at all.
    scene.case.owner_id = scene.officer.id
    assert await waiting(scene) == []
    assert len(await waiting(scene, scene.officer)) == 1
    assert await waiting(scene, scene.partner) == []
    scene.case.owner_id = scene.caseworker.id
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        again = await scene.sent()
    assert await waiting(scene) == []
    await accept(scene.session, again.id, actor=scene.partner)
    await complete(scene.session, again.id, actor=scene.partner)
    assert await waiting(scene) == ["A service is completed: is the need met?"]
    need = (await scene.session.scalars(select(Need).where(Need.kind == NeedKind.WORK))).one()
    need.status = NeedStatus.MET
    assert await waiting(scene) == []


async def test_no_answer_in_time_waits_since_it_was_due(scene: Scene) -> None:
    referral = await scene.sent()
    with clock.moved_to(clock.now() + timedelta(days=30)):
        await expire_overdue(scene.session)
    await scene.session.flush()
    (line,) = await referrals_ended(scene.session, scene.caseworker)
    assert say("en", line.why) == "A partner did not answer a referral in time"
    assert line.since == referral.due_at
    assert line.place == "#referrals"
