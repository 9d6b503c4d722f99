"""Meeting a child in the chat (GCM 21(g), CRC articles 3 and 12): help at once, no questions, never consent alone.

Nothing is kept but where the conversation stands until the child has said yes. With a parent or guardian there, the
guardian reads the whole notice and agrees, then the child is asked. Alone, the child may still write to someone. Both
wait for an officer; see `cases.guardianship`.
"""

from dataclasses import replace

from access.actor import PERSON
from bot.menu import HIDE, MENU, MENU_ROW_DATA, SERVICES, WRITE, menu_row, show_menu
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.consent import NO, YES
from cases.guardianship import agree_as_adult, open_contact
from cases.helplines import HelpAbout, help_text
from cases.notices import UNCONFIRMED_DAYS, child_notice, contact_notice, guardian_notice, text_hash
from cases.safeguarding import may_be_child
from foundation import audit
from foundation.language import Message, _, _p

WITH_GUARDIAN = _p("button", "Yes, my parent or guardian is here")
ALONE = _p("button", "No, they are not here")
CHILD_YES = _p("button", "Yes, I want that")
CHILD_NO = _p("button", "No, I do not want that")

_OLD_BUTTON = _("This button belongs to an earlier message. Nothing was changed.")


def meet_child(turn: Turn, age: str) -> None:
    """`age`: `under` or `unsure`."""
    turn.go(Standing.CHILD)
    turn.place = replace(turn.place, child=age)
    thanks = _("Thank you for telling us. People under 18 have a right to special care, and to be heard.")
    unsure = _("If you are not sure, we take the same care as if you were under 18.")
    asked = _("Is your mother, your father or another grown-up who looks after you here with you now?")
    paragraphs = [thanks, *([unsure] if age == "unsure" else []), asked]
    turn.reply("\n\n".join(turn.words(each) for each in paragraphs), _rows(turn))


async def take_tap(turn: Turn, nonce: str, answer: str) -> None:
    """A tap on one of a child's or guardian's buttons; only those of the message that stands count."""
    if turn.is_second_tap(nonce):
        return
    if nonce != turn.place.nonce or turn.place.standing not in _STEPS:
        turn.tell(_OLD_BUTTON, menu_row(turn))
        return
    await _take_live_tap(turn, answer)


async def _take_live_tap(turn: Turn, answer: str) -> None:
    match turn.place.standing, answer:
        case Standing.CHILD, "with":
            _ask_guardian(turn, turn.place.child)
        case Standing.CHILD, "alone":
            tell_child_lines(turn)
            _ask_child(turn, turn.place.child, accompanied=False)
        case Standing.GUARDIAN, "yes":
            if turn.place.notice == text_hash(guardian_notice(turn.language, turn.programme)):
                _ask_child(turn, turn.place.child, accompanied=True)
            else:
                _ask_guardian(turn, turn.place.child)
        case Standing.ASSENT, "yes":
            await _begin_contact(turn)
        case ((Standing.GUARDIAN | Standing.ASSENT), "no"):
            await _leave(turn)
        case _:
            remind(turn)


def remind(turn: Turn) -> None:
    """Something else was sent while a child or guardian is asked: nothing of it is kept."""
    turn.tell(_("Please choose one of these buttons first. Until then we keep nothing you write."), _rows(turn))


def tell_child_lines(turn: Turn) -> None:
    """Help for children at once, whatever is answered later."""
    lines = help_text(turn.language, None, HelpAbout.CHILD)
    if lines:
        turn.reply(lines)


def tell_waiting(turn: Turn) -> None:
    """What a child reads instead of questions, until an officer has heard the guardian."""
    turn.go(Standing.MENU)
    turn.tell(
        _(
            "Someone whose work is to help children looks at this first and speaks with the grown-up who looks after "
            "you. Until then we ask you no questions. You can write to them here at any time. "
            "If nobody can do this within {days} days, we delete everything."
        ),
        stacked(turn.button(WRITE, "m.write"), turn.button(SERVICES, "m.services"), turn.button(HIDE, "m.hide"))
        + menu_row(turn),
        days=UNCONFIRMED_DAYS,
    )


async def is_found_adult(turn: Turn) -> bool:
    """Whether an officer found that the person is no child after all, so that they may agree for themselves."""
    return turn.chat.case_id is not None and not await may_be_child(turn.session, turn.chat.case_id)


async def take_adult_consent(turn: Turn, notice: str) -> bool:
    """The yes of someone whose contact waits although they are no child. False if nothing waits."""
    case = await turn.case()
    if case is None:
        return False
    await agree_as_adult(turn.session, case, notice, actor=PERSON)
    return True


def _ask_guardian(turn: Turn, age: str) -> None:
    turn.go(Standing.GUARDIAN)
    notice = guardian_notice(turn.language, turn.programme)
    turn.place = replace(turn.place, child=age, notice=text_hash(notice))
    turn.tell(_("Please give the phone to your parent or guardian now. This text is for them."))
    turn.reply(notice, _rows(turn))


def _ask_child(turn: Turn, age: str, *, accompanied: bool) -> None:
    turn.go(Standing.ASSENT)
    shown = contact_notice(turn.language, turn.programme, accompanied=accompanied)
    turn.place = replace(turn.place, child=age, guardian="yes" if accompanied else "", notice=text_hash(shown))
    turn.reply(child_notice(turn.language, accompanied=accompanied), _rows(turn))


async def _begin_contact(turn: Turn) -> None:
    accompanied = bool(turn.place.guardian)
    notice = contact_notice(turn.language, turn.programme, accompanied=accompanied)
    if text_hash(notice) != turn.place.notice:
        turn.tell(_("This text has changed since you read it. Please read it once more."))
        meet_child(turn, turn.place.child)
        return
    case = await open_contact(
        turn.session,
        turn.key,
        turn.language,
        notice,
        is_sure=turn.place.child == "under",
        accompanied=accompanied,
        actor=PERSON,
    )
    turn.chat.case_id = case.id
    if accompanied:
        tell_child_lines(turn)
    tell_waiting(turn)


async def _leave(turn: Turn) -> None:
    """A no of the guardian or the child ends it; nothing was kept."""
    audit.record(turn.session, PERSON.id, "consent.refused", turn.person_id)
    if turn.place.standing is Standing.GUARDIAN:
        tell_child_lines(turn)
    turn.tell(_("That is all right. We keep nothing about you. You can still look at services and call for help."))
    await show_menu(turn)


_STEPS: dict[Standing, tuple[tuple[Message, str], ...]] = {
    Standing.CHILD: ((WITH_GUARDIAN, "with"), (ALONE, "alone")),
    Standing.GUARDIAN: ((YES, "yes"), (NO, "no")),
    Standing.ASSENT: ((CHILD_YES, "yes"), (CHILD_NO, "no")),
}
"""What is asked at each point: the buttons, and what their taps bring back."""


def _rows(turn: Turn) -> tuple[Row, ...]:
    nonce = turn.place.nonce
    answers = [turn.button(label, f"g:{nonce}:{answer}") for label, answer in _STEPS[turn.place.standing]]
    return stacked(*answers, turn.button(MENU, MENU_ROW_DATA))
