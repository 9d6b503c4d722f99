"""Babel extraction method for built-in forms: every English text of a `.md` form goes into the catalogue.

In babel.cfg: `[extractors] form = questionnaire.extraction:extract` and `[form: cases/forms/**.md]`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO

from questionnaire.sheet import Question, Sheet
from questionnaire.xlsform import read_form

Extracted = tuple[int, str, str, list[str]]
"""Line, function name, message, translator comments: what Babel wants of an extraction method."""

_SOURCE = "en"


def extract(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Extracted]:
    """Yield each text with a comment naming form and question. Raises FormRefused when the form does not compile."""
    del keywords, comment_tags, options  # part of Babel's signature; a form has no code
    content = fileobj.read()
    sheet = read_form(content, ".md", built_in=True)
    lines = content.decode().splitlines()
    for text, comment in _texts(sheet):
        yield _line(lines, text), "gettext", text, [f"Translators: form {sheet.id}, {comment}"]


def _texts(sheet: Sheet) -> Iterator[tuple[str, str]]:
    yield sheet.title, "its title"
    for group in sheet.groups:
        if group.label:
            yield group.label[_SOURCE], f"heading of the group {group.name}"
    for repeat in sheet.repeats:
        named = {"heading": repeat.label, "first row": repeat.ask, "further row": repeat.ask_another}
        for what, text in named.items():
            if text:
                yield text[_SOURCE], f"{what} of the repeat {repeat.name}"
    for question in sheet.questions:
        yield from _question_texts(question)


def _question_texts(question: Question) -> Iterator[tuple[str, str]]:
    named = {
        "question": question.label,
        "hint of the question": question.hint,
        "said when the answer does not fit the question": question.constraint_message,
        "said when there is no answer to the question": question.required_message,
    }
    for what, text in named.items():
        if _SOURCE in text:
            yield text[_SOURCE], f"{what} {question.name}"
    for choice in question.choices:
        if _SOURCE in choice.label:
            yield choice.label[_SOURCE], f"answer {choice.code} to the question {question.name}"


def _line(lines: list[str], text: str) -> int:
    cell = re.compile(rf"\|\s*{re.escape(text.replace('|', chr(92) + '|'))}\s*\|")
    return next((number for number, line in enumerate(lines, start=1) if cell.search(line)), 1)
