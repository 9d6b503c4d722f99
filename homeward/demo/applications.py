"""Example applications to institutions: one of each kind, each in another state, and a business plan with coaching."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, actor_of
from access.models import StaffMember
from cases.models import Case
from cases.rules import CaseStatus
from cases.safeguarding import may_be_child
from foundation import clock
from referrals.application_rules import Entry, Given, Outcome, Standing
from referrals.applying import Terms, add_period, authorise, note_document, open_new
from referrals.business_plan import ZERO, Loan
from referrals.enterprise import PlanText, record_visit, write_business_plan
from referrals.pursuing import Happened, record
from referrals.work_periods import Insured, Period, WorkStatus

BEGUN = timedelta(days=40)
FARM = "A farm near Foggia; the foreman was called Rocco"


async def add_applications(session: AsyncSession, staff: dict[str, StaffMember]) -> None:
    """Of adults whose cases the Gambian caseworker has."""
    actor = actor_of(staff["caseworker.gm@example.org"])
    with clock.moved_to(clock.now() - BEGUN):
        for case, tell in zip(await _cases(session, actor), (_skills, _wages, _pension, _refund, _loan), strict=False):
            await tell(session, case, actor)


async def _cases(session: AsyncSession, actor: Actor) -> list[Case]:
    found = await session.scalars(
        select(Case)
        .where(Case.owner_id == actor.id, Case.status == CaseStatus.OPEN, Case.opened_at < clock.now())
        .order_by(Case.opened_at.desc())
        .limit(20)
    )
    return [case for case in found.all() if not await may_be_child(session, case.id)]


async def _skills(session: AsyncSession, case: Case, actor: Actor) -> None:
    """Recognised in part: what is missing is said, and an appeal is possible."""
    details = {
        "qualification": "Mason, six years on building sites in Tripoli",
        "occupation": "71",
        "acquired_where": "Building sites in Tripoli",
        "how": "work",
        "wanted_for": "work",
    }
    opened = await open_new(
        session,
        case,
        "skills_recognition",
        Terms("National Accreditation Authority", "GM", details=details),
        actor=actor,
    )
    verb, today = (session, case, opened.id), clock.today()
    for code in ("identity", "portfolio", "skills_test"):
        await note_document(*verb, code, Standing.HAVE, actor=actor)
    await note_document(
        *verb, "certificate", Standing.NOT_AVAILABLE, note="He learned on the site; nobody gave papers.", actor=actor
    )
    await authorise(*verb, on_day=today, how=Given.SIGNED, covers="Name, portfolio, result of the test", actor=actor)
    await record(*verb, Happened(Entry.SUBMITTED, today, reference="B-1704"), actor=actor)
    with clock.moved_to(clock.now() + BEGUN - timedelta(days=3)):
        today = clock.today()
        until = today + timedelta(days=10)
        note = "Practice recognised. Missing: reading of drawings, a course of three weeks."
        await record(*verb, Happened(Entry.DECIDED, today, note, until, Outcome.PARTLY), actor=actor)


async def _wages(session: AsyncSession, case: Case, actor: Actor) -> None:
    """Work without papers, submitted with what else shows it."""
    terms = Terms(
        "Labour inspectorate of Foggia",
        "IT",
        details={"employer": FARM, "route": "labour_office", "agreed": "30 euros a day, told at the start"},
        amount=Decimal(2400),
        currency="EUR",
    )
    opened = await open_new(session, case, "unpaid_wages", terms, actor=actor)
    verb, today = (session, case, opened.id), clock.today()
    picked = Period(
        date(2023, 5, 1),
        date(2023, 9, 30),
        FARM,
        "Foggia",
        "picking tomatoes",
        WorkStatus.INFORMAL,
        Insured.NO,
        proof="Two friends who worked there, photos of the crates, a voice message of the foreman",
    )
    await add_period(*verb, picked, actor=actor)
    await note_document(*verb, "witness", Standing.HAVE, note="Statements of two friends", actor=actor)
    await note_document(*verb, "photos", Standing.HAVE, actor=actor)
    await note_document(*verb, "contract", Standing.NOT_AVAILABLE, note="There was none.", actor=actor)
    await authorise(*verb, on_day=today, how=Given.WITNESSED, covers="Name, periods, photos, statements", actor=actor)
    await record(*verb, Happened(Entry.SUBMITTED, today, due_on=today + BEGUN - timedelta(days=2)), actor=actor)


async def _pension(session: AsyncSession, case: Case, actor: Actor) -> None:
    """The institution asks for more."""
    terms = Terms(
        "Pension institution of the country of work",
        "SN",
        details={"request": "record", "branch": "old_age", "registered_name": "as in the passport of 2011"},
    )
    opened = await open_new(session, case, "portability", terms, actor=actor)
    verb, today = (session, case, opened.id), clock.today()
    years = Period(date(2012, 2, 1), date(2017, 6, 30), "A hotel", "Dakar", "kitchen", insured=Insured.YES)
    await add_period(*verb, years, actor=actor)
    for code in ("identity", "pay_slips"):
        await note_document(*verb, code, Standing.HAVE, actor=actor)
    await authorise(*verb, on_day=today, how=Given.SIGNED, covers="Name, number, pay slips", actor=actor)
    await record(*verb, Happened(Entry.SUBMITTED, today), actor=actor)
    with clock.moved_to(clock.now() + BEGUN - timedelta(days=5)):
        today = clock.today()
        note = "A copy of the contract, and the spelling of the name at the time."
        await record(*verb, Happened(Entry.MORE_ASKED, today, note, today + timedelta(days=9)), actor=actor)


async def _refund(session: AsyncSession, case: Case, actor: Actor) -> None:
    """Still being prepared."""
    details = {"scheme": "end_of_service", "employer": "A cleaning company in Dubai"}
    terms = Terms("The former employer", "AE", details=details, due_on=clock.today() + BEGUN + timedelta(days=4))
    opened = await open_new(session, case, "contributions", terms, actor=actor)
    await note_document(session, case, opened.id, "identity", Standing.HAVE, actor=actor)


async def _loan(session: AsyncSession, case: Case, actor: Actor) -> None:
    """A loan without interest, submitted with its plan; coaching has begun."""
    plan = PlanText(
        what="Sewing school uniforms and repairing clothes",
        where="Brikama market",
        currency="GMD",
        own=Decimal(8000),
        start_up=[("Two sewing machines", Decimal(24000)), ("Cloth and thread", Decimal(9000))],
        income=[Decimal(2000), Decimal(4000), *[Decimal(9000)] * 10],
        costs=[Decimal(3500)] * 12,
        loan=Loan(Decimal(30000), ZERO, 10, 2),
        risks="Few orders in the rainy season: repairs go on, and one month is put aside.",
    )
    await write_business_plan(session, case, plan, actor=actor)
    terms = Terms(
        "Women's credit union",
        "GM",
        details={"form": "loan", "use": "Sewing machines, cloth and thread", "sharia": "yes"},
        amount=Decimal(30000),
        currency="GMD",
    )
    opened = await open_new(session, case, "business_funding", terms, actor=actor)
    verb, today = (session, case, opened.id), clock.today()
    for code in ("identity", "quotes"):
        await note_document(*verb, code, Standing.HAVE, actor=actor)
    await authorise(*verb, on_day=today, how=Given.SIGNED, covers="Name, business plan, quotes", actor=actor)
    await record(*verb, Happened(Entry.SUBMITTED, today), actor=actor)
    agreed = "A cash book every evening; prices written on the wall."
    next_on = today + BEGUN + timedelta(days=1)
    await record_visit(session, case, held_on=today, agreed=agreed, next_on=next_on, actor=actor)
