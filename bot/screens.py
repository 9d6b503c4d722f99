"""What a question of a form looks like in the chat, with its buttons."""

from bot.attaching import listen_button, show_picture
from bot.form import Form
from bot.menu import WRITE
from bot.pickers import UNKNOWN, picker_line, picker_rows
from bot.place import Standing
from bot.replies import Button, Row, side_by_side, stacked
from bot.reviewing import BACK, EDIT, SEND, STOP, show_review
from bot.taps import SHOWN, data, numeral, tap
from foundation.language import Message, _, _p
from questionnaire import engine, wording
from questionnaire.checking import SHAPE_FAULTS
from questionnaire.keys import ANOTHER, split_key
from questionnaire.sheet import FILES, SELECTS, Kind, Question

__all__ = [
    "BACK", "DONE", "EDIT", "KEEP", "MORE_CHOICES", "READ", "REMOVE", "SEND", "SHOWN", "SKIP", "STOP", "SUGGESTED",
    "ask", "ask_next", "show",
]  # fmt: skip

# Translators: Buttons under a question. Short: they must fit a small phone.
SKIP = _p("button", "Skip ▶️")
DONE = _p("button", "✅ Done")
KEEP = _p("button", "Keep this answer ▶️")
REMOVE = _p("button", "✖️ Remove this answer")
READ = _p("button", "✅ I have read this")
MORE_CHOICES = _p("button", "⋯ More choices")
# Translators: takes over an answer that we suggest.
SUGGESTED = _p("button", "👉 {answer}")


def ask(form: Form, question: Question, why: Message | None = None) -> None:
    """`why`: one sentence on what to do instead, above a question that is asked again."""
    form.turn.go(Standing.QUESTION, question.name)
    if why is None:
        show_picture(form, question)
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
    rows = (*_answer_rows(form, question, page), *_control_rows(form, question))
    first = "" if why is None else f"❗ {form.turn.words(why)}\n\n"
    form.turn.reply(first + _question_text(form, question), rows, edit=edit, protect=question.sensitive)


def _question_text(form: Form, question: Question) -> str:
    turn, language = form.turn, form.turn.language
    position, total = engine.progress(form.sheet, form.answers, question.name, form.given)
    lines = [turn.words(_("Question {position} of {total}"), position=position, total=total)]
    lines += [f"▪️ {heading}" for heading in _headings(form, question)]
    lines.append(turn.words(wording.label(form.sheet, question, language, form.answers)))
    hint = wording.hint(form.sheet, question, language, form.answers)
    if hint is not None:
        lines.append(turn.words(hint))
    if question.kind in FILES or question.kind is Kind.GEOPOINT:
        lines.append(turn.words(SHAPE_FAULTS[question.kind]))
    if picking := picker_line(form, question):
        lines.append(picking)
    if _is_answered(form, question):
        so_far = wording.answer_text(form.sheet, question, form.answers[question.name], language)
        lines.append(turn.words(_("Your answer so far: {answer}"), answer=so_far))
    if _ends_rows(form, question):
        lines.append(turn.words(_("If you choose “No”, the answers you gave about this one and those after it go.")))
    return "\n\n".join(lines)


def _headings(form: Form, question: Question) -> list[str]:
    """The headings that begin with this question; that of a row stands at each of its questions."""
    words, before = form.turn.words, form.previous(question)
    here = [words(each) for each in wording.group_labels(form.sheet, question, form.turn.language, form.answers)]
    there = (
        [words(each) for each in wording.group_labels(form.sheet, before, form.turn.language, form.answers)]
        if before
        else []
    )
    same = 0
    while same < min(len(here), len(there)) and here[same] == there[same]:
        same += 1
    row = wording.row_title(form.sheet, question, form.turn.language)
    return [each for place, each in enumerate(here) if place >= same or (row is not None and each == words(row))]


def _ends_rows(form: Form, question: Question) -> bool:
    """Whether answering no would drop what was answered about a row."""
    repeat, row, name = split_key(question.name)
    return name == ANOTHER and any(
        (place := split_key(key)).repeat == repeat and place.row >= row and place.name != ANOTHER
        for key in form.answers
    )


def _answer_rows(form: Form, question: Question, page: int) -> tuple[Row, ...]:
    """The ways to answer by a tap: hear it, take what is suggested, choose, pick."""
    rows = stacked(*listen_button(form, question), *_suggestion_button(form, question))
    if question.kind is Kind.NOTE:
        return rows + stacked(tap(form, READ, "read"))
    if question.kind in SELECTS:
        return rows + _choice_rows(form, question, page)
    return rows + picker_rows(form, question, page)


def _suggestion_button(form: Form, question: Question) -> tuple[Button, ...]:
    suggested = form.suggestion(question)
    if suggested is None:
        return ()
    words = wording.answer_text(form.sheet, question, suggested, form.turn.language)
    return (tap(form, SUGGESTED, "suggested", answer=words),)


def _choice_rows(form: Form, question: Question, page: int) -> tuple[Row, ...]:
    offered, first = form.offered(question), page * SHOWN
    shown = enumerate(offered[first : first + SHOWN], start=first)
    buttons = [_choice_button(form, question, place, choice.code) for place, choice in shown]
    if len(offered) > SHOWN:
        buttons.append(tap(form, MORE_CHOICES, "view", str(page + 1 if first + SHOWN < len(offered) else 0)))
    if question.kind is Kind.SELECT_MULTIPLE and form.picked(question):
        buttons.append(tap(form, DONE, "done"))
    return stacked(*buttons)


def _choice_button(form: Form, question: Question, place: int, code: str) -> Button:
    words = form.turn.words(wording.choice_label(form.sheet, question, code, form.turn.language))
    label = f"{numeral(place + 1)} {words}"
    if question.kind is Kind.SELECT_ONE:
        return label, data(form, "choose", str(place))
    is_picked = code in form.picked(question)
    # The data says what the tap makes of the choice: tapping twice is the same as tapping once.
    return ("☑️ " if is_picked else "⬜️ ") + label, data(form, "drop" if is_picked else "pick", str(place))


def _control_rows(form: Form, question: Question) -> tuple[Row, ...]:
    turn = form.turn
    steps = [tap(form, BACK, "back")] if form.previous(question) else []
    is_answered = _is_answered(form, question)
    if is_answered:
        steps.append(tap(form, KEEP, "keep"))
    elif question.may_be_skipped:
        steps.append(tap(form, UNKNOWN if question.kind is Kind.DATE else SKIP, "skip"))
    rows = [side_by_side(turn.language, *steps)] if steps else []
    if is_answered and question.may_be_skipped:
        rows.append((tap(form, REMOVE, "skip"),))
    people = [turn.button(WRITE, "m.write"), turn.button(STOP, "m.stop")]
    return (*rows, side_by_side(turn.language, *people))


def _is_answered(form: Form, question: Question) -> bool:
    return form.answers.get(question.name) is not None and question.kind is not Kind.NOTE
