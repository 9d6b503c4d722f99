"""The person's own word on a service: two taps. What a step says back is behind the neutral first line."""

from collections.abc import Iterable
from uuid import UUID

from bot.asking import OLD_BUTTON
from bot.menu import CASE, WRITE, menu_row
from bot.place import Standing
from bot.replies import Button, Row, stacked
from bot.turn import Turn
from foundation.language import _
from referrals.confirming import find_spoken_of, say_helped, say_received
from referrals.models import Service
from referrals.rules import HELPED_NAMES, RECEIVED_NAMES, Helped, Received

RECEIVED, HELPED = "u.got", "u.helped"


async def ask_received(turn: Turn, referral_id: UUID) -> None:
    referral = await find_spoken_of(turn.session, turn.person_id, referral_id)
    service = await turn.session.get_one(Service, referral.service_id)
    await turn.session.refresh(service, ["organisation"])
    turn.go(Standing.MENU)
    question = turn.words(
        _("{service}, {organisation}: did you get this help?"),
        service=service.name,
        organisation=service.organisation.name,
    )
    told = turn.words(_("Only our team reads your answer. The organisation does not."))
    answers = [turn.button(RECEIVED_NAMES[each], f"{RECEIVED}:{referral_id.hex}:{each}") for each in Received]
    turn.show([question, told], _rows(turn, answers))


async def take_received(turn: Turn, referral_id: UUID, answer: str) -> None:
    if answer not in set(Received):
        turn.tell(OLD_BUTTON, menu_row(turn))
        return
    received = Received(answer)
    await say_received(turn.session, turn.person_id, referral_id, received)
    if received is Received.NO:
        _thank(turn, is_good=False)
        return
    answers = [turn.button(HELPED_NAMES[each], f"{HELPED}:{referral_id.hex}:{each}") for each in Helped]
    turn.show([turn.words(_("Thank you. Did it help you?"))], _rows(turn, answers))


async def take_helped(turn: Turn, referral_id: UUID, answer: str) -> None:
    if answer not in set(Helped):
        turn.tell(OLD_BUTTON, menu_row(turn))
        return
    await say_helped(turn.session, turn.person_id, referral_id, Helped(answer))
    _thank(turn, is_good=answer != Helped.NOT)


def _thank(turn: Turn, *, is_good: bool) -> None:
    thanks = (
        _("Thank you. Your answer helps us to find good help for others too.")
        if is_good
        else _("Thank you for telling us. A caseworker looks into it. If you want to say more, write to us.")
    )
    turn.tell(thanks, stacked(turn.button(WRITE, "m.write"), turn.button(CASE, "m.case")) + menu_row(turn))


def _rows(turn: Turn, answers: Iterable[Button]) -> tuple[Row, ...]:
    return stacked(*answers) + menu_row(turn)
