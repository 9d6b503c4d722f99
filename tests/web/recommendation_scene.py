"""Recommendations for the permission tables and pages: a draft and an issued one of the monitors with accounts."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from permission_rules import RECOMMENDERS
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import OrganisationKind
from access.rules import Role
from access.staff import create_organisation
from foundation import clock
from monitoring.recommendation_rules import Theme
from monitoring.recommendations import Wording, issue, write_recommendation
from tests.monitoring.releasing import release

MINE = {
    "text": "Train escorts.",
    "theme": "treatment",
    "addressee": "Ministry",
    "answer_by": "2035-01-01",
    "due_on": "2035-06-01",
}


async def add_recommendations(session: AsyncSession, monitor: Actor, operator_id: UUID) -> dict[str, dict[str, str]]:
    """`draft` and `issued`: to the operator; `other`: issued by another body to an authority without accounts."""
    strangers = create_organisation(session, "Other monitors", OrganisationKind.MONITOR)
    await session.flush()
    other = Actor(monitor.id, Role.MONITOR, strangers.id)
    made = {}
    for name, actor, addressee_id in (
        ("issued", monitor, operator_id),
        ("draft", monitor, operator_id),
        ("other", other, None),
    ):
        wording = Wording(
            text="Give notice.",
            theme=Theme.NOTICE,
            answer_by=clock.today() + timedelta(days=30),
            due_on=clock.today() + timedelta(days=90),
            addressee_id=addressee_id,
            addressee="" if addressee_id else "Ministry",
        )
        one = await write_recommendation(session, wording, actor=actor)
        await session.flush()
        if name != "draft":
            await issue(session, one.id, actor=actor)
        made[name] = {"recommendation_id": str(one.id)}
    return made


def ways_to_recommendations(
    scene: dict[str, dict[str, str]], address: str, who: Role | None
) -> list[tuple[dict[str, str], bool]]:
    """A draft where one is written, an issued one where something is said about it; others look missing."""
    hidden = [({"recommendation_id": str(uuid4())}, False), (scene["other"], False)]
    if address.endswith(("{recommendation_id}", "/edit", "/issue", "/drop")):
        return [*hidden, (scene["draft"], who in RECOMMENDERS)]
    return [*hidden, (scene["issued"], True)]


async def publish(session: AsyncSession, monitor: Actor, quarter: date) -> int:
    """A release that another than the monitor with an account has approved."""
    made = await release(session, quarter, monitor, Actor(uuid4(), Role.MONITOR))
    return made.number
