"""Reading back what a conversation left in the database."""

from typing import Any, TypeVar

from sqlalchemy import func, select

from bot.models import Chat
from cases.answers import open_answers
from cases.models import Case, Submission
from foundation.database import Base, Database
from foundation.keys import open_subject
from foundation.sealing import SubjectKey

_Row = TypeVar("_Row", bound=Base)


async def only(database: Database, table: type[_Row], *conditions: Any) -> _Row:
    """The one row of a table that fits; fails when there are more or none."""
    async with database.reading() as session:
        return (await session.scalars(select(table).where(*conditions))).one()


async def rows(database: Database, table: type[_Row], *conditions: Any) -> list[_Row]:
    async with database.reading() as session:
        return list(await session.scalars(select(table).where(*conditions)))


async def filled_tables(database: Database) -> dict[str, int]:
    """The number of rows of every table that has any."""
    async with database.reading() as session:
        counts = {
            name: await session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }
    return {name: count for name, count in counts.items() if count}


async def person_key(database: Database) -> SubjectKey:
    """The key of the only chat."""
    chat = await only(database, Chat)
    async with database.reading() as session:
        return await open_subject(session, chat.subject_id)


async def answers(database: Database, sheet_id: str = "arrival") -> dict[str, Any]:
    """What is stored of the only person's form, opened."""
    key = await person_key(database)
    return open_answers(key, await only(database, Submission, Submission.sheet_id == sheet_id))


async def the_case(database: Database) -> Case:
    return await only(database, Case)
