"""Needs: found by rules in what a person says, with an urgency; staff say when they are met."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.models import Case, Need
from cases.rules import URGENCY_ORDER, NeedKind, NeedStatus, Urgency
from cases.safeguarding import holds
from foundation import audit, clock
from foundation.errors import NotFound
from foundation.language import _
from questionnaire.expressions import Expression, compile_expression
from questionnaire.sheet import Answers


@dataclass(frozen=True, slots=True)
class NeedRule:
    kind: NeedKind
    urgency: Urgency
    sheet_id: str
    when: Expression


def _rule(kind: NeedKind, urgency: Urgency, when: str, sheet_id: str = "needs") -> NeedRule:
    return NeedRule(kind, urgency, sheet_id, compile_expression(when))


NEED_RULES: tuple[NeedRule, ...] = (
    _rule(NeedKind.SHELTER, Urgency.EMERGENCY, "${place_tonight} = 'no' or ${place_tonight} = 'unsafe'"),
    _rule(NeedKind.HEALTH, Urgency.EMERGENCY, "${health} = 'urgent'"),
    _rule(NeedKind.HEALTH, Urgency.NORMAL, "${health} = 'some'"),
    _rule(NeedKind.SAFETY, Urgency.EMERGENCY, "${forced_work} = 'yes'"),
    _rule(NeedKind.SAFETY, Urgency.URGENT, "${fear} = 'yes' or ${debt_to} = 'smuggler' or ${debt_to} = 'recruiter'"),
    _rule(NeedKind.DOCUMENTS, Urgency.NORMAL, "${documents} != '' and not(selected(${documents}, 'none'))"),
    _rule(NeedKind.FAMILY, Urgency.NORMAL, "${family} = 'yes'"),
    _rule(NeedKind.INCOME, Urgency.URGENT, "${income} = 'no'"),
    _rule(NeedKind.INCOME, Urgency.NORMAL, "${income} = 'some'"),
    _rule(NeedKind.WORK, Urgency.NORMAL, "selected(${work_wanted}, 'job')"),
    _rule(NeedKind.BUSINESS, Urgency.NORMAL, "selected(${work_wanted}, 'own_business')"),
    _rule(NeedKind.TRAINING, Urgency.NORMAL, "selected(${work_wanted}, 'training')"),
    _rule(NeedKind.SKILLS_RECOGNITION, Urgency.NORMAL, "selected(${work_wanted}, 'job') and ${skills} != ''"),
    _rule(NeedKind.MONEY, Urgency.NORMAL, "${debts} = 'yes'"),
    _rule(NeedKind.PSYCHOSOCIAL, Urgency.URGENT, "${talk} = 'yes'"),
    _rule(NeedKind.CHILD_PROTECTION, Urgency.URGENT, "${maybe_child} = 'yes'", "arrival"),
    _rule(NeedKind.CHILD_PROTECTION, Urgency.URGENT, "${children_not_own} = 'yes'", "arrival"),
    _rule(NeedKind.SHELTER, Urgency.EMERGENCY, "${roof} = 'no'", "check_in"),
    _rule(NeedKind.SHELTER, Urgency.NORMAL, "${roof} = 'for_now'", "check_in"),
    _rule(NeedKind.HEALTH, Urgency.EMERGENCY, "${health} = 'urgent'", "check_in"),
    _rule(NeedKind.HEALTH, Urgency.NORMAL, "${health} = 'some'", "check_in"),
    _rule(NeedKind.SAFETY, Urgency.URGENT, "${safe} = 'no'", "check_in"),
    _rule(NeedKind.INCOME, Urgency.URGENT, "${food} = 'no' or ${food} = 'some'", "check_in"),
    _rule(NeedKind.PSYCHOSOCIAL, Urgency.URGENT, "${talk} = 'yes'", "check_in"),
    _rule(NeedKind.PSYCHOSOCIAL, Urgency.URGENT, "${P08} = 'yes'", "reintegration"),
    _rule(NeedKind.SHELTER, Urgency.EMERGENCY, "${place_tonight} = 'no' or ${place_tonight} = 'unsafe'", "screen"),
    _rule(NeedKind.HEALTH, Urgency.EMERGENCY, "${emergency} = 'yes'", "screen"),
    _rule(NeedKind.HEALTH, Urgency.URGENT, "${illness} = 'untreated'", "screen"),
    _rule(NeedKind.HEALTH, Urgency.NORMAL, "${illness} = 'treated' or ${pregnant} = 'yes'", "screen"),
    _rule(NeedKind.PSYCHOSOCIAL, Urgency.URGENT, "${distress} = 'distress' or ${distress} = 'self_harm'", "screen"),
    _rule(NeedKind.SAFETY, Urgency.EMERGENCY, "${trafficking} = 'yes'", "screen"),
    _rule(
        NeedKind.SAFETY,
        Urgency.URGENT,
        "${violence} = 'yes' or ${fear} = 'yes' or ${debt_threat} = 'yes' or ${lgbtiq_safety} = 'yes'",
        "screen",
    ),
    _rule(NeedKind.DOCUMENTS, Urgency.NORMAL, "${stateless} = 'no_paper' or ${stateless} = 'stateless'", "screen"),
    _rule(NeedKind.FAMILY, Urgency.NORMAL, "${tracing} = 'yes'", "screen"),
    _rule(NeedKind.CHILD_PROTECTION, Urgency.URGENT, "${under_18} = 'yes'", "screen"),
    _rule(NeedKind.SAFETY, Urgency.URGENT, "selected(${debt_to}, 'smuggler')", "family"),
    _rule(
        NeedKind.SAFETY,
        Urgency.EMERGENCY,
        "${debt_threats} = 'threatened' or ${debt_threats} = 'harmed' or ${debt_work} = 'yes'",
        "finance",
    ),
    _rule(
        NeedKind.SAFETY,
        Urgency.URGENT,
        "selected(${debt_to}, 'smuggler') or selected(${debt_to}, 'recruiter') or selected(${debt_for}, 'release') or "
        "selected(${debt_security}, 'papers')",
        "finance",
    ),
    _rule(
        NeedKind.MONEY,
        Urgency.NORMAL,
        "${debt_band} = 'under_month' or ${debt_band} = 'months' or ${debt_band} = 'over_half_year' or "
        "(${services_wanted} != '' and not(selected(${services_wanted}, 'none')))",
        "finance",
    ),
)


def found_needs(sheet_id: str, answers: Answers) -> dict[NeedKind, Urgency]:
    """The needs in these answers, each with the highest urgency that a rule gives it."""
    found: dict[NeedKind, Urgency] = {}
    for rule in NEED_RULES:
        if rule.sheet_id == sheet_id and holds(rule.when, answers):
            found[rule.kind] = min(found.get(rule.kind, rule.urgency), rule.urgency, key=URGENCY_ORDER.index)
    return found


async def record_needs(session: AsyncSession, case: Case, sheet_id: str, answers: Answers, *, actor: Actor) -> None:
    """Add what the person newly needs; a need that is known already is left as staff have set it."""
    known = set(await session.scalars(select(Need.kind).where(Need.case_id == case.id)))
    for kind, urgency in found_needs(sheet_id, answers).items():
        if kind in known:
            continue
        session.add(
            Need(
                id=uuid4(),
                case_id=case.id,
                kind=kind,
                urgency=urgency,
                status=NeedStatus.OPEN,
                raised_at=clock.now(),
            )
        )
        audit.record(session, actor.id, "need.raised", case.id, kind=kind, urgency=urgency)


async def settle_need(session: AsyncSession, case: Case, need_id: UUID, status: NeedStatus, *, actor: Actor) -> None:
    """Staff say that a need is met, dropped, or open again."""
    require(actor, Permission.NEED_SETTLE)
    need = await session.scalar(select(Need).where(Need.id == need_id, Need.case_id == case.id))
    if need is None:
        raise NotFound(_("There is no such need."))
    need.status = status
    audit.record(session, actor.id, "need.settled", case.id, kind=need.kind, status=status)
