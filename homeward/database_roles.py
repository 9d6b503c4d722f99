"""What a role of PostgreSQL may read: the tables that monitors need, and nothing of a person.

Every `homeward migrate` sets the rights anew from this page. A table that is not named here cannot be read.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from access.rules import DATABASE_ROLES, Role
from foundation.database import Database

NOT_CONFINED = (
    "Requests of monitors run with all rights of the program, though read-only: the database has no role for them that"
    " it may take. See docs/deploy.md, Monitors."
)
MONITORS = DATABASE_ROLES[Role.MONITOR]
RELEASE = (
    *("number", "quarter", "state", "corrects", "changed", "policy_version", "sha256", "tables"),
    *("drafted_at", "drafted_by", "approved_at", "approved_by", "published_at", "published_by"),
)
"""All but what partners knew, which is there to judge the next release."""
READ_BY_MONITORS: dict[str, tuple[str, ...]] = {
    "release": RELEASE,
    "release_file": (),
    "release_order": (),
    "release_day": (),
    "signing_key": ("id", "public", "made_at"),
    "recommendation": (),
    "recommendation_entry": (),
    "structural_fact": (),
    "organisation": (),
    "programme": (),
    "programme_version": (),
    "budget_line": (),
    "staff_member": ("id", "name"),
}
"""Tables, and of some only these columns. The names of staff stand in the register of programmes: who changed what."""


async def grant_to_monitors(database: Database) -> bool:
    """Make the role if it is missing, and let it read what stands above and nothing else.

    False: it is missing and the program may not make it, or may not take it. On SQLite there is nothing to do.
    """
    if database.is_sqlite:
        return True
    async with database.engine.begin() as connection:
        if not await _can_make(connection):
            return False
        for statement in _statements():
            await connection.execute(text(statement))
    return True


async def is_confined(database: Database) -> bool:
    """Whether requests of monitors run under their role."""
    if database.is_sqlite:
        return True
    async with database.engine.connect() as connection:
        asked = text("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = :role")
        return bool(await connection.scalar(asked, {"role": MONITORS}))


async def _can_make(connection: AsyncConnection) -> bool:
    """Two processes that start together both come here: the lock lets one after the other."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:role))"), {"role": MONITORS})
    known = await connection.scalar(
        text("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = :role"), {"role": MONITORS}
    )
    if known is not None:
        return bool(known)
    mighty = text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    if not await connection.scalar(mighty):
        return False
    await connection.execute(text(f"CREATE ROLE {MONITORS} NOLOGIN"))
    await connection.execute(text(f"GRANT {MONITORS} TO CURRENT_USER"))
    return True


def _statements() -> list[str]:
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {MONITORS}",  # takes back what was granted on columns, too
        f"GRANT USAGE ON SCHEMA public TO {MONITORS}",
        *(_grant(table, ", ".join(columns)) for table, columns in READ_BY_MONITORS.items()),
    ]


def _grant(table: str, columns: str) -> str:
    return f"GRANT SELECT {f'({columns})' if columns else ''} ON {table} TO {MONITORS}"
