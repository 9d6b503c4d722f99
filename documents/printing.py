"""The copy of a file and the receipt of a consent as a person reads them on paper or screen."""

from collections.abc import Iterable
from datetime import date, datetime

from access.rules import ROLE_NAMES
from cases.rules import (
    CONSENT_STATE_NAMES,
    COUNTRY_NAMES,
    NEED_STATUS_NAMES,
    PHASE_NAMES,
    URGENCY_NAMES,
    Direction,
    SubmissionState,
)
from documents.consents import GIVER_NAMES
from documents.moments import clock_words, local_time
from documents.person_file import FormEntry, PersonFile
from documents.receipts import Receipt
from foundation.language import Message, _, _p, say
from foundation.pdf import Document
from referrals.application_rules import OUTCOME_NAMES, Standing
from referrals.rules import SHARED_FIELD_NAMES, SharedField

FILE_TITLE = _p("document", "A copy of a file")
RECEIPT_TITLE = _p("document", "Receipt of a consent")
_NOTHING = _p("document", "Nothing.")
_WHEN, _WHO, _WHAT = _p("document", "When"), _p("document", "Who"), _p("document", "What")
# Translators: what a receipt calls each step of a consent, after ISO/IEC TS 27560
_EVENT_NAMES: dict[str, Message] = {
    "requested": _p("consent event", "asked"),
    "given": _p("consent event", "given"),
    "refused": _p("consent event", "refused"),
    "withdrawn": _p("consent event", "taken back"),
    "expired": _p("consent event", "expired"),
    "re-confirmed": _p("consent event", "renewed"),
}
_ACTORS: dict[str, Message] = {
    "person": _p("consent event", "the person"),
    "guardian": _p("consent event", "the parent or guardian"),
    "operator": _p("consent event", "the operator"),
}
_SHARED = {field.value: SHARED_FIELD_NAMES[field] for field in SharedField}


def print_file(file: PersonFile) -> bytes:
    """The copy as PDF, in the person's language."""
    return _FilePrinter(file).content()


def print_receipt(receipt: Receipt, language: str) -> bytes:
    document = Document(language, RECEIPT_TITLE)

    def row(name: Message, value: str) -> tuple[str, str]:
        return say(language, name), value

    processing = receipt.processing
    document.heading(say(language, RECEIPT_TITLE), 1)
    document.paragraph(
        say(language, _("This receipt follows {standard}."), standard=receipt.schema_version), small=True
    )
    document.rows(
        [
            row(_p("document", "Case number"), receipt.pii_principal_id),
            row(_p("document", "Receipt"), str(receipt.receipt_id)),
            row(_p("document", "Record"), str(receipt.record_id)),
            row(_p("document", "What for"), processing.purpose),
            row(_("What it covers"), "\n".join(item.pii_type for item in processing.pii_information)),
            row(_p("document", "Basis"), say(language, _("Your consent"))),
            row(_p("document", "How it was asked"), say(language, _p("document", "in the chat"))),
            row(_("Text that was shown"), processing.privacy_notice.replace(" ", "\n")),
            row(_("Language of the text"), processing.language),
            row(_p("document", "Kept where"), "\n".join(processing.storage_locations)),
            row(_p("document", "Kept how long"), processing.retention_period),
            row(_p("document", "Law"), processing.jurisdiction),
            row(_("How to take it back"), processing.withdrawal_method),
            row(_p("document", "Your rights"), processing.privacy_rights),
        ]
    )
    for party in receipt.parties:
        document.heading(party.party_name)
        document.rows(
            [
                row(_p("document", "Part in this"), party.party_role),
                row(_p("document", "Address"), party.party_address),
                row(_p("document", "Contact"), party.party_contact),
                row(_p("document", "Id"), str(party.party_id)),
            ]
        )
    document.heading(say(language, _p("document", "What happened")))
    document.table(
        [say(language, _WHEN), say(language, _WHAT), say(language, _WHO), say(language, _p("document", "Valid"))],
        [
            [
                say(language, Message("{when}"), when=event.event_time),
                say(language, _EVENT_NAMES[event.event_state]),
                say(language, _ACTORS[event.entity_id]),
                event.validity_duration,
            ]
            for event in receipt.events
        ],
        [0.28, 0.16, 0.2, 0.36],
    )
    document.paragraph(say(language, clock_words(None)), small=True)
    return document.content()


class _FilePrinter:
    """Writes one file; each part of it is a method."""

    def __init__(self, file: PersonFile) -> None:
        self._file = file
        self._document = Document(file.language, FILE_TITLE)

    def content(self) -> bytes:
        self._front()
        self._consents()
        self._forms()
        self._needs()
        self._messages()
        self._referrals()
        self._applications()
        self._shares()
        self._openings()
        self._rest()
        return self._document.content()

    def _say(self, message: Message, **values: object) -> str:
        return say(self._file.language, message, **values)

    def _day(self, moment: datetime | date | None) -> str:
        if moment is None:
            return ""
        told = local_time(self._file.country, moment) if isinstance(moment, datetime) else moment
        return self._say(Message("{when}"), when=told)

    def _part(self, title: Message, *, is_empty: bool) -> None:
        self._document.heading(self._say(title))
        if is_empty:
            self._document.paragraph(self._say(_NOTHING))

    def _rows(self, *pairs: tuple[Message, str]) -> None:
        self._document.rows((self._say(name), value) for name, value in pairs if value)

    def _table(self, head: Iterable[Message], rows: Iterable[list[str]], shares: list[float]) -> None:
        told = list(rows)
        if told:
            self._document.table([self._say(each) for each in head], told, shares)

    def _front(self) -> None:
        file, country = self._file, COUNTRY_NAMES.get(self._file.country or "")
        self._document.heading(self._say(FILE_TITLE), 1)
        self._document.paragraph(
            self._say(_("Everything that {operator} keeps about you, as it was on this day."), operator=file.operator)
        )
        self._rows(
            (_("Made on"), self._day(file.made_at)),
            (_p("document", "Case number"), file.case_number),
            (_("Name to be called by"), file.called or ""),
            (_("Where the case stands"), self._say(PHASE_NAMES[file.phase])),
            (_("Opened on"), self._day(file.opened_at)),
            (_("Country of return"), self._say(country) if country else ""),
        )
        self._document.paragraph(self._say(clock_words(file.country)), small=True)

    def _consents(self) -> None:
        self._part(_("What you agreed to"), is_empty=not self._file.consents)
        for consent in self._file.consents:
            self._document.heading(consent.purpose, 3)
            self._rows(
                (_("Where it stands"), self._say(CONSENT_STATE_NAMES[consent.state])),
                (_("For whom"), consent.recipient or ""),
                (_("What it covers"), "\n".join(consent.covers)),
                (_("Who agreed"), self._say(GIVER_NAMES[consent.given_by]) if consent.decided_at else ""),
                (_("Asked on"), self._day(consent.requested_at)),
                (_("Answered on"), self._day(consent.decided_at)),
                (_("Taken back on"), self._day(consent.withdrawn_at)),
            )

    def _forms(self) -> None:
        self._part(_("Your answers"), is_empty=not self._file.forms)
        for form in self._file.forms:
            self._document.heading(form.title, 3)
            self._document.paragraph(self._form_line(form), small=True)
            skipped = self._say(_("(skipped)"))
            self._document.rows((each.question, each.answer or skipped) for each in form.answers)

    def _form_line(self, form: FormEntry) -> str:
        if form.state is not SubmissionState.SUBMITTED:
            line = self._say(_("Begun on {date}, not sent."), date=local_time(self._file.country, form.started_at))
        else:
            sent = local_time(self._file.country, form.sent_at or form.started_at)
            line = self._say(_("Sent on {date}."), date=sent)
        by_staff = self._say(_("A caseworker filled it in with you.")) if form.filled_in_by_staff else ""
        corrects = self._say(_("It corrects an earlier one.")) if form.corrects_an_earlier_one else ""
        return " ".join(part for part in (line, by_staff, corrects) if part)

    def _needs(self) -> None:
        self._part(_("What you need"), is_empty=not self._file.needs)
        self._table(
            [_WHAT, _("How urgent"), _("Where it stands"), _WHEN],
            (
                [
                    need.name,
                    self._say(URGENCY_NAMES[need.urgency]),
                    self._say(NEED_STATUS_NAMES[need.status]),
                    self._day(need.found_at),
                ]
                for need in self._file.needs
            ),
            [0.32, 0.18, 0.22, 0.28],
        )

    def _messages(self) -> None:
        self._part(_p("document", "Messages"), is_empty=not self._file.messages)
        writers = {Direction.FROM_PERSON: _p("document", "You"), Direction.TO_PERSON: _p("document", "Caseworker")}
        names = {file.id: file.name or file.media_type for file in self._file.files}
        self._table(
            [_WHEN, _WHO, _WHAT],
            (
                [
                    self._day(message.sent_at),
                    self._say(writers[message.direction]),
                    "\n".join(
                        part for part in (message.text, names.get(message.file, "") if message.file else "") if part
                    ),
                ]
                for message in self._file.messages
            ),
            [0.26, 0.16, 0.58],
        )
        self._part(_p("document", "Files"), is_empty=not self._file.files)
        self._table(
            [_WHEN, _WHAT, _p("document", "Kept until")],
            (
                [self._day(file.stored_at), file.name or file.media_type, self._day(file.kept_until)]
                for file in self._file.files
            ),
            [0.3, 0.4, 0.3],
        )

    def _referrals(self) -> None:
        self._part(_("Requests to other organisations"), is_empty=not self._file.referrals)
        for referral in self._file.referrals:
            self._document.heading(f"{referral.service}, {referral.organisation}", 3)
            self._rows(
                (_("Where it stands"), referral.state_in_words),
                (_("Sent on"), self._day(referral.sent_at)),
                (_("Answer due by"), self._day(referral.due_at)),
                (_("Answered on"), self._day(referral.answered_at)),
                (_("Note of your caseworker"), referral.note or ""),
                (_("They may read"), "\n".join(self._say(_SHARED[code]) for code in referral.disclosed or {})),
                (_("Did you get this help?"), "\n".join(referral.in_their_words)),
                (_("What we found"), referral.settled or ""),
            )

    def _applications(self) -> None:
        self._part(_("Applied for in your name"), is_empty=not self._file.applications)
        for each in self._file.applications:
            self._document.heading(f"{each.name}, {each.institution}", 3)
            have = [document.name for document in each.documents if document.standing is Standing.HAVE]
            self._rows(
                (_("Where it stands"), each.state_in_words),
                (_("Decision"), self._say(OUTCOME_NAMES[each.outcome]) if each.outcome else ""),
                (_("Sent on"), self._day(each.submitted_on)),
                (_("Due next"), self._day(each.due_on)),
                (_("You agreed that they get"), each.authorisation),
                (_("Documents that we have"), "\n".join(have)),
                (_("Where you worked"), "\n".join(f"{work.employer}, {work.place}" for work in each.periods)),
            )
        self._business()

    def _business(self) -> None:
        """The plan as it stands, and what was agreed on visits; nothing where there is neither."""
        plan = self._file.business_plan
        if isinstance(plan, dict):
            self._document.heading(self._say(_("Your business plan")), 3)
            self._rows((_("What"), str(plan["what"])), (_("Where"), str(plan["where"])))
        for visit in self._file.coaching:
            self._rows((_("Visit on"), self._day(visit.held_on)), (_("What was agreed"), visit.agreed))

    def _shares(self) -> None:
        self._part(_("Who was given what"), is_empty=not self._file.shared)
        not_opened = self._say(_("not opened yet"))
        # Translators: stands where the day would be on which an organisation has deleted what it was given
        not_deleted = self._say(_("asked to delete it, not confirmed yet"))
        self._table(
            [
                _WHO,
                _WHAT,
                _p("document", "Given on"),
                _p("document", "Opened on"),
                # Translators: the day on which an organisation said that it has deleted what it was given
                _p("document", "Deleted on"),
            ],
            (
                [
                    share.recipient,
                    "\n".join(share.covers),
                    self._day(share.shared_at),
                    self._day(share.opened_at) or not_opened,
                    self._day(share.deleted_at) or (not_deleted if share.delete_asked_at else ""),
                ]
                for share in self._file.shared
            ),
            [0.18, 0.28, 0.18, 0.18, 0.18],
        )

    def _openings(self) -> None:
        self._part(_("Who opened your file"), is_empty=not self._file.opened)
        self._table(
            [_WHEN, _WHO, _p("document", "How often")],
            ([self._day(each.day), self._say(ROLE_NAMES[each.role]), str(each.times)] for each in self._file.opened),
            [0.3, 0.5, 0.2],
        )

    def _rest(self) -> None:
        self._part(_("Calls you asked for"), is_empty=not self._file.call_backs)
        self._table(
            [_WHEN, _p("document", "Number"), _("What to say if someone else answers")],
            ([self._day(each.requested_at), each.number, each.safe_words or ""] for each in self._file.call_backs),
            [0.3, 0.3, 0.4],
        )
        if self._file.jobs:
            self._part(_("Jobs and courses"), is_empty=False)
            told = ([self._day(each.noted_at), each.title, each.outcome_in_words] for each in self._file.jobs)
            self._document.paragraph("\n".join(" · ".join(each) for each in told))
        self._money()
        if self._file.follow_ups:
            self._part(_("When we ask how you are"), is_empty=False)
            self._document.paragraph("\n".join(self._day(each.due_on) for each in self._file.follow_ups))

    def _money(self) -> None:
        """What they save for and which lessons they finished; nothing where there is neither."""
        for goal in self._file.savings:
            self._part(_("What you save for"), is_empty=False)
            seen = _("You and the team for your case") if goal.seen_by_the_team else _("Only you")
            self._rows(
                (_("What"), goal.what),
                (_("How much you need"), goal.amount_in_words),
                (_("What you put aside"), goal.saved_in_words),
                (_("By when"), self._day(goal.by)),
                (_("Who sees it"), self._say(seen)),
                (_("Reached on"), self._day(goal.reached_at)),
                (_("Ended on"), self._day(goal.ended_at)),
            )
        if self._file.lessons:
            self._part(_("Lessons about money"), is_empty=False)
            told = [
                self._say(
                    # Translators: a lesson that was finished, when, and how many of its questions were right
                    _("{lesson}, {day}: {correct} of {total} right"),
                    lesson=each.title,
                    day=local_time(self._file.country, each.done_at).date(),
                    correct=each.right_answers,
                    total=each.questions,
                )
                for each in self._file.lessons
            ]
            self._document.paragraph("\n".join(told))
