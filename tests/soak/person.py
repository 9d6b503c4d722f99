"""A scripted person: reads what the bot shows, answers by tapping or typing, and remembers every answer given.

Pure: what is shown goes in, actions come out, in the JSON shape of the simulator's phones. A message that was answered
before is known by the nonce of its buttons, so that a repeat is neither answered nor mistaken for a new question.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from cases.sheets import ARRIVAL, built_in_sheets
from foundation.language import SOURCE_LANGUAGE, say
from questionnaire.sheet import Answer, Kind, Question
from questionnaire.wording import choice_label, label

Action = dict[str, Any]

SKIPS, TYPED_CHOICES = 0.12, 0.3
_LIVE = re.compile(r"[qca]:([^:]+):")
_ALONE = frozenset(["alone", "none"])
_BIRTH_YEARS = (1940, 2012)
_NUMBERS = (0, 20)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot on a phone. A button is its label and its data."""

    message_id: int
    text: str
    buttons: tuple[tuple[str, str], ...]

    @property
    def data(self) -> list[str]:
        return [data for _label, data in self.buttons]

    @property
    def nonce(self) -> str | None:
        """What marks the buttons of one question; None for menus and plain words."""
        return next((found[1] for data in self.data if (found := _LIVE.match(data))), None)


@cache
def _questions() -> dict[str, tuple[str, Question]]:
    """Form and question by the label a person reads."""
    return {
        say(SOURCE_LANGUAGE, label(sheet, question, SOURCE_LANGUAGE, {})): (sheet.id, question)
        for sheet in built_in_sheets().values()
        if not sheet.for_staff
        for question in sheet.questions
        if question.is_asked
    }


class Person:
    """`name` marks everything typed; `texts`: messages written to the caseworker; `forms`: how many are filled in.

    `double_taps`: how often a live button is tapped twice.
    """

    def __init__(self, name: str, *, seed: int, texts: int, forms: int, double_taps: float = 0.15) -> None:
        self.name, self.texts, self.forms, self.double_taps = name, texts, forms, double_taps
        self.random = Random(f"{seed} {name}")
        self.answers: dict[str, dict[str, Answer]] = {}
        self.given: Counter[tuple[str, str]] = Counter()
        self.wrote: list[str] = []
        self.sent: list[str] = []
        self.repeats = 0
        self.done = False
        self._form = ""
        self._answered: set[str] = set()
        self._step = "language"

    def begin(self) -> list[Action]:
        return [{"kind": "start"}]

    def react(self, shown: Shown) -> list[Action]:
        """What the person does on seeing one more message; often nothing."""
        nonce = shown.nonce
        if nonce is None:
            return self._follow(shown)
        if nonce in self._answered:
            self.repeats += 1
            return []
        self._answered.add(nonce)
        if f"a:{nonce}:yes" in shown.data:
            return self._tap(shown, f"a:{nonce}:yes")
        if f"c:{nonce}:yes" in shown.data:
            return self._tap(shown, f"c:{nonce}:yes")
        if f"q:{nonce}:send:" in shown.data:
            return self._send(shown, nonce)
        return self._answer(shown, nonce)

    def _follow(self, shown: Shown) -> list[Action]:
        """Menus and plain words, each at its step of the way."""
        match self._step:
            case "language" if f"m.language:{SOURCE_LANGUAGE}" in shown.data:
                return self._go(shown, "menu", f"m.language:{SOURCE_LANGUAGE}")
            case "menu" if "m.begin" in shown.data:
                return self._go(shown, "form", "m.begin")
            case "form" if {"m.begin", "m.hide"} <= {*shown.data}:
                return self._go_on(shown)
            case "sent" if "m.write" in shown.data:
                return self._go(shown, "asked", "m.write")
            case "asked" if "Write your message" in shown.text:
                self._step = "writing"
                return self._write()
            case "writing" if "has been passed on" in shown.text:
                if len(self.wrote) < self.texts:
                    return self._write()
                self.done = self.forms == 1
                return self._go(shown, "menu", "m.menu") if not self.done else []
            case "thanked" if "m.menu" in shown.data:
                self.done = True
        return []

    def _go_on(self, shown: Shown) -> list[Action]:
        """Something was told that stopped the form: on with it, once for each time."""
        stopped = f"stopped after {self.given.total()}"
        if stopped in self._answered:
            self.repeats += 1
            return []
        self._answered.add(stopped)
        return self._go(shown, "form", "m.begin")

    def _go(self, shown: Shown, step: str, data: str) -> list[Action]:
        self._step = step
        return [{"kind": "tap", "message": shown.message_id, "data": data}]

    def _tap(self, shown: Shown, data: str) -> list[Action]:
        """A tap on a live button; now and then twice, as people do."""
        times = 2 if self.random.random() < self.double_taps else 1
        return [{"kind": "tap", "message": shown.message_id, "data": data}] * times

    def _write(self) -> list[Action]:
        self.wrote.append(f"{self.name} writes {len(self.wrote)} {self.random.randrange(10**9)}")
        return [{"kind": "text", "text": self.wrote[-1]}]

    def _send(self, shown: Shown, nonce: str) -> list[Action]:
        self.sent.append(self._form)
        self._step = "sent" if self._form == ARRIVAL else "thanked"
        return self._tap(shown, f"q:{nonce}:send:")

    def _answer(self, shown: Shown, nonce: str) -> list[Action]:
        self._form, question = next(_questions()[part] for part in shown.text.split("\n\n") if part in _questions())
        self.given[self._form, question.name] += 1
        skip = f"q:{nonce}:skip:"
        if skip in shown.data and self.random.random() < SKIPS:
            value, actions = None, self._tap(shown, skip)
        elif question.kind is Kind.SELECT_ONE:
            value, actions = self._choose(question, shown, nonce)
        else:
            value, words = self._typed(question, shown, nonce)
            actions = [{"kind": "text", "text": words}]
        self.answers.setdefault(self._form, {})[question.name] = value
        return actions

    def _choose(self, question: Question, shown: Shown, nonce: str) -> tuple[Answer, list[Action]]:
        offered = [(words, data) for words, data in shown.buttons if data.startswith(f"q:{nonce}:choose:")]
        words, data = self.random.choice(offered)
        code, spoken = self._choice(question, words)
        typed = self.random.random() < TYPED_CHOICES
        return code, [{"kind": "text", "text": spoken}] if typed else self._tap(shown, data)

    def _typed(self, question: Question, shown: Shown, nonce: str) -> tuple[Answer, str]:
        if question.kind is Kind.INTEGER:
            number = self.random.randint(*(_BIRTH_YEARS if question.name == "birth_year" else _NUMBERS))
            return number, str(number)
        if question.kind is Kind.TEXT:
            words = f"{self.name} {question.name} {self.random.randrange(10**9)}"
            return words, words
        offered = [words for words, data in shown.buttons if data.startswith(f"q:{nonce}:pick:")]
        codes = [self._choice(question, words)[0] for words in offered]
        picked = sorted(self.random.sample(range(len(codes)), self.random.randint(1, min(3, len(codes)))))
        alone = [place for place in picked if codes[place] in _ALONE]
        picked = alone or picked
        return [codes[place] for place in picked], ", ".join(str(place + 1) for place in picked)

    def _choice(self, question: Question, words: str) -> tuple[str, str]:
        """Code and label of the choice on a button; in front of its label a button may have a numeral or a mark."""
        sheet = built_in_sheets()[self._form]
        labels = {
            say(SOURCE_LANGUAGE, choice_label(sheet, question, each.code, SOURCE_LANGUAGE)): each.code
            for each in question.choices
        }
        found = max((each for each in labels if words.endswith(each)), key=len)
        return labels[found], found
