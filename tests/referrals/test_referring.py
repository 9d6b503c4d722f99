"""A referral from question to end: nothing without a yes, exactly what was agreed, and a way back at any time."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from referral_scene import Scene, add_service, build_scene
from sqlalchemy import select

from access.actor import PERSON, SYSTEM
from access.models import Organisation
from cases.consent import decide
from cases.fact_models import Fact, FactLink
from cases.fact_rules import Thing
from cases.models import Case, Consent, Flag, Need
from cases.rules import CaseStatus, ConsentState, FlagKind, NeedKind, NeedStatus, Urgency
from foundation import clock
from foundation.database import Database
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from foundation.language import Message, say
from referrals.erasure import erase_person
from referrals.models import Disclosure, Referral
from referrals.queries import referrals_of, shared_with
from referrals.referring import answer_share, expire_overdue, revoke, withdraw_all, withdraw_share
from referrals.responding import PartnerView, accept, begin, complete, decline, fail, find_referral, inbox
from referrals.rules import OPEN_STATES, REFERRAL_STEPS, DeclineReason, ReferralState, SharedField
from referrals.steps import step

State = ReferralState


def words(view: PartnerView) -> dict[str, str]:
    return {say("en", label): say("en", value) if isinstance(value, Message) else value for label, value in view.shared}


async def consent_of(scene: Scene, referral: Referral) -> ConsentState:
    return (await scene.session.get_one(Consent, referral.consent_id)).state


async def test_a_draft_asks_the_person_and_shares_nothing(scene: Scene) -> None:
    referral = await scene.refer(SharedField.CALLED, SharedField.AGE_BAND)
    question = (await scene.said())[-1]
    assert "Jalambang Skills" in question
    assert "• the name you want to be called by\n• your age group" in question
    assert "skills" not in question.lower().replace("jalambang skills", "")
    assert referral.state is State.DRAFT
    assert referral.disclosed is None
    assert await scene.disclosures() == []
    assert await inbox(scene.session, scene.partner) == []
    assert await scene.counted(referral) == ("jobs", "draft")


async def test_yes_shares_exactly_the_agreed_fields(scene: Scene) -> None:
    referral = await scene.sent(SharedField.NEED, SharedField.CALLED, SharedField.AGE_BAND, SharedField.AREA)
    view = await find_referral(scene.session, scene.partner, referral.id)
    age = "25-39" if clock.today().year <= 2029 else "40-59"
    assert words(view) == {
        "the name you want to be called by": "Amadou",
        "your age group": age,
        "the area you live in or return to": "Brikama",
        "what you need and how urgent it is": "A job (Normal)",
    }
    (disclosure,) = await scene.disclosures()
    assert sorted(disclosure.fields) == ["age_band", "area", "called", "need"]
    assert disclosure.recipient_id == scene.partner.organisation_id
    assert disclosure.consent_id == referral.consent_id
    assert await consent_of(scene, referral) is ConsentState.GIVEN


async def test_every_field_that_can_be_shared_is_said_in_words(scene: Scene) -> None:
    referral = await scene.sent(*SharedField, note="Please call in the morning.")
    shared = words(await find_referral(scene.session, scene.partner, referral.id))
    assert shared["your sex"] == "Man or boy"
    assert shared["the country you return to"] == "The Gambia"
    assert shared["your language"] == "English"
    assert shared["the work you know how to do"] == "masonry"
    assert shared["a short note from your caseworker"] == "Please call in the morning."
    assert "how many children are with you" not in shared, "what the person did not say is not shared"
    (disclosure,) = await scene.disclosures()
    assert set(SharedField) - set(disclosure.fields) == {SharedField.CHILDREN_COUNT, SharedField.TRAINING_TOPIC}


@pytest.mark.parametrize(
    ("urgency", "time"),
    [
        (Urgency.EMERGENCY, timedelta(hours=24)),
        (Urgency.URGENT, timedelta(hours=72)),
        (Urgency.NORMAL, timedelta(days=14)),
    ],
)
async def test_the_clock_begins_with_the_yes(scene: Scene, urgency: Urgency, time: timedelta) -> None:
    referral = await scene.refer(urgency=urgency)
    answered = clock.now() + timedelta(days=3)
    with clock.moved_to(answered):
        await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=True)
    assert (referral.sent_at, referral.due_at) == (answered, answered + time)


async def test_no_ends_the_referral_and_the_person_is_thanked(scene: Scene) -> None:
    referral = await scene.refer()
    await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=False)
    assert referral.state is State.WITHDRAWN_BY_PERSON
    assert await consent_of(scene, referral) is ConsentState.REFUSED
    assert (await scene.said())[-1].startswith("Thank you for your answer. Nothing was sent")
    assert await scene.disclosures() == []
    assert await inbox(scene.session, scene.partner) == []
    assert scene.case.attention_at is not None
    with pytest.raises(NotFound):
        await find_referral(scene.session, scene.partner, referral.id)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
async def test_the_question_is_answered_once(scene: Scene, first: bool, second: bool) -> None:  # noqa: FBT001  # a table
    referral = await scene.refer()
    await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=first)
    state = referral.state
    with pytest.raises(Conflict):
        await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=second)
    assert referral.state is state
    assert len(await scene.disclosures()) == int(first)


async def test_only_the_person_who_was_asked_can_answer(scene: Scene) -> None:
    referral = await scene.refer()
    with pytest.raises(NotFound):
        await answer_share(scene.session, uuid4(), referral.consent_id, agrees=True)
    with pytest.raises(NotFound):
        await withdraw_share(scene.session, uuid4(), referral.consent_id)
    assert referral.state is State.DRAFT


async def test_what_is_not_a_partners_looks_like_what_does_not_exist(scene: Scene) -> None:
    draft = await scene.refer()
    other = add_service(scene.session, await scene.session.get_one(Organisation, scene.partner.organisation_id))
    await scene.session.flush()
    sent = await scene.sent(service_id=other.id)
    refusals = []
    for actor, referral_id in ((scene.partner, draft.id), (scene.other_partner, sent.id), (scene.partner, uuid4())):
        for attempt in (find_referral(scene.session, actor, referral_id), accept_as(scene, referral_id, actor)):
            with pytest.raises(NotFound) as refused:
                await attempt
            refusals.append(refused.value.message)
    assert len(refusals) == 6
    assert len(set(refusals)) == 1
    assert await inbox(scene.session, scene.other_partner) == []
    with pytest.raises(NotAllowed):
        await find_referral(scene.session, scene.caseworker, sent.id)


async def accept_as(scene: Scene, referral_id: UUID, actor: Any) -> None:
    await accept(scene.session, referral_id, actor=actor)


async def test_opening_is_noted_once_and_acknowledges(scene: Scene) -> None:
    referral = await scene.sent()
    opened = clock.now()
    with clock.moved_to(opened):
        await find_referral(scene.session, scene.partner, referral.id)
    await find_referral(scene.session, scene.partner, referral.id)
    (disclosure,) = await scene.disclosures()
    assert disclosure.opened_at == opened
    assert referral.state is State.ACKNOWLEDGED
    assert await scene.counted(referral) == ("jobs", "acknowledged")


async def test_the_inbox_says_nothing_about_the_person(scene: Scene) -> None:
    referral = await scene.sent(*SharedField, note="secret note")
    (row,) = await inbox(scene.session, scene.partner)
    assert (row.referral_id, row.service_name, row.state) == (referral.id, "Job desk of Jalambang", State.SENT)
    assert not any(secret in repr(row) for secret in ("Amadou", "secret note", scene.case.number, str(scene.case.id)))


async def test_what_awaits_an_answer_stands_above_what_was_accepted_long_ago(scene: Scene) -> None:
    done = await scene.sent()
    await accept(scene.session, done.id, actor=scene.partner)
    await complete(scene.session, done.id, actor=scene.partner)
    accepted = await scene.sent()
    await accept(scene.session, accepted.id, actor=scene.partner)
    new = Referral(
        **{column.key: getattr(accepted, column.key) for column in Referral.__table__.columns}
        | {"id": uuid4(), "state": State.SENT, "due_at": clock.now() + timedelta(days=30)}
    )
    scene.session.add(new)
    await scene.session.flush()
    assert [row.referral_id for row in await inbox(scene.session, scene.partner)] == [new.id, accepted.id, done.id]


async def test_a_service_that_succeeds(scene: Scene) -> None:
    referral = await scene.sent()
    for verb, state in ((accept, State.ACCEPTED), (begin, State.IN_SERVICE), (complete, State.COMPLETED)):
        scene.case.attention_at = None
        await verb(scene.session, referral.id, actor=scene.partner)
        assert referral.state is state
        assert await scene.counted(referral) == ("jobs", state)
        assert scene.case.attention_at is not None
    view = await find_referral(scene.session, scene.partner, referral.id)
    assert view.shared == []
    assert not view.must_delete
    assert referral.disclosed is None


async def test_decline_and_failure_keep_their_reason(scene: Scene) -> None:
    declined = await scene.sent()
    await decline(scene.session, declined.id, DeclineReason.NO_CAPACITY, actor=scene.partner)
    assert (declined.state, declined.reason) == (State.DECLINED, DeclineReason.NO_CAPACITY)
    failed = await scene.sent()
    await accept(scene.session, failed.id, actor=scene.partner)
    answered_at = failed.answered_at
    await fail(scene.session, failed.id, DeclineReason.PERSON_DECLINED, actor=scene.partner)
    assert (failed.state, failed.reason) == (State.UNSUCCESSFUL, DeclineReason.PERSON_DECLINED)
    assert failed.answered_at == answered_at is not None


async def test_every_notice_after_the_question_is_neutral(scene: Scene) -> None:
    first = await scene.sent()
    await accept(scene.session, first.id, actor=scene.partner)
    await revoke(scene.session, scene.case, first.id, actor=scene.caseworker)
    second = await scene.sent()
    before = len(await scene.said())
    await decline(scene.session, second.id, DeclineReason.NOT_ELIGIBLE, actor=scene.partner)
    third = await scene.sent()
    with clock.moved_to(clock.now() + timedelta(days=30)):
        await expire_overdue(scene.session)
    fourth = await scene.sent()
    await withdraw_share(scene.session, scene.person_id, fourth.consent_id)
    assert third.state is State.EXPIRED
    notices = [text for text in await scene.said() if not text.startswith("Your caseworker suggests")]
    assert len(await scene.said()) > before
    assert sum(text.startswith("There is news about your request.") for text in notices) == 4
    named = ("Jalambang", "Job", "Amadou", "not meet", "declin")
    assert [text for text in notices if any(word in text for word in named)] == []


async def test_withdrawal_acts_at_once(scene: Scene) -> None:
    referral = await scene.sent()
    await accept(scene.session, referral.id, actor=scene.partner)
    scene.case.attention_at = None
    await withdraw_share(scene.session, scene.person_id, referral.consent_id)
    assert referral.state is State.WITHDRAWN_BY_PERSON
    assert referral.disclosed is None
    assert await consent_of(scene, referral) is ConsentState.WITHDRAWN
    view = await find_referral(scene.session, scene.partner, referral.id)
    assert view.shared == []
    assert view.must_delete
    assert scene.case.attention_at is not None
    with pytest.raises(NotAllowed):
        await begin(scene.session, referral.id, actor=scene.partner)


async def test_a_withdrawal_wins_over_an_answer_at_the_same_moment(database: Database) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session)
        referral = await scene.sent()

    async def answer() -> None:
        async with database.transaction() as session:
            await accept(session, referral.id, actor=scene.partner)

    async def take_back() -> None:
        async with database.transaction() as session:
            await withdraw_share(session, scene.person_id, referral.consent_id)

    accepted, taken_back = await asyncio.gather(answer(), take_back(), return_exceptions=True)
    assert taken_back is None
    assert accepted is None or isinstance(accepted, NotAllowed)
    async with database.transaction() as session:
        view = await find_referral(session, scene.partner, referral.id)
    assert (view.referral.state, view.shared) == (State.WITHDRAWN_BY_PERSON, [])


async def test_an_agreement_can_be_taken_back_after_the_service_ended(scene: Scene) -> None:
    referral = await scene.sent()
    await accept(scene.session, referral.id, actor=scene.partner)
    await complete(scene.session, referral.id, actor=scene.partner)
    await withdraw_share(scene.session, scene.person_id, referral.consent_id)
    assert referral.state is State.COMPLETED
    assert (await find_referral(scene.session, scene.partner, referral.id)).must_delete


async def test_withdrawing_before_an_answer_is_a_no(scene: Scene) -> None:
    referral = await scene.refer()
    await withdraw_share(scene.session, scene.person_id, referral.consent_id)
    assert referral.state is State.WITHDRAWN_BY_PERSON
    with pytest.raises(Conflict):
        await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=True)


async def test_consent_that_ended_elsewhere_stops_the_partner(scene: Scene) -> None:
    referral = await scene.sent()
    given = await scene.session.get_one(Consent, referral.consent_id)
    given.state = ConsentState.EXPIRED
    await scene.session.flush()
    view = await find_referral(scene.session, scene.partner, referral.id)
    assert (view.shared, view.must_delete, referral.state) == ([], True, State.SENT)
    assert (await scene.disclosures())[0].opened_at is None
    with pytest.raises(NotAllowed):
        await accept(scene.session, referral.id, actor=scene.partner)
    assert referral.state is State.SENT


async def test_staff_take_back_what_is_not_finished(scene: Scene) -> None:
    draft = await scene.refer()
    await revoke(scene.session, scene.case, draft.id, actor=scene.caseworker)
    with pytest.raises(Conflict):
        await answer_share(scene.session, scene.person_id, draft.consent_id, agrees=True)
    sent = await scene.sent()
    await revoke(scene.session, scene.case, sent.id, actor=scene.caseworker)
    assert (await find_referral(scene.session, scene.partner, sent.id)).must_delete
    with pytest.raises(Conflict):
        await accept(scene.session, sent.id, actor=scene.partner)
    with pytest.raises(Conflict):
        await revoke(scene.session, scene.case, sent.id, actor=scene.caseworker)
    with pytest.raises(NotFound):
        await revoke(scene.session, Case(id=uuid4()), sent.id, actor=scene.caseworker)
    with pytest.raises(NotAllowed):
        await revoke(scene.session, scene.case, sent.id, actor=scene.partner)


async def test_only_unanswered_referrals_expire_and_only_when_due(scene: Scene) -> None:
    organisation = await scene.session.get_one(Organisation, scene.partner.organisation_id)
    services = [add_service(scene.session, organisation) for _each in range(4)]
    await scene.session.flush()
    draft, unopened, opened, accepted = [
        await (scene.refer if position == 0 else scene.sent)(service_id=service.id)
        for position, service in enumerate(services)
    ]
    await find_referral(scene.session, scene.partner, opened.id)
    await accept(scene.session, accepted.id, actor=scene.partner)
    await scene.session.flush()
    assert await expire_overdue(scene.session) == 0
    scene.case.attention_at = None
    with clock.moved_to(clock.now() + timedelta(days=14, minutes=1)):
        assert await expire_overdue(scene.session) == 2
        assert await expire_overdue(scene.session) == 0
    states = [each.state for each in (draft, unopened, opened, accepted)]
    assert states == [State.DRAFT, State.EXPIRED, State.EXPIRED, State.ACCEPTED]
    assert scene.case.attention_at is not None
    assert unopened.disclosed is None


@pytest.mark.parametrize("before", list(State))
async def test_a_referral_moves_along_its_steps_and_no_other_way(scene: Scene, before: State) -> None:
    referral = await scene.refer()
    for after in State:
        referral.state, referral.disclosed = before, scene.key.seal(Referral.disclosed, referral.id, {})
        if after in REFERRAL_STEPS[before]:
            await step(scene.session, referral, after, actor=SYSTEM)
            assert referral.state is after
            assert (await scene.counted(referral))[1] == after
            assert (referral.disclosed is None) == (after not in OPEN_STATES)
        else:
            with pytest.raises(Conflict):
                await step(scene.session, referral, after, actor=SYSTEM)
            assert referral.state is before


async def test_withdrawing_from_everything_ends_every_agreement(scene: Scene) -> None:
    draft = await scene.refer(SharedField.CALLED)
    organisation = await scene.session.get_one(Organisation, scene.other_partner.organisation_id)
    elsewhere = add_service(scene.session, organisation)
    await scene.session.flush()
    sent = await scene.sent(service_id=elsewhere.id)
    await withdraw_all(scene.session, scene.person_id)
    assert [draft.state, sent.state] == [State.WITHDRAWN_BY_PERSON] * 2
    assert await consent_of(scene, draft) is ConsentState.REFUSED
    assert await consent_of(scene, sent) is ConsentState.WITHDRAWN
    assert (await find_referral(scene.session, scene.other_partner, sent.id)).must_delete


async def refused_to_create(scene: Scene, kind: type[Refusal], *fields: SharedField, **changes: Any) -> None:
    with pytest.raises(kind):
        await scene.refer(*fields, **changes)


async def test_what_cannot_be_referred_is_refused_and_asks_nobody(scene: Scene) -> None:
    organisation = await scene.session.get_one(Organisation, scene.partner.organisation_id)
    closed = add_service(scene.session, organisation, status="inactive")
    await scene.session.flush()
    await refused_to_create(scene, Invalid, fields=[])
    await refused_to_create(scene, Invalid, SharedField.NOTE, note="  ")
    await refused_to_create(scene, Invalid, SharedField.CALLED, note="A note nobody agreed to share")
    await refused_to_create(scene, Invalid, SharedField.NOTE, note="x" * 1001)
    await refused_to_create(scene, Invalid, SharedField.NOTE, note="Card 4111 1111 1111 1111")
    await refused_to_create(scene, NotFound, service_id=uuid4())
    await refused_to_create(scene, Conflict, service_id=closed.id)
    await refused_to_create(scene, Conflict, need_kind=NeedKind.SHELTER)
    await refused_to_create(scene, NotAllowed, actor=scene.partner)
    need = await scene.session.scalar(select(Need).where(Need.kind == NeedKind.WORK))
    assert need is not None
    need.status = NeedStatus.MET
    await refused_to_create(scene, Conflict)
    need.status = NeedStatus.OPEN
    scene.case.status = CaseStatus.CLOSED
    await refused_to_create(scene, Conflict)
    scene.case.status = CaseStatus.OPEN
    assert await referrals_of(scene.session, scene.case.id) == []
    assert await scene.said() == []
    await scene.refer()
    await refused_to_create(scene, Conflict)


async def test_a_service_that_ended_meanwhile_receives_nothing(scene: Scene) -> None:
    referral = await scene.refer()
    scene.service.status = "inactive"
    await scene.session.flush()
    with pytest.raises(Conflict):
        await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=True)
    assert await scene.disclosures() == []


async def test_a_child_takes_an_officer_who_has_heard_the_guardian(database: Database) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session, {"birth_year": clock.today().year - 15, "maybe_child": "yes"})
        await refused_to_create(scene, NotAllowed)
        await refused_to_create(scene, NotAllowed, guardian_evidence="Mother agreed on the telephone")
        await refused_to_create(scene, Invalid, actor=scene.officer, guardian_evidence=" ")
        referral = await scene.sent(actor=scene.officer, guardian_evidence="Mother agreed on the telephone, 2 May")
        assert referral.state is State.SENT


async def test_a_yes_that_may_be_a_childs_is_undone_wholly(database: Database) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session)
        referral = await scene.refer()
        session.add(Flag(id=uuid4(), case_id=scene.case.id, kind=FlagKind.CHILD, rule="later", raised_at=clock.now()))
    with pytest.raises(NotAllowed):
        async with database.transaction() as session:
            await answer_share(session, scene.person_id, referral.consent_id, agrees=True)
    async with database.reading() as session:
        kept = await session.get_one(Referral, referral.id)
        asked = await session.get_one(Consent, referral.consent_id)
        assert (kept.state, kept.disclosed, asked.state) == (State.DRAFT, None, ConsentState.REQUESTED)
        assert await shared_with(session, scene.case.id) == []


async def test_erasure_leaves_codes_for_the_partner_and_nothing_of_the_person(database: Database) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session)
        done = await scene.sent(SharedField.NOTE, note="to be forgotten")
        await accept(session, done.id, actor=scene.partner)
        await complete(session, done.id, actor=scene.partner)
        running = await scene.sent(SharedField.CALLED)
        waiting = await scene.refer(service_id=await another_service(scene))
    async with database.transaction() as session:
        with pytest.raises(NotAllowed):
            await erase_person(session, scene.person_id, actor=scene.caseworker)
        receipt = await erase_person(session, scene.person_id, actor=PERSON)
    assert receipt.case_number == scene.case.number
    async with database.transaction() as session:
        kept = list(await session.scalars(select(Referral)))
        assert {each.id: each.state for each in kept} == {
            done.id: State.COMPLETED,
            running.id: State.WITHDRAWN_BY_PERSON,
            waiting.id: State.WITHDRAWN_BY_PERSON,
        }
        assert [(each.disclosed, each.note) for each in kept] == [(None, None)] * 3
        left = list(await session.scalars(select(Disclosure)))
        assert {(each.referral_id, each.consent_id, each.deleted_at) for each in left} == {
            (done.id, None, None),
            (running.id, None, None),
        }
        assert all(each.fields == [] and each.opened_at is None and each.delete_asked_at for each in left)
        counted = await session.scalars(select(Fact.outcome).where(Fact.thing == Thing.REFERRAL))
        assert sorted(counted) == [State.COMPLETED, State.WITHDRAWN_BY_PERSON, State.WITHDRAWN_BY_PERSON]
        assert (await session.scalars(select(FactLink))).all() == []
        for sent in (done, running):
            view = await find_referral(session, scene.partner, sent.id)
            assert (view.shared, view.must_delete) == ([], True)
        with pytest.raises(NotAllowed):
            await accept(session, running.id, actor=scene.partner)
        with pytest.raises(NotFound):
            await erase_person(session, scene.person_id, actor=PERSON)


async def another_service(scene: Scene) -> UUID:
    organisation = await scene.session.get_one(Organisation, scene.other_partner.organisation_id)
    service = add_service(scene.session, organisation)
    await scene.session.flush()
    return service.id


async def test_the_case_page_reads_referrals_with_service_and_organisation(scene: Scene) -> None:
    first = await scene.sent()
    second = await scene.refer(service_id=await another_service(scene))
    await scene.session.flush()
    found = await referrals_of(scene.session, scene.case.id)
    assert [each.id for each in found] == [second.id, first.id]
    assert [each.service.organisation.name for each in found] == ["Tilibo Legal", "Jalambang Skills"]
    assert [each.referral_id for each in await shared_with(scene.session, scene.case.id)] == [first.id]


async def test_a_decision_made_past_the_referral_still_shares_nothing(scene: Scene) -> None:
    """Consent alone sends nothing: only the verb that gathers exactly the agreed fields does."""
    referral = await scene.refer()
    await decide(scene.session, referral.consent_id, scene.person_id, agrees=True, actor=PERSON)
    await scene.session.flush()
    assert await inbox(scene.session, scene.partner) == []
    assert referral.disclosed is None
