"""Scores are exact, missing is never nought, weights are data, and different versions never meet in one mean."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaire.scoring import (
    COMPOSITE,
    Instrument,
    ScoringRefused,
    Weights,
    band_of,
    means,
    read_instrument,
    read_weights,
    score,
    shown,
)
from questionnaire.sheet import Answer
from questionnaire.xlsform import read_form

CASES = Path(__file__).parents[2] / "cases"
INSTRUMENT = read_instrument((CASES / "instruments" / "reintegration.json").read_text())
INTERIM_TEXT = (CASES / "instruments" / "interim-equal-1.json").read_text()
INTERIM = read_weights(INTERIM_TEXT, INSTRUMENT)
IDS = [item.id for item in INSTRUMENT.items]


def by_id(economic: str, social: str, psychosocial: str) -> dict[str, Answer]:
    return dict(zip(IDS, f"{economic} {social} {psychosocial}".split(), strict=True))


BEST = by_id(
    "very_satisfied never yes never no_debt very_good yes any no not_looking",
    "very_good very_good very_good all very_good yes very_good very_good very_good very_good",
    "very_often very_good strongly_agree very_safe never never never no yes able_to_stay",
)
WORST = by_id(
    "very_dissatisfied very_often no very_often debt_larger very_poor no none yes unemployed",
    "very_poor very_poor very_poor none very_poor no very_poor very_poor very_poor very_poor",
    "never very_poor strongly_disagree very_unsafe very_often very_often very_often yes no need_to_leave",
)
MIXED = by_id(
    "dissatisfied often dont_know never debt_larger very_good no any yes unemployed",
    "very_good poor very_good no_school_age_children very_good yes very_good very_good fair very_good",
    "very_often poor strongly_agree very_safe never sometimes often no yes able_to_stay",
)
SILENT = {**BEST, **dict.fromkeys(["P01", "P02", "P03", "P04"], "prefer_not_to_answer")}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (BEST, {"economic": "1.0000", "social": "1.0000", "psychosocial": "1.0000", COMPOSITE: "1.0000"}),
        (WORST, {"economic": "0.0000", "social": "0.0000", "psychosocial": "0.0000", COMPOSITE: "0.0000"}),
        (MIXED, {"economic": "0.3889", "social": "0.8611", "psychosocial": "0.8000", COMPOSITE: "0.6833"}),
        (SILENT, {"economic": "1.0000", "social": "1.0000", "psychosocial": None, COMPOSITE: None}),
    ],
    ids=["all best", "all worst", "mixed", "under 70 percent"],
)
def test_the_known_answers(answers: dict[str, Answer], expected: dict[str, str | None]) -> None:
    result = score(INSTRUMENT, INTERIM, answers)
    found = {**result.dimensions, COMPOSITE: result.composite}
    assert {name: None if each is None else str(shown(each, 4)) for name, each in found.items()} == expected


def test_a_score_is_the_exact_fraction() -> None:
    result = score(INSTRUMENT, INTERIM, MIXED)
    assert result.dimensions == {
        "economic": Fraction(7, 18),
        "social": Fraction(31, 36),
        "psychosocial": Fraction(4, 5),
    }
    assert result.composite == (Fraction(7, 18) + Fraction(31, 36) + Fraction(4, 5)) / 3


def test_what_does_not_apply_is_not_expected_and_what_is_missing_is() -> None:
    assert (score(INSTRUMENT, INTERIM, BEST).answered, score(INSTRUMENT, INTERIM, BEST).expected) == (30, 30)
    mixed = score(INSTRUMENT, INTERIM, MIXED)
    assert (mixed.answered, mixed.expected) == (28, 29)
    # At school: not applicable. Skipped, unknown and unsaid: missing.
    answers = {**BEST, "E07": "in_school_or_training", "E01": None, "E02": "dont_know", "S01": "prefer_not_to_answer"}
    result = score(INSTRUMENT, INTERIM, answers)
    assert (result.answered, result.expected) == (26, 29)


def test_answers_that_follow_from_others_need_not_be_given() -> None:
    unasked = {name: answer for name, answer in BEST.items() if name not in {"E10", "P10", "S04"}}
    result = score(INSTRUMENT, INTERIM, {**unasked, "school_age_children": "no"})
    assert (result.answered, result.expected) == (29, 29)
    assert result.composite == 1
    # Nobody knows whether they look for work: then the reason was not asked, and is not held against them.
    unknown = score(INSTRUMENT, INTERIM, {**unasked, "E09": "dont_know", "school_age_children": "no"})
    assert (unknown.answered, unknown.expected) == (27, 28)


def test_seven_of_ten_are_enough_and_six_are_not() -> None:
    for missing, has_score in ((3, True), (4, False)):
        answers = {**BEST, **dict.fromkeys([f"S{number:02}" for number in range(1, missing + 1)])}
        assert (score(INSTRUMENT, INTERIM, answers).dimensions["social"] is not None) is has_score


def test_no_answers_give_no_score_and_no_band() -> None:
    result = score(INSTRUMENT, INTERIM, {})
    assert set(result.bands.values()) == {None}
    assert (result.composite, result.answered) == (None, 0)


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (Fraction(0), "high_need"),
        (Fraction(1, 3) - Fraction(1, 10**12), "high_need"),
        (Fraction(1, 3), "medium_need"),
        (Fraction(2, 3) - Fraction(1, 10**12), "medium_need"),
        (Fraction(2, 3), "low_need"),
        (Fraction(1), "low_need"),
    ],
)
def test_bands_leave_no_gap_and_look_at_the_unrounded_value(value: Fraction, band: str) -> None:
    assert band_of(INSTRUMENT, value) == band


@pytest.mark.parametrize(
    ("value", "text"), [("1/200", "0.01"), ("9/2000", "0.00"), ("2/3", "0.67"), ("1", "1.00"), ("0.125", "0.13")]
)
def test_what_is_shown_is_rounded_half_up(value: str, text: str) -> None:
    assert shown(Fraction(value)) == Decimal(text)
    assert str(shown(Fraction(value))) == text


@pytest.mark.parametrize(
    ("answers", "flags"),
    [
        ({"P07": "very_often"}, ("P07",)),
        ({"P08": "yes"}, ("P08",)),
        ({**BEST, "P07": "very_often", "P08": "yes"}, ("P07", "P08")),
        ({"P07": "often", "P08": "no"}, ()),
        ({"P07": None, "P08": "dont_know"}, ()),
    ],
)
def test_distress_is_seen_whatever_the_score(answers: dict[str, Answer], flags: tuple[str, ...]) -> None:
    assert score(INSTRUMENT, INTERIM, answers).red_flags == flags


@pytest.mark.parametrize("answer", ["wonderful", 1, ["yes"], True])
def test_an_answer_that_the_instrument_does_not_know_is_refused(answer: Answer) -> None:
    with pytest.raises(ValueError, match="E01"):
        score(INSTRUMENT, INTERIM, {"E01": answer})


def test_the_form_asks_every_item_with_the_answers_that_are_scored() -> None:
    sheet = read_form(CASES / "forms" / "reintegration.md", ".md", built_in=True)
    asked = {question.name: {choice.code for choice in question.choices} for question in sheet.questions}
    assert INSTRUMENT.sheet == sheet.id
    assert len(INSTRUMENT.items) == 30
    for item in INSTRUMENT.items:
        derived = {each.code for each in item.derived}
        assert asked[item.id] == item.scores.keys() - derived | INSTRUMENT.missing, item.id


def other_weights(**changes: Any) -> str:
    """Weights as a deployment would type them in: a table of its own for the composite."""
    plain = json.loads(INTERIM_TEXT)
    ones = {item_id: "0.05" if item_id.startswith("E") else "0.025" for item_id in IDS}
    return json.dumps(
        {
            **plain,
            "version": "typed-in-1",
            "official": True,
            "source": "A table on paper.",
            "composite_method": "weighted_items",
            "dimension": {**plain["dimension"], "E01": "0.19", "E02": "0.01"},
            "composite": ones,
            **changes,
        }
    )


def test_other_weights_need_no_code() -> None:
    weights = read_weights(other_weights(), INSTRUMENT)
    result = score(INSTRUMENT, weights, {**BEST, "E02": "very_often", "S01": "very_poor"})
    assert result.weights_version == "typed-in-1"
    assert result.dimensions["economic"] == Fraction(99, 100)
    assert result.composite == 1 - Fraction("0.05") - Fraction("0.025")
    half = score(INSTRUMENT, weights, {**BEST, "E03": None})
    assert half.composite == 1


def test_a_number_written_without_quotes_is_exact_too() -> None:
    bare = INTERIM_TEXT.replace('"0.1"', "0.1")
    assert bare != INTERIM_TEXT
    assert read_weights(bare, INSTRUMENT) == INTERIM


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"version": "Official Weights"}, "version"),
    ({"instrument": "another-1"}, "another-1"),
    ({"composite": None}, "composite: the item E01 has no weight"),
    ({"composite_method": "mean_of_dimension_scores"}, "composite: given"),
    ({"dimension": {"E01": "1"}}, "dimension: the item E02 has no weight"),
    ({"dimension": {**dict.fromkeys(IDS, "0.1"), "E11": "0.1"}}, "there is no item E11"),
    ({"dimension": {**dict.fromkeys(IDS, "0.1"), "S02": "0.01"}}, "social: the weights add up to 0.91, not to 1"),
    ({"dimension": {**dict.fromkeys(IDS, "0.1"), "S02": "-0.1"}}, "S02"),
    ({"dimension": {**dict.fromkeys(IDS, "0.1"), "S02": "1e9"}}, "S02"),
    ({"dimension": {**dict.fromkeys(IDS, "0.1"), "S02": None}}, "S02"),
    ({"sums": {"social": "2"}}, "social: the weights add up to 1, not to 2"),
    ({"sums": {"physical": "1"}}, "there is no part physical"),
    ({"source": ""}, "source"),
    ({"surprise": 1}, "surprise"),
]


@pytest.mark.parametrize(("changes", "reason"), FAULTS)
def test_faulty_weights_are_refused_in_words(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ScoringRefused, match=reason):
        read_weights(other_weights(**changes), INSTRUMENT)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "null", "[" * 100_000])
def test_a_file_that_holds_no_weights_is_refused(text: str) -> None:
    with pytest.raises(ScoringRefused):
        read_weights(text, INSTRUMENT)


def test_sums_that_the_source_itself_gives_are_accepted() -> None:
    twice = {item_id: "0.2" if item_id.startswith("S") else "0.1" for item_id in IDS}
    weights = read_weights(other_weights(dimension=twice, sums={"social": "2"}), INSTRUMENT)
    assert score(INSTRUMENT, weights, MIXED).dimensions["social"] == Fraction(31, 36)


FAULTY_INSTRUMENTS: list[dict[str, Any]] = [
    {"dimensions": ["economic", "social"]},
    {"bands": []},
    {"bands": [{"id": "low", "below": "1/2"}]},
    {"bands": [{"id": "a", "below": "2/3"}, {"id": "b", "below": "1/3"}, {"id": "c", "below": None}]},
    {"items": [{"id": "E01", "dimension": "economic", "scores": {"yes": "2"}}]},
]


@pytest.mark.parametrize("changes", FAULTY_INSTRUMENTS)
def test_a_faulty_instrument_is_refused(changes: dict[str, Any]) -> None:
    plain = json.loads((CASES / "instruments" / "reintegration.json").read_text())
    with pytest.raises(ScoringRefused):
        read_instrument(json.dumps({**plain, **changes}))


def test_means_of_different_versions_stay_apart() -> None:
    found = means(
        [
            ("i-1", "w-1", Fraction(1, 2)),
            ("i-1", "w-2", Fraction(1)),
            ("i-1", "w-1", Fraction(1)),
            ("i-2", "w-1", Fraction(0)),
        ]
    )
    assert [(each.instrument_version, each.weights_version, each.count, each.composite) for each in found] == [
        ("i-1", "w-1", 2, Fraction(3, 4)),
        ("i-1", "w-2", 1, Fraction(1)),
        ("i-2", "w-1", 1, Fraction(0)),
    ]
    assert means([]) == []


def codes_of(instrument: Instrument) -> st.SearchStrategy[dict[str, Answer]]:
    return st.fixed_dictionaries(
        {},
        optional={
            item.id: st.sampled_from([*item.scores, *sorted(instrument.missing), None]) for item in instrument.items
        },
    )


def a_table(draw: st.DrawFn) -> dict[str, str]:
    """Weights from 1 to 9 for each item; their sums are declared."""
    return {item_id: str(draw(st.integers(1, 9))) for item_id in IDS}


@st.composite
def any_weights(draw: st.DrawFn) -> Weights:
    dimension, composite = a_table(draw), a_table(draw)
    sums = {
        name: str(sum(int(dimension[item.id]) for item in INSTRUMENT.items if item.dimension == name))
        for name in INSTRUMENT.dimensions
    }
    sums[COMPOSITE] = str(sum(map(int, composite.values())))
    return read_weights(other_weights(dimension=dimension, composite=composite, sums=sums), INSTRUMENT)


@given(codes_of(INSTRUMENT), any_weights())
def test_whatever_is_answered_a_score_lies_between_worst_and_best(answers: dict[str, Answer], weights: Weights) -> None:
    result = score(INSTRUMENT, weights, answers)
    values = [*result.dimensions.values(), result.composite]
    assert all(value is None or 0 <= value <= 1 for value in values)
    assert 0 <= result.answered <= result.expected <= 30
    assert (result.composite is None) == (None in result.dimensions.values())
    assert all((value is None) == (result.bands[name] is None) for name, value in result.dimensions.items())


@given(codes_of(INSTRUMENT), any_weights(), st.sampled_from(INSTRUMENT.items))
def test_a_better_answer_never_lowers_a_score(answers: dict[str, Answer], weights: Weights, item: Any) -> None:
    worth = {code: value for code, value in item.scores.items() if value is not None}
    worst, best = min(worth, key=worth.__getitem__), max(worth, key=worth.__getitem__)
    low = score(INSTRUMENT, weights, {**answers, item.id: worst}).dimensions[item.dimension]
    high = score(INSTRUMENT, weights, {**answers, item.id: best}).dimensions[item.dimension]
    # E09 and P09 also decide what else applies, so only the other items promise this.
    if item.id not in {"E09", "P09"} and low is not None and high is not None:
        assert low <= high


@given(codes_of(INSTRUMENT))
def test_missing_is_never_nought(answers: dict[str, Answer]) -> None:
    """Leaving out an answer gives what the answered items alone give, or nothing."""
    silent = {name: answer for name, answer in answers.items() if name not in {"E09", "P09"}}
    for item_id in list(silent):
        without = {name: answer for name, answer in silent.items() if name != item_id}
        unsaid = score(INSTRUMENT, INTERIM, {**silent, item_id: "dont_know"}).dimensions
        absent = score(INSTRUMENT, INTERIM, {**without, item_id: None}).dimensions
        assert unsaid == absent
