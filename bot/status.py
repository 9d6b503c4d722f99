"""Where my case stands: the phase, who is the contact, what became of each request, what comes next and by when."""

from collections.abc import Sequence

from sqlalchemy import select

from access.models import Organisation, StaffMember
from access.rules import ROLE_NAMES
from bot.applications import APPLICATIONS, SHOWN, line_of
from bot.deadlines import deadlines, follow_up_line, moment_words, said
from bot.menu import CONSENTS, menu_row, next_form
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.consent import has_data_consent
from cases.hours import reply_due
from cases.models import Case
from cases.rules import CaseStatus, Phase
from documents.moments import clock_words
from foundation import clock
from foundation.language import Message, _, _p
from referrals.application_file import applications_of
from referrals.confirming import SAY
from referrals.models import Referral, ServiceOffer
from referrals.offering import CHOOSE, LOOK_AND_CHOOSE, offers_of
from referrals.queries import referrals_of
from referrals.rules import SPOKEN_OF_STATES, OfferState, ReferralState
from referrals.transfers import taken_over

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

MY_FILE = _p("button", "🗂 My file")
# Translators: A button; {service} is the name of a service that the person asked for.
HOW_WAS_IT = _p("button", "💬 How was it: {service}")
SPOKEN_OF = 3
"""Requests that are asked about here: the newest."""
_AWAITING = (ReferralState.SENT, ReferralState.ACKNOWLEDGED)


async def show_case(turn: Turn) -> None:
    case = await turn.case()
    if case is None:
        turn.tell(_("You have no case here. Choose “Begin” if you want our help."), menu_row(turn))
        return
    applied = await applications_of(turn.session, case.id)
    more = [turn.button(APPLICATIONS, "m.apps")] if applied else []
    rows = stacked(*more, turn.button(MY_FILE, "m.file"), turn.button(CONSENTS, "m.consents")) + menu_row(turn)
    number = turn.words(_("Your case number is {number}."), number=case.number)
    if not await has_data_consent(turn.session, turn.person_id):
        stopped = turn.words(_("You have taken back your agreement. We do not work on your case any more."))
        turn.show([number, stopped], rows)
        return
    referrals = await referrals_of(turn.session, case.id)
    lines = [number, turn.words(PHASE_WORDS[case.phase]), await _contact(turn, case)]
    if referrals:
        told = [
            turn.words(_("Your requests to other organisations:")),
            *(_request(turn, case, each) for each in referrals),
        ]
        lines.append("\n".join(told))
    if applied:
        lines.append(
            "\n".join([turn.words(_("Applied for in your name:")), *(line_of(turn, each) for each in applied[:SHOWN])])
        )
    lines += await _next_steps(turn, case, referrals)
    offers = await offers_of(turn.session, case.id)
    turn.show(lines, _choosing_rows(turn, offers) + _asking_rows(turn, referrals) + rows)


def _choosing_rows(turn: Turn, offers: Sequence[ServiceOffer]) -> tuple[Row, ...]:
    """What still waits for the person's choice."""
    waiting = [each for each in offers if each.state is OfferState.OPEN]
    return stacked(*(turn.button(LOOK_AND_CHOOSE, f"{CHOOSE}:{each.id.hex}") for each in waiting))


def _asking_rows(turn: Turn, referrals: Sequence[Referral]) -> tuple[Row, ...]:
    """What the person may say of the newest requests that were accepted."""
    spoken_of = [each for each in referrals if each.state in SPOKEN_OF_STATES][:SPOKEN_OF]
    return stacked(*(turn.button(HOW_WAS_IT, f"{SAY}:{each.id.hex}", service=each.service.name) for each in spoken_of))


def _request(turn: Turn, case: Case, referral: Referral) -> str:
    line = turn.words(
        _("• {service}, {organisation}: {state}"),
        service=referral.service.name,
        organisation=referral.service.organisation.name,
        state=REQUEST_WORDS[referral.state],
    )
    if referral.state not in _AWAITING or referral.due_at is None:
        return line
    # Translators: stands behind a request that was sent; {when} is a day and a time
    return f"{line} " + turn.words(_("(answer due by {when})"), when=moment_words(turn, case, referral.due_at))


async def _contact(turn: Turn, case: Case) -> str:
    due = reply_due(clock.now(), case.country, turn.programme.reply_hours)
    reply = turn.words(_("If you write now, you have an answer by {when}."), when=moment_words(turn, case, due))
    found = (
        await turn.session.execute(select(StaffMember.name, StaffMember.role).where(StaffMember.id == case.owner_id))
    ).one_or_none()
    if found is None:
        return turn.words(_("No caseworker is named yet. The team reads every message.")) + " " + reply
    came = await taken_over(turn.session, case)
    if came is not None:
        organisation = await turn.session.get_one(Organisation, case.organisation_id)
        # Translators: {organisation} has taken over the case; {name} is a person who works there
        who = turn.words(
            _("Your case is with {organisation}. Your contact there is {name}."),
            organisation=organisation.name,
            name=found.name,
        )
        return f"{who} {reply}"
    # Translators: {name} is a person of the staff, {role} their work, such as caseworker
    who = turn.words(_("Your contact is {name} ({role})."), name=found.name, role=ROLE_NAMES[found.role])
    return f"{who} {reply}"


async def _next_steps(turn: Turn, case: Case, referrals: Sequence[Referral]) -> list[str]:
    """What the person can do, then what others do, each with its day; a closed case has no next step."""
    if case.status is not CaseStatus.OPEN:
        return []
    lines = []
    if turn.submission is not None or await next_form(turn) is not None:
        lines.append("• " + turn.words(_("Please answer the questions. Choose “Go on” in the menu.")))
    if any(each.state is ReferralState.DRAFT for each in referrals):
        lines.append("• " + turn.words(_("Please answer whether we may send your request. The question is above.")))
    lines += [said(turn, case, each) for each in await deadlines(turn, case, referrals)]
    asked = await follow_up_line(turn, case)
    if asked is not None:
        lines.append(asked)
    if not lines:
        return [turn.words(_("Nothing waits for anyone at the moment. If something changes for you, write to us."))]
    steps = "\n".join([turn.words(_("What comes next:")), *lines])
    return [steps, turn.words(clock_words(case.country))]
