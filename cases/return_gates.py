"""The gates of every return: protection hold (GCM 37), remedies (21(e)), consent (21(b)), documents (21(c), (d))."""

from cases import gate_checks as check
from cases.gate_checks import Check
from cases.gate_rules import Gate, Rule, Severity, Supply
from cases.record_fields import NO, YES
from cases.record_kinds import RecordKind
from cases.rules import FlagKind
from cases.safeguard_rules import Step
from foundation.language import Message, _


def _rule(
    rule_id: str, gate: Gate, at: Step, applies: Check, met: Check, says: Message, *evidence: RecordKind | Supply,
    source: str, grade: str, severity: Severity = Severity.BLOCK,
) -> Rule:  # fmt: skip
    return Rule(rule_id, gate, severity, at, applies, met, says, evidence, source, grade)


# Translators: each of these says what must be true before anyone is returned. They are read by caseworkers.
RETURN_GATES: tuple[Rule, ...] = (
    _rule(
        "P01",
        Gate.PROTECTION,
        Step.DRAFT,
        check.principal,
        check.free_of(FlagKind.FEAR_OF_RETURN),
        _("No fear of return is open."),
        Supply.FLAGS,
        source="GCM 37; CAT 3",
        grade="A",
    ),
    _rule(
        "P02",
        Gate.PROTECTION,
        Step.DRAFT,
        check.principal,
        check.no_claim_open,
        _("No claim for international protection waits for a decision or was granted."),
        RecordKind.CLAIM,
        source="Refugee Convention 33",
        grade="A",
    ),
    _rule(
        "P03",
        Gate.PROTECTION,
        Step.DRAFT,
        check.principal,
        check.free_of(FlagKind.TRAFFICKING, FlagKind.TORTURE),
        _("No sign of trafficking or torture is open."),
        Supply.FLAGS,
        source="GCM 37; CAT 3",
        grade="A",
    ),
    _rule(
        "P04",
        Gate.PROTECTION,
        Step.DRAFT,
        check.principal,
        check.free_of(FlagKind.STATELESSNESS),
        _("No doubt about statelessness is open."),
        Supply.FLAGS,
        source="GCM 4(h); 1954 Convention",
        grade="B",
    ),
    _rule(
        "P05",
        Gate.PROTECTION,
        Step.DRAFT,
        check.principal,
        check.free_of(FlagKind.HEALTH_EMERGENCY, FlagKind.SERIOUS_ILLNESS),
        _("No health emergency and no serious illness without treatment is open."),
        Supply.FLAGS,
        source="GCM 37",
        grade="B",
    ),
    _rule(
        "P06",
        Gate.PROTECTION,
        Step.CLEARED,
        check.principal,
        check.free_of(FlagKind.VIOLENCE, FlagKind.SELF_HARM, FlagKind.NO_SAFE_PLACE),
        _("No violence, thought of self-harm or lack of a safe place is open."),
        Supply.FLAGS,
        source="our proposal",
        grade="D",
        severity=Severity.WARN,
    ),
    _rule(
        "P07",
        Gate.PROTECTION,
        Step.CLEARED,
        check.principal,
        check.has(RecordKind.CLAIM),
        _("A protection officer has asked about a claim for protection, and recorded the answer."),
        RecordKind.CLAIM,
        source="our proposal",
        grade="D",
    ),
    _rule(
        "P08",
        Gate.PROTECTION,
        Step.CLEARED,
        check.principal,
        check.both(check.has(RecordKind.RISK, danger=NO), check.rests_on_the_newest(RecordKind.RISK)),
        _(
            "The risks on return were assessed with the questionnaire, and whoever read its newest answers found "
            "nothing that gives reason to believe that the person would be in danger."
        ),
        RecordKind.RISK,
        Supply.QUESTIONNAIRE,
        source="GCM 37; IOM Reintegration Handbook 2.2",
        grade="A",
    ),
    _rule(
        "R01",
        Gate.REMEDIES,
        Step.CLEARED,
        check.under_decision,
        check.advised,
        _(
            "The person was told of the decision and the remedies in a language they understand, and "
            "offered legal help."
        ),
        RecordKind.ADVICE,
        source="GCM 21(e)",
        grade="B",
    ),
    _rule(
        "R02",
        Gate.REMEDIES,
        Step.CLEARED,
        check.principal,
        check.not_suspended,
        _("No appeal is open that suspends the return, or may."),
        RecordKind.APPEAL,
        source="GCM 21(e)",
        grade="A",
    ),
    _rule(
        "R03",
        Gate.REMEDIES,
        Step.CLEARED,
        check.under_decision,
        check.exhausted,
        _("Remedies are used up, or waived after advice."),
        RecordKind.REMEDIES,
        source="GCM 21(e)",
        grade="A",
    ),
    _rule(
        "V01",
        Gate.CONSENT,
        Step.CLEARED,
        check.by_choice,
        check.informed,
        _("Everything was explained one by one, in a language the person understands."),
        RecordKind.INFORMATION,
        source="GCM 21(b); IOM AVRR Framework",
        grade="A",
    ),
    _rule(
        "V02",
        Gate.CONSENT,
        Step.CLEARED,
        check.by_choice,
        check.had_time,
        _("There were at least three days between the information and the consent."),
        RecordKind.INFORMATION,
        Supply.CONSENT,
        source="our proposal",
        grade="D",
    ),
    _rule(
        "V03",
        Gate.CONSENT,
        Step.CLEARED,
        check.by_choice,
        check.consents,
        _("The person agrees to return, and has not taken it back; for a child, the guardian too."),
        Supply.CONSENT,
        source="GCM 21(b)",
        grade="A",
    ),
    _rule(
        "V04",
        Gate.CONSENT,
        Step.CLEARED,
        check.by_choice,
        check.has(RecordKind.FREE_CHOICE, alone=YES, no_pressure=YES, able=YES),
        _("The choice was free: asked alone, without pressure, and able to decide."),
        RecordKind.FREE_CHOICE,
        source="GCM 21(b); IOM AVRR Framework",
        grade="A",
    ),
    _rule(
        "D01",
        Gate.DOCUMENTS,
        Step.CLEARED,
        check.adult,
        check.has_travel_document,
        _("A valid travel document is held."),
        RecordKind.TRAVEL_DOCUMENT,
        source="GCM 21(c)",
        grade="B",
    ),
    _rule(
        "D02",
        Gate.DOCUMENTS,
        Step.ARRANGED,
        check.principal,
        check.consulate_was_right,
        _(
            "The consulate was contacted only if the person wants it and it is safe, and no claim for "
            "protection is open or granted."
        ),
        RecordKind.CONSULAR,
        source="GCM 21(d)",
        grade="B",
    ),
)
