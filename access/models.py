"""Tables of accounts: organisations, their staff, second factors, sessions, tokens, counters that throttle guessing."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from access.rules import Role
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn


class OrganisationKind(StrEnum):
    OPERATOR = "operator"
    PARTNER = "partner"
    MONITOR = "monitor"


class Organisation(Base):
    __tablename__ = "organisation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[OrganisationKind] = mapped_column(codes(OrganisationKind))


class StaffMember(Base):
    __tablename__ = "staff_member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(codes(Role))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    team: Mapped[str | None]
    language: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    organisation: Mapped[Organisation] = relationship(lazy="raise")


class StaffSession(Base):
    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    """Names the session to its owner; it opens nothing."""
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"), index=True)
    csrf_token: Mapped[str]
    device: Mapped[str] = mapped_column(String(40))
    """Browser and system as two codes, such as `firefox.windows`; empty: not known. Never an address."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    """When the password was last given in this session."""
    proven_at: Mapped[datetime | None]
    """When the second factor was passed; None: it was not."""
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What a passkey is to sign next; used once."""
    challenge_at: Mapped[datetime | None]


class AuthenticatorApp(Base):
    """An app that shows one-time codes. `pending` becomes `secret` once a code of it was given."""

    __tablename__ = "authenticator_app"
    __table_args__ = (CheckConstraint("(secret IS NULL) = (enrolled_at IS NULL)", name="enrolled_with_a_secret"),)

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    secret: Mapped[Sealed | None] = mapped_column(SealedColumn)
    pending: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Both: base32 str, sealed with the key of the house."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The half minute of the last code that was taken; no code of it or before is taken again."""
    enrolled_at: Mapped[datetime | None]


class Passkey(Base):
    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once. Kept as a keyed fingerprint."""

    __tablename__ = "recovery_code"

    code_fingerprint: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"), index=True)
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """Lets a program act for a member of staff, with no more than the permissions named. Only a hash of it is kept."""

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    permissions: Mapped[list[str]]
    """Codes of `Permission`; one that is no longer known grants nothing."""
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiAnswer(Base):
    """What a change by a program was answered, for the case that it is asked again under the same key."""

    __tablename__ = "api_answer"
    __table_args__ = (CheckConstraint("(status IS NULL) = (answer IS NULL)", name="answered_whole"),)

    token_id: Mapped[UUID] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    begun_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    """HTTP; None: it is still being answered, or the answer was lost in a crash."""
    answer: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Media type and text. Sealed with the token, which is not kept: only whoever sends it again can open this."""


class SignInFailures(Base):
    """Failed sign-ins of one account or one network address, as a hash; forgotten after the window."""

    __tablename__ = "sign_in_failures"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime]
