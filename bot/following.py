"""Asked how they are after a return: the person answers now, later or not at all, and sees what becomes of it."""

from uuid import UUID

from sqlalchemy import select

from access.actor import PERSON
from bot.form import open_form
from bot.menu import WRITE, menu_row, show_menu
from bot.place import Standing
from bot.replies import stacked
from bot.screens import ask_next
from bot.turn import Turn
from cases.consent import has_data_consent
from cases.disclosures import told_at_once
from cases.followup import CHECK_IN, refuse, stop_asking
from cases.followup_steps import WAS_ASKED, find_follow_up, follow_ups_of, form_of
from cases.helplines import HelpAbout, help_text
from cases.intake import begin_form
from cases.models import Case, FollowUp, Submission, Task
from cases.rules import FollowUpState, TaskKind
from cases.sheets import newest
from cases.surveys import BAND_NAMES, DIMENSION_NAMES, NOT_ENOUGH, SURVEY, Scored, results_of
from cases.waves import waves_in_force
from foundation import clock
from foundation.errors import NotFound
from foundation.language import _, _p
from questionnaire.scoring import shown

FORMS = frozenset([CHECK_IN, SURVEY])

# Translators: Buttons about being asked again. Neutral and short.
STOP_ALL = _p("button", "✋ Never ask me again")
KEEP_ASKING = _p("button", "Ask me another time")
RESULT = _p("button", "💡 What my answers show")
_OVER = _("This is no longer open. Thank you.")


async def answer_now(turn: Turn, code: str) -> None:
    """Straight to the first question. Whoever is in the middle of other questions first goes on with those."""
    case, row = await _find(turn, code)
    if case is None or row is None or row.state not in WAS_ASKED:
        turn.tell(_OVER, menu_row(turn))
        return
    wave = waves_in_force().find(case.country, row.wave)
    if turn.submission is None and wave is not None:
        sheet = await newest(turn.session, await form_of(turn.session, case, wave))
        turn.submission = await begin_form(turn.session, case, turn.key, sheet, turn.language)
        turn.chat.submission_id = turn.submission.id
        await turn.session.flush()
    if turn.submission is None:
        await show_menu(turn)
    else:
        ask_next(await open_form(turn))


async def later(turn: Turn, code: str) -> None:
    """Nothing changes: the next attempt comes by itself, and until then the questions wait in the menu."""
    _case, row = await _find(turn, code)
    if row is None or row.state not in WAS_ASKED:
        turn.tell(_OVER, menu_row(turn))
    elif row.next_at is not None and row.next_at > clock.now():
        turn.tell(
            _("All right. We ask once more on {date}. If you want to answer before, choose “Go on” in the menu."),
            menu_row(turn),
            date=row.next_at.date(),
        )
    else:
        turn.tell(_("All right. You can answer at any time: choose “Go on” in the menu."), menu_row(turn))


async def decline(turn: Turn, code: str) -> None:
    """Not this time; and whether ever again is asked at once."""
    case, row = await _find(turn, code)
    if case is None or row is None or row.state not in WAS_ASKED:
        turn.tell(_OVER, menu_row(turn))
        return
    await refuse(turn.session, case, row.id, actor=PERSON)
    buttons = stacked(turn.button(KEEP_ASKING, "f.keep"), turn.button(STOP_ALL, f"f.stop:{row.id.hex}"))
    turn.tell(
        _(
            "All right, we do not ask this time. You lose nothing by it.\n\n"
            "From time to time we would like to know how you are. May we ask another time?"
        ),
        buttons,
    )


def keep_asking(turn: Turn) -> None:
    turn.tell(_("Thank you. You can say no each time."), menu_row(turn))


async def stop_all(turn: Turn, code: str) -> None:
    case, row = await _find(turn, code)
    if case is None or row is None:
        turn.tell(_OVER, menu_row(turn))
        return
    await stop_asking(turn.session, case, actor=PERSON)
    turn.tell(
        _("All right. We do not ask any more. If you need help, write to us here at any time."),
        stacked(turn.button(WRITE, "m.write")) + menu_row(turn),
    )


async def thank(turn: Turn, case: Case, submission: Submission) -> None:
    """Thanks, help at once where it is needed, and what comes next. No score: only whoever asks for it sees it."""
    tasks = await turn.session.scalars(
        select(Task.kind).where(Task.case_id == case.id, Task.reason == str(submission.id))
    )
    kinds = set(tasks)
    if TaskKind.DISCLOSURE in kinds or await told_at_once(turn.session, submission):
        told = turn.words(_("You told us something that cannot wait. A person looks at it first."))
        turn.reply(_with_help(turn, case, told, HelpAbout.EMERGENCY), protect=True)
    if TaskKind.DISTRESS in kinds:
        told = turn.words(_("Thank you for telling us how you feel. Someone writes to you about it within a day."))
        turn.reply(_with_help(turn, case, told, HelpAbout.SELF_HARM), protect=True)
    lines = [turn.words(_("Thank you for your answers. Your caseworker reads them."))]
    planned = [row for row in await follow_ups_of(turn.session, case.id) if row.state is FollowUpState.PLANNED]
    if planned:
        lines.append(turn.words(_("We ask you again around {date}."), date=planned[0].due_on))
    lines.append(turn.words(_("If you need something before, write to us here.")))
    more = stacked(turn.button(RESULT, f"f.result:{submission.id.hex}")) if submission.sheet_id == SURVEY else ()
    turn.reply("\n".join(lines), more + stacked(turn.button(WRITE, "m.write")) + menu_row(turn))


async def show_result(turn: Turn, code: str) -> None:
    """What the answers add up to, for the person who asked: with what it is good for, and what counted it."""
    case, submission_id = await turn.case(), _id(code)
    results = await results_of(turn.session, case, turn.key) if case is not None else []
    result = next((each for each in results if each.submission_id == submission_id), None)
    if result is None:
        turn.tell(_OVER, menu_row(turn))
        return
    turn.go(Standing.MENU)
    lines = [
        turn.words(_("What your answers show, from 0 to 1. More means that you may need less support:")),
        *(_line(turn, result, name) for name in result.values),
        turn.words(
            _(
                "This is only a hint for the people who help you. It decides nothing, and takes nothing away. "
                "Counted with the weights {version}."
            ),
            version=result.weights_version,
        ),
    ]
    turn.reply("\n\n".join(lines), menu_row(turn), protect=True)


def _line(turn: Turn, result: Scored, name: str) -> str:
    value, band = result.values[name], result.bands[name]
    what = turn.words(DIMENSION_NAMES[name])
    if value is None or band is None:
        return f"{what}: {turn.words(NOT_ENOUGH)}"
    # Translators: such as "Work and money: 0.60 (may need some support)"
    return turn.words(
        _("{part}: {score} ({meaning})"), part=what, score=f"{shown(value)}", meaning=turn.words(BAND_NAMES[band])
    )


def _with_help(turn: Turn, case: Case, told: str, about: HelpAbout) -> str:
    return "\n\n".join(part for part in (told, help_text(turn.language, case.country, about)) if part)


async def _find(turn: Turn, code: str) -> tuple[Case | None, FollowUp | None]:
    """The wave of this very person; None for any other, and once they have taken back their agreement."""
    case, follow_up_id = await turn.case(), _id(code)
    if case is None or follow_up_id is None or not await has_data_consent(turn.session, turn.person_id):
        return case, None
    try:
        return case, await find_follow_up(turn.session, case, follow_up_id)
    except NotFound:
        return case, None


def _id(code: str) -> UUID | None:
    try:
        return UUID(hex=code)
    except ValueError:
        return None
