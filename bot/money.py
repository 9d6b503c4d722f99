"""Money in the menu: lessons and the cost of sending for anyone, a savings goal for whoever has a case."""

from bot.menu import MENU, MENU_ROW_DATA
from bot.place import Standing
from bot.replies import stacked
from bot.turn import Turn
from foundation.language import _, _p

# Translators: Buttons of the chat. Short: they must fit a small phone.
LESSONS = _p("button", "📚 Short lessons")
SAVINGS = _p("button", "🎯 My savings goal")
SENDING = _p("button", "💸 What does sending cost?")

LESSONS_DATA, SAVINGS_DATA, SENDING_DATA = "m.lessons", "m.goal", "m.remit"


def show_money(turn: Turn) -> None:
    turn.go(Standing.MENU)
    savings = [turn.button(SAVINGS, SAVINGS_DATA)] if turn.chat.case_id is not None else []
    turn.tell(
        _(
            "Here you can learn about money in a few minutes, and see what sending it costs. "
            "We never ask for a number of an account or a card."
        ),
        stacked(
            turn.button(LESSONS, LESSONS_DATA),
            turn.button(SENDING, SENDING_DATA),
            *savings,
            turn.button(MENU, MENU_ROW_DATA),
        ),
    )
