"""A return that is being prepared for the person on the phone, explained to them some days ago."""

from datetime import timedelta

from bot_scene import add_caseworker
from sqlalchemy import select

from access.actor import Actor
from cases.household import ensure_self
from cases.models import Case
from cases.record_kinds import SPEC_OF, RecordKind
from cases.records import write_record
from cases.return_asking import ask_to_return
from cases.returning import begin_return
from cases.rules import Phase
from cases.safeguard_rules import ReturnType
from foundation import clock
from foundation.database import Database


async def prepare_return(database: Database, return_type: ReturnType = ReturnType.ASSISTED_VOLUNTARY) -> Actor:
    """Begun by a caseworker for the only person, who is given four days."""
    worker = await add_caseworker(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        case.phase = Phase.PLANNING
        own = await ensure_self(session, case, actor=worker)
        await session.flush()
        await begin_return(session, case, return_type, actor=worker)
        told = {field.name: "yes" for field in SPEC_OF[RecordKind.INFORMATION].fields}
        on_day = clock.today() - timedelta(days=4)
        await write_record(session, case, own.id, RecordKind.INFORMATION, told, made_on=on_day, actor=worker)
    return worker


async def ask(database: Database, worker: Actor, *, guardian_evidence: str = "") -> None:
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await ask_to_return(session, case, guardian_evidence=guardian_evidence, actor=worker)
