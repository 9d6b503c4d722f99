"""The services directory for anyone, without saying who they are: country, area or a place nearby, kind, services.

A shared place is used in the turn that brought it: it is neither kept nor written into a button. That is why the
nearest services come at once, and no further page can be asked for.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.incoming import Did
from bot.menu import MENU, MENU_ROW_DATA, menu_row
from bot.place import Standing
from bot.replies import Button, stacked
from bot.screens import MORE_CHOICES
from bot.turn import Turn
from cases.helplines import left_to_right
from cases.rules import COUNTRY_NAMES
from foundation.language import _, _p
from referrals.finding import Found, Wish, find_services, town_named, town_of
from referrals.rules import SERVICE_KIND_NAMES, ServiceKind
from referrals.telling import area_name, areas_of, lines

SHOWN = 5
"""Choices on one screen."""
IN_A_MESSAGE = 3
"""Services."""
NEAREST = 9
"""Services told at once when someone shares a place."""
COUNTRIES = {code: name for code, name in COUNTRY_NAMES.items() if code != "other"}
_KINDS = {kind.value: kind for kind in ServiceKind}

ANYWHERE, NEAR, TOWN = "any", "near", "~"
"""Where to look, in a button's data: the whole country, a place still to be shared, or `~` and a town's code."""
ALL, MINE, OPEN = "-", "l", "o"
"""Narrowing, in a button's data: only in my language, only open ones."""

NEAR_ME = _p("button", "📍 Near me")
WHOLE_COUNTRY = _p("button", "Anywhere in the country")
MORE_SERVICES = _p("button", "⋯ More services")
ONLY_OPEN = _p("button", "🕒 Only open now")
ALSO_CLOSED = _p("button", "🕒 Also closed ones")
ONLY_MY_LANGUAGE = _p("button", "🗣 Only my language")
ANY_LANGUAGE = _p("button", "🗣 Any language")
OTHER_SERVICES = _p("button", "🔎 Other services")


def ask_country(turn: Turn) -> None:
    countries = [turn.button(name, f"m.services:{code}:0") for code, name in COUNTRIES.items()]
    turn.tell(_("In which country do you look for services?"), stacked(*countries) + menu_row(turn))


def choose_country(turn: Turn, country: str = "", page: str = "0") -> None:
    """Where in the country that was tapped; the button without one opens the list of countries."""
    if country not in COUNTRIES:
        ask_country(turn)
        return
    areas = [(area_name(turn.language, country, code), _kinds_data(code)) for code in areas_of(country)]
    near = [turn.button(NEAR_ME, f"m.kinds:{country}:{NEAR}"), turn.button(WHOLE_COUNTRY, f"m.kinds:{country}:any")]
    choices: list[Button] = [*near, *areas]
    show_page(turn, turn.words(_("Where shall the service be?")), choices, page, f"m.services:{country}")


def choose_kind(turn: Turn, country: str, where: str, page: str = "0") -> None:
    """The kinds of services, some at a time."""
    if not _is_place(country, where):
        ask_country(turn)
        return
    kinds = [turn.button(SERVICE_KIND_NAMES[kind], f"m.find:{country}:{where}:{kind}:{ALL}:0") for kind in ServiceKind]
    show_page(turn, turn.words(_("What do you look for?")), kinds, page, f"m.kinds:{country}:{where}")


async def show_services(turn: Turn, country: str, where: str, kind: str, narrowed: str, page: str) -> None:
    """Three services a message, narrowed or turned by the buttons below them."""
    if not _is_place(country, where) or kind not in _KINDS:
        ask_country(turn)
    elif where == NEAR:
        ask_place(turn, country, kind)
    else:
        first = int(page) * IN_A_MESSAGE if page.isascii() and page.isdigit() and len(page) <= len("99") else 0
        found = await find_services(turn.session, _wish(turn, country, where, kind, narrowed))
        shown = found[first : first + IN_A_MESSAGE]
        following = [(first // IN_A_MESSAGE) + 1] if len(found) > first + IN_A_MESSAGE else []
        here = f"m.find:{country}:{where}:{kind}"
        turn.reply(
            _told(turn, shown, len(found), first),
            stacked(
                *(turn.button(MORE_SERVICES, f"{here}:{narrowed}:{number}") for number in following),
                *_narrowings(turn, here, narrowed),
                turn.button(OTHER_SERVICES, f"m.kinds:{country}:{where}"),
                turn.button(MENU, MENU_ROW_DATA),
            ),
        )


def ask_place(turn: Turn, country: str, kind: str) -> None:
    """The next place or town is looked around."""
    turn.go(Standing.NEAR)
    turn.place = replace(turn.place, search=f"{country}:{kind}")
    turn.tell(
        _(
            "Send a place (the paper clip, then “Location”), or write the name of the nearest town.\n\n"
            "We use it once, to sort the services by distance, and do not keep it. "
            "Telegram can see a place that you send; a town is enough."
        ),
        menu_row(turn),
    )


async def take_place(turn: Turn) -> None:
    """A shared place or a town's name. It leaves no trace but the order of what is told."""
    country, _colon, kind = turn.place.search.partition(":")
    if country not in COUNTRIES or kind not in _KINDS:
        ask_country(turn)
    elif turn.incoming.did is Did.SENT_PLACE and turn.incoming.position is not None:
        wish = Wish(country, _KINDS[kind], None, turn.incoming.position, turn.language)
        await _tell_nearest(turn, wish)
    elif turn.incoming.did is Did.WROTE and (town := town_named(country, turn.incoming.text)) is not None:
        turn.go(Standing.MENU)
        await show_services(turn, country, f"{TOWN}{town.code}", kind, ALL, "0")
    else:
        turn.tell(
            _("We do not know this place. Please send a place, write a larger town nearby, or choose from the list."),
            stacked(turn.button(OTHER_SERVICES, f"m.services:{country}:0")) + menu_row(turn),
        )


async def _tell_nearest(turn: Turn, wish: Wish) -> None:
    found = (await find_services(turn.session, wish))[:NEAREST]
    turn.go(Standing.MENU)
    parts = [found[first : first + IN_A_MESSAGE] for first in range(0, len(found), IN_A_MESSAGE)] or [[]]
    for part in parts[:-1]:
        turn.reply(_services(turn, part))
    turn.reply(
        _told(turn, parts[-1], len(found), 0),
        stacked(turn.button(OTHER_SERVICES, f"m.services:{wish.country}:0")) + menu_row(turn),
    )


def _wish(turn: Turn, country: str, where: str, kind: str, narrowed: str) -> Wish:
    town = town_of(country, where.removeprefix(TOWN)) if where.startswith(TOWN) else None
    return Wish(
        country=country,
        kind=_KINDS[kind],
        area=None if town or where == ANYWHERE else f"{country}:{where}",
        position=town.position if town else None,
        language=turn.language,
        only_language=MINE in narrowed,
        only_open=OPEN in narrowed,
    )


def _is_place(country: str, where: str) -> bool:
    if country not in COUNTRIES:
        return False
    known = where in (ANYWHERE, NEAR) or f"{country}:{where}" in areas_of(country)
    return known or (where.startswith(TOWN) and town_of(country, where.removeprefix(TOWN)) is not None)


def _narrowings(turn: Turn, here: str, narrowed: str) -> Iterable[Button]:
    for flag, narrow, widen in ((OPEN, ONLY_OPEN, ALSO_CLOSED), (MINE, ONLY_MY_LANGUAGE, ANY_LANGUAGE)):
        is_on = flag in narrowed
        flags = "".join(each for each in (MINE, OPEN) if (each in narrowed) != (each == flag)) or ALL
        yield turn.button(widen if is_on else narrow, f"{here}:{flags}:0")


def _told(turn: Turn, shown: list[Found], number: int, first: int) -> str:
    if not number:
        return turn.words(_("We know of no such service there at the moment."))
    if not shown:
        return turn.words(_("There are no more services."))
    counted = turn.words(_("{first} to {last} of {number}"), first=first + 1, last=first + len(shown), number=number)
    services = _services(turn, shown)
    return services if number <= len(shown) else f"{services}\n\n{counted}"


def _services(turn: Turn, shown: list[Found]) -> str:
    return "\n\n".join(described(turn.language, each) for each in shown)


def described(language: str, found: Found) -> str:
    service = found.service
    phones = ", ".join(left_to_right(number) for number in found.phones)
    told = [f"{line.sign} {line.text}" for line in lines(language, found)]
    parts = [f"▪️ {service.name}", service.organisation.name, service.description, f"📞 {phones}" if phones else ""]
    return "\n".join(part for part in (*parts, *told) if part)


def _kinds_data(area: str) -> str:
    """An area's code holds the country and the area, as two arguments."""
    return f"m.kinds:{area}"


def show_page(turn: Turn, text: str, choices: list[Button], page: str, data: str) -> None:
    """Some of many choices. Turning the page redraws the same message; the first is number 0 only when it is new."""
    pages = max(1, -(-len(choices) // SHOWN))
    number = int(page) % pages if page.isascii() and page.isdigit() and len(page) == 1 else 0
    more = [turn.button(MORE_CHOICES, f"{data}:{number + 1}")] if pages > 1 else []
    turn.reply(
        text,
        stacked(*choices[number * SHOWN : (number + 1) * SHOWN], *more, turn.button(MENU, MENU_ROW_DATA)),
        edit=None if page == "0" else turn.incoming.message_id,
    )
