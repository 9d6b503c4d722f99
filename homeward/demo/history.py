"""Example cases of several months, made by the same verbs that the bot and the pages use, at moved times."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor, actor_of
from access.models import StaffMember
from access.rules import Role
from cases import casework, intake, messages, needs, safeguarding, work_codes
from cases.facts import quarter_of
from cases.guardianship import confirm_guardian, open_contact
from cases.models import Case, CaseMessage, Flag, Need
from cases.notices import Programme, contact_notice, data_notice
from cases.rules import SETTLED_BY, FlagOutcome, NeedStatus, Phase, Urgency
from cases.sheets import ARRIVAL, NEEDS, newest
from foundation import audit, clock
from foundation.keys import create_subject
from foundation.outbox import OutboxRow, OutboxState
from foundation.sealing import SubjectKey
from homeward.demo.followups import follow_up
from homeward.demo.people import Example, fill_in, invent
from referrals import referring, responding
from referrals.matching import matching_services
from referrals.models import Referral, Service
from referrals.queries import wanted_of
from referrals.rules import DeclineReason, ReferralState, SharedField

CASES = 300
GREETINGS = {
    "ar": "مرحبا، أنا المسؤولة عن ملفك. قرأت إجاباتك وسأتصل بك هذا الأسبوع.",
    "en": "Hello, I am your caseworker. I have read your answers and will call you this week.",
    "fr": "Bonjour, je m’occupe de votre dossier. J’ai lu vos réponses et je vous appelle cette semaine.",
}
OCCUPATIONS = {"71": 16, "72": 12, "75": 18, "61": 14, "51": 12, "83": 8, "": 20}
"""Sub-major groups of ISCO-08 by weight: builders, welders, tailors, farmers, cooks, drivers; and nothing known."""
SHARED = [SharedField.CALLED, SharedField.AGE_BAND, SharedField.AREA, SharedField.LANGUAGE, SharedField.NEED]


@dataclass(slots=True)
class Story:
    """One example case while it is being told."""

    session: AsyncSession
    chance: Random
    programme: Programme
    staff: dict[str, StaffMember]
    example: Example
    case: Case

    @property
    def caseworker(self) -> Actor:
        return actor_of(self.staff[f"caseworker.{self.example.country.lower()}@example.org"])

    def officer(self, role: Role) -> Actor:
        return next(actor_of(member) for member in self.staff.values() if member.role is role)


def opening_days(chance: Random, count: int = CASES) -> list[datetime]:
    """When the cases open: most in the last three quarters that have ended, the rest between then and yesterday."""
    starts = [*ended_quarters(clock.today(), 3), quarter_of(clock.today()), clock.today()]
    spans = chance.choices(list(pairwise(starts)), [32, 31, 31, 6], k=count)
    return sorted(datetime.combine(first, time(8), UTC) + (end - first) * chance.random() for first, end in spans)


async def tell_case(
    session: AsyncSession, chance: Random, programme: Programme, staff: dict[str, StaffMember], opened: datetime
) -> None:
    """One person from consent to where they stand today."""
    today = clock.now()
    with clock.moved_to(opened):
        example = invent(chance)
        key = create_subject(session, uuid4())
        case = await _agree(session, key, programme, staff, example)
        known: dict[str, str] = {}
        for form_id in (ARRIVAL, NEEDS):
            sheet = await newest(session, form_id)
            submission = await intake.begin_form(session, case, key, sheet, example.language)
            answers = fill_in(sheet, example, chance, known)
            await session.flush()
            await intake.submit_form(session, submission.id, key, answers, actor=PERSON)
            known = {"maybe_child": str(answers.get("maybe_child", ""))}
    story = Story(session, chance, programme, staff, example, case)
    moment = opened
    for step, days in ((_take_up, 1), (_refer, 6), (_answer_referrals, 14), (_finish, 60)):
        # Nothing is answered before it was sent.
        moment = max(moment + timedelta(hours=1), opened + timedelta(days=days * chance.uniform(0.5, 1.5)))
        if moment < today:
            with clock.moved_to(moment):
                await step(story)
    await session.flush()
    if not await safeguarding.may_be_child(session, case.id):
        await _enter_occupation(story, opened)
    await follow_up(session, case, key, opened)


async def _agree(
    session: AsyncSession, key: SubjectKey, programme: Programme, staff: dict[str, StaffMember], example: Example
) -> Case:
    """An adult agrees alone; a child with a guardian whom the officer has checked."""
    language = example.language
    if example.birth_year is None or clock.today().year - example.birth_year > 18:  # noqa: PLR2004  # of age for sure
        return await intake.open_case(session, key, language, data_notice(language, programme), actor=PERSON)
    notice = contact_notice(language, programme, accompanied=True)
    case = await open_contact(session, key, language, notice, is_sure=True, accompanied=True, actor=PERSON)
    officer = next(actor_of(member) for member in staff.values() if member.role is Role.CHILD_PROTECTION_OFFICER)
    await session.flush()
    await confirm_guardian(session, case, "Spoke with the mother, who showed her identity card.", actor=officer)
    return case


async def _take_up(story: Story) -> None:
    await casework.assign(story.session, story.case, story.caseworker.id, actor=story.caseworker)
    if story.chance.random() < 0.5:  # noqa: PLR2004  # every second person gets a written word
        await messages.send_to_person(
            story.session, story.case, GREETINGS[story.example.language], actor=story.caseworker
        )
    for flag in await safeguarding.open_flags(story.session, story.case.id):
        if story.chance.random() < 0.8:  # noqa: PLR2004  # a fifth waits, as on any Monday
            await _settle(story, flag)
    await casework.attend(story.session, story.case, actor=story.caseworker)


async def _enter_occupation(story: Story, opened: datetime) -> None:
    """What three of four say that they can do, as the caseworker codes it."""
    own = Random(opened.isoformat())  # noqa: S311  # apart from the rest, which stays as it was told before
    code = own.choices(list(OCCUPATIONS), list(OCCUPATIONS.values()))[0]
    if code:
        await work_codes.enter_occupation(story.session, story.case, code, actor=story.caseworker)


async def _settle(story: Story, flag: Flag) -> None:
    roles = [Role.CASEWORKER, Role.CHILD_PROTECTION_OFFICER, Role.PROTECTION_OFFICER]
    officer = next(story.officer(role) for role in roles if story.officer(role).may(SETTLED_BY[flag.kind]))
    outcome = story.chance.choice([FlagOutcome.CONFIRMED, FlagOutcome.RESOLVED])
    await safeguarding.settle_flag(
        story.session, story.case, flag.id, outcome, "Checked with the person by phone.", actor=officer
    )


async def _refer(story: Story) -> None:
    if await safeguarding.may_be_child(story.session, story.case.id):
        return  # a child is referred by the officer, with a guardian; the demo leaves that to whoever tries it
    await casework.move_phase(story.session, story.case, Phase.PLANNING, actor=story.caseworker)
    wanted = await story.session.scalars(select(Need).where(Need.case_id == story.case.id).order_by(Need.kind))
    used: set[UUID] = set()
    for need in story.chance.sample(found := list(wanted), k=min(len(found), 2)):
        matches = await matching_services(story.session, await wanted_of(story.session, story.case, need.kind), most=3)
        service = next((each.service for each in matches if each.has_agreement and each.service.id not in used), None)
        if service is not None:
            used.add(service.id)
            await _refer_to(story, need, service)


async def _refer_to(story: Story, need: Need, service: Service) -> None:
    referral = await referring.create_referral(
        story.session,
        story.case,
        service_id=service.id,
        need_kind=need.kind,
        urgency=Urgency.NORMAL,
        fields=SHARED,
        actor=story.caseworker,
    )
    await story.session.flush()
    answer = story.chance.random()
    if answer < 0.92 and story.case.person_id is not None:  # noqa: PLR2004  # some have not answered yet
        await referring.answer_share(
            story.session,
            story.case.person_id,
            referral.consent_id,
            agrees=answer < 0.85,  # noqa: PLR2004
        )


async def _answer_referrals(story: Story) -> None:
    sent = await story.session.scalars(
        select(Referral).where(Referral.case_id == story.case.id, Referral.state == ReferralState.SENT)
    )
    for referral in sent.all():
        partner = Actor(story.officer(Role.PARTNER).id, Role.PARTNER, referral.organisation_id)
        answer = story.chance.random()
        if answer < 0.7:  # noqa: PLR2004
            await responding.find_referral(story.session, partner, referral.id)
            await responding.accept(story.session, referral.id, actor=partner)
        elif answer < 0.85:  # noqa: PLR2004
            await responding.decline(story.session, referral.id, DeclineReason.NO_CAPACITY, actor=partner)


async def _finish(story: Story) -> None:
    await referring.expire_overdue(story.session)
    accepted = await story.session.scalars(
        select(Referral).where(Referral.case_id == story.case.id, Referral.state == ReferralState.ACCEPTED)
    )
    for referral in accepted.all():
        partner = Actor(story.officer(Role.PARTNER).id, Role.PARTNER, referral.organisation_id)
        await responding.complete(story.session, referral.id, actor=partner)
        need = await story.session.scalar(
            select(Need).where(Need.case_id == story.case.id, Need.kind == referral.need_kind)
        )
        if need is not None:
            await needs.settle_need(story.session, story.case, need.id, NeedStatus.MET, actor=story.caseworker)
    if story.case.phase is Phase.PLANNING:
        await casework.move_phase(story.session, story.case, Phase.REINTEGRATION, actor=story.caseworker)
    await casework.attend(story.session, story.case, actor=story.caseworker)


async def catch_up(session: AsyncSession) -> None:
    """What the worker would have done by now. The example people have no phone: what was to be said counts as said."""
    while await referring.expire_overdue(session):
        await session.flush()
    while await audit.link_some(session):
        await session.flush()
    await session.execute(update(CaseMessage).values(delivered_at=CaseMessage.sent_at))
    await session.execute(update(OutboxRow).values(state=OutboxState.DONE, body=None, reason="example"))


def following(quarter: date) -> date:
    """First day of the next quarter."""
    return quarter_of(quarter + timedelta(days=100))


def ended_quarters(today: date, count: int) -> list[date]:
    """First days of the last `count` quarters that have ended, earliest first."""
    quarters = [quarter_of(today)]
    for _each in range(count):
        quarters.insert(0, quarter_of(quarters[0] - timedelta(days=1)))
    return quarters[:-1]


def morning_after(quarter: date) -> datetime:
    """When a quarter's release is published: ten days after its end."""
    return datetime.combine(following(quarter) + timedelta(days=10), time(9), UTC)
