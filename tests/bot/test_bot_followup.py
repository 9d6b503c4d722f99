"""Asked in the chat how they are: now, later or never; help comes at once, a score only to whoever asks for it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bot_records import only, rows
from bot_scene import add_caseworker
from phone import Phone
from sqlalchemy import select, update
from telegram_stub import Sent

from access.actor import PERSON
from bot.following import KEEP_ASKING, RESULT, STOP_ALL
from bot.menu import GO_ON, MENU
from bot.models import Chat
from bot.screens import SEND, SKIP, STOP
from cases.followup_rounds import LATER, NO_MORE, NOW, ask_due
from cases.intake import begin_form, open_case, submit_form
from cases.models import FollowUp, FormRequest, Submission, SurveyResult, Task
from cases.rules import FollowUpState, SubmissionState, TaskKind
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets
from foundation import clock
from foundation.database import Database
from foundation.keys import open_subject
from foundation.language import Message
from questionnaire.sheet import Answer

BEGUN = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLANNED, ASKED, DONE = FollowUpState.PLANNED, FollowUpState.ASKED, FollowUpState.DONE
REFUSED, CLOSED = FollowUpState.REFUSED, FollowUpState.CLOSED
YES, NO = Message("Yes"), Message("No")


ARRIVAL_ANSWERS: dict[str, Answer] = {
    "birth_year": 1990,
    "maybe_child": "no",
    "country_return": "TN",
    "back_already": "yes",
}


@pytest.fixture
async def back(phone: Phone, database: Database) -> Phone:
    """An adult who is back in Tunisia since today, and has sent what everyone is asked."""
    phone.fixed = BEGUN
    await phone.write("/start")
    await phone.tap("English")
    with clock.moved_to(BEGUN):
        async with database.transaction() as session:
            chat = (await session.scalars(select(Chat))).one()
            key = await open_subject(session, chat.subject_id)
            case = await open_case(session, key, "en", "the notice", actor=PERSON)
            chat.case_id = case.id
            await session.flush()
            for sheet_id, answers in ((ARRIVAL, ARRIVAL_ANSWERS), (NEEDS, {})):
                begun = await begin_form(session, case, key, built_in_sheets()[sheet_id], "en")
                await session.flush()
                await submit_form(session, begun.id, key, answers, actor=PERSON)
    return phone


async def ask(phone: Phone, days: int) -> list[Sent]:
    """The worker's round so many days after the return; what it made the bot say."""
    phone.ahead = timedelta(days=days)
    with clock.moved_to(BEGUN + phone.ahead):
        async with phone.receiver.database.transaction() as session:
            await ask_due(session)
        await phone.deliver_rest()
    return phone.read()


async def states(database: Database) -> dict[str, FollowUpState]:
    return {row.wave: row.state for row in await rows(database, FollowUp)}


def words(sent: list[Sent]) -> str:
    return "\n".join(each.text for each in sent)


async def check_in(phone: Phone, *labels: str) -> list[Sent]:
    """Answer the five questions and send them."""
    for label in labels:
        await phone.tap(Message(label))
    return await phone.tap(SEND)


WELL = ("Yes", "Yes", "Yes", "No", "No")


async def test_answering_now_leads_through_the_questions_to_thanks(back: Phone, database: Database) -> None:
    (question,) = await ask(back, 3)
    assert "return" not in question.text
    assert "case" not in question.text.lower()
    (first,) = await back.tap(NOW)
    assert "Are you safe where you are now?" in first.text
    (thanks,) = await check_in(back, *WELL)
    assert "Thank you for your answers." in thanks.text
    assert "16 March 2026" in thanks.text
    found = await states(database)
    assert (found["day_3"], found["day_14"]) == (DONE, PLANNED)
    row = await only(database, FollowUp, FollowUp.wave == "day_3")
    submission = await only(database, Submission, Submission.sheet_id == "check_in")
    assert (row.submission_id, submission.state) == (submission.id, SubmissionState.SUBMITTED)
    assert (await only(database, FormRequest)).done_at is not None
    assert await rows(database, Task) == []


async def test_a_tap_from_the_menu_answers_too(back: Phone, database: Database) -> None:
    await ask(back, 3)
    await back.write("/menu")
    await back.tap(GO_ON)
    await check_in(back, *WELL)
    assert (await states(database))["day_3"] is DONE


async def test_later_says_when_and_loses_nothing(back: Phone, database: Database) -> None:
    await ask(back, 3)
    (told,) = await back.tap(LATER)
    assert "10 March 2026" in told.text
    assert (await states(database))["day_3"] is ASKED
    assert len(await ask(back, 8)) == 1
    await ask(back, 13)
    await back.tap(NOW)
    await check_in(back, *WELL)
    assert (await states(database))["day_3"] is DONE


async def test_a_form_that_was_left_half_way_goes_on_at_the_next_attempt(back: Phone, database: Database) -> None:
    await ask(back, 3)
    await back.tap(NOW)
    await back.tap(YES)
    await back.tap(STOP)
    await ask(back, 8)
    (question,) = await back.tap(NOW)
    assert "Do you have a place to sleep?" in question.text
    await check_in(back, *WELL[1:])
    assert len(await rows(database, Submission, Submission.sheet_id == "check_in")) == 1
    assert (await states(database))["day_3"] is DONE


async def test_no_is_taken_and_whether_ever_again_is_asked(back: Phone, database: Database) -> None:
    await ask(back, 3)
    (told,) = await back.tap(NO_MORE)
    assert "You lose nothing by it." in told.text
    assert (await states(database))["day_3"] is REFUSED
    await back.tap(KEEP_ASKING)
    assert (await states(database))["day_14"] is PLANNED
    assert await ask(back, 8) == []
    (again,) = await ask(back, 14)
    assert "few minutes" in again.text


async def test_never_again_ends_every_wave(back: Phone, database: Database) -> None:
    await ask(back, 3)
    await back.tap(NO_MORE)
    (told,) = await back.tap(STOP_ALL)
    assert "We do not ask any more." in told.text
    found = await states(database)
    assert found.pop("day_3") is REFUSED
    assert set(found.values()) == {CLOSED}
    assert await ask(back, 400) == []
    assert "no longer open" in words(await back.tap(NOW))


async def test_danger_brings_help_at_once_and_a_person(back: Phone, database: Database) -> None:
    await ask(back, 3)
    await back.tap(NOW)
    at_once = words(await back.tap(NO))
    assert "197" in at_once  # the police of Tunisia
    await back.tap(GO_ON)
    said = words(await check_in(back, "No", "Not every day", "Yes, and I need care now", "Yes"))
    assert "You told us something that cannot wait." in said
    assert "If you are in danger now, call:" in said
    assert "197" in said  # the police of Tunisia
    assert "Someone writes to you about it within a day." in said
    found = {task.kind for task in await rows(database, Task)}
    assert found == {TaskKind.DISCLOSURE, TaskKind.DISTRESS}


async def test_what_was_told_at_once_calls_a_person_once_and_is_thanked_for_at_the_end(
    back: Phone, database: Database
) -> None:
    await ask(back, 3)
    await back.tap(NOW)
    await back.tap(NO)
    (told,) = await rows(database, Task)
    assert (told.kind, told.reason) == (TaskKind.DISCLOSURE, "check_in.unsafe")
    await back.tap(GO_ON)
    said = words(await check_in(back, *WELL[1:]))
    assert "You told us something that cannot wait." in said
    assert [task.id for task in await rows(database, Task)] == [told.id]


async def test_what_was_seen_to_before_the_form_is_sent_is_no_task_again(back: Phone, database: Database) -> None:
    await ask(back, 3)
    await back.tap(NOW)
    await back.tap(NO)
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        await session.execute(update(Task).values(done_at=BEGUN + timedelta(days=3), done_by=caseworker.id))
    await back.tap(GO_ON)
    await check_in(back, *WELL[1:])
    assert len(await rows(database, Task)) == 1
    # Told anew in the next form, it is a task anew.
    await ask(back, 14)
    await back.tap(NOW)
    await back.tap(NO)
    await back.tap(GO_ON)
    await check_in(back, *WELL[1:])
    assert sorted(task.reason for task in await rows(database, Task)) == ["check_in.unsafe", "check_in.unsafe.2"]


async def survey(phone: Phone, *, distressed: bool) -> list[Sent]:
    """Skip what can be skipped; say how one feels."""
    await phone.tap(NOW)
    await phone.tap(Message("✅ I have read this"))
    for _each in range(40):
        text = phone.network.sent[-1].text
        if "How often do you feel" in text and distressed:
            await phone.tap(Message("Very often"))
        elif any(label.endswith(str(SEND.text)) for row in phone.network.sent[-1].buttons for label, _data in row):
            break
        else:
            await phone.tap(SKIP)
    return await phone.tap(SEND)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("distressed", [True, False])
async def test_the_survey_ends_with_thanks_and_help_but_no_score(
    back: Phone, database: Database, *, distressed: bool
) -> None:
    await ask(back, 95)
    said = words(await survey(back, distressed=distressed))
    assert "Thank you for your answers." in said
    assert ("Someone writes to you about it within a day." in said) is distressed
    assert [task.kind for task in await rows(database, Task)] == [TaskKind.DISTRESS] * distressed
    for word in ("score", "0.", "fail", "weights", "too few"):
        assert word not in said.lower()
    assert (await states(database))["month_3"] is DONE
    assert (await only(database, SurveyResult)).weights_version == "interim-equal-1"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_whoever_asks_sees_what_the_answers_show_and_how_it_was_counted(back: Phone) -> None:
    await ask(back, 95)
    await survey(back, distressed=True)
    (told,) = await back.tap(RESULT)
    assert "Everything together: too few answers to say" in told.text
    assert "interim-equal-1" in told.text
    assert "It decides nothing" in told.text


@pytest.mark.parametrize("action", ["f.now", "f.later", "f.no", "f.stop", "f.result"])
async def test_a_button_that_is_not_theirs_does_nothing(back: Phone, database: Database, action: str) -> None:
    await ask(back, 3)
    before = await states(database)
    for code in (uuid4().hex, "nonsense", ""):
        said = words(await back.tap_data(f"{action}:{code}"))
        assert "no longer open" in said
    assert await states(database) == before


async def test_a_stranger_who_taps_it_is_told_nothing(back: Phone, database: Database) -> None:
    await ask(back, 3)
    row = await only(database, FollowUp, FollowUp.wave == "day_3")
    other = Phone(back.receiver, back.network, chat_id=back.chat_id + 1, fixed=BEGUN)
    await other.write("/start")
    await other.tap("English")
    for action in ("f.now", "f.later", "f.no", "f.stop"):
        assert "no longer open" in words(await other.tap_data(f"{action}:{row.id.hex}"))
    assert (await states(database))["day_3"] is ASKED


async def test_the_menu_is_always_there(back: Phone) -> None:
    await ask(back, 3)
    for label in (LATER, NO_MORE, KEEP_ASKING):
        await back.tap(label)
    assert len(await back.tap(MENU)) == 1
