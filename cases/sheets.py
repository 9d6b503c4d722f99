"""The forms in use: built-in ones compiled from this package's files, every version kept for whoever began it."""

import json
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import PublishedSheet
from foundation import clock
from foundation.errors import NotFound
from foundation.language import _
from questionnaire.sheet import Sheet
from questionnaire.xlsform import read_form

FORMS = Path(__file__).resolve().parent / "forms"
ARRIVAL = "arrival"
NEEDS = "needs"
ORDER = (ARRIVAL, NEEDS)
"""The forms a person is asked to fill in, first to last."""

_known: dict[tuple[str, str], Sheet] = {}


@cache
def built_in_sheets() -> dict[str, Sheet]:
    sheets = [read_form(path.read_bytes(), ".md", built_in=True) for path in sorted(FORMS.glob("*.md"))]
    return {sheet.id: sheet for sheet in sheets}


async def publish(session: AsyncSession, sheet: Sheet) -> bool:
    """Keep this version of a form for good. False if exactly this version was published before."""
    if await session.get(PublishedSheet, (sheet.id, sheet.version)):
        return False
    session.add(
        PublishedSheet(
            sheet_id=sheet.id,
            version=sheet.version,
            content=json.loads(sheet.to_json()),
            published_at=clock.now(),
        )
    )
    return True


async def publish_built_in(session: AsyncSession) -> None:
    for sheet in built_in_sheets().values():
        await publish(session, sheet)


async def sheet_of(session: AsyncSession, sheet_id: str, version: str) -> Sheet:
    """A published form. Versions never change, so one read in the life of the process is enough."""
    if (sheet_id, version) not in _known:
        stored = await session.get(PublishedSheet, (sheet_id, version))
        if stored is None:
            raise NotFound(_("This form is not available."))
        _known[sheet_id, version] = Sheet.from_json(json.dumps(stored.content))
    return _known[sheet_id, version]


async def newest(session: AsyncSession, sheet_id: str) -> Sheet:
    """The version that a new submission starts on: the last one published."""
    version = await session.scalar(
        select(PublishedSheet.version)
        .where(PublishedSheet.sheet_id == sheet_id)
        .order_by(PublishedSheet.published_at.desc(), PublishedSheet.version.desc())
        .limit(1)
    )
    return await sheet_of(session, sheet_id, version or "")
