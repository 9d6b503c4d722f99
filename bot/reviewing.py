"""The review before sending: every answer as it will be sent, and the way to change any of them."""

from bot.form import Form
from bot.locking import demand, is_locked
from bot.menu import WRITE
from bot.place import Standing
from bot.replies import side_by_side, stacked
from bot.taps import SHOWN, data, tap
from foundation.language import _, _p
from questionnaire import wording
from questionnaire.sheet import Answer, Question

# Translators: Buttons under the review of all answers. Short: they must fit a small phone.
SEND = _p("button", "✅ Send")
EDIT = _p("button", "✏️ Change an answer")
MORE_ANSWERS = _p("button", "⋯ More answers")
MORE_TO_CHANGE = _p("button", "⋯ More choices")
BACK = _p("button", "◀️ Back")
STOP = _p("button", "⏸ Stop for now")

REVIEWED = 15
"""Answers on one screen of the review."""


def show_review(form: Form, page: int = 0, *, edit: int | None = None) -> None:
    """Everything as it will be sent, before it is sent. `edit`: the message to redraw with another page."""
    if is_locked(form.turn):
        form.turn.go(Standing.MENU, "")
        demand(form.turn, "m.begin")
        return
    turn, answered, first = form.turn, form.reviewed(), page * REVIEWED
    if edit is None:
        turn.go(Standing.REVIEW, "")
    shown = answered[first : first + REVIEWED]
    lines = [turn.words(_("Please check your answers. They are sent only when you choose “Send”."))]
    if len(answered) > REVIEWED:
        span = {"first": first + 1, "last": first + len(shown), "count": len(answered)}
        lines.append(turn.words(_("Answers {first} to {last} of {count}"), **span))
    lines += [_line(form, number, *each) for number, each in enumerate(shown, start=first + 1)]
    buttons = [tap(form, SEND, "send"), tap(form, EDIT, "edit", "0")]
    if len(answered) > REVIEWED:
        following = page + 1 if first + REVIEWED < len(answered) else 0
        buttons.insert(0, tap(form, MORE_ANSWERS, "page", str(following)))
    people = [tap(form, BACK, "back"), turn.button(STOP, "m.stop")]
    rows = (*stacked(*buttons, turn.button(WRITE, "m.write")), side_by_side(turn.language, *people))
    is_sensitive = any(question.sensitive for question, _answer in shown)
    turn.reply("\n\n".join(lines), rows, edit=edit, protect=is_sensitive)


def _line(form: Form, number: int, question: Question, answer: Answer) -> str:
    text = wording.answer_text(form.sheet, question, answer, form.turn.language) or form.turn.words(_("(skipped)"))
    return f"{_numbered(form, number, question)}\n{text}"


def ask_which(form: Form, page: int, *, edit: int | None = None) -> None:
    """The answers that can be changed, numbered as in the review."""
    questions = [question for question, _answer in form.reviewed()]
    first = page * SHOWN
    buttons = [
        (_numbered(form, first + place + 1, question), data(form, "goto", str(first + place)))
        for place, question in enumerate(questions[first : first + SHOWN])
    ]
    if len(questions) > SHOWN:
        following = page + 1 if first + SHOWN < len(questions) else 0
        buttons.append(tap(form, MORE_TO_CHANGE, "edit", str(following)))
    buttons.append(tap(form, BACK, "review"))
    form.turn.reply(form.turn.words(_("Which answer do you want to change?")), stacked(*buttons), edit=edit)


def _numbered(form: Form, number: int, question: Question) -> str:
    return f"{number}. {wording.full_label(form.sheet, question, form.turn.language, form.answers)}"
