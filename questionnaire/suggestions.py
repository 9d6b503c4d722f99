"""The answer that a form's `default` suggests. It counts only once the person gives it."""

from questionnaire.engine import check, settle
from questionnaire.expressions import compile_expression
from questionnaire.functions import to_text
from questionnaire.keys import split_key
from questionnaire.settling import Given, enter_row, scope_of
from questionnaire.sheet import FILES, Answer, Answers, Kind, Question, Sheet

_WITHOUT = FILES | {Kind.NOTE}
_FLOAT = ".0"


def suggestion(sheet: Sheet, question: Question, answers: Answers, given: Given) -> Answer:
    """None if the form suggests nothing here, or nothing that could be the answer as things stand."""
    if question.kind in _WITHOUT:
        return None
    text = _text(sheet, question, answers, given)
    value = _value(question, text) if text else None
    if value is None or check(sheet, question, value, answers, given) is not None:
        return None
    return value


def _text(sheet: Sheet, question: Question, answers: Answers, given: Given) -> str:
    if not question.dynamic_default:
        return question.default
    state = settle(sheet, answers, given)
    scope = scope_of(sheet, given, state.values, state.rows)
    if split_key(question.name).repeat:
        enter_row(scope, question.name)
    text = to_text(compile_expression(question.dynamic_default, sheet.setting_of(question)).run(scope))
    return "" if text == "NaN" else text


def _value(question: Question, text: str) -> Answer:
    """The text as an answer of that kind; None if it cannot be read as one."""
    match question.kind:
        case Kind.INTEGER:
            digits = text.removesuffix(_FLOAT)
            return int(digits) if digits.lstrip("-").isascii() and digits.lstrip("-").isdigit() else None
        case Kind.SELECT_MULTIPLE:
            return [*text.split()]
        case Kind.DATE:
            return text.partition("T")[0]
        case Kind.GEOPOINT:
            return " ".join([*text.split(), "0", "0"][:4])
    return text
