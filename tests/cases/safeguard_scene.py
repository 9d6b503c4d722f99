"""A return with everything that its rules ask for, and the ways to take each piece of it away and give it back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from case_scene import Scene, Told
from sqlalchemy import delete, select, update

from access.actor import Actor
from access.rules import Role
from cases.household import add_person, ensure_self, people_of
from cases.journeys import legs_of, live_journey
from cases.models import Flag, Submission, Task
from cases.plan_models import Plan
from cases.plan_rules import PlanState
from cases.record_fields import FieldKind
from cases.record_kinds import SPEC_OF, RecordKind
from cases.records import write_record
from cases.return_consent import record_return_consent, withdraw_return_consent
from cases.returning import add_leg, begin_return, remove_leg
from cases.rules import FlagKind, FlagOutcome, Phase, SubmissionState, TaskKind
from cases.safeguard_models import BestInterests, CasePerson, CaseRecord, PanelMember
from cases.safeguard_rules import (
    Age,
    BidDecision,
    BidState,
    BidTrigger,
    EscortRole,
    PanelBody,
    Relation,
    ReturnType,
    TravelMode,
)
from cases.safeguarding import report_concern, settle_flag
from foundation import clock
from foundation.keys import open_subject

GOOD: Mapping[RecordKind, dict[str, str]] = {
    RecordKind.AGE: {"age": "child", "basis": "document"},
    RecordKind.COMPANY: {"company": "unaccompanied"},
    RecordKind.GUARDIAN: {"reachable": "yes", "representative": "appointed"},
    RecordKind.BIA: {"finding": "in_interest", "heard": "alone"},
    RecordKind.VIEWS: {"understood": "yes"},
    RecordKind.RISK: {"danger": "no"},
    RecordKind.CAREGIVER: {"agrees": "yes", "able": "yes", "home_study": "yes", "identity": "yes"},
    RecordKind.FAMILY_UNITY: {"separation": "none"},
    RecordKind.RECEPTION: {"place": "family"},
    RecordKind.MEDICAL: {"fit": "yes", "medicine": "not_needed"},
    RecordKind.TRAVEL_DOCUMENT: {"type": "passport", "state": "issued"},
    RecordKind.CIVIL_DOCUMENTS: {"birth": "yes", "school": "not_needed", "health": "yes"},
    RecordKind.PREPARATION: {"child_friendly": "yes", "psychological": "yes"},
    RecordKind.CHILD_PLAN: dict.fromkeys(("school", "health", "language", "psychosocial", "livelihood"), "yes"),
    RecordKind.FAMILY_CONTACT: {"contact": "kept"},
    RecordKind.CONSULAR: {"wanted": "yes", "safe": "yes", "contacted": "yes"},
    RecordKind.SHARING: {"guardian": "yes", "child": "yes"},
    RecordKind.HANDOVER_PACK: {"secure": "yes"},
    RecordKind.HANDOVER: {"signed_by": "caregiver"},
    RecordKind.CLAIM: {"state": "none"},
    RecordKind.ADVICE: {"understood": "yes", "legal_help": "yes"},
    RecordKind.REMEDIES: {"state": "exhausted"},
    RecordKind.INFORMATION: dict.fromkeys(
        ("options", "country", "support", "no_support", "consequences", "withdrawal", "data", "language"), "yes"
    ),
    RecordKind.FREE_CHOICE: {"alone": "yes", "no_pressure": "yes", "able": "yes"},
}
"""Codes with which each kind of record fulfils its rules. Days and words are filled in beside them."""
OF_ADULTS_TOO = frozenset([RecordKind.RISK, RecordKind.TRAVEL_DOCUMENT])
OF_CASE = frozenset(
    [
        RecordKind.CLAIM,
        RecordKind.ADVICE,
        RecordKind.REMEDIES,
        RecordKind.INFORMATION,
        RecordKind.FREE_CHOICE,
        RecordKind.CONSULAR,
    ]
)
"""About the person whose case it is; everything else is about a child."""
AFTER_ARRIVAL = frozenset([RecordKind.HANDOVER])


def filled(kind: RecordKind, codes: Mapping[str, str]) -> dict[str, str]:
    """Codes, with words and days for the fields that want them."""
    samples = {FieldKind.WORDS: "Written down with the child.", FieldKind.DAY: clock.today().isoformat()}
    empty = {"expires_on", "decided_on", "issued_on"}
    wanted = [each for each in SPEC_OF[kind].fields if each.kind in samples and each.name not in empty]
    return {**{each.name: samples[each.kind] for each in wanted}, **codes}


@dataclass
class Return:
    """A case whose return is being prepared, by staff of every role."""

    scene: Scene
    told: Told
    own: UUID = field(default_factory=uuid4)
    children: list[UUID] = field(default_factory=list)

    @property
    def staff(self) -> dict[Role, Actor]:
        return self.scene.staff

    def writer(self, kind: RecordKind) -> Actor:
        """Someone who may write records of this kind."""
        permission = SPEC_OF[kind].permission
        return next(actor for actor in self.staff.values() if actor.may(permission))

    def about(self, kind: RecordKind) -> list[UUID]:
        if kind in OF_CASE:
            return [self.own]
        return [*self.children, *([self.own] if kind in OF_ADULTS_TOO and self.own not in self.children else [])]

    async def write(self, kind: RecordKind, about: UUID | None = None, **codes: str) -> None:
        """A good record of a kind, but for the codes given; about everyone it can be about, or one."""
        company = {} if self.own in self.children or kind is not RecordKind.COMPANY else {"company": "with_parent"}
        made_on = clock.today() - timedelta(days=4 if kind is RecordKind.INFORMATION else 0)
        values = filled(kind, {**GOOD.get(kind, {}), **company, **codes})
        for each in [about] if about else self.about(kind):
            await write_record(
                self.scene.session, self.told.case, each, kind, values, made_on=made_on, actor=self.writer(kind)
            )

    async def drop(self, kind: RecordKind, about: UUID | None = None) -> None:
        """As if it had never been written."""
        gone = update(CaseRecord).where(CaseRecord.case_id == self.told.case.id, CaseRecord.kind == kind)
        if about is not None:
            gone = gone.where(CaseRecord.about_id == about)
        # A replaced row of the same day would be in the way of nothing: only those in force are unique.
        await self.scene.session.execute(gone.values(replaced_at=clock.now()))
        await self.scene.session.flush()

    async def determine(self, decision: BidDecision = BidDecision.RETURN, *bodies: PanelBody) -> None:
        """A panel has decided about each child."""
        bodies = bodies or (PanelBody.CHILD_PROTECTION, PanelBody.UN_OR_NGO, PanelBody.SOCIAL_SERVICES)
        session, actor = self.scene.session, self.staff[Role.CHILD_PROTECTION_OFFICER]
        key = await open_subject(session, self.told.key.subject_id)
        for child in self.children:
            found_id = uuid4()
            session.add(
                BestInterests(
                    id=found_id,
                    case_id=self.told.case.id,
                    about_id=child,
                    trigger=BidTrigger.DURABLE_SOLUTION,
                    state=BidState.DECIDED,
                    opened_by=actor.id,
                    opened_at=clock.now(),
                    report=key.seal(BestInterests.report, found_id, {}),
                    reported_by=actor.id,
                    reported_at=clock.now(),
                    decision=decision,
                    reasons=key.seal(BestInterests.reasons, found_id, "Weighed with care."),
                    decided_by=actor.id,
                    decided_at=clock.now(),
                )
            )
            await session.flush()
            for body in bodies:
                member = self.scene.add_staff(Role.PANEL_MEMBER, self.scene.operator)
                await session.flush()
                seat_id = uuid4()
                session.add(
                    PanelMember(
                        id=seat_id,
                        best_interests_id=found_id,
                        staff_id=member.id,
                        body=body,
                        seated_at=clock.now(),
                        has_conflict=False,
                        opinion=decision,
                        note=key.seal(PanelMember.note, seat_id, "Weighed with care."),
                        given_at=clock.now(),
                    )
                )
        await session.flush()

    async def undetermine(self) -> None:
        session = self.scene.session
        found = select(BestInterests.id).where(BestInterests.case_id == self.told.case.id)
        await session.execute(delete(PanelMember).where(PanelMember.best_interests_id.in_(found)))
        await session.execute(delete(BestInterests).where(BestInterests.case_id == self.told.case.id))

    async def add_legs(self) -> None:
        for places, role in (
            (("Tunis", "Dakar"), EscortRole.SPECIALISED_OFFICIAL),
            (("Dakar", "Basse"), EscortRole.PARENT),
        ):
            await self.add_leg(*places, role)

    async def add_leg(self, start: str, end: str, role: EscortRole | None, escort: str = "") -> None:
        await add_leg(
            self.scene.session,
            self.told.case,
            TravelMode.AIR_SCHEDULED,
            clock.today(),
            start,
            end,
            escort_role=role,
            escort=escort or ("Awa Ceesay" if role else ""),
            actor=self.staff[Role.CASEWORKER],
        )

    async def drop_legs(self) -> None:
        journey = await live_journey(self.scene.session, self.told.case)
        assert journey is not None
        for leg in await legs_of(self.scene.session, journey):
            await remove_leg(self.scene.session, self.told.case, leg.id, actor=self.staff[Role.CASEWORKER])

    async def agree(self) -> None:
        await record_return_consent(
            self.scene.session,
            self.told.case,
            agrees=True,
            text="I want to return.",
            evidence="Signed at the office.",
            actor=self.staff[Role.CHILD_PROTECTION_OFFICER],
        )

    async def take_back(self) -> None:
        await withdraw_return_consent(self.scene.session, self.told.case, actor=self.staff[Role.CASEWORKER])

    async def concern(self, kind: FlagKind) -> None:
        await report_concern(self.scene.session, self.told.case, kind, actor=self.staff[Role.CASEWORKER])

    async def clear(self, kind: FlagKind) -> None:
        """The officer for it finds that it is not so."""
        found = select(Flag).where(Flag.case_id == self.told.case.id, Flag.kind == kind, Flag.settled_at.is_(None))
        for flag in (await self.scene.session.scalars(found)).all():
            roles = (Role.PROTECTION_OFFICER, Role.CASEWORKER)
            for actor in [self.staff[role] for role in roles]:
                try:
                    await settle_flag(
                        self.scene.session,
                        self.told.case,
                        flag.id,
                        FlagOutcome.NOT_CONFIRMED,
                        "Looked at.",
                        actor=actor,
                    )
                except Exception:  # noqa: BLE001, S112  # the other role is the one for it
                    continue
                break

    async def forget_visits(self) -> None:
        await self.scene.session.execute(delete(Task).where(Task.kind == TaskKind.CHILD_VISIT))


async def child_alone(scene: Scene) -> Return:
    """A child who came alone; the return is begun, and nothing is recorded yet."""
    told = await scene.tell({"birth_year": clock.today().year - 15, "maybe_child": "yes", "company": "alone"})
    return await _begun(scene, told)


async def family(scene: Scene) -> Return:
    """A mother with two children; the return is begun, and nothing is recorded yet."""
    told = await scene.tell()
    actor = scene.staff[Role.CASEWORKER]
    for name in ("Isatou", "Lamin"):
        await add_person(scene.session, told.case, Relation.CHILD, Age.CHILD, name, travels=True, actor=actor)
    return await _begun(scene, told)


async def adult(scene: Scene) -> Return:
    return await _begun(scene, await scene.tell())


def send_questionnaire(scene: Scene, told: Told, at: datetime | None = None) -> None:
    """On the risk of return, filled in by a caseworker."""
    submission_id, moment = uuid4(), at or clock.now()
    scene.session.add(
        Submission(
            id=submission_id,
            case_id=told.case.id,
            sheet_id="return_risk",
            sheet_version="1",
            answers=told.key.seal(Submission.answers, submission_id, {}),
            given=told.key.seal(Submission.given, submission_id, {}),
            state=SubmissionState.SUBMITTED,
            language="en",
            started_at=moment,
            submitted_at=moment,
            filled_by=scene.staff[Role.CASEWORKER].id,
        )
    )


def approve_plan(scene: Scene, told: Told, version: int = 1) -> Plan:
    plan_id, author = uuid4(), scene.staff[Role.CASEWORKER].id
    plan = Plan(
        id=plan_id,
        case_id=told.case.id,
        version=version,
        state=PlanState.APPROVED,
        changes=1,
        author_id=author,
        writers=[str(author)],
        created_at=clock.now(),
        goals=told.key.seal(Plan.goals, plan_id, "School."),
        language="en",
        agreed_on=clock.today(),
        submitted_at=clock.now(),
        submitted_by=author,
        approved_at=clock.now(),
        approved_by=scene.staff[Role.SUPERVISOR].id,
    )
    scene.session.add(plan)
    return plan


async def _begun(scene: Scene, told: Told) -> Return:
    told.case.phase = Phase.PLANNING
    send_questionnaire(scene, told)
    approve_plan(scene, told)
    own = await ensure_self(scene.session, told.case, actor=scene.staff[Role.CASEWORKER])
    await scene.session.flush()
    people = await people_of(scene.session, told.case.id)
    prepared = Return(scene, told, own.id, [each.id for each in people if each.age is not Age.ADULT])
    await begin_return(scene.session, told.case, ReturnType.ASSISTED_OBLIGED, actor=scene.staff[Role.CASEWORKER])
    return prepared


async def prepare_all(prepared: Return) -> None:
    """Everything that any rule asks for before the handover."""
    for kind in GOOD:
        if kind not in AFTER_ARRIVAL:
            await prepared.write(kind)
    await prepared.determine()
    await prepared.add_legs()
    await prepared.agree()
    await prepared.scene.session.flush()


Way = Callable[[Return], Awaitable[None]]


def without(*kinds: RecordKind) -> tuple[Way, Way]:
    """Take records away, and write them."""

    async def spoil(prepared: Return) -> None:
        for kind in kinds:
            await prepared.drop(kind)

    async def repair(prepared: Return) -> None:
        for kind in kinds:
            await prepared.write(kind)

    return spoil, repair


def flagged(kind: FlagKind) -> tuple[Way, Way]:
    async def spoil(prepared: Return) -> None:
        await prepared.concern(kind)

    async def repair(prepared: Return) -> None:
        await prepared.clear(kind)

    return spoil, repair


def instead(kind: RecordKind, **codes: str) -> tuple[Way, Way]:
    """A record that says the wrong thing, and one that says the right one."""

    async def spoil(prepared: Return) -> None:
        await prepared.drop(kind)
        await prepared.write(kind, **codes)

    async def repair(prepared: Return) -> None:
        await prepared.drop(kind)
        if kind in GOOD:
            await prepared.write(kind)

    return spoil, repair


async def rows(prepared: Return, model: type[CasePerson | CaseRecord]) -> int:
    found = await prepared.scene.session.scalars(select(model.id).where(model.case_id == prepared.told.case.id))
    return len(found.all())


def months_ago(months: int) -> date:
    return clock.today() - timedelta(days=31 * months)
