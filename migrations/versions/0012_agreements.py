"""Agreements with partners, links with which they answer, reminders, and the confirmation that a copy was deleted.

Every partner that exists gets an agreement for every kind of service, from the day of the upgrade and without an end:
an upgrade cuts nobody off.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

import foundation.database

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = foundation.database.UtcDateTime(timezone=True)
KINDS = (
    "jobs",
    "entrepreneurship",
    "training",
    "skills_recognition",
    "finance",
    "social_protection",
    "health",
    "psychosocial",
    "housing",
    "legal",
    "documents",
    "education",
    "child_protection",
    "anti_trafficking",
    "family_tracing",
    "community",
)
KIND = sa.Enum(*KINDS, name="servicekind", native_enum=False, create_constraint=True, length=40)
REFERENCE = "in force before the upgrade"


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_agreement_ends_after_its_start")),
        sa.CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name=op.f("ck_agreement_ended_at_a_moment")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_agreement_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["staff_member.id"], name=op.f("fk_agreement_entered_by_staff_member")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff_member.id"], name=op.f("fk_agreement_ended_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index("ix_agreement_organisation_id_ends_on", "agreement", ["organisation_id", "ends_on"])
    op.create_table(
        "agreement_purpose",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_purpose_agreement_id_agreement")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "kind", name=op.f("pk_agreement_purpose")),
    )
    op.create_table(
        "answer_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_answer_link_referral_id_referral")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_answer_link_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_answer_link_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_answer_link")),
    )
    op.create_index("ix_answer_link_referral_id", "answer_link", ["referral_id"])
    with op.batch_alter_table("referral") as batch_op:
        batch_op.add_column(sa.Column("remind_at", MOMENT, nullable=True))
        batch_op.create_index("ix_referral_sent_at", ["sent_at"], unique=False)
    with op.batch_alter_table("disclosure") as batch_op:
        batch_op.alter_column("consent_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column("delete_asked_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("deleted_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("deleted_by", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_disclosure_deleted_by_staff_member"), "staff_member", ["deleted_by"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_disclosure_deleted_at_a_moment"), "deleted_by IS NULL OR deleted_at IS NOT NULL"
        )
        batch_op.create_index("ix_disclosure_deletion", ["delete_asked_at", "deleted_at"], unique=False)
    _ask_deletion()
    _agree_with_all()
    _remind_half_way()


def _ask_deletion() -> None:
    """Of whoever was told to delete before the upgrade; the time to confirm it begins now."""
    taken_back = "SELECT id FROM referral WHERE state IN ('withdrawn_by_person', 'revoked')"
    ended = "SELECT id FROM consent WHERE state NOT IN ('given', 'renewed')"
    disclosures = sa.table(
        "disclosure",
        sa.column("referral_id", sa.Uuid()),
        sa.column("consent_id", sa.Uuid()),
        sa.column("delete_asked_at", MOMENT),
    )
    which = sa.or_(disclosures.c.referral_id.in_(sa.text(taken_back)), disclosures.c.consent_id.in_(sa.text(ended)))
    op.execute(disclosures.update().where(which).values(delete_asked_at=datetime.now(UTC)))


def _agree_with_all() -> None:
    organisations = sa.table("organisation", sa.column("id", sa.Uuid()), sa.column("kind"))
    agreements = sa.table(
        "agreement",
        sa.column("id", sa.Uuid()),
        sa.column("organisation_id", sa.Uuid()),
        sa.column("reference"),
        sa.column("starts_on", sa.Date()),
        sa.column("entered_at", MOMENT),
    )
    purposes = sa.table("agreement_purpose", sa.column("agreement_id", sa.Uuid()), sa.column("kind"))
    now = datetime.now(UTC)
    partners = op.get_bind().scalars(sa.select(organisations.c.id).where(organisations.c.kind == "partner")).all()
    made = [
        {"id": uuid4(), "organisation_id": each, "reference": REFERENCE, "starts_on": now.date(), "entered_at": now}
        for each in partners
    ]
    if made:
        op.bulk_insert(agreements, made)
        op.bulk_insert(purposes, [{"agreement_id": each["id"], "kind": kind} for each in made for kind in KINDS])


def _remind_half_way() -> None:
    """What waits for an answer at the upgrade is reminded of as if it had been sent after it."""
    referrals = sa.table(
        "referral",
        sa.column("id", sa.Uuid()),
        sa.column("state"),
        sa.column("sent_at", MOMENT),
        sa.column("due_at", MOMENT),
        sa.column("remind_at", MOMENT),
    )
    waiting = sa.select(referrals.c.id, referrals.c.sent_at, referrals.c.due_at).where(
        referrals.c.state.in_(["sent", "acknowledged"]), referrals.c.sent_at.is_not(None)
    )
    for row in op.get_bind().execute(waiting).all():
        half: timedelta = (row.due_at - row.sent_at) / 2
        op.execute(referrals.update().where(referrals.c.id == row.id).values(remind_at=row.sent_at + half))


def downgrade() -> None:
    op.execute("DELETE FROM disclosure WHERE consent_id IS NULL")
    with op.batch_alter_table("disclosure") as batch_op:
        batch_op.drop_index("ix_disclosure_deletion")
        batch_op.drop_constraint(batch_op.f("ck_disclosure_deleted_at_a_moment"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_disclosure_deleted_by_staff_member"), type_="foreignkey")
        for name in ("deleted_by", "deleted_at", "delete_asked_at"):
            batch_op.drop_column(name)
        batch_op.alter_column("consent_id", existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table("referral") as batch_op:
        batch_op.drop_index("ix_referral_sent_at")
        batch_op.drop_column("remind_at")
    op.drop_index("ix_answer_link_referral_id", "answer_link")
    op.drop_table("answer_link")
    op.drop_table("agreement_purpose")
    op.drop_index("ix_agreement_organisation_id_ends_on", "agreement")
    op.drop_table("agreement")
