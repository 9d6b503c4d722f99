"""Lines of *Today* from this floor: what became of referrals, what a partner owes us, jobs and courses found."""

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor
from access.rules import Permission
from cases.models import Case, Need
from cases.queries import visible_cases
from cases.rules import NeedStatus
from cases.waiting import MOST, Finding, Source, Waiting, in_open_case, mine_or_nobodys, number_of
from foundation import clock
from foundation.language import Message, _, _n
from referrals.agreements import in_force
from referrals.deletion import CONFIRMED_WITHIN, is_overdue
from referrals.models import Disclosure, Referral, ReferralWord, Service
from referrals.opening_models import OpeningMatch, OpeningOutcome
from referrals.opening_rules import SAME
from referrals.partner_models import Agreement, AgreementPurpose
from referrals.rules import AWAITING_STATES, OPEN_STATES, ReferralState

_WHY: dict[ReferralState, Message] = {
    ReferralState.DECLINED: _("A partner declined a referral, and the need is still open"),
    ReferralState.EXPIRED: _("A partner did not answer a referral in time"),
    ReferralState.UNSUCCESSFUL: _("A service ended without success, and the need is still open"),
    ReferralState.COMPLETED: _("A service is completed: is the need met?"),
}
_RUNS_OUT = _("A partner has nearly run out of time to answer a referral")
_NOT_AGREED = _("A partner’s agreement has ended: take the referral back, or have the agreement renewed")


async def referrals_ended(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """The newest referral for a need that is still open, when it has ended. Settle the need, or refer again.

    What no partner has answered in time also reaches the supervisor, whoever has the case.
    """
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
            in_open_case(actor, Referral.case_id, _mine(actor, Referral.state == ReferralState.EXPIRED)),
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
        Waiting(Source.REFERRAL, case_id, number, why, since, place=f"/referrals/{referral_id}", is_dispute=True)
        for case_id, number, referral_id, since in rows
        if since is not None
    ]


async def referrals_stuck(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Open ones that a partner can answer no more, or hardly in time: call it, or look for another.

    Its agreement has ended; or it was reminded for the last time.
    """
    is_agreed = exists().where(
        Agreement.organisation_id == Referral.organisation_id,
        AgreementPurpose.agreement_id == Agreement.id,
        AgreementPurpose.kind == Service.kind,
        in_force(clock.today()),
    )
    runs_out = and_(Referral.state.in_(AWAITING_STATES), Referral.remind_at.is_(None))
    since = func.coalesce(Referral.sent_at, Referral.created_at)
    rows = await session.execute(
        select(Referral.case_id, number_of(Referral.case_id), since, Referral.due_at, is_agreed)
        .join(Service, Service.id == Referral.service_id)
        .where(
            Referral.state.in_(OPEN_STATES),
            in_open_case(actor, Referral.case_id, mine_or_nobodys(actor)),
            or_(~is_agreed, runs_out),
        )
        .order_by(since, Referral.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(
            Source.REFERRAL,
            case_id,
            number,
            _RUNS_OUT if agreed else _NOT_AGREED,
            at,
            due_at if agreed else None,
            place="#referrals",
        )
        for case_id, number, at, due_at, agreed in rows
    ]


async def deletions_unconfirmed(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """For the supervisor: a partner was told to delete what it held, and has not said in time that it has."""
    if not actor.may(Permission.DASHBOARD_READ):
        return []
    why = _("A partner has not confirmed that it has deleted what was shared")
    seen = exists(visible_cases(actor).where(Case.id == Disclosure.case_id).with_only_columns(Case.id))
    rows = await session.execute(
        select(Disclosure.case_id, number_of(Disclosure.case_id), Disclosure.delete_asked_at)
        # Of an erased case there is no page: those stand with the partner's agreements.
        .where(is_overdue(), Disclosure.consent_id.is_not(None), seen)
        .order_by(Disclosure.delete_asked_at, Disclosure.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(Source.REFERRAL, case_id, number, why, at, at + CONFIRMED_WITHIN, place="#referrals")
        for case_id, number, at in rows
        if at is not None
    ]


def _mine(actor: Actor, also: ColumnElement[bool]) -> ColumnElement[bool]:
    """The actor's own case or nobody's; for a supervisor every case of which `also` is true."""
    return or_(mine_or_nobodys(actor), also) if actor.may(Permission.DASHBOARD_READ) else mine_or_nobodys(actor)


async def openings_found(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """One line for all: people of the actor's own for whom there is something in their very occupation, untold yet."""
    rows = await session.execute(
        select(Case.id, Case.number, Case.opened_at)
        .where(
            Case.owner_id == actor.id,
            exists().where(OpeningMatch.case_id == Case.id, *untold()),
            in_open_case(actor, Case.id),
        )
        .order_by(Case.opened_at, Case.id)
        .limit(MOST + 1)
    )
    found = rows.all()
    if not found:
        return []
    why = _n(
        "A job or course in the person’s own occupation",
        "Jobs and courses in their own occupation, for {count} people in all",
    ).of(count=len(found))
    case_id, number, since = found[0]
    return [Waiting(Source.MATCH, case_id, number, why, since, page="/openings")]


def untold() -> tuple[ColumnElement[bool], ...]:
    """A match in the person's own occupation, of which nothing has been noted."""
    noted = exists().where(
        OpeningOutcome.case_id == OpeningMatch.case_id,
        or_(OpeningOutcome.vacancy_id == OpeningMatch.vacancy_id, OpeningOutcome.course_id == OpeningMatch.course_id),
    )
    return OpeningMatch.nearness == SAME, ~noted


SOURCES: tuple[Finding, ...] = (
    referrals_ended,
    referrals_stuck,
    deletions_unconfirmed,
    words_in_dispute,
    openings_found,
)
