"""What the pages of officers and of panel members show alike: the names of codes, and a record in words."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

from cases.determinations import REPORT_FIELDS, STATE_NAMES
from cases.record_fields import Field, FieldKind
from cases.records import OpenedRecord
from cases.safeguard_rules import (
    AGE_NAMES,
    BID_DECISION_NAMES,
    BID_TRIGGER_NAMES,
    COMPANY_NAMES,
    PANEL_BODY_NAMES,
    RELATION_NAMES,
)
from foundation.language import Message

NAMES = SimpleNamespace(
    age=AGE_NAMES,
    company=COMPANY_NAMES,
    relation=RELATION_NAMES,
    trigger=BID_TRIGGER_NAMES,
    decision=BID_DECISION_NAMES,
    body=PANEL_BODY_NAMES,
    state=STATE_NAMES,
    report=REPORT_FIELDS,
)


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """`lines`: each with the label, what was found, and whether those are someone's own words."""

    name: Message
    made_on: date
    lines: list[tuple[Message, Message | str, bool]]


def shown_record(record: OpenedRecord) -> ShownRecord:
    lines: list[tuple[Message, Message | str, bool]] = []
    for field in record.spec.fields:
        value = record.values.get(field.name)
        if value is None:
            continue
        lines.append((field.label, _told(field, value), field.kind is FieldKind.WORDS))
    return ShownRecord(record.spec.name, record.record.made_on, lines)


def _told(field: Field, value: str) -> Message | str:
    if field.kind is FieldKind.CHOICE:
        return field.choices.get(value, value)
    return Message("{day}").of(day=date.fromisoformat(value)) if field.kind is FieldKind.DAY else value
