"""What a person says of a service, services that they choose among, and referrals that take up an ended one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database
import foundation.sealing

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = foundation.database.UtcDateTime(timezone=True)
SEALED = foundation.sealing.SealedColumn()
NEEDS = (
    "shelter",
    "health",
    "safety",
    "documents",
    "family",
    "income",
    "work",
    "business",
    "training",
    "skills_recognition",
    "money",
    "psychosocial",
    "child_protection",
    "other",
)
INDEXES = {
    "referral_word": ("ask_at", "case_id", "disputed_at"),
    "service_offer": ("case_id", "subject_id"),
}


def codes(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "referral_word",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("received", codes("received", "yes", "partly", "no"), nullable=True),
        sa.Column("helped", codes("helped", "a_lot", "a_little", "not"), nullable=True),
        sa.Column("said_at", MOMENT, nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("ask_at", MOMENT, nullable=True),
        sa.Column("disputed_at", MOMENT, nullable=True),
        sa.Column(
            "settlement",
            codes("settlement", "received", "partly_received", "not_received", "cannot_tell"),
            nullable=True,
        ),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("reason", SEALED, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_referral_word_case_id_case_file")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_word_referral_id_referral")),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["staff_member.id"], name=op.f("fk_referral_word_settled_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_referral_word")),
    )
    op.create_table(
        "service_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("need_kind", codes("needkind", *NEEDS), nullable=False),
        sa.Column("urgency", codes("urgency", "emergency", "urgent", "normal"), nullable=False),
        sa.Column("services", JSON, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("note", SEALED, nullable=True),
        sa.Column("state", codes("offerstate", "open", "chosen", "none_chosen", "taken_back"), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_service_offer_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["offered_by"], ["staff_member.id"], name=op.f("fk_service_offer_offered_by_staff_member")
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_service_offer_referral_id_referral")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_offer")),
    )
    for table, columns in INDEXES.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.create_index(f"ix_{table}_{column}", [column], unique=False)
    with op.batch_alter_table("referral") as batch_op:
        batch_op.add_column(sa.Column("reopens_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key("fk_referral_reopens_id_referral", "referral", ["reopens_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("referral") as batch_op:
        batch_op.drop_constraint("fk_referral_reopens_id_referral", type_="foreignkey")
        batch_op.drop_column("reopens_id")
    op.drop_table("service_offer")
    op.drop_table("referral_word")
