"""What to ask next, derived from the answers alone: no cursor is kept, so none can go stale.

Everything rests on `settle`: one pass over the questions, each after those it depends on, which says what is relevant,
what every name is worth, and which answers may stay. Answers to questions that are no longer relevant are dropped.

A question inside a repeat is one question per row: its `name` is its key, `members/2/age`. Before each row of a repeat
without a count stands `members/2/+`: is there one more? No ends the repeat, and drops the rows behind.
"""

from collections.abc import Mapping

from foundation.errors import Conflict, Invalid
from foundation.language import Message, _
from questionnaire.checking import Asking, find_fault
from questionnaire.keys import ANOTHER, row_key, split_key
from questionnaire.settling import Given, State, as_text, enter_row, settle_all, settle_change
from questionnaire.sheet import Answer, Answers, Choice, Kind, Question, Sheet

__all__ = [
    "Given", "State", "answered", "as_text", "calculated", "check", "choices_for", "drop_row", "is_complete",
    "next_question", "previous_question", "progress", "record", "relevant_questions", "review", "settle",
]  # fmt: skip

_REMEMBERED = 3
"""Settled states a turn keeps: before the answer, after it, and one that was tried."""


def settle(sheet: Sheet, answers: Answers, given: Given) -> State:
    for known_sheet, known, state in given.settled:
        if known_sheet is sheet and known == answers:
            return state
    state = settle_all(sheet, answers, given)
    _remember(sheet, dict(answers), state, given)
    return state


def _remember(sheet: Sheet, answers: Answers, state: State, given: Given) -> None:
    given.settled.insert(0, (sheet, answers, state))
    del given.settled[_REMEMBERED:]


def relevant_questions(sheet: Sheet, answers: Answers, given: Given) -> tuple[Question, ...]:
    """The questions this person is asked, answered or not, as things stand."""
    return tuple([sheet.question(key) for key in settle(sheet, answers, given).relevant])


def next_question(sheet: Sheet, answers: Answers, given: Given) -> Question | None:
    """The first relevant question without an answer; None when only the review is left."""
    key = settle(sheet, answers, given).first_open()
    return sheet.question(key) if key is not None else None


def is_complete(sheet: Sheet, answers: Answers, given: Given) -> bool:
    return next_question(sheet, answers, given) is None


def previous_question(sheet: Sheet, answers: Answers, name: str, given: Given) -> Question | None:
    """The relevant question before `name`; None at the first one. `name` itself may have become irrelevant."""
    place = sheet.plan.place(name)
    before: str | None = None
    for key in settle(sheet, answers, given).relevant:
        if key == name or sheet.plan.place(key) >= place:
            break
        before = key
    return sheet.question(before) if before is not None else None


def progress(sheet: Sheet, answers: Answers, name: str, given: Given) -> tuple[int, int]:
    """Position and total among what is asked now, both at least 1: what "3 of 12" is made of."""
    names = settle(sheet, answers, given).relevant
    return (names.index(name) + 1 if name in names else 1), max(len(names), 1)


def choices_for(sheet: Sheet, question: Question, answers: Answers, given: Given) -> tuple[Choice, ...]:
    return settle(sheet, answers, given).offers(question)


def check(sheet: Sheet, question: Question, value: Answer, answers: Answers, given: Given) -> Message | None:
    """What is wrong with `value` as an answer, or None. The form's own message wins over a general one."""
    state = settle(sheet, answers, given)
    repeat, _row, name = split_key(question.name)
    step = sheet.plan.steps.get(name)
    scope, constraint = state.scope, step.constraint if step else None
    scope.current = as_text(value)
    if repeat:
        enter_row(scope, question.name)
    return find_fault(Asking(sheet, question, state.offers(question), state.answers, scope, constraint), value)


def record(sheet: Sheet, answers: Answers, name: str, value: Answer, given: Given) -> dict[str, Answer]:
    """New answers with this one in them, settled. None skips, True marks a note as read.

    Raises Conflict when the question is not asked as things stand, Invalid when the value cannot be its answer.
    """
    question, before = sheet.question(name), settle(sheet, answers, given)
    if name not in before.asked:
        raise Conflict(_("This question is not needed any more. Please go on with the next one."))
    fault = check(sheet, question, value, answers, given)
    if fault is not None:
        raise Invalid(fault)
    after = settle_change(sheet, before, {**answers, name: value}, name, given)
    _remember(sheet, after.answers, after, given)
    return dict(after.answers)


def drop_row(sheet: Sheet, answers: Answers, repeat: str, row: int, given: Given) -> dict[str, Answer]:
    """New answers without one row that the person had added; the rows behind move up.

    Raises Conflict if there is no such row, or if the form itself says how many there are.
    """
    rows = settle(sheet, answers, given).rows.get(repeat, ())
    if not 1 <= row <= len(rows) or sheet.repeat(repeat).count:
        raise Conflict(_("This cannot be removed. Please go back and look at it again."))
    moved: dict[str, Answer] = {}
    for key, answer in answers.items():
        place = split_key(key)
        if place.repeat != repeat or place.row < row:
            moved[key] = answer
        elif place.row > row:
            moved[row_key(repeat, place.row - 1, place.name)] = answer
    return dict(settle(sheet, _ended(moved, repeat, len(rows)), given).answers)


def _ended(answers: dict[str, Answer], repeat: str, row: int) -> dict[str, Answer]:
    """Where the note stood that no more rows can be added, the person said that there are no more."""
    key = row_key(repeat, row, ANOTHER)
    return {**answers, key: "no"} if answers.get(key) is True else answers


def calculated(sheet: Sheet, answers: Answers, given: Given) -> dict[str, str]:
    """The form's calculated values, by key. Those that are not relevant are left out."""
    known = settle(sheet, answers, given).answers
    return {key: str(value) for key, value in known.items() if sheet.question(key).kind is Kind.CALCULATE}


def review(sheet: Sheet, answers: Answers, given: Given) -> list[tuple[Question, Answer]]:
    """What the person reads before sending: each question with its answer (None when skipped), without notes."""
    state = settle(sheet, answers, given)
    asked = [sheet.question(key) for key in state.relevant if key in state.answers]
    return [(question, state.answers[question.name]) for question in asked if question.kind is not Kind.NOTE]


def answered(sheet: Sheet, answers: Mapping[str, Answer]) -> list[tuple[Question, Answer]]:
    """Every question that stored answers hold an answer to, in the order of the form: for whoever reads them later.

    Unlike `review` it settles nothing, so it needs no moment and shows just what was sent.
    """
    keys = [key for key in answers if not key.startswith("*")]  # what a channel keeps beside the answers of a draft
    asked = [sheet.question(key) for key in sorted(keys, key=sheet.plan.place)]
    return [(question, answers[question.name]) for question in asked if question.is_asked]
