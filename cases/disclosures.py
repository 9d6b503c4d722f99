"""Disclosure of violence, trafficking or self-harm: a person is called in at once, whatever else happens.

Two things lead to it: an answer that says so (rules over answers, below), and words in what someone writes (lists in
`disclosure_words.json`). Both are a hint for a human being, never a finding: nothing is blocked, nobody is judged by
it, and a false alarm costs a look. The words themselves are neither kept here nor logged. Nobody who may be a child
is asked about abuse by a form (CRC, GCM 21(g)): `NOT_FOR_CHILDREN` names such questions, and a test walks the forms.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.models import Case, Submission, Task
from cases.rules import FlagKind, TaskKind
from cases.safeguarding import holds, raise_flag
from cases.tasks import open_task
from questionnaire.expressions import Expression, compile_expression
from questionnaire.sheet import Answers

WORDS = Path(__file__).resolve().parent / "disclosure_words.json"

NOT_FOR_CHILDREN: frozenset[tuple[str, str]] = frozenset(
    [
        ("needs", "fear"),
        ("needs", "forced_work"),
        ("check_in", "safe"),
        ("reintegration", "P04"),
        ("reintegration", "P05"),
        ("reintegration", "P06"),
    ]
)
"""Form and name of every question about fear, force or ill-treatment."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Something was told. `rule`: what noticed it; a code, never the words."""

    kind: FlagKind
    rule: str


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    kind: FlagKind
    sheet_id: str
    when: Expression


def _rule(rule_id: str, kind: FlagKind, when: str) -> _Rule:
    return _Rule(rule_id, kind, rule_id.partition(".")[0], compile_expression(when))


ANSWER_RULES: tuple[_Rule, ...] = (
    _rule("needs.fear", FlagKind.FEAR_OF_RETURN, "${fear} = 'yes'"),
    _rule("needs.forced_work", FlagKind.TRAFFICKING, "${forced_work} = 'yes'"),
    # Told by someone who may be a child, a place that is not safe cannot wait for the end of the form.
    _rule("needs.child_unsafe", FlagKind.NO_SAFE_PLACE, "${maybe_child} != 'no' and ${place_tonight} = 'unsafe'"),
    _rule("check_in.unsafe", FlagKind.VIOLENCE, "${safe} = 'no'"),
    _rule("reintegration.very_unsafe", FlagKind.VIOLENCE, "${P04} = 'very_unsafe'"),
)
"""Answers that stop the form. Ids that a flag rule has too are one and the same flag."""

_BY_QUESTION: dict[tuple[str, str], list[_Rule]] = {}
for _each in ANSWER_RULES:
    for _name in _each.when.references - {"maybe_child"}:
        _BY_QUESTION.setdefault((_each.sheet_id, _name), []).append(_each)


def told_in_answer(sheet_id: str, question: str, answers: Answers, given: Mapping[str, str]) -> list[Disclosure]:
    """What the answer just given to `question` discloses. Pure; for most questions no more than a look-up."""
    rules = _BY_QUESTION.get((sheet_id, question), ())
    known = {**given, **answers} if rules else {}
    return [Disclosure(rule.kind, rule.id) for rule in rules if holds(rule.when, known)]


def told_in_words(text: str) -> list[Disclosure]:
    """What the words of a text may disclose, in any of the listed languages: people write as they speak."""
    folded = f" {_folded(text)} "
    return [Disclosure(kind, f"words.{kind}") for kind, pattern in _patterns() if pattern.search(folded)]


async def call_person(session: AsyncSession, case: Case, told: Iterable[Disclosure], *, actor: Actor) -> None:
    """Flag it and ask for a person within hours. What was settled before does not silence what is told now."""
    for each in told:
        await raise_flag(session, case, each.kind, each.rule, actor=actor)
        await open_task(session, case, TaskKind.DISCLOSURE, await _reason(session, case, each.rule), actor=actor)


async def told_at_once(session: AsyncSession, submission: Submission) -> set[str]:
    """Ids of the rules for which a person was called in while this form was being filled in."""
    reasons = await session.scalars(
        select(Task.reason).where(
            Task.case_id == submission.case_id,
            Task.kind == TaskKind.DISCLOSURE,
            Task.created_at >= submission.started_at,
        )
    )
    known = reasons.all()
    rules = [rule.id for rule in ANSWER_RULES if rule.sheet_id == submission.sheet_id]
    return {rule for rule in rules if any(each == rule or each.startswith(f"{rule}.") for each in known)}


async def _reason(session: AsyncSession, case: Case, rule: str) -> str:
    """The rule's id, numbered anew once an earlier task of it is done: the same is told again."""
    known = await session.scalars(select(Task).where(Task.case_id == case.id, Task.kind == TaskKind.DISCLOSURE))
    of_rule = [task for task in known.all() if task.reason == rule or task.reason.startswith(f"{rule}.")]
    still_open = next((task for task in of_rule if task.done_at is None), None)
    if still_open is not None:
        return still_open.reason
    return f"{rule}.{len(of_rule) + 1}" if of_rule else rule


@cache
def _patterns() -> tuple[tuple[FlagKind, re.Pattern[str]], ...]:
    listed: dict[str, dict[str, list[str]]] = json.loads(WORDS.read_text())["languages"]
    phrases: dict[FlagKind, list[str]] = {}
    for kinds in listed.values():
        for kind, words in kinds.items():
            phrases.setdefault(FlagKind(kind), []).extend(words)
    return tuple(
        (kind, re.compile("|".join(sorted(map(_pattern, words), key=len, reverse=True))))
        for kind, words in phrases.items()
    )


def _pattern(phrase: str) -> str:
    """A phrase between blanks. A star stands for the rest of a word, `...` for at most three words between."""
    words = [
        _BETWEEN if word == "..." else _folded(word) + (_REST if word.endswith("*") else "") for word in phrase.split()
    ]
    return " " + " ".join(words).replace(f"{_BETWEEN} ", _BETWEEN) + " "


_REST = "[^ ]*"
_BETWEEN = "(?:[^ ]+ ){0,3}"
_ALIKE = str.maketrans({"ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ؤ": "و", "ئ": "ي", "ء": "", "ـ": "", "œ": "oe"})
"""Letters that people write for one another."""


def _folded(text: str) -> str:
    """Without case, accents, vowel signs or punctuation; words are parted by one blank."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter if _counts(letter) else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.translate(_ALIKE).split())


def _counts(letter: str) -> bool:
    """Letters and digits, and the vowel signs that stand for themselves, as in Bengali."""
    return letter.isalnum() or unicodedata.category(letter) in ("Mc", "Mn")
