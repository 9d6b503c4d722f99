"""Flags: raised by rules from what a person says, settled only by a person with the role."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.messages import call_attention, person_of
from cases.models import Case, Flag
from cases.rules import HOLDS_RETURN, SETTLED_BY, CaseStatus, FlagKind, FlagOutcome, TaskKind
from cases.tasks import close_task, open_task
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts
from questionnaire.engine import as_text
from questionnaire.expressions import Expression, compile_expression
from questionnaire.functions import to_boolean
from questionnaire.sheet import Answers

MERGED = "merged"
"""Begins the rule of a flag that stands in another file of the same person; see `cases.same_person`."""


@dataclass(frozen=True, slots=True)
class FlagRule:
    """`when` is an XLSForm expression over the answers of one form.

    `again`: an assessment that is made anew raises it anew, once the earlier flag was found wrong or solved.
    `at_once`: somebody must act within hours, as on what is disclosed in the chat.
    """

    id: str
    kind: FlagKind
    sheet_id: str
    when: Expression
    again: bool = False
    at_once: bool = False


def _rule(rule_id: str, kind: FlagKind, when: str, *, again: bool = False, at_once: bool = False) -> FlagRule:
    return FlagRule(rule_id, kind, rule_id.partition(".")[0], compile_expression(when), again, at_once)


FLAG_RULES: tuple[FlagRule, ...] = (
    _rule("arrival.under_18", FlagKind.CHILD, "${maybe_child} = 'yes'"),
    # An age that is unknown may be a child's: treated as one until a person has looked (CRC GC6).
    _rule("arrival.age_unknown", FlagKind.CHILD, "${maybe_child} = 'unknown'"),
    _rule(
        "arrival.child_without_guardian",
        FlagKind.UNACCOMPANIED_CHILD,
        "(${maybe_child} = 'yes' or ${maybe_child} = 'unknown') and not(selected(${company}, 'parent_guardian'))",
    ),
    _rule(
        "arrival.child_not_own",
        FlagKind.UNACCOMPANIED_CHILD,
        "${children_not_own} = 'yes' or ${children_not_own} = 'unsure'",
    ),
    _rule("needs.fear", FlagKind.FEAR_OF_RETURN, "${fear} = 'yes'"),
    _rule("needs.place_tonight", FlagKind.NO_SAFE_PLACE, "${place_tonight} = 'no' or ${place_tonight} = 'unsafe'"),
    _rule("needs.health_urgent", FlagKind.HEALTH_EMERGENCY, "${health} = 'urgent'"),
    _rule("needs.forced_work", FlagKind.TRAFFICKING, "${forced_work} = 'yes'"),
    # A debt for the journey or the job is how people are held: an ILO indicator of forced labour (debt bondage).
    _rule("needs.debt_to_smuggler", FlagKind.TRAFFICKING, "${debt_to} = 'smuggler' or ${debt_to} = 'recruiter'"),
    *(
        _rule(rule_id, kind, when, again=True)
        for rule_id, kind, when in (
            (
                "screen.under_18",
                FlagKind.CHILD,
                "${under_18} = 'yes' or ${under_18} = 'unknown' or ${age_disputed} = 'yes'",
            ),
            # Somebody of unknown age whom no parent looks after may be a child alone.
            (
                "screen.unaccompanied",
                FlagKind.UNACCOMPANIED_CHILD,
                "${child_care} = 'nobody' or ${child_care} = 'other_adult'",
            ),
            ("screen.emergency", FlagKind.HEALTH_EMERGENCY, "${emergency} = 'yes'"),
            ("screen.self_harm", FlagKind.SELF_HARM, "${distress} = 'self_harm'"),
            ("screen.trafficking", FlagKind.TRAFFICKING, "${trafficking} = 'yes' or ${debt_threat} = 'yes'"),
            ("screen.violence", FlagKind.VIOLENCE, "${violence} = 'yes'"),
            ("screen.ill_treated", FlagKind.TORTURE, "${detention} = 'ill_treated'"),
            ("screen.stateless", FlagKind.STATELESSNESS, "${stateless} = 'stateless'"),
            ("screen.untreated", FlagKind.SERIOUS_ILLNESS, "${illness} = 'untreated'"),
            ("screen.fear", FlagKind.FEAR_OF_RETURN, "${fear} = 'yes' or ${lgbtiq_safety} = 'yes'"),
            ("screen.place_tonight", FlagKind.NO_SAFE_PLACE, "${place_tonight} = 'no' or ${place_tonight} = 'unsafe'"),
            ("return_risk.persecution", FlagKind.FEAR_OF_RETURN, "${persecution} = 'yes' or ${own_view} = 'not_safe'"),
            ("return_risk.traffickers", FlagKind.TRAFFICKING, "${traffickers} = 'yes'"),
            ("return_risk.violence", FlagKind.VIOLENCE, "${violence} = 'yes'"),
            ("return_risk.health", FlagKind.SERIOUS_ILLNESS, "${health} = 'yes'"),
            ("return_risk.self_harm", FlagKind.SELF_HARM, "${self_harm} = 'yes'"),
            ("family.violence", FlagKind.VIOLENCE, "${family_violence} = 'yes' or ${safe_there} = 'no'"),
            ("vulnerability.violence", FlagKind.VIOLENCE, "${family_violence} = 'risk'"),
            ("family.debt_to_smuggler", FlagKind.TRAFFICKING, "selected(${debt_to}, 'smuggler')"),
            (
                "finance.debt_to_smuggler",
                FlagKind.TRAFFICKING,
                "selected(${debt_to}, 'smuggler') or selected(${debt_to}, 'recruiter')",
            ),
        )
    ),
    *(
        _rule(rule_id, kind, when, again=True, at_once=True)
        for rule_id, kind, when in (
            ("finance.debt_threats", FlagKind.VIOLENCE, "${debt_threats} = 'threatened' or ${debt_threats} = 'harmed'"),
            (
                "finance.debt_bondage",
                FlagKind.TRAFFICKING,
                "${debt_work} = 'yes' or selected(${debt_security}, 'papers') or selected(${debt_for}, 'release')",
            ),
        )
    ),
)


def holds(when: Expression, answers: Answers) -> bool:
    """Whether a rule's condition is true of these answers; an answer not given is empty."""
    values = {name: as_text(answer) for name, answer in answers.items()}
    missing = dict.fromkeys(when.references - values.keys(), "")
    return to_boolean(when.evaluate({**missing, **values}, now=clock.now()))


async def raise_flags(
    session: AsyncSession, case: Case, sheet_id: str, answers: Answers, *, actor: Actor, made_anew: bool = False
) -> list[Flag]:
    """Raise every flag whose rule holds. A flag once raised stays, whatever is answered later.

    `made_anew`: the form is no correction of an earlier one, so what it tells was told again.
    """
    known = (await session.scalars(select(Flag).where(Flag.case_id == case.id))).all()
    raised = [
        Flag(id=uuid4(), case_id=case.id, kind=rule.kind, rule=rule_id, raised_at=clock.now())
        for rule in FLAG_RULES
        if rule.sheet_id == sheet_id
        and holds(rule.when, answers)
        and (rule_id := _free_id(rule, known, made_anew=made_anew))
    ]
    urgent = {rule.id for rule in FLAG_RULES if rule.at_once}
    for flag in raised:
        await _raise(session, case, flag, actor)
        if rule_of(flag.rule) in urgent:
            await open_task(session, case, TaskKind.DISCLOSURE, flag.rule, actor=actor)
    return raised


def rule_of(flag_rule: str) -> str:
    """The id of the rule that raised a flag, without the number of a later raising."""
    name, _dot, number = flag_rule.rpartition(".")
    return name if number.isdecimal() and "." in name else flag_rule


def _free_id(rule: FlagRule, known: Iterable[Flag], *, made_anew: bool) -> str | None:
    """Under which id the rule raises a flag now; None if the one it has raised says it already."""
    of_rule = [flag for flag in known if flag.rule == rule.id or flag.rule.startswith(f"{rule.id}.")]
    if not of_rule:
        return rule.id
    is_over = all(flag.outcome in (FlagOutcome.NOT_CONFIRMED, FlagOutcome.RESOLVED) for flag in of_rule)
    return f"{rule.id}.{len(of_rule) + 1}" if rule.again and made_anew and is_over else None


async def raise_flag(session: AsyncSession, case: Case, kind: FlagKind, rule: str, *, actor: Actor) -> Flag:
    """Raise a flag from outside a form. One that is open stays as it is; after a settled one a new one is raised."""
    known = (await session.scalars(select(Flag).where(Flag.case_id == case.id, Flag.kind == kind))).all()
    of_rule = [flag for flag in known if flag.rule == rule or flag.rule.startswith(f"{rule}.")]
    for flag in of_rule:
        if flag.settled_at is None:
            return flag
    numbered = f"{rule}.{len(of_rule) + 1}" if of_rule else rule
    flag = Flag(id=uuid4(), case_id=case.id, kind=kind, rule=numbered, raised_at=clock.now())
    await _raise(session, case, flag, actor)
    return flag


async def report_concern(session: AsyncSession, case: Case, kind: FlagKind, *, actor: Actor) -> Flag:
    """Someone of the staff saw or heard what no form asked: the flag stands until the officer for it has looked."""
    require(actor, Permission.FLAG_RAISE)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    return await raise_flag(session, case, kind, f"staff.{kind}", actor=actor)


async def _raise(session: AsyncSession, case: Case, flag: Flag, actor: Actor) -> None:
    session.add(flag)
    call_attention(case)
    audit.record(session, actor.id, "flag.raised", case.id, kind=flag.kind, rule=flag.rule)
    if flag.kind in HOLDS_RETURN and SETTLED_BY[flag.kind] is Permission.FLAG_SETTLE_PROTECTION:
        await open_task(session, case, TaskKind.PROTECTION, flag.rule, actor=actor)
    if case.survivor_id is not None:
        # Told in a file that was merged: the gates look at the one that goes on.
        survivor = await session.get_one(Case, case.survivor_id)
        await raise_flag(session, survivor, flag.kind, f"{MERGED}.{flag.kind}", actor=actor)


async def settle_flag(
    session: AsyncSession, case: Case, flag_id: UUID, outcome: FlagOutcome, note: str, *, actor: Actor
) -> None:
    """A person with the right role says what came of it, and why. Raises Conflict if it was settled before.

    Only what was confirmed is settled once more: when it is solved. Until then it stands, and holds what it holds.
    """
    flag = await session.scalar(select(Flag).where(Flag.id == flag_id, Flag.case_id == case.id).with_for_update())
    if flag is None:
        raise NotFound(_("There is no such flag."))
    require(actor, SETTLED_BY[flag.kind])
    if flag.settled_at is not None and (flag.outcome, outcome) != (FlagOutcome.CONFIRMED, FlagOutcome.RESOLVED):
        raise Conflict(_("Someone has settled this flag already."))
    reason = note.strip()
    if not reason:
        raise Invalid(_("Write why: what you checked and what was decided."))
    key = await open_subject(session, (await person_of(session, case)).id)
    earlier = [key.open(Flag.note, flag.id, flag.note)] if flag.note else []
    flag.note = key.seal(Flag.note, flag.id, "\n\n".join([*earlier, free_of_accounts(reason)]))
    flag.settled_at, flag.settled_by, flag.outcome = clock.now(), actor.id, outcome
    audit.record(session, actor.id, "flag.settled", case.id, kind=flag.kind, rule=flag.rule, outcome=outcome)
    await close_task(session, case, TaskKind.PROTECTION, flag.rule, actor=actor)


async def open_flags(session: AsyncSession, case_id: UUID) -> list[Flag]:
    return list(
        await session.scalars(
            select(Flag).where(Flag.case_id == case_id, Flag.settled_at.is_(None)).order_by(Flag.raised_at)
        )
    )


async def standing_flags(session: AsyncSession, case_id: UUID) -> frozenset[FlagKind]:
    """Kinds of the flags that nobody has settled, or that were found to be so and are not solved yet."""
    found = await session.scalars(
        select(Flag.kind).where(
            Flag.case_id == case_id, Flag.outcome.is_(None) | (Flag.outcome == FlagOutcome.CONFIRMED)
        )
    )
    return frozenset(found)


async def may_be_child(session: AsyncSession, case_id: UUID) -> bool:
    """Whether the person must be treated as a child: flagged so, and nobody has found otherwise."""
    flag_id = await session.scalar(
        select(Flag.id).where(
            Flag.case_id == case_id,
            Flag.kind == FlagKind.CHILD,
            Flag.outcome.is_(None) | (Flag.outcome != FlagOutcome.NOT_CONFIRMED),
        )
    )
    return flag_id is not None


async def told_or_found(session: AsyncSession, case_id: UUID, told: object) -> str:
    """`yes`, `no` or `unknown`: whether the person may be a child, as the forms are given it.

    `told`: what the arrival form says. What a person has found counts before it: a flag that nobody has found wrong
    makes a child of whoever says they are none, and an officer's finding an adult of whom the form made a child.
    """
    outcomes = set(
        await session.scalars(select(Flag.outcome).where(Flag.case_id == case_id, Flag.kind == FlagKind.CHILD))
    )
    if outcomes == {FlagOutcome.NOT_CONFIRMED}:
        return "no"
    known = str(told or "unknown")
    return "yes" if outcomes and known == "no" else known
