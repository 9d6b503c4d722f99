"""The form of this turn: its sheet, the answers so far, and what is picked of a question but not confirmed yet."""

from dataclasses import dataclass
from uuid import UUID

from access.actor import PERSON
from bot.turn import Turn
from cases.answers import open_answers
from cases.intake import store_answers
from cases.models import Submission
from cases.sheets import sheet_of
from foundation import clock
from questionnaire import engine, suggestions
from questionnaire.engine import Given
from questionnaire.keys import code_of
from questionnaire.reading import Incoming, NotUnderstood, Understood, read
from questionnaire.sheet import Answer, Choice, Question, Sheet

_PICKED = "*picked"
"""Kept beside the answers in the same sealed document: {question: codes}. No question can have this name."""


@dataclass(slots=True)
class Form:
    turn: Turn
    submission_id: UUID
    sheet: Sheet
    answers: dict[str, Answer]
    given: Given
    picks: dict[str, list[str]]
    is_correction: bool = False
    """The form was sent before, and this puts something right in it."""

    async def keep(self, answers: dict[str, Answer], question: str) -> None:
        """Store the answers in this turn's transaction. What is acknowledged to Telegram is on disk before."""
        self.answers, self.picks = answers, {}
        await self._store(answers, question)

    async def pick(self, question: Question, code: str, *, picked: bool) -> None:
        """Tick or untick one of several choices.

        Kept here and not in the buttons: on a slow line people tap the next choice before the ticks are redrawn.
        """
        codes = [each for each in self.picked(question) if each != code]
        await self.draft(question, [*codes, code] if picked else codes)

    async def draft(self, question: Question, parts: list[str]) -> None:
        """Keep what is put together of an answer so far: ticked choices, or the year and month of a date."""
        self.picks = {question.name: parts}
        draft: dict[str, Answer] = {name: [*codes] for name, codes in self.picks.items()}
        await self._store({**self.answers, _PICKED: draft}, question.name)

    def picked(self, question: Question) -> list[str]:
        """What is ticked: the draft, else the answer that was given before."""
        stored = self.answers.get(question.name)
        return self.picks.get(question.name, [str(code) for code in stored] if isinstance(stored, list) else [])

    def drafted(self, question: Question) -> list[str]:
        """The parts of an answer put together so far, without the answer given before."""
        return self.picks.get(question.name, [])

    def offered(self, question: Question) -> tuple[Choice, ...]:
        return engine.choices_for(self.sheet, question, self.answers, self.given)

    def read(self, question: Question, incoming: Incoming) -> Understood | NotUnderstood:
        return read(self.sheet, question, incoming, self.answers, self.given)

    def suggestion(self, question: Question) -> Answer:
        """What the form suggests as the answer; None once there is one."""
        if question.name in self.answers:
            return None
        return suggestions.suggestion(self.sheet, question, self.answers, self.given)

    def relevant(self) -> dict[str, Question]:
        return {each.name: each for each in engine.relevant_questions(self.sheet, self.answers, self.given)}

    def asked(self) -> Question | None:
        """The question that was asked last, if it is still asked."""
        key = self.turn.place.question
        is_asked = key in engine.settle(self.sheet, self.answers, self.given).asked
        return self.sheet.question(key) if is_asked else None

    def next(self) -> Question | None:
        return engine.next_question(self.sheet, self.answers, self.given)

    def previous(self, question: Question) -> Question | None:
        return engine.previous_question(self.sheet, self.answers, question.name, self.given)

    def reviewed(self) -> list[tuple[Question, Answer]]:
        """The questions that stand in the review, in its order."""
        return engine.review(self.sheet, self.answers, self.given)

    async def _store(self, answers: dict[str, Answer], question: str) -> None:
        case_id = self.turn.chat.case_id
        if case_id is None:
            raise LookupError("a form belongs to a case")
        await store_answers(
            self.turn.session,
            self.submission_id,
            case_id,
            self.turn.key,
            answers,
            question=code_of(question),
            actor=PERSON,
        )


async def open_form(turn: Turn) -> Form:
    submission = turn.submission
    if submission is None:
        raise LookupError("no form is being filled in")
    sheet = await sheet_of(turn.session, submission.sheet_id, submission.sheet_version)
    known = turn.key.open(Submission.given, submission.id, submission.given)
    answers = open_answers(turn.key, submission)
    picks = _read_picks(answers.pop(_PICKED, None))
    given = Given(clock.now(), known, turn.language)
    return Form(turn, submission.id, sheet, answers, given, picks, submission.amends is not None)


def _read_picks(draft: Answer) -> dict[str, list[str]]:
    found = draft if isinstance(draft, dict) else {}
    return {name: [str(code) for code in codes] for name, codes in found.items() if isinstance(codes, list)}
