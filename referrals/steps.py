"""Moving a referral: one setter, so that the state and the audit log never tell different stories."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.messages import person_of, tell
from cases.models import Case
from foundation import audit
from foundation.errors import Conflict
from foundation.language import _
from referrals.deletion import ask_deletion
from referrals.models import Disclosure, Referral, Service
from referrals.rules import (
    FINISHED_STATES,
    OPEN_STATES,
    REFERRAL_STEPS,
    TAKEN_BACK_STATES,
    DeclineReason,
    ReferralState,
)


async def find_to_change(session: AsyncSession, *conditions: ColumnElement[bool]) -> Referral | None:
    """The one referral that matches, locked until the transaction ends: a partner and a person may act at once."""
    return await session.scalar(
        select(Referral).where(*conditions).with_for_update(), execution_options={"populate_existing": True}
    )


async def step(
    session: AsyncSession,
    referral: Referral,
    state: ReferralState,
    *,
    reason: DeclineReason | None = None,
    actor: Actor,
) -> None:
    """Move along REFERRAL_STEPS. Raises Conflict for a step that does not exist.

    In a final state nobody may read what was shared, so it is no longer kept.
    """
    if state not in REFERRAL_STEPS[referral.state]:
        raise Conflict(_("This is no longer possible: the request has moved on. Please look at it again."))
    referral.state = state
    referral.reason = reason
    if state not in OPEN_STATES:
        referral.disclosed = None
    if state in TAKEN_BACK_STATES:
        await ask_deletion(session, Disclosure.referral_id == referral.id)
    if state in FINISHED_STATES:
        done = int(state is ReferralState.COMPLETED)
        counted = update(Service).where(Service.id == referral.service_id)
        await session.execute(counted.values(finished=Service.finished + 1, completed=Service.completed + done))
    audit.record(
        session, actor.id, "referral.moved", referral.case_id, referral=referral.id, state=state, reason=reason
    )


async def tell_news(session: AsyncSession, case: Case) -> None:
    """Tell the person that something happened, and nothing else: others may read the same phone."""
    news = _("There is news about your request. Open Homeward's menu, “My case”, to read it.")
    await tell(session, await person_of(session, case), news)
