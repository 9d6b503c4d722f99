"""Forms that someone asks a person to fill in, and forms that a person corrects after sending them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

from babel import UnknownLocaleError
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, SYSTEM, Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.answers import open_answers
from cases.assessment_rules import STAFF_FILL_IT_IN
from cases.consent import has_data_consent
from cases.intake import begin_form, half_way_form
from cases.messages import person_of, tell
from cases.models import Case, FormRequest, Person, Submission
from cases.rules import CaseStatus, SubmissionState
from cases.sheets import ORDER, newest, sheet_of
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import Message, _, _p, autonym
from foundation.sealing import SubjectKey
from questionnaire.sheet import Sheet
from questionnaire.wording import title

# Translators: a button under a message that asks a person to answer some questions
BEGIN = _p("button", "▶️ Answer the questions")


class RequestState(StrEnum):
    ASKED = "asked"
    HALF_WAY = "half_way"
    DONE = "done"
    TAKEN_BACK = "taken_back"


REQUEST_STATE_NAMES: dict[RequestState, Message] = {
    RequestState.ASKED: _p("form request", "Asked, not begun yet"),
    RequestState.HALF_WAY: _p("form request", "Half way"),
    RequestState.DONE: _p("form request", "Done"),
    RequestState.TAKEN_BACK: _p("form request", "Taken back"),
}


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as staff see it. `asked_by`: a name; None when a follow-up wave asked."""

    request: FormRequest
    form: Message
    state: RequestState
    asked_by: str | None


async def send_form(session: AsyncSession, case: Case, sheet_id: str, *, actor: Actor) -> FormRequest:
    """Ask the person to fill in a form, in neutral words.

    Raises Invalid if the form does not exist in their language, Conflict without their consent to data, for a closed
    case, and if they were asked already.
    """
    require(actor, Permission.FORM_SEND)
    person = await require_open(session, case)
    sheet = await newest(session, sheet_id)
    if sheet.for_staff:
        raise Conflict(STAFF_FILL_IT_IN)
    _require_language(sheet, person)
    if await _open_request(session, case, sheet_id) is not None:
        raise Conflict(_("The person has been asked already and has not answered yet."))
    request = await request_form(session, case, sheet_id, requested_by=actor.id)
    await tell(
        session,
        person,
        _("There are a few questions for you. You can answer them when it suits you, and stop at any time."),
        buttons=[(BEGIN, "m.begin")],
        dedupe_key=f"form_request:{request.id}",
    )
    return request


async def request_form(session: AsyncSession, case: Case, sheet_id: str, *, requested_by: UUID | None) -> FormRequest:
    """Put a form on the list of what the person is asked, without telling them. `requested_by` None: a follow-up wave.

    A request for the same form that is still open is the one that counts. Raises Conflict for a form that only staff
    fill in.
    """
    if (await newest(session, sheet_id)).for_staff:
        raise Conflict(STAFF_FILL_IT_IN)
    known = await _open_request(session, case, sheet_id)
    if known is not None:
        return known
    half_way = await half_way_form(session, case, sheet_id)
    request = FormRequest(
        id=uuid4(),
        case_id=case.id,
        sheet_id=sheet_id,
        requested_by=requested_by,
        requested_at=clock.now(),
        submission_id=half_way and half_way.id,
        done_at=None,
    )
    session.add(request)
    audit.record(session, requested_by or SYSTEM.id, "form.requested", case.id, form=sheet_id, request=request.id)
    return request


async def withdraw_request(session: AsyncSession, case: Case, request_id: UUID, *, actor: Actor) -> None:
    """Take a form back. What the person has begun of it ends there. Raises NotFound once it is answered."""
    require(actor, Permission.FORM_SEND)
    request = await session.scalar(
        select(FormRequest)
        .where(FormRequest.id == request_id, FormRequest.case_id == case.id, FormRequest.done_at.is_(None))
        .with_for_update()
    )
    if request is None:
        raise NotFound(_("This form is not asked for any more."))
    request.done_at = clock.now()
    await session.execute(
        update(Submission)
        .where(Submission.id == request.submission_id, Submission.state == SubmissionState.IN_PROGRESS)
        .values(state=SubmissionState.ABANDONED)
        .execution_options(synchronize_session="fetch")
    )
    audit.record(session, actor.id, "form.withdrawn", case.id, form=request.sheet_id, request=request.id)


async def next_form(session: AsyncSession, case: Case) -> str | None:
    """The id of the form the person fills in next: those that everyone is asked, then what was requested, in order."""
    sent = await session.scalars(
        select(Submission.sheet_id).where(
            Submission.case_id == case.id,
            Submission.sheet_id.in_(ORDER),
            Submission.state == SubmissionState.SUBMITTED,
        )
    )
    done = set(sent)
    first = next((sheet_id for sheet_id in ORDER if sheet_id not in done), None)
    if first is not None:
        return first
    asked: str | None = await session.scalar(
        select(FormRequest.sheet_id)
        .where(FormRequest.case_id == case.id, FormRequest.done_at.is_(None))
        .order_by(FormRequest.requested_at, FormRequest.id)
        .limit(1)
    )
    return asked


async def requests_of(session: AsyncSession, case: Case) -> Sequence[RequestView]:
    """Everything the person was asked to fill in, the newest first."""
    rows = await session.execute(_OF_CASE, {"case_id": case.id})
    return [
        RequestView(
            request, title(await newest(session, request.sheet_id)), _state(request, submission_state), asked_by
        )
        for request, submission_state, asked_by in rows
    ]


_OF_CASE = (
    select(FormRequest, Submission.state, StaffMember.name)
    .outerjoin(Submission, Submission.id == FormRequest.submission_id)
    .outerjoin(StaffMember, StaffMember.id == FormRequest.requested_by)
    .where(FormRequest.case_id == bindparam("case_id"))
    .order_by(FormRequest.requested_at.desc(), FormRequest.id)
)


async def begin_amendment(
    session: AsyncSession, case: Case, key: SubjectKey, sheet_id: str, *, actor: Actor = PERSON
) -> Submission:
    """Open the newest sent form again, with its answers, to be corrected. Sending it replaces the old one.

    It stays on the version that was filled in. An amendment that is open already is the one that goes on. `actor`: the
    person, or who of the staff does it with them. Raises NotFound if the form was never sent.
    """
    filled_by = None if actor is PERSON else actor.id
    if filled_by is not None:
        require(actor, Permission.FORM_FILL)
    await require_open(session, case)
    sent = await session.scalar(
        select(Submission)
        .where(
            Submission.case_id == case.id,
            Submission.sheet_id == sheet_id,
            Submission.state == SubmissionState.SUBMITTED,
        )
        .order_by(Submission.submitted_at.desc(), Submission.started_at.desc())
        .limit(1)
    )
    if sent is None:
        raise NotFound(_("This form has not been sent yet."))
    known: Submission | None = await session.scalar(
        select(Submission).where(
            Submission.amends == sent.id,
            Submission.state == SubmissionState.IN_PROGRESS,
            Submission.filled_by.is_(None) if filled_by is None else Submission.filled_by.is_not(None),
        )
    )
    if known is not None:
        return known
    sheet = await sheet_of(session, sent.sheet_id, sent.sheet_version)
    begun = await begin_form(
        session,
        case,
        key,
        sheet,
        sent.language,
        filled_by=filled_by,
        answers=open_answers(key, sent),
        amends=sent.id,
    )
    audit.record(session, actor.id, "form.reopened", case.id, form=sheet_id, submission=begun.id)
    return begun


async def require_open(session: AsyncSession, case: Case) -> Person:
    """The person of a case that is worked on. Raises Conflict for a closed case, or without their consent to data."""
    person = await person_of(session, case)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is closed."))
    if not await has_data_consent(session, person.id):
        raise Conflict(_("The person has taken back their agreement to data being kept."))
    return person


def _require_language(sheet: Sheet, person: Person) -> None:
    complete = sheet.complete_languages()
    if person.language not in complete:
        raise Invalid(
            _("This form is not complete in the person's language ({language}). It is complete in: {languages}."),
            language=autonym(person.language),
            languages=", ".join(map(language_name, complete)) or "–",
        )


def language_name(code: str) -> str:
    """A language in its own name. A form may bring a language that nobody has listed: then its code."""
    try:
        return autonym(code)
    except (ValueError, UnknownLocaleError):
        return code


async def _open_request(session: AsyncSession, case: Case, sheet_id: str) -> FormRequest | None:
    found: FormRequest | None = await session.scalar(
        select(FormRequest)
        .where(FormRequest.case_id == case.id, FormRequest.sheet_id == sheet_id, FormRequest.done_at.is_(None))
        .order_by(FormRequest.requested_at)
        .limit(1)
    )
    return found


def _state(request: FormRequest, submission: SubmissionState | None) -> RequestState:
    if request.done_at is not None:
        return RequestState.DONE if submission is SubmissionState.SUBMITTED else RequestState.TAKEN_BACK
    return RequestState.HALF_WAY if submission is SubmissionState.IN_PROGRESS else RequestState.ASKED
