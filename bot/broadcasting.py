"""One text to many people at once, each in their language: queued in small transactions, sent by the worker.

A text goes to nobody twice: every person it was queued for stands in the audit log under the broadcast's id.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from bot.models import Chat
from cases.messages import LONGEST_MESSAGE, tell
from cases.models import Case, Consent, Person
from cases.rules import COUNTRY_NAMES, IN_FORCE, CaseStatus, ConsentKind
from foundation import audit
from foundation.audit import AuditEntry
from foundation.errors import Invalid
from foundation.keys import open_subjects
from foundation.language import _, complete_languages
from foundation.outbox import OutboxRow, OutboxState

AT_ONCE = 200
QUEUED = "broadcast.queued"
NO_FILE = _("The file must be JSON or TOML with an id, and texts by language.")
BAD_ID = _("The id must have 1 to 40 small letters, digits or hyphens.")
BAD_TEXT = _("Every text must belong to a known language and have 1 to {count} characters.")
BAD_COUNTRY = _("A country must be one of these: {countries}.")
_ID = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class Broadcast:
    id: str
    texts: dict[str, str]
    """By language. Who uses another is told nothing."""
    countries: frozenset[str]
    """Countries of return it is for; empty: all."""


@dataclass(frozen=True, slots=True)
class Progress:
    waiting: int
    sent: int
    given_up: int


def read_broadcast(content: str, *, is_toml: bool = False) -> Broadcast:
    """Raises Invalid with what is wrong with the file."""
    try:
        given: Any = tomllib.loads(content) if is_toml else json.loads(content)
        id_, texts, countries = given["id"], given["texts"], given.get("countries", [])
        stripped = {str(language).replace("-", "_"): str(text).strip() for language, text in texts.items()}
        wanted = frozenset(str(country) for country in countries)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(NO_FILE) from None
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise Invalid(BAD_ID)
    known = complete_languages("person")
    if not stripped or any(
        code not in known or not 0 < len(text) <= LONGEST_MESSAGE for code, text in stripped.items()
    ):
        raise Invalid(BAD_TEXT, count=LONGEST_MESSAGE)
    if wanted - set(COUNTRY_NAMES):
        raise Invalid(BAD_COUNTRY, countries=", ".join(COUNTRY_NAMES))
    return Broadcast(id_, stripped, wanted)


async def queue_some(session: AsyncSession, broadcast: Broadcast, after: UUID | None = None) -> UUID | None:
    """Queue it for the next people behind the person `after`; the last of them, None when there are no more."""
    people = (await session.execute(_next_people(broadcast, after))).all()
    await open_subjects(session, [person.id for person, _case_id, _known in people])
    for person, case_id, is_known in people:
        if is_known:
            continue
        key = f"broadcast:{broadcast.id}:{person.id}"
        await tell(session, person, broadcast.texts[person.language], dedupe_key=key)
        audit.record(session, SYSTEM.id, QUEUED, case_id, broadcast=broadcast.id)
    return people[-1][0].id if people else None


async def progress_of(session: AsyncSession, broadcast: Broadcast) -> Progress:
    """What became of the messages so far."""
    rows = await session.execute(
        select(OutboxRow.state, func.count())
        .where(OutboxRow.dedupe_key.startswith(f"broadcast:{broadcast.id}:"))
        .group_by(OutboxRow.state)
    )
    counts = {state: count for state, count in rows}  # noqa: C416  # rows are no pairs to the type checker
    return Progress(
        counts.get(OutboxState.WAITING, 0), counts.get(OutboxState.DONE, 0), counts.get(OutboxState.FAILED, 0)
    )


def _next_people(broadcast: Broadcast, after: UUID | None) -> Any:
    """People with an open case who agreed to data being kept, can be reached, and read one of the languages."""
    agreed = select(Consent.person_id).where(Consent.kind == ConsentKind.DATA, Consent.state.in_(IN_FORCE))
    is_known = (
        select(AuditEntry.id)
        .where(
            AuditEntry.subject_id == Case.id,
            AuditEntry.event == QUEUED,
            AuditEntry.facts["broadcast"].as_string() == broadcast.id,
        )
        .exists()
    )
    found = (
        select(Person, Case.id, is_known)
        .join(Case, Case.person_id == Person.id)
        .join(Chat, Chat.subject_id == Person.id)
        .where(
            Case.status == CaseStatus.OPEN,
            Chat.stopped_at.is_(None),
            Person.language.in_(broadcast.texts),
            Person.id.in_(agreed),
        )
        .order_by(Person.id)
        .limit(AT_ONCE)
    )
    if broadcast.countries:
        found = found.where(Case.country.in_(broadcast.countries))
    return found if after is None else found.where(Person.id > after)
