"""Which partners know of what is counted, so that figures are safe from each of them too.

Nothing is known of it yet: the worker goes through the audit log from its beginning and counts everything anew. Of
releases that are out nobody wrote down what partners knew.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact_partner",
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("partner", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_fact_partner_fact_id_fact")),
        sa.PrimaryKeyConstraint("fact_id", "partner", name=op.f("pk_fact_partner")),
    )
    with op.batch_alter_table("release") as batch_op:
        batch_op.add_column(
            sa.Column(
                "held", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False, server_default="{}"
            )
        )
    with op.batch_alter_table("release") as batch_op:
        batch_op.alter_column("held", server_default=None)
    op.execute("UPDATE fact_mark SET link = 0")


def downgrade() -> None:
    with op.batch_alter_table("release") as batch_op:
        batch_op.drop_column("held")
    op.drop_table("fact_partner")
