"""Tables of vacancies and courses, of what fits whom, and of what came of it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, and_, or_
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from access.models import Organisation
from cases.money import Amount
from cases.rules import NeedKind
from foundation import clock
from foundation.database import Base, codes
from referrals.models import Service
from referrals.opening_rules import Contract, EndReason, OpeningKind, OpeningStatus, Outcome, WagePeriod


class OpeningColumns:
    """What a vacancy and a course have in common."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    """Through which a person is referred to it; None: whoever tells the person sends them there."""
    reference: Mapped[str] = mapped_column(String(40))
    """The organisation's own name for it: an import finds by it what is known already."""
    title: Mapped[str]
    country: Mapped[str] = mapped_column(String(8))
    area: Mapped[str | None] = mapped_column(String(40))
    """A code of the arrival form; None: the whole country."""
    languages: Mapped[str]
    """Codes with a blank before, between and behind, so that ` fr ` is looked for; blank: any."""
    level: Mapped[int | None]
    """The least level of education, of ISCED 2011; None: none is asked for."""
    places: Mapped[int | None]
    places_left: Mapped[int | None]
    """None: nobody counts them."""
    starts_on: Mapped[date | None]
    apply_until: Mapped[date]
    status: Mapped[OpeningStatus] = mapped_column(codes(OpeningStatus))
    entered_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @declared_attr
    def organisation(self) -> Mapped[Organisation]:
        return relationship(lazy="raise")

    @declared_attr
    def service(self) -> Mapped[Service | None]:
        return relationship(lazy="raise")

    @property
    def language_codes(self) -> list[str]:
        return self.languages.split()


class Vacancy(OpeningColumns, Base):
    __tablename__ = "vacancy"
    __table_args__ = (
        Index("uq_vacancy_organisation_id_reference", "organisation_id", "reference", unique=True),
        Index("ix_vacancy_country_isco_group", "country", "isco_group"),
        Index("ix_vacancy_status_apply_until", "status", "apply_until"),
        CheckConstraint("places_left IS NULL OR places_left >= 0", name="no_fewer_than_none"),
        CheckConstraint("(vetted_at IS NULL) = (vetted_until IS NULL)", name="vetted_for_some_time"),
    )

    isco: Mapped[str] = mapped_column(String(4))
    """A unit group of ISCO-08, four digits."""
    isco_group: Mapped[str] = mapped_column(String(2))
    """Its sub-major group: the first two."""
    wage_from: Mapped[Decimal | None] = mapped_column(Amount)
    wage_to: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str | None] = mapped_column(String(3))
    period: Mapped[WagePeriod | None] = mapped_column(codes(WagePeriod))
    monthly: Mapped[Decimal | None] = mapped_column(Amount)
    """The least wage a month, to put vacancies in order; None if it is not paid in the country's own currency."""
    hours: Mapped[int | None]
    """A week."""
    contract: Mapped[Contract] = mapped_column(codes(Contract))
    employer: Mapped[str]
    vetted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    vetted_at: Mapped[datetime | None]
    vetted_until: Mapped[date | None]

    @property
    def kind(self) -> OpeningKind:
        return OpeningKind.VACANCY

    @property
    def is_vetted(self) -> bool:
        return self.vetted_until is not None and self.vetted_until >= clock.today()


class Course(OpeningColumns, Base):
    """A course, or a job fair."""

    __tablename__ = "course"
    __table_args__ = (
        Index("uq_course_organisation_id_reference", "organisation_id", "reference", unique=True),
        Index("ix_course_country_kind", "country", "kind"),
        Index("ix_course_status_apply_until", "status", "apply_until"),
        CheckConstraint("places_left IS NULL OR places_left >= 0", name="no_fewer_than_none"),
        CheckConstraint("kind != 'vacancy'", name="no_vacancy"),
    )

    kind: Mapped[OpeningKind] = mapped_column(codes(OpeningKind))
    field: Mapped[str] = mapped_column(String(2))
    """A broad field of ISCED-F 2013."""
    ends_on: Mapped[date | None]
    certificate: Mapped[str]
    """What it ends with; empty: none."""
    cost: Mapped[Decimal | None] = mapped_column(Amount)
    """None: free of charge."""
    stipend: Mapped[Decimal | None] = mapped_column(Amount)
    """A month; None: none."""
    currency: Mapped[str | None] = mapped_column(String(3))
    for_anyone: Mapped[bool]
    """It leads to no occupation in particular."""
    occupations: Mapped[list["CourseOccupation"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CourseOccupation.isco"
    )


class CourseOccupation(Base):
    """What a course leads to, by ISCO-08: four digits, or a group of three or two."""

    __tablename__ = "course_occupation"
    __table_args__ = (Index("ix_course_occupation_isco_group", "isco_group"),)

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id"), primary_key=True)
    isco: Mapped[str] = mapped_column(String(4), primary_key=True)
    isco_group: Mapped[str] = mapped_column(String(2))


Opening = Vacancy | Course


def one_of(vacancy: Vacancy | None, course: Course | None) -> Opening:
    """The database says that it is one or the other."""
    found = vacancy or course
    if found is None:
        raise LookupError("neither a vacancy nor a course")
    return found


def _one_of_both() -> CheckConstraint:
    return CheckConstraint("(vacancy_id IS NULL) != (course_id IS NULL)", name="a_vacancy_or_a_course")


class OpeningMatch(Base):
    """What fits an open need, best first, as the last matching found it. Codes alone: no answer stands here."""

    __tablename__ = "opening_match"
    __table_args__ = (_one_of_both(),)

    need_id: Mapped[UUID] = mapped_column(ForeignKey("need.id"), primary_key=True)
    kind: Mapped[OpeningKind] = mapped_column(codes(OpeningKind), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    need_kind: Mapped[NeedKind] = mapped_column(codes(NeedKind))
    vacancy_id: Mapped[UUID | None] = mapped_column(ForeignKey("vacancy.id"), index=True)
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id"), index=True)
    nearness: Mapped[int]
    """0: the same occupation, 1: close to it, 2: related, 3: for anyone; see `referrals.opening_matching`."""
    distance: Mapped[int]
    """0: in the person's area, 1: in the whole country, 2: in another area, or theirs is not known."""
    speaks: Mapped[bool]
    level_known: Mapped[bool]
    """False: it asks for a level of education, and nobody has asked the person for theirs."""
    vacancy: Mapped[Vacancy | None] = relationship(lazy="raise")
    course: Mapped[Course | None] = relationship(lazy="raise")

    @property
    def opening(self) -> Opening:
        return one_of(self.vacancy, self.course)


class MatchingRun(Base):
    """That a part of all needs was matched on a day. A part is named by the id that its cases begin at."""

    __tablename__ = "matching_run"

    day: Mapped[date] = mapped_column(primary_key=True)
    part: Mapped[UUID] = mapped_column(primary_key=True)
    matches: Mapped[int]
    at: Mapped[datetime]


class OpeningOutcome(Base):
    """How far a person is with a vacancy or a course."""

    __tablename__ = "opening_outcome"
    __table_args__ = (
        Index("uq_opening_outcome_case_id_vacancy_id", "case_id", "vacancy_id", unique=True),
        Index("uq_opening_outcome_case_id_course_id", "case_id", "course_id", unique=True),
        _one_of_both(),
        CheckConstraint("(outcome IN ('ended', 'dropped_out')) = (reason IS NOT NULL)", name="an_end_has_a_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    vacancy_id: Mapped[UUID | None] = mapped_column(ForeignKey("vacancy.id"), index=True)
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id"), index=True)
    outcome: Mapped[Outcome] = mapped_column(codes(Outcome))
    reason: Mapped[EndReason | None] = mapped_column(codes(EndReason))
    started_on: Mapped[date | None]
    """The day on which a job or a course began for this person."""
    noted_at: Mapped[datetime]
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    vacancy: Mapped[Vacancy | None] = relationship(lazy="raise")
    course: Mapped[Course | None] = relationship(lazy="raise")

    @property
    def opening(self) -> Opening:
        return one_of(self.vacancy, self.course)


def is_offered(table: type[Vacancy] | type[Course]) -> ColumnElement[bool]:
    """It can be offered to someone today; a vacancy only if its employer is vetted."""
    today = clock.today()
    offered = and_(
        table.status == OpeningStatus.OPEN,
        table.apply_until >= today,
        or_(table.places_left.is_(None), table.places_left > 0),
    )
    return and_(offered, Vacancy.vetted_until >= today) if table is Vacancy else offered
