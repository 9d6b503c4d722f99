"""What of the directory is not public, how a service is kept up to date, imports from the console, links for checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database
import foundation.sealing

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = foundation.database.UtcDateTime(timezone=True)
SEALED = foundation.sealing.SealedColumn()


def codes(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _mark_what_is_public()
    op.create_table(
        "directory_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["staff_member.id"], name=op.f("fk_directory_import_imported_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_import")),
    )
    op.create_table(
        "imported_service",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.String(), nullable=False),
        sa.Column("change", codes("rowchange", "added", "changed", "removed"), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["directory_import.id"], name=op.f("fk_imported_service_import_id_directory_import")
        ),
        sa.PrimaryKeyConstraint("import_id", "service_id", name=op.f("pk_imported_service")),
    )
    op.create_table(
        "directory_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("content", SEALED, nullable=False),
        sa.Column("base_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["staff_member.id"], name=op.f("fk_directory_draft_uploaded_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_draft")),
    )
    op.create_table(
        "service_upkeep",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("places_at", MOMENT, nullable=True),
        sa.Column("places_by", sa.Uuid(), nullable=True),
        sa.Column("pause", codes("pause", "full", "closed_for_now", "moving", "unsafe", "no_answer", "other")),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("paused_by", sa.Uuid(), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("unreached", codes("unreached", "no_address", "no_server", "refused"), nullable=True),
        sa.Column("words", SEALED, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_upkeep_service_id_service")),
        *(
            sa.ForeignKeyConstraint([name], ["staff_member.id"], name=op.f(f"fk_service_upkeep_{name}_staff_member"))
            for name in ("checked_by", "places_by", "paused_by")
        ),
        sa.CheckConstraint("pause IS NULL OR paused_at IS NOT NULL", name=op.f("ck_service_upkeep_paused_at_a_moment")),
        sa.CheckConstraint("words IS NULL OR told_at IS NOT NULL", name=op.f("ck_service_upkeep_told_at_a_moment")),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_service_upkeep")),
    )
    op.create_table(
        "check_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_check_link_service_id_service")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_check_link")),
    )
    op.create_index("ix_check_link_service_id", "check_link", ["service_id"])
    op.create_index("ix_imported_service_service_id", "imported_service", ["service_id"])


def _mark_what_is_public() -> None:
    """Whatever is there was public: nothing could say otherwise yet."""
    with op.batch_alter_table("service") as batch_op:
        batch_op.add_column(sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("service") as batch_op:
        batch_op.alter_column("is_public", server_default=None)
    with op.batch_alter_table("directory_record") as batch_op:
        batch_op.add_column(sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("whole", JSON, nullable=True))
    with op.batch_alter_table("directory_record") as batch_op:
        batch_op.alter_column("is_public", server_default=None)


def downgrade() -> None:
    for table in ("check_link", "service_upkeep", "directory_draft", "imported_service", "directory_import"):
        op.drop_table(table)
    with op.batch_alter_table("directory_record") as batch_op:
        batch_op.drop_column("whole")
        batch_op.drop_column("is_public")
    with op.batch_alter_table("service") as batch_op:
        batch_op.drop_column("is_public")
