"""A change asked for twice under one key is made once: a program on a poor line may send it again without fear.

The key is noted before the change is made and the answer behind it. Between the two a process may die; then nobody can
say whether the change was made, and a repeat is refused rather than made twice.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import ApiAnswer
from access.sessions import hash_of
from foundation import clock
from foundation.errors import Conflict, Invalid
from foundation.language import _
from foundation.sealing import SubjectKey

KEPT = timedelta(hours=24)
LONGEST_KEY = 64
_IN_HAND = _("A request with this key is being answered, or its answer was lost. See whether it was done.")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a change under a key, as a program sent it."""

    token_id: UUID
    token: str
    key: str
    request: bytes
    """What makes it this request and no other: method, address and body."""

    @property
    def key_hash(self) -> str:
        return hash_of(self.key)

    @property
    def request_hash(self) -> str:
        return hashlib.sha256(self.request).hexdigest()

    @property
    def seal(self) -> SubjectKey:
        """Known only to whoever holds the token and the key: neither is kept."""
        return SubjectKey(self.token_id, hmac.digest(self.token.encode(), b"answer|" + self.key.encode(), "sha256"))


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    media_type: str
    text: str


async def begin(session: AsyncSession, asked: Asked) -> Answered | None:
    """The answer that this request had already; None if it is asked for the first time, which is noted.

    Raises Invalid if the key came with another request, Conflict if nobody can say yet what became of this one.
    """
    known = await session.get(ApiAnswer, (asked.token_id, asked.key_hash), with_for_update=True)
    if known is not None and clock.now() - known.begun_at > KEPT:
        await session.delete(known)
        await session.flush()
        known = None
    if known is None:
        await _note(session, asked)
        return None
    if known.request_hash != asked.request_hash:
        raise Invalid(_("This key was used for another request. Take a new key for each change."))
    if known.status is None or known.answer is None:
        raise Conflict(_IN_HAND)
    told: dict[str, Any] = asked.seal.open(ApiAnswer.answer, asked.token_id, known.answer)
    return Answered(known.status, told["media_type"], told["text"])


async def _note(session: AsyncSession, asked: Asked) -> None:
    try:
        async with session.begin_nested():
            session.add(
                ApiAnswer(
                    token_id=asked.token_id,
                    key_hash=asked.key_hash,
                    request_hash=asked.request_hash,
                    begun_at=clock.now(),
                )
            )
    except IntegrityError:  # another noted it in the same moment
        raise Conflict(_IN_HAND) from None


async def finish(session: AsyncSession, asked: Asked, answered: Answered) -> None:
    """Keep the answer for a repeat."""
    told = {"media_type": answered.media_type, "text": answered.text}
    await session.execute(
        update(ApiAnswer)
        .where(ApiAnswer.token_id == asked.token_id, ApiAnswer.key_hash == asked.key_hash)
        .values(status=answered.status, answer=asked.seal.seal(ApiAnswer.answer, asked.token_id, told))
    )


async def forget(session: AsyncSession, asked: Asked) -> None:
    """The change was refused and nothing of it stays: the key is free again."""
    await session.execute(
        delete(ApiAnswer).where(ApiAnswer.token_id == asked.token_id, ApiAnswer.key_hash == asked.key_hash)
    )


async def sweep(session: AsyncSession) -> None:
    await session.execute(delete(ApiAnswer).where(ApiAnswer.begun_at < clock.now() - KEPT))
