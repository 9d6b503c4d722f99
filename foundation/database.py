"""The database: one code for SQLite and PostgreSQL, transactions at the edge, types that mean the same on both."""

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    Uuid,
    bindparam,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from foundation import clock, onehop
from foundation.sealing import KeyRing

READONLY = "homeward_readonly"
BUSY_MILLISECONDS = 15_000
STATEMENTS_KEPT = 256
"""Of one kind, built for the people who ask most: building one takes longer than running it."""

_CONFINED = text(
    "SELECT set_config('transaction_read_only', 'on', true), (SELECT set_config('role', rolname::text, true)"
    " FROM pg_roles WHERE rolname = :role AND pg_has_role(oid, 'MEMBER'))"
)
"""For this transaction alone: nothing is written, and only what the role may read is read."""

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A growing 64-bit key; SQLite numbers rows only in a column declared INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone, so it is put back; a moment without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def time_of_asking(before: timedelta = timedelta(0)) -> BindParameter[datetime]:
    """The time at which a statement runs, less `before`. A statement with it can be kept, and run at any time."""
    return bindparam("now", callable_=lambda: clock.now() - before, type_=UtcDateTime(), unique=True)


def codes(kind: type[StrEnum]) -> Enum:
    """A column of codes from `kind`, with a CHECK that says so in the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads this name from the class
        datetime: UtcDateTime,
        UUID: Uuid,
        dict[str, Any]: JSON().with_variant(JSONB, "postgresql"),
        list[str]: JSON().with_variant(JSONB, "postgresql"),
    }


class Database:
    """An engine with the house's rules. Verbs get a session; only these two blocks begin and commit."""

    def __init__(self, url: str, keys: KeyRing, *, pool_size: int = 5) -> None:
        self.url = url
        self.keys = keys
        self.engine = _create_engine(url, pool_size)
        # SQLite has one writer: waiting here is fair and free, waiting for its lock means polling with a sleep.
        self._turnstile = asyncio.Lock() if self.is_sqlite else nullcontext()
        self._write = async_sessionmaker(self.engine, expire_on_commit=False, info={"keys": keys})
        readers = self.engine.execution_options(**{READONLY: True})
        self._read = async_sessionmaker(readers, expire_on_commit=False, autoflush=False, info={"keys": keys})
        self.role: str | None = None

    def confined(self, role: str) -> "Database":
        """The same database for someone who only reads: both blocks run under a role of PostgreSQL, and write nothing.

        Where the role is missing or not ours to take, transactions are still read-only. SQLite knows no roles.
        """
        confined = copy.copy(self)
        confined.role = role
        return confined

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commit when the block ends well; on any error nothing of it stays."""
        async with self._turnstile, self._write() as session, session.begin():
            await self._confine(session)
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent view that takes no write lock. Changes made in it are discarded."""
        async with self._read() as session:
            await self._confine(session)
            yield session

    async def _confine(self, session: AsyncSession) -> None:
        if self.role is not None and not self.is_sqlite:
            await session.execute(_CONFINED, {"role": self.role})

    async def scrub(self) -> None:
        """Leave no bytes of what was deleted: fold the write-ahead log of SQLite, vacuum the keys of PostgreSQL."""
        statement = "PRAGMA wal_checkpoint(TRUNCATE)" if self.is_sqlite else "VACUUM subject_key"
        async with self.engine.connect() as connection:
            raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await raw.exec_driver_sql(statement)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    async def close(self) -> None:
        await self.engine.dispose()


def _create_engine(url: str, pool_size: int) -> AsyncEngine:
    is_sqlite = url.startswith("sqlite")
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=60,
        pool_reset_on_return=None if is_sqlite else "rollback",  # every session here has ended its transaction
        hide_parameters=True,  # an error's text must not carry what was bound
    )
    if is_sqlite:
        event.listen(engine.sync_engine, "do_connect", onehop.connect)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would open transactions by itself, and late: concurrent updates get lost. `_begin_sqlite` opens them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL loses acknowledged rows in a power cut
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "secure_delete=ON",  # a deleted key must leave no bytes behind
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    readonly = options.get(READONLY, False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
