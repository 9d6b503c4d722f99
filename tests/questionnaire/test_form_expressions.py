"""Expressions mean what XPath 1.0 and the ODK text say they mean."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaire.expressions import ExpressionRefused, Setting, compile_expression
from questionnaire.functions import Scope, Value

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
VALUES = {
    "age": "34",
    "none": "",
    "born": "1990-05-03",
    "area": "north",
    "many": "a b c",
    "word": "hello",
    "half": "2.5",
}


def value_of(source: str, current: str = "") -> Value:
    return compile_expression(source).evaluate(VALUES, now=NOW, current=current)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 3 - 2", 5.0),
        ("7 div 2", 3.5),
        ("7 mod 3", 1.0),
        ("-7 mod 3", -1.0),
        ("- 2 + 5", 3.0),
        ("2 - -3", 5.0),
        ("1 div 0", math.inf),
        ("${age} + 1", 35.0),
        ("${age}-1", 33.0),
        ("${half} * 2", 5.0),
        ("${age} = 34", True),
        ("${age} = '34'", True),
        ("${age} = '34.0'", False),
        ("${age} = 34.0", True),
        ("${none} = ''", True),
        ("${none} != ''", False),
        ("${none} = 0", False),
        ("${none} != 0", True),
        ("${none} > 0", False),
        ("${none} <= 0", False),
        ("not(${none} > 0)", True),
        ("'b' > 'a'", False),
        ("${word} = 'hello'", True),
        ('${word} = "hello"', True),
        ("true() = 'x'", True),
        ("false() = ''", True),
        ("1 < 2 and 2 < 3", True),
        ("1 > 2 or 2 > 1", True),
        ("1 = 2 or 1 = 1 and 2 = 3", False),
        ("1 < 2 = true()", True),
        ("selected(${many}, 'b')", True),
        ("selected(${many}, 'ab')", False),
        ("selected(${none}, '')", False),
        ("selected-at(${many}, 1)", "b"),
        ("selected-at(${many}, 3)", ""),
        ("count-selected(${many})", 3.0),
        ("count-selected(${none})", 0.0),
        ("if(${age} > 18, 'adult', 'minor')", "adult"),
        ("if(${none}, 1, 2)", 2.0),
        ("coalesce(${none}, ${word})", "hello"),
        ("concat(${word}, ' ', 2)", "hello 2"),
        ("concat('', 1.50)", "1.5"),
        ("join('-', 'a', 'b', 3)", "a-b-3"),
        ("string-length('سلام')", 4.0),
        ("string(1 div 3 > 0)", "true"),
        ("string(7)", "7"),
        ("boolean('false')", True),
        ("boolean(0)", False),
        ("boolean(number('x'))", False),
        ("number('12')", 12.0),
        ("number(true())", 1.0),
        ("int(7.9)", 7.0),
        ("int(-7.9)", -7.0),
        ("round(2.5)", 3.0),
        ("round(2.345, 2)", 2.35),
        ("sum(1, 2, ${none}, ${age})", 37.0),
        ("count(${age}, ${none}, ${word})", 2.0),
        ("max(3, ${age}, ${none})", 34.0),
        ("min(3, ${age})", 3.0),
        ("regex('ABC123', '[A-Z]{3}[0-9]+')", True),
        ("regex('12 34 56', '([0-9]{2} ?){3}')", True),
        ("regex('a+b)*', '[a-c+(]+[)][*]')", True),
        ("regex('xABC123', '[A-Z]{3}[0-9]+')", False),
        ("today()", "2026-11-20"),
        ("now()", "2026-11-20T09:30:00+00:00"),
        ("today() > ${born}", True),
        ("${born} < date('1990-05-04')", True),
        ("int((today() - ${born}) div 365.25)", 36.0),
        ("date(0)", "1970-01-01"),
        ("date(today() + 1)", "2026-11-21"),
        ("date('no date')", ""),
        ("format-date(${born}, '%d/%m/%Y')", "03/05/1990"),
        ("format-date(${born}, '%e %b %y')", "3 May 90"),
        ("format-date(${none}, '%Y')", ""),
        ("decimal-date-time('1970-01-02T12:00:00')", 1.5),
        ("jr:choice-name(${area}, '${area}')", "north"),
    ],
)
def test_an_expression_has_the_value_xpath_gives_it(source: str, expected: Value) -> None:
    result = value_of(source)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize("source", ["number('x')", "${none} + 1", "0 div 0", "5 mod 0", "max(${none})", "int('')"])
def test_what_has_no_number_is_nan_and_equals_nothing(source: str) -> None:
    assert math.isnan(float(value_of(source)))
    assert value_of(f"({source}) = ({source})") is False


def test_a_dot_is_the_current_answer_and_once_keeps_it() -> None:
    assert value_of(". >= 0 and . < 130", current="34") is True
    assert value_of(". >= 0 and . < 130", current="200") is False
    assert value_of("once('new')", current="old") == "old"
    assert value_of("once('new')") == "new"


def test_an_expression_knows_what_it_looks_at() -> None:
    expression = compile_expression("country = ${c} and ${a} > 1 and jr:choice-name(${c}, '${d}') != 'x'")
    assert expression.references == {"a", "c", "d"}
    assert expression.columns == {"country"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "empty"),
        ("1 +", "stops too early"),
        ("(1 + 2", "stops too early"),
        ("1 + 2)", "not expected here: )"),
        ("1 2", "not expected here: 2"),
        ("${a} == 1", "not expected here: ="),
        ("${a", "cannot be read from here on: ${a"),
        ("'open", "quotation mark"),
        ("/data/a = 1", "Paths are not supported"),
        ("../a = 1", "Paths are not supported"),
        ("foo(1)", "no function named foo"),
        ("instance('x')", "Write instance('list')/root/item"),
        ("instance('x')/data/item", "Write instance('list')/root/item"),
        ("instance('x')/root/item[1]/label", "by a condition on its columns, not by its number"),
        ("instance('x')/root/item[name = ${a}]/b/c", "Write instance('list')/root/item"),
        ("indexed-repeat(${a}, ${b}, 1)", "indexed-repeat needs a question of the repeat"),
        ("position(..)", "is not inside a repeat"),
        ("position(1)", "Only position(..) is supported"),
        ("current()/../a", "no function named current"),
        ("pulldata('a', 'b', 'c', 'd')", "function pulldata is not supported"),
        ("area(${a})", "function area is not supported"),
        ("not()", "wrong number of values"),
        ("selected(${a})", "wrong number of values"),
        ("regex(., ${a})", "must be written out"),
        ("regex(., '[')", "cannot be read"),
        ("regex(., '(a+)+')", "repeats a repeat"),
        ("regex(., '((a)|aa){2,}b')", "repeats a repeat"),
        ("regex(., '(x(a*))*')", "repeats a repeat"),
        ("jr:choice-name(${a}, ${a})", "name in quotation marks"),
        ("(" * 100 + "1" + ")" * 100, "too many brackets"),
        ("1" + "+1" * 1000, "too long"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_reason(source: str, reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refusal:
        compile_expression(source)
    message = refusal.value.message
    assert reason in message.text.format_map(dict(message.values))


ROWS = Setting(frozenset([("age", "people"), ("name", "people")]), frozenset(["people"]))
PEOPLE = [{"age": "4", "name": "Awa"}, {"name": "Ben"}, {"age": "", "name": ""}, {"age": "30", "name": "a b"}]
ITEMS = {"town": [{"name": "t1", "label": "One", "zone": "n"}, {"name": "t2", "label": "Two", "zone": "s"}]}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sum(${age})", 34.0),
        ("count(${people})", 4.0),
        ("count(${age})", 3.0),
        ("count-non-empty(${age})", 2.0),
        ("max(${age}, 31)", 31.0),
        ("min(${age})", 4.0),
        ("join('-', ${name})", "Awa-Ben--a b"),
        ("concat(${name}, '!')", "AwaBena b!"),
        ("count-selected(${name})", 4.0),
        ("indexed-repeat(${name}, ${people}, 2)", "Ben"),
        ("indexed-repeat(${age}, ${people}, 2)", ""),
        ("indexed-repeat(${age}, ${people}, 5)", ""),
        ("indexed-repeat(${age}, ${people}, 'x')", ""),
        ("instance('town')/root/item[name = 't2']/label", "Two"),
        ("instance('town')/root/item[zone = 'x']/label", ""),
        ("count(instance('town')/root/item)", 2.0),
        ("count(instance('town')/root/item[zone = 's'][name = 't2'])", 1.0),
        ("join(', ', instance('town')/root/item/name)", "t1, t2"),
    ],
)
def test_answers_of_many_rows_and_items_of_a_list(source: str, expected: Value) -> None:
    scope = Scope(VALUES, NOW, rows={"people": PEOPLE}, items=ITEMS)
    assert compile_expression(source, ROWS).run(scope) == expected


def test_inside_a_row_a_name_is_the_answer_of_that_row() -> None:
    scope = Scope(VALUES, NOW, rows={"people": PEOPLE}, row=PEOPLE[3], position=4.0)
    inside = replace(ROWS, own="people", depth=2)
    for source, expected in {
        "${age} + 1": 31.0,
        "position(../..)": 4.0,
        "indexed-repeat(${name}, ${people}, position(../..) - 3)": "Awa",
        "sum(${age})": 30.0,
    }.items():
        assert compile_expression(source, inside).run(scope) == expected
    with pytest.raises(ExpressionRefused) as refusal:
        compile_expression("position(..)", inside)
    assert dict(refusal.value.message.values) == {"dots": "../.."}


@pytest.mark.parametrize(
    "source", ["${age} > 3", "if(true(), ${age}, 1)", "-${age}", "selected(${name}, 'a')", "${people}"]
)
def test_answers_of_many_rows_are_never_taken_for_one(source: str) -> None:
    with pytest.raises(ExpressionRefused) as refusal:
        compile_expression(source, ROWS)
    assert "inside" in refusal.value.message.text


PIECES = st.sampled_from([
    "1", "2.5", "'a'", "''", "${x}", "${y}", ".", "+", "-", "*", "div", "mod", "=", "!=", "<", ">", "and", "or", "(",
    ")", "not(", "selected(", "if(", "round(", "int(", "date(", "max(", "regex(", ",", "today()", "format-date(",
    "once(", "$", "/", "..", "[", "]", "instance('a')", "/root/item", "position(", "${row}", "${rows}",
    "indexed-repeat(", "sum(", "join(",
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14), st.text(max_size=6), st.text(max_size=6))
def test_any_text_is_compiled_or_refused_and_evaluating_never_fails(pieces: list[str], x: str, y: str) -> None:
    try:
        expression = compile_expression(" ".join(pieces), Setting(frozenset([("row", "rows")]), frozenset(["rows"])))
    except ExpressionRefused:
        return
    result = expression.evaluate({"x": x, "y": y}, now=NOW, current=x)
    assert isinstance(result, (str, float, bool))
