"""Assessments: levels of risk that a person sets, and what changed since the last."""

import sqlalchemy as sa
from alembic import op

import foundation.database
import foundation.sealing

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_setting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("low", "medium", "high", name="risklevel", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "suggested",
            sa.Enum(
                "low",
                "medium",
                "high",
                "unknown",
                name="suggestedlevel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("basis", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("reason", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_risk_setting_case_id_case_file")),
        sa.ForeignKeyConstraint(["set_by"], ["staff_member.id"], name=op.f("fk_risk_setting_set_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_setting")),
    )
    with op.batch_alter_table("risk_setting", schema=None) as batch_op:
        batch_op.create_index("ix_risk_setting_case_id_set_at", ["case_id", "set_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("risk_setting", schema=None) as batch_op:
        batch_op.drop_index("ix_risk_setting_case_id_set_at")

    op.drop_table("risk_setting")
