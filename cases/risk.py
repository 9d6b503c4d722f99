"""The level of risk of a case: set by a person with a reason, beside what the rules suggested then. All are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.answers import open_answers, submissions_of
from cases.assessment import Known, RaisedFlag
from cases.assessment_models import RiskSetting
from cases.assessment_rules import RiskLevel, SuggestedLevel
from cases.followup import BACK_PHASES
from cases.models import Case, Flag, Need, Submission
from cases.requests import require_open
from cases.risk_suggestion import suggest
from cases.rules import FlagKind, FlagOutcome, NeedStatus
from cases.safeguard_models import ReturnJourney
from cases.sheets import ARRIVAL
from foundation import audit, clock
from foundation.errors import Invalid
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts
from questionnaire.sheet import Answers

MOVED = "case.moved"
_UNDER_WORKING_AGE = 14


@dataclass(frozen=True, slots=True)
class SetRisk:
    """A setting, opened. `rules` and `missing`: ids of what spoke for it then, and of what was not known."""

    level: RiskLevel
    suggested: SuggestedLevel
    rules: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str
    set_by: str
    set_at: datetime


async def set_risk(session: AsyncSession, case: Case, level: RiskLevel, reason: str, *, actor: Actor) -> RiskSetting:
    """A person says how great the risk is, and why. Raises Invalid without a reason, Conflict for a closed case."""
    require(actor, Permission.RISK_SET)
    person = await require_open(session, case)
    why = reason.strip()
    if not why:
        raise Invalid(_("Write why the risk is as great as you say."))
    key = await open_subject(session, person.id)
    suggestion = suggest(await load_known(session, case, key))
    setting_id = uuid4()
    basis = {"rules": list(suggestion.rules), "missing": list(suggestion.missing)}
    setting = RiskSetting(
        id=setting_id,
        case_id=case.id,
        level=level,
        suggested=suggestion.level,
        basis=key.seal(RiskSetting.basis, setting_id, basis),
        reason=key.seal(RiskSetting.reason, setting_id, free_of_accounts(why)),
        set_by=actor.id,
        set_at=clock.now(),
    )
    session.add(setting)
    audit.record(session, actor.id, "risk.set", case.id, level=level, suggested=suggestion.level)
    return setting


async def risk_history(session: AsyncSession, case: Case, key: SubjectKey) -> list[SetRisk]:
    """Every setting, the one in force first."""
    rows = await session.execute(_SETTINGS, {"case_id": case.id})
    return [_opened(setting, name, key) for setting, name in rows]


_SETTINGS = (
    select(RiskSetting, StaffMember.name)
    .join(StaffMember, StaffMember.id == RiskSetting.set_by)
    .where(RiskSetting.case_id == bindparam("case_id"))
    .order_by(RiskSetting.set_at.desc(), RiskSetting.id)
)
_ARRIVALS = select(ReturnJourney.arrived_on).where(
    ReturnJourney.case_id == bindparam("case_id"), ReturnJourney.arrived_on.is_not(None)
)


def _opened(setting: RiskSetting, name: str, key: SubjectKey) -> SetRisk:
    basis: dict[str, Any] = key.open(RiskSetting.basis, setting.id, setting.basis)
    return SetRisk(
        setting.level,
        setting.suggested,
        tuple(basis["rules"]),
        tuple(basis["missing"]),
        str(key.open(RiskSetting.reason, setting.id, setting.reason)),
        name,
        setting.set_at,
    )


async def load_known(session: AsyncSession, case: Case, key: SubjectKey) -> Known:
    """What the rules look at, as it stands now."""
    forms = [(each, open_answers(key, each)) for each in await submissions_of(session, case)]
    flags = (await session.scalars(select(Flag).where(Flag.case_id == case.id))).all()
    needs = (await session.scalars(select(Need).where(Need.case_id == case.id))).all()
    moves = await audit.entries_about(session, case.id, frozenset([MOVED]))
    entered = [(each.at, str(each.facts.get("phase"))) for each in moves]
    return known_of(case, forms, flags, needs, entered, await arrivals_of(session, case))


async def arrivals_of(session: AsyncSession, case: Case) -> list[date]:
    """The days on which the person arrived in their country."""
    return [day for day in await session.scalars(_ARRIVALS, {"case_id": case.id}) if day is not None]


def known_of(
    case: Case,
    forms: Sequence[tuple[Submission, Answers]],
    flags: Iterable[Flag],
    needs: Iterable[Need],
    moves: Iterable[tuple[datetime, str]],
    arrivals: Iterable[date],
) -> Known:
    """`forms`: sent in, oldest first. `moves`: when the case entered which phase."""
    answers = {submission.sheet_id: told for submission, told in forms}
    raised = tuple(RaisedFlag(each.kind, each.rule, each.raised_at, each.outcome) for each in flags)
    back = [
        sent
        for submission, told in forms
        if submission.sheet_id == ARRIVAL and told.get("back_already") == "yes" and (sent := submission.submitted_at)
    ]
    back += [at for at, phase in moves if phase in BACK_PHASES]
    back += [datetime.combine(day, time(), UTC) for day in arrivals]
    return Known(
        opened_at=case.opened_at,
        maybe_child=_maybe_child(answers.get(ARRIVAL, {}), raised),
        age=_age(answers.get(ARRIVAL, {})),
        back_since=min(back, default=None),
        answers=answers,
        sent_at={each.sheet_id: each.submitted_at for each, _told in forms if each.submitted_at is not None},
        flags=raised,
        needs=frozenset(need.kind for need in needs if need.status is NeedStatus.OPEN),
    )


def _maybe_child(arrival: Answers, flags: Sequence[RaisedFlag]) -> str:
    """What the person told, unless an officer has found otherwise; a flag that is not found wrong is believed."""
    told = str(arrival.get("maybe_child") or "unknown")
    of_child = [flag for flag in flags if flag.kind is FlagKind.CHILD]
    if not of_child:
        return told
    if all(flag.outcome is FlagOutcome.NOT_CONFIRMED for flag in of_child):
        return "no"
    return "yes" if told == "no" else told


def _age(arrival: Answers) -> int | None:
    """In years; None where only a band is known that lies within working age, or partly."""
    birth_year = arrival.get("birth_year")
    if isinstance(birth_year, int):
        return clock.today().year - birth_year
    return _UNDER_WORKING_AGE if arrival.get("age_band") == "under_15" else None
