"""Drafts of releases are ordered, and made by the worker."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("changed", sa.String(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=True),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_number", sa.Integer(), nullable=True),
        sa.Column("refusal", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.CheckConstraint(
            "(corrects IS NULL) = (changed = '')", name=op.f("ck_release_order_a_correction_says_what_changed")
        ),
        sa.CheckConstraint(
            "(is_open IS NULL) = (ended_at IS NOT NULL)", name=op.f("ck_release_order_open_until_it_ends")
        ),
        sa.ForeignKeyConstraint(["corrects"], ["release.number"], name=op.f("fk_release_order_corrects_release")),
        sa.ForeignKeyConstraint(
            ["ordered_by"], ["staff_member.id"], name=op.f("fk_release_order_ordered_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_order")),
        sa.UniqueConstraint("is_open", name=op.f("uq_release_order_is_open")),
    )


def downgrade() -> None:
    op.drop_table("release_order")
