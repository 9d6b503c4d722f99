"""Choosing among services that the caseworker found: each is told as in the finder, and one tap chooses."""

from uuid import UUID

from bot.asking import OLD_BUTTON
from bot.menu import WRITE, menu_row
from bot.place import Standing
from bot.replies import stacked
from bot.services import described
from bot.turn import Turn
from foundation import clock
from foundation.language import _, _p
from referrals.finding import Wish, found_of
from referrals.hsds import ACTIVE
from referrals.offering import choose, choose_none, find_offer, services_of

PICK, NONE = "s.pick", "s.none"
# Translators: A button below several services that a person may choose from.
NONE_OF_THESE = _p("button", "None of these")


async def show_offer(turn: Turn, offer_id: UUID) -> None:
    offer = await find_offer(turn.session, turn.person_id, offer_id)
    turn.go(Standing.MENU)
    case = await turn.case()
    wish = Wish((case.country if case else None) or "", language=turn.language)
    services = [each for each in await services_of(turn.session, offer) if each.status == ACTIVE]
    told = [
        f"{number}. " + described(turn.language, found_of(service, wish, clock.now()))
        for number, service in enumerate(services, start=1)
    ]
    first = turn.words(_("Here is what your caseworker found. Which one do you want?"))
    last = turn.words(_("Nothing is sent yet. When you have chosen, we ask you what we may send there."))
    picks = [
        (f"{number}. {service.name}", f"{PICK}:{offer_id.hex}:{offer.services.index(str(service.id))}")
        for number, service in enumerate(services, start=1)
    ]
    others = turn.button(NONE_OF_THESE, f"{NONE}:{offer_id.hex}"), turn.button(WRITE, "m.write")
    turn.show([first, *told, last], stacked(*picks, *others) + menu_row(turn))


async def pick(turn: Turn, offer_id: UUID, place: str) -> None:
    """The question what may be shared follows by itself."""
    offer = await find_offer(turn.session, turn.person_id, offer_id)
    service = dict(enumerate(offer.services)).get(int(place) if place.isascii() and place.isdigit() else -1)
    if service is None:
        turn.tell(OLD_BUTTON, menu_row(turn))
        return
    await choose(turn.session, turn.person_id, offer_id, UUID(service))


async def pick_none(turn: Turn, offer_id: UUID) -> None:
    await choose_none(turn.session, turn.person_id, offer_id)
    turn.tell(
        _("All right. Your caseworker sees it and looks for something else. You can write what you would like."),
        stacked(turn.button(WRITE, "m.write")) + menu_row(turn),
    )
