"""Tables of the safeguards. Codes, ids and dates stand open, for rules and queries; every word of anyone is sealed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.record_kinds import RecordKind
from cases.safeguard_rules import (
    Age,
    BidDecision,
    BidState,
    BidTrigger,
    Company,
    EscortRole,
    HaltReason,
    PanelBody,
    Relation,
    ReturnType,
    Step,
    TravelMode,
)
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn


class CasePerson(Base):
    """Someone of the case: the person themselves, and whoever of the family travels or is to be joined."""

    __tablename__ = "case_person"
    __table_args__ = (
        Index("uq_case_person_self", "case_id", unique=True, sqlite_where=text("relation = 'self'"),
              postgresql_where=text("relation = 'self'")),
        Index("ix_case_person_case_id", "case_id"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    relation: Mapped[Relation] = mapped_column(codes(Relation))
    age: Mapped[Age] = mapped_column(codes(Age))
    company: Mapped[Company] = mapped_column(codes(Company))
    """Says something of a child only."""
    travels: Mapped[bool]
    """Whether the return is theirs too."""
    details: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed {"called": str}; None for the person themselves, whose name stands with the person."""
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class CaseRecord(Base):
    """One piece of evidence about someone of the case: what was found, by whom, when. Never changed, only replaced."""

    __tablename__ = "case_record"
    __table_args__ = (
        Index("uq_case_record_in_force", "about_id", "kind", "slot", unique=True,
              sqlite_where=text("replaced_at IS NULL"), postgresql_where=text("replaced_at IS NULL")),
        Index("ix_case_record_case_id", "case_id"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    about_id: Mapped[UUID] = mapped_column(ForeignKey("case_person.id"))
    kind: Mapped[RecordKind] = mapped_column(codes(RecordKind))
    slot: Mapped[int]
    """0, or for kinds of which several hold at once (appeals, documents) which of them it is."""
    made_on: Mapped[date]
    """The day it speaks of."""
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    coded: Mapped[dict[str, Any]]
    """Codes, ISO dates and numbers by the name of the field."""
    words: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed {name of the field: str}."""
    replaced_at: Mapped[datetime | None]


class ReturnJourney(Base):
    """One return, from the first plan to the handover. What has left the draft rests on a passage of the gates."""

    __tablename__ = "return_journey"
    __table_args__ = (
        Index("uq_return_journey_live", "case_id", unique=True,
              sqlite_where=text("step NOT IN ('handed_over', 'halted')"),
              postgresql_where=text("step NOT IN ('handed_over', 'halted')")),
        CheckConstraint("step IN ('draft', 'halted') OR passage_id IS NOT NULL", name="passed_the_gates"),
        CheckConstraint("(step = 'halted') = (halted_for IS NOT NULL)", name="halted_for_a_reason"),
        CheckConstraint("cleared_by IS NULL OR cleared_by != arranged_by", name="cleared_by_another"),
        CheckConstraint(
            "step NOT IN ('cleared', 'departed', 'arrived', 'handed_over') OR cleared_by IS NOT NULL",
            name="cleared_by_someone",
        ),
        CheckConstraint("step != 'handed_over' OR departed_on IS NOT NULL", name="departed_before_handover"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    return_type: Mapped[ReturnType] = mapped_column(codes(ReturnType))
    step: Mapped[Step] = mapped_column(codes(Step))
    passage_id: Mapped[UUID | None] = mapped_column(ForeignKey("gate_passage.id"))
    """The newest passage."""
    begun_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    begun_at: Mapped[datetime]
    arranged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    cleared_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    planned_on: Mapped[date | None]
    departed_on: Mapped[date | None]
    arrived_on: Mapped[date | None]
    halted_for: Mapped[HaltReason | None] = mapped_column(codes(HaltReason))
    halted_at: Mapped[datetime | None]


class ReturnLeg(Base):
    """One leg of the way. A child is accompanied on each (GCM 21(g))."""

    __tablename__ = "return_leg"
    __table_args__ = (Index("uq_return_leg_journey_id_position", "journey_id", "position", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    journey_id: Mapped[UUID] = mapped_column(ForeignKey("return_journey.id"))
    position: Mapped[int]
    mode: Mapped[TravelMode] = mapped_column(codes(TravelMode))
    on_date: Mapped[date]
    escort_role: Mapped[EscortRole | None] = mapped_column(codes(EscortRole))
    words: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed {"from": str, "to": str, "escort": str}."""


class GatePassage(Base):
    """That a return passed a step: every rule as it stood, and the version of the rules. Never with one that blocks."""

    __tablename__ = "gate_passage"
    __table_args__ = (CheckConstraint("unmet_blocking = 0", name="nothing_blocked"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    step: Mapped[Step] = mapped_column(codes(Step))
    rules_version: Mapped[str] = mapped_column(String(16))
    findings: Mapped[dict[str, Any]]
    """By rule id and, for rules about one person, `id/person`: `met`, `unmet`, `overridden`, `not_applicable`."""
    unmet_blocking: Mapped[int]
    overridden: Mapped[int]
    passed_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    passed_at: Mapped[datetime]


class GateOverride(Base):
    """One rule set aside for one person and one return: a named role, a reason, and a second person."""

    __tablename__ = "gate_override"
    __table_args__ = (
        Index("uq_gate_override_journey_id_about_id_rule", "journey_id", "about_id", "rule", unique=True),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by != asked_by", name="confirmed_by_another"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_someone"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    journey_id: Mapped[UUID] = mapped_column(ForeignKey("return_journey.id"))
    about_id: Mapped[UUID] = mapped_column(ForeignKey("case_person.id"))
    rule: Mapped[str] = mapped_column(String(8))
    rules_version: Mapped[str] = mapped_column(String(16))
    reason: Mapped[Sealed] = mapped_column(SealedColumn)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    confirmed_at: Mapped[datetime | None]


class BestInterests(Base):
    """One best-interests determination of one child (UNHCR BIP 2021): report, panel, decision, reopening."""

    __tablename__ = "best_interests"
    __table_args__ = (
        CheckConstraint("(state = 'decided') = (decision IS NOT NULL)", name="decided_something"),
        CheckConstraint("(decision IS NULL) = (reasons IS NULL)", name="decided_with_reasons"),
        CheckConstraint("(report IS NULL) = (reported_by IS NULL)", name="reported_by_someone"),
        CheckConstraint("state = 'opened' OR report IS NOT NULL", name="decided_on_a_report"),
        CheckConstraint("(decision IS NULL) = (decided_by IS NULL)", name="decided_by_someone"),
        Index("ix_best_interests_about_id", "about_id"),
        Index("uq_best_interests_live", "about_id", unique=True,
              sqlite_where=text("state != 'decided'"), postgresql_where=text("state != 'decided'")),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    about_id: Mapped[UUID] = mapped_column(ForeignKey("case_person.id"))
    trigger: Mapped[BidTrigger] = mapped_column(codes(BidTrigger))
    state: Mapped[BidState] = mapped_column(codes(BidState))
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    opened_at: Mapped[datetime]
    report: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed {name of the part: str}; the parts stand in `determinations.REPORT_FIELDS`."""
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    reported_at: Mapped[datetime | None]
    decision: Mapped[BidDecision | None] = mapped_column(codes(BidDecision))
    reasons: Mapped[Sealed | None] = mapped_column(SealedColumn)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """The member who recorded what the majority holds."""
    decided_at: Mapped[datetime | None]
    child_informed_on: Mapped[date | None]
    replaced_by: Mapped[UUID | None] = mapped_column(ForeignKey("best_interests.id"))
    """The one that was opened on new facts."""


class PanelMember(Base):
    """A seat on the panel of one determination: the member's body, their declaration, and their opinion."""

    __tablename__ = "panel_member"
    __table_args__ = (
        Index("uq_panel_member_best_interests_id_staff_id", "best_interests_id", "staff_id", unique=True),
        CheckConstraint("opinion IS NULL OR has_conflict = false", name="no_opinion_with_a_conflict"),
        CheckConstraint("(opinion IS NULL) = (note IS NULL)", name="opinion_with_reasons"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    best_interests_id: Mapped[UUID] = mapped_column(ForeignKey("best_interests.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    body: Mapped[PanelBody] = mapped_column(codes(PanelBody))
    seated_at: Mapped[datetime]
    has_conflict: Mapped[bool | None]
    """None: not declared yet. Who has one does not sit."""
    declared_at: Mapped[datetime | None]
    opinion: Mapped[BidDecision | None] = mapped_column(codes(BidDecision))
    note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Why: sealed str."""
    given_at: Mapped[datetime | None]
