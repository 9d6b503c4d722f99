"""Talking to a person: what is written here goes to the caseworker."""

from access.actor import PERSON
from bot.menu import BEGIN, GO_ON, SERVICES, menu_row, show_menu
from bot.place import Standing
from bot.replies import stacked
from bot.turn import Turn
from cases.consent import has_data_consent
from cases.messages import receive_from_person
from foundation.language import _


async def ask_message(turn: Turn) -> None:
    if turn.chat.case_id is None:
        turn.tell(
            _(
                "To pass a message on we have to keep it. Please choose “Begin” and read what we keep. "
                "If you do not want that, you can reach the services under “Find services” yourself."
            ),
            stacked(turn.button(BEGIN, "m.begin"), turn.button(SERVICES, "m.services")) + menu_row(turn),
        )
        return
    if not await has_data_consent(turn.session, turn.person_id):
        await show_menu(turn)
        return
    turn.go(Standing.WRITING)
    turn.tell(
        _("Write your message now. A caseworker reads it and answers within {hours} hours."),
        menu_row(turn),
        hours=turn.programme.reply_hours,
    )


async def take_message(turn: Turn) -> None:
    """A text for the caseworker. The person stays here, so that the next text is passed on too."""
    case = await turn.case()
    if case is None or not await has_data_consent(turn.session, turn.person_id):
        await show_menu(turn)
        return
    receive_from_person(turn.session, case, turn.key, turn.incoming.text, actor=PERSON)
    go_on = stacked(turn.button(GO_ON, "m.begin")) if turn.submission is not None else ()
    turn.tell(
        _("Thank you. Your message has been passed on. You will have an answer within {hours} hours."),
        go_on + menu_row(turn),
        hours=turn.programme.reply_hours,
    )


def refuse_content(turn: Turn) -> None:
    """A photo, a voice message and the like cannot be passed on yet."""
    turn.tell(_("Only written messages can be passed on for now. Please write it in words."), menu_row(turn))
