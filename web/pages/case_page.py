"""One case on one page: who it is about, what they said, what worries, what they need, and what was done."""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from access.rules import Permission
from cases.debts import next_steps
from cases.helplines import HelpAbout, help_lines, line_text
from cases.models import Case
from cases.queries import CaseFile, case_file, record_view
from cases.risk import arrivals_of
from cases.rules import ENDED, HEARD, PHASE_STEPS, CaseStatus, FlagOutcome, NeedStatus, Phase
from cases.safeguarding import rule_of
from foundation.audit import write_new
from foundation.errors import Refusal
from referrals.models import Referral
from referrals.offering import offers_of
from referrals.queries import referrals_of
from referrals.rules import OPEN_STATES
from web.errors import message_of, status_of
from web.forms import CaseNumber
from web.guard import Visit, guarded
from web.history import event_text
from web.pages.applications import application_rows
from web.pages.assessment_part import assessment_part
from web.pages.case_messages import conversation_part
from web.pages.case_summary import summary_of
from web.pages.followup_part import follow_up_part
from web.pages.form_part import form_part
from web.pages.merged_part import merged_part
from web.pages.money_part import money_part
from web.pages.notes_part import notes_part
from web.pages.plan_part import plan_part
from web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/cases/{number}")
async def show_case(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> Response:
    """Opening the file is noted before it is shown."""
    told = await _read(visit, number)
    async with visit.database.transaction() as session:
        for each in (told["file"], *(merged.file for merged in told["merged"].files)):
            record_view(session, each.case, actor=visit.actor)
        await session.run_sync(write_new)
    return page(visit, "case.html", refusal=None, typed={"place": ""}, **told)


async def case_response(
    visit: Visit, number: str, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    """The case page; with what was refused, and what was typed, when a form on it could not be accepted."""
    return page(
        visit,
        "case.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        typed={"place": "", **(typed or {})},
        **await _read(visit, number),
    )


async def _read(visit: Visit, number: str) -> dict[str, Any]:
    """What the page tells. Raises NotFound for a case that is missing or not for this visitor."""
    async with visit.database.reading() as session:
        file = await case_file(session, visit.actor, number)
        arrivals = await arrivals_of(session, file.case)
        conversation = await conversation_part(session, visit, file.case)
        referrals = await referrals_of(session, file.case.id)
        offers = await offers_of(session, file.case.id)
        forms = await form_part(session, file, visit.language)
        plan = await plan_part(session, file, arrivals)
        assessments = await assessment_part(session, file, forms, arrivals)
        follow_up = await follow_up_part(session, file, visit.language)
        notes = await notes_part(session, visit, file.case)
        merged = await merged_part(session, visit, file)
        files = [file.case, *(each.file.case for each in merged.files)]
        money = await money_part(session, files, visit.language)
        applications = [row for each in files for row in await application_rows(session, each)]
    return {
        "form_part": forms,
        "assessments": assessments,
        "follow_up": follow_up,
        "plan": plan,
        "notes_part": notes,
        "merged": merged,
        "applications": applications,
        "money_part": money,
        "conversation": conversation,
        "summary": summary_of(file, conversation, referrals, follow_up),
        "place": "case",
        "written": "",
        "offers": offers,
        **_told(visit, file, referrals),
    }


def _told(visit: Visit, file: CaseFile, referrals: list[Referral]) -> dict[str, Any]:
    return {
        "file": file,
        "case": file.case,
        "is_open": file.case.status is CaseStatus.OPEN,
        "is_heard": file.case.status in HEARD,
        "has_ended": file.case.status in ENDED,
        "is_erased": file.case.status is CaseStatus.ERASED,
        "referrals": referrals,
        "referral_by_id": {referral.id: referral for referral in referrals},
        "open_states": OPEN_STATES,
        "debt_lines": _debt_lines(visit.language, file.case),
        "next_phases": _next_phases(file.case),
        "flag_outcomes": list(FlagOutcome),
        "debt_steps": lambda flag: () if flag.settled_at else next_steps(rule_of(flag.rule)),
        "need_statuses": list(NeedStatus),
        "history": [(entry, event_text(entry.event, entry.facts)) for entry in reversed(file.history)],
    }


def _debt_lines(language: str, case: Case) -> list[str]:
    """Whom to call, or to name to the person, over a debt that endangers them."""
    found = (*help_lines(case.country, HelpAbout.TRAFFICKING), *help_lines(case.country, HelpAbout.LEGAL))
    return [line_text(language, each) for each in dict.fromkeys(found)]


def _next_phases(case: Case) -> list[Phase]:
    return [phase for phase in Phase if phase in PHASE_STEPS[case.phase]]
