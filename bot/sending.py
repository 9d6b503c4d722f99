"""What it costs to send money home: for anyone, without saying who they are. Nothing of it is kept."""

from bot.menu import MENU, MENU_ROW_DATA, menu_row
from bot.money import SENDING_DATA
from bot.place import Standing
from bot.replies import Button, stacked
from bot.services import show_page
from bot.turn import Turn
from foundation.language import _, _p, isolate, say_country
from referrals.remittance_rules import AMOUNTS
from referrals.remittance_words import judged, offer_lines, sent, warning, way
from referrals.remittances import Comparison, compare, corridors

# Translators: Buttons of the chat. Short: they must fit a small phone.
OTHER_COUNTRIES = _p("button", "↩️ Other countries")
# Translators: {amount} is an amount of money in US dollars, such as "200 USD".
ABOUT = _p("button", "About {amount}")


async def choose_origin(turn: Turn, page: str = "0") -> None:
    """From which country; those there are prices for."""
    turn.go(Standing.MENU)
    known = await corridors(turn.session)
    if not known:
        turn.tell(_("We have no prices yet."), menu_row(turn))
        return
    codes = sorted({origin for origin, _to in known}, key=lambda code: say_country(turn.language, code))
    buttons = [(say_country(turn.language, code), f"m.remit.to:{code}:0") for code in codes]
    show_page(turn, turn.words(_("From which country is the money sent?")), buttons, page, SENDING_DATA)


async def choose_destination(turn: Turn, origin: str, page: str = "0") -> None:
    known = [to for each, to in await corridors(turn.session) if each == origin]
    if not known:
        await choose_origin(turn)
        return
    codes = sorted(known, key=lambda code: say_country(turn.language, code))
    buttons: list[Button] = [(say_country(turn.language, code), f"m.remit.usd:{origin}:{code}") for code in codes]
    show_page(turn, turn.words(_("To which country?")), buttons, page, f"m.remit.to:{origin}")


async def choose_amount(turn: Turn, origin: str, to: str) -> None:
    if (origin, to) not in await corridors(turn.session):
        await choose_origin(turn)
        return
    buttons = [turn.button(ABOUT, f"m.remit.show:{origin}:{to}:{usd}", amount=f"{usd} USD") for usd in AMOUNTS]
    turn.tell(_("How much, in US dollars?"), stacked(*buttons) + menu_row(turn))


async def show_costs(turn: Turn, origin: str, to: str, usd: str) -> None:
    """The three cheapest that count, by name and cost, beside the goals of the United Nations."""
    found = None
    if usd in map(str, AMOUNTS):
        found = await compare(turn.session, (origin, to), int(usd))
    if found is None:
        await choose_amount(turn, origin, to)
        return
    others = [turn.button(ABOUT, f"m.remit.show:{origin}:{to}:{each}", amount=f"{each} USD") for each in AMOUNTS]
    others = [each for each in others if not each[1].endswith(f":{usd}")]
    turn.reply(
        "\n\n".join(_told(turn, found)),
        stacked(*others, turn.button(OTHER_COUNTRIES, SENDING_DATA), turn.button(MENU, MENU_ROW_DATA)),
    )


def _told(turn: Turn, found: Comparison) -> list[str]:
    heading = f"💸 {way(turn.language, found)}\n{sent(turn.language, found)}"
    if not found.cheapest:
        services = [turn.words(_("No service there tells its whole cost before the money is sent. Ask for it first."))]
    else:
        services = [
            "\n".join([f"▪️ {isolate(each.price.provider)}", *offer_lines(turn.language, each)])
            for each in found.cheapest
        ]
    told = [heading, *services, judged(turn.language, found), warning(turn.language, found)]
    return [each for each in told if each]
