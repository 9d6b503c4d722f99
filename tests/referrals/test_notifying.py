"""Partners are told and reminded: whom, when, once each, and with nothing personal in it."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from referral_scene import Scene, add_staff
from sqlalchemy import select

from access.actor import Actor
from access.models import Organisation, StaffMember
from access.rules import Role
from cases.rules import Urgency
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import NotFound
from foundation.language import say
from foundation.outbox import OutboxRow
from referrals.answer_links import waiting_behind
from referrals.clocks import half_way, last_reminder
from referrals.models import Referral
from referrals.notifying import TELL_PARTNER, Notice, remind_partners, write_letter
from referrals.partner_models import Agreement
from referrals.referring import answer_share, expire_overdue, revoke
from referrals.responding import accept, inbox
from referrals.rules import ANSWER_WITHIN
from referrals.waiting import referrals_ended, referrals_stuck

ADDRESS = "https://cases.example.org/"
MINUTE = timedelta(minutes=1)


async def queued(scene: Scene) -> list[tuple[str, UUID]]:
    await scene.session.flush()
    rows = await scene.session.scalars(
        select(OutboxRow).where(OutboxRow.topic == TELL_PARTNER).order_by(OutboxRow.position)
    )
    found = list(rows)
    assert all(each.body is None and each.lane != each.subject_id for each in found)
    assert all(set(each.payload) == {"referral", "staff", "notice"} for each in found)
    return [(each.payload["notice"], UUID(each.payload["staff"])) for each in found]


async def colleague(scene: Scene, role: Role = Role.PARTNER) -> Actor:
    organisation = await scene.session.get_one(Organisation, scene.partner.organisation_id)
    added = add_staff(scene.session, organisation, role)
    await scene.session.flush()
    return added


async def test_every_active_account_of_the_partner_is_told_when_it_is_sent(scene: Scene) -> None:
    second, gone = await colleague(scene), await colleague(scene)
    (await scene.session.get_one(StaffMember, gone.id)).disabled_at = clock.now()
    referral = await scene.refer()
    assert await queued(scene) == [], "before the yes the partner knows nothing"
    await answer_share(scene.session, scene.person_id, referral.consent_id, agrees=True)
    assert {each for _notice, each in await queued(scene)} == {scene.partner.id, second.id}


@pytest.mark.parametrize("urgency", list(Urgency))
async def test_it_is_reminded_at_half_of_the_time_and_near_its_end_once_each(scene: Scene, urgency: Urgency) -> None:
    referral = await scene.sent(urgency=urgency)
    assert referral.sent_at is not None
    assert referral.due_at is not None
    time = ANSWER_WITHIN[urgency]
    half, last = referral.sent_at + time / 2, referral.due_at - time / 8
    assert half_way(referral.sent_at, referral.due_at) == half
    assert last_reminder(referral.sent_at, referral.due_at) == last
    told = []
    for moment in (half - MINUTE, half, half + MINUTE, last - MINUTE, last, last + MINUTE, referral.due_at - MINUTE):
        with clock.moved_to(moment):
            told.append(await remind_partners(scene.session))
            await scene.session.flush()
    assert told == [0, 1, 0, 0, 1, 0, 0]
    assert [notice for notice, _staff in await queued(scene)] == ["new", "half", "last"]
    entries = await scene.session.scalars(
        select(AuditEntry.facts).where(AuditEntry.event == "referral.reminded").order_by(AuditEntry.id)
    )
    assert [each["notice"] for each in entries] == ["half", "last"]


async def test_after_a_long_silence_of_the_worker_only_the_last_reminder_is_sent(scene: Scene) -> None:
    referral = await scene.sent()
    assert referral.due_at is not None
    with clock.moved_to(referral.due_at - MINUTE):
        assert await remind_partners(scene.session) == 1
        await scene.session.flush()
        assert await remind_partners(scene.session) == 0
    assert [notice for notice, _staff in await queued(scene)] == ["new", "last"]


async def test_who_has_answered_is_not_reminded(scene: Scene) -> None:
    referral = await scene.sent()
    await accept(scene.session, referral.id, actor=scene.partner)
    with clock.moved_to(clock.now() + timedelta(days=13)):
        assert await remind_partners(scene.session) == 0


async def test_the_inbox_marks_what_presses(scene: Scene) -> None:
    referral = await scene.sent()
    assert referral.sent_at is not None
    assert referral.due_at is not None
    seen = []
    for moment in (referral.sent_at, referral.sent_at + timedelta(days=7), referral.due_at - timedelta(days=1)):
        with clock.moved_to(moment):
            (row,) = await inbox(scene.session, scene.partner)
            seen.append((row.is_pressing, row.is_nearly_over))
    assert seen == [(False, False), (True, False), (True, True)]
    await accept(scene.session, referral.id, actor=scene.partner)
    with clock.moved_to(referral.due_at - timedelta(days=1)):
        (row,) = await inbox(scene.session, scene.partner)
    assert (row.is_pressing, row.is_nearly_over) == (False, False)


async def test_the_caseworker_hears_before_it_expires_and_the_supervisor_when_it_has(scene: Scene) -> None:
    operator = await scene.session.get_one(Organisation, scene.caseworker.organisation_id)
    supervisor = add_staff(scene.session, operator, Role.SUPERVISOR)
    scene.case.organisation_id, scene.case.owner_id = operator.id, scene.caseworker.id
    referral = await scene.sent()
    assert referral.due_at is not None
    last: datetime = referral.due_at - timedelta(days=1)
    assert await referrals_stuck(scene.session, scene.caseworker) == []
    with clock.moved_to(last):
        await remind_partners(scene.session)
        await scene.session.flush()
        (line,) = await referrals_stuck(scene.session, scene.caseworker)
        assert say("en", line.why) == "A partner has nearly run out of time to answer a referral"
        assert (line.due, line.place) == (referral.due_at, "#referrals")
        assert await referrals_stuck(scene.session, supervisor) == [], "it is the caseworker's to see to"
    with clock.moved_to(referral.due_at + MINUTE):
        await expire_overdue(scene.session)
        await scene.session.flush()
        assert await referrals_stuck(scene.session, scene.caseworker) == []
        for actor in (scene.caseworker, supervisor):
            (line,) = await referrals_ended(scene.session, actor)
            assert say("en", line.why) == "A partner did not answer a referral in time"


async def letter_for(scene: Scene, referral: Referral, notice: Notice = Notice.NEW) -> str | None:
    letter = await write_letter(scene.session, referral.id, scene.partner.id, notice, ADDRESS)
    await scene.session.flush()
    return None if letter is None else f"{letter.to}\n{letter.subject}\n{letter.text}"


def token_in(letter: str | None) -> str:
    assert letter is not None
    return letter.partition(f"{ADDRESS}answer/")[2].partition("\n")[0]


async def test_a_letter_says_who_asks_until_when_and_where_and_nothing_personal(scene: Scene) -> None:
    letter = await letter_for(scene, referral := await scene.sent())
    assert letter is not None
    assert "Operator" in letter
    assert "A request waits for your answer" in letter
    for word in ("Amadou", "masonry", "Job", "GM", "Brikama", scene.case.number, str(referral.id), str(scene.case.id)):
        assert word not in letter.replace(token_in(letter), "")
    assert (await waiting_behind(scene.session, token_in(letter))).referral_id == referral.id


async def test_a_newer_letter_to_the_same_account_ends_the_link_before_it(scene: Scene) -> None:
    referral = await scene.sent()
    first, second = (
        token_in(await letter_for(scene, referral)),
        token_in(await letter_for(scene, referral, Notice.HALF)),
    )
    assert (await waiting_behind(scene.session, second)).referral_id == referral.id
    with pytest.raises(NotFound):
        await waiting_behind(scene.session, first)


@pytest.mark.parametrize("why", ["answered", "revoked", "late", "disabled", "moved", "no agreement"])
async def test_no_letter_leaves_when_nobody_need_be_told_any_more(scene: Scene, why: str) -> None:
    referral = await scene.sent()
    account = await scene.session.get_one(StaffMember, scene.partner.id)
    moment = clock.now()
    if why == "answered":
        await accept(scene.session, referral.id, actor=scene.partner)
    elif why == "revoked":
        await revoke(scene.session, scene.case, referral.id, actor=scene.caseworker)
    elif why == "late":
        moment += timedelta(days=15)
    elif why == "disabled":
        account.disabled_at = moment
    elif why == "moved":
        assert scene.other_partner.organisation_id
        account.organisation_id = scene.other_partner.organisation_id
    else:
        for each in await scene.session.scalars(select(Agreement)):
            each.ended_at = moment
    await scene.session.flush()
    with clock.moved_to(moment):
        assert await letter_for(scene, referral) is None
