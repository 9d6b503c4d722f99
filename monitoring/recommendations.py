"""Recommendations and questions of monitors, and what becomes of them: issued, answered, followed, settled, reopened.

Monitors write and issue; the addressee answers and reports what was done; whether it is implemented the monitors say,
who are not judged by it. Nothing that was issued is ever changed: what must be put right is put right by an entry.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation, StaffMember
from access.rules import Permission
from cases.return_monitoring import is_monitored
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _
from monitoring.naming import refuse_names
from monitoring.recommendation_models import Recommendation, RecommendationEntry
from monitoring.recommendation_rules import ANSWERS, OUTCOMES, TAKEN_UP, Action, Entry, Kind, State, Theme, next_states

LONGEST = 4000
"""Letters of one text."""
_INDICATOR = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}")
_NONE = _("There is no such recommendation.")


@dataclass(frozen=True, slots=True)
class Wording:
    """What a recommendation says. `addressee` counts where there is no `addressee_id`."""

    text: str
    theme: Theme
    answer_by: date
    due_on: date | None = None
    """A recommendation needs it; a question has none."""
    kind: Kind = Kind.RECOMMENDATION
    addressee_id: UUID | None = None
    addressee: str = ""
    action: Action | None = None
    indicator: str = ""
    operation: str = ""
    checked: bool = False
    """The writer has looked: it names nobody."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is written under a recommendation. `on_day`: when it was said, if not today."""

    text: str
    evidence: str = ""
    on_day: date | None = None
    checked: bool = False


async def write_recommendation(session: AsyncSession, wording: Wording, *, actor: Actor) -> Recommendation:
    """A draft, which only the monitoring body sees. Raises Invalid for what it cannot say."""
    require(actor, Permission.RECOMMENDATION_WRITE)
    if actor.organisation_id is None:
        raise NotFound(_NONE)
    made = Recommendation(
        id=uuid4(),
        organisation_id=actor.organisation_id,
        state=State.DRAFT,
        written_by=actor.id,
        written_at=clock.now(),
    )
    await _put(session, made, wording)
    session.add(made)
    audit.record(session, actor.id, "recommendation.written", made.id)
    return made


async def change_draft(session: AsyncSession, recommendation_id: UUID, wording: Wording, *, actor: Actor) -> None:
    """Write a draft anew. Raises Conflict once it is issued."""
    found = await _own_draft(session, recommendation_id, actor)
    await _put(session, found, wording)
    found.written_by, found.written_at = actor.id, clock.now()
    audit.record(session, actor.id, "recommendation.changed", found.id)


async def drop_draft(session: AsyncSession, recommendation_id: UUID, *, actor: Actor) -> None:
    found = await _own_draft(session, recommendation_id, actor)
    await session.execute(delete(Recommendation).where(Recommendation.id == found.id))
    audit.record(session, actor.id, "recommendation.dropped", found.id)


async def issue(session: AsyncSession, recommendation_id: UUID, *, actor: Actor) -> Recommendation:
    """Make it public. From now on it is never changed; its hash in the audit log would show it."""
    found = await _own_draft(session, recommendation_id, actor)
    if found.answer_by <= clock.today():
        raise Invalid(_("The day by which it is to be answered has passed. Set a later one."))
    found.number = (await session.scalar(select(func.max(Recommendation.number))) or 0) + 1
    found.issued_on, found.state = clock.today(), State.ISSUED
    found.sha256 = digest(found)
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict(_("Someone else has issued one at this moment. Please try again.")) from None
    audit.record(session, actor.id, "recommendation.issued", found.id, number=found.number, sha256=found.sha256)
    return found


async def answer(
    session: AsyncSession, recommendation_id: UUID, outcome: State, said: Said, *, actor: Actor
) -> RecommendationEntry:
    """Accept a recommendation, in whole or in part, or reject it with a reason; answer a question.

    The addressee answers. Where that has no account here, the monitoring body writes down what it answered on paper.
    """
    found, speaker = await _with_speaker(session, recommendation_id, actor)
    if outcome not in ANSWERS[found.kind]:
        if found.kind is Kind.QUESTION:
            raise Invalid(_("A question is answered in words, and neither accepted nor rejected."))
        raise Invalid(_("Say whether it is accepted, accepted in part or rejected."))
    if outcome is State.ANSWERED:
        await _check_text(session, [said.text], checked=said.checked)
    elif outcome is not State.ACCEPTED and not said.text.strip():
        raise Invalid(_("Say why, and what part of it is accepted if any is."))
    return await _enter(session, found, Entry.ANSWER, said, speaker, actor, state=outcome)


async def follow_up(session: AsyncSession, recommendation_id: UUID, said: Said, *, actor: Actor) -> RecommendationEntry:
    """What was done, or what was found when looking: the addressee's word or the monitoring body's."""
    found = await _in_sight(session, recommendation_id, actor)
    return await _enter(session, found, Entry.FOLLOW_UP, said, await _own_name(session, actor), actor)


async def settle(
    session: AsyncSession, recommendation_id: UUID, outcome: State, said: Said, *, actor: Actor
) -> RecommendationEntry:
    """The monitoring body's judgement: implemented, with evidence, or not implemented, with the reason."""
    if outcome not in OUTCOMES:
        raise Invalid(_("Say whether it is implemented or not."))
    found = await _own(session, recommendation_id, actor)
    if found.state not in TAKEN_UP:
        raise Conflict(_("Only what was accepted, in whole or in part, can be implemented."))
    if outcome is State.IMPLEMENTED and not said.evidence.strip():
        raise Invalid(_("Say where it can be seen that it is implemented."))
    return await _enter(session, found, Entry.OUTCOME, said, await _own_name(session, actor), actor, state=outcome)


async def correct(session: AsyncSession, recommendation_id: UUID, said: Said, *, actor: Actor) -> RecommendationEntry:
    """Put right what was issued. The wording stays as it was; the correction stands under it."""
    found = await _own(session, recommendation_id, actor)
    return await _enter(session, found, Entry.CORRECTION, said, await _own_name(session, actor), actor)


async def reopen(
    session: AsyncSession, recommendation_id: UUID, said: Said, *, answer_by: date, due_on: date | None, actor: Actor
) -> RecommendationEntry:
    """Ask once more what was rejected, settled or answered, with the reason and new days."""
    found = await _own(session, recommendation_id, actor)
    due_on = _checked_due_on(found.kind, answer_by, due_on)
    entry = await _enter(
        session, found, Entry.REOPENING, said, await _own_name(session, actor), actor, state=State.REOPENED
    )
    entry.answer_by, entry.due_on = answer_by, due_on
    return entry


def digest(issued: Recommendation) -> str:
    """SHA-256 of what was issued, as canonical JSON."""
    content = {
        "number": issued.number,
        "organisation": str(issued.organisation_id),
        "addressee": issued.addressee,
        "theme": issued.theme,
        "action": issued.action,
        "indicator": issued.indicator,
        "operation": issued.operation,
        "text": issued.text,
        "answer_by": issued.answer_by.isoformat(),
        "due_on": issued.due_on.isoformat(),
        "issued_on": issued.issued_on and issued.issued_on.isoformat(),
    }
    if issued.kind is Kind.QUESTION:  # what was issued before there were questions keeps its hash
        content["kind"] = issued.kind
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


async def _put(session: AsyncSession, draft: Recommendation, wording: Wording) -> None:
    due_on = _checked_due_on(wording.kind, wording.answer_by, wording.due_on)
    await _check_text(session, [wording.text, wording.addressee], checked=wording.checked)
    indicator, operation = wording.indicator.strip(), wording.operation.strip().upper()
    if indicator and not _INDICATOR.fullmatch(indicator):
        raise Invalid(_("Write the indicator by its id, such as 21g-P2."))
    if operation and not await is_monitored(session, operation):
        raise Invalid(_("No operation that was monitored has this reference. It stands on the monitor's own record."))
    draft.text, draft.theme, draft.action = wording.text.strip(), wording.theme, wording.action
    draft.kind, draft.answer_by, draft.due_on = wording.kind, wording.answer_by, due_on
    draft.indicator, draft.operation = indicator or None, operation or None
    draft.addressee_id = wording.addressee_id
    draft.addressee = await _addressee(session, wording, draft.organisation_id)


async def _addressee(session: AsyncSession, wording: Wording, own: UUID) -> str:
    if wording.addressee_id is None:
        if not wording.addressee.strip():
            raise Invalid(_("Say to whom it is addressed."))
        return wording.addressee.strip()
    addressee = await session.get(Organisation, wording.addressee_id)
    if addressee is None or addressee.id == own:
        raise Invalid(_("Say to whom it is addressed."))
    return addressee.name


def _checked_due_on(kind: Kind, answer_by: date, due_on: date | None) -> date:
    """By when it is done: a question is done with the answer."""
    if answer_by <= clock.today():
        raise Invalid(_("The day by which it is to be answered must be still to come."))
    if kind is Kind.QUESTION:
        return answer_by
    if due_on is None:
        raise Invalid(_("Say by which day it is to be implemented."))
    if due_on < answer_by:
        raise Invalid(_("It cannot be due before it is answered: check both days."))
    return due_on


async def _check_text(session: AsyncSession, texts: Iterable[str], *, checked: bool) -> None:
    said = [text for text in texts if text.strip()]
    if not said:
        raise Invalid(_("Write it down first."))
    if any(len(text) > LONGEST for text in said):
        raise Invalid(_("This is too long: write at most {count} letters."), count=LONGEST)
    refuse_names(said, await session.scalars(select(StaffMember.name)), checked=checked)


async def _enter(
    session: AsyncSession,
    found: Recommendation,
    kind: Entry,
    said: Said,
    speaker: str,
    actor: Actor,
    *,
    state: State | None = None,
) -> RecommendationEntry:
    if found.issued_on is None:
        raise Conflict(_("It has not been issued yet."))
    if state is not None and state not in next_states(found.kind, found.state):
        raise Conflict(_("This cannot be done with it now. Look at it again."))
    if said.text.strip() or kind is not Entry.ANSWER:
        await _check_text(session, [said.text, said.evidence] if said.text.strip() else [""], checked=said.checked)
    on_day = said.on_day or clock.today()
    if not found.issued_on <= on_day <= clock.today():
        raise Invalid(_("The day must lie between the day of issue and today."))
    last = select(func.max(RecommendationEntry.position)).where(RecommendationEntry.recommendation_id == found.id)
    entry = RecommendationEntry(
        id=uuid4(),
        recommendation_id=found.id,
        position=(await session.scalar(last) or 0) + 1,
        kind=kind,
        state=state,
        on_day=on_day,
        speaker=speaker,
        text=said.text.strip(),
        evidence=said.evidence.strip(),
        answer_by=None,
        due_on=None,
        written_by=actor.id,
        written_at=clock.now(),
    )
    found.state = state or found.state
    session.add(entry)
    audit.record(session, actor.id, f"recommendation.{kind}", found.id, state=found.state, number=found.number)
    return entry


async def _in_sight(session: AsyncSession, recommendation_id: UUID, actor: Actor) -> Recommendation:
    """One's own, or an issued one to one's own organisation; locked. Raises NotFound for any other."""
    require(actor, Permission.RECOMMENDATION_READ)
    found = await session.scalar(select(Recommendation).where(Recommendation.id == recommendation_id).with_for_update())
    if found is None or not is_in_sight(found, actor):
        raise NotFound(_NONE)
    return found


def is_in_sight(found: Recommendation, actor: Actor) -> bool:
    is_own = may_write(found, actor)
    return is_own or (found.state is not State.DRAFT and may_answer(found, actor))


def may_write(found: Recommendation, actor: Actor) -> bool:
    return actor.may(Permission.RECOMMENDATION_WRITE) and found.organisation_id == actor.organisation_id


def may_answer(found: Recommendation, actor: Actor) -> bool:
    """The addressee; or, where that has no account here, the monitoring body for it."""
    if found.addressee_id is None:
        return may_write(found, actor)
    return actor.may(Permission.RECOMMENDATION_ANSWER) and found.addressee_id == actor.organisation_id


async def _own(session: AsyncSession, recommendation_id: UUID, actor: Actor) -> Recommendation:
    found = await _in_sight(session, recommendation_id, actor)
    if not may_write(found, actor):
        raise NotFound(_NONE)
    return found


async def _own_draft(session: AsyncSession, recommendation_id: UUID, actor: Actor) -> Recommendation:
    require(actor, Permission.RECOMMENDATION_WRITE)
    found = await _own(session, recommendation_id, actor)
    if found.state is not State.DRAFT:
        raise Conflict(_("It has been issued, and what is issued is never changed. Write a correction."))
    return found


async def _with_speaker(session: AsyncSession, recommendation_id: UUID, actor: Actor) -> tuple[Recommendation, str]:
    found = await _in_sight(session, recommendation_id, actor)
    if not may_answer(found, actor):
        raise NotFound(_NONE)
    return found, found.addressee


async def _own_name(session: AsyncSession, actor: Actor) -> str:
    name = await session.scalar(select(Organisation.name).where(Organisation.id == actor.organisation_id))
    return name or ""
