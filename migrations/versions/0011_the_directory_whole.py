"""Every row of the services directory, in the tables of HSDS 3.0; an import fills it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_record",
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("nested", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("changed_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("table", "id", name=op.f("pk_directory_record")),
    )


def downgrade() -> None:
    op.drop_table("directory_record")
