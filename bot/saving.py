"""The savings goal in the chat: asked one thing at a time, then a bar that fills.

What is typed on the way is sealed in the chat's place. The goal is kept as soon as it is complete; whether the team may
see it is asked after that, and until the person says yes nobody else does.
"""

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from bot.asking import OLD_BUTTON
from bot.goal_view import SHARE, goal_lines, goal_rows, money
from bot.incoming import Did
from bot.locking import demand, is_locked
from bot.menu import BEGIN, menu_row
from bot.models import Chat
from bot.money import SAVINGS_DATA
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from cases import savings as goals
from cases.consent import has_data_consent
from cases.hours import zone_of
from cases.money import read_money, usual_currency
from cases.savings import Savings, Terms
from cases.waves import months_after
from foundation import clock
from foundation.errors import Invalid, Refusal
from foundation.language import Message, _, _p
from foundation.sealing import Sealed, WrongKey
from questionnaire.dates import read_date

# Translators: Buttons of the savings goal. Short: they must fit a small phone.
SET = _p("button", "🎯 Set a goal")
END_YES = _p("button", "Yes, end it")
BACK_TO_GOAL = _p("button", "🎯 Back to my goal")
SHARE_YES = _p("button", "Yes, my caseworker may see it")
SHARE_NO = _p("button", "No, only I see it")
NO_DAY = _p("button", "No day")

DAYS: dict[int, Message] = {
    1: _p("button", "In 1 month"),
    3: _p("button", "In 3 months"),
    6: _p("button", "In 6 months"),
    12: _p("button", "In 1 year"),
}
CHANGES: dict[str, Message] = {
    "what": _p("button", "What for"),
    "amount": _p("button", "How much"),
    "by": _p("button", "By when"),
}
FINISH_YES = "g.end.yes"


async def show(turn: Turn, *above: str) -> None:
    """The goal as it stands; `above`: what is said first."""
    case = await turn.case()
    turn.go(Standing.MENU)
    turn.place = replace(turn.place, saving="")
    if case is None:
        _tell_begin(turn)
        return
    if not await has_data_consent(turn.session, turn.person_id):
        turn.tell(_("We can keep a savings goal only while you agree that we keep your data."), menu_row(turn))
        return
    savings = await goals.savings_now(turn.session, case)
    if savings is None:
        told = turn.words(
            _(
                "You can save for something here: tools, school, a room. We count with you and hold no money. "
                "Only you see it, unless you want to show it to your caseworker."
            )
        )
        turn.show([*above, told], stacked(turn.button(SET, "m.goal.new")) + menu_row(turn))
    else:
        turn.show([*above, *goal_lines(turn, savings, case.country)], goal_rows(turn, savings))


async def begin(turn: Turn) -> None:
    """Ask for a new goal, unless one goes on."""
    case = await turn.case()
    if case is None or await goals.savings_now(turn.session, case) is not None:
        await show(turn)
        return
    _ask(turn, {"ask": "what", "currency": usual_currency(case.country) or ""})


async def choose_change(turn: Turn, which: str = "") -> None:
    savings = await _now(turn)
    if savings is None:
        await show(turn)
    elif which in CHANGES:
        _ask(turn, {"ask": which, "goal": savings.row.id.hex, **_told(savings.terms)})
    else:
        buttons = [turn.button(name, f"m.goal.edit:{code}") for code, name in CHANGES.items()]
        turn.show(
            [turn.words(_("What do you want to change?"))],
            stacked(*buttons, turn.button(BACK_TO_GOAL, SAVINGS_DATA)),
        )


async def ask_entry(turn: Turn) -> None:
    savings = await _now(turn)
    if savings is None:
        await show(turn)
        return
    _ask(turn, {"ask": "entry", "goal": savings.row.id.hex, **_told(savings.terms)})


async def take_words(turn: Turn) -> None:
    """What was written while something about the goal is asked. What cannot be read is asked again."""
    draft = _draft(turn)
    if is_locked(turn):
        demand(turn, SAVINGS_DATA)
    elif draft is None:
        await show(turn)
    elif turn.incoming.did is not Did.WROTE:
        _ask(turn, draft, _("Please write it in words or digits."))
    else:
        try:
            await _take(turn, draft, turn.incoming.text)
        except Invalid as unreadable:
            _ask(turn, draft, unreadable.message)


async def choose_day(turn: Turn, months: str) -> None:
    """A day by a tap; 0: none."""
    draft = _draft(turn)
    if draft is None or draft["ask"] != "by":
        await show(turn)
    elif months in {str(each) for each in DAYS}:
        await _go_on(turn, draft | {"by": months_after(await _today(turn), int(months)).isoformat()})
    elif months == "0":
        await _go_on(turn, draft | {"by": ""})
    else:
        turn.tell(OLD_BUTTON, menu_row(turn))


async def take_back(turn: Turn, entry_id: UUID) -> None:
    before = await _now(turn)
    await goals.take_back(turn.session, turn.person_id, entry_id)
    amount = next((each.amount for each in before.entries if each.id == entry_id), None) if before else None
    said = _("Taken back: {amount}.").of(amount=money(turn, amount, before)) if amount and before else None
    await turn.session.flush()
    await show(turn, *([turn.words(said)] if said else []))


async def ask_sharing(turn: Turn, goal_id: UUID, answer: str = "", nonce: str = "") -> None:
    """Whether the team may see it. A yes counts only below the question as it stands now; a no always."""
    if answer == "no" or (answer == "yes" and nonce == turn.place.nonce):
        await goals.share_goal(turn.session, turn.person_id, goal_id, shared=answer == "yes")
        told = (
            _("Your caseworker and the team for your case can now see your goal. You can change this at any time.")
            if answer == "yes"
            else _("Only you see your goal.")
        )
        await show(turn, turn.words(told))
        return
    if await _now(turn) is None:
        await show(turn)
        return
    turn.go(Standing.MENU)
    turn.show(
        [
            turn.words(
                _(
                    "May your caseworker see your goal and how far you are? It can help to plan together. "
                    "If you say no, nothing changes in the help you get."
                )
            )
        ],
        stacked(
            turn.button(SHARE_NO, f"{SHARE}:{goal_id.hex}:no"),
            turn.button(SHARE_YES, f"{SHARE}:{goal_id.hex}:yes:{turn.place.nonce}"),
        )
        + menu_row(turn),
    )


async def ask_ending(turn: Turn, goal_id: UUID) -> None:
    if await _now(turn) is None:
        await show(turn)
        return
    turn.go(Standing.MENU)
    yes = turn.button(END_YES, f"{FINISH_YES}:{goal_id.hex}:{turn.place.nonce}")
    turn.show(
        [turn.words(_("Do you want to end this goal? It stays in your file, and you can set a new one."))],
        stacked(yes, turn.button(BACK_TO_GOAL, SAVINGS_DATA)),
    )


async def end(turn: Turn, goal_id: UUID, nonce: str) -> None:
    if nonce != turn.place.nonce:
        await ask_ending(turn, goal_id)
        return
    await goals.end_goal(turn.session, turn.person_id, goal_id)
    await show(turn, turn.words(_("This goal is ended.")))


async def _take(turn: Turn, draft: dict[str, Any], text: str) -> None:
    if draft["ask"] == "what":
        await _go_on(turn, draft | {"what": goals.read_what(text)})
    elif draft["ask"] == "amount":
        amount, currency = read_money(text, draft["currency"] or None)
        await _go_on(turn, draft | {"amount": f"{amount:f}", "currency": currency})
    elif draft["ask"] == "by":
        await _go_on(turn, draft | {"by": goals.check_day(read_date(text, turn.language)).isoformat()})
    else:
        await _put_aside(turn, draft, text)


async def _go_on(turn: Turn, draft: dict[str, Any]) -> None:
    """The next question; or, where nothing is left to ask, keep it."""
    if "goal" in draft:
        try:
            await goals.change_goal(turn.session, turn.person_id, UUID(hex=draft["goal"]), _terms(draft))
        except Refusal as refusal:
            await show(turn, turn.words(refusal.message))
            return
        await turn.session.flush()
        await show(turn, turn.words(_("Your goal is changed.")))
        return
    following = {"what": "amount", "amount": "by"}.get(draft["ask"])
    if following is not None:
        _ask(turn, draft | {"ask": following})
        return
    made = await goals.set_goal(turn.session, turn.person_id, _terms(draft))
    case = await turn.case()
    turn.place = replace(turn.place, saving="")
    told = [turn.words(_("Your goal is set.")), *goal_lines(turn, made, case.country if case else None)]
    turn.show(told, ())
    await ask_sharing(turn, made.row.id)


async def _put_aside(turn: Turn, draft: dict[str, Any], text: str) -> None:
    amount, currency = read_money(text, draft["currency"])
    if currency != draft["currency"]:
        raise Invalid(_("You count in {currency}. Please write the amount in it."), currency=draft["currency"])
    before = await _now(turn)
    after = await goals.put_aside(turn.session, turn.person_id, UUID(hex=draft["goal"]), amount)
    await turn.session.flush()
    told = turn.words(_("Put aside: {amount}."), amount=money(turn, amount, after))
    reached = [turn.words(_("🎉 You have reached your goal."))] if after.is_reached else []
    await show(turn, told, *(reached if before is not None and not before.is_reached else []))


def _ask(turn: Turn, draft: dict[str, Any], why: Message | None = None) -> None:
    """`why`: one sentence on what to do instead, above a question that is asked again."""
    turn.go(Standing.SAVING)
    box = turn.key.seal(Chat.place, turn.chat.subject_id, draft).box
    turn.place = replace(turn.place, saving=base64.b64encode(box).decode())
    rows: tuple[Row, ...] = menu_row(turn)
    if draft["ask"] == "by":
        days = [turn.button(name, f"m.goal.by:{months}") for months, name in DAYS.items()]
        rows = stacked(*days, turn.button(NO_DAY, "m.goal.by:0")) + rows
    said = [] if why is None else [f"❗ {turn.words(why)}"]
    asked = _QUESTIONS[draft["ask"]]
    if draft["ask"] == "amount":
        asked = asked.of(currency=draft["currency"]) if draft["currency"] else _AMOUNT_AND_CURRENCY
    turn.show([*said, turn.words(asked)], rows)


_AMOUNT_AND_CURRENCY = _(
    "How much do you need? Write it in figures, and behind it the three letters of the currency, such as 400 EUR."
)
_QUESTIONS: dict[str, Message] = {
    "what": _("What do you save for? Write it in a few words."),
    "amount": _(
        "How much do you need? Write it in figures, such as 400. We count in {currency}. For another currency, write "
        "its three letters behind, such as 400 EUR."
    ),
    "by": _("By when would you like to have it? Choose, or write a day."),
    "entry": _("How much did you put aside? Write it in figures, such as 50. No number of an account or a card."),
}


def _tell_begin(turn: Turn) -> None:
    turn.tell(
        _(
            "To count with you we have to keep your goal. Please choose “Begin” and read what we keep. "
            "The lessons are there for everyone."
        ),
        stacked(turn.button(BEGIN, "m.begin")) + menu_row(turn),
    )


async def _now(turn: Turn) -> Savings | None:
    case = await turn.case()
    if case is None or not await has_data_consent(turn.session, turn.person_id):
        return None
    return await goals.savings_now(turn.session, case)


async def _today(turn: Turn) -> date:
    """On the person's own calendar."""
    case = await turn.case()
    return clock.now().astimezone(zone_of(case.country if case else None)).date()


def _told(terms: Terms) -> dict[str, str]:
    return {
        "what": terms.what,
        "amount": f"{terms.amount:f}",
        "currency": terms.currency,
        "by": terms.by.isoformat() if terms.by else "",
    }


def _terms(draft: dict[str, Any]) -> Terms:
    by = date.fromisoformat(draft["by"]) if draft["by"] else None
    return Terms(draft["what"], Decimal(draft["amount"]), draft["currency"], by)


def _draft(turn: Turn) -> dict[str, Any] | None:
    """What was told so far; None if nothing was, or if it was told before this chat became someone else's."""
    if not turn.place.saving:
        return None
    try:
        draft: dict[str, Any] = turn.key.open(
            Chat.place, turn.chat.subject_id, Sealed(base64.b64decode(turn.place.saving))
        )
    except WrongKey:
        return None
    return draft
