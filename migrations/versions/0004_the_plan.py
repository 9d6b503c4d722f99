"""The plan and its activities; programmes and their budgets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database
import foundation.sealing

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_code")),
    )
    op.create_table(
        "budget_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("spent_on_erased", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_budget_line_amount_is_something")),
        sa.CheckConstraint("spent_on_erased >= 0", name=op.f("ck_budget_line_spent_is_no_debt")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_budget_line_programme_id_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_budget_line_id_currency")),
        sa.UniqueConstraint("programme_id", "code", name=op.f("uq_budget_line_programme_id_code")),
    )
    op.create_table(
        "programme_version",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "countries", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("rationale", sa.String(), nullable=False),
        sa.Column("partners", sa.String(), nullable=False),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("legal_compliance", sa.String(), nullable=False),
        sa.Column("timeframe", sa.String(), nullable=False),
        sa.Column("outcomes", sa.String(), nullable=False),
        sa.Column("risks", sa.String(), nullable=False),
        sa.Column("supporting_activities", sa.String(), nullable=False),
        sa.Column("resources", sa.String(), nullable=False),
        sa.Column("funding", sa.String(), nullable=False),
        sa.Column("monitoring", sa.String(), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_programme_version_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["staff_member.id"], name=op.f("fk_programme_version_changed_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_programme_version_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_version_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("programme_id", "version", name=op.f("pk_programme_version")),
    )
    with op.batch_alter_table("programme_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programme_version_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "pending",
                "approved",
                "active",
                "completed",
                "revised",
                name="planstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column(
            "writers", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("goals", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("risks", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("mitigations", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("returned_note", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("approved_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("active_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state = 'draft' OR (goals IS NOT NULL AND agreed_on IS NOT NULL)",
            name=op.f("ck_plan_agreed_before_submitted"),
        ),
        sa.CheckConstraint("state = 'draft' OR submitted_by IS NOT NULL", name=op.f("ck_plan_submitted_before_more")),
        sa.CheckConstraint(
            "state IN ('draft', 'pending') OR approved_by IS NOT NULL", name=op.f("ck_plan_approved_before_work")
        ),
        sa.CheckConstraint("(agreed_on IS NULL) = (language IS NULL)", name=op.f("ck_plan_agreed_in_a_language")),
        sa.CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name=op.f("ck_plan_approved_by_someone")),
        sa.CheckConstraint(
            "(submitted_at IS NULL) = (submitted_by IS NULL)", name=op.f("ck_plan_submitted_by_someone")
        ),
        sa.CheckConstraint(
            "approved_by != author_id AND approved_by != submitted_by", name=op.f("ck_plan_approved_by_another")
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["staff_member.id"], name=op.f("fk_plan_approved_by_staff_member")),
        sa.ForeignKeyConstraint(["author_id"], ["staff_member.id"], name=op.f("fk_plan_author_id_staff_member")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_plan_case_id_case_file")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_plan_programme_id_programme")),
        sa.ForeignKeyConstraint(["submitted_by"], ["staff_member.id"], name=op.f("fk_plan_submitted_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("case_id", "version", name=op.f("uq_plan_case_id_version")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index("ix_plan_state_submitted_at", ["state", "submitted_at"], unique=False)
        batch_op.create_index(
            "uq_plan_in_force",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('approved', 'active')"),
            postgresql_where=sa.text("state IN ('approved', 'active')"),
        )
        batch_op.create_index(
            "uq_plan_written",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'pending')"),
            postgresql_where=sa.text("state IN ('draft', 'pending')"),
        )

    op.create_table(
        "plan_activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "economic",
                "social",
                "psychosocial",
                name="dimension",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "cash",
                "non_cash",
                "job_placement",
                "business_support",
                "startup_grant",
                "vocational_training",
                "scholarship_school",
                "scholarship_tertiary",
                "records",
                "financial_training",
                "micro_saving",
                "self_help_group",
                "savings_credit",
                "productive_assets",
                "other_economic",
                "housing",
                "health_care",
                "documents",
                "schooling",
                "family_support",
                "community",
                "other_social",
                "counselling",
                "peer_support",
                "mental_health_care",
                "other_psychosocial",
                name="activitykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("what", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("provider", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("in_kind", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "ongoing",
                "completed",
                "dropped",
                name="activitystatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("settled_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("follows", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(status = 'dropped') = (reason IS NOT NULL)", name=op.f("ck_plan_activity_dropped_with_reason")
        ),
        sa.CheckConstraint("(amount IS NULL) = (currency IS NULL)", name=op.f("ck_plan_activity_amount_in_a_currency")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_plan_activity_amount_is_something")),
        sa.CheckConstraint(
            "line_id IS NULL OR amount IS NOT NULL", name=op.f("ck_plan_activity_charged_with_an_amount")
        ),
        sa.CheckConstraint("starts_on IS NULL OR due_on >= starts_on", name=op.f("ck_plan_activity_due_after_start")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_plan_activity_case_id_case_file")),
        sa.ForeignKeyConstraint(["follows"], ["plan_activity.id"], name=op.f("fk_plan_activity_follows_plan_activity")),
        sa.ForeignKeyConstraint(
            ["line_id", "currency"],
            ["budget_line.id", "budget_line.currency"],
            name=op.f("fk_plan_activity_line_id_currency_budget_line"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_activity_plan_id_plan")),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["staff_member.id"], name=op.f("fk_plan_activity_responsible_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_activity")),
    )
    with op.batch_alter_table("plan_activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_activity_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_activity_line_id"), ["line_id"], unique=False)
        batch_op.create_index("ix_plan_activity_plan_id_position", ["plan_id", "position"], unique=False)
        batch_op.create_index("ix_plan_activity_status_due_on", ["status", "due_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("plan_activity", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_activity_status_due_on")
        batch_op.drop_index("ix_plan_activity_plan_id_position")
        batch_op.drop_index(batch_op.f("ix_plan_activity_line_id"))
        batch_op.drop_index(batch_op.f("ix_plan_activity_case_id"))

    op.drop_table("plan_activity")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_plan_written",
            sqlite_where=sa.text("state IN ('draft', 'pending')"),
            postgresql_where=sa.text("state IN ('draft', 'pending')"),
        )
        batch_op.drop_index(
            "uq_plan_in_force",
            sqlite_where=sa.text("state IN ('approved', 'active')"),
            postgresql_where=sa.text("state IN ('approved', 'active')"),
        )
        batch_op.drop_index("ix_plan_state_submitted_at")

    op.drop_table("plan")
    with op.batch_alter_table("programme_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programme_version_organisation_id"))

    op.drop_table("programme_version")
    op.drop_table("budget_line")
    op.drop_table("programme")
