"""What an import did: how many rows of all tables, and which parts of which service. Names of fields, no values."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from foundation import clock
from referrals.directory_models import DirectoryImport, ImportedService, RowChange
from referrals.hsds_package import Record
from referrals.hsds_tables import SERVICE
from referrals.models import DirectoryRecord

_WRITTEN_AT_ONCE = 1_000


class Journal:
    """Filled while the rows of one import are written."""

    def __init__(self) -> None:
        self._rows = dict.fromkeys(RowChange, 0)
        self._services: list[dict[str, Any]] = []

    def note(
        self,
        stored: DirectoryRecord | None,
        table: str,
        row_id: str,
        values: Mapping[str, str],
        whole: Record | None,
    ) -> None:
        """A row of the file, beside what was stored. `whole`: of a service, its full record."""
        if stored is None:
            self._count(RowChange.ADDED, table, row_id)
            return
        if stored.content != values:
            self._rows[RowChange.CHANGED] += 1
        if table == SERVICE:
            before, after = stored.whole or stored.nested or {}, whole or {}
            fields = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            if fields:
                self._add(RowChange.CHANGED, row_id, fields)

    def note_removed(self, stored: DirectoryRecord) -> None:
        self._count(RowChange.REMOVED, stored.table, stored.id)

    async def write(self, session: AsyncSession, actor: Actor) -> None:
        """Nothing, if the import changed nothing."""
        if not (any(self._rows.values()) or self._services):
            return
        made = DirectoryImport(
            id=uuid4(),
            imported_at=clock.now(),
            imported_by=None if actor is SYSTEM else actor.id,
            **{change.value: count for change, count in self._rows.items()},
        )
        session.add(made)
        await session.flush()
        rows = [{"import_id": made.id, **each} for each in self._services]
        for first in range(0, len(rows), _WRITTEN_AT_ONCE):
            await session.execute(insert(ImportedService), rows[first : first + _WRITTEN_AT_ONCE])

    def _count(self, change: RowChange, table: str, row_id: str) -> None:
        self._rows[change] += 1
        if table == SERVICE:
            self._add(change, row_id, [])

    def _add(self, change: RowChange, row_id: str, fields: list[str]) -> None:
        self._services.append({"service_id": row_id, "change": change, "fields": fields})


async def newest_import(session: AsyncSession) -> UUID | None:
    newest = select(DirectoryImport.id).order_by(DirectoryImport.imported_at.desc(), DirectoryImport.id).limit(1)
    return await session.scalar(newest)
