"""The person's own word on a service: did they get it, did it help. It stands beside what the partner says.

The loop of a referral closes with the person. Where both say opposite things, a supervisor finds out and settles it;
the partner is not told what the person said, so that nobody has to fear for it.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, SYSTEM, Actor, require
from access.rules import Permission
from cases.consent import has_data_consent
from cases.hours import zone_of
from cases.messages import call_attention, person_of, tell
from cases.models import Case
from cases.rules import CaseStatus
from cases.waves import ask_on, decent
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import _, _p
from questionnaire.account_numbers import free_of_accounts
from referrals.models import Referral, ReferralWord, Service
from referrals.rules import SPOKEN_OF_STATES, Helped, Received, ReferralState, Settlement, disagree
from referrals.steps import find_to_change, tell_news

SAY = "u"
"""The action of the button that opens the question; a referral's id follows it."""
MOST_ASKED = 2
ASK_AGAIN_AFTER = timedelta(days=7)
ASKED_AT_ONCE = 100
LONGEST_REASON = 2000
"""Characters."""
CLOSED = _("This question is no longer open.")
READ_AND_ANSWER = _p("button", "👁 Read and answer")
_COUNTED_AS_DONE = frozenset([Settlement.RECEIVED, Settlement.PARTLY_RECEIVED])


async def ask_for_word(session: AsyncSession, referral: Referral, case: Case) -> None:
    """A service has ended: the person is told so, and asked. An earlier word of theirs stands until they say more."""
    word = await _word_of(session, referral)
    word.asked = 1
    zone = zone_of(case.country)
    word.ask_at = ask_on((clock.now() + ASK_AGAIN_AFTER).astimezone(zone).date(), zone)
    if word.received is not None:
        _weigh(word, referral.state, word.received)
    await _ask(session, case, word)


async def remind_of_words(session: AsyncSession) -> int:
    """The worker's part: ask those once more who have not answered, at a decent hour; returns how many were asked."""
    due = await session.scalars(
        select(ReferralWord)
        .where(ReferralWord.ask_at <= clock.now())
        .order_by(ReferralWord.ask_at, ReferralWord.referral_id)
        .limit(ASKED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    asked = 0
    for word in due.all():
        case = await session.get_one(Case, word.case_id)
        moment = clock.now()
        if (later := decent(moment, zone_of(case.country))) > moment:
            word.ask_at = later
            continue
        word.ask_at = None
        if word.asked < MOST_ASKED and await _may_be_asked(session, case):
            word.asked += 1
            await _ask(session, case, word)
            asked += 1
    return asked


async def say_received(session: AsyncSession, person_id: UUID, referral_id: UUID, received: Received) -> ReferralWord:
    """The person's first word. They may change it until it is settled.

    Raises NotFound for what they never asked for, Conflict while there is nothing to say or once it is settled.
    """
    referral, case, word = await _find_of_person(session, person_id, referral_id)
    word.received, word.helped, word.said_at, word.ask_at = received, None, clock.now(), None
    _weigh(word, referral.state, received)
    if received is not Received.YES:
        call_attention(case)
    _record(session, word, received=received)
    return word


async def say_helped(session: AsyncSession, person_id: UUID, referral_id: UUID, helped: Helped) -> None:
    """Raises Conflict for a service that they did not get, and as `say_received` does."""
    _referral, case, word = await _find_of_person(session, person_id, referral_id)
    if word.received in (None, Received.NO):
        raise Conflict(CLOSED)
    word.helped = helped
    if helped is Helped.NOT:
        call_attention(case)
    _record(session, word, helped=helped)


async def settle(
    session: AsyncSession, case: Case, referral_id: UUID, settlement: Settlement | None, reason: str, *, actor: Actor
) -> None:
    """A supervisor's finding where partner and person disagree. What the referral itself says is not changed.

    What the service is known to have completed follows the finding. Raises Invalid without a finding or a reason,
    Conflict when nothing is in dispute.
    """
    require(actor, Permission.REFERRAL_SETTLE)
    if settlement is None:
        raise Invalid(_("Choose what you found."))
    words = reason.strip()
    if not words:
        raise Invalid(_("Write how you found out."))
    if len(words) > LONGEST_REASON:
        raise Invalid(_("This is too long. Please keep it under {count} characters."), count=LONGEST_REASON)
    referral = await find_to_change(session, Referral.id == referral_id, Referral.case_id == case.id)
    word = None if referral is None else await session.get(ReferralWord, referral_id)
    if referral is None:
        raise NotFound(_("There is no such referral."))
    if word is None or word.disputed_at is None or word.settlement is not None:
        raise Conflict(_("Nothing is in dispute here."))
    key = await open_subject(session, referral.subject_id)
    word.settlement, word.settled_at, word.settled_by = settlement, clock.now(), actor.id
    word.ask_at = None
    word.reason = key.seal(ReferralWord.reason, word.referral_id, free_of_accounts(words))
    await _count_anew(session, referral, settlement)
    call_attention(case)
    audit.record(session, actor.id, "referral.settled", case.id, referral=referral.id, settlement=settlement)
    await tell_news(session, case)


def is_in_dispute(word: ReferralWord | None) -> bool:
    return word is not None and word.disputed_at is not None and word.settlement is None


def _weigh(word: ReferralWord, state: ReferralState, received: Received) -> None:
    if not disagree(state, received):
        word.disputed_at = None
    elif word.disputed_at is None:
        word.disputed_at = clock.now()


async def _count_anew(session: AsyncSession, referral: Referral, settlement: Settlement) -> None:
    """Only a finding against the partner's word changes what is counted."""
    if settlement is Settlement.CANNOT_TELL:
        return
    change = int(settlement in _COUNTED_AS_DONE) - int(referral.state is ReferralState.COMPLETED)
    counted = update(Service).where(Service.id == referral.service_id)
    await session.execute(counted.values(completed=Service.completed + change))


async def _ask(session: AsyncSession, case: Case, word: ReferralWord) -> None:
    await tell(
        session,
        await person_of(session, case),
        _("There is news about your request. Please tell us in a minute how it went. You need not."),
        buttons=[(READ_AND_ANSWER, f"{SAY}:{word.referral_id.hex}")],
        dedupe_key=f"word:{word.referral_id}:{word.asked}",
    )
    audit.record(session, SYSTEM.id, "referral.asked", case.id, referral=word.referral_id, attempt=word.asked)


async def _may_be_asked(session: AsyncSession, case: Case) -> bool:
    if case.person_id is None or case.status is not CaseStatus.OPEN:
        return False
    return await has_data_consent(session, case.person_id)


async def find_spoken_of(session: AsyncSession, person_id: UUID, referral_id: UUID) -> Referral:
    """A referral of this person that they may speak of, locked. Raises as `say_received` does."""
    referral = await find_to_change(session, Referral.id == referral_id, Referral.subject_id == person_id)
    if referral is None:
        raise NotFound(CLOSED)
    if referral.state not in SPOKEN_OF_STATES:
        raise Conflict(CLOSED)
    if not await has_data_consent(session, person_id):
        raise NotAllowed(_("You have taken back your agreement, so we keep nothing that you tell us."))
    return referral


async def _find_of_person(
    session: AsyncSession, person_id: UUID, referral_id: UUID
) -> tuple[Referral, Case, ReferralWord]:
    referral = await find_spoken_of(session, person_id, referral_id)
    word = await _word_of(session, referral)
    if word.settlement is not None:
        raise Conflict(_("Someone has looked into this already. If something is wrong, write to us here."))
    return referral, await session.get_one(Case, referral.case_id), word


async def _word_of(session: AsyncSession, referral: Referral) -> ReferralWord:
    """The row of a referral that is locked by the caller, made when there is none."""
    word = await session.get(ReferralWord, referral.id)
    if word is None:
        word = ReferralWord(referral_id=referral.id, case_id=referral.case_id, asked=0)
        session.add(word)
        await session.flush()
    return word


def _record(session: AsyncSession, word: ReferralWord, **facts: Received | Helped) -> None:
    audit.record(session, PERSON.id, "referral.spoken", word.case_id, referral=word.referral_id, **facts)
