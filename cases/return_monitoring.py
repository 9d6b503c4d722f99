"""What independent monitors write down of returns that were enforced. They see nothing of a case but their own records.

A monitor names the return by the number of its case; any other number, one that is missing and one of a return that the
person chose, get the same answer. Whoever works on the case reads the codes, not the words; nobody of the case writes.

Outside, an operation that was monitored goes by a reference that only this installation can lead back to a return, and
only as long as the return is kept: recommendations name it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.household import ensure_self
from cases.models import Case
from cases.record_kinds import RecordKind
from cases.records import OpenedRecord, opened, write_record
from cases.safeguard_models import CaseRecord, ReturnJourney
from cases.safeguard_rules import BY_CHOICE, Step
from foundation.errors import NotFound
from foundation.keys import fingerprint, open_subjects
from foundation.language import _

MOST_SHOWN = 100
_OPERATION = "monitored operation"


@dataclass(frozen=True, slots=True)
class Monitored:
    """One record of the monitor, whole, with the number of the case and the reference of the operation."""

    number: str
    opened: OpenedRecord
    reference: str


async def record_monitoring(
    session: AsyncSession,
    number: str,
    values: Mapping[str, str],
    *,
    made_on: date,
    actor: Actor,
    replaces: UUID | None = None,
) -> CaseRecord:
    """Write down what was seen; `replaces`: which record of the monitor's own it brings up to date.

    Raises NotFound for a number without a return that is monitored here; else as `records.write_record`.
    """
    require(actor, Permission.RETURN_MONITOR)
    case = await session.scalar(
        select(Case).where(
            Case.number == number.strip().upper(),
            Case.person_id.is_not(None),
            Case.id.in_(
                select(ReturnJourney.case_id).where(
                    ReturnJourney.return_type.not_in(BY_CHOICE), ReturnJourney.step != Step.HALTED
                )
            ),
        )
    )
    if case is None:
        raise NotFound(_("There is no return to be monitored under this number."))
    if replaces is not None:
        earlier = await session.get(CaseRecord, replaces)
        if earlier is None or earlier.made_by != actor.id or earlier.case_id != case.id:
            raise NotFound(_("There is no such record, or a newer one has replaced it."))
    about = await ensure_self(session, case, actor=actor)
    await session.flush()
    return await write_record(
        session, case, about.id, RecordKind.MONITORING, values, made_on=made_on, actor=actor, replaces=replaces
    )


async def monitored_by(session: AsyncSession, actor: Actor) -> list[Monitored]:
    """The monitor's own records in force, the newest first; none of people who were erased."""
    require(actor, Permission.RETURN_MONITOR)
    found = await session.execute(
        select(CaseRecord, Case)
        .join(Case, Case.id == CaseRecord.case_id)
        .where(
            CaseRecord.kind == RecordKind.MONITORING,
            CaseRecord.made_by == actor.id,
            CaseRecord.replaced_at.is_(None),
            Case.person_id.is_not(None),
        )
        .order_by(CaseRecord.made_on.desc(), CaseRecord.made_at.desc(), CaseRecord.id)
        .limit(MOST_SHOWN)
    )
    rows = found.all()
    keys = await open_subjects(session, [case.person_id for _record, case in rows if case.person_id])
    return [
        Monitored(case.number, opened(keys[case.person_id], record, whole=True), await reference_of(session, case.id))
        for record, case in rows
        if case.person_id in keys
    ]


async def reference_of(session: AsyncSession, case_id: UUID) -> str:
    """What an operation is called outside. Nobody can work out the case from it without the secret of the house."""
    return f"M-{(await fingerprint(session, _OPERATION, str(case_id)))[:8].upper()}"


async def is_monitored(session: AsyncSession, reference: str) -> bool:
    """Whether a monitor has recorded an operation under this reference, and it is still kept."""
    cases = await session.scalars(
        select(CaseRecord.case_id)
        .join(Case, Case.id == CaseRecord.case_id)
        .where(CaseRecord.kind == RecordKind.MONITORING, Case.person_id.is_not(None))
        .distinct()
    )
    return reference in {await reference_of(session, case_id) for case_id in cases}
