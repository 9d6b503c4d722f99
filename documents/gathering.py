"""Gathering a person's own file: everything that is kept of them, opened with their key and said in their language."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.answers import open_answers
from cases.consent import consents_of
from cases.models import (
    CallBack,
    Case,
    CaseMessage,
    Consent,
    FollowUp,
    Need,
    Person,
    StoredFile,
    Submission,
    SurveyResult,
)
from cases.rules import NEED_NAMES
from cases.sheets import sheet_of
from cases.work_codes import codes_of
from documents.applications import applications_told
from documents.consents import field_words, fields_in_words, purpose_words, recipient_names
from documents.money import lessons_told, savings_told
from documents.openings import openings_of
from documents.person_file import (
    FORMAT,
    AnswerEntry,
    CallBackEntry,
    CoachingEntry,
    ConsentEntry,
    FileEntry,
    FollowUpEntry,
    FormEntry,
    JobEntry,
    MessageEntry,
    NeedEntry,
    OfferEntry,
    OpeningEntry,
    PersonFile,
    ReferralEntry,
    ShareEntry,
    WorkCodeEntry,
)
from foundation import clock
from foundation.language import Message, say
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer, Kind, Question, Sheet
from questionnaire.wording import answer_text, label, title
from referrals.enterprise import enterprise_of, packed
from referrals.models import Disclosure, Referral, Service, ServiceOffer
from referrals.offering import offers_of, services_of
from referrals.opening_rules import OUTCOME_NAMES
from referrals.outcomes import outcomes_of
from referrals.queries import referrals_of, shared_with
from referrals.rules import HELPED_NAMES, RECEIVED_NAMES, REFERRAL_STATE_NAMES, SETTLEMENT_NAMES
from referrals.sharing import note_of


async def gather_file(session: AsyncSession, person: Person, case: Case, key: SubjectKey, operator: str) -> PersonFile:
    """The person's file as it is now, in their language."""
    consents = await consents_of(session, person.id)
    shares = await shared_with(session, case.id)
    names = await recipient_names(session, consents)
    enterprise = await enterprise_of(session, case)
    return PersonFile(
        format=FORMAT,
        made_at=clock.now(),
        language=person.language,
        operator=operator,
        case_number=case.number,
        phase=case.phase,
        status=case.status,
        country=case.country,
        area=case.area,
        opened_at=case.opened_at,
        called=key.open(Person.called, person.id, person.called) if person.called else None,
        consents=[_consent(each, names, person.language) for each in consents],
        forms=await _forms(session, case, key, person.language),
        needs=await _needs(session, case, person.language),
        messages=await _messages(session, case, key),
        files=await _files(session, case, key),
        referrals=[_referral(each, key, person.language) for each in await referrals_of(session, case.id)],
        offers=[_offer(offer, await services_of(session, offer), key) for offer in await offers_of(session, case.id)],
        applications=await applications_told(session, case, person.language),
        business_plan=packed(enterprise.plan) if enterprise.plan else None,
        coaching=[
            CoachingEntry(held_on=each.row.held_on, agreed=each.agreed, next_on=each.row.next_on)
            for each in enterprise.visits
        ],
        shared=[_share(each, names.get(each.recipient_id, ""), person.language) for each in shares],
        opened=[
            OpeningEntry(day=opened.day, role=role, times=times)
            for opened in await openings_of(session, case)
            for role, times in opened.roles
        ],
        call_backs=await _call_backs(session, case, key),
        follow_ups=await _follow_ups(session, case),
        jobs=await _jobs(session, case, person.language),
        work_codes=[
            WorkCodeEntry(scheme=each.scheme, code=each.code, origin=each.origin)
            for each in await codes_of(session, case.id)
        ],
        lessons=await lessons_told(session, case, person.language),
        savings=await savings_told(session, case, person.language),
    )


def _said(language: str, words: Sequence[Message | str]) -> list[str]:
    return [each if isinstance(each, str) else say(language, each) for each in words]


def _consent(consent: Consent, names: Mapping[UUID, str], language: str) -> ConsentEntry:
    return ConsentEntry(
        record=consent.id,
        kind=consent.kind,
        purpose=say(language, purpose_words(consent)),
        recipient=names.get(consent.recipient_id) if consent.recipient_id else None,
        covers=_said(language, field_words(consent)),
        state=consent.state,
        given_by=consent.given_by,
        notice=f"{consent.notice_id}-{consent.notice_version}",
        notice_hash=consent.text_hash,
        language=consent.language,
        requested_at=consent.requested_at,
        decided_at=consent.decided_at,
        child_agreed_at=consent.assented_at,
        withdrawn_at=consent.withdrawn_at,
    )


async def _forms(session: AsyncSession, case: Case, key: SubjectKey, language: str) -> list[FormEntry]:
    rows = await session.execute(
        select(Submission, SurveyResult)
        .outerjoin(SurveyResult, SurveyResult.submission_id == Submission.id)
        .where(Submission.case_id == case.id)
        .order_by(Submission.started_at, Submission.id)
    )
    found = [
        (await sheet_of(session, submission.sheet_id, submission.sheet_version), submission, result)
        for submission, result in rows
    ]
    return [
        _form(sheet, submission, result, key, language) for sheet, submission, result in found if not sheet.for_staff
    ]


def _form(
    sheet: Sheet, submission: Submission, result: SurveyResult | None, key: SubjectKey, language: str
) -> FormEntry:
    answers = open_answers(key, submission)
    asked, worked_out = _told_answers(sheet, answers, language)
    return FormEntry(
        form=sheet.id,
        version=sheet.version,
        title=say(language, title(sheet)),
        state=submission.state,
        language=submission.language,
        started_at=submission.started_at,
        sent_at=submission.submitted_at,
        filled_in_by_staff=submission.filled_by is not None,
        corrects_an_earlier_one=submission.amends is not None,
        answers=asked,
        worked_out=worked_out,
        score=key.open(SurveyResult.scores, result.submission_id, result.scores) if result else None,
    )


def _told_answers(
    sheet: Sheet, answers: dict[str, Answer], language: str
) -> tuple[list[AnswerEntry], dict[str, JsonValue]]:
    asked: list[AnswerEntry] = []
    worked_out: dict[str, JsonValue] = {}
    for name, answer in answers.items():
        question = _question(sheet, name)
        if question is None or not question.is_asked:
            worked_out[name] = answer
        elif question.kind is not Kind.NOTE:
            words = say(language, label(sheet, question, language, answers))
            told = answer_text(sheet, question, answer, language)
            asked.append(AnswerEntry(key=name, question=words, answer=told, value=answer))
    return asked, worked_out


def _question(sheet: Sheet, name: str) -> Question | None:
    """None for what stands beside the answers, such as ticks that were not confirmed yet."""
    try:
        return sheet.question(name)
    except KeyError:
        return None


async def _needs(session: AsyncSession, case: Case, language: str) -> list[NeedEntry]:
    needs = await session.scalars(select(Need).where(Need.case_id == case.id).order_by(Need.raised_at, Need.kind))
    return [
        NeedEntry(
            kind=need.kind,
            name=say(language, NEED_NAMES[need.kind]),
            urgency=need.urgency,
            status=need.status,
            found_at=need.raised_at,
        )
        for need in needs
    ]


async def _messages(session: AsyncSession, case: Case, key: SubjectKey) -> list[MessageEntry]:
    messages = await session.scalars(
        select(CaseMessage).where(CaseMessage.case_id == case.id).order_by(CaseMessage.position)
    )
    return [
        MessageEntry(
            direction=message.direction,
            text=key.open(CaseMessage.body, message.id, message.body),
            file=message.file_id,
            sent_at=message.sent_at,
        )
        for message in messages
    ]


async def _files(session: AsyncSession, case: Case, key: SubjectKey) -> list[FileEntry]:
    """What is kept besides texts. The content is not read: only what a list shows."""
    columns = (StoredFile.id, StoredFile.kind, StoredFile.media_type, StoredFile.size, StoredFile.name)
    rows = await session.execute(
        select(*columns, StoredFile.created_at, StoredFile.delete_at)
        .where(StoredFile.case_id == case.id)
        .order_by(StoredFile.created_at, StoredFile.id)
    )
    return [
        FileEntry(
            id=row.id,
            kind=row.kind,
            media_type=row.media_type,
            bytes=row.size,
            name=key.open(StoredFile.name, row.id, row.name) if row.name else "",
            stored_at=row.created_at,
            kept_until=row.delete_at,
        )
        for row in rows
    ]


def _referral(referral: Referral, key: SubjectKey, language: str) -> ReferralEntry:
    word = referral.word
    sealed = referral.disclosed
    received, helped = (word.received, word.helped) if word else (None, None)
    in_their_words = [*([RECEIVED_NAMES[received]] if received else []), *([HELPED_NAMES[helped]] if helped else [])]
    return ReferralEntry(
        service=referral.service.name,
        organisation=referral.service.organisation.name,
        need=referral.need_kind,
        urgency=referral.urgency,
        state=referral.state,
        state_in_words=say(language, REFERRAL_STATE_NAMES[referral.state]),
        reason=referral.reason,
        created_at=referral.created_at,
        sent_at=referral.sent_at,
        due_at=referral.due_at,
        answered_at=referral.answered_at,
        note=note_of(referral, key),
        disclosed=key.open(Referral.disclosed, referral.id, sealed) if sealed else None,
        received=received,
        helped=helped,
        in_their_words=_said(language, in_their_words),
        settled=say(language, SETTLEMENT_NAMES[word.settlement]) if word and word.settlement else None,
    )


def _offer(offer: ServiceOffer, services: Sequence[Service], key: SubjectKey) -> OfferEntry:
    return OfferEntry(
        need=offer.need_kind,
        services=[service.name for service in services],
        note=key.open(ServiceOffer.note, offer.id, offer.note) if offer.note else None,
        state=offer.state,
        offered_at=offer.offered_at,
        answered_at=offer.answered_at,
    )


def _share(share: Disclosure, recipient: str, language: str) -> ShareEntry:
    return ShareEntry(
        recipient=recipient,
        covers=_said(language, fields_in_words(share.fields)),
        consent=share.consent_id,
        shared_at=share.shared_at,
        opened_at=share.opened_at,
        delete_asked_at=share.delete_asked_at,
        deleted_at=share.deleted_at,
    )


async def _call_backs(session: AsyncSession, case: Case, key: SubjectKey) -> list[CallBackEntry]:
    calls = await session.scalars(
        select(CallBack).where(CallBack.case_id == case.id).order_by(CallBack.requested_at, CallBack.id)
    )
    return [
        CallBackEntry(
            number=key.open(CallBack.number, call.id, call.number),
            channel=call.channel,
            at=call.at,
            safe_words=key.open(CallBack.safe_words, call.id, call.safe_words) if call.safe_words else None,
            requested_at=call.requested_at,
            outcome=call.outcome,
        )
        for call in calls
    ]


async def _follow_ups(session: AsyncSession, case: Case) -> list[FollowUpEntry]:
    waves = await session.scalars(
        select(FollowUp).where(FollowUp.case_id == case.id).order_by(FollowUp.due_on, FollowUp.wave)
    )
    return [FollowUpEntry(wave=each.wave, due_on=each.due_on, state=each.state) for each in waves]


async def _jobs(session: AsyncSession, case: Case, language: str) -> list[JobEntry]:
    return [
        JobEntry(
            title=each.opening.title,
            kind=each.opening.kind,
            organisation=each.opening.organisation.name,
            outcome=each.outcome,
            outcome_in_words=say(language, OUTCOME_NAMES[each.outcome]),
            reason=each.reason,
            started_on=each.started_on,
            noted_at=each.noted_at,
        )
        for each in await outcomes_of(session, [case.id])
    ]
