"""Example recommendations in every state: waiting, late, accepted, rejected and asked again, implemented; a draft."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, actor_of
from access.models import StaffMember
from foundation import clock
from foundation.database import Database
from homeward.demo.staff import MONITOR, PARTNER_GM, SUPERVISOR
from monitoring import recommendations
from monitoring.recommendation_rules import Action, Kind, State, Theme
from monitoring.recommendations import Said, Wording

INTERIOR = "Ministry of the Interior"


async def add_recommendations(database: Database, staff: Mapping[str, StaffMember]) -> None:
    """Each step on a day of its own, so that some are in time and some are late."""
    monitor, supervisor = actor_of(staff[MONITOR.email]), actor_of(staff[SUPERVISOR.email])
    partner = actor_of(staff[PARTNER_GM.email])

    async def issue(days_ago: int, text: str, theme: Theme, action: Action, to: Actor | None) -> UUID:
        async with _at(database, days_ago) as session:
            return await _issue(session, monitor, text, theme, action, to)

    notice = await issue(
        200,
        "Tell monitors of every enforced return at least 48 hours before departure, with the place and the hour.",
        Theme.NOTICE,
        Action.F,
        None,
    )
    async with _at(database, 150) as session:
        said = Said("From next month on notice is given by e-mail, 48 hours before.", "Letter 114 of the Ministry")
        await recommendations.answer(session, notice, State.ACCEPTED, said, actor=monitor)
    async with _at(database, 40) as session:
        found = Said("In the last two months notice was in time in every case but one.", "Monitors' log, chapter 2")
        await recommendations.settle(session, notice, State.IMPLEMENTED, found, actor=monitor)
    escort = await issue(
        160,
        "Have someone whom the child trusts accompany every child on each leg of the way, and write down who it was.",
        Theme.CHILDREN,
        Action.G,
        supervisor,
    )
    async with _at(database, 120) as session:
        said = Said("The escort's role is recorded for each leg since March. Training of escorts follows.")
        await recommendations.answer(session, escort, State.PARTLY_ACCEPTED, said, actor=supervisor)
    async with _at(database, 30) as session:
        done = Said("Twelve escorts have been trained.", "Attendance list of the training")
        await recommendations.follow_up(session, escort, done, actor=supervisor)
    courses = await issue(
        140,
        "Offer courses in the evening as well, so that people who care for children can take part.",
        Theme.REINTEGRATION,
        Action.H,
        partner,
    )
    async with _at(database, 100) as session:
        no = Said("There is no light in the workshop in the evening.")
        await recommendations.answer(session, courses, State.REJECTED, no, actor=partner)
    async with _at(database, 20) as session:
        await recommendations.reopen(
            session,
            courses,
            Said("The workshop has been connected since. Please look at it again."),
            answer_by=clock.today() + timedelta(days=60),
            due_on=clock.today() + timedelta(days=200),
            actor=monitor,
        )
    await issue(
        90,
        "Explain to everyone who is to be returned, in their own language, how and to whom they can complain.",
        Theme.COMPLAINTS,
        Action.E,
        supervisor,
    )
    await _ask(database, monitor, supervisor)
    async with database.transaction() as session:
        wording = Wording(
            text="Publish how many returns were monitored, and in which phases, each quarter.",
            theme=Theme.MONITORING,
            action=Action.F,
            addressee=INTERIOR,
            answer_by=clock.today() + timedelta(days=60),
            due_on=clock.today() + timedelta(days=180),
        )
        await recommendations.write_recommendation(session, wording, actor=monitor)


async def _ask(database: Database, monitor: Actor, supervisor: Actor) -> None:
    async with _at(database, 45) as session:
        wording = Wording(
            text="In how many languages can someone complain by telephone, and at which hours?",
            theme=Theme.COMPLAINTS,
            action=Action.E,
            kind=Kind.QUESTION,
            addressee_id=supervisor.organisation_id,
            answer_by=clock.today() + timedelta(days=30),
        )
        asked = await recommendations.write_recommendation(session, wording, actor=monitor)
        await session.flush()
        await recommendations.issue(session, asked.id, actor=monitor)
    async with _at(database, 25) as session:
        said = Said("In seven languages, on working days from 8 to 16. At other hours a message can be left.")
        await recommendations.answer(session, asked.id, State.ANSWERED, said, actor=supervisor)


async def _issue(
    session: AsyncSession, monitor: Actor, text: str, theme: Theme, action: Action, to: Actor | None
) -> UUID:
    wording = Wording(
        text=text,
        theme=theme,
        action=action,
        addressee_id=None if to is None else to.organisation_id,
        addressee=INTERIOR if to is None else "",
        answer_by=clock.today() + timedelta(days=60),
        due_on=clock.today() + timedelta(days=180),
    )
    made = await recommendations.write_recommendation(session, wording, actor=monitor)
    await session.flush()
    await recommendations.issue(session, made.id, actor=monitor)
    return made.id


@asynccontextmanager
async def _at(database: Database, days_ago: int) -> AsyncIterator[AsyncSession]:
    """One transaction on an earlier day."""
    with clock.moved_to(clock.now() - timedelta(days=days_ago)):
        async with database.transaction() as session:
            yield session
