"""The scene of the permission tests, built once for each kind of database and then copied: building takes long."""

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from permission_scene import Scene, build_scene

from foundation.database import Database

FRESH = 30 * 60
"""Seconds. Sessions that stand in it end an hour after they were last used."""
TEMPLATE = "homeward_scene"


@dataclass
class SceneCopies:
    """`server`: where PostgreSQL is maintained, for asyncpg."""

    folder: Path
    server: str | None = None
    _made: dict[str, tuple[float, Scene]] = field(default_factory=dict)

    async def put_into(self, database: Database) -> Scene:
        """Fills a database in which nobody but the accounts of the roles has been written. Drops its connections."""
        kind = database.engine.dialect.name
        made_at, scene = self._made.get(kind, (0.0, None))
        is_stale = scene is None or time.monotonic() - made_at > FRESH
        if is_stale:
            async with database.transaction() as session:
                scene = await build_scene(session)
            self._made[kind] = time.monotonic(), scene
        await database.close()
        name = database.engine.url.database
        assert name is not None
        assert scene is not None
        if database.is_sqlite:
            kept = self.folder / "scene.db"
            shutil.copy(*((name, kept) if is_stale else (kept, name)))
        else:
            await self._copy(*((name, TEMPLATE) if is_stale else (TEMPLATE, name)))
        return scene

    async def _copy(self, source: str, target: str) -> None:
        connection = await asyncpg.connect(self.server)
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY FILE_COPY")
        finally:
            await connection.close()
