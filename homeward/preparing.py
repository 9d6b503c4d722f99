"""A database made ready for use: by `homeward migrate`, by the demo, by tests."""

from access import staff
from cases.sheets import publish_built_in
from foundation.database import Database
from foundation.settings import Settings
from homeward.schema import migrate


async def prepare(database: Database, settings: Settings) -> None:
    """Schema, instance key, built-in forms and the organisation that runs the service."""
    await migrate(database)
    async with database.transaction() as session:
        await publish_built_in(session)
        await staff.find_or_create_operator(session, settings.operator)
