"""A migrated database for the command line, made once by the command line itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from program import MASTER, Program


@pytest.fixture(scope="session")
def program_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("program") / "homeward.db"


@pytest.fixture
def program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, program_template: Path
) -> Iterator[Program]:
    """Configured, on a database of its own, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    made = Program(monkeypatch, capsys, tmp_path / "homeward.db")
    made.configure(master_keys=MASTER, telegram_token="1:a", password=None, database_url=url_of(program_template))
    if not program_template.exists():
        assert made.run("migrate").code == 0
    shutil.copy(program_template, made.path)
    made.configure(database_url=url_of(made.path))
    yield made
    # Log lines of later tests must not go to this test's closed streams.
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
