"""What a form looks like in the chat: a question with its buttons, the review, the list of answers to change.

A tap's data is `q:<nonce>:<verb>:<argument>`: the nonce stands for the question it was shown with, so that a tap on an
old message is recognised. Choices are numbered as offered; no data holds an answer by name.
"""

from bot.form import Form
from bot.menu import WRITE
from bot.place import Standing
from bot.replies import Button, Row, side_by_side, stacked
from foundation.language import Message, _, _p
from questionnaire import engine, wording
from questionnaire.sheet import SELECTS, Kind, Question

# Translators: Buttons under a question. Short: they must fit a small phone.
BACK = _p("button", "◀️ Back")
SKIP = _p("button", "Skip ▶️")
STOP = _p("button", "⏸ Stop for now")
SEND = _p("button", "✅ Send")
EDIT = _p("button", "✏️ Change an answer")
DONE = _p("button", "✅ Done")
KEEP = _p("button", "Keep this answer ▶️")
REMOVE = _p("button", "✖️ Remove this answer")
READ = _p("button", "✅ I have read this")
MORE_CHOICES = _p("button", "⋯ More choices")

SHOWN = 6
"""Choices on one screen."""
_KEYCAPS = 9


def ask(form: Form, question: Question, why: Message | None = None) -> None:
    """`why`: one sentence on what to do instead, above a question that is asked again."""
    form.turn.go(Standing.QUESTION, question.name)
    show(form, question, why=why)


def ask_next(form: Form) -> None:
    """The first question without an answer; the review when there is none."""
    question = form.next()
    if question is None:
        show_review(form)
    else:
        ask(form, question)


def show(form: Form, question: Question, page: int = 0, *, edit: int | None = None, why: Message | None = None) -> None:
    """The question under the buttons that are live already. `edit`: the message to redraw."""
    rows = (*_choice_rows(form, question, page), *_control_rows(form, question))
    first = "" if why is None else f"❗ {form.turn.words(why)}\n\n"
    form.turn.reply(first + _question_text(form, question), rows, edit=edit)


def _question_text(form: Form, question: Question) -> str:
    turn, language = form.turn, form.turn.language
    position, total = engine.progress(form.sheet, form.answers, question.name, form.given)
    lines = [turn.words(_("Question {position} of {total}"), position=position, total=total), _label(form, question)]
    hint = wording.hint(form.sheet, question, language, form.answers)
    if hint is not None:
        lines.append(turn.words(hint))
    if _is_answered(form, question):
        so_far = wording.answer_text(form.sheet, question, form.answers[question.name], language)
        lines.append(turn.words(_("Your answer so far: {answer}"), answer=so_far))
    return "\n\n".join(lines)


def _choice_rows(form: Form, question: Question, page: int) -> tuple[Row, ...]:
    if question.kind is Kind.NOTE:
        return stacked(_tap(form, READ, "read"))
    if question.kind not in SELECTS:
        return ()
    offered, first = form.offered(question), page * SHOWN
    shown = enumerate(offered[first : first + SHOWN], start=first)
    buttons = [_choice_button(form, question, place, choice.code) for place, choice in shown]
    if len(offered) > SHOWN:
        buttons.append(_tap(form, MORE_CHOICES, "view", str(page + 1 if first + SHOWN < len(offered) else 0)))
    if question.kind is Kind.SELECT_MULTIPLE and form.picked(question):
        buttons.append(_tap(form, DONE, "done"))
    return stacked(*buttons)


def _choice_button(form: Form, question: Question, place: int, code: str) -> Button:
    words = form.turn.words(wording.choice_label(form.sheet, question, code, form.turn.language))
    label = f"{_numeral(place + 1)} {words}"
    if question.kind is Kind.SELECT_ONE:
        return label, _data(form, "choose", str(place))
    is_picked = code in form.picked(question)
    # The data says what the tap makes of the choice: tapping twice is the same as tapping once.
    return ("☑️ " if is_picked else "⬜️ ") + label, _data(form, "drop" if is_picked else "pick", str(place))


def _control_rows(form: Form, question: Question) -> tuple[Row, ...]:
    turn = form.turn
    steps = [_tap(form, BACK, "back")] if form.previous(question) else []
    is_answered = _is_answered(form, question)
    if is_answered:
        steps.append(_tap(form, KEEP, "keep"))
    elif question.may_be_skipped:
        steps.append(_tap(form, SKIP, "skip"))
    rows = [side_by_side(turn.language, *steps)] if steps else []
    if is_answered and question.may_be_skipped:
        rows.append((_tap(form, REMOVE, "skip"),))
    people = [turn.button(WRITE, "m.write"), turn.button(STOP, "m.stop")]
    return (*rows, side_by_side(turn.language, *people))


def _is_answered(form: Form, question: Question) -> bool:
    return form.answers.get(question.name) is not None and question.kind is not Kind.NOTE


def show_review(form: Form) -> None:
    """Everything as it will be sent, before it is sent."""
    turn = form.turn
    turn.go(Standing.REVIEW, "")
    lines = [turn.words(_("Please check your answers. They are sent only when you choose “Send”."))]
    skipped = turn.words(_("(skipped)"))
    for number, (question, answer) in enumerate(form.reviewed(), start=1):
        text = wording.answer_text(form.sheet, question, answer, turn.language)
        lines.append(f"{_numbered(form, number, question)}\n{text or skipped}")
    rows = (
        *stacked(_tap(form, SEND, "send"), _tap(form, EDIT, "edit", "0")),
        side_by_side(turn.language, _tap(form, BACK, "back"), turn.button(STOP, "m.stop")),
    )
    turn.reply("\n\n".join(lines), rows)


def ask_which(form: Form, page: int, *, edit: int | None = None) -> None:
    """The answers that can be changed, numbered as in the review."""
    questions = [question for question, _answer in form.reviewed()]
    first = page * SHOWN
    buttons = [
        (_numbered(form, first + place + 1, question), _data(form, "goto", str(first + place)))
        for place, question in enumerate(questions[first : first + SHOWN])
    ]
    if len(questions) > SHOWN:
        buttons.append(_tap(form, MORE_CHOICES, "edit", str(page + 1 if first + SHOWN < len(questions) else 0)))
    buttons.append(_tap(form, BACK, "review"))
    form.turn.reply(form.turn.words(_("Which answer do you want to change?")), stacked(*buttons), edit=edit)


def _label(form: Form, question: Question) -> str:
    return form.turn.words(wording.label(form.sheet, question, form.turn.language, form.answers))


def _numbered(form: Form, number: int, question: Question) -> str:
    return f"{number}. {_label(form, question)}"


def _numeral(number: int) -> str:
    """A number that people who read little know, and that may be sent instead of tapping."""
    return f"{number}\ufe0f\u20e3" if number <= _KEYCAPS else f"{number}."


def _tap(form: Form, label: Message, verb: str, argument: str = "") -> Button:
    return form.turn.words(label), _data(form, verb, argument)


def _data(form: Form, verb: str, argument: str) -> str:
    return f"q:{form.turn.place.nonce}:{verb}:{argument}"
