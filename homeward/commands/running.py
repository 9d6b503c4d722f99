"""What every command needs: settings, the opened database, one event loop, one console."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from foundation import keys
from foundation.database import Database
from foundation.settings import Part, Settings, load_settings, refuse_dangers
from homeward.logs import configure_logs
from homeward.schema import refuse_outdated
from homeward.wiring import open_database

console = Console()


def settings_for(part: Part) -> Settings:
    settings = load_settings()
    refuse_dangers(settings, part)
    configure_logs(settings.log_format, part)
    return settings


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


class Opened:
    """The configured database for one command: migrated, the right key, closed at the end."""

    def __init__(self, part: Part = Part.TOOL) -> None:
        self.settings = settings_for(part)
        self.database = open_database(self.settings)

    async def __aenter__(self) -> Database:
        await refuse_outdated(self.database)
        async with self.database.transaction() as session:
            await keys.check_master_key(session)
        return self.database

    async def __aexit__(self, *_details: object) -> None:
        await self.database.close()
