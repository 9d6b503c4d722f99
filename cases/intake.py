"""Intake: a case opens when the person agrees, and fills with the forms they answer."""

import secrets
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import Organisation, OrganisationKind
from cases.answers import answers_of
from cases.consent import give_data_consent
from cases.facts import case_fact
from cases.models import Case, Person, Submission
from cases.needs import record_needs
from cases.rules import CaseStatus, Phase, SubmissionState
from cases.safeguarding import raise_flags
from cases.sheets import ARRIVAL, NEEDS
from foundation import audit, clock
from foundation.errors import NotFound
from foundation.keys import fingerprint
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer, Sheet

NAME = "name"
"""Purpose of the fingerprint by which staff find a person by name."""
_SUBMISSIONS = cast("Table", Submission.__table__)
_STORE_ANSWERS = (
    update(_SUBMISSIONS).where(_SUBMISSIONS.c.id == bindparam("submission")).values(answers=bindparam("sealed"))
)
"""Built once: it runs at every turn of every chat."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


async def open_case(session: AsyncSession, key: SubjectKey, language: str, notice: str, *, actor: Actor) -> Case:
    """The person agreed to `notice`, shown in `language`: from now on they have a case and data may be kept."""
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
    give_data_consent(session, person, case, notice, actor=actor)
    return case


async def begin_form(session: AsyncSession, case: Case, key: SubjectKey, sheet: Sheet, language: str) -> Submission:
    """Start a form; it stays on this version, and on what is known now, until it is sent."""
    submission_id = uuid4()
    arrival = (await answers_of(session, case, key)).get(ARRIVAL, {})
    given = {"maybe_child": str(arrival.get("maybe_child") or "unknown")}
    submission = Submission(
        id=submission_id,
        case_id=case.id,
        sheet_id=sheet.id,
        sheet_version=sheet.version,
        answers=key.seal(Submission.answers, submission_id, {}),
        given=key.seal(Submission.given, submission_id, given),
        state=SubmissionState.IN_PROGRESS,
        language=language,
        started_at=clock.now(),
        submitted_at=None,
    )
    session.add(submission)
    return submission


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
    audit.record(session, actor.id, "answer.stored", case_id, submission=submission_id, question=question)


async def submit_form(
    session: AsyncSession, submission_id: UUID, key: SubjectKey, answers: dict[str, Answer], *, actor: Actor
) -> Submission:
    """The person has reviewed the form and sends it: codes, flags and needs follow from the answers."""
    submission = await session.get(Submission, submission_id, with_for_update=True)
    if submission is None or submission.state is not SubmissionState.IN_PROGRESS:
        raise NotFound(_("This form has been sent already."))
    case = await session.get_one(Case, submission.case_id, with_for_update=True)
    submission.answers = key.seal(Submission.answers, submission.id, answers)
    submission.state, submission.submitted_at = SubmissionState.SUBMITTED, clock.now()
    audit.record(session, actor.id, "form.submitted", case.id, form=submission.sheet_id, submission=submission.id)
    if submission.sheet_id == ARRIVAL:
        await _take_over_arrival(session, case, key, answers)
    if submission.sheet_id == NEEDS and case.phase is Phase.INTAKE:
        case.phase = Phase.ASSESSMENT
        audit.record(session, actor.id, "case.moved", case.id, phase=case.phase)
    await session.flush()
    await raise_flags(session, case, submission.sheet_id, answers, actor=actor)
    await record_needs(session, case, submission.sheet_id, answers, actor=actor)
    case.attention_at = case.attention_at or clock.now()
    return submission


async def _take_over_arrival(session: AsyncSession, case: Case, key: SubjectKey, answers: dict[str, Answer]) -> None:
    person = await session.get_one(Person, key.subject_id)
    called = answers.get("called")
    if called:
        person.called = key.seal(Person.called, person.id, called)
        person.name_fingerprint = await fingerprint(session, NAME, str(called))
    case.country, case.area = _code(answers, "country_return"), _code(answers, "area")
    case.team = case.country
    fact = case_fact(case, answers)
    session.add(fact)
    case.fact_id = fact.id


def _code(answers: dict[str, Answer], name: str) -> str | None:
    answer = answers.get(name)
    return str(answer) if answer else None


async def _operator_id(session: AsyncSession) -> UUID:
    operator_id = await session.scalar(
        select(Organisation.id).where(Organisation.kind == OrganisationKind.OPERATOR).order_by(Organisation.id).limit(1)
    )
    if operator_id is None:
        raise NotFound(_("This service is not set up yet. Please try again later."))
    return operator_id


def _new_number() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _each in range(8))
    return f"HW-{letters[:4]}-{letters[4:]}"
