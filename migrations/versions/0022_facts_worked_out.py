"""Facts are worked out from the tables of the house: more of them, and nothing in a case leads to them any more.

The facts of people who have been erased stay as they are. All others are counted anew: nothing has been read of the
audit log yet, so the worker goes through it from its beginning.
"""

import sqlalchemy as sa
from alembic import op

import foundation.database

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = foundation.database.UtcDateTime(timezone=True)
OLD = ("case", "need", "referral", "follow_up", "complaint", "override")
THINGS = (
    *("case", "flag", "need", "skill", "counselling", "plan", "activity", "referral", "referral_wait", "placement"),
    *("application", "follow_up", "answer_work", "answer_identity", "answer_school", "answer_discrimination"),
    *("answer_support", "score", "return", "return_check", "withdrawal", "child_check", "guardian"),
    *("travel_document", "monitored", "override", "complaint"),
)
LINKED = ("case_file", "need", "referral", "complaint", "follow_up", "gate_override")
CODES = {"detail": (40, "none"), "came_from": (8, "unknown"), "return_type": (40, "unknown"), "disability": (12, "unknown")}  # fmt: skip


def upgrade() -> None:
    for table in LINKED:
        op.execute(f"DELETE FROM fact WHERE id IN (SELECT fact_id FROM {table} WHERE fact_id IS NOT NULL)")  # noqa: S608  # names of ours
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("fact_id")
    _allow(THINGS)
    with op.batch_alter_table("fact") as batch_op:
        for name, (length, empty) in CODES.items():
            batch_op.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=empty))
    with op.batch_alter_table("fact") as batch_op:
        for name in CODES:
            batch_op.alter_column(name, server_default=None)
    op.create_table(
        "fact_link",
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_fact_link_fact_id_fact")),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_fact_link")),
    )
    op.create_index("ix_fact_link_subject", "fact_link", ["subject"])
    op.create_table(
        "fact_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("link", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_mark")),
    )
    _structural()


def _structural() -> None:
    op.create_table(
        "structural_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.String(20), nullable=False),
        sa.Column("version", sa.String(4), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("figure", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by != entered_by", name=op.f("ck_structural_fact_confirmed_by_another")
        ),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_structural_fact_confirmed_by_someone")
        ),
        sa.CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name=op.f("ck_structural_fact_withdrawn_by_someone")
        ),
        sa.CheckConstraint("total IS NULL OR total >= figure", name=op.f("ck_structural_fact_no_more_than_all")),
        *(
            sa.ForeignKeyConstraint([name], ["staff_member.id"], name=op.f(f"fk_structural_fact_{name}_staff_member"))
            for name in ("entered_by", "confirmed_by", "withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structural_fact")),
    )
    op.create_index("ix_structural_fact_indicator_year", "structural_fact", ["indicator", "year"])


def downgrade() -> None:
    """What was counted of people who are there is lost: the older program has no way to count them anew."""
    op.execute("DELETE FROM fact WHERE id IN (SELECT fact_id FROM fact_link)")
    op.drop_index("ix_structural_fact_indicator_year", table_name="structural_fact")
    op.drop_table("structural_fact")
    op.drop_table("fact_mark")
    op.drop_index("ix_fact_link_subject", table_name="fact_link")
    op.drop_table("fact_link")
    op.execute("DELETE FROM fact WHERE thing NOT IN ('case', 'need', 'referral', 'follow_up', 'complaint', 'override')")
    with op.batch_alter_table("fact") as batch_op:
        for name in CODES:
            batch_op.drop_column(name)
    _allow(OLD)
    for table in LINKED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("fact_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE need SET fact_id = id")
    with op.batch_alter_table("need") as batch_op:
        batch_op.alter_column("fact_id", nullable=False)


def _allow(things: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{thing}'" for thing in things)
    with op.batch_alter_table("fact") as batch_op:
        batch_op.drop_constraint(op.f("ck_fact_thing"), type_="check")
        batch_op.create_check_constraint(op.f("ck_fact_thing"), f"thing IN ({listed})")
