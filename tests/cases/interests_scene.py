"""A child of a case whose best interests are determined: officers who prepare it, and a panel that decides."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from case_scene import Scene, Told
from sqlalchemy import select

from access.actor import Actor
from access.rules import Role
from cases.best_interests import open_determination, record_child_informed, seat_member, write_report
from cases.determinations import REPORT_FIELDS, find_determination
from cases.gates import Found
from cases.household import add_person
from cases.models import Task
from cases.panel import decide, declare, give_opinion
from cases.return_gate import report_of
from cases.rules import TaskKind
from cases.safeguard_models import BestInterests, CasePerson, PanelMember
from cases.safeguard_rules import Age, BidDecision, BidTrigger, PanelBody, Relation
from foundation import clock

BODIES = (PanelBody.CHILD_PROTECTION, PanelBody.UN_OR_NGO, PanelBody.JUSTICE)
REPORT = {name: f"Words about {name}" for name in REPORT_FIELDS}
RETURN, STAY = BidDecision.RETURN, BidDecision.STAY


@dataclass
class Interests:
    scene: Scene
    told: Told
    child: CasePerson
    officer: Actor
    determination_id: UUID
    panel: list[Actor] = field(default_factory=list)

    async def found(self) -> BestInterests:
        return await find_determination(self.scene.session, self.told.case, self.determination_id)

    async def reopen(self, trigger: BidTrigger = BidTrigger.NEW_FACTS) -> None:
        opened = await open_determination(
            self.scene.session, self.told.case, self.child.id, trigger, actor=self.officer
        )
        self.determination_id, self.panel = opened.id, []

    async def write(self, report: dict[str, str] = REPORT) -> None:
        await write_report(self.scene.session, self.told.case, self.determination_id, report, actor=self.officer)

    async def newcomer(self) -> Actor:
        """A member of panels who does not sit on this one."""
        member = self.scene.add_staff(Role.PANEL_MEMBER, self.scene.operator)
        await self.scene.session.flush()
        return member

    async def seat(self, body: PanelBody, who: Actor | None = None) -> Actor:
        member = who or await self.newcomer()
        await seat_member(
            self.scene.session, self.told.case, self.determination_id, member.id, body, actor=self.officer
        )
        await self.scene.session.flush()
        self.panel.append(member)
        return member

    async def sit(self, *bodies: PanelBody) -> None:
        """Seat one member of each body, none of them with a conflict."""
        for body in bodies or BODIES:
            await self.declare(await self.seat(body))

    async def seat_of(self, member: Actor) -> PanelMember:
        found = await self.scene.session.scalars(
            select(PanelMember).where(
                PanelMember.best_interests_id == self.determination_id, PanelMember.staff_id == member.id
            )
        )
        return found.one()

    async def declare(self, member: Actor, *, has_conflict: bool = False) -> None:
        await declare(self.scene.session, self.determination_id, has_conflict=has_conflict, actor=member)

    async def opine(self, *opinions: BidDecision) -> None:
        for member, opinion in zip(self.panel, opinions, strict=True):
            await give_opinion(self.scene.session, self.determination_id, opinion, "Because.", actor=member)

    async def decide(self, *opinions: BidDecision) -> BidDecision:
        await self.opine(*opinions)
        decision = await decide(self.scene.session, self.determination_id, "Weighed with care.", actor=self.panel[0])
        await self.scene.session.flush()
        return decision

    async def ready(self) -> None:
        """A report and a panel of three that has declared and not yet given its opinions."""
        await self.write()
        await self.sit()

    async def tell_child(self, *, understood: bool = True, in_days: int = 0) -> None:
        on = clock.today() + timedelta(days=in_days)
        await record_child_informed(
            self.scene.session, self.told.case, self.determination_id, on, understood=understood, actor=self.officer
        )

    async def rule(self, rule_id: str) -> Found:
        """What the gate finds about the child."""
        report = await report_of(self.scene.session, self.told.case, None)
        (finding,) = [each for each in report.about(self.child.id) if each.rule.id == rule_id]
        return finding.found

    async def open_tasks(self, kind: TaskKind) -> list[str]:
        """The reasons of the open tasks of a kind, up to the id that each ends with."""
        found = await self.scene.session.scalars(
            select(Task.reason).where(Task.case_id == self.told.case.id, Task.kind == kind, Task.done_at.is_(None))
        )
        return sorted(reason.partition(".")[0] for reason in found)


async def add_interests(scene: Scene) -> Interests:
    """A determination just opened about a child who travels with their mother's case."""
    told = await scene.tell()
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    child = await add_person(scene.session, told.case, Relation.CHILD, Age.CHILD, "Musa", travels=True, actor=officer)
    await scene.session.flush()
    opened = await open_determination(scene.session, told.case, child.id, BidTrigger.DURABLE_SOLUTION, actor=officer)
    await scene.session.flush()
    return Interests(scene, told, child, officer, opened.id)
