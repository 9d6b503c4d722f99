"""Monitors ask questions too: they stand in the same register, and are answered instead of implemented."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = ("recommendation", "question")
STATES = ("draft", "issued", "accepted", "partly_accepted", "rejected", "implemented", "not_implemented", "reopened")
TABLES = ("recommendation", "recommendation_entry")
ONE_DAY = "a_question_has_one_day"


def codes(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _set_states(*STATES[:-1], "answered", STATES[-1])
    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.add_column(
            sa.Column("kind", codes("kind", *KINDS), nullable=False, server_default=sa.text("'recommendation'"))
        )
        batch_op.create_check_constraint(
            op.f(f"ck_recommendation_{ONE_DAY}"), "kind = 'recommendation' OR due_on = answer_by"
        )
    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.alter_column("kind", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.drop_constraint(op.f(f"ck_recommendation_{ONE_DAY}"), type_="check")
        batch_op.drop_constraint(op.f("ck_recommendation_kind"), type_="check")
        batch_op.drop_column("kind")
    _set_states(*STATES)


def _set_states(*states: str) -> None:
    listed = ", ".join(f"'{each}'" for each in states)
    for table in TABLES:
        name = op.f(f"ck_{table}_state")
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, f"state IN ({listed})")
