"""Two files of one person: found by name, year of birth and area; looked at side by side; merged without loss.

Merging moves and seals nothing anew. The duplicate keeps every row, its person and their key, and points to the file
that goes on, whose page shows both; see `cases.same_person`. Sealing everything anew under one key would have to touch
every table that anyone will ever add, and could neither be proved whole nor undone.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.answers import answers_of
from cases.casework_models import CaseTransfer, Closing, ToldApart
from cases.casework_rules import OPEN_TRANSFERS, ClosingState
from cases.consent import has_data_consent
from cases.linking import has_chat
from cases.messages import call_attention, person_of
from cases.models import Case, Flag, Person
from cases.queries import visible_cases
from cases.rules import ENDED, CaseStatus, FlagOutcome, Phase
from cases.safeguarding import MERGED, raise_flag
from cases.same_person import merged_into
from cases.sheets import ARRIVAL
from cases.work_codes import carry_codes
from foundation import audit, clock
from foundation.errors import Conflict, Invalid
from foundation.keys import open_subject
from foundation.language import _

MOST_SHOWN = 50
_LIVING = ENDED | {CaseStatus.OPEN}
_COUNTS = (None, FlagOutcome.CONFIRMED)
"""What came of a flag that the file which goes on must carry too."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two files that look alike."""

    case: Case
    called: str
    birth_year: int | None
    has_chat: bool


@dataclass(frozen=True, slots=True)
class Pair:
    first: Side
    second: Side
    same_year: bool
    same_area: bool


async def candidates(session: AsyncSession, actor: Actor) -> list[Pair]:
    """Cases that may be one person's: the same name, and the same year of birth or area. Opened for a supervisor."""
    require(actor, Permission.CASE_MERGE)
    apart = {(row.first_id, row.second_id) for row in await session.scalars(select(ToldApart))}
    pairs: list[Pair] = []
    for cases in (await _namesakes(session, actor)).values():
        sides = [await _side(session, case) for case in cases]
        for first, second in combinations(sides, 2):
            if _in_order(first.case.id, second.case.id) not in apart and (pair := _pair(first, second)):
                pairs.append(pair)
    return pairs[:MOST_SHOWN]


async def merge(session: AsyncSession, survivor: Case, duplicate: Case, *, both_phones: bool, actor: Actor) -> None:
    """The duplicate's content is from now on read with the survivor's. `both_phones`: both chats may go on.

    Raises Conflict for files that cannot be one, or when two phones are in use and nobody said that this is right.
    """
    require(actor, Permission.CASE_MERGE)
    if survivor.id == duplicate.id:
        raise Invalid(_("Choose two different cases."))
    for case in sorted((survivor, duplicate), key=lambda each: each.id):
        await session.refresh(case, with_for_update=True)
    await _require_mergeable(session, survivor, duplicate)
    await _require_phones(session, survivor, duplicate, both_phones=both_phones)
    await _carry_flags(session, survivor, duplicate, actor)
    await carry_codes(session, survivor, duplicate)
    for case in (duplicate, *await merged_into(session, duplicate)):
        case.survivor_id, case.status = survivor.id, CaseStatus.DUPLICATE
        case.closed_at = case.erase_after = None
        case.team, case.owner_id = survivor.team, survivor.owner_id
    call_attention(survivor)
    audit.record(session, actor.id, "case.merged", survivor.id, other=duplicate.id)
    audit.record(session, actor.id, "case.merged_away", duplicate.id, other=survivor.id)
    await session.flush()


async def separate(session: AsyncSession, duplicate: Case, *, actor: Actor) -> None:
    """The merge was a mistake: the file goes on by itself. Flags that were carried over stay until they are settled."""
    require(actor, Permission.CASE_MERGE)
    await session.refresh(duplicate, with_for_update=True)
    survivor_id = duplicate.survivor_id
    if survivor_id is None:
        raise Conflict(_("This case is not merged into another."))
    duplicate.status, duplicate.survivor_id = CaseStatus.OPEN, None
    if duplicate.phase is Phase.CLOSED:
        duplicate.phase = Phase.ASSESSMENT
    call_attention(duplicate)
    await _note_apart(session, survivor_id, duplicate.id, actor)
    audit.record(session, actor.id, "case.separated", survivor_id, other=duplicate.id)
    audit.record(session, actor.id, "case.separated", duplicate.id, other=survivor_id)


async def tell_apart(session: AsyncSession, first: Case, second: Case, *, actor: Actor) -> None:
    """They are two people: the pair is not suggested again."""
    require(actor, Permission.CASE_MERGE)
    if first.id == second.id:
        raise Invalid(_("Choose two different cases."))
    await _note_apart(session, first.id, second.id, actor)
    audit.record(session, actor.id, "case.told_apart", first.id, other=second.id)
    audit.record(session, actor.id, "case.told_apart", second.id, other=first.id)


async def _namesakes(session: AsyncSession, actor: Actor) -> dict[str, list[Case]]:
    """Living cases that this actor sees, by a name that more than one of them has."""
    living: Select[Case] = visible_cases(actor).where(Case.status.in_(_LIVING))
    shared = (
        living.join(Person, Person.id == Case.person_id)
        .with_only_columns(Person.name_fingerprint)
        .where(Person.name_fingerprint.is_not(None))
        .group_by(Person.name_fingerprint)
        .having(func.count() > 1)
        .order_by(func.max(Case.opened_at).desc())
        .limit(MOST_SHOWN)
    )
    names = list(await session.scalars(shared))
    found = await session.execute(
        living.join(Person, Person.id == Case.person_id)
        .add_columns(Person.name_fingerprint)
        .where(Person.name_fingerprint.in_(names))
        .order_by(Case.opened_at, Case.number)
    )
    by_name: defaultdict[str, list[Case]] = defaultdict(list)
    for case, name in found.all():
        by_name[name].append(case)
    return by_name


async def _side(session: AsyncSession, case: Case) -> Side:
    person = await person_of(session, case)
    key = await open_subject(session, person.id)
    year = (await answers_of(session, case, key)).get(ARRIVAL, {}).get("birth_year")
    called = "" if person.called is None else str(key.open(Person.called, person.id, person.called))
    return Side(case, called, year if isinstance(year, int) else None, await has_chat(session, person.id))


def _pair(first: Side, second: Side) -> Pair | None:
    same_year = first.birth_year is not None and first.birth_year == second.birth_year
    same_area = first.case.area is not None and first.case.area == second.case.area
    return Pair(first, second, same_year, same_area) if same_year or same_area else None


async def _require_mergeable(session: AsyncSession, survivor: Case, duplicate: Case) -> None:
    if survivor.status is not CaseStatus.OPEN or duplicate.status not in _LIVING:
        raise Conflict(_("The file that stays must be open, and the other one not merged or erased yet."))
    if survivor.organisation_id != duplicate.organisation_id:
        raise Conflict(_("Both cases must be with the same organisation."))
    if duplicate.phase is Phase.RETURN:
        raise Conflict(_("A return is being prepared in one of the files: that one must stay."))
    for case in (survivor, duplicate):
        if not await has_data_consent(session, (await person_of(session, case)).id):
            raise Conflict(_("In both files there must be an agreement to data being kept."))
        if await _something_waits(session, case):
            raise Conflict(_("A closing or a transfer waits for an answer in one of the files. End that first."))


async def _something_waits(session: AsyncSession, case: Case) -> bool:
    closing = select(Closing.id).where(Closing.case_id == case.id, Closing.state == ClosingState.REQUESTED)
    transfer = select(CaseTransfer.id).where(CaseTransfer.case_id == case.id, CaseTransfer.state.in_(OPEN_TRANSFERS))
    return await session.scalar(closing) is not None or await session.scalar(transfer) is not None


async def _require_phones(session: AsyncSession, survivor: Case, duplicate: Case, *, both_phones: bool) -> None:
    """Whoever writes must be heard where staff look first, and two phones may be two people."""
    if duplicate.person_id is None or not await has_chat(session, duplicate.person_id):
        return
    if survivor.person_id is None or not await has_chat(session, survivor.person_id):
        raise Conflict(_("Only one of the two has a chat: that file must stay."))
    if not both_phones:
        raise Conflict(_("Both have a chat, on two phones. Make sure that both are the same person's, and say so."))


async def _carry_flags(session: AsyncSession, survivor: Case, duplicate: Case, actor: Actor) -> None:
    """A flag never disappears through a merge: what stands in the duplicate stands in the file that goes on."""
    flags = (await session.scalars(select(Flag).where(Flag.case_id.in_([survivor.id, duplicate.id])))).all()
    known = {flag.kind for flag in flags if flag.case_id == survivor.id and flag.outcome in _COUNTS}
    raised = {flag.kind for flag in flags if flag.case_id == duplicate.id and flag.outcome in _COUNTS}
    for kind in sorted(raised - known):
        await raise_flag(session, survivor, kind, f"{MERGED}.{kind}", actor=actor)


async def _note_apart(session: AsyncSession, one: UUID, other: UUID, actor: Actor) -> None:
    first_id, second_id = _in_order(one, other)
    if await session.get(ToldApart, (first_id, second_id)) is None:
        session.add(ToldApart(first_id=first_id, second_id=second_id, by=actor.id, at=clock.now()))


def _in_order(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    return (one, other) if one < other else (other, one)
