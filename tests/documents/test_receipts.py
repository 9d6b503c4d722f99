"""Receipts of consent: the mandatory fields of ISO/IEC TS 27560 are there and say what really happened."""

from typing import Any

import pytest
from documents_scene import House, Someone
from pdf_reader import text_of

from access.actor import PERSON
from cases.consent import consents_of, withdraw
from cases.models import Consent
from cases.rules import ConsentKind, ConsentState, GivenBy
from documents.printing import print_receipt
from documents.receipts import Controller, Receipt, receipt_of
from foundation import clock
from foundation.settings import Settings
from referrals.referring import withdraw_share

STATED = Controller(
    name="Example Return Service",
    address="1 Main Road, Banjul",
    contact="data@example.org",
    jurisdiction="The Gambia",
    storage="Ireland",
)
MANDATORY: dict[str, set[str]] = {
    "": {"schema_version", "receipt_id", "record_id", "pii_principal_id"},
    "processing": {
        "privacy_notice",
        "language",
        "purpose",
        "pii_information",
        "pii_controllers",
        "storage_locations",
        "retention_period",
        "jurisdiction",
        "recipient_third_parties",
        "withdrawal_method",
    },
    "parties": {"party_id", "party_address", "party_name", "party_contact", "party_type"},
    "events": {"event_time", "validity_duration", "entity_id", "event_type", "event_state"},
}
"""The technical specification's mandatory fields, by section."""


async def consent_of(someone: Someone, kind: ConsentKind) -> Consent:
    consents = await consents_of(someone.session, someone.person_id)
    return next(each for each in consents if each.kind is kind)


async def receipt(someone: Someone, kind: ConsentKind, controller: Controller = STATED) -> Receipt:
    consent = await consent_of(someone, kind)
    return await receipt_of(someone.session, someone.case, consent, controller, "en")


@pytest.mark.parametrize("kind", [ConsentKind.DATA, ConsentKind.SERVICES])
async def test_every_mandatory_field_is_there_and_says_something(house: House, kind: ConsentKind) -> None:
    told: dict[str, Any] = (await receipt(await house.meet("amie"), kind)).model_dump(mode="json")
    sections: dict[str, list[dict[str, Any]]] = {
        "": [told],
        "processing": [told["processing"]],
        "parties": told["parties"],
        "events": told["events"],
    }
    for section, fields in MANDATORY.items():
        for part in sections[section]:
            assert fields <= set(part)
            empty = {field for field in fields if not part[field]}
            assert empty <= {"recipient_third_parties"}
    assert all(item["pii_type"] for item in told["processing"]["pii_information"])


async def test_a_share_names_the_partner_and_how_to_reach_them(house: House) -> None:
    told = await receipt(await house.meet("amie"), ConsentKind.SERVICES)
    keeper, partner = told.parties
    assert (keeper.party_name, keeper.party_contact) == ("Example Return Service", "data@example.org")
    assert told.processing.recipient_third_parties == [partner.party_id]
    assert partner.party_name == "Sousse Job Centre"
    assert partner.party_contact == "+216 73 000 000, desk@example.org"
    assert partner.party_address == "1 Quay, Sousse, TN"


async def test_events_follow_what_happened(house: House) -> None:
    amie = await house.meet("amie")
    assert [each.event_state for each in (await receipt(amie, ConsentKind.DATA)).events] == ["given"]
    before = await receipt(amie, ConsentKind.SERVICES)
    assert [(each.event_state, each.entity_id) for each in before.events] == [
        ("requested", "operator"),
        ("given", "person"),
    ]
    await withdraw_share(amie.session, amie.person_id, amie.referral.consent_id)
    after = await receipt(amie, ConsentKind.SERVICES)
    assert [each.event_state for each in after.events] == ["requested", "given", "withdrawn"]
    assert (before.record_id, before.receipt_id) != (after.record_id, after.receipt_id)
    assert before.record_id == after.record_id


async def test_a_request_taken_back_unanswered_was_refused(house: House) -> None:
    amie = await house.meet("amie")
    consent = await consent_of(amie, ConsentKind.SERVICES)
    consent.state, consent.decided_at = ConsentState.REQUESTED, None
    await withdraw(amie.session, consent.id, amie.person_id, actor=PERSON)
    told = await receipt(amie, ConsentKind.SERVICES)
    assert [each.event_state for each in told.events] == ["requested", "refused"]


async def test_a_guardian_and_the_child_are_told_apart(house: House) -> None:
    amie = await house.meet("amie")
    consent = await consent_of(amie, ConsentKind.DATA)
    consent.given_by, consent.assented_at = GivenBy.GUARDIAN, clock.now()
    told = await receipt(amie, ConsentKind.DATA)
    assert [(each.entity_id, each.event_state) for each in told.events] == [("guardian", "given"), ("person", "given")]


async def test_a_receipt_names_no_person_and_admits_what_the_operator_does_not_state(house: House) -> None:
    amie = await house.meet("amie")
    told = await receipt(amie, ConsentKind.SERVICES, Controller.of(Settings(operator="Example Return Service")))
    text = told.model_dump_json()
    assert not any(canary in text for canary in amie.canaries())
    assert told.processing.jurisdiction == "Not stated by the operator."
    assert told.processing.storage_locations == ["Not stated by the operator."]


async def test_the_printed_receipt_says_the_same(house: House) -> None:
    told = await receipt(await house.meet("amie"), ConsentKind.SERVICES)
    text = text_of(print_receipt(told, "en"))
    for said in (str(told.receipt_id), told.pii_principal_id, "Sousse Job Centre", "The Gambia", "ISO/IEC TS 27560"):
        assert said in text
    assert print_receipt(told, "ar")[:5] == b"%PDF-"
