"""Consent receipts after ISO/IEC TS 27560: every mandatory field of the record, and what else we know."""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import Organisation, OrganisationKind
from cases.models import Case, Consent
from cases.notices import KEPT_MONTHS
from cases.rules import ConsentKind, ConsentState, GivenBy
from documents.consents import field_words, purpose_words
from foundation.language import _, say
from foundation.settings import Settings
from referrals.models import Referral, Service

SCHEMA: Literal["ISO/IEC TS 27560:2023"] = "ISO/IEC TS 27560:2023"
WITHDRAWAL = _("In the chat: Menu, then “My consents”, then “Take back”. Or tell a caseworker. It counts at once.")
RETENTION = _("Until {months} months after the case is closed, or until the person deletes their data.")
VALIDITY = _("Until it is taken back, at most as long as the data is kept.")
NOT_STATED = _("Not stated by the operator.")

# ISO/IEC TS 27560 has its own words for some of our states.
_STATES: dict[ConsentState, str] = {
    ConsentState.REQUESTED: "requested",
    ConsentState.GIVEN: "given",
    ConsentState.REFUSED: "refused",
    ConsentState.WITHDRAWN: "withdrawn",
    ConsentState.EXPIRED: "expired",
    ConsentState.RENEWED: "re-confirmed",
}


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(Part):
    party_id: UUID
    party_type: str
    """`controller` or `recipient`."""
    party_name: str
    party_address: str
    party_contact: str
    party_role: str


class PiiItem(Part):
    pii_type: str
    pii_optional: bool


class Processing(Part):
    privacy_notice: str
    """Id, version and SHA-256 of the exact text that was shown."""
    language: str
    purpose: str
    purpose_type: str
    lawful_basis: Literal["consent"]
    pii_information: list[PiiItem]
    pii_controllers: list[UUID]
    collection_method: Literal["chat"]
    storage_locations: list[str]
    retention_period: str
    jurisdiction: str
    recipient_third_parties: list[UUID]
    withdrawal_method: str
    privacy_rights: str


class Event(Part):
    event_time: datetime
    validity_duration: str
    entity_id: str
    """Who acted: the person or a guardian; the operator where it asked."""
    event_type: Literal["explicit"]
    event_state: str


class Receipt(Part):
    """Names no person: `pii_principal_id` is the number of the case."""

    schema_version: Literal["ISO/IEC TS 27560:2023"]
    receipt_id: UUID
    record_id: UUID
    pii_principal_id: str
    processing: Processing
    parties: list[Party]
    events: list[Event]


class Controller(BaseModel):
    """What the deployment states about whoever keeps the data."""

    name: str
    address: str = ""
    contact: str = ""
    jurisdiction: str = ""
    storage: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Controller":
        return cls(
            name=settings.operator,
            address=settings.operator_address,
            contact=settings.operator_contact,
            jurisdiction=settings.jurisdiction,
            storage=settings.storage_location,
        )


async def receipt_of(
    session: AsyncSession, case: Case, consent: Consent, controller: Controller, language: str
) -> Receipt:
    """The receipt of a consent as it stands now, in words of `language`."""
    operator = await session.scalar(
        select(Organisation).where(
            Organisation.id == case.organisation_id, Organisation.kind == OrganisationKind.OPERATOR
        )
    )
    keeper = _controller(operator.id if operator else case.organisation_id, controller, language)
    recipient = await _recipient(session, consent, language)
    return Receipt(
        schema_version=SCHEMA,
        # The same record in the same state always has the same receipt.
        receipt_id=uuid5(consent.id, consent.state),
        record_id=consent.id,
        pii_principal_id=case.number,
        processing=_processing(consent, keeper, recipient, controller, language),
        parties=[keeper, recipient] if recipient else [keeper],
        events=_events(consent, language),
    )


def _processing(
    consent: Consent, keeper: Party, recipient: Party | None, controller: Controller, language: str
) -> Processing:
    covers = [each if isinstance(each, str) else say(language, each) for each in field_words(consent)]
    return Processing(
        privacy_notice=f"{consent.notice_id}-{consent.notice_version} sha256:{consent.text_hash}",
        language=consent.language.replace("_", "-"),
        purpose=say(language, purpose_words(consent)),
        purpose_type=consent.purpose,
        lawful_basis="consent",
        pii_information=[PiiItem(pii_type=words, pii_optional=True) for words in covers],
        pii_controllers=[keeper.party_id],
        collection_method="chat",
        storage_locations=[_stated(controller.storage, language)],
        retention_period=say(language, RETENTION, months=KEPT_MONTHS),
        jurisdiction=_stated(controller.jurisdiction, language),
        recipient_third_parties=[recipient.party_id] if recipient else [],
        withdrawal_method=say(language, WITHDRAWAL),
        privacy_rights=say(
            language, _("To see, correct, copy and delete the data, and to complain: all from the menu of the chat.")
        ),
    )


def _events(consent: Consent, language: str) -> list[Event]:
    validity = say(language, VALIDITY)
    return [
        Event(
            event_time=moment,
            validity_duration=validity,
            entity_id=entity,
            event_type="explicit",
            event_state=_STATES[state],
        )
        for moment, entity, state in _steps(consent)
    ]


def _steps(consent: Consent) -> list[tuple[datetime, str, ConsentState]]:
    """What happened to it and who did it, in order."""
    steps: list[tuple[datetime, str, ConsentState]] = []
    if consent.kind is not ConsentKind.DATA:
        steps.append((consent.requested_at, "operator", ConsentState.REQUESTED))
    if consent.decided_at and consent.state is not ConsentState.REFUSED:
        steps.append((consent.decided_at, consent.given_by, ConsentState.GIVEN))
    if consent.assented_at:
        steps.append((consent.assented_at, GivenBy.PERSON, ConsentState.GIVEN))
    if consent.state not in (ConsentState.REQUESTED, ConsentState.GIVEN):
        moment = consent.withdrawn_at or consent.decided_at or consent.requested_at
        steps.append((moment, GivenBy.PERSON, consent.state))
    return steps


def _controller(organisation_id: UUID, controller: Controller, language: str) -> Party:
    return Party(
        party_id=organisation_id,
        party_type="controller",
        party_name=controller.name,
        party_address=_stated(controller.address, language),
        party_contact=_stated(controller.contact, language),
        party_role=say(language, _("Keeps the data and answers for it.")),
    )


async def _recipient(session: AsyncSession, consent: Consent, language: str) -> Party | None:
    """The partner who may receive something, reached as its service in the directory says."""
    if consent.recipient_id is None:
        return None
    organisation = await session.get_one(Organisation, consent.recipient_id)
    hsds = await session.scalar(
        select(Service.hsds).join(Referral, Referral.service_id == Service.id).where(Referral.consent_id == consent.id)
    )
    record = hsds or {}
    ways = [*(phone.get("number", "") for phone in record.get("phones", [])), record.get("email"), record.get("url")]
    places = [
        ", ".join(part for part in (address.get("address_1"), address.get("city"), address.get("country")) if part)
        for at in record.get("service_at_locations", [])
        for address in (at.get("location") or {}).get("addresses", [])
    ]
    return Party(
        party_id=organisation.id,
        party_type="recipient",
        party_name=organisation.name,
        party_address=_stated(places[0] if places else "", language),
        party_contact=_stated(", ".join(way for way in ways if way), language),
        party_role=say(language, _("Receives what is listed here, if the person agrees.")),
    )


def _stated(text: str, language: str) -> str:
    return text or say(language, NOT_STATED)
