"""An operator with staff of every role, and people who have told what the test needs them to tell."""

from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases.intake import begin_form, open_case, submit_form
from cases.models import Case, Consent, Flag, Need
from cases.rules import ConsentKind, ConsentState, FlagKind
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets, publish_built_in
from foundation import clock
from foundation.keys import create_subject
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer

ADULT: dict[str, Answer] = {
    "called": "Fatou Jallow",
    "birth_year": 1990,
    "sex": "female",
    "country_return": "GM",
    "area": "gm_basse",
    "maybe_child": "no",
}


@dataclass
class Told:
    """A person who opened a case, and the key to what they said."""

    case: Case
    key: SubjectKey


@dataclass
class Scene:
    session: AsyncSession
    operator: Organisation
    partner: Organisation
    staff: dict[Role, Actor] = field(default_factory=dict)

    def add_staff(self, role: Role, organisation: Organisation, team: str | None = None) -> Actor:
        staff_id = uuid4()
        self.session.add(
            StaffMember(
                id=staff_id,
                email=f"{staff_id.hex}@example.org",
                name=f"Someone {role}",
                role=role,
                organisation_id=organisation.id,
                team=team,
                language="en",
                password_hash="",
                created_at=clock.now(),
            )
        )
        return Actor(staff_id, role, organisation.id, team)

    async def tell(self, arrival: dict[str, Answer] | None = None, needs: dict[str, Answer] | None = None) -> Told:
        """A new person who sent the arrival form, and the needs form if given."""
        key = create_subject(self.session, uuid4())
        case = await open_case(self.session, key, "en", "the notice", actor=PERSON)
        await self.session.flush()
        told = Told(case, key)
        await self.submit(told, ARRIVAL, ADULT | (arrival or {}))
        if needs is not None:
            await self.submit(told, NEEDS, needs)
        case.attention_at = None
        await self.session.flush()
        return told

    async def submit(self, told: Told, sheet_id: str, answers: dict[str, Answer]) -> None:
        submission = await begin_form(self.session, told.case, told.key, built_in_sheets()[sheet_id], "en")
        await self.session.flush()
        await submit_form(self.session, submission.id, told.key, answers, actor=PERSON)
        await self.session.flush()

    async def flags(self, told: Told) -> dict[FlagKind, Flag]:
        found = await self.session.scalars(select(Flag).where(Flag.case_id == told.case.id))
        return {flag.kind: flag for flag in found}

    async def needs(self, told: Told) -> list[Need]:
        return list(await self.session.scalars(select(Need).where(Need.case_id == told.case.id)))

    def add_consent(self, told: Told, state: ConsentState, kind: ConsentKind = ConsentKind.SERVICES) -> Consent:
        consent = Consent(
            id=uuid4(),
            person_id=told.key.subject_id,
            kind=kind,
            purpose="jobs",
            recipient_id=self.partner.id,
            fields=["skills"],
            notice_id="share",
            notice_version="1",
            language="en",
            text_hash="0" * 64,
            state=state,
            requested_at=clock.now(),
        )
        self.session.add(consent)
        return consent


async def build_scene(session: AsyncSession) -> Scene:
    operator = Organisation(id=uuid4(), name="Operator", kind=OrganisationKind.OPERATOR)
    partner = Organisation(id=uuid4(), name="Partner", kind=OrganisationKind.PARTNER)
    session.add_all([operator, partner])
    await session.flush()
    await publish_built_in(session)
    scene = Scene(session, operator, partner)
    scene.staff = {role: scene.add_staff(role, operator) for role in Role}
    await session.flush()
    return scene
