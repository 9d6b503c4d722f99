"""Where my case stands: the phase, who is the contact, what became of each request, what comes next."""

from sqlalchemy import select

from access.models import StaffMember
from bot.menu import menu_row, next_form
from bot.turn import Turn
from cases.consent import has_data_consent
from cases.models import Case
from cases.rules import Phase
from foundation.language import Message, _, _p
from referrals.models import Referral
from referrals.queries import referrals_of
from referrals.rules import ReferralState

PHASE_WORDS: dict[Phase, Message] = {
    Phase.INTAKE: _("We are getting to know you. Please answer the questions; then a caseworker reads them."),
    Phase.ASSESSMENT: _("A caseworker reads your answers and looks at what you need."),
    Phase.PLANNING: _("You and your caseworker are making a plan."),
    Phase.RETURN: _("Your return is being prepared."),
    Phase.REINTEGRATION: _("You are being helped to start again."),
    Phase.FOLLOW_UP: _("We ask from time to time how you are."),
    Phase.CLOSED: _("Your case is closed. You can come back at any time: write to us here."),
}

# Translators: What became of a request to an organisation ("they"), as the person who asked for help reads it.
REQUEST_WORDS: dict[ReferralState, Message] = {
    ReferralState.DRAFT: _p("your request", "we wait for your answer before we send anything"),
    ReferralState.SENT: _p("your request", "sent, no answer yet"),
    ReferralState.ACKNOWLEDGED: _p("your request", "they have read it, no answer yet"),
    ReferralState.ACCEPTED: _p("your request", "they said yes"),
    ReferralState.DECLINED: _p("your request", "they cannot help; your caseworker looks for another way"),
    ReferralState.IN_SERVICE: _p("your request", "they are helping you now"),
    ReferralState.COMPLETED: _p("your request", "finished"),
    ReferralState.UNSUCCESSFUL: _p("your request", "it did not work out; your caseworker looks for another way"),
    ReferralState.EXPIRED: _p("your request", "they did not answer in time; your caseworker looks for another way"),
    ReferralState.WITHDRAWN_BY_PERSON: _p("your request", "you took it back"),
    ReferralState.REVOKED: _p("your request", "your caseworker took it back"),
}


async def show_case(turn: Turn) -> None:
    case = await turn.case()
    if case is None:
        turn.tell(_("You have no case here. Choose “Begin” if you want our help."), menu_row(turn))
        return
    number = turn.words(_("Your case number is {number}."), number=case.number)
    if not await has_data_consent(turn.session, turn.person_id):
        stopped = turn.words(_("You have taken back your agreement. We do not work on your case any more."))
        turn.reply(f"{number}\n\n{stopped}", menu_row(turn))
        return
    referrals = await referrals_of(turn.session, case.id)
    lines = [number, turn.words(PHASE_WORDS[case.phase]), await _contact(turn, case)]
    if referrals:
        lines.append(turn.words(_("Your requests to other organisations:")))
    lines += [_request(turn, each) for each in referrals]
    turn.reply("\n\n".join([*lines, await _next_step(turn)]), menu_row(turn))


def _request(turn: Turn, referral: Referral) -> str:
    return turn.words(
        _("• {service}, {organisation}: {state}"),
        service=referral.service.name,
        organisation=referral.service.organisation.name,
        state=REQUEST_WORDS[referral.state],
    )


async def _contact(turn: Turn, case: Case) -> str:
    name = await turn.session.scalar(select(StaffMember.name).where(StaffMember.id == case.owner_id))
    if name is None:
        return turn.words(_("No caseworker is named yet. The team reads every message."))
    return turn.words(_("Your caseworker is {name}."), name=name)


async def _next_step(turn: Turn) -> str:
    if turn.submission is not None or await next_form(turn) is not None:
        return turn.words(_("What comes next: please answer the questions. Choose “Go on” in the menu."))
    return turn.words(
        _("What comes next: a caseworker contacts you here. You will hear from us within {hours} hours."),
        hours=turn.programme.reply_hours,
    )
