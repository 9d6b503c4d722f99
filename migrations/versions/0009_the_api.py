"""The API: tokens for programs, and what they were answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database
import foundation.sealing

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = foundation.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("permissions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_api_token_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token") as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "api_answer",
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", foundation.sealing.SealedColumn(), nullable=True),
        sa.CheckConstraint("(status IS NULL) = (answer IS NULL)", name=op.f("ck_api_answer_answered_whole")),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_api_answer_token_id_api_token")),
        sa.PrimaryKeyConstraint("token_id", "key_hash", name=op.f("pk_api_answer")),
    )
    with op.batch_alter_table("api_answer") as batch_op:
        batch_op.create_index(batch_op.f("ix_api_answer_begun_at"), ["begun_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("api_answer") as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_answer_begun_at"))
    op.drop_table("api_answer")
    with op.batch_alter_table("api_token") as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_staff_id"))
    op.drop_table("api_token")
