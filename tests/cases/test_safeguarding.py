"""A flag is settled once, with a reason, by the role that its kind takes; nothing else ever takes it off."""

import pytest
from case_scene import Scene
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON
from access.rules import Role
from cases.models import Flag
from cases.rules import FlagKind, FlagOutcome
from cases.safeguarding import may_be_child, open_flags, settle_flag
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound

CHILD_OFFICER, PROTECTION_OFFICER = Role.CHILD_PROTECTION_OFFICER, Role.PROTECTION_OFFICER
NOTE = "Checked the birth certificate."


async def test_a_settled_flag_keeps_who_why_and_what_came_of_it(scene: Scene) -> None:
    told = await scene.tell(needs={"fear": "yes"})
    flag = (await scene.flags(told))[FlagKind.FEAR_OF_RETURN]
    actor = scene.staff[PROTECTION_OFFICER]
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.RESOLVED, f" {NOTE} ", actor=actor)
    await scene.session.flush()
    assert (flag.settled_by, flag.outcome) == (actor.id, FlagOutcome.RESOLVED)
    assert flag.note is not None
    assert told.key.open(Flag.note, flag.id, flag.note) == NOTE
    assert await open_flags(scene.session, told.case.id) == []
    (entry,) = await scene.session.scalars(select(AuditEntry).where(AuditEntry.event == "flag.settled"))
    assert entry.facts == {"kind": "fear_of_return", "rule": "needs.fear", "outcome": "resolved"}


@pytest.mark.parametrize("role", [role for role in Role if role not in (CHILD_OFFICER, Role.CHILD_PROTECTION_LEAD)])
async def test_no_other_role_settles_a_childs_flag(scene: Scene, role: Role) -> None:
    told = await scene.tell({"maybe_child": "yes"})
    for flag in (await scene.flags(told)).values():
        with pytest.raises(NotAllowed):
            await settle_flag(
                scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, NOTE, actor=scene.staff[role]
            )
    with pytest.raises(NotAllowed):
        await settle_flag(scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, NOTE, actor=PERSON)
    assert await may_be_child(scene.session, told.case.id)


async def test_a_flag_is_settled_once_and_what_was_confirmed_once_more_when_it_is_solved(scene: Scene) -> None:
    told = await scene.tell({"maybe_child": "unknown"})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    actor = scene.staff[CHILD_OFFICER]
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.CONFIRMED, NOTE, actor=actor)
    with pytest.raises(Conflict):
        await settle_flag(scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, NOTE, actor=actor)
    assert flag.outcome is FlagOutcome.CONFIRMED
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.RESOLVED, "A guardian is found.", actor=actor)
    assert flag.outcome is FlagOutcome.RESOLVED
    assert told.key.open(Flag.note, flag.id, flag.note) == f"{NOTE}\n\nA guardian is found."
    with pytest.raises(Conflict):
        await settle_flag(scene.session, told.case, flag.id, FlagOutcome.RESOLVED, NOTE, actor=actor)


async def test_a_number_in_an_older_note_does_not_keep_a_flag_open(scene: Scene) -> None:
    """Only what is new is refused: a note from before numbers were caught must not hold a return for ever."""
    told = await scene.tell({"maybe_child": "unknown"})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    actor, old = scene.staff[CHILD_OFFICER], "Paid by 4111 1111 1111 1111."
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.CONFIRMED, NOTE, actor=actor)
    flag.note = told.key.seal(Flag.note, flag.id, old)
    with pytest.raises(Invalid):
        await settle_flag(scene.session, told.case, flag.id, FlagOutcome.RESOLVED, old, actor=actor)
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.RESOLVED, NOTE, actor=actor)
    assert told.key.open(Flag.note, flag.id, flag.note) == f"{old}\n\n{NOTE}"


@pytest.mark.parametrize("note", ["", "   ", "\n"])
async def test_a_flag_is_not_settled_without_a_reason(scene: Scene, note: str) -> None:
    told = await scene.tell({"maybe_child": "unknown"})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    with pytest.raises(Invalid):
        await settle_flag(
            scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, note, actor=scene.staff[CHILD_OFFICER]
        )
    assert await may_be_child(scene.session, told.case.id)


async def test_a_flag_of_another_case_is_not_found(scene: Scene) -> None:
    told, other = await scene.tell(needs={"fear": "yes"}), await scene.tell(needs={"fear": "yes"})
    flag = (await scene.flags(other))[FlagKind.FEAR_OF_RETURN]
    with pytest.raises(NotFound):
        await settle_flag(
            scene.session, told.case, flag.id, FlagOutcome.RESOLVED, NOTE, actor=scene.staff[PROTECTION_OFFICER]
        )


@pytest.mark.parametrize(
    ("outcome", "is_child"),
    [(FlagOutcome.CONFIRMED, True), (FlagOutcome.RESOLVED, True), (FlagOutcome.NOT_CONFIRMED, False)],
)
async def test_only_finding_that_someone_is_no_child_ends_the_protection(
    scene: Scene, outcome: FlagOutcome, is_child: bool  # noqa: FBT001  # a column of the table
) -> None:  # fmt: skip
    told = await scene.tell({"maybe_child": "unknown"})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    await settle_flag(scene.session, told.case, flag.id, outcome, NOTE, actor=scene.staff[CHILD_OFFICER])
    await scene.session.flush()
    assert await may_be_child(scene.session, told.case.id) is is_child


async def test_one_of_two_doubts_about_age_is_enough(scene: Scene) -> None:
    told = await scene.tell({"maybe_child": "unknown"})
    first = (await scene.flags(told))[FlagKind.CHILD]
    await scene.submit(told, "arrival", {"maybe_child": "yes"})
    actor = scene.staff[CHILD_OFFICER]
    await settle_flag(scene.session, told.case, first.id, FlagOutcome.NOT_CONFIRMED, NOTE, actor=actor)
    await scene.session.flush()
    assert await may_be_child(scene.session, told.case.id)


@pytest.mark.parametrize("column", ["settled_at", "outcome"])
async def test_the_database_keeps_no_half_settled_flag(scene: Scene, column: str) -> None:
    told = await scene.tell(needs={"fear": "yes"})
    value = clock.now() if column == "settled_at" else FlagOutcome.RESOLVED
    attempt = await scene.session.begin_nested()
    with pytest.raises(IntegrityError):
        await scene.session.execute(update(Flag).where(Flag.case_id == told.case.id).values({column: value}))
    await attempt.rollback()
