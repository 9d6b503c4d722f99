"""Two people of whom everything is kept that can be, each word of theirs a canary of its own."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from agreed import agree
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases import savings
from cases.answers import submissions_of
from cases.files import OpenedFile, store_file
from cases.intake import begin_form, open_case, submit_form
from cases.learning import note_lesson
from cases.lesson_texts import lessons
from cases.models import CallBack, Case, CaseMessage, FollowUp, Person, SurveyResult, Task
from cases.queries import record_view
from cases.rules import CallTime, Direction, FileKind, FollowUpState, NeedKind, TaskKind, Urgency
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets, publish_built_in
from foundation import clock
from foundation.keys import create_subject
from foundation.sealing import SubjectKey
from referrals.application_rules import Given
from referrals.applying import Terms, add_period, authorise, open_new
from referrals.business_plan import MONTHS, ZERO
from referrals.enterprise import PlanText, record_visit, write_business_plan
from referrals.models import Referral, Service, reach_of
from referrals.referring import answer_share, create_referral
from referrals.responding import find_referral
from referrals.rules import ServiceKind, SharedField
from referrals.work_periods import Period

HSDS = {
    "phones": [{"number": "+216 73 000 000"}],
    "email": "desk@example.org",
    "service_at_locations": [{"location": {"addresses": [{"address_1": "1 Quay", "city": "Sousse", "country": "TN"}]}}],
}


@dataclass
class Someone:
    session: AsyncSession
    case: Case
    key: SubjectKey
    referral: Referral
    mark: str

    @property
    def person_id(self) -> Any:
        return self.key.subject_id

    async def person(self) -> Person:
        return await self.session.get_one(Person, self.person_id)

    def canaries(self) -> list[str]:
        names = ("name", "skill", "topic", "asked", "said", "note", "file", "score", "safe")
        names += ("institution", "covers", "farm", "weave", "books", "machine")
        return [f"{each}-{self.mark}" for each in names]


@dataclass
class House:
    session: AsyncSession
    caseworker: Actor
    partner: Actor
    service: Service

    async def meet(self, mark: str, language: str = "en") -> Someone:
        key = create_subject(self.session, uuid4())
        case = await open_case(self.session, key, language, "the notice", actor=PERSON)
        case.owner_id = self.caseworker.id
        await self.session.flush()
        await self._answer(case, key, mark, language)
        for direction, word, author in (
            (Direction.FROM_PERSON, "asked", None),
            (Direction.TO_PERSON, "said", self.caseworker.id),
        ):
            self._write(case, key, f"{word}-{mark}", direction, author)
        store_file(self.session, case, key, OpenedFile(FileKind.DOCUMENT, "application/pdf", f"file-{mark}", b"x"))
        self._plan(case, key, mark)
        referral = await self._refer(case, key, mark)
        await self._apply(case, mark)
        record_view(self.session, case, actor=self.caseworker)
        await self._score(case, key, mark)
        await self._save(key, mark)
        await self.session.flush()
        return Someone(self.session, case, key, referral, mark)

    async def _answer(self, case: Case, key: SubjectKey, mark: str, language: str) -> None:
        arrival: dict[str, Any] = {
            "called": f"name-{mark}",
            "birth_year": 1990,
            "sex": "female",
            "country_return": "GM",
            "area": "gm_basse",
            "company": ["alone"],
            "maybe_child": "no",
        }
        needs: dict[str, Any] = {
            "work_wanted": ["job", "training"],
            "skills": f"skill-{mark}",
            "training_topic": f"topic-{mark}",
        }
        for sheet_id, answers in ((ARRIVAL, arrival), (NEEDS, needs)):
            submission = await begin_form(self.session, case, key, built_in_sheets()[sheet_id], language)
            await self.session.flush()
            await submit_form(self.session, submission.id, key, answers, actor=PERSON)
            await self.session.flush()

    def _write(self, case: Case, key: SubjectKey, text: str, direction: Direction, author: Any) -> None:
        message_id = uuid4()
        self.session.add(
            CaseMessage(
                id=message_id,
                case_id=case.id,
                direction=direction,
                author_id=author,
                body=key.seal(CaseMessage.body, message_id, text),
                sent_at=clock.now(),
            )
        )

    def _plan(self, case: Case, key: SubjectKey, mark: str) -> None:
        call_id = uuid4()
        self.session.add_all(
            [
                CallBack(
                    id=call_id,
                    case_id=case.id,
                    number=key.seal(CallBack.number, call_id, "+220 700 12 34"),
                    channel="call",
                    at=CallTime.ANY,
                    safe_words=key.seal(CallBack.safe_words, call_id, f"safe-{mark}"),
                    requested_at=clock.now(),
                ),
                FollowUp(
                    id=uuid4(),
                    case_id=case.id,
                    wave="day_700",
                    due_on=clock.today() + timedelta(700),
                    state=FollowUpState.PLANNED,
                    attempts=0,
                ),
                Task(
                    id=uuid4(),
                    case_id=case.id,
                    kind=TaskKind.DISTRESS,
                    reason="test",
                    created_at=clock.now(),
                    due_at=clock.now() + timedelta(hours=24),
                ),
            ]
        )

    async def _apply(self, case: Case, mark: str) -> None:
        """An application with all that it can hold, a business plan and a visit."""
        verb, actor, today = (self.session, case), self.caseworker, clock.today()
        terms = Terms(f"institution-{mark}", "IT", details={"employer": f"farm-{mark}"})
        opened = await open_new(*verb, "unpaid_wages", terms, actor=actor)
        covers = f"covers-{mark}"
        await authorise(*verb, opened.id, on_day=today, how=Given.SIGNED, covers=covers, actor=actor)
        work = Period(today - timedelta(days=90), None, f"farm-{mark}", "Foggia")
        await add_period(*verb, opened.id, work, actor=actor)
        plan = PlanText(f"weave-{mark}", "Brikama", "GMD", ZERO, [], [ZERO] * MONTHS, [ZERO] * MONTHS)
        await write_business_plan(*verb, plan, actor=actor)
        await record_visit(*verb, held_on=today, agreed=f"books-{mark}", next_on=None, actor=actor)

    async def _refer(self, case: Case, key: SubjectKey, mark: str) -> Referral:
        referral = await create_referral(
            self.session,
            case,
            service_id=self.service.id,
            need_kind=NeedKind.WORK,
            urgency=Urgency.NORMAL,
            fields=[SharedField.CALLED, SharedField.SKILLS, SharedField.NOTE],
            note=f"note-{mark}",
            actor=self.caseworker,
        )
        await answer_share(self.session, key.subject_id, referral.consent_id, agrees=True)
        await self.session.flush()
        await find_referral(self.session, self.partner, referral.id)
        return referral

    async def _save(self, key: SubjectKey, mark: str) -> None:
        goal = await savings.set_goal(
            self.session, key.subject_id, savings.Terms(f"machine-{mark}", Decimal(400), "GMD")
        )
        await savings.put_aside(self.session, key.subject_id, goal.row.id, Decimal(120))
        await note_lesson(self.session, key.subject_id, lessons()["budget"], 2)

    async def _score(self, case: Case, key: SubjectKey, mark: str) -> None:
        submission = (await submissions_of(self.session, case))[-1]
        self.session.add(
            SurveyResult(
                submission_id=submission.id,
                case_id=case.id,
                instrument_version="1",
                weights_version="1",
                scores=key.seal(SurveyResult.scores, submission.id, {"composite": f"score-{mark}"}),
                scored_at=clock.now(),
            )
        )


async def build_house(session: AsyncSession) -> House:
    operator = Organisation(id=uuid4(), name="Example Return Service", kind=OrganisationKind.OPERATOR)
    partner = Organisation(id=uuid4(), name="Sousse Job Centre", kind=OrganisationKind.PARTNER)
    session.add_all([operator, partner])
    await session.flush()
    await publish_built_in(session)
    staff = [_staff(session, operator, Role.CASEWORKER), _staff(session, partner, Role.PARTNER)]
    service = Service(
        id=uuid4(),
        organisation_id=partner.id,
        name="Job desk",
        description="",
        kind=ServiceKind.JOBS,
        status="active",
        languages=["fr"],
        areas=["GM"],
        hsds=HSDS,
    )
    session.add_all([service, *reach_of(service)])
    await agree(session, partner.id)
    return House(session, *staff, service)


def _staff(session: AsyncSession, organisation: Organisation, role: Role) -> Actor:
    staff_id = uuid4()
    session.add(
        StaffMember(
            id=staff_id,
            email=f"{staff_id.hex}@example.org",
            name="Mariama Ceesay",
            role=role,
            organisation_id=organisation.id,
            team=None,
            language="en",
            password_hash="",
            created_at=clock.now(),
        )
    )
    return Actor(staff_id, role, organisation.id)
