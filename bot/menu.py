"""The menu and what stands outside any form: the language, more, help."""

from bot.place import Standing
from bot.replies import Row, side_by_side, stacked
from bot.turn import Turn
from cases import requests
from cases.consent import has_data_consent, waiting_consent
from cases.models import Person
from foundation.language import _, _p, autonym, isolate, say

# Translators: Buttons of the menu. Short: they must fit a small phone.
CASE = _p("button", "📋 My case")
BEGIN = _p("button", "▶️ Begin")
GO_ON = _p("button", "▶️ Go on with the questions")
WRITE = _p("button", "💬 Talk to a person")
CONSENTS = _p("button", "✋ My consents")
SERVICES = _p("button", "🔎 Find services")
MORE = _p("button", "⋯ More")
LANGUAGE = _p("button", "🌐 Language")
DELETE = _p("button", "🗑 Delete my data")
HELP = _p("button", "❓ Help")
RIGHTS = _p("button", "🛟 Rights and help lines")
COMPLAIN = _p("button", "📣 Complain")
MONEY = _p("button", "💰 Money")
MENU = _p("button", "☰ Menu")
HIDE = _p("button", "🙈 Hide")
SAFETY = _p("button", "🛡 Safety")
NEW_PHONE = _p("button", "📱 I have a new phone")
WAITING = _p("button", "⏳ What happens next")

MENU_ROW_DATA = "m.menu"
LANGUAGES_SHOWN = 6
"""Buttons on one screen."""


def menu_row(turn: Turn) -> tuple[Row, ...]:
    return stacked(turn.button(MENU, MENU_ROW_DATA))


def ask_language(turn: Turn, page: int = 0) -> None:
    """Languages in their own names, the phone's own first, some at a time; the question stands there in each."""
    turn.go(Standing.LANGUAGE)
    hint = turn.incoming.language_hint.replace("-", "_")
    codes = sorted(turn.languages, key=lambda code: (code != hint, code.partition("_")[0] != hint.partition("_")[0]))
    pages = [codes[first : first + LANGUAGES_SHOWN] for first in range(0, len(codes), LANGUAGES_SHOWN)]
    shown = pages[page % len(pages)]
    rows = stacked(*((autonym(code), f"m.language:{code}") for code in shown))
    if len(pages) > 1:
        following = pages[(page + 1) % len(pages)]
        # No word could stand here that everyone reads: the names of what comes next say it.
        label = " · ".join(["🌐", *(isolate(autonym(code)) for code in following[:3]), "…"])
        rows += (((label, f"m.languages:{(page + 1) % len(pages)}"),),)
    text = "\n".join(isolate(say(code, _("Please choose your language."))) for code in shown)
    turn.reply(text, rows, edit=turn.incoming.message_id if turn.incoming.text.startswith("m.languages:") else None)


def turn_languages(turn: Turn, page: str) -> None:
    """The next languages, in place of those that were shown."""
    ask_language(turn, int(page) if page.isascii() and page.isdigit() and len(page) == 1 else 0)


async def choose_language(turn: Turn, code: str = "") -> None:
    """Set the language that was tapped; the button without a code only opens the list."""
    if code not in turn.languages:
        ask_language(turn)
        return
    turn.chat.language = code
    if turn.chat.case_id is not None:
        (await turn.session.get_one(Person, turn.person_id)).language = code
    await show_menu(turn)


async def show_menu(turn: Turn) -> None:
    turn.go(Standing.MENU)
    if turn.chat.case_id is None:
        _welcome(turn)
    elif await has_data_consent(turn.session, turn.person_id):
        await _offer_case(turn)
    elif await waiting_consent(turn.session, turn.person_id) is not None:
        _offer_contact(turn)
    else:
        _offer_without_consent(turn)


def _welcome(turn: Turn) -> None:
    turn.tell(
        _(
            "Welcome. Here you can find services and ask for help after a return.\n\n"
            "You can look at services without telling us anything about you. "
            "If you want a caseworker to help you, choose “Begin”."
        ),
        (
            *stacked(
                turn.button(BEGIN, "m.begin"),
                turn.button(SERVICES, "m.services"),
                turn.button(MONEY, "m.money"),
                turn.button(RIGHTS, "m.rights"),
                turn.button(COMPLAIN, "m.complain"),
            ),
            side_by_side(turn.language, turn.button(HELP, "m.help"), turn.button(LANGUAGE, "m.language")),
        ),
    )


async def _offer_case(turn: Turn) -> None:
    forms = [turn.button(GO_ON, "m.begin")] if turn.submission or await next_form(turn) else []
    turn.tell(
        _("What would you like to do?"),
        (
            *stacked(
                *forms,
                turn.button(CASE, "m.case"),
                turn.button(WRITE, "m.write"),
                turn.button(CONSENTS, "m.consents"),
                turn.button(SERVICES, "m.services"),
            ),
            _last_row(turn),
        ),
    )


def _offer_contact(turn: Turn) -> None:
    """A child whose guardian nobody has heard yet: words and help, no questions."""
    turn.tell(
        _("What would you like to do? You can write at any time. We ask you no questions yet."),
        (
            *stacked(
                turn.button(WRITE, "m.write"),
                turn.button(WAITING, "m.begin"),
                turn.button(RIGHTS, "m.rights"),
                turn.button(SERVICES, "m.services"),
                turn.button(CONSENTS, "m.consents"),
            ),
            _last_row(turn),
        ),
    )


def _last_row(turn: Turn) -> Row:
    return side_by_side(turn.language, turn.button(MORE, "m.more"), turn.button(HIDE, "m.hide"))


def _offer_without_consent(turn: Turn) -> None:
    turn.tell(
        _(
            "You have taken back your agreement that we keep your data. We do not work on your case any more. "
            "You can look at services, and you can delete your data now."
        ),
        stacked(
            turn.button(SERVICES, "m.services"),
            turn.button(DELETE, "m.delete"),
            turn.button(CONSENTS, "m.consents"),
            turn.button(RIGHTS, "m.rights"),
            turn.button(COMPLAIN, "m.complain"),
            turn.button(MORE, "m.more"),
        ),
    )


def show_more(turn: Turn) -> None:
    turn.tell(
        _("More:"),
        (
            *stacked(
                turn.button(MONEY, "m.money"),
                turn.button(RIGHTS, "m.rights"),
                turn.button(COMPLAIN, "m.complain"),
                turn.button(SAFETY, "m.safety"),
            ),
            side_by_side(turn.language, turn.button(HELP, "m.help"), turn.button(LANGUAGE, "m.language")),
            *stacked(turn.button(DELETE, "m.delete"), turn.button(MENU, MENU_ROW_DATA)),
        ),
    )


async def next_form(turn: Turn) -> str | None:
    """The id of the form to fill in next, or None when all were sent."""
    case = await turn.case()
    return None if case is None else await requests.next_form(turn.session, case)


def show_help(turn: Turn) -> None:
    new_phone = stacked(turn.button(NEW_PHONE, "m.link")) if turn.chat.case_id is None else ()
    turn.tell(
        _(
            "This is a service of {operator}. You answer questions with the buttons or by writing. "
            "You can stop at any time; your answers are kept and you can go on later.\n\n"
            "“Talk to a person” reaches a caseworker, who answers within {hours} hours.\n\n"
            "If you are in danger now, call the emergency number of the country you are in."
        ),
        new_phone + menu_row(turn),
        operator=turn.programme.operator,
        hours=turn.programme.reply_hours,
    )
