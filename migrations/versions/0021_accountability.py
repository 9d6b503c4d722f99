"""The register of recommendations; releases that two people make, that are announced, corrected and signed."""

import sqlalchemy as sa
from alembic import op

import foundation.database
import foundation.sealing

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = foundation.database.UtcDateTime(timezone=True)
STATES = (
    "draft",
    "issued",
    "accepted",
    "partly_accepted",
    "rejected",
    "implemented",
    "not_implemented",
    "reopened",
)
THEMES = (
    "individual_assessment",
    "non_refoulement",
    "remedies",
    "voluntariness",
    "documents",
    "notice",
    "treatment",
    "health",
    "children",
    "handover",
    "monitoring",
    "reintegration",
    "communities",
    "complaints",
    "data",
    "other",
)
RELEASE_CHECKS = {
    "ck_release_releasestate": "state IN ('draft', 'approved', 'published')",
    "ck_release_approved_by_another": "approved_by IS NULL OR approved_by != drafted_by",
    "ck_release_published_at_a_moment": "(state = 'published') = (published_at IS NOT NULL)",
    "ck_release_a_correction_says_what_changed": "(corrects IS NULL) = (changed = '')",
}


def codes(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _create_recommendations()
    op.create_table(
        "release_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("announced_at", MOMENT, nullable=False),
        sa.Column("announced_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_day")),
    )
    op.create_index(op.f("ix_release_day_quarter"), "release_day", ["quarter"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("private", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
    )
    _change_releases()


def _create_recommendations() -> None:
    op.create_table(
        "recommendation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("addressee_id", sa.Uuid(), nullable=True),
        sa.Column("addressee", sa.String(length=200), nullable=False),
        sa.Column("theme", codes("theme", *THEMES), nullable=False),
        sa.Column("action", codes("action", *"abcdefghi"), nullable=True),
        sa.Column("indicator", sa.String(length=20), nullable=True),
        sa.Column("operation", sa.String(length=12), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", codes("state", *STATES), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(state = 'draft') = (issued_on IS NULL)", name=op.f("ck_recommendation_a_day_once_issued")),
        sa.CheckConstraint("(state = 'draft') = (number IS NULL)", name=op.f("ck_recommendation_a_number_once_issued")),
        sa.CheckConstraint("(state = 'draft') = (sha256 IS NULL)", name=op.f("ck_recommendation_frozen_once_issued")),
        sa.CheckConstraint("answer_by <= due_on", name=op.f("ck_recommendation_answered_before_due")),
        sa.ForeignKeyConstraint(
            ["addressee_id"], ["organisation.id"], name=op.f("fk_recommendation_addressee_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_recommendation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["staff_member.id"], name=op.f("fk_recommendation_written_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
        sa.UniqueConstraint("number", name=op.f("uq_recommendation_number")),
    )
    op.create_index(op.f("ix_recommendation_addressee_id"), "recommendation", ["addressee_id"], unique=False)
    op.create_index(op.f("ix_recommendation_organisation_id"), "recommendation", ["organisation_id"], unique=False)
    op.create_table(
        "recommendation_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recommendation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", codes("entry", "answer", "follow_up", "outcome", "correction", "reopening"), nullable=False),
        sa.Column("state", codes("state", *STATES), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("speaker", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(answer_by IS NULL) = (due_on IS NULL)", name=op.f("ck_recommendation_entry_both_days_or_none")
        ),
        sa.CheckConstraint(
            "(kind = 'reopening') = (answer_by IS NOT NULL)",
            name=op.f("ck_recommendation_entry_new_days_when_reopened"),
        ),
        sa.CheckConstraint(
            "(kind IN ('follow_up', 'correction')) = (state IS NULL)",
            name=op.f("ck_recommendation_entry_a_state_where_it_changes"),
        ),
        sa.CheckConstraint(
            "state IS NULL OR state != 'implemented' OR evidence != ''",
            name=op.f("ck_recommendation_entry_implemented_with_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendation.id"],
            name=op.f("fk_recommendation_entry_recommendation_id_recommendation"),
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["staff_member.id"], name=op.f("fk_recommendation_entry_written_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_entry")),
    )
    op.create_index(
        "uq_recommendation_entry_recommendation_id_position",
        "recommendation_entry",
        ["recommendation_id", "position"],
        unique=True,
    )


def _change_releases() -> None:
    """What was published in one step stays published; nobody is said to have approved it."""
    with op.batch_alter_table("release") as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=40), nullable=False, server_default="published"))
        batch_op.add_column(sa.Column("corrects", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("changed", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("drafted_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("drafted_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("approved_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.Uuid(), nullable=True))
    op.execute("UPDATE release SET drafted_at = published_at, drafted_by = published_by")
    with op.batch_alter_table("release") as batch_op:
        batch_op.alter_column("state", existing_type=sa.String(length=40), server_default=None)
        batch_op.alter_column("changed", existing_type=sa.String(), server_default=None)
        batch_op.alter_column("drafted_at", existing_type=MOMENT, nullable=False)
        batch_op.alter_column("drafted_by", existing_type=sa.Uuid(), nullable=False)
        batch_op.alter_column("published_at", existing_type=MOMENT, nullable=True)
        batch_op.alter_column("published_by", existing_type=sa.Uuid(), nullable=True)
        batch_op.drop_constraint(op.f("uq_release_quarter"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_release_corrects"), ["corrects"])
        batch_op.create_foreign_key(op.f("fk_release_corrects_release"), "release", ["corrects"], ["number"])
        for name, condition in RELEASE_CHECKS.items():
            batch_op.create_check_constraint(op.f(name), condition)
    op.create_index(
        "uq_release_first_of_quarter",
        "release",
        ["quarter"],
        unique=True,
        sqlite_where=sa.text("corrects IS NULL"),
        postgresql_where=sa.text("corrects IS NULL"),
    )


def downgrade() -> None:
    """Releases that correct others, and those that are not published, are not known to the version before."""
    op.execute(
        "DELETE FROM release_file WHERE release_number IN (SELECT number FROM release WHERE state != 'published' OR corrects IS NOT NULL)"
    )
    op.execute("DELETE FROM release WHERE state != 'published' OR corrects IS NOT NULL")
    op.drop_index("uq_release_first_of_quarter", "release")
    with op.batch_alter_table("release") as batch_op:
        for name in RELEASE_CHECKS:
            batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.drop_constraint(op.f("fk_release_corrects_release"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_release_corrects"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_release_quarter"), ["quarter"])
        batch_op.alter_column("published_at", existing_type=MOMENT, nullable=False)
        batch_op.alter_column("published_by", existing_type=sa.Uuid(), nullable=False)
        for column in ("state", "corrects", "changed", "drafted_at", "drafted_by", "approved_at", "approved_by"):
            batch_op.drop_column(column)
    for table in ("signing_key", "release_day", "recommendation_entry", "recommendation"):
        op.drop_table(table)
