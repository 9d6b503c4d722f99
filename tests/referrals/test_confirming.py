"""The person's own word on a service: asked when it has ended, kept beside the partner's, settled where they differ."""

from datetime import UTC, datetime, timedelta

import pytest
from referral_scene import Scene, add_staff
from sqlalchemy import select

from access.actor import PERSON, Actor
from access.models import Organisation
from access.rules import Role
from cases.consent import consents_of, withdraw
from cases.models import Case
from cases.rules import ConsentKind
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.outbox import OutboxRow
from referrals.confirming import SAY, remind_of_words, say_helped, say_received, settle
from referrals.erasure import erase_person
from referrals.models import Referral, ReferralWord, Service
from referrals.queries import referral_file
from referrals.responding import accept, complete, fail
from referrals.rules import DeclineReason, Helped, Received, ReferralState, Settlement
from referrals.waiting import words_in_dispute

DAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


async def supervisor(scene: Scene) -> Actor:
    operator = await scene.session.get_one(Organisation, scene.caseworker.organisation_id)
    actor = add_staff(scene.session, operator, Role.SUPERVISOR)
    await scene.session.flush()
    return actor


async def finished(scene: Scene, *, well: bool = True) -> Referral:
    referral = await scene.sent()
    await accept(scene.session, referral.id, actor=scene.partner)
    if well:
        await complete(scene.session, referral.id, actor=scene.partner)
    else:
        await fail(scene.session, referral.id, DeclineReason.OTHER, actor=scene.partner)
    return referral


async def word_of(scene: Scene, referral: Referral) -> ReferralWord:
    await scene.session.flush()
    return await scene.session.get_one(ReferralWord, referral.id)


@pytest.mark.parametrize("well", [True, False])
async def test_when_a_service_has_ended_the_person_is_asked_in_words_that_tell_nothing(
    scene: Scene,
    well: bool,  # noqa: FBT001  # a table
) -> None:
    referral = await finished(scene, well=well)
    question = (await scene.said())[-1]
    assert question == "There is news about your request. Please tell us in a minute how it went. You need not."
    row = (await scene.session.scalars(select(OutboxRow).order_by(OutboxRow.position.desc()).limit(1))).one()
    body = scene.key.open(OutboxRow.body, row.id, row.body)
    assert f"{SAY}:{referral.id.hex}" in str(body["buttons"])
    word = await word_of(scene, referral)
    assert (word.asked, word.received, word.said_at) == (1, None, None)


async def test_what_they_say_is_kept_and_a_good_word_disturbs_nobody(scene: Scene) -> None:
    referral = await finished(scene)
    scene.case.attention_at = None
    await say_received(scene.session, scene.person_id, referral.id, Received.YES)
    await say_helped(scene.session, scene.person_id, referral.id, Helped.A_LITTLE)
    word = await word_of(scene, referral)
    assert (word.received, word.helped, word.disputed_at) == (Received.YES, Helped.A_LITTLE, None)
    assert scene.case.attention_at is None
    entries = await scene.session.scalars(select(AuditEntry).where(AuditEntry.event == "referral.spoken"))
    assert [entry.facts for entry in entries] == [
        {"referral": str(referral.id), "received": "yes"},
        {"referral": str(referral.id), "helped": "a_little"},
    ]


@pytest.mark.parametrize(
    ("well", "received", "in_dispute"),
    [
        (True, Received.YES, False),
        (True, Received.PARTLY, False),
        (True, Received.NO, True),
        (False, Received.YES, True),
        (False, Received.PARTLY, False),
        (False, Received.NO, False),
    ],
)
async def test_where_both_say_opposite_things_a_supervisor_sees_it(
    scene: Scene,
    well: bool,  # noqa: FBT001  # a table
    received: Received,
    in_dispute: bool,  # noqa: FBT001
) -> None:
    referral = await finished(scene, well=well)
    scene.case.attention_at = None
    await say_received(scene.session, scene.person_id, referral.id, received)
    await scene.session.flush()
    lines = await words_in_dispute(scene.session, await supervisor(scene))
    assert [line.address for line in lines] == (
        [f"/cases/{scene.case.number}/referrals/{referral.id}"] if in_dispute else []
    )
    assert await words_in_dispute(scene.session, scene.caseworker) == []
    assert (scene.case.attention_at is None) == (received is Received.YES)


async def test_a_word_said_before_the_end_counts_against_the_partners_when_it_comes(scene: Scene) -> None:
    referral = await scene.sent()
    await accept(scene.session, referral.id, actor=scene.partner)
    await say_received(scene.session, scene.person_id, referral.id, Received.NO)
    assert (await word_of(scene, referral)).disputed_at is None
    await complete(scene.session, referral.id, actor=scene.partner)
    assert (await word_of(scene, referral)).disputed_at is not None
    await say_received(scene.session, scene.person_id, referral.id, Received.YES)
    assert (await word_of(scene, referral)).disputed_at is None, "they may say otherwise until it is settled"


@pytest.mark.parametrize(
    ("well", "finding", "completed"),
    [
        (True, Settlement.NOT_RECEIVED, 0),
        (True, Settlement.RECEIVED, 1),
        (True, Settlement.CANNOT_TELL, 1),
        (False, Settlement.RECEIVED, 1),
        (False, Settlement.PARTLY_RECEIVED, 1),
        (False, Settlement.NOT_RECEIVED, 0),
    ],
)
async def test_what_is_settled_is_what_the_service_is_known_for_and_the_referral_stays(
    scene: Scene,
    well: bool,  # noqa: FBT001  # a table
    finding: Settlement,
    completed: int,
) -> None:
    referral = await finished(scene, well=well)
    state = referral.state
    await say_received(scene.session, scene.person_id, referral.id, Received.NO if well else Received.YES)
    actor = await supervisor(scene)
    await settle(scene.session, scene.case, referral.id, finding, " Rang both. ", actor=actor)
    await scene.session.flush()
    service = await scene.session.get_one(Service, scene.service.id, populate_existing=True)
    assert (service.finished, service.completed, referral.state) == (1, completed, state)
    file = await referral_file(scene.session, scene.case, referral.id)
    assert (file.reason, file.settled_by, (file.referral.word or ReferralWord()).settlement) == (
        "Rang both.",
        "supervisor",
        finding,
    )
    assert await words_in_dispute(scene.session, actor) == []
    assert (await scene.said())[-1].startswith("There is news about your request.")
    with pytest.raises(Conflict):
        await settle(scene.session, scene.case, referral.id, finding, "Again", actor=actor)
    with pytest.raises(Conflict, match="looked into this already"):
        await say_received(scene.session, scene.person_id, referral.id, Received.YES)


async def test_only_a_supervisor_settles_with_a_finding_and_a_reason(scene: Scene) -> None:
    referral = await finished(scene)
    actor = await supervisor(scene)
    with pytest.raises(Conflict, match="Nothing is in dispute"):
        await settle(scene.session, scene.case, referral.id, Settlement.RECEIVED, "Why", actor=actor)
    await say_received(scene.session, scene.person_id, referral.id, Received.NO)
    with pytest.raises(NotAllowed):
        await settle(scene.session, scene.case, referral.id, Settlement.RECEIVED, "Why", actor=scene.caseworker)
    for finding, reason in ((None, "Why"), (Settlement.RECEIVED, "  "), (Settlement.RECEIVED, "x" * 2001)):
        with pytest.raises(Invalid):
            await settle(scene.session, scene.case, referral.id, finding, reason, actor=actor)


async def test_who_does_not_answer_is_asked_once_more_by_day_and_then_left_alone(scene: Scene) -> None:
    with clock.moved_to(DAY):
        await finished(scene)
        await scene.session.flush()
        assert await remind_of_words(scene.session) == 0
    asked = len(await scene.said())
    with clock.moved_to(DAY + timedelta(days=6)):
        assert await remind_of_words(scene.session) == 0
    night = (DAY + timedelta(days=8)).replace(hour=2)
    with clock.moved_to(night):
        assert await remind_of_words(scene.session) == 0, "nobody is woken"
    with clock.moved_to(night.replace(hour=12)):
        assert await remind_of_words(scene.session) == 1
        assert await remind_of_words(scene.session) == 0
    with clock.moved_to(DAY + timedelta(days=60)):
        assert await remind_of_words(scene.session) == 0
    assert len(await scene.said()) == asked + 1


async def test_who_answered_or_took_back_their_agreement_is_not_asked_again(scene: Scene) -> None:
    with clock.moved_to(DAY):
        referral = await finished(scene)
        await say_received(scene.session, scene.person_id, referral.id, Received.YES)
    with clock.moved_to(DAY + timedelta(days=9)):
        assert await remind_of_words(scene.session) == 0
        (given,) = [each for each in await consents_of(scene.session, scene.person_id) if each.kind is ConsentKind.DATA]
        await withdraw(scene.session, given.id, scene.person_id, actor=PERSON)
        with pytest.raises(NotAllowed):
            await say_helped(scene.session, scene.person_id, referral.id, Helped.NOT)


async def test_nobody_speaks_of_what_was_not_accepted_or_is_another_persons(scene: Scene) -> None:
    referral = await scene.sent()
    with pytest.raises(Conflict):
        await say_received(scene.session, scene.person_id, referral.id, Received.YES)
    await accept(scene.session, referral.id, actor=scene.partner)
    with pytest.raises(Conflict):
        await say_helped(scene.session, scene.person_id, referral.id, Helped.A_LOT)
    with pytest.raises(NotFound):
        await say_received(scene.session, scene.case.id, referral.id, Received.YES)


async def test_erasure_leaves_no_word(scene: Scene) -> None:
    referral = await finished(scene)
    await say_received(scene.session, scene.person_id, referral.id, Received.NO)
    await settle(scene.session, scene.case, referral.id, Settlement.CANNOT_TELL, "Asked", actor=await supervisor(scene))
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    assert (await scene.session.scalars(select(ReferralWord))).all() == []
    case = await scene.session.get_one(Case, scene.case.id)
    assert (await referral_file(scene.session, case, referral.id)).reason == ""
    assert referral.state is ReferralState.COMPLETED
