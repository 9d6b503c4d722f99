"""What it costs to send money: prices by corridor, service and quarter."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def codes(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "remittance_price",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("collected_on", sa.Date(), nullable=False),
        sa.Column("from_country", sa.String(length=2), nullable=False),
        sa.Column("to_country", sa.String(length=2), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column(
            "provider_kind",
            codes("providerkind", "bank", "operator", "post", "mobile", "cooperative", "other"),
            nullable=False,
        ),
        sa.Column("paid_by", sa.String(), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column(
            "speed",
            codes("speed", "hour", "same_day", "next_day", "two_days", "five_days", "longer", "unknown"),
            nullable=False,
        ),
        sa.Column("is_transparent", sa.Boolean(), nullable=False),
        sa.Column("is_within_reach", sa.Boolean(), nullable=False),
        sa.Column("usd", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("margin", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_remittance_price_fee_not_negative")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_remittance_price_something_is_sent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_price")),
    )
    op.create_index("ix_remittance_price_corridor", "remittance_price", ["from_country", "to_country", "period"])


def downgrade() -> None:
    op.drop_table("remittance_price")
