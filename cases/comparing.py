"""What changed between two fillings of one form, question by question. Pure; across versions by the question's name."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from questionnaire.keys import ANOTHER, split_key
from questionnaire.sheet import SILENT, Answer, Answers, Kind, Question, Sheet


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Filling:
    """A form as it was filled in: the version it was filled in on, and the answers by key."""

    sheet: Sheet
    answers: Answers


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after`: None where nothing was answered. `question`: of the version that has the newer answer."""

    kind: ChangeKind
    key: str
    question: Question
    sheet: Sheet
    before: Answer
    after: Answer


def changes(before: Filling, after: Filling) -> list[Change]:
    """In the order of the newer version; what only the older one asks comes last.

    A question that was skipped is as good as one that was not asked. Notes and what the form works out are left out.
    """
    old, new = _given(before), _given(after)
    return [
        _change(key, before, after, old.get(key), new.get(key))
        for key in _in_order(before, after, {*old, *new})
        if not _same(old.get(key), new.get(key))
    ]


def _given(filling: Filling) -> dict[str, Answer]:
    return {
        key: answer
        for key, answer in filling.answers.items()
        if answer is not None and (question := _question(filling.sheet, key)) is not None and _tells(question)
    }


def _tells(question: Question) -> bool:
    """Whether there is another row is told by the rows themselves."""
    is_about_rows = split_key(question.name).name == ANOTHER
    return question.kind not in SILENT and question.kind is not Kind.NOTE and not is_about_rows


def _question(sheet: Sheet, key: str) -> Question | None:
    """None for what this version does not ask, and for what a channel keeps beside the answers of a draft."""
    try:
        return sheet.question(key)
    except KeyError:
        return None


def _in_order(before: Filling, after: Filling, keys: AbstractSet[str]) -> list[str]:
    lost = {key for key in keys if _question(after.sheet, key) is None}
    return [
        *sorted(keys - lost, key=lambda key: (after.sheet.plan.place(key), key)),
        *sorted(lost, key=lambda key: (before.sheet.plan.place(key), key)),
    ]


def _same(one: Answer, other: Answer) -> bool:
    """The order in which several answers were chosen means nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return one == other


def _change(key: str, before: Filling, after: Filling, old: Answer, new: Answer) -> Change:
    kind = ChangeKind.ADDED if old is None else ChangeKind.REMOVED if new is None else ChangeKind.CHANGED
    sheet = before.sheet if new is None else after.sheet
    return Change(kind, key, sheet.question(key), sheet, old, new)
