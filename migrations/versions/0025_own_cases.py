"""Someone's own open cases are found by their owner, oldest first: SQLite walked through all of the organisation's."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BY_OWNER = "ix_case_file_owner_id"
OLDEST_FIRST = "ix_case_file_owner_id_status_opened_at_id"


def upgrade() -> None:
    op.create_index(OLDEST_FIRST, "case_file", ["owner_id", "status", "opened_at", "id"])
    op.drop_index(BY_OWNER, table_name="case_file")


def downgrade() -> None:
    op.create_index(BY_OWNER, "case_file", ["owner_id"])
    op.drop_index(OLDEST_FIRST, table_name="case_file")
