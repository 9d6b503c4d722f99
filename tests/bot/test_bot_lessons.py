"""Lessons about money in the chat: anyone reads them, one goes on where one was, and only a result is noted."""

import pytest
from bot_records import only, rows
from journeys import agree, fill_in_both
from phone import Phone
from sqlalchemy import select
from test_bot_golden import MOMENT, compare

from bot.asking import OLD_BUTTON
from bot.lessons import GO_ON, NEXT, NEXT_LESSON, TO_QUIZ
from bot.menu import MENU, MONEY, MORE
from bot.models import Chat
from bot.money import LESSONS, SAVINGS
from bot.replies import LONGEST_DATA
from bot.reviewing import BACK
from cases.lesson_texts import Lesson, lessons
from cases.savings_models import LessonDone
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.language import RLM, Message, autonym

BUDGET, DEBT = lessons()["budget"], lessons()["debt"]


async def open_money(phone: Phone) -> None:
    await phone.write("/start")
    await phone.tap(autonym(phone.language))
    await phone.tap(MONEY)


async def read(phone: Phone, lesson: Lesson) -> None:
    """From the list of lessons to the first question."""
    await phone.tap(Message(lesson.title))
    for _screen in lesson.screens[1:]:
        await phone.tap(NEXT)
    await phone.tap(TO_QUIZ)


def answer(lesson: Lesson, place: int, *, right: bool) -> Message:
    return Message(next(each.text for each in lesson.questions[place].answers if each.right is right))


async def test_a_lesson_is_read_and_its_questions_answered(phone: Phone) -> None:
    phone.fixed = MOMENT
    await open_money(phone)
    await phone.tap(LESSONS)
    await read(phone, BUDGET)
    await phone.tap(answer(BUDGET, 0, right=True))
    await phone.tap(NEXT)
    await phone.write("٣")
    await phone.write("is that all?")
    await phone.tap(answer(BUDGET, 2, right=True))
    await phone.tap(NEXT_LESSON.of(lesson=Message(lessons()["saving"].title)))
    compare("lessons.en.txt", phone.transcript)
    for sent in phone.network.sent:
        assert len(sent.text) < 900
        assert all(0 < len(data.encode()) <= LONGEST_DATA and label for row in sent.buttons for label, data in row)


@pytest.mark.parametrize("lesson", lessons().values(), ids=lessons())
async def test_every_lesson_can_be_gone_through(phone: Phone, lesson: Lesson) -> None:
    await open_money(phone)
    await phone.tap(LESSONS)
    await read(phone, lesson)
    for place in range(len(lesson.questions)):
        (said,) = await phone.tap(answer(lesson, place, right=True))
        assert lesson.questions[place].right.why in said.text
        if place < len(lesson.questions) - 1:
            await phone.tap(NEXT)
    assert f"“{lesson.title}”. Right answers: 3 of 3." in said.text


async def test_without_a_case_nothing_is_kept_but_where_one_is(phone: Phone, database: Database) -> None:
    await open_money(phone)
    await phone.tap(LESSONS)
    await read(phone, BUDGET)
    assert (await only(database, Chat)).place["lesson"] == "budget.6.0.0"
    for place in range(3):
        (said,) = await phone.tap(answer(BUDGET, place, right=False))
        if place < 2:
            await phone.tap(NEXT)
    assert "Nothing about it is kept." in said.text
    assert "lesson" not in (await only(database, Chat)).place
    assert await rows(database, LessonDone) == []
    async with database.reading() as session:
        assert (await session.scalars(select(AuditEntry).where(AuditEntry.event == "lesson.done"))).all() == []


async def test_with_a_case_the_best_result_is_noted_and_no_answer(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    for rights in ([True, False, True], [False, False, False]):
        await phone.tap(MENU)
        await phone.tap(MORE)
        await phone.tap(MONEY)
        await phone.tap(LESSONS)
        await read(phone, BUDGET)
        for place, right in enumerate(rights):
            (said,) = await phone.tap(answer(BUDGET, place, right=right))
            if place < 2:
                await phone.tap(NEXT)
        assert "We have noted that you finished it" in said.text
    done = await only(database, LessonDone)
    assert (done.lesson, done.correct, done.questions) == ("budget", 2, 3)
    async with database.reading() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.event == "lesson.done"))).all()
    assert [each.facts for each in entries] == [{"lesson": "budget", "correct": each} for each in (2, 0)]
    (said,) = await phone.tap(LESSONS)
    assert [row[0][0] for row in said.buttons][:2] == [f"✅ {BUDGET.title}", f"📖 {lessons()['saving'].title}"]


async def test_someone_who_has_agreed_to_nothing_yet_goes_on_where_they_were(phone: Phone) -> None:
    await open_money(phone)
    await phone.tap(LESSONS)
    await phone.tap(Message(DEBT.title))
    await phone.tap(NEXT)
    await phone.tap(NEXT)
    await phone.tap(MENU)
    await phone.tap(MONEY)
    await phone.tap(LESSONS)
    (said,) = await phone.tap(Message(DEBT.title))
    assert DEBT.screens[2].text in said.text
    await phone.tap(BACK)
    (said,) = await phone.tap(BACK)
    assert DEBT.screens[0].text in said.text


async def test_double_taps_and_old_buttons_change_nothing(phone: Phone, database: Database) -> None:
    await open_money(phone)
    await phone.tap(LESSONS)
    await read(phone, BUDGET)
    asked, message_id, _label = phone.find(answer(BUDGET, 0, right=True))
    said = await phone.tap(answer(BUDGET, 0, right=True), times=2)
    assert len(said) == 1
    assert (await only(database, Chat)).place["lesson"] == "budget.7.1.1"
    phone.wait(minutes=1)
    (said_old,) = await phone.tap_data(asked, message_id)
    assert said_old.text == OLD_BUTTON.text
    assert (await only(database, Chat)).place["lesson"] == "budget.7.1.1"
    (said_on,) = await phone.tap(GO_ON)
    assert BUDGET.questions[1].ask in said_on.text
    # What is written while the word on an answer is read is no answer to the question that was not seen yet.
    await phone.tap(answer(BUDGET, 1, right=True))
    (_choose, shown) = await phone.write("1")
    assert BUDGET.questions[2].ask in shown.text
    assert (await only(database, Chat)).place["lesson"] == "budget.8.2.0"


@pytest.mark.parametrize("data", ["l:x:next", "l:x:9", "m.lesson:none", "m.lesson", "m.lesson:a:b", "l:x"])
async def test_made_up_buttons_are_harmless(phone: Phone, database: Database, data: str) -> None:
    await open_money(phone)
    before = (await only(database, Chat)).place.get("lesson")
    assert await phone.tap_data(data)
    assert (await only(database, Chat)).place.get("lesson") == before


async def test_a_debt_can_be_told_of_and_need_not_be(phone: Phone) -> None:
    await open_money(phone)
    await phone.tap(LESSONS)
    await phone.tap(Message(DEBT.title))
    for _screen in DEBT.screens[1:]:
        (said,) = await phone.tap(NEXT)
    assert "You can tell us. You do not have to." in said.text
    assert any(data == "m.write" for row in said.buttons for _label, data in row)


async def test_a_locked_phone_reads_lessons_and_learns_nothing_of_a_case(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/pin")
    await phone.write("4937")
    await phone.write("4937")
    phone.wait(minutes=11)
    await phone.write("/menu")
    await phone.tap_data("m.money")
    await phone.tap(LESSONS)
    await read(phone, BUDGET)
    for place in range(3):
        (said,) = await phone.tap(answer(BUDGET, place, right=True))
        if place < 2:
            await phone.tap(NEXT)
    assert "noted" not in said.text
    assert await rows(database, LessonDone) == []
    await phone.tap_data("m.money")
    (said,) = await phone.tap(SAVINGS)
    assert "PIN" in said.text


async def test_in_a_script_from_right_to_left_every_message_begins_so(phone: Phone) -> None:
    phone.language = "ar"
    await open_money(phone)
    first = len(phone.network.sent) - 1
    await phone.tap(LESSONS)
    await read(phone, BUDGET)
    await phone.tap(answer(BUDGET, 0, right=False))
    assert all(sent.text.startswith(RLM) for sent in phone.network.sent[first:])
