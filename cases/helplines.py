"""Help lines: whom to call in which country, for what. The numbers stand in a file that a deployment confirms.

`helplines.json` has a list for each country code; `other` serves whoever's country has none, and `everywhere` comes
after any of them. A line that nobody of the deployment has called is `verified: false`, and `homeward doctor` says so.
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

from foundation.errors import Invalid
from foundation.language import PDI, Message, _, _p, isolate, listed, say

OUR_LINES = Path(__file__).resolve().parent / "helplines.json"
ELSEWHERE = "other"
EVERYWHERE = "everywhere"
LRI = "\u2066"
"""Begins an isolate that runs from left to right: a phone number keeps its order in every script."""


class LineKind(StrEnum):
    POLICE = "police"
    AMBULANCE = "ambulance"
    FIRE = "fire"
    ANY_EMERGENCY = "any_emergency"
    CHILD = "child"
    VIOLENCE = "violence"
    TRAFFICKING = "trafficking"
    SELF_HARM = "self_harm"
    REFUGEES = "refugees"
    MIGRATION = "migration"
    LEGAL = "legal"
    OMBUDSMAN = "ombudsman"
    HUMAN_RIGHTS = "human_rights"
    PREVENTION = "prevention"
    DATA_PROTECTION = "data_protection"
    UN_RIGHTS = "un_rights"


LINE_NAMES: dict[LineKind, Message] = {
    LineKind.POLICE: _p("help line", "Police"),
    LineKind.AMBULANCE: _p("help line", "Ambulance"),
    LineKind.FIRE: _p("help line", "Fire and rescue"),
    LineKind.ANY_EMERGENCY: _p("help line", "Emergency, from most mobile phones"),
    LineKind.CHILD: _p("help line", "Help for children"),
    LineKind.VIOLENCE: _p("help line", "Help for women and for anyone who is hurt at home"),
    LineKind.TRAFFICKING: _p("help line", "Help if you are sold, held or forced to work"),
    LineKind.SELF_HARM: _p("help line", "Someone to talk to when you cannot go on"),
    LineKind.REFUGEES: _p("help line", "Help for refugees"),
    LineKind.MIGRATION: _p("help line", "Help for people on the move"),
    LineKind.LEGAL: _p("help line", "A lawyer who costs nothing"),
    LineKind.OMBUDSMAN: _p("help line", "Complaints about public offices"),
    LineKind.HUMAN_RIGHTS: _p("help line", "Human rights commission"),
    LineKind.PREVENTION: _p("help line", "Against ill-treatment by the police or in detention"),
    LineKind.DATA_PROTECTION: _p("help line", "Protection of your data"),
    LineKind.UN_RIGHTS: _p("help line", "United Nations human rights office"),
}


class HelpAbout(StrEnum):
    """What help is needed for."""

    EMERGENCY = "emergency"
    HEALTH = "health"
    CHILD = "child"
    VIOLENCE = "violence"
    TRAFFICKING = "trafficking"
    SELF_HARM = "self_harm"
    REFUGEE = "refugee"
    MIGRATION = "migration"
    LEGAL = "legal"
    OVERSIGHT = "oversight"
    """Whom to turn to when the complaint is about an authority, or about us."""
    DATA = "data"


_SOS = (LineKind.POLICE, LineKind.AMBULANCE, LineKind.FIRE, LineKind.ANY_EMERGENCY)
_IN_DANGER = (LineKind.POLICE, LineKind.ANY_EMERGENCY)
_OVERSIGHT = (LineKind.OMBUDSMAN, LineKind.HUMAN_RIGHTS, LineKind.PREVENTION, LineKind.UN_RIGHTS)

KINDS_FOR: dict[HelpAbout, tuple[LineKind, ...]] = {
    HelpAbout.EMERGENCY: _SOS,
    HelpAbout.HEALTH: (LineKind.AMBULANCE, LineKind.ANY_EMERGENCY),
    HelpAbout.CHILD: (LineKind.CHILD, *_IN_DANGER),
    HelpAbout.VIOLENCE: (LineKind.VIOLENCE, *_IN_DANGER, LineKind.AMBULANCE),
    HelpAbout.TRAFFICKING: (LineKind.TRAFFICKING, *_IN_DANGER, LineKind.MIGRATION),
    HelpAbout.SELF_HARM: (LineKind.SELF_HARM, LineKind.AMBULANCE, LineKind.ANY_EMERGENCY),
    HelpAbout.REFUGEE: (LineKind.REFUGEES, LineKind.LEGAL),
    HelpAbout.MIGRATION: (LineKind.MIGRATION, LineKind.REFUGEES),
    HelpAbout.LEGAL: (LineKind.LEGAL, LineKind.HUMAN_RIGHTS, LineKind.REFUGEES),
    HelpAbout.OVERSIGHT: _OVERSIGHT,
    HelpAbout.DATA: (LineKind.DATA_PROTECTION, *_OVERSIGHT),
}
"""The lines that are told, in this order."""

HEADINGS: dict[HelpAbout, Message] = {
    HelpAbout.EMERGENCY: _("If you are in danger now, call:"),
    HelpAbout.HEALTH: _("If someone is badly ill or hurt, call:"),
    HelpAbout.CHILD: _("Help for children:"),
    HelpAbout.VIOLENCE: _("Help if someone hurts you:"),
    HelpAbout.TRAFFICKING: _("Help if someone holds you, sells you or forces you to work:"),
    HelpAbout.SELF_HARM: _("If you feel that you cannot go on, talk to someone now:"),
    HelpAbout.REFUGEE: _("Help for people who cannot go back safely:"),
    HelpAbout.MIGRATION: _("Help for people on the move:"),
    HelpAbout.LEGAL: _("Advice about your rights:"),
    HelpAbout.OVERSIGHT: _("You can also complain to these. They do not belong to us:"),
    HelpAbout.DATA: _("You can also complain to these. They do not belong to us:"),
}


def _dialled(number: str) -> str:
    digits = number.removeprefix("+").replace(" ", "")
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError("a number has digits and spaces only, and perhaps a + before them")
    return number


def _web_address(text: str) -> str:
    if not text.startswith("https://"):
        raise ValueError("a web address begins with https://")
    return text


class HelpLine(BaseModel):
    """One line or office. Without a number it has an address where it is found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: LineKind
    numbers: tuple[Annotated[str, AfterValidator(_dialled)], ...] = ()
    run_by: str = ""
    always: bool = False
    """Answered day and night."""
    hours: str = ""
    """Otherwise when, in figures, such as `08:00-24:00`; empty: not known."""
    languages: tuple[str, ...] = ()
    cost: Literal["free", "normal"] | None = None
    web: Annotated[str, AfterValidator(_web_address)] | None = None
    where: str = ""
    source: str = Field(min_length=1)
    checked: date | None = None
    """When the source was last looked at."""
    verified: bool = False
    """Someone of the deployment has called it and it answered."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> "HelpLine":
        if not (self.numbers or self.web or self.where):
            raise ValueError("a line needs a number, a web address or a place")
        return self


class HelpLines(RootModel[dict[str, tuple[HelpLine, ...]]]):
    """The whole file."""

    @model_validator(mode="after")
    def _serves_everyone(self) -> "HelpLines":
        if not any(line.numbers for line in self.root.get(ELSEWHERE, ())):
            raise ValueError(f"the list '{ELSEWHERE}' needs a number that works anywhere")
        return self


class _Known:
    """The file in use in this process; the program's own until `use_lines` names another."""

    lines: HelpLines | None = None


def read_lines(path: Path) -> HelpLines:
    """Raises Invalid that names the first fault of the file by its place in it."""
    try:
        return HelpLines.model_validate_json(path.read_bytes())
    except OSError:
        raise Invalid(_("The file of help lines cannot be read.")) from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(each) for each in fault["loc"])
        raise Invalid(
            _("The file of help lines cannot be used: {place}: {reason}"), place=place, reason=fault["msg"]
        ) from None


def use_lines(path: Path | None) -> None:
    """From now on this process tells the lines of this file; None: the program's own. Raises Invalid."""
    _Known.lines = read_lines(path or OUR_LINES)


def known_lines() -> HelpLines:
    if _Known.lines is None:
        _Known.lines = read_lines(OUR_LINES)
    return _Known.lines


def unconfirmed(lines: HelpLines) -> int:
    """How many lines nobody of the deployment has confirmed."""
    return sum(not line.verified for listed in lines.root.values() for line in listed)


def help_lines(country: str | None, about: HelpAbout) -> list[HelpLine]:
    """Whom to call: the country's own lines, then those that serve everyone. Never empty in an emergency."""
    lines, kinds = known_lines().root, KINDS_FOR[about]
    fallback = lines[ELSEWHERE]
    own = _of_kinds(lines.get(country or ELSEWHERE, fallback), kinds)
    if about is HelpAbout.EMERGENCY and not any(line.numbers for line in own):
        own += _of_kinds(fallback, kinds)
    named = {(line.kind, line.run_by) for line in own}
    anyone = [line for line in _of_kinds(lines.get(EVERYWHERE, ()), kinds) if (line.kind, line.run_by) not in named]
    return sorted(own + anyone, key=lambda line: kinds.index(line.kind))


def _of_kinds(lines: tuple[HelpLine, ...], kinds: tuple[LineKind, ...]) -> list[HelpLine]:
    return [line for line in lines if line.kind in kinds]


def help_text(language: str, country: str | None, about: HelpAbout) -> str:
    """The lines as a person reads them; empty when none is known."""
    lines = help_lines(country, about)
    if not lines:
        return ""
    return "\n".join([say(language, HEADINGS[about]), *(line_text(language, line) for line in lines)])


def line_text(language: str, line: HelpLine) -> str:
    """Two lines at most: what it is and how to reach it, then who runs it and when."""
    reach = [*(left_to_right(number) for number in line.numbers), *([isolate(line.web)] if line.web else [])]
    if line.where and not reach:
        reach = [isolate(line.where)]
    first = f"{'📞' if line.numbers else '🏠'} {say(language, LINE_NAMES[line.kind])}: {', '.join(reach)}"
    details = line_details(language, line)
    return f"{first}\n     {details}" if details else first


def line_details(language: str, line: HelpLine) -> str:
    hours = isolate(line.hours) if line.hours else ""
    cost = {
        "free": say(language, _p("help line", "costs nothing")),
        "normal": say(language, _p("help line", "costs a normal call")),
    }
    parts = [
        isolate(line.run_by) if line.run_by else "",
        isolate(line.where) if line.where and (line.numbers or line.web) else "",
        say(language, _p("help line", "day and night")) if line.always else hours,
        cost[line.cost] if line.cost else "",
        listed(language, (language_name(language, code) for code in line.languages)),
    ]
    return " · ".join(part for part in parts if part)


_OWN_NAMES = {"mnk": "Mandinka"}
"""Languages of the directory that Babel has no name for, as their speakers write it."""


def left_to_right(number: str) -> str:
    return f"{LRI}{number}{PDI}"


def language_name(language: str, code: str) -> str:
    """A language's name in the reader's words; a code that is none stays as it is."""
    try:
        return Locale.parse(code.replace("-", "_")).get_display_name(language) or code
    except (ValueError, UnknownLocaleError):
        # Some languages have a name but no locale of their own, such as Soninke.
        return str(Locale.parse(language).languages.get(code) or _OWN_NAMES.get(code, code))
