"""Vacancies and courses, what fits whom, what came of it, and the codes of work that they are matched by."""

import sqlalchemy as sa
from alembic import op

import cases.money
import foundation.database

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "matching_run",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", sa.Uuid(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "part", name=op.f("pk_matching_run")),
    )
    op.create_table(
        "course",
        sa.Column(
            "kind",
            sa.Enum(
                "vacancy",
                "course",
                "job_fair",
                name="openingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("field", sa.String(length=2), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("cost", cases.money.Amount(), nullable=True),
        sa.Column("stipend", cases.money.Amount(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("for_anyone", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=True),
        sa.Column("languages", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("places_left", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("apply_until", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open", "closed", "expired", name="openingstatus", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("entered_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind != 'vacancy'", name=op.f("ck_course_no_vacancy")),
        sa.CheckConstraint("places_left IS NULL OR places_left >= 0", name=op.f("ck_course_no_fewer_than_none")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_course_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_course_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.create_index("ix_course_country_kind", ["country", "kind"], unique=False)
        batch_op.create_index("ix_course_status_apply_until", ["status", "apply_until"], unique=False)
        batch_op.create_index("uq_course_organisation_id_reference", ["organisation_id", "reference"], unique=True)

    op.create_table(
        "vacancy",
        sa.Column("isco", sa.String(length=4), nullable=False),
        sa.Column("isco_group", sa.String(length=2), nullable=False),
        sa.Column("wage_from", cases.money.Amount(), nullable=True),
        sa.Column("wage_to", cases.money.Amount(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column(
            "period",
            sa.Enum(
                "hour",
                "day",
                "week",
                "month",
                "year",
                name="wageperiod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("monthly", cases.money.Amount(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column(
            "contract",
            sa.Enum(
                "permanent",
                "fixed_term",
                "seasonal",
                "casual",
                "apprenticeship",
                name="contract",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("employer", sa.String(), nullable=False),
        sa.Column("vetted_by", sa.Uuid(), nullable=True),
        sa.Column("vetted_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("vetted_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=True),
        sa.Column("languages", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("places_left", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("apply_until", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open", "closed", "expired", name="openingstatus", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("entered_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(vetted_at IS NULL) = (vetted_until IS NULL)", name=op.f("ck_vacancy_vetted_for_some_time")
        ),
        sa.CheckConstraint("places_left IS NULL OR places_left >= 0", name=op.f("ck_vacancy_no_fewer_than_none")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_vacancy_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_vacancy_service_id_service")),
        sa.ForeignKeyConstraint(["vetted_by"], ["staff_member.id"], name=op.f("fk_vacancy_vetted_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancy")),
    )
    with op.batch_alter_table("vacancy", schema=None) as batch_op:
        batch_op.create_index("ix_vacancy_country_isco_group", ["country", "isco_group"], unique=False)
        batch_op.create_index("ix_vacancy_status_apply_until", ["status", "apply_until"], unique=False)
        batch_op.create_index("uq_vacancy_organisation_id_reference", ["organisation_id", "reference"], unique=True)

    op.create_table(
        "course_occupation",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("isco", sa.String(length=4), nullable=False),
        sa.Column("isco_group", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_occupation_course_id_course")),
        sa.PrimaryKeyConstraint("course_id", "isco", name=op.f("pk_course_occupation")),
    )
    with op.batch_alter_table("course_occupation", schema=None) as batch_op:
        batch_op.create_index("ix_course_occupation_isco_group", ["isco_group"], unique=False)

    op.create_table(
        "opening_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("vacancy_id", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "suggested",
                "told",
                "interested",
                "not_interested",
                "applied",
                "interview",
                "offered",
                "started",
                "stayed_3",
                "stayed_6",
                "enrolled",
                "attended",
                "completed",
                "certified",
                "ended",
                "dropped_out",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "not_chosen",
                "filled",
                "contract_ended",
                "better_work",
                "conditions",
                "dismissed",
                "health",
                "family",
                "distance",
                "moved_away",
                "other",
                name="endreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("noted_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(outcome IN ('ended', 'dropped_out')) = (reason IS NOT NULL)",
            name=op.f("ck_opening_outcome_an_end_has_a_reason"),
        ),
        sa.CheckConstraint(
            "(vacancy_id IS NULL) != (course_id IS NULL)", name=op.f("ck_opening_outcome_a_vacancy_or_a_course")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_opening_outcome_case_id_case_file")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_opening_outcome_course_id_course")),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["staff_member.id"], name=op.f("fk_opening_outcome_noted_by_staff_member")
        ),
        sa.ForeignKeyConstraint(["vacancy_id"], ["vacancy.id"], name=op.f("fk_opening_outcome_vacancy_id_vacancy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_outcome")),
    )
    with op.batch_alter_table("opening_outcome", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opening_outcome_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opening_outcome_vacancy_id"), ["vacancy_id"], unique=False)
        batch_op.create_index("uq_opening_outcome_case_id_course_id", ["case_id", "course_id"], unique=True)
        batch_op.create_index("uq_opening_outcome_case_id_vacancy_id", ["case_id", "vacancy_id"], unique=True)

    op.create_table(
        "work_code",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "done", "wanted", "entered", name="codeorigin", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_work_code_case_id_case_file")),
        sa.PrimaryKeyConstraint("case_id", "scheme", "code", "origin", name=op.f("pk_work_code")),
    )
    op.create_table(
        "opening_match",
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "vacancy",
                "course",
                "job_fair",
                name="openingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "need_kind",
            sa.Enum(
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
                name="needkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("vacancy_id", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("nearness", sa.Integer(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("speaks", sa.Boolean(), nullable=False),
        sa.Column("level_known", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(vacancy_id IS NULL) != (course_id IS NULL)", name=op.f("ck_opening_match_a_vacancy_or_a_course")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_opening_match_case_id_case_file")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_opening_match_course_id_course")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_opening_match_need_id_need")),
        sa.ForeignKeyConstraint(["vacancy_id"], ["vacancy.id"], name=op.f("fk_opening_match_vacancy_id_vacancy")),
        sa.PrimaryKeyConstraint("need_id", "kind", "rank", name=op.f("pk_opening_match")),
    )
    with op.batch_alter_table("opening_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opening_match_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opening_match_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opening_match_vacancy_id"), ["vacancy_id"], unique=False)


def downgrade() -> None:
    for table in (
        "opening_match",
        "work_code",
        "opening_outcome",
        "course_occupation",
        "vacancy",
        "course",
        "matching_run",
    ):
        op.drop_table(table)
