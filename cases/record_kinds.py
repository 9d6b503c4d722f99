"""The kinds of evidence about someone of a case: which fields each has, who may write it, how long it holds.

What a field may hold is a code, a date, a number or words. Codes stand open for the rules; words are sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from access.rules import Permission
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


class FieldKind(StrEnum):
    CHOICE = "choice"
    DAY = "day"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: Message
    kind: FieldKind
    choices: Mapping[str, Message]
    required: bool = True


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


YES, NO = "yes", "no"
YES_NO: dict[str, Message] = {YES: _p("answer", "Yes"), NO: _p("answer", "No")}
NOT_NEEDED = "not_needed"


def _choice(name: str, label: Message, choices: Mapping[str, Message], *, required: bool = True) -> Field:
    return Field(name, label, FieldKind.CHOICE, choices, required)


def _yes(name: str, label: Message) -> Field:
    return _choice(name, label, YES_NO)


def _words(name: str, label: Message, *, required: bool = False) -> Field:
    return Field(name, label, FieldKind.WORDS, {}, required)


def _day(name: str, label: Message, *, required: bool = True) -> Field:
    return Field(name, label, FieldKind.DAY, {}, required)


_NOTES = _words("notes", _("Notes"))
_REASONS = _words("reasons", _("Reasons: what this rests on"), required=True)
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
            _choice("age", _("How old"), {age.value: name for age, name in AGE_NAMES.items()}),
            _choice(
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
            _choice("company", _("The child is"), {each.value: name for each, name in COMPANY_NAMES.items()}),
            _words("checked", _("How you checked it"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.GUARDIAN,
        _("Guardian and legal representative"),
        (
            _words("guardian", _("Who is the guardian or adviser, and how to reach them"), required=True),
            _day("appointed_on", _("Appointed on")),
            _yes("reachable", _("Can be reached")),
            _choice(
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
            _choice(
                "finding",
                _("Finding"),
                {
                    "in_interest": _("The return is in the child's best interests"),
                    "bid_needed": _("A determination by a panel is needed"),
                    "not_in_interest": _("The return is not in the child's best interests"),
                    "more_information": _("More information is needed"),
                },
            ),
            _choice(
                "heard",
                _("The child was heard"),
                {
                    "alone": _("Alone"),
                    "not_safe_alone": _("Not alone: that was not safe, or the child did not want it"),
                    "not_heard": _("Not heard"),
                },
            ),
            _words("sources", _("Sources of information"), required=True),
            _REASONS,
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.VIEWS,
        _("The child's views"),
        (
            _words("views", _("What the child wants and thinks, in their words"), required=True),
            _words("weighed", _("How this was weighed, by age and maturity"), required=True),
            _day("informed_on", _("The child was informed on")),
            _choice(
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
            _choice(
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
            _words("caregiver", _("Who will care for the child, and where"), required=True),
            _yes("agrees", _("Agrees to care for the child")),
            _yes("able", _("Is able to care for the child")),
            _yes("home_study", _("The home was visited and assessed")),
            _yes("identity", _("Identity and relation are verified")),
            _words("agreement", _("Where the written agreement is kept"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.FAMILY_UNITY,
        _("Family unity"),
        (
            _choice(
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
            _words("body", _("Who receives, and where"), required=True),
            _day("confirmed_on", _("Confirmed in writing on")),
            _choice(
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
            _choice(
                "fit",
                _("Fit to travel"),
                {YES: _p("answer", "Yes"), "with_care": _("Yes, with care on the way"), NO: _p("answer", "No")},
            ),
            _choice(
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
            _choice(
                "type",
                _("Kind"),
                {
                    "passport": _("Passport"),
                    "emergency": _("Emergency travel document"),
                    "laissez_passer": _("Laissez-passer"),
                    "other": _("Another document"),
                },
            ),
            _choice(
                "state",
                _("State"),
                {
                    "requested": _p("document", "Asked for"),
                    "issued": _p("document", "Issued and held"),
                    "refused": _p("document", "Refused"),
                },
            ),
            _day("requested_on", _("Asked for on")),
            _day("issued_on", _("Issued on"), required=False),
            _day("expires_on", _("Valid until"), required=False),
        ),
        _CASE,
        many=True,
    ),
    RecordSpec(
        RecordKind.CIVIL_DOCUMENTS,
        _("Civil, school and health documents"),
        (
            _choice(
                "birth",
                _("Birth certificate"),
                {YES: _p("document", "Held"), "applied": _p("document", "Applied for"), NO: _p("document", "Missing")},
            ),
            _choice(
                "school",
                _("School records"),
                {YES: _p("document", "Held"), NOT_NEEDED: _p("document", "None exist"), NO: _p("document", "Missing")},
            ),
            _choice(
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
            _yes("child_friendly", _("Information was given with material made for children")),
            _yes("psychological", _("Someone trained prepared the child")),
            _NOTES,
        ),
        _CASE,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.CHILD_PLAN,
        _("The child's own plan"),
        (
            _yes("school", _("A school place")),
            _yes("health", _("Health care")),
            _yes("language", _("Help with the language")),
            _yes("psychosocial", _("Psychosocial support")),
            _yes("livelihood", _("A livelihood of the caregiver")),
            _NOTES,
        ),
        _CASE,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.FAMILY_CONTACT,
        _("Contact with the family"),
        (
            _choice(
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
            _yes("wanted", _("The person wants it")),
            _yes("safe", _("It is safe for them and their family")),
            _choice("contacted", _("Was the consulate contacted?"), YES_NO),
            _NOTES,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.SHARING,
        _("Agreement to share with the receiving body"),
        (
            _yes("guardian", _("The parent or guardian agreed")),
            _choice(
                "child",
                _("The child agreed"),
                {
                    YES: _p("answer", "Yes"),
                    NO: _p("answer", "No"),
                    "too_young": _("Too young to be asked; told what happens"),
                },
            ),
            _words("evidence", _("Who agreed, when, and how you checked it"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.HANDOVER_PACK,
        _("Summary for the receiving child-protection body"),
        (
            _yes("secure", _("Sent by a secure way")),
            _words("manager", _("Who manages the case across the border"), required=True),
        ),
        _CHILD,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.HANDOVER,
        _("Handover on arrival"),
        (
            _choice(
                "signed_by",
                _("Signed by"),
                {
                    "caregiver": _("The caregiver"),
                    "authority": _("The receiving authority"),
                    "nobody": _("Nobody: the child was not left"),
                },
            ),
            _day("signed_on", _("Signed on")),
            _NOTES,
        ),
        _CASE,
        for_child=True,
    ),
    RecordSpec(
        RecordKind.VISIT,
        _("Visit after the return"),
        (
            _yes("alone", _("The child answered a question alone")),
            _choice(
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
            _yes("consent", _("The child agrees to tracing")),
            _choice(
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
            _choice(
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
            _yes("understood", _("Told of the decision and the remedies in a language they understand")),
            _yes("legal_help", _("Legal help was offered free of charge")),
            _NOTES,
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.APPEAL,
        _("Appeal"),
        (
            _words("authority", _("Authority or court"), required=True),
            _day("lodged_on", _("Lodged on")),
            _choice(
                "suspensive",
                _("Does it suspend the return?"),
                {YES: _p("answer", "Yes"), NO: _p("answer", "No"), "unsure": _p("answer", "Not sure")},
            ),
            _choice(
                "outcome",
                _("Outcome"),
                {
                    "pending": _p("appeal", "Not decided yet"),
                    "won": _p("appeal", "Won"),
                    "lost": _p("appeal", "Lost, and final"),
                    "withdrawn": _p("appeal", "Taken back after legal advice"),
                },
            ),
            _day("decided_on", _("Decided on"), required=False),
        ),
        _CASE,
        many=True,
    ),
    RecordSpec(
        RecordKind.REMEDIES,
        _("Remedies"),
        (
            _choice(
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
            _yes("options", _("All options, also to stay or to go elsewhere")),
            _yes("country", _("The situation in the country and area of return")),
            _yes("support", _("What help there is before, on the way and after")),
            _yes("no_support", _("What is not covered, and for how long help lasts")),
            _yes("consequences", _("What the return means for coming back, and for claims that are open")),
            _yes("withdrawal", _("That they can change their mind until departure, without losing other help")),
            _yes("data", _("Who learns what about them")),
            _yes("language", _("All of it in a language they understand, one by one")),
        ),
        _CASE,
    ),
    RecordSpec(
        RecordKind.FREE_CHOICE,
        _("Free choice"),
        (
            _yes("alone", _("Asked alone, without officials or family")),
            _yes("no_pressure", _("No pressure, threat or promise was found")),
            _yes("able", _("Able to decide; where doubtful, a qualified person assessed it")),
            _NOTES,
        ),
        _CASE,
    ),
)
SPEC_OF: dict[RecordKind, RecordSpec] = {spec.kind: spec for spec in SPECS}
