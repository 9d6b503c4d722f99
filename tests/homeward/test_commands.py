"""What the commands do when nothing is wrong, seen from outside."""

import asyncio
import io
import json
import shutil
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from program import MASTER, PASSWORD, Program

from access.actor import PERSON
from cases.intake import begin_form, open_case, submit_form
from cases.sheets import ARRIVAL, built_in_sheets
from foundation import audit
from foundation.database import Database
from foundation.keys import create_subject
from foundation.sealing import KeyRing

EXAMPLE = Path(__file__).parents[2] / "homeward" / "demo" / "directory.json"
FORMS = Path(__file__).parents[2] / "cases" / "forms"


async def add_case(program: Program) -> str:
    """A case in the program's database; its number."""
    database = Database(f"sqlite+aiosqlite:///{program.path}", KeyRing.parse(MASTER))
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        case = await open_case(session, key, "en", "the notice", actor=PERSON)
        await session.flush()
        submission = await begin_form(session, case, key, built_in_sheets()[ARRIVAL], "en")
        await session.flush()
        await submit_form(session, submission.id, key, {"called": "Awa", "maybe_child": "no"}, actor=PERSON)
        await session.flush()
        await audit.link_some(session)
    await database.close()
    return case.number


@pytest.fixture
def number(program: Program) -> str:
    return asyncio.run(add_case(program))


def test_migrating_twice_changes_nothing(program: Program) -> None:
    tables = "SELECT name, sql FROM sqlite_master ORDER BY name"
    before = program.rows(tables)
    assert program.run("migrate").code == 0
    assert program.rows(tables) == before
    assert program.rows("SELECT count(*) FROM organisation") == [(1,)]
    published = program.rows("SELECT sheet_id FROM published_sheet ORDER BY sheet_id")
    assert published == [(sheet_id,) for sheet_id in sorted(built_in_sheets())]


def test_the_doctor_finds_nothing_wrong_with_a_good_installation(program: Program, number: str) -> None:
    ended = program.run("doctor")
    assert (ended.code, ended.err) == (0, "")
    first, warning = ended.out.splitlines()
    assert first == "Nothing is misconfigured."
    assert "Help lines that nobody has confirmed" in warning


def test_the_doctor_warns_where_a_password_alone_opens_cases(program: Program, number: str) -> None:
    program.configure(second_factor="offered")
    ended = program.run("doctor")
    assert ended.code == 0
    assert ended.out.splitlines()[1].startswith("• HOMEWARD_SECOND_FACTOR is 'offered'")


def test_the_doctor_lists_every_problem_in_words(program: Program) -> None:
    program.configure(telegram_token=None, public_url="http://example.org", telegram_mode="webhook")
    ended = program.run("doctor")
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert all(line.startswith("• HOMEWARD_") for line in lines)
    named = {line.split()[1] for line in lines}
    assert named == {"HOMEWARD_TELEGRAM_TOKEN", "HOMEWARD_PUBLIC_URL", "HOMEWARD_WEBHOOK_SECRET"}


def test_the_doctor_finds_a_wrong_key_and_a_changed_audit_log(program: Program, number: str) -> None:
    program.rows("UPDATE audit_entry SET event = 'case.other' WHERE link = 2")
    ended = program.run("doctor")
    assert (ended.code, ended.out) == (1, "• The audit log does not verify from link 2 on.\n")
    program.configure(master_keys=KeyRing.new_master("second"))
    assert "'first', which is not configured" in program.run("doctor").out


def test_another_organisation_takes_over_cases_once_the_first_has_an_account(program: Program) -> None:
    program.configure(password=PASSWORD)
    there = (
        "staff",
        "add",
        "b@example.org",
        "--name",
        "B",
        "--role",
        "supervisor",
        "--organisation",
        "The other agency",
    )
    assert program.run(*there).complaint == "Add someone of the organisation that runs this installation first."
    assert program.run("staff", "add", "a@example.org", "--name", "A", "--role", "supervisor").code == 0
    assert program.run(*there).code == 0
    rows = program.rows(
        "SELECT email, kind, o.name FROM staff_member s JOIN organisation o ON o.id = s.organisation_id ORDER BY email"
    )
    assert [(email, kind) for email, kind, _name in rows] == [
        ("a@example.org", "operator"),
        ("b@example.org", "operator"),
    ]
    assert rows[1][2] == "The other agency" != rows[0][2]


def test_accounts_are_added_reset_and_disabled(program: Program) -> None:
    program.configure(password=PASSWORD)
    added = program.run(
        "staff", "add", "P@example.org", "--name", "P", "--role", "partner", "--organisation", "Dar Errouju"
    )
    assert added.code == 0
    (row,) = program.rows(
        "SELECT email, kind, o.name, password_hash FROM staff_member s JOIN organisation o ON o.id = s.organisation_id"
    )
    assert row[:3] == ("p@example.org", "partner", "Dar Errouju")
    app = "INSERT INTO authenticator_app (staff_id, secret, last_step, enrolled_at) SELECT id, x'01', 0, created_at"
    program.rows(f"{app} FROM staff_member")
    program.configure(password="another horse battery")
    assert program.run("staff", "role", "p@example.org", "--role", "caseworker").code == 1
    assert program.run("staff", "role", "p@example.org", "--role", "partner", "--team", "TN").code == 0
    assert program.rows("SELECT role, team FROM staff_member") == [("partner", "TN")]
    assert program.run("staff", "reset", "p@example.org").code == 0
    assert program.rows("SELECT password_hash FROM staff_member") != [row[3:]]
    assert program.rows("SELECT staff_id FROM authenticator_app") == []
    assert program.rows("SELECT facts ->> 'factors' FROM audit_entry WHERE event = 'staff.reset'") == [(1,)]
    assert program.run("staff", "disable", "p@example.org").code == 0
    assert program.rows("SELECT disabled_at IS NOT NULL FROM staff_member") == [(1,)]
    assert PASSWORD not in repr(program.rows("SELECT * FROM staff_member"))


def test_a_new_master_key_is_one_that_the_program_takes(program: Program) -> None:
    ended = program.run("keys", "new", "2027-01")
    program.configure(master_keys=f"{ended.out.strip()},{MASTER}")
    assert ended.out.startswith("2027-01:")
    assert program.run("doctor").code == 0


def test_after_a_rotation_the_old_key_may_be_taken_away(program: Program, number: str) -> None:
    second = KeyRing.new_master("second")
    program.configure(master_keys=f"{second},{MASTER}")
    assert program.run("keys", "rotate").code == 0
    for table in ("subject_key", "instance_key"):
        assert program.rows(f"SELECT DISTINCT master_id FROM {table}") == [("second",)]  # noqa: S608  # no input
    program.configure(master_keys=second)
    assert program.run("doctor").code == 0
    program.configure(master_keys=MASTER)
    assert "'second', which is not configured" in program.run("keys", "rotate").complaint


def test_a_case_is_erased_by_its_number_and_once(program: Program, number: str) -> None:
    (box,) = program.rows("SELECT box FROM subject_key")[0]
    ended = program.run("case", "erase", f" {number.lower()} ", "--yes")
    assert ended.code == 0
    assert ended.out.startswith(f"Case {number}: erased on ")
    assert program.rows("SELECT number, status, person_id FROM case_file") == [(number, "erased", None)]
    assert program.rows("SELECT count(*) FROM subject_key") == [(0,)]
    on_disk = b"".join(path.read_bytes() for path in program.path.parent.glob("homeward.db*"))
    assert box not in on_disk
    assert "erased already" in program.run("case", "erase", number, "--yes").complaint


def test_the_retention_preview_says_what_will_be_erased_and_erases_nothing(program: Program, number: str) -> None:
    empty = program.run("case", "retention", "--preview")
    assert (empty.code, empty.out) == (0, "Nothing is to be erased within 90 days.\n")
    ended = "UPDATE case_file SET status = 'closed', closed_at = opened_at, erase_after = opened_at"
    program.rows(ended)
    shown = program.run("case", "retention", "--preview", "--days", "0")
    assert number in shown.out
    assert "Closed, and kept as long as the person was told" in " ".join(shown.out.split())
    assert program.rows("SELECT status FROM case_file") == [("closed",)]
    assert program.run("case", "retention").complaint.startswith("The worker erases by itself")


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_nobody_is_erased_without_a_yes(program: Program, number: str, answer: str) -> None:
    program.monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert program.run("case", "erase", number).code == 130
    assert program.rows("SELECT status FROM case_file") == [("open",)]


def test_a_person_is_erased_after_a_yes(program: Program, number: str) -> None:
    program.monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert program.run("case", "erase", number).code == 0
    assert program.rows("SELECT status FROM case_file") == [("erased",)]


def test_a_dry_run_of_a_directory_says_what_would_change_and_changes_nothing(program: Program, tmp_path: Path) -> None:
    services = json.loads(EXAMPLE.read_text("utf-8"))
    (tmp_path / "in.json").write_text(json.dumps(services))
    assert "+ service " in program.run("directory", "import", "in.json", "--dry-run").out
    assert program.rows("SELECT count(*) FROM service") == [(0,)]
    program.run("directory", "import", "in.json")
    assert program.run("directory", "import", "in.json", "--dry-run").out == "The directory is the same already.\n"
    services[0]["name"] = "New name"
    (tmp_path / "in.json").write_text(json.dumps(services))
    told = program.run("directory", "import", "in.json", "--dry-run").out
    assert told == f"~ service {services[0]['id']} New name: name\n"


@pytest.mark.parametrize("form", ["services", "tables", "package"])
def test_a_directory_goes_out_and_comes_back_in_every_form(program: Program, tmp_path: Path, form: str) -> None:
    (tmp_path / "in.json").write_bytes(EXAMPLE.read_bytes())
    program.run("directory", "import", "in.json")
    assert program.run("directory", "export", "out", "--form", form).code == 0
    assert program.run("directory", "import", "out", "--dry-run").out == "The directory is the same already.\n"
    if form == "package":
        with zipfile.ZipFile(tmp_path / "out") as archive:
            archive.extractall(tmp_path / "folder")
        assert program.run("directory", "import", "folder", "--dry-run").out == "The directory is the same already.\n"


def test_an_empty_directory_is_not_written(program: Program, tmp_path: Path) -> None:
    assert (
        program.run("directory", "export", "out.json").complaint == "The directory is empty: there is nothing to write."
    )
    assert not (tmp_path / "out.json").exists()


def test_a_directory_that_was_exported_is_in_order_and_changes_nothing(program: Program, tmp_path: Path) -> None:
    count = len(json.loads(EXAMPLE.read_text()))
    shutil.copy(EXAMPLE, tmp_path / "in.json")
    assert f"{count} services" in program.run("directory", "check", "in.json").out
    assert program.run("directory", "import", "in.json").out.startswith(f"{count} added, 0 changed")
    assert program.run("directory", "export", "out.json").code == 0
    assert f"{count} services" in program.run("directory", "check", "out.json").out
    assert program.run("directory", "import", "out.json").out.startswith(f"0 added, 0 changed, {count} unchanged, 0")


def test_a_form_is_checked_published_once_and_listed(program: Program) -> None:
    form = FORMS / "needs.md"
    text = form.read_text().replace("| needs   | 2       |", "| wishes  | 2       |")
    Path("needs.md").write_text(text)
    assert "wishes, version 2" in program.run("form", "check", "needs.md").out
    assert program.run("form", "publish", "needs.md").out == "The form is published.\n"
    assert program.run("form", "publish", "needs.md").out == "Exactly this version was published before.\n"
    listed = program.run("form", "list").out
    assert listed.count("wishes") == 1
    assert listed.count("arrival") == 1


def test_a_release_is_drafted_approved_published_and_verified_by_its_files(program: Program, tmp_path: Path) -> None:
    program.configure(password=PASSWORD)
    for letter in "mn":
        add = ("staff", "add", f"{letter}@example.org", "--name", letter, "--role", "monitor")
        assert program.run(*add, "--organisation", "Observers").code == 0
    first, second = ("--as", "M@example.org"), ("--as", "n@example.org")
    drafted = program.run("release", "draft", "2025-02-03", *first).out
    assert "waits for approval" in drafted
    sha256 = drafted.split()[-1]
    assert "Someone else must approve it" in program.run("release", "publish", 1, *first).complaint
    assert "Someone else must look" in program.run("release", "approve", 1, sha256, *first).complaint
    assert program.run("release", "approve", 1, sha256, *second).out == "Release 1 is approved.\n"
    assert "Release 1 is published" in program.run("release", "publish", 1, *first).out
    assert "published already" in program.run("release", "draft", "2025-01-01", *first).complaint
    assert "2025-01-01" in program.run("release", "list").out
    files, key = tmp_path / "files", tmp_path / "key.pem"
    assert program.run("release", "export", 1, files).code == 0
    assert program.run("release", "export", 9, tmp_path / "none").complaint == "There is no such release."
    key.write_text(program.run("release", "key").out)
    assert "exactly as they were published" in program.run("release", "verify", files, "--key", key).out
    assert "Compare its fingerprint" in program.run("release", "verify", files).out
    (files / "added.csv").write_text("x")
    ended = program.run("release", "verify", files, "--key", key)
    assert (ended.code, ended.out) == (1, "added.csv was added: the manifest does not name it.\n")
    (files / "added.csv").unlink()
    newer = program.run("release", "key", "--new").out
    assert newer != key.read_text()
    assert "Problems found" in program.run("release", "verify", files, "--key", _written(tmp_path / "new", newer)).err
    both = _written(tmp_path / "both", newer + key.read_text())
    assert "exactly as they were published" in program.run("release", "verify", files, "--key", both).out
    assert (
        "no Ed25519 key" in program.run("release", "verify", files, "--key", _written(tmp_path / "no", "no")).complaint
    )


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_day_is_announced_and_reports_are_written(program: Program, tmp_path: Path) -> None:
    program.configure(password=PASSWORD)
    add = ("staff", "add", "m@example.org", "--name", "M", "--role", "monitor", "--organisation", "Observers")
    assert program.run(*add).code == 0
    announce = ("release", "announce", "2035-02-03", "2035-05-15", "--as", "m@example.org")
    assert program.run(*announce).out == "The figures are announced for 2035-05-15.\n"
    assert "Say why the day is moved" in program.run(*announce).complaint
    assert program.run("report", "yearly", 2025, "--into", tmp_path).code == 0
    assert program.run("report", "review", 2023, 2026, "--into", tmp_path, "--language", "ar").code == 0
    assert {path.name for path in tmp_path.glob("*.pdf")} == {"yearly_report_2025.pdf", "review_2023_2026.pdf"}
    assert "begun" in program.run("report", "yearly", 2999, "--into", tmp_path).complaint
