"""The words and steps of a reintegration plan, and the criteria of a programme. The staff alone read them."""

from enum import StrEnum

from cases.rules import Phase
from foundation.language import Message, _p


class PlanState(StrEnum):
    DRAFT = "draft"
    PENDING = "pending"
    APPROVED = "approved"
    ACTIVE = "active"
    COMPLETED = "completed"
    REVISED = "revised"


PLAN_STEPS: dict[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset([PlanState.PENDING]),
    PlanState.PENDING: frozenset([PlanState.APPROVED, PlanState.DRAFT]),
    # A new version that is approved takes the place of the one before, whether work on that had begun or not.
    PlanState.APPROVED: frozenset([PlanState.ACTIVE, PlanState.REVISED]),
    PlanState.ACTIVE: frozenset([PlanState.COMPLETED, PlanState.REVISED]),
    PlanState.COMPLETED: frozenset(),
    PlanState.REVISED: frozenset(),
}
WRITING = frozenset([PlanState.DRAFT, PlanState.PENDING])
"""Being written or waiting for approval: at most one version of a case's plan."""
IN_FORCE = frozenset([PlanState.APPROVED, PlanState.ACTIVE])
"""What was agreed to: at most one version as well."""
COUNTED = IN_FORCE | {PlanState.COMPLETED}
"""Charges of these are held against a budget. A revised version's are those of the version after it."""
WORKING_PHASES = frozenset([Phase.PLANNING, Phase.RETURN, Phase.REINTEGRATION, Phase.FOLLOW_UP])
"""The phases of a case in which work on its plan may begin."""

PLAN_STATE_NAMES: dict[PlanState, Message] = {
    PlanState.DRAFT: _p("plan", "Draft"),
    PlanState.PENDING: _p("plan", "Waits for approval"),
    PlanState.APPROVED: _p("plan", "Approved"),
    PlanState.ACTIVE: _p("plan", "At work"),
    PlanState.COMPLETED: _p("plan", "Completed"),
    PlanState.REVISED: _p("plan", "Replaced by a newer version"),
}

SPOKEN = (
    *("am", "ar", "bm", "bn", "ckb", "en", "es", "fa", "fa_AF", "ff", "fr", "ha", "ig", "ku", "ln", "mnk", "om", "ps"),
    *("pt", "ru", "snk", "so", "sw", "ti", "tr", "uk", "ur", "wo", "yo"),
)
"""Languages in which a plan is read back by word of mouth: more than those in which the chat is written."""


class Dimension(StrEnum):
    """The three dimensions of reintegration (IOM Reintegration Handbook, 2019)."""

    ECONOMIC = "economic"
    SOCIAL = "social"
    PSYCHOSOCIAL = "psychosocial"


DIMENSION_NAMES: dict[Dimension, Message] = {
    Dimension.ECONOMIC: _p("dimension", "Economic"),
    Dimension.SOCIAL: _p("dimension", "Social"),
    Dimension.PSYCHOSOCIAL: _p("dimension", "Psychosocial"),
}


class ActivityKind(StrEnum):
    """The economic ones are the approaches of the handbook's feasibility grid (2.3.1); the others are ours."""

    CASH = "cash"
    NON_CASH = "non_cash"
    JOB_PLACEMENT = "job_placement"
    BUSINESS_SUPPORT = "business_support"
    STARTUP_GRANT = "startup_grant"
    VOCATIONAL_TRAINING = "vocational_training"
    SCHOLARSHIP_SCHOOL = "scholarship_school"
    SCHOLARSHIP_TERTIARY = "scholarship_tertiary"
    RECORDS = "records"
    FINANCIAL_TRAINING = "financial_training"
    MICRO_SAVING = "micro_saving"
    SELF_HELP_GROUP = "self_help_group"
    SAVINGS_CREDIT = "savings_credit"
    PRODUCTIVE_ASSETS = "productive_assets"
    OTHER_ECONOMIC = "other_economic"
    HOUSING = "housing"
    HEALTH_CARE = "health_care"
    DOCUMENTS = "documents"
    SCHOOLING = "schooling"
    FAMILY_SUPPORT = "family_support"
    COMMUNITY = "community"
    OTHER_SOCIAL = "other_social"
    COUNSELLING = "counselling"
    PEER_SUPPORT = "peer_support"
    MENTAL_HEALTH_CARE = "mental_health_care"
    OTHER_PSYCHOSOCIAL = "other_psychosocial"


KINDS_OF: dict[Dimension, tuple[ActivityKind, ...]] = {
    Dimension.ECONOMIC: (
        ActivityKind.CASH,
        ActivityKind.NON_CASH,
        ActivityKind.JOB_PLACEMENT,
        ActivityKind.BUSINESS_SUPPORT,
        ActivityKind.STARTUP_GRANT,
        ActivityKind.VOCATIONAL_TRAINING,
        ActivityKind.SCHOLARSHIP_SCHOOL,
        ActivityKind.SCHOLARSHIP_TERTIARY,
        ActivityKind.RECORDS,
        ActivityKind.FINANCIAL_TRAINING,
        ActivityKind.MICRO_SAVING,
        ActivityKind.SELF_HELP_GROUP,
        ActivityKind.SAVINGS_CREDIT,
        ActivityKind.PRODUCTIVE_ASSETS,
        ActivityKind.OTHER_ECONOMIC,
    ),
    Dimension.SOCIAL: (
        ActivityKind.HOUSING,
        ActivityKind.HEALTH_CARE,
        ActivityKind.DOCUMENTS,
        ActivityKind.SCHOOLING,
        ActivityKind.FAMILY_SUPPORT,
        ActivityKind.COMMUNITY,
        ActivityKind.OTHER_SOCIAL,
    ),
    Dimension.PSYCHOSOCIAL: (
        ActivityKind.COUNSELLING,
        ActivityKind.PEER_SUPPORT,
        ActivityKind.MENTAL_HEALTH_CARE,
        ActivityKind.OTHER_PSYCHOSOCIAL,
    ),
}
DIMENSION_OF: dict[ActivityKind, Dimension] = {kind: one for one, kinds in KINDS_OF.items() for kind in kinds}

# Translators: kinds of help in a reintegration plan
ACTIVITY_KIND_NAMES: dict[ActivityKind, Message] = {
    ActivityKind.CASH: _p("activity", "Help in cash"),
    ActivityKind.NON_CASH: _p("activity", "Help in goods or services"),
    ActivityKind.JOB_PLACEMENT: _p("activity", "Placement in a job"),
    ActivityKind.BUSINESS_SUPPORT: _p("activity", "Support for a business"),
    ActivityKind.STARTUP_GRANT: _p("activity", "Grant to start a business"),
    ActivityKind.VOCATIONAL_TRAINING: _p("activity", "Vocational training"),
    ActivityKind.SCHOLARSHIP_SCHOOL: _p("activity", "Scholarship for school"),
    ActivityKind.SCHOLARSHIP_TERTIARY: _p("activity", "Scholarship for higher education"),
    ActivityKind.RECORDS: _p("activity", "Records of education and work put together"),
    ActivityKind.FINANCIAL_TRAINING: _p("activity", "Training in handling money"),
    ActivityKind.MICRO_SAVING: _p("activity", "Micro-saving"),
    ActivityKind.SELF_HELP_GROUP: _p("activity", "Self-help group"),
    ActivityKind.SAVINGS_CREDIT: _p("activity", "Savings and credit association"),
    ActivityKind.PRODUCTIVE_ASSETS: _p("activity", "Productive assets turned into money"),
    ActivityKind.OTHER_ECONOMIC: _p("activity", "Other economic help"),
    ActivityKind.HOUSING: _p("activity", "Housing"),
    ActivityKind.HEALTH_CARE: _p("activity", "Health care"),
    ActivityKind.DOCUMENTS: _p("activity", "Documents and legal help"),
    ActivityKind.SCHOOLING: _p("activity", "A place at school"),
    ActivityKind.FAMILY_SUPPORT: _p("activity", "Support for the family"),
    ActivityKind.COMMUNITY: _p("activity", "Life in the community"),
    ActivityKind.OTHER_SOCIAL: _p("activity", "Other social help"),
    ActivityKind.COUNSELLING: _p("activity", "Counselling"),
    ActivityKind.PEER_SUPPORT: _p("activity", "Meeting others who have returned"),
    ActivityKind.MENTAL_HEALTH_CARE: _p("activity", "Mental health care"),
    ActivityKind.OTHER_PSYCHOSOCIAL: _p("activity", "Other psychosocial help"),
}


class ActivityStatus(StrEnum):
    PLANNED = "planned"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    DROPPED = "dropped"


ACTIVITY_STEPS: dict[ActivityStatus, frozenset[ActivityStatus]] = {
    ActivityStatus.PLANNED: frozenset([ActivityStatus.ONGOING, ActivityStatus.COMPLETED, ActivityStatus.DROPPED]),
    ActivityStatus.ONGOING: frozenset([ActivityStatus.COMPLETED, ActivityStatus.DROPPED]),
    ActivityStatus.COMPLETED: frozenset(),
    ActivityStatus.DROPPED: frozenset(),
}
UNSETTLED = frozenset([ActivityStatus.PLANNED, ActivityStatus.ONGOING])

ACTIVITY_STATUS_NAMES: dict[ActivityStatus, Message] = {
    ActivityStatus.PLANNED: _p("activity", "Planned"),
    ActivityStatus.ONGOING: _p("activity", "Under way"),
    ActivityStatus.COMPLETED: _p("activity", "Completed"),
    ActivityStatus.DROPPED: _p("activity", "Dropped"),
}


class Criterion(StrEnum):
    """What a national action plan must state of each of its programmes. Also the names of the columns."""

    DESCRIPTION = "description"
    RATIONALE = "rationale"
    PARTNERS = "partners"
    ROLES = "roles"
    LEGAL_COMPLIANCE = "legal_compliance"
    TIMEFRAME = "timeframe"
    OUTCOMES = "outcomes"
    RISKS = "risks"
    SUPPORTING_ACTIVITIES = "supporting_activities"
    RESOURCES = "resources"
    FUNDING = "funding"
    MONITORING = "monitoring"


# Translators: what must be stated about a programme; headings, and the labels of a form
CRITERION_NAMES: dict[Criterion, Message] = {
    Criterion.DESCRIPTION: _p("programme", "Description"),
    Criterion.RATIONALE: _p("programme", "Why it is needed"),
    Criterion.PARTNERS: _p("programme", "Partners"),
    Criterion.ROLES: _p("programme", "Who does what"),
    Criterion.LEGAL_COMPLIANCE: _p("programme", "Which laws and standards it follows, and how"),
    Criterion.TIMEFRAME: _p("programme", "Timeframe"),
    Criterion.OUTCOMES: _p("programme", "Expected outcomes"),
    Criterion.RISKS: _p("programme", "Risks, and what is done about them"),
    Criterion.SUPPORTING_ACTIVITIES: _p("programme", "Supporting activities"),
    Criterion.RESOURCES: _p("programme", "Staff and other resources"),
    Criterion.FUNDING: _p("programme", "Funding"),
    Criterion.MONITORING: _p("programme", "Monitoring and evaluation"),
}
