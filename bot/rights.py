"""Rights and help lines, for anyone, without saying who they are."""

from bot.menu import COMPLAIN, MENU, MENU_ROW_DATA, RIGHTS, menu_row
from bot.replies import stacked
from bot.screens import MORE_CHOICES
from bot.turn import Turn
from cases.rights import RIGHT_NAMES, Right, all_help, right_text
from cases.rules import COUNTRY_NAMES
from foundation.language import _, _p

HELP_LINES = _p("button", "🆘 Help lines")
OTHER_COUNTRY = _p("button", "🌍 Another country")
ELSEWHERE = "ask"
SHOWN = 4
"""Texts on one screen, beside the help lines, the country and the menu."""


async def choose_country(turn: Turn, country: str = "", page: str = "0") -> None:
    """The texts for a country: the one that was tapped, else the one of the case, else it is asked for."""
    case = await turn.case() if not country else None
    here = country or (case.country if case is not None and case.country else "")
    if here in COUNTRY_NAMES:
        _offer(turn, here, page)
    else:
        ask_country(turn)


def ask_country(turn: Turn) -> None:
    countries = [turn.button(name, f"m.rights:{code}") for code, name in COUNTRY_NAMES.items()]
    turn.tell(_("Which country are you in now?"), stacked(*countries) + menu_row(turn))


async def show_right(turn: Turn, country: str, right: str) -> None:
    if country not in COUNTRY_NAMES or right not in {each.value for each in Right}:
        ask_country(turn)
        return
    complain = [turn.button(COMPLAIN, "m.complain")] if right in (Right.COMPLAIN, Right.NO_FEE) else []
    turn.reply(
        right_text(turn.language, country, Right(right)),
        stacked(*complain, turn.button(RIGHTS, f"m.rights:{country}"), turn.button(MENU, MENU_ROW_DATA)),
    )


def show_lines(turn: Turn, country: str) -> None:
    """Everyone who can be called in a country."""
    if country not in COUNTRY_NAMES:
        ask_country(turn)
        return
    turn.reply(
        all_help(turn.language, country),
        stacked(
            turn.button(RIGHTS, f"m.rights:{country}"),
            turn.button(OTHER_COUNTRY, f"m.rights:{ELSEWHERE}"),
            turn.button(MENU, MENU_ROW_DATA),
        ),
    )


def _offer(turn: Turn, country: str, page: str) -> None:
    rights = list(Right)
    pages = -(-len(rights) // SHOWN)
    number = int(page) % pages if page.isascii() and page.isdigit() and len(page) == 1 else 0
    shown = rights[number * SHOWN : (number + 1) * SHOWN]
    turn.reply(
        turn.words(_("Your rights, and whom you can call. What do you want to read?")),
        stacked(
            turn.button(HELP_LINES, f"m.lines:{country}"),
            *(turn.button(RIGHT_NAMES[right], f"m.right:{country}:{right}") for right in shown),
            turn.button(MORE_CHOICES, f"m.rights:{country}:{(number + 1) % pages}"),
            turn.button(MENU, MENU_ROW_DATA),
        ),
        edit=turn.incoming.message_id if turn.incoming.text.count(":") == 2 else None,  # noqa: PLR2004  # a turned page
    )
