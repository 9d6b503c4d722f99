"""A file that waits to be imported: sealed, of whoever uploaded it alone, and gone after a day with its key."""

import json
from datetime import timedelta

import pytest
from referral_scene import add_organisation, add_staff
from secret_scene import secret_directory
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import OrganisationKind
from access.rules import Role
from foundation import clock
from foundation.errors import NotAllowed, NotFound
from foundation.keys import StoredSubjectKey
from referrals.directory_drafts import compare_file, drop_old_files, import_file, keep_file
from referrals.directory_models import DirectoryDraft

FILE = json.dumps(secret_directory()).encode()


async def keepers(session: AsyncSession) -> tuple[Actor, Actor, Actor]:
    operator = add_organisation(session, "Operator", OrganisationKind.OPERATOR)
    await session.flush()
    roles = (Role.SUPERVISOR, Role.ADMINISTRATOR, Role.CASEWORKER)
    first, second, third = (add_staff(session, operator, role) for role in roles)
    await session.flush()
    return first, second, third


async def left(session: AsyncSession) -> tuple[int, int]:
    """Files and keys."""
    counts = [
        await session.scalar(select(func.count()).select_from(each)) for each in (DirectoryDraft, StoredSubjectKey)
    ]
    return counts[0] or 0, counts[1] or 0


async def test_only_whoever_uploaded_it_sees_and_imports_it(session: AsyncSession) -> None:
    supervisor, administrator, caseworker = await keepers(session)
    draft_id = await keep_file(session, FILE, actor=supervisor)
    for verb in (compare_file, import_file):
        with pytest.raises(NotFound):
            await verb(session, draft_id, actor=administrator)
        with pytest.raises(NotAllowed):
            await verb(session, draft_id, actor=caseworker)
    with pytest.raises(NotAllowed):
        await keep_file(session, FILE, actor=caseworker)
    compared = await compare_file(session, draft_id, actor=supervisor)
    assert compared.changes.added
    assert compared.hidden > 0
    assert (await import_file(session, draft_id, actor=supervisor)).added == 3
    assert await left(session) == (0, 0)


async def test_a_newer_file_takes_the_place_of_the_one_before(session: AsyncSession) -> None:
    supervisor, *_others = await keepers(session)
    first = await keep_file(session, FILE, actor=supervisor)
    await keep_file(session, FILE, actor=supervisor)
    assert await left(session) == (1, 1)
    with pytest.raises(NotFound):
        await compare_file(session, first, actor=supervisor)


async def test_nobody_comes_back_for_it_within_a_day(session: AsyncSession) -> None:
    supervisor, *_others = await keepers(session)
    draft_id = await keep_file(session, FILE, actor=supervisor)
    await drop_old_files(session)
    assert await left(session) == (1, 1)
    with clock.moved_to(clock.now() + timedelta(days=1, minutes=1)):
        with pytest.raises(NotFound):
            await import_file(session, draft_id, actor=supervisor)
        await drop_old_files(session)
    assert await left(session) == (0, 0)
