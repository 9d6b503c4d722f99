"""The short lessons about money, as data: a few screens to read, then questions with an explanation for each answer.

A lesson is a file of `lessons/`; they are told in the order of the files' names. See docs/lessons.md.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from foundation.language import Message

FOLDER = Path(__file__).resolve().parent / "lessons"
LONGEST_SCREEN = 350
"""Characters, in English: one look at a small phone."""

Words = Annotated[str, Field(min_length=1, pattern=r"^[^{}]*$")]
"""A brace would be a placeholder."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Screen(_Part):
    text: Annotated[Words, Field(max_length=LONGEST_SCREEN)]
    talk: bool = False
    """Offers to talk to a person."""


class Choice(_Part):
    text: Annotated[Words, Field(max_length=40)]
    why: Annotated[Words, Field(max_length=200)]
    """What is said to whoever chose it."""
    right: bool = False


class QuizQuestion(_Part):
    ask: Annotated[Words, Field(max_length=200)]
    answers: tuple[Choice, ...] = Field(min_length=2, max_length=4)

    @model_validator(mode="after")
    def _one_is_right(self) -> "QuizQuestion":
        if sum(each.right for each in self.answers) != 1:
            raise ValueError("a question has one right answer")
        return self

    @property
    def right(self) -> Choice:
        return next(each for each in self.answers if each.right)


class Lesson(_Part):
    id: str = Field(pattern=r"^[a-z_]{1,20}$")
    title: Annotated[Words, Field(max_length=40)]
    screens: tuple[Screen, ...] = Field(min_length=4, max_length=6)
    questions: tuple[QuizQuestion, ...] = Field(min_length=3, max_length=3)


@cache
def lessons() -> Mapping[str, Lesson]:
    """By id, in the order in which they are offered."""
    read = [Lesson.model_validate_json(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))]
    return {each.id: each for each in read}


def lesson_title(lesson_id: str) -> Message:
    """The id itself for a lesson that is not told any more."""
    known = lessons().get(lesson_id)
    return Message(known.title) if known else Message("{lesson}").of(lesson=lesson_id)


def extract(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel extraction method for `lessons/*.json`."""
    del keywords, comment_tags, options  # part of Babel's signature; the file has no code
    lesson = Lesson.model_validate(json.loads(fileobj.read()))
    note = f"Translators: lesson {lesson.id}, plain words for people who read little"
    yield 1, "gettext", lesson.title, [f"{note}; its title, on a button"]
    for screen in lesson.screens:
        yield 1, "gettext", screen.text, [note]
    for question in lesson.questions:
        yield 1, "gettext", question.ask, [f"{note}; a question at the end"]
        for answer in question.answers:
            yield 1, "gettext", answer.text, [f"{note}; an answer, on a button"]
            yield 1, "gettext", answer.why, [f"{note}; said to whoever chose “{answer.text}”"]
