"""Agreeing and changing one's mind: to data being kept, and to each share with a partner.

Everyone is first asked whether they are 18 or older: a child never agrees alone (GCM 21(g)); see `bot.guarding`.
"""

from uuid import UUID

from access.actor import PERSON
from access.models import Organisation
from bot import deciding, guarding
from bot.asking import OLD_BUTTON, begin_or_resume
from bot.deleting import delete_buttons, delete_everything
from bot.menu import menu_row, show_menu
from bot.myfile import consent_details, receipt_row
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.casework_rules import CASE_TRANSFER, FilePart
from cases.consent import (
    NO,
    RETURN_SHOW,
    SHARE_NO,
    SHARE_YES,
    YES,
    consents_of,
    has_data_consent,
    waiting_consent,
    withdraw,
)
from cases.intake import open_case
from cases.messages import call_attention
from cases.models import Consent
from cases.notices import data_notice, share_notice, text_hash, transfer_notice
from cases.retention import WITHDRAWN_DAYS
from cases.rules import CONSENT_STATE_NAMES, IN_FORCE, ConsentKind, ConsentState
from documents.consents import purpose_words
from foundation import audit
from foundation.language import _, _p
from referrals.queries import referrals_of
from referrals.referring import answer_share, withdraw_all, withdraw_share
from referrals.rules import SHARED_FIELD_NAMES, SharedField
from referrals.transferring import answer_transfer, take_back_transfer

# Translators: Answers to “Are you 18 years old or older?”
ADULT = _p("button", "Yes, I am 18 or older")
YOUNGER = _p("button", "No, I am younger")
UNSURE = _p("button", "I am not sure")
TAKE_BACK = _p("button", "✋ Take back")
TAKE_BACK_YES = _p("button", "✋ Yes, take it back")
TAKE_BACK_NO = _p("button", "No, leave it as it is")


async def begin(turn: Turn) -> None:
    """Whoever has agreed goes on with the questions; everyone else first reads what agreeing means."""
    if turn.chat.case_id is None:
        ask_age(turn)
    elif await has_data_consent(turn.session, turn.person_id):
        await begin_or_resume(turn)
    elif await waiting_consent(turn.session, turn.person_id) is not None:
        if await guarding.is_found_adult(turn):
            _ask_data_consent(turn)
        else:
            guarding.tell_waiting(turn)
    else:
        turn.go(Standing.MENU)
        turn.tell(
            _(
                "You have taken back your agreement. To start again, first delete the data we still hold. "
                "Then choose “Begin” in the menu."
            ),
            stacked(*delete_buttons(turn)),
        )


def ask_age(turn: Turn) -> None:
    """Nothing of the answer is kept but where the conversation stands."""
    turn.go(Standing.AGE)
    turn.tell(_("First one question: are you 18 years old or older?"), _age_rows(turn))


def remind_of_age(turn: Turn) -> None:
    """Something was written while the question about the age stands."""
    turn.tell(_("Please choose one of these buttons first. Until then we keep nothing you write."), _age_rows(turn))


def _age_rows(turn: Turn) -> tuple[Row, ...]:
    answers = ((ADULT, "yes"), (YOUNGER, "no"), (UNSURE, "unsure"))
    return stacked(*(turn.button(label, f"a:{turn.place.nonce}:{answer}") for label, answer in answers))


async def take_age(turn: Turn, nonce: str, answer: str) -> None:
    if turn.is_second_tap(nonce):
        return
    if turn.place.standing is not Standing.AGE or nonce != turn.place.nonce:
        turn.tell(OLD_BUTTON, menu_row(turn))
    elif answer == "yes":
        _ask_data_consent(turn)
    else:
        guarding.meet_child(turn, "under" if answer == "no" else "unsure")


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
    if not await guarding.take_adult_consent(turn, notice):
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
        turn.show([await _consent_text(turn, consent)], _withdraw_row(turn, consent) + receipt_row(turn, consent))
    turn.tell(_("You can take back any agreement. It stops at once."), menu_row(turn))


async def _consent_text(turn: Turn, consent: Consent) -> str:
    state = turn.words(CONSENT_STATE_NAMES[consent.state])
    when = consent.withdrawn_at or consent.decided_at or consent.requested_at
    if consent.kind is not ConsentKind.SERVICES:
        what = turn.words(purpose_words(consent))
    else:
        recipient = await turn.session.get(Organisation, consent.recipient_id)
        what = turn.words(_("Sending some of your data to {recipient}"), recipient=recipient.name if recipient else "")
    # Translators: {state} is "Given", "Refused" and the like; {date} the day
    details = [] if consent.kind is ConsentKind.RETURN else consent_details(turn, consent)
    lines = [what, turn.words(_("{state}, on {date}"), state=state, date=when.date()), *details]
    return "\n".join(lines)


def _withdraw_row(turn: Turn, consent: Consent) -> tuple[Row, ...]:
    if consent.state not in IN_FORCE and consent.state is not ConsentState.REQUESTED:
        return ()
    is_question = consent.kind is ConsentKind.RETURN and consent.state is ConsentState.REQUESTED
    read = [turn.button(deciding.READ_AND_ANSWER, f"{RETURN_SHOW}:{consent.id.hex}")] if is_question else []
    return stacked(*read, turn.button(TAKE_BACK, f"w:{consent.id.hex}"))


async def take_back(turn: Turn, consent_id: UUID) -> None:
    """A share stops at once. Without agreement to data the whole case stops, so that is asked once more."""
    consent = await turn.session.get(Consent, consent_id)
    if consent is not None and consent.purpose == CASE_TRANSFER:
        await take_back_transfer(turn.session, turn.person_id, consent_id)
        return
    if consent is None or consent.kind is ConsentKind.SERVICES:
        await withdraw_share(turn.session, turn.person_id, consent_id)
        return
    if consent.kind is ConsentKind.RETURN:
        turn.show(
            [
                turn.words(
                    _(
                        "If you take this back, your return is stopped. You keep every other help. "
                        "Do you want to take it back?"
                    )
                )
            ],
            stacked(turn.button(TAKE_BACK_YES, f"w.yes:{consent_id.hex}"), turn.button(TAKE_BACK_NO, "m.menu")),
        )
        return
    turn.tell(
        _(
            "If you take this back, we stop working on your case and stop every request to other organisations. "
            "Do you want to take it back?"
        ),
        stacked(turn.button(TAKE_BACK_YES, f"w.yes:{consent_id.hex}"), turn.button(TAKE_BACK_NO, "m.menu")),
    )


async def confirm_taking_back(turn: Turn, consent_id: UUID) -> None:
    consent = await turn.session.get(Consent, consent_id)
    is_return = consent is not None and consent.kind is ConsentKind.RETURN
    await (deciding.take_back if is_return else _take_back_data)(turn, consent_id)


async def _take_back_data(turn: Turn, consent_id: UUID) -> None:
    """The agreement to data ends: shares stop, staff see it, and nothing more is asked."""
    withdrawn = await withdraw(turn.session, consent_id, turn.person_id, actor=PERSON)
    if withdrawn.state is ConsentState.REFUSED:
        # A child whose guardian nobody has heard does not want it any more: nothing is left to wait for.
        await delete_everything(turn, turn.place.nonce)
        return
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
    await _answer(turn, consent_id, agrees=True)


async def refuse_share(turn: Turn, consent_id: UUID) -> None:
    """Nothing is sent."""
    await _answer(turn, consent_id, agrees=False)


async def _answer(turn: Turn, consent_id: UUID, *, agrees: bool) -> None:
    """To a service that helps, or to an organisation that would take over the case."""
    consent = await turn.session.get(Consent, consent_id)
    is_transfer = consent is not None and consent.purpose == CASE_TRANSFER
    await (answer_transfer if is_transfer else answer_share)(turn.session, turn.person_id, consent_id, agrees=agrees)


async def show_share(turn: Turn, consent_id: UUID) -> None:
    """The question before something is sent to a partner, once more: exactly the text that was asked, or none."""
    asked = next((each for each in await consents_of(turn.session, turn.person_id) if each.id == consent_id), None)
    text = await _share_text(turn, asked) if asked and asked.state is ConsentState.REQUESTED else ""
    if asked is None or text_hash(text) != asked.text_hash:
        turn.tell(_("This question is no longer open."), menu_row(turn))
        return
    answers = (turn.button(YES, f"{SHARE_YES}:{consent_id.hex}"), turn.button(NO, f"{SHARE_NO}:{consent_id.hex}"))
    turn.reply(text, stacked(*answers), protect=True)


async def _share_text(turn: Turn, asked: Consent) -> str:
    if asked.purpose == CASE_TRANSFER:
        recipient = await turn.session.get_one(Organisation, asked.recipient_id)
        return transfer_notice(asked.language, recipient.name, [part for part in FilePart if part in asked.fields])
    referrals = await referrals_of(turn.session, turn.chat.case_id) if turn.chat.case_id else []
    referral = next((each for each in referrals if each.consent_id == asked.id), None)
    if referral is None:
        return ""
    fields = [SHARED_FIELD_NAMES[SharedField(code)] for code in asked.fields]
    service = referral.service
    return share_notice(asked.language, service.organisation.name, service.name, fields)
