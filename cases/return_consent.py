"""Consent to return (GCM 21(b)): free, prior, informed, by the person, and to be taken back until departure.

What was explained, item by item, is a record of its own (`information`), and so is that the choice was free
(`free_choice`). Silence is no; refused and withdrawn are final for that consent, and a new one can be asked.
"""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.consent import require_data_consent, withdraw
from cases.journeys import live_journey
from cases.messages import person_of
from cases.models import Case, Consent
from cases.notices import text_hash
from cases.rules import IN_FORCE, ConsentKind, ConsentState, GivenBy
from cases.safeguard_rules import BEFORE_DEPARTURE
from cases.safeguarding import may_be_child
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts

NOTICE, NOTICE_VERSION = "return", "1"


async def consent_to_return(session: AsyncSession, case: Case) -> Consent | None:
    """The newest consent to return, whatever became of it."""
    return await session.scalar(
        select(Consent)
        .where(Consent.person_id == case.person_id, Consent.kind == ConsentKind.RETURN)
        .order_by(Consent.requested_at.desc(), Consent.id)
        .limit(1)
    )


async def record_return_consent(
    session: AsyncSession, case: Case, *, agrees: bool, text: str, evidence: str, actor: Actor
) -> Consent:
    """The person's answer to the question whether they want to return, given to a caseworker.

    `text`: what was read to them and signed, of which the hash is kept. `evidence`: who asked, where, in which
    language, and where the signed paper is; for a child also which guardian agreed. Kept sealed.
    """
    is_child = await may_be_child(session, case.id)
    require(actor, Permission.CONSENT_AUTHORISE_CHILD if is_child else Permission.RETURN_PREPARE)
    person = await person_of(session, case)
    await require_data_consent(session, person.id)
    if not (evidence.strip() and text.strip()):
        raise Invalid(_("Write what was read to the person, who asked, when, and where the signed paper is kept."))
    known = await consent_to_return(session, case)
    if known is not None and known.state in IN_FORCE:
        raise Conflict(_("The person has agreed already."))
    if known is not None and known.state is ConsentState.REQUESTED:
        # What was asked in the chat is answered by now: the button there counts no more.
        await withdraw(session, known.id, person.id, actor=actor)
    consent_id = uuid4()
    key = await open_subject(session, person.id)
    consent = Consent(
        id=consent_id,
        person_id=person.id,
        kind=ConsentKind.RETURN,
        purpose="return",
        fields=[],
        notice_id=NOTICE,
        notice_version=NOTICE_VERSION,
        language=person.language,
        text_hash=text_hash(text),
        state=ConsentState.GIVEN if agrees else ConsentState.REFUSED,
        requested_at=clock.now(),
        decided_at=clock.now(),
        given_by=GivenBy.GUARDIAN if is_child else GivenBy.PERSON,
        authorised_by=actor.id,
        assented_at=clock.now() if is_child and agrees else None,
        guardian_evidence=key.seal(Consent.guardian_evidence, consent_id, free_of_accounts(evidence.strip())),
    )
    session.add(consent)
    audit.record(session, actor.id, f"consent.{consent.state}", case.id, consent=consent.id, kind=consent.kind)
    return consent


async def withdraw_return_consent(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """The person told a caseworker that they no longer want to return, or not to be asked.

    In the chat they do it themselves.
    """
    require(actor, Permission.RETURN_PREPARE)
    consent = await consent_to_return(session, case)
    is_open = consent is not None and (consent.state in IN_FORCE or consent.state is ConsentState.REQUESTED)
    if consent is None or not is_open or case.person_id is None:
        raise Conflict(_("There is no consent to return that is in force."))
    journey = await live_journey(session, case)
    if journey is not None and journey.step not in BEFORE_DEPARTURE:
        raise NotAllowed(_("The person has departed already."))
    await withdraw(session, consent.id, case.person_id, actor=actor)
