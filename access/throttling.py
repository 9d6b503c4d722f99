"""Slowing down whoever guesses: failures are counted by account, by second step and by network address."""

import hashlib
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
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
    failures = await session.scalars(select(SignInFailures).where(SignInFailures.key_hash.in_(keys)))
    if any(each.count >= MOST_FAILURES and _recent(each) for each in failures):
        raise NotAllowed(_("Too many attempts. Please wait 15 minutes and try again."))


async def count_failure(session: AsyncSession, *keys: str) -> None:
    for key_hash in keys:
        failures = await session.get(SignInFailures, key_hash, with_for_update=True)
        if failures is None:
            session.add(SignInFailures(key_hash=key_hash, count=1, since=clock.now()))
        elif _recent(failures):
            failures.count += 1
        else:
            failures.count, failures.since = 1, clock.now()


async def forget_failures(session: AsyncSession, key: str) -> None:
    await session.execute(delete(SignInFailures).where(SignInFailures.key_hash == key))


async def sweep(session: AsyncSession) -> None:
    await session.execute(delete(SignInFailures).where(SignInFailures.since < clock.now() - FAILURE_WINDOW))


def _recent(failures: SignInFailures) -> bool:
    return clock.now() - failures.since < FAILURE_WINDOW


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
