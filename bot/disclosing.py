"""When something is told that cannot wait: the form stops, a person is called in, and help is shown at once.

What it is told with is judged in `cases.disclosures`; here is what the person sees. Whoever may be a child gets the
help for children first.
"""

from datetime import timedelta

from access.actor import PERSON
from bot.form import Form
from bot.menu import GO_ON, HIDE, WRITE, menu_row
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from bot.writing import CALL_ME, CALL_ME_DATA
from cases.consent import may_be_heard
from cases.disclosures import Disclosure, call_person, told_in_answer, told_in_words
from cases.helplines import HelpAbout, help_text
from cases.models import Case
from cases.rules import FlagKind, TaskKind
from cases.safeguarding import may_be_child
from cases.tasks import DUE_WITHIN
from foundation.language import _
from questionnaire.sheet import Answer, Kind, Question

HELP_FOR: dict[FlagKind, HelpAbout] = {
    FlagKind.VIOLENCE: HelpAbout.VIOLENCE,
    FlagKind.TRAFFICKING: HelpAbout.TRAFFICKING,
    FlagKind.SELF_HARM: HelpAbout.SELF_HARM,
    FlagKind.FEAR_OF_RETURN: HelpAbout.EMERGENCY,
    FlagKind.NO_SAFE_PLACE: HelpAbout.EMERGENCY,
}


def told_in(form: Form, question: Question, value: Answer) -> list[Disclosure]:
    """What the answer just recorded discloses. Costs no query."""
    known = {name: str(each) for name, each in form.given.values.items()}
    told = told_in_answer(form.sheet.id, question.name, form.answers, known)
    if question.kind is Kind.TEXT and isinstance(value, str):
        told += told_in_words(value)
    return told


async def stop_form(turn: Turn, told: list[Disclosure]) -> None:
    """The question is left; every answer is kept, and “Go on” leads back."""
    case = await turn.case()
    if case is None:
        return
    await call_person(turn.session, case, told, actor=PERSON)
    turn.go(Standing.MENU, "")
    turn.tell(_("Thank you for telling us. We have stopped the questions, and your answers are kept."))
    await _tell_help(turn, case, told)
    _tell_what_happens(turn, stacked(turn.button(GO_ON, "m.begin")))


async def look_into(turn: Turn, *, was_kept: bool) -> None:
    """Words that may tell of something that cannot wait. Whatever else becomes of them is not changed by this.

    `was_kept`: they are a message to the caseworker. Of other words nothing is kept, but help is shown all the same,
    and a person is called in if the words are those of someone who agreed that we keep what they tell.
    """
    told = told_in_words(turn.incoming.text)
    case = await turn.case() if told else None
    if not told or (was_kept and case is None):
        return
    if case is not None and await may_be_heard(turn.session, turn.person_id):
        await call_person(turn.session, case, told, actor=PERSON)
        await _tell_help(turn, case, told)
        _tell_what_happens(turn)
    else:
        await _tell_help(turn, None, told)


async def _tell_help(turn: Turn, case: Case | None, told: list[Disclosure]) -> None:
    may_be = case is not None and await may_be_child(turn.session, case.id)
    topics = [HelpAbout.CHILD] if may_be else []
    topics += [HELP_FOR[each.kind] for each in told if each.kind in HELP_FOR]
    country = case.country if case else None
    texts = [help_text(turn.language, country, about) for about in dict.fromkeys(topics)]
    shown = "\n\n".join(text for text in texts if text)
    if shown:
        turn.reply(shown, protect=True)


def _tell_what_happens(turn: Turn, more: tuple[Row, ...] = ()) -> None:
    calls = stacked(turn.button(WRITE, "m.write"), turn.button(CALL_ME, CALL_ME_DATA), turn.button(HIDE, "m.hide"))
    turn.tell(
        _(
            "A person of our team looks at this first, within {hours} hours, and writes to you here. "
            "You can say as much or as little as you want. Nothing is done without you, "
            "unless someone's life is in danger."
        ),
        calls + more + menu_row(turn),
        hours=DUE_WITHIN[TaskKind.DISCLOSURE] // timedelta(hours=1),
    )
