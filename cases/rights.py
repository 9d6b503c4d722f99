"""Know your rights: short plain texts that anyone may read without saying who they are, with the lines that help.

What differs by country (the laws that say it, the lowest age for work) stands in `law.json`.
"""

from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel

from cases.helplines import HelpAbout, help_text
from foundation.language import Message, _, _p, isolate, say

LAW = Path(__file__).resolve().parent / "law.json"


class Right(StrEnum):
    ASK = "ask"
    SAFETY = "safety"
    CHILDREN = "children"
    SAY_NO = "say_no"
    COMPLAIN = "complain"
    WORK = "work"
    DOCUMENTS = "documents"
    NO_FEE = "no_fee"
    DATA = "data"


# Translators: Titles of short texts about a person's rights, as buttons. Short: they must fit a small phone.
RIGHT_NAMES: dict[Right, Message] = {
    Right.ASK: _p("rights", "🙋 What you can ask for"),
    Right.SAFETY: _p("rights", "🛡 Nobody may hurt or sell you"),
    Right.CHILDREN: _p("rights", "🧒 Children"),
    Right.SAY_NO: _p("rights", "✋ You may say no"),
    Right.COMPLAIN: _p("rights", "📣 You may complain"),
    Right.WORK: _p("rights", "🔨 Work and wages"),
    Right.DOCUMENTS: _p("rights", "🪪 Your papers"),
    Right.NO_FEE: _p("rights", "💰 Help costs nothing"),
    Right.DATA: _p("rights", "🔒 What is kept about you"),
}

_TEXTS: dict[Right, tuple[Message, ...]] = {
    Right.ASK: (
        _(
            "You can ask for help after a return: a place to stay, a doctor, school for your children, work or "
            "training, papers, someone to talk to, and help to find your family."
        ),
        _("We cannot promise everything. But you get an answer, and if it is no, you are told why."),
        _("You can ask for someone who speaks your language, and for a woman or a man to talk to."),
    ),
    Right.SAFETY: (
        _("Nobody may hit you, threaten you, lock you up, touch you against your will, or sell you."),
        _(
            "This holds for your family, your employer, the people who brought you here, the police, and for us. "
            "It is not your fault, also if you owe money or have no papers."
        ),
        _("You can get away from it, and there are people who help you. You can decide yourself what to tell them."),
    ),
    Right.CHILDREN: (
        _("Everyone under 18 is a child. A child has a right to be safe, to be heard, and to go to school."),
        _("Children stay with their family, unless that would hurt them. A child alone is given someone to care."),
        _("No child may be sent to another country before it is clear that this is best for the child."),
        _("No child may be married, cut, beaten, or made to do work that is dangerous."),
    ),
    Right.SAY_NO: (
        _("You may say no: to a question, to a service, to a photo, to sharing what you told us."),
        _("If you say no, you lose no right and no other help."),
        _("You may change your mind, also after you said yes. A yes to a return can be taken back until you leave."),
        _("Nobody may send you to a country where your life is in danger or where you would be tortured."),
    ),
    Right.COMPLAIN: (
        _("You may complain about anyone: a caseworker, another organisation, the police, an office, or us."),
        _("You need not give your name. Complaining never harms your case: those who work on it do not see it."),
        _("Menu, then “Complain”. You can also complain to others who do not belong to us:"),
    ),
    Right.WORK: (
        _("Whoever works must be paid what was agreed, on time, also without a written contract."),
        _("Nobody may keep your papers or your wages so that you cannot leave. That is a crime."),
        _("Keep notes of the days you worked and what you were paid."),
    ),
    Right.DOCUMENTS: (
        _("Your passport and your papers belong to you. Nobody may keep them."),
        _("You can ask for new papers if yours are lost. Your children have a right to a birth certificate."),
        _("If you are afraid of your country's authorities, tell us first. Nobody may contact them against your will."),
    ),
    Right.NO_FEE: (
        _("Help here costs nothing. No caseworker and no interpreter may ask for money, a gift, or anything else."),
        _("Never pay for a place on a list, for a form, for a faster answer, or for a job."),
        _("Who asks for money, or for sex, for help, breaks our rules and the law. Please tell us: Menu, “Complain”."),
        _("Our messages come only in this chat. We never ask for a password or for the code of a bank card."),
    ),
    Right.DATA: (
        _("What you tell us belongs to you. You can ask what we keep, have it corrected, and have it deleted."),
        _("We share nothing with another organisation unless you say yes to exactly that."),
        _("Menu, then “My consents” or “Delete my data”."),
    ),
}

_LINES: dict[Right, tuple[HelpAbout, ...]] = {
    Right.ASK: (HelpAbout.MIGRATION,),
    Right.SAFETY: (HelpAbout.VIOLENCE, HelpAbout.TRAFFICKING),
    Right.CHILDREN: (HelpAbout.CHILD,),
    Right.SAY_NO: (HelpAbout.REFUGEE, HelpAbout.LEGAL),
    Right.COMPLAIN: (HelpAbout.OVERSIGHT,),
    Right.WORK: (HelpAbout.TRAFFICKING, HelpAbout.LEGAL),
    Right.DOCUMENTS: (HelpAbout.LEGAL,),
    Right.NO_FEE: (HelpAbout.OVERSIGHT,),
    Right.DATA: (HelpAbout.DATA,),
}

HELP_SHOWN: tuple[HelpAbout, ...] = (
    HelpAbout.EMERGENCY,
    HelpAbout.VIOLENCE,
    HelpAbout.TRAFFICKING,
    HelpAbout.CHILD,
    HelpAbout.SELF_HARM,
    HelpAbout.REFUGEE,
    HelpAbout.MIGRATION,
    HelpAbout.LEGAL,
)
"""Everything that is told when someone asks for all help lines."""


class CountryLaw(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    work_age: int = Field(ge=12, le=18)
    """Years: the lowest age at which someone may be employed."""
    laws: dict[Right, tuple[str, ...]]
    """Names of the laws that say it, as the country itself calls them."""
    source: str
    verified: bool = False


class Laws(RootModel[dict[str, CountryLaw]]):
    """The whole file."""


@cache
def laws() -> dict[str, CountryLaw]:
    return Laws.model_validate_json(LAW.read_bytes()).root


def right_paragraphs(language: str, country: str | None, right: Right) -> list[str]:
    """One text, paragraph by paragraph: what holds everywhere, what the country adds, the lines that help."""
    told = [say(language, paragraph) for paragraph in _TEXTS[right]]
    helping = [help_text(language, country, about) for about in _LINES[right]]
    # A text about complaining ends with the words that lead over to the bodies, so the law comes before it.
    added = _of_country(language, laws().get(country or ""), right)
    if right is Right.COMPLAIN:
        return [*told[:-1], *added, told[-1], *(text.partition("\n")[2] for text in helping)]
    return [*told, *added, *(text for text in helping if text)]


def right_text(language: str, country: str | None, right: Right) -> str:
    return "\n\n".join(right_paragraphs(language, country, right))


def all_help(language: str, country: str | None) -> str:
    """Every help line of the country, the most pressing first."""
    texts = (help_text(language, country, about) for about in HELP_SHOWN)
    return "\n\n".join(text for text in texts if text)


def _of_country(language: str, law: CountryLaw | None, right: Right) -> list[str]:
    if law is None:
        return []
    told = []
    if right is Right.WORK:
        told.append(say(language, _("In this country nobody under {years} may be employed."), years=law.work_age))
    named = law.laws.get(right, ())
    if named:
        # Translators: {laws} are names of laws, such as "Labour Act".
        told.append(say(language, _("The law here: {laws}"), laws="; ".join(isolate(each) for each in named)))
    return told
