"""A form that cannot be run is refused with every problem, each with its sheet, row and column."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.language import say
from questionnaire import xlsform
from questionnaire.problems import FormRefused, Problem
from questionnaire.sheet import Question
from questionnaire.xlsform import check_form, read_form

Place = tuple[str, int, str, str]
ProblemsOf = Callable[[str], list[Place]]
SETTINGS = "| settings |\n|  | form_id | version | form_title |\n|  | trial | 1 | Trial |\n"
HEADER = "| survey |\n|  | type | name | label | {extra} |\n"


UNSUPPORTED = [
    "video", "geotrace", "geoshape", "range", "rank yes", "time", "dateTime",
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
        ("calculate | k | | instance('a')/root/b", "calculation", "calculation", "Write instance('list')/root/item"),
        ("calculate | k | | instance('a')/root/item/b", "calculation", "calculation", "no list of choices named a"),
        ("calculate | k | | area(${sound})", "calculation", "calculation", "function area is not supported"),
        ("calculate | k | | position(..)", "calculation", "calculation", "not inside a repeat"),
        ("calculate | k | | count(/data/sound)", "calculation", "calculation", "Paths are not supported"),
        ("calculate | k | | 1 + . ]", "calculation", "calculation", "not expected here: ]"),
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
        ("text | a | A | foo()", "default", "default", "no function named foo"),
        ("text | a | A | ${nobody}", "default", "default", "no question named nobody"),
        ("text | a | A | dial", "chat::widget", "chat::widget", "Known are: buttons, list, date-picker, number-pad"),
        ("text | a | A | yes", "read_only", "read_only", "column read_only is not supported"),
        ("text | a | A | x.mp4", "media::video", "media::video", "column video is not supported"),
        ("text | a | A | a/x.png", "media::image", "media::image", "without a folder"),
        ("text | a | A | ${sound}", "trigger", "trigger", "column trigger is not supported"),
        ("text | a | A | rows=3", "parameters", "parameters", "column parameters is not supported"),
        ("text | a | A | yes", "chat::nothing", "chat::nothing", "column chat::nothing is not supported"),
        ("text | a | A | yes", "constraint_mesage", "constraint_mesage", "Did you mean constraint_message?"),
        ("text | a | A | signature", "appearance", "appearance", "appearance signature changes what is asked"),
        ("text | a | A | date-picker", "chat::widget", "chat::widget", "date-picker does not fit"),
        ("text | a | A | 3", "repeat_count", "repeat_count", "Only a repeat can have a count"),
        ("text | a | A | Any?", "chat::ask", "chat::ask", "Only a repeat without a count"),
        ("text | a | A | x", "label::Klingon (xx9)", "label", "language Klingon (xx9) is not known"),
        ("text | a | A | x = 1", "choice_filter", "choice_filter", "Only questions with choices"),
        ("select_one nowhere | a | A |", "hint", "type", "no list of choices named nowhere"),
        ("end_group | | |", "hint", "type", "closes no group"),
        ("end_repeat | | |", "hint", "type", "closes no repeat"),
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


@pytest.mark.parametrize(
    ("row", "extra", "column", "reason"),
    [
        ("select_one yn or_other | a | A | name != 'x'", "choice_filter", "type", "cannot stand together"),
        ("select_one other or_other | a | A |", "hint", "type", "which this list has already"),
        ("select_one yn no | a | A |", "hint", "type", "Name one list"),
        ("calculate | k | | instance('yn')/root/item[land = 'x']/label", "calculation", "calculation", "named land"),
    ],
)
def test_a_fault_about_a_list_is_told_with_its_place(
    problems_of: ProblemsOf, row: str, extra: str, column: str, reason: str
) -> None:
    problems = problems_of(survey(row, extra) + CHOICES + "|  | other | other | Other | |\n")
    assert problems[0][:3] == ("survey", 3, column)
    assert reason in problems[0][3]


REPEAT = (
    "| survey |\n|  | type | name | label | relevant | calculation | repeat_count |\n"
    "|  | integer | n | N | | | |\n|  | begin_repeat | r | R | {relevant} | | {count} |\n|  | text | a | A | | | |\n"
    "|  | {inside} |\n|  | end_repeat | | | | | |\n|  | {outside} |\n"
)
SOUND = "text | {name} | S | | | |"


@pytest.mark.parametrize(
    ("where", "written", "row", "column", "reason"),
    [
        ("outside", "text | b | B ${a} | | | |", 7, "label", "a has an answer in every row. Join them"),
        ("outside", "text | b | B ${r} | | | |", 7, "label", "r has an answer in every row"),
        (
            "outside",
            "text | b | B | ${a} = 'x' | | |",
            7,
            "relevant",
            "a has an answer in every row. Use it inside sum",
        ),
        ("outside", "calculate | b | | | ${r} + 1 | |", 7, "calculation", "r is a repeat: use it inside count"),
        (
            "outside",
            "calculate | b | | | indexed-repeat(${n}, ${r}, 1) | |",
            7,
            "calculation",
            "needs a question of the",
        ),
        ("inside", "calculate | b | | | position(../..) | |", 5, "calculation", "number is position(..)"),
        ("inside", "begin_repeat | b | B | | | |", 5, "type", "repeat inside a repeat"),
        ("inside", "end_group | | | | | |", 5, "type", "closes r, which began as something else"),
        ("relevant", "${a} = 'x'", 3, "relevant", "a has an answer in every row"),
        ("relevant", "count(${a}) > 1", 3, "relevant", "circle: r → a"),
        ("count", "sum(${a})", 3, "repeat_count", "circle: r → a"),
        ("count", "${nobody}", 3, "repeat_count", "no question named nobody"),
        ("count", "1 +", 3, "repeat_count", "stops too early"),
    ],
)
def test_a_fault_about_a_repeat_is_told_with_its_place(
    problems_of: ProblemsOf, where: str, written: str, row: int, column: str, reason: str
) -> None:
    parts = {"inside": SOUND.format(name="s"), "outside": SOUND.format(name="t"), "relevant": "", "count": ""}
    problems = problems_of(REPEAT.format(**{**parts, where: written}))
    assert [told for *place, told in problems if place == ["survey", row, column] and reason in told]


def test_a_repeat_asks_something_and_ends(problems_of: ProblemsOf) -> None:
    empty = problems_of(survey("begin_repeat | r | R |") + "|  | end_repeat | | | |\n")
    assert [problem[:3] for problem in empty] == [("survey", 3, "type")]
    assert "repeat asks nothing" in empty[0][3]
    endless = problems_of(survey("begin_repeat | r | R |") + "|  | text | b | B | |\n")
    assert "never closed with end_repeat" in endless[0][3]


def test_a_group_in_a_repeat_has_no_row_number_of_its_own(problems_of: ProblemsOf) -> None:
    tables = (
        HEADER.format(extra="relevant")
        + "|  | begin_repeat | r | R | |\n|  | begin_group | g | G | position(..) > 1 |\n|  | text | a | A | |\n"
        + "|  | end_group | | | |\n|  | end_repeat | | | |\n"
    )
    problems = problems_of(tables)
    assert problems[0][:3] == ("survey", 3, "relevant")
    assert "into a calculate row" in problems[0][3]


def checked(tables: str, media: list[str] | None = None) -> list[tuple[str, int, str, str, bool]]:
    content = (tables + "\n" + SETTINGS).encode()
    return [
        (each.sheet, each.row, each.column, say("en", each.reason), each.blocking)
        for each in check_form(content, ".md", media)
    ]


def test_a_language_that_is_half_there_is_told_and_not_offered() -> None:
    tables = (
        "| survey |\n|  | type | name | label::English (en) | label::French (fr) | hint::French (fr) |\n"
        "|  | text | a | A? | A ? | |\n|  | text | b | B? | | |\n"
    )
    (gap,) = checked(tables)
    assert gap[:3] == ("survey", 3, "label::English (en)")
    assert "in the language fr is missing" in gap[3]
    assert not gap[4]
    assert read_form((tables + SETTINGS).encode(), ".md").complete_languages() == ("en",)


def test_a_form_that_is_complete_in_no_language_is_refused() -> None:
    tables = (
        "| survey |\n|  | type | name | label::English (en) | label::French (fr) |\n"
        "|  | text | a | A? | |\n|  | text | b | | B ? |\n"
    )
    *gaps, last = sorted(checked(tables), key=lambda each: each[4])
    assert [each[1] for each in gaps] == [2, 3]
    assert "complete in no language" in last[3]
    assert last[4]


def test_a_picture_or_recording_that_is_not_there_is_told() -> None:
    tables = (
        "| survey |\n|  | type | name | label | media::image | media::audio::English (en) |\n"
        "|  | text | a | A? | here.png | gone.ogg |\n"
    )
    (missing,) = checked(tables, ["here.png"])
    assert missing[:3] == ("survey", 2, "media::audio::English (en)")
    assert "gone.ogg is named in the form and is not there" in missing[3]
    assert checked(tables) == []


def test_checking_tells_what_is_wrong_with_the_file_itself() -> None:
    assert [say("en", each.reason) for each in check_form(b"\0", ".exe")] == [
        "Only .xlsx, .csv and .md files are read."
    ]


def test_every_problem_is_told_at_once(problems_of: ProblemsOf) -> None:
    tables = (
        HEADER.format(extra="relevant | calculation")
        + "|  | text | a | A | ${nobody} = 1 | |\n"
        + "|  | video | b | B | ${a} != '' | |\n"
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
