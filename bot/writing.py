"""Talking to a person: what is written or sent here goes to the caseworker, who answers by a moment that is named."""

from dataclasses import replace

from access.actor import PERSON
from bot.menu import BEGIN, GO_ON, RIGHTS, SERVICES, menu_row, show_menu
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.consent import may_be_heard
from cases.hours import in_words, reply_due
from cases.messages import READ_MESSAGES, receive_from_person
from cases.models import Case
from foundation import clock
from foundation.language import _, _p
from questionnaire.account_numbers import TAKEN_OUT, without_account_numbers

# Translators: Buttons of the chat. Short: they must fit a small phone.
CALL_ME = _p("button", "📞 Please call me")
MESSAGES = _p("button", "📨 Messages")

CALL_ME_DATA = "m.call"


async def ask_message(turn: Turn) -> None:
    case = await writer_case(turn)
    if case is None:
        return
    turn.go(Standing.WRITING)
    turn.tell(
        _(
            "Write your message now, or send a photo, a voice message or a document. A caseworker reads it. "
            "You will have an answer by {moment}."
        ),
        stacked(turn.button(CALL_ME, CALL_ME_DATA), turn.button(MESSAGES, READ_MESSAGES)) + menu_row(turn),
        moment=_due_in_words(turn, case),
    )


async def writer_case(turn: Turn) -> Case | None:
    """The case of someone whose words may be kept; None, once they are told what to do instead, if they may not."""
    case = await turn.case()
    if case is None:
        turn.tell(
            _(
                "To pass a message on we have to keep it. Please choose “Begin” and read what we keep. "
                "If you do not want that, you can reach the services under “Find services” yourself."
            ),
            stacked(turn.button(BEGIN, "m.begin"), turn.button(SERVICES, "m.services")) + menu_row(turn),
        )
        return None
    if not await may_be_heard(turn.session, turn.person_id):
        await show_menu(turn)
        return None
    return case


async def take_message(turn: Turn, *, is_further: bool = False) -> None:
    """A text or a file for the caseworker. The person stays here, so that the next one is passed on too.

    `is_further`: one more of the files sent together; the answer to the first stands for all that arrive whole.
    """
    case = await writer_case(turn)
    if case is None:
        return
    incoming = turn.incoming
    if incoming.trouble is not None:
        turn.tell(incoming.trouble, menu_row(turn))
        # The next of the files sent together is answered in its place.
        turn.place = replace(turn.place, album="")
    elif not incoming.text.strip() and incoming.file is None:
        turn.tell(NOTHING_TO_PASS_ON, menu_row(turn))
    else:
        words = without_account_numbers(incoming.text).strip()
        await receive_from_person(turn.session, case, turn.key, words, actor=PERSON, file=incoming.file)
        if words != incoming.text.strip():
            turn.tell(TAKEN_OUT)
        if not is_further:
            _confirm(turn, case)


NOTHING_TO_PASS_ON = _(
    "This cannot be passed on. You can write a text, or send a photo, a voice message, a PDF or a Word document."
)


def _confirm(turn: Turn, case: Case) -> None:
    go_on = stacked(turn.button(GO_ON, "m.begin")) if turn.submission is not None else ()
    turn.tell(
        _(
            "Thank you. Your message has been passed on. You will have an answer by {moment}.\n\n"
            "If you are in danger now, do not wait for it: the help lines are open at any time."
        ),
        (*go_on, *_always_open(turn), *menu_row(turn)),
        moment=_due_in_words(turn, case),
    )


def _always_open(turn: Turn) -> tuple[Row, ...]:
    return stacked(turn.button(RIGHTS, "m.rights"), turn.button(CALL_ME, CALL_ME_DATA))


def _due_in_words(turn: Turn, case: Case) -> str:
    """By when there is an answer, counted from the first message that waits, unless that moment has passed."""
    hours, moment = turn.programme.reply_hours, clock.now()
    due = reply_due(case.unanswered_at or moment, case.country, hours)
    return in_words(turn.language, due if due > moment else reply_due(moment, case.country, hours))
