"""A returnee at the page of phones: reads the last message, taps what it says, writes."""

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect

from bot import agreeing, guarding, menu, screens
from cases.consent import YES
from cases.sheets import built_in_sheets
from foundation.language import Message, autonym, say
from questionnaire import wording
from questionnaire.sheet import Question, Sheet

SECONDS = 20_000


class PhoneOnPage:
    """One phone of the page, used in one language."""

    def __init__(self, page: Page, place: int, name: str, language: str) -> None:
        self.language = language
        self.section = page.locator("section.phone").nth(place)
        self.page = page
        self.section.get_by_role("button", name="New phone").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Language").fill(language)
        dialog.get_by_role("button", name="OK").click()
        expect(self.section.locator(".name bdi")).to_have_text(name)

    @property
    def last(self) -> Locator:
        return self.section.locator("article.theirs").last

    def begin(self) -> None:
        """Start the bot, choose the language, say that one is of age, read the notice and agree."""
        self._meet()
        self.tap(agreeing.ADULT)
        self.tap(YES)

    def begin_as_child(self) -> None:
        """The same as a child with nobody beside them, who wants to write to someone."""
        self._meet()
        self.tap(agreeing.YOUNGER)
        self.tap(guarding.ALONE)
        self.tap(guarding.CHILD_YES)

    def _meet(self) -> None:
        self.section.get_by_role("button", name="START").click()
        self.tap_text(autonym(self.language))
        self.tap(menu.BEGIN)

    def tap(self, label: Message) -> None:
        self.tap_text(say(self.language, label))

    def tap_text(self, text: str) -> None:
        """Tap the newest button with exactly this label; wait until the bot has said something new."""
        button = self.section.locator(".log").get_by_role("button", name=text, exact=True).last
        button.click(timeout=SECONDS)

    def write(self, text: str) -> None:
        writer = self.section.get_by_role("textbox", name="Message")
        writer.fill(text)
        writer.press("Enter")

    def sees(self, message: Message | str, **values: object) -> None:
        text = message if isinstance(message, str) else say(self.language, message, **values)
        expect(self.section.locator(".log")).to_contain_text(text, timeout=SECONDS)

    def fill_in(self, form: str, answers: Mapping[str, object]) -> list[str]:
        """Answer every question of a form: typed text, a choice's code, a list of codes, or None to skip.

        Returns the names of the questions that were asked, in order.
        """
        sheet, asked = built_in_sheets()[form], []
        while (question := self._question(sheet, asked)) is not None:
            asked.append(question.name)
            self._answer(sheet, question, answers[question.name])
        self._tap_here(screens.SEND)
        expect(self.last).not_to_contain_text(say(self.language, screens.SEND), timeout=SECONDS)
        return asked

    def answer_first(self, form: str, answers: Mapping[str, object]) -> None:
        """Answer the first questions of a form, these and no more."""
        sheet, asked = built_in_sheets()[form], list[str]()
        for name, answer in answers.items():
            question = self._question(sheet, asked)
            assert question is not None
            assert question.name == name
            asked.append(name)
            self._answer(sheet, question, answer)

    def _question(self, sheet: Sheet, asked: list[str]) -> Question | None:
        """The question that now stands; None when the review does."""
        rest = [question for question in sheet.questions if question.is_asked and question.name not in asked]
        labels = {question.name: self._label(sheet, question) for question in rest}
        awaited = [*labels.values(), say(self.language, screens.SEND)]
        expect(self.last).to_contain_text(re.compile("|".join(map(re.escape, awaited))), timeout=SECONDS)
        shown = self.last.inner_text()
        found = [question for question in rest if labels[question.name] in shown]
        return None if say(self.language, screens.SEND) in shown else found[0]

    def _label(self, sheet: Sheet, question: Question) -> str:
        return say(self.language, wording.label(sheet, question, self.language, {}))

    def _answer(self, sheet: Sheet, question: Question, answer: object) -> None:
        if answer is None:
            self._tap_here(screens.SKIP)
        elif isinstance(answer, list):
            for code in answer:
                self._choose(self._choice(sheet, question, code))
            self._tap_here(screens.DONE)
        elif question.choices:
            self._choose(self._choice(sheet, question, str(answer)))
        else:
            self.write(str(answer))

    def _tap_here(self, label: Message) -> None:
        """A button of the last message: older ones can look the same."""
        self.last.get_by_role("button", name=say(self.language, label), exact=True).click(timeout=SECONDS)

    def _choose(self, label: str) -> None:
        """Tap a choice, found by the words behind its numeral; long lists come in pages."""
        choice = self.last.get_by_role("button", name=re.compile(rf"\s{re.escape(label)}$"))
        if choice.count() == 0:
            self._tap_here(screens.MORE_CHOICES)
        choice.click(timeout=SECONDS)

    def _choice(self, sheet: Sheet, question: Question, code: str) -> str:
        return say(self.language, wording.choice_label(sheet, question, code, self.language))
