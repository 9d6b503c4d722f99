"""The words of a form in a person's language, always as a Message that `say` can say.

A built-in form is English and translated by the catalogues. Any other form's own language columns win; its texts are
put into the Message as they are.
"""

import re
from collections.abc import Mapping
from datetime import date

from foundation.language import Message, _, _p, say
from questionnaire.keys import ANOTHER, beside, split_key
from questionnaire.parts import OURS
from questionnaire.sheet import MOST_ROWS, REFERENCE, Answer, Answers, Choice, Kind, Question, Sheet, Text

OWN_WORDS: Mapping[str, Message] = {
    # Translators: the two answers to a yes-no question of a form.
    "yes": _p("answer", "Yes"),
    "no": _p("answer", "No"),
    # Translators: the last of several answers to choose from, and the question that follows it.
    "other": _p("answer", "Something else"),
    "say_which": _("Please say what it is."),
    # Translators: {what} is a heading such as "Children" or "Household member": does the person have one to tell of?
    "first_row": _("{what}: is there one to add?"),
    "another_row": _("{what}: is there another one to add?"),
    "first_unnamed_row": _("Is there one to add?"),
    "another_unnamed_row": _("Is there another one to add?"),
    "rows_full": _("You can add at most {most} here. If there are more, please tell a caseworker in a message."),
}
"""What we say in every form, whoever wrote it."""

_MARK = "\ue000"
"""A private-use character: keeps a placeholder's place while the sentence around it is translated."""
_MARKED = re.compile(rf"\$(\u2068?){_MARK}([\w-]+){_MARK}(\u2069?)")


def label(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message:
    """The question itself, with earlier answers filled in where the form says `${name}`."""
    return _word(sheet, question.label, language, answers, question)


def hint(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message | None:
    return _word(sheet, question.hint, language, answers, question) if question.hint else None


def constraint_message(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message | None:
    text = question.constraint_message
    return _word(sheet, text, language, answers, question) if text else None


def required_message(sheet: Sheet, question: Question, language: str, answers: Answers) -> Message | None:
    text = question.required_message
    return _word(sheet, text, language, answers, question) if text else None


def choice_label(sheet: Sheet, question: Question, code: str, language: str) -> Message:
    """A code that the form does not have is said as it is."""
    found = next((choice for choice in question.choices if choice.code == code), None)
    return choice_words(sheet, found, language) if found else _literally(code)


def choice_words(sheet: Sheet, choice: Choice, language: str) -> Message:
    return _word(sheet, choice.label, language, {}, None)


def group_labels(sheet: Sheet, question: Question, language: str, answers: Answers) -> tuple[Message, ...]:
    """The headings above a question, outermost first; groups without a label have none. A row has its number."""
    labels = {group.name: group.label for group in sheet.groups}
    found = []
    for name in question.group:
        if labels.get(name):
            found.append(_word(sheet, labels[name], language, answers, question))
        elif name == question.repeat and (title := row_title(sheet, question, language)):
            found.append(title)
    return tuple(found)


def row_title(sheet: Sheet, question: Question, language: str) -> Message | None:
    """Such as "Household member 2"; None outside a repeat, and for the question whether there is another row."""
    repeat, row, name = split_key(question.name)
    if not repeat or name == ANOTHER:
        return None
    text = sheet.repeat(repeat).label
    if not text:
        # Translators: heads one of several like things a form asks about, counted from 1.
        return _("Number {number}").of(number=row)
    # Translators: {what} is a heading such as "Household member", {number} which of them.
    return _p("row", "{what} {number}").of(what=_word(sheet, text, language, {}, None), number=row)


def full_label(sheet: Sheet, question: Question, language: str, answers: Answers) -> str:
    """The question as it stands in a list of many: "Household member 2 · Age"."""
    title, words = row_title(sheet, question, language), label(sheet, question, language, answers)
    return say(language, words) if title is None else f"{say(language, title)} · {say(language, words)}"


def title(sheet: Sheet) -> Message:
    return Message(sheet.title) if sheet.built_in else _literally(sheet.title)


def answer_text(sheet: Sheet, question: Question, answer: Answer, language: str) -> str:
    """An answer as a person reads it back: labels for codes, dates written out, nothing for a skipped question."""
    if answer is None or answer is True:
        return ""
    if isinstance(answer, dict):
        return say(language, _file_words(str(answer.get("type", ""))))
    if isinstance(answer, list):
        labels = [say(language, choice_label(sheet, question, str(code), language)) for code in answer]
        # Translators: what stands between the items of a list, with its space
        return say(language, _p("between items of a list", ", ")).join(labels)
    if question.kind is Kind.SELECT_ONE:
        return say(language, choice_label(sheet, question, str(answer), language))
    if question.kind is Kind.DATE:
        return _spoken(language, date.fromisoformat(str(answer)))
    if question.kind is Kind.GEOPOINT:
        return _spoken(language, ", ".join(str(answer).split()[:2]))
    return _spoken(language, answer)


def _file_words(media_type: str) -> Message:
    match media_type.partition("/")[0]:
        case "image":
            return _p("answer", "🖼 a picture")
        case "audio":
            return _p("answer", "🎤 a voice message")
    return _p("answer", "📎 a file")


def _word(sheet: Sheet, text: Text, language: str, answers: Answers, question: Question | None) -> Message:
    """`question`: where the text stands; inside a repeat `${name}` is the same row's answer."""
    if OURS in text:
        return _own_words(sheet, text[OURS], language, question)
    chosen = text.get(language) or next(iter(text.values()))
    names = REFERENCE.findall(chosen)
    if not names:
        return Message(chosen) if sheet.built_in else _literally(chosen)
    known = {name: _said_before(sheet, name, language, answers, question) for name in names}
    return _literally(_translate(language, chosen, known) if sheet.built_in else _fill(chosen, known))


def _own_words(sheet: Sheet, which: str, language: str, question: Question | None) -> Message:
    if which == "rows_full":
        return OWN_WORDS[which].of(most=MOST_ROWS)
    if which not in ("first_row", "another_row") or question is None:
        return OWN_WORDS[which]
    text = sheet.repeat(question.repeat).label
    if not text:
        return OWN_WORDS[which.replace("row", "unnamed_row")]
    return OWN_WORDS[which].of(what=_word(sheet, text, language, {}, None))


def _said_before(sheet: Sheet, name: str, language: str, answers: Answers, question: Question | None) -> str:
    asked = sheet.question(name)
    if question is not None and asked.repeat and asked.repeat == question.repeat:
        asked = sheet.question(beside(question.name, name))
    return answer_text(sheet, asked, answers.get(asked.name), language)


def _translate(language: str, source: str, known: Mapping[str, str]) -> str:
    marked = say(language, Message(source), **{name: f"{_MARK}{name}{_MARK}" for name in known})
    return _MARKED.sub(lambda found: known[found[2]], marked)


def _fill(text: str, known: Mapping[str, str]) -> str:
    return REFERENCE.sub(lambda found: known[found[1]], text)


def _spoken(language: str, value: object) -> str:
    return say(language, Message("{value}"), value=value)


def _literally(text: str) -> Message:
    return Message(text.replace("{", "{{").replace("}", "}}"))
