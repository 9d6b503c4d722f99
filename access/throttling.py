"""Slowing down whoever guesses: failures are counted by account, by second step and by network address."""

import hashlib
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import SignInFailures
from foundation import clock
from foundation.errors import NotAllowed
from foundation.language import _

FAILURE_WINDOW = timedelta(minutes=15)
MOST_FAILURES = 8


def of_account(email: str) -> str:
    return _hashed(f"account|{email.strip().casefold()}")


def of_second_step(staff_id: UUID) -> str:
    """Apart from the password's: whoever knows the password could otherwise clear the count by giving it again."""
    return _hashed(f"second step|{staff_id}")


def of_address(address: str) -> str:
    return _hashed(f"address|{address}")


async def refuse_guessing(session: AsyncSession, *keys: str) -> None:
    """Raises NotAllowed when one of these has failed too often of late."""
    of_keys = select(SignInFailures).where(SignInFailures.key_hash.in_(keys))
    failures = await session.scalars(of_keys.execution_options(populate_existing=True))
    if any(each.count >= MOST_FAILURES and _recent(each) for each in failures):
        raise NotAllowed(_("Too many attempts. Please wait 15 minutes and try again."))


async def count_failure(session: AsyncSession, *keys: str) -> None:
    """Count one failure of each. Always the address last, so that two who fail at once never wait for each other."""
    for key_hash in keys:
        if await _counted(session, key_hash):
            continue
        try:
            async with session.begin_nested():
                session.add(SignInFailures(key_hash=key_hash, count=1, since=clock.now()))
        except IntegrityError:  # another began to count in the same moment
            await _counted(session, key_hash)


async def forget_failures(session: AsyncSession, key: str) -> None:
    await session.execute(delete(SignInFailures).where(SignInFailures.key_hash == key))


async def sweep(session: AsyncSession) -> None:
    await session.execute(delete(SignInFailures).where(SignInFailures.since < clock.now() - FAILURE_WINDOW))


async def _counted(session: AsyncSession, key_hash: str) -> bool:
    """Whether there is a count to add to. One of an earlier window begins anew."""
    goes_on = SignInFailures.since > clock.now() - FAILURE_WINDOW
    counted = await session.scalar(
        update(SignInFailures)
        .where(SignInFailures.key_hash == key_hash)
        .values(
            count=case((goes_on, SignInFailures.count + 1), else_=1),
            since=case((goes_on, SignInFailures.since), else_=clock.now()),
        )
        .returning(SignInFailures.key_hash)
        .execution_options(synchronize_session=False)
    )
    return counted is not None


def _recent(failures: SignInFailures) -> bool:
    return clock.now() - failures.since < FAILURE_WINDOW


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
