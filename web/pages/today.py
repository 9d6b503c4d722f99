"""*Today*, the home of casework: what needs whoever is signed in, in order, why, and the way straight there."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from access.rules import Permission
from cases.case_list import called_of
from cases.today import SOURCES, gather
from cases.waiting import MOST, Finding, Press, Source, foremost, press_of
from foundation import clock
from foundation.errors import NotFound
from foundation.language import Message, _, _p
from referrals import waiting as of_referrals
from referrals.application_waiting import applications_due, coaching_due
from referrals.directory_waiting import directory_waiting
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

SHOWN = 40
EVERY_SOURCE: tuple[Finding, ...] = (
    *SOURCES,
    *of_referrals.SOURCES,
    applications_due,
    coaching_due,
    directory_waiting,
)

SOURCE_NAMES: dict[Source, Message] = {
    Source.TASK: _p("today", "Tasks"),
    Source.MESSAGE: _p("today", "Messages"),
    Source.FLAG: _p("today", "Flags"),
    Source.FOLLOW_UP: _p("today", "Follow-up"),
    Source.REFERRAL: _p("today", "Referrals"),
    Source.ACTIVITY: _p("today", "Activities of plans"),
    Source.APPROVAL: _p("today", "Approvals"),
    Source.RETURN: _p("today", "Returns"),
    Source.TRANSFER: _p("today", "Transfers offered"),
    Source.OPENING: _p("today", "Opened in an emergency"),
    Source.UNOWNED: _p("today", "Cases without an owner"),
    Source.FORM: _p("today", "Half-filled forms"),
    Source.ASSESSMENT: _p("today", "Assessments due"),
    Source.APPLICATION: _p("today", "Applications"),
    Source.COACHING: _p("today", "Coaching visits"),
    Source.MATCH: _p("today", "Jobs and courses"),
    Source.DIRECTORY: _p("today", "Directory"),
}
PRESS_NAMES: dict[Press, Message] = {
    Press.DANGER: _("Somebody may be in danger"),
    Press.DISPUTE: _("A partner and a person disagree"),
    Press.OVERDUE: _("Overdue"),
    Press.FLAG: _("Worries to settle"),
    Press.SOON: _("Due within a day"),
    Press.WAITING: _("Waiting"),
    Press.ROUTINE: _("To be assessed"),
}


class Narrowing(BaseModel):
    """What may stand in the address."""

    only: Source | None = None


@router.get("/today")
async def show_today(visit: Annotated[Visit, guarded(Permission.CASE_LIST)]) -> Response:
    given = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        narrowing = Narrowing.model_validate(given)
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    async with visit.database.reading() as session:
        found = await gather(session, visit.actor, EVERY_SOURCE)
        wanted = [each for each in found if narrowing.only in (None, each.source)]
        shown = foremost(wanted, clock.now(), SHOWN)
        # Of a case that is only offered no name may be known.
        ids = {each.case_id for each in shown if each.case_id and each.source is not Source.TRANSFER}
        called = await called_of(session, ids)
    moment = clock.now()
    counts = Counter(each.source for each in found)
    return page(
        visit,
        "today.html",
        groups=[(PRESS_NAMES[press], [each for each in shown if press_of(each, moment) is press]) for press in Press],
        counts=[(source, SOURCE_NAMES[source], counts[source]) for source in Source if counts[source]],
        only=narrowing.only,
        called=called,
        moment=moment,
        hidden=len(wanted) - len(shown),
        total=len(wanted),
        is_bounded=any(count > MOST for count in counts.values()),
    )
