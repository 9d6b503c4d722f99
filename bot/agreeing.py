"""Agreeing and changing one's mind: to data being kept, and to each share with a partner."""

from uuid import UUID

from access.actor import PERSON
from access.models import Organisation
from bot.asking import OLD_BUTTON, begin_or_resume
from bot.deleting import delete_buttons
from bot.menu import menu_row, show_menu
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.consent import NO, YES, consents_of, has_data_consent, withdraw
from cases.intake import open_case
from cases.messages import call_attention
from cases.models import Consent
from cases.notices import data_notice, text_hash
from cases.rules import CONSENT_STATE_NAMES, IN_FORCE, ConsentKind, ConsentState
from foundation import audit
from foundation.language import _, _p
from referrals.referring import answer_share, withdraw_all, withdraw_share

TAKE_BACK = _p("button", "✋ Take back")
TAKE_BACK_YES = _p("button", "✋ Yes, take it back")
TAKE_BACK_NO = _p("button", "No, leave it as it is")

WITHDRAWN_DAYS = 30
"""Days after which data is deleted once the agreement to keep it is withdrawn."""


async def begin(turn: Turn) -> None:
    """Whoever has agreed goes on with the questions; everyone else first reads what agreeing means."""
    if turn.chat.case_id is None:
        _ask_data_consent(turn)
    elif await has_data_consent(turn.session, turn.person_id):
        await begin_or_resume(turn)
    else:
        turn.go(Standing.MENU)
        turn.tell(
            _(
                "You have taken back your agreement. To start again, first delete the data we still hold. "
                "Then choose “Begin” in the menu."
            ),
            stacked(*delete_buttons(turn)),
        )


def _ask_data_consent(turn: Turn) -> None:
    turn.go(Standing.CONSENT)
    notice = data_notice(turn.language, turn.programme)
    turn.remember_notice(text_hash(notice))
    turn.reply(notice, _consent_rows(turn))


def _consent_rows(turn: Turn) -> tuple[Row, ...]:
    nonce = turn.place.nonce
    return stacked(turn.button(YES, f"c:{nonce}:yes"), turn.button(NO, f"c:{nonce}:no"))


async def take_data_consent(turn: Turn, nonce: str, answer: str) -> None:
    """Only a tap on the live notice counts: not an old one, not a written word, not a text that has changed since."""
    if turn.is_second_tap(nonce):
        return
    if turn.place.standing is not Standing.CONSENT or nonce != turn.place.nonce or answer not in ("yes", "no"):
        turn.tell(OLD_BUTTON, menu_row(turn))
    elif answer == "no":
        audit.record(turn.session, PERSON.id, "consent.refused", turn.person_id, kind=ConsentKind.DATA)
        turn.tell(_("That is all right. We keep nothing about you. You can still look at services here."))
        await show_menu(turn)
    elif text_hash(data_notice(turn.language, turn.programme)) != turn.place.notice:
        turn.tell(_("This text has changed since you read it. Please read it once more."))
        _ask_data_consent(turn)
    else:
        await _open_case(turn)


async def _open_case(turn: Turn) -> None:
    notice = data_notice(turn.language, turn.programme)
    case = await open_case(turn.session, turn.key, turn.language, notice, actor=PERSON)
    turn.chat.case_id = case.id
    turn.tell(_("Thank you. You can stop at any time, and skip most questions."))
    await begin_or_resume(turn)


def remind_of_consent(turn: Turn) -> None:
    """Something was written while the notice stands: silence and other words are no agreement."""
    turn.tell(
        _("Please choose one of these two buttons first. Until you agree we keep nothing you write."),
        _consent_rows(turn),
    )


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
    # Translators: {state} is "Given", "Refused" and the like; {date} the day
    return f"{what}\n" + turn.words(_("{state}, on {date}"), state=state, date=when.date())


def _withdraw_row(turn: Turn, consent: Consent) -> tuple[Row, ...]:
    if consent.state not in IN_FORCE and consent.state is not ConsentState.REQUESTED:
        return ()
    return stacked(turn.button(TAKE_BACK, f"w:{consent.id.hex}"))


async def take_back(turn: Turn, consent_id: UUID) -> None:
    """A share stops at once. Without agreement to data the whole case stops, so that is asked once more."""
    consent = await turn.session.get(Consent, consent_id)
    if consent is None or consent.kind is ConsentKind.SERVICES:
        await withdraw_share(turn.session, turn.person_id, consent_id)
        return
    turn.tell(
        _(
            "If you take this back, we stop working on your case and stop every request to other organisations. "
            "Do you want to take it back?"
        ),
        stacked(turn.button(TAKE_BACK_YES, f"w.yes:{consent_id.hex}"), turn.button(TAKE_BACK_NO, "m.menu")),
    )


async def take_back_data(turn: Turn, consent_id: UUID) -> None:
    """The agreement to data ends: shares stop, staff see it, and nothing more is asked."""
    await withdraw(turn.session, consent_id, turn.person_id, actor=PERSON)
    await withdraw_all(turn.session, turn.person_id)
    case = await turn.case()
    if case is not None:
        call_attention(case)
    turn.leave_form()
    turn.go(Standing.MENU)
    turn.tell(
        _(
            "You have taken back your agreement. We stop working on your case now. "
            "Your data is deleted after {days} days, or at once if you want."
        ),
        stacked(*delete_buttons(turn)),
        days=WITHDRAWN_DAYS,
    )


async def accept_share(turn: Turn, consent_id: UUID) -> None:
    await answer_share(turn.session, turn.person_id, consent_id, agrees=True)


async def refuse_share(turn: Turn, consent_id: UUID) -> None:
    """Nothing is sent."""
    await answer_share(turn.session, turn.person_id, consent_id, agrees=False)
