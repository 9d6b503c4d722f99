"""What an independent monitor records of one return: facts of forced-return monitoring, in our own words.

After the practice of national preventive mechanisms and ombuds institutions (Return Directive, article 8(6); reports of
the EU Fundamental Rights Agency; CPT standards). What a monitor did not see stays empty: nothing is guessed. A change
of these fields is a new `EDITION`; records keep the one that they were made with.
"""

from collections.abc import Mapping
from dataclasses import replace

from cases.record_fields import NO, YES, YES_NO, Field, choice, day, number, words
from cases.rules import COUNTRY_NAMES
from cases.safeguard_rules import TRAVEL_MODE_NAMES
from foundation.language import Message, _, _p

EDITION = "1"


def _seen(name: str, label: Message, more: Mapping[str, Message] | None = None) -> Field:
    """Yes, no, or one of `more`; left out where the monitor did not see it."""
    return choice(name, label, {**YES_NO, **(more or {})}, required=False)


def _begin(heading: Message, *fields: Field) -> tuple[Field, ...]:
    first, *rest = fields
    return (replace(first, heading=heading), *rest)


_NONE_USED = {"none_used": _p("monitoring", "None were used")}
_NOT_NEEDED = {"not_needed": _p("monitoring", "Not needed")}

# Translators: the next texts are a form that an independent monitor fills in about a return that was enforced.
OPERATION = _begin(
    _("The operation"),
    choice("mode", _("How they travelled"), {mode.value: name for mode, name in TRAVEL_MODE_NAMES.items()}),
    choice(
        "operation_kind",
        _("Kind of operation"),
        {
            "individual": _p("operation", "Of one person or family"),
            "national": _p("operation", "Of one state"),
            "joint": _p("operation", "Of several states together"),
            "collecting": _p("operation", "Organised by the state of return"),
        },
    ),
    choice("destination", _("Country of return"), COUNTRY_NAMES, required=False),
    words("operation", _("Name or number of the operation, and which authority organised it")),
    choice(
        "coordinated",
        _("Coordinated by"),
        {"none": _p("operation", "Nobody else"), "regional_agency": _p("operation", "A regional agency")},
        required=False,
    ),
    number("planned", _("People who were to be returned")),
    number("returned", _("People who were returned")),
    number("women", _("Women and girls among them")),
    number("children", _("Children among them")),
    number("unaccompanied", _("Children without a parent or guardian among them")),
    number("families", _("Families")),
    number("escorts", _("Escorts")),
    number("medical_staff", _("Medical staff")),
    number("interpreters", _("Interpreters")),
)
MONITORS = _begin(
    _("The monitors"),
    choice(
        "body",
        _("Who monitored"),
        {
            "npm": _p("monitoring body", "The national preventive mechanism"),
            "ombuds": _p("monitoring body", "An ombuds institution"),
            "ngo": _p("monitoring body", "A non-governmental organisation"),
            "ministry": _p("monitoring body", "A unit of a ministry"),
            "agency_pool": _p("monitoring body", "The pool of a regional agency"),
        },
    ),
    choice("independent", _("Independent of the authority that returns people"), YES_NO),
    number("monitors", _("Monitors present")),
    _seen("trained", _("All of them trained for it")),
    _seen("saw_before", _("Monitored: the time before the day of return")),
    _seen("saw_departure", _("Monitored: the departure")),
    _seen("saw_journey", _("Monitored: the journey")),
    _seen("saw_handover", _("Monitored: the handover")),
    _seen("saw_after", _("Monitored: the time after the return")),
    number("notice_hours", _("Hours between the notice and the operation")),
    choice(
        "information",
        _("The monitors were told enough in time"),
        {YES: _p("answer", "Yes"), "partly": _p("answer", "Partly"), NO: _p("answer", "No")},
        required=False,
    ),
    choice(
        "obstructed",
        _("Were the monitors kept from seeing something?"),
        {
            "none": _p("answer", "No"),
            "place": _p("monitoring", "Yes: a place"),
            "vehicle": _p("monitoring", "Yes: a vehicle"),
            "other": _p("monitoring", "Yes: something else"),
        },
        required=False,
    ),
    words("obstruction", _("What they could not see, and the reason that was given")),
)
BEFORE = _begin(
    _("Before the departure"),
    _seen("decision_understood", _("The decision was given in a language that the person understands")),
    _seen("told_in_time", _("The person was told the day in good time")),
    _seen("remedy_open", _("A remedy was still open")),
    choice(
        "fitness",
        _("Fitness to travel"),
        {
            "certificate": _p("monitoring", "A certificate was there"),
            "not_needed": _p("monitoring", "Not needed"),
            "missing": _p("monitoring", "A certificate was missing"),
        },
        required=False,
    ),
    _seen("needs_known", _("The escorts knew of special needs: health, disability, pregnancy"), _NOT_NEEDED),
    _seen(
        "interests_on_file",
        _("The best interests of each child were on file"),
        {"no_child": _p("monitoring", "No child was there")},
    ),
    _seen("together", _("The family was kept together"), {"no_family": _p("monitoring", "No family was there")}),
)
DURING = _begin(
    _("On the way"),
    choice(
        "restraint",
        _("Means of restraint"),
        {
            "none": _p("restraint", "None"),
            "hands": _p("restraint", "Hands of escorts"),
            "handcuffs": _p("restraint", "Handcuffs or straps"),
            "body": _p("restraint", "Body belt or several means"),
            "other": _p("restraint", "Other means"),
        },
        required=False,
    ),
    number("restraint_minutes", _("Minutes under restraint, of the longest")),
    _seen("restraint_assessed", _("The risk of each person was assessed before restraint"), _NONE_USED),
    choice(
        "force",
        _("Use of force"),
        {
            "none": _p("force", "None"),
            "proportionate": _p("force", "Yes, and proportionate as the monitor sees it"),
            "not_proportionate": _p("force", "Yes, and not proportionate as the monitor sees it"),
        },
        required=False,
    ),
    words("force_words", _("Which force or restraint, when, and the reason that was given")),
    _seen("de_escalation", _("Escorts talked and calmed before anything else"), _NOT_NEEDED),
    _seen("medical_event", _("Somebody needed medical help")),
    _seen("spoken_with", _("People were spoken to with respect, in a language they understand")),
    _seen("privacy", _("Privacy was respected")),
    _seen("toilets", _("Toilets could be used")),
    _seen("food_and_water", _("There was food and water")),
    _seen("complaint_channel", _("People were told how to complain")),
    number("complaints", _("Complaints made; no names")),
)
HANDOVER = _begin(
    _("The handover"),
    _seen("restraints_removed", _("Restraints were taken off on arrival, before the doors opened"), _NONE_USED),
    _seen("belongings", _("Belongings were given back before leaving the vehicle")),
    _seen("luggage", _("The luggage was in good condition")),
    _seen("calm", _("The handover was calm and professional")),
    choice(
        "reception",
        _("How the receiving authority treated people"),
        {"respectful": _p("monitoring", "With respect"), "concerns": _p("monitoring", "There were concerns")},
        required=False,
    ),
    choice(
        "incident",
        _("Incident"),
        {
            "none": _p("monitoring", "None"),
            "incident": _p("monitoring", "An incident"),
            "ill_treatment": _p("monitoring", "A sign of ill-treatment"),
        },
    ),
    words("incident_words", _("What happened, to whom, and who was told")),
)
AFTER = _begin(
    _("After the return"),
    choice(
        "report",
        _("Report"),
        {
            "individual": _p("report", "Published on its own"),
            "annual": _p("report", "Part of a yearly report"),
            "summary": _p("report", "A summary is published"),
            "none": _p("report", "Not published"),
        },
        required=False,
    ),
    words("recommendation", _("Recommendation, and to whom")),
    day("recommendation_due", _("To be carried out until"), required=False),
    choice(
        "recommendation_state",
        _("What became of it"),
        {
            "open": _p("recommendation", "No answer yet"),
            "accepted": _p("recommendation", "Accepted"),
            "done": _p("recommendation", "Carried out"),
            "refused": _p("recommendation", "Refused"),
        },
        required=False,
    ),
    _seen("contact_after", _("The person can be reached independently after the return, and agrees to it")),
)
FIELDS: tuple[Field, ...] = (*OPERATION, *MONITORS, *BEFORE, *DURING, *HANDOVER, *AFTER)
