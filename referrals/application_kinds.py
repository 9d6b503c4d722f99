"""The kinds of application: what each asks for, as data. One more kind is one more entry in the two files.

`application_kinds.json` holds what the person may read, `application_fields.json` what staff fill in and go by.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO, Any

from cases.classifications import CLASSIFICATIONS, classification
from cases.record_fields import Field, FieldKind
from foundation.errors import Invalid
from foundation.language import Message, _
from referrals.application_rules import Outcome

HERE = Path(__file__).resolve().parent
NEEDED, OPTIONAL = "needed", "optional"
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Document:
    """`need`: `needed`, `optional`, or the name of a group, of which one document is enough."""

    code: str
    name: Message
    need: str


@dataclass(frozen=True, slots=True)
class Kind:
    code: str
    name: Message
    answer_days: int
    """Until an answer may be asked after, where the institution names no day."""
    documents: tuple[Document, ...]
    outcomes: Mapping[Outcome, Message]
    has_periods: bool
    has_plan: bool
    money: Message | None
    """What an amount is called; None: it is not about money."""
    fields: tuple[Field, ...]
    coded: Mapping[str, str]
    """The classification whose code a field holds, by the field's name. To whoever fills it in it is one of words."""
    steps: tuple[Message, ...]

    def document(self, code: str) -> Document | None:
        return next((each for each in self.documents if each.code == code), None)


@cache
def kinds() -> Mapping[str, Kind]:
    told = json.loads((HERE / "application_kinds.json").read_text(encoding="utf-8"))["kinds"]
    asked = json.loads((HERE / "application_fields.json").read_text(encoding="utf-8"))
    return {each["code"]: _kind(each, asked[each["code"]]) for each in told}


def kind_of(code: str) -> Kind:
    """Raises Invalid for a code that no kind has."""
    found = kinds().get(code)
    if found is None:
        raise Invalid(_("Choose what is applied for."))
    return found


def _kind(told: dict[str, Any], asked: dict[str, Any]) -> Kind:
    return Kind(
        code=told["code"],
        name=Message(told["name"]),
        answer_days=told["answer_days"],
        documents=tuple(Document(each["code"], Message(each["name"]), each["need"]) for each in told["documents"]),
        outcomes={Outcome(code): Message(words) for code, words in told["outcomes"].items()},
        has_periods=told["has_periods"],
        has_plan=told["has_plan"],
        money=Message(told["money"]) if told["money"] else None,
        fields=tuple(_field(each) for each in asked["fields"]),
        coded={each["name"]: each["kind"] for each in asked["fields"] if each.get("kind") in CLASSIFICATIONS},
        steps=tuple(Message(words) for words in asked["steps"]),
    )


def _field(asked: dict[str, Any]) -> Field:
    kind = asked.get("kind", FieldKind.WORDS)
    return Field(
        asked["name"],
        Message(asked["label"]),
        FieldKind.WORDS if kind in CLASSIFICATIONS else FieldKind(kind),
        {code: Message(words) for code, words in asked.get("choices", {}).items()},
        asked.get("required", False),
    )


def read_fields(kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, without what is empty. Raises Invalid that names the field.

    A field that must be there may still be empty: it is asked for when the application is submitted.
    """
    unknown = given.keys() - {field.name for field in kind.fields}
    if unknown:
        raise Invalid(_("This kind of application has no such field."))
    texts = {field.name: given.get(field.name, "").strip() for field in kind.fields}
    for field in kind.fields:
        if texts[field.name]:
            _check(kind, field, texts[field.name])
    return {name: text for name, text in texts.items() if text}


def _check(kind: Kind, field: Field, text: str) -> None:
    if len(text) > LONGEST:
        raise Invalid(_("{field}: please keep it under {count} characters."), field=field.label, count=LONGEST)
    if field.kind is FieldKind.CHOICE and text not in field.choices:
        raise Invalid(_("{field}: choose one of the answers."), field=field.label)
    if field.kind is FieldKind.DAY and not _is_day(text):
        raise Invalid(_("{field}: please give a day."), field=field.label)
    if field.name in kind.coded and code_title(kind.coded[field.name], text) is None:
        raise Invalid(_("{field}: this is no code of these classifications."), field=field.label)


def code_title(scheme: str, code: str) -> Message | None:
    """The title of a code in a classification, or None if it has no such code."""
    found = next((each for each in classification(scheme).codes if each.code == code), None)
    return Message(found.title) if found else None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def extract_kinds(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel extraction method for `application_kinds.json`."""
    del keywords, comment_tags, options  # part of Babel's signature; the file has no code
    for kind in json.loads(fileobj.read())["kinds"]:
        yield 1, "gettext", kind["name"], ["Translators: what is applied for at an institution"]
        if kind["money"]:
            yield 1, "gettext", kind["money"], []
        for document in kind["documents"]:
            yield 1, "gettext", document["name"], ["Translators: a document that someone may have to bring"]
        for words in kind["outcomes"].values():
            yield 1, "gettext", words, ["Translators: how an institution decided an application"]


def extract_fields(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel extraction method for `application_fields.json`."""
    del keywords, comment_tags, options
    for kind in json.loads(fileobj.read()).values():
        for field in kind["fields"]:
            yield 1, "gettext", field["label"], ["Translators: a field of an application, filled in by a caseworker"]
            for words in field.get("choices", {}).values():
                yield 1, "gettext", words, []
        for words in kind["steps"]:
            yield 1, "gettext", words, ["Translators: a usual step, for a caseworker"]
