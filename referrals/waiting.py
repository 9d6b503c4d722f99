"""Referrals as lines of *Today*: one has ended with its need still open, or two words stand against each other."""

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor
from access.rules import Permission
from cases.models import Need
from cases.rules import NeedStatus
from cases.waiting import MOST, Source, Waiting, in_open_case, mine_or_nobodys, number_of
from foundation.language import Message, _
from referrals.models import Referral, ReferralWord
from referrals.rules import OPEN_STATES, ReferralState

_WHY: dict[ReferralState, Message] = {
    ReferralState.DECLINED: _("A partner declined a referral, and the need is still open"),
    ReferralState.EXPIRED: _("A partner did not answer a referral in time"),
    ReferralState.UNSUCCESSFUL: _("A service ended without success, and the need is still open"),
    ReferralState.COMPLETED: _("A service is completed: is the need met?"),
}


async def referrals_ended(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """The newest referral for a need that is still open, when it has ended. Settle the need, or refer again."""
    later = aliased(Referral)
    goes_on = exists().where(
        later.case_id == Referral.case_id,
        later.need_kind == Referral.need_kind,
        later.id != Referral.id,
        later.state.in_(OPEN_STATES) | (later.created_at > Referral.created_at),
    )
    still_open = exists().where(
        Need.case_id == Referral.case_id, Need.kind == Referral.need_kind, Need.status == NeedStatus.OPEN
    )
    since = func.coalesce(Referral.answered_at, Referral.due_at, Referral.created_at)
    rows = await session.execute(
        select(Referral.case_id, number_of(Referral.case_id), Referral.state, since)
        .where(
            Referral.state.in_(_WHY),
            in_open_case(actor, Referral.case_id, mine_or_nobodys(actor)),
            still_open,
            ~goes_on,
        )
        .order_by(since, Referral.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(Source.REFERRAL, case_id, number, _WHY[state], moment, place="#referrals")
        for case_id, number, state, moment in rows
    ]


async def words_in_dispute(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Where a partner and a person say opposite things of a service that has ended."""
    if not actor.may(Permission.REFERRAL_SETTLE):
        return []
    rows = await session.execute(
        select(
            ReferralWord.case_id, number_of(ReferralWord.case_id), ReferralWord.referral_id, ReferralWord.disputed_at
        )
        .where(
            ReferralWord.disputed_at.is_not(None),
            ReferralWord.settlement.is_(None),
            in_open_case(actor, ReferralWord.case_id),
        )
        .order_by(ReferralWord.disputed_at, ReferralWord.referral_id)
        .limit(MOST + 1)
    )
    why = _("A partner and the person say different things about a service")
    return [
        Waiting(Source.REFERRAL, case_id, number, why, since, place=f"/referrals/{referral_id}", is_worry=True)
        for case_id, number, referral_id, since in rows
        if since is not None
    ]
