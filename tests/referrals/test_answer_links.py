"""Links for one answer: kept as a hash, used once, dead once the referral moves on, is due, or a newer one is made."""

from datetime import timedelta
from uuid import uuid4

import pytest
from referral_scene import Scene
from sqlalchemy import select

from access.actor import PERSON, Actor
from access.rules import Role
from access.sessions import hash_of
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, NotAllowed, NotFound
from referrals.answer_links import LONGEST_TOKEN, answer_by_link, forget_links, hand_over_link, waiting_behind
from referrals.erasure import erase_person
from referrals.models import Referral
from referrals.partner_models import Agreement, AnswerLink
from referrals.referring import expire_overdue, revoke
from referrals.responding import accept, find_referral
from referrals.rules import DeclineReason, ReferralState


async def link_to(scene: Scene, referral: Referral) -> str:
    token, until = await hand_over_link(scene.session, scene.case, referral.id, actor=scene.caseworker)
    assert until == referral.due_at
    await scene.session.flush()
    return token


async def links(scene: Scene) -> list[AnswerLink]:
    await scene.session.flush()
    return list(await scene.session.scalars(select(AnswerLink)))


async def is_dead(scene: Scene, token: str) -> bool:
    await scene.session.flush()
    try:
        await waiting_behind(scene.session, token)
    except NotFound:
        with pytest.raises(NotFound):
            await answer_by_link(scene.session, token, None, actor=scene.partner)
        return True
    return False


async def test_a_link_tells_what_waits_and_nothing_of_the_person(scene: Scene) -> None:
    referral = await scene.sent()
    token = await link_to(scene, referral)
    waiting = await waiting_behind(scene.session, token)
    assert (waiting.referral_id, waiting.organisation_id) == (referral.id, scene.partner.organisation_id)
    assert (waiting.due_at, waiting.sender, waiting.service) == (referral.due_at, "Operator", "Job desk of Jalambang")
    assert referral.state is ReferralState.SENT, "looking at it changes nothing"
    assert (await scene.disclosures())[0].opened_at is None


async def test_only_a_hash_of_it_is_kept(scene: Scene) -> None:
    token = await link_to(scene, await scene.sent())
    (link,) = await links(scene)
    assert link.token_hash == hash_of(token)
    assert len(token) >= 43
    made = await scene.session.scalars(select(AuditEntry.facts).where(AuditEntry.event == "referral.link_made"))
    facts = made.all()
    assert facts == [{"referral": str(link.referral_id)}]
    assert token not in repr([vars(link), facts])


@pytest.mark.parametrize("reason", [None, DeclineReason.NO_CAPACITY])
async def test_it_answers_once(scene: Scene, reason: DeclineReason | None) -> None:
    referral = await scene.sent()
    token = await link_to(scene, referral)
    assert await answer_by_link(scene.session, token, reason, actor=scene.partner) == referral.id
    assert referral.state is (ReferralState.DECLINED if reason else ReferralState.ACCEPTED)
    assert referral.reason is reason
    (link,) = await links(scene)
    assert link.used_at is not None
    assert await is_dead(scene, token)


async def test_a_newer_link_ends_the_one_before(scene: Scene) -> None:
    referral = await scene.sent()
    first = await link_to(scene, referral)
    second = await link_to(scene, referral)
    assert await is_dead(scene, first)
    assert not await is_dead(scene, second)
    assert len(await links(scene)) == 1


@pytest.mark.parametrize("how", ["answered", "revoked", "due", "expired", "erased"])
async def test_it_dies_when_no_answer_is_awaited_any_more(scene: Scene, how: str) -> None:
    referral = await scene.sent()
    token = await link_to(scene, referral)
    if how == "answered":
        await accept(scene.session, referral.id, actor=scene.partner)
    elif how == "revoked":
        await revoke(scene.session, scene.case, referral.id, actor=scene.caseworker)
    elif how == "erased":
        await erase_person(scene.session, scene.person_id, actor=PERSON)
        assert await links(scene) == []
    else:
        with clock.moved_to(clock.now() + timedelta(days=14, seconds=1)):
            if how == "expired":
                await expire_overdue(scene.session)
            assert await is_dead(scene, token)
        return
    assert await is_dead(scene, token)


async def test_it_is_bound_to_the_organisation(scene: Scene) -> None:
    referral = await scene.sent()
    token = await link_to(scene, referral)
    for actor in (scene.other_partner, Actor(uuid4(), Role.PARTNER)):
        with pytest.raises(NotFound):
            await answer_by_link(scene.session, token, None, actor=actor)
    with pytest.raises(NotAllowed):
        await answer_by_link(scene.session, token, None, actor=scene.caseworker)
    (link,) = await links(scene)
    assert (link.used_at, referral.state) == (None, ReferralState.SENT)
    await find_referral(scene.session, scene.partner, referral.id)
    await answer_by_link(scene.session, token, None, actor=scene.partner)
    assert referral.state is ReferralState.ACCEPTED


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * (LONGEST_TOKEN + 1), "ü\x00", "' OR 1=1"])
async def test_what_is_no_link_of_ours_leads_nowhere(scene: Scene, token: str) -> None:
    await link_to(scene, await scene.sent())
    assert await is_dead(scene, token)


async def test_without_an_agreement_the_link_answers_nothing(scene: Scene) -> None:
    referral = await scene.sent()
    token = await link_to(scene, referral)
    for each in await scene.session.scalars(select(Agreement)):
        each.ended_at = clock.now()
    await scene.session.flush()
    with pytest.raises(Conflict):
        await answer_by_link(scene.session, token, None, actor=scene.partner)
    assert referral.state is ReferralState.SENT


async def test_a_link_is_made_only_by_casework_and_only_for_what_awaits_an_answer(scene: Scene) -> None:
    draft = await scene.refer()
    with pytest.raises(Conflict):
        await hand_over_link(scene.session, scene.case, draft.id, actor=scene.caseworker)
    with pytest.raises(NotFound):
        await hand_over_link(scene.session, scene.case, uuid4(), actor=scene.caseworker)
    with pytest.raises(NotAllowed):
        await hand_over_link(scene.session, scene.case, draft.id, actor=scene.partner)


async def test_dead_links_are_forgotten(scene: Scene) -> None:
    await link_to(scene, await scene.sent())
    await forget_links(scene.session)
    assert len(await links(scene)) == 1
    with clock.moved_to(clock.now() + timedelta(days=16)):
        await forget_links(scene.session)
    assert await links(scene) == []
