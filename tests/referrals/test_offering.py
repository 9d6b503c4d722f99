"""Several services to choose from: nothing is asked or sent before the choice, and a choice is a referral like any."""

from uuid import UUID, uuid4

import pytest
from referral_scene import Scene, add_service
from sqlalchemy import select

from access.actor import PERSON
from access.models import Organisation, StaffMember
from access.rules import Role
from cases.consent import consents_of, withdraw
from cases.models import Consent, Flag
from cases.rules import ConsentKind, FlagKind, NeedKind, Urgency
from cases.safeguarding import raise_flag
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from referrals.erasure import erase_person
from referrals.models import Disclosure, Referral, ServiceOffer
from referrals.offering import choose, choose_none, offer_services, services_of, take_back
from referrals.referring import answer_share, reopen, revoke, withdraw_all
from referrals.responding import inbox
from referrals.rules import OfferState, ReferralState, SharedField


async def some(scene: Scene, number: int = 3) -> list[UUID]:
    ours = await scene.session.get_one(Organisation, scene.partner.organisation_id)
    made = [add_service(scene.session, ours, name=f"Service {count}").id for count in range(number)]
    await scene.session.flush()
    return made


async def offered(scene: Scene, services: list[UUID], **changes: object) -> ServiceOffer:
    asked = {
        "services": services,
        "need_kind": NeedKind.WORK,
        "urgency": Urgency.URGENT,
        "fields": [SharedField.NOTE, SharedField.CALLED],
        "note": "Rings in the evening.",
        "actor": scene.caseworker,
    }
    return await offer_services(scene.session, scene.case, **(asked | changes))  # type: ignore[arg-type]


async def test_the_person_is_shown_the_services_and_nothing_else_happens(scene: Scene) -> None:
    services = await some(scene)
    offer = await offered(scene, services)
    assert [each.id for each in await services_of(scene.session, offer)] == services
    assert (await scene.said())[-1].startswith("Your caseworker has found something for you.")
    assert (await scene.session.scalars(select(Referral))).all() == []
    assert [each.kind for each in await consents_of(scene.session, scene.person_id)] == [ConsentKind.DATA]


async def test_a_choice_asks_for_exactly_what_the_caseworker_meant(scene: Scene) -> None:
    services = await some(scene)
    offer = await offered(scene, services)
    referral = await choose(scene.session, scene.person_id, offer.id, services[1])
    assert (offer.state, offer.referral_id) == (OfferState.CHOSEN, referral.id)
    assert (referral.service_id, referral.urgency, referral.state) == (
        services[1],
        Urgency.URGENT,
        ReferralState.DRAFT,
    )
    assert (referral.fields, referral.created_by) == (["called", "note"], scene.caseworker.id)
    assert "Service 1" in (await scene.said())[-1]
    assert (await scene.session.scalars(select(Disclosure))).all() == []
    assert await inbox(scene.session, scene.partner) == []
    await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=True)
    assert [row.service_name for row in await inbox(scene.session, scene.partner)] == ["Service 1"]
    with pytest.raises(Conflict):
        await choose(scene.session, scene.person_id, offer.id, services[0])


async def test_none_of_them_is_an_answer_that_the_caseworker_sees(scene: Scene) -> None:
    offer = await offered(scene, await some(scene))
    scene.case.attention_at = None
    await choose_none(scene.session, scene.person_id, offer.id)
    assert offer.state is OfferState.NONE_CHOSEN
    assert scene.case.attention_at is not None


@pytest.mark.parametrize("number", [1, 6])
async def test_there_are_two_to_five(scene: Scene, number: int) -> None:
    with pytest.raises(Invalid):
        await offered(scene, await some(scene, number))


async def test_what_could_not_be_referred_to_is_not_offered(scene: Scene) -> None:
    one, other = await some(scene, 2)
    with pytest.raises(NotFound):
        await offered(scene, [one, uuid4()])
    with pytest.raises(Conflict, match="no open need"):
        await offered(scene, [one, other], need_kind=NeedKind.SHELTER)
    with pytest.raises(Invalid):
        await offered(scene, [one, other], fields=[])
    with pytest.raises(Invalid):
        await offered(scene, [one, one])
    await scene.refer(service_id=one)
    with pytest.raises(Conflict, match="open referral"):
        await offered(scene, [one, other])
    with pytest.raises(NotAllowed):
        await offered(scene, [other, scene.service.id], actor=scene.partner)


async def test_a_newer_offer_takes_the_place_of_an_open_one(scene: Scene) -> None:
    services = await some(scene)
    first, second = await offered(scene, services), await offered(scene, services[:2])
    assert (first.state, second.state) == (OfferState.TAKEN_BACK, OfferState.OPEN)
    with pytest.raises(Conflict):
        await choose(scene.session, scene.person_id, first.id, services[0])


async def test_a_service_that_is_gone_meanwhile_can_not_be_chosen_and_the_others_can(scene: Scene) -> None:
    services = await some(scene)
    offer = await offered(scene, services)
    gone, *_others = await services_of(scene.session, offer)
    gone.status = "inactive"
    await scene.session.flush()
    async with scene.session.begin_nested() as nested:
        with pytest.raises(Conflict, match="not offered at the moment"):
            await choose(scene.session, scene.person_id, offer.id, services[0])
        await nested.rollback()
    await scene.session.refresh(offer)
    assert (await choose(scene.session, scene.person_id, offer.id, services[1])).service_id == services[1]


async def test_nobody_chooses_for_someone_else_or_what_was_not_offered(scene: Scene) -> None:
    services = await some(scene)
    offer = await offered(scene, services)
    for person_id, service_id in ((scene.case.id, services[0]), (scene.person_id, scene.service.id)):
        with pytest.raises(NotFound):
            await choose(scene.session, person_id, offer.id, service_id)


async def test_a_child_is_not_left_to_choose_alone(scene: Scene) -> None:
    services = await some(scene)
    offer = await offered(scene, services)
    await raise_flag(scene.session, scene.case, FlagKind.CHILD, "arrival.under_18", actor=PERSON)
    await scene.session.flush()
    with pytest.raises(NotAllowed, match="may be a child"):
        await offered(scene, services, actor=scene.officer)
    with pytest.raises(NotAllowed, match="will talk with you"):
        await choose(scene.session, scene.person_id, offer.id, services[0])
    assert (await scene.session.scalars(select(Flag.kind))).all()


async def test_who_may_not_refer_any_more_has_offered_in_vain(scene: Scene) -> None:
    services = await some(scene)
    offer = await offered(scene, services)
    staff = await scene.session.get_one(StaffMember, scene.caseworker.id)
    staff.role = Role.MONITOR
    await scene.session.flush()
    with pytest.raises(NotAllowed, match="will talk with you"):
        await choose(scene.session, scene.person_id, offer.id, services[0])


async def test_without_agreement_to_data_nothing_can_be_chosen(scene: Scene) -> None:
    services = await some(scene)
    offer = await offered(scene, services)
    (given,) = await consents_of(scene.session, scene.person_id)
    await withdraw(scene.session, given.id, scene.person_id, actor=PERSON)
    await withdraw_all(scene.session, scene.person_id)
    assert offer.state is OfferState.TAKEN_BACK
    with pytest.raises(Conflict):
        await choose(scene.session, scene.person_id, offer.id, services[0])


async def test_staff_take_an_offer_back_while_it_is_open(scene: Scene) -> None:
    offer = await offered(scene, await some(scene))
    await take_back(scene.session, scene.case, offer.id, actor=scene.caseworker)
    assert offer.state is OfferState.TAKEN_BACK
    with pytest.raises(Conflict):
        await take_back(scene.session, scene.case, offer.id, actor=scene.caseworker)
    with pytest.raises(NotFound):
        await take_back(scene.session, scene.case, uuid4(), actor=scene.caseworker)


async def test_erasure_takes_the_offers_with_it(scene: Scene) -> None:
    await offered(scene, await some(scene))
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    assert (await scene.session.scalars(select(ServiceOffer))).all() == []


async def test_one_that_has_ended_is_taken_up_again_by_a_new_one(scene: Scene) -> None:
    ended = await scene.sent(SharedField.CALLED, SharedField.AREA)
    with pytest.raises(Conflict, match="still open"):
        await reopen(scene.session, scene.case, ended.id, "Once more", actor=scene.caseworker)
    await revoke(scene.session, scene.case, ended.id, actor=scene.caseworker)
    with pytest.raises(Invalid):
        await reopen(scene.session, scene.case, ended.id, "  ", actor=scene.caseworker)
    again = await reopen(scene.session, scene.case, ended.id, "They have moved nearer.", actor=scene.caseworker)
    assert (again.reopens_id, again.state, ended.state) == (ended.id, ReferralState.DRAFT, ReferralState.REVOKED)
    assert again.fields == ["called", "area", "note"]
    assert again.consent_id != ended.consent_id
    asked = await scene.session.get_one(Consent, again.consent_id)
    assert asked.fields == ["area", "called", "note"]
    with pytest.raises(NotFound):
        await reopen(scene.session, scene.case, uuid4(), "Why", actor=scene.caseworker)
