"""The kinds of evidence about someone of a case: which fields each has, who may write it, how long it holds.

What a field may hold is a code, a date, a number or words. Codes stand open for the rules; words are sealed.
"""

from dataclasses import dataclass
from enum import StrEnum

from access.rules import Permission
from cases.monitoring_fields import EDITION, FIELDS
from cases.record_fields import NO, YES, YES_NO, Field, choice, day, words, yes
from cases.safeguard_rules import AGE_NAMES, COMPANY_NAMES
from foundation.language import Message, _, _p


class RecordKind(StrEnum):
    AGE = "age"
    COMPANY = "company"
    GUARDIAN = "guardian"
    BIA = "bia"
    VIEWS = "views"
    RISK = "risk"
    CAREGIVER = "caregiver"
    FAMILY_UNITY = "family_unity"
    RECEPTION = "reception"
    MEDICAL = "medical"
    TRAVEL_DOCUMENT = "travel_document"
    CIVIL_DOCUMENTS = "civil_documents"
    PREPARATION = "preparation"
    CHILD_PLAN = "child_plan"
    FAMILY_CONTACT = "family_contact"
    CONSULAR = "consular"
    SHARING = "sharing"
    HANDOVER_PACK = "handover_pack"
    HANDOVER = "handover"
    VISIT = "visit"
    TRACING = "tracing"
    CLAIM = "claim"
    ADVICE = "advice"
    APPEAL = "appeal"
    REMEDIES = "remedies"
    INFORMATION = "information"
    FREE_CHOICE = "free_choice"
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class RecordSpec:
    kind: RecordKind
    name: Message
    fields: tuple[Field, ...]
    permission: Permission
    for_child: bool = False
    """Whether it is only ever about a child."""
    many: bool = False
    """Whether several hold at once, each on its own: appeals, documents, visits."""
    edition: str = ""
    """Of its fields; it is kept with each record where figures rest on it."""


NOT_NEEDED = "not_needed"
_NOTES = words("notes", _("Notes"))
_REASONS = words("reasons", _("Reasons: what this rests on"), required=True)
_CHILD, _CASE, _PROTECTION = (
    Permission.RECORD_WRITE_CHILD,
    Permission.RECORD_WRITE,
    Permission.RECORD_WRITE_PROTECTION,
)

SPECS: tuple[RecordSpec, ...] = (
    RecordSpec(
        RecordKind.AGE,
        _("Age"),
        (
            choice("age", _("How old"), {age.value: name for age, name in AGE_NAMES.items()}),
            choice(
                "basis",
                _("What this rests on"),
                {
                    "document": _("A document"),
                    "assessment": _("An age assessment by qualified staff"),
                    "own_word": _("The person's own word"),
                    "presumed": _("Presumed to be a child, because it is doubtful"),
                },
            ),
            _NOTES,
        ),
        _CHILD,
    ),
    RecordSpec(
        RecordKind.COMPANY,
        _("With whom the child is"),
        (
            choice("company", _("The child is"), {each.value: name for each, name in COMPANY_NAMES.items()}),
            words("checked", _("How you checked it"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.GUARDIAN,
        _("Guardian and legal representative"),
        (
            words("guardian", _("Who is the guardian or adviser, and how to reach them"), required=True),
            day("appointed_on", _("Appointed on")),
            yes("reachable", _("Can be reached")),
            choice(
                "representative",
                _("Legal representative"),
                {
                    "appointed": _("Appointed"),
                    NOT_NEEDED: _("No procedure is open"),
                    "missing": _("A procedure is open, and there is none"),
                },
            ),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.BIA,
        _("Best-interests assessment"),
        (
            choice(
                "finding",
                _("Finding"),
                {
                    "in_interest": _("The return is in the child's best interests"),
                    "bid_needed": _("A determination by a panel is needed"),
                    "not_in_interest": _("The return is not in the child's best interests"),
                    "more_information": _("More information is needed"),
                },
            ),
            choice(
                "heard",
                _("The child was heard"),
                {
                    "alone": _("Alone"),
                    "not_safe_alone": _("Not alone: that was not safe, or the child did not want it"),
                    "not_heard": _("Not heard"),
                },
            ),
            words("sources", _("Sources of information"), required=True),
            _REASONS,
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.VIEWS,
        _("The child's views"),
        (
            words("views", _("What the child wants and thinks, in their words"), required=True),
            words("weighed", _("How this was weighed, by age and maturity"), required=True),
            day("informed_on", _("The child was informed on")),
            choice(
                "understood",
                _("In a language and a form that the child understands"),
                YES_NO,
            ),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.RISK,
        _("Risk and security on return"),
        (
            choice(
                "danger",
                _("Is there reason to believe that they would be in danger?"),
                {NO: _p("answer", "No"), YES: _p("answer", "Yes"), "unsure": _p("answer", "Not sure")},
            ),
            _REASONS,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.CAREGIVER,
        _("Caregiver after the return"),
        (
            words("caregiver", _("Who will care for the child, and where"), required=True),
            yes("agrees", _("Agrees to care for the child")),
            yes("able", _("Is able to care for the child")),
            yes("home_study", _("The home was visited and assessed")),
            yes("identity", _("Identity and relation are verified")),
            words("agreement", _("Where the written agreement is kept"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.FAMILY_UNITY,
        _("Family unity"),
        (
            choice(
                "separation",
                _("Does the return separate the child from parents, brothers or sisters?"),
                {
                    "none": _p("answer", "No"),
                    "in_interest": _("Yes, and a determination found it in the child's interests"),
                    "yes": _p("answer", "Yes"),
                },
            ),
            _REASONS,
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.RECEPTION,
        _("Reception, care and reintegration"),
        (
            words("body", _("Who receives, and where"), required=True),
            day("confirmed_on", _("Confirmed in writing on")),
            choice(
                "place",
                _("Where the child will live"),
                {
                    "family": _("With family"),
                    "community": _("In community-based care"),
                    "foster": _("In foster care"),
                    "residential": _("In a residential home that is not closed"),
                    "custodial": _("In a closed place"),
                },
            ),
            _NOTES,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.MEDICAL,
        _("Fitness to travel"),
        (
            choice(
                "fit",
                _("Fit to travel"),
                {YES: _p("answer", "Yes"), "with_care": _("Yes, with care on the way"), NO: _p("answer", "No")},
            ),
            choice(
                "medicine",
                _("Medicine for the journey and after"),
                {"arranged": _("Arranged"), NOT_NEEDED: _("None needed"), "missing": _("Not arranged")},
            ),
            _NOTES,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.TRAVEL_DOCUMENT,
        _("Travel document"),
        (
            choice(
                "type",
                _("Kind"),
                {
                    "passport": _("Passport"),
                    "emergency": _("Emergency travel document"),
                    "laissez_passer": _("Laissez-passer"),
                    "other": _("Another document"),
                },
            ),
            choice(
                "state",
                _("State"),
                {
                    "requested": _p("document", "Asked for"),
                    "issued": _p("document", "Issued and held"),
                    "refused": _p("document", "Refused"),
                },
            ),
            day("requested_on", _("Asked for on")),
            day("issued_on", _("Issued on"), required=False),
            day("expires_on", _("Valid until"), required=False),
        ),
        _CASE,
        many=True,
    ),
    RecordSpec(
        RecordKind.CIVIL_DOCUMENTS,
        _("Civil, school and health documents"),
        (
            choice(
                "birth",
                _("Birth certificate"),
                {YES: _p("document", "Held"), "applied": _p("document", "Applied for"), NO: _p("document", "Missing")},
            ),
            choice(
                "school",
                _("School records"),
                {YES: _p("document", "Held"), NOT_NEEDED: _p("document", "None exist"), NO: _p("document", "Missing")},
            ),
            choice(
                "health",
                _("Health records"),
                {YES: _p("document", "Held"), NOT_NEEDED: _p("document", "None exist"), NO: _p("document", "Missing")},
            ),
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.PREPARATION,
        _("Preparation for the return"),
        (
            yes("child_friendly", _("Information was given with material made for children")),
            yes("psychological", _("Someone trained prepared the child")),
            _NOTES,
        ),
        _CASE,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.CHILD_PLAN,
        _("The child's own plan"),
        (
            yes("school", _("A school place")),
            yes("health", _("Health care")),
            yes("language", _("Help with the language")),
            yes("psychosocial", _("Psychosocial support")),
            yes("livelihood", _("A livelihood of the caregiver")),
            _NOTES,
        ),
        _CASE,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.FAMILY_CONTACT,
        _("Contact with the family"),
        (
            choice(
                "contact",
                _("Contact before travel"),
                {
                    "kept": _("Kept up"),
                    "unsafe": _("Not safe"),
                    "unwanted": _("The child does not want it"),
                    "none": _("None"),
                },
            ),
            _NOTES,
        ),
        _CASE,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.CONSULAR,
        _("Consular contact"),
        (
            yes("wanted", _("The person wants it")),
            yes("safe", _("It is safe for them and their family")),
            choice("contacted", _("Was the consulate contacted?"), YES_NO),
            _NOTES,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.SHARING,
        _("Agreement to share with the receiving body"),
        (
            yes("guardian", _("The parent or guardian agreed")),
            choice(
                "child",
                _("The child agreed"),
                {
                    YES: _p("answer", "Yes"),
                    NO: _p("answer", "No"),
                    "too_young": _("Too young to be asked; told what happens"),
                },
            ),
            words("evidence", _("Who agreed, when, and how you checked it"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.HANDOVER_PACK,
        _("Summary for the receiving child-protection body"),
        (
            yes("secure", _("Sent by a secure way")),
            words("manager", _("Who manages the case across the border"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.HANDOVER,
        _("Handover on arrival"),
        (
            choice(
                "signed_by",
                _("Signed by"),
                {
                    "caregiver": _("The caregiver"),
                    "authority": _("The receiving authority"),
                    "nobody": _("Nobody: the child was not left"),
                },
            ),
            day("signed_on", _("Signed on")),
            _NOTES,
        ),
        _CASE,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.VISIT,
        _("Visit after the return"),
        (
            yes("alone", _("The child answered a question alone")),
            choice(
                "safe",
                _("The child is safe"),
                {YES: _p("answer", "Yes"), NO: _p("answer", "No"), "unsure": _p("answer", "Not sure")},
            ),
            _NOTES,
        ),
        _CHILD,
        for_child=True,
        many=True,
    ),
    RecordSpec(
        RecordKind.TRACING,
        _("Family tracing"),
        (
            yes("consent", _("The child agrees to tracing")),
            choice(
                "state",
                _("State"),
                {
                    "begun": _p("tracing", "Begun"),
                    "found": _p("tracing", "Family found"),
                    "verified": _p("tracing", "Family found and verified"),
                    "stopped": _p("tracing", "Stopped"),
                },
            ),
            _NOTES,
        ),
        _CHILD,
        for_child=True,
        many=True,
    ),
    RecordSpec(
        RecordKind.CLAIM,
        _("Claim for international protection"),
        (
            choice(
                "state",
                _("State"),
                {
                    "none": _("None was made, and none is wanted"),
                    "pending": _("Not decided yet"),
                    "granted": _("Granted"),
                    "refused": _("Refused, and final"),
                    "withdrawn": _("Taken back after legal advice"),
                },
            ),
            _NOTES,
        ),
        _PROTECTION,
    ),
    RecordSpec(
        RecordKind.ADVICE,
        _("Advice on remedies"),
        (
            yes("understood", _("Told of the decision and the remedies in a language they understand")),
            yes("legal_help", _("Legal help was offered free of charge")),
            _NOTES,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.APPEAL,
        _("Appeal"),
        (
            words("authority", _("Authority or court"), required=True),
            day("lodged_on", _("Lodged on")),
            choice(
                "suspensive",
                _("Does it suspend the return?"),
                {YES: _p("answer", "Yes"), NO: _p("answer", "No"), "unsure": _p("answer", "Not sure")},
            ),
            choice(
                "outcome",
                _("Outcome"),
                {
                    "pending": _p("appeal", "Not decided yet"),
                    "won": _p("appeal", "Won"),
                    "lost": _p("appeal", "Lost, and final"),
                    "withdrawn": _p("appeal", "Taken back after legal advice"),
                },
            ),
            day("decided_on", _("Decided on"), required=False),
        ),
        _CASE,
        many=True,
    ),
    RecordSpec(
        RecordKind.REMEDIES,
        _("Remedies"),
        (
            choice(
                "state",
                _("State"),
                {
                    "exhausted": _("All remedies are used up"),
                    "waived": _("Waived after legal advice"),
                    "open": _("A remedy is still open"),
                },
            ),
            _REASONS,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.INFORMATION,
        _("Information before the consent"),
        (
            yes("options", _("All options, also to stay or to go elsewhere")),
            yes("country", _("The situation in the country and area of return")),
            yes("support", _("What help there is before, on the way and after")),
            yes("no_support", _("What is not covered, and for how long help lasts")),
            yes("consequences", _("What the return means for coming back, and for claims that are open")),
            yes("withdrawal", _("That they can change their mind until departure, without losing other help")),
            yes("data", _("Who learns what about them")),
            yes("language", _("All of it in a language they understand, one by one")),
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.FREE_CHOICE,
        _("Free choice"),
        (
            yes("alone", _("Asked alone, without officials or family")),
            yes("no_pressure", _("No pressure, threat or promise was found")),
            yes("able", _("Able to decide; where doubtful, a qualified person assessed it")),
            _NOTES,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.MONITORING,
        _("Monitoring of the return"),
        FIELDS,
        Permission.RETURN_MONITOR,
        many=True,
        edition=EDITION,
    ),
)
SPEC_OF: dict[RecordKind, RecordSpec] = {spec.kind: spec for spec in SPECS}
