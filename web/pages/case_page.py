"""One case on one page: who it is about, what they said, what worries, what they need, and what was done."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from access.rules import Permission
from cases.messages import MessageView, messages_of
from cases.models import Case, Submission
from cases.queries import CaseFile, FilledForm, case_file, find_case, record_view
from cases.rules import PHASE_STEPS, CaseStatus, FlagOutcome, NeedStatus, Phase
from foundation.errors import Refusal
from foundation.language import Message, say
from questionnaire.sheet import Kind
from questionnaire.wording import answer_text, label, title
from referrals.models import Referral
from referrals.queries import referrals_of
from referrals.rules import OPEN_STATES
from web.errors import message_of, status_of
from web.forms import CaseNumber
from web.guard import Visit, guarded
from web.history import event_text
from web.rendering import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ToldForm:
    """A filled-in form in the reader's words: questions with answers."""

    title: Message
    submission: Submission
    answers: list[tuple[str, str]]


@router.get("/cases/{number}")
async def show_case(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> Response:
    """Opening the file is noted before it is shown."""
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await case_response(visit, number)


async def case_response(
    visit: Visit, number: str, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    """The case page; with what was refused, and what was typed, when a form on it could not be accepted."""
    async with visit.database.reading() as session:
        file = await case_file(session, visit.actor, number)
        messages = await messages_of(session, file.case)
        referrals = await referrals_of(session, file.case.id)
    return page(
        visit,
        "case.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        typed={"place": "", **(typed or {})},
        **_told(visit, file, messages, referrals),
    )


def _told(visit: Visit, file: CaseFile, messages: list[MessageView], referrals: list[Referral]) -> dict[str, Any]:
    return {
        "file": file,
        "case": file.case,
        "is_open": file.case.status is CaseStatus.OPEN,
        "is_erased": file.case.status is CaseStatus.ERASED,
        "forms": [_told_form(form, visit.language) for form in file.forms],
        "messages": messages,
        "last_position": messages[-1].position if messages else 0,
        "referrals": referrals,
        "referral_by_id": {referral.id: referral for referral in referrals},
        "open_states": OPEN_STATES,
        "next_phases": _next_phases(file.case),
        "flag_outcomes": list(FlagOutcome),
        "need_statuses": list(NeedStatus),
        "history": [(entry, event_text(entry.event, entry.facts)) for entry in reversed(file.history)],
    }


def _told_form(form: FilledForm, language: str) -> ToldForm:
    known = {question.name: answer for question, answer in form.answers}
    return ToldForm(
        title(form.sheet),
        form.submission,
        [
            (
                say(language, label(form.sheet, question, language, known)),
                answer_text(form.sheet, question, answer, language),
            )
            for question, answer in form.answers
            if question.kind is not Kind.NOTE
        ],
    )


def _next_phases(case: Case) -> list[Phase]:
    return [phase for phase in Phase if phase in PHASE_STEPS[case.phase]]
