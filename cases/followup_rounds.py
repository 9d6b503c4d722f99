"""Asking: the worker goes through the waves that are due, and asks, waits or gives up. One case at a time."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from cases.consent import has_data_consent
from cases.followup_steps import LIVE, close, form_of, is_too_late, move
from cases.hours import zone_of
from cases.linking import has_chat
from cases.messages import person_of, tell
from cases.models import Case, FollowUp
from cases.requests import request_form
from cases.rules import CaseStatus, FollowUpState, TaskKind
from cases.sheets import newest
from cases.tasks import open_task
from cases.waves import Step, Wave, next_step, waves_in_force
from foundation import audit, clock
from foundation.errors import NotFound
from foundation.language import _, _p

log = structlog.get_logger()

AT_ONCE = 50
"""Waves taken up in one round of the worker."""
AFTER_A_FAULT = timedelta(hours=1)

# Translators: the buttons under "Do you have a few minutes?". Neutral: others may read the phone.
NOW = _p("button", "▶️ Answer now")
LATER = _p("button", "🕓 Later")
NO_MORE = _p("button", "✋ Do not ask me any more")


async def ask_due(session: AsyncSession) -> int:
    """The worker's part: ask, wait or give up wherever it is time; returns how many waves were looked at."""
    due = await session.execute(
        select(FollowUp.id, FollowUp.case_id)
        .where(FollowUp.state.in_(LIVE), FollowUp.next_at <= clock.now())
        .order_by(FollowUp.next_at, FollowUp.id)
        .limit(AT_ONCE)
    )
    rows = due.all()
    for follow_up_id, case_id in rows:
        try:
            async with session.begin_nested():
                await _take_up(session, follow_up_id, case_id)
        except Exception as error:  # noqa: BLE001  # one case must not keep the others from being asked
            log.warning("follow_up_failed", error=type(error).__name__)
            later = clock.now() + AFTER_A_FAULT
            await session.execute(update(FollowUp).where(FollowUp.id == follow_up_id).values(next_at=later))
    return len(rows)


async def _take_up(session: AsyncSession, follow_up_id: UUID, case_id: UUID) -> None:
    """The case is locked first, as everywhere; whoever holds it is changing it, and the next round is soon."""
    case = await session.scalar(select(Case).where(Case.id == case_id).with_for_update(skip_locked=True))
    row = await session.get(FollowUp, follow_up_id, with_for_update=True, populate_existing=True)
    if case is None or row is None or row.state not in LIVE or row.next_at is None or row.next_at > clock.now():
        return
    wave = waves_in_force().find(case.country, row.wave)
    obstacle = await _obstacle(session, case, row, wave)
    if obstacle is not None:
        await close(session, case, row, obstacle, actor=SYSTEM)
        return
    step, row.next_at = next_step(row.attempts, clock.now(), zone_of(case.country))
    if step is Step.GIVE_UP:
        await _give_up(session, case, row)
    elif step is Step.ASK and wave is not None:
        await _ask(session, case, row, wave)


async def _obstacle(session: AsyncSession, case: Case, row: FollowUp, wave: Wave | None) -> str | None:
    """Why nobody is to be asked at all, as a code; None if nothing stands against it."""
    if case.status is not CaseStatus.OPEN or case.person_id is None:
        return "case_closed"
    if not await has_data_consent(session, case.person_id):
        return "consent_withdrawn"
    if wave is None:
        return "no_form"
    today = clock.now().astimezone(zone_of(case.country)).date()
    if row.state is FollowUpState.PLANNED and is_too_late(wave, row.due_on, today):
        return "too_late"
    return None


async def _ask(session: AsyncSession, case: Case, row: FollowUp, wave: Wave) -> None:
    """Ask in the chat; the form then waits in the menu. A stopped chat counts as an attempt and is not told.

    Whoever has no chat, such as someone whose case staff opened, is asked by a person: the wave stays as it is until
    they have done so, or its time has passed.
    """
    person = await person_of(session, case)
    if not await has_chat(session, person.id):
        row.attempts += row.state is FollowUpState.ASKED  # what staff have begun by phone is given up in time
        await open_task(session, case, TaskKind.UNREACHABLE, row.wave, actor=SYSTEM)
        return
    form = await form_of(session, case, wave)
    try:
        can_be_asked = not (await newest(session, form)).for_staff
    except NotFound:
        can_be_asked = False
    if not can_be_asked:
        await close(session, case, row, "no_form", actor=SYSTEM)
        return
    move(row, FollowUpState.ASKED)
    row.attempts += 1
    facts = {"follow_up": row.id, "wave": row.wave, "attempt": row.attempts}
    if case.unreachable_at is not None:
        audit.record(session, SYSTEM.id, "followup.skipped", case.id, reason="chat_stopped", **facts)
        return
    await request_form(session, case, form, requested_by=None)
    await tell(
        session,
        person,
        _("Hello. Do you have a few minutes for some short questions? You choose what you answer."),
        buttons=[(NOW, f"f.now:{row.id.hex}"), (LATER, f"f.later:{row.id.hex}"), (NO_MORE, f"f.no:{row.id.hex}")],
        dedupe_key=f"followup:{row.id}:{row.attempts}",
    )
    audit.record(session, SYSTEM.id, "followup.asked", case.id, **facts)


async def _give_up(session: AsyncSession, case: Case, row: FollowUp) -> None:
    move(row, FollowUpState.UNREACHABLE)
    audit.record(session, SYSTEM.id, "followup.unreachable", case.id, follow_up=row.id, wave=row.wave)
    await open_task(session, case, TaskKind.UNREACHABLE, row.wave, actor=SYSTEM)
