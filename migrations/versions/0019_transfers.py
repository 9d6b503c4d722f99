"""Transfers with a clock, an agreement and a place in the share log.

Every organisation that works with cases gets an agreement to take some over, from the day of the upgrade and without an
end, and what waits for its answer has the usual time from then on: an upgrade cuts nobody off.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

import foundation.database

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = foundation.database.UtcDateTime(timezone=True)
URGENCY = sa.Enum("emergency", "urgent", "normal", name="urgency", native_enum=False, create_constraint=True, length=40)
STATES = ("asked", "offered", "accepted", "declined", "refused", "revoked")
EXPIRED = "expired"
REFERENCE = "in force before the upgrade"
ANSWER_WITHIN = timedelta(days=14)


def upgrade() -> None:
    with op.batch_alter_table("case_transfer") as batch_op:
        batch_op.add_column(sa.Column("urgency", URGENCY, nullable=False, server_default="normal"))
        batch_op.add_column(sa.Column("due_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("remind_at", MOMENT, nullable=True))
        batch_op.create_index("ix_case_transfer_state_due_at", ["state", "due_at"])
        batch_op.drop_constraint(op.f("ck_case_transfer_transferstate"), type_="check")
        batch_op.create_check_constraint(op.f("ck_case_transfer_transferstate"), _one_of(*STATES, EXPIRED))
    _give_time()
    with op.batch_alter_table("case_transfer") as batch_op:
        batch_op.alter_column("urgency", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_case_transfer_offered_until"), "state != 'offered' OR due_at IS NOT NULL"
        )
    with op.batch_alter_table("disclosure") as batch_op:
        batch_op.alter_column("referral_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column("transfer_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_disclosure_transfer_id_case_transfer"), "case_transfer", ["transfer_id"], ["id"]
        )
        batch_op.create_check_constraint(
            op.f("ck_disclosure_with_a_referral_or_a_transfer"), "(referral_id IS NULL) != (transfer_id IS NULL)"
        )
        batch_op.create_index("ix_disclosure_transfer_id", ["transfer_id"])
    with op.batch_alter_table("agreement") as batch_op:
        batch_op.add_column(sa.Column("takes_over", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("agreement") as batch_op:
        batch_op.alter_column("takes_over", server_default=None)
    _agree_with_all()


def _give_time() -> None:
    transfers = sa.table(
        "case_transfer", sa.column("state"), sa.column("due_at", MOMENT), sa.column("remind_at", MOMENT)
    )
    now = datetime.now(UTC)
    clock = {"due_at": now + ANSWER_WITHIN, "remind_at": now + ANSWER_WITHIN / 2}
    op.execute(transfers.update().where(transfers.c.state == "offered").values(**clock))


def _agree_with_all() -> None:
    organisations = sa.table("organisation", sa.column("id", sa.Uuid()), sa.column("kind"))
    agreements = sa.table(
        "agreement",
        sa.column("id", sa.Uuid()),
        sa.column("organisation_id", sa.Uuid()),
        sa.column("reference"),
        sa.column("takes_over", sa.Boolean()),
        sa.column("starts_on", sa.Date()),
        sa.column("entered_at", MOMENT),
    )
    now = datetime.now(UTC)
    operators = op.get_bind().scalars(sa.select(organisations.c.id).where(organisations.c.kind == "operator")).all()
    made = [
        {
            "id": uuid4(),
            "organisation_id": each,
            "reference": REFERENCE,
            "takes_over": True,
            "starts_on": now.date(),
            "entered_at": now,
        }
        for each in operators
    ]
    if made:
        op.bulk_insert(agreements, made)


def _one_of(*states: str) -> str:
    return f"state IN ({', '.join(repr(each) for each in states)})"


def downgrade() -> None:
    op.execute("DELETE FROM agreement WHERE takes_over")
    op.execute("DELETE FROM disclosure WHERE referral_id IS NULL")
    op.execute("UPDATE case_transfer SET state = 'revoked' WHERE state = 'expired'")
    with op.batch_alter_table("agreement") as batch_op:
        batch_op.drop_column("takes_over")
    with op.batch_alter_table("disclosure") as batch_op:
        batch_op.drop_index("ix_disclosure_transfer_id")
        batch_op.drop_constraint(op.f("ck_disclosure_with_a_referral_or_a_transfer"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_disclosure_transfer_id_case_transfer"), type_="foreignkey")
        batch_op.drop_column("transfer_id")
        batch_op.alter_column("referral_id", existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table("case_transfer") as batch_op:
        batch_op.drop_constraint(op.f("ck_case_transfer_offered_until"), type_="check")
        batch_op.drop_constraint(op.f("ck_case_transfer_transferstate"), type_="check")
        batch_op.create_check_constraint(op.f("ck_case_transfer_transferstate"), _one_of(*STATES))
        batch_op.drop_index("ix_case_transfer_state_due_at")
        batch_op.drop_constraint(op.f("ck_case_transfer_urgency"), type_="check")
        for name in ("remind_at", "due_at", "urgency"):
            batch_op.drop_column(name)
