"""Case notes, closing and reopening, transfer, duplicates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database
import foundation.sealing

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLD = ["open", "closed", "erased"]
NEW = ["open", "closed", "transferred", "duplicate", "erased"]
CHECKS = {
    "ck_case_file_closed_starts_the_clock": "(closed_at IS NULL) = (erase_after IS NULL)",
    "ck_case_file_only_what_ended_is_closed": "closed_at IS NULL OR status IN ('closed', 'transferred')",
    "ck_case_file_duplicate_has_survivor": "(status = 'duplicate') = (survivor_id IS NOT NULL)",
    "ck_case_file_survivor_is_another": "survivor_id IS NULL OR survivor_id != id",
}


def _status_in(codes: list[str]) -> str:
    listed = ", ".join(f"'{code}'" for code in codes)
    return f"status IN ({listed})"


def upgrade() -> None:
    op.create_table(
        "case_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "counselling",
                "phone_call",
                "visit",
                "other",
                name="notekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "author", "team", "roles", name="notevisibility", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("body", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("written_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["staff_member.id"], name=op.f("fk_case_note_author_id_staff_member")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_note_case_id_case_file")),
        sa.ForeignKeyConstraint(["corrects"], ["case_note.id"], name=op.f("fk_case_note_corrects_case_note")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
        sa.UniqueConstraint("corrects", name=op.f("uq_case_note_corrects")),
    )
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.create_index("ix_case_note_case_id_written_at", ["case_id", "written_at"], unique=False)

    op.create_table(
        "case_transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("from_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("to_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "offered",
                "accepted",
                "declined",
                "refused",
                "revoked",
                name="transferstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "no_capacity",
                "out_of_area",
                "not_eligible",
                "other",
                name="transferdecline",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("offered_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'declined') = (reason IS NOT NULL)", name=op.f("ck_case_transfer_declined_with_reason")
        ),
        sa.CheckConstraint("from_organisation_id != to_organisation_id", name=op.f("ck_case_transfer_to_another")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"], name=op.f("fk_case_transfer_asked_by_staff_member")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_transfer_case_id_case_file")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_case_transfer_consent_id_consent")),
        sa.ForeignKeyConstraint(
            ["from_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_case_transfer_from_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["staff_member.id"], name=op.f("fk_case_transfer_settled_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["to_organisation_id"], ["organisation.id"], name=op.f("fk_case_transfer_to_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_transfer")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_case_transfer_consent_id")),
    )
    with op.batch_alter_table("case_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_transfer_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_transfer_from_organisation_id"), ["from_organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_case_transfer_to_organisation_id"), ["to_organisation_id"], unique=False)
        batch_op.create_index(
            "uq_case_transfer_case_id_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('asked', 'offered')"),
            postgresql_where=sa.text("state IN ('asked', 'offered')"),
        )

    op.create_table(
        "told_apart",
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_told_apart_in_order")),
        sa.ForeignKeyConstraint(["by"], ["staff_member.id"], name=op.f("fk_told_apart_by_staff_member")),
        sa.ForeignKeyConstraint(["first_id"], ["case_file.id"], name=op.f("fk_told_apart_first_id_case_file")),
        sa.ForeignKeyConstraint(["second_id"], ["case_file.id"], name=op.f("fk_told_apart_second_id_case_file")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_told_apart")),
    )
    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_told_apart_second_id"), ["second_id"], unique=False)

    op.create_table(
        "case_note_reader",
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "supervisor",
                "caseworker",
                "child_protection_officer",
                "child_protection_lead",
                "protection_officer",
                "panel_member",
                "partner",
                "complaints_officer",
                "monitor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["note_id"], ["case_note.id"], name=op.f("fk_case_note_reader_note_id_case_note")),
        sa.PrimaryKeyConstraint("note_id", "role", name=op.f("pk_case_note_reader")),
    )
    op.create_table(
        "closing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "returned",
                "withdrawn",
                "reopened",
                name="closingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "plan_completed",
                "assistance_period_ended",
                "withdrew",
                "consent_withdrawn",
                "unreachable",
                "moved_in_country",
                "transferred",
                "remigrated",
                "did_not_return",
                "deceased",
                "ineligible",
                "formal_closing",
                "repatriated",
                "not_seen_during_verification",
                "death_of_child",
                "reached_majority",
                "other",
                name="closingreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("note", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("handed_over", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("survey_id", sa.Uuid(), nullable=True),
        sa.Column(
            "no_survey",
            sa.Enum(
                "child",
                "refused",
                "not_reached",
                "too_early",
                "not_back",
                "not_safe",
                "other",
                name="nosurvey",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "phase_before",
            sa.Enum(
                "intake",
                "assessment",
                "planning",
                "return",
                "reintegration",
                "follow_up",
                "closed",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decision_note", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("reopened_by", sa.Uuid(), nullable=True),
        sa.Column("reopened_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "reopening_reason",
            sa.Enum(
                "came_back",
                "new_need",
                "new_facts",
                "mistake",
                "other",
                name="reopeningreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reopening_note", foundation.sealing.SealedColumn(), nullable=True),
        sa.CheckConstraint(
            "(state = 'reopened') = (reopened_by IS NOT NULL)", name=op.f("ck_closing_reopened_by_someone")
        ),
        sa.CheckConstraint(
            "(state IN ('approved', 'returned', 'reopened')) = (decided_by IS NOT NULL)",
            name=op.f("ck_closing_decided_in_its_state"),
        ),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_closing_decided_by_someone")),
        sa.CheckConstraint(
            "(reopened_by IS NULL) = (reopening_reason IS NULL)", name=op.f("ck_closing_reopened_with_reason")
        ),
        sa.CheckConstraint("(survey_id IS NULL) != (no_survey IS NULL)", name=op.f("ck_closing_survey_or_why_none")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by != requested_by", name=op.f("ck_closing_approved_by_another")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_closing_case_id_case_file")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_member.id"], name=op.f("fk_closing_decided_by_staff_member")),
        sa.ForeignKeyConstraint(["reopened_by"], ["staff_member.id"], name=op.f("fk_closing_reopened_by_staff_member")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["staff_member.id"], name=op.f("fk_closing_requested_by_staff_member")
        ),
        sa.ForeignKeyConstraint(["survey_id"], ["submission.id"], name=op.f("fk_closing_survey_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
    )
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_closing_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_closing_case_id_requested",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state = 'requested'"),
            postgresql_where=sa.text("state = 'requested'"),
        )

    op.create_table(
        "counselling_session",
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "return",
                "reintegration",
                "career",
                "psychosocial",
                "family",
                "financial",
                name="counsellingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_person",
                "phone",
                "video",
                "chat",
                name="sessionchannel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("has_interpreter", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "topics", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "attended", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.CheckConstraint("minutes BETWEEN 1 AND 720", name=op.f("ck_counselling_session_minutes_of_one_day")),
        sa.CheckConstraint(
            "next_on IS NULL OR next_on >= held_on", name=op.f("ck_counselling_session_next_after_this")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_counselling_session_case_id_case_file")),
        sa.ForeignKeyConstraint(["note_id"], ["case_note.id"], name=op.f("fk_counselling_session_note_id_case_note")),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_counselling_session")),
    )
    with op.batch_alter_table("counselling_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_counselling_session_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_at", foundation.database.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("erase_after", foundation.database.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("survivor_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_case_file_erase_after"), ["erase_after"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_survivor_id"), ["survivor_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_case_file_survivor_id_case_file"), "case_file", ["survivor_id"], ["id"]
        )

    with op.batch_alter_table("case_file") as batch_op:
        batch_op.drop_constraint(op.f("ck_case_file_casestatus"), type_="check")
        batch_op.create_check_constraint(op.f("ck_case_file_casestatus"), _status_in(NEW))
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(name), condition)


def downgrade() -> None:
    with op.batch_alter_table("case_file") as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.drop_constraint(op.f("ck_case_file_casestatus"), type_="check")
        batch_op.create_check_constraint(op.f("ck_case_file_casestatus"), _status_in(OLD))

    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_case_file_survivor_id_case_file"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_case_file_survivor_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_erase_after"))
        batch_op.drop_column("survivor_id")
        batch_op.drop_column("erase_after")
        batch_op.drop_column("closed_at")

    with op.batch_alter_table("counselling_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counselling_session_case_id"))

    op.drop_table("counselling_session")
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_closing_case_id_requested",
            sqlite_where=sa.text("state = 'requested'"),
            postgresql_where=sa.text("state = 'requested'"),
        )
        batch_op.drop_index(batch_op.f("ix_closing_case_id"))

    op.drop_table("closing")
    op.drop_table("case_note_reader")
    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_told_apart_second_id"))

    op.drop_table("told_apart")
    with op.batch_alter_table("case_transfer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_case_transfer_case_id_open",
            sqlite_where=sa.text("state IN ('asked', 'offered')"),
            postgresql_where=sa.text("state IN ('asked', 'offered')"),
        )
        batch_op.drop_index(batch_op.f("ix_case_transfer_to_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_case_transfer_from_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_case_transfer_case_id"))

    op.drop_table("case_transfer")
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.drop_index("ix_case_note_case_id_written_at")

    op.drop_table("case_note")
