"""Lessons about money that a person finished, what they save for, and what they put aside."""

import sqlalchemy as sa
from alembic import op

import foundation.database
import foundation.sealing

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = foundation.database.UtcDateTime(timezone=True)
SEALED = foundation.sealing.SealedColumn()


def upgrade() -> None:
    op.create_table(
        "lesson_done",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("lesson", sa.String(length=40), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        sa.CheckConstraint("correct BETWEEN 0 AND questions", name=op.f("ck_lesson_done_no_more_than_asked")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_lesson_done_case_id_case_file")),
        sa.PrimaryKeyConstraint("case_id", "lesson", name=op.f("pk_lesson_done")),
    )
    op.create_table(
        "savings_goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("terms", SEALED, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("reached_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_savings_goal_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savings_goal")),
    )
    op.create_table(
        "savings_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("amount", SEALED, nullable=False),
        sa.Column("put_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_savings_entry_case_id_case_file")),
        sa.ForeignKeyConstraint(["goal_id"], ["savings_goal.id"], name=op.f("fk_savings_entry_goal_id_savings_goal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savings_entry")),
    )
    going_on = sa.text("ended_at IS NULL")
    with op.batch_alter_table("savings_goal") as batch_op:
        batch_op.create_index("ix_savings_goal_case_id", ["case_id"], unique=False)
        batch_op.create_index(
            "uq_savings_goal_going_on", ["case_id"], unique=True, sqlite_where=going_on, postgresql_where=going_on
        )
    with op.batch_alter_table("savings_entry") as batch_op:
        batch_op.create_index("ix_savings_entry_goal_id", ["goal_id"], unique=False)
        batch_op.create_index("ix_savings_entry_case_id", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_table("savings_entry")
    op.drop_table("savings_goal")
    op.drop_table("lesson_done")
