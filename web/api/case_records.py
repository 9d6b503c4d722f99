"""Evidence about the people of a case: what each kind holds, what is recorded, and recording it anew."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from access.rules import Permission
from cases.household import find_person
from cases.messages import person_of
from cases.record_fields import FieldKind
from cases.record_kinds import SPEC_OF, SPECS, RecordKind, RecordSpec
from cases.records import OpenedRecord, opened, reads_words, records_of, write_record
from foundation.errors import Invalid
from foundation.keys import open_subject
from foundation.language import _, say
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import Visit, guarded

router = api_router("", "evidence")

_reader = guarded(Permission.CASE_READ)
MOST_FIELDS = 40


class ChoiceTold(Answer):
    code: str
    name: str


class FieldTold(Answer):
    name: str
    label: str
    kind: FieldKind
    """`choice`: one of the codes below; `day`: an ISO date; `words`: kept sealed."""
    choices: list[ChoiceTold]
    required: bool


class KindTold(Answer):
    """A kind of evidence."""

    kind: RecordKind
    name: str
    for_child: bool
    """It is only ever about a child."""
    many: bool
    """Several hold at once, each on its own; of the others one is in force, and a new one replaces it."""
    may_write: bool
    fields: list[FieldTold]


class RecordBody(Body):
    made_on: date
    """The day it speaks of."""
    values: Annotated[dict[Line, Text], Field(max_length=MOST_FIELDS)]
    """By the names of the kind's fields. Optional ones can be left out."""
    replaces: UUID | None = None
    """Of a kind of which several hold: which one it brings up to date; null: it is one more."""


class RecordTold(Answer):
    id: UUID
    kind: RecordKind
    about_id: UUID
    made_on: date
    """The day it speaks of."""
    made_at: datetime
    values: dict[str, str]
    """Codes, ISO dates and words by the names of the fields; what was left empty is missing."""
    is_whole: bool
    """Without the words it is not: they are for whoever wrote them and for the officers of this kind."""
    replaced_at: datetime | None
    """Null: it is in force."""


@router.get("/record-kinds")
async def record_kinds(visit: Annotated[Visit, _reader]) -> list[KindTold]:
    """What can be recorded about someone of a case, field by field."""
    return [_kind(visit, spec) for spec in SPECS]


@router.get("/cases/{number}/people/{person_id}/records/{kind}")
async def records(
    visit: Annotated[Visit, _reader], number: CaseNumber, person_id: UUID, kind: RecordKind
) -> list[RecordTold]:
    """Everything of this kind that was ever recorded about someone, newest first."""
    async with viewing(visit, number) as (session, case):
        person = await find_person(session, case, person_id)
        key = await open_subject(session, (await person_of(session, case)).id)
        rows = await records_of(session, case.id, also_replaced=True)
        mine = [row for row in rows if row.about_id == person.id and row.kind is kind]
        return [record_told(opened(key, row, whole=reads_words(row, visit.actor))) for row in reversed(mine)]


@router.post("/cases/{number}/people/{person_id}/records/{kind}", status_code=201)
async def write(
    visit: Annotated[Visit, _reader], number: CaseNumber, person_id: UUID, kind: RecordKind, body: RecordBody
) -> Made:
    """Record what was found. Who may depends on the kind; see `may_write` of the person. Nothing is ever changed."""
    if body.values.keys() - {field.name for field in SPEC_OF[kind].fields}:
        raise Invalid(_("This kind of record has no such field."))
    async with changing(visit, number) as (session, case):
        record = await write_record(
            session,
            case,
            person_id,
            kind,
            body.values,
            made_on=body.made_on,
            replaces=body.replaces,
            actor=visit.actor,
        )
    return Made(id=record.id)


def _kind(visit: Visit, spec: RecordSpec) -> KindTold:
    return KindTold(
        kind=spec.kind,
        name=say(visit.language, spec.name),
        for_child=spec.for_child,
        many=spec.many,
        may_write=visit.may(spec.permission),
        fields=[
            FieldTold(
                name=field.name,
                label=say(visit.language, field.label),
                kind=field.kind,
                choices=[ChoiceTold(code=code, name=say(visit.language, name)) for code, name in field.choices.items()],
                required=field.required,
            )
            for field in spec.fields
        ],
    )


def record_told(view: OpenedRecord) -> RecordTold:
    row = view.record
    return RecordTold(
        id=row.id,
        kind=row.kind,
        about_id=row.about_id,
        made_on=row.made_on,
        made_at=row.made_at,
        values={name: str(value) for name, value in view.values.items()},
        is_whole=view.is_whole,
        replaced_at=row.replaced_at,
    )
