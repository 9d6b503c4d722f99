"""A code for a new phone: made by staff, good once and for half an hour, kept only as a fingerprint."""

from datetime import timedelta

import pytest
from case_scene import Scene, Told
from sqlalchemy import select

from access.rules import Permission, Role
from bot.models import Chat
from cases.linking import LIFE, MOST_CODES, find_link, forget_old_links, make_code, phone_of, read_code, remove_pin
from cases.models import PhoneLink
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, NotAllowed

CASEWORKER = Role.CASEWORKER


async def with_phone(scene: Scene, pin_hash: str | None = None) -> Told:
    """A person with a chat."""
    told = await scene.tell()
    scene.session.add(
        Chat(
            subject_id=told.key.subject_id,
            fingerprint="f",
            address=told.key.seal(Chat.address, told.key.subject_id, 7_000_100_001),
            language="en",
            place={},
            case_id=told.case.id,
            created_at=clock.now(),
            seen_at=clock.now(),
            pin_hash=pin_hash,
        )
    )
    await scene.session.flush()
    return told


async def test_a_code_is_kept_as_a_fingerprint_and_found_as_it_is_typed(scene: Scene) -> None:
    told = await with_phone(scene)
    code = await make_code(scene.session, told.case, actor=scene.staff[CASEWORKER])
    await scene.session.flush()
    (link,) = (await scene.session.scalars(select(PhoneLink))).all()
    assert code not in link.code_fingerprint
    assert read_code(f" {code[:4].lower()} - {code[4:]}") == code
    assert await find_link(scene.session, code) is link
    entry = (await scene.session.scalars(select(AuditEntry).where(AuditEntry.event == "phone.code_made"))).one()
    assert (entry.facts, entry.actor_id) == ({}, scene.staff[CASEWORKER].id)
    for wrong in ("", "ABCDEFG", "ABCDEFGHJ", "ABCD EFG0", "ABCDEFGI"):
        assert read_code(wrong) is None


async def test_a_code_ends_with_time_with_use_and_with_the_next_code(scene: Scene) -> None:
    told = await with_phone(scene)
    first = await make_code(scene.session, told.case, actor=scene.staff[CASEWORKER])
    second = await make_code(scene.session, told.case, actor=scene.staff[CASEWORKER])
    assert await find_link(scene.session, first) is None
    link = await find_link(scene.session, second)
    assert link is not None
    with clock.moved_to(clock.now() + LIFE):
        assert await find_link(scene.session, second) is None
    link.used_at = clock.now()
    await scene.session.flush()
    assert await find_link(scene.session, second) is None
    with clock.moved_to(clock.now() + timedelta(days=2)):
        await forget_old_links(scene.session)
    assert (await scene.session.scalars(select(PhoneLink))).all() == []


async def test_so_many_codes_an_hour_and_none_for_who_has_no_chat(scene: Scene) -> None:
    told, without = await with_phone(scene), await scene.tell()
    for _each in range(MOST_CODES):
        await make_code(scene.session, told.case, actor=scene.staff[CASEWORKER])
    with pytest.raises(Conflict):
        await make_code(scene.session, told.case, actor=scene.staff[CASEWORKER])
    with clock.moved_to(clock.now() + timedelta(hours=1, minutes=1)):
        assert await make_code(scene.session, told.case, actor=scene.staff[CASEWORKER])
    with pytest.raises(Conflict):
        await make_code(scene.session, without.case, actor=scene.staff[CASEWORKER])


async def test_only_who_may_link_phones_makes_codes_and_removes_pins(scene: Scene) -> None:
    told = await with_phone(scene, pin_hash="a hash")
    for role, actor in scene.staff.items():
        if not actor.may(Permission.PHONE_LINK):
            with pytest.raises(NotAllowed):
                await make_code(scene.session, told.case, actor=actor)
            with pytest.raises(NotAllowed):
                await remove_pin(scene.session, told.case, is_checked=True, actor=actor)
            assert role not in (CASEWORKER, Role.SUPERVISOR)
    phone = await phone_of(scene.session, told.case)
    assert phone is not None
    assert phone.has_pin


async def test_a_pin_is_removed_only_after_checking_who_it_is(scene: Scene) -> None:
    told = await with_phone(scene, pin_hash="a hash")
    with pytest.raises(Conflict):
        await remove_pin(scene.session, told.case, is_checked=False, actor=scene.staff[CASEWORKER])
    await remove_pin(scene.session, told.case, is_checked=True, actor=scene.staff[CASEWORKER])
    chat = await scene.session.get_one(Chat, told.key.subject_id, populate_existing=True)
    assert (chat.pin_hash, chat.pin_failures) == (None, 0)
    entry = (await scene.session.scalars(select(AuditEntry).where(AuditEntry.event == "pin.removed"))).one()
    assert entry.actor_id == scene.staff[CASEWORKER].id
    with pytest.raises(Conflict):
        await remove_pin(scene.session, told.case, is_checked=True, actor=scene.staff[CASEWORKER])
