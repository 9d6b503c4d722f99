"""A walker: does at random what the chat offers, in any language, and notes what no person should ever see.

Nothing here knows a form or a menu: a button is a button, and everything a phone can send is sent now and then.
"""

import base64
import re
import string
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from babel.messages.pofile import read_po

from foundation.language import SOURCE_LANGUAGE, catalogue_file

Action = dict[str, Any]
Message = dict[str, Any]

SAMPLES = Path(__file__).resolve().parents[1] / "foundation" / "media"
PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s")
RAW_KEY = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[mq]\.[a-z]+\b|\bq:[\w-]{8}:")
TRACE = re.compile(r"Traceback|\b[A-Z]\w+(?:Error|Exception)\b")
MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u2066\u2067\u2068\u2069"))
COMMANDS = ("/start", "/menu", "/case", "/message", "/consents", "/help", "/stop", "/language", "/delete", "/nonsense")
WORDS = ("Amie", "7", "1990", "٣", "১২", "yes", "2026-11-03", "123456", "+216 20 123 456", "…", "🙂", "x" * 5000)


@cache
def english_only(language: str) -> frozenset[str]:
    """Sentences and labels that read otherwise in `language`: standing there in English they are a leak."""
    with catalogue_file(language, "person").open("rb") as source:
        messages = [each for each in read_po(source, locale=language) if each.id]
    texts = {each.id: each.string for each in messages if isinstance(each.id, str) and isinstance(each.string, str)}
    same = {said for said in texts.values()}  # noqa: C416  # a copy to look in
    return frozenset(
        text for text, said in texts.items() if said != text and text not in same and "{" not in text and " " in text
    )


@dataclass(slots=True)
class Walker:
    language: str
    seed: int
    random: Random = field(init=False)
    found: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    turns: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def read(self, message: Message) -> None:
        """Look at one message of the bot as it stands."""
        labels = [button["text"] for row in _rows(message) for button in row]
        for text in (message.get("text") or message.get("caption") or "", *labels):
            for name, pattern in (("raw keys", RAW_KEY), ("placeholders", PLACEHOLDER), ("tracebacks", TRACE)):
                # What the person wrote themselves may come back in a review.
                if (hit := pattern.search(text)) is not None:
                    self._note(name, hit.group())
            # The question for the language stands there in each of them.
            if self.language != SOURCE_LANGUAGE and not any("m.language:" in data for data in _data(message)):
                for line in text.translate(MARKS).splitlines():
                    if line.strip(" ❗") in english_only(self.language):
                        self._note("English leaks", line)

    def choose(self, messages: list[Message]) -> Action:
        """The next thing to do; `messages` are the bot's, oldest first."""
        self.turns += 1
        if self.turns == 1:
            return {"kind": "start"}
        # Whoever chose another language would rightly read that one.
        own = f"m.language:{self.language}"
        buttons = [
            each
            for each in self._buttons(messages[-3:])
            if each["data"] == own or not each["data"].startswith("m.language:")
        ]
        if not buttons or self.random.random() < 0.3:
            return self._anything(messages)
        newest = [each for each in buttons if each["message"] == messages[-1]["message_id"]]
        return self.random.choice(newest if newest and self.random.random() < 0.9 else buttons)

    def pick_language(self, messages: list[Message]) -> Action | None:
        """The button of this walker's language, or the one that shows more languages; None once it was chosen."""
        offered = {each["data"]: each for each in self._buttons(messages[-1:])}
        wanted = offered.get(f"m.language:{self.language}")
        return wanted or next((each for data, each in offered.items() if data.startswith("m.languages:")), None)

    def _anything(self, messages: list[Message]) -> Action:
        roll = self.random.random()
        if roll < 0.55:
            return {"kind": "text", "text": self.random.choice((*WORDS, self._noise()))}
        if roll < 0.7:
            return {"kind": "text", "text": self.random.choice(COMMANDS)}
        if roll < 0.75:
            return {"kind": "sticker"}
        if roll < 0.83:
            return {"kind": "location", "latitude": 36.8, "longitude": 10.2}
        return self._file()

    def _file(self) -> Action:
        kind, name, content = self.random.choice(
            [
                ("voice", "voice.ogg", (SAMPLES / "voice.ogg").read_bytes()),
                ("document", "letter.pdf", b"%PDF-1.4\n%%EOF\n"),
                ("document", "virus.exe", b"MZ"),
                ("photo", "photo.jpg", b"no picture"),
            ]
        )
        return {"kind": kind, "name": name, "content": base64.b64encode(content).decode(), "caption": "look"}

    def _noise(self) -> str:
        return "".join(self.random.choices(string.ascii_letters + " ", k=self.random.randint(1, 40))).strip() or "x"

    def _buttons(self, messages: list[Message]) -> list[Action]:
        return [
            {"kind": "tap", "message": message["message_id"], "data": button["callback_data"]}
            for message in messages
            for row in _rows(message)
            for button in row
            if "callback_data" in button
        ]

    def _note(self, name: str, example: str) -> None:
        self.found[name] += 1
        if len(self.examples) < 5:
            self.examples.append(f"{self.language}: {name}: {example[:80]}")


def _data(message: Message) -> list[str]:
    return [button.get("callback_data", "") for row in _rows(message) for button in row]


def _rows(message: Message) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows
