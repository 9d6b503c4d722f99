"""A form as pages: a section is what stands together, few enough questions for one screen and one trip on a poor line.

Sections follow from the answers like the questions themselves; nothing is kept of them, so none can go stale.
"""

from dataclasses import dataclass

from cases.filling import Draft
from questionnaire import engine
from questionnaire.keys import ANOTHER, split_key
from questionnaire.sheet import Question

MOST_QUESTIONS = 8


@dataclass(frozen=True, slots=True)
class Section:
    """`repeat` and `row`: the row it asks about; empty outside repeats."""

    questions: tuple[Question, ...]
    repeat: str
    row: int

    @property
    def at(self) -> str:
        """Its address: the key of its first question."""
        return self.questions[0].name


def sections_of(draft: Draft) -> list[Section]:
    """What is asked as things stand, in the order of the form."""
    sections: list[Section] = []
    place: tuple[object, ...] = ()
    for question in engine.relevant_questions(draft.sheet, draft.answers, draft.given):
        repeat, row, name = split_key(question.name)
        # Whether there is another one is asked at the end of the row before it.
        row = row - 1 if name == ANOTHER else row
        here = (question.group, repeat, row)
        if here == place and len(sections[-1].questions) < MOST_QUESTIONS:
            sections[-1] = Section((*sections[-1].questions, question), repeat, row)
        else:
            sections.append(Section((question,), repeat, row))
        place = here
    return sections


def place_of(sections: list[Section], key: str) -> int | None:
    """Which section asks the question; None when nothing does."""
    return next(
        (place for place, section in enumerate(sections) if any(each.name == key for each in section.questions)), None
    )


def waiting_place(draft: Draft, sections: list[Section], first: int = 0) -> int | None:
    """The first section, from `first` on, with a question that has no answer."""
    return next(
        (
            place
            for place, section in enumerate(sections)
            if place >= first and any(question.name not in draft.answers for question in section.questions)
        ),
        None,
    )
