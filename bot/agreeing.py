"""Agreeing and changing one's mind: to data being kept, to each share with a partner, and deleting everything."""

from uuid import UUID

from access.actor import PERSON
from access.models import Organisation
from bot.asking import begin_or_resume
from bot.chats import new_chat
from bot.forgetting import forget
from bot.menu import menu_row, show_menu
from bot.place import Standing
from bot.replies import paragraphs, stacked
from bot.turn import Turn
from cases.consent import NO, YES, consents_of, has_data_consent, withdraw
from cases.intake import open_case
from cases.models import Consent
from cases.notices import data_notice
from cases.rules import CONSENT_STATE_NAMES, IN_FORCE, ConsentKind, ConsentState
from foundation import audit
from foundation.language import _, _p
from referrals.referring import answer_share, withdraw_all, withdraw_share

DELETE_YES = _p("button", "🗑 Yes, delete everything")
DELETE_NO = _p("button", "No, keep my data")
LATER = _p("button", "Later")

WITHDRAWN_DAYS = 30
"""Days after which data is deleted once the agreement to keep it is withdrawn."""
BACKUP_DAYS = 90
"""Days for which a backup may still hold the key of an erased person; see docs/deploy.md."""


async def begin(turn: Turn) -> None:
    """Whoever has agreed goes on with the questions; everyone else first reads what agreeing means."""
    if turn.chat.case_id is not None and await has_data_consent(turn.session, turn.person_id):
        await begin_or_resume(turn)
    elif turn.chat.case_id is not None:
        turn.tell(
            _(
                "You have taken back your agreement that we keep your data, so we cannot go on. "
                "If you want to start again, first choose “Delete my data” under “More”."
            ),
            menu_row(turn),
        )
    else:
        _ask_data_consent(turn)


def _ask_data_consent(turn: Turn) -> None:
    turn.go(Standing.CONSENT)
    rows = stacked(
        turn.button(YES, f"c:{turn.place.nonce}:yes"),
        turn.button(NO, f"c:{turn.place.nonce}:no"),
    )
    *first, last = paragraphs(data_notice(turn.language, turn.programme))
    for part in first:
        turn.reply(part)
    turn.reply(last, rows)


async def take_data_consent(turn: Turn, nonce: str, answer: str) -> None:
    """Only a tap on the live notice counts: not an old one, not a written word."""
    if nonce == turn.place.before:
        return
    if turn.place.standing is not Standing.CONSENT or nonce != turn.place.nonce:
        turn.tell(_("This button belongs to an earlier question. Nothing was changed."))
        return
    if answer != "yes":
        audit.record(turn.session, PERSON.id, "consent.refused", turn.person_id, kind=ConsentKind.DATA)
        turn.tell(_("That is all right. We keep nothing about you. You can still look at services here."))
        await show_menu(turn)
        return
    notice = data_notice(turn.language, turn.programme)
    case = await open_case(turn.session, turn.key, turn.language, notice, actor=PERSON)
    turn.chat.case_id = case.id
    turn.tell(_("Thank you. You can stop at any time, and skip most questions."))
    await begin_or_resume(turn)


async def remind_of_consent(turn: Turn) -> None:
    """Something was written while the notice stands: silence and other words are no agreement."""
    turn.tell(_("Please choose one of the two buttons first. Until you agree we keep nothing you write."))
    _ask_data_consent(turn)


async def show_consents(turn: Turn) -> None:
    """Each agreement with its state, and a way to take it back."""
    consents = await consents_of(turn.session, turn.person_id) if turn.chat.case_id else []
    if not consents:
        turn.tell(_("You have not agreed to anything yet. We keep nothing about you."), menu_row(turn))
        return
    for consent in consents:
        turn.reply(await _consent_text(turn, consent), _withdraw_row(turn, consent))
    turn.tell(_("You can take back any agreement. It stops at once."), menu_row(turn))


async def _consent_text(turn: Turn, consent: Consent) -> str:
    state = turn.words(CONSENT_STATE_NAMES[consent.state])
    when = consent.withdrawn_at or consent.decided_at or consent.requested_at
    if consent.kind is ConsentKind.DATA:
        what = turn.words(_("Keeping your answers to help you"))
    else:
        recipient = await turn.session.get(Organisation, consent.recipient_id)
        what = turn.words(_("Sending some of your data to {recipient}"), recipient=recipient.name if recipient else "")
    return f"{what}\n{state}, {turn.words(_('on {date}'), date=when.date())}"


def _withdraw_row(turn: Turn, consent: Consent) -> tuple[tuple[tuple[str, str], ...], ...]:
    if consent.state not in IN_FORCE and consent.state is not ConsentState.REQUESTED:
        return ()
    return stacked(turn.button(_p("button", "✋ Take back"), f"w:{consent.id.hex}"))


async def take_back(turn: Turn, consent_id: UUID) -> None:
    """Withdraw one agreement. Without agreement to data every share stops too."""
    consent = await turn.session.get(Consent, consent_id)
    if consent is not None and consent.kind is ConsentKind.SERVICES:
        await withdraw_share(turn.session, turn.person_id, consent_id)
        return
    await withdraw(turn.session, consent_id, turn.person_id, actor=PERSON)
    await withdraw_all(turn.session, turn.person_id)
    turn.submission = turn.chat.submission_id = None
    turn.go(Standing.MENU)
    turn.tell(
        _(
            "You have taken back your agreement. We stop working on your case now. "
            "Your data is deleted after {days} days, or at once if you want."
        ),
        stacked(turn.button(DELETE_YES, "m.delete.yes"), turn.button(LATER, "m.menu")),
        days=WITHDRAWN_DAYS,
    )


async def take_share_answer(turn: Turn, consent_id: UUID, *, agrees: bool) -> None:
    """The person's yes or no to one share. Only a yes sends anything."""
    await answer_share(turn.session, turn.person_id, consent_id, agrees=agrees)


def ask_deletion(turn: Turn) -> None:
    if turn.chat.case_id is None:
        turn.tell(_("We keep nothing about you, so there is nothing to delete."), menu_row(turn))
        return
    turn.tell(
        _(
            "Do you want to delete everything we keep about you? Your answers, messages and requests are destroyed "
            "and cannot be brought back. Your caseworker can no longer help you with this case."
        ),
        stacked(turn.button(DELETE_NO, "m.menu"), turn.button(DELETE_YES, "m.delete.yes")),
    )


async def delete_everything(turn: Turn) -> None:
    """Destroy the person's data and go on in a fresh chat that knows only its language."""
    if turn.chat.case_id is None:
        ask_deletion(turn)
        return
    language, address = turn.chat.language, turn.incoming.chat_id
    receipt = await forget(turn.session, turn.person_id, actor=PERSON)
    turn.replies.clear()
    await _start_afresh(turn, address, language)
    turn.tell(
        _(
            "Everything we kept about you has been destroyed on {date}. "
            "Case {number} now holds only numbers that cannot be linked to you. "
            "Safety copies lose their keys within {days} days. "
            "To remove what this phone shows, delete the chat in Telegram."
        ),
        menu_row(turn),
        date=receipt.erased_at,
        number=receipt.case_number,
        days=BACKUP_DAYS,
    )


async def _start_afresh(turn: Turn, address: int, language: str | None) -> None:
    turn.chat, turn.key = await new_chat(turn.session, address)
    turn.chat.language = language
    turn.submission = None
    turn.go(Standing.MENU)
