"""The conversation: files, tasks, complaints, follow-up, requests for forms, the PIN and the move to another phone."""

import sqlalchemy as sa
from alembic import op

import foundation.database
import foundation.sealing

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FLAGS = ["child", "unaccompanied_child", "fear_of_return", "no_safe_place", "health_emergency", "trafficking"]
THINGS = ["case", "need", "referral"]


def _allow(table: str, column: str, check: str, codes: list[str]) -> None:
    """A column of codes is guarded by a CHECK: another list means another check."""
    listed = ", ".join(f"'{code}'" for code in codes)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_{check}"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_{check}"), f"{column} IN ({listed})")


def upgrade() -> None:
    op.create_table(
        "form_media",
        sa.Column("sheet_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("channel_file_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sheet_id", "version"],
            ["published_sheet.sheet_id", "published_sheet.version"],
            name=op.f("fk_form_media_sheet_id_version_published_sheet"),
        ),
        sa.PrimaryKeyConstraint("sheet_id", "version", "name", name=op.f("pk_form_media")),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("code_fingerprint", sa.String(), nullable=False),
        sa.Column(
            "about",
            sa.Enum(
                "staff",
                "partner",
                "authority",
                "service",
                "exploitation",
                "data",
                "other",
                name="complaintabout",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=True),
        sa.Column("body", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "received",
                "acknowledged",
                "answered",
                "closed",
                name="complaintstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("acknowledge_by", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer_by", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.Column("answer", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["handled_by"], ["staff_member.id"], name=op.f("fk_complaint_handled_by_staff_member")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_complaint_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("code_fingerprint", name=op.f("uq_complaint_code_fingerprint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_person_id"), ["person_id"], unique=False)

    op.create_table(
        "phone_link",
        sa.Column("code_fingerprint", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["staff_member.id"], name=op.f("fk_phone_link_created_by_staff_member")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_phone_link_person_id_person")),
        sa.PrimaryKeyConstraint("code_fingerprint", name=op.f("pk_phone_link")),
    )
    with op.batch_alter_table("phone_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_link_person_id"), ["person_id"], unique=False)

    op.create_table(
        "call_back",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column(
            "at",
            sa.Enum(
                "morning",
                "afternoon",
                "evening",
                "any",
                name="calltime",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("safe_words", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("requested_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "spoken",
                "no_answer",
                "not_safe",
                name="calloutcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_call_back_case_id_case_file")),
        sa.ForeignKeyConstraint(["done_by"], ["staff_member.id"], name=op.f("fk_call_back_done_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
    )
    with op.batch_alter_table("call_back", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_back_case_id"), ["case_id"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "image", "voice", "document", name="filekind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("name", foundation.sealing.SealedColumn(), nullable=True),
        sa.Column("created_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("delete_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_stored_file_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_delete_at"), ["delete_at"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "distress",
                "disclosure",
                "guardian",
                "call_back",
                "unreachable",
                "answer",
                name="taskkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_task_done_by_someone")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_task_case_id_case_file")),
        sa.ForeignKeyConstraint(["done_by"], ["staff_member.id"], name=op.f("fk_task_done_by_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_done_at_due_at", ["done_at", "due_at"], unique=False)
        batch_op.create_index("uq_task_case_id_kind_reason", ["case_id", "kind", "reason"], unique=True)

    op.create_table(
        "follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "asked",
                "done",
                "refused",
                "unreachable",
                "closed",
                name="followupstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_follow_up_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_follow_up_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index("ix_follow_up_state_next_at", ["state", "next_at"], unique=False)
        batch_op.create_index("uq_follow_up_case_id_wave", ["case_id", "wave"], unique=True)

    op.create_table(
        "form_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", foundation.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_form_request_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["staff_member.id"], name=op.f("fk_form_request_requested_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_form_request_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_request")),
    )
    with op.batch_alter_table("form_request", schema=None) as batch_op:
        batch_op.create_index("ix_form_request_case_id_done_at", ["case_id", "done_at"], unique=False)

    op.create_table(
        "survey_result",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("follow_up_id", sa.Uuid(), nullable=True),
        sa.Column("instrument_version", sa.String(), nullable=False),
        sa.Column("weights_version", sa.String(), nullable=False),
        sa.Column("scores", foundation.sealing.SealedColumn(), nullable=False),
        sa.Column("scored_at", foundation.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_survey_result_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_up.id"], name=op.f("fk_survey_result_follow_up_id_follow_up")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_survey_result_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_survey_result")),
    )
    with op.batch_alter_table("survey_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_result_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unanswered_at", foundation.database.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_case_file_unanswered_at"), ["unanswered_at"], unique=False)

    with op.batch_alter_table("case_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("file_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_case_message_file_id_stored_file"), "stored_file", ["file_id"], ["id"]
        )

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pin_hash", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("pin_failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("pin_blocked_until", foundation.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("unlocked_until", foundation.database.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "given_by",
                sa.Enum("person", "guardian", name="givenby", native_enum=False, create_constraint=True, length=40),
                server_default="person",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("assented_at", foundation.database.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_as", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", foundation.database.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("filled_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("amends", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_submission_amends_submission"), "submission", ["amends"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_submission_filled_by_staff_member"), "staff_member", ["filled_by"], ["id"]
        )

    _allow("flag", "kind", "flagkind", [*FLAGS, "violence", "self_harm"])
    _allow("fact", "thing", "thing", [*THINGS, "follow_up", "complaint"])


def downgrade() -> None:
    _allow("fact", "thing", "thing", THINGS)
    _allow("flag", "kind", "flagkind", FLAGS)
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_submission_filled_by_staff_member"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_submission_amends_submission"), type_="foreignkey")
        batch_op.drop_column("amends")
        batch_op.drop_column("filled_by")
        batch_op.drop_column("reminded_at")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("sent_as")

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_consent_givenby"), type_="check")
        batch_op.drop_column("assented_at")
        batch_op.drop_column("given_by")

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_column("unlocked_until")
        batch_op.drop_column("pin_blocked_until")
        batch_op.drop_column("pin_failures")
        batch_op.drop_column("pin_hash")

    with op.batch_alter_table("case_message", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_case_message_file_id_stored_file"), type_="foreignkey")
        batch_op.drop_column("file_id")

    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_file_unanswered_at"))
        batch_op.drop_column("unanswered_at")

    with op.batch_alter_table("survey_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_result_case_id"))

    op.drop_table("survey_result")
    with op.batch_alter_table("form_request", schema=None) as batch_op:
        batch_op.drop_index("ix_form_request_case_id_done_at")

    op.drop_table("form_request")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index("uq_follow_up_case_id_wave")
        batch_op.drop_index("ix_follow_up_state_next_at")

    op.drop_table("follow_up")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("uq_task_case_id_kind_reason")
        batch_op.drop_index("ix_task_done_at_due_at")

    op.drop_table("task")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_delete_at"))
        batch_op.drop_index(batch_op.f("ix_stored_file_case_id"))

    op.drop_table("stored_file")
    with op.batch_alter_table("call_back", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_back_case_id"))

    op.drop_table("call_back")
    with op.batch_alter_table("phone_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_link_person_id"))

    op.drop_table("phone_link")
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_person_id"))

    op.drop_table("complaint")
    op.drop_table("form_media")
