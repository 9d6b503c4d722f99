"""The dimensions of published tables: their codes with their names, and which codes of a fact each stands for.

Ages and areas are nested: what is published is a union of what facts tell, and no table cuts them another way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from cases.classifications import ISCO, classification
from cases.complaints import ABOUT_NAMES
from cases.fact_models import Fact
from cases.fact_rules import FEAR, UNDER_18, ChildCheck, Days, MonitorCheck, ReturnCheck, Thing, Timing, Told, Weighed
from cases.gates import RULE_OF
from cases.plan_rules import ACTIVITY_KIND_NAMES, ACTIVITY_STATUS_NAMES
from cases.rules import COUNTRY_NAMES, FLAG_NAMES, NEED_NAMES, UNKNOWN, FlagKind, FollowUpState
from cases.safeguard_rules import COMPANY_NAMES, RETURN_TYPE_NAMES
from cases.surveys import BAND_NAMES
from foundation.language import Message, _, _p
from monitoring.ledger import Dimension
from referrals.application_kinds import kinds
from referrals.application_rules import ApplicationState, Outcome
from referrals.opening_rules import OpeningKind
from referrals.opening_rules import Outcome as Placing
from referrals.rules import SERVICE_KIND_NAMES, Received, ReferralState

REST = "other"
"""What no other code of a dimension covers, the unknown included."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a table: its codes with their names, and which stored codes each stands for."""

    name: str
    label: Message
    column: InstrumentedAttribute[str]
    codes: Mapping[str, Message]
    groups: Mapping[str, str]
    """Published code by stored code; a stored code that is not named here falls under the last code."""

    @property
    def dimension(self) -> Dimension:
        return Dimension(self.name, tuple(self.codes))

    def published(self, stored: str) -> str:
        return self.groups.get(stored, tuple(self.codes)[-1])


def _axis(
    name: str, label: Message, column: InstrumentedAttribute[str], codes: Mapping[str, Message], **groups: str
) -> Axis:
    """Each code stands for itself, and for the stored codes that are named beside."""
    return Axis(name, label, column, codes, {**{code: code for code in codes}, **groups})


def _coded(names: Mapping[Any, Message]) -> dict[str, Message]:
    """Codes as plain text: what is published is no part of the program."""
    return {str(code): name for code, name in names.items()}


_AREAS: dict[str, Message] = {
    "tn_greater_tunis": _("Greater Tunis"),
    "tn_north_east": _("North East"),
    "tn_north_west": _("North West"),
    "tn_centre_east": _("Centre East"),
    "tn_centre_west": _("Centre West"),
    "tn_south_east": _("South East"),
    "tn_south_west": _("South West"),
    "gm_banjul": _("Banjul"),
    "gm_kanifing": _("Kanifing"),
    "gm_brikama": _("Brikama"),
    "gm_mansakonko": _("Mansakonko"),
    "gm_kerewan": _("Kerewan"),
    "gm_kuntaur": _("Kuntaur"),
    "gm_janjanbureh": _("Janjanbureh"),
    "gm_basse": _("Basse"),
    UNKNOWN: _("Elsewhere or not known"),
}
_FROM: dict[str, Message] = {
    "LY": _("Libya"),
    "IT": _("Italy"),
    "DE": _("Germany"),
    "FR": _("France"),
    "ES": _("Spain"),
    "DZ": _("Algeria"),
    "NE": _("Niger"),
    UNKNOWN: _("Elsewhere or not known"),
}
TOLD_NAMES: dict[str, Message] = {
    Told.YES.value: _p("finding", "Yes"),
    Told.NO.value: _p("finding", "No"),
    Told.NOT_KNOWN.value: _p("finding", "Not known"),
    Told.NOT_APPLICABLE.value: _p("finding", "Does not arise"),
}
YES_OR_NO: dict[str, Message] = {Told.YES.value: _p("finding", "Yes"), Told.NO.value: _p("finding", "No")}
TIMING_NAMES: dict[str, Message] = {
    Timing.IN_TIME.value: _p("timing", "In time"),
    Timing.LATE.value: _p("timing", "Late"),
    Timing.NOT_YET.value: _p("timing", "Not yet"),
}
DAYS_NAMES: dict[str, Message] = {
    Days.WEEK.value: _p("days", "Up to 7 days"),
    Days.FORTNIGHT.value: _p("days", "8 to 14 days"),
    Days.MONTH.value: _p("days", "15 to 30 days"),
    Days.QUARTER.value: _p("days", "31 to 90 days"),
    Days.LONGER.value: _p("days", "91 days or more"),
    Days.NOT_YET.value: _p("days", "Not yet"),
    Days.NEVER.value: _p("days", "Ended without"),
}
MEASURE_NAMES: dict[Thing, Message] = {
    Thing.ANSWER_WORK: _("Works, or is at school or in training"),
    Thing.ANSWER_IDENTITY: _("Has a paper that shows who they are"),
    Thing.ANSWER_SCHOOL: _("All children of school age of the household go to school"),
    Thing.ANSWER_DISCRIMINATION: _("Was treated worse than others at least sometimes"),
    Thing.ANSWER_SUPPORT: _("Asked for someone to talk to, and received it"),
}
RETURN_CHECK_NAMES: dict[ReturnCheck, Message] = {
    ReturnCheck.ASSESSMENT: _("Individual assessment before the departure"),
    ReturnCheck.INFORMED_CONSENT: _("Complete record of an informed and free consent"),
    ReturnCheck.REMEDIES: _("Remedies used up, or waived after advice"),
    ReturnCheck.LEGAL_HELP: _("Legal help offered free of charge"),
    ReturnCheck.FIT_TO_TRAVEL: _("Fit to travel, where health was a concern"),
    ReturnCheck.CONSULAR_WANTED: _("Consulate contacted, where it was wanted"),
    ReturnCheck.CONSULAR_DECLINED: _("Consulate not contacted, where it was not wanted"),
    ReturnCheck.MONITORED: _("Monitored in at least one phase"),
    ReturnCheck.MONITORED_THROUGHOUT: _("Monitored from before the departure to the handover"),
}
CHILD_CHECK_NAMES: dict[ChildCheck, Message] = {
    ChildCheck.BEST_INTERESTS: _("Best interests assessed or determined before the departure"),
    ChildCheck.ACCOMPANIED: _("Accompanied on every leg"),
    ChildCheck.ARRANGEMENTS: _("Reception and care confirmed in writing before the departure"),
    ChildCheck.HANDED_OVER: _("Handover signed for on arrival"),
    ChildCheck.OVERRIDE: _("A rule of the child gate was set aside"),
}
MONITOR_CHECK_NAMES: dict[MonitorCheck, Message] = {
    MonitorCheck.BEFORE: _("Monitored: the time before the day of return"),
    MonitorCheck.DEPARTURE: _("Monitored: the departure"),
    MonitorCheck.JOURNEY: _("Monitored: the journey"),
    MonitorCheck.HANDOVER: _("Monitored: the handover"),
    MonitorCheck.AFTER: _("Monitored: the time after the return"),
    MonitorCheck.NOTICE: _("Notice of 48 hours or more"),
    MonitorCheck.NEEDS_KNOWN: _("Escorts knew of special needs"),
    MonitorCheck.RESTRAINT: _("Means of restraint were used"),
    MonitorCheck.INCIDENT: _("An incident, or a sign of ill-treatment"),
    MonitorCheck.COMPLAINT_CHANNEL: _("People were told how to complain"),
}
_OUTCOMES: dict[str, Message] = {
    "waiting": _p("outcome", "Waiting for an answer"),
    "accepted": _p("outcome", "Accepted"),
    "completed": _p("outcome", "Completed"),
    "declined": _p("outcome", "Declined or no answer in time"),
    REST: _p("outcome", "Ended otherwise"),
}
_DECISIONS: dict[str, Message] = {
    "waiting": _p("application", "No decision yet"),
    "granted": _p("application", "Granted in full or in part"),
    "refused": _p("application", "Refused"),
    REST: _p("application", "Ended without a decision"),
}
_PLACINGS: dict[str, Message] = {
    "suggested": _p("placement", "Suggested or told of"),
    "trying": _p("placement", "Interested or applying"),
    "started": _p("placement", "Started"),
    "lasted": _p("placement", "Stayed six months, or completed"),
    REST: _p("placement", "Ended or not wanted"),
}
_PLACING_OF: dict[str, str] = {
    Placing.SUGGESTED: "suggested",
    Placing.TOLD: "suggested",
    Placing.INTERESTED: "trying",
    Placing.APPLIED: "trying",
    Placing.INTERVIEW: "trying",
    Placing.OFFERED: "trying",
    Placing.STARTED: "started",
    Placing.STAYED_3: "started",
    Placing.ENROLLED: "started",
    Placing.ATTENDED: "started",
    Placing.STAYED_6: "lasted",
    Placing.COMPLETED: "lasted",
    Placing.CERTIFIED: "lasted",
}

SEX = _axis(
    "sex",
    _("Sex"),
    Fact.sex,
    {"female": _p("sex", "Female"), "male": _p("sex", "Male"), REST: _p("sex", "Other or not said")},
)
AGE = Axis(
    "age",
    _("Age"),
    Fact.age_band,
    {"0-17": _("0 to 17"), "18-59": _("18 to 59"), "60+": _("60 and older"), UNKNOWN: _p("age", "Not known")},
    {
        **{band: "0-17" for band in ("0-14", "15-17", UNDER_18)},  # noqa: C420  # reads like the line below
        **{band: "18-59" for band in ("18-24", "25-39", "40-59")},  # noqa: C420
        "60+": "60+",
    },
)
COUNTRY = _axis("country", _("Country of return"), Fact.country, COUNTRY_NAMES)
CAME_FROM = _axis("came_from", _("Country returned from"), Fact.came_from, _FROM)
RETURN_TYPE = _axis("return_type", _("How they return"), Fact.return_type, _coded(RETURN_TYPE_NAMES))
FLAGGED = _axis(
    "flagged",
    _("A safeguard flag was raised"),
    Fact.outcome,
    YES_OR_NO,
)
FLAG = _axis(
    "flag",
    _("Flag"),
    Fact.kind,
    {
        f"{FEAR}_{Timing.IN_TIME}": _("Fear of return, settled within 48 hours"),
        f"{FEAR}_{Timing.LATE}": _("Fear of return, settled later"),
        f"{FEAR}_{Timing.NOT_YET}": _("Fear of return, not settled yet"),
        **{str(kind): name for kind, name in FLAG_NAMES.items() if kind is not FlagKind.FEAR_OF_RETURN},
    },
)
NEED = _axis("need", _("Need"), Fact.kind, _coded(NEED_NAMES))
AREA = _axis("area", _("Area"), Fact.area, _AREAS)
OCCUPATION = _axis(
    "occupation",
    _("Occupation (major group of ISCO-08)"),
    Fact.kind,
    {entry.code: Message(entry.title) for entry in classification(ISCO).codes if len(entry.code) == 1},
)
UNDERSTOOD = _axis("understood", _("In a language the person understands"), Fact.outcome, YES_OR_NO)
PLANNED = _axis("plan", _("Plan agreed within 30 days"), Fact.outcome, TIMING_NAMES)
ACTIVITY = _axis("activity", _("Kind of activity"), Fact.kind, _coded(ACTIVITY_KIND_NAMES))
STATUS = _axis("status", _("Status"), Fact.outcome, _coded(ACTIVITY_STATUS_NAMES))
SERVICE = _axis("service", _("Kind of service"), Fact.kind, _coded(SERVICE_KIND_NAMES))
OUTCOME = Axis(
    "outcome",
    _("Outcome"),
    Fact.outcome,
    _OUTCOMES,
    {
        ReferralState.DRAFT: "waiting",
        ReferralState.SENT: "waiting",
        ReferralState.ACKNOWLEDGED: "waiting",
        ReferralState.ACCEPTED: "accepted",
        ReferralState.IN_SERVICE: "accepted",
        ReferralState.COMPLETED: "completed",
        ReferralState.DECLINED: "declined",
        ReferralState.EXPIRED: "declined",
    },
)
WORD = Axis(
    "word",
    _("What the person says of it"),
    Fact.detail,
    {
        "received": _p("person's word", "Received it, or a part of it"),
        "not_received": _p("person's word", "Did not receive it"),
        REST: _p("person's word", "Has not said"),
    },
    {Received.YES: "received", Received.PARTLY: "received", Received.NO: "not_received"},
)
DAYS = _axis("days", _("Days from sending to the first service"), Fact.outcome, DAYS_NAMES)
DOCUMENT_DAYS = _axis("document_days", _("Days from asking to the document"), Fact.outcome, DAYS_NAMES)
OPENING = _axis(
    "opening",
    _("Kind of placement"),
    Fact.kind,
    {
        OpeningKind.VACANCY.value: _p("opening", "Job"),
        OpeningKind.COURSE.value: _p("opening", "Course"),
        OpeningKind.JOB_FAIR.value: _p("opening", "Job fair"),
    },
)
PLACING = Axis("placing", _("How far it came"), Fact.outcome, _PLACINGS, _PLACING_OF)
APPLICATION = _axis(
    "application", _("What is applied for"), Fact.kind, {code: kind.name for code, kind in kinds().items()}
)
DECISION = Axis(
    "decision",
    _("Decision"),
    Fact.outcome,
    _DECISIONS,
    {
        Outcome.GRANTED: "granted",
        Outcome.PARTLY: "granted",
        Outcome.REFUSED: "refused",
        ApplicationState.PREPARING: "waiting",
        ApplicationState.SUBMITTED: "waiting",
        ApplicationState.MORE_ASKED: "waiting",
        ApplicationState.APPEALED: "waiting",
    },
)
_WAVES: dict[str, Message] = {
    "month_3": _p("wave", "3 months after"),
    "month_6": _p("wave", "6 months after"),
    "month_12": _p("wave", "12 months after"),
    REST: _p("wave", "Another time"),
}
WAVE = _axis("wave", _("When"), Fact.kind, _WAVES)
_STATES: dict[str, Message] = {
    FollowUpState.DONE.value: _p("follow-up", "Answered"),
    FollowUpState.REFUSED.value: _p("follow-up", "Did not want to answer"),
    FollowUpState.UNREACHABLE.value: _p("follow-up", "Not reached"),
    FollowUpState.ASKED.value: _p("follow-up", "Being asked"),
    FollowUpState.CLOSED.value: _p("follow-up", "Not asked"),
}
REACHED = _axis("reached", _("Reached"), Fact.outcome, _STATES)
REACHED_THEN = _axis("reached", _("Reached"), Fact.detail, _STATES)
"""The same of the facts that tell what was answered."""
ANSWERS: dict[Thing, Axis] = {
    thing: _axis(thing.removeprefix("answer_"), name, Fact.outcome, TOLD_NAMES) for thing, name in MEASURE_NAMES.items()
}
SCORE = _axis(
    "score",
    _("Support someone may need, by the survey"),
    Fact.outcome,
    {
        **{
            f"{Weighed.INTERIM}_{band}": _("Interim weights: {band}").of(band=name) for band, name in BAND_NAMES.items()
        },
        **{
            f"{Weighed.OWN}_{band}": _("Weights of the deployment: {band}").of(band=name)
            for band, name in BAND_NAMES.items()
        },
        Told.NOT_KNOWN.value: _p("finding", "Not known"),
        Told.NOT_APPLICABLE.value: _p("finding", "Does not arise"),
    },
)
RETURNED_HOW = _axis("return_type", _("How they returned"), Fact.kind, _coded(RETURN_TYPE_NAMES))
RETURN_TYPE_THEN = _axis("return_type", _("How they returned"), Fact.detail, _coded(RETURN_TYPE_NAMES))
"""The same of the facts that tell what was in place for a return."""
RETURN_CHECKS = {check: _axis(check, name, Fact.outcome, TOLD_NAMES) for check, name in RETURN_CHECK_NAMES.items()}
CHILD_CHECKS = {check: _axis(check, name, Fact.outcome, TOLD_NAMES) for check, name in CHILD_CHECK_NAMES.items()}
MONITOR_CHECKS = {check: _axis(check, name, Fact.outcome, TOLD_NAMES) for check, name in MONITOR_CHECK_NAMES.items()}
WITHDRAWAL = _axis("withdrawal", _("Consent taken back, and no return followed"), Fact.outcome, YES_OR_NO)
GUARDIAN = _axis("guardian", _("Guardian appointed within 14 days"), Fact.outcome, YES_OR_NO)
COMPANY = _axis("company", _("The child is"), Fact.detail, _coded(COMPANY_NAMES))
RULE = _axis(
    "rule",
    _("Rule that was set aside"),
    Fact.kind,
    {
        **{rule.id: rule.says for rule in RULE_OF.values() if rule.may_be_set_aside},
        REST: _p("rule", "A rule of an earlier version"),
    },
)
THEME = _axis("theme", _("What the complaint is about"), Fact.kind, _coded(ABOUT_NAMES))
ANSWERED = _axis("answered", _("Answered within 20 working days"), Fact.outcome, TIMING_NAMES)
