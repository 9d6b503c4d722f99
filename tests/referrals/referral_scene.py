"""A case ready to be referred: an adult with needs, a caseworker, and two partners with services."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from agreed import agree
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases.fact_models import Fact
from cases.fact_rules import Thing
from cases.intake import begin_form, open_case, submit_form
from cases.models import Case
from cases.rules import NeedKind, Urgency
from cases.sheets import built_in_sheets, publish_built_in
from foundation import clock
from foundation.keys import create_subject
from foundation.outbox import OutboxRow
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer
from referrals.facts import refresh
from referrals.models import Disclosure, Referral, Service, reach_of
from referrals.referring import answer_share, create_referral
from referrals.rules import ServiceKind, SharedField

EXAMPLE = Path(__file__).parents[2] / "homeward" / "demo" / "directory.json"
ARRIVAL: dict[str, Answer] = {
    "called": "Amadou",
    "birth_year": 1990,
    "sex": "male",
    "country_return": "GM",
    "area": "gm_brikama",
    "country_from": "LY",
    "maybe_child": "no",
}
NEEDS: dict[str, Answer] = {"work_wanted": ["job"], "skills": "masonry", "health": "some", "fear": "yes"}


@dataclass
class Scene:
    session: AsyncSession
    case: Case
    key: SubjectKey
    caseworker: Actor
    officer: Actor
    partner: Actor
    other_partner: Actor
    service: Service

    @property
    def person_id(self) -> UUID:
        return self.key.subject_id

    async def refer(self, *fields: SharedField, **changes: Any) -> Referral:
        asked: dict[str, Any] = {
            "service_id": self.service.id,
            "need_kind": NeedKind.WORK,
            "urgency": Urgency.NORMAL,
            "fields": list(fields or [SharedField.CALLED, SharedField.SKILLS]),
            "actor": self.caseworker,
        }
        return await create_referral(self.session, self.case, **(asked | changes))

    async def sent(self, *fields: SharedField, **changes: Any) -> Referral:
        referral = await self.refer(*fields, **changes)
        return await answer_share(self.session, self.person_id, referral.consent_id, agrees=True)

    async def said(self) -> list[str]:
        """What the person was told, oldest first."""
        await self.session.flush()
        rows = await self.session.scalars(
            select(OutboxRow).where(OutboxRow.subject_id == self.person_id).order_by(OutboxRow.position)
        )
        return [self.key.open(OutboxRow.body, row.id, row.body)["text"] for row in rows if row.body]

    async def disclosures(self) -> list[Disclosure]:
        await self.session.flush()
        return list(await self.session.scalars(select(Disclosure).order_by(Disclosure.shared_at)))

    async def counted(self, referral: Referral) -> tuple[str, str]:
        """Kind and outcome of the referral's fact, as the database has them: it is the newest, or the only one."""
        await refresh(self.session, [referral.case_id])
        rows = await self.session.execute(select(Fact.kind, Fact.outcome).where(Fact.thing == Thing.REFERRAL))
        kind, outcome = rows.one()
        return kind, outcome


def add_staff(session: AsyncSession, organisation: Organisation, role: Role, team: str | None = None) -> Actor:
    staff_id = uuid4()
    session.add(
        StaffMember(
            id=staff_id,
            email=f"{staff_id.hex}@example.org",
            name=role.value,
            role=role,
            organisation_id=organisation.id,
            team=team,
            language="en",
            password_hash="",
            created_at=clock.now(),
        )
    )
    return Actor(staff_id, role, organisation.id, team)


def add_service(session: AsyncSession, organisation: Organisation, **changes: Any) -> Service:
    columns: dict[str, Any] = {
        "id": uuid4(),
        "organisation_id": organisation.id,
        "name": "Job desk of Jalambang",
        "description": "",
        "kind": ServiceKind.JOBS,
        "status": "active",
        "minimum_age": None,
        "maximum_age": None,
        "languages": ["en", "mnk"],
        "areas": ["GM"],
        "assured_date": None,
        "hsds": {},
    }
    service = Service(**(columns | changes))
    session.add_all([service, *reach_of(service)])
    return service


def add_organisation(session: AsyncSession, name: str, kind: OrganisationKind) -> Organisation:
    organisation = Organisation(id=uuid4(), name=name, kind=kind)
    session.add(organisation)
    return organisation


async def build_scene(session: AsyncSession, arrival: dict[str, Any] | None = None) -> Scene:
    operator = add_organisation(session, "Operator", OrganisationKind.OPERATOR)
    jalambang = add_organisation(session, "Jalambang Skills", OrganisationKind.PARTNER)
    tilibo = add_organisation(session, "Tilibo Legal", OrganisationKind.PARTNER)
    await session.flush()
    caseworker = add_staff(session, operator, Role.CASEWORKER, "GM")
    officer = add_staff(session, operator, Role.CHILD_PROTECTION_OFFICER, "GM")
    partner = add_staff(session, jalambang, Role.PARTNER)
    other_partner = add_staff(session, tilibo, Role.PARTNER)
    service = add_service(session, jalambang)
    for each in (jalambang, tilibo):
        await agree(session, each.id)
    await publish_built_in(session)
    key = create_subject(session, uuid4())
    case = await open_case(session, key, "en", "notice", actor=PERSON)
    await session.flush()
    for sheet_id, answers in (("arrival", ARRIVAL | (arrival or {})), ("needs", NEEDS)):
        submission = await begin_form(session, case, key, built_in_sheets()[sheet_id], "en")
        await session.flush()
        await submit_form(session, submission.id, key, answers, actor=PERSON)
    case.attention_at = None
    await session.flush()
    return Scene(session, case, key, caseworker, officer, partner, other_partner, service)
