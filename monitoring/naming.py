"""Signs that a public text names someone. They find what can be found by its form; whoever writes must look as well."""

import re
from collections.abc import Iterable

from foundation.errors import Invalid
from foundation.language import Message, _

_CASE_NUMBER = re.compile(r"\bHW-?[0-9A-Z]{4}-?[0-9A-Z]{4}\b", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_TELEPHONE = re.compile(r"\+?\d(?:[ ()/.-]?\d){8,}")
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Prof|Mme|Mlle|Monsieur|Madame|Sr|Sra|Señor|Señora|Don|Doña)\.?\s+[^\W\d_]\w+"
    r"|(?:السيد|السيدة|الآنسة|الدكتور|الدكتورة)\s+\w+"
)

HOLDS_CASE_NUMBER = _("This text holds the number of a case. Take it out: what is issued is public.")
MAY_NAME: dict[str, Message] = {
    "mail": _("This text holds an e-mail address. Take it out, or say that you have looked and it names nobody."),
    "telephone": _("This text seems to hold a telephone number. Take it out, or say that it names nobody."),
    "title": _("This text seems to name someone by a title. Take the name out, or say that it names nobody."),
    "staff": _("This text holds the name of a member of staff. Write of the office, or say that it names nobody."),
}


class MayNameSomeone(Invalid):
    """The writer may still say that they have looked, and that the text names nobody."""


def refuse_names(texts: Iterable[str], staff: Iterable[str], *, checked: bool) -> None:
    """Raises Invalid for a case number; MayNameSomeone for other signs of a name unless the writer has `checked`.

    `staff`: names of the members of staff.
    """
    text = "\n".join(texts)
    if _CASE_NUMBER.search(text):
        raise Invalid(HOLDS_CASE_NUMBER)
    if not checked and (sign := _sign(text, staff)):
        raise MayNameSomeone(MAY_NAME[sign])


def _sign(text: str, staff: Iterable[str]) -> str | None:
    for name, pattern in (("mail", _MAIL), ("telephone", _TELEPHONE), ("title", _TITLE)):
        if pattern.search(text):
            return name
    said, names = _words(text), map(_words, staff)
    # One word alone, such as a first name, may be any word of a sentence.
    return "staff" if any(f" {name} " in f" {said} " for name in names if " " in name) else None


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
