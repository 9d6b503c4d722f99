"""Guards against drift: folders, schema, settings, queue topics, dependencies and addresses stay what they say."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect

from foundation.database import Database
from foundation.settings import Settings
from homeward.schema import alembic_config, metadata
from homeward.wiring import outbox_handlers

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES: list[str] = CONTRACTS["root_packages"]
BESIDE_THE_PACKAGES = {"docs", "locales", "migrations", "requirements", "tests"}
MADE_ON_THIS_MACHINE = {"__pycache__", "demo-data"}

LONGEST_FILE = 400
"""Lines. A file that needs more stands here with the reason."""
LONG_FOR_A_REASON = {
    "cases/record_kinds.py": "a table: one entry for each kind of evidence",
}

# In pieces, so that this file holds none of them itself.
INDEXES = [
    "".join(parts) for parts in (("pypi", ".org"), ("python", "hosted.org"), ("npmjs", ".com"), ("/sim", "ple/"))
]
MACHINE_PATHS = re.compile(
    "(?<![\\w.)])/(?:" + "|".join(["ro" + "ot(?!/item)", "ho" + "me/[a-z]+", "Us" + "ers/[a-z]+", "wo" + "rk"]) + ")/"
)
NOT_TEXT = {".png", ".jpg", ".ico", ".woff2", ".xlsx", ".pdf"}


def project_files() -> list[Path]:
    """Every file of the project: what git keeps, or, without git, all but what is made on this machine."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    tracked = [ROOT / name for name in names if name]
    found = tracked or [path for path in ROOT.rglob("*") if not is_made_here(path.relative_to(ROOT))]
    return [path for path in found if path.is_file()]


def is_made_here(path: Path) -> bool:
    return any(part.startswith(".") or part in MADE_ON_THIS_MACHINE for part in path.parts)


def product_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def test_every_folder_is_a_package_with_a_place_in_the_contract_or_stands_beside_them() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not is_made_here(path.relative_to(ROOT))}
    assert folders == {*PACKAGES, *BESIDE_THE_PACKAGES}


def test_every_package_but_the_simulator_stands_on_a_floor() -> None:
    floors = next(each["layers"] for each in CONTRACTS["contracts"] if each["name"].startswith("Floors"))
    assert {name.strip() for floor in floors for name in floor.split("|")} == {*PACKAGES} - {"simulator"}


def test_the_migrations_have_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "render_as_batch": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def checks_in_database(connection: Connection) -> set[str]:
    inspector = inspect(connection)
    return {str(each["name"]) for table in metadata.tables for each in inspector.get_check_constraints(table)}


def checks_in_models() -> set[str]:
    return {
        str(each.name)
        for table in metadata.tables.values()
        for each in table.constraints
        if isinstance(each, CheckConstraint)
    }


async def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(checks_in_database) == checks_in_models()
    assert len(checks_in_models()) > 10


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"`HOMEWARD_{name.upper()}`" in (ROOT / "docs" / "deploy.md").read_text()


def test_the_documentation_names_no_setting_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `HOMEWARD_(\w+)`", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE))
    assert {name.lower() for name in documented} == {*Settings.model_fields}


def texts_by_name(trees: list[ast.Module]) -> dict[str, str]:
    """Constants that hold a text, such as the topics."""
    return {
        target.id: node.value.value
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def test_every_topic_that_is_queued_has_a_handler_and_no_other(tmp_path: Path) -> None:
    trees = [ast.parse(path.read_text()) for path in product_files()]
    names = texts_by_name(trees)
    calls = [
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "enqueue"
    ]
    assert len(calls) > 1
    topics = {
        ast.literal_eval(call.args[1]) if isinstance(call.args[1], ast.Constant) else names[call.args[1].id]  # type: ignore[attr-defined]
        for call in calls
    }
    settings = Settings(telegram_token="1:a", database_url=f"sqlite+aiosqlite:///{tmp_path}/none.db")
    _bot, handlers = outbox_handlers(settings, Database.__new__(Database))
    assert topics == set(handlers)


@pytest.mark.parametrize("kind", ["run", "test"])
def test_every_locked_requirement_has_a_version_and_a_hash(kind: str) -> None:
    text = (ROOT / "requirements" / f"{kind}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) > 40
    for line in lines:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==\S+(\s*;.*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*$", line), line


def test_no_file_is_longer_than_one_can_read_at_once() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in product_files()}
    too_long = {name for name, length in lengths.items() if length > LONGEST_FILE}
    assert too_long == set(LONG_FOR_A_REASON)


def test_no_file_names_a_package_index_or_a_path_of_a_machine() -> None:
    found = []
    files = [path for path in project_files() if path.suffix not in NOT_TEXT]
    assert len(files) > 200
    for path in files:
        text = path.read_text(errors="replace")
        found += [(path.name, each) for each in INDEXES if each in text]
        found += [(path.name, each) for each in MACHINE_PATHS.findall(text)]
    assert not found
