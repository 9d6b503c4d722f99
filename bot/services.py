"""The services directory for anyone, without saying who they are: country, kind, then what there is."""

from bot.menu import MENU, MENU_ROW_DATA, menu_row
from bot.replies import stacked
from bot.screens import MORE_CHOICES
from bot.turn import Turn
from cases.rules import COUNTRY_NAMES
from foundation.language import _, _p
from referrals.matching import public_services
from referrals.models import Service
from referrals.rules import SERVICE_KIND_NAMES, ServiceKind

SHOWN = 5
"""Kinds on one screen, and services in one answer."""
COUNTRIES = {code: name for code, name in COUNTRY_NAMES.items() if code != "other"}
_KINDS = {kind.value: kind for kind in ServiceKind}


def ask_country(turn: Turn) -> None:
    countries = [(turn.words(name), f"m.services:{code}:0") for code, name in COUNTRIES.items()]
    turn.tell(_("In which country do you look for services?"), stacked(*countries) + menu_row(turn))


def choose_country(turn: Turn, country: str = "", page: str = "0") -> None:
    """The kinds of services of the country that was tapped; the button without one opens the list of countries."""
    if country:
        ask_kind(turn, country, page)
    else:
        ask_country(turn)


def ask_kind(turn: Turn, country: str, page: str) -> None:
    """The kinds, some at a time; turning the page redraws the same message."""
    first = int(page) * SHOWN if page.isascii() and page.isdigit() and len(page) == 1 else 0
    kinds = list(ServiceKind)
    shown = kinds[first : first + SHOWN]
    if country not in COUNTRIES or not shown:
        ask_country(turn)
        return
    buttons = [(turn.words(SERVICE_KIND_NAMES[kind]), f"m.kind:{country}:{kind}") for kind in shown]
    following = first // SHOWN + 1 if first + SHOWN < len(kinds) else 0
    turn.reply(
        turn.words(_("What do you look for?")),
        stacked(
            *buttons,
            turn.button(MORE_CHOICES, f"m.turn:{country}:{following}"),
            turn.button(MENU, MENU_ROW_DATA),
        ),
        edit=turn.incoming.message_id if turn.incoming.text.startswith("m.turn:") else None,
    )


async def show_services(turn: Turn, country: str, kind: str) -> None:
    if country not in COUNTRIES or kind not in _KINDS:
        ask_country(turn)
        return
    services = await public_services(turn.session, kind=_KINDS[kind], country=country, limit=SHOWN)
    nothing = turn.words(_("We know of no such service there at the moment."))
    turn.reply(
        "\n\n".join(_described(service) for service in services) or nothing,
        stacked(turn.button(_p("button", "🔎 Other services"), f"m.services:{country}:0")) + menu_row(turn),
    )


def _described(service: Service) -> str:
    phones = ", ".join(f"\u2066{phone['number']}\u2069" for phone in service.hsds.get("phones", []))
    lines = [f"▪️ {service.name}", service.organisation.name, service.description, f"📞 {phones}" if phones else ""]
    return "\n".join(line for line in lines if line)
