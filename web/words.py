"""The names of codes, as the rules give them, for the templates: one place to look up `words.phase[case.phase]`."""

from types import SimpleNamespace

from cases.assessment_rules import RISK_LEVEL_NAMES, SUGGESTED_LEVEL_NAMES
from cases.helplines import LINE_NAMES
from cases.plan_rules import (
    ACTIVITY_KIND_NAMES,
    ACTIVITY_STATUS_NAMES,
    CRITERION_NAMES,
    DIMENSION_NAMES,
    PLAN_STATE_NAMES,
)
from cases.rules import (
    CALL_CHANNEL_NAMES,
    CALL_OUTCOME_NAMES,
    CALL_TIME_NAMES,
    CONSENT_STATE_NAMES,
    COUNTRY_NAMES,
    FLAG_NAMES,
    FLAG_OUTCOME_NAMES,
    NEED_NAMES,
    NEED_STATUS_NAMES,
    PHASE_NAMES,
    URGENCY_NAMES,
)
from monitoring.recommendation_rules import ACTION_NAMES, KIND_NAMES, NUMBERED, STATE_NAMES, THEME_NAMES
from monitoring.recommendation_rules import ENTRY_NAMES as WRITTEN_NAMES
from referrals.application_rules import APPLICATION_STATE_NAMES
from referrals.application_words import ENTRY_NAMES, GIVEN_NAMES, STANDING_NAMES
from referrals.opening_rules import (
    CONTRACT_NAMES,
    END_REASON_NAMES,
    OPENING_KIND_NAMES,
    OPENING_STATUS_NAMES,
    OUTCOME_NAMES,
    WAGE_PERIOD_NAMES,
)
from referrals.portability import GRADE_NAMES, ROUTE_NAMES
from referrals.rules import (
    DECLINE_REASON_NAMES,
    HELPED_NAMES,
    OFFER_STATE_NAMES,
    RECEIVED_NAMES,
    REFERRAL_STATE_NAMES,
    SERVICE_KIND_NAMES,
    SETTLEMENT_NAMES,
    SHARED_FIELD_NAMES,
)
from referrals.work_periods import INSURED_NAMES, WORK_STATUS_NAMES

WORDS = SimpleNamespace(
    recommendation=STATE_NAMES,
    recommendation_kind=KIND_NAMES,
    numbered_recommendation=NUMBERED,
    recommendation_entry=WRITTEN_NAMES,
    theme=THEME_NAMES,
    gcm_action=ACTION_NAMES,
    phase=PHASE_NAMES,
    flag=FLAG_NAMES,
    flag_outcome=FLAG_OUTCOME_NAMES,
    need=NEED_NAMES,
    need_status=NEED_STATUS_NAMES,
    urgency=URGENCY_NAMES,
    risk=RISK_LEVEL_NAMES,
    suggested_risk=SUGGESTED_LEVEL_NAMES,
    consent=CONSENT_STATE_NAMES,
    country=COUNTRY_NAMES,
    service=SERVICE_KIND_NAMES,
    call_channel=CALL_CHANNEL_NAMES,
    call_time=CALL_TIME_NAMES,
    call_outcome=CALL_OUTCOME_NAMES,
    referral=REFERRAL_STATE_NAMES,
    application=APPLICATION_STATE_NAMES,
    application_entry=ENTRY_NAMES,
    standing=STANDING_NAMES,
    given=GIVEN_NAMES,
    insured=INSURED_NAMES,
    work_status=WORK_STATUS_NAMES,
    route=ROUTE_NAMES,
    grade=GRADE_NAMES,
    decline=DECLINE_REASON_NAMES,
    received=RECEIVED_NAMES,
    helped=HELPED_NAMES,
    offer=OFFER_STATE_NAMES,
    settlement=SETTLEMENT_NAMES,
    shared=SHARED_FIELD_NAMES,
    help_line=LINE_NAMES,
    plan=PLAN_STATE_NAMES,
    dimension=DIMENSION_NAMES,
    activity=ACTIVITY_KIND_NAMES,
    progress=ACTIVITY_STATUS_NAMES,
    criterion=CRITERION_NAMES,
    opening_kind=OPENING_KIND_NAMES,
    opening_status=OPENING_STATUS_NAMES,
    contract=CONTRACT_NAMES,
    wage_period=WAGE_PERIOD_NAMES,
    outcome=OUTCOME_NAMES,
    end_reason=END_REASON_NAMES,
)
