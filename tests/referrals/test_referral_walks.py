"""Random verbs at random times: what has ended never changes, and nothing is ever shared without its consent.

What must be true is asked of the rows themselves after every deed, whatever was allowed or refused.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from referral_scene import Scene, add_service
from sqlalchemy import select

from access.actor import PERSON, Actor
from access.models import Organisation
from access.rules import Role
from cases.consent import withdraw
from cases.models import Consent
from cases.rules import IN_FORCE, ConsentKind, NeedKind, Urgency
from foundation import clock
from foundation.errors import NotFound, Refusal
from foundation.language import Message
from referrals.confirming import remind_of_words, say_helped, say_received, settle
from referrals.models import Disclosure, Referral, ReferralWord, ServiceOffer
from referrals.offering import choose, choose_none, offer_services, take_back
from referrals.referring import answer_share, expire_overdue, reopen, revoke, withdraw_all, withdraw_share
from referrals.responding import accept, begin, complete, decline, fail, find_referral
from referrals.rules import (
    ANSWER_WITHIN,
    OPEN_STATES,
    REFERRAL_STEPS,
    SHARED_STATES,
    SPOKEN_OF_STATES,
    DeclineReason,
    Helped,
    OfferState,
    Received,
    ReferralState,
    Settlement,
    SharedField,
)

SEEDS = {"sqlite": range(10), "postgresql": range(10, 15)}
DEEDS = 120
MOSTLY, LAST_WORD = 0.8, 0.1
Deed = Callable[[], Awaitable[object]]


class Walk:
    """One case, three services of two partners, and a clock that only goes forward."""

    def __init__(self, scene: Scene, services: list[UUID], random: Random) -> None:
        self.scene, self.session, self.random = scene, scene.session, random
        self.services = services
        self.now: datetime = clock.now()
        self.supervisor = Actor(scene.officer.id, Role.SUPERVISOR, scene.officer.organisation_id, None)
        self.states: dict[UUID, ReferralState] = {}
        self.ended: dict[UUID, tuple[Any, ...]] = {}
        self.reached: Counter[str] = Counter()

    async def act(self) -> None:
        self.now += timedelta(seconds=1, hours=self.random.choice([0, 0, 1, 5, 30, 200]))
        deeds: list[tuple[int, Deed]] = [
            (6, self.refer),
            (4, self.offer),
            (6, self.choose),
            (12, self.answer_share),
            (3, self.withdraw_share),
            (1, self.withdraw_everything),
            (30, self.partner_answers),
            (2, self.revoke),
            (3, self.reopen),
            (10, self.speak),
            (6, self.settle),
            (6, self.let_the_worker_run),
        ]
        (deed,) = self.random.choices([each for _weight, each in deeds], [weight for weight, _each in deeds])
        with clock.moved_to(self.now):
            try:
                async with self.session.begin_nested():
                    await deed()
            except Refusal:
                self.reached["refused"] += 1
            else:
                self.reached[deed.__name__] += 1
            for stale in (self.scene.case, self.scene.service):  # what was refused was rolled back
                await self.session.refresh(stale)
            await self.look()

    async def refer(self) -> None:
        await self.scene.refer(*self.fields(), service_id=self.random.choice(self.services), urgency=self.urgency())

    async def offer(self) -> None:
        await offer_services(
            self.session,
            self.scene.case,
            services=self.random.sample(self.services, 2),
            need_kind=NeedKind.WORK,
            urgency=self.urgency(),
            fields=self.fields(),
            actor=self.scene.caseworker,
        )

    async def choose(self) -> None:
        offer = await self.any_of(ServiceOffer)
        if self.random.random() > MOSTLY:  # one in five
            await choose_none(self.session, self.scene.person_id, offer.id)
        elif self.random.random() > MOSTLY:
            await take_back(self.session, self.scene.case, offer.id, actor=self.scene.caseworker)
        else:
            await choose(self.session, self.scene.person_id, offer.id, self.random.choice(self.services))

    async def answer_share(self) -> None:
        referral = await self.any_of(Referral, Referral.state == ReferralState.DRAFT)
        agrees = self.random.random() < MOSTLY
        await answer_share(self.session, self.scene.person_id, referral.consent_id, agrees=agrees)

    async def withdraw_share(self) -> None:
        referral = await self.any_of(Referral)
        await withdraw_share(self.session, self.scene.person_id, referral.consent_id)

    async def withdraw_everything(self) -> None:
        """Nothing can follow, so few do it."""
        if self.random.random() < LAST_WORD:
            of_data = select(Consent.id).where(Consent.kind == ConsentKind.DATA)
            given = (await self.session.scalars(of_data)).one()
            await withdraw(self.session, given, self.scene.person_id, actor=PERSON)
            await withdraw_all(self.session, self.scene.person_id)

    async def partner_answers(self) -> None:
        """By whichever partner, allowed or not."""
        is_sent = Referral.state.in_(SHARED_STATES)
        referral = await self.any_of(Referral, *([is_sent] if self.random.random() < MOSTLY else []))
        partner = self.scene.partner
        if (referral.organisation_id != partner.organisation_id) == (self.random.random() < MOSTLY):
            partner = self.scene.other_partner
        given = (await self.session.get_one(Consent, referral.consent_id)).state
        verbs: list[Deed] = [
            lambda: find_referral(self.session, partner, referral.id),
            lambda: accept(self.session, referral.id, actor=partner),
            lambda: begin(self.session, referral.id, actor=partner),
            lambda: complete(self.session, referral.id, actor=partner),
            lambda: fail(self.session, referral.id, DeclineReason.OTHER, actor=partner),
            lambda: decline(self.session, referral.id, DeclineReason.NO_CAPACITY, actor=partner),
        ]
        verb = self.random.choice(verbs)
        answer = await verb()
        assert referral.organisation_id == partner.organisation_id, "a partner reached another's referral"
        if verb is verbs[0]:
            assert answer.shared == [] or given in IN_FORCE, "shared without consent"  # type: ignore[attr-defined]
        else:
            assert given in IN_FORCE, "answered without consent"

    async def revoke(self) -> None:
        await revoke(self.session, self.scene.case, (await self.any_of(Referral)).id, actor=self.scene.caseworker)

    async def reopen(self) -> None:
        referral = await self.any_of(Referral)
        await reopen(self.session, self.scene.case, referral.id, "Once more", actor=self.scene.caseworker)

    async def speak(self) -> None:
        referral = await self.any_of(Referral, Referral.state.in_(SPOKEN_OF_STATES))
        await say_received(self.session, self.scene.person_id, referral.id, self.random.choice(list(Received)))
        if self.random.random() < MOSTLY:
            await say_helped(self.session, self.scene.person_id, referral.id, self.random.choice(list(Helped)))

    async def settle(self) -> None:
        disputed = select(ReferralWord.referral_id).where(ReferralWord.disputed_at.is_not(None))
        referral = await self.any_of(Referral, Referral.id.in_(disputed))
        finding = self.random.choice(list(Settlement))
        await settle(self.session, self.scene.case, referral.id, finding, "Asked both", actor=self.supervisor)

    async def let_the_worker_run(self) -> None:
        await expire_overdue(self.session)
        await remind_of_words(self.session)
        overdue = select(Referral.id).where(
            Referral.state.in_([ReferralState.SENT, ReferralState.ACKNOWLEDGED]), Referral.due_at < self.now
        )
        assert (await self.session.scalars(overdue)).all() == []

    def fields(self) -> list[SharedField]:
        known = [SharedField.CALLED, SharedField.SEX, SharedField.SKILLS, SharedField.AREA]
        return self.random.sample(known, self.random.randint(1, len(known)))

    def urgency(self) -> Urgency:
        return self.random.choice(list(Urgency))

    async def any_of(self, kind: Any, *conditions: Any) -> Any:
        """One that was made in this walk, the same for the same seed. Raises NotFound if there is none."""
        made_at = kind.created_at if kind is Referral else kind.offered_at
        found = (await self.session.scalars(select(kind).where(*conditions).order_by(made_at))).all()
        if not found:
            raise NotFound(Message("nothing there"))
        return self.random.choice(found)

    async def look(self) -> None:
        """What must be true of the rows."""
        consents = {each.id: each for each in await self.session.scalars(select(Consent))}
        for referral in await self.session.scalars(select(Referral)):
            self.look_at(referral, consents[referral.consent_id])
        for shared in await self.session.scalars(select(Disclosure)):
            given = consents[shared.consent_id]
            assert set(shared.fields) <= set(given.fields)
            assert shared.recipient_id == given.recipient_id
            assert given.decided_at == shared.shared_at, "shared at another moment than the yes"
        if not await self.has_data_consent(consents.values()):
            open_offers = select(ServiceOffer.id).where(ServiceOffer.state == OfferState.OPEN)
            assert (await self.session.scalars(open_offers)).all() == []

    def look_at(self, referral: Referral, given: Consent) -> None:
        before, now = self.states.get(referral.id), referral.state
        if before is not None and before is not now:
            assert now in REFERRAL_STEPS[before], f"{before} became {now}"
        self.states[referral.id] = now
        self.reached[now] += 1
        if referral.disclosed is not None:
            assert now in SHARED_STATES
            assert given.state in IN_FORCE
        if referral.sent_at is not None:
            assert referral.due_at == referral.sent_at + ANSWER_WITHIN[referral.urgency]
        if now not in OPEN_STATES:
            as_it_ended = tuple(getattr(referral, name) for name in Referral.__table__.columns.keys())  # noqa: SIM118
            assert self.ended.setdefault(referral.id, as_it_ended) == as_it_ended, "one that had ended was changed"

    async def has_data_consent(self, consents: Any) -> bool:
        return any(each.kind is ConsentKind.DATA and each.state in IN_FORCE for each in consents)


async def test_no_order_of_verbs_and_times_shares_without_consent_or_changes_what_has_ended(
    scene: Scene, database_url: str
) -> None:
    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    other = await scene.session.get_one(Organisation, scene.other_partner.organisation_id)
    ours = await scene.session.get_one(Organisation, scene.partner.organisation_id)
    services = [scene.service.id, *(add_service(scene.session, each).id for each in (ours, other))]
    await scene.session.flush()
    reached: Counter[str] = Counter()
    for seed in SEEDS[kind]:
        async with scene.session.begin_nested() as life:
            walk = Walk(scene, services, Random(seed))
            for _deed in range(DEEDS):
                await walk.act()
            reached += walk.reached
            await life.rollback()
        for stale in (scene.case, scene.service):
            await scene.session.refresh(stale)
    # The walks must get somewhere: a proof that nobody asked for proves nothing.
    missing = {*ReferralState, "refused", "settle", "choose", "reopen", "let_the_worker_run"} - reached.keys()
    assert missing == set()
