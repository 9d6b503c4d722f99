"""A form that cannot be run is refused with every problem, each with its sheet, row and column."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaire import xlsform
from questionnaire.problems import FormRefused, Problem
from questionnaire.sheet import Question
from questionnaire.xlsform import read_form

Place = tuple[str, int, str, str]
ProblemsOf = Callable[[str], list[Place]]
HEADER = "| survey |\n|  | type | name | label | {extra} |\n"


UNSUPPORTED = [
    "begin_repeat", "image", "audio", "video", "file", "geopoint", "geotrace", "range", "rank yes", "time", "dateTime",
    "barcode", "acknowledge", "xml-external", "select_one_from_file a.csv", "start", "today", "deviceid", "audit",
    "nonsense",
]  # fmt: skip


def survey(row: str, extra: str = "hint") -> str:
    """A survey whose row 2 is sound and whose row 3 is the one under test."""
    return HEADER.format(extra=extra) + "|  | text | sound | Sound? |  |\n" + f"|  | {row} |\n"


@pytest.mark.parametrize(
    ("row", "extra", "column", "reason"),
    [
        ("calculate | k | | ${k} + 1", "calculation", "calculation", "circle: k → k"),
        ("calculate | k | | foo(1)", "calculation", "calculation", "no function named foo"),
        ("calculate | k | | pulldata('a','b','c','d')", "calculation", "calculation", "pulldata is not supported"),
        ("calculate | k | | instance('a')/root/b", "calculation", "calculation", "instance is not supported"),
        ("calculate | k | |", "calculation", "calculation", "needs a calculation"),
        ("text | a | A | 1 + 1", "calculation", "calculation", "Only calculate rows"),
        ("text | a | A | (1 + 2", "relevant", "relevant", "stops too early"),
        ("text | a | A | ${nobody} = 1", "relevant", "relevant", "no question named nobody"),
        ("text | a | A | ${nobody} = 1", "relevance", "relevance", "no question named nobody"),
        ("text | a | A | ${a} = 1", "relevant", "relevant", "circle: a → a"),
        ("text | a | A | sound = 1", "relevant", "relevant", "sound is neither text nor a question"),
        ("text | a | A | . = 1", "relevant", "relevant", "lone dot"),
        ("text | a | A | regex(., '[')", "constraint", "constraint", "pattern"),
        ("text | a | A ${nobody} |", "hint", "label", "no question named nobody"),
        ("text | a | |", "hint", "label", "no label"),
        ("text | sound | Again |", "hint", "name", "used twice; it is already in row 2"),
        ("text | ٣ | A |", "hint", "name", "name is needed"),
        ("text | | A |", "hint", "name", "name is needed"),
        ("| a | A |", "hint", "type", "no type"),
        ("text | a | A | maybe", "required", "required", "Only yes or no"),
        ("text | a | A | today()", "default", "default", "default that is calculated"),
        ("text | a | A | dial", "chat::widget", "chat::widget", "Known are: buttons, list, date-picker, number-pad"),
        ("text | a | A | yes", "read_only", "read_only", "column read_only is not supported"),
        ("text | a | A | x.png", "media::image", "media::image", "column image is not supported"),
        ("text | a | A | x", "label::Klingon (xx9)", "label", "language Klingon (xx9) is not known"),
        ("text | a | A | x = 1", "choice_filter", "choice_filter", "Only questions with choices"),
        ("select_one nowhere | a | A |", "hint", "type", "no list of choices named nowhere"),
        ("end_group | | |", "hint", "type", "closes no group"),
        ("begin_group | g | G |", "hint", "type", "never closed"),
        *[(f"{kind} | a | A |", "hint", "type", f"type {kind} is not supported") for kind in UNSUPPORTED],
    ],
)
def test_a_fault_is_told_with_its_place(
    problems_of: ProblemsOf, row: str, extra: str, column: str, reason: str
) -> None:
    problems = problems_of(survey(row, extra))
    assert [(sheet, number, name) for sheet, number, name, _reason in problems] == [("survey", 3, column)]
    assert reason in problems[0][3]


CHOICES = "| choices |\n|  | list_name | name | label | country |\n|  | yn | yes | Yes | |\n|  | yn | no | No | |\n"


@pytest.mark.parametrize(
    ("choice", "column", "reason"),
    [
        ("yn | yes | Again |", "name", "in this list twice"),
        ("yn | two words | Two |", "name", "without spaces"),
        ("yn | | Nothing |", "name", "without spaces"),
        ("yn | maybe | |", "label", "no label"),
        ("yn | maybe | You, ${sound} |", "label", "cannot repeat an answer"),
        ("| maybe | Maybe |", "list_name", "belongs to no list"),
    ],
)
def test_a_fault_in_the_choices_is_told_with_its_place(
    problems_of: ProblemsOf, choice: str, column: str, reason: str
) -> None:
    problems = problems_of(survey("select_one yn | a | A |") + CHOICES + f"|  | {choice} |\n")
    assert ("choices", 4, column) in [problem[:3] for problem in problems]
    assert any(reason in text for _sheet, _row, _column, text in problems)


def test_a_choice_filter_may_use_only_columns_that_the_choices_have(problems_of: ProblemsOf) -> None:
    problems = problems_of(survey("select_one yn | a | A | land = ${sound}", "choice_filter") + CHOICES)
    assert [problem[:3] for problem in problems] == [("survey", 3, "choice_filter")]
    assert "no column named land" in problems[0][3]


def test_or_other_is_refused_because_it_speaks_only_english(problems_of: ProblemsOf) -> None:
    problems = problems_of(survey("select_one yn or_other | a | A |") + CHOICES)
    assert problems[0][:3] == ("survey", 3, "type")
    assert "or_other" in problems[0][3]


def test_every_problem_is_told_at_once(problems_of: ProblemsOf) -> None:
    tables = (
        HEADER.format(extra="relevant | calculation")
        + "|  | text | a | A | ${nobody} = 1 | |\n"
        + "|  | image | b | B | ${a} != '' | |\n"
        + "|  | calculate | c | | | ${d} |\n"
        + "|  | calculate | d | | | ${c} |\n"
        + "|  | calculate | e | | | nope( |\n"
        + "|  | text | a | A | | |\n"
        + "|  | text | last | Last | ${b} = '' | |\n"
    )
    assert [problem[:3] for problem in problems_of(tables)] == [
        ("survey", 2, "relevant"),
        ("survey", 3, "type"),
        ("survey", 4, "calculation"),
        ("survey", 6, "calculation"),
        ("survey", 7, "name"),
    ]


def test_every_circle_is_told_not_only_the_first(problems_of: ProblemsOf) -> None:
    tables = (
        HEADER.format(extra="relevant")
        + "|  | text | a | A | ${b} = 1 |\n|  | text | b | B | ${a} = 1 |\n|  | text | c | C | |\n"
        + "|  | text | d | D | ${e} = 1 |\n|  | text | e | E | ${f} = 1 |\n|  | text | f | F | ${d} = 1 |\n"
    )
    problems = problems_of(tables)
    assert len(problems) == 2
    first, second = (set(reason.rpartition(": ")[2].rstrip(".").split(" → ")) for *_place, reason in problems)
    assert (first, second) == ({"a", "b"}, {"d", "e", "f"})


def test_a_circle_through_a_group_is_found(problems_of: ProblemsOf) -> None:
    tables = (
        HEADER.format(extra="relevant")
        + "|  | begin_group | g | G | ${inside} = 'x' |\n|  | text | inside | I | |\n|  | end_group | | | |\n"
    )
    assert "inside → inside" in problems_of(tables)[0][3]


def test_settings_must_name_the_form_and_its_version() -> None:
    with pytest.raises(FormRefused) as refusal:
        read_form(survey("text | a | A |").encode(), ".md")
    assert [(problem.sheet, problem.column) for problem in refusal.value.problems] == [
        ("settings", "form_id"),
        ("settings", "version"),
    ]


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return packed.getvalue()


HOSTILE = {
    "nothing": b"",
    "zeros": b"\0" * 1000,
    "not text": bytes(range(256)) * 20,
    "an empty archive": archive(),
    "an archive that is no workbook": archive(a=b"hello"),
    "a broken archive": archive(a=b"hello")[:40],
    "a workbook of broken parts": archive(**{"[Content_Types].xml": b"<a", "xl/workbook.xml": b"<b"}),
    "only pipes": b"|" * 5000,
    "only commas": b"," * 5000,
    "a table of nothing": b"| survey |\n| | |\n",
    "another sheet": b"| poem |\n| | a | b |\n| | 1 | 2 |\n",
    "no closing quote": b'"survey\n,"type",,,,"name\n',
    "unknown sheets": b"survey\n,type,name,label\n,text,a,A\nexternal_choices\n,list_name,name\n,a,b\n",
}


@pytest.mark.parametrize("file_type", [".xlsx", ".csv", ".md"])
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_and_never_breaks_the_reader(what: str, file_type: str) -> None:
    with pytest.raises(FormRefused) as refusal:
        read_form(HOSTILE[what], file_type)
    assert refusal.value.problems


def sheet_or_problems(content: bytes, file_type: str) -> tuple[Question | Problem, ...]:
    try:
        return read_form(content, file_type).questions
    except FormRefused as refusal:
        return refusal.problems


FORM_WORDS = [
    "", "survey", "choices", "settings", "type", "name", "label", "text", "a", "${a}", "relevant", "(", "begin_group",
    "begin repeat", "select_one a", "list_name", "form_id", "version", "::", "label::fr",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(FORM_WORDS), max_size=5), max_size=8), st.sampled_from([".csv", ".md"]))
def test_a_heap_of_form_words_is_read_or_refused(rows: list[list[str]], file_type: str) -> None:
    mark = "," if file_type == ".csv" else "|"
    lines = [mark.join(["", *row, ""]) if file_type == ".md" else mark.join(row) for row in rows]
    assert sheet_or_problems("\n".join(lines).encode(), file_type)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"a,b,c,d,e\n" * 600_000)
    with pytest.raises(FormRefused) as refusal:
        read_form(large, ".csv")
    assert "larger than" in refusal.value.problems[0].reason.text


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsform, "LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(FormRefused) as refusal:
        read_form(archive(bomb=b"\0" * 2_000_000), ".xlsx")
    assert "once unpacked" in refusal.value.problems[0].reason.text


def test_too_many_rows_are_refused(problems_of: ProblemsOf) -> None:
    rows = "".join(f"|  | text | q{number} | Q |\n" for number in range(1_001))
    problems = problems_of("| survey |\n|  | type | name | label |\n" + rows)
    assert "more than 1000 rows" in problems[0][3]


def test_another_file_type_is_refused() -> None:
    with pytest.raises(FormRefused):
        read_form(b"anything", ".exe")
