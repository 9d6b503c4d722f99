"""The child gate: 23 rules before anyone who is or may be under 18 is returned (GCM 21(g))."""

from cases import gate_checks as check
from cases.gate_checks import Check
from cases.gate_rules import Gate, Rule, Severity, Supply
from cases.record_fields import YES
from cases.record_kinds import NOT_NEEDED, RecordKind
from cases.safeguard_rules import Step
from foundation.language import Message, _


def _rule(
    number: int, at: Step, applies: Check, met: Check, says: Message, *evidence: RecordKind | Supply,
    source: str, grade: str = "B", severity: Severity = Severity.BLOCK, may_be_set_aside: bool = True,
) -> Rule:  # fmt: skip
    return Rule(
        f"C{number:02}", Gate.CHILD, severity, at, applies, met, says, evidence, source, grade,
        may_be_set_aside and severity is Severity.BLOCK,
    )  # fmt: skip


# Translators: each of these says what must be true before a child is returned. They are read by caseworkers.
CHILD_GATE: tuple[Rule, ...] = (
    _rule(
        1,
        Step.ASSESSED,
        check.any_child,
        check.has(RecordKind.AGE),
        _("The age and what it rests on are recorded; where it is doubtful, the person is presumed to be a child."),
        RecordKind.AGE,
        source="A/79/213; CRC GC6",
        grade="A",
    ),
    _rule(
        2,
        Step.ASSESSED,
        check.any_child,
        check.has(RecordKind.COMPANY, company=("with_parent", "separated", "unaccompanied")),
        _("A trained officer has verified with whom the child is."),
        RecordKind.COMPANY,
        source="CRC GC6, 7-8, 31",
    ),
    _rule(
        3,
        Step.DETERMINED,
        check.child_alone,
        check.has_guardian,
        _(
            "A guardian or adviser is appointed and can be reached, and a legal representative where a "
            "procedure is open."
        ),
        RecordKind.GUARDIAN,
        source="CRC GC6, 33-38",
    ),
    _rule(
        4,
        Step.ASSESSED,
        check.any_child,
        check.assessed,
        _(
            "Child-protection staff have assessed the child's best interests, not longer than six months "
            "ago, and nothing in it speaks against the return."
        ),
        RecordKind.BIA,
        source="UNHCR BIP 2021",
    ),
    _rule(
        5,
        Step.DETERMINED,
        check.child_alone,
        check.determined,
        _(
            "A panel has determined that return is in the child's best interests, with reasons, not "
            "longer than six months ago, and not the migration authority alone."
        ),
        Supply.DETERMINATION,
        source="GCM 21(g); UNHCR BIP 2021; A/HRC/38/41",
        grade="A",
    ),
    _rule(
        6,
        Step.ASSESSED,
        check.child_in_family,
        check.each_child_heard,
        _("The best interests of each child of the family have been assessed, each heard alone where that is safe."),
        RecordKind.BIA,
        source="2019 joint Guidance; A/HRC/38/41",
        grade="A",
    ),
    _rule(
        7,
        Step.ASSESSED,
        check.any_child,
        check.has(RecordKind.VIEWS, understood=YES),
        _("The child's views are recorded and weighed, and the child was informed in a way they understand."),
        RecordKind.VIEWS,
        source="CRC 12; GC6, 25",
    ),
    _rule(
        8,
        Step.ASSESSED,
        check.any_child,
        check.no_danger,
        _(
            "Nothing gives reason to believe that the child would be in danger, and no sign of "
            "persecution, trafficking or torture is open."
        ),
        RecordKind.RISK,
        Supply.FLAGS,
        source="A/RES/64/142, 148(a); GCM 37",
        grade="A",
        may_be_set_aside=False,
    ),
    _rule(
        9,
        Step.ARRANGED,
        check.child_alone,
        check.has(RecordKind.CAREGIVER, agrees=YES, able=YES, home_study=YES, identity=YES),
        _(
            "A caregiver in the country of return is found and assessed, agrees and is able; identity and"
            " relation are verified."
        ),
        RecordKind.CAREGIVER,
        source="A/RES/64/142, 148(b)",
        grade="A",
    ),
    _rule(
        10,
        Step.DETERMINED,
        check.any_child,
        check.together,
        _(
            "The return does not separate the child from parents, brothers or sisters, unless a "
            "determination found that in the child's interests."
        ),
        RecordKind.FAMILY_UNITY,
        source="A/79/213, 50; GCM 21(g)",
        grade="A",
    ),
    _rule(
        11,
        Step.ARRANGED,
        check.child_alone,
        check.accompanied,
        _("A parent, a legal guardian or a specialised official accompanies the child on every leg of the way."),
        Supply.LEGS,
        source="GCM 21(g)",
        grade="A",
    ),
    _rule(
        12,
        Step.ARRANGED,
        check.any_child,
        check.received,
        _(
            "Reception, care and reintegration are confirmed in writing by whoever receives the child; "
            "the place is not closed."
        ),
        RecordKind.RECEPTION,
        source="GCM 21(g); A/79/213, 50",
        grade="A",
    ),
    _rule(
        13,
        Step.CLEARED,
        check.any_child,
        check.remedied,
        _("Legal remedies are used up, or waived after advice; no appeal is open that suspends the return."),
        RecordKind.REMEDIES,
        RecordKind.ADVICE,
        RecordKind.APPEAL,
        source="GCM 21(e); 2019 joint Guidance",
        grade="A",
    ),
    _rule(
        14,
        Step.CLEARED,
        check.any_child,
        check.has(RecordKind.MEDICAL, fit=(YES, "with_care"), medicine=("arranged", NOT_NEEDED)),
        _("The child is fit to travel, and medicine is arranged where it is needed."),
        RecordKind.MEDICAL,
        source="Council of Europe Twenty Guidelines, 16",
    ),
    _rule(
        15,
        Step.CLEARED,
        check.any_child,
        check.has_papers,
        _(
            "Travel and civil documents are held: passport or laissez-passer, birth certificate, school "
            "and health records."
        ),
        RecordKind.TRAVEL_DOCUMENT,
        RecordKind.CIVIL_DOCUMENTS,
        source="GCM 21(c), (d)",
    ),
    _rule(
        16,
        Step.CLEARED,
        check.any_child,
        check.has(RecordKind.PREPARATION, child_friendly=YES, psychological=YES),
        _("The child was prepared for the return, with material made for children."),
        RecordKind.PREPARATION,
        source="IOM EMM 2.0",
        grade="A",
        severity=Severity.WARN,
    ),
    _rule(
        17,
        Step.CLEARED,
        check.any_child,
        check.both(
            check.has(RecordKind.CHILD_PLAN, school=YES, health=YES, language=YES, psychosocial=YES, livelihood=YES),
            check.rests_on_the_newest(RecordKind.CHILD_PLAN),
        ),
        _(
            "The child has a plan of their own: school, health, language, psychosocial support, the "
            "caregiver's livelihood. It stands in the plan of the case that is in force."
        ),
        RecordKind.CHILD_PLAN,
        Supply.PLAN,
        source="IOM EMM 2.0; CMW/CRC JGC",
        grade="A",
        severity=Severity.WARN,
    ),
    _rule(
        18,
        Step.CLEARED,
        check.any_child,
        check.has(RecordKind.FAMILY_CONTACT, contact=("kept", "unsafe", "unwanted")),
        _("Contact with the family is kept up before travel, unless it is not safe or not wanted."),
        RecordKind.FAMILY_CONTACT,
        source="A/RES/64/142, 151",
        grade="A",
        severity=Severity.WARN,
    ),
    _rule(
        19,
        Step.CLEARED,
        check.any_child,
        check.consulate_considered,
        _(
            "The consulate is involved only in the child's interests and without danger, never where a "
            "claim for protection is open."
        ),
        RecordKind.CONSULAR,
        source="A/RES/64/142, 150",
        grade="A",
        severity=Severity.WARN,
    ),
    _rule(
        20,
        Step.ARRANGED,
        check.any_child,
        check.has(RecordKind.SHARING, guardian=YES, child=(YES, "too_young")),
        _("The parent or guardian, and the child, agree that data is shared with the receiving body."),
        RecordKind.SHARING,
        source="IOM Data Protection Manual",
    ),
    _rule(
        21,
        Step.CLEARED,
        check.any_child,
        check.has(RecordKind.HANDOVER_PACK, secure=YES),
        _(
            "The receiving child-protection body has a summary of the case by a secure way, and someone "
            "manages it across the border."
        ),
        RecordKind.HANDOVER_PACK,
        source="A/79/213, 49",
        grade="A",
        severity=Severity.WARN,
    ),
    _rule(
        22,
        Step.HANDED_OVER,
        check.any_child,
        check.has(RecordKind.HANDOVER, signed_by=("caregiver", "authority")),
        _(
            "The caregiver or the receiving authority has signed for the child on arrival. Without it the"
            " return is not complete and the child is not left."
        ),
        RecordKind.HANDOVER,
        source="GCM 21(g); CRC GC6, 85",
        may_be_set_aside=False,
    ),
    _rule(
        23,
        Step.HANDED_OVER,
        check.any_child,
        check.visits_planned,
        _(
            "Visits after the return are planned: on day 3, 14, 30, 90, 180 and 365, each with a question"
            " that the child answers alone."
        ),
        Supply.VISITS,
        source="our proposal",
        grade="D",
        severity=Severity.WARN,
    ),
)
