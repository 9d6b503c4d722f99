"""The words of a form in a person's language, always as a Message that `say` can say.

A built-in form is English and translated by the catalogues. Any other form's own language columns win; its texts are
put into the Message as they are.
"""

import re
from collections.abc import Mapping
from datetime import date

from foundation.language import Message, _p, say
from questionnaire.sheet import REFERENCE, Answer, Answers, Kind, Question, Sheet, Text

_MARK = "\ue000"
"""A private-use character: keeps a placeholder's place while the sentence around it is translated."""
_MARKED = re.compile(rf"\$(\u2068?){_MARK}([\w-]+){_MARK}(\u2069?)")


def label(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message:
    """The question itself, with earlier answers filled in where the form says `${name}`."""
    return _word(sheet, question.label, language, answers)


def hint(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message | None:
    return _word(sheet, question.hint, language, answers) if question.hint else None


def constraint_message(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message | None:
    text = question.constraint_message
    return _word(sheet, text, language, answers) if text else None


def required_message(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message | None:
    text = question.required_message
    return _word(sheet, text, language, answers) if text else None


def choice_label(sheet: Sheet, question: Question, code: str, language: str) -> Message:
    """A code that the form does not have is said as it is."""
    found = next((choice.label for choice in question.choices if choice.code == code), {})
    return _word(sheet, found, language, {}) if found else _literally(code)


def group_labels(sheet: Sheet, question: Question, language: str, answers: Answers) -> tuple[Message, ...]:
    """The headings above a question, outermost first; groups without a label have none."""
    labels = {group.name: group.label for group in sheet.groups}
    return tuple(_word(sheet, labels[name], language, answers) for name in question.group if labels.get(name))


def title(sheet: Sheet) -> Message:
    return Message(sheet.title) if sheet.built_in else _literally(sheet.title)


def answer_text(sheet: Sheet, question: Question, answer: Answer, language: str) -> str:
    """An answer as a person reads it back: labels for codes, dates written out, nothing for a skipped question."""
    if answer is None or answer is True:
        return ""
    if isinstance(answer, list):
        labels = [say(language, choice_label(sheet, question, str(code), language)) for code in answer]
        # Translators: what stands between the items of a list, with its space
        return say(language, _p("between items of a list", ", ")).join(labels)
    if question.kind is Kind.SELECT_ONE:
        return say(language, choice_label(sheet, question, str(answer), language))
    if question.kind is Kind.DATE:
        return _spoken(language, date.fromisoformat(str(answer)))
    return _spoken(language, answer)


def _word(sheet: Sheet, text: Text, language: str, answers: Answers) -> Message:
    chosen = text.get(language) or next(iter(text.values()))
    names = REFERENCE.findall(chosen)
    if not names:
        return Message(chosen) if sheet.built_in else _literally(chosen)
    known = {name: answer_text(sheet, sheet.question(name), answers.get(name), language) for name in names}
    return _literally(_translate(language, chosen, known) if sheet.built_in else _fill(chosen, known))


def _translate(language: str, source: str, known: Mapping[str, str]) -> str:
    marked = say(language, Message(source), **{name: f"{_MARK}{name}{_MARK}" for name in known})
    return _MARKED.sub(lambda found: known[found[2]], marked)


def _fill(text: str, known: Mapping[str, str]) -> str:
    return REFERENCE.sub(lambda found: known[found[1]], text)


def _spoken(language: str, value: object) -> str:
    return say(language, Message("{value}"), value=value)


def _literally(text: str) -> Message:
    return Message(text.replace("{", "{{").replace("}", "}}"))
