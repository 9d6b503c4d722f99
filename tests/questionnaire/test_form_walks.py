"""Whatever the form and whatever the person does, nobody gets stuck and nothing is kept that does not apply."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaire.engine import (
    Given,
    answered,
    calculated,
    check,
    choices_for,
    is_complete,
    next_question,
    previous_question,
    progress,
    record,
    relevant_questions,
    review,
    settle,
)
from questionnaire.nesting import nested
from questionnaire.sheet import MOST_ROWS, SELECTS, Answer, Choice, Kind, Question, Repeat, Sheet

GIVEN = Given(now=datetime(2026, 11, 20, tzinfo=UTC), values={"known": "a"})
ASKED_KINDS = [kind for kind in Kind if kind not in {Kind.CALCULATE, Kind.HIDDEN}]
CODES = ["a", "b", "c"]
FILE = "6f1c1e52-4b0c-4d0e-9a38-0c8a3f3a9d11"

CONDITIONS: dict[Kind, list[str]] = {
    Kind.TEXT: ["string-length(${x}) > 3", "${x} = ''", "regex(${x}, '[a-m].*')"],
    Kind.INTEGER: ["${x} > 5", "${x} = ''", "not(${x} <= 3)", "(${x} + 1) mod 2 = 0"],
    Kind.DECIMAL: ["${x} * 2 > 5", "round(${x}) = 3 or ${x} = ''"],
    Kind.DATE: ["${x} > date('2000-01-01')", "${x} = '' or today() - ${x} > 9000"],
    Kind.SELECT_ONE: ["${x} = 'a'", "not(selected(${x}, 'b'))", "${x} != ''"],
    Kind.SELECT_MULTIPLE: ["selected(${x}, 'a')", "count-selected(${x}) != 1"],
    Kind.NOTE: ["true()"],
    Kind.IMAGE: ["${x} = ''"],
    Kind.AUDIO: ["${x} != ''"],
    Kind.FILE: ["string-length(${x}) > 3"],
    Kind.GEOPOINT: ["${x} != ''"],
    Kind.CALCULATE: ["${x} = 'k'", "${x} != 'k'"],
    Kind.HIDDEN: ["${x} = 'a'", "${x} = ''"],
}


class Author:
    """Writes a sound form: dependencies follow a hidden order, so questions may also look at later ones."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        size = chance.randint(1, 8)
        kinds = [chance.choice(list(Kind)) for _place in range(size)]
        kinds[chance.randrange(size)] = chance.choice(ASKED_KINDS)
        self.names = {f"q{place}": kind for place, kind in enumerate(kinds)}
        self.inside = set(chance.sample(list(self.names), chance.randint(1, size))) if chance.random() < 0.5 else set()
        """The questions of a repeat."""
        if Kind.HIDDEN in kinds:
            self.names["known"] = Kind.HIDDEN
        self.order = chance.sample(list(self.names), len(self.names))

    def write(self) -> Sheet:
        paths: list[tuple[str, ...]] = [(), ("g",), ("g", "h")]
        self.groups = {name: self.chance.choice(paths) for name in self.names}
        questions = tuple(self._question(name, kind, self.groups[name]) for name, kind in self.names.items())
        return Sheet(
            format=1,
            id="trial",
            version="1",
            title="Trial",
            languages=("en",),
            questions=questions,
            repeats=(self._repeat(),) if self.inside else (),
        )

    def _repeat(self) -> Repeat:
        """How many rows may depend on what comes before all of its questions in the hidden order."""
        first = min(self.order.index(name) for name in self.inside)
        before = [name for name in self.order[:first] if name not in self.inside]
        numbers = [name for name in before if self.names[name] is Kind.INTEGER]
        count = f"${{{self.chance.choice(numbers)}}} mod 5" if numbers and self.chance.random() < 0.7 else ""
        if not count and self.chance.random() < 0.3:
            count = self.chance.choice(["2", "0", "-1", "'many'"])
        relevant = self._condition(self.chance.choice(before)) if before and self.chance.random() < 0.3 else ""
        return Repeat(name="rows", relevant=relevant, count=count)

    def _question(self, name: str, kind: Kind, group: tuple[str, ...]) -> Question:
        conditions = [f"({self._condition(name)})" for _level in group if self.chance.random() < 0.3]
        if self.chance.random() < 0.5:
            conditions.append(self._condition(name))
        is_number = kind is Kind.INTEGER and self.chance.random() < 0.5
        return Question(
            name=name,
            kind=kind,
            label={"en": name},
            required=self.chance.random() < 0.4,
            relevant=" and ".join(conditions),
            constraint=". >= 0 and . < 50" if is_number else "",
            choices=tuple(self._choice(code) for code in CODES) if kind in SELECTS else (),
            choice_filter=self._filter(name) if kind in SELECTS else "",
            calculation=f"if({self._condition(name)}, 'k', count-selected('a b'))" if kind is Kind.CALCULATE else "",
            group=("rows", *group) if name in self.inside else group,
            repeat="rows" if name in self.inside else "",
        )

    def _depth(self, name: str) -> int:
        return 1 + len(self.groups[name])

    def _before(self, name: str) -> list[str]:
        return self.order[: self.order.index(name)]

    def _condition(self, name: str) -> str:
        before = self._before(name)
        if not before:
            return "true()"
        other = self.chance.choice(before)
        if other in self.inside and name not in self.inside:
            return self.chance.choice(
                [f"count(${{{other}}}) > 1", f"join(' ', ${{{other}}}) != ''", "count(${rows}) = 2"]
            )
        if other in self.inside and self.chance.random() < 0.3:
            return f"position({'/'.join(['..'] * self._depth(name))}) = 1"
        return self.chance.choice(CONDITIONS[self.names[other]]).replace("${x}", f"${{{other}}}")

    def _choice(self, code: str) -> Choice:
        return Choice(code=code, label={"en": code.upper()}, columns={"mark": self.chance.choice(CODES)})

    def _filter(self, name: str) -> str:
        others = [
            other
            for other in self._before(name)
            if self.names[other] in SELECTS and (other not in self.inside or name in self.inside)
        ]
        if not others or self.chance.random() < 0.5:
            return ""
        return f"selected(${{{self.chance.choice(others)}}}, mark)"


class Person:
    """Answers, skips, goes back and edits as chance has it."""

    def __init__(self, sheet: Sheet, chance: random.Random) -> None:
        self.sheet = sheet
        self.chance = chance
        self.answers = settle(sheet, {}, GIVEN).answers

    def value(self, question: Question) -> Answer:
        if question.may_be_skipped and self.chance.random() < 0.3:
            return None
        codes: list[Answer] = [choice.code for choice in choices_for(self.sheet, question, self.answers, GIVEN)]
        whole = self.chance.randint(0, 49)
        values: dict[Kind, Answer] = {
            Kind.TEXT: self.chance.choice(["ab", "zebra", "a long one"]),
            Kind.INTEGER: whole,
            Kind.DECIMAL: f"{whole / 10}",
            Kind.DATE: f"{1960 + whole}-05-03",
            Kind.SELECT_ONE: self.chance.choice(codes) if codes else None,
            Kind.SELECT_MULTIPLE: self.chance.sample(codes, self.chance.randint(1, len(codes))) if codes else None,
            Kind.IMAGE: {"file": FILE, "type": "image/png"},
            Kind.AUDIO: {"file": FILE, "type": "audio/ogg"},
            Kind.FILE: {"file": FILE, "type": "application/pdf"},
            Kind.GEOPOINT: f"{whole}.5 -{whole} 0 0",
            Kind.NOTE: True,
        }
        if question.name.endswith("/+") and question.kind is Kind.SELECT_ONE and self.chance.random() < 0.5:
            return "no"
        return values[question.kind]

    def give(self, question: Question) -> None:
        value = self.value(question)
        assert check(self.sheet, question, value, self.answers, GIVEN) is None
        self.answers = record(self.sheet, self.answers, question.name, value, GIVEN)
        assert question.name in self.answers

    def wander(self) -> None:
        asked = relevant_questions(self.sheet, self.answers, GIVEN)
        here = next_question(self.sheet, self.answers, GIVEN)
        if here and self.chance.random() < 0.6:
            self.give(here)
        elif here and self.chance.random() < 0.5:
            before = previous_question(self.sheet, self.answers, here.name, GIVEN)
            self.give(before or here)
        elif asked:
            self.give(self.chance.choice(asked))

    def finish(self) -> int:
        """Answer until the review; the number of questions that took."""
        steps = 0
        while (question := next_question(self.sheet, self.answers, GIVEN)) is not None:
            self.give(question)
            steps += 1
            assert steps <= 2 ** len(self.sheet.questions) + MOST_ROWS * 20, "the questions never end"
        return steps


def check_standing(sheet: Sheet, answers: dict[str, Answer]) -> None:
    relevant = [question.name for question in relevant_questions(sheet, answers, GIVEN)]
    silent = calculated(sheet, answers, GIVEN)
    assert set(answers) <= {*relevant, *silent}, "an answer was kept that does not apply"
    fresh = replace(GIVEN, settled=[])
    assert settle(sheet, answers, fresh) == settle(sheet, answers, GIVEN), "step by step it comes out otherwise"
    assert settle(sheet, answers, fresh).answers == answers, "settling again changes something"
    assert [question.name for question, _answer in answered(sheet, answers)] == [
        name for name in relevant if name in answers
    ]
    assert json.loads(json.dumps(nested(sheet, answers))) == nested(sheet, answers)
    assert json.loads(json.dumps(answers)) == answers
    for place, name in enumerate(relevant, start=1):
        assert progress(sheet, answers, name, GIVEN) == (place, len(relevant))
        before = previous_question(sheet, answers, name, GIVEN)
        assert (before.name if before else None) == (relevant[place - 2] if place > 1 else None)
    asked = [sheet.question(name) for name in relevant]
    chosen = [question for question in asked if question.kind in SELECTS and answers.get(question.name)]
    for question in chosen:
        offered = {choice.code for choice in choices_for(sheet, question, answers, GIVEN)}
        answer = answers[question.name]
        assert set(answer if isinstance(answer, list) else [answer]) <= offered, "a choice was kept that is not offered"


@settings(max_examples=250, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_walk_ends_in_the_review(chance: random.Random) -> None:
    sheet = Author(chance).write()
    assert Sheet.from_json(sheet.to_json()) == sheet
    person = Person(sheet, chance)
    for _step in range(chance.randint(0, 12)):
        person.wander()
        check_standing(sheet, person.answers)
    person.finish()
    check_standing(sheet, person.answers)
    assert is_complete(sheet, person.answers, GIVEN)
    reviewed = [question.name for question, _answer in review(sheet, person.answers, GIVEN)]
    asked = relevant_questions(sheet, person.answers, GIVEN)
    assert reviewed == [question.name for question in asked if question.kind is not Kind.NOTE]


def test_the_walks_meet_every_kind_filters_and_groups() -> None:
    """Without this the property above could hold of forms that never get interesting."""
    sheets = [Author(random.Random(seed)).write() for seed in range(200)]
    questions = [question for sheet in sheets for question in sheet.questions]
    assert {question.kind for question in questions} == set(Kind)
    assert any(question.choice_filter for question in questions)
    assert any(len(question.group) > 1 and question.relevant for question in questions)
    assert any(repeat.count for sheet in sheets for repeat in sheet.repeats)
    assert any(not repeat.count for sheet in sheets for repeat in sheet.repeats)
    dropped = 0
    for seed, sheet in enumerate(sheets):
        person = Person(sheet, random.Random(seed))
        person.finish()
        for _step in range(10):
            before = set(person.answers)
            person.wander()
            dropped += bool(before - set(person.answers))
    assert dropped > 20
