"""How often the database is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from foundation.database import Database

_TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements run inside the block; beginning and ending transactions is not counted."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: Any) -> None:
        if not statement.startswith(_TRANSACTION):
            statements.append(" ".join(statement.split()[:6]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
