"""A consent in words: what it is for, who receives what, and where it stands."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import Organisation
from cases.casework_rules import CASE_TRANSFER, WHOLE_FILE_CODE
from cases.models import Consent
from cases.person_words import FILE_PART_NAMES, KEPT, TAKING_OVER
from cases.rules import ConsentKind, GivenBy
from foundation.language import Message, _, _p
from referrals.rules import SERVICE_KIND_NAMES, SHARED_FIELD_NAMES, ServiceKind

# Translators: who said yes
GIVER_NAMES: dict[GivenBy, Message] = {
    GivenBy.PERSON: _p("who agreed", "you yourself"),
    GivenBy.GUARDIAN: _p("who agreed", "your parent or guardian"),
}
_KINDS = {kind.value: kind for kind in ServiceKind}
_WORDS: dict[str, Message] = {
    **{field.value: name for field, name in SHARED_FIELD_NAMES.items()},
    **{part.value: name for part, name in FILE_PART_NAMES.items()},
}


def purpose_words(consent: Consent) -> Message:
    if consent.kind is ConsentKind.DATA:
        return _("Keeping your answers to help you")
    if consent.kind is ConsentKind.RETURN:
        return _("Preparing your return")
    if consent.purpose == CASE_TRANSFER:
        return TAKING_OVER
    kind = _KINDS.get(consent.purpose)
    # Translators: {service} is a kind of service, such as Jobs
    return _("A request for a service: {service}").of(service=SERVICE_KIND_NAMES[kind] if kind else consent.purpose)


def field_words(consent: Consent) -> list[Message | str]:
    """What exactly it covers, in the order in which the person was asked."""
    if consent.kind is ConsentKind.DATA:
        return list(KEPT)
    return fields_in_words(consent.fields)


def fields_in_words(codes: list[str]) -> list[Message | str]:
    """What is shared, by its codes. A code of a time long gone is said as it is."""
    if codes == [WHOLE_FILE_CODE]:
        return list(KEPT)
    known = [words for code, words in _WORDS.items() if code in codes]
    return [*known, *(code for code in codes if code not in _WORDS)]


async def recipient_names(session: AsyncSession, consents: list[Consent]) -> Mapping[UUID, str]:
    """The names of the organisations that consents name, by id."""
    ids = {consent.recipient_id for consent in consents if consent.recipient_id}
    found = await session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in found}
