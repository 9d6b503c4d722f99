"""One pass over a form: what is relevant, what every name is worth, which answers may stay.

`settle_all` looks at everything, each step after those it needs. `settle_change` starts from a settled state and looks
only at what depends on the one answer that changed: a form of sixty questions costs no more than the few it touches.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from foundation.language import say
from questionnaire.functions import Scope, to_number, to_text
from questionnaire.keys import ANOTHER, row_key, split_key
from questionnaire.operands import Test
from questionnaire.plan import Plan, RowsStep, Step
from questionnaire.sheet import Answer, Answers, Choice, Kind, Question, Sheet
from questionnaire.wording import choice_label, choice_words

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """What the answers do not hold: the moment, the language, and values for the form's hidden rows.

    `now` should be in the person's time zone: `today()` is its date.
    """

    now: datetime
    values: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    settled: "list[tuple[Sheet, Answers, State]]" = field(default_factory=list, compare=False, repr=False)
    """The last things settled at this moment: one turn asks several times."""


@dataclass
class State:
    """A form at one moment. Nothing changes it."""

    plan: Plan
    asked: set[str]
    """Keys of the questions to be asked."""
    values: Values
    """What every name outside repeats is worth in an expression."""
    rows: Mapping[str, list[Values]]
    """The same inside repeats, row by row. A question that is not relevant in a row is absent there."""
    answers: dict[str, Answer]
    """The answers that may stay, and the calculated values."""
    offered: dict[str, tuple[Choice, ...]]
    """The choices left by a choice filter; questions without one offer all they have."""
    scope: Scope = field(compare=False)
    """What expressions see of it."""

    @cached_property
    def relevant(self) -> tuple[str, ...]:
        """Keys of the questions to be asked, in the order of the form."""
        asked = self.asked
        return tuple([key for key in self._keys() if key in asked])

    def first_open(self) -> str | None:
        """Key of the first question to be asked that has no answer."""
        asked, known = self.asked, self.answers
        for key in self._keys():
            if key not in known and key in asked:
                return key
        return None

    def _keys(self) -> Iterable[str]:
        names = self.plan.names
        return self.plan.keys(self.rows) if names is None else names

    def offers(self, question: Question) -> tuple[Choice, ...]:
        if question.name not in self.asked:
            return ()
        return self.offered.get(question.name, question.choices)


def as_text(answer: Answer) -> str:
    """An answer as expressions see it: codes of several choices with a space between, nothing for skipped."""
    if isinstance(answer, str):
        return answer
    if answer is None or answer is True:
        return ""
    if isinstance(answer, dict):
        return str(answer.get("file", ""))
    return " ".join(str(code) for code in answer) if isinstance(answer, list) else str(answer)


def settle_all(sheet: Sheet, answers: Answers, given: Given) -> State:
    one_pass = _Pass(sheet, answers, given)
    one_pass.run(sheet.plan.order)
    return one_pass.state()


def settle_change(sheet: Sheet, before: State, answers: Answers, key: str, given: Given) -> State:
    """`answers` are those that led to `before`, but for the one at `key`."""
    rows = {repeat: [dict(row) for row in each] for repeat, each in before.rows.items()}
    one_pass = _Pass(
        sheet=sheet,
        answers=answers,
        given=given,
        values=dict(before.values),
        rows=rows,
        kept=dict(before.answers),
        offered=dict(before.offered),
        relevant=set(before.asked),
        is_change=True,
    )
    repeat, _row, name = split_key(key)
    one_pass.run(sheet.plan.needed_by[repeat if name == ANOTHER else name])
    return one_pass.state()


def scope_of(sheet: Sheet, given: Given, values: Values, rows: Mapping[str, Sequence[Mapping[str, str]]]) -> Scope:
    def label(name: str, code: str) -> str:
        return say(given.language, choice_label(sheet, sheet.question(name), code, given.language)) if code else ""

    items = _items(sheet, given.language) if sheet.lists else {}
    return Scope(values, given.now, "", {}, given.language, label, {}, 0.0, rows, items)


def enter_row(scope: Scope, key: str) -> None:
    """Let expressions see the row that the key stands in."""
    repeat, row, _name = split_key(key)
    rows = scope.rows.get(repeat, ())
    scope.row, scope.position = (rows[row - 1] if 1 <= row <= len(rows) else {}), float(row)


def _items(sheet: Sheet, language: str) -> Mapping[str, Sequence[Mapping[str, str]]]:
    known = sheet.spoken_lists
    if language not in known:
        known[language] = {
            name: [
                {"label": say(language, choice_words(sheet, choice, language)), "name": choice.code, **choice.columns}
                for choice in choices
            ]
            for name, choices in sheet.lists.items()
        }
    return known[language]


_NONE: tuple[tuple[Choice, ...], frozenset[str]] = ((), frozenset())


@dataclass(slots=True)
class _Pass:
    """The tables being filled. Steps already settled are overwritten; everything they need is settled."""

    sheet: Sheet
    answers: Answers
    given: Given
    values: Values = field(default_factory=dict)
    rows: dict[str, list[Values]] = field(default_factory=dict)
    kept: dict[str, Answer] = field(default_factory=dict)
    offered: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    relevant: set[str] = field(default_factory=set)
    is_change: bool = False
    """The tables hold what was settled before."""
    known: dict[str, bool] = field(default_factory=dict)
    """Conditions met in this pass: all questions of a group have the group's."""
    plan: Plan = field(init=False)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.plan = self.sheet.plan
        self.scope = scope_of(self.sheet, self.given, self.values, self.rows)

    def run(self, steps: Iterable[Step | RowsStep]) -> None:
        """The innermost loop of every turn: what most steps are is written out, without a call for each."""
        scope, values, known, is_change = self.scope, self.values, self.known, self.is_change
        answers, kept, relevant = self.answers, self.kept, self.relevant
        for step in steps:
            if step.is_in_rows:
                if isinstance(step, RowsStep):
                    self._count_rows(step)
                else:
                    self._settle_rows(step)
                continue
            name, test = step.name, step.relevant
            if test is not None:
                holds = known.get(step.condition)
                if holds is None:
                    holds = known[step.condition] = test(scope)
                if not holds:
                    if is_change:
                        self._forget(name, name, values)
                    continue
            if not step.is_plain:
                if step.is_select:
                    self._settle_select(step, name, values)
                elif step.calculation is not None and not step.uses_current:
                    text = to_text(step.calculation(scope))
                    values[name] = kept[name] = "" if text == "NaN" else text
                else:
                    self._settle(step, name, values)
                continue
            relevant.add(name)
            if name not in answers:
                values[name] = ""
                if is_change:
                    kept.pop(name, None)
                continue
            answer = answers[name]
            if isinstance(answer, str) and (not step.is_select or answer in step.codes):
                kept[name] = values[name] = answer
            elif step.is_select:
                self._settle_select(step, name, values)
            else:
                kept[name], values[name] = answer, as_text(answer)

    def _settle_rows(self, step: Step) -> None:
        scope = self.scope
        for number, row in enumerate(self.rows.get(step.repeat, ()), start=1):
            scope.row, scope.position = row, float(number)
            key = row_key(step.repeat, number, step.name)
            if step.relevant is not None and not step.relevant(scope):
                self._forget(step.name, key, row)
            else:
                self._settle(step, key, row)

    def state(self) -> State:
        kept = self.kept
        if self.rows:  # a row that came later stands before what follows its repeat
            kept = {key: kept[key] for key in self.plan.keys(self.rows) if key in kept}
        return State(self.plan, self.relevant, self.values, self.rows, kept, self.offered, self.scope)

    def _settle(self, step: Step, key: str, own: Values) -> None:
        """A step that is relevant."""
        if step.is_select:
            self._settle_select(step, key, own)
        elif step.calculation is not None:
            scope = self.scope
            if step.uses_current:
                scope.current = as_text(self.answers.get(key))
            text = to_text(step.calculation(scope))
            scope.current = ""
            own[step.name] = self.kept[key] = "" if text == "NaN" else text
        elif step.kind is Kind.HIDDEN:
            own[step.name] = self.given.values.get(step.name, step.question.default)
        else:
            self.relevant.add(key)
            if key in self.answers:
                answer = self.kept[key] = self.answers[key]
                own[step.name] = answer if isinstance(answer, str) else as_text(answer)
            else:
                own[step.name] = ""
                self.kept.pop(key, None)

    def _settle_select(self, step: Step, key: str, own: Values) -> None:
        codes = step.codes
        if step.choice_filter is not None:
            if step.sorted_by is None:
                offered, codes = self._filtered(step, step.choice_filter)
            else:
                asked, by_worth = step.sorted_by
                offered, codes = by_worth.get(self.values.get(asked, ""), _NONE)
            if codes:
                self.offered[key] = offered
        if not codes:  # nothing to choose from: asking would leave the person stuck
            self._forget(step.name, key, own)
            return
        self.relevant.add(key)
        if key in self.answers:
            answer = self.answers[key]
            if isinstance(answer, list):
                left: list[Answer] = [code for code in answer if code in codes]
                if left:
                    self.kept[key], own[step.name] = left, " ".join(map(str, left))
                    return
            elif answer is None or answer in codes:
                self.kept[key], own[step.name] = answer, answer if isinstance(answer, str) else ""
                return
        self.kept.pop(key, None)
        own[step.name] = ""

    def _filtered(self, step: Step, holds: Test) -> tuple[tuple[Choice, ...], frozenset[str]]:
        """The choices that are left, and their codes."""
        scope, found = self.scope, []
        for choice in step.question.choices:
            scope.columns = choice.columns_and_name
            if holds(scope):
                found.append(choice)
        scope.columns = {}
        return tuple(found), frozenset([choice.code for choice in found])

    def _forget(self, name: str, key: str, own: Values) -> None:
        if not self.is_change:
            return  # nothing was there before
        own.pop(name, None)
        self.kept.pop(key, None)
        self.offered.pop(key, None)
        self.relevant.discard(key)

    def _count_rows(self, step: RowsStep) -> None:
        repeat, most = step.repeat.name, self.plan.most_rows
        if repeat in self.rows:
            self._drop_rows(repeat)
        if step.relevant is not None and not step.relevant(self.scope):
            self.rows[repeat] = []
            return
        if step.count is None:
            rows = self._rows_added(repeat, most)
        else:
            number = to_number(step.count(self.scope))
            rows = 0 if math.isnan(number) or number < 1 else int(min(number, most))
            if number >= most + 1:
                self._ask_another(repeat, most + 1)
        self.rows[repeat] = [{} for _row in range(rows)]

    def _rows_added(self, repeat: str, most: int) -> int:
        """As many as were answered yes, one after the other."""
        row = 1
        while self._ask_another(repeat, row) == "yes" and row <= most:
            row += 1
        return row - 1

    def _ask_another(self, repeat: str, row: int) -> Answer:
        key = row_key(repeat, row, ANOTHER)
        self.relevant.add(key)
        answer = self.answers.get(key)
        if answer is True if row > self.plan.most_rows else answer in ("yes", "no"):
            self.kept[key] = answer
        return answer

    def _drop_rows(self, repeat: str) -> None:
        prefix = f"{repeat}/"
        self.relevant -= {key for key in self.relevant if key.startswith(prefix)}
        for table in (self.kept, self.offered):
            for key in [key for key in table if key.startswith(prefix)]:
                del table[key]
