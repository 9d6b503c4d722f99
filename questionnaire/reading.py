"""Understanding what a person sent as the answer to a question. Every refusal says what to do instead."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from foundation.errors import Invalid
from foundation.language import Message, _, say
from questionnaire.checking import LARGEST_INTEGER, LONGEST_TEXT, SHAPE_FAULTS
from questionnaire.cleaning import ascii_digits, clean_text, fold
from questionnaire.dates import read_date
from questionnaire.engine import Given, check, choices_for
from questionnaire.places import read_position, write_position
from questionnaire.sheet import Answer, Answers, Choice, Kind, Question, Sheet
from questionnaire.wording import choice_label

_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|ere|eme|ème|e|º|ª|°)(?=\W|$)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.,])[+-]?\d+(?:[.,]\d+)*", re.ASCII)
_SEPARATORS = re.compile(r"[,;،؛\n/&]+")
_TAKES = {Kind.IMAGE: "image/", Kind.AUDIO: "audio/", Kind.TEXT: "audio/"}
_THOUSANDS = 3
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Chosen:
    """A button: the codes of choices, not words somebody typed."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that was sent: its id once it is stored, and its media type."""

    file_id: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Located:
    """A place that was shared."""

    latitude: float
    longitude: float


Incoming = str | Chosen | Attached | Located
"""What was written, tapped, sent or shared."""


@dataclass(frozen=True, slots=True)
class Understood:
    value: Answer


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    message: Message


def read(
    sheet: Sheet, question: Question, incoming: Incoming, answers: Answers, given: Given
) -> Understood | NotUnderstood:
    """The value to record, already checked against the form, or what to tell the person. `given.language` is theirs."""
    try:
        value = _value(sheet, question, incoming, answers, given)
    except Invalid as refusal:
        return NotUnderstood(refusal.message)
    fault = check(sheet, question, value, answers, given)
    return NotUnderstood(fault) if fault else Understood(value)


def not_understood_content(question: Question) -> NotUnderstood:
    """For a photo, sticker, voice message or other content where words or a choice were asked."""
    match question.kind:
        case Kind.SELECT_ONE | Kind.SELECT_MULTIPLE:
            return NotUnderstood(_("We cannot use this here. Please choose one of the answers shown."))
        case Kind.INTEGER | Kind.DECIMAL:
            return NotUnderstood(_("We cannot use this here. Please send a number, in digits."))
        case Kind.DATE:
            return NotUnderstood(_("We cannot use this here. Please send a date, for example 3 May 1990."))
        case Kind.NOTE:
            return NotUnderstood(_("We cannot use this here. Please confirm that you have read the message above."))
        case Kind.IMAGE | Kind.AUDIO | Kind.FILE | Kind.GEOPOINT:
            return NotUnderstood(SHAPE_FAULTS[question.kind])
    return NotUnderstood(_("We cannot use this here. Please write your answer in words, or say it as a voice message."))


def _value(sheet: Sheet, question: Question, incoming: Incoming, answers: Answers, given: Given) -> Answer:
    match incoming:
        case Chosen():
            return _chosen(question, incoming)
        case Attached():
            return _attached(question, incoming)
        case Located() if question.kind is Kind.GEOPOINT:
            return write_position(incoming.latitude, incoming.longitude)
        case Located():
            raise Invalid(not_understood_content(question).message)
    return _typed(sheet, question, incoming, answers, given)


def _attached(question: Question, file: Attached) -> Answer:
    """Words may be spoken wherever they may be written."""
    fits = question.kind is Kind.FILE or file.media_type.startswith(_TAKES.get(question.kind, "nothing"))
    if not fits:
        raise Invalid(not_understood_content(question).message)
    return {"file": file.file_id, "type": file.media_type}


def _chosen(question: Question, incoming: Chosen) -> Answer:
    """Codes that are not offered are refused by `check`."""
    if question.kind is Kind.SELECT_MULTIPLE:
        return list(incoming.codes)
    if question.kind is Kind.SELECT_ONE and len(incoming.codes) == 1:
        return incoming.codes[0]
    raise Invalid(_("This button belongs to another question. Please answer the question above."))


def _typed(sheet: Sheet, question: Question, incoming: str, answers: Answers, given: Given) -> Answer:
    text = clean_text(incoming)
    if not text:
        raise Invalid(_("We did not receive any words. Please write your answer."))
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            _("Your text has {length} characters; the most is {limit}. It is still in the chat: please shorten it."),
            length=len(text),
            limit=LONGEST_TEXT,
        )
    match question.kind:
        case Kind.TEXT:
            return text
        case Kind.INTEGER:
            return _integer(text)
        case Kind.DECIMAL:
            return _decimal(text)
        case Kind.DATE:
            return read_date(text, given.language).isoformat()
        case Kind.NOTE:
            return True
        case Kind.GEOPOINT:
            return read_position(text)
        case Kind.IMAGE | Kind.AUDIO | Kind.FILE:
            raise Invalid(SHAPE_FAULTS[question.kind])
    offered = choices_for(sheet, question, answers, given)
    labels = _Labels(sheet, question, offered, given.language)
    return labels.one(text) if question.kind is Kind.SELECT_ONE else labels.several(text)


def _one_number(text: str, refusal: Message) -> str:
    """The only number in the text, words around it allowed; digits of any script, ordinals such as 2nd."""
    plain = _ORDINAL.sub("", ascii_digits(text).replace("−", "-"))
    found = _NUMBER.findall(plain)
    if len(found) != 1:
        raise Invalid(refusal)
    return str(found[0])


def _integer(text: str) -> int:
    number = _one_number(text, _("Please send one whole number, in digits, for example 7."))
    if not number.lstrip("+-").isdigit():
        raise Invalid(_("Please send a whole number, without a point or comma, for example 7 or 1500."))
    if len(number) > _MOST_DIGITS or abs(int(number)) > LARGEST_INTEGER:
        raise Invalid(_("This number is too large. Please send one of at most {limit}."), limit=LARGEST_INTEGER)
    return int(number)


def _decimal(text: str) -> str:
    number = _one_number(text, _("Please send one number, in digits, for example 12 or 7.5."))
    whole, *rest = re.split("[.,]", number.lstrip("+-"))
    if len(rest) > 1 or ("," in number and len(rest[0]) == _THOUSANDS):
        raise Invalid(_("Please write the number without marks between thousands, for example 1500 or 7.5."))
    if len(whole) > _MOST_DIGITS or len("".join(rest)) > _MOST_DIGITS:
        raise Invalid(_("This number has too many digits. Please send a shorter one."))
    return format(Decimal(number.replace(",", ".")), "f")


_folded_label = lru_cache(maxsize=4096)(fold)
"""Of labels only: what people write is not kept."""


class _Labels:
    """The choices offered, found by number as shown (from 1), by label, or by code."""

    def __init__(self, sheet: Sheet, question: Question, offered: tuple[Choice, ...], language: str) -> None:
        self.offered = offered
        self.codes = [choice.code for choice in offered]
        self.by_label: dict[str, str] = {}
        for code in self.codes:
            self.by_label.setdefault(_folded_label(say(language, choice_label(sheet, question, code, language))), code)
        self.by_label.pop("", None)

    def find(self, text: str) -> str | None:
        """A label wins over a number, so that a choice labelled 3 means itself."""
        folded = fold(text)
        if folded in self.by_label:
            return self.by_label[folded]
        number, _space, rest = fold(_ORDINAL.sub("", ascii_digits(text))).partition(" ")
        if number.isascii() and number.isdigit() and len(number) <= _THOUSANDS and 1 <= int(number) <= len(self.codes):
            code = self.codes[int(number) - 1]
            return code if not rest or self.by_label.get(rest) == code else None
        return next((code for code in self.codes if fold(code) == folded), None)

    def one(self, text: str) -> str:
        code = self.find(text)
        if code is None:
            raise Invalid(
                _("Please choose one of the answers shown, or send its number from 1 to {most}."), most=len(self.codes)
            )
        return code

    def several(self, text: str) -> list[Answer]:
        """In the order of the form, each once. Parts stand apart by a comma, a line, or a space between numbers."""
        whole = self.find(text)
        parts = [text] if whole else [part for part in _SEPARATORS.split(text) if part.strip()]
        found = {code for part in parts for code in self._part(part)}
        return [code for code in self.codes if code in found]

    def _part(self, part: str) -> list[str]:
        if (code := self.find(part)) is not None:
            return [code]
        codes = [self.find(word) for word in part.split()]
        known = [code for code in codes if code is not None]
        if not known or len(known) < len(codes):
            raise Invalid(_("Please choose from the answers shown, or send their numbers, for example 1, 3."))
        return known
