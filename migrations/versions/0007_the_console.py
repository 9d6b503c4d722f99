"""What the console needs to answer at once: search, saved filters, dashboards."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OVER_CASES = (
    ("ix_case_file_unanswered", "unanswered_at IS NOT NULL", ["organisation_id", "unanswered_at", "id"]),
    ("ix_case_file_attention", "attention_at IS NOT NULL", ["organisation_id", "attention_at", "id"]),
    ("ix_case_file_at_rest", "attention_at IS NULL", ["organisation_id", "opened_at", "id"]),
    ("ix_case_file_unowned", "owner_id IS NULL", ["organisation_id", "opened_at", "id"]),
)


def _partial(name: str, table: str, condition: str, columns: list[str]) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        "person_print",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "name", "part", "sound", "phone", name="printkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_print_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "kind", "fingerprint", name=op.f("pk_person_print")),
    )
    op.create_index("ix_person_print_fingerprint_person_id", "person_print", ["fingerprint", "person_id"])
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("codes", sa.String(length=400), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_saved_filter_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("staff_id", "name", name=op.f("uq_saved_filter_staff_id_name")),
    )
    op.create_index("ix_case_file_organisation_id_opened_at_id", "case_file", ["organisation_id", "opened_at", "id"])
    for name, condition, columns in OVER_CASES:
        _partial(name, "case_file", condition, columns)
    op.create_index("ix_case_file_number_end", "case_file", [sa.text("substr(number, 9)")])
    _partial("ix_submission_half_way", "submission", "state = 'in_progress'", ["filled_by", "started_at"])
    _partial("ix_flag_open", "flag", "settled_at IS NULL", ["kind", "raised_at"])
    op.create_index("ix_follow_up_state_due_on", "follow_up", ["state", "due_on"])


def downgrade() -> None:
    op.drop_index("ix_follow_up_state_due_on", table_name="follow_up")
    op.drop_index("ix_flag_open", table_name="flag")
    op.drop_index("ix_submission_half_way", table_name="submission")
    op.drop_index("ix_case_file_number_end", table_name="case_file")
    for name, _condition, _columns in OVER_CASES:
        op.drop_index(name, table_name="case_file")
    op.drop_index("ix_case_file_organisation_id_opened_at_id", table_name="case_file")
    op.drop_table("saved_filter")
    op.drop_table("person_print")
