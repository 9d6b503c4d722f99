"""Tables of the console: fingerprints that find a person, filters that staff keep, indexes that lists are read by."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from cases.models import Case, Flag, FollowUp, Submission
from foundation.database import Base, codes


class PrintKind(StrEnum):
    """What of a person a fingerprint was taken of."""

    NAME = "name"
    PART = "part"
    """A word of the name."""
    SOUND = "sound"
    """How a word of the name is read; see `cases.name_sounds`."""
    PHONE = "phone"


class PersonPrint(Base):
    """A keyed fingerprint of something that is sealed. It finds the person by equality, and goes when they do."""

    __tablename__ = "person_print"
    __table_args__ = (Index("ix_person_print_fingerprint_person_id", "fingerprint", "person_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[PrintKind] = mapped_column(codes(PrintKind), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    edition: Mapped[int]
    """Of the rules that it was made by: what was made by earlier ones is made anew by the worker."""


class SavedFilter(Base):
    """A way of looking at the list of cases that one member of staff keeps. Codes only, never words of a search."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("staff_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    name: Mapped[str] = mapped_column(String(60))
    codes: Mapped[str] = mapped_column(String(400))
    """The codes of the filter, as they stand in the list's address."""
    created_at: Mapped[datetime]


def _only_where(name: str, condition: str, *columns: InstrumentedAttribute[Any]) -> Index:
    """An index over the rows that somebody looks for, and no others."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


# What the list of cases and *Today* are read from, each in its order.
Index("ix_case_file_organisation_id_opened_at_id", Case.organisation_id, Case.opened_at, Case.id)
_only_where("ix_case_file_unanswered", "unanswered_at IS NOT NULL", Case.organisation_id, Case.unanswered_at, Case.id)
_only_where("ix_case_file_attention", "attention_at IS NOT NULL", Case.organisation_id, Case.attention_at, Case.id)
_only_where("ix_case_file_at_rest", "attention_at IS NULL", Case.organisation_id, Case.opened_at, Case.id)
Index("ix_case_file_owner_id_status_opened_at_id", Case.owner_id, Case.status, Case.opened_at, Case.id)
_only_where("ix_case_file_unowned", "owner_id IS NULL", Case.organisation_id, Case.opened_at, Case.id)
_only_where("ix_submission_half_way", "state = 'in_progress'", Submission.filled_by, Submission.started_at)
_only_where("ix_flag_open", "settled_at IS NULL", Flag.kind, Flag.raised_at)
Index("ix_follow_up_state_due_on", FollowUp.state, FollowUp.due_on)
# The last group of the number: people say it on the phone.
Index("ix_case_file_number_end", func.substr(Case.number, 9))
