"""The person's own file: who was given what, who looked, correcting an answer, a copy, deleting."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from access.rules import ROLE_NAMES
from bot.asking import begin_or_resume
from bot.menu import DELETE, GO_ON, MENU, MENU_ROW_DATA, menu_row
from bot.replies import Row, stacked
from bot.screens import MORE_CHOICES
from bot.turn import Turn
from cases.answers import submissions_of
from cases.consent import consents_of, has_data_consent
from cases.models import Case, Consent, Submission
from cases.requests import begin_amendment
from cases.rules import CaseStatus, ConsentKind
from cases.sheets import sheet_of
from documents.consents import field_words, fields_in_words, purpose_words, recipient_names
from documents.moments import local_time
from documents.openings import OpenedDay, openings_of
from foundation.language import Message, _, _n, _p
from questionnaire.wording import title
from referrals.models import Disclosure
from referrals.queries import shared_with

# Translators: Buttons of “My file”. Short: they must fit a small phone.
SHARES = _p("button", "📤 Who was given what")
OPENINGS = _p("button", "👁 Who opened my file")
CORRECT = _p("button", "✏️ Correct an answer")
COPY = _p("button", "📄 A copy of my file")
RECEIPT = _p("button", "🧾 Receipt")
EARLIER = _p("button", "⋯ Earlier days")
FILE = _p("button", "🗂 Back to my file")

SHARES_SHOWN = 5
DAYS_SHOWN = 10
"""On one screen."""
_MOST_DIGITS = 3


async def show_file(turn: Turn) -> None:
    if turn.chat.case_id is None:
        turn.tell(_("We keep nothing about you, so you have no file here."), menu_row(turn))
        return
    turn.tell(
        _("Your file belongs to you. What would you like to see or do?"),
        stacked(
            turn.button(SHARES, "m.shares"),
            turn.button(OPENINGS, "m.openings"),
            turn.button(CORRECT, "m.correct"),
            turn.button(COPY, "m.copy"),
            turn.button(DELETE, "m.delete"),
            turn.button(MENU, MENU_ROW_DATA),
        ),
    )


async def show_shares(turn: Turn, page: str = "0") -> None:
    """The share log: to whom, when, exactly what, under which agreement, and whether it was opened. Newest first."""
    case = await turn.case()
    if case is None:
        await show_file(turn)
        return
    shares = (await shared_with(turn.session, case.id))[::-1]
    if not shares:
        turn.show([turn.words(_("Nothing of yours was given to any other organisation."))], _back(turn))
        return
    first = _first(page, SHARES_SHOWN, len(shares))
    consents = await consents_of(turn.session, turn.person_id)
    names = await recipient_names(turn.session, consents)
    agreed = {consent.id: consent.decided_at for consent in consents}
    lines = [
        _share(turn, case, each, names.get(each.recipient_id, ""), agreed)
        for each in shares[first : first + SHARES_SHOWN]
    ]
    turn.show(lines, _more(turn, "m.shares", first, SHARES_SHOWN, len(shares)))


def _share(turn: Turn, case: Case, share: Disclosure, recipient: str, agreed: Mapping[UUID, datetime | None]) -> str:
    shared_at = local_time(case.country, share.shared_at)
    opened = (
        turn.words(_("They opened it on {date}."), date=local_time(case.country, share.opened_at))
        if share.opened_at
        else turn.words(_("They have not opened it yet."))
    )
    lines = [
        "▪️ " + turn.words(_("{recipient}, on {date}"), recipient=recipient, date=shared_at),
        turn.words(_("What: {fields}"), fields=_listed(turn, fields_in_words(share.fields))),
    ]
    agreed_at = agreed.get(share.consent_id) if share.consent_id else None
    if agreed_at is not None:
        lines.append(turn.words(_("You agreed to it on {date}."), date=local_time(case.country, agreed_at)))
    lines.append(opened)
    if share.deleted_at is not None:
        deleted_at = local_time(case.country, share.deleted_at)
        lines.append(turn.words(_("They told us on {date} that they have deleted it."), date=deleted_at))
    elif share.delete_asked_at is not None:
        asked_at = local_time(case.country, share.delete_asked_at)
        lines.append(
            turn.words(_("We told them on {date} to delete it. They have not confirmed it yet."), date=asked_at)
        )
    return "\n".join(lines)


def consent_details(turn: Turn, consent: Consent) -> list[str]:
    """What an agreement is for, and what exactly it covers."""
    lines = [turn.words(_("What: {fields}"), fields=_listed(turn, field_words(consent)))]
    if consent.kind is ConsentKind.SERVICES:
        lines.insert(0, turn.words(_("What for: {purpose}"), purpose=purpose_words(consent)))
    return lines


def receipt_row(turn: Turn, consent: Consent) -> tuple[Row, ...]:
    return stacked(turn.button(RECEIPT, f"r:{consent.id.hex}"))


def _listed(turn: Turn, words: Sequence[Message | str]) -> str:
    return turn.words(_p("between items of a list", ", ")).join(
        each if isinstance(each, str) else turn.words(each) for each in words
    )


async def show_openings(turn: Turn, page: str = "0") -> None:
    """Roles and days, never names."""
    case = await turn.case()
    if case is None:
        await show_file(turn)
        return
    days = await openings_of(turn.session, case)
    if not days:
        turn.show([turn.words(_("Nobody has opened your file yet."))], _back(turn))
        return
    first = _first(page, DAYS_SHOWN, len(days))
    lines = "\n".join(_opened(turn, day) for day in days[first : first + DAYS_SHOWN])
    turn.show(
        [turn.words(_("Who opened your file, by day:")), lines],
        _more(turn, "m.openings", first, DAYS_SHOWN, len(days)),
    )


def _opened(turn: Turn, opened: OpenedDay) -> str:
    roles = turn.words(_p("between items of a list", ", ")).join(
        turn.words(_n("{role} ({count} time)", "{role} ({count} times)"), role=ROLE_NAMES[role], count=times)
        for role, times in opened.roles
    )
    return turn.words(_("• {date}: {who}"), date=opened.day, who=roles)


async def choose_correction(turn: Turn, submission_hex: str = "") -> None:
    """The forms that were sent, to choose one; with an id, that form is opened with its answers."""
    case = await turn.case()
    if case is None or case.status is not CaseStatus.OPEN or not await has_data_consent(turn.session, turn.person_id):
        turn.tell(_("Your answers cannot be changed here now. Please talk to a person."), menu_row(turn))
        return
    newest = {each.sheet_id: each for each in await submissions_of(turn.session, case) if await _is_own(turn, each)}
    chosen = next((each for each in newest.values() if each.id.hex == submission_hex), None)
    if chosen is not None:
        await _correct(turn, case, chosen)
    elif not newest:
        turn.tell(_("You have not sent any answers yet."), _back(turn))
    else:
        buttons = [(turn.words(await _title(turn, each)), f"m.correct:{each.id.hex}") for each in newest.values()]
        turn.tell(_("Which answers do you want to correct?"), stacked(*buttons) + _back(turn))


async def _correct(turn: Turn, case: Case, sent: Submission) -> None:
    """What is half filled in stays open: only one form at a time is asked in a chat."""
    if turn.submission is not None and turn.submission.amends != sent.id:
        turn.tell(
            _("You have begun other questions. Please finish and send them first; then you can correct this."),
            stacked(turn.button(GO_ON, "m.begin")) + _back(turn),
        )
        return
    turn.submission = await begin_amendment(turn.session, case, turn.key, sent.sheet_id)
    turn.chat.submission_id = turn.submission.id
    await turn.session.flush()
    turn.place = turn.place.out_of_form()
    await begin_or_resume(turn)


async def _is_own(turn: Turn, submission: Submission) -> bool:
    """What staff have assessed is not shown on a phone, nor corrected there."""
    return not (await sheet_of(turn.session, submission.sheet_id, submission.sheet_version)).for_staff


async def _title(turn: Turn, submission: Submission) -> Message:
    return title(await sheet_of(turn.session, submission.sheet_id, submission.sheet_version))


def _first(page: str, size: int, count: int) -> int:
    """Where a page begins; the first page for whatever is no number of one."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= _MOST_DIGITS else 0
    return number * size if number * size < count else 0


def _more(turn: Turn, action: str, first: int, size: int, count: int) -> tuple[Row, ...]:
    if first + size >= count:
        return _back(turn)
    label = EARLIER if action == "m.openings" else MORE_CHOICES
    return stacked(turn.button(label, f"{action}:{first // size + 1}")) + _back(turn)


def _back(turn: Turn) -> tuple[Row, ...]:
    return stacked(turn.button(FILE, "m.file")) + menu_row(turn)
