"""What to ask next, derived from the answers alone: no cursor is kept, so none can go stale.

Everything rests on `settle`: one pass over the questions, each after those it depends on, which says what is relevant,
what every name is worth, and which answers may stay. Answers to questions that are no longer relevant are dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from foundation.errors import Conflict, Invalid
from foundation.language import Message, _, say
from questionnaire.checking import Asking, find_fault
from questionnaire.expressions import compile_expression
from questionnaire.functions import Scope, Value, to_boolean, to_text
from questionnaire.sheet import SELECTS, Answer, Answers, Choice, Kind, Question, Sheet
from questionnaire.wording import choice_label


@dataclass(frozen=True, slots=True)
class Given:
    """What the answers do not hold: the moment, the language, and values for the form's hidden rows.

    `now` should be in the person's time zone: `today()` is its date.
    """

    now: datetime
    values: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    settled: dict[str, "tuple[Sheet, State]"] = field(default_factory=dict, compare=False, repr=False)
    """What `settle` has found for this moment, by answers: one turn asks several times."""


@dataclass(frozen=True, slots=True)
class State:
    """A form at one moment."""

    relevant: tuple[str, ...]
    """Names of the questions to be asked, in the order of the form."""
    values: Mapping[str, str]
    answers: dict[str, Answer]
    """The answers that may stay, and the calculated values."""
    offered: Mapping[str, tuple[Choice, ...]]


def settle(sheet: Sheet, answers: Answers, given: Given) -> State:
    key = repr(answers)
    known = given.settled.get(key)
    if known is None or known[0] is not sheet:
        known = given.settled[key] = (sheet, _settle(sheet, answers, given))
    return known[1]


def _settle(sheet: Sheet, answers: Answers, given: Given) -> State:
    values: dict[str, str] = {}
    kept: dict[str, Answer] = {}
    offered: dict[str, tuple[Choice, ...]] = {}
    relevant: set[str] = set()
    for question in sheet.evaluation_order:
        scope = _scope(sheet, values, given)
        values[question.name] = ""
        if not _is_relevant(question, scope):
            continue
        if question.kind is Kind.HIDDEN:
            values[question.name] = given.values.get(question.name, question.default)
        elif question.kind is Kind.CALCULATE:
            result = _calculate(question, scope, as_text(answers.get(question.name)))
            values[question.name] = kept[question.name] = result
        else:
            offered[question.name] = _offered(question, scope)
            if question.kind in SELECTS and not offered[question.name]:
                continue  # nothing to choose from: asking would leave the person stuck
            relevant.add(question.name)
            if question.name in answers:
                _keep(question, answers[question.name], offered[question.name], kept)
                values[question.name] = as_text(kept.get(question.name))
    names = [question.name for question in sheet.questions]
    in_order = {name: kept[name] for name in names if name in kept}
    return State(tuple(name for name in names if name in relevant), values, in_order, offered)


def as_text(answer: Answer) -> str:
    """An answer as expressions see it: codes of several choices with a space between, nothing for skipped."""
    if answer is None or answer is True:
        return ""
    return " ".join(str(code) for code in answer) if isinstance(answer, list) else str(answer)


def _scope(sheet: Sheet, values: Mapping[str, str], given: Given) -> Scope:
    def label(name: str, code: str) -> str:
        return say(given.language, choice_label(sheet, sheet.question(name), code, given.language)) if code else ""

    return Scope(values=values, now=given.now, language=given.language, choice_label=label)


def _is_relevant(question: Question, scope: Scope) -> bool:
    return not question.relevant or to_boolean(compile_expression(question.relevant).run(scope))


def _calculate(question: Question, scope: Scope, before: str) -> str:
    again = Scope(scope.values, scope.now, before, {}, scope.language, scope.choice_label)
    value: Value = compile_expression(question.calculation).run(again)
    text = to_text(value)
    return "" if text == "NaN" else text


def _offered(question: Question, scope: Scope) -> tuple[Choice, ...]:
    if not question.choice_filter:
        return question.choices
    run = compile_expression(question.choice_filter).run
    return tuple(
        choice
        for choice in question.choices
        if to_boolean(
            run(Scope(scope.values, scope.now, "", _columns(choice), scope.language, scope.choice_label)),
        )
    )


def _columns(choice: Choice) -> Mapping[str, str]:
    return {**choice.columns, "name": choice.code}


def _keep(question: Question, answer: Answer, offered: tuple[Choice, ...], kept: dict[str, Answer]) -> None:
    codes = {choice.code for choice in offered}
    if question.kind is Kind.SELECT_MULTIPLE and isinstance(answer, list):
        still: list[Answer] = [code for code in answer if code in codes]
        if still:
            kept[question.name] = still
    elif question.kind is not Kind.SELECT_ONE or answer is None or answer in codes:
        kept[question.name] = answer


def relevant_questions(sheet: Sheet, answers: Answers, given: Given) -> tuple[Question, ...]:
    """The questions this person is asked, answered or not, as things stand."""
    return tuple(sheet.question(name) for name in settle(sheet, answers, given).relevant)


def next_question(sheet: Sheet, answers: Answers, given: Given) -> Question | None:
    """The first relevant question without an answer; None when only the review is left."""
    state = settle(sheet, answers, given)
    return next((sheet.question(name) for name in state.relevant if name not in state.answers), None)


def is_complete(sheet: Sheet, answers: Answers, given: Given) -> bool:
    return next_question(sheet, answers, given) is None


def previous_question(sheet: Sheet, answers: Answers, name: str, given: Given) -> Question | None:
    """The relevant question before `name`; None at the first one. `name` itself may have become irrelevant."""
    relevant = {question.name for question in relevant_questions(sheet, answers, given)}
    before: Question | None = None
    for question in sheet.questions:
        if question.name == name:
            return before
        if question.name in relevant:
            before = question
    return before


def progress(sheet: Sheet, answers: Answers, name: str, given: Given) -> tuple[int, int]:
    """Position and total among what is asked now, both at least 1: what "3 of 12" is made of."""
    names = settle(sheet, answers, given).relevant
    return (names.index(name) + 1 if name in names else 1), max(len(names), 1)


def choices_for(sheet: Sheet, question: Question, answers: Answers, given: Given) -> tuple[Choice, ...]:
    return settle(sheet, answers, given).offered.get(question.name, ())


def check(sheet: Sheet, question: Question, value: Answer, answers: Answers, given: Given) -> Message | None:
    """What is wrong with `value` as an answer, or None. The form's own message wins over a general one."""
    state = settle(sheet, answers, given)
    scope = _scope(sheet, state.values, given)
    current = Scope(scope.values, scope.now, as_text(value), {}, scope.language, scope.choice_label)
    return find_fault(Asking(sheet, question, state.offered.get(question.name, ()), state.answers, current), value)


def record(sheet: Sheet, answers: Answers, name: str, value: Answer, given: Given) -> dict[str, Answer]:
    """New answers with this one in them, settled. None skips, True marks a note as read.

    Raises Conflict when the question is not asked as things stand, Invalid when the value cannot be its answer.
    """
    question = sheet.question(name)
    if name not in settle(sheet, answers, given).relevant:
        raise Conflict(_("This question is not needed any more. Please go on with the next one."))
    fault = check(sheet, question, value, answers, given)
    if fault is not None:
        raise Invalid(fault)
    return dict(settle(sheet, {**answers, name: value}, given).answers)


def calculated(sheet: Sheet, answers: Answers, given: Given) -> dict[str, str]:
    """The form's calculated values, by name. Those that are not relevant are left out."""
    settled = settle(sheet, answers, given)
    silent = [question.name for question in sheet.questions if question.kind is Kind.CALCULATE]
    return {name: settled.values[name] for name in silent if name in settled.answers}


def review(sheet: Sheet, answers: Answers, given: Given) -> list[tuple[Question, Answer]]:
    """What the person reads before sending: each question with its answer (None when skipped), without notes."""
    state = settle(sheet, answers, given)
    asked = [sheet.question(name) for name in state.relevant if name in state.answers]
    return [(question, state.answers[question.name]) for question in asked if question.kind is not Kind.NOTE]
