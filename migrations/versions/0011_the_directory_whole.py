"""Every row of the services directory, in the tables of HSDS 3.0; for whom a service is, and where. An import fills it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import foundation.database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = foundation.database.UtcDateTime(timezone=True)
KINDS = sa.Enum(
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
    name="servicekind",
    native_enum=False,
    create_constraint=True,
    length=40,
)


def upgrade() -> None:
    op.create_table(
        "directory_record",
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("nested", JSON, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("table", "id", name=op.f("pk_directory_record")),
    )
    with op.batch_alter_table("service") as batch_op:
        for name in ("criteria", "first_for"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("is_free", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("places_left", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("places_at", MOMENT, nullable=True))
        for name in ("finished", "completed"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("service") as batch_op:
        for name in ("criteria", "first_for", "finished", "completed"):
            batch_op.alter_column(name, server_default=None)
    _count_finished()
    op.create_table(
        "service_reach",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_reach_service_id_service")),
        sa.PrimaryKeyConstraint("service_id", "country", "area", name=op.f("pk_service_reach")),
    )
    with op.batch_alter_table("service_reach") as batch_op:
        batch_op.create_index("ix_service_reach_kind_country_area", ["kind", "country", "area"], unique=False)
    _fill_reach()


def _count_finished() -> None:
    for name, states in (("finished", "'completed', 'unsuccessful'"), ("completed", "'completed'")):
        ended = f"SELECT count(*) FROM referral WHERE service_id = service.id AND state IN ({states})"  # noqa: S608
        op.execute(f"UPDATE service SET {name} = ({ended})")  # noqa: S608


def _fill_reach() -> None:
    services = sa.table("service", sa.column("id", sa.Uuid()), sa.column("kind"), sa.column("areas", JSON))
    columns = (sa.column("service_id", sa.Uuid()), sa.column("country"), sa.column("area"), sa.column("kind"))
    reach = sa.table("service_reach", *columns)
    rows = [
        {
            "service_id": service.id,
            "country": code.partition(":")[0],
            "area": code.partition(":")[2],
            "kind": service.kind,
        }
        for service in op.get_bind().execute(sa.select(services))
        for code in service.areas
    ]
    if rows:
        op.bulk_insert(reach, rows)


def downgrade() -> None:
    with op.batch_alter_table("service_reach") as batch_op:
        batch_op.drop_index("ix_service_reach_kind_country_area")
    op.drop_table("service_reach")
    with op.batch_alter_table("service") as batch_op:
        for name in ("completed", "finished", "places_at", "places_left", "is_free", "first_for", "criteria"):
            batch_op.drop_column(name)
    op.drop_table("directory_record")
