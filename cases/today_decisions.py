"""What stands in *Today* because it waits for the decision or the eyes of someone who did not begin it."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased, load_only

from access.actor import Actor
from access.rules import Permission
from cases.access_models import BrokenGlass
from cases.casework_models import CaseTransfer, Closing
from cases.casework_rules import ClosingState, TransferState
from cases.models import Case
from cases.plan_models import Plan
from cases.plan_rules import PlanState
from cases.plan_steps import is_own_work
from cases.queries import visible_cases
from cases.safeguard_models import GateOverride, GatePassage, ReturnJourney
from cases.safeguard_rules import BEFORE_DEPARTURE, Step
from cases.waiting import MOST, Finding, Source, Waiting, in_open_case, mine_or_nobodys, number_of, written
from foundation import clock
from foundation.language import Message, _

_NOT_TAKEN: dict[TransferState, Message] = {
    TransferState.OFFERED: _("Another organisation has nearly run out of time to say whether it takes over the case"),
    TransferState.EXPIRED: _("Another organisation did not answer in time whether it takes over the case"),
    TransferState.DECLINED: _("Another organisation does not take over the case"),
}


async def closings_to_approve(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Requests of others to close a case."""
    if not actor.may(Permission.CASE_APPROVE_CLOSING):
        return []
    rows = await session.execute(
        select(Closing.case_id, number_of(Closing.case_id), Closing.requested_at)
        .where(
            Closing.state == written(ClosingState.REQUESTED, Closing.state),
            Closing.requested_by != actor.id,
            in_open_case(actor, Closing.case_id),
        )
        .order_by(Closing.requested_at, Closing.id)
        .limit(MOST + 1)
    )
    why = _("A request to close the case waits for your approval")
    return [Waiting(Source.APPROVAL, case_id, number, why, since, place="/closing") for case_id, number, since in rows]


async def plans_to_approve(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Plans that wait for a second person."""
    if not actor.may(Permission.PLAN_APPROVE):
        return []
    rows = await session.execute(
        select(Plan, number_of(Plan.case_id))
        .where(Plan.state == PlanState.PENDING, in_open_case(actor, Plan.case_id))
        .order_by(Plan.submitted_at, Plan.id)
        .limit(MOST + 1)
        .options(load_only(Plan.case_id, Plan.submitted_at, Plan.author_id, Plan.submitted_by, Plan.writers))
    )
    why = _("A plan waits for your approval")
    return [
        Waiting(Source.APPROVAL, plan.case_id, number, why, plan.submitted_at or clock.now(), place="/plan")
        for plan, number in rows
        if not is_own_work(plan, actor)
    ]


async def overrides_to_confirm(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Requests of others to set a rule that protects a child aside, for a return that can still be stopped."""
    if not actor.may(Permission.GATE_CONFIRM_OVERRIDE):
        return []
    prepared = exists().where(ReturnJourney.id == GateOverride.journey_id, ReturnJourney.step.in_(BEFORE_DEPARTURE))
    rows = await session.execute(
        select(
            GateOverride.case_id,
            number_of(GateOverride.case_id),
            GateOverride.rule,
            GateOverride.about_id,
            GateOverride.asked_at,
        )
        .where(
            GateOverride.confirmed_at.is_(None),
            GateOverride.asked_by != actor.id,
            prepared,
            in_open_case(actor, GateOverride.case_id),
        )
        .order_by(GateOverride.asked_at, GateOverride.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(
            Source.APPROVAL,
            case_id,
            number,
            # Translators: {rule} is the id of a rule that protects a child, such as C9.
            _("Setting rule {rule} aside waits for a second person").of(rule=rule),
            since,
            place=f"/safeguards#person-{about_id}",
            is_worry=True,
        )
        for case_id, number, rule, about_id, since in rows
    ]


async def returns_to_clear(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Returns whose arrangements stand, and that the actor prepared no part of. Since they were arranged."""
    if not actor.may(Permission.RETURN_CLEAR):
        return []
    rows = await session.execute(
        select(ReturnJourney.case_id, number_of(ReturnJourney.case_id), GatePassage.passed_at)
        .join(GatePassage, GatePassage.id == ReturnJourney.passage_id)
        .where(
            ReturnJourney.step == written(Step.ARRANGED, ReturnJourney.step),
            ReturnJourney.arranged_by != actor.id,
            ReturnJourney.begun_by != actor.id,
            in_open_case(actor, ReturnJourney.case_id),
        )
        .order_by(GatePassage.passed_at, ReturnJourney.id)
        .limit(MOST + 1)
    )
    why = _("A return is arranged: see whether the travel can be cleared")
    return [Waiting(Source.APPROVAL, case_id, number, why, since, place="/return") for case_id, number, since in rows]


async def transfers_offered(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Cases that another organisation offers: of each no more than its number may be known yet."""
    if not actor.may(Permission.CASE_TAKE_OVER):
        return []
    rows = await session.execute(
        select(CaseTransfer.case_id, number_of(CaseTransfer.case_id), CaseTransfer.offered_at, CaseTransfer.due_at)
        .where(
            CaseTransfer.to_organisation_id == actor.organisation_id,
            CaseTransfer.state == written(TransferState.OFFERED, CaseTransfer.state),
        )
        .order_by(CaseTransfer.due_at, CaseTransfer.id)
        .limit(MOST + 1)
    )
    why = _("Another organisation offers this case to yours")
    return [
        Waiting(Source.TRANSFER, case_id, number, why, offered or clock.now(), due, page="/transfers")
        for case_id, number, offered, due in rows
    ]


async def transfers_unanswered(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Cases of ours that another organisation has nearly run out of time to take over, or did not take over.

    The second until somebody has seen the case, or asks anew. To whoever has the case, and to all who may hand it over.
    """
    later = aliased(CaseTransfer)
    newest = ~exists().where(later.case_id == CaseTransfer.case_id, later.asked_at > CaseTransfer.asked_at)
    mine = true() if actor.may(Permission.CASE_TRANSFER) else mine_or_nobodys(actor)
    runs_out = (CaseTransfer.state == TransferState.OFFERED) & CaseTransfer.remind_at.is_(None)
    has_ended = CaseTransfer.state.in_([TransferState.EXPIRED, TransferState.DECLINED])
    unseen = in_open_case(actor, CaseTransfer.case_id, mine, Case.attention_at.is_not(None))
    rows = await session.execute(
        select(CaseTransfer, number_of(CaseTransfer.case_id))
        .where(
            CaseTransfer.from_organisation_id == actor.organisation_id,
            (runs_out & in_open_case(actor, CaseTransfer.case_id, mine)) | (has_ended & newest & unseen),
        )
        .order_by(CaseTransfer.due_at, CaseTransfer.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(
            Source.TRANSFER,
            each.case_id,
            number,
            _NOT_TAKEN[each.state],
            each.settled_at or each.offered_at or each.asked_at,
            None if each.settled_at else each.due_at,
            place="/transfer" if actor.may(Permission.CASE_TRANSFER) else "",
        )
        for each, number in rows
    ]


async def openings_to_read(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Cases that colleagues opened in an emergency, and whose reason nobody has read yet."""
    if not actor.may(Permission.GLASS_REVIEW):
        return []
    rows = await session.execute(
        select(BrokenGlass.case_id, number_of(BrokenGlass.case_id), BrokenGlass.opened_at)
        .where(
            BrokenGlass.reviewed_at.is_(None),
            BrokenGlass.staff_id != actor.id,
            _visible(actor, BrokenGlass.case_id),
        )
        .order_by(BrokenGlass.opened_at, BrokenGlass.id)
        .limit(MOST + 1)
    )
    why = _("A colleague opened this case in an emergency: read why")
    return [
        Waiting(Source.OPENING, case_id, number, why, since, page="/break-glass", is_worry=True)
        for case_id, number, since in rows
    ]


def _visible(actor: Actor, case_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    return exists(visible_cases(actor).where(Case.id == case_id).with_only_columns(Case.id))


DECISIONS: tuple[Finding, ...] = (
    closings_to_approve,
    plans_to_approve,
    overrides_to_confirm,
    returns_to_clear,
    transfers_offered,
    transfers_unanswered,
    openings_to_read,
)
