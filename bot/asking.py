"""Filling in a form by chat: one question at a time, with back, skip, stop and a review before sending.

A tap's data is `q:<nonce>:<verb>:<argument>`: the nonce stands for the question it was shown with, so a tap on an old
message is recognised. Choices are numbered as offered; a set of several is a bit mask in the data of the next tap.
"""

from uuid import UUID

from access.actor import PERSON
from bot.incoming import Did
from bot.menu import GO_ON, WRITE, menu_row, next_form, show_menu
from bot.place import Standing
from bot.replies import Button, Row, paragraphs, side_by_side, stacked
from bot.turn import Turn
from cases.answers import open_answers
from cases.intake import begin_form, store_answers, submit_form
from cases.models import Case, Submission
from cases.rules import FlagKind
from cases.safeguarding import open_flags
from cases.sheets import ARRIVAL, newest, sheet_of
from foundation import clock
from foundation.language import Message, _, _p
from questionnaire import engine, wording
from questionnaire.engine import Given
from questionnaire.reading import Chosen, NotUnderstood, not_understood_content, read
from questionnaire.sheet import SELECTS, Answer, Choice, Kind, Question, Sheet

BACK = _p("button", "◀️ Back")
SKIP = _p("button", "Skip")
STOP = _p("button", "⏸ Stop for now")
SEND = _p("button", "✅ Send")
EDIT = _p("button", "✏️ Change an answer")
DONE = _p("button", "✅ Done")
KEEP = _p("button", "Keep this answer")
READ = _p("button", "I have read this")
MORE_CHOICES = _p("button", "⋯ More choices")

SHOWN = 6
"""Choices on one screen."""


class Form:
    """The form of this turn: sheet, answers and what is already known about the person."""

    def __init__(self, turn: Turn, submission_id: UUID, sheet: Sheet, answers: dict[str, Answer], given: Given) -> None:
        self.turn = turn
        self.submission_id = submission_id
        self.sheet = sheet
        self.answers = answers
        self.given = given

    async def keep(self, answers: dict[str, Answer], question: str) -> None:
        """Store the answers in this turn's transaction. What is acknowledged to Telegram is on disk before."""
        self.answers = answers
        case_id = self.turn.chat.case_id
        if case_id is None:
            raise LookupError("a form belongs to a case")
        await store_answers(
            self.turn.session,
            self.submission_id,
            case_id,
            self.turn.key,
            answers,
            question=question,
            actor=PERSON,
        )


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
    _ask_next(await _form(turn))


async def take_answer(turn: Turn) -> None:
    """Something written, or anything else that is no tap, while a question stands."""
    form = await _form(turn)
    question = form.sheet.question(turn.place.question)
    if turn.incoming.did is not Did.WROTE:
        _ask_again(form, question, not_understood_content(question).message)
        return
    understood = read(form.sheet, question, turn.incoming.text, form.answers, form.given)
    if isinstance(understood, NotUnderstood):
        _ask_again(form, question, understood.message)
        return
    turn.place = turn.place.answered(question.name, turn.incoming.message_id)
    await _record(form, question, understood.value)


async def take_edit(turn: Turn) -> None:
    """The person edited a message: if it held the latest typed answer, that answer is corrected."""
    known = turn.submission is not None and turn.place.answered_message == turn.incoming.message_id
    if not known:
        turn.tell(
            _("We cannot see which answer you want to change. Before you send the form you can change any answer.")
        )
        return
    form = await _form(turn)
    question = form.sheet.question(turn.place.answered_question)
    understood = read(form.sheet, question, turn.incoming.text, form.answers, form.given)
    if isinstance(understood, NotUnderstood):
        turn.tell(understood.message)
        return
    if question.name in {each.name for each in engine.relevant_questions(form.sheet, form.answers, form.given)}:
        turn.tell(_("We have changed your answer."))
        await _record(form, question, understood.value)


async def take_tap(turn: Turn, nonce: str, verb: str, argument: str) -> None:
    """A tap on a button of a question or of the review."""
    if nonce == turn.place.before:
        return  # the second of two quick taps: the first had its effect
    if turn.submission is None or nonce != turn.place.nonce:
        await _stale(turn)
        return
    form = await _form(turn)
    if turn.place.standing is Standing.REVIEW:
        await _take_review_tap(form, verb, argument)
    else:
        await _take_question_tap(form, form.sheet.question(turn.place.question), verb, argument)


async def stop(turn: Turn) -> None:
    turn.tell(_("We have kept your answers. You can go on at any time."))
    await show_menu(turn)


async def _stale(turn: Turn) -> None:
    turn.tell(_("This button belongs to an earlier question. Nothing was changed."))
    if turn.submission is not None and turn.place.standing is Standing.QUESTION:
        form = await _form(turn)
        _ask(form, form.sheet.question(turn.place.question))


async def _take_question_tap(form: Form, question: Question, verb: str, argument: str) -> None:
    turn = form.turn
    match verb:
        case "choose":
            await _choose(form, question, Chosen((_offered(form, question)[int(argument)].code,)))
        case "done":
            await _choose(form, question, Chosen(_codes(_offered(form, question), int(argument, 16))))
        case "view":
            page, _colon, mask = argument.partition(".")
            _show(form, question, int(page), int(mask, 16), edit=turn.incoming.message_id)
        case "skip" if question.may_be_skipped:
            await _record(form, question, None)
        case "keep" if question.name in form.answers:
            _ask_next(form)
        case "read" if question.kind is Kind.NOTE:
            await _record(form, question, True)  # noqa: FBT003  # True is the answer of a note
        case "back":
            before = engine.previous_question(form.sheet, form.answers, question.name, form.given)
            _ask(form, before or question)
        case _:
            await _stale(turn)


async def _take_review_tap(form: Form, verb: str, argument: str) -> None:
    match verb:
        case "send":
            await _submit(form)
        case "edit":
            _ask_which(form, int(argument))
        case "goto":
            _ask(form, form.sheet.question(_answered(form)[int(argument)].name))
        case "back":
            _ask(form, _answered(form)[-1])
        case _:
            _show_review(form)


async def _choose(form: Form, question: Question, chosen: Chosen) -> None:
    understood = read(form.sheet, question, chosen, form.answers, form.given)
    if isinstance(understood, NotUnderstood):
        _ask_again(form, question, understood.message)
    else:
        await _record(form, question, understood.value)


async def _record(form: Form, question: Question, value: Answer) -> None:
    answers = engine.record(form.sheet, form.answers, question.name, value, form.given)
    await form.keep(answers, question.name)
    _ask_next(form)


def _ask_next(form: Form) -> None:
    question = engine.next_question(form.sheet, form.answers, form.given)
    if question is None:
        _show_review(form)
    else:
        _ask(form, question)


def _ask(form: Form, question: Question) -> None:
    form.turn.go(Standing.QUESTION, question.name)
    stored = form.answers.get(question.name)
    picked = stored if isinstance(stored, list) else []
    offered = _offered(form, question)
    mask = sum(1 << place for place, choice in enumerate(offered) if choice.code in picked)
    _show(form, question, 0, mask)


def _ask_again(form: Form, question: Question, why: Message) -> None:
    """One sentence of what to do instead, and the question once more. Nothing that was answered is lost."""
    form.turn.tell(why)
    _ask(form, question)


def _show(form: Form, question: Question, page: int, mask: int, *, edit: int | None = None) -> None:
    turn = form.turn
    rows = (*_choice_rows(form, question, page, mask), *_control_rows(form, question))
    turn.reply(_question_text(form, question), rows, edit=edit)


def _question_text(form: Form, question: Question) -> str:
    turn, language = form.turn, form.turn.language
    position, total = engine.progress(form.sheet, form.answers, question.name, form.given)
    lines = [turn.words(_("Question {position} of {total}"), position=position, total=total)]
    lines.append(turn.words(wording.label(form.sheet, question, language, form.answers)))
    hint = wording.hint(form.sheet, question, language, form.answers)
    if hint is not None:
        lines.append(turn.words(hint))
    stored = form.answers.get(question.name)
    if stored is not None and stored is not True:
        so_far = wording.answer_text(form.sheet, question, stored, language)
        lines.append(turn.words(_("Your answer so far: {answer}"), answer=so_far))
    return "\n\n".join(lines)


def _choice_rows(form: Form, question: Question, page: int, mask: int) -> tuple[Row, ...]:
    if question.kind is Kind.NOTE:
        return stacked(_tap(form, READ, "read"))
    if question.kind not in SELECTS:
        return ()
    offered = _offered(form, question)
    first = page * SHOWN
    rows = [
        (_choice_button(form, question, offered, place, page, mask),)
        for place in range(first, min(first + SHOWN, len(offered)))
    ]
    if len(offered) > SHOWN:
        following = page + 1 if first + SHOWN < len(offered) else 0
        rows.append((_tap(form, MORE_CHOICES, "view", f"{following}.{mask:x}"),))
    if question.kind is Kind.SELECT_MULTIPLE and mask:
        rows.append((_tap(form, DONE, "done", f"{mask:x}"),))
    return tuple(rows)


def _choice_button(
    form: Form, question: Question, offered: tuple[Choice, ...], place: int, page: int, mask: int
) -> Button:
    label = form.turn.words(wording.choice_label(form.sheet, question, offered[place].code, form.turn.language))
    if question.kind is Kind.SELECT_ONE:
        return label, _data(form, "choose", str(place))
    mark = "☑️ " if mask >> place & 1 else "⬜️ "
    return mark + label, _data(form, "view", f"{page}.{mask ^ 1 << place:x}")


def _control_rows(form: Form, question: Question) -> tuple[Row, ...]:
    turn = form.turn
    answered = form.answers.get(question.name) is not None and question.kind is not Kind.NOTE
    steps = [_tap(form, BACK, "back")]
    if answered:
        steps.append(_tap(form, KEEP, "keep"))
    elif question.may_be_skipped:
        steps.append(_tap(form, SKIP, "skip"))
    people = [turn.button(WRITE, "m.write"), turn.button(STOP, "m.stop")]
    return side_by_side(turn.language, *steps), side_by_side(turn.language, *people)


def _show_review(form: Form) -> None:
    """Everything as it will be sent, before it is sent."""
    turn = form.turn
    turn.go(Standing.REVIEW)
    lines = [turn.words(_("Please check your answers. They are sent only when you choose “Send”."))]
    for question, answer in engine.review(form.sheet, form.answers, form.given):
        if not question.is_asked:
            continue
        label = turn.words(wording.label(form.sheet, question, turn.language, form.answers))
        text = wording.answer_text(form.sheet, question, answer, turn.language)
        lines.append(f"▪️ {label}\n{text or turn.words(_('(skipped)'))}")
    rows = (
        *stacked(_tap(form, SEND, "send"), _tap(form, EDIT, "edit", "0")),
        side_by_side(turn.language, _tap(form, BACK, "back"), turn.button(STOP, "m.stop")),
    )
    *first, last = paragraphs("\n\n".join(lines))
    for part in first:
        turn.reply(part)
    turn.reply(last, rows)


def _ask_which(form: Form, page: int) -> None:
    questions = _answered(form)
    first = page * SHOWN
    rows = [
        (
            form.turn.words(wording.label(form.sheet, question, form.turn.language, form.answers)),
            _data(form, "goto", str(first + place)),
        )
        for place, question in enumerate(questions[first : first + SHOWN])
    ]
    if len(questions) > SHOWN:
        following = page + 1 if first + SHOWN < len(questions) else 0
        rows.append(_tap(form, MORE_CHOICES, "edit", str(following)))
    form.turn.reply(form.turn.words(_("Which answer do you want to change?")), stacked(*rows))


async def _submit(form: Form) -> None:
    turn = form.turn
    submission = await submit_form(turn.session, form.submission_id, turn.key, form.answers, actor=PERSON)
    turn.submission = turn.chat.submission_id = None
    turn.go(Standing.MENU)
    if submission.sheet_id != ARRIVAL:
        await _thank(turn)
        return
    case = await turn.session.get_one(Case, submission.case_id)
    turn.tell(_("Thank you. Your case number is {number}."), number=case.number)
    flags = {flag.kind for flag in await open_flags(turn.session, case.id)}
    if FlagKind.CHILD in flags:
        turn.tell(
            _("Someone who works with children and young people will contact you. You need not be alone with this.")
        )
    turn.tell(
        _("The next questions are about what you need. They take a few minutes."),
        stacked(turn.button(GO_ON, "m.begin"), turn.button(WRITE, "m.write")) + menu_row(turn),
    )


async def _thank(turn: Turn) -> None:
    urgent = {FlagKind.NO_SAFE_PLACE, FlagKind.HEALTH_EMERGENCY, FlagKind.FEAR_OF_RETURN, FlagKind.TRAFFICKING}
    flags = await open_flags(turn.session, turn.chat.case_id) if turn.chat.case_id else []
    if any(flag.kind in urgent for flag in flags):
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


async def _form(turn: Turn) -> Form:
    submission = turn.submission
    if submission is None:
        raise LookupError("no form is being filled in")
    sheet = await sheet_of(turn.session, submission.sheet_id, submission.sheet_version)
    known = turn.key.open(Submission.given, submission.id, submission.given)
    given = Given(clock.now(), known, turn.language)
    return Form(turn, submission.id, sheet, open_answers(turn.key, submission), given)


def _offered(form: Form, question: Question) -> tuple[Choice, ...]:
    return engine.choices_for(form.sheet, question, form.answers, form.given)


def _codes(offered: tuple[Choice, ...], mask: int) -> tuple[str, ...]:
    return tuple(choice.code for place, choice in enumerate(offered) if mask >> place & 1)


def _answered(form: Form) -> list[Question]:
    return [question for question, _answer in engine.review(form.sheet, form.answers, form.given) if question.is_asked]


def _tap(form: Form, label: Message, verb: str, argument: str = "") -> Button:
    return form.turn.words(label), _data(form, verb, argument)


def _data(form: Form, verb: str, argument: str) -> str:
    return f"q:{form.turn.place.nonce}:{verb}:{argument}"
