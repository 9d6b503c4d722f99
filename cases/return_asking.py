"""Asking a person in the chat whether they want to return (GCM 21(b)): free, prior, informed, item by item.

The question is sent only once everything was explained, with days to think in between, and never while protection or
an appeal stands against a return. It says neutral words on the phone; nothing reminds anyone to answer it. What the
person reads and in which order stands in `notices`; how the chat shows it, in `bot.deciding`.
"""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor, require
from access.rules import Permission
from cases.consent import RETURN_SHOW, decide, require_data_consent, require_guardian, withdraw
from cases.gate_checks import TIME_TO_DECIDE
from cases.gates import Found, Report
from cases.household import ensure_self
from cases.journeys import live_journey
from cases.messages import person_of, tell
from cases.models import Case, Consent
from cases.notices import ALONE, OWN_WISH, RETURN_NOTICE, RETURN_NOTICE_VERSION, return_notice, text_hash
from cases.person_words import (
    ALREADY_LEFT,
    NO_LONGER_OPEN,
    QUESTION_WAITS,
    RETURN_AGREED,
    RETURN_LEFT_OPEN,
    RETURN_ON_HOLD,
    RETURN_PRESSED,
    RETURN_REFUSED,
    RETURN_TAKEN_BACK,
)
from cases.record_kinds import RecordKind
from cases.records import records_of
from cases.return_consent import consent_to_return
from cases.return_gate import report_of
from cases.rules import IN_FORCE, ConsentKind, ConsentState, GivenBy, TaskKind
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import BEFORE_DEPARTURE, BY_CHOICE
from cases.safeguarding import may_be_child
from cases.tasks import open_task
from foundation import audit, clock
from foundation.errors import Conflict, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import Message, _, _p
from questionnaire.account_numbers import free_of_accounts

HOLDING = frozenset(["P01", "P02", "P03", "P04", "P05", "R02"])
"""Rules that stand against asking: protection holds the return, or an appeal suspends it."""
READ_IT: Message = _p("button", "👁 Read it")


async def ask_to_return(session: AsyncSession, case: Case, *, guardian_evidence: str = "", actor: Actor) -> Consent:
    """Ask the person in the chat. A child does not consent alone: see `consent.request_share`; then they are asked.

    Raises Conflict that says what is missing, or that they were asked already.
    """
    require(actor, Permission.RETURN_PREPARE)
    person = await person_of(session, case)
    await require_data_consent(session, person.id)
    is_child, evidence = await may_be_child(session, case.id), guardian_evidence.strip()
    if is_child:
        require_guardian(actor, evidence)
    await session.refresh(case, with_for_update=True)
    journey = await live_journey(session, case)
    if journey is None or journey.step not in BEFORE_DEPARTURE:
        raise Conflict(_("No return is being prepared."))
    if journey.return_type not in BY_CHOICE:
        raise Conflict(_("This kind of return does not rest on the person's consent: do not ask for it."))
    await ensure_self(session, case, actor=actor)
    await session.flush()
    await _require_asking(session, case, journey)
    known = await consent_to_return(session, case)
    if known is not None and known.state in IN_FORCE:
        raise Conflict(_("The person has agreed already."))
    if known is not None and known.state is ConsentState.REQUESTED:
        raise Conflict(_("The person has been asked already and has not answered yet."))
    key, consent_id = await open_subject(session, person.id), uuid4()
    consent = Consent(
        id=consent_id,
        person_id=person.id,
        kind=ConsentKind.RETURN,
        purpose="return",
        fields=[],
        notice_id=RETURN_NOTICE,
        notice_version=RETURN_NOTICE_VERSION,
        language=person.language,
        text_hash=text_hash(return_notice(person.language)),
        state=ConsentState.REQUESTED,
        requested_at=clock.now(),
        given_by=GivenBy.GUARDIAN if is_child else GivenBy.PERSON,
        authorised_by=actor.id if is_child else None,
        guardian_evidence=key.seal(Consent.guardian_evidence, consent_id, free_of_accounts(evidence))
        if is_child
        else None,
    )
    session.add(consent)
    buttons = [(READ_IT, f"{RETURN_SHOW}:{consent_id.hex}")]
    await tell(session, person, QUESTION_WAITS, buttons=buttons, dedupe_key=f"consent:{consent_id}")
    audit.record(session, actor.id, "consent.requested", case.id, consent=consent.id, kind=consent.kind)
    return consent


async def begin_reading(session: AsyncSession, person_id: UUID, consent_id: UUID, language: str) -> Consent:
    """The question, if it is still open. What is hashed is what is read: the text in the language of the chat.

    Raises NotFound for one that was answered or taken back, and when no return is being prepared any more.
    """
    consent, _case = await _open_question(session, person_id, consent_id)
    consent.language, consent.text_hash = language, text_hash(return_notice(language))
    return consent


async def leave_open(session: AsyncSession, person_id: UUID, consent_id: UUID, item: str) -> Message:
    """No to one of the items: nothing is decided, and whoever can change that learns of it. Gives what is said."""
    _consent, case = await _open_question(session, person_id, consent_id)
    if item == ALONE:
        return RETURN_LEFT_OPEN
    if item == OWN_WISH:
        await open_task(session, case, TaskKind.PROTECTION, f"return.pressed.{consent_id.hex}", actor=PERSON)
        return RETURN_PRESSED
    await open_task(session, case, TaskKind.RETURN_ANSWERED, f"{item}.{consent_id.hex}", actor=PERSON)
    return RETURN_LEFT_OPEN


async def answer_return(
    session: AsyncSession, person_id: UUID, consent_id: UUID, read: str, *, agrees: bool
) -> Message:
    """The person's own answer. `read`: hash of the text that was shown. Gives what is said.

    Raises NotAllowed for a yes that may not count: a hold stands by now, or a child says it without their guardian.
    """
    consent, case = await _open_question(session, person_id, consent_id)
    if agrees:
        await require_data_consent(session, person_id)
        if read != consent.text_hash:
            raise NotFound(NO_LONGER_OPEN)
        if _holds(await report_of(session, case, await live_journey(session, case))):
            raise NotAllowed(RETURN_ON_HOLD)
        is_child = await may_be_child(session, case.id)
        if is_child and consent.authorised_by is None:
            raise NotAllowed(_("Somebody from our team will talk with you before anything is written down."))
        consent.assented_at = clock.now() if is_child else None
    await decide(session, consent_id, person_id, agrees=agrees, actor=PERSON)
    answered = ConsentState.GIVEN if agrees else ConsentState.REFUSED
    await open_task(session, case, TaskKind.RETURN_ANSWERED, f"{answered}.{consent_id.hex}", actor=PERSON)
    return RETURN_AGREED if agrees else RETURN_REFUSED


async def take_back_return(session: AsyncSession, person_id: UUID, consent_id: UUID) -> Message:
    """The person no longer agrees, or no longer wants to be asked. Until departure; afterwards a person must help."""
    case = await _case_of(session, person_id)
    journey = await live_journey(session, case)
    if journey is not None and journey.step not in BEFORE_DEPARTURE:
        raise NotAllowed(ALREADY_LEFT)
    await withdraw(session, consent_id, person_id, actor=PERSON)
    return RETURN_TAKEN_BACK


async def _require_asking(session: AsyncSession, case: Case, journey: ReturnJourney) -> None:
    report = await report_of(session, case, journey)
    if holding := _holds(report):
        raise Conflict(_("The person is not asked while these rules stop a return: {rules}."), rules=", ".join(holding))
    informed = {each.rule.id: each.found for each in report.findings}.get("V01")
    if informed is not Found.MET:
        raise Conflict(_("First explain every point to the person, and record it: rule {rule}."), rule="V01")
    told_on = max(each.made_on for each in await records_of(session, case.id) if each.kind is RecordKind.INFORMATION)
    if clock.today() < told_on + TIME_TO_DECIDE:
        day = told_on + TIME_TO_DECIDE
        raise Conflict(_("The person has time to think it over: ask from {day} on."), day=day)


def _holds(report: Report) -> list[str]:
    return sorted({each.rule.id for each in report.findings if each.rule.id in HOLDING and each.found is Found.UNMET})


async def _open_question(session: AsyncSession, person_id: UUID, consent_id: UUID) -> tuple[Consent, Case]:
    case = await _case_of(session, person_id)
    consent = await session.scalar(
        select(Consent)
        .where(
            Consent.id == consent_id,
            Consent.person_id == person_id,
            Consent.kind == ConsentKind.RETURN,
            Consent.state == ConsentState.REQUESTED,
        )
        .with_for_update()
    )
    journey = await live_journey(session, case)
    if consent is None or journey is None or journey.step not in BEFORE_DEPARTURE:
        raise NotFound(NO_LONGER_OPEN)
    return consent, case


async def _case_of(session: AsyncSession, person_id: UUID) -> Case:
    case = await session.scalar(select(Case).where(Case.person_id == person_id))
    if case is None:
        raise NotFound(NO_LONGER_OPEN)
    return case
