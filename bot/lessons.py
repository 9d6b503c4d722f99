"""Short lessons about money: screens to read, then three questions. Anyone may read them; nothing is asked about them.

Where someone has read to, and how many questions they had right so far, stands in the chat's place, so that they can go
on; which answers they chose is kept nowhere. A result is noted in the case of whoever has one and agreed; see
`cases.learning`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.asking import OLD_BUTTON
from bot.locking import is_locked
from bot.menu import MENU, MENU_ROW_DATA, WRITE, menu_row
from bot.money import LESSONS, LESSONS_DATA
from bot.place import Standing
from bot.replies import Row, stacked
from bot.reviewing import BACK
from bot.taps import numeral
from bot.turn import Turn
from cases.learning import lessons_done, note_lesson
from cases.lesson_texts import Choice, Lesson, QuizQuestion, lessons
from foundation.language import Message, _, _p
from questionnaire.cleaning import ascii_digits

LIVE = "l"
"""The action of the buttons under a screen; the nonce and what to do follow."""
LESSON_DATA = "m.lesson"

# Translators: Buttons under a lesson. Short: they must fit a small phone.
NEXT = _p("button", "Next ▶️")
TO_QUIZ = _p("button", "Three questions ▶️")
GO_ON = _p("button", "▶️ Go on with the lesson")
NEXT_LESSON = _p("button", "▶️ Next: {lesson}")
DONE_SIGN = "✅"


@dataclass(frozen=True, slots=True)
class _Reading:
    """`step`: the screens from 0, then the questions. `correct`: how many of those before were right.

    `is_next`: the question comes next, and what is shown is still the word on the answer before it.
    """

    lesson: Lesson
    step: int
    correct: int
    is_next: bool = False

    @property
    def question(self) -> QuizQuestion | None:
        at = self.step - len(self.lesson.screens)
        return self.lesson.questions[at] if at >= 0 else None

    def at(self, step: int, correct: int = 0) -> "_Reading":
        return _Reading(self.lesson, step, correct)


async def show_lessons(turn: Turn) -> None:
    turn.go(Standing.MENU)
    case = await turn.case()
    # What someone has done is of their case: a locked phone does not show it.
    done = {each.lesson for each in await lessons_done(turn.session, [case.id])} if case and not is_locked(turn) else ()
    buttons = [_lesson_button(turn, each, DONE_SIGN if each.id in done else "📖") for each in lessons().values()]
    turn.tell(
        _(
            "Each lesson takes about three minutes, with three questions at the end. "
            "You can stop at any time and go on later."
        ),
        stacked(*buttons, turn.button(MENU, MENU_ROW_DATA)),
    )


def open_lesson(turn: Turn, lesson_id: str) -> None:
    """The lesson from its beginning, or where the person left it."""
    lesson = lessons().get(lesson_id)
    if lesson is None:
        turn.tell(OLD_BUTTON, menu_row(turn))
        return
    left = _reading(turn)
    begun = left is not None and left.lesson is lesson
    _go(turn, left.at(left.step, left.correct) if left is not None and begun else _Reading(lesson, 0, 0))


async def take_tap(turn: Turn, nonce: str, verb: str) -> None:
    """A tap under a screen or a question. Only those of what is shown now count."""
    if turn.is_second_tap(nonce):
        return
    reading = _reading(turn)
    if reading is None or turn.place.standing is not Standing.LESSON or nonce != turn.place.nonce:
        again = [turn.button(GO_ON, f"{LESSON_DATA}:{reading.lesson.id}")] if reading else []
        turn.tell(OLD_BUTTON, stacked(*again) + menu_row(turn))
        return
    edit = turn.incoming.message_id
    if verb == "next" and reading.question is None:
        _go(turn, reading.at(reading.step + 1), edit=edit)
    elif verb == "back" and 0 < reading.step <= len(reading.lesson.screens):
        _go(turn, reading.at(reading.step - 1), edit=edit)
    elif verb == "show":
        _go(turn, reading.at(reading.step, reading.correct), edit=edit)
    elif reading.question is not None and (choice := _choice(reading.question, verb)) is not None:
        await _answer(turn, reading, reading.question, choice)
    else:
        turn.tell(OLD_BUTTON, menu_row(turn))


async def take_words(turn: Turn) -> None:
    """Something was written: the number of an answer counts as a tap on it, anything else as nothing."""
    reading = _reading(turn)
    if reading is None:
        await show_lessons(turn)
        return
    written = ascii_digits(turn.incoming.text).strip()
    number = int(written) - 1 if written.isascii() and written.isdigit() and len(written) == 1 else -1
    question = None if reading.is_next else reading.question
    choice = _choice(question, str(number)) if question is not None and number >= 0 else None
    if question is not None and choice is not None:
        await _answer(turn, reading, question, choice)
    else:
        turn.tell(_("Please choose one of the buttons."))
        _go(turn, reading.at(reading.step, reading.correct))


def _reading(turn: Turn) -> _Reading | None:
    """Where the person is; None for nothing begun, or for a lesson that has changed since."""
    lesson_id, *rest = turn.place.lesson.split(".")
    lesson = lessons().get(lesson_id)
    if lesson is None:
        return None
    step, correct, is_next = (int(each) for each in rest)
    return _Reading(lesson, step, correct, bool(is_next)) if step < _steps(lesson) else None


def _steps(lesson: Lesson) -> int:
    return len(lesson.screens) + len(lesson.questions)


def _go(turn: Turn, reading: _Reading, *, above: Sequence[str] = (), edit: int | None = None) -> None:
    """Show the screen or the question; `above`: what is said first."""
    _keep(turn, reading)
    if reading.question is None:
        lines, rows = _screen(turn, reading)
    else:
        lines, rows = _question(turn, reading, reading.question)
    turn.reply("\n\n".join([*above, *lines]), rows, edit=edit)


def _keep(turn: Turn, reading: _Reading) -> None:
    turn.go(Standing.LESSON)
    turn.place = replace(turn.place, lesson=f"{reading.lesson.id}.{reading.step}.{reading.correct}.{reading.is_next:d}")


def _screen(turn: Turn, reading: _Reading) -> tuple[list[str], tuple[Row, ...]]:
    lesson, step = reading.lesson, reading.step
    screen, last = lesson.screens[step], len(lesson.screens) - 1
    place = turn.words(_("{position} of {total}"), position=step + 1, total=len(lesson.screens))
    buttons = [_button(turn, TO_QUIZ if step == last else NEXT, "next")]
    buttons += [_button(turn, BACK, "back")] if step else []
    buttons += [turn.button(WRITE, "m.write")] if screen.talk else []
    title = f"📖 {turn.words(Message(lesson.title))} · {place}"
    return [title, turn.words(Message(screen.text))], stacked(*buttons, turn.button(MENU, MENU_ROW_DATA))


def _question(turn: Turn, reading: _Reading, question: QuizQuestion) -> tuple[list[str], tuple[Row, ...]]:
    lesson, first = reading.lesson, len(reading.lesson.screens)
    position, total = reading.step - first + 1, len(lesson.questions)
    buttons = [
        (f"{numeral(number)} {turn.words(Message(each.text))}", f"{LIVE}:{turn.place.nonce}:{number - 1}")
        for number, each in enumerate(question.answers, start=1)
    ]
    buttons += [_button(turn, BACK, "back")] if reading.step == first else []
    lines = [
        turn.words(_("Question {position} of {total}"), position=position, total=total),
        turn.words(Message(question.ask)),
        # On a small phone a button may be too narrow for its answer.
        "\n".join(
            f"{numeral(number)} {turn.words(Message(each.text))}" for number, each in enumerate(question.answers, 1)
        ),
    ]
    return lines, stacked(*buttons, turn.button(MENU, MENU_ROW_DATA))


async def _answer(turn: Turn, reading: _Reading, question: QuizQuestion, choice: Choice) -> None:
    """Say why, at once; then the next question stands, or the lesson is finished."""
    correct = reading.correct + choice.right
    after = _Reading(reading.lesson, reading.step + 1, correct, is_next=True)
    told = _explained(turn, question, choice)
    if after.step < _steps(reading.lesson):
        _keep(turn, after)
        turn.reply("\n\n".join(told), stacked(_button(turn, NEXT, "show")) + menu_row(turn), edit=_edited(turn))
    else:
        await _finish(turn, reading.lesson, correct, told)


def _explained(turn: Turn, question: QuizQuestion, choice: Choice) -> list[str]:
    asked, chosen = turn.words(Message(question.ask)), turn.words(Message(choice.text))
    why = turn.words(Message(choice.why))
    if choice.right:
        return [asked, f"✅ {chosen}", why]
    right = turn.words(_("A better answer: {answer}"), answer=Message(question.right.text))
    return [asked, f"▫️ {chosen}", why, f"✅ {right}"]


async def _finish(turn: Turn, lesson: Lesson, correct: int, told: Sequence[str]) -> None:
    turn.go(Standing.MENU)
    turn.place = replace(turn.place, lesson="")
    # Whoever holds a locked phone may be someone else.
    is_noted = not is_locked(turn) and await note_lesson(turn.session, turn.person_id, lesson, correct)
    result = _("🎓 You have finished “{lesson}”. Right answers: {correct} of {total}.")
    lines = [
        *told,
        turn.words(result, lesson=Message(lesson.title), correct=correct, total=len(lesson.questions)),
        turn.words(
            _(
                "We have noted that you finished it and how many answers were right, not which ones. "
                "You can do it again at any time."
            )
            if is_noted
            else _("Nothing about it is kept. You can do it again at any time.")
        ),
    ]
    order = list(lessons().values())
    place = order.index(lesson) + 1
    following = (
        [turn.button(NEXT_LESSON, f"{LESSON_DATA}:{order[place].id}", lesson=Message(order[place].title))]
        if place < len(order)
        else []
    )
    turn.reply(
        "\n\n".join(lines),
        stacked(*following, turn.button(LESSONS, LESSONS_DATA), turn.button(MENU, MENU_ROW_DATA)),
        edit=_edited(turn),
    )


def _edited(turn: Turn) -> int | None:
    """The message that was tapped; none where the answer was written."""
    return turn.incoming.message_id if turn.incoming.text.startswith(f"{LIVE}:") else None


def _lesson_button(turn: Turn, lesson: Lesson, sign: str) -> tuple[str, str]:
    return f"{sign} {turn.words(Message(lesson.title))}", f"{LESSON_DATA}:{lesson.id}"


def _button(turn: Turn, label: Message, verb: str) -> tuple[str, str]:
    return turn.button(label, f"{LIVE}:{turn.place.nonce}:{verb}")


def _choice(question: QuizQuestion, number: str) -> Choice | None:
    return dict(enumerate(question.answers)).get(int(number) if number.isascii() and number.isdigit() else -1)
