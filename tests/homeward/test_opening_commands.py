"""`homeward jobs import` and `homeward courses import`, seen from outside; and the night's work of the worker."""

from pathlib import Path

from program import Program

HEADER = "organisation,reference,title,country,isco,contract,employer,apply_until"
COURSES = "organisation,reference,title,country,apply_until,occupations"


def organisation(program: Program) -> str:
    ((name,),) = program.rows("SELECT name FROM organisation")
    return str(name)


def test_vacancies_are_entered_from_a_file_and_a_dry_run_enters_none(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "jobs.csv"
    row = f'"{organisation(program)}",V-1,Bricklayer,GM,7112,seasonal,Kombo Builders,2099-01-01'
    file.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    dry = program.run("jobs", "import", file, "--dry-run")
    assert (dry.code, dry.out.strip()) == (0, "1 would be added, 0 would be changed.")
    assert program.rows("SELECT count(*) FROM vacancy") == [(0,)]
    assert program.run("jobs", "import", file).out.strip() == "1 added, 0 changed."
    assert program.run("jobs", "import", file).out.strip() == "0 added, 1 changed."
    assert program.rows("SELECT title, isco, vetted_until FROM vacancy") == [("Bricklayer", "7112", None)]


def test_courses_too(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "courses.csv"
    file.write_text(f'{COURSES}\n"{organisation(program)}",C-1,Masonry,TN,2099-01-01,7112 711\n', encoding="utf-8")
    assert program.run("courses", "import", file).out.strip() == "1 added, 0 changed."
    assert program.rows("SELECT isco FROM course_occupation ORDER BY isco") == [("711",), ("7112",)]


def test_a_faulty_file_enters_nothing_and_says_where(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "jobs.csv"
    good = f'"{organisation(program)}",V-1,Bricklayer,GM,7112,seasonal,Kombo,2099-01-01'
    bad = f'"{organisation(program)}",V-2,Mason,GM,71,seasonal,Kombo,soon'
    file.write_text(f"{HEADER}\n{good}\n{bad}\n", encoding="utf-8")
    ended = program.run("jobs", "import", file)
    assert ended.code == 1
    assert [line.partition(":")[0] for line in ended.err.splitlines()] == ["row 3, apply_until", "row 3, isco"]
    assert program.rows("SELECT count(*) FROM vacancy") == [(0,)]
