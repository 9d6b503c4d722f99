"""Pure rules of assessments: what is due and why, the Washington Group's scoring, what the rules suggest as risk."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.assessment import TRIGGERS, Known, RaisedFlag, due
from cases.assessment_rules import Assessment, DueState, RiskLevel, SuggestedLevel
from cases.functioning import DOMAINS, PREFIX, has_disability, levels
from cases.risk_suggestion import RISK_RULES, THREATS, rule_words, suggest
from cases.rules import FlagKind, FlagOutcome, NeedKind
from cases.screening import SCREEN_FLAGS
from foundation.language import say
from questionnaire.sheet import Answer

OPENED = datetime(2026, 3, 1, 9, tzinfo=UTC)
DUE, DONE, NOT_NEEDED, NOT_KNOWN = DueState.DUE, DueState.DONE, DueState.NOT_NEEDED, DueState.NOT_KNOWN
SCREEN, VULNERABILITY, RETURN_RISK = Assessment.SCREEN, Assessment.VULNERABILITY, Assessment.RETURN_RISK
FAMILY, SKILLS, SURVEY = Assessment.FAMILY, Assessment.SKILLS, Assessment.SURVEY
CLEAR: dict[str, Answer] = {
    **dict.fromkeys(
        [
            "under_18", "age_disputed", "pregnant", "sole_carer", "weak_head", "older_alone", "to_family", "illness",
            "emergency", "trafficking", "violence", "detention", "fear", "debt_threat", "tracing", "rejected",
            "lgbtiq_safety",
        ],
        "no",
    ),
    "distress": "calm",
    "stateless": "both",
    "place_tonight": "yes",
    **{PREFIX + domain: "1" for domain in DOMAINS},
}  # fmt: skip
NO_THREAT: dict[str, Answer] = dict.fromkeys(THREATS, "no")


def day(number: int) -> datetime:
    return OPENED + timedelta(days=number)


def known(
    *,
    child: str = "no",
    age: int | None = 30,
    back: int | None = None,
    sent: dict[str, int] | None = None,
    answers: dict[str, dict[str, Answer]] | None = None,
    flags: tuple[RaisedFlag, ...] = (),
    needs: tuple[NeedKind, ...] = (),
) -> Known:
    """`back` and `sent`: days after the case was opened."""
    return Known(
        opened_at=OPENED,
        maybe_child=child,
        age=age,
        back_since=None if back is None else day(back),
        answers=answers or {},
        sent_at={form: day(number) for form, number in (sent or {}).items()},
        flags=flags,
        needs=frozenset(needs),
    )


def flag(
    kind: FlagKind = FlagKind.FEAR_OF_RETURN,
    rule: str = "needs.fear",
    raised: int = 1,
    outcome: FlagOutcome | None = None,
) -> RaisedFlag:
    return RaisedFlag(kind, rule, day(raised), outcome)


@pytest.mark.parametrize(
    ("case", "assessment", "state", "reasons"),
    [
        (known(), SCREEN, DUE, {"screen.everyone"}),
        (known(sent={"screen": 1}), SCREEN, DONE, {"screen.everyone"}),
        (known(sent={"screen": 2}, flags=(flag(raised=1),)), SCREEN, DONE, {"screen.everyone"}),
        (known(sent={"screen": 2}, flags=(flag(raised=3),)), SCREEN, DUE, {"screen.everyone", "screen.changed"}),
        (known(sent={"screen": 2}, flags=(flag(rule="screen.fear.2", raised=3),)), SCREEN, DONE, {"screen.everyone"}),
        (known(sent={"screen": 2}, back=5), SCREEN, DUE, {"screen.everyone", "screen.changed"}),
        (known(sent={"screen": 6}, back=5), SCREEN, DONE, {"screen.everyone"}),
        (known(), VULNERABILITY, NOT_KNOWN, {"vulnerability.flag"}),
        (known(sent={"screen": 1}, answers={"screen": CLEAR}), VULNERABILITY, NOT_NEEDED, set()),
        (known(flags=(flag(),)), VULNERABILITY, DUE, {"vulnerability.flag"}),
        (known(flags=(flag(outcome=FlagOutcome.CONFIRMED),)), VULNERABILITY, DUE, {"vulnerability.flag"}),
        (known(sent={"screen": 1}, flags=(flag(outcome=FlagOutcome.RESOLVED),)), VULNERABILITY, NOT_NEEDED, set()),
        (
            known(sent={"screen": 1}, answers={"screen": {**CLEAR, "sole_carer": "yes"}}),
            VULNERABILITY,
            DUE,
            {"vulnerability.flag"},
        ),
        (known(sent={"vulnerability": 2}, flags=(flag(),)), VULNERABILITY, DONE, {"vulnerability.flag"}),
        (known(sent={"vulnerability": 2}, flags=(flag(raised=3),)), VULNERABILITY, DUE, {"vulnerability.flag"}),
        (known(), RETURN_RISK, DUE, {"return_risk.before"}),
        (known(sent={"return_risk": 1}), RETURN_RISK, DONE, {"return_risk.before"}),
        (known(sent={"return_risk": 1}, back=2), RETURN_RISK, DUE, {"return_risk.after"}),
        (known(sent={"return_risk": 3}, back=2), RETURN_RISK, DONE, {"return_risk.after"}),
        (known(), FAMILY, NOT_KNOWN, {"family.return"}),
        (known(child="yes"), FAMILY, DUE, {"family.child"}),
        (known(child="unknown"), FAMILY, DUE, {"family.child"}),
        (known(answers={"arrival": {"company": ["alone"]}}), FAMILY, NOT_KNOWN, {"family.return"}),
        (known(answers={"arrival": {"company": ["own_children"]}}), FAMILY, DUE, {"family.return"}),
        (known(needs=(NeedKind.FAMILY,)), FAMILY, DUE, {"family.return"}),
        (known(answers={"screen": {"to_family": "yes"}}), FAMILY, DUE, {"family.return"}),
        (known(answers={"screen": {"to_family": "no"}}), FAMILY, NOT_NEEDED, set()),
        (known(sent={"family": 1}, child="yes", back=4), FAMILY, DONE, {"family.child"}),
        (known(), SKILLS, NOT_KNOWN, {"skills.earning"}),
        (known(sent={"needs": 1}, answers={"needs": {"work_wanted": ["none"]}}), SKILLS, NOT_NEEDED, set()),
        (known(sent={"needs": 1}, answers={"needs": {"work_wanted": ["job"]}}), SKILLS, DUE, {"skills.earning"}),
        (known(age=None, needs=(NeedKind.INCOME,)), SKILLS, DUE, {"skills.earning"}),
        (known(age=14, needs=(NeedKind.INCOME,)), SKILLS, NOT_NEEDED, set()),
        (known(age=15, child="yes", needs=(NeedKind.WORK,)), SKILLS, DUE, {"skills.earning"}),
        (known(age=64, needs=(NeedKind.WORK,)), SKILLS, DUE, {"skills.earning"}),
        (known(age=65, needs=(NeedKind.WORK,)), SKILLS, NOT_NEEDED, set()),
        (known(), SURVEY, NOT_NEEDED, set()),
        (known(back=1), SURVEY, DUE, {"survey.baseline"}),
        (known(back=1, child="yes"), SURVEY, NOT_NEEDED, set()),
        (known(back=1, child="unknown"), SURVEY, NOT_KNOWN, {"survey.baseline"}),
        (known(back=1, sent={"reintegration": 3}), SURVEY, DONE, {"survey.baseline"}),
    ],
)
def test_which_assessment_is_due_for_whom_and_why(
    case: Known, assessment: Assessment, state: DueState, reasons: set[str]
) -> None:
    (found,) = [each for each in due(case) if each.assessment is assessment]
    assert (found.state, {trigger.id for trigger in found.reasons}) == (state, reasons)
    assert found.done_at == case.sent_at.get(assessment)


def test_every_assessment_has_a_trigger_with_words_of_its_own() -> None:
    assert {trigger.assessment for trigger in TRIGGERS} == set(Assessment)
    assert len({trigger.id for trigger in TRIGGERS}) == len({say("en", trigger.why) for trigger in TRIGGERS})


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("111111", False),
        ("222222", False),  # some difficulty everywhere is below the recommended cut-off
        ("111131", True),
        ("411111", True),
        ("111117", None),
        ("911111", None),
        ("777777", None),
        ("999973", True),  # one severe answer is enough, whatever is missing
        ("22222.", None),
        ("......", None),
    ],
)
def test_the_washington_groups_cut_off_with_refused_and_not_known_as_missing(codes: str, expected: bool | None) -> None:  # noqa: FBT001  # a column of the table
    answers = {PREFIX + domain: code for domain, code in zip(DOMAINS, codes, strict=True) if code != "."}
    assert has_disability(answers) is expected
    assert [level is None for level in levels(answers).values()] == [code in "79." for code in codes]


def screened(screen: dict[str, Answer] | None = None, risk: dict[str, Answer] | None = None, **more: object) -> Known:
    answers = {"screen": {**CLEAR, **(screen or {})}, "return_risk": {**NO_THREAT, **(risk or {})}}
    return known(sent={"screen": 2, "return_risk": 2}, answers=answers, **more)  # type: ignore[arg-type]


LOW, MEDIUM, HIGH, UNKNOWN = SuggestedLevel


@pytest.mark.parametrize(
    ("case", "level", "rules", "missing"),
    [
        (screened(), LOW, (), ()),
        (known(), UNKNOWN, (), ("missing.screen", "missing.return_risk")),
        (known(child="unknown"), UNKNOWN, (), ("missing.age", "missing.screen", "missing.return_risk")),
        (screened({"fear": None}), UNKNOWN, (), ("screen.fear",)),
        (screened({"fear": "unsaid"}), UNKNOWN, (), ("screen.fear",)),
        (screened({"wg_hearing": "7"}), UNKNOWN, (), ("screen.functioning",)),
        (screened({"wg_hearing": "3"}), MEDIUM, ("screen.functioning",), ()),
        (screened({"older_alone": "yes", "fear": "unknown"}), MEDIUM, ("screen.older_alone",), ("screen.fear",)),
        (screened({"older_alone": "yes", "fear": "yes"}), HIGH, ("screen.fear", "screen.older_alone"), ()),
        (screened(flags=(flag(),)), HIGH, ("flag.fear_of_return",), ()),
        (screened(flags=(flag(outcome=FlagOutcome.CONFIRMED),)), HIGH, ("flag.fear_of_return",), ()),
        (screened(flags=(flag(outcome=FlagOutcome.NOT_CONFIRMED),)), LOW, (), ()),
        (screened(flags=(flag(FlagKind.CHILD, "arrival.under_18"),)), MEDIUM, ("flag.child",), ()),
        # What was found before circumstances changed says nothing of now.
        (screened(back=5), UNKNOWN, (), ("missing.screen", "missing.return_risk")),
        (
            screened(risk={"stigma": "yes", "stigma_residual": "some"}),
            MEDIUM,
            ("return_risk.some_left",),
            (),
        ),
        (screened(risk={"stigma": "yes", "stigma_residual": "none"}), LOW, (), ()),
        (screened(risk={"stigma": "yes", "stigma_residual": "much"}), HIGH, ("return_risk.much_left",), ()),
        (
            screened(risk={"stigma": "yes"}),
            UNKNOWN,
            (),
            ("return_risk.much_left", "return_risk.some_left"),
        ),
        (
            screened(risk={"health": "yes", "health_likelihood": "likely", "health_severity": "grave"}),
            HIGH,
            ("return_risk.grave",),
            ("return_risk.much_left", "return_risk.some_left"),
        ),
    ],
)
def test_what_the_rules_suggest_and_what_they_miss(
    case: Known, level: SuggestedLevel, rules: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    found = suggest(case)
    assert (found.level, found.rules, found.missing) == (level, rules, missing)


def test_more_risks_than_protection_are_a_hint_and_no_more() -> None:
    factors: dict[str, Answer] = {"debt": "risk", "stigma": "risk", "conflict": "risk", "literacy": "neither"}
    case = screened()
    sent = {**case.sent_at, "vulnerability": day(2)}
    for more, level in (({}, MEDIUM), ({"fair_share": "protective"}, LOW)):
        answers = {**case.answers, "vulnerability": {**factors, **more}}
        assert suggest(Known(OPENED, "no", 30, None, answers, sent)).level is level


@given(
    st.dictionaries(st.sampled_from(sorted(CLEAR)), st.sampled_from([None, "unknown", "unsaid", "7", "9"]), min_size=1),
    st.sampled_from(["yes", "no", "unknown"]),
)
def test_nothing_that_is_not_known_ever_computes_to_low(gaps: dict[str, Answer], child: str) -> None:
    case = screened(gaps, child=child)
    only_asked_for_the_family = set(gaps) == {"to_family"}
    assert only_asked_for_the_family or suggest(case).level is not SuggestedLevel.LOW
    without = Known(OPENED, child, 30, None, {"screen": CLEAR}, {"screen": day(1)})
    assert suggest(without).level is not SuggestedLevel.LOW


def test_every_kind_of_flag_weighs_and_every_rule_has_words() -> None:
    for kind in FlagKind:
        assert suggest(screened(flags=(flag(kind, "any.rule"),))).level in (MEDIUM, HIGH)
        assert say("en", rule_words(f"flag.{kind}"))
    for rule in RISK_RULES:
        assert say("en", rule_words(rule.id)) != rule.id
    assert len({rule.id for rule in RISK_RULES}) == len(RISK_RULES)
    assert say("en", rule_words("rule.of_yesterday")) == "rule.of_yesterday"
    assert {each.level for each in SCREEN_FLAGS} == {RiskLevel.MEDIUM, RiskLevel.HIGH}
