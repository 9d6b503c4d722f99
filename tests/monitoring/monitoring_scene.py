"""A monitoring body with two monitors, an operator, a partner, and facts enough to publish a quarter."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from foundation import clock
from monitoring import recommendations
from monitoring.models import Release
from monitoring.recommendation_models import Recommendation
from monitoring.recommendation_rules import Theme
from monitoring.recommendations import Wording
from tests.monitoring.releasing import QUARTER, opened, release


@dataclass
class Body:
    session: AsyncSession
    operator: Organisation
    partner: Organisation
    monitors: Organisation
    monitor: Actor
    second: Actor
    watcher: Actor
    supervisor: Actor
    provider: Actor

    def wording(self, text: str = "Give notice of every return.", **changes: object) -> Wording:
        today = clock.today()
        given: dict[str, object] = {
            "theme": Theme.NOTICE,
            "addressee_id": self.operator.id,
            "answer_by": today + timedelta(days=60),
            "due_on": today + timedelta(days=180),
        }
        return Wording(text=text, **given | changes)  # type: ignore[arg-type]

    async def draft(self, text: str = "Give notice of every return.", **changes: object) -> UUID:
        made = await recommendations.write_recommendation(
            self.session, self.wording(text, **changes), actor=self.monitor
        )
        await self.session.flush()
        return made.id

    async def issued(self, text: str = "Give notice of every return.", **changes: object) -> Recommendation:
        return await recommendations.issue(self.session, await self.draft(text, **changes), actor=self.monitor)

    def add_facts(self, quarter: date = QUARTER, *, women: int = 30, men: int = 40) -> None:
        for sex, count in (("female", women), ("male", men)):
            self.session.add_all(opened(count, quarter, sex=sex))

    async def published(self, quarter: date = QUARTER) -> Release:
        return await release(self.session, quarter, self.monitor, self.second)


async def build_body(session: AsyncSession) -> Body:
    kinds = (OrganisationKind.OPERATOR, OrganisationKind.PARTNER, OrganisationKind.MONITOR)
    operator, partner, monitors = (Organisation(id=uuid4(), name=f"The {kind}", kind=kind) for kind in kinds)
    session.add_all([operator, partner, monitors])
    await session.flush()

    def member(role: Role, organisation: Organisation, name: str) -> Actor:
        staff_id = uuid4()
        session.add(
            StaffMember(
                id=staff_id,
                email=f"{staff_id.hex}@example.org",
                name=name,
                role=role,
                organisation_id=organisation.id,
                language="en",
                password_hash="",
                created_at=clock.now(),
            )
        )
        return Actor(staff_id, role, organisation.id)

    body = Body(
        session,
        operator,
        partner,
        monitors,
        member(Role.MONITOR, monitors, "Nadia Ben Youssef"),
        member(Role.MONITOR, monitors, "Karim Saidi"),
        member(Role.RETURN_MONITOR, monitors, "Amadou Sarr"),
        member(Role.SUPERVISOR, operator, "Awa Njie"),
        member(Role.PARTNER, partner, "Fatou Darboe"),
    )
    await session.flush()
    return body
