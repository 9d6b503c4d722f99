"""The hand-over sheet: exactly what is disclosed, what holds for it, and only while the partner may see it."""

import pytest
from documents_scene import House, Someone, build_house
from pdf_reader import text_of
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.models import Person
from cases.rules import NeedKind, Urgency
from documents.hand_over import open_sheet, print_sheet
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, NotAllowed, NotFound
from referrals.models import Referral, reference_of
from referrals.partner_models import Agreement
from referrals.referring import answer_share, create_referral, revoke, withdraw_share
from referrals.responding import accept, complete
from referrals.rules import SHARED_FIELD_NAMES, SharedField


@pytest.fixture
async def house(session: AsyncSession) -> House:
    return await build_house(session)


@pytest.fixture
async def amina(house: House) -> Someone:
    return await house.meet("amina", "fr")


async def sheet_of(house: House, referral: Referral, language: str = "en", **more: bool) -> str:
    sheet = await open_sheet(house.session, house.partner, referral.id, language=language, **more)
    return text_of(print_sheet(sheet))


async def with_language(house: House, someone: Someone) -> Referral:
    """Another referral, by which the person also shares their language and their area."""
    await revoke(house.session, someone.case, someone.referral.id, actor=house.caseworker)
    made = await create_referral(
        house.session,
        someone.case,
        service_id=house.service.id,
        need_kind=NeedKind.WORK,
        urgency=Urgency.URGENT,
        fields=[SharedField.LANGUAGE, SharedField.AREA],
        actor=house.caseworker,
    )
    return await answer_share(house.session, someone.key.subject_id, made.consent_id, agrees=True)


async def test_it_holds_what_was_shared_and_nothing_else_of_the_person(house: House, amina: Someone) -> None:
    told = await sheet_of(house, amina.referral)
    for word in ("name-amina", "skill-amina", "note-amina", "Job desk", "Normal", reference_of(amina.referral.id)):
        assert word in told
    for rule in ("only until this service has ended", "take their agreement back at any time", "within 7 days"):
        assert rule in told.replace("\n", " ")
    assert "unless you have accepted by then" in told
    kept_back = ("topic-amina", "asked-amina", "safe-amina", "1990", "Basse", "Woman", amina.case.number, "700 12 34")
    assert [word for word in kept_back if word in told] == []
    unshared = set(SharedField) - {SharedField.CALLED, SharedField.SKILLS, SharedField.NOTE}
    assert [field for field in unshared if SHARED_FIELD_NAMES[field].text in told] == []


async def test_taking_it_away_is_noted(house: House, amina: Someone) -> None:
    await sheet_of(house, amina.referral, "fr")
    await house.session.flush()
    entries = await house.session.scalars(select(AuditEntry).where(AuditEntry.event == "referral.exported"))
    (entry,) = entries.all()
    assert (entry.actor_id, entry.subject_id) == (house.partner.id, amina.case.id)
    assert entry.facts == {"referral": str(amina.referral.id), "language": "fr"}


async def test_in_the_persons_language_only_where_they_shared_it(house: House, amina: Someone) -> None:
    with pytest.raises(Conflict):
        await open_sheet(house.session, house.partner, amina.referral.id, language="en", for_person=True)
    referral = await with_language(house, amina)
    await house.session.execute(update(Person).values(language="es"))
    sheet = await open_sheet(house.session, house.partner, referral.id, language="en", for_person=True)
    assert sheet.language == "es"
    assert "Basse" in text_of(print_sheet(sheet))


@pytest.mark.parametrize("language", ["ar", "ps", "am", "bn"])
async def test_it_can_be_printed_in_every_script(house: House, amina: Someone, language: str) -> None:
    told = await sheet_of(house, await with_language(house, amina), language)
    assert "\ufffd" not in told
    assert len(told) > 100


@pytest.mark.parametrize("why", ["withdrawn", "completed", "no agreement", "erased case"])
async def test_there_is_none_once_the_partner_sees_nothing(house: House, amina: Someone, why: str) -> None:
    referral = amina.referral
    if why == "withdrawn":
        await withdraw_share(house.session, amina.key.subject_id, referral.consent_id)
    elif why == "completed":
        await accept(house.session, referral.id, actor=house.partner)
        await complete(house.session, referral.id, actor=house.partner)
    elif why == "no agreement":
        await house.session.execute(update(Agreement).values(ended_at=clock.now()))
    else:
        referral.disclosed = None
    with pytest.raises(Conflict):
        await open_sheet(house.session, house.partner, referral.id, language="en")
    await house.session.flush()
    noted = await house.session.scalars(select(AuditEntry.id).where(AuditEntry.event == "referral.exported"))
    assert noted.all() == []


async def test_only_the_partner_that_it_was_sent_to_has_one(house: House, amina: Someone) -> None:
    for actor, refusal in (
        (house.caseworker, NotAllowed),
        (Actor(house.partner.id, house.partner.role, house.caseworker.organisation_id), NotFound),
    ):
        with pytest.raises(refusal):
            await open_sheet(house.session, actor, amina.referral.id, language="en")
