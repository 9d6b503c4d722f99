"""Asking in the chat whether someone wants to return, and what independent monitors saw of a return."""

from alembic import op

revision = "0010"
down_revision = "0009"
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
ROLES = [
    "administrator",
    "supervisor",
    "caseworker",
    "child_protection_officer",
    "child_protection_lead",
    "protection_officer",
    "panel_member",
    "partner",
    "complaints_officer",
    "monitor",
]
RECORDS = [
    "age",
    "company",
    "guardian",
    "bia",
    "views",
    "risk",
    "caregiver",
    "family_unity",
    "reception",
    "medical",
    "travel_document",
    "civil_documents",
    "preparation",
    "child_plan",
    "family_contact",
    "consular",
    "sharing",
    "handover_pack",
    "handover",
    "visit",
    "tracing",
    "claim",
    "advice",
    "appeal",
    "remedies",
    "information",
    "free_choice",
]


def _allow(table: str, column: str, check: str, codes: list[str]) -> None:
    """A column of codes is guarded by a CHECK: another list means another check."""
    listed = ", ".join(f"'{code}'" for code in codes)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_{check}"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_{check}"), f"{column} IN ({listed})")


def upgrade() -> None:
    _allow("task", "kind", "taskkind", [*TASKS, "return_answered"])
    _allow("staff_member", "role", "role", [*ROLES, "return_monitor"])
    _allow("case_note_reader", "role", "role", [*ROLES, "return_monitor"])
    _allow("case_record", "kind", "recordkind", [*RECORDS, "monitoring"])


def downgrade() -> None:
    _allow("case_record", "kind", "recordkind", RECORDS)
    _allow("case_note_reader", "role", "role", ROLES)
    _allow("staff_member", "role", "role", ROLES)
    _allow("task", "kind", "taskkind", TASKS)
