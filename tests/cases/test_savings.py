"""Savings goals and finished lessons: exact amounts, the person's own, shown to the team only at their word."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from case_scene import Scene, Told
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from access.actor import PERSON
from access.rules import Role
from cases.consent import consents_of, withdraw
from cases.erasure import erase_person
from cases.learning import lessons_done, note_lesson
from cases.lesson_texts import FOLDER, Lesson, lesson_title, lessons
from cases.money import read_money, usual_currency
from cases.queries import case_file
from cases.rules import CaseStatus, ConsentKind
from cases.savings import (
    MOST_ENTRIES,
    PutAside,
    Savings,
    Terms,
    change_goal,
    check_day,
    end_goal,
    put_aside,
    read_what,
    savings_now,
    savings_of,
    set_goal,
    share_goal,
    shared_with_team,
    take_back,
)
from cases.savings_models import LessonDone, SavingsEntry, SavingsGoal
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.language import Message

MACHINE = Terms("A sewing machine", Decimal(400), "GMD")
BUDGET = lessons()["budget"]


async def take_back_agreement(scene: Scene, told: Told) -> None:
    given = await consents_of(scene.session, told.key.subject_id)
    data = next(each for each in given if each.kind is ConsentKind.DATA)
    await withdraw(scene.session, data.id, told.key.subject_id, actor=PERSON)
    await scene.session.flush()


async def test_what_is_put_aside_adds_up_exactly_and_reaches_the_goal(scene: Scene) -> None:
    told = await scene.tell()
    person, session = told.key.subject_id, scene.session
    goal = (await set_goal(session, person, MACHINE)).row
    for _time in range(3):
        savings = await put_aside(session, person, goal.id, Decimal("133.33"))
        await session.flush()
    assert (savings.saved, savings.left, savings.percent) == (Decimal("399.99"), Decimal("0.01"), 99)
    assert goal.reached_at is None
    savings = await put_aside(session, person, goal.id, Decimal("0.01"))
    await session.flush()
    assert (savings.saved, savings.left, savings.percent, savings.is_reached) == (Decimal(400), Decimal(0), 100, True)
    assert goal.reached_at is not None
    savings = await take_back(session, person, savings.entries[0].id)
    await session.flush()
    assert (savings.saved, goal.reached_at) == (Decimal("266.67"), None)
    stored = await savings_now(session, told.case)
    assert stored is not None
    assert (stored.terms, stored.saved) == (MACHINE, Decimal("266.67"))


async def test_one_goal_goes_on_at_a_time_and_an_ended_one_stays_as_it_was(scene: Scene) -> None:
    told = await scene.tell()
    person, session = told.key.subject_id, scene.session
    first = (await set_goal(session, person, MACHINE)).row
    entry = (await put_aside(session, person, first.id, Decimal(5))).entries[-1]
    await session.flush()
    with pytest.raises(Conflict):
        await set_goal(session, person, MACHINE)
    await end_goal(session, person, first.id)
    await session.flush()
    for verb in (
        put_aside(session, person, first.id, Decimal(5)),
        take_back(session, person, entry.id),
        share_goal(session, person, first.id, shared=True),
        change_goal(session, person, first.id, MACHINE),
        end_goal(session, person, first.id),
    ):
        with pytest.raises(NotFound):
            await verb
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        await set_goal(session, person, Terms("School", Decimal(90), "EUR", date(2099, 1, 1)))
    assert [each.terms.what for each in await savings_of(session, told.case)] == ["School", "A sewing machine"]


async def test_nobody_reaches_the_goal_of_another(scene: Scene) -> None:
    told, other = await scene.tell(), await scene.tell()
    session = scene.session
    goal = (await set_goal(session, told.key.subject_id, MACHINE)).row
    entry = (await put_aside(session, told.key.subject_id, goal.id, Decimal(5))).entries[-1]
    await set_goal(session, other.key.subject_id, MACHINE)
    await session.flush()
    for verb in (
        put_aside(session, other.key.subject_id, goal.id, Decimal(5)),
        take_back(session, other.key.subject_id, entry.id),
        share_goal(session, other.key.subject_id, goal.id, shared=True),
        take_back(session, other.key.subject_id, uuid4()),
    ):
        with pytest.raises(NotFound):
            await verb


async def test_the_team_sees_it_only_at_the_persons_word_and_while_they_agree_to_data(scene: Scene) -> None:
    told = await scene.tell()
    person, session = told.key.subject_id, scene.session
    goal = (await set_goal(session, person, MACHINE)).row
    assert goal.shared is False
    assert await shared_with_team(session, told.case) == []
    await share_goal(session, person, goal.id, shared=True)
    assert [each.terms for each in await shared_with_team(session, told.case)] == [MACHINE]
    await share_goal(session, person, goal.id, shared=False)
    assert await shared_with_team(session, told.case) == []
    await share_goal(session, person, goal.id, shared=True)
    await take_back_agreement(scene, told)
    assert await shared_with_team(session, told.case) == []
    with pytest.raises(NotAllowed):
        await put_aside(session, person, goal.id, Decimal(5))


async def test_a_goal_leaves_no_trace_in_what_staff_read_of_the_case(scene: Scene) -> None:
    told = await scene.tell()
    goal = (await set_goal(scene.session, told.key.subject_id, MACHINE)).row
    await put_aside(scene.session, told.key.subject_id, goal.id, Decimal(5))
    await scene.session.flush()
    file = await case_file(scene.session, scene.staff[Role.SUPERVISOR], told.case.number)
    assert not [entry for entry in file.history if entry.event.startswith("savings.")]
    assert told.case.attention_at is None
    entries = await scene.session.scalars(select(AuditEntry).where(AuditEntry.event.startswith("savings.")))
    assert [(each.event, each.subject_id, each.facts) for each in entries] == [
        ("savings.set", goal.id, {}),
        ("savings.put", goal.id, {}),
    ]


async def test_in_a_closed_case_nothing_is_saved_or_noted(scene: Scene) -> None:
    told = await scene.tell()
    goal = (await set_goal(scene.session, told.key.subject_id, MACHINE)).row
    told.case.status, told.case.closed_at = CaseStatus.CLOSED, clock.now()
    told.case.erase_after = clock.now() + timedelta(days=1)
    await scene.session.flush()
    with pytest.raises(Conflict):
        await put_aside(scene.session, told.key.subject_id, goal.id, Decimal(5))
    assert not await note_lesson(scene.session, told.key.subject_id, BUDGET, 3)


async def test_another_currency_only_while_nothing_is_put_aside(scene: Scene) -> None:
    told = await scene.tell()
    person, session = told.key.subject_id, scene.session
    goal = (await set_goal(session, person, MACHINE)).row
    in_euros = Terms("A sewing machine", Decimal(90), "EUR")
    assert (await change_goal(session, person, goal.id, in_euros)).terms == in_euros
    await put_aside(session, person, goal.id, Decimal(45))
    await session.flush()
    with pytest.raises(Conflict):
        await change_goal(session, person, goal.id, MACHINE)
    changed = await change_goal(session, person, goal.id, Terms("Two", Decimal(45), "EUR"))
    assert changed.is_reached
    assert goal.reached_at is not None
    assert MOST_ENTRIES > 365


async def test_lessons_are_noted_with_the_best_result_for_whoever_agreed(scene: Scene) -> None:
    told, session = await scene.tell(), scene.session
    for correct in (1, 3, 2):
        assert await note_lesson(session, told.key.subject_id, BUDGET, correct)
        await session.flush()
    (done,) = await lessons_done(session, [told.case.id])
    assert (done.lesson, done.correct, done.questions) == ("budget", 3, 3)
    await take_back_agreement(scene, told)
    assert not await note_lesson(session, told.key.subject_id, lessons()["debt"], 3)
    assert not await note_lesson(session, uuid4(), BUDGET, 3)
    assert len(await lessons_done(session, [told.case.id])) == 1


async def test_everything_goes_with_the_person(scene: Scene) -> None:
    told, other = await scene.tell(), await scene.tell()
    for each in (told, other):
        goal = (await set_goal(scene.session, each.key.subject_id, MACHINE)).row
        await put_aside(scene.session, each.key.subject_id, goal.id, Decimal(5))
        await note_lesson(scene.session, each.key.subject_id, BUDGET, 3)
    await scene.session.flush()
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    for table in (SavingsGoal, SavingsEntry, LessonDone):
        assert (await scene.session.scalars(select(table.case_id))).all() == [other.case.id]
        assert await scene.session.scalar(select(func.count()).select_from(table)) == 1


@given(st.lists(st.decimals(Decimal("0.01"), Decimal(10**9), places=2), max_size=30), st.integers(1, 10**9))
def test_a_hundred_percent_is_said_only_of_a_goal_that_is_reached(amounts: list[Decimal], goal: int) -> None:
    entries = tuple(PutAside(uuid4(), each, clock.now()) for each in amounts)
    savings = Savings(SavingsGoal(), Terms("It", Decimal(goal), "EUR"), entries)
    assert (savings.percent >= 100) is savings.is_reached is (savings.left == 0)
    assert savings.saved + savings.left == max(sum(amounts, Decimal(0)), Decimal(goal))


@given(st.integers(1, 10**9), st.sampled_from(["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "০১২৩৪৫৬৭৮৯", "0123456789"]))
def test_an_amount_is_read_in_the_digits_of_every_script(amount: int, digits: str) -> None:
    written = "".join(digits[int(each)] for each in str(amount))
    assert read_money(f"  {written} ", "GMD") == (Decimal(amount), "GMD")


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("I put aside 50", "50", "GMD"),
        ("400 EUR", "400", "EUR"),
        ("eur 400", "400", "EUR"),
        ("1 250.50", "1250.50", "GMD"),
        ("400 dalasi", "400", "GMD"),
        ("put 50 all of it", "50", "GMD"),
        ("٥٠٫٥", "50.5", "GMD"),
    ],
)
def test_an_amount_is_found_among_words(text: str, amount: str, currency: str) -> None:
    assert read_money(text, "GMD") == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["", "fifty", "50 20", "50 or 60", "-5", "0", "1,250", "5.5.5", "50.001", "9" * 14])
def test_what_could_be_read_in_two_ways_or_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_money(text, "GMD")


def test_without_a_known_country_the_currency_must_be_named() -> None:
    assert usual_currency("TN") == "TND"
    assert usual_currency("other") is usual_currency(None) is None
    assert read_money("400 XOF", None) == (Decimal(400), "XOF")
    with pytest.raises(Invalid):
        read_money("400", None)


def test_what_for_is_short_and_a_day_is_to_come() -> None:
    assert read_what("  a\nroom  for\tBinta ") == "a room for Binta"
    for text in ("", " \n ", "x" * 101):
        with pytest.raises(Invalid):
            read_what(text)
    assert check_day(clock.today() + timedelta(days=1))
    with pytest.raises(Invalid):
        check_day(clock.today())


def test_every_lesson_is_short_asks_three_questions_and_explains_each_answer() -> None:
    assert list(lessons()) == ["budget", "saving", "debt", "sending"]
    for lesson in lessons().values():
        assert 4 <= len(lesson.screens) <= 6
        assert len(lesson.questions) == 3
        texts = [answer.text for question in lesson.questions for answer in question.answers]
        assert len(set(texts)) == len(texts)
    assert len(list(FOLDER.glob("*.json"))) == len(lessons())
    told = " ".join(screen.text for lesson in lessons().values() for screen in lesson.screens)
    assert told.count("without interest") + told.count("do not want interest") >= 2


def test_a_lesson_that_breaks_the_rules_is_refused() -> None:
    good = lessons()["budget"].model_dump()
    two_right = [dict(each) for each in good["questions"]]
    two_right[0] = two_right[0] | {"answers": [each | {"right": True} for each in two_right[0]["answers"]]}
    for spoilt in (
        {"screens": good["screens"][:3]},
        {"screens": [{"text": "x" * 351}, *good["screens"][1:]]},
        {"screens": [{"text": "{name}"}, *good["screens"][1:]]},
        {"questions": good["questions"][:2]},
        {"questions": two_right},
        {"more": 1},
    ):
        with pytest.raises(ValueError, match="validation error"):
            Lesson.model_validate(good | spoilt)
    assert lesson_title("gone") == Message("{lesson}").of(lesson="gone")
