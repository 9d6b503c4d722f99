"""Random orders of verbs: whatever staff do, in whatever order, no child is returned past a rule that blocks.

What must be true is asked of the rows themselves, not of the gates: see `proof`.
"""

from random import Random

from case_scene import Scene
from safeguard_scene import GOOD, Return, child_alone, prepare_all
from sqlalchemy import func, select
from test_return_gates import take

from access.rules import Role
from cases.household import people_of
from cases.journeys import live_journey
from cases.models import Consent, Flag
from cases.overriding import ask_override, confirm_override
from cases.record_fields import FieldKind
from cases.record_kinds import SPEC_OF, RecordKind
from cases.returning import begin_return, halt
from cases.rules import HOLDS_RETURN, IN_FORCE, ConsentKind, FlagKind, FlagOutcome
from cases.safeguard_models import BestInterests, CaseRecord, GateOverride, GatePassage, ReturnJourney, ReturnLeg
from cases.safeguard_rules import STEP_AFTER, BidDecision, EscortRole, HaltReason, ReturnType, Step
from foundation.errors import Refusal

K = RecordKind
NEEDED: dict[str, tuple[RecordKind, dict[str, set[str]]]] = {
    "C01": (K.AGE, {}),
    "C02": (K.COMPANY, {"company": {"with_parent", "separated", "unaccompanied"}}),
    "C03": (K.GUARDIAN, {"reachable": {"yes"}}),
    "C04": (K.BIA, {"finding": {"in_interest", "bid_needed"}}),
    "C07": (K.VIEWS, {"understood": {"yes"}}),
    "C08": (K.RISK, {"danger": {"no"}}),
    "C09": (K.CAREGIVER, {"agrees": {"yes"}, "able": {"yes"}}),
    "C12": (K.RECEPTION, {"place": {"family", "community", "foster", "residential"}}),
    "C13": (K.REMEDIES, {"state": {"exhausted", "waived"}}),
    "C14": (K.MEDICAL, {"fit": {"yes", "with_care"}}),
    "C15": (K.CIVIL_DOCUMENTS, {"birth": {"yes"}}),
    "C20": (K.SHARING, {"guardian": {"yes"}}),
}
"""Written down once more, apart from the rules: what must stand in a record in force on departure."""
OF_CHILDREN_ALONE = {"C03", "C05", "C09", "C11"}


class Walk:
    """One case at the mercy of a seed."""

    def __init__(self, prepared: Return, random: Random) -> None:
        self.prepared, self.random = prepared, random
        self.session, self.case = prepared.scene.session, prepared.told.case
        self.departed = False
        self.reached: set[Step] = set()

    async def act(self) -> None:
        """Something that someone might do. What is refused has no effect."""
        prepared, random = self.prepared, self.random
        deeds = [
            (30, self.write),
            (12, self.step_on),
            (2, self.step_anywhere),
            (3, prepared.determine),
            (1, lambda: prepared.determine(random.choice(list(BidDecision)))),
            (2, prepared.add_legs),
            (0.5, lambda: prepared.add_leg("Basse", "Fatoto", random.choice([None, *EscortRole]))),
            (1, prepared.drop_legs),
            (3, prepared.agree),
            (0.5, prepared.take_back),
            (0.5, lambda: prepared.concern(random.choice(list(FlagKind)))),
            (3, lambda: prepared.clear(random.choice(list(HOLDS_RETURN)))),
            (1, self.set_aside),
            (0.2, lambda: halt(self.session, self.case, HaltReason.OTHER, actor=prepared.staff[Role.CASEWORKER])),
            (2, self.begin),
        ]
        deed = random.choices([each for _weight, each in deeds], [weight for weight, _each in deeds])[0]
        try:
            async with self.session.begin_nested():
                await deed()
        except (Refusal, AssertionError):
            await self.session.refresh(self.case)
            return
        await self.note()

    async def write(self) -> None:
        kind = self.random.choice(list(GOOD))
        fields = [each for each in SPEC_OF[kind].fields if each.kind is FieldKind.CHOICE]
        wrong = self.random.random() < 0.1
        codes = {each.name: self.random.choice(list(each.choices)) for each in fields} if wrong else {}
        await self.prepared.write(kind, **codes)

    async def step_on(self) -> None:
        journey = await live_journey(self.session, self.case)
        if journey is not None:
            await take(self.prepared, STEP_AFTER[journey.step])

    async def step_anywhere(self) -> None:
        await take(self.prepared, self.random.choice([each for each in Step if each is not Step.HALTED]))

    async def begin(self) -> None:
        await begin_return(
            self.session, self.case, self.random.choice(list(ReturnType)), actor=self.prepared.staff[Role.CASEWORKER]
        )

    async def set_aside(self) -> None:
        rule_id = f"C{self.random.randint(1, 23):02}"
        lead, second = self.prepared.staff[Role.CHILD_PROTECTION_LEAD], self.prepared.staff[Role.SUPERVISOR]
        asked = await ask_override(self.session, self.case, rule_id, self.prepared.own, "Because.", actor=lead)
        await self.session.flush()
        await confirm_override(self.session, self.case, asked.id, actor=second)

    async def note(self) -> None:
        """The proof is asked for at the moment a child departs, and when they are handed over."""
        await self.session.flush()
        journeys = (await self.session.scalars(select(ReturnJourney))).all()
        steps = {journey.step for journey in journeys}
        for journey in journeys:
            if journey.step is Step.DEPARTED and Step.DEPARTED not in self.reached:
                await self.prove_departure(journey)
            if journey.step is Step.HANDED_OVER:
                signed = await self.record(K.HANDOVER)
                assert signed is not None
                assert signed.coded["signed_by"] in {"caregiver", "authority"}
        self.reached |= steps

    async def prove_departure(self, journey: ReturnJourney) -> None:
        set_aside = set(
            await self.session.scalars(
                select(GateOverride.rule).where(
                    GateOverride.journey_id == journey.id, GateOverride.confirmed_by != GateOverride.asked_by
                )
            )
        )
        company = await self.record(K.COMPANY)
        if company is not None and company.coded["company"] == "with_parent":
            set_aside |= OF_CHILDREN_ALONE
        for rule, (kind, wanted) in NEEDED.items():
            if rule in set_aside:
                continue
            found = await self.record(kind)
            assert found is not None, rule
            assert all(found.coded[name] in codes for name, codes in wanted.items()), rule
        if "C05" not in set_aside:
            of_child = select(BestInterests.decision).where(BestInterests.replaced_by.is_(None))
            decided = (await self.session.scalars(of_child.order_by(BestInterests.decided_at))).all()
            assert decided[-1] is BidDecision.RETURN
        if "C11" not in set_aside:
            of_way = select(ReturnLeg.escort_role).where(ReturnLeg.journey_id == journey.id)
            escorts = (await self.session.scalars(of_way)).all()
            assert escorts
            assert None not in escorts
        standing = await self.session.scalars(
            select(Flag.kind).where(Flag.outcome.is_(None) | (Flag.outcome == FlagOutcome.CONFIRMED))
        )
        assert not {*standing} & HOLDS_RETURN
        if journey.return_type.value in {"spontaneous", "assisted_voluntary", "assisted_obliged", "unknown"}:
            assert await self.session.scalar(
                select(Consent.id).where(Consent.kind == ConsentKind.RETURN, Consent.state.in_(IN_FORCE))
            )
        assert journey.cleared_by not in {None, journey.arranged_by, journey.begun_by}

    async def record(self, kind: RecordKind) -> CaseRecord | None:
        return await self.session.scalar(
            select(CaseRecord)
            .where(CaseRecord.kind == kind, CaseRecord.replaced_at.is_(None))
            .order_by(CaseRecord.made_at.desc())
            .limit(1)
        )


SEEDS = {"sqlite": range(8), "postgresql": range(8, 12)}
DEEDS = 150


async def test_no_order_of_verbs_returns_a_child_past_a_blocking_rule(scene: Scene, database_url: str) -> None:
    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    reached: set[Step] = set()
    for seed in SEEDS[kind]:
        async with scene.session.begin_nested() as life:
            prepared = await child_alone(scene)
            if seed % 2:  # else few get far
                await prepare_all(prepared)
            walk = Walk(prepared, Random(seed))
            for _deed in range(DEEDS):
                await walk.act()
            reached |= walk.reached
            assert await scene.session.scalar(select(func.max(GatePassage.unmet_blocking))) == 0
            assert len(await people_of(scene.session, walk.case.id)) == 1
            await life.rollback()
        scene.session.expunge_all()
    # The walks must get somewhere: a proof that nobody asked for proves nothing.
    assert {Step.DEPARTED, Step.HANDED_OVER, Step.HALTED} <= reached
