"""What cannot wait: the form stops, a person is called in, help is shown, and nobody asks a child about abuse."""

import json
from collections.abc import Iterator

import pytest
from bot_records import answers, only, rows, the_case
from bot_scene import add_caseworker
from journeys import agree, fill_in_both
from phone import Phone
from sqlalchemy import select

from bot.menu import GO_ON, MENU, WRITE
from bot.models import Chat
from bot.screens import SEND, SKIP
from cases.disclosures import ANSWER_RULES, NOT_FOR_CHILDREN, WORDS, told_in_answer, told_in_words
from cases.models import CaseMessage, Flag, Task
from cases.rules import FlagKind, FlagOutcome, TaskKind
from cases.sheets import built_in_sheets
from cases.tasks import DUE_WITHIN
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.language import Message
from foundation.outbox import OutboxRow
from locales.update import LANGUAGES
from questionnaire import engine
from questionnaire.engine import Given
from questionnaire.sheet import Answer, Kind, Question, Sheet

NOT_ABOUT_ABUSE = {
    *(("arrival", name) for name in ("called",)),
    *(("needs", name) for name in ("health", "debts", "debt_to", "talk", "anything_else")),
    *(("check_in", name) for name in ("health", "talk")),
    *(("reintegration", name) for name in ("E04", "E05", "S05", "P07", "P08", "P09", "P10")),
}
"""Sensitive questions that a person has read and found not to be about abuse."""


async def to_forced_work(phone: Phone) -> None:
    """To the question of the second form about force."""
    await agree(phone)
    await phone.write("Amie")
    await phone.write("1990")
    await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await phone.tap(GO_ON)
    for _question in range(3):
        await phone.tap(SKIP)


async def test_an_answer_that_tells_of_force_stops_the_form_and_calls_a_person(
    phone: Phone, database: Database
) -> None:
    await to_forced_work(phone)
    before = clock.now()
    thanks, lines, next_step = await phone.tap(Message("Yes"))
    assert "We have stopped the questions" in thanks.text
    assert "197" in lines.text
    assert "within 4 hours" in next_step.text
    assert {data for row in next_step.buttons for _label, data in row} == {
        "m.write",
        "m.call",
        "m.hide",
        "m.begin",
        "m.menu",
    }
    assert (await answers(database, "needs"))["forced_work"] == "yes"
    flag = await only(database, Flag, Flag.kind == FlagKind.TRAFFICKING)
    assert flag.rule == "needs.forced_work"
    task = await only(database, Task, Task.kind == TaskKind.DISCLOSURE)
    assert before + DUE_WITHIN[TaskKind.DISCLOSURE] <= task.due_at <= clock.now() + DUE_WITHIN[TaskKind.DISCLOSURE]
    assert (await the_case(database)).attention_at is not None
    place = (await only(database, Chat)).place
    assert "question" not in place
    (question,) = await phone.tap(GO_ON)
    assert "Which papers" in question.text


async def test_a_late_second_tap_on_what_was_told_asks_nothing_more(phone: Phone) -> None:
    await to_forced_work(phone)
    data, message_id, _label = phone.find(Message("Yes"))
    await phone.tap_data(data, message_id)
    phone.wait(seconds=10)
    (said,) = await phone.tap_data(data, message_id)
    assert "Nothing was changed" in said.text
    assert "m.begin" in {data for row in said.buttons for _label, data in row}
    (question,) = await phone.tap(GO_ON)
    assert "Which papers" in question.text


async def test_words_in_a_form_stop_it_and_are_kept_nowhere_but_in_the_answer(phone: Phone, database: Database) -> None:
    await to_forced_work(phone)
    for _question in range(5):
        await phone.tap(SKIP)
    said = await phone.write("Cooking. My husband beats me every day")
    assert "We have stopped the questions" in said[0].text
    assert "if someone hurts you" in said[1].text
    assert (await only(database, Flag, Flag.rule == "words.violence")).kind is FlagKind.VIOLENCE
    assert "beats" in (await answers(database, "needs"))["skills"]
    written = [str(entry.facts) for entry in await rows(database, AuditEntry)]
    written += [each.reason for each in await rows(database, Task)]
    written += [str(each.payload) for each in await rows(database, OutboxRow)]
    assert not any("beats" in each for each in written)


async def test_a_message_with_such_words_is_passed_on_and_answered_with_help(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await phone.tap(MENU)
    await phone.tap(WRITE)
    passed_on, lines, next_step = await phone.write("I want to kill myself")
    assert "has been passed on" in passed_on.text
    assert "talk to someone now" in lines.text
    assert "within 4 hours" in next_step.text
    assert len(await rows(database, CaseMessage)) == 1
    assert (await only(database, Flag, Flag.kind == FlagKind.SELF_HARM)).rule == "words.self_harm"
    assert len(await phone.write("Thank you for reading")) == 1


async def test_what_is_told_again_after_it_was_dealt_with_calls_a_person_again(
    phone: Phone, database: Database
) -> None:
    await fill_in_both(phone)
    await phone.write("/message")
    await phone.write("He hits me")
    await phone.write("He hits me again")
    assert len(await rows(database, Task, Task.kind == TaskKind.DISCLOSURE)) == 1
    case = await the_case(database)
    member_id = (await add_caseworker(database)).id
    async with database.transaction() as session:
        task = (await session.scalars(select(Task).where(Task.kind == TaskKind.DISCLOSURE))).one()
        task.done_at, task.done_by = clock.now(), member_id
        flag = (await session.scalars(select(Flag).where(Flag.case_id == case.id, Flag.rule == "words.violence"))).one()
        flag.settled_at, flag.settled_by, flag.outcome = clock.now(), member_id, FlagOutcome.RESOLVED
    await phone.write("He hits me once more")
    tasks = await rows(database, Task, Task.kind == TaskKind.DISCLOSURE)
    assert sorted(task.reason for task in tasks) == ["words.violence", "words.violence.2"]
    flags = await rows(database, Flag, Flag.kind == FlagKind.VIOLENCE)
    assert [flag.settled_at is None for flag in sorted(flags, key=lambda flag: flag.rule)] == [False, True]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My uncle hits me.", FlagKind.VIOLENCE),
        ("Il m’a frappée hier", FlagKind.VIOLENCE),
        ("زوجي يَضْرِبُني كل يوم", FlagKind.VIOLENCE),
        ("I was RAPED", FlagKind.VIOLENCE),
        ("i dont want to live", FlagKind.SELF_HARM),
        ("je veux mourir", FlagKind.SELF_HARM),
        ("أريد أن أموت", FlagKind.SELF_HARM),
        ("They sold me in Sabha", FlagKind.TRAFFICKING),
        ("Ils ont pris mon passeport", FlagKind.TRAFFICKING),
        ("أخذوا جواز سفري", FlagKind.TRAFFICKING),
    ],
)
def test_words_are_understood_in_case_accents_and_vowel_signs(text: str, kind: FlagKind) -> None:
    assert [each.kind for each in told_in_words(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Sewing. I had a shop.\n\nI also cook.",
        "I sold my car and play the violin",
        "J'ai travaillé dans un restaurant",
        "عندي محل في سوسة",
        "Amadou Abdallah, عبد الله",
        "",
    ],
)
def test_ordinary_words_call_nobody(text: str) -> None:
    assert told_in_words(text) == []


def test_every_list_of_words_holds_every_kind_and_every_phrase_is_found() -> None:
    languages = json.loads(WORDS.read_text())["languages"]
    assert set(languages) >= {"en", *LANGUAGES["person"]}
    for language, kinds in languages.items():
        assert set(kinds) == {"violence", "self_harm", "trafficking"}, language
        for kind, phrases in kinds.items():
            for phrase in phrases:
                text = f"x {phrase.replace('*', '').replace('...', 'so then')} y"
                assert FlagKind(kind) in {each.kind for each in told_in_words(text)}, phrase


def test_every_rule_over_answers_names_questions_and_choices_that_exist() -> None:
    for rule in ANSWER_RULES:
        sheet = built_in_sheets()[rule.sheet_id]
        names = {question.name for question in sheet.questions}
        assert rule.when.references <= names, rule.id


def test_a_rule_holds_only_for_the_answer_just_given() -> None:
    told: dict[str, Answer] = {"forced_work": "yes", "fear": "no"}
    assert [each.rule for each in told_in_answer("needs", "forced_work", told, {})] == ["needs.forced_work"]
    assert told_in_answer("needs", "fear", told, {}) == []
    assert told_in_answer("needs", "family", told, {}) == []


def test_every_sensitive_question_is_either_not_for_children_or_read_as_harmless() -> None:
    sensitive = {
        (sheet.id, question.name)
        for sheet in built_in_sheets().values()
        for question in sheet.questions
        if question.sensitive and not sheet.for_staff
    }
    assert sensitive == NOT_FOR_CHILDREN | (NOT_ABOUT_ABUSE & sensitive)
    assert NOT_FOR_CHILDREN.isdisjoint(NOT_ABOUT_ABUSE)


@pytest.mark.parametrize("maybe_child", ["yes", "unknown"])
@pytest.mark.parametrize("form", sorted(name for name, sheet in built_in_sheets().items() if not sheet.for_staff))
def test_no_form_asks_someone_who_may_be_a_child_about_abuse(form: str, maybe_child: str) -> None:
    sheet = built_in_sheets()[form]
    asked = {name for answer in range(7) for name in _walk(sheet, maybe_child, answer)}
    forbidden = {name for sheet_id, name in NOT_FOR_CHILDREN if sheet_id == form}
    assert not asked & forbidden
    if forbidden:
        adult = {name for answer in range(7) for name in _walk(sheet, "no", answer)}
        assert forbidden <= adult


def _walk(sheet: Sheet, maybe_child: str, which: int) -> Iterator[str]:
    """The questions asked of someone who always gives the choice number `which`, or skips."""
    given = Given(clock.now(), {"maybe_child": maybe_child}, "en")
    known: dict[str, Answer] = {}
    while (question := engine.next_question(sheet, known, given)) is not None:
        yield question.name
        known = engine.record(sheet, known, question.name, _answer(sheet, question, known, given, which), given)


def _answer(sheet: Sheet, question: Question, known: dict[str, Answer], given: Given, which: int) -> Answer:
    if question.kind is Kind.NOTE:
        return True
    codes = [choice.code for choice in engine.choices_for(sheet, question, known, given)]
    if not codes:
        return None
    code = codes[which % len(codes)]
    return [code] if question.kind is Kind.SELECT_MULTIPLE else code
