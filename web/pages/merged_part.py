"""The part of a case page with the files that were merged into the case: everything in them, and the way to each."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from cases.conversation import Excerpt, excerpt_of
from cases.models import Case
from cases.notes import NoteView, notes_of
from cases.queries import CaseFile, case_file
from cases.same_person import merged_into
from referrals.models import Referral
from referrals.queries import referrals_of
from web.guard import Visit
from web.pages.form_part import FormPart, form_part

MESSAGES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class MergedFile:
    file: CaseFile
    forms: FormPart
    referrals: list[Referral]
    messages: Excerpt
    notes: list[NoteView]


@dataclass(frozen=True, slots=True)
class MergedPart:
    files: list[MergedFile]
    survivor_number: str | None
    """Of the case that goes on in place of this one."""


async def merged_part(session: AsyncSession, visit: Visit, file: CaseFile) -> MergedPart:
    case = file.case
    others = await merged_into(session, case) if file.has_merged else []
    survivor = await session.get(Case, case.survivor_id) if case.survivor_id else None
    return MergedPart(
        [await _opened(session, visit, each.number) for each in others],
        survivor.number if survivor else None,
    )


async def _opened(session: AsyncSession, visit: Visit, number: str) -> MergedFile:
    file = await case_file(session, visit.actor, number)
    return MergedFile(
        file,
        await form_part(session, file, visit.language),
        await referrals_of(session, file.case.id),
        await excerpt_of(session, file.case, count=MESSAGES_SHOWN),
        await notes_of(session, file.case, actor=visit.actor),
    )
