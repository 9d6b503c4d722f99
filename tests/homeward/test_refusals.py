"""Whatever keeps a command from working is said in one clear line, and the command ends with 1."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from program import PASSWORD, Program

from foundation.sealing import KeyRing

EXAMPLE = Path(__file__).parents[2] / "homeward" / "demo" / "directory.json"
PARTS = ["serve", "bot", "worker"]
BROKEN_FORM = """\
| survey |
|        | type    | name  | label |
|        | text    | sound | Sound? |
|        | picture | face  | Your face? |

| settings |
|          | form_title | form_id | version |
|          | Broken     | broken  | 1       |
"""


@pytest.mark.parametrize("command", [*PARTS, "migrate"])
def test_without_a_master_key_nothing_starts(program: Program, command: str) -> None:
    program.configure(master_keys=None)
    assert program.run(command).complaint.startswith("HOMEWARD_MASTER_KEYS is not set")


@pytest.mark.parametrize("command", [*PARTS, "migrate"])
def test_a_master_key_that_is_not_the_databases_is_refused(program: Program, command: str) -> None:
    program.configure(master_keys=KeyRing.new_master("second"))
    assert "sealed with the master key 'first', which is not configured" in program.run(command).complaint
    program.configure(master_keys=KeyRing.new_master("first"))
    assert "does not open" in program.run(command).complaint


@pytest.mark.parametrize("command", ["bot", "worker"])
def test_without_a_token_nobody_speaks_to_telegram(program: Program, command: str) -> None:
    program.configure(telegram_token=None)
    assert program.run(command).complaint.startswith("HOMEWARD_TELEGRAM_TOKEN is not set")


@pytest.mark.parametrize("command", [*PARTS, "migrate"])
def test_a_database_of_a_newer_version_is_left_alone(program: Program, command: str) -> None:
    program.rows("UPDATE alembic_version SET version_num = '9999'")
    assert program.run(command).complaint.startswith("A newer version of Homeward made this database.")
    assert program.rows("SELECT version_num FROM alembic_version") == [("9999",)]


@pytest.mark.parametrize("command", PARTS)
def test_a_database_without_tables_must_be_migrated_first(program: Program, tmp_path: Path, command: str) -> None:
    program.configure(database_url=f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    assert program.run(command).complaint == "The database is of an older version. Run `homeward migrate` first."


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_named(program: Program, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert program.run(command, "--port", port).complaint.startswith(f"Port {port} is in use")


def test_a_file_that_is_no_database_is_refused_without_a_traceback(program: Program) -> None:
    program.path.write_bytes(b"not a database at all, but some text that is long enough" * 20)
    assert "HOMEWARD_DATABASE_URL" in program.run("staff", "disable", "a@example.org").complaint


def test_a_server_that_does_not_answer_is_refused_without_a_traceback(program: Program) -> None:
    program.configure(database_url="postgresql+asyncpg://homeward:canary@127.0.0.1:1/homeward")
    complaint = program.run("staff", "disable", "a@example.org").complaint
    assert "The database cannot be reached or used" in complaint
    assert "canary" not in complaint


@pytest.mark.parametrize("command", ["check", "import"])
def test_a_broken_directory_is_refused_by_service_and_field(program: Program, tmp_path: Path, command: str) -> None:
    services = json.loads(EXAMPLE.read_text())
    services[1]["minimum_age"] = "old"
    (tmp_path / "directory.json").write_text(json.dumps(services))
    complaint = program.run("directory", command, "directory.json").complaint
    assert complaint == f"service, service 2 “{services[1]['name']}”, minimum_age: This must be a number."
    assert program.rows("SELECT count(*) FROM service") == [(0,)]


@pytest.mark.parametrize("command", ["check", "publish"])
def test_a_broken_form_is_refused_by_sheet_row_and_column(program: Program, tmp_path: Path, command: str) -> None:
    (tmp_path / "broken.md").write_text(BROKEN_FORM)
    ended = program.run("form", command, "broken.md")
    assert (ended.code, ended.out.startswith("survey, row 3, type: ")) == (1, True)
    assert ended.err == "This form cannot be used yet. Problems found: 1.\n"
    assert program.rows("SELECT count(*) FROM published_sheet WHERE sheet_id = 'broken'") == [(0,)]


def test_an_account_that_does_not_exist_is_named_as_the_reason(program: Program) -> None:
    program.configure(password=PASSWORD)
    for words in (("disable",), ("reset",)):
        complaint = program.run("staff", *words, "nobody@example.org").complaint
        assert complaint == "There is no account with this e-mail address."
    published = program.run("release", "draft", "2025-01-01", "--as", "nobody@example.org").complaint
    assert published == "There is no active account with this e-mail address."


def test_a_short_password_and_a_used_address_are_refused(program: Program) -> None:
    add = ("staff", "add", "awa@example.org", "--name", "Awa", "--role", "caseworker")
    program.configure(password="short")
    assert program.run(*add).complaint == "A password needs at least 12 characters."
    program.configure(password=PASSWORD)
    assert program.run(*add).code == 0
    assert program.run(*add).complaint == "An account with this e-mail address exists already."
    assert program.rows("SELECT email, role FROM staff_member") == [("awa@example.org", "caseworker")]


@pytest.mark.parametrize(("group", "name"), [("directory", "nothing.json"), ("form", "nothing.xlsx"), ("form", "n.md")])
def test_a_file_that_is_not_there_is_named(program: Program, group: str, name: str) -> None:
    assert name in program.run(group, "check", name).complaint


def test_a_file_that_is_no_form_is_refused_as_a_whole(program: Program, tmp_path: Path) -> None:
    (tmp_path / "form.doc").write_text("text")
    ended = program.run("form", "check", "form.doc")
    assert (ended.code, ended.out) == (1, "file: Only .xlsx, .csv and .md files are read.\n")


def test_a_case_that_does_not_exist_is_not_erased(program: Program) -> None:
    assert program.run("case", "erase", "HW-0000-0000", "--yes").complaint.startswith("There is no such case")


@pytest.mark.parametrize(
    "words", [("nonsense",), ("staff", "disable"), ("staff", "add", "a@example.org", "--name", "A", "--role", "king")]
)
def test_words_that_are_no_command_end_with_an_error_and_no_traceback(program: Program, words: tuple[str, ...]) -> None:
    ended = program.run(*words)
    assert ended.code == 2
    assert ended.err.strip()
    assert "Traceback" not in ended.err


def test_a_real_process_says_its_line_and_ends_with_1(program: Program) -> None:
    program.configure(master_keys=None)
    ended = subprocess.run(
        [sys.executable, "-m", "homeward.cli", "worker"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("HOMEWARD_MASTER_KEYS is not set")
    assert len(ended.stderr.splitlines()) == 1
