"""The second factor, sessions that can be revoked, and breaking the glass."""

import sqlalchemy as sa
from alembic import op

import foundation.database
import foundation.sealing

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    # Everyone signs in again: a session from before knows nothing of a second step.
    op.execute("DELETE FROM staff_session")
    with op.batch_alter_table("staff_session") as batch_op:
        batch_op.add_column(sa.Column("id", sa.Uuid(), nullable=False))
        batch_op.add_column(sa.Column("device", sa.String(length=40), nullable=False))
        batch_op.add_column(sa.Column("confirmed_at", MOMENT, nullable=False))
        batch_op.add_column(sa.Column("proven_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("challenge", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("challenge_at", MOMENT, nullable=True))
        batch_op.create_unique_constraint(op.f("uq_staff_session_id"), ["id"])

    op.create_table(
        "authenticator_app",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("pending", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(secret IS NULL) = (enrolled_at IS NULL)", name=op.f("ck_authenticator_app_enrolled_with_a_secret")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_authenticator_app_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_authenticator_app")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_passkey_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey") as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("code_fingerprint", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_recovery_code_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("code_fingerprint", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code") as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "break_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("reviewed_at", MOMENT, nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL)", name=op.f("ck_break_glass_reviewed_by_someone")
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR reviewed_by != staff_id", name=op.f("ck_break_glass_reviewed_by_another")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_break_glass_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["staff_member.id"], name=op.f("fk_break_glass_reviewed_by_staff_member")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_break_glass_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    with op.batch_alter_table("break_glass") as batch_op:
        batch_op.create_index(batch_op.f("ix_break_glass_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_break_glass_staff_id_ends_at", ["staff_id", "ends_at"], unique=False)


def downgrade() -> None:
    op.drop_table("break_glass")
    op.drop_table("recovery_code")
    op.drop_table("passkey")
    op.drop_table("authenticator_app")
    with op.batch_alter_table("staff_session") as batch_op:
        batch_op.drop_constraint(op.f("uq_staff_session_id"), type_="unique")
        for name in ("challenge_at", "challenge", "proven_at", "confirmed_at", "device", "id"):
            batch_op.drop_column(name)
