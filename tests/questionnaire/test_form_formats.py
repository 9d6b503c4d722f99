"""The same form as workbook, CSV and markdown is the same Sheet, and its JSON keeps all of it."""

import csv
import io
import json

import openpyxl
import pytest
from pydantic import ValidationError

from questionnaire.sheet import Kind, Sheet, Widget
from questionnaire.xlsform import read_form

SURVEY: list[dict[str, str]] = [
    {
        "type": "text",
        "name": "called",
        "label::English (en)": "Your name?",
        "label::French (fr)": "Votre nom ?",
        "hint::English (en)": "Any name",
        "hint::French (fr)": "N'importe quel nom",
        "required": "yes",
        "bind::chat:sensitive": "yes",
    },
    {
        "type": "begin_group",
        "name": "home",
        "label::English (en)": "Home",
        "label::French (fr)": "Maison",
        "relevant": "${called} != ''",
    },
    {
        "type": "select_one country",
        "name": "land",
        "label::English (en)": "Which country, ${called}?",
        "label::French (fr)": "Quel pays, ${called} ?",
        "default": "TN",
        "chat::widget": "buttons",
    },
    {"type": "begin_group", "name": "inner", "relevant": "${land} != 'GM'"},
    {
        "type": "select_multiple area",
        "name": "parts",
        "label::English (en)": "Where?",
        "label::French (fr)": "Où ?",
        "relevant": "count-selected(${land}) = 1",
        "constraint": "not(selected(., 'x'))",
        "constraint_message::English (en)": "Not x",
        "constraint_message::French (fr)": "Pas x",
        "choice_filter": "country = ${land}",
        "chat::widget": "list",
    },
    {"type": "end_group"},
    {"type": "end_group"},
    {"type": "integer", "name": "age", "label::English (en)": "Age?", "label::French (fr)": "Âge ?"},
    {"type": "hidden", "name": "known"},
    {"type": "calculate", "name": "next_age", "calculation": "${age} + 1"},
    {"type": "note", "name": "bye", "label::English (en)": "Thank you", "label::French (fr)": "Merci"},
]
COLUMNS = list(dict.fromkeys(column for row in SURVEY for column in row))
SHEETS: dict[str, list[list[str]]] = {
    "survey": [COLUMNS, *([row.get(column, "") for column in COLUMNS] for row in SURVEY)],
    "choices": [
        ["list_name", "name", "label::English (en)", "label::French (fr)", "country"],
        ["country", "TN", "Tunisia", "Tunisie", ""],
        ["country", "GM", "The Gambia", "Gambie", ""],
        ["area", "north", "North", "Nord", "TN"],
        ["area", "x", "The X", "Le X", "TN"],
    ],
    "settings": [["form_title", "form_id", "version", "default_language"], ["Trial", "trial", "7", "English (en)"]],
}


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in SHEETS.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def as_csv() -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    for name, rows in SHEETS.items():
        writer.writerow([name])
        writer.writerows(["", *row] for row in rows)
    return target.getvalue().encode()


def as_markdown() -> bytes:
    lines = []
    for name, rows in SHEETS.items():
        lines.append(f"| {name} |")
        lines += ["|  | " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines).encode()


WRITERS = {".xlsx": as_xlsx, ".csv": as_csv, ".md": as_markdown}


@pytest.fixture(params=WRITERS)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return read_form(WRITERS[request.param](), request.param)


def test_all_three_formats_give_the_same_sheet() -> None:
    first, *others = [read_form(write(), file_type) for file_type, write in WRITERS.items()]
    assert others == [first, first]


def test_what_the_author_wrote_is_in_the_sheet(sheet: Sheet) -> None:
    assert (sheet.id, sheet.version, sheet.title, sheet.languages) == ("trial", "7", "Trial", ("en", "fr"))
    names = ["called", "land", "parts", "age", "known", "next_age", "bye"]
    assert [question.name for question in sheet.questions] == names
    called, parts = sheet.question("called"), sheet.question("parts")
    assert (called.required, called.sensitive, called.hint["fr"]) == (True, True, "N'importe quel nom")
    assert parts.kind is Kind.SELECT_MULTIPLE
    assert parts.widget is Widget.LIST
    assert parts.group == ("home", "inner")
    assert parts.relevant == "(${called} != '') and (${land} != 'GM') and (count-selected(${land}) = 1)"
    assert parts.constraint_message == {"en": "Not x", "fr": "Pas x"}
    assert [choice.columns for choice in parts.choices] == [{"country": "TN"}, {"country": "TN"}]
    assert sheet.question("land").default == "TN"
    assert sheet.question("next_age").calculation == "${age} + 1"


def test_the_json_gives_back_the_same_sheet(sheet: Sheet) -> None:
    source = sheet.to_json()
    assert json.loads(source)["format"] == 1
    assert Sheet.from_json(source) == sheet


def test_json_of_another_format_is_refused(sheet: Sheet) -> None:
    other = sheet.to_json().replace('"format":1', '"format":2')
    with pytest.raises(ValidationError):
        Sheet.from_json(other)


def test_a_sheet_cannot_be_changed(sheet: Sheet) -> None:
    with pytest.raises(ValidationError):
        sheet.version = "8"


def test_a_form_is_offered_only_in_languages_where_nothing_is_missing(sheet: Sheet) -> None:
    assert sheet.complete_languages() == ("en", "fr")
    gap = as_markdown().replace(b"Le X", b"").replace("Où ?".encode(), b" ")
    assert read_form(gap, ".md").complete_languages() == ("en",)


def test_word_processor_quotation_marks_are_made_straight() -> None:
    curly = as_markdown().replace(b"${called} != ''", "${called} != ‘’".encode())
    assert read_form(curly, ".md") == read_form(as_markdown(), ".md")
