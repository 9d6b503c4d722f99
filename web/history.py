"""The history of a case in words: an audit event and its codes become one line."""

from collections.abc import Mapping
from functools import cache
from string import Formatter

from cases.assessment_rules import RISK_LEVEL_NAMES, RiskLevel
from cases.casework_rules import (
    CLOSING_REASON_NAMES,
    REOPENING_REASON_NAMES,
    ClosingReason,
    ReopeningReason,
)
from cases.plan_rules import ACTIVITY_KIND_NAMES, ACTIVITY_STATUS_NAMES, ActivityKind, ActivityStatus
from cases.record_kinds import SPECS
from cases.rules import (
    CALL_OUTCOME_NAMES,
    FLAG_NAMES,
    FLAG_OUTCOME_NAMES,
    NEED_NAMES,
    NEED_STATUS_NAMES,
    PHASE_NAMES,
    TASK_NAMES,
    CallOutcome,
    ConsentKind,
    FlagKind,
    FlagOutcome,
    NeedKind,
    NeedStatus,
    Phase,
    TaskKind,
)
from cases.safeguard_rules import (
    BID_DECISION_NAMES,
    BID_TRIGGER_NAMES,
    HALT_NAMES,
    PANEL_BODY_NAMES,
    RETURN_TYPE_NAMES,
    STEP_NAMES,
    BidDecision,
    BidTrigger,
    HaltReason,
    PanelBody,
    ReturnType,
    Step,
)
from cases.waves import CLOSED_FOR, wave_name
from foundation.language import Message, _, _p
from referrals import application_rules, opening_rules
from referrals.application_kinds import kinds
from referrals.rules import (
    OFFER_STATE_NAMES,
    REFERRAL_STATE_NAMES,
    SETTLEMENT_NAMES,
    OfferState,
    ReferralState,
    Settlement,
)

CONSENT_KIND_NAMES: dict[ConsentKind, Message] = {
    ConsentKind.DATA: _p("consent to", "Keeping data"),
    ConsentKind.SERVICES: _p("consent to", "Sharing with a service"),
    ConsentKind.RETURN: _p("consent to", "Return"),
}

CONFLICT_NAMES: dict[bool, Message] = {
    False: _p("panel", "No conflict of interest"),
    True: _p("panel", "A conflict of interest"),
}

# Translators: lines of a case's history; who did it and when stand beside each.
EVENT_TEXTS: dict[str, Message] = {
    "case.opened": _("Case opened"),
    "case.assigned": _("Owner changed"),
    "case.moved": _("Phase changed to: {phase}"),
    "case.attended": _("Marked as seen to"),
    "glass.broken": _("Opened in an emergency by someone of another team"),
    "glass.reviewed": _("A supervisor looked at the opening in an emergency"),
    "case.closing_requested": _("Asked to close the case: {why}"),
    "case.closing_returned": _("The request to close the case was sent back"),
    "case.closing_withdrawn": _("The request to close the case was taken back"),
    "case.closed": _("Case closed: {why}"),
    "case.reopened": _("Case opened again: {reopened_for}"),
    "case.team_changed": _("Handed over to another team"),
    "case.transfer_asked": _("The person was asked about another organisation"),
    "case.transfer_offered": _("The person said yes: offered to another organisation"),
    "case.transfer_accepted": _("Another organisation took over the case"),
    "case.transfer_declined": _("The other organisation declined the case"),
    "case.transfer_refused": _("The person does not want another organisation"),
    "case.transfer_revoked": _("The offer to another organisation was taken back"),
    "case.transfer_expired": _("The other organisation did not answer in time"),
    "case.transfer_held_back": _("The other organisation has no agreement: nothing was offered"),
    "case.merged": _("Another file of the person was merged into this case"),
    "case.merged_away": _("Merged into another case"),
    "case.separated": _("A merge was undone"),
    "case.told_apart": _("Found to be someone else than in a similar case"),
    "lesson.done": _("The person finished a lesson about money"),
    "file.copied": _("The person took a copy of their file"),
    "form.submitted": _("Form sent in"),
    "form.amended": _("Form corrected"),
    "form.requested": _("Form asked for"),
    "form.withdrawn": _("Form no longer asked for"),
    "form.reminded": _("The person was told once that a form still waits"),
    "flag.raised": _("Flag raised: {kind}"),
    "flag.settled": _("Flag settled: {kind}. {outcome}"),
    "household.added": _("Someone was added to the case"),
    "household.changed": _("Who travels was changed"),
    "household.removed": _("Someone was taken off the case"),
    "record.written": _("Recorded: {kind}"),
    "gate.passed": _("Every rule was met before: {step}"),
    "gate.override_asked": _("Asked that the rule {rule} be set aside"),
    "gate.overridden": _("The rule {rule} was set aside by two people"),
    "return.begun": _("A return is being prepared: {return_type}"),
    "return.moved": _("Return: {step}"),
    "return.halted": _("Return halted: {halted}"),
    "return.leg_added": _("A leg of the way was added"),
    "return.leg_removed": _("A leg of the way was taken off"),
    "need.raised": _("Need found: {kind}"),
    "need.settled": _("Need changed: {kind}. {status}"),
    "message.sent": _("Message sent to the person"),
    "message.received": _("Message received from the person"),
    "message.sent_again": _("Message sent once more"),
    "message.waived": _("No answer needed"),
    "call.requested": _("The person asked to be called"),
    "call.cancelled": _("The person no longer wants to be called"),
    "call.made": _("Call: {outcome}"),
    "consent.requested": _("Consent asked for: {kind}"),
    "consent.given": _("Consent given: {kind}"),
    "consent.refused": _("Consent refused: {kind}"),
    "consent.withdrawn": _("Consent withdrawn: {kind}"),
    "best_interests.opened": _("Best-interests determination opened: {trigger}"),
    "best_interests.reported": _("Report for the best-interests panel written"),
    "best_interests.seated": _("Panel member seated: {body}"),
    "best_interests.unseated": _("Panel member no longer seated"),
    "best_interests.declared": _("Panel member declared: {conflict}"),
    "best_interests.opinion": _("Panel member gave an opinion"),
    "best_interests.decided": _("The best-interests panel decided: {decision}"),
    "best_interests.informed": _("The child was told of the panel's decision"),
    "contact.extended": _("Waiting for a guardian's agreement, kept longer"),
    "phone.code_made": _("Code made for a new phone"),
    "phone.moved": _("The chat moved to a new phone"),
    "pin.set": _("The person set a PIN"),
    "pin.removed": _("The PIN was removed"),
    "referral.created": _("Referral prepared"),
    "referral.moved": _("Referral changed: {state}"),
    "referral.asked": _("The person was asked how a service went"),
    "referral.spoken": _("The person said how a service went"),
    "referral.settled": _("What partner and person say was settled: {settlement}"),
    "offer.made": _("Services shown to the person to choose from"),
    "offer.answered": _("Services to choose from: {choice}"),
    "occupation.entered": _("An occupation was entered"),
    "occupation.removed": _("An occupation was removed"),
    # Translators: vacancy, course or job fair, then how far the person is with it
    "opening.outcome": _("{kind}: {outcome}"),
    "risk.set": _("Level of risk set: {level}"),
    "task.opened": _("Task opened: {kind}"),
    "task.settled": _("Task done: {kind}"),
    "followup.asked": _("Follow-up asked: {wave}"),
    "followup.answered": _("Follow-up answered: {wave}"),
    "followup.refused": _("Follow-up refused: {wave}"),
    "followup.unreachable": _("Follow-up not reached: {wave}"),
    "followup.skipped": _("Follow-up not asked, the chat is stopped: {wave}"),
    "followup.closed": _("Follow-up closed: {wave}. {reason}"),
    "plan.begun": _("Plan begun"),
    "plan.agreed": _("The person agreed to version {version} of the plan"),
    "plan.submitted": _("Version {version} of the plan sent for approval"),
    "plan.returned": _("Version {version} of the plan sent back to be changed"),
    "plan.approved": _("Version {version} of the plan approved"),
    "plan.activated": _("Work on version {version} of the plan began"),
    "plan.revision_begun": _("Version {version} of the plan begun"),
    "plan.revised": _("Version {version} of the plan replaced by a newer one"),
    "plan.completed": _("Plan completed"),
    "plan.discarded": _("Draft of the plan discarded"),
    # Translators: a kind of help in the plan, then how far it is
    "activity.moved": _("Activity of the plan: {kind}. {progress}"),
    "application.opened": _("Application begun: {kind}"),
    "application.authorised": _("The person authorised an application: {kind}"),
    "application.authorisation_ended": _("The authorisation of an application ended: {kind}"),
    "application.submitted": _("Application submitted: {kind}"),
    "application.more_asked": _("More was asked for an application: {kind}"),
    "application.reminded": _("An institution was reminded of an application: {kind}"),
    "application.decided": _("Application decided: {kind}. {result}"),
    "application.appealed": _("A decision on an application was appealed against: {kind}"),
    "application.closed": _("Application closed: {kind}"),
    "application.withdrawn": _("Application withdrawn by the person: {kind}"),
    "business_plan.written": _("The business plan was written anew"),
    "coaching.recorded": _("A coaching visit was recorded"),
    "person.erased": _("All personal data erased"),
}
_KINDS: dict[str, Mapping[str, Message]] = {
    "flag": {kind.value: FLAG_NAMES[kind] for kind in FlagKind},
    "need": {kind.value: NEED_NAMES[kind] for kind in NeedKind},
    "consent": {kind.value: CONSENT_KIND_NAMES[kind] for kind in ConsentKind},
    "activity": {kind.value: ACTIVITY_KIND_NAMES[kind] for kind in ActivityKind},
    "task": {kind.value: TASK_NAMES[kind] for kind in TaskKind},
    "opening": {kind.value: name for kind, name in opening_rules.OPENING_KIND_NAMES.items()},
    "record": {spec.kind.value: spec.name for spec in SPECS},
    "application": {kind.code: kind.name for kind in kinds().values()},
}
_CODES: dict[str, Mapping[str, Message]] = {
    "phase": {phase.value: PHASE_NAMES[phase] for phase in Phase},
    "outcome": {
        **{outcome.value: FLAG_OUTCOME_NAMES[outcome] for outcome in FlagOutcome},
        **{outcome.value: CALL_OUTCOME_NAMES[outcome] for outcome in CallOutcome},
        **{outcome.value: name for outcome, name in opening_rules.OUTCOME_NAMES.items()},
    },
    "status": {status.value: NEED_STATUS_NAMES[status] for status in NeedStatus},
    "state": {state.value: REFERRAL_STATE_NAMES[state] for state in ReferralState},
    "settlement": {settlement.value: SETTLEMENT_NAMES[settlement] for settlement in Settlement},
    "choice": {state.value: OFFER_STATE_NAMES[state] for state in OfferState},
    "progress": {status.value: ACTIVITY_STATUS_NAMES[status] for status in ActivityStatus},
    "reason": CLOSED_FOR,
    "step": {step.value: STEP_NAMES[step] for step in Step},
    "return_type": {each.value: RETURN_TYPE_NAMES[each] for each in ReturnType},
    "halted": {reason.value: HALT_NAMES[reason] for reason in HaltReason},
    "level": {level.value: RISK_LEVEL_NAMES[level] for level in RiskLevel},
    "why": {reason.value: CLOSING_REASON_NAMES[reason] for reason in ClosingReason},
    "reopened_for": {reason.value: REOPENING_REASON_NAMES[reason] for reason in ReopeningReason},
    "trigger": {trigger.value: BID_TRIGGER_NAMES[trigger] for trigger in BidTrigger},
    "body": {body.value: PANEL_BODY_NAMES[body] for body in PanelBody},
    "decision": {decision.value: BID_DECISION_NAMES[decision] for decision in BidDecision},
    "result": {outcome.value: name for outcome, name in application_rules.OUTCOME_NAMES.items()},
    "conflict": {str(has_conflict): CONFLICT_NAMES[has_conflict] for has_conflict in CONFLICT_NAMES},
}


def event_text(event: str, facts: Mapping[str, object]) -> Message:
    """What happened, in words. An event without words of its own is told by its code."""
    words = EVENT_TEXTS.get(event)
    if words is None:
        return Message("{event}").of(event=event)
    return words.of(**{name: _told(event, name, facts.get(name)) for name in _asked_by(words.text)})


@cache
def _asked_by(text: str) -> tuple[str, ...]:
    """The facts that a text tells of: most tell of none, and an entry knows many."""
    return tuple(name for _before, name, *_more in Formatter().parse(text) if name)


def _told(event: str, name: str, fact: object) -> object:
    """A fact in words; what was not noted is left empty."""
    code = "" if fact is None else str(fact)
    if name == "wave" and code:
        return wave_name(code)
    names = _KINDS.get(event.partition(".")[0], {}) if name == "kind" else _CODES.get(name, {})
    return names.get(code, code)
