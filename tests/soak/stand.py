"""Where a run takes place: prepared databases, and the settings that open them."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

from foundation.database import Database
from foundation.sealing import KeyRing
from foundation.settings import SQLITE_FILE, Settings
from homeward.preparing import prepare

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "424242:a-bot-that-exists-only-here"
_MASTER_KEYS = KeyRing.new_master("soak")


def settings_for(url: str, telegram_api: str = "http://127.0.0.1:1") -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # known to pydantic-settings, not to the checker
        database_url=url,
        master_keys=_MASTER_KEYS,
        telegram_token=TOKEN,
        telegram_api=telegram_api,
        languages="en",
        operator="the reintegration service of this run",
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as variables, for a process of the program."""
    names = ("database_url", "master_keys", "telegram_token", "telegram_api", "languages", "operator")
    return {f"HOMEWARD_{name.upper()}": str(getattr(settings, name)) for name in names}


@contextmanager
def scratch_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="homeward-soak-") as folder:
        yield Path(folder)


def sqlite_url(folder: Path) -> str:
    return f"{SQLITE_FILE}{folder / f'{uuid4().hex}.db'}"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    settings = settings_for(url)
    database = Database(settings.database_url, settings.key_ring())
    try:
        yield database
    finally:
        await database.close()


async def prepare_database(url: str) -> None:
    async with opened(url) as database:
        await prepare(database, settings_for(url))
