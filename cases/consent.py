"""Consent: asked, given, refused, withdrawn. One record per purpose and partner; what was asked never changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation
from access.rules import Permission
from cases.messages import person_of, tell
from cases.models import Case, Consent, Flag, Person
from cases.notices import (
    CHILD_NOTICE,
    CHILD_NOTICE_VERSION,
    DATA_NOTICE,
    DATA_NOTICE_VERSION,
    text_hash,
)
from cases.rules import CONSENT_STEPS, IN_FORCE, ConsentKind, ConsentState, GivenBy, TaskKind
from cases.safeguarding import may_be_child
from cases.same_person import same_people
from cases.tasks import open_task
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import _, _p
from questionnaire.account_numbers import free_of_accounts

YES = _p("consent", "Yes, I agree")
NO = _p("consent", "No")
SHARE_YES = "share.yes"
SHARE_NO = "share.no"
SHARE_SHOW = "share.show"
RETURN_SHOW = "return.show"
"""Actions of the buttons; the consent's id follows after a colon."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question before something is shared, and how it reads in a language."""

    id: str
    version: str
    text: Callable[[str], str]


def give_data_consent(session: AsyncSession, person: Person, case: Case, text: str, *, actor: Actor) -> Consent:
    """Record that the person agreed to data being kept, with the hash of the exact text they were shown."""
    consent = Consent(
        id=uuid4(),
        person_id=person.id,
        kind=ConsentKind.DATA,
        purpose="case_handling",
        recipient_id=None,
        referral_id=None,
        fields=[],
        notice_id=DATA_NOTICE,
        notice_version=DATA_NOTICE_VERSION,
        language=person.language,
        text_hash=text_hash(text),
        state=ConsentState.GIVEN,
        requested_at=clock.now(),
        decided_at=clock.now(),
    )
    session.add(consent)
    _record(session, actor, case.id, consent)
    return consent


def ask_guardian(session: AsyncSession, person: Person, case: Case, text: str, *, actor: Actor) -> Consent:
    """A child wants help: their own yes is recorded now. It counts once an officer records the guardian's (GCM 21(g)).

    `text`: what the guardian and the child read; see `notices.contact_notice`.
    """
    consent = Consent(
        id=uuid4(),
        person_id=person.id,
        kind=ConsentKind.DATA,
        purpose="case_handling",
        recipient_id=None,
        referral_id=None,
        fields=[],
        notice_id=CHILD_NOTICE,
        notice_version=CHILD_NOTICE_VERSION,
        language=person.language,
        text_hash=text_hash(text),
        state=ConsentState.REQUESTED,
        requested_at=clock.now(),
        given_by=GivenBy.GUARDIAN,
        assented_at=clock.now(),
    )
    session.add(consent)
    _record(session, actor, case.id, consent)
    return consent


async def authorise(session: AsyncSession, consent: Consent, evidence: str, *, actor: Actor) -> None:
    """An officer has checked the guardian and records their agreement to data, beside the child's own yes."""
    written = evidence.strip()
    require_guardian(actor, written)
    if consent.given_by is not GivenBy.GUARDIAN or consent.assented_at is None:
        raise Conflict(_("The child has not said yes."))
    _step(consent, ConsentState.GIVEN)
    key = await open_subject(session, consent.person_id)
    consent.decided_at, consent.authorised_by = clock.now(), actor.id
    consent.guardian_evidence = key.seal(Consent.guardian_evidence, consent.id, free_of_accounts(written))
    _record(session, actor, await _case_id(session, consent.person_id), consent)


async def doubt_own_consent(session: AsyncSession, case: Case, raised: Sequence[Flag], *, actor: Actor) -> None:
    """Someone who agreed as an adult may be under 18 after all: an officer must hear the parent or guardian."""
    told = next((flag.rule for flag in raised if flag.rule.startswith(("arrival.under_18", "screen.under_18"))), None)
    if case.person_id is None or told is None:
        return
    given = await consents_of(session, case.person_id)
    in_force = [each for each in given if each.kind is ConsentKind.DATA and each.state in IN_FORCE]
    if not any(each.given_by is GivenBy.GUARDIAN for each in in_force):
        await open_task(session, case, TaskKind.GUARDIAN, told, actor=actor)


async def request_share(
    session: AsyncSession,
    case: Case,
    *,
    referral_id: UUID | None,
    recipient: Organisation,
    purpose: str,
    field_codes: list[str],
    question: Question,
    guardian_evidence: str | None,
    actor: Actor,
) -> Consent:
    """Ask the person, naming the recipient and everything it would be given. Nothing is shared until they say yes.

    A child does not consent alone (CRC, GCM 21(g)): it takes an officer who records the guardian's agreement, and then
    the child is still asked. Raises NotAllowed otherwise.
    """
    require(actor, Permission.REFERRAL_CREATE)
    person = await person_of(session, case)
    await require_data_consent(session, person.id)
    is_child = await may_be_child(session, case.id)
    evidence = (guardian_evidence or "").strip()
    if is_child:
        require_guardian(actor, evidence)
    text = question.text(person.language)
    consent_id = uuid4()
    key = await open_subject(session, person.id)
    consent = Consent(
        id=consent_id,
        person_id=person.id,
        kind=ConsentKind.SERVICES,
        purpose=purpose,
        recipient_id=recipient.id,
        referral_id=referral_id,
        fields=sorted(field_codes),
        notice_id=question.id,
        notice_version=question.version,
        language=person.language,
        text_hash=text_hash(text),
        state=ConsentState.REQUESTED,
        requested_at=clock.now(),
        authorised_by=actor.id if is_child else None,
        guardian_evidence=key.seal(Consent.guardian_evidence, consent_id, free_of_accounts(evidence))
        if is_child
        else None,
    )
    session.add(consent)
    buttons = [(YES, f"{SHARE_YES}:{consent_id.hex}"), (NO, f"{SHARE_NO}:{consent_id.hex}")]
    await tell(
        session,
        person,
        text,
        buttons=buttons,
        dedupe_key=f"consent:{consent_id}",
        opens=f"{SHARE_SHOW}:{consent_id.hex}",
    )
    _record(session, actor, case.id, consent)
    return consent


async def decide(session: AsyncSession, consent_id: UUID, person_id: UUID, *, agrees: bool, actor: Actor) -> Consent:
    """The person's answer. Raises Conflict when it was answered before: refused and withdrawn are final."""
    consent = await _find(session, consent_id, person_id)
    _step(consent, ConsentState.GIVEN if agrees else ConsentState.REFUSED)
    consent.decided_at = clock.now()
    _record(session, actor, await _case_id(session, person_id), consent)
    return consent


async def withdraw(session: AsyncSession, consent_id: UUID, person_id: UUID, *, actor: Actor) -> Consent:
    """Take consent back; acts at once. Whatever rests on it must be stopped by the caller's verb."""
    consent = await _find(session, consent_id, person_id)
    if consent.state is ConsentState.REQUESTED:
        _step(consent, ConsentState.REFUSED)
    else:
        _step(consent, ConsentState.WITHDRAWN)
    consent.withdrawn_at = clock.now()
    _record(session, actor, await _case_id(session, person_id), consent)
    if consent.kind is ConsentKind.DATA:
        await _withdraw_elsewhere(session, person_id, actor=actor)
    if consent.kind is ConsentKind.RETURN and consent.state is ConsentState.WITHDRAWN:
        # The gates see at once that it is gone; someone must also undo what was booked.
        case = await session.scalar(select(Case).where(Case.person_id == person_id))
        if case is not None:
            await open_task(session, case, TaskKind.RETURN_HALTED, f"consent.{consent.id.hex}", actor=actor)
    return consent


async def _withdraw_elsewhere(session: AsyncSession, person_id: UUID, *, actor: Actor) -> None:
    """Whoever takes back their agreement to data takes it back in every file of theirs."""
    for other_id in (await same_people(session, person_id))[1:]:
        for given in await consents_of(session, other_id):
            if given.kind is ConsentKind.DATA and given.state in IN_FORCE:
                _step(given, ConsentState.WITHDRAWN)
                given.withdrawn_at = clock.now()
                _record(session, actor, await _case_id(session, other_id), given)


async def require_consent(session: AsyncSession, consent_id: UUID) -> Consent:
    """Raises NotAllowed unless this very consent is in force now. There is no override."""
    consent = await session.get(Consent, consent_id)
    if consent is None or consent.state not in IN_FORCE:
        raise NotAllowed(_("The person has not agreed to this, or has taken their agreement back."))
    return consent


async def require_data_consent(session: AsyncSession, person_id: UUID) -> None:
    """Raises NotAllowed unless the person's agreement to data being kept is in force."""
    if not await has_data_consent(session, person_id):
        raise NotAllowed(_("The person has taken back their agreement to data being kept."))


async def has_data_consent(session: AsyncSession, person_id: UUID) -> bool:
    return await session.scalar(_TO_DATA, {"person_id": person_id}) is not None


_TO_DATA = select(Consent.id).where(
    Consent.person_id == bindparam("person_id"), Consent.kind == ConsentKind.DATA, Consent.state.in_(IN_FORCE)
)


async def waiting_consent(session: AsyncSession, person_id: UUID, *, lock: bool = False) -> Consent | None:
    """A child's consent to data that waits for the guardian's agreement, or None."""
    waiting = select(Consent).where(
        Consent.person_id == person_id,
        Consent.kind == ConsentKind.DATA,
        Consent.state == ConsentState.REQUESTED,
        Consent.given_by == GivenBy.GUARDIAN,
    )
    return await session.scalar(waiting.with_for_update() if lock else waiting)


async def may_be_heard(session: AsyncSession, person_id: UUID) -> bool:
    """Whether messages may be kept: with consent to data, or from a child who waits for a guardian's agreement."""
    return await has_data_consent(session, person_id) or await waiting_consent(session, person_id) is not None


async def consents_of(session: AsyncSession, person_id: UUID) -> list[Consent]:
    return list(await session.scalars(_OF_PERSON, {"person_id": person_id}))


_OF_PERSON = (
    select(Consent).where(Consent.person_id == bindparam("person_id")).order_by(Consent.requested_at, Consent.id)
)


def require_guardian(actor: Actor, evidence: str) -> None:
    """A child does not consent alone: raises NotAllowed for who may not record it, Invalid without evidence."""
    if not actor.may(Permission.CONSENT_AUTHORISE_CHILD):
        raise NotAllowed(
            _("This person may be a child. A child does not agree alone: ask the child-protection officer.")
        )
    if not evidence:
        raise Invalid(_("Write who agreed for this child (parent or guardian), when and how you checked it."))


async def _find(session: AsyncSession, consent_id: UUID, person_id: UUID) -> Consent:
    consent = await session.scalar(
        select(Consent).where(Consent.id == consent_id, Consent.person_id == person_id).with_for_update()
    )
    if consent is None:
        raise NotFound(_("This question is no longer open."))
    return consent


def _step(consent: Consent, state: ConsentState) -> None:
    if state not in CONSENT_STEPS[consent.state]:
        raise Conflict(_("You have answered this already."))
    consent.state = state


async def _case_id(session: AsyncSession, person_id: UUID) -> UUID:
    case_id = await session.scalar(select(Case.id).where(Case.person_id == person_id))
    return case_id or person_id


def _record(session: AsyncSession, actor: Actor, case_id: UUID, consent: Consent) -> None:
    audit.record(
        session,
        actor.id,
        f"consent.{consent.state}",
        case_id,
        consent=consent.id,
        kind=consent.kind,
        recipient=consent.recipient_id,
    )
