"""The menu and what stands outside any form: the language, more, help."""

from sqlalchemy import select

from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.consent import has_data_consent
from cases.models import Person, Submission
from cases.rules import SubmissionState
from cases.sheets import ORDER
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
MENU = _p("button", "☰ Menu")

MENU_ROW_DATA = "m.menu"


def menu_row(turn: Turn) -> tuple[Row, ...]:
    return stacked(turn.button(MENU, MENU_ROW_DATA))


def ask_language(turn: Turn) -> None:
    """Languages in their own names, the phone's own first; the question stands there in each of them."""
    turn.go(Standing.LANGUAGE)
    hint = turn.incoming.language_hint.replace("-", "_").partition("_")[0]
    codes = sorted(turn.languages, key=lambda code: code != hint)
    rows = stacked(*((autonym(code), f"m.language:{code}") for code in codes))
    turn.reply("\n".join(isolate(say(code, _("Please choose your language."))) for code in codes), rows)


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
    else:
        _offer_without_consent(turn)


def _welcome(turn: Turn) -> None:
    turn.tell(
        _(
            "Welcome. Here you can find services and ask for help after a return.\n\n"
            "You can look at services without telling us anything about you. "
            "If you want a caseworker to help you, choose “Begin”."
        ),
        stacked(
            turn.button(BEGIN, "m.begin"),
            turn.button(SERVICES, "m.services"),
            turn.button(HELP, "m.help"),
            turn.button(LANGUAGE, "m.language"),
        ),
    )


async def _offer_case(turn: Turn) -> None:
    forms = [turn.button(GO_ON, "m.begin")] if turn.submission or await next_form(turn) else []
    turn.tell(
        _("What would you like to do?"),
        stacked(
            *forms,
            turn.button(CASE, "m.case"),
            turn.button(WRITE, "m.write"),
            turn.button(CONSENTS, "m.consents"),
            turn.button(SERVICES, "m.services"),
            turn.button(MORE, "m.more"),
        ),
    )


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
            turn.button(HELP, "m.help"),
            turn.button(LANGUAGE, "m.language"),
        ),
    )


def show_more(turn: Turn) -> None:
    turn.tell(
        _("More:"),
        stacked(
            turn.button(LANGUAGE, "m.language"),
            turn.button(HELP, "m.help"),
            turn.button(DELETE, "m.delete"),
            turn.button(MENU, MENU_ROW_DATA),
        ),
    )


async def next_form(turn: Turn) -> str | None:
    """The id of the form to fill in next, or None when all were sent."""
    sent = await turn.session.scalars(
        select(Submission.sheet_id).where(
            Submission.case_id == turn.chat.case_id, Submission.state == SubmissionState.SUBMITTED
        )
    )
    done = set(sent)
    return next((sheet_id for sheet_id in ORDER if sheet_id not in done), None)


def show_help(turn: Turn) -> None:
    turn.tell(
        _(
            "This is a service of {operator}. You answer questions with the buttons or by writing. "
            "You can stop at any time; your answers are kept and you can go on later.\n\n"
            "“Talk to a person” reaches a caseworker, who answers within {hours} hours.\n\n"
            "If you are in danger now, call the emergency number of the country you are in."
        ),
        menu_row(turn),
        operator=turn.programme.operator,
        hours=turn.programme.reply_hours,
    )
