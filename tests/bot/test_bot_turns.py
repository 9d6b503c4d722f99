"""One thing done has one effect, on the question it was meant for, whatever arrives twice or late."""

from bot_records import answers, only, rows, the_case
from journeys import agree, fill_in_both, to_company
from phone import Phone

from bot.asking import OLD_BUTTON
from bot.menu import GO_ON, LANGUAGE, MENU, MORE, WRITE
from bot.models import Chat, DeadLetter, SeenUpdate
from bot.screens import BACK, DONE, EDIT, SEND, SKIP, STOP
from cases.models import CaseMessage, Submission
from foundation.database import Database
from foundation.language import Message, say


async def test_an_update_that_arrives_twice_has_one_effect(phone: Phone, database: Database) -> None:
    await agree(phone)
    update = phone.written("Amie")
    assert len(await phone.receive(update)) == 1
    assert await phone.receive(update) == []
    assert await phone.receive(update, update) == []
    assert (await answers(database)) == {"called": "Amie", "maybe_child": "unknown", "age_now": ""}
    assert len(await rows(database, SeenUpdate, SeenUpdate.update_id == update["update_id"])) == 1


async def test_two_quick_answers_do_not_land_on_one_question(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.receive(phone.written("Amie"), phone.written("1990"))
    stored = await answers(database)
    assert (stored["called"], stored["birth_year"]) == ("Amie", 1990)


async def test_replies_to_quick_answers_arrive_in_order(phone: Phone) -> None:
    await agree(phone)
    said = await phone.receive(phone.written("Amie"), phone.written("1990"), phone.written("female"))
    assert [each.text.split(" of ")[0] for each in said] == ["Question 2", "Question 3", "Question 4"]


async def test_the_second_of_two_quick_taps_does_nothing(phone: Phone, database: Database) -> None:
    await agree(phone)
    data, message_id, _label = phone.find(SKIP)
    said = await phone.receive(phone.tapped(data, message_id), phone.tapped(data, message_id))
    assert len(said) == 1
    assert "birth_year" not in await answers(database)


async def test_a_late_tap_on_an_old_question_changes_nothing_and_shows_where_one_is(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    old, message_id, _label = phone.find(SKIP)
    await phone.write("Amie")
    phone.wait(minutes=2)
    live, _message_id, _label = phone.find(SKIP)
    (question,) = await phone.tap_data(old, message_id)
    assert OLD_BUTTON.text in question.text
    assert "In which year were you born?" in question.text
    # The buttons shown before stay the live ones: a tap already on its way must not become stale.
    assert phone.find(SKIP)[0] == live
    assert (await answers(database))["called"] == "Amie"


async def test_ticks_that_cross_the_redrawing_are_all_kept(phone: Phone, database: Database) -> None:
    await to_company(phone)
    taps = [phone.find(label)[:2] for label in ("My own children", "Friends", "Friends")]
    await phone.receive(*(phone.tapped(data, message_id) for data, message_id in taps))
    await phone.tap(DONE)
    assert (await answers(database))["company"] == ["own_children", "friends"]


async def test_ticks_outlast_a_stop_and_are_no_answer_yet(phone: Phone, database: Database) -> None:
    await to_company(phone)
    await phone.tap(Message("Friends"))
    await phone.tap(STOP)
    assert "company" not in await answers(database)
    (question,) = await phone.tap(GO_ON)
    assert "☑️ 6️⃣ Friends" in str(question.buttons)


async def test_whoever_goes_on_twice_can_answer_under_either(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.tap(WRITE)
    (first,) = await phone.tap_data("m.begin")
    (second,) = await phone.tap_data("m.begin")
    assert first.buttons == second.buttons
    data, message_id, _label = phone.find(SKIP, old=1)
    assert message_id == first.message_id
    (question,) = await phone.tap_data(data, message_id)
    assert "When were you born" in question.text or "year" in question.text
    assert (await answers(database))["called"] is None


async def test_a_message_to_the_caseworker_does_not_lose_the_question(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("Amie")
    await phone.tap(BACK)
    (asked,) = await phone.tap(WRITE)
    assert asked.text.startswith("Write your message now")
    await phone.write("Who are you?")
    (question,) = await phone.tap(GO_ON)
    assert "What name shall we call you by?" in question.text
    assert len(await rows(database, CaseMessage)) == 1
    assert (await answers(database))["called"] == "Amie"


async def test_an_answer_tapped_while_writing_leads_back_to_the_question(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.tap(WRITE)
    phone.wait(seconds=10)
    said = await phone.tap(SKIP)
    assert "What name shall we call you by?" in said[-1].text
    await phone.write("Amie")
    assert (await answers(database))["called"] == "Amie"
    assert await rows(database, CaseMessage) == []


async def test_who_looks_at_something_else_is_no_longer_writing_to_the_caseworker(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    await phone.tap(WRITE)
    await phone.write("/help")
    await phone.write("thanks")
    assert await rows(database, CaseMessage) == []
    assert "Talk to a person" in phone.transcript[-2]


async def test_the_language_can_change_in_the_middle_of_a_form(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("Amie")
    await phone.write("/language")
    await phone.write("1990")
    assert "birth_year" not in await answers(database)
    await phone.tap("العربية")
    phone.language = "ar"
    (question,) = await phone.tap(GO_ON)
    assert say("ar", Message("In which year were you born?")) in question.text
    assert (await only(database, Submission)).language == "en"
    assert (await only(database, Chat)).language == "ar"


async def test_the_phone_s_own_language_stands_first(phone: Phone) -> None:
    phone.language = "fr"
    (picker,) = await phone.write("/start")
    assert picker.buttons[0][0][0] == "Français"
    assert len(picker.buttons) == 3


async def test_an_edited_message_corrects_only_the_latest_answer(phone: Phone, database: Database) -> None:
    await agree(phone)
    name, year = phone.written("Amei"), phone.written("1900")
    await phone.receive(name)
    await phone.edit(name["message"]["message_id"], "Amie")
    assert (await answers(database))["called"] == "Amie"
    await phone.receive(year)
    await phone.edit(name["message"]["message_id"], "Somebody")
    assert (await answers(database))["called"] == "Amie"
    await phone.edit(year["message"]["message_id"], "not a year")
    assert (await answers(database))["birth_year"] == 1900


async def test_an_edit_after_the_form_was_sent_changes_nothing(phone: Phone, database: Database) -> None:
    await agree(phone)
    for _question in range(4):
        await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    for _question in range(4):
        await phone.tap(SKIP)
    number = phone.written("1")
    await phone.receive(number)
    await phone.tap(SEND)
    await phone.tap(GO_ON)
    (reply,) = await phone.edit(number["message"]["message_id"], "2")
    assert reply.text.startswith("We have not changed anything")
    assert await rows(database, DeadLetter) == []


async def test_an_edit_while_writing_leaves_the_person_there(phone: Phone, database: Database) -> None:
    await agree(phone)
    name = phone.written("Amei")
    await phone.receive(name)
    await phone.tap(WRITE)
    (reply,) = await phone.edit(name["message"]["message_id"], "Amie")
    assert reply.text == "We have changed your answer."
    await phone.write("Hello")
    assert len(await rows(database, CaseMessage)) == 1


async def test_an_album_is_answered_once(phone: Phone) -> None:
    await agree(phone)
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
    album = [phone.message(photo=photo, media_group_id="77") for _each in range(5)]
    assert len(await phone.receive(*album)) == 1
    assert len(await phone.receive(phone.message(photo=photo, media_group_id="78"))) == 1


async def test_stopping_says_that_answers_are_kept_only_if_there_are_any(phone: Phone) -> None:
    await phone.write("/start")
    await phone.tap("English")
    (menu,) = await phone.write("/stop")
    assert menu.text.startswith("Welcome.")


async def test_free_words_at_the_menu_are_not_kept(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await phone.tap(MENU)
    hint, menu = await phone.write("help me")
    assert "Talk to a person" in hint.text
    assert menu.buttons
    assert await rows(database, CaseMessage) == []


async def test_a_review_longer_than_a_message_comes_in_parts_with_the_buttons_below(
    phone: Phone, database: Database
) -> None:
    await fill_in_both_with_long_answers(phone)
    parts = phone.network.sent[-3:]
    assert parts[0].text.startswith("Please check your answers.")
    assert [bool(part.buttons) for part in parts] == [False, False, True]
    assert sum(part.text.count("я") for part in parts) == 3900 * 2
    assert all(len(part.text) <= 4096 for part in parts)
    await phone.tap(SEND)
    assert (await the_case(database)).phase == "assessment"


async def fill_in_both_with_long_answers(phone: Phone) -> None:
    """Up to the review of the second form."""
    await agree(phone)
    await phone.tap(SKIP)
    await phone.write("1990")
    await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await phone.tap(GO_ON)
    for _question in range(8):
        await phone.tap(SKIP)
    await phone.write("я" * 3900)
    await phone.tap(SKIP)
    await phone.tap(SKIP)
    await phone.write("я" * 3900)


async def test_the_review_leads_to_any_answer_and_back(phone: Phone, database: Database) -> None:
    await to_company(phone)
    await phone.tap(SKIP)
    await phone.tap(SKIP)
    await phone.tap(EDIT)
    await phone.tap("4. Are you a woman or a man?")
    (review,) = await phone.tap(Message("Man or boy"))
    assert "4. Are you a woman or a man?\nMan or boy" in review.text


async def test_every_menu_screen_has_a_way_on(phone: Phone) -> None:
    await fill_in_both(phone)
    for command in ("/start", "/case", "/message", "/consents", "/help", "/delete", "/language", "/stop", "/wobble"):
        assert (await phone.write(command))[-1].buttons
    await phone.write("/menu")
    await phone.tap(MORE)
    assert (await phone.tap(LANGUAGE))[-1].buttons
