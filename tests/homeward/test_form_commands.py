"""Forms from the command line: every fault named, versions published once, pictures and recordings with them."""

import io
from pathlib import Path

import pytest
from PIL import Image
from program import Program

FORM = """\
| survey |
|        | type    | name  | label::English (en) | label::Français (fr) | media::image |               relevant |
|        | text    | trade | Your trade?         | Votre métier ?       | {picture}                  |          |
|        | integer | years | {years}             | Combien d’années ?   |                            | {when}   |

| settings |
|          | form_title | form_id | version   | default_language |
|          | Trades     | trades  | {version} | English (en)     |
"""


def write_form(
    name: str = "trades.md", *, version: str = "1", picture: str = "", years: str = "How many years?", when: str = ""
) -> str:
    text = FORM.replace("{version}", version).replace("{picture}", picture)
    Path(name).write_text(text.replace("{years}", years).replace("{when}", when))
    return name


def write_picture(path: Path, *, place: bool = True) -> None:
    path.parent.mkdir(exist_ok=True)
    picture = Image.new("RGB", (40, 30), "teal")
    details = Image.Exif()
    if place:
        details[0x010E] = "canary of a device"
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=details)
    path.write_bytes(written.getvalue())


def test_every_fault_of_a_form_is_told_and_one_line_sums_up(program: Program) -> None:
    ended = program.run("form", "check", write_form(when="${years} > and ${nobody} = 1"))
    assert ended.code == 1
    assert ended.out.startswith("survey, row 3, relevant: ")
    (line,) = ended.err.splitlines()
    assert line.startswith("This form cannot be used yet. Problems found: ")
    assert program.run("form", "publish", "trades.md").code == 1
    assert program.rows("SELECT count(*) FROM published_sheet WHERE sheet_id = 'trades'") == [(0,)]


def test_a_form_in_order_says_what_it_is(program: Program) -> None:
    ended = program.run("form", "check", write_form())
    assert (ended.code, ended.err) == (0, "")
    assert "trades, version 1, 2 rows. Complete languages: en, fr." in ended.out


def test_what_need_not_be_mended_is_a_note_and_keeps_nothing_from_being_published(program: Program) -> None:
    text = FORM.replace("Combien d’années ?  ", "                    ").replace("{years}", "How many years?")
    Path("half.md").write_text(text.replace("{version}", "1").replace("{picture}", "").replace("{when}", ""))
    ended = program.run("form", "check", "half.md")
    assert ended.code == 0
    assert ended.out.startswith("note: survey, row 3, ")
    assert "Complete languages: en." in ended.out
    assert program.run("form", "publish", "half.md").code == 0


def test_a_version_is_published_once_and_never_with_other_content(program: Program) -> None:
    assert program.run("form", "publish", write_form()).out == "The form is published.\n"
    assert program.run("form", "publish", write_form()).out == "Exactly this version was published before.\n"
    refused = program.run("form", "publish", write_form(years="Since when?")).complaint
    assert "Version 1 of this form was published before with other content" in refused
    assert "new version" in refused
    assert program.run("form", "publish", write_form(version="2", years="Since when?")).code == 0
    versions = "SELECT version FROM published_sheet WHERE sheet_id = 'trades' ORDER BY version"
    assert program.rows(versions) == [("1",), ("2",)]
    audited = program.rows("SELECT facts FROM audit_entry WHERE event = 'form.published' AND facts LIKE '%trades%'")
    assert len(audited) == 2


def test_no_form_takes_the_place_of_one_of_the_program(program: Program) -> None:
    path = Path(write_form())
    path.write_text(path.read_text().replace("trades", "arrival"))
    kept = "SELECT version, content FROM published_sheet WHERE sheet_id = 'arrival'"
    before = program.rows(kept)
    assert "The id arrival belongs to a form of the program" in program.run("form", "publish", path).complaint
    assert program.rows(kept) == before


def test_the_list_tells_versions_languages_and_use(program: Program) -> None:
    assert program.run("form", "publish", write_form()).code == 0
    program.monkeypatch.setattr("homeward.commands.forms.console.width", 200)
    lines = program.run("form", "list").out.splitlines()
    (own,) = [line for line in lines if "trades" in line]
    assert [part.strip() for part in own.strip("│ ").split("│")][1:3] == ["Trades", "1"]
    assert "English, Français" in own
    assert own.rstrip(" │").endswith("own")
    assert sum("built in" in line for line in lines) >= 2


def test_pictures_are_cleaned_and_missing_ones_are_named(program: Program, tmp_path: Path) -> None:
    write_form(picture="tailor.jpg")
    assert "tailor.jpg" in program.run("form", "check", "trades.md").out
    missing = program.run("form", "publish", "trades.md", "--media", tmp_path)
    assert missing.code == 1
    assert "tailor.jpg" in missing.out
    write_picture(tmp_path / "files" / "tailor.jpg")
    write_picture(tmp_path / "files" / "not named in the form.jpg")
    assert b"canary" in (tmp_path / "files" / "tailor.jpg").read_bytes()
    assert program.run("form", "publish", "trades.md", "--media", tmp_path / "files").code == 0
    ((name, media_type, content),) = program.rows("SELECT name, media_type, content FROM form_media")
    assert (name, media_type) == ("tailor.jpg", "image/jpeg")
    assert b"canary" not in content
    again = program.run("form", "publish", "trades.md", "--media", tmp_path / "files")
    assert again.out == "Exactly this version was published before.\n"


@pytest.mark.parametrize("content", [b"GIF89a and more", b"%PDF-1.4\n%%EOF", b"\xff\xd8\xff broken"])
def test_what_is_no_picture_is_not_published(program: Program, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "tailor.jpg").write_bytes(content)
    refused = program.run("form", "publish", write_form(picture="tailor.jpg"), "--media", tmp_path / "files")
    assert refused.complaint.startswith("tailor.jpg: ")
    assert program.rows("SELECT count(*) FROM published_sheet WHERE sheet_id = 'trades'") == [(0,)]


def test_a_folder_that_is_not_there_is_named(program: Program) -> None:
    assert "no-such-folder" in program.run("form", "publish", write_form(), "--media", "no-such-folder").complaint


@pytest.mark.parametrize("words", [("form",), ("form", "check"), ("form", "nonsense"), ("form", "check", "--what")])
def test_words_that_are_no_command_end_with_2(program: Program, words: tuple[str, ...]) -> None:
    ended = program.run(*words)
    assert ended.code == 2
    assert "Traceback" not in ended.err
