"""Applications to institutions, periods of work abroad, business plans and coaching visits."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "business_plan",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_business_plan_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["staff_member.id"], name=op.f("fk_business_plan_written_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_business_plan")),
    )
    op.create_table(
        "coaching_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=False),
        sa.Column("agreed", sa.LargeBinary(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("next_on IS NULL OR next_on > held_on", name=op.f("ck_coaching_visit_next_after_this")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_coaching_visit_case_id_case_file")),
        sa.ForeignKeyConstraint(["held_by"], ["staff_member.id"], name=op.f("fk_coaching_visit_held_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_visit")),
    )
    with op.batch_alter_table("coaching_visit") as batch_op:
        batch_op.create_index("ix_coaching_visit_case_id_held_on", ["case_id", "held_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_coaching_visit_next_on"), ["next_on"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "preparing",
                "submitted",
                "more_asked",
                "decided",
                "appealed",
                "closed",
                "withdrawn",
                name="applicationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("institution", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "granted", "partly", "refused", name="outcome", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("authorised_on", sa.Date(), nullable=True),
        sa.Column(
            "authorised_how",
            sa.Enum(
                "signed",
                "spoken",
                "witnessed",
                "written_in_chat",
                name="given",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("authorised_by", sa.Uuid(), nullable=True),
        sa.Column("authorisation", sa.LargeBinary(), nullable=True),
        sa.Column("guardian_evidence", sa.LargeBinary(), nullable=True),
        sa.Column("authorisation_file_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state != 'decided' OR outcome IS NOT NULL", name=op.f("ck_application_outcome_of_decided")),
        sa.CheckConstraint(
            "submitted_on IS NOT NULL OR state IN ('preparing', 'closed', 'withdrawn')",
            name=op.f("ck_application_submitted_before_more"),
        ),
        sa.CheckConstraint("(amount IS NULL) = (currency IS NULL)", name=op.f("ck_application_amount_in_a_currency")),
        sa.CheckConstraint(
            "(authorised_on IS NULL) = (authorised_how IS NULL) AND (authorised_on IS NULL) = (authorised_by IS NULL)",
            name=op.f("ck_application_authorised_by_someone"),
        ),
        sa.CheckConstraint(
            "(decided_on IS NULL) = (outcome IS NULL)", name=op.f("ck_application_decided_with_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["authorisation_file_id"],
            ["stored_file.id"],
            name=op.f("fk_application_authorisation_file_id_stored_file"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["authorised_by"], ["staff_member.id"], name=op.f("fk_application_authorised_by_staff_member")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_application_case_id_case_file")),
        sa.ForeignKeyConstraint(["opened_by"], ["staff_member.id"], name=op.f("fk_application_opened_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application") as batch_op:
        batch_op.create_index(batch_op.f("ix_application_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_application_state_due_on", ["state", "due_on"], unique=False)

    op.create_table(
        "application_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "have",
                "asked",
                "missing",
                "not_available",
                name="standing",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_document_application_id_application")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_application_document_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_file.id"],
            name=op.f("fk_application_document_file_id_stored_file"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_document")),
        sa.UniqueConstraint("application_id", "code", name=op.f("uq_application_document_application_id_code")),
    )
    with op.batch_alter_table("application_document") as batch_op:
        batch_op.create_index(batch_op.f("ix_application_document_case_id"), ["case_id"], unique=False)

    op.create_table(
        "application_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "opened",
                "authorised",
                "authorisation_ended",
                "submitted",
                "more_asked",
                "reminded",
                "decided",
                "appealed",
                "closed",
                "withdrawn",
                name="entry",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "granted", "partly", "refused", name="outcome", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_entry_application_id_application")
        ),
        sa.ForeignKeyConstraint(["by"], ["staff_member.id"], name=op.f("fk_application_entry_by_staff_member")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_application_entry_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_entry")),
    )
    with op.batch_alter_table("application_entry") as batch_op:
        batch_op.create_index(
            "ix_application_entry_application_id_position", ["application_id", "position"], unique=True
        )
        batch_op.create_index(batch_op.f("ix_application_entry_case_id"), ["case_id"], unique=False)

    op.create_table(
        "work_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["staff_member.id"], name=op.f("fk_work_period_added_by_staff_member")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_work_period_application_id_application")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_work_period_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_period")),
    )
    with op.batch_alter_table("work_period") as batch_op:
        batch_op.create_index(batch_op.f("ix_work_period_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_period_case_id"), ["case_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("work_period") as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_period_case_id"))
        batch_op.drop_index(batch_op.f("ix_work_period_application_id"))

    op.drop_table("work_period")
    with op.batch_alter_table("application_entry") as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_entry_case_id"))
        batch_op.drop_index("ix_application_entry_application_id_position")

    op.drop_table("application_entry")
    with op.batch_alter_table("application_document") as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_document_case_id"))

    op.drop_table("application_document")
    with op.batch_alter_table("application") as batch_op:
        batch_op.drop_index("ix_application_state_due_on")
        batch_op.drop_index(batch_op.f("ix_application_case_id"))

    op.drop_table("application")
    with op.batch_alter_table("coaching_visit") as batch_op:
        batch_op.drop_index(batch_op.f("ix_coaching_visit_next_on"))
        batch_op.drop_index("ix_coaching_visit_case_id_held_on")

    op.drop_table("coaching_visit")
    op.drop_table("business_plan")
