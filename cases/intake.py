"""Intake: a case opens when the person agrees, and fills with the forms they answer."""

import secrets
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import Table, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.staff import find_operator
from cases.answers import answers_of
from cases.assessment_rules import STAFF_FILL_IT_IN
from cases.consent import ask_guardian, doubt_own_consent, give_data_consent
from cases.fingerprints import remember_name
from cases.followup import take_submission
from cases.messages import call_attention
from cases.models import Case, FormRequest, Person, Submission
from cases.needs import record_needs
from cases.rules import CaseStatus, Phase, SubmissionState
from cases.safeguarding import raise_flags, told_or_found
from cases.sheets import ARRIVAL, NEEDS
from cases.work_codes import SKILLS, take_codes
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.keys import code_of
from questionnaire.sheet import Answer, Sheet

_SUBMISSIONS = cast("Table", Submission.__table__)
_STORE_ANSWERS = (
    update(_SUBMISSIONS).where(_SUBMISSIONS.c.id == bindparam("submission")).values(answers=bindparam("sealed"))
)
"""Built once: it runs at every turn of every chat."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


async def open_case(
    session: AsyncSession, key: SubjectKey, language: str, notice: str, *, actor: Actor, for_child: bool = False
) -> Case:
    """The person agreed to `notice`, shown in `language`: from now on they have a case and data may be kept.

    `for_child`: a child's yes, which waits for a guardian's; see `cases.guardianship`.
    """
    person = Person(id=key.subject_id, language=language, created_at=clock.now())
    case = Case(
        id=uuid4(),
        number=_new_number(),
        person_id=person.id,
        organisation_id=await _operator_id(session),
        phase=Phase.INTAKE,
        status=CaseStatus.OPEN,
        opened_at=clock.now(),
    )
    session.add(person)
    await session.flush()
    session.add(case)
    audit.record(session, actor.id, "case.opened", case.id)
    (ask_guardian if for_child else give_data_consent)(session, person, case, notice, actor=actor)
    return case


async def begin_form(
    session: AsyncSession,
    case: Case,
    key: SubjectKey,
    sheet: Sheet,
    language: str,
    *,
    filled_by: UUID | None = None,
    answers: dict[str, Answer] | None = None,
    amends: UUID | None = None,
) -> Submission:
    """Start a form; it stays on this version, and on what is known now, until it is sent.

    A person who is half way through this form already goes on with that, on its version. `answers`: what it starts
    with. A request for this form is answered by it. Raises Conflict in a chat for a form that staff fill in.
    """
    if sheet.for_staff and filled_by is None:
        raise Conflict(STAFF_FILL_IT_IN)
    half_way = None if filled_by or amends else await half_way_form(session, case, sheet.id)
    if half_way is not None:
        return half_way
    submission_id = uuid4()
    arrival = (await answers_of(session, case, key)).get(ARRIVAL, {})
    maybe_child = await told_or_found(session, case.id, arrival.get("maybe_child"))
    given = {"maybe_child": maybe_child, "country": case.country or ""}
    submission = Submission(
        id=submission_id,
        case_id=case.id,
        sheet_id=sheet.id,
        sheet_version=sheet.version,
        answers=key.seal(Submission.answers, submission_id, answers or {}),
        given=key.seal(Submission.given, submission_id, given),
        state=SubmissionState.IN_PROGRESS,
        language=language,
        started_at=clock.now(),
        submitted_at=None,
        filled_by=filled_by,
        amends=amends,
    )
    session.add(submission)
    if filled_by is None and amends is None:
        await session.flush()
        await session.execute(_open_requests(case.id, sheet.id).values(submission_id=submission_id))
    return submission


async def half_way_form(session: AsyncSession, case: Case, sheet_id: str) -> Submission | None:
    """What the person has begun of this form in the chat and not sent yet."""
    found: Submission | None = await session.scalar(
        select(Submission)
        .where(
            Submission.case_id == case.id,
            Submission.sheet_id == sheet_id,
            Submission.state == SubmissionState.IN_PROGRESS,
            Submission.filled_by.is_(None),
            Submission.amends.is_(None),
        )
        .order_by(Submission.started_at.desc())
        .limit(1)
    )
    return found


def _open_requests(case_id: UUID, sheet_id: str) -> Update:
    return (
        update(FormRequest)
        .where(FormRequest.case_id == case_id, FormRequest.sheet_id == sheet_id, FormRequest.done_at.is_(None))
        .execution_options(synchronize_session="fetch")
    )


async def store_answers(
    session: AsyncSession,
    submission_id: UUID,
    case_id: UUID,
    key: SubjectKey,
    answers: dict[str, Answer],
    *,
    question: str,
    actor: Actor,
) -> None:
    """Keep the answers so far, sealed."""
    sealed = key.seal(Submission.answers, submission_id, answers)
    await session.execute(_STORE_ANSWERS, {"submission": submission_id, "sealed": sealed})
    audit.record(session, actor.id, "answer.stored", case_id, submission=submission_id, question=code_of(question))


async def submit_form(
    session: AsyncSession, submission_id: UUID, key: SubjectKey, answers: dict[str, Answer], *, actor: Actor
) -> Submission:
    """The form was reviewed and is sent: codes, flags and needs follow from the answers.

    A form that corrects an earlier one runs the same rules again: they add flags and needs, and never take one away.
    """
    submission = await session.get(Submission, submission_id, with_for_update=True, populate_existing=True)
    if submission is None or submission.state is not SubmissionState.IN_PROGRESS:
        raise NotFound(_("This form has been sent already."))
    case = await session.get_one(Case, submission.case_id, with_for_update=True)
    submission.answers = key.seal(Submission.answers, submission.id, answers)
    submission.state, submission.submitted_at = SubmissionState.SUBMITTED, clock.now()
    audit.record(
        session,
        actor.id,
        "form.submitted" if submission.amends is None else "form.amended",
        case.id,
        form=submission.sheet_id,
        submission=submission.id,
    )
    await _settle_requests(session, submission)
    if submission.sheet_id == ARRIVAL:
        await _take_over_arrival(session, case, key, answers)
    if submission.sheet_id == SKILLS:
        await take_codes(session, case.id, answers)
    if submission.sheet_id == NEEDS and case.phase is Phase.INTAKE:
        case.phase = Phase.ASSESSMENT
        audit.record(session, actor.id, "case.moved", case.id, phase=case.phase)
    await session.flush()
    raised = await raise_flags(
        session, case, submission.sheet_id, answers, actor=actor, made_anew=submission.amends is None
    )
    await doubt_own_consent(session, case, raised, actor=actor)
    await record_needs(session, case, submission.sheet_id, answers, actor=actor)
    await take_submission(session, case, submission, key, answers, actor=actor)
    if submission.filled_by is None:
        call_attention(case)
    return submission


async def _settle_requests(session: AsyncSession, submission: Submission) -> None:
    """Whoever asked for this form has it now; what was begun of it elsewhere is over."""
    if submission.amends is None:
        await session.execute(
            _open_requests(submission.case_id, submission.sheet_id).values(
                submission_id=submission.id, done_at=submission.submitted_at
            )
        )
    same = Submission.amends.is_(None) if submission.amends is None else Submission.amends == submission.amends
    await session.execute(
        update(Submission)
        .where(
            Submission.case_id == submission.case_id,
            Submission.sheet_id == submission.sheet_id,
            Submission.state == SubmissionState.IN_PROGRESS,
            Submission.id != submission.id,
            same,
        )
        .values(state=SubmissionState.ABANDONED)
        .execution_options(synchronize_session="fetch")
    )


async def _take_over_arrival(session: AsyncSession, case: Case, key: SubjectKey, answers: dict[str, Answer]) -> None:
    person = await session.get_one(Person, key.subject_id)
    name = answers.get("called")
    called = name if isinstance(name, str) else None  # a name that was spoken is heard by staff, not looked up
    person.called = key.seal(Person.called, person.id, called) if called else None
    await remember_name(session, person, called)
    before = case.country
    case.country, case.area = _code(answers, "country_return"), _code(answers, "area")
    if case.country != before:
        case.team = case.country


def _code(answers: dict[str, Answer], name: str) -> str | None:
    answer = answers.get(name)
    return str(answer) if answer else None


async def _operator_id(session: AsyncSession) -> UUID:
    operator = await find_operator(session)
    if operator is None:
        raise NotFound(_("This service is not set up yet. Please try again later."))
    return operator.id


def _new_number() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _each in range(8))
    return f"HW-{letters[:4]}-{letters[4:]}"
