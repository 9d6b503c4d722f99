"""Random verbs at random times, by three organisations and the person: a case is one organisation's, by consent alone.

What must be true is asked of the rows themselves after every deed, whatever was allowed or refused.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from agreed import agree_on_cases
from referral_scene import Scene, add_organisation, add_staff
from sqlalchemy import select

from access.actor import SYSTEM, Actor
from access.models import Organisation, OrganisationKind
from access.rules import Role
from cases.casework_models import CaseTransfer
from cases.casework_rules import (
    OPEN_TRANSFERS,
    SENT_AHEAD,
    TRANSFER_STEPS,
    WHOLE_FILE,
    TransferDecline,
    TransferState,
)
from cases.models import Consent
from cases.queries import find_case
from cases.rules import IN_FORCE, Urgency
from foundation import clock
from foundation.errors import NotFound, Refusal
from foundation.language import Message
from referrals.agreements import end_agreement
from referrals.models import Disclosure
from referrals.partner_models import Agreement
from referrals.rules import ANSWER_WITHIN
from referrals.transfer_letters import remind_receivers
from referrals.transferring import (
    accept_transfer,
    answer_transfer,
    ask_transfer,
    confirm_transfer_deletion,
    decline_transfer,
    expire_transfers,
    revoke_transfer,
    take_back_transfer,
)
from referrals.transfers import given_away, offers_to

SEEDS = {"sqlite": range(8), "postgresql": range(8, 11)}
DEEDS = 100
MOSTLY = 0.8
Deed = Callable[[], Awaitable[object]]


class Walk:
    """One case, a supervisor in each of three organisations, and a clock that only goes forward."""

    def __init__(self, scene: Scene, supervisors: list[Actor], random: Random) -> None:
        self.scene, self.session, self.random = scene, scene.session, random
        self.supervisors = supervisors
        self.now: datetime = clock.now()
        self.home = scene.case.organisation_id
        self.states: dict[UUID, TransferState] = {}
        self.ended: dict[UUID, tuple[Any, ...]] = {}
        self.reached: Counter[str] = Counter()

    async def act(self) -> None:
        self.now += timedelta(seconds=1, hours=self.random.choice([0, 0, 1, 5, 30, 100]))
        deeds: list[tuple[int, Deed]] = [
            (10, self.ask),
            (14, self.answer),
            (4, self.take_back),
            (3, self.revoke),
            (16, self.accept),
            (4, self.decline),
            (3, self.confirm),
            (6, self.let_the_worker_run),
            (3, self.change_agreement),
        ]
        (deed,) = self.random.choices([each for _weight, each in deeds], [weight for weight, _each in deeds])
        with clock.moved_to(self.now):
            before = self.scene.case.organisation_id
            try:
                async with self.session.begin_nested():
                    await deed()
            except Refusal:
                self.reached["refused"] += 1
            else:
                self.reached[deed.__name__] += 1
            await self.session.refresh(self.scene.case)
            if self.scene.case.organisation_id != before:
                assert deed in (self.accept, self.take_back), f"{deed.__name__} moved the case"
            await self.look()

    async def ask(self) -> None:
        recipient = self.random.choice(self.supervisors).organisation_id
        assert recipient
        urgency, note = self.random.choice(list(Urgency)), self.random.choice(["", "Knows the town."])
        await ask_transfer(self.session, self.scene.case, recipient, note, urgency=urgency, actor=self.owner())

    async def answer(self) -> None:
        transfer = await self.any_of(CaseTransfer.state == TransferState.ASKED)
        agrees = self.random.random() < MOSTLY
        await answer_transfer(self.session, self.scene.person_id, transfer.consent_id, agrees=agrees)

    async def take_back(self) -> None:
        transfer = await self.any_of()
        await take_back_transfer(self.session, self.scene.person_id, transfer.consent_id)

    async def revoke(self) -> None:
        await revoke_transfer(self.session, self.scene.case, actor=self.random.choice(self.supervisors))

    async def accept(self) -> None:
        transfer = await self.any_of()
        actor = self.receiver(transfer)
        given = (await self.session.get_one(Consent, transfer.consent_id)).state
        await accept_transfer(self.session, transfer.id, actor=actor)
        assert given in IN_FORCE, "taken over without consent"
        assert actor.organisation_id == transfer.to_organisation_id, "taken over by another"
        assert transfer.due_at is not None
        assert self.now <= transfer.due_at, "taken over too late"
        assert await self.has_agreement(transfer.to_organisation_id), "taken over without an agreement"

    async def decline(self) -> None:
        transfer = await self.any_of()
        await decline_transfer(self.session, transfer.id, TransferDecline.OTHER, actor=self.receiver(transfer))

    async def confirm(self) -> None:
        transfer = await self.any_of()
        await confirm_transfer_deletion(self.session, transfer.id, actor=self.receiver(transfer))

    async def let_the_worker_run(self) -> None:
        await remind_receivers(self.session)
        await expire_transfers(self.session)
        overdue = select(CaseTransfer.id).where(
            CaseTransfer.state == TransferState.OFFERED, CaseTransfer.due_at < self.now
        )
        assert (await self.session.scalars(overdue)).all() == []

    async def change_agreement(self) -> None:
        organisation_id = self.random.choice(self.supervisors).organisation_id
        assert organisation_id
        runs = select(Agreement.id).where(Agreement.organisation_id == organisation_id, Agreement.ended_at.is_(None))
        found = (await self.session.scalars(runs)).first()
        if found is None:
            await agree_on_cases(self.session, organisation_id)
        else:
            await end_agreement(self.session, organisation_id, found, actor=SYSTEM)

    def receiver(self, transfer: CaseTransfer) -> Actor:
        """Whom it is for, mostly."""
        there = next(each for each in self.supervisors if each.organisation_id == transfer.to_organisation_id)
        return there if self.random.random() < MOSTLY else self.random.choice(self.supervisors)

    def owner(self) -> Actor:
        return next(each for each in self.supervisors if each.organisation_id == self.scene.case.organisation_id)

    async def has_agreement(self, organisation_id: UUID) -> bool:
        runs = select(Agreement.id).where(Agreement.organisation_id == organisation_id, Agreement.ended_at.is_(None))
        return (await self.session.scalars(runs)).first() is not None

    async def any_of(self, *conditions: Any) -> CaseTransfer:
        """One of this walk, mostly a new one, the same for the same seed. Raises NotFound if there is none."""
        found = (
            await self.session.scalars(select(CaseTransfer).where(*conditions).order_by(CaseTransfer.asked_at))
        ).all()
        if not found:
            raise NotFound(Message("nothing there"))
        return found[-1] if self.random.random() < MOSTLY else self.random.choice(found)

    async def look(self) -> None:
        """What must be true of the rows, and of what each of the three sees."""
        consents = {each.id: each for each in await self.session.scalars(select(Consent))}
        transfers = list(await self.session.scalars(select(CaseTransfer).order_by(CaseTransfer.asked_at)))
        for transfer in transfers:
            self.look_at(transfer, consents[transfer.consent_id])
        assert sum(each.state in OPEN_TRANSFERS for each in transfers) <= 1
        case = self.scene.case
        accepted = [each for each in transfers if each.state is TransferState.ACCEPTED]
        if case.organisation_id != self.home:
            by = [each for each in accepted if each.to_organisation_id == case.organisation_id]
            assert any(consents[each.consent_id].state in IN_FORCE for each in by), "with it without consent"
        for actor in self.supervisors:
            await self.look_as(actor, {consents[each.consent_id].recipient_id for each in transfers})
        for shared in await self.session.scalars(select(Disclosure)):
            given = consents[shared.consent_id] if shared.consent_id else None
            assert given is not None
            assert set(shared.fields) <= set(given.fields), "more than was agreed to"
            assert shared.recipient_id == given.recipient_id
            assert given.decided_at is not None
            assert set(shared.fields) <= SENT_AHEAD or set(shared.fields) == set(WHOLE_FILE)

    async def look_as(self, actor: Actor, asked: set[UUID | None]) -> None:
        case, mine = self.scene.case, actor.organisation_id == self.scene.case.organisation_id
        try:
            await find_case(self.session, actor, case.number)
        except NotFound:
            assert not mine, "nobody has it"
        else:
            assert mine, "two have it"
        offers = await offers_to(self.session, actor)
        assert not offers or actor.organisation_id in asked
        gone = await given_away(self.session, actor)
        assert not (gone and mine)
        assert len(gone) <= 1

    def look_at(self, transfer: CaseTransfer, given: Consent) -> None:
        before, now = self.states.get(transfer.id), transfer.state
        if before is not None and before is not now:
            assert now in TRANSFER_STEPS[before], f"{before} became {now}"
        self.states[transfer.id] = now
        self.reached[now] += 1
        if now is TransferState.OFFERED:
            assert given.state in IN_FORCE
            assert transfer.offered_at is not None
            assert transfer.due_at == transfer.offered_at + ANSWER_WITHIN[transfer.urgency]
        if now not in (*OPEN_TRANSFERS, TransferState.ACCEPTED):
            assert transfer.note is None
            as_it_ended = tuple(getattr(transfer, name) for name in CaseTransfer.__table__.columns.keys())  # noqa: SIM118
            assert self.ended.setdefault(transfer.id, as_it_ended) == as_it_ended, "one that had ended was changed"


async def test_a_case_is_one_organisations_and_nobody_has_it_without_consent(scene: Scene, database_url: str) -> None:
    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    session = scene.session
    home = await session.get_one(Organisation, scene.case.organisation_id)
    others = [add_organisation(session, name, OrganisationKind.OPERATOR) for name in ("North", "South")]
    for each in (home, *others):
        await agree_on_cases(session, each.id)
    supervisors = [add_staff(session, each, Role.SUPERVISOR) for each in (home, *others)]
    await session.flush()
    reached: Counter[str] = Counter()
    for seed in SEEDS[kind]:
        async with session.begin_nested() as life:
            walk = Walk(scene, supervisors, Random(seed))
            for _deed in range(DEEDS):
                await walk.act()
            reached += walk.reached
            await life.rollback()
        await session.refresh(scene.case)
    # The walks must get somewhere: a proof that nobody asked for proves nothing.
    wanted = {*TransferState, "refused", "take_back", "confirm", "change_agreement", "let_the_worker_run"}
    assert wanted - reached.keys() == set()
