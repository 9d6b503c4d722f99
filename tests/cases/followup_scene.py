"""What the tests of follow-up share: someone who is back, and what became of the waves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from case_scene import Scene, Told
from sqlalchemy import select

from bot.models import Chat
from cases.fact_models import Fact
from cases.fact_rules import Thing
from cases.followup_rounds import ask_due
from cases.followup_steps import follow_ups_of
from cases.models import Case, FollowUp, Task
from cases.rules import (
    FollowUpState,
    TaskKind,
)
from foundation import clock
from foundation.audit import AuditEntry
from foundation.outbox import OutboxRow
from questionnaire.sheet import Answer
from referrals.facts import refresh

OPENED = datetime(2026, 1, 31, 12, tzinfo=UTC)
BACK: dict[str, Answer] = {"back_already": "yes"}
CODES = ["day_3", "day_14", "day_30", "month_3", "month_6", "month_12", "month_18"]
PLANNED, ASKED, DONE = FollowUpState.PLANNED, FollowUpState.ASKED, FollowUpState.DONE
REFUSED, UNREACHABLE, CLOSED = FollowUpState.REFUSED, FollowUpState.UNREACHABLE, FollowUpState.CLOSED


async def returned(scene: Scene, arrival: dict[str, Answer] | None = None) -> Told:
    """Someone who has said at noon of the last day of January that they are back, and sent all that everyone sends."""
    with clock.moved_to(OPENED):
        told = await scene.tell(BACK | (arrival or {}), needs={"family": "no"})
        key = told.key
        scene.session.add(
            Chat(
                subject_id=key.subject_id,
                fingerprint=key.subject_id.hex,
                address=key.seal(Chat.address, key.subject_id, 1),
                language="en",
                place={},
                case_id=told.case.id,
                created_at=OPENED,
                seen_at=OPENED,
            )
        )
        await scene.session.flush()
        return told


async def at(scene: Scene, *, days: float = 0, hour: int = 12) -> int:
    """A round of the worker so many days after the opening."""
    with clock.moved_to(OPENED.replace(hour=hour) + timedelta(days=days)):
        looked_at = await ask_due(scene.session)
        await scene.session.flush()
        return looked_at


async def waves_by_code(scene: Scene, told: Told) -> dict[str, FollowUp]:
    await scene.session.flush()
    return {each.wave: each for each in await follow_ups_of(scene.session, told.case.id)}


async def asked(scene: Scene, told: Told) -> list[OutboxRow]:
    """The questions that went out to this person, in order."""
    rows = await scene.session.scalars(
        select(OutboxRow)
        .where(OutboxRow.subject_id == told.key.subject_id, OutboxRow.dedupe_key.startswith("followup:"))
        .order_by(OutboxRow.position)
    )
    return list(rows)


async def events(scene: Scene, told: Told, name: str) -> list[dict[str, Any]]:
    entries = await scene.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_id == told.case.id, AuditEntry.event == f"followup.{name}")
        .order_by(AuditEntry.id)
    )
    return [entry.facts for entry in entries]


async def answer(scene: Scene, told: Told, form: str, days: float, answers: dict[str, Answer] | None = None) -> None:
    with clock.moved_to(OPENED + timedelta(days=days)):
        await scene.submit(told, form, answers or {})


async def outcomes(scene: Scene) -> dict[str, str]:
    """What is counted, by wave."""
    await refresh(scene.session, await scene.session.scalars(select(Case.id)))
    facts = await scene.session.scalars(
        select(Fact).where(Fact.thing == Thing.FOLLOW_UP).execution_options(populate_existing=True)
    )
    return {fact.kind: fact.outcome for fact in facts}


async def tasks(scene: Scene, told: Told) -> list[tuple[TaskKind, str]]:
    found = await scene.session.scalars(select(Task).where(Task.case_id == told.case.id).order_by(Task.kind))
    return [(task.kind, task.reason) for task in found]
