"""One kind of evidence about someone of a case: what is recorded, and the form to record it anew."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from access.rules import Permission
from cases.household import find_person
from cases.messages import person_of
from cases.queries import find_case, record_view
from cases.record_kinds import SPEC_OF, RecordKind
from cases.records import OpenedRecord, opened, reads_words, records_of, write_record
from cases.rules import CaseStatus
from foundation import clock
from foundation.errors import Conflict, Invalid, Refusal
from foundation.keys import open_subject
from foundation.language import _
from web.errors import message_of, status_of
from web.forms import CaseNumber, see_other
from web.guard import Visit, guarded
from web.pages.determination_part import shown_record
from web.rendering import page

router = APIRouter(include_in_schema=False)

Reading = Annotated[Visit, guarded(Permission.CASE_READ)]
OWN_FIELDS = frozenset(["csrf_token", "made_on", "replaces"])


@router.get("/cases/{number}/people/{person_id}/records/{kind}")
async def show_records(visit: Reading, number: CaseNumber, person_id: UUID, kind: RecordKind) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _record_page(visit, number, person_id, kind)


@router.post("/cases/{number}/people/{person_id}/records/{kind}")
async def write_one(visit: Reading, number: CaseNumber, person_id: UUID, kind: RecordKind) -> Response:
    """Which permission it takes depends on the kind; the verb asks for it."""
    typed = {name: text for name, text in (await visit.request.form()).items() if isinstance(text, str)}
    try:
        values = {name: text.replace("\0", "") for name, text in typed.items() if name not in OWN_FIELDS}
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await write_record(
                session,
                case,
                person_id,
                kind,
                values,
                made_on=day_of(typed.get("made_on", "")),
                replaces=id_of(typed.get("replaces", "")),
                actor=visit.actor,
            )
    except (Invalid, Conflict) as refusal:
        return await _record_page(visit, number, person_id, kind, refusal=refusal, typed=typed)
    return see_other(f"/cases/{number}/safeguards#person-{person_id}")


async def _record_page(
    visit: Visit,
    number: str,
    person_id: UUID,
    kind: RecordKind,
    *,
    refusal: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    spec = SPEC_OF[kind]
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        person = await find_person(session, case, person_id)
        key = await open_subject(session, (await person_of(session, case)).id)
        rows = await records_of(session, case.id, also_replaced=True)
        mine = [row for row in rows if row.about_id == person.id and row.kind is kind]
        records = [opened(key, row, whole=reads_words(row, visit.actor)) for row in mine]
    return page(
        visit,
        "case_record.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        case=case,
        person=person,
        spec=spec,
        records=[(each, shown_record(each).lines) for each in reversed(records)],
        typed=typed if typed is not None else _standing(records, many=spec.many),
        may_write=case.status is CaseStatus.OPEN and visit.may(spec.permission),
        today=clock.today(),
    )


def _standing(records: list[OpenedRecord], *, many: bool) -> Mapping[str, str]:
    """The form starts from what holds now, so that bringing it up to date is not writing it all again."""
    in_force = [each for each in records if each.record.replaced_at is None]
    return in_force[-1].values if in_force and not many else {}


def day_of(text: str) -> date:
    """Raises Invalid for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("Please give a day.")) from None


def id_of(text: str) -> UUID | None:
    """Raises Invalid for what is neither empty nor an id."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(_("Please choose which one this brings up to date.")) from None
