"""Agreements: what may be entered, when they hold, and that a partner without one gets and sees nothing."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from agreed import agree
from referral_scene import Scene, add_organisation, add_service, add_staff
from sqlalchemy import select

from access.actor import Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases.models import Consent
from cases.rules import ConsentState, NeedKind
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.language import say
from referrals.agreements import Terms, add_agreement, end_agreement, has_agreement, may_take_over
from referrals.matching import Wanted, matching_services
from referrals.organisations import Standing, ending_soon, organisation_file, partners
from referrals.partner_models import Agreement
from referrals.referring import answer_share
from referrals.responding import accept, find_referral, inbox
from referrals.rules import ReferralState, ServiceKind
from referrals.waiting import referrals_stuck

DAY = timedelta(days=1)


@pytest.fixture
async def administrator(scene: Scene) -> Actor:
    operator = await scene.session.get_one(Organisation, scene.caseworker.organisation_id)
    return add_staff(scene.session, operator, Role.ADMINISTRATOR)


async def new_partner(scene: Scene) -> Organisation:
    partner = add_organisation(scene.session, "Kambeng", OrganisationKind.PARTNER)
    await scene.session.flush()
    return partner


async def end_all(scene: Scene, administrator: Actor) -> None:
    """Every agreement of the scene's partner."""
    found = await scene.session.scalars(
        select(Agreement).where(Agreement.organisation_id == scene.partner.organisation_id)
    )
    for each in found.all():
        await end_agreement(scene.session, each.organisation_id, each.id, actor=administrator)
    await scene.session.flush()


async def test_an_agreement_holds_from_its_first_to_its_last_day_for_its_kinds(scene: Scene) -> None:
    partner, today = await new_partner(scene), clock.today()
    await agree(scene.session, partner.id, ServiceKind.JOBS, starts_on=today + DAY, ends_on=today + 3 * DAY)
    held = []
    for days in range(6):
        with clock.moved_to(clock.now() + days * DAY):
            held.append(await has_agreement(scene.session, partner.id, ServiceKind.JOBS))
            assert not await has_agreement(scene.session, partner.id, ServiceKind.HEALTH)
    assert held == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": "   "},
        {"reference": "x" * 101},
        {"purposes": []},
        {"ends_on": date(2025, 12, 31)},
    ],
)
async def test_odd_terms_are_refused(scene: Scene, administrator: Actor, changes: dict[str, object]) -> None:
    partner = await new_partner(scene)
    given: dict[str, object] = {"reference": "MoU 1", "purposes": [ServiceKind.JOBS], "starts_on": date(2026, 1, 1)}
    with pytest.raises(Invalid):
        await add_agreement(scene.session, partner.id, Terms(**(given | changes)), actor=administrator)  # type: ignore[arg-type]
    assert not await has_agreement(scene.session, partner.id, ServiceKind.JOBS)


async def test_only_an_administrator_enters_and_ends_and_never_for_who_is_given_nothing(
    scene: Scene, administrator: Actor
) -> None:
    partner = await new_partner(scene)
    terms = Terms("MoU 1", [ServiceKind.JOBS], clock.today())
    for actor in (scene.caseworker, scene.partner, Actor(uuid4(), Role.SUPERVISOR)):
        with pytest.raises(NotAllowed):
            await add_agreement(scene.session, partner.id, terms, actor=actor)
    monitor = add_organisation(scene.session, "A body that monitors", OrganisationKind.MONITOR)
    await scene.session.flush()
    for organisation_id in (monitor.id, uuid4()):
        with pytest.raises(NotFound):
            await add_agreement(scene.session, organisation_id, terms, actor=administrator)
    made = await add_agreement(scene.session, partner.id, terms, actor=administrator)
    assert made.entered_by == administrator.id
    with pytest.raises(NotAllowed):
        await end_agreement(scene.session, partner.id, made.id, actor=scene.caseworker)
    assert scene.partner.organisation_id
    with pytest.raises(NotFound):
        await end_agreement(scene.session, scene.partner.organisation_id, made.id, actor=administrator)
    await end_agreement(scene.session, partner.id, made.id, actor=administrator)
    assert (made.ended_at is not None, made.ended_by) == (True, administrator.id)
    with pytest.raises(Conflict):
        await end_agreement(scene.session, partner.id, made.id, actor=administrator)
    await scene.session.flush()
    about = select(AuditEntry).where(AuditEntry.subject_id == partner.id).order_by(AuditEntry.id)
    entries = [(each.event, each.facts) for each in await scene.session.scalars(about)]
    assert entries == [
        ("agreement.added", {"agreement": str(made.id), "purposes": ["jobs"]}),
        ("agreement.ended", {"agreement": str(made.id)}),
    ]


async def test_without_an_agreement_nothing_can_be_referred(scene: Scene, administrator: Actor) -> None:
    await end_all(scene, administrator)
    with pytest.raises(Conflict) as refused:
        await scene.refer()
    assert say("en", refused.value.message) == "The organisation has no agreement in force for this kind of service."
    assert (await scene.said()) == []


async def test_an_agreement_for_another_kind_is_none(scene: Scene, administrator: Actor) -> None:
    await end_all(scene, administrator)
    assert scene.partner.organisation_id
    await agree(scene.session, scene.partner.organisation_id, ServiceKind.HEALTH)
    with pytest.raises(Conflict):
        await scene.refer()
    await agree(scene.session, scene.partner.organisation_id, ServiceKind.JOBS)
    assert (await scene.refer()).state is ReferralState.DRAFT


async def test_a_yes_after_the_end_of_the_agreement_sends_nothing_and_calls_the_caseworker(
    scene: Scene, administrator: Actor
) -> None:
    referral = await scene.refer()
    await end_all(scene, administrator)
    await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=True)
    consent = await scene.session.get_one(Consent, referral.consent_id)
    assert (referral.state, referral.disclosed, referral.sent_at) == (ReferralState.DRAFT, None, None)
    assert consent.state is ConsentState.REQUESTED
    assert await scene.disclosures() == []
    assert (await scene.said())[-1].startswith("Thank you for your answer. We cannot ask this organisation now")
    assert scene.case.attention_at is not None
    assert [say("en", each.why) for each in await referrals_stuck(scene.session, scene.caseworker)] == [
        "A partner’s agreement has ended: take the referral back, or have the agreement renewed"
    ]
    # Renewed, the same question is answered by the same yes.
    assert scene.partner.organisation_id
    await agree(scene.session, scene.partner.organisation_id)
    await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=True)
    assert referral.state is ReferralState.SENT
    assert await referrals_stuck(scene.session, scene.caseworker) == []


async def test_a_no_counts_whatever_the_agreement(scene: Scene, administrator: Actor) -> None:
    referral = await scene.refer()
    await end_all(scene, administrator)
    await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=False)
    assert referral.state is ReferralState.WITHDRAWN_BY_PERSON


async def test_when_its_agreement_ends_a_partner_sees_and_answers_nothing_more(
    scene: Scene, administrator: Actor
) -> None:
    referral = await scene.sent()
    await end_all(scene, administrator)
    view = await find_referral(scene.session, scene.partner, referral.id)
    assert (view.shared, view.must_delete, view.has_agreement) == ([], False, False)
    (disclosure,) = await scene.disclosures()
    assert (referral.state, disclosure.opened_at) == (ReferralState.SENT, None), "what is not shown counts as unseen"
    with pytest.raises(Conflict):
        await accept(scene.session, referral.id, actor=scene.partner)
    assert len(await inbox(scene.session, scene.partner)) == 1
    assert scene.partner.organisation_id
    await agree(scene.session, scene.partner.organisation_id)
    assert (await find_referral(scene.session, scene.partner, referral.id)).shared
    await accept(scene.session, referral.id, actor=scene.partner)
    assert referral.state is ReferralState.ACCEPTED


async def test_services_without_an_agreement_come_last_and_say_so(scene: Scene, administrator: Actor) -> None:
    other = await scene.session.get_one(Organisation, scene.other_partner.organisation_id)
    add_service(scene.session, other, name="Zealous jobs")
    await end_all(scene, administrator)
    found = await matching_services(scene.session, Wanted(NeedKind.WORK, "GM", None, "en"))
    assert [(each.service.name, each.has_agreement) for each in found] == [
        ("Zealous jobs", True),
        ("Job desk of Jalambang", False),
    ]


async def test_how_agreements_stand_and_what_ends_soon(scene: Scene, administrator: Actor) -> None:
    partner, today = await new_partner(scene), clock.today()
    assert not (await organisation_file(scene.session, administrator, partner.id)).is_agreed
    for starts, ends in ((1, None), (-9, None), (-9, 60), (-9, 61), (-9, 30), (-9, -1), (0, 0)):
        await agree(
            scene.session,
            partner.id,
            starts_on=today + starts * DAY,
            ends_on=None if ends is None else today + ends * DAY,
        )
    disabled = add_staff(scene.session, partner, Role.PARTNER)
    add_staff(scene.session, partner, Role.PARTNER)
    await scene.session.flush()
    (await scene.session.get_one(StaffMember, disabled.id)).disabled_at = clock.now()
    await scene.session.flush()
    view = await organisation_file(scene.session, administrator, partner.id)
    told = {(each.agreement.ends_on, each.agreement.starts_on): each.standing for each in view.agreements}
    assert told == {
        (None, today + DAY): Standing.COMING,
        (None, today - 9 * DAY): Standing.RUNNING,
        (today + 61 * DAY, today - 9 * DAY): Standing.RUNNING,
        (today + 60 * DAY, today - 9 * DAY): Standing.ENDING,
        (today + 30 * DAY, today - 9 * DAY): Standing.ENDING,
        (today, today): Standing.ENDING,
        (today - DAY, today - 9 * DAY): Standing.ENDED,
    }
    assert view.is_agreed
    assert [(each.role, each.active, each.disabled) for each in view.people] == [(Role.PARTNER, 1, 1)]
    soon = await ending_soon(scene.session, administrator)
    assert [(each.name, each.ends_on) for each in soon] == [("Kambeng", today), ("Kambeng", today + 30 * DAY)]
    assert [each.organisation.name for each in await partners(scene.session, administrator)] == [
        "Jalambang Skills",
        "Kambeng",
        "Tilibo Legal",
    ]
    with pytest.raises(NotAllowed):
        await partners(scene.session, scene.caseworker)
    with pytest.raises(NotFound):
        await organisation_file(scene.session, administrator, uuid4())


async def test_an_agreement_with_who_works_with_cases_is_about_taking_them_over_alone(
    scene: Scene, administrator: Actor
) -> None:
    session, operator_id = scene.session, scene.caseworker.organisation_id
    assert operator_id
    day = clock.today()
    assert not await may_take_over(session, operator_id)
    with pytest.raises(Invalid):
        await add_agreement(session, operator_id, Terms("MoU 3", [ServiceKind.JOBS], day), actor=administrator)
    await add_agreement(session, operator_id, Terms("MoU 3", [], day, day), actor=administrator)
    await session.flush()
    assert await may_take_over(session, operator_id)
    assert not await has_agreement(session, operator_id, ServiceKind.JOBS)
    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert not await may_take_over(session, operator_id)
    partner = await new_partner(scene)
    with pytest.raises(Invalid):
        await add_agreement(session, partner.id, Terms("MoU 4", [], day), actor=administrator)
    assert not await may_take_over(session, partner.id)
