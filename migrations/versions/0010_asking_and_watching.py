"""Asking in the chat whether someone wants to return, and what independent monitors saw of a return."""

from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

TASKS = [
    "distress",
    "disclosure",
    "guardian",
    "call_back",
    "unreachable",
    "answer",
    "protection",
    "override",
    "child_visit",
    "return_halted",
    "best_interests",
    "not_in_interests",
]


def _allow(table: str, column: str, check: str, codes: list[str]) -> None:
    """A column of codes is guarded by a CHECK: another list means another check."""
    listed = ", ".join(f"'{code}'" for code in codes)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_{check}"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_{check}"), f"{column} IN ({listed})")


def upgrade() -> None:
    _allow("task", "kind", "taskkind", [*TASKS, "return_answered"])


def downgrade() -> None:
    _allow("task", "kind", "taskkind", TASKS)
