"""What is applied for in the person's name: where it stands, what they can bring, and that they may stop it."""

from datetime import date
from uuid import UUID

from bot.menu import CASE, menu_row
from bot.replies import stacked
from bot.turn import Turn
from cases.models import Case
from foundation import clock
from foundation.errors import NotFound
from foundation.language import Message, _, _p
from referrals.application_file import applications_of, find_application, open_application
from referrals.application_kinds import NEEDED, OPTIONAL, kind_of
from referrals.application_models import Application
from referrals.application_rules import OPEN_APPLICATIONS, ApplicationState, Outcome, Standing
from referrals.pursuing import withdraw

APPLICATIONS = _p("button", "📑 What is applied for")
STOP = _p("button", "✋ I do not want: {what}")
STOP_YES = _p("button", "Yes, take it back")
STOP_NO = _p("button", "No, go on with it")
SHOWN = 5
"""The newest; older ones stand in the copy of the file."""

# Translators: Where an application to an institution ("they") stands, as the person reads it. Stands behind a colon.
STATE_WORDS: dict[ApplicationState, Message] = {
    ApplicationState.PREPARING: _p("your application", "we prepare it with you"),
    ApplicationState.SUBMITTED: _p("your application", "sent, no answer yet"),
    ApplicationState.MORE_ASKED: _p("your application", "they ask for something more; your caseworker tells you what"),
    ApplicationState.DECIDED: _p("your application", "they have decided; your caseworker explains it to you"),
    ApplicationState.APPEALED: _p("your application", "we asked them to decide again, no answer yet"),
    ApplicationState.CLOSED: _p("your application", "finished"),
    ApplicationState.WITHDRAWN: _p("your application", "you took it back"),
}
# Translators: How they decided about an application; stands in place of the words above.
OUTCOME_WORDS: dict[Outcome, Message] = {
    Outcome.GRANTED: _p("your application", "they said yes"),
    Outcome.PARTLY: _p("your application", "they said yes to a part of it; your caseworker explains it to you"),
    Outcome.REFUSED: _p("your application", "they said no; your caseworker explains what you can do now"),
}
# Translators: What comes next with an application, and by which day. Stands in brackets behind where it stands.
DUE_WORDS: dict[ApplicationState, Message] = {
    ApplicationState.PREPARING: _("(to be sent by {day})"),
    ApplicationState.SUBMITTED: _("(we ask them again if there is no answer by {day})"),
    ApplicationState.MORE_ASKED: _("(it must be there by {day})"),
    ApplicationState.DECIDED: _("(you can object until {day})"),
    ApplicationState.APPEALED: _("(we ask them again if there is no answer by {day})"),
}


def line_of(turn: Turn, application: Application) -> str:
    """One application: what it is, where it stands, and what comes next by when."""
    line = turn.words(
        # Translators: {what} is what is applied for, {state} where it stands
        _("• {what}: {state}"),
        what=kind_of(application.kind).name,
        state=_state(application),
    )
    due = _due(application)
    return f"{line} {turn.words(DUE_WORDS[application.state], day=due)}" if due else line


def _state(application: Application) -> Message:
    if application.state is ApplicationState.DECIDED and application.outcome is not None:
        return OUTCOME_WORDS[application.outcome]
    return STATE_WORDS[application.state]


def _due(application: Application) -> date | None:
    """A day that is still to come: one that is over would only frighten."""
    if application.state not in OPEN_APPLICATIONS or application.due_on is None:
        return None
    return application.due_on if application.due_on >= clock.today() else None


async def show_applications(turn: Turn) -> None:
    """Each with what is still missing of its papers, and a button to stop it."""
    case = await turn.case()
    found = await applications_of(turn.session, case.id) if case is not None and case.person_id else []
    if case is None or not found:
        turn.tell(_("Nothing is applied for in your name."), menu_row(turn))
        return
    blocks, buttons = [], []
    for application in found[:SHOWN]:
        blocks.append("\n".join([line_of(turn, application), *await _missing(turn, case, application)]))
        if _can_be_stopped(application):
            what = kind_of(application.kind).name
            buttons.append(turn.button(STOP, f"m.app.no:{application.id.hex}", what=what))
    intro = turn.words(_("This is applied for in your name. Nothing is sent without your yes."))
    turn.show([intro, *blocks], stacked(*buttons, turn.button(CASE, "m.case")))


def _can_be_stopped(application: Application) -> bool:
    """What was granted in full goes on by itself: there is nothing left that we would send."""
    return application.state in OPEN_APPLICATIONS and application.outcome is not Outcome.GRANTED


async def _missing(turn: Turn, case: Case, application: Application) -> list[str]:
    """What the person may bring or send a photo of, while it is still of use."""
    if application.state not in (ApplicationState.PREPARING, ApplicationState.MORE_ASKED):
        return []
    view = await open_application(turn.session, case, application.id)
    settled = {
        each.document.need
        for each in view.documents
        if each.row.standing is Standing.HAVE and each.document.need not in (NEEDED, OPTIONAL)
    }
    wanted = [
        each.document
        for each in view.documents
        if each.row.standing in (Standing.MISSING, Standing.ASKED)
        and each.document.need != OPTIONAL
        and each.document.need not in settled
    ]
    if not wanted:
        return []
    needed = [each.name for each in wanted if each.need == NEEDED]
    others = [each.name for each in wanted if each.need != NEEDED]
    lines = [turn.words(_("Please bring or send: {document}"), document=name) for name in needed]
    if others:
        one = turn.words(_p("between items of a list", ", ")).join(turn.words(name) for name in others)
        lines.append(turn.words(_("And one of these, whichever you have: {documents}"), documents=one))
    return lines


async def ask_stopping(turn: Turn, application_hex: str = "") -> None:
    application = await _chosen(turn, application_hex)
    if application is None:
        await show_applications(turn)
        return
    question = turn.words(
        _("Do you want to take this back: {what}? We then send nothing more, and it may not be possible later."),
        what=kind_of(application.kind).name,
    )
    answers = turn.button(STOP_YES, f"m.app.yes:{application.id.hex}"), turn.button(STOP_NO, "m.apps")
    turn.show([question], stacked(*answers))


async def stop(turn: Turn, application_hex: str = "") -> None:
    """The person takes it back: at once, and their caseworker sees it."""
    application = await _chosen(turn, application_hex)
    if application is None:
        await show_applications(turn)
        return
    await withdraw(turn.session, turn.person_id, application.id)
    turn.tell(_("You took it back. Your caseworker sees to it that nothing more is sent."), menu_row(turn))


async def _chosen(turn: Turn, application_hex: str) -> Application | None:
    """The application of a button, if it still goes on."""
    case = await turn.case()
    try:
        found = await find_application(turn.session, case, UUID(hex=application_hex)) if case else None
    except (ValueError, NotFound):
        return None
    return found if found is not None and found.state in OPEN_APPLICATIONS else None
