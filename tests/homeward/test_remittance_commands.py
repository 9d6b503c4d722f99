"""`homeward remittances import`, seen from outside: strict unless it is told to leave faulty rows out."""

from pathlib import Path

from program import Program

HEADER = (
    "period,source code,destination code,firm,speed actual,transparent,date,cc1 lcu amount,cc1 lcu code,cc1 lcu fee,"
    "cc1 fx margin,cc1 total cost %"
)
GOOD = "2026_3Q,DEU,GMB,Baobab,Same day,yes,2026-08-31,200,EUR,5,1,3.5"
FAULTY = "2026_3Q,DEU,GMB,Harbour,Same day,yes,2026-08-31,200,EUR,5,1,9.5"


def test_a_faulty_row_refuses_the_file_unless_it_may_be_left_out(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(f"{HEADER}\n{GOOD}\n{FAULTY}\n", encoding="utf-8")
    strict = program.run("remittances", "import", file)
    assert strict.code == 1
    assert strict.err.startswith("row 3, cc1 total cost %")
    dry = program.run("remittances", "import", file, "--leave-out-faulty", "--dry-run")
    assert dry.code == 0
    assert "1 faulty rows would be left out." in dry.out
    assert program.rows("SELECT count(*) FROM remittance_price") == [(0,)]
    done = program.run("remittances", "import", file, "--leave-out-faulty")
    assert done.code == 0
    assert "left out: row 3, cc1 total cost %: The total is not" in " ".join(done.out.split())
    assert program.rows("SELECT provider FROM remittance_price") == [("Baobab",)]
