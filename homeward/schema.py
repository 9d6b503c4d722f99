"""The schema: every package's tables in one metadata, and bringing a database to the newest version."""

import asyncio
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from foundation import keys
from foundation.database import Base, Database
from foundation.settings import Dangerous
from homeward.database_roles import grant_to_monitors

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
MODEL_MODULES = (
    "access.models",
    "bot.models",
    "cases.access_models",
    "cases.assessment_models",
    "cases.casework_models",
    "cases.console_models",
    "cases.fact_models",
    "cases.models",
    "cases.plan_models",
    "cases.safeguard_models",
    "cases.savings_models",
    "cases.work_models",
    "foundation.audit",
    "foundation.keys",
    "foundation.outbox",
    "monitoring.models",
    "monitoring.recommendation_models",
    "referrals.application_models",
    "referrals.directory_models",
    "referrals.models",
    "referrals.partner_models",
    "referrals.opening_models",
    "referrals.remittance_models",
)
for module in MODEL_MODULES:
    import_module(module)

metadata = Base.metadata


def alembic_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


async def migrate(database: Database) -> None:
    """Bring the database to the newest version and make sure the master key opens it."""
    await refuse_newer(database)
    await asyncio.to_thread(command.upgrade, alembic_config(database.url), "head")
    await grant_to_monitors(database)
    async with database.transaction() as session:
        await keys.check_master_key(session)


async def refuse_outdated(database: Database) -> None:
    """Raises Dangerous unless the database is at exactly the version that this program knows."""
    await refuse_newer(database)
    current, newest = await _current(database), _script(database).get_current_head()
    if current != newest:
        raise Dangerous("The database is of an older version. Run `homeward migrate` first.")


async def refuse_newer(database: Database) -> None:
    current = await _current(database)
    known = {revision.revision for revision in _script(database).walk_revisions()}
    if current is not None and current not in known:
        raise Dangerous("A newer version of Homeward made this database. Update the program; nothing was changed.")


def _script(database: Database) -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config(database.url))


async def _current(database: Database) -> str | None:
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
