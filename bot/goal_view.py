"""What a savings goal looks like in the chat: what for, how far, a bar, and who sees it; with its buttons."""

from decimal import Decimal

from bot.menu import menu_row
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.money import in_words
from cases.savings import Savings
from documents.moments import local_time
from foundation import clock
from foundation.language import _, _p

# Translators: Buttons under a savings goal. Short: they must fit a small phone.
PUT = _p("button", "➕ I put money aside")
TAKE_BACK = _p("button", "↩️ Take back {amount}")
CHANGE = _p("button", "✏️ Change the goal")
LET_SEE = _p("button", "👁 Let my caseworker see it")
HIDE_AGAIN = _p("button", "🔒 Only for me again")
END = _p("button", "🏁 End this goal")

UNDO, SHARE, FINISH = "g.undo", "g.share", "g.end"
"""Actions of the buttons; an entry's or a goal's id follows."""
CELLS = 10
SHOWN = 3
"""The newest entries, on one screen."""


def goal_lines(turn: Turn, savings: Savings, country: str | None) -> list[str]:
    """What for, how far, a bar, and who sees it."""
    terms = savings.terms
    progress = turn.words(
        # Translators: what was put aside, of what is needed, such as: 120.00 EUR of 400.00 EUR, 30 %
        _("{saved} of {amount}, {percent} %"),
        saved=money(turn, savings.saved, savings),
        amount=money(turn, terms.amount, savings),
        percent=savings.percent,
    )
    lines = [turn.words(_("🎯 You save for: {what}"), what=terms.what), f"{progress}\n{bar(savings.percent)}"]
    if savings.is_reached:
        lines.append(turn.words(_("You have put aside all you wanted.")))
    else:
        lines.append(turn.words(_("Still to go: {amount}"), amount=money(turn, savings.left, savings)))
    if terms.by is not None and not savings.is_reached:
        passed = terms.by < clock.today()
        words = _("You wanted it by {day}. You can choose another day.") if passed else _("By {day}")
        lines.append(turn.words(words, day=terms.by))
    entries = [
        turn.words(
            _("• {day}: {amount}"),
            day=local_time(country, each.put_at).date(),
            amount=money(turn, each.amount, savings),
        )
        for each in reversed(savings.entries[-SHOWN:])
    ]
    if entries:
        lines.append("\n".join(entries))
    seen = _("Your caseworker can see this.") if savings.row.shared else _("Only you see this.")
    return [*lines, turn.words(seen)]


def bar(percent: int) -> str:
    """Filled from where the script begins: the signs have no direction of their own and follow that of the line."""
    filled = min(percent * CELLS // 100, CELLS)
    return "▓" * filled + "░" * (CELLS - filled)


def goal_rows(turn: Turn, savings: Savings) -> tuple[Row, ...]:
    goal_id = savings.row.id.hex
    buttons = [turn.button(PUT, "m.goal.put")]
    if savings.entries:
        last = savings.entries[-1]
        buttons.append(turn.button(TAKE_BACK, f"{UNDO}:{last.id.hex}", amount=money(turn, last.amount, savings)))
    sharing = (
        turn.button(HIDE_AGAIN, f"{SHARE}:{goal_id}:no")
        if savings.row.shared
        else turn.button(LET_SEE, f"{SHARE}:{goal_id}")
    )
    return stacked(
        *buttons, turn.button(CHANGE, "m.goal.edit"), sharing, turn.button(END, f"{FINISH}:{goal_id}")
    ) + menu_row(turn)


def money(turn: Turn, amount: Decimal, savings: Savings) -> str:
    return in_words(turn.language, amount, savings.terms.currency)
