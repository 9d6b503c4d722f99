"""A faster cursor for SQLAlchemy on aiosqlite: one trip to the connection's thread a statement instead of four.

The stock adapter makes, executes, fetches and closes a cursor in separate trips; each wakes a thread and the loop. In
`./run bench turn` those trips, not the disk, were most of a turn's cost. Results are read whole, as the stock adapter
does too.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.util import EMPTY_DICT


class OneHopCursor(AsyncAdapt_aiosqlite_cursor):
    """Executes, fetches and closes in one go."""

    __slots__ = ("_description", "_lastrowid", "_rowcount")

    def __init__(self, adapt_connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()
        self._description: Any = None
        self._rowcount = -1
        self._lastrowid: int | None = None

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> Any:
        return self._lastrowid

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Nothing is left open."""

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._hop(lambda connection: connection.execute(operation, parameters or ()))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Sequence[Any]) -> None:
        await self._hop(lambda connection: connection.executemany(operation, seq_of_parameters))

    async def _hop(self, run: Any) -> None:
        def work() -> tuple[Any, int, int | None, list[Any]]:
            cursor: sqlite3.Cursor = run(self._connection._conn)
            try:
                rows = cursor.fetchall() if cursor.description else []
                return cursor.description, cursor.rowcount, cursor.lastrowid, rows
            finally:
                cursor.close()

        async with self._adapt_connection._execute_mutex:
            self._description, self._rowcount, self._lastrowid, rows = await self._connection._execute(work)
            self._rows = deque(rows)


class OneHopConnection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = OneHopCursor  # type: ignore[assignment]  # a cursor of the same kind


def connect(dialect: Any, _record: object, arguments: Any, keywords: Any) -> OneHopConnection:
    """For SQLAlchemy's `do_connect` event: the stock connection, with the faster cursor."""
    stock = dialect.connect(*arguments, **keywords)
    return OneHopConnection(dialect.dbapi, stock._connection)
