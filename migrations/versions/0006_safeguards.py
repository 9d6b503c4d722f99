"""People of the case, records, gates, best interests, and the journey of return."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database
import foundation.sealing

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROLES = [
    "administrator",
    "supervisor",
    "caseworker",
    "child_protection_officer",
    "protection_officer",
    "panel_member",
    "partner",
    "complaints_officer",
    "monitor",
]
FLAGS = [
    "child",
    "unaccompanied_child",
    "fear_of_return",
    "no_safe_place",
    "health_emergency",
    "trafficking",
    "violence",
    "self_harm",
]
THINGS = ["case", "need", "referral", "follow_up", "complaint"]
TASKS = ["distress", "disclosure", "guardian", "call_back", "unreachable", "answer"]


def _allow(table: str, column: str, check: str, codes: list[str]) -> None:
    """A column of codes is guarded by a CHECK: another list means another check."""
    listed = ", ".join(f"'{code}'" for code in codes)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_{check}"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_{check}"), f"{column} IN ({listed})")


def upgrade() -> None:
    _allow("staff_member", "role", "role", [*ROLES, "child_protection_lead"])
    _allow("flag", "kind", "flagkind", [*FLAGS, "torture", "statelessness", "serious_illness"])
    _allow("fact", "thing", "thing", [*THINGS, "override"])
    _allow(
        "task",
        "kind",
        "taskkind",
        [*TASKS, "protection", "override", "child_visit", "return_halted", "best_interests", "not_in_interests"],
    )
    op.create_table(
        "case_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "self",
                "spouse",
                "child",
                "parent",
                "sibling",
                "other_relative",
                "not_related",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "age",
            sa.Enum("adult", "child", "unsure", name="age", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "company",
            sa.Enum(
                "with_parent",
                "separated",
                "unaccompanied",
                "unverified",
                name="company",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("travels", sa.Boolean(), nullable=False),
        sa.Column("details", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["staff_member.id"], name=op.f("fk_case_person_added_by_staff_member")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_person_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_person")),
    )
    with op.batch_alter_table("case_person", schema=None) as batch_op:
        batch_op.create_index("ix_case_person_case_id", ["case_id"], unique=False)
        batch_op.create_index(
            "uq_case_person_self",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("relation = 'self'"),
            postgresql_where=sa.text("relation = 'self'"),
        )

    op.create_table(
        "gate_passage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "draft",
                "assessed",
                "determined",
                "arranged",
                "cleared",
                "departed",
                "arrived",
                "handed_over",
                "halted",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rules_version", sa.String(length=16), nullable=False),
        sa.Column(
            "findings", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("unmet_blocking", sa.Integer(), nullable=False),
        sa.Column("overridden", sa.Integer(), nullable=False),
        sa.Column("passed_by", sa.Uuid(), nullable=False),
        sa.Column("passed_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unmet_blocking = 0", name=op.f("ck_gate_passage_nothing_blocked")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_gate_passage_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["passed_by"], ["staff_member.id"], name=op.f("fk_gate_passage_passed_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_passage")),
    )
    with op.batch_alter_table("gate_passage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gate_passage_case_id"), ["case_id"], unique=False)

    op.create_table(
        "best_interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column(
            "trigger",
            sa.Enum(
                "durable_solution",
                "temporary_care",
                "separation_from_parents",
                "unresolved_custody",
                "new_facts",
                name="bidtrigger",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "opened", "reported", "decided", name="bidstate", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("report", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column("reported_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "decision",
            sa.Enum(
                "return",
                "stay",
                "third_country",
                "reunification_elsewhere",
                "deferred",
                "more_information",
                name="biddecision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reasons", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("child_informed_on", sa.Date(), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'decided') = (decision IS NOT NULL)", name=op.f("ck_best_interests_decided_something")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (reasons IS NULL)", name=op.f("ck_best_interests_decided_with_reasons")
        ),
        sa.CheckConstraint(
            "(report IS NULL) = (reported_by IS NULL)", name=op.f("ck_best_interests_reported_by_someone")
        ),
        sa.CheckConstraint(
            "state = 'opened' OR report IS NOT NULL", name=op.f("ck_best_interests_decided_on_a_report")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_by IS NULL)", name=op.f("ck_best_interests_decided_by_someone")
        ),
        sa.ForeignKeyConstraint(["about_id"], ["case_person.id"], name=op.f("fk_best_interests_about_id_case_person")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_best_interests_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_member.id"], name=op.f("fk_best_interests_decided_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["staff_member.id"], name=op.f("fk_best_interests_opened_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["staff_member.id"], name=op.f("fk_best_interests_reported_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by"], ["best_interests.id"], name=op.f("fk_best_interests_replaced_by_best_interests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_best_interests")),
    )
    with op.batch_alter_table("best_interests", schema=None) as batch_op:
        batch_op.create_index("ix_best_interests_about_id", ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_best_interests_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_best_interests_live",
            ["about_id"],
            unique=True,
            sqlite_where=sa.text("state != 'decided'"),
            postgresql_where=sa.text("state != 'decided'"),
        )

    op.create_table(
        "case_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="recordkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "coded", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("words", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("replaced_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["about_id"], ["case_person.id"], name=op.f("fk_case_record_about_id_case_person")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_record_case_id_case_file")),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_case_record_made_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
    )
    with op.batch_alter_table("case_record", schema=None) as batch_op:
        batch_op.create_index("ix_case_record_case_id", ["case_id"], unique=False)
        batch_op.create_index(
            "uq_case_record_in_force",
            ["about_id", "kind", "slot"],
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        )

    op.create_table(
        "return_journey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "return_type",
            sa.Enum(
                "spontaneous",
                "assisted_voluntary",
                "assisted_obliged",
                "forced_escorted",
                "forced_unescorted",
                "readmission_agreement",
                "humanitarian_evacuation",
                "unknown",
                name="returntype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "step",
            sa.Enum(
                "draft",
                "assessed",
                "determined",
                "arranged",
                "cleared",
                "departed",
                "arrived",
                "handed_over",
                "halted",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("passage_id", sa.Uuid(), nullable=True),
        sa.Column("begun_by", sa.Uuid(), nullable=False),
        sa.Column("begun_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("arranged_by", sa.Uuid(), nullable=True),
        sa.Column("cleared_by", sa.Uuid(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("departed_on", sa.Date(), nullable=True),
        sa.Column("arrived_on", sa.Date(), nullable=True),
        sa.Column(
            "halted_for",
            sa.Enum(
                "consent_withdrawn",
                "protection",
                "not_in_best_interests",
                "remedy_succeeded",
                "arrangements_failed",
                "other",
                name="haltreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("halted_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(step = 'halted') = (halted_for IS NOT NULL)", name=op.f("ck_return_journey_halted_for_a_reason")
        ),
        sa.CheckConstraint(
            "step != 'handed_over' OR departed_on IS NOT NULL", name=op.f("ck_return_journey_departed_before_handover")
        ),
        sa.CheckConstraint(
            "step IN ('draft', 'halted') OR passage_id IS NOT NULL", name=op.f("ck_return_journey_passed_the_gates")
        ),
        sa.CheckConstraint(
            "step NOT IN ('cleared', 'departed', 'arrived', 'handed_over') OR cleared_by IS NOT NULL",
            name=op.f("ck_return_journey_cleared_by_someone"),
        ),
        sa.CheckConstraint(
            "cleared_by IS NULL OR cleared_by != arranged_by", name=op.f("ck_return_journey_cleared_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["arranged_by"], ["staff_member.id"], name=op.f("fk_return_journey_arranged_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["begun_by"], ["staff_member.id"], name=op.f("fk_return_journey_begun_by_staff_member")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_return_journey_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["cleared_by"], ["staff_member.id"], name=op.f("fk_return_journey_cleared_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["gate_passage.id"], name=op.f("fk_return_journey_passage_id_gate_passage")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_journey")),
    )
    with op.batch_alter_table("return_journey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_journey_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_return_journey_live",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("step NOT IN ('handed_over', 'halted')"),
            postgresql_where=sa.text("step NOT IN ('handed_over', 'halted')"),
        )

    op.create_table(
        "gate_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("journey_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("rules_version", sa.String(length=16), nullable=False),
        sa.Column("reason", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_gate_override_confirmed_by_someone")
        ),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by != asked_by", name=op.f("ck_gate_override_confirmed_by_another")
        ),
        sa.ForeignKeyConstraint(["about_id"], ["case_person.id"], name=op.f("fk_gate_override_about_id_case_person")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"], name=op.f("fk_gate_override_asked_by_staff_member")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_gate_override_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["staff_member.id"], name=op.f("fk_gate_override_confirmed_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["journey_id"], ["return_journey.id"], name=op.f("fk_gate_override_journey_id_return_journey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_override")),
    )
    with op.batch_alter_table("gate_override", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gate_override_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_gate_override_journey_id_about_id_rule", ["journey_id", "about_id", "rule"], unique=True
        )

    op.create_table(
        "panel_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("best_interests_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "body",
            sa.Enum(
                "child_protection",
                "social_services",
                "justice",
                "health_or_education",
                "un_or_ngo",
                "migration_authority",
                name="panelbody",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seated_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("has_conflict", sa.Boolean(), nullable=True),
        sa.Column("declared_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "opinion",
            sa.Enum(
                "return",
                "stay",
                "third_country",
                "reunification_elsewhere",
                "deferred",
                "more_information",
                name="biddecision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("given_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "opinion IS NULL OR has_conflict = false", name=op.f("ck_panel_member_no_opinion_with_a_conflict")
        ),
        sa.CheckConstraint("(opinion IS NULL) = (note IS NULL)", name=op.f("ck_panel_member_opinion_with_reasons")),
        sa.ForeignKeyConstraint(
            ["best_interests_id"], ["best_interests.id"], name=op.f("fk_panel_member_best_interests_id_best_interests")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_panel_member_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_member")),
    )
    with op.batch_alter_table("panel_member", schema=None) as batch_op:
        batch_op.create_index(
            "uq_panel_member_best_interests_id_staff_id", ["best_interests_id", "staff_id"], unique=True
        )

    op.create_table(
        "return_leg",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("journey_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "air_scheduled",
                "air_charter",
                "land",
                "sea",
                name="travelmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column(
            "escort_role",
            sa.Enum(
                "parent",
                "legal_guardian",
                "specialised_official",
                name="escortrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("words", foundation.sealing.SealedColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["journey_id"], ["return_journey.id"], name=op.f("fk_return_leg_journey_id_return_journey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_leg")),
    )
    with op.batch_alter_table("return_leg", schema=None) as batch_op:
        batch_op.create_index("uq_return_leg_journey_id_position", ["journey_id", "position"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("return_leg", schema=None) as batch_op:
        batch_op.drop_index("uq_return_leg_journey_id_position")

    op.drop_table("return_leg")
    with op.batch_alter_table("panel_member", schema=None) as batch_op:
        batch_op.drop_index("uq_panel_member_best_interests_id_staff_id")

    op.drop_table("panel_member")
    with op.batch_alter_table("gate_override", schema=None) as batch_op:
        batch_op.drop_index("uq_gate_override_journey_id_about_id_rule")
        batch_op.drop_index(batch_op.f("ix_gate_override_case_id"))

    op.drop_table("gate_override")
    with op.batch_alter_table("return_journey", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_return_journey_live",
            sqlite_where=sa.text("step NOT IN ('handed_over', 'halted')"),
            postgresql_where=sa.text("step NOT IN ('handed_over', 'halted')"),
        )
        batch_op.drop_index(batch_op.f("ix_return_journey_case_id"))

    op.drop_table("return_journey")
    with op.batch_alter_table("case_record", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_case_record_in_force",
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        )
        batch_op.drop_index("ix_case_record_case_id")

    op.drop_table("case_record")
    with op.batch_alter_table("best_interests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_best_interests_live",
            sqlite_where=sa.text("state != 'decided'"),
            postgresql_where=sa.text("state != 'decided'"),
        )
        batch_op.drop_index(batch_op.f("ix_best_interests_case_id"))
        batch_op.drop_index("ix_best_interests_about_id")

    op.drop_table("best_interests")
    with op.batch_alter_table("gate_passage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gate_passage_case_id"))

    op.drop_table("gate_passage")
    with op.batch_alter_table("case_person", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_case_person_self",
            sqlite_where=sa.text("relation = 'self'"),
            postgresql_where=sa.text("relation = 'self'"),
        )
        batch_op.drop_index("ix_case_person_case_id")

    op.drop_table("case_person")
    _allow("task", "kind", "taskkind", TASKS)
    _allow("fact", "thing", "thing", THINGS)
    _allow("flag", "kind", "flagkind", FLAGS)
    _allow("staff_member", "role", "role", ROLES)
