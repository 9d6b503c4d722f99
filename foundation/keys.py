"""Where keys are kept: a data key per person, one instance key for fingerprints, both wrapped by the master key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from foundation import clock
from foundation.database import Base
from foundation.errors import NotFound
from foundation.language import _
from foundation.sealing import KeyRing, SubjectKey, WrappedKey, WrongKey, keyed_fingerprint, new_secret

FINGERPRINTS = "fingerprints"
HOUSE = "house"
"""Names of instance keys: behind fingerprints; and for secrets of the house's own, that belong to no person."""
HOUSE_ID = UUID(int=0)


class StoredSubjectKey(Base):
    """One row a person. Deleting it is the erasure: nothing sealed for them can be opened again."""

    __tablename__ = "subject_key"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    master_id: Mapped[str] = mapped_column(index=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class InstanceKey(Base):
    """A key of this installation, such as the one behind fingerprints. Also shows whether the master key is right."""

    __tablename__ = "instance_key"

    name: Mapped[str] = mapped_column(primary_key=True)
    master_id: Mapped[str]
    box: Mapped[bytes] = mapped_column(LargeBinary)


def create_subject(session: AsyncSession, subject_id: UUID) -> SubjectKey:
    """A new data key for a new person; stored with the transaction."""
    secret = new_secret()
    wrapped = key_ring(session).wrap(str(subject_id), secret)
    session.add(
        StoredSubjectKey(subject_id=subject_id, master_id=wrapped.master_id, box=wrapped.box, created_at=clock.now())
    )
    return remember(session, SubjectKey(subject_id, secret))


async def open_subject(session: AsyncSession, subject_id: UUID) -> SubjectKey:
    """The person's key. Raises NotFound once the person is erased."""
    known = _open_keys(session).get(subject_id)
    if known is not None:
        return known
    stored = await session.get(StoredSubjectKey, subject_id)
    if stored is None:
        raise NotFound(_("This person's data has been erased."))
    return unwrap_subject(session, stored)


def unwrap_subject(session: AsyncSession, stored: StoredSubjectKey) -> SubjectKey:
    return unwrap_key(session, stored.subject_id, stored.master_id, stored.box)


def unwrap_key(session: AsyncSession, subject_id: UUID, master_id: str, box: bytes) -> SubjectKey:
    """The key of a person whose row of `subject_key` another statement has read."""
    secret = key_ring(session).unwrap(str(subject_id), WrappedKey(master_id, box))
    return remember(session, SubjectKey(subject_id, secret))


async def open_subjects(session: AsyncSession, subject_ids: list[UUID]) -> dict[UUID, SubjectKey]:
    """The keys of many people in one query; the erased are simply absent."""
    rows = await session.scalars(select(StoredSubjectKey).where(StoredSubjectKey.subject_id.in_(subject_ids)))
    return {stored.subject_id: unwrap_subject(session, stored) for stored in rows}


async def shred(session: AsyncSession, subject_id: UUID) -> bool:
    """Destroy a person's key. True if there was one."""
    _open_keys(session).pop(subject_id, None)
    shredded = await session.scalar(
        delete(StoredSubjectKey).where(StoredSubjectKey.subject_id == subject_id).returning(StoredSubjectKey.subject_id)
    )
    return shredded is not None


async def fingerprint(session: AsyncSession, purpose: str, text: str) -> str:
    """A keyed fingerprint of this installation, for finding a row by a value that is itself sealed."""
    return keyed_fingerprint(await _fingerprint_secret(session), purpose, text)


async def _fingerprint_secret(session: AsyncSession) -> bytes:
    ring = key_ring(session)
    if ring.fingerprint_secret is not None:
        return ring.fingerprint_secret
    stored = await session.get(InstanceKey, FINGERPRINTS)
    if stored is None:
        # Not remembered yet: this transaction may still be rolled back.
        return await _create_instance_secret(session, FINGERPRINTS)
    # Kept for the life of the process: it never changes, and saves a query a turn.
    ring.fingerprint_secret = ring.unwrap(FINGERPRINTS, WrappedKey(stored.master_id, stored.box))
    return ring.fingerprint_secret


async def open_house(session: AsyncSession) -> SubjectKey:
    """The key that seals what belongs to the house itself, such as what a member of staff signs in with."""
    stored = await session.get(InstanceKey, HOUSE)
    if stored is None:
        return SubjectKey(HOUSE_ID, await _create_instance_secret(session, HOUSE))
    return SubjectKey(HOUSE_ID, key_ring(session).unwrap(HOUSE, WrappedKey(stored.master_id, stored.box)))


async def _create_instance_secret(session: AsyncSession, name: str) -> bytes:
    secret = new_secret()
    wrapped = key_ring(session).wrap(name, secret)
    session.add(InstanceKey(name=name, master_id=wrapped.master_id, box=wrapped.box))
    await session.flush()
    return secret


async def check_master_key(session: AsyncSession) -> None:
    """Raises WrongKey if the configured master keys do not open this database. Makes the instance keys of a new one."""
    try:
        await _fingerprint_secret(session)
        await open_house(session)
    except WrongKey as error:
        raise WrongKey(f"HOMEWARD_MASTER_KEYS does not fit this database; nothing was changed: {error}") from None


async def rewrap_some(session: AsyncSession, limit: int = 500) -> int:
    """Wrap up to `limit` keys with the current master key; returns how many were left to do before."""
    ring = key_ring(session)
    stale = StoredSubjectKey.master_id != ring.current_id
    left = await session.scalar(select(func.count()).select_from(StoredSubjectKey).where(stale)) or 0
    for stored in await session.scalars(select(StoredSubjectKey).where(stale).limit(limit).with_for_update()):
        owner = str(stored.subject_id)
        wrapped = ring.wrap(owner, ring.unwrap(owner, WrappedKey(stored.master_id, stored.box)))
        stored.master_id, stored.box = wrapped.master_id, wrapped.box
    await _rewrap_instance_keys(session, ring)
    return left


async def _rewrap_instance_keys(session: AsyncSession, ring: KeyRing) -> None:
    for stored in await session.scalars(select(InstanceKey).where(InstanceKey.master_id != ring.current_id)):
        wrapped = ring.wrap(stored.name, ring.unwrap(stored.name, WrappedKey(stored.master_id, stored.box)))
        await session.execute(
            update(InstanceKey)
            .where(InstanceKey.name == stored.name)
            .values(master_id=wrapped.master_id, box=wrapped.box)
        )


def key_ring(session: AsyncSession) -> KeyRing:
    ring = session.info["keys"]
    if not isinstance(ring, KeyRing):
        raise TypeError("a session of the house carries the key ring")
    return ring


def remember(session: AsyncSession, key: SubjectKey) -> SubjectKey:
    _open_keys(session)[key.subject_id] = key
    return key


def _open_keys(session: AsyncSession) -> dict[UUID, SubjectKey]:
    keys: dict[UUID, SubjectKey] = session.info.setdefault("subject_keys", {})
    return keys
