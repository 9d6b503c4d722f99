"""Preparing an application with the person: what is asked, what shows it, and their authorisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from babel import Locale
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.consent import require_guardian
from cases.models import Case, StoredFile
from cases.money import exact
from cases.safeguarding import may_be_child
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts
from referrals.application_file import find_application
from referrals.application_kinds import kind_of, read_fields
from referrals.application_models import Application, ApplicationDocument, WorkPeriod
from referrals.application_rules import ApplicationState, Entry, Given, Standing
from referrals.application_steps import (
    begin_change,
    checked_note,
    forget_authorisation,
    require_going_on,
    write_entry,
)
from referrals.work_periods import Period, checked, packed

LONGEST_NAME = 200
MOST_PERIODS = 60
_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Terms:
    """What is applied for, and where. `country`: of the institution, ISO 3166 alpha-2. `due_on`: last day to submit."""

    institution: str
    country: str
    reference: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    amount: Decimal | None = None
    currency: str | None = None
    due_on: date | None = None


async def open_new(session: AsyncSession, case: Case, kind_code: str, terms: Terms, *, actor: Actor) -> Application:
    """Begin an application of a kind. Raises Invalid with what to put right."""
    key = await begin_change(session, case, actor=actor)
    kind = kind_of(kind_code)
    application = Application(
        id=uuid4(),
        case_id=case.id,
        kind=kind.code,
        state=ApplicationState.PREPARING,
        opened_by=actor.id,
        opened_at=clock.now(),
    )
    _write(application, terms, key)
    session.add(application)
    await session.flush()
    session.add_all(
        ApplicationDocument(
            id=uuid4(),
            application_id=application.id,
            case_id=case.id,
            code=document.code,
            standing=Standing.MISSING,
        )
        for document in kind.documents
    )
    await write_entry(session, application, Entry.OPENED, on_day=clock.today(), key=key, actor=actor)
    return application


async def rewrite(session: AsyncSession, case: Case, application_id: UUID, terms: Terms, *, actor: Actor) -> None:
    """Write it anew. Raises Conflict once it is submitted: what is applied for, and where, stays as it was sent."""
    key = await begin_change(session, case, actor=actor)
    application = await find_application(session, case, application_id, lock=True)
    if application.state is not ApplicationState.PREPARING:
        raise Conflict(_("The application is submitted. What happens with it now is written into its history."))
    before = (application.country, key.open(Application.institution, application.id, application.institution))
    _write(application, terms, key)
    if application.authorised_on is not None and before != (application.country, terms.institution.strip()):
        # The person agreed to this institution and to no other.
        await _end_authorisation(session, application, clock.today(), key, actor)
    audit.record(session, actor.id, "application.rewritten", case.id, application=application.id)


async def note_document(
    session: AsyncSession,
    case: Case,
    application_id: UUID,
    code: str,
    standing: Standing,
    *,
    note: str = "",
    file_id: UUID | None = None,
    actor: Actor,
) -> None:
    """Where a document stands. One that cannot be had needs a note: why, and what shows the same.

    A file of the case that is linked to it is kept as long as the case, and not just for the time of a message.
    """
    key = await begin_change(session, case, actor=actor)
    application = await find_application(session, case, application_id, lock=True)
    require_going_on(application)
    document = await session.scalar(
        select(ApplicationDocument).where(
            ApplicationDocument.application_id == application.id, ApplicationDocument.code == code
        )
    )
    if document is None:
        raise NotFound(_("The application has no such document."))
    words = checked_note(note)
    if standing is Standing.NOT_AVAILABLE and not words:
        raise Invalid(_("Write why the document cannot be had, and what shows the same."))
    document.standing = standing
    document.note = key.seal(ApplicationDocument.note, document.id, free_of_accounts(words)) if words else None
    document.file_id = await _kept_file(session, case, file_id)
    audit.record(
        session, actor.id, "application.document", case.id, application=application.id, document=code, standing=standing
    )


async def authorise(
    session: AsyncSession,
    case: Case,
    application_id: UUID,
    *,
    on_day: date,
    how: Given,
    covers: str,
    file_id: UUID | None = None,
    guardian_evidence: str = "",
    actor: Actor,
) -> None:
    """Record that the person authorised this institution to be given their details. `covers`: exactly what.

    For a child it takes an officer, who writes which guardian agreed and how that was checked (GCM 21(g)).
    """
    key = await begin_change(session, case, actor=actor)
    application = await find_application(session, case, application_id, lock=True)
    require_going_on(application)
    if on_day > clock.today():
        raise Invalid(_("The day cannot lie in the future."))
    words, guardian = checked_note(covers), checked_note(guardian_evidence)
    if not words:
        raise Invalid(_("Write what the person agreed that the institution is given."))
    if await may_be_child(session, case.id):
        require_guardian(actor, guardian)
    application.authorised_on, application.authorised_how, application.authorised_by = on_day, how, actor.id
    application.authorisation = key.seal(Application.authorisation, application.id, free_of_accounts(words))
    application.guardian_evidence = (
        key.seal(Application.guardian_evidence, application.id, free_of_accounts(guardian)) if guardian else None
    )
    application.authorisation_file_id = await _kept_file(session, case, file_id)
    await write_entry(session, application, Entry.AUTHORISED, on_day=on_day, key=key, note=words, actor=actor)


async def end_authorisation(
    session: AsyncSession, case: Case, application_id: UUID, *, on_day: date, note: str = "", actor: Actor
) -> None:
    """The person took it back: nothing more is sent, and what was sent is to be withdrawn if they wish so."""
    key = await begin_change(session, case, actor=actor)
    application = await find_application(session, case, application_id, lock=True)
    require_going_on(application)
    if application.authorised_on is None:
        raise Conflict(_("There is no authorisation."))
    if on_day > clock.today():
        raise Invalid(_("The day cannot lie in the future."))
    await _end_authorisation(session, application, on_day, key, actor, checked_note(note))


async def add_period(
    session: AsyncSession, case: Case, application_id: UUID, period: Period, *, actor: Actor
) -> WorkPeriod:
    """A time of work that the application rests on."""
    key = await begin_change(session, case, actor=actor)
    application = await find_application(session, case, application_id, lock=True)
    require_going_on(application)
    if not kind_of(application.kind).has_periods:
        raise Invalid(_("This kind of application does not rest on periods of work."))
    known = (await session.scalars(select(WorkPeriod.id).where(WorkPeriod.application_id == application.id))).all()
    if len(known) >= MOST_PERIODS:
        raise Conflict(_("An application holds at most {count} periods of work."), count=MOST_PERIODS)
    period_id = uuid4()
    row = WorkPeriod(
        id=period_id,
        application_id=application.id,
        case_id=case.id,
        content=key.seal(WorkPeriod.content, period_id, free_of_accounts(packed(checked(period)))),
        added_by=actor.id,
        added_at=clock.now(),
    )
    session.add(row)
    audit.record(session, actor.id, "application.period_added", case.id, application=application.id, period=period_id)
    return row


async def remove_period(
    session: AsyncSession, case: Case, application_id: UUID, period_id: UUID, *, actor: Actor
) -> None:
    """Take a period out while the application is being prepared; what was submitted stays as it was."""
    await begin_change(session, case, actor=actor)
    application = await find_application(session, case, application_id, lock=True)
    if application.state is not ApplicationState.PREPARING:
        raise Conflict(_("The application is submitted. What happens with it now is written into its history."))
    row = await session.scalar(
        select(WorkPeriod).where(WorkPeriod.id == period_id, WorkPeriod.application_id == application.id)
    )
    if row is None:
        raise NotFound(_("There is no such period of work."))
    await session.delete(row)
    audit.record(session, actor.id, "application.period_removed", case.id, application=application.id, period=period_id)


def known_country(code: str) -> bool:
    return len(code) == _LETTERS and code.isalpha() and code in Locale("en").territories


def _write(application: Application, terms: Terms, key: SubjectKey) -> None:
    kind = kind_of(application.kind)
    name, reference = terms.institution.strip(), terms.reference.strip()
    if not name:
        raise Invalid(_("Write at which institution it is applied for."))
    if max(len(name), len(reference)) > LONGEST_NAME:
        raise Invalid(_("Please keep names and numbers under {count} characters."), count=LONGEST_NAME)
    if not known_country(terms.country):
        raise Invalid(_("Choose the country of the institution."))
    if (terms.amount is None) != (terms.currency is None):
        raise Invalid(_("Write both the amount and its currency."))
    if terms.amount is not None and kind.money is None:
        raise Invalid(_("This kind of application is not about an amount of money."))
    details = read_fields(kind, terms.details)
    application.country = terms.country
    application.institution = key.seal(Application.institution, application.id, free_of_accounts(name))
    application.reference = (
        key.seal(Application.reference, application.id, free_of_accounts(reference)) if reference else None
    )
    application.details = key.seal(Application.details, application.id, free_of_accounts(details)) if details else None
    application.amount, application.currency = None, None
    if terms.amount is not None and terms.currency is not None:
        application.amount, application.currency = exact(terms.amount, terms.currency), terms.currency
    application.due_on = terms.due_on


async def _end_authorisation(
    session: AsyncSession, application: Application, on_day: date, key: SubjectKey, actor: Actor, note: str = ""
) -> None:
    forget_authorisation(application)
    await write_entry(session, application, Entry.AUTHORISATION_ENDED, on_day=on_day, key=key, note=note, actor=actor)


async def _kept_file(session: AsyncSession, case: Case, file_id: UUID | None) -> UUID | None:
    if file_id is None:
        return None
    stored = await session.scalar(select(StoredFile).where(StoredFile.id == file_id, StoredFile.case_id == case.id))
    if stored is None:
        raise Invalid(_("Choose one of the files of this case."))
    stored.delete_at = None
    return stored.id
