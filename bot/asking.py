"""Filling in a form by chat: one question at a time, with back, skip, stop and a review before sending."""

from collections.abc import Sequence
from typing import TypeVar

from access.actor import PERSON
from bot import following
from bot.attaching import forget_replaced, play, read_sent, show_picture
from bot.disclosing import stop_form, told_in
from bot.form import Form, open_form
from bot.incoming import Did
from bot.menu import GO_ON, WRITE, menu_row, next_form, show_menu
from bot.pickers import draft_date, picked_text
from bot.place import Standing
from bot.replies import stacked
from bot.reviewing import REVIEWED, ask_which, show_review
from bot.screens import ask, ask_next, show
from bot.taps import SHOWN
from bot.turn import Turn
from cases.intake import begin_form, submit_form
from cases.models import Case
from cases.rules import FlagKind
from cases.safeguarding import open_flags
from cases.sheets import ARRIVAL, NEEDS, newest
from foundation.language import _
from questionnaire import engine
from questionnaire.reading import Chosen, Incoming, NotUnderstood
from questionnaire.sheet import SELECTS, Answer, Kind, Question

OLD_BUTTON = _("This button belongs to an earlier message. Nothing was changed.")

_URGENT = frozenset([FlagKind.NO_SAFE_PLACE, FlagKind.HEALTH_EMERGENCY, FlagKind.FEAR_OF_RETURN, FlagKind.TRAFFICKING])
_MOST_DIGITS = 4
_Each = TypeVar("_Each")


async def begin_or_resume(turn: Turn) -> None:
    """Go on where the person stopped, or start the next form."""
    if turn.submission is None:
        form_id, case = await next_form(turn), await turn.case()
        if form_id is None or case is None:
            await show_menu(turn)
            return
        sheet = await newest(turn.session, form_id)
        turn.submission = await begin_form(turn.session, case, turn.key, sheet, turn.language)
        turn.chat.submission_id = turn.submission.id
        await turn.session.flush()
    _resume(await open_form(turn))


async def take_answer(turn: Turn) -> None:
    """Something written, or anything else that is no tap, while a question stands."""
    form = await open_form(turn)
    question = form.asked()
    if question is None:
        ask_next(form)
        return
    wrote = turn.incoming.did is Did.WROTE
    understood = form.read(question, turn.incoming.text) if wrote else await read_sent(form, question)
    if isinstance(understood, NotUnderstood):
        ask(form, question, understood.message)
        return
    if wrote:
        turn.place = turn.place.answered(question.name, turn.incoming.message_id)
    await _record(form, question, understood.value)


async def take_edit(turn: Turn) -> None:
    """The person edited a message: if it held the latest typed answer, that answer is corrected."""
    form = await open_form(turn) if turn.submission is not None else None
    is_latest = turn.place.answered_message == turn.incoming.message_id
    question = form.relevant().get(turn.place.answered_question) if form and is_latest else None
    if form is None or question is None:
        turn.tell(
            _(
                "We have not changed anything: we cannot see which answer this belongs to. "
                "You can change your answers with the buttons, or write a new message."
            ),
            menu_row(turn),
        )
        return
    understood = form.read(question, turn.incoming.text)
    if isinstance(understood, NotUnderstood):
        turn.tell(understood.message)
        return
    await _keep(form, question, understood.value)
    turn.tell(_("We have changed your answer."))
    if turn.place.standing in (Standing.QUESTION, Standing.REVIEW):
        _resume(form)


async def take_tap(turn: Turn, nonce: str, verb: str, argument: str) -> None:
    """A tap on a button of a question or of the review."""
    if turn.is_second_tap(nonce):
        return  # the first had its effect
    if turn.submission is None:
        turn.tell(OLD_BUTTON, menu_row(turn))
        return
    form = await open_form(turn)
    question = form.asked()
    if nonce != turn.place.nonce:
        _stale(form)
    elif turn.place.standing is Standing.REVIEW:
        await _take_review_tap(form, verb, _number(argument))
    elif turn.place.standing is Standing.QUESTION and question is not None:
        await _take_question_tap(form, question, verb, _number(argument))
    else:
        _stale(form)


async def stop(turn: Turn) -> None:
    if turn.submission is not None:
        turn.tell(_("We have kept your answers. You can go on at any time."))
    await show_menu(turn)


def _stale(form: Form) -> None:
    """A button of an old message: nothing changes, and what is asked now is shown once more.

    Its buttons stay the live ones: new ones would make a tap that is already on its way stale as well.
    """
    turn = form.turn
    question = form.asked()
    if turn.place.standing is Standing.QUESTION and question is not None:
        show(form, question, why=OLD_BUTTON)
    elif turn.place.standing is Standing.REVIEW:
        turn.tell(OLD_BUTTON, menu_row(turn))
    elif question is None:
        # The questions were stopped for something that was told: only the person goes on with them.
        turn.tell(OLD_BUTTON, stacked(turn.button(GO_ON, "m.begin")) + menu_row(turn))
    else:
        turn.tell(OLD_BUTTON)
        _resume(form)


def _resume(form: Form) -> None:
    """Where the person was: the question asked last if it is still asked, else what comes next.

    A form that was sent before and is being corrected opens at its review.
    """
    question, is_asked = form.asked(), form.turn.place.standing is Standing.QUESTION
    if question is not None and is_asked:
        # Two taps on “Go on” are no two questions: an answer to either is one to both.
        show_picture(form, question)
        show(form, question)
    elif question is None or form.is_correction:
        ask_next(form)
    else:
        ask(form, question)


async def _take_question_tap(form: Form, question: Question, verb: str, number: int) -> None:
    choice = _at(form.offered(question), number)
    match verb:
        case "choose" if choice is not None:
            await _take(form, question, Chosen((choice.code,)))
        case "pick" | "drop" if choice is not None and question.kind is Kind.SELECT_MULTIPLE:
            await form.pick(question, choice.code, picked=verb == "pick")
            show(form, question, number // SHOWN, edit=form.turn.incoming.message_id)
        case "done":
            ticked = frozenset(form.picked(question))
            await _take(form, question, Chosen(tuple(c.code for c in form.offered(question) if c.code in ticked)))
        case "view" if question.kind in SELECTS and _at(form.offered(question), number * SHOWN) is not None:
            show(form, question, number, edit=form.turn.incoming.message_id)
        case "years" if question.kind is Kind.DATE:
            show(form, question, number, edit=form.turn.incoming.message_id)
        case "year" | "month" | "undate" if await draft_date(form, question, verb, number):
            show(form, question, edit=form.turn.incoming.message_id)
        case "day" | "number" if (text := picked_text(form, question, verb, number)) is not None:
            await _take(form, question, text)
        case "suggested" if (suggested := form.suggestion(question)) is not None:
            await _record(form, question, suggested)
        case "listen" if question.audio:
            play(form, question)
        case "skip" if question.may_be_skipped:
            await _record(form, question, None)
        case "keep" if question.name in form.answers:
            await _leave_as_it_was(form, question)
        case "read" if question.kind is Kind.NOTE:
            await _record(form, question, True)  # noqa: FBT003  # True is the answer of a note
        case "back":
            ask(form, form.previous(question) or question)
        case _:
            _stale(form)


async def _take_review_tap(form: Form, verb: str, number: int) -> None:
    answered = form.reviewed()
    chosen = _at(answered, number)
    match verb:
        case "send":
            await _send(form)
        case "edit" if _at(answered, number * SHOWN) is not None:
            ask_which(form, number, edit=form.turn.incoming.message_id if number else None)
        case "page" if _at(answered, number * REVIEWED) is not None:
            show_review(form, number, edit=form.turn.incoming.message_id)
        case "goto" if chosen is not None:
            ask(form, chosen[0])
        case "back" if answered:
            ask(form, answered[-1][0])
        case _:
            show_review(form)


async def _take(form: Form, question: Question, incoming: Incoming) -> None:
    understood = form.read(question, incoming)
    if isinstance(understood, NotUnderstood):
        ask(form, question, understood.message)
    else:
        await _record(form, question, understood.value)


async def _record(form: Form, question: Question, value: Answer) -> None:
    await _keep(form, question, value)
    told = told_in(form, question, value)
    if told:
        await stop_form(form.turn, told)
    else:
        ask_next(form)


async def _keep(form: Form, question: Question, value: Answer) -> None:
    before = form.answers
    await form.keep(engine.record(form.sheet, before, question.name, value, form.given), question.name)
    await forget_replaced(form, before)


async def _leave_as_it_was(form: Form, question: Question) -> None:
    if form.picks:
        await form.keep(form.answers, question.name)
    ask_next(form)


async def _send(form: Form) -> None:
    if form.next() is not None:
        ask_next(form)
        return
    turn = form.turn
    submission = await submit_form(turn.session, form.submission_id, turn.key, form.answers, actor=PERSON)
    turn.leave_form()
    turn.go(Standing.MENU)
    case = await turn.session.get_one(Case, submission.case_id)
    flags = {flag.kind for flag in await open_flags(turn.session, case.id)}
    if submission.sheet_id == ARRIVAL and (submission.amends is None or await next_form(turn) == NEEDS):
        _lead_on(turn, case, flags)
    elif submission.sheet_id == ARRIVAL:
        _tell_child(turn, flags)  # a corrected age can be what shows it
        _thank(turn, flags)
    elif submission.sheet_id in following.FORMS:
        await following.thank(turn, case, submission)
    else:
        _thank(turn, flags)


def _lead_on(turn: Turn, case: Case, flags: set[FlagKind]) -> None:
    turn.tell(_("Thank you. Your case number is {number}."), number=case.number)
    _tell_child(turn, flags)
    turn.tell(
        _("The next questions are about what you need. They take a few minutes."),
        stacked(turn.button(GO_ON, "m.begin"), turn.button(WRITE, "m.write")) + menu_row(turn),
    )


def _tell_child(turn: Turn, flags: set[FlagKind]) -> None:
    if FlagKind.CHILD in flags:
        turn.tell(
            _("Someone who works with children and young people will contact you. You need not be alone with this.")
        )


def _thank(turn: Turn, flags: set[FlagKind]) -> None:
    if flags & _URGENT:
        turn.tell(
            _(
                "You told us something that cannot wait. A person looks at it first. "
                "If you are in danger now, call the emergency number of the country you are in."
            )
        )
    turn.tell(
        _("Thank you. A caseworker reads your answers and writes to you here within {hours} hours."),
        menu_row(turn),
        hours=turn.programme.reply_hours,
    )


def _number(argument: str) -> int:
    """The number that a button of ours carries; -1 for anything else."""
    return int(argument) if argument.isascii() and argument.isdigit() and len(argument) <= _MOST_DIGITS else -1


def _at(items: Sequence[_Each], place: int) -> _Each | None:
    return items[place] if 0 <= place < len(items) else None
